/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What glompo-run --resume-or-start finds in its directory. */
#pragma once

#include <glib.h>

/* Whether there is a run to go on with. A journal that has not even its first record is none yet, and one
 * whose beginning is damaged none any more: it is kept under another name. FALSE: nothing can be done there,
 * said so, as with a run that cannot be read now, or not by this program. */
gboolean run_directory_find (const char *directory, gboolean *out_found);

/* Whether the file is that of the run there; what differs is said. */
gboolean run_directory_compare (const char *directory, const char *file, const char *const *overrides);
