/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The words for what a plugin declares in bits. Those of backends are the words of the ini file. */
#pragma once

#include <glib.h>
#include <glompo/glompo-plugin.h>

/* NULL-terminated, empty for 0. (transfer container) */
const char **plugin_level1_words (guint32 level1);
const char **plugin_level2_words (guint32 level2);
const char **plugin_capability_words (guint32 capabilities);

/* "concurrent", "global-lock", "process-local", "external"; NULL for any other number. */
const char *plugin_concurrency_word (guint32 concurrency);
