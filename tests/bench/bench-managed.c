/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Does management pay? CMA-ES with a population of 12 on seven functions, restarted from random points until
 * the budget is used up: left alone, and with hunters; the same budget, slots and seeds. Prints, for each
 * function and budget, wins and ties (pairs of the same seed), both medians, and the two-sided p of the
 * Mann-Whitney test (normal approximation with correction for ties); at last the sums.
 *
 * The hunters of the first configuration are those that GloMPO's authors used (M. Freitas Gustavo, T.
 * Verstraelen, GloMPO, J. Cheminform. 14, 2022, tables 1 and 2; example customized.py). A short sleep in each
 * evaluation stands for its cost: then the optimizers go on side by side, as those of an expensive function
 * do, and a verdict comes while there is something left to save.
 *
 * Environment: SEEDS (25), BUDGETS ("20000 100000"), JOBS runs at once (2), FUNCTIONS (all) and
 * CONFIGURATIONS ("paper race settled") by name, or all. Thread: each run has one of its own.
 */
#include <glib/gstdio.h>
#include <glompo/glompo.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define SLOTS 10
#define DELAY "0.00005"
#define SAME 1e-6    /* a tie: nearer than this share of the greater value */
#define EXACT 1e-8   /* finer differences of values are none at all */

typedef struct {
  const char *name;
  const char *task;
} Function;

static const Function functions[] = {
  { "schwefel", "function = schwefel\ndims = 20\n" },
  { "rastrigin", "function = rastrigin\ndims = 20\n" },
  { "griewank", "function = griewank\ndims = 20\n" },
  { "michalewicz", "function = michalewicz\ndims = 20\n" },
  { "rana", "function = rana\ndims = 20\n" },
  { "deceptive", "function = deceptive\ndims = 20\n" },
  { "lennardjones13", "function = lennardjones\natoms = 13\n" },
};

typedef struct {
  const char *name;
  const char *settings; /* "@n" stands for the budget / n */
} Configuration;

#define PAPER(TOL)                                                                                           \
  "hunt_frequency = 500\nhunters = EvaluationsUnmoving(100, 0.01) & ValueAnnealing(0.10) | "                 \
  "BestUnmoving(@15, " TOL ") | ParameterDistance(0.05)\n"

static const Configuration configurations[] = {
  { "unmanaged", "" },
  { "paper", PAPER ("0.2") },
  { "paper-range",
    "hunt_frequency = 500\nhunters = EvaluationsUnmoving(100, 0.01, range) & ValueAnnealing(0.10, range) | "
    "BestUnmoving(@15, 0.2, range) | ParameterDistance(0.05)\n" },
  { "sharing", PAPER ("0.2") "share_best_solutions = true\n" },
  { "settled", "hunt_frequency = 100\nhunters = StepSize(100, 0.005) & ValueAnnealing(0.05, range)\n" },
  { "halving", "hunt_frequency = 100\nspawn = IterSpawnStop(@4)\n"
               "hunters = MinFuncCalls(500) & ValueAnnealing(0.02, range)\n" },
  { "race", "hunt_frequency = 100\nspawn = NOptimizersSpawnStop(10) & IterSpawnStop(@4)\n"
            "hunters = MinFuncCalls(@40) & ValueAnnealing(0.05, range)\n" },
};
#define N_CONFIGURATIONS G_N_ELEMENTS (configurations)

/* One run and what it found. */
typedef struct {
  const Function *function;
  const Configuration *configuration;
  guint64 budget, seed;
  const char *directory;
  GlompoConfig *config;
  double best;
  guint64 evaluations, started;
} Trial;

/* settings with each "@n" replaced by budget / n. */
static void
append_settings (GString *out, const char *settings, guint64 budget)
{
  while (*settings != '\0')
    {
      char *end = NULL;
      if (*settings == '@')
        g_string_append_printf (out, "%" G_GUINT64_FORMAT,
                                budget / g_ascii_strtoull (settings + 1, &end, 10));
      else
        g_string_append_c (out, *settings);
      settings = end != NULL ? end : settings + 1;
    }
}

static void
give_up (const GError *error)
{
  fprintf (stderr, "%s\n", error->message);
  exit (1);
}

