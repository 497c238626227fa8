/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * resumptions [TRIALS [SEED [ONLY]]]: runs that are killed, up to ten times, and each time gone on with.
 * Every second one is deterministic, and must end as the one that nobody disturbed; in the others every
 * evaluation is in the journal once. In both what was in the journal stays, and is not evaluated again. In
 * every other pair the journal is damaged as well, or the disk is full.
 */
#include "history.h"
#include <fcntl.h>
#include <glib/gstdio.h>
#include <glompo/glompo-journal.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef GLOMPO_SANITIZED
#define TRIALS 4
#define MOST_KILLS 3
#define LATEST_MS 2500
#else
#define TRIALS 8
#define MOST_KILLS 10
#define LATEST_MS 600
#endif
#define HUNG_MS 120000
/* Bytes that a full disk has left beside the journal, at most. */
#define ROOM 60000
/* The file of the witness is not what has no room: so large it does not become. */
#define WITNESS_SIZE (2 * HISTORY_LENGTH * sizeof (guint64))

typedef enum { HIT_MANAGER, HIT_SUPERVISOR, HIT_KEEPER, HIT_BOTH, HIT_ALL, HIT_TERM } Hit;
static const char *const hits[]
    = { "manager", "supervisor", "keeper", "manager and supervisor", "all", "manager by SIGTERM" };

typedef struct {
  guint number, seed;
  gboolean deterministic, damages;
  GRand *random;
  const char *directory;
  char *ini, *run, *mark;
  const char *backend;
  gboolean level2_processes;
  guint64 room;        /* of the next session's files; 0: no limit */
  gboolean read_only;  /* its directory, from the next session's start or from an instant in it on */
  GString *story, *faults;
} Run;

#define PICK(RUN, TABLE) ((TABLE)[g_rand_int_range ((RUN)->random, 0, G_N_ELEMENTS (TABLE))])

/* ---- the job ---- */

static char *
choose_job (Run *run)
{
  static const char *const judges[]
      = { "hunters = EvaluationsUnmoving(50, tol=0.05)",
          "freezers = EvaluationsUnmoving(30, tol=0.1)\nmax_frozen = 2",
          "hunters = ValueAnnealing(0.1)\nfreezers = Patience(BestUnmoving(20), n=2)",
          "hunters = TimeAnnealing(0.5) & MinFuncCalls(30)\nfreezers = StepSize(20, relative_tol=0.01)" };
  static const char *const selectors[] = { "CycleSelector()", "CycleSelector(revive=turns)",
                                           "RandomSelector(revive=turns)", "Bandit(revive=turns)" };
  static const char *const generators[]
      = { "RandomGenerator()",       "LatinHypercube(20)", "Sobol()",     "ExploitExploreGenerator(1000)",
          "BasinHoppingGenerator()", "Repelling()",      "Annealing()", "IncumbentGenerator()" };
  static const char *const snapshots[]
      = { "", "checkpoint_iter_frequency = 100", "checkpoint_time_frequency = 0.05\nkeep_past = 1",
          "checkpoint_iter_frequency = 30\nkeep_past = 2\ncheckpoint_at_init = true" };
  static const char *const level2[] = { "serial", "threads", "processes" };
  static const char *const syncs[] = { "0.1", "each" };
  const char *workers = PICK (run, level2);
  run->level2_processes = g_str_equal (workers, "processes");
  return g_strdup_printf (
      "[glompo]\nmax_jobs = 4\nbackend = threads\nseed = %u\ndeterministic = %s\n"
      "convergence = MaxFuncCalls(%d)\n"
      "%s\nselector = %s\ngenerator = %s\nhunt_frequency = 40\nshare_best_solutions = %s\njournal_sync = %s\n"
      "private_directories = %s\n[checkpoint]\nnaming_format = point_%%(count)\n%s\n"
      "[task]\nplugin = task-witness\ndelay = 0.001\n"
      "[optimizer blk]\nplugin = blocking\n[optimizer cma]\nplugin = cmaes\n"
      "[optimizer nm]\nplugin = neldermead\n"
      "[optimizer rnd]\nplugin = random\niters = 400\nworkers = 2\nworkers_backend = %s\n"
      "[optimizer two]\nplugin = blocking\nworkers = 2\nworkers_backend = %s\n",
      g_rand_int_range (run->random, 1, 1000000), run->deterministic ? "true" : "false", HISTORY_LENGTH,
      PICK (run, judges), PICK (run, selectors), PICK (run, generators),
      g_rand_boolean (run->random) ? "true" : "false", PICK (run, syncs),
      g_rand_boolean (run->random) ? "true" : "false", PICK (run, snapshots), workers, workers);
}

