/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The journal's writer and the file system: a disk that is full and has room again (played by a limit on the
 * size of files), going on behind a torn tail, two writers, a reader at the same time.
 */
#include "harness.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "journal/reader.h"
#include "journal/writer.h"

#define N_VALUES 30
#define RECORD_SIZE (32 + 32 + 8 * N_VALUES)
#define MIB (1024u * 1024u)

/* The writer's own calls end here: so many of them fail, as on a broken disk, and what was written since the
 * last good one may be gone then, as on some file systems. */
static gint failing_syncs;
static gint syncs;
static gboolean forget;
static off_t good_size;

int
fdatasync (int fd)
{
  g_atomic_int_inc (&syncs);
  if (g_atomic_int_get (&failing_syncs) > 0)
    {
      g_atomic_int_add (&failing_syncs, -1);
      if (forget)
        CU_ASSERT (ftruncate (fd, good_size) == 0);
      errno = EIO;
      return -1;
    }
  good_size = lseek (fd, 0, SEEK_END);
  return fsync (fd);
}

static char *
fresh_path (void)
{
  static guint count; /* names only */
  g_autofree char *name = g_strdup_printf ("disk-%u", count++);
  return g_build_filename (test_scratch_dir (), name, NULL);
}

static void
set_limit (guint64 bytes)
{
  struct rlimit limit;
  CU_ASSERT_FATAL (getrlimit (RLIMIT_FSIZE, &limit) == 0);
  limit.rlim_cur = bytes == 0 ? limit.rlim_max : bytes;
  CU_ASSERT_FATAL (setrlimit (RLIMIT_FSIZE, &limit) == 0);
}

/* Appends evaluations first to last. */
static void
put (JournalWriter *writer, guint64 first, guint64 last)
{
  double x[N_VALUES] = { 0 };
  for (guint64 call = first; call <= last; call++)
    {
      x[0] = x[N_VALUES - 1] = (double) call;
      GlompoEvaluation evaluation = { .call = call, .point = call, .f = 1.0, .n = N_VALUES, .x = x };
      journal_writer_evaluation (writer, (gint64) call, 1, &evaluation);
    }
}

/* Number of evaluations from the start of the file, all in order. */
static guint64
count (const char *path, GlompoJournalResult *out_result, guint64 *out_offset)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GlompoJournalReader) reader = glompo_journal_reader_new (path, &error);
  const GlompoRecord *record;
  guint64 n = 0;

  CU_ASSERT_FATAL (reader != NULL);
  while ((*out_result = glompo_journal_reader_next (reader, &record, &error)) == GLOMPO_JOURNAL_RECORD)
    {
      const GlompoEvaluation *evaluation = &record->evaluation;
      CU_ASSERT_FATAL (evaluation->call == ++n && evaluation->x[N_VALUES - 1] == (double) n);
    }
  *out_offset = glompo_journal_reader_get_offset (reader);
  TEST_NO_ERROR (error);
  return n;
}

static void
expect_whole (const char *path, guint64 n)
{
  GlompoJournalResult result;
  guint64 offset;

  TEST_INT (count (path, &result, &offset), n);
  TEST_INT (result, GLOMPO_JOURNAL_END);
}

static void
test_full_and_room_again (void)
{
  g_autofree char *path = fresh_path ();
  g_autoptr (GError) error = NULL;
  JournalWriter *writer = journal_writer_new (path, &error);
  CU_ASSERT_FATAL (writer != NULL);

  set_limit (MIB + 13);
  put (writer, 1, 5000);
  CU_ASSERT_FALSE (journal_writer_flush (writer, TRUE, &error));
  CU_ASSERT_FATAL (g_error_matches (error, GLOMPO_JOURNAL_ERROR, GLOMPO_JOURNAL_ERROR_IO));
  TEST_CONTAINS (error->message, path);
  TEST_CONTAINS (error->message, "cannot write");
  GlompoJournalResult result;
  guint64 offset;
  TEST_INT (count (path, &result, &offset), (MIB + 13 - 8) / RECORD_SIZE);
  TEST_INT (result, GLOMPO_JOURNAL_TORN);

  put (writer, 5001, 6000);
  g_clear_error (&error);
  CU_ASSERT_FALSE (journal_writer_flush (writer, TRUE, &error));
  set_limit (0);
  g_clear_error (&error);
  CU_ASSERT (journal_writer_flush (writer, TRUE, &error));
  TEST_NO_ERROR (error);
  expect_whole (path, 6000);
  TEST_INT (journal_writer_get_size (writer), 8 + 6000 * RECORD_SIZE);
  CU_ASSERT (journal_writer_close (writer, NULL));
  expect_whole (path, 6000);
}

