/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What it costs that no evaluation is lost: journal_sync on a function of 10 ms, runs that keep every point
 * against a bare loop that evaluates the same function and writes the same bytes, the size of the journal
 * and of the manager when only best points are kept, going on with a long run with and without a snapshot;
 * and what it costs that results are taken in an order that does not depend on time. --evaluations N of the
 * part about best points (10^7; 10^8 takes minutes). The directory is that of TMPDIR; the disk under it
 * decides.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <glompo/glompo.h>
#include <math.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "base/random.h"
#include "unit/cmaes-run.h"

#define N 20
#define RECORD_SIZE (64 + 8 * N)
#define DELAY 0.01
#define SLOTS 2
#define ORDERED_SLOTS 8
#define BUFFER_SIZE (1024u * 1024u)

typedef struct {
  double seconds, evaluations;
  double journal_size;
} Facts;

static Facts
run_job_of (const char *directory, const char *settings, const char *task, const char *optimizer)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text
      = g_strdup_printf ("[glompo]\nseed = 1\nend_timeout = 60\n%s\n[task]\nplugin = benchmark\n"
                         "function = sphere\ndims = %d\n%s\n%s",
                         settings, N, task, optimizer);
  g_autoptr (GlompoRegistry) registry = glompo_registry_new ();
  g_autoptr (GlompoConfig) config = glompo_config_new_from_text (text, "bench", NULL, NULL, registry, &error);
  if (config == NULL)
    g_error ("%s", error->message);
  GlompoManager *manager = glompo_manager_new (config, directory, TRUE);
  if (!glompo_manager_run (manager, &error))
    g_error ("%s", error->message);
  g_autoptr (GlompoRunResult) result = glompo_manager_get_result (manager);
  g_autofree char *journal = g_build_filename (directory, GLOMPO_JOURNAL_FILE, NULL);
  struct stat status;
  Facts facts = { result->seconds, (double) result->evaluations,
                  g_stat (journal, &status) == 0 ? (double) status.st_size : 0.0 };
  glompo_manager_unref (manager);
  return facts;
}

static Facts
run_job (const char *directory, const char *settings, const char *task)
{
  return run_job_of (directory, settings, task, "[optimizer r]\nplugin = random\niters = 0\n");
}

/* ---- a function of 10 ms ---- */

/* Seconds of a slot for one evaluation. */
static double
time_slow (const char *directory, const char *backend, const char *lines)
{
  g_autofree char *settings = g_strdup_printf (
      "max_jobs = %d\nbackend = %s\nconvergence = MaxFuncCalls(400)\n%s", SLOTS, backend, lines);
  g_autofree char *task = g_strdup_printf ("delay = %.2f", DELAY);
  Facts facts = run_job (directory, settings, task);
  return SLOTS * facts.seconds / facts.evaluations;
}

static void
bench_overhead (const char *directory)
{
  static const char *const backends[] = { "threads", "processes" };
  static const struct {
    const char *label, *lines, *wanted;
  } cases[] = { { "the default", "", "< 1" }, { "journal_sync = each", "journal_sync = each", "< 10" } };
  g_print (
      "overhead on a function of 10 ms in %d slots, per cent of its time, against journal_points = none\n",
      SLOTS);
  for (gsize b = 0; b < G_N_ELEMENTS (backends); b++)
    {
      double bare = time_slow (directory, backends[b], "journal_points = none\njournal_sync = 3600");
      g_print ("  %-10s %-36s %8.3f ms each\n", backends[b], "no points, no sync", 1e3 * bare);
      for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
        {
          double each = time_slow (directory, backends[b], cases[i].lines);
          g_print ("  %-10s %-36s %8.3f ms each %8.2f %%  wanted %s\n", backends[b], cases[i].label,
                   1e3 * each, 100 * (each - bare) / DELAY, cases[i].wanted);
        }
    }
}

/* ---- a free function ---- */

static void
write_all (int fd, const guint8 *bytes, gsize size)
{
  while (size > 0)
    {
      ssize_t n = write (fd, bytes, size);
      if (n <= 0)
        g_error ("cannot write: %s", g_strerror (errno));
      bytes += n;
      size -= (gsize) n;
    }
}