static void
exec_job (const Run *run, const char *witness, guint64 limit)
{
  g_autofree char *program = series_program ("glompo-run");
  g_autofree char *backend = g_strdup_printf ("glompo.backend=%s", run->backend);
  g_autofree char *log = g_build_filename (run->directory, "log", NULL);
  series_become_job (run->mark, log, log);
  g_setenv ("GLOMPO_WITNESS", witness, TRUE);
  prctl (PR_CAPBSET_DROP, CAP_DAC_OVERRIDE); /* permissions hold for root as well */
  if (limit > 0)
    setrlimit (RLIMIT_FSIZE, &(struct rlimit){ limit, RLIM_INFINITY });
  execl (program, program, "--quiet", "--resume-or-start", "--output", run->run, "--set", backend, run->ini,
         (char *) NULL);
  _exit (127);
}

static pid_t
start_session (Run *run, const char *witness)
{
  static const char *const backends[] = { "threads", "processes_forced", "processes" };
  struct stat status;
  g_autofree char *journal = g_build_filename (run->run, GLOMPO_JOURNAL_FILE, NULL);
  guint64 size = g_stat (journal, &status) == 0 ? (guint64) status.st_size : 0;
  run->backend = backends[g_rand_int_range (run->random, 0, run->level2_processes ? 2 : 3)];
  guint64 limit = run->room > 0 ? MAX (size + run->room, WITNESS_SIZE) : 0;
  run->room = 0;
  pid_t pid = fork ();
  if (pid == 0)
    exec_job (run, witness, limit);
  return pid;
}

/* ---- what is done to it ---- */

static gboolean
strike (Run *run, pid_t job, Hit hit)
{
  static const Victim victims[] = {
    [HIT_SUPERVISOR] = VICTIM_SUPERVISOR, [HIT_KEEPER] = VICTIM_KEEPER, [HIT_BOTH] = VICTIM_SUPERVISOR
  };
  pid_t other = hit >= HIT_SUPERVISOR && hit <= HIT_BOTH ? victim_find (victims[hit], job, run->random) : 0;
  if (hit == HIT_ALL)
    {
      g_autoptr (GArray) all = survivors_find (run->mark);
      for (guint i = 0; i < all->len; i++)
        kill (g_array_index (all, pid_t, i), SIGKILL);
    }
  if (hit == HIT_MANAGER || hit == HIT_BOTH || hit == HIT_TERM || other == 0)
    kill (job, hit == HIT_TERM ? SIGTERM : SIGKILL);
  return other > 0 && kill (other, SIGKILL) == 0;
}

static void
await_survivors (Run *run)
{
  gint64 end = g_get_monotonic_time () + HUNG_MS * 1000LL;
  for (;;)
    {
      g_autoptr (GArray) left = survivors_find (run->mark);
      if (left->len == 0)
        return;
      if (g_get_monotonic_time () > end)
        {
          g_autofree char *who = survivors_describe (left);
          series_blame (run->faults, "%u survivors:%s", left->len, who);
          survivors_kill (run->mark);
          return;
        }
      g_usleep (10000);
    }
}

/* Whether anything can be made in the run's directory, or removed. */
static void
set_writable (const Run *run, gboolean writable)
{
  g_autofree char *snapshots = g_build_filename (run->run, "checkpoints", NULL);
  g_autofree char *journal = g_build_filename (run->run, GLOMPO_JOURNAL_FILE, NULL);
  g_chmod (run->run, writable ? 0777 : 0555);
  g_chmod (snapshots, writable ? 0777 : 0555);
  g_chmod (journal, writable ? 0666 : 0444);
}

/* The file at a random place of which something goes wrong; not the name of its folder. (transfer full) */
static char *
choose_file (Run *run, gboolean snapshot)
{
  g_autofree char *folder = snapshot ? g_build_filename (run->run, "checkpoints", NULL) : g_strdup (run->run);
  g_autoptr (GDir) dir = snapshot ? g_dir_open (folder, 0, NULL) : NULL;
  const char *name = dir != NULL ? g_dir_read_name (dir) : GLOMPO_JOURNAL_FILE;
  return g_build_filename (folder, name != NULL ? name : "none", NULL);
}

