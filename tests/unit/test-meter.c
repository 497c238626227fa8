/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The meter, and what is made of its finding: evaluations under a lock are found out, those that go on
 * together are not accused, in worlds whose clock is the test's own; the gate never holds a thread for good.
 */
#include "compat/compat.h"
#include "harness.h"
#include "plugin-sample.h"
#include "worker/meter.h"
#include <math.h>

/* ---- on a clock of the test's own ---- */

/* What evaluations are like, in a world where nothing else happens. */
typedef struct {
  const char *name;
  guint workers;
  gboolean locks;     /* one at a time */
  gboolean computes;  /* uses a processor meanwhile; else it sleeps */
  double scatter;     /* of the duration, as a share, uniform to both sides */
  double stalls;      /* share of evaluations that take ten times as long */
  guint bad_moments;  /* so many of the first that are alone take three times as long */
  double starved;     /* threads that are ready and have no processor, on average */
  gboolean found;     /* it must be said */
  double usual_us;    /* duration of one */
} World;

typedef struct {
  const World *world;
  Meter *meter;
  GRand *random;
  gint64 now;
  double processor, waited;
  guint bad_moments;
} Simulation;

typedef struct {
  MeterStay stay;
  gboolean inside, works;
  gint64 ends;
} Worker;

static gint64
simulated_now (gpointer data)
{
  return ((Simulation *) data)->now;
}

static double
simulated_processor (gpointer data)
{
  return ((Simulation *) data)->processor;
}

static double
simulated_waited (gpointer data)
{
  return ((Simulation *) data)->waited;
}

static gint64
draw_duration (Simulation *simulation, gboolean alone)
{
  const World *world = simulation->world;
  double duration = world->usual_us * (1 + world->scatter * g_rand_double_range (simulation->random, -1, 1));
  if (g_rand_double (simulation->random) < world->stalls)
    duration *= 10;
  if (alone && simulation->bad_moments > 0)
    {
      simulation->bad_moments--;
      duration *= 3;
    }
  return (gint64) duration;
}

/* Lets in whom the gate and the lock let in; returns when the next evaluation ends, or the gate may open. */
static gint64
let_in (Simulation *simulation, Worker *workers)
{
  guint busy = 0, n = simulation->world->workers;
  gint64 next = simulation->now + 10000;
  for (guint i = 0; i < n; i++)
    if (!workers[i].inside && !meter_is_closed (simulation->meter))
      {
        meter_enter (simulation->meter, &workers[i].stay, FALSE);
        workers[i].inside = TRUE;
      }
  for (guint i = 0; i < n; i++)
    busy += workers[i].works ? 1 : 0;
  for (guint i = 0; i < n; i++)
    if (workers[i].inside && !workers[i].works && (!simulation->world->locks || busy == 0))
      {
        workers[i].works = TRUE;
        workers[i].ends = simulation->now + draw_duration (simulation, workers[i].stay.alone);
        busy++;
      }
  for (guint i = 0; i < n; i++)
    if (workers[i].works)
      next = MIN (next, workers[i].ends);
  if (simulation->world->computes)
    simulation->processor += (double) (next - simulation->now) * busy;
  simulation->waited += (double) (next - simulation->now) * simulation->world->starved;
  return next;
}

/* So many evaluations, or until it is certain. (transfer full) */
static Meter *
simulate (const World *world, guint32 seed, guint evaluations, _Atomic guint32 *judged)
{
  Simulation simulation = { .world = world, .random = g_rand_new_with_seed (seed), .now = 1000000,
                            .bad_moments = world->bad_moments };
  MeterSource source = { .now = simulated_now, .processor_time = simulated_processor,
                         .waited_for = simulated_waited, .data = &simulation };
  g_autofree Worker *workers = g_new0 (Worker, world->workers);
  Meter *meter = meter_new_from (world->workers, 0, judged, 4, TRUE, &source, 4);
  simulation.meter = meter;
  for (guint done = 0; done < evaluations && meter_is_on (meter);)
    {
      simulation.now = let_in (&simulation, workers);
      for (guint i = 0; i < world->workers; i++)
        if (workers[i].works && workers[i].ends <= simulation.now)
          {
            meter_leave (meter, &workers[i].stay);
            workers[i].inside = workers[i].works = FALSE;
            done++;
          }
    }
  g_rand_free (simulation.random);
  return meter;
}

