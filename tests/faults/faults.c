/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * faults [TRIALS [SEED [ONLY]]]: runs trials, each in a process of its own, and counts. What must hold after
 * each: the job has ended with a code that fits, nothing of it is alive one second later, its journal can be
 * read up to its end, its private directories are gone.
 */
#include "faults.h"
#include <glompo/glompo-journal.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef GLOMPO_SANITIZED
#define TRIALS 12
#else
#define TRIALS 40
#endif
/* How long the rest of a tree may take after the end, and a run in all, milliseconds: unless the variables of
 * the same names say otherwise, so long that no machine is that slow. */
#define SURVIVE_MS 60000
#define HUNG_MS 300000

typedef struct {
  Trial trial;
  const char *directory;
  char *mark;
  pid_t job;
  int status;
  gint64 start;    /* monotonic microseconds */
  gboolean hit, hung;
  gboolean in_time; /* the job was hit before it could end by itself */
  char *state, *reason; /* of the journal's last record, if that is the end of the run; else NULL */
  guint64 evaluations; /* that record's number of them */
  GString *faults; /* what does not hold */
} Run;

static char *
path_in (const Run *run, const char *name)
{
  return g_build_filename (run->directory, name, NULL);
}

/* ---- the job ---- */

static gboolean
start_job (Run *run)
{
  g_autofree char *program = series_program ("glompo-run");
  g_autofree char *ini = path_in (run, "job.ini"), *directory = path_in (run, "run");
  g_autofree char *out = path_in (run, "out"), *err = path_in (run, "err");
  g_autofree char *text = trial_job (&run->trial);
  if (!g_file_set_contents (ini, text, -1, NULL))
    return FALSE;
  run->start = g_get_monotonic_time ();
  run->job = fork ();
  if (run->job != 0)
    return run->job > 0;
  series_become_job (run->mark, out, err);
  execl (program, program, "--verbose", "--output", directory, ini, (char *) NULL);
  _exit (127);
}

/* ---- the fault ---- */

/* The program itself runs, no longer the shell script that libtool puts before it, which may swallow a
 * SIGINT. */
static gboolean
has_begun (const Run *run)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/exe", (int) run->job);
  g_autofree char *target = g_file_read_link (path, NULL);
  return target != NULL && strstr (target, "glompo-run") != NULL;
}

static void
strike (Run *run)
{
  GRand *random = g_rand_new_with_seed (run->trial.number);
  g_usleep (run->trial.at_ms * 1000);
  for (guint tries = 0; tries < 200 && !run->hit && run->trial.victim != VICTIM_NOBODY; tries++)
    {
      pid_t victim = victim_find (run->trial.victim, run->job, random);
      gboolean begun = has_begun (run);
      if (victim > 0 && run->trial.victim == VICTIM_BOTH)
        kill (run->job, SIGKILL);
      run->hit = victim > 0 && kill (victim, run->trial.signal) == 0;
      run->in_time = run->hit && begun && g_get_monotonic_time () - run->start < TRIAL_LEAST_MS * 1000;
      if (!run->hit)
        g_usleep (2000);
    }
  g_rand_free (random);
  if (run->trial.victim != VICTIM_MANAGER || run->trial.signal != SIGSTOP)
    return;
  g_usleep (300000);
  kill (run->job, run->trial.release ? SIGCONT : SIGKILL);
}

/* ---- what must hold ---- */

/* The manager was told to end before there was a run. */
static gboolean
was_too_early (const Run *run)
{
  const Trial *trial = &run->trial;
  g_autofree char *journal = path_in (run, "run/" GLOMPO_JOURNAL_FILE);
  return WIFEXITED (run->status) && WEXITSTATUS (run->status) == 3 && trial->victim == VICTIM_MANAGER
         && (trial->signal == SIGTERM || trial->signal == SIGINT)
         && !g_file_test (journal, G_FILE_TEST_EXISTS);
}

