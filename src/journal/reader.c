/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The journal's reader, see glompo-journal.h. Reads front to back through one buffer that is as large as
 * the longest record, never the file. Thread: one at a time.
 *
 * Invariant: the buffer holds the bytes of the file from `offset` on; it is dropped at every end, so that
 * a later call sees what a writer has put there since.
 */
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <glompo/glompo-journal.h>
#include <string.h>
#include <unistd.h>

#include "journal/crc32c.h"
#include "journal/reader.h"
#include "journal/records.h"

#define READ_SIZE (1024u * 1024u)

/* Least unit in which a disk writes. */
#define SECTOR_SIZE 512u

struct _GlompoJournalReader {
  char *path;
  int fd;
  guint8 *buffer;
  gsize capacity;
  gsize start;    /* of the unread bytes; a multiple of 8, so that numbers are aligned */
  gsize end;
  guint64 offset; /* in the file, of the unread bytes */
  GlompoRecord record;
};

static GlompoJournalResult
fail_io (GlompoJournalReader *reader, GError **error)
{
  g_set_error (error, GLOMPO_JOURNAL_ERROR, GLOMPO_JOURNAL_ERROR_IO,
               "journal %s: cannot read at byte %" G_GUINT64_FORMAT ": %s", reader->path, reader->offset,
               g_strerror (errno));
  return GLOMPO_JOURNAL_FAILED;
}

static GlompoJournalResult
fail_corrupt (GlompoJournalReader *reader, const char *what, GError **error)
{
  g_set_error (error, GLOMPO_JOURNAL_ERROR, GLOMPO_JOURNAL_ERROR_CORRUPT,
               "journal %s: damaged at byte %" G_GUINT64_FORMAT
               ": %s; what comes before it is good, what comes after it cannot be read",
               reader->path, reader->offset, what);
  return GLOMPO_JOURNAL_FAILED;
}

/* Reads until wanted bytes are there or the file ends; *out_available says how many there are. */
static gboolean
fill (GlompoJournalReader *reader, gsize wanted, gsize *out_available)
{
  gsize available = reader->end - reader->start;

  if (available < wanted && reader->start > 0)
    {
      memmove (reader->buffer, reader->buffer + reader->start, available);
      reader->start = 0;
      reader->end = available;
    }
  if (wanted > reader->capacity)
    {
      reader->capacity = wanted;
      reader->buffer = g_realloc (reader->buffer, reader->capacity);
    }
  while (reader->end - reader->start < wanted)
    {
      gsize held = reader->end - reader->start;
      ssize_t n = pread (reader->fd, reader->buffer + reader->end, reader->capacity - reader->end,
                         (off_t) (reader->offset + held));
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return FALSE;
      if (n == 0)
        break;
      reader->end += (gsize) n;
    }
  *out_available = reader->end - reader->start;
  return TRUE;
}

/* Whether nothing but zero bytes comes from offset to the end of the file, or reading fails. */
static gboolean
only_zeros (int fd, guint64 offset)
{
  guint8 chunk[4096];

  for (;;)
    {
      ssize_t n = pread (fd, chunk, sizeof chunk, (off_t) offset);
      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return n == 0;
      for (ssize_t i = 0; i < n; i++)
        if (chunk[i] != 0)
          return FALSE;
      offset += (guint64) n;
    }
}

/* A bad record of size bytes, as far as that is known: torn by a power cut, or damaged? */
static GlompoJournalResult
judge_bad_record (GlompoJournalReader *reader, gsize size, const char *what, GError **error)
{
  guint64 last_sector = (reader->offset + size - 1) / SECTOR_SIZE * SECTOR_SIZE;

  if (only_zeros (reader->fd, MAX (last_sector, reader->offset)))
    return GLOMPO_JOURNAL_TORN;
  return fail_corrupt (reader, what, error);
}

/* The first bytes of the file. A file that ends within them was left by a crash at its creation. */
static GlompoJournalResult
read_magic (GlompoJournalReader *reader, GError **error)
{
  gsize available;

  if (!fill (reader, RECORDS_MAGIC_SIZE, &available))
    return fail_io (reader, error);
  gsize n = MIN (available, RECORDS_MAGIC_SIZE);
  const guint8 *bytes = reader->buffer + reader->start;
  if (memcmp (bytes, RECORDS_MAGIC, n) != 0)
    {
      gboolean other = n == RECORDS_MAGIC_SIZE && memcmp (bytes, RECORDS_MAGIC, n - 1) == 0;
      g_set_error (error, GLOMPO_JOURNAL_ERROR,
                   other ? GLOMPO_JOURNAL_ERROR_VERSION : GLOMPO_JOURNAL_ERROR_FORMAT,
                   "journal %s: %s: wanted \"%s\" at its start", reader->path,
                   other ? "of another version, for the program that wrote it" : "not a journal",
                   RECORDS_MAGIC);
      return GLOMPO_JOURNAL_FAILED;
    }
  if (n < RECORDS_MAGIC_SIZE)
    return GLOMPO_JOURNAL_TORN;
  reader->start += n;
  reader->offset += n;
  return GLOMPO_JOURNAL_RECORD;
}

