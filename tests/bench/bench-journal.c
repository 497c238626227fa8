/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Time of the journal for one evaluation of 20 parameters: checksums, appending alone (a pause lets the disk
 * keep up), writing and syncing against a bare loop that writes the same bytes, reading, and text of doubles.
 * The directory is that of TMPDIR.
 */
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "journal/crc32c.h"
#include "journal/writer.h"

#define N 20
#define RECORD_SIZE (64 + 8 * N)
#define N_RECORDS 2000000
#define BARE_BUFFER (1024u * 1024u)

static double
seconds_since (gint64 start)
{
  return (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
}

static void
report (const char *what, double seconds, double n, double bytes)
{
  g_print ("%-34s %8.1f ns each", what, 1e9 * seconds / n);
  if (bytes > 0.0)
    g_print (" %8.0f MB/s", 1e-6 * bytes / seconds);
  g_print ("\n");
}

static void
bench_checksums (void)
{
  g_autofree guint8 *bytes = g_malloc0 (RECORD_SIZE);
  guint32 crc = 0;

  gint64 start = g_get_monotonic_time ();
  for (guint i = 0; i < N_RECORDS; i++)
    crc = crc32c (crc, bytes, RECORD_SIZE);
  report ("checksum", seconds_since (start), N_RECORDS, (double) N_RECORDS * RECORD_SIZE);
  start = g_get_monotonic_time ();
  for (guint i = 0; i < N_RECORDS; i++)
    crc = crc32c_portable (crc, bytes, RECORD_SIZE);
  report (crc == 1 ? "" : "checksum by tables", seconds_since (start), N_RECORDS,
          (double) N_RECORDS * RECORD_SIZE);
}

static void
append (JournalWriter *writer, guint first, guint n)
{
  double x[N] = { 0 };
  for (guint i = first; i < first + n; i++)
    {
      x[i % N] = i;
      GlompoEvaluation evaluation = { .call = i + 1, .point = i + 1, .f = i, .n = N, .x = x };
      journal_writer_evaluation (writer, i, 1, &evaluation);
    }
}

/* In portions smaller than a buffer, the flush of which is not counted. */
static void
bench_append (const char *path)
{
  enum { PORTION = 4000, PORTIONS = 100 };
  JournalWriter *writer = journal_writer_new (path, NULL);
  double seconds = 0.0;

  for (guint i = 0; i < PORTIONS; i++)
    {
      gint64 start = g_get_monotonic_time ();
      append (writer, i * PORTION, PORTION);
      seconds += seconds_since (start);
      journal_writer_flush (writer, TRUE, NULL);
    }
  journal_writer_free (writer);
  g_unlink (path);
  report ("append", seconds, PORTION * PORTIONS, (double) PORTION * PORTIONS * RECORD_SIZE);
}

static void
bench_write (const char *path)
{
  gint64 start = g_get_monotonic_time ();
  JournalWriter *writer = journal_writer_new (path, NULL);
  for (guint i = 0; i < N_RECORDS; i += N_RECORDS / 100)
    {
      append (writer, i, N_RECORDS / 100);
      journal_writer_flush (writer, FALSE, NULL);
    }
  double appended = seconds_since (start);
  journal_writer_free (writer);
  report ("append, write, sync now and then", appended, N_RECORDS, (double) N_RECORDS * RECORD_SIZE);
  report ("the same until all is on the disk", seconds_since (start), N_RECORDS,
          (double) N_RECORDS * RECORD_SIZE);
}

static void
bench_bare (const char *path)
{
  g_autofree guint8 *bytes = g_malloc0 (BARE_BUFFER);
  guint64 left = (guint64) N_RECORDS * RECORD_SIZE;

  gint64 start = g_get_monotonic_time ();
  int fd = g_open (path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  while (left > 0)
    {
      ssize_t n = write (fd, bytes, MIN (left, BARE_BUFFER));
      if (n <= 0)
        g_error ("%s: cannot write", path);
      left -= (guint64) n;
    }
  double written = seconds_since (start);
  fdatasync (fd);
  close (fd);
  report ("bare loop of write()", written, N_RECORDS, (double) N_RECORDS * RECORD_SIZE);
  report ("the same and one sync", seconds_since (start), N_RECORDS, (double) N_RECORDS * RECORD_SIZE);
  g_unlink (path);
}

static void
bench_read (const char *path)
{
  g_autoptr (GlompoJournalReader) reader = glompo_journal_reader_new (path, NULL);
  guint n = 0;

  gint64 start = g_get_monotonic_time ();
  while (glompo_journal_reader_next (reader, NULL, NULL) == GLOMPO_JOURNAL_RECORD)
    n++;
  report ("read", seconds_since (start), n, (double) n * RECORD_SIZE);
}

static void
bench_text (void)
{
  char text[GLOMPO_DOUBLE_TEXT_SIZE], other[TEXT_DOUBLE_SIZE];
  const guint n = 1000000;
  gsize length = 0;

  gint64 start = g_get_monotonic_time ();
  for (guint i = 0; i < n; i++)
    length += strlen (glompo_double_to_text (i / 7.0, text));
  report ("double to text", seconds_since (start), n, (double) length);
  start = g_get_monotonic_time ();
  for (guint i = 0; i < n / 10; i++)
    length += strlen (text_from_double (i / 7.0, other));
  report (length == 0 ? "" : "double to text by trial", seconds_since (start), n / 10, 0.0);
}

int
main (void)
{
  g_autofree char *directory = g_dir_make_tmp ("glompo-bench-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (directory, GLOMPO_JOURNAL_FILE, NULL);
  g_autofree char *bare = g_build_filename (directory, "bare", NULL);

  bench_checksums ();
  bench_append (path);
  bench_bare (bare);
  bench_write (path);
  bench_read (path);
  bench_text ();
  g_unlink (path);
  g_rmdir (directory);
  return 0;
}
