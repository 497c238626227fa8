/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The summary glompo_manager_log.yml, made from the journal alone. */
#pragma once

#include <glib.h>

/* Reads the journal of the run directory and writes the summary into it (written aside, then renamed).
 * Works on a journal that is torn or whose run never ended: the summary then says so. */
gboolean report_write_yaml (const char *directory, GError **error);