/* In one thread: a registry is for one at a time. */
static void
prepare (Trial *trial, GlompoRegistry *registry)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) job = g_string_new (NULL);
  g_string_append_printf (
      job,
      "[glompo]\nmax_jobs = %d\nbackend = threads\njournal_points = none\nseed = %" G_GUINT64_FORMAT
      "\nconvergence = MaxFuncCalls(%" G_GUINT64_FORMAT ")\n",
      SLOTS, trial->seed, trial->budget);
  append_settings (job, trial->configuration->settings, trial->budget);
  g_string_append_printf (job,
                          "[task]\nplugin = benchmark\ndelay = " DELAY "\n%s[optimizer cma]\nplugin = cmaes\n"
                          "population = 12\nsigma0 = 0.5\n",
                          trial->function->task);
  trial->config = glompo_config_new_from_text (job->str, "bench", NULL, NULL, registry, &error);
  if (trial->config == NULL)
    give_up (error);
}

static void
run_trial (gpointer data, gpointer nothing)
{
  Trial *trial = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *directory
      = g_strdup_printf ("%s/%s-%s-%" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT, trial->directory,
                         trial->function->name, trial->configuration->name, trial->budget, trial->seed);
  g_autoptr (GlompoManager) manager = glompo_manager_new (trial->config, directory, FALSE);
  if (!glompo_manager_run (manager, &error))
    give_up (error);
  g_autoptr (GlompoRunResult) result = glompo_manager_get_result (manager);
  trial->best = round (result->fx / EXACT) * EXACT;
  trial->evaluations = result->evaluations;
  trial->started = result->started;
  static const char *const files[] = { "journal.glompo", "glompo_job.ini" };
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *path = g_build_filename (directory, files[i], NULL);
      g_unlink (path);
    }
  g_rmdir (directory);
  g_clear_pointer (&trial->config, glompo_config_unref);
}

static int
compare (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;
  return (x > y) - (x < y);
}

static double
median (const Trial *trials, gsize n)
{
  g_autofree double *sorted = g_new (double, n);
  for (gsize i = 0; i < n; i++)
    sorted[i] = trials[i].best;
  qsort (sorted, n, sizeof *sorted, compare);
  return (sorted[(n - 1) / 2] + sorted[n / 2]) / 2.0;
}

/* Two-sided p of the Mann-Whitney test (Ann. Math. Stat. 18, 1947, p. 50), normal approximation, variance
 * corrected for ties, with continuity correction. */
static double
mann_whitney (const Trial *a, const Trial *b, gsize n)
{
  double u = 0.0, ties = 0.0, total = 2.0 * (double) n;
  g_autofree double *all = g_new (double, 2 * n);
  for (gsize i = 0; i < n; i++)
    {
      all[i] = a[i].best;
      all[n + i] = b[i].best;
      for (gsize j = 0; j < n; j++)
        u += a[i].best < b[j].best ? 1.0 : a[i].best == b[j].best ? 0.5 : 0.0;
    }
  qsort (all, 2 * n, sizeof *all, compare);
  for (gsize i = 0, k; i < 2 * n; i = k)
    {
      for (k = i; k < 2 * n && all[k] == all[i]; k++)
        ;
      double t = (double) (k - i);
      ties += t * t * t - t;
    }
  double mean = (double) n * (double) n / 2.0;
  double variance = (double) n * (double) n / 12.0 * (total + 1.0 - ties / (total * (total - 1.0)));
  double z = (fabs (u - mean) - 0.5) / sqrt (variance);
  return variance <= 0.0 || z <= 0.0 ? 1.0 : erfc (z / sqrt (2.0));
}

/* NULL also where the variable is empty. */
static const char *
get_variable (const char *name)
{
  const char *value = g_getenv (name);
  return value != NULL && *value != '\0' ? value : NULL;
}

static gboolean
is_wanted (const char *variable, const char *name)
{
  const char *list = get_variable (variable);
  if (list == NULL || g_str_equal (list, "all"))
    return TRUE;
  g_auto (GStrv) names = g_strsplit (list, " ", -1);
  return g_strv_contains ((const char *const *) names, name) || g_str_equal (name, "unmanaged");
}

typedef struct {
  guint wins, ties, losses, better, worse; /* the last two: significantly, p < 0.05 */
} Sum;

