/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * glompo-report.h - what is made from a journal when a run has ended, or later.
 */
#ifndef GLOMPO_REPORT_H
#define GLOMPO_REPORT_H

#include <glib.h>
#include <glompo/glompo-error.h>

G_BEGIN_DECLS

#define GLOMPO_SUMMARY_FILE "glompo_manager_log.yml"

/* Reads the journal of the run directory and writes the summary GLOMPO_SUMMARY_FILE into it (aside first,
 * then renamed). Works on a journal that is torn or whose run never ended: the summary then says so.
 * Error: GLOMPO_JOURNAL_ERROR. */
GLOMPO_API gboolean glompo_report_write_summary (const char *directory, GError **error);

G_END_DECLS

#endif /* GLOMPO_REPORT_H */