static void
flip (const char *path, guint64 at, guint bit)
{
  guint8 byte;
  int fd = g_open (path, O_RDWR | O_CLOEXEC, 0);
  if (fd >= 0 && pread (fd, &byte, 1, (off_t) at) == 1)
    {
      byte ^= (guint8) (1u << bit);
      if (pwrite (fd, &byte, 1, (off_t) at) != 1)
        fprintf (stderr, "cannot write to %s\n", path);
    }
  if (fd >= 0)
    close (fd);
}

static void
damage (Run *run)
{
  gint kind = g_rand_int_range (run->random, 0, 6);
  g_autofree char *path = choose_file (run, kind == 3);
  struct stat status;
  guint64 size = g_stat (path, &status) == 0 ? (guint64) status.st_size : 0;
  guint64 at = (guint64) (g_rand_double (run->random) * (double) size);
  guint bit = (guint) g_rand_int_range (run->random, 0, 8);
  if (kind == 4)
    {
      run->room = (guint64) g_rand_int_range (run->random, 1, ROOM);
      g_string_append_printf (run->story, ", %" G_GUINT64_FORMAT " bytes of room", run->room);
    }
  else if (kind == 5)
    run->read_only = TRUE;
  else if (kind > 0 && size > 0 && kind != 1)
    {
      flip (path, at, bit);
      g_string_append_printf (run->story, ", bit %u of byte %" G_GUINT64_FORMAT " of %s", bit, at,
                              kind == 3 ? "a snapshot" : "it");
    }
  else if (kind == 1 && size > 0 && truncate (path, (off_t) at) == 0)
    g_string_append_printf (run->story, ", cut at %" G_GUINT64_FORMAT, at);
}

/* ---- what must hold ---- */

static void
check_history (Run *run, const History *before, const History *now, const char *witness)
{
  g_autofree char *lost = history_compare (before, now);
  g_autofree char *again = history_check_witness (before, now, witness);
  const char *fault = now->fault != NULL ? now->fault : lost != NULL ? lost : again;
  if (fault != NULL)
    series_blame (run->faults, "%s", fault);
}

static char *
print_journal (const char *directory)
{
  g_autofree char *program = series_program ("glompo-log");
  const char *const argv[] = { program, "--jsonl", "--no-times", directory, NULL };
  char *text = NULL;
  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &text, NULL, NULL, NULL);
  return text != NULL ? text : g_strdup ("");
}

/* Where two texts differ first. */
static void
compare_texts (Run *run, const char *wanted, const char *found)
{
  guint line = 1;
  const char *end = wanted;
  for (gsize i = 0; wanted[i] == found[i]; i++)
    {
      if (wanted[i] == '\0')
        return;
      if (wanted[i] == '\n')
        {
          line++;
          end = wanted + i + 1;
        }
    }
  const char *other = found + (end - wanted);
  series_blame (run->faults, "line %u is %.*s, undisturbed it is %.*s", line,
                (int) MIN (strcspn (other, "\n"), 300), other, (int) MIN (strcspn (end, "\n"), 300), end);
}

/* ---- one trial ---- */

/* A session that is hit. */
static void
run_session (Run *run, guint k, gboolean limited)
{
  static const Hit often[]
      = { HIT_MANAGER, HIT_MANAGER, HIT_SUPERVISOR, HIT_KEEPER, HIT_BOTH, HIT_ALL, HIT_ALL };
  g_autofree char *name = g_strdup_printf ("witness-%u", k);
  g_autofree char *witness = g_build_filename (run->directory, name, NULL);
  g_autoptr (History) before = history_read (run->run);
  int status;
  gboolean early = g_rand_int_range (run->random, 0, 4) == 0;
  guint at_ms = (guint) g_rand_int_range (run->random, 0, early ? LATEST_MS / 6 : LATEST_MS);
  Hit hit = limited && g_rand_boolean (run->random) ? HIT_TERM : PICK (run, often);
  guint closed_ms = run->read_only && g_rand_boolean (run->random) ? at_ms / 2 : 0;
  if (run->read_only && closed_ms == 0)
    set_writable (run, FALSE);
  pid_t job = start_session (run, witness);
  g_string_append_printf (run->story, ", %s %u %s", run->backend, at_ms, hits[hit]);
  g_usleep (closed_ms * 1000u);
  if (run->read_only)
    {
      set_writable (run, FALSE);
      g_string_append_printf (run->story, ", read-only after %u", closed_ms);
    }
  g_usleep ((at_ms - closed_ms) * 1000u);
  strike (run, job, hit);
  if (!job_wait (job, HUNG_MS, &status))
    {
      series_blame (run->faults, "session %u hung", k);
      survivors_kill (run->mark);
    }
  if (g_rand_boolean (run->random))
    await_survivors (run);
  if (run->read_only)
    set_writable (run, TRUE);
  run->read_only = FALSE;
  g_autoptr (History) now = history_read (run->run);
  check_history (run, before, now, witness);
}

