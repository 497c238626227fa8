/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Appends records to a journal. Format: glompo-journal.h. Appending copies into a buffer; the buffer goes
 * to the file when it is full, on journal_writer_flush(), and is synced to the disk by a thread of the
 * writer's own, so that the caller never waits for the disk unless the disk is slower than the run.
 * Thread: one at a time.
 */
#pragma once

#include <glib.h>
#include <glompo/glompo-journal.h>

typedef struct _JournalWriter JournalWriter;

/* Creates the file (it must not exist: GLOMPO_JOURNAL_ERROR_EXISTS) and writes its magic.
 * (transfer full) */
JournalWriter *journal_writer_new (const char *path, GError **error);

/* Opens an existing journal to go on behind offset bytes; what is behind is cut off. (transfer full) */
JournalWriter *journal_writer_open (const char *path, guint64 offset, GError **error);

/* Writes what is buffered, syncs, closes. FALSE: something could not be written. NULL is accepted. */
gboolean journal_writer_close (JournalWriter *writer, GError **error);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JournalWriter, journal_writer_free)
void journal_writer_free (JournalWriter *writer); /* close without report */

/* No allocation, no system call unless the buffer is full. Errors show at the next flush or check. */
void journal_writer_evaluation (JournalWriter *writer, gint64 time, guint64 optimizer,
                                const GlompoEvaluation *evaluation);

/* details: a{sv}, floating reference consumed. */
void journal_writer_record (JournalWriter *writer, GlompoRecordType type, gint64 time, guint64 optimizer,
                            GVariant *details);

/* Hands everything appended so far to the file. sync: also returns only when it is on the disk;
 * otherwise syncing happens in the background. FALSE with GLOMPO_JOURNAL_ERROR_IO: it could not be
 * written; it is kept, and the next flush tries again from the first byte that is missing. */
gboolean journal_writer_flush (JournalWriter *writer, gboolean sync, GError **error);

/* Bytes handed over so far, written or not. */
guint64 journal_writer_get_size (JournalWriter *writer);