static const World worlds[] = {
  { "two under a lock", 2, TRUE, FALSE, 0, 0, 0, 0, TRUE, 2000 },
  { "two under a lock that compute", 2, TRUE, TRUE, 0.3, 0, 0, 0, TRUE, 2000 },
  { "eight under a lock", 8, TRUE, FALSE, 0.3, 0, 0, 0, TRUE, 2000 },
  { "thirty-two under a lock", 32, TRUE, TRUE, 0.3, 0, 0, 0, TRUE, 2000 },
  { "two under a lock, of any length", 2, TRUE, FALSE, 0.9, 0, 0, 0, TRUE, 2000 },
  { "two under a lock, often held up", 2, TRUE, FALSE, 0.3, 0.03, 0, 0, TRUE, 2000 },
  { "two under a lock, measured first in a bad moment", 2, TRUE, FALSE, 0.1, 0, 5, 0, TRUE, 2000 },
  { "two that sleep", 2, FALSE, FALSE, 0, 0, 0, 0, FALSE, 2000 },
  { "two of any length that sleep", 2, FALSE, FALSE, 0.9, 0, 0, 0, FALSE, 2000 },
  { "eight that compute", 8, FALSE, TRUE, 0.3, 0, 0, 0, FALSE, 2000 },
  { "two that sleep, often held up", 2, FALSE, FALSE, 0.3, 0.03, 0, 0, FALSE, 2000 },
  { "eight under a lock, measured first in a bad moment", 8, TRUE, FALSE, 0.1, 0, 5, 0, TRUE, 2000 },
  { "eight that sleep", 8, FALSE, FALSE, 0.1, 0, 0, 0, FALSE, 2000 },
  { "two of which one has no processor", 2, TRUE, TRUE, 0.1, 0, 0, 1, FALSE, 2000 },
};

#define SEEDS 20
#define EVALUATIONS 100000
#define SOON 1500
#define AT_ONCE 300

static void
worlds_are_told_apart (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (worlds); i++)
    for (guint32 seed = 1; seed <= SEEDS; seed++)
      {
        const World *world = &worlds[i];
        _Atomic guint32 judged = 0;
        MeterFinding finding;
        Meter *meter = simulate (world, seed, EVALUATIONS, &judged);
        gboolean found = meter_take_finding (meter, &finding);
        if (found != world->found)
          g_printerr ("%s, seed %u: %s\n", world->name, seed, found ? "accused" : "not found");
        CU_ASSERT (found == world->found);
        CU_ASSERT (meter_is_on (meter) == (world->starved > 0));
        TEST_INT (atomic_load (&judged), world->starved > 0 ? 0 : 4);
        if (found)
          {
            CU_ASSERT (finding.in_flight >= 1.35 && finding.in_flight <= world->workers + 0.01);
            CU_ASSERT (finding.together < 1.25 * finding.alone);
            TEST_NEAR (finding.busy, world->computes ? 1 : 0, 0.05);
            TEST_NEAR (finding.cores, 4, 0);
            CU_ASSERT (!meter_take_finding (meter, &finding)); /* once */
          }
        meter_unref (meter);
      }
}

/* By a single trial, which comes after two windows. */
static void
slow_ones_are_cleared_at_once (void)
{
  static const World slow = { "thirty-two that sleep long", 32, FALSE, FALSE, 0.1, 0, 0, 0, FALSE, 300000 };
  static const World locked = { "thirty-two under a lock for long", 32, TRUE, FALSE, 0.1, 0, 0, 0, TRUE, 300000 };
  for (guint32 seed = 1; seed <= SEEDS; seed++)
    {
      _Atomic guint32 judged = 0, other = 0;
      MeterFinding finding;
      Meter *meter = simulate (&slow, seed, AT_ONCE, &judged);
      CU_ASSERT_FALSE (meter_is_on (meter) || meter_take_finding (meter, &finding));
      meter_unref (meter);
      meter = simulate (&locked, seed, AT_ONCE, &other);
      CU_ASSERT (meter_is_on (meter));
      meter_unref (meter);
    }
}

/* Many that go on together without doubt are not measured for long: every trial costs time. */
static void
plain_ones_are_cleared_soon (void)
{
  static const World plain = { "thirty-two that sleep", 32, FALSE, FALSE, 0.1, 0, 0, 0, FALSE, 2000 };
  for (guint32 seed = 1; seed <= SEEDS; seed++)
    {
      _Atomic guint32 judged = 0;
      Meter *meter = simulate (&plain, seed, SOON, &judged);
      CU_ASSERT (!meter_is_on (meter));
      meter_unref (meter);
    }
}

/* What one has judged the others need not. */
static void
judged_by_others (void)
{
  _Atomic guint32 judged = 4;
  MeterFinding finding;
  Meter *meter = simulate (&worlds[0], 1, EVALUATIONS, &judged);
  CU_ASSERT (!meter_is_on (meter));
  CU_ASSERT (!meter_take_finding (meter, &finding));
  meter_unref (meter);
}

/* ---- with threads ---- */

typedef struct {
  Meter *meter;
  GMutex mutex;
  _Atomic guint done;
} Work;

#define THREADS 3
#define TIMES 300

static gpointer
evaluate (gpointer data)
{
  Work *work = data;
  for (guint i = 0; i < TIMES; i++)
    {
      MeterStay stay;
      meter_enter (work->meter, &stay, TRUE);
      g_mutex_lock (&work->mutex);
      g_usleep (1000);
      g_mutex_unlock (&work->mutex);
      meter_leave (work->meter, &stay);
      atomic_fetch_add (&work->done, 1);
    }
  return NULL;
}