/* Room comes in odd pieces; every attempt goes on from the first byte that is missing. */
static void
test_room_in_pieces (void)
{
  g_autofree char *path = fresh_path ();
  JournalWriter *writer = journal_writer_new (path, NULL);
  guint64 limit = MIB, call = 0;
  CU_ASSERT_FATAL (writer != NULL);

  for (guint i = 0; i < 60; i++)
    {
      GlompoJournalResult result;
      guint64 offset;
      set_limit (limit);
      put (writer, call + 1, call + 100);
      call += 100;
      journal_writer_flush (writer, TRUE, NULL);
      guint64 there = MIN (limit, journal_writer_get_size (writer));
      TEST_INT (count (path, &result, &offset), (there - 8) / RECORD_SIZE);
      limit += 7919 + 31 * i;
    }
  set_limit (0);
  CU_ASSERT (journal_writer_close (writer, NULL));
  expect_whole (path, call);
}

/* With no room at all the caller is not held up, however much comes. */
static void
test_full_does_not_block (void)
{
  g_autofree char *path = fresh_path ();
  JournalWriter *writer = journal_writer_new (path, NULL);
  guint64 n = 24 * MIB / RECORD_SIZE;
  CU_ASSERT_FATAL (writer != NULL);

  set_limit (MIB);
  put (writer, 1, n);
  CU_ASSERT_FALSE (journal_writer_flush (writer, TRUE, NULL));
  CU_ASSERT_FALSE (journal_writer_flush (writer, TRUE, NULL));
  put (writer, n + 1, 2 * n);
  set_limit (0);
  g_autoptr (GError) error = NULL;
  CU_ASSERT (journal_writer_flush (writer, TRUE, &error));
  TEST_NO_ERROR (error);
  CU_ASSERT (journal_writer_close (writer, NULL));
  expect_whole (path, 2 * n);
}

/* A flush that does not wait tells of a failure once the thread has met it, and starts the next attempt. */
static void
test_failure_without_waiting (void)
{
  g_autofree char *path = fresh_path ();
  g_autoptr (GError) error = NULL;
  JournalWriter *writer = journal_writer_new (path, NULL);
  CU_ASSERT_FATAL (writer != NULL);

  set_limit (MIB);
  put (writer, 1, 5000);
  while (journal_writer_flush (writer, FALSE, &error))
    g_thread_yield ();
  CU_ASSERT (g_error_matches (error, GLOMPO_JOURNAL_ERROR, GLOMPO_JOURNAL_ERROR_IO));
  set_limit (0);
  while (!journal_writer_flush (writer, FALSE, NULL))
    g_thread_yield ();
  put (writer, 5001, 5002);
  CU_ASSERT (journal_writer_flush (writer, FALSE, NULL));
  CU_ASSERT (journal_writer_close (writer, NULL));
  expect_whole (path, 5002);
}

/* What could not be written until the end is reported, and the file goes on behind its torn tail. */
static void
test_close_fails_then_go_on (void)
{
  g_autofree char *path = fresh_path ();
  g_autoptr (GError) error = NULL;
  JournalWriter *writer = journal_writer_new (path, NULL);
  CU_ASSERT_FATAL (writer != NULL);

  set_limit (MIB + 100);
  put (writer, 1, 5000);
  CU_ASSERT_FALSE (journal_writer_close (writer, &error));
  CU_ASSERT (g_error_matches (error, GLOMPO_JOURNAL_ERROR, GLOMPO_JOURNAL_ERROR_IO));
  set_limit (0);

  GlompoJournalResult result;
  guint64 offset;
  guint64 n = count (path, &result, &offset);
  TEST_INT (result, GLOMPO_JOURNAL_TORN);
  g_clear_error (&error);
  writer = journal_writer_open (path, offset, &error);
  TEST_NO_ERROR (error);
  CU_ASSERT_FATAL (writer != NULL);
  put (writer, n + 1, 5000);
  CU_ASSERT (journal_writer_close (writer, NULL));
  expect_whole (path, 5000);
}

