/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Appends records to a journal. Format: glompo-journal.h. Appending copies into a buffer; when the buffer
 * is full, or on journal_writer_flush(), it goes to a thread of the writer's own, which writes it to the
 * file and syncs, so that the caller waits for the disk only when the disk is slower than the run.
 * Thread: one at a time.
 *
 * Nothing appended is ever dropped while the writer is open: when the disk is full or broken, records are
 * kept in memory, and every flush tries again from the first byte that is missing. A partial record that
 * is in the file meanwhile is a torn tail, which readers know. A file that was removed is put back, whole, as
 * soon as its directory is there.
 *
 * The file is locked (flock) against a second writer while it is open.
 */
#pragma once

#include <glib.h>
#include <glompo/glompo-journal.h>

typedef struct _JournalWriter JournalWriter;

/* Creates the file (it must not exist: GLOMPO_JOURNAL_ERROR_EXISTS) and writes its magic to the disk.
 * (transfer full) */
JournalWriter *journal_writer_new (const char *path, GError **error);

/* Opens an existing journal to go on behind offset bytes, as glompo_journal_reader_get_offset() gives them.
 * What is behind is cut off if it is a torn tail or damage, and the latter kept in a file of its own first;
 * if it is a good record, another run has gone on with the journal since it was read:
 * GLOMPO_JOURNAL_ERROR_EXISTS. Offset 0 begins a file that has not even its magic. Everything is checked
 * after the file was locked. (transfer full) */
JournalWriter *journal_writer_open (const char *path, guint64 offset, GError **error);

/* What journal_writer_open() has cut off. */
typedef struct {
  guint64 bytes;    /* 0: nothing */
  gboolean damaged; /* not just torn by a crash: good records may have been behind it */
  char *kept;       /* the file that has the damaged bytes now, or NULL */
} JournalCut;

const JournalCut *journal_writer_get_cut (JournalWriter *writer);

/* Records have this time at the earliest: for a journal that is gone on with, the time of its last record, so
 * that times never go back, even if the clock does. Within one writer that holds anyway. */
void journal_writer_not_before (JournalWriter *writer, gint64 time);

/* TRUE: a run, of this program or another, has it open for writing. */
gboolean journal_is_being_written (const char *path);

/* Writes what is buffered, syncs, closes. FALSE: something could not be written. NULL is accepted. */
gboolean journal_writer_close (JournalWriter *writer, GError **error);
void journal_writer_free (JournalWriter *writer); /* close without report */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JournalWriter, journal_writer_free)

/* No lock, no allocation, no system call unless the buffer is full. Errors show at the next flush. */
void journal_writer_evaluation (JournalWriter *writer, gint64 time, guint64 optimizer,
                                const GlompoEvaluation *evaluation);

/* details: a{sv}, floating reference consumed; NULL: none. */
void journal_writer_record (JournalWriter *writer, GlompoRecordType type, gint64 time, guint64 optimizer,
                            GVariant *details);

/* Hands everything appended so far to the thread, which writes and syncs it. sync: returns only when it
 * is on the disk; otherwise at once, with the error of an earlier attempt if there was one since the
 * last flush. FALSE with GLOMPO_JOURNAL_ERROR_IO: it could not be written; it is kept, and this call and
 * every later flush start a new attempt. */
gboolean journal_writer_flush (JournalWriter *writer, gboolean sync, GError **error);

/* An attempt has failed since the last flush: the disk is full or broken. */
gboolean journal_writer_is_failing (JournalWriter *writer);

/* Bytes that the file has when everything appended so far is written; and those that are on the disk. */
guint64 journal_writer_get_size (JournalWriter *writer);
guint64 journal_writer_get_synced (JournalWriter *writer);
