/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whole runs on a disk that fails: the writer's system calls end here and fail as they are told. What the
 * observer is told of must be on the disk by then, a run rests while the disk cannot be written, and nothing
 * is missing in the end.
 */
#include "harness.h"

#include <errno.h>
#include <glompo/glompo.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Errno of the calls, 0: they work. A write puts half of it there first. */
static gint write_error, sync_error;
static gint attempts; /* that failed */
/* Size of the file at its last good sync. */
static gint64 synced_size;
static GMutex lock;

ssize_t
pwrite (int fd, const void *bytes, size_t size, off_t offset)
{
  gint error = g_atomic_int_get (&write_error);
  if (error == 0)
    return syscall (SYS_pwrite64, fd, bytes, size, offset);
  if (size > 1)
    return syscall (SYS_pwrite64, fd, bytes, size / 2, offset);
  g_atomic_int_inc (&attempts);
  errno = error;
  return -1;
}

/* A failure forgets all that was written since the last good sync, as some file systems do. */
int
fdatasync (int fd)
{
  struct stat status;
  gint error = g_atomic_int_get (&sync_error);
  g_mutex_lock (&lock);
  gint64 last = synced_size;
  int result = error != 0 ? ftruncate (fd, last) : fsync (fd);
  if (error == 0 && fstat (fd, &status) == 0)
    synced_size = status.st_size;
  g_mutex_unlock (&lock);
  if (error == 0)
    return result;
  g_atomic_int_inc (&attempts);
  errno = error;
  return -1;
}

typedef struct {
  GlompoRegistry *registry;
  GlompoConfig *config;
  GlompoManager *manager;
  char *directory;
  gint error;           /* the disk breaks so at the second incumbent... */
  gint *broken;         /* in these calls */
  guint incumbents, missing, rests, goes;
  gint mend_after;      /* and is mended after so many failures */
  gboolean stop;        /* or the run is told to end */
} Run;

/* Whether an evaluation is in the part of the journal that is on the disk. */
static gboolean
is_on_disk (const Run *run, guint64 call)
{
  g_autoptr (GlompoJournalReader) reader = glompo_journal_reader_new (run->directory, NULL);
  const GlompoRecord *record;
  g_mutex_lock (&lock);
  guint64 size = (guint64) synced_size;
  g_mutex_unlock (&lock);
  while (reader != NULL && glompo_journal_reader_next (reader, &record, NULL) == GLOMPO_JOURNAL_RECORD
         && glompo_journal_reader_get_offset (reader) <= size)
    if (record->type == GLOMPO_RECORD_EVALUATION && record->evaluation.call == call)
      return TRUE;
  return FALSE;
}

static void
on_incumbent (GlompoManager *manager, guint64 evaluation, double f, const double *x, guint64 id,
              gpointer data)
{
  Run *run = data;
  (void) manager;
  (void) f;
  (void) x;
  (void) id;
  run->incumbents++;
  run->missing += !is_on_disk (run, evaluation);
  if (run->incumbents == 2 && run->broken != NULL)
    g_atomic_int_set (run->broken, run->error);
}

static gpointer
mend (gpointer data)
{
  Run *run = data;
  while (g_atomic_int_get (&attempts) < run->mend_after)
    g_usleep (1000);
  if (run->stop)
    glompo_manager_stop (run->manager, "test", FALSE);
  else
    g_atomic_int_set (run->broken, 0);
  return NULL;
}

static void
on_message (GlompoManager *manager, GLogLevelFlags level, const char *text, gpointer data)
{
  Run *run = data;
  (void) manager;
  if (level != G_LOG_LEVEL_WARNING)
    return;
  run->rests += strstr (text, "the run rests until the journal can be written again") != NULL;
  run->goes += strstr (text, "the journal can be written again, nothing of it is missing") != NULL;
}