/* Whatever it makes of them: all come through. */
static void
nobody_is_held_for_good (void)
{
  _Atomic guint32 judged = 0;
  Work work = { .done = 0 };
  GThread *threads[THREADS];
  g_mutex_init (&work.mutex);
  work.meter = meter_new (THREADS, 0, &judged, 4, TRUE);
  for (guint i = 0; i < THREADS; i++)
    threads[i] = g_thread_new ("evaluator", evaluate, &work);
  for (guint i = 0; i < THREADS; i++)
    g_thread_join (threads[i]);
  TEST_INT (atomic_load (&work.done), THREADS * TIMES);
  meter_unref (work.meter);
  g_mutex_clear (&work.mutex);
}

/* One alone, or quick ends: nothing to say. The gate is closed only while something is under way. */
static void
little_is_not_judged (void)
{
  _Atomic guint32 judged = 0;
  Meter *meter = meter_new (8, 0, &judged, 1, FALSE);
  MeterFinding finding;
  for (guint i = 0; i < 100; i++)
    {
      MeterStay stay;
      meter_enter (meter, &stay, FALSE);
      meter_leave (meter, &stay);
      meter_leave (meter, &stay); /* has left already */
      CU_ASSERT (!meter_is_closed (meter));
    }
  meter_cancel (meter);
  CU_ASSERT (meter_is_on (meter));
  CU_ASSERT (!meter_take_finding (meter, &finding));
  Meter *again = meter_ref (meter);
  meter_unref (meter);
  meter_unref (again);
}

/* ---- the words ---- */

typedef struct {
  guint32 concurrency;
  WorkersChoice level2;
  CompatMeasure measure;
  const char *cause, *advice;
} Diagnosis;

static const Diagnosis diagnoses[] = {
  { GLOMPO_GLOBAL_LOCK, WORKERS_THREADS, { 2, 50, 49, 1.01, 4 }, "as it declares (global-lock)",
    "workers_backend = processes" },
  { GLOMPO_CONCURRENT, WORKERS_THREADS, { 2, 50, 49, 1.01, 4 }, "a lock in the task",
    "workers_backend = processes" },
  { GLOMPO_CONCURRENT, WORKERS_THREADS, { 2, 50, 49, 0.02, 4 }, "wait for the same thing",
    "what they share" },
  { GLOMPO_CONCURRENT, WORKERS_THREADS, { 2, 50, 49, 1.98, 4 }, "memory bandwidth", "fewer" },
  { GLOMPO_CONCURRENT, WORKERS_THREADS, { 2, 50, 49, 0.98, 1 }, "fewer processor cores", "max_jobs" },
  { GLOMPO_GLOBAL_LOCK, WORKERS_THREADS, { 2, 50, 49, 0.98, 1 }, "fewer processor cores", "max_jobs" },
  { GLOMPO_CONCURRENT, WORKERS_THREADS, { 2, 50, 49, 0.02, 1 }, "wait for the same thing",
    "what they share" },
  { 0, WORKERS_PROCESSES, { 4, 50, 49, NAN, 4 }, "a lock file, a disk, a service", "workers = 1" },
  { 99, WORKERS_THREADS, { 2, 50, 49, NAN, 4 }, "a lock in the task", "processes" },
};

static void
causes (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (diagnoses); i++)
    {
      const Diagnosis *d = &diagnoses[i];
      Sample optimizer, task;
      Settings settings = { .max_jobs = 4, .backend = BACKEND_THREADS };
      sample_init (&optimizer);
      sample_init_task (&task);
      OptimizerGroup group = { .name = (char *) "cma", .plugin = &optimizer.plugin, .workers = 2,
                               .workers_backend = d->level2 };
      GlompoConfig config = { .task = &task.plugin, .settings = &settings };
      group.options = options_new (NULL, 0, 0);
      optimizer.plugin.n_options = 0;
      GPtrArray *findings = compat_findings_new ();
      GlompoFinding *finding = compat_measured (&config, &group, d->concurrency, &d->measure);
      g_ptr_array_add (findings, finding);
      TEST_STR (finding->code, "M1");
      TEST_INT (finding->severity, GLOMPO_SEVERITY_WARNING);
      TEST_CONTAINS (finding->where, "[optimizer cma]");
      TEST_CONTAINS (finding->what, "50 evaluations per second, one at a time gives 49, a gain of 1.02");
      TEST_CONTAINS (finding->what, d->cause);
      TEST_CONTAINS (finding->mend, d->advice);
      g_ptr_array_unref (findings);
      options_unref (group.options);
    }
}

static const TestCase cases[] = {
  { "worlds are told apart", worlds_are_told_apart },
  { "slow ones are cleared at once", slow_ones_are_cleared_at_once },
  { "plain ones are cleared soon", plain_ones_are_cleared_soon },
  { "judged by others", judged_by_others },
  { "nobody is held for good", nobody_is_held_for_good },
  { "little is not judged", little_is_not_judged },
  { "causes", causes },
};

TEST_MAIN ("meter", cases)