/* Going on where a file has not even its magic; and good records are never cut off. */
static void
test_open_at_offsets (void)
{
  g_autofree char *path = fresh_path ();
  CU_ASSERT_FATAL (g_file_set_contents (path, "GLO", 3, NULL));
  JournalWriter *writer = journal_writer_open (path, 0, NULL);
  CU_ASSERT_FATAL (writer != NULL);
  put (writer, 1, 10);
  CU_ASSERT (journal_writer_close (writer, NULL));
  expect_whole (path, 10);
  g_autoptr (GError) error = NULL;
  CU_ASSERT_PTR_NULL (journal_writer_open (path, 8 + 4 * RECORD_SIZE, &error));
  CU_ASSERT_FATAL (g_error_matches (error, GLOMPO_JOURNAL_ERROR, GLOMPO_JOURNAL_ERROR_EXISTS));
  TEST_CONTAINS (error->message, "another run has gone on with it");
  expect_whole (path, 10);
  writer = journal_writer_open (path, 8 + 10 * RECORD_SIZE, NULL);
  CU_ASSERT_FATAL (writer != NULL);
  TEST_INT (journal_writer_get_size (writer), 8 + 10 * RECORD_SIZE);
  TEST_INT (journal_writer_get_cut (writer)->bytes, 0);
  put (writer, 11, 12);
  CU_ASSERT (journal_writer_close (writer, NULL));
  expect_whole (path, 12);
}

/* A torn tail is cut; damage is cut too, but kept beside the journal, as often as that happens. */
static void
test_open_cuts (void)
{
  g_autofree char *path = fresh_path ();
  g_autofree char *kept = g_strdup_printf ("%s.damaged-%d", path, 8 + 2 * RECORD_SIZE);
  JournalWriter *writer = journal_writer_new (path, NULL);
  CU_ASSERT_FATAL (writer != NULL);
  put (writer, 1, 10);
  CU_ASSERT (journal_writer_close (writer, NULL));

  CU_ASSERT_FATAL (truncate (path, 8 + 4 * RECORD_SIZE + 17) == 0);
  writer = journal_writer_open (path, 8 + 4 * RECORD_SIZE, NULL);
  CU_ASSERT_FATAL (writer != NULL);
  TEST_INT (journal_writer_get_cut (writer)->bytes, 17);
  CU_ASSERT_FALSE (journal_writer_get_cut (writer)->damaged);
  CU_ASSERT_PTR_NULL (journal_writer_get_cut (writer)->kept);
  put (writer, 5, 5);
  CU_ASSERT (journal_writer_close (writer, NULL));
  expect_whole (path, 5);

  g_autofree char *bytes = NULL;
  g_autofree char *rest = NULL;
  gsize size, rest_size;
  CU_ASSERT_FATAL (g_file_get_contents (path, &bytes, &size, NULL));
  bytes[8 + 2 * RECORD_SIZE + 100] ^= 1;
  CU_ASSERT_FATAL (g_file_set_contents (path, bytes, (gssize) size, NULL));
  writer = journal_writer_open (path, 8 + 2 * RECORD_SIZE, NULL);
  CU_ASSERT_FATAL (writer != NULL);
  TEST_INT (journal_writer_get_cut (writer)->bytes, 3 * RECORD_SIZE);
  CU_ASSERT (journal_writer_get_cut (writer)->damaged);
  TEST_STR (journal_writer_get_cut (writer)->kept, kept);
  put (writer, 3, 3);
  CU_ASSERT (journal_writer_close (writer, NULL));
  expect_whole (path, 3);
  CU_ASSERT_FATAL (g_file_get_contents (kept, &rest, &rest_size, NULL));
  CU_ASSERT_FATAL (rest_size == 3 * RECORD_SIZE);
  CU_ASSERT (memcmp (rest, bytes + 8 + 2 * RECORD_SIZE, rest_size) == 0);
  CU_ASSERT_FATAL (g_file_set_contents (path, bytes, (gssize) size, NULL));
  writer = journal_writer_open (path, 8 + 2 * RECORD_SIZE, NULL);
  CU_ASSERT_FATAL (writer != NULL);
  CU_ASSERT (g_str_has_suffix (journal_writer_get_cut (writer)->kept, "-2"));
  journal_writer_free (writer);
}

