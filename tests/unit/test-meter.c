/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The meter, and what is made of its finding: threads that sleep under a lock are found out, threads that
 * sleep together are not accused, the gate lets one in alone and never holds anybody for good. Sleeps stand
 * for work, so that a busy machine does not change what is true of them.
 */
#include "compat/compat.h"
#include "harness.h"
#include "plugin-sample.h"
#include "worker/meter.h"
#include <math.h>
#include <string.h>

#define THREADS 2
#define SLEEP_US 1000
/* Evaluations until the test gives up: many times as many as are needed. */
#define MOST 20000

typedef struct {
  Meter *meter;
  GMutex mutex;
  gboolean locks;
  _Atomic guint done;
} Work;

static gpointer
evaluate (gpointer data)
{
  Work *work = data;
  while (meter_is_on (work->meter) && atomic_fetch_add (&work->done, 1) < MOST)
    {
      MeterStay stay;
      meter_enter (work->meter, &stay, TRUE);
      if (work->locks)
        g_mutex_lock (&work->mutex);
      g_usleep (SLEEP_US);
      if (work->locks)
        g_mutex_unlock (&work->mutex);
      meter_leave (work->meter, &stay);
    }
  return NULL;
}

static void
work_together (Work *work)
{
  GThread *threads[THREADS];
  for (guint i = 0; i < THREADS; i++)
    threads[i] = g_thread_new ("evaluator", evaluate, work);
  for (guint i = 0; i < THREADS; i++)
    g_thread_join (threads[i]);
}

static void
lock_is_found (void)
{
  _Atomic guint32 judged = 0;
  Work work = { .locks = TRUE };
  MeterFinding finding;
  g_mutex_init (&work.mutex);
  work.meter = meter_new (THREADS, 0, &judged, 4, TRUE);
  work_together (&work);
  CU_ASSERT (!meter_is_on (work.meter));
  TEST_INT (atomic_load (&judged), 4);
  /* On a machine that lets it wait for processors all the time nothing can be said. */
  if (meter_take_finding (work.meter, &finding))
    {
      CU_ASSERT (finding.in_flight >= 1.35 && finding.in_flight <= 2.01);
      CU_ASSERT (finding.together < 1.25 * finding.alone);
      CU_ASSERT (finding.cores > 0);
      CU_ASSERT (!meter_take_finding (work.meter, &finding)); /* once */
    }
  meter_unref (work.meter);
  g_mutex_clear (&work.mutex);
}

static void
sleepers_are_not_accused (void)
{
  _Atomic guint32 judged = 0;
  Work work = { .locks = FALSE };
  MeterFinding finding;
  work.meter = meter_new (THREADS, 0, &judged, 4, TRUE);
  work_together (&work);
  CU_ASSERT (!meter_take_finding (work.meter, &finding));
  meter_unref (work.meter);
}

/* What one has judged the others need not. */
static void
judged_by_others (void)
{
  _Atomic guint32 judged = 4;
  Work work = { .locks = TRUE };
  MeterFinding finding;
  g_mutex_init (&work.mutex);
  work.meter = meter_new (THREADS, 0, &judged, 4, TRUE);
  work_together (&work);
  CU_ASSERT (!meter_is_on (work.meter));
  CU_ASSERT (atomic_load (&work.done) < MOST);
  CU_ASSERT (!meter_take_finding (work.meter, &finding));
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
  { GLOMPO_GLOBAL_LOCK, WORKERS_THREADS, { 2, 50, 49, 1.01, 4 }, "as it declares (global-lock)", "workers_backend = processes" },
  { GLOMPO_CONCURRENT, WORKERS_THREADS, { 2, 50, 49, 1.01, 4 }, "a lock in the task", "workers_backend = processes" },
  { GLOMPO_CONCURRENT, WORKERS_THREADS, { 2, 50, 49, 0.02, 4 }, "wait for the same thing", "what they share" },
  { GLOMPO_CONCURRENT, WORKERS_THREADS, { 2, 50, 49, 1.98, 4 }, "memory bandwidth", "fewer" },
  { GLOMPO_CONCURRENT, WORKERS_THREADS, { 2, 50, 49, 0.98, 1 }, "fewer processor cores", "max_jobs" },
  { GLOMPO_GLOBAL_LOCK, WORKERS_THREADS, { 2, 50, 49, 0.98, 1 }, "fewer processor cores", "max_jobs" },
  { GLOMPO_CONCURRENT, WORKERS_THREADS, { 2, 50, 49, 0.02, 1 }, "wait for the same thing", "what they share" },
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
  { "a lock is found", lock_is_found },
  { "sleepers are not accused", sleepers_are_not_accused },
  { "judged by others", judged_by_others },
  { "little is not judged", little_is_not_judged },
  { "causes", causes },
};

TEST_MAIN ("meter", cases)