/* What the end of the run says must be what was done to it: code 0, a limit was met; 3, the manager got a
 * signal; 1, it lost its supervisor, or every optimizer crashed at once. */
static gboolean
is_fitting_end (const Run *run, int code)
{
  const Trial *trial = &run->trial;
  gboolean processes = trial_has_workers (trial->backend, trial->workers);
  gboolean stop = trial->signal == SIGTERM || trial->signal == SIGINT;
  gboolean must_stop = run->in_time && trial->victim == VICTIM_MANAGER && stop;
  gboolean must_fail
      = run->in_time && trial_loses_supervisor (trial) && trial->signal == SIGKILL && processes;
  const char *reason = run->reason != NULL ? run->reason : "";
  gboolean crashed = strstr (reason, "optimizers in a row ended before their first") != NULL
                     && !g_str_equal (trial->trouble, "none") && !g_str_equal (trial->trouble, "nan");
  gboolean lost = g_str_has_prefix (reason, "the supervisor of the worker processes ended unexpectedly")
                  && trial->signal == SIGKILL;
  lost |= g_str_equal (reason, "the supervisor did not start: it ended at once") && trial->signal == SIGKILL;
  /* One that was stopped is woken, and given up only after many seconds. */
  lost |= g_str_has_prefix (reason, "the supervisor of the worker processes does not answer")
          && trial->signal == SIGSTOP;
  switch (code)
    {
    case 0:
      return !must_stop && !must_fail && g_strcmp0 (run->state, "finished") == 0
             && strstr (reason, "MaxSeconds");
    case 1:
      return g_strcmp0 (run->state, "failed") == 0
             && (crashed || (lost && processes && trial_loses_supervisor (trial)));
    case 3:
      return g_strcmp0 (run->state, "interrupted") == 0 && trial->victim == VICTIM_MANAGER
             && g_str_equal (reason, trial->signal == SIGTERM  ? "SIGTERM"
                                     : trial->signal == SIGINT ? "SIGINT"
                                                               : "?");
    default:
      return FALSE;
    }
}

/* By the signal itself: at once where it cannot be caught, else before the program was ready to catch it. */
static gboolean
may_die_of (const Run *run, int signal_number)
{
  const Trial *trial = &run->trial;
  g_autofree char *journal = path_in (run, "run/" GLOMPO_JOURNAL_FILE);
  if (trial->victim == VICTIM_BOTH)
    return signal_number == SIGKILL && run->hit;
  if (trial->victim != VICTIM_MANAGER)
    return FALSE;
  if (signal_number == SIGKILL)
    return trial->signal == SIGKILL || (trial->signal == SIGSTOP && !trial->release);
  return signal_number == trial->signal && !g_file_test (journal, G_FILE_TEST_EXISTS);
}

static void
check_exit (Run *run)
{
  if (run->hung)
    {
      g_autoptr (GArray) left = survivors_find (run->mark);
      g_autofree char *who = survivors_describe (left);
      series_blame (run->faults, "hung:%s", who);
    }
  else if (WIFSIGNALED (run->status) && !may_die_of (run, WTERMSIG (run->status)))
    series_blame (run->faults, "died of signal %d", WTERMSIG (run->status));
  else if (WIFEXITED (run->status) && !was_too_early (run)
           && !is_fitting_end (run, WEXITSTATUS (run->status)))
    series_blame (run->faults, "exit code %d, %s: %s", WEXITSTATUS (run->status),
                  run->state != NULL ? run->state : "no end", run->reason != NULL ? run->reason : "");
}

static void
check_survivors (Run *run)
{
  g_autoptr (GArray) left = NULL;
  gint64 end = g_get_monotonic_time () + 1000 * (gint64) series_number ("SURVIVE_MS", SURVIVE_MS);
  for (; g_get_monotonic_time () < end; g_usleep (20000))
    {
      g_clear_pointer (&left, g_array_unref);
      left = survivors_find (run->mark);
      if (left->len == 0)
        return;
    }
  g_autofree char *who = survivors_describe (left);
  series_blame (run->faults, "%u survivors:%s", left->len, who);
  survivors_kill (run->mark);
}