/* A clock that is put back does not put the journal's times back, nor does another session. */
static void
test_times_go_on (void)
{
  g_autofree char *path = fresh_path ();
  static const gint64 times[] = { 100, 50, 120, 120, 150 };
  JournalWriter *writer = journal_writer_new (path, NULL);
  CU_ASSERT_FATAL (writer != NULL);
  journal_writer_record (writer, GLOMPO_RECORD_MESSAGE, 100, 0, NULL);
  journal_writer_record (writer, GLOMPO_RECORD_MESSAGE, 50, 0, NULL);
  CU_ASSERT (journal_writer_close (writer, NULL));
  writer = journal_writer_open (path, 8 + 2 * 32, NULL);
  CU_ASSERT_FATAL (writer != NULL);
  journal_writer_not_before (writer, 120);
  journal_writer_record (writer, GLOMPO_RECORD_MESSAGE, 7, 0, NULL);
  journal_writer_record (writer, GLOMPO_RECORD_MESSAGE, 8, 0, NULL);
  journal_writer_record (writer, GLOMPO_RECORD_MESSAGE, 150, 0, NULL);
  CU_ASSERT (journal_writer_close (writer, NULL));
  g_autoptr (GlompoJournalReader) reader = glompo_journal_reader_new (path, NULL);
  const GlompoRecord *record;
  for (guint i = 0; i < G_N_ELEMENTS (times); i++)
    {
      CU_ASSERT_FATAL (glompo_journal_reader_next (reader, &record, NULL) == GLOMPO_JOURNAL_RECORD);
      TEST_INT (record->time, i == 1 ? 100 : times[i]);
    }
  g_autoptr (GlompoJournalReader) later = journal_reader_new_at (path, 8 + 4 * 32, NULL);
  CU_ASSERT_FATAL (glompo_journal_reader_next (later, &record, NULL) == GLOMPO_JOURNAL_RECORD);
  TEST_INT (record->time, 150);
  TEST_INT (record->offset, 8 + 4 * 32);
}

static void
expect_no_writer (JournalWriter *writer, GError *error, GlompoJournalError code, const char *part)
{
  CU_ASSERT_PTR_NULL (writer);
  journal_writer_free (writer);
  CU_ASSERT_FATAL (error != NULL);
  TEST_INT (error->code, code);
  TEST_CONTAINS (error->message, part);
  g_error_free (error);
}

static void
test_refusals (void)
{
  g_autofree char *path = fresh_path ();
  g_autofree char *nowhere = g_build_filename (test_scratch_dir (), "none", "journal", NULL);
  GError *error = NULL;
  JournalWriter *writer = journal_writer_new (nowhere, &error);
  expect_no_writer (writer, error, GLOMPO_JOURNAL_ERROR_IO, "No such file");
  error = NULL;
  writer = journal_writer_open (nowhere, 8, &error);
  expect_no_writer (writer, error, GLOMPO_JOURNAL_ERROR_IO, "No such file");

  CU_ASSERT_FATAL (g_file_set_contents (path, "precious text of the user", -1, NULL));
  error = NULL;
  writer = journal_writer_new (path, &error);
  expect_no_writer (writer, error, GLOMPO_JOURNAL_ERROR_EXISTS, "exists already");
  error = NULL;
  writer = journal_writer_open (path, 8, &error);
  expect_no_writer (writer, error, GLOMPO_JOURNAL_ERROR_FORMAT, "not a journal");
  error = NULL;
  writer = journal_writer_open (path, 0, &error);
  expect_no_writer (writer, error, GLOMPO_JOURNAL_ERROR_EXISTS, "wanted an empty file");
  error = NULL;
  writer = journal_writer_open (path, 800, &error);
  expect_no_writer (writer, error, GLOMPO_JOURNAL_ERROR_CORRUPT, "wanted to go on behind byte 800");
  g_autofree char *text = NULL;
  CU_ASSERT (g_file_get_contents (path, &text, NULL, NULL));
  TEST_STR (text, "precious text of the user");
}

static void
test_two_writers (void)
{
  g_autofree char *path = fresh_path ();
  GError *error = NULL;
  JournalWriter *writer = journal_writer_new (path, NULL);
  CU_ASSERT_FATAL (writer != NULL);
  JournalWriter *second = journal_writer_open (path, 8, &error);
  expect_no_writer (second, error, GLOMPO_JOURNAL_ERROR_EXISTS, "another program is writing it");
  put (writer, 1, 3);
  CU_ASSERT (journal_writer_close (writer, NULL));
  expect_whole (path, 3);
}

