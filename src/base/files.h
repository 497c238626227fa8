/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Removes a file, or a folder with all that is in it; what a symbolic link points to stays. FALSE: something of
 * it is still there. */
gboolean files_remove_tree (const char *path);