static void
keep_end (Run *run, const GlompoRecord *record)
{
  g_variant_lookup (record->details, "state", "s", &run->state);
  g_variant_lookup (record->details, "reason", "s", &run->reason);
  g_variant_lookup (record->details, "evaluations", "t", &run->evaluations);
}

static void
check_journal (Run *run)
{
  g_autofree char *path = path_in (run, "run/" GLOMPO_JOURNAL_FILE);
  g_autoptr (GError) error = NULL;
  gboolean killed = WIFSIGNALED (run->status) || run->hung;
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      if (!killed && !was_too_early (run))
        series_blame (run->faults, "no journal");
      return;
    }
  g_autoptr (GlompoJournalReader) reader = glompo_journal_reader_new (path, &error);
  const GlompoRecord *record = NULL;
  guint64 count[GLOMPO_RECORD_RUN_ENDED + 1] = { 0 };
  GlompoJournalResult result = GLOMPO_JOURNAL_FAILED;
  while (reader != NULL
         && (result = glompo_journal_reader_next (reader, &record, &error)) == GLOMPO_JOURNAL_RECORD)
    {
      if ((guint) record->type < G_N_ELEMENTS (count))
        count[record->type]++;
      if (record->type == GLOMPO_RECORD_RUN_ENDED)
        keep_end (run, record);
    }
  if (result == GLOMPO_JOURNAL_FAILED)
    series_blame (run->faults, "journal: %s", error != NULL ? error->message : "not readable");
  if (killed)
    return;
  if (result != GLOMPO_JOURNAL_END || count[GLOMPO_RECORD_RUN_ENDED] != 1)
    series_blame (run->faults, "the journal of an orderly end has no end");
  if (count[GLOMPO_RECORD_OPTIMIZER_STARTED] != count[GLOMPO_RECORD_OPTIMIZER_ENDED])
    series_blame (run->faults, "%" G_GUINT64_FORMAT " optimizers started, %" G_GUINT64_FORMAT " ended",
                  count[GLOMPO_RECORD_OPTIMIZER_STARTED], count[GLOMPO_RECORD_OPTIMIZER_ENDED]);
  if (count[GLOMPO_RECORD_EVALUATION] != run->evaluations)
    series_blame (run->faults, "%" G_GUINT64_FORMAT " evaluations, %" G_GUINT64_FORMAT " of them recorded",
                  run->evaluations, count[GLOMPO_RECORD_EVALUATION]);
}

static void
check_directories (Run *run)
{
  g_autofree char *path = path_in (run, "run/work");
  if (g_file_test (path, G_FILE_TEST_EXISTS))
    series_blame (run->faults, "private directories are left");
}

/* ---- one trial, in a process of its own ---- */

static gboolean
run_trial (guint seed, guint number, const char *directory)
{
  Trial choice = trial_choose (seed, number);
  const Trial *trial = &choice;
  g_autofree char *what = trial_describe (trial);
  Run run = { .trial = *trial, .directory = directory, .faults = g_string_new (NULL) };
  run.mark = g_strdup_printf ("%d-%u", (int) getpid (), trial->number);
  if (!start_job (&run))
    return FALSE;
  strike (&run);
  run.hung = !job_wait (run.job, series_number ("HUNG_MS", HUNG_MS), &run.status);
  check_journal (&run);
  check_exit (&run);
  if (run.hung)
    survivors_kill (run.mark);
  else
    check_survivors (&run);
  check_directories (&run);
  gboolean missed = !run.hit && trial->victim != VICTIM_NOBODY;
  g_autofree char *line = g_strconcat (what, missed ? " (nothing to hit)" : "", NULL);
  return series_report (line, run.faults, directory);
}

int
main (int argc, char **argv)
{
  return series_run (argc, argv, TRIALS, run_trial);
}
