/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Journals: any bytes are read to their end, their tear or their damage, with nothing read twice, nothing
 * invented and no number outside the file. Then the same with the checksums put right, which gets random
 * bytes behind them; and the summary of both. Any of them can be gone on with: then all good records and a
 * new one are there, and damage is kept.
 */
#include <config.h>
#include "fuzz.h"
#include "journal/crc32c.h"
#include "journal/records.h"
#include "journal/writer.h"
#include "report/summary.h"
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Looks at all of a record; aborts if it is not what the header promises. */
static void
look_at (const GlompoRecord *record, guint64 offset, gsize size)
{
  const GlompoEvaluation *evaluation = &record->evaluation;

  if (record->offset >= offset || offset > size || record->offset % 8 != 0)
    abort ();
  if ((record->type == GLOMPO_RECORD_EVALUATION) != (record->details == NULL))
    abort ();
  if (record->details != NULL)
    {
      g_autofree char *text = g_variant_print (record->details, TRUE);
      if (!g_variant_is_normal_form (record->details) || !g_utf8_validate (text, -1, NULL))
        abort ();
      return;
    }
  double sum = 0.0;
  for (gsize i = 0; i < evaluation->n; i++)
    sum += evaluation->x[i];
  for (gsize i = 0; i < evaluation->n_extras; i++)
    sum += evaluation->extras[i];
  if (8 * (evaluation->n + evaluation->n_extras) > size || (sum > 1.0 && sum < 0.0))
    abort ();
}

/* Number of records; *out_end is where they end. G_MAXUINT: the file is no journal. */
static guint
read_all (const char *path, gsize size, guint64 *out_end)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GlompoJournalReader) reader = glompo_journal_reader_new (path, &error);
  const GlompoRecord *record;
  GlompoJournalResult result;
  guint n = 0;

  if (reader == NULL)
    {
      if (error->code != GLOMPO_JOURNAL_ERROR_FORMAT && error->code != GLOMPO_JOURNAL_ERROR_VERSION)
        abort ();
      return G_MAXUINT;
    }
  while ((result = glompo_journal_reader_next (reader, &record, &error)) == GLOMPO_JOURNAL_RECORD)
    {
      look_at (record, glompo_journal_reader_get_offset (reader), size);
      n++;
    }
  guint64 end = glompo_journal_reader_get_offset (reader);
  if ((result == GLOMPO_JOURNAL_FAILED) != (error != NULL)
      || (result == GLOMPO_JOURNAL_END) != (end == size && size > 0))
    abort ();
  g_clear_error (&error);
  if (glompo_journal_reader_next (reader, &record, &error) != result
      || glompo_journal_reader_get_offset (reader) != end)
    abort ();
  *out_end = end;
  return n;
}

/* In memory, for a disk would be slow. n records end at end. */
static void
go_on (const guint8 *data, gsize size, guint n, guint64 end)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_strdup_printf ("/dev/shm/glompo-fuzz-%d", (int) getpid ());

  if (!g_file_test ("/dev/shm", G_FILE_TEST_IS_DIR))
    return;
  if (!g_file_set_contents_full (path, (const char *) data, (gssize) size, G_FILE_SET_CONTENTS_NONE, 0600,
                                 NULL))
    abort ();
  JournalWriter *writer = journal_writer_open (path, end, &error);
  if (writer == NULL)
    g_error ("%s", error->message);
  const JournalCut *cut = journal_writer_get_cut (writer);
  g_autofree char *kept = g_strdup (cut->kept);
  if (cut->bytes != size - end || cut->damaged != (kept != NULL))
    abort ();
  journal_writer_record (writer, GLOMPO_RECORD_MESSAGE, 0, 0, NULL);
  if (!journal_writer_close (writer, &error))
    abort ();
  gsize begun = end < RECORDS_MAGIC_SIZE ? RECORDS_MAGIC_SIZE : end;
  if (read_all (path, begun + RECORDS_FRAME_SIZE, &end) != n + 1)
    abort ();
  g_unlink (path);
  g_autofree char *bytes = NULL;
  gsize length;
  if (kept == NULL)
    return;
  if (!g_file_get_contents (kept, &bytes, &length, NULL) || length > size
      || memcmp (bytes, data + size - length, length) != 0)
    abort ();
  g_unlink (kept);
}

static void
run (const guint8 *data, gsize size)
{
  int fd = memfd_create ("journal", MFD_CLOEXEC);
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", fd);

  if (fd < 0 || write (fd, data, size) != (ssize_t) size)
    abort ();
  guint64 end = 0;
  guint n = read_all (path, size, &end);
  g_autoptr (Summary) summary = summary_new (path, NULL);
  if (n != G_MAXUINT)
    go_on (data, size, n, end);
  n = n == G_MAXUINT ? 0 : n;
  if ((n > 0 && summary == NULL) || (summary != NULL && summary->optimizers->len > n))
    abort ();
  close (fd);
}

/* Puts the checksums right of whatever looks like records. */
static void
put_right (guint8 *data, gsize size)
{
  gsize offset = RECORDS_MAGIC_SIZE;

  memcpy (data, RECORDS_MAGIC, MIN (size, RECORDS_MAGIC_SIZE));
  while (offset <= size && size - offset >= RECORDS_FRAME_SIZE)
    {
      guint8 *frame = data + offset;
      gsize room = size - offset - RECORDS_FRAME_SIZE;
      guint32 length, crc;
      memcpy (&length, frame, sizeof length);
      gsize padded = records_padded (GUINT32_FROM_LE (length));
      crc = GUINT32_TO_LE (crc32c (0, frame + RECORDS_FRAME_SIZE, MIN (padded, room)));
      memcpy (frame + 24, &crc, sizeof crc);
      crc = GUINT32_TO_LE (crc32c (0, frame, 28));
      memcpy (frame + 28, &crc, sizeof crc);
      if (padded > room)
        break;
      offset += RECORDS_FRAME_SIZE + padded;
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  run (data, size);
  g_autofree guint8 *right = g_memdup2 (data, size);
  if (right == NULL)
    return 0;
  put_right (right, size);
  run (right, size);
  return 0;
}
