/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the library finds its plugins and helper programs. Worked out from the file that holds this code
 * (dladdr), so that a build tree and a moved installation find their own without any setting:
 *   DIR/glompo-1 exists beside the library     -> installed: plugins in it, helpers in its helpers/
 *   DIR or up to three parents has config.status and plugins/ -> build tree: plugins/.libs, helpers there
 *   otherwise the directories given at configure time.
 */
#pragma once

#include <glib.h>

/* Directories to search for plugins, in order: those of GLOMPO_PLUGIN_PATH, then our own.
 * (transfer full) */
char **paths_plugin_dirs (void);

/* File name of a helper program such as "glompo-probe". (transfer full) */
char *paths_helper (const char *name);