static void
set_up (Run *run, const char *lines, const char *task)
{
  static guint count; /* names only */
  static const GlompoObserver observer = { .message = on_message, .incumbent = on_incumbent };
  g_autoptr (GError) error = NULL;
  g_autofree char *name = g_strdup_printf ("run-%u", count++);
  g_autofree char *ini = g_strdup_printf ("[glompo]\nmax_jobs = 2\nseed = 3\nbackend = threads\n%s\n"
                                          "[task]\nplugin = benchmark\nfunction = sphere\ndims = 3\n%s\n"
                                          "[optimizer r]\nplugin = random\niters = 0\n",
                                          lines, task);
  run->directory = g_build_filename (test_scratch_dir (), name, NULL);
  run->registry = glompo_registry_new ();
  run->config = glompo_config_new_from_text (ini, "durable.ini", NULL, NULL, run->registry, &error);
  TEST_NO_ERROR (error);
  CU_ASSERT_FATAL (run->config != NULL);
  run->manager = glompo_manager_new (run->config, run->directory, FALSE);
  glompo_manager_set_observer (run->manager, &observer, run);
  attempts = 0;
  synced_size = 0;
}

static gboolean
go (Run *run, GError **error)
{
  GThread *thread = run->broken != NULL ? g_thread_new ("mend", mend, run) : NULL;
  gboolean good = glompo_manager_run (run->manager, error);
  if (thread != NULL)
    g_thread_join (thread);
  g_atomic_int_set (&write_error, 0);
  g_atomic_int_set (&sync_error, 0);
  return good;
}

/* Evaluations in the journal, each once, in order. */
static guint64
count (const Run *run, GlompoJournalResult wanted)
{
  g_autoptr (GlompoJournalReader) reader = glompo_journal_reader_new (run->directory, NULL);
  const GlompoRecord *record;
  GlompoJournalResult result;
  guint64 n = 0;
  CU_ASSERT_FATAL (reader != NULL);
  while ((result = glompo_journal_reader_next (reader, &record, NULL)) == GLOMPO_JOURNAL_RECORD)
    if (record->type == GLOMPO_RECORD_EVALUATION)
      CU_ASSERT (record->evaluation.call == ++n);
  TEST_INT (result, wanted);
  return n;
}

static void
tear_down (Run *run)
{
  glompo_manager_unref (run->manager);
  glompo_config_unref (run->config);
  glompo_registry_unref (run->registry);
  g_free (run->directory);
}

/* With `each` nobody hears of an evaluation that is not on the disk, however fast they are. */
static void
test_each_first (void)
{
  Run run = { 0 };
  g_autoptr (GError) error = NULL;
  set_up (&run, "journal_sync = each\nconvergence = MaxFuncCalls(2000)", "");
  CU_ASSERT (go (&run, &error));
  TEST_NO_ERROR (error);
  CU_ASSERT (run.incumbents >= 3);
  TEST_INT (run.missing, 0);
  TEST_INT (run.rests, 0);
  TEST_INT (count (&run, GLOMPO_JOURNAL_END), 2000);
  tear_down (&run);
}

/* Nor of one that took longer than journal_sync, without that. */
static void
test_slow_first (void)
{
  Run run = { 0 };
  g_autoptr (GError) error = NULL;
  set_up (&run, "convergence = MaxFuncCalls(10)", "delay = 0.15");
  CU_ASSERT (go (&run, &error));
  TEST_NO_ERROR (error);
  CU_ASSERT (run.incumbents >= 2);
  TEST_INT (run.missing, 0);
  TEST_INT (count (&run, GLOMPO_JOURNAL_END), 10);
  tear_down (&run);
}

/* Broken in this way for a while: the run says so once, rests, goes on, and misses nothing. */
static void
break_and_mend (gint *broken, gint error_number, const char *sync)
{
  Run run = { .broken = broken, .error = error_number, .mend_after = 3 };
  g_autoptr (GError) error = NULL;
  g_autofree char *lines = g_strdup_printf ("journal_sync = %s\nconvergence = MaxFuncCalls(400)", sync);
  set_up (&run, lines, "delay = 0.001");
  CU_ASSERT (go (&run, &error));
  TEST_NO_ERROR (error);
  TEST_INT (run.rests, 1);
  TEST_INT (run.goes, 1);
  if (g_str_equal (sync, "each"))
    TEST_INT (run.missing, 0);
  TEST_INT (count (&run, GLOMPO_JOURNAL_END), 400);
  tear_down (&run);
}

