/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a managed run costs, as one table: parallel efficiency on evaluations that sleep, throughput on free
 * ones beside a bare loop, start of workers, and memory of the manager. Each row has the figure of the Python
 * original 3.1.1 (CMA-ES or random points, measured by its own runs on a machine of this kind: two cores of
 * an AMD EPYC, Debian 12), where it was measured, and the ratio to it.
 *
 * Every run is made in a child process, so that none inherits memory from another. --long: memory after 10^8
 * evaluations instead of 10^7. --only=efficiency|throughput|share|start|memory: that part alone;
 * share is the beginning of throughput. The directory is
 * that of TMPDIR.
 */
#include <glompo/glompo-journal.h>
#include <glompo/glompo-manager.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/files.h"
#include "base/random.h"

#define SEED 1
#define N 20
/* The box of the free function; evaluations in one process, a multiple of 64. */
#define LOWER (-5.0)
#define UPPER 5.0
#define FREE 20000000u
/* Rounds of which the median is told. */
#define ROUNDS 5
/* Random points, 4 optimizers in processes: log off and full. */
#define PYTHON_FREE 3800
#define PYTHON_FREE_LOGGED 3900
#define DELAY 0.01
/* Evaluations for each slot, a multiple of the population over 32: about ten seconds. */
#define PER_SLOT 960
#define POPULATION 64u
/* One optimizer for the whole run. */
#define NEVER_CONVERGES "tolfun = 0\ntolfunhist = 0\ntolx = 0\ntolstagnation = 0\n"

/* What a run's child tells; of fixed size, through a pipe. */
typedef struct {
  double seconds;
  double evaluations, started;
  double best;
  double resident, peak; /* bytes of the manager's process after the run, and at most */
} Facts;

static double
resident (void)
{
  long pages = 0;
  FILE *file = fopen ("/proc/self/statm", "re");
  if (file == NULL || fscanf (file, "%*d %ld", &pages) != 1)
    pages = 0;
  if (file != NULL)
    fclose (file);
  return (double) pages * (double) sysconf (_SC_PAGESIZE);
}

/* Runs the ini text in this process. */
static Facts
run_here (const char *text, const char *directory)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GlompoRegistry) registry = glompo_registry_new ();
  g_autoptr (GlompoConfig) config = glompo_config_new_from_text (text, "bench", NULL, NULL, registry, &error);
  if (config == NULL)
    g_error ("%s", error->message);
  g_autoptr (GlompoManager) manager = glompo_manager_new (config, directory, TRUE);
  if (!glompo_manager_run (manager, &error))
    g_error ("%s", error->message);
  g_autoptr (GlompoRunResult) result = glompo_manager_get_result (manager);
  struct rusage usage = { 0 };
  getrusage (RUSAGE_SELF, &usage);
  return (Facts){ result->seconds, (double) result->evaluations, (double) result->started, result->fx, resident (),
                  1024.0 * (double) usage.ru_maxrss };
}

/* The same in a child. */
static Facts
run_job (const char *text, const char *directory)
{
  Facts facts = { 0 };
  int ends[2], status = 1;
  fflush (NULL);
  if (pipe (ends) != 0)
    g_error ("no pipe");
  pid_t pid = fork ();
  if (pid == 0)
    {
      facts = run_here (text, directory);
      _exit (write (ends[1], &facts, sizeof facts) == sizeof facts ? 0 : 1);
    }
  close (ends[1]);
  gboolean good = read (ends[0], &facts, sizeof facts) == sizeof facts;
  close (ends[0]);
  waitpid (pid, &status, 0);
  if (!good || status != 0)
    g_error ("a run failed");
  return facts;
}

static char *
make_ini (const char *settings, double delay, const char *group)
{
  return g_strdup_printf ("[glompo]\nseed = %d\nstatus_frequency = 1e6\n%s\n"
                          "[task]\nplugin = benchmark\nfunction = %s\ndims = %d\ndelay = %g\n"
                          "[optimizer a]\n%s\n",
                          SEED, settings, delay > 0 ? "rastrigin" : "sphere", N, delay, group);
}