/* A sync that fails is told of, and the next flush tries again; nothing counts as synced before it is. */
static void
sync_fails (gboolean forgets)
{
  forget = forgets;
  g_autofree char *path = fresh_path ();
  g_autoptr (GError) error = NULL;
  JournalWriter *writer = journal_writer_new (path, NULL);
  CU_ASSERT_FATAL (writer != NULL);

  put (writer, 1, 10);
  CU_ASSERT (journal_writer_flush (writer, TRUE, NULL));
  put (writer, 11, 20000);
  g_atomic_int_set (&failing_syncs, 2);
  CU_ASSERT_FALSE (journal_writer_flush (writer, TRUE, &error));
  CU_ASSERT_FATAL (g_error_matches (error, GLOMPO_JOURNAL_ERROR, GLOMPO_JOURNAL_ERROR_IO));
  TEST_CONTAINS (error->message, "cannot sync");
  CU_ASSERT_FALSE (journal_writer_flush (writer, TRUE, NULL));
  put (writer, 20001, 20010);
  CU_ASSERT (journal_writer_flush (writer, TRUE, NULL));
  gint before = g_atomic_int_get (&syncs);
  CU_ASSERT (journal_writer_flush (writer, TRUE, NULL));
  TEST_INT (g_atomic_int_get (&syncs), before);
  CU_ASSERT (journal_writer_close (writer, NULL));
  expect_whole (path, 20010);
}

static void
test_sync_fails (void)
{
  sync_fails (FALSE);
  sync_fails (TRUE);
}

/* A journal that cannot be begun leaves no file behind. */
static void
test_no_room_to_begin (void)
{
  g_autofree char *path = fresh_path ();
  GError *error = NULL;

  set_limit (4);
  JournalWriter *writer = journal_writer_new (path, &error);
  set_limit (0);
  expect_no_writer (writer, error, GLOMPO_JOURNAL_ERROR_IO, "cannot write");
  CU_ASSERT_FALSE (g_file_test (path, G_FILE_TEST_EXISTS));
}

typedef struct {
  const char *path;
  guint64 wanted;
  guint failures;
} Follower;

static gpointer
follow (gpointer data)
{
  Follower *follower = data;
  g_autoptr (GlompoJournalReader) reader = glompo_journal_reader_new (follower->path, NULL);
  const GlompoRecord *record;
  guint64 n = 0;

  while (n < follower->wanted && follower->failures == 0)
    {
      GlompoJournalResult result = glompo_journal_reader_next (reader, &record, NULL);
      if (result == GLOMPO_JOURNAL_FAILED)
        follower->failures++;
      else if (result == GLOMPO_JOURNAL_RECORD)
        follower->failures += record->evaluation.call != ++n;
      else
        g_thread_yield ();
    }
  return NULL;
}

/* A reader that is as fast as the writer never takes a record for damaged. */
static void
test_reader_beside_writer (void)
{
  g_autofree char *path = fresh_path ();
  JournalWriter *writer = journal_writer_new (path, NULL);
  CU_ASSERT_FATAL (writer != NULL);
  Follower follower = { .path = path, .wanted = 50000 };
  GThread *thread = g_thread_new ("follower", follow, &follower);

  for (guint64 call = 1; call <= follower.wanted; call += 50)
    {
      put (writer, call, call + 49);
      CU_ASSERT (journal_writer_flush (writer, FALSE, NULL));
    }
  CU_ASSERT (journal_writer_close (writer, NULL));
  g_thread_join (thread);
  TEST_INT (follower.failures, 0);
}

static void
test_closing_nothing (void)
{
  CU_ASSERT (journal_writer_close (NULL, NULL));
  journal_writer_free (NULL);
  glompo_journal_reader_free (NULL);
}