/* Random points of the same function, each with as many bytes as its record. Seconds for each. */
static double
time_bare (const char *path, guint64 n)
{
  g_autofree guint8 *buffer = g_malloc0 (BUFFER_SIZE);
  double x[N], best = INFINITY;
  gsize size = 0;
  RandomStream random;
  random_init (&random, 1, RANDOM_OPTIMIZER, 1);
  gint64 start = g_get_monotonic_time ();
  int fd = g_open (path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  for (guint64 done = 0; done < n; done++)
    {
      double f = 0;
      random_uniforms (&random, N, x);
      for (gsize j = 0; j < N; j++)
        {
          x[j] = -5.0 * (1.0 - x[j]) + 5.0 * x[j];
          f += x[j] * x[j];
        }
      best = MIN (best, f);
      memcpy (buffer + size, x, sizeof x);
      memcpy (buffer + size + sizeof x, &f, sizeof f);
      size += RECORD_SIZE;
      if (size + RECORD_SIZE > BUFFER_SIZE)
        {
          write_all (fd, buffer, size);
          size = 0;
        }
    }
  write_all (fd, buffer, size);
  fdatasync (fd);
  close (fd);
  g_unlink (path);
  double seconds = (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
  return best < 0 ? INFINITY : seconds / (double) n;
}

static void
bench_throughput (const char *directory)
{
  static const struct {
    const char *backend;
    int slots;
  } cases[] = { { "threads", 1 }, { "processes", 1 }, { "processes", 2 } };
  enum { EVALUATIONS = 5000000 };
  g_autofree char *bare_path = g_strconcat (directory, ".bare", NULL);
  g_print ("every point of a free function of %d parameters in the journal, %d evaluations\n", N,
           EVALUATIONS);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      double bare = time_bare (bare_path, EVALUATIONS);
      g_autofree char *settings
          = g_strdup_printf ("max_jobs = %d\nbackend = %s\nconvergence = MaxFuncCalls(%d)", cases[i].slots,
                             cases[i].backend, EVALUATIONS);
      Facts facts = run_job (directory, settings, "");
      double each = facts.seconds / facts.evaluations;
      g_print (
          "  bare loop that writes and syncs %9.0f/s, %9s in %d slot%s %9.0f/s: %.2f of it  wanted >= 0.5\n",
          1 / bare, cases[i].backend, cases[i].slots, cases[i].slots > 1 ? "s" : " ", 1 / each, bare / each);
    }
}

/* ---- a long run ---- */

static void
bench_long (const char *directory, double n)
{
  struct rusage usage;
  static const double shares[] = { 0.01, 0.1, 1 };
  g_print ("journal_points = best, optimizers hunted all the time\n");
  for (gsize i = 0; i < G_N_ELEMENTS (shares); i++)
    {
      g_autofree char *settings
          = g_strdup_printf ("max_jobs = 2\nbackend = processes\njournal_points = best\n"
                             "hunters = EvaluationsUnmoving(100000, 0)\nconvergence = MaxFuncCalls(%.0f)",
                             n * shares[i]);
      Facts facts = run_job (directory, settings, "");
      getrusage (RUSAGE_SELF, &usage);
      g_print ("  %12.0f evaluations in %7.1f s: journal %8.1f KiB, most memory of the manager %7.1f MiB\n",
               facts.evaluations, facts.seconds, facts.journal_size / 0x1p10,
               (double) usage.ru_maxrss / 0x1p10);
    }
}

/* ---- going on ---- */

#define NEVER_ENDS                                                                                           \
  "tolx=0 tolfun=0 tolfunhist=0 tolflatfitness=0 tolconditioncov=inf tolfacupx=inf tolupsigma=inf "          \
  "tolstagnation=0 maxiter=0"

/* Seconds of the optimizer alone. */
static double
time_alone (guint64 n)
{
  Run run;
  double lower[N], upper[N];
  for (gsize i = 0; i < N; i++)
    {
      lower[i] = -5.0;
      upper[i] = 5.0;
    }
  run_init (&run, N, lower, upper, NULL, 1, 4096, NEVER_ENDS);
  gint64 start = g_get_monotonic_time ();
  run_until (&run, run_sphere, -1.0, n);
  double seconds = (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
  run_clear (&run);
  return seconds;
}

/* Seconds until a run has gone on to its evaluation n. */
static double
time_resume (const char *directory, guint64 n)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *limit = g_strdup_printf ("glompo.convergence=MaxFuncCalls(%" G_GUINT64_FORMAT ")", n);
  const char *const overrides[] = { limit, NULL };
  gint64 start = g_get_monotonic_time ();
  g_autoptr (GlompoRegistry) registry = glompo_registry_new ();
  g_autoptr (GlompoConfig) config = glompo_manager_read_config (directory, overrides, registry, &error);
  if (config == NULL)
    g_error ("%s", error->message);
  GlompoManager *manager = glompo_manager_new (config, directory, FALSE);
  glompo_manager_set_resume (manager);
  if (!glompo_manager_run (manager, &error))
    g_error ("%s", error->message);
  glompo_manager_unref (manager);
  return (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
}

/* Each resumed run makes one evaluation more. */
static void
bench_replay (const char *directory)
{
  enum { EVALUATIONS = 1000000 };
  g_autofree char *never = g_strdelimit (g_strdup (NEVER_ENDS), " ", '\n');
  g_autofree char *optimizer = g_strdup_printf ("[optimizer r]\nplugin = cmaes\n%s\n", never);
  g_autofree char *settings
      = g_strdup_printf ("max_jobs = 1\nbackend = threads\nconvergence = MaxFuncCalls(%d)\n"
                         "[checkpoint]\ncheckpoint_iter_frequency = 100000",
                         EVALUATIONS);
  g_autofree char *snapshots = g_build_filename (directory, "checkpoints", NULL);
  run_job_of (directory, settings, "", optimizer);
  double with = time_resume (directory, EVALUATIONS + 1);
  files_remove_tree (snapshots);
  double without = time_resume (directory, EVALUATIONS + 2);
  double alone = time_alone (EVALUATIONS);
  g_print ("going on with a run of %d evaluations of a CMA-ES of %d parameters, which alone takes %.2f s\n"
           "  without a snapshot %6.2f s: %.1f times that  wanted < 5\n"
           "  with one           %6.2f s                   wanted < 1\n",
           EVALUATIONS, N, alone, without, without / alone, with);
}

/* ---- the order ---- */

/* Seconds of a slot for one evaluation. */
static double
time_ordered (const char *directory, const char *lines, const char *task, gboolean deterministic)
{
  g_autofree char *settings = g_strdup_printf ("max_jobs = %d\n%s\ndeterministic = %s", ORDERED_SLOTS, lines,
                                               deterministic ? "true" : "false");
  Facts facts = run_job_of (directory, settings, task, "[optimizer c]\nplugin = cmaes\n");
  return ORDERED_SLOTS * facts.seconds / facts.evaluations;
}

static void
bench_order (const char *directory)
{
  static const struct {
    const char *label, *lines, *task;
  } cases[] = {
    { "free, threads", "backend = threads\nconvergence = MaxFuncCalls(2000000)", "" },
    { "free, processes", "backend = processes\nconvergence = MaxFuncCalls(2000000)", "" },
    { "10 ms each, threads", "backend = threads\nconvergence = MaxFuncCalls(4000)", "delay = 0.01" },
    { "10 ms each, processes", "backend = processes\nconvergence = MaxFuncCalls(4000)", "delay = 0.01" },
    { "1 to 19 ms, threads", "backend = threads\nconvergence = MaxFuncCalls(4000)",
      "delay = 0.01\ndelay_spread = 0.9" },
    { "1 to 19 ms, processes", "backend = processes\nconvergence = MaxFuncCalls(4000)",
      "delay = 0.01\ndelay_spread = 0.9" },
  };
  g_print ("deterministic = true against false, CMA-ES of %d parameters in %d slots, microseconds of a slot "
           "for each\n",
           N, ORDERED_SLOTS);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      double each = time_ordered (directory, cases[i].lines, cases[i].task, FALSE);
      double ordered = time_ordered (directory, cases[i].lines, cases[i].task, TRUE);
      g_print ("  %-22s %10.2f %10.2f: %.3f times\n", cases[i].label, 1e6 * each, 1e6 * ordered,
               ordered / each);
    }
}

int
main (int argc, char **argv)
{
  double n = 1e7;
  g_autofree char *only = NULL;
  const GOptionEntry entries[]
      = { { "evaluations", 0, 0, G_OPTION_ARG_DOUBLE, &n, "of the long run", "N" },
          { "only", 0, 0, G_OPTION_ARG_STRING, &only, "overhead, throughput, long, replay or order", "PART" },
          G_OPTION_ENTRY_NULL };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, NULL))
    return 2;
  g_autofree char *directory = g_dir_make_tmp ("glompo-bench-XXXXXX", NULL);
  g_autofree char *run = g_build_filename (directory, "run", NULL);
  if (only == NULL || g_str_equal (only, "overhead"))
    bench_overhead (run);
  if (only == NULL || g_str_equal (only, "throughput"))
    bench_throughput (run);
  if (only == NULL || g_str_equal (only, "long"))
    bench_long (run, n);
  if (only == NULL || g_str_equal (only, "replay"))
    bench_replay (run);
  if (only == NULL || g_str_equal (only, "order"))
    bench_order (run);
  files_remove_tree (directory);
  return 0;
}
