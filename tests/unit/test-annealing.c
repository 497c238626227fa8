/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The generator that evaluates: its chain by itself against what the distributions say, and in whole runs,
 * where workers make the evaluations. */
#include "manager-rig.h"
#include "plugin/host.h"
#include "policy/policy.h"
#include <math.h>

typedef struct {
  Options *options;
  const GlompoGeneratorVTable *vtable;
  PluginHost host;
  GlompoProblem problem;
  double *lower, *upper, *x0, *x;
  void *self;
} Rigged;

static const GlompoPlugin *
find_plugin (void)
{
  for (const GlompoPlugin *const *plugin = policy_built_in (); *plugin != NULL; plugin++)
    if (g_str_equal ((*plugin)->name, "Annealing"))
      return *plugin;
  return NULL;
}

/* A chain from the middle of the box of n coordinates from -half to half. */
static void
begin (Rigged *r, gsize n, double half, guint64 id, guint64 seed, double qv, double temperature)
{
  const GlompoPlugin *plugin = find_plugin ();
  g_autofree char *qv_text = g_strdup_printf ("%g", qv),
                  *temperature_text = g_strdup_printf ("%g", temperature);
  RandomStream stream;
  *r = (Rigged){ .vtable = plugin->generator };
  r->options = options_new (plugin->options, plugin->n_options, plugin->options_size);
  CU_ASSERT (options_set (r->options, "qv", qv_text, NULL));
  CU_ASSERT (options_set (r->options, "initial_temp", temperature_text, NULL));
  r->lower = g_new (double, n);
  r->upper = g_new (double, n);
  r->x0 = g_new0 (double, n);
  r->x = g_new0 (double, n);
  for (gsize i = 0; i < n; i++)
    {
      r->lower[i] = -half;
      r->upper[i] = half;
    }
  r->problem = (GlompoProblem){ .struct_size = sizeof r->problem,
                                .n = n,
                                .lower = r->lower,
                                .upper = r->upper,
                                .x0 = r->x0,
                                .max_in_flight = 1,
                                .id = id };
  random_init (&stream, seed, RANDOM_OPTIMIZER, id);
  plugin_host_init (&r->host, stream);
  r->self = r->vtable->search->create (&r->problem, options_data (r->options), seed, &r->host.table);
}

static void
end (Rigged *r)
{
  r->vtable->search->destroy (r->self);
  plugin_host_clear (&r->host);
  options_unref (r->options);
  g_free (r->lower);
  g_free (r->upper);
  g_free (r->x0);
  g_free (r->x);
}

/* FALSE: the chain has ended. */
static gboolean
ask (Rigged *r)
{
  guint64 id;
  gint32 n = r->vtable->search->ask (r->self, 5, r->x, &id);
  CU_ASSERT (n == 1 || n == GLOMPO_ASK_DONE);
  return n == 1;
}

static void
tell (Rigged *r, double f)
{
  guint64 id = 0;
  gint32 status = isfinite (f) ? GLOMPO_STATUS_EVALUATED : GLOMPO_STATUS_FAILED;
  GlompoTrials trials = { .struct_size = sizeof trials,
                          .n_parameters = r->problem.n,
                          .ids = &id,
                          .x = r->x,
                          .f = &f,
                          .status = &status };
  r->vtable->search->tell (r->self, 1, &trials);
}

/* With qv = 2 a step is Cauchy of the scale T: half of them within T, a quarter within T tan (pi / 8). At k =
 * 0 T is the first temperature; at k = 2 it is (2 - 1) / (4 - 1) of it. */
static void
test_visits (void)
{
  static const guint64 ids[] = { 1, 3 };
  static const double temperatures[] = { 3.0, 1.0 };
  for (guint k = 0; k < 2; k++)
    {
      const gsize n = 200;
      gsize within = 0, quarter = 0;
      Rigged r;
      begin (&r, n, 1e12, ids[k], 7, 2.0, 3.0);
      CU_ASSERT (ask (&r));
      tell (&r, 0.0);
      for (gsize step = 0; step < n; step++)
        {
          CU_ASSERT (ask (&r));
          for (gsize i = 0; i < n; i++)
            {
              within += fabs (r.x[i]) <= temperatures[k];
              quarter += fabs (r.x[i]) <= temperatures[k] * tan (G_PI / 8.0);
            }
          tell (&r, INFINITY);
        }
      TEST_NEAR ((double) within / (double) (n * n), 0.5, 0.0125);
      TEST_NEAR ((double) quarter / (double) (n * n), 0.25, 0.011);
      end (&r);
    }
}

/* However hot: inside; first all coordinates, then one after the other. */
static void
test_bounds (void)
{
  Rigged r;
  begin (&r, 4, 2.0, 1, 3, 2.62, 5e4);
  CU_ASSERT (ask (&r));
  CU_ASSERT (r.x[0] == 0.0 && r.x[3] == 0.0); /* the start itself */
  tell (&r, 0.0);
  guint asked = 0;
  for (; ask (&r); asked++)
    {
      guint changed = 0;
      for (gsize i = 0; i < 4; i++)
        {
          CU_ASSERT (r.x[i] >= -2.0 && r.x[i] <= 2.0);
          changed += r.x[i] != 0.0;
        }
      TEST_INT (changed, asked % 8 < 4 ? 4 : 1);
      tell (&r, INFINITY);
    }
  TEST_INT (asked, 5 * 8); /* nothing was taken: five chains of 2 n, then somewhere else */
  double found[4];
  r.vtable->found (r.self, found);
  for (gsize i = 0; i < 4; i++)
    CU_ASSERT (found[i] != 0.0 && found[i] >= -2.0 && found[i] <= 2.0);
  end (&r);
}