static void
test_writes_fail (void)
{
  static const gint errors[] = { ENOSPC, EDQUOT, EFBIG, EIO, EROFS };
  for (gsize i = 0; i < G_N_ELEMENTS (errors); i++)
    break_and_mend (&write_error, errors[i], i % 2 == 0 ? "0.1" : "each");
}

static void
test_syncs_fail (void)
{
  break_and_mend (&sync_error, EIO, "0.1");
  break_and_mend (&sync_error, ENOSPC, "each");
  break_and_mend (&sync_error, EROFS, "each");
}

/* The end waits for room too: a budget that was used up while the disk was full is no reason to lose it. */
static void
test_end_waits (void)
{
  Run run = { .broken = &write_error, .error = ENOSPC, .mend_after = 3 };
  g_autoptr (GError) error = NULL;
  set_up (&run, "journal_sync = 3600\nconvergence = MaxFuncCalls(300)", "");
  CU_ASSERT (go (&run, &error));
  TEST_NO_ERROR (error);
  TEST_INT (run.rests, 1);
  TEST_INT (count (&run, GLOMPO_JOURNAL_END), 300);
  tear_down (&run);
}

/* Told to end while the disk is full, the run does, and says what is missing. */
static void
test_stop_while_full (void)
{
  Run run = { .broken = &write_error, .error = ENOSPC, .mend_after = 2, .stop = TRUE };
  g_autoptr (GError) error = NULL;
  set_up (&run, "journal_sync = each", "delay = 0.001");
  CU_ASSERT_FALSE (go (&run, &error));
  CU_ASSERT_FATAL (g_error_matches (error, GLOMPO_JOURNAL_ERROR, GLOMPO_JOURNAL_ERROR_IO));
  TEST_CONTAINS (error->message, "cannot write: No space left on device");
  TEST_CONTAINS (error->message, "bytes may be missing, what is before them is good");
  TEST_INT (run.rests, 1);
  CU_ASSERT (count (&run, GLOMPO_JOURNAL_TORN) >= 2);
  tear_down (&run);
}

/* Points that are not kept are not in the journal, which is written all the same. */
static void
test_points (void)
{
  static const char *const kept[] = { "best", "none" };
  for (gsize i = 0; i < G_N_ELEMENTS (kept); i++)
    {
      Run run = { 0 };
      guint64 n = 0;
      g_autofree char *lines
          = g_strdup_printf ("journal_points = %s\nconvergence = MaxFuncCalls(300)", kept[i]);
      set_up (&run, lines, "");
      CU_ASSERT (go (&run, NULL));
      g_autoptr (GlompoJournalReader) reader = glompo_journal_reader_new (run.directory, NULL);
      const GlompoRecord *record;
      double best = INFINITY;
      while (glompo_journal_reader_next (reader, &record, NULL) == GLOMPO_JOURNAL_RECORD)
        if (record->type == GLOMPO_RECORD_EVALUATION)
          {
            n++;
            CU_ASSERT (record->evaluation.f < best);
            best = record->evaluation.f;
          }
      TEST_INT (n, i == 0 ? run.incumbents : 0);
      tear_down (&run);
    }
}

static const TestCase cases[] = {
  { "each evaluation is on the disk first", test_each_first },
  { "slow evaluations are on the disk first", test_slow_first },
  { "writes fail for a while", test_writes_fail },
  { "syncs fail for a while", test_syncs_fail },
  { "the end waits for room", test_end_waits },
  { "stopped while the disk is full", test_stop_while_full },
  { "points that are kept", test_points },
};

TEST_MAIN ("durability", cases)