/* Payload to record. NULL, or what is wrong with it. */
static const char *
decode (GlompoJournalReader *reader, const RecordFrame *frame, guint8 *payload)
{
  GlompoRecord *record = &reader->record;

  for (gsize i = frame->length; i < records_padded (frame->length); i++)
    if (payload[i] != 0)
      return "padding that is not zero";
  record->type = (GlompoRecordType) frame->type;
  record->optimizer = frame->optimizer;
  record->time = frame->time;
  record->offset = reader->offset;
  if (frame->type != GLOMPO_RECORD_EVALUATION)
    {
      memset (&record->evaluation, 0, sizeof record->evaluation);
      record->details = records_get_details (payload, frame->length);
      return record->details != NULL ? NULL : "details that are not a dictionary in normal form";
    }
  if (!records_get_evaluation (payload, frame->length, &record->evaluation))
    return "an evaluation whose numbers do not fill its length";
  return NULL;
}

static GlompoJournalResult
read_record (GlompoJournalReader *reader, GError **error)
{
  RecordFrame frame;
  gsize available;

  if (!fill (reader, RECORDS_FRAME_SIZE, &available))
    return fail_io (reader, error);
  if (available == 0)
    return GLOMPO_JOURNAL_END;
  if (available < RECORDS_FRAME_SIZE)
    return GLOMPO_JOURNAL_TORN;
  if (!records_open (reader->buffer + reader->start, &frame))
    return judge_bad_record (reader, RECORDS_FRAME_SIZE, "wrong checksum of the head of a record", error);
  if (frame.length > RECORDS_MAX_PAYLOAD)
    return fail_corrupt (reader, "a record of more than 64 MiB", error);

  gsize size = RECORDS_FRAME_SIZE + records_padded (frame.length);
  if (!fill (reader, size, &available))
    return fail_io (reader, error);
  if (available < size)
    return GLOMPO_JOURNAL_TORN;
  guint8 *payload = reader->buffer + reader->start + RECORDS_FRAME_SIZE;
  if (crc32c (0, payload, size - RECORDS_FRAME_SIZE) != frame.payload_crc)
    return judge_bad_record (reader, size, "wrong checksum of a record", error);
  const char *wrong = decode (reader, &frame, payload);
  if (wrong != NULL)
    return fail_corrupt (reader, wrong, error);
  reader->start += size;
  reader->offset += size;
  return GLOMPO_JOURNAL_RECORD;
}

GlompoJournalReader *
glompo_journal_reader_new (const char *path, GError **error)
{
  g_return_val_if_fail (path != NULL, NULL);
  return journal_reader_new_at (path, 0, error);
}

GlompoJournalReader *
journal_reader_new_at (const char *path, guint64 offset, GError **error)
{
  g_autoptr (GlompoJournalReader) reader = g_new0 (GlompoJournalReader, 1);

  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    reader->path = g_build_filename (path, GLOMPO_JOURNAL_FILE, NULL);
  else
    reader->path = g_strdup (path);
  reader->fd = g_open (reader->path, O_RDONLY | O_CLOEXEC, 0);
  if (reader->fd < 0)
    {
      g_set_error (error, GLOMPO_JOURNAL_ERROR, GLOMPO_JOURNAL_ERROR_IO, "journal %s: cannot open: %s",
                   reader->path, g_strerror (errno));
      return NULL;
    }
  reader->capacity = READ_SIZE;
  reader->buffer = g_malloc (reader->capacity);
  if (read_magic (reader, error) == GLOMPO_JOURNAL_FAILED)
    return NULL;
  if (offset > reader->offset)
    {
      reader->start = reader->end = 0;
      reader->offset = offset;
    }
  return g_steal_pointer (&reader);
}

void
glompo_journal_reader_free (GlompoJournalReader *reader)
{
  if (reader == NULL)
    return;
  if (reader->fd >= 0)
    close (reader->fd);
  g_clear_pointer (&reader->record.details, g_variant_unref);
  g_free (reader->buffer);
  g_free (reader->path);
  g_free (reader);
}

GlompoJournalResult
glompo_journal_reader_next (GlompoJournalReader *reader, const GlompoRecord **out_record, GError **error)
{
  g_return_val_if_fail (reader != NULL, GLOMPO_JOURNAL_FAILED);
  GlompoJournalResult result = GLOMPO_JOURNAL_RECORD;

  g_clear_pointer (&reader->record.details, g_variant_unref);
  if (reader->offset == 0)
    result = read_magic (reader, error);
  if (result == GLOMPO_JOURNAL_RECORD)
    result = read_record (reader, error);
  if (result != GLOMPO_JOURNAL_RECORD)
    {
      reader->start = 0;
      reader->end = 0;
      return result;
    }
  if (out_record != NULL)
    *out_record = &reader->record;
  return GLOMPO_JOURNAL_RECORD;
}

guint64
glompo_journal_reader_get_offset (GlompoJournalReader *reader)
{
  return reader->offset;
}