/* One chain of one coordinate: a value worse by d, then a failure. It ends there if the first was taken. */
static double
share_taken (double d, double temperature)
{
  const guint n = 4000;
  guint taken = 0;
  for (guint i = 0; i < n; i++)
    {
      Rigged r;
      double first, found;
      begin (&r, 1, 5.0, 1, i + 1, 2.62, temperature);
      ask (&r);
      tell (&r, 1.0);
      ask (&r);
      first = r.x[0];
      tell (&r, 1.0 + d);
      ask (&r);
      tell (&r, INFINITY);
      if (!ask (&r))
        {
          taken++;
          r.vtable->found (r.self, &found);
          CU_ASSERT (found == first);
        }
      end (&r);
    }
  return (double) taken / n;
}

/* With qa = -5 a value worse by d is taken with probability (1 - 6 d / T)^(1/6): d = T / 12 gives
 * 0.890899. */
static void
test_acceptance (void)
{
  TEST_NEAR (share_taken (1.0, 12.0), 0.890899, 0.025);
  TEST_NEAR (share_taken (0.9, 6.0), pow (0.1, 1.0 / 6.0), 0.037);
  TEST_NEAR (share_taken (2.0, 12.0), 0.0, 0.0);
  TEST_NEAR (share_taken (100.0, 12.0), 0.0, 0.0);
  TEST_NEAR (share_taken (-1e-9, 12.0), 1.0, 0.0);
}

/* Whatever the optimizer is like: its first evaluations are the chain's, not made by the manager, and it
 * starts where the chain ended. The rig's audit counts the rest. */
static void
test_runs (void)
{
  static const char *const optimizers[] = { "script", "async-script", "run-script" };
  for (guint i = 0; i < G_N_ELEMENTS (optimizers); i++)
    {
      g_autofree char *groups
          = g_strdup_printf ("[optimizer a]\nplugin = %s\nvalues = 3, 2, 1\nworkers = 2\n", optimizers[i]);
      rig_watch_thread ();
      guint64 before = rig_own_evaluations ();
      g_autoptr (Rig) rig
          = rig_new_run ("generator = Annealing\nconvergence = MaxOptsStarted(9)\nmax_jobs = 4", groups);
      TEST_INT (rig->result->state, GLOMPO_RUN_FINISHED);
      TEST_INT (rig->result->crashed, 0);
      TEST_INT (rig_own_evaluations (), before);
      TEST_CONTAINS (rig->audit.groups->pdata[0], "a");
      for (guint k = 0; k < rig->audit.reasons->len; k++)
        if (g_str_equal (rig->audit.states->pdata[k], "converged") && i < 2)
          TEST_STR (rig->audit.reasons->pdata[k], "all 3 values given");
    }
}

static void
test_budget (void)
{
  static const guint budgets[] = { 1, 2, 5, 30, 1000 };
  for (guint i = 0; i < G_N_ELEMENTS (budgets); i++)
    {
      g_autofree char *settings = g_strdup_printf (
          "generator = Annealing(initial_temp=10)\nconvergence = MaxFuncCalls(%u)", budgets[i]);
      g_autoptr (Rig) rig = rig_new_run (settings, "[optimizer a]\nplugin = script\nvalues = 3, 2\n");
      TEST_INT (rig->result->evaluations, budgets[i]);
      TEST_INT (rig->result->state, GLOMPO_RUN_FINISHED);
    }
}

/* It cannot be created: its own reason is told, after the chain. */
static void
test_create_fails (void)
{
  g_autoptr (Rig) rig = rig_new_run ("generator = Annealing\nconvergence = MaxOptsStarted(2)\nmax_jobs = 1",
                                     "[optimizer a]\nplugin = script\ncreate_fails = true\n");
  TEST_STR (rig->audit.states->pdata[0], "failed");
  TEST_CONTAINS (rig->audit.reasons->pdata[0], "could not be created after the search");
  CU_ASSERT (rig->result->evaluations >= 5); /* the start and a chain of 2 n */
}

static void
test_injection (void)
{
  guint64 before = rig_injections ();
  g_autoptr (Rig) rig
      = rig_new_run ("generator = Annealing\nshare_best_solutions = true\nmax_jobs = 3\n"
                     "convergence = MaxFuncCalls(20000)",
                     "[optimizer a]\nplugin = script\nvalues = 500\nforever = true\nstep = 0.1\n");
  TEST_INT (rig->result->evaluations, 20000);
  CU_ASSERT (rig_injections () >= before);
}

static const TestCase cases[] = {
  { "visits", test_visits },
  { "bounds", test_bounds },
  { "acceptance", test_acceptance },
  { "runs", test_runs },
  { "budget", test_budget },
  { "an optimizer that cannot be created", test_create_fails },
  { "injection", test_injection },
};
TEST_MAIN ("annealing", cases)