/* ---- the table ---- */

static void
print_heading (const char *what)
{
  g_print ("\n%-52s %12s %12s %8s %8s\n", what, "here", "wanted", "Python", "ratio");
}

/* Python: 0 if it was not measured. better: TRUE when more is better. */
static void
print_row (const char *what, double here, const char *wanted, double python, gboolean better)
{
  char value[32], other[32] = "-", ratio[32] = "-";
  g_snprintf (value, sizeof value, "%.4g", here);
  if (python > 0)
    {
      g_snprintf (other, sizeof other, "%g", python);
      g_snprintf (ratio, sizeof ratio, "%.3g", better ? here / python : python / here);
    }
  g_print ("%-52s %12s %12s %8s %8s\n", what, value, wanted, other, ratio);
}

/* ---- 10 ms of sleep: how much of the time do slots sleep? ---- */

static const struct {
  const char *label, *settings, *group;
  double python[3];                     /* for 1, 8 and 32 slots */
} layouts[] = {
  { "level 1 threads", "backend = threads", "plugin = random\niters = 0", { 0.88, 0.86, 0.60 } },
  { "level 1 processes", "backend = processes", "plugin = random\niters = 0", { 0.89, 0.87, 0.66 } },
  /* Python: population 16, 8 workers. */
  { "level 2 threads, level 1 threads", "backend = threads", "workers_backend = threads", { 0, 0.60, 0 } },
  { "level 2 threads, level 1 processes", "backend = processes", "workers_backend = threads",
    { 0, 0.60, 0 } },
  { "level 2 processes, level 1 threads", "backend = threads", "workers_backend = processes", { 0 } },
  { "level 2 processes, level 1 processes_forced", "backend = processes_forced",
    "workers_backend = processes", { 0, 0.14, 0 } },
};

/* The same sleeps in bare threads or processes: batch by batch of that many, or, 0, each for itself. */
typedef struct {
  guint batch, batches;
  guint own; /* sleeps of each without batches */
  _Atomic guint next;
  pthread_barrier_t barrier;
} Nap;

