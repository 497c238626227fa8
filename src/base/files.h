/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Removes a file, or a folder with all that is in it; what a symbolic link points to stays. FALSE: something
 * of it is still there. */
gboolean files_remove_tree (const char *path);

/* What to say behind the text of an error: that a limit on the size of files (RLIMIT_FSIZE), which is one on
 * memory that processes share as well, is below wanted bytes, and how to mend that. "": it is not.
 * (transfer full) */
char *files_describe_limit (gsize wanted);