static void
report (const Trial *alone, const Trial *managed, gsize n, Sum *sum)
{
  guint wins = 0, ties = 0;
  double started[2] = { 0.0, 0.0 };
  for (gsize i = 0; i < n; i++)
    {
      double a = alone[i].best, m = managed[i].best;
      gboolean tie = fabs (a - m) <= SAME * fmax (fmax (fabs (a), fabs (m)), SAME);
      ties += tie;
      wins += !tie && m < a;
      started[0] += (double) alone[i].started / (double) n;
      started[1] += (double) managed[i].started / (double) n;
    }
  double p = mann_whitney (alone, managed, n), medians[] = { median (alone, n), median (managed, n) };
  printf ("%-15s %7" G_GUINT64_FORMAT " %-12s %4u %4u %4u  %12.6g %12.6g  %8.2g %s %6.1f %6.1f\n",
          alone->function->name, alone->budget, managed->configuration->name, wins, ties,
          (guint) n - wins - ties, medians[0], medians[1], p,
          p >= 0.05                 ? " "
          : medians[1] < medians[0] ? "+"
                                    : "-",
          started[0], started[1]);
  fflush (stdout);
  sum->wins += wins;
  sum->ties += ties;
  sum->losses += (guint) n - wins - ties;
  sum->better += p < 0.05 && medians[1] < medians[0];
  sum->worse += p < 0.05 && medians[1] >= medians[0];
}

/* All runs of one function and budget; one block of seeds for each configuration. */
static void
compare_all (const Function *function, guint64 budget, gsize n, const char *directory,
             GlompoRegistry *registry, Sum *sums)
{
  const char *jobs = get_variable ("JOBS");
  GThreadPool *pool = g_thread_pool_new (run_trial, NULL, jobs != NULL ? atoi (jobs) : 2, TRUE, NULL);
  g_autofree Trial *trials = g_new0 (Trial, N_CONFIGURATIONS * n);
  for (gsize c = 0; c < N_CONFIGURATIONS; c++)
    for (gsize i = 0; i < n && is_wanted ("CONFIGURATIONS", configurations[c].name); i++)
      {
        trials[c * n + i]
            = (Trial){ function, &configurations[c], budget, i + 1, directory, NULL, INFINITY, 0, 0 };
        prepare (&trials[c * n + i], registry);
      }
  for (gsize i = 0; i < N_CONFIGURATIONS * n; i++)
    if (trials[i].config != NULL)
      g_thread_pool_push (pool, &trials[i], NULL);
  g_thread_pool_free (pool, FALSE, TRUE);
  for (gsize c = 1; c < N_CONFIGURATIONS; c++)
    if (trials[c * n].configuration != NULL)
      report (trials, trials + c * n, n, &sums[c]);
}

int
main (void)
{
  const char *seeds = get_variable ("SEEDS"), *list = get_variable ("BUDGETS");
  gsize n = seeds != NULL ? (gsize) atoi (seeds) : 25;
  g_auto (GStrv) budgets = g_strsplit (list != NULL ? list : "20000 100000", " ", -1);
  g_autofree char *directory = g_dir_make_tmp ("glompo-bench-managed-XXXXXX", NULL);
  g_autoptr (GlompoRegistry) registry = glompo_registry_new ();
  Sum sums[N_CONFIGURATIONS] = { 0 };
  if (directory == NULL || n < 1)
    return 1;
  printf ("%zu seeds, %d slots; + and -: managed is better or worse, p < 0.05\n", n, SLOTS);
  printf ("function         budget managed      wins ties lost   median alone     managed         p   "
          "starts: alone, managed\n");
  for (gsize f = 0; f < G_N_ELEMENTS (functions); f++)
    for (char **budget = budgets; *budget != NULL; budget++)
      if (is_wanted ("FUNCTIONS", functions[f].name))
        compare_all (&functions[f], g_ascii_strtoull (*budget, NULL, 10), n, directory, registry, sums);
  for (gsize c = 1; c < N_CONFIGURATIONS; c++)
    if (is_wanted ("CONFIGURATIONS", configurations[c].name))
      printf ("%-12s  wins %u, ties %u, lost %u; significantly better %u times, worse %u times\n",
              configurations[c].name, sums[c].wins, sums[c].ties, sums[c].losses, sums[c].better,
              sums[c].worse);
  g_rmdir (directory);
  return 0;
}