static void
sleep_once (void)
{
  struct timespec until;
  clock_gettime (CLOCK_MONOTONIC, &until);
  until.tv_nsec += (long) (DELAY * 1e9);
  if (until.tv_nsec >= 1000000000L)
    {
      until.tv_nsec -= 1000000000L;
      until.tv_sec++;
    }
  clock_nanosleep (CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

static gpointer
nap (gpointer data)
{
  Nap *all = data;
  prctl (PR_SET_TIMERSLACK, 1L);
  for (guint i = 0; i < all->own; i++)
    sleep_once ();
  for (guint i = 0; i < all->batches; i++)
    {
      while (atomic_fetch_add (&all->next, 1) < all->batch)
        sleep_once ();
      if (pthread_barrier_wait (&all->barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
        atomic_store (&all->next, 0);
      pthread_barrier_wait (&all->barrier);
    }
  return NULL;
}

static void
nap_in_threads (Nap *all, guint slots)
{
  g_autofree GThread **threads = g_new (GThread *, slots);
  for (guint i = 0; i < slots; i++)
    threads[i] = g_thread_new ("nap", nap, all);
  for (guint i = 0; i < slots; i++)
    g_thread_join (threads[i]);
}

static void
nap_in_processes (Nap *all, guint slots)
{
  for (guint i = 0; i < slots; i++)
    if (fork () == 0)
      {
        nap (all);
        _exit (0);
      }
  for (guint i = 0; i < slots; i++)
    wait (NULL);
}

static double
bare_efficiency (guint slots, guint batch, void (*run) (Nap *all, guint slots))
{
  Nap *all = mmap (NULL, sizeof *all, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (all == MAP_FAILED)
    g_error ("no memory");
  all->batch = batch;
  all->batches = batch > 0 ? PER_SLOT * slots / batch : 0;
  all->own = batch > 0 ? 0 : PER_SLOT;
  pthread_barrierattr_t shared;
  pthread_barrierattr_init (&shared);
  pthread_barrierattr_setpshared (&shared, PTHREAD_PROCESS_SHARED);
  pthread_barrier_init (&all->barrier, &shared, slots);
  gint64 start = g_get_monotonic_time ();
  run (all, slots);
  double seconds = (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
  pthread_barrier_destroy (&all->barrier);
  pthread_barrierattr_destroy (&shared);
  munmap (all, sizeof *all);
  return PER_SLOT * DELAY / seconds;
}

static double
managed_efficiency (const char *directory, gsize layout, guint slots)
{
  gboolean level2 = strstr (layouts[layout].group, "workers_backend") != NULL;
  g_autofree char *settings = g_strdup_printf ("max_jobs = %u\nconvergence = MaxFuncCalls(%u)\n%s", slots,
                                               PER_SLOT * slots, layouts[layout].settings);
  g_autofree char *group
      = level2 ? g_strdup_printf ("plugin = cmaes\n" NEVER_CONVERGES "population = %u\nworkers = %u\n%s", POPULATION,
                                  slots, layouts[layout].group)
               : g_strdup (layouts[layout].group);
  g_autofree char *text = make_ini (settings, DELAY, group);
  Facts facts = run_job (text, directory);
  if (facts.started != (level2 ? 1 : slots))
    g_error ("%g optimizers were started", facts.started);
  return facts.evaluations * DELAY / (facts.seconds * slots);
}

static void
bench_efficiency (const char *directory)
{
  static const guint slots[] = { 1, 8, 32 };
  print_heading ("efficiency, evaluations of 10 ms");
  for (gsize i = 0; i < G_N_ELEMENTS (layouts); i++)
    for (gsize k = 0; k < G_N_ELEMENTS (slots); k++)
      {
        g_autofree char *label
            = g_strdup_printf ("%s, %u slot%s", layouts[i].label, slots[k], k > 0 ? "s" : "");
        print_row (label, managed_efficiency (directory, i, slots[k]), ">= 0.97", layouts[i].python[k], TRUE);
      }
  for (guint way = 0; way < 4; way++)
    for (gsize k = 0; k < G_N_ELEMENTS (slots); k++)
      {
        gboolean threads = way % 2 == 0, batches = way >= 2;
        g_autofree char *label
            = g_strdup_printf ("bare %s%s, %u slot%s", threads ? "threads" : "processes",
                               batches ? ", batches of 64" : "", slots[k], k > 0 ? "s" : "");
        double share = bare_efficiency (slots[k], batches ? POPULATION : 0,
                                        threads ? nap_in_threads : nap_in_processes);
        print_row (label, share, "", 0, TRUE);
      }
}

/* ---- free evaluations ---- */

/* What optimizer 1 of seed 1 does, without anything around it: the same numbers from the same generator,
 * brought into the box in the same way, the same function, the best point kept. Returns seconds for each. */
static double
time_bare_loop (guint64 n, double *out_best)
{
  enum { BLOCK = 64 };
  static double x[BLOCK * N], best[N], lower[N], upper[N];
  RandomStream random;
  *out_best = INFINITY;
  for (gsize j = 0; j < N; j++)
    {
      lower[j] = LOWER;
      upper[j] = UPPER;
    }
  random_init (&random, SEED, RANDOM_OPTIMIZER, 1);
  gint64 start = g_get_monotonic_time ();
  for (guint64 done = 0; done < n; done += BLOCK)
    {
      random_uniforms (&random, BLOCK * N, x);
      for (gsize i = 0; i < BLOCK; i++)
        {
          double f = 0, *point = x + i * N;
          for (gsize j = 0; j < N; j++)
            {
              double value = lower[j] * (1.0 - point[j]) + upper[j] * point[j];
              value = value > lower[j] ? value : lower[j];
              point[j] = value < upper[j] ? value : upper[j];
              f += point[j] * point[j];
            }
          if (f < *out_best)
            {
              *out_best = f;
              memcpy (best, point, sizeof best);
            }
        }
    }
  return (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC / (double) n;
}

/* Seconds for each evaluation. best: what must be found, 0: not known. */
static double
time_managed (const char *directory, const char *backend, const char *points, guint workers, double n,
              double best)
{
  g_autofree char *settings
      = g_strdup_printf ("backend = %s\nmax_jobs = %u\njournal_points = %s\nconvergence = MaxFuncCalls(%.0f)",
                         backend, workers, points, n);
  g_autofree char *text = make_ini (settings, 0, "plugin = random\niters = 0");
  Facts facts = run_job (text, directory);
  if (facts.evaluations != n || (best != 0 && facts.best != best))
    g_error ("%g evaluations with best %.17g, wanted %g with %.17g", facts.evaluations, facts.best, n, best);
  return facts.seconds / facts.evaluations;
}

static int
compare_numbers (gconstpointer a, gconstpointer b)
{
  const double *left = a, *right = b;
  return (*left > *right) - (*left < *right);
}

static double
median (double *values, gsize n)
{
  qsort (values, n, sizeof *values, compare_numbers);
  return values[n / 2];
}

/* The bare loop, one process and one thread in turn, so that all three meet the same machine. */
static void
bench_share (const char *directory)
{
  double bare[ROUNDS], process[ROUNDS], thread[ROUNDS], best;
  for (guint i = 0; i < ROUNDS; i++)
    {
      bare[i] = time_bare_loop (FREE, &best);
      process[i] = time_managed (directory, "processes", "best", 1, FREE, best) / bare[i];
      thread[i] = time_managed (directory, "threads", "best", 1, FREE, best) / bare[i];
    }
  double each = median (bare, ROUNDS), by_process = median (process, ROUNDS),
         by_thread = median (thread, ROUNDS);
  print_row ("bare loop in one process", 1 / each, "", 0, TRUE);
  print_row ("1 worker process, journal of best points", 1 / (each * by_process), "", PYTHON_FREE, TRUE);
  print_row ("  share of the bare loop", 1 / by_process, ">= 0.5", 0, TRUE);
  print_row ("1 worker thread, journal of best points", 1 / (each * by_thread), "", 0, TRUE);
  print_row ("  share of the bare loop", 1 / by_thread, ">= 0.5", 0, TRUE);
}

static void
bench_throughput (const char *directory)
{
  static const guint workers[] = { 1, 2, 8, 64 };
  static const char *const points[] = { "best", "all" };
  print_heading ("evaluations per second, free function of 20 parameters");
  bench_share (directory);
  for (gsize p = 0; p < G_N_ELEMENTS (points); p++)
    for (gsize i = p == 0; i < G_N_ELEMENTS (workers); i++)
      {
        g_autofree char *label
            = g_strdup_printf ("%u worker process%s, journal of %s", workers[i], workers[i] > 1 ? "es" : "",
                               p == 0 ? "best points" : "every point");
        double each
            = time_managed (directory, "processes", points[p], workers[i], p == 0 ? FREE : FREE / 10, 0);
        print_row (label, 1 / each, "", p == 0 ? PYTHON_FREE : PYTHON_FREE_LOGGED, TRUE);
      }
}

/* ---- start of workers ---- */

static int
compare (gconstpointer a, gconstpointer b)
{
  const gint64 *left = a, *right = b;
  return (*left > *right) - (*left < *right);
}

/* From OPTIMIZER_STARTED to the first EVALUATION of each optimizer. (element-type gint64) */
static GArray *
read_starts (const char *directory)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GlompoJournalReader) reader = glompo_journal_reader_new (directory, &error);
  g_autoptr (GArray) started = g_array_new (FALSE, TRUE, sizeof (gint64));
  GArray *delays = g_array_new (FALSE, FALSE, sizeof (gint64));
  const GlompoRecord *record;
  while (reader != NULL && glompo_journal_reader_next (reader, &record, &error) == GLOMPO_JOURNAL_RECORD)
    {
      if (record->optimizer >= started->len)
        g_array_set_size (started, (guint) record->optimizer + 1);
      gint64 *start = &g_array_index (started, gint64, record->optimizer);
      gint64 delay = record->time - *start;
      if (record->type == GLOMPO_RECORD_OPTIMIZER_STARTED)
        *start = record->time;
      else if (record->type == GLOMPO_RECORD_EVALUATION && record->evaluation.point == 1)
        g_array_append_val (delays, delay);
    }
  g_array_sort (delays, compare);
  return delays;
}

static void
bench_start (const char *directory)
{
  static const struct {
    const char *backend;
    int slots;
    double python; /* milliseconds, random points */
  } cases[] = { { "processes", 1, 25 }, { "processes", 8, 0 }, { "threads", 1, 2.5 } };
  print_heading ("milliseconds from decision to first evaluation");
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *settings = g_strdup_printf (
          "backend = %s\nmax_jobs = %d\nconvergence = MaxKills(100000)\nspawn = MaxOptsStarted(500)",
          cases[i].backend, cases[i].slots);
      g_autofree char *text = make_ini (settings, 0, "plugin = random\niters = 1");
      run_job (text, directory);
      g_autoptr (GArray) delays = read_starts (directory);
      g_autofree char *label = g_strdup_printf ("%s, %d slot%s: median of %u", cases[i].backend,
                                                cases[i].slots, cases[i].slots > 1 ? "s" : "", delays->len);
      const gint64 *sorted = (const gint64 *) (void *) delays->data;
      print_row (label, 1e-3 * (double) sorted[delays->len / 2], "< 1", cases[i].python, FALSE);
      print_row ("  the slowest 5 % from", 1e-3 * (double) sorted[delays->len * 95 / 100], "", 0, FALSE);
    }
}

/* ---- memory ---- */

static Facts
measure_memory (const char *directory, double n)
{
  g_autofree char *settings
      = g_strdup_printf ("backend = processes\nmax_jobs = 2\njournal_points = best\n"
                         "hunters = EvaluationsUnmoving(1000, 0)\nconvergence = MaxFuncCalls(%.0f)", n);
  g_autofree char *text = make_ini (settings, 0, "plugin = random\niters = 0");
  return run_job (text, directory);
}

static void
bench_memory (const char *directory, double most)
{
  print_heading ("resident memory of the manager, MiB");
  Facts few = measure_memory (directory, 1e5), many = measure_memory (directory, most);
  g_autofree char *label = g_strdup_printf ("after %g evaluations", most);
  /* 125 MB at 10^4 and 147 MB at 10^5 evaluations without a log. */
  print_row ("after 10^5 evaluations", few.resident / 0x1p20, "", 147 / 1.048576, FALSE);
  print_row (label, many.resident / 0x1p20, "", 0, FALSE);
  print_row ("growth in percent", 100 * (many.resident / few.resident - 1), "< 5", 0, FALSE);
  print_row ("most in a run of 10^5", few.peak / 0x1p20, "", 0, FALSE);
  g_autofree char *at_most = g_strdup_printf ("most in a run of %g", most);
  print_row (at_most, many.peak / 0x1p20, "", 0, FALSE);
  print_row ("growth in percent", 100 * (many.peak / few.peak - 1), "< 5", 0, FALSE);
}

int
main (int argc, char **argv)
{
  gboolean longer = FALSE;
  g_autofree char *only = NULL;
  const GOptionEntry entries[]
      = { { "long", 0, 0, G_OPTION_ARG_NONE, &longer, "memory after 10^8 evaluations", NULL },
          { "only", 0, 0, G_OPTION_ARG_STRING, &only, "one part", "PART" },
          G_OPTION_ENTRY_NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    g_error ("%s", error->message);
  g_autofree char *directory = g_dir_make_tmp ("glompo-bench-XXXXXX", NULL);
  if (only == NULL || g_str_equal (only, "efficiency"))
    bench_efficiency (directory);
  if (only == NULL || g_str_equal (only, "throughput"))
    bench_throughput (directory);
  if (only != NULL && g_str_equal (only, "share"))
    bench_share (directory);
  if (only == NULL || g_str_equal (only, "start"))
    bench_start (directory);
  if (only == NULL || g_str_equal (only, "memory"))
    bench_memory (directory, longer ? 1e8 : 1e7);
  files_remove_tree (directory);
  return 0;
}