static void
blame_end (Run *run, const char *what, int status)
{
  g_autofree char *path = g_build_filename (run->directory, "log", NULL);
  g_autofree char *log = NULL;
  if (!g_file_get_contents (path, &log, NULL, NULL))
    log = g_strdup ("");
  const char *last = strrchr (g_strchomp (log), '\n');
  series_blame (run->faults, "%s did not end well: status %x: %s", what, (guint) status,
                last != NULL ? last + 1 : log);
}

static void
finish_run (Run *run)
{
  g_autofree char *witness = g_build_filename (run->directory, "witness", NULL);
  int status = -1;
  await_survivors (run);
  g_autoptr (History) before = history_read (run->run);
  run->room = 0;
  pid_t job = start_session (run, witness);
  if (!job_wait (job, HUNG_MS, &status) || !WIFEXITED (status) || WEXITSTATUS (status) != 0)
    blame_end (run, "the last session", status);
  survivors_kill (run->mark);
  g_autoptr (History) now = history_read (run->run);
  check_history (run, before, now, witness);
  if (now->items->len != HISTORY_LENGTH || now->counted != HISTORY_LENGTH)
    series_blame (run->faults, "%u evaluations, %" G_GUINT64_FORMAT " counted, wanted %d", now->items->len,
                  now->counted, HISTORY_LENGTH);
}

/* What the journal of the same run is that nobody disturbs. */
static char *
run_undisturbed (Run *run)
{
  g_autofree char *directory = g_build_filename (run->directory, "undisturbed", NULL);
  g_autofree char *other = g_steal_pointer (&run->run);
  int status = -1;
  run->run = g_strdup (directory);
  pid_t job = start_session (run, "/dev/null");
  if (!job_wait (job, HUNG_MS, &status) || !WIFEXITED (status) || WEXITSTATUS (status) != 0)
    blame_end (run, "undisturbed it", status);
  g_free (run->run);
  run->run = g_steal_pointer (&other);
  return print_journal (directory);
}

static void
run_all (Run *run)
{
  g_autofree char *wanted = run->deterministic ? run_undisturbed (run) : NULL;
  guint kills = (guint) g_rand_int_range (run->random, 1, MOST_KILLS + 1);
  for (guint k = 0; k < kills && run->faults->len == 0; k++)
    {
      run_session (run, k, run->room > 0);
      if (run->damages)
        damage (run);
    }
  finish_run (run);
  g_autofree char *found = print_journal (run->run);
  if (wanted != NULL)
    compare_texts (run, wanted, found);
}

static gboolean
run_trial (guint seed, guint number, const char *directory)
{
  const guint32 seeds[] = { seed, number };
  Run run = { .number = number, .seed = seed, .deterministic = number % 2 == 0, .damages = number % 4 >= 2,
              .random = g_rand_new_with_seed_array (seeds, G_N_ELEMENTS (seeds)), .directory = directory,
              .story = g_string_new (NULL), .faults = g_string_new (NULL) };
  run.ini = g_build_filename (directory, "job.ini", NULL);
  run.run = g_build_filename (directory, "run", NULL);
  run.mark = g_strdup_printf ("%d-%u", (int) getpid (), number);
  g_autofree char *text = choose_job (&run);
  if (!g_file_set_contents (run.ini, text, -1, NULL))
    return FALSE;
  run_all (&run);
  const char *kind = run.deterministic ? "deterministic" : "free";
  g_autofree char *what = g_strdup_printf ("%u: %s%s", number, kind, run.story->str);
  return series_report (what, run.faults, directory);
}

int
main (int argc, char **argv)
{
  return series_run (argc, argv, TRIALS, run_trial);
}