/* A journal that is removed while it is written comes back whole, once there is a directory for it. */
static void
test_removed (void)
{
  g_autofree char *directory = fresh_path ();
  g_autofree char *path = g_build_filename (directory, GLOMPO_JOURNAL_FILE, NULL);
  g_autoptr (GError) error = NULL;
  CU_ASSERT_FATAL (g_mkdir (directory, 0777) == 0);
  JournalWriter *writer = journal_writer_new (path, NULL);
  CU_ASSERT_FATAL (writer != NULL);
  put (writer, 1, 10);
  CU_ASSERT (journal_writer_flush (writer, TRUE, NULL));

  CU_ASSERT_FATAL (g_unlink (path) == 0);
  put (writer, 11, 20);
  CU_ASSERT (journal_writer_flush (writer, TRUE, &error));
  TEST_NO_ERROR (error);
  expect_whole (path, 20);
  CU_ASSERT (journal_is_being_written (path));

  CU_ASSERT_FATAL (g_unlink (path) == 0 && g_rmdir (directory) == 0);
  put (writer, 21, 9000);
  CU_ASSERT_FALSE (journal_writer_flush (writer, TRUE, &error));
  CU_ASSERT_FATAL (g_error_matches (error, GLOMPO_JOURNAL_ERROR, GLOMPO_JOURNAL_ERROR_IO));
  TEST_CONTAINS (error->message, "cannot put back the file, which was removed: No such file or directory");
  CU_ASSERT (journal_writer_is_failing (writer));
  CU_ASSERT_FATAL (g_mkdir (directory, 0777) == 0);
  put (writer, 9001, 9010);
  CU_ASSERT (journal_writer_flush (writer, TRUE, NULL));
  CU_ASSERT_FALSE (journal_writer_is_failing (writer));
  TEST_INT (journal_writer_get_synced (writer), 8 + 9010 * RECORD_SIZE);
  expect_whole (path, 9010);

  CU_ASSERT_FATAL (g_unlink (path) == 0);
  CU_ASSERT_FATAL (g_file_set_contents (path, "another", -1, NULL));
  put (writer, 9011, 9011);
  g_clear_error (&error);
  CU_ASSERT_FALSE (journal_writer_flush (writer, TRUE, &error));
  TEST_CONTAINS (error->message, "File exists");
  CU_ASSERT_FATAL (g_unlink (path) == 0);
  CU_ASSERT (journal_writer_close (writer, NULL));
  expect_whole (path, 9011);
}

/* Each gets a name of its own, and nothing is lost. */
static void
test_put_aside (void)
{
  static const char *const endings[] = { ".damaged-0", ".damaged-0-2", ".damaged-0-3" };
  g_autoptr (GError) error = NULL;
  g_autofree char *directory = fresh_path ();
  g_autofree char *path = g_build_filename (directory, GLOMPO_JOURNAL_FILE, NULL);
  CU_ASSERT_FATAL (g_mkdir (directory, 0777) == 0);
  for (gsize i = 0; i < G_N_ELEMENTS (endings); i++)
    {
      g_autofree char *wanted = g_strconcat (path, endings[i], NULL), *text = NULL;
      CU_ASSERT_FATAL (g_file_set_contents (path, endings[i], -1, NULL));
      g_autofree char *aside = glompo_journal_put_aside (directory, &error);
      TEST_STR (aside, wanted);
      CU_ASSERT (g_file_get_contents (wanted, &text, NULL, NULL) && g_str_equal (text, endings[i]));
      CU_ASSERT_FALSE (g_file_test (path, G_FILE_TEST_EXISTS));
    }
  TEST_NO_ERROR (error);
  CU_ASSERT_PTR_NULL (glompo_journal_put_aside (directory, &error));
  CU_ASSERT_FATAL (g_error_matches (error, GLOMPO_JOURNAL_ERROR, GLOMPO_JOURNAL_ERROR_IO));
  TEST_CONTAINS (error->message, "cannot put aside: No such file");
}

static const TestCase cases[] = {
  { "full, and room again", test_full_and_room_again },
  { "room in pieces", test_room_in_pieces },
  { "full does not block", test_full_does_not_block },
  { "failure without waiting", test_failure_without_waiting },
  { "close fails, then go on", test_close_fails_then_go_on },
  { "open at offsets", test_open_at_offsets },
  { "open cuts a tail, keeps damage", test_open_cuts },
  { "times go on", test_times_go_on },
  { "refusals", test_refusals },
  { "two writers", test_two_writers },
  { "sync fails", test_sync_fails },
  { "removed while it is written", test_removed },
  { "no room to begin", test_no_room_to_begin },
  { "a reader beside the writer", test_reader_beside_writer },
  { "closing nothing", test_closing_nothing },
  { "put aside", test_put_aside },
};

TEST_MAIN ("journal on a disk", cases)
