/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The driver: what the optimizer is asked and told, what is posted, and what it makes of bad plugins. */
#include "driver-rig.h"
#include <math.h>
#include <string.h>

static void
check_end (const Rig *rig, gint32 reason, gboolean failed, const char *text)
{
  TEST_INT (rig->end.r.number, reason);
  TEST_INT (rig->end.r.failed, failed);
  if (text != NULL)
    TEST_CONTAINS (rig->end.text, text);
}

/* All points of the limit were told in the order in which they were given, with the right values. */
static void
check_told_in_order (const Rig *rig, guint n)
{
  TEST_INT (rig->optimizer.told->len, n);
  for (guint i = 0; i < rig->optimizer.told->len; i++)
    {
      const Told *told = rig_told (rig, i);
      double x = rig_point (rig, i);
      TEST_INT (told->id, rig_told (rig, 0)->id + 7 * i);
      TEST_NEAR (told->x0, x, 0);
      TEST_NEAR (told->f, x * x + 16.0 * (double) (rig->task.n - 1), 1e-9);
      TEST_INT (told->status, GLOMPO_STATUS_EVALUATED);
    }
}

/* ---- batches ---- */

static void
test_batches (void)
{
  g_autoptr (Rig) rig = rig_new ();
  rig_run (rig);
  check_told_in_order (rig, 12);
  TEST_INT (rig->optimizer.asks, 4);
  check_end (rig, GLOMPO_STOP_CONVERGED, FALSE, "");
  for (guint i = 0; i < 12; i++)
    {
      const Seen *seen = rig_seen (rig, CHANNEL_EVALUATION, i);
      TEST_INT (seen->r.point, i + 1);
      TEST_NEAR (seen->x0, rig_point (rig, i), 0);
      TEST_NEAR (seen->extra, 2 * seen->x0, 0);
      TEST_INT (rig_told (rig, i)->batch, 4);
    }
  TEST_NEAR (rig_seen (rig, CHANNEL_METRICS, 0)->x0, 12, 0);
}

static void
test_fewer_points_than_there_is_room_for (void)
{
  g_autoptr (Rig) rig = rig_new ();
  rig->optimizer.limit = 7;
  rig->optimizer.batch = 3;
  rig_run (rig);
  check_told_in_order (rig, 7);
  TEST_INT (rig_told (rig, 5)->batch, 3);
  TEST_INT (rig_told (rig, 6)->batch, 1);
  CU_ASSERT (rig->optimizer.most_room >= 16);
}

static void
test_largest_batch_is_respected (void)
{
  g_autoptr (Rig) rig = rig_new ();
  rig->optimizer_plugin.max_batch = 5;
  rig->optimizer.batch = 0;
  rig_run (rig);
  check_told_in_order (rig, 12);
  TEST_INT (rig->optimizer.most_room, 5);
}

static void
test_many_parameters (void)
{
  g_autoptr (Rig) rig = rig_new ();
  rig->task.n = 100000;
  rig->optimizer.batch = 0;
  rig->optimizer.limit = 40;
  rig_run (rig);
  TEST_INT (rig->evaluations, 40);
  TEST_INT (rig->optimizer.most_room, 16);
}

static void
test_own_reason (void)
{
  g_autoptr (Rig) rig = rig_new ();
  rig->optimizer.reason = GLOMPO_STOP_STAGNATED;
  rig->optimizer.reason_text = "spread 1e-9 < 1e-8";
  rig_run (rig);
  check_end (rig, GLOMPO_STOP_STAGNATED, FALSE, "spread 1e-9 < 1e-8");

  g_autoptr (Rig) bad = rig_new ();
  bad->optimizer.reason = GLOMPO_STOP_NUMERICAL;
  bad->optimizer.reason_text = "matrix \xff";
  rig_run (bad);
  check_end (bad, GLOMPO_STOP_NUMERICAL, TRUE, "matrix \xef\xbf\xbd");

  g_autoptr (Rig) none = rig_new ();
  none->optimizer_vtable.stop_reason = NULL;
  none->optimizer_vtable.metrics = NULL;
  rig_run (none);
  check_end (none, GLOMPO_STOP_CONVERGED, FALSE, "");
  CU_ASSERT_PTR_NULL (rig_seen (none, CHANNEL_METRICS, 0));
}

static void
test_unknown_reasons (void)
{
  g_autoptr (Rig) high = rig_new ();
  high->optimizer.reason = 99;
  rig_run (high);
  check_end (high, GLOMPO_STOP_CONVERGED, FALSE, "");
  g_autoptr (Rig) low = rig_new ();
  low->optimizer.reason = -99;
  rig_run (low);
  check_end (low, GLOMPO_STOP_ERROR, TRUE, "");
}

static void
test_log (void)
{
  g_autoptr (Rig) rig = rig_new ();
  rig->task.logs = TRUE;
  rig->workers = 3;
  rig_run (rig);
  guint created = 0, instances = 0;
  const Seen *seen;
  for (guint i = 0; (seen = rig_seen (rig, CHANNEL_MESSAGE, i)) != NULL; i++)
    {
      created += g_str_equal (seen->text, "created") && seen->r.number == GLOMPO_LOG_INFO;
      instances
          += g_str_equal (seen->text, "one instance \xef\xbf\xbd") && seen->r.number == GLOMPO_LOG_WARNING;
      CU_ASSERT_PTR_NULL (strstr (seen->text, "not for the journal"));
    }
  TEST_INT (created, 1);
  TEST_INT (instances, 3);
}

/* ---- what cannot start ---- */

static void
test_create_fails (void)
{
  g_autoptr (Rig) rig = rig_new ();
  rig->optimizer.create_fails = TRUE;
  rig_run (rig);
  check_end (rig, GLOMPO_STOP_ERROR, TRUE, "not today");
  TEST_INT (rig->evaluations, 0);
}

static void
test_task_create_fails (void)
{
  for (guint workers = 1; workers <= 3; workers += 2)
    {
      g_autoptr (Rig) rig = rig_new ();
      rig->task.create_fails = TRUE;
      rig->workers = workers;
      rig_run (rig);
      check_end (rig, GLOMPO_STOP_ERROR, TRUE, "task fake-task: out of licences");
      TEST_INT (rig->optimizer.created, 0);
    }
}

/* ---- bad asks ---- */

typedef struct {
  AskKind kind;
  const char *text;
} BadAsk;

static const BadAsk bad_asks[] = {
  { ASK_NAN, "not finite: x1 = nan" },
  { ASK_INFINITE, "not finite: x2 = -inf" },
  { ASK_OUTSIDE, "outside the bounds: x2 = 8.000001, wanted 0 to 8" },
  { ASK_TOO_MANY, "for a room of" },
  { ASK_NEGATIVE, "returned -7" },
  { ASK_NOTHING, "no point although no result is out" },
};

static void
test_bad_asks (void)
{
  for (guint mode = 0; mode < 4; mode++)
    for (guint i = 0; i < G_N_ELEMENTS (bad_asks); i++)
      for (guint at = 0; at <= 8; at += 8)
        {
          g_autoptr (Rig) rig = rig_new ();
          rig->workers = mode % 2 == 0 ? 1 : 3;
          if (mode >= 2)
            rig_set_asynchronous (rig);
          rig->optimizer.lazy = bad_asks[i].kind == ASK_NOTHING;
          rig->optimizer.bad = bad_asks[i].kind;
          rig->optimizer.bad_at = at;
          rig_run (rig);
          check_end (rig, GLOMPO_STOP_ERROR, TRUE, bad_asks[i].text);
          TEST_INT (rig->evaluations, at);
          TEST_INT (rig->optimizer.told->len, at);
          CU_ASSERT_PTR_NULL (rig_seen (rig, CHANNEL_METRICS, 0));
        }
}

static void
test_rounding (void)
{
  g_autoptr (Rig) rig = rig_new ();
  rig->optimizer.bad = ASK_ROUNDED;
  rig->optimizer.limit = rig->optimizer.batch = 1;
  rig_run (rig);
  check_end (rig, GLOMPO_STOP_CONVERGED, FALSE, "");
  TEST_NEAR (rig_told (rig, 0)->x0, 8, 0);
  TEST_NEAR (rig_told (rig, 0)->f, 64, 0); /* and the other coordinate is 0 */
}

static void
test_integer_parameters (void)
{
  g_autoptr (Rig) rig = rig_new ();
  rig->task.integer = TRUE; /* the task notes a breach otherwise */
  rig_run (rig);
  TEST_INT (rig->optimizer.told->len, 12);
  for (guint i = 0; i < 12; i++)
    {
      /* Told is the point as asked for, with the value of the rounded one, which is what is recorded. */
      TEST_NEAR (rig_told (rig, i)->x0, rig_point (rig, i), 0);
      TEST_NEAR (rig_seen (rig, CHANNEL_EVALUATION, i)->x0, rint (rig_point (rig, i)), 0);
    }
}

/* ---- results ---- */

static void
test_evaluations_without_a_value (void)
{
  static const struct {
    double f;
    gint32 status, expected;
  } ways[] = {
    { NAN, GLOMPO_STATUS_EVALUATED, GLOMPO_STATUS_FAILED },
    { INFINITY, GLOMPO_STATUS_EVALUATED, GLOMPO_STATUS_FAILED },
    { -INFINITY, GLOMPO_STATUS_EVALUATED, GLOMPO_STATUS_FAILED },
    { 1.0, GLOMPO_STATUS_FAILED, GLOMPO_STATUS_FAILED },
    { 1.0, GLOMPO_STATUS_TIMED_OUT, GLOMPO_STATUS_TIMED_OUT },
    { 1.0, 77, GLOMPO_STATUS_FAILED },
    { 1.0, -1, GLOMPO_STATUS_FAILED },
  };
  for (guint k = 0; k < 2 * G_N_ELEMENTS (ways); k++)
    {
      g_autoptr (Rig) rig = rig_new ();
      rig->task.fail_above = 4;
      rig->task.bad = (GlompoResult){ .f = ways[k / 2].f, .status = ways[k / 2].status };
      rig->task.n_residuals = 3;
      rig->workers = 1 + k % 2;
      rig_run (rig);
      check_end (rig, GLOMPO_STOP_CONVERGED, FALSE, "");
      guint failures = 0;
      for (guint i = 0; i < 12; i++)
        {
          const Told *told = rig_told (rig, i);
          gboolean bad = rig_point (rig, i) > 4;
          failures += bad;
          TEST_INT (told->status, bad ? ways[k / 2].expected : GLOMPO_STATUS_EVALUATED);
          CU_ASSERT (bad ? told->f == INFINITY : isfinite (told->f));
          CU_ASSERT (bad ? isnan (told->residual) : told->residual == told->x0);
          const Seen *seen = rig_seen (rig, CHANNEL_EVALUATION, i);
          CU_ASSERT (seen->r.status == GLOMPO_STATUS_EVALUATED ? seen->extra == 2 * seen->x0
                                                               : isnan (seen->extra));
        }
      CU_ASSERT (failures > 0 && failures < 12);
    }
}

/* The ways in which points are evaluated. */
enum { SERIAL, VECTORISED, PARALLEL, ASYNCHRONOUS, BLOCKING, N_WAYS };

static Rig *
rig_new_of (int way)
{
  Rig *rig = rig_new ();
  rig->workers = way == PARALLEL || way == ASYNCHRONOUS ? 2 : 1;
  if (way == VECTORISED)
    rig->task_vtable.evaluate_batch = rig->task_batch;
  if (way == ASYNCHRONOUS)
    rig_set_asynchronous (rig);
  if (way == BLOCKING)
    rig_set_blocking (rig);
  rig->task.fail_above = 4;
  rig->task.bad = (GlompoResult){ .f = NAN, .status = GLOMPO_STATUS_FAILED };
  return rig;
}

static void
test_failure_that_stops (void)
{
  for (int way = SERIAL; way < N_WAYS; way++)
    {
      g_autoptr (Rig) rig = rig_new_of (way);
      rig->on_failure = FAILURE_STOP;
      rig_run (rig);
      TEST_INT (rig->end.r.failed, TRUE);
      TEST_CONTAINS (rig->end.text, "failed and on_failure is stop");
    }
}

static void
test_failure_that_is_tried_again (void)
{
  for (int way = SERIAL; way < N_WAYS; way++)
    {
      g_autoptr (Rig) rig = rig_new_of (way);
      rig->on_failure = FAILURE_RETRY;
      rig->retries = 2;
      rig_run (rig);
      check_end (rig, way == BLOCKING ? GLOMPO_STOP_EXHAUSTED : GLOMPO_STOP_CONVERGED, FALSE, "");
      guint failures = 0;
      for (guint i = 0; i < 12; i++)
        failures += rig_told (rig, i)->status != GLOMPO_STATUS_EVALUATED;
      CU_ASSERT (failures > 0 && failures < 12);
      TEST_INT (atomic_load (&rig->task.evaluations), 12 + 2 * failures);
    }
}

/* However many parameters there are, no evaluator is idle for want of a point. */
static void
test_a_point_for_every_evaluator (void)
{
  g_autoptr (Rig) rig = rig_new ();
  rig->task.n = 1000;
  rig->workers = 64;
  rig->optimizer.batch = 0;
  rig->optimizer.limit = 128;
  rig_run (rig);
  check_told_in_order (rig, 128);
  CU_ASSERT (rig->optimizer.most_room >= 64);
}

static void
test_gradients (void)
{
  for (guint k = 0; k < 6; k++)
    {
      g_autoptr (Rig) rig = rig_new ();
      gboolean slot = k % 2 == 1;
      rig->workers = k / 2 == 1 ? 2 : 1;
      if (k / 2 == 2)
        rig->task_vtable.evaluate_batch = rig->task_batch;
      rig->optimizer_plugin.capabilities |= GLOMPO_CAP_WANTS_GRADIENT;
      if (slot)
        rig->task_vtable.gradient = rig->task_gradient;
      else
        rig->task_plugin.capabilities |= GLOMPO_CAP_GRADIENT;
      rig_run (rig);
      for (guint i = 0; i < 12; i++)
        TEST_NEAR (rig_told (rig, i)->gradient, (slot ? -2 : 2) * rig_told (rig, i)->x0, 0);
    }
}

static void
test_gradient_that_fails (void)
{
  g_autoptr (Rig) rig = rig_new ();
  rig->optimizer_plugin.capabilities |= GLOMPO_CAP_WANTS_GRADIENT;
  rig->task_vtable.gradient = rig->task_gradient;
  rig->task.gradient_fails = TRUE;
  rig_run (rig);
  TEST_INT (rig_told (rig, 0)->status, GLOMPO_STATUS_FAILED);
  CU_ASSERT (isnan (rig_told (rig, 0)->gradient));
}

/* ---- many points in one call ---- */

static void
test_vectorised_task (void)
{
  g_autoptr (Rig) rig = rig_new ();
  rig->task_vtable.evaluate_batch = rig->task_batch;
  rig->task.n_residuals = 2;
  rig_run (rig);
  check_told_in_order (rig, 12);
  TEST_INT (atomic_load (&rig->task.calls), 3);
  for (guint i = 0; i < 12; i++)
    {
      TEST_INT (rig_seen (rig, CHANNEL_EVALUATION, i)->r.point, i + 1);
      TEST_NEAR (rig_told (rig, i)->residual, rig_told (rig, i)->x0, 0);
    }
}

static void
test_vectorised_task_within_the_budget (void)
{
  g_autoptr (Rig) rig = rig_new ();
  rig->task_vtable.evaluate_batch = rig->task_batch;
  rig->optimizer.limit = G_MAXUINT64;
  rig->optimizer.batch = 10;
  rig->budget_size = 25;
  rig_start (rig);
  rig_until_evaluations (rig, 25);
  rig_command (rig, CHANNEL_STOP);
  rig_finish (rig);
  TEST_INT (rig->evaluations, 25);
  TEST_INT (rig->optimizer.told->len, 20);
}

static void
test_vectorised_task_is_left_alone_by_several_workers (void)
{
  g_autoptr (Rig) rig = rig_new ();
  rig->task_vtable.evaluate_batch = rig->task_batch;
  rig->workers = 2;
  rig_run (rig);
  check_told_in_order (rig, 12);
  TEST_INT (atomic_load (&rig->task.calls), 0);
}

/* The noise of an evaluation depends on run, optimizer and point, not on how it is evaluated. */
static void
test_noise (void)
{
  g_autoptr (Rig) serial = rig_new ();
  serial->task.noisy = TRUE;
  rig_run (serial);
  for (guint way = 0; way < 4; way++)
    {
      g_autoptr (Rig) rig = rig_new ();
      rig->task.noisy = TRUE;
      if (way == 0)
        rig->workers = 3;
      else if (way == 1)
        rig->task_vtable.evaluate_batch = rig->task_batch;
      else if (way == 2)
        rig->id = 2;
      else
        rig->run_seed = 6;
      rig_run (rig);
      guint same = 0;
      for (guint i = 0; i < 12; i++)
        {
          same += rig_told (rig, i)->f == rig_told (serial, i)->f;
          CU_ASSERT (i == 0 || rig_told (rig, i)->f != rig_told (rig, i - 1)->f);
        }
      TEST_INT (same, way < 2 ? 12 : 0);
    }
}

/* ---- a loop of its own ---- */

static void
test_blocking_run (void)
{
  for (guint workers = 1; workers <= 3; workers += 2)
    {
      g_autoptr (Rig) rig = rig_new ();
      rig_set_blocking (rig);
      rig->optimizer_vtable.stop_reason = NULL;
      rig->workers = workers;
      rig_run (rig);
      TEST_INT (rig->optimizer.told->len, 12);
      for (guint i = 0; i < 12; i++)
        {
          TEST_INT (rig_told (rig, i)->id, i % 4);
          TEST_NEAR (rig_told (rig, i)->x0, rig_point (rig, i), 0);
        }
      check_end (rig, GLOMPO_STOP_EXHAUSTED, FALSE, "");
      CU_ASSERT_PTR_NOT_NULL (rig_seen (rig, CHANNEL_METRICS, 0));
    }
}

static void
test_blocking_run_with_bad_points (void)
{
  static const BadAsk bad[] = {
    { ASK_NAN, "not finite" },
    { ASK_OUTSIDE, "outside the bounds" },
    { ASK_NOTHING, "evaluate for no point" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (Rig) rig = rig_new ();
      rig_set_blocking (rig);
      rig->optimizer.bad = bad[i].kind;
      rig->optimizer.bad_at = 4;
      rig->optimizer.run_returns = GLOMPO_STOP_CONVERGED; /* it claims success all the same */
      rig_run (rig);
      TEST_INT (rig->evaluations, 4);
      check_end (rig, GLOMPO_STOP_ERROR, TRUE, bad[i].text);
    }
}

/* More points than ever before, and the points of the last result as the new ones. */
static int32_t
run_with_aliases (void *self, const GlompoHost *host)
{
  Rig *rig = self;
  double x[2000] = { 0 };
  for (guint i = 0; i < 2000; i++)
    x[i] = i % 9;
  const GlompoTrials *t = host->evaluate (host, 1000, x);
  if (t == NULL)
    return GLOMPO_STOP_ERROR;
  t = host->evaluate (host, 500, t->x + 1000);
  gboolean good = t != NULL;
  for (guint i = 0; good && i < 500; i++)
    good = t->x[2 * i] == x[1000 + 2 * i]
           && t->f[i] == t->x[2 * i] * t->x[2 * i] + t->x[2 * i + 1] * t->x[2 * i + 1];
  rig->optimizer.reason = good ? GLOMPO_STOP_TARGET : GLOMPO_STOP_ERROR;
  return GLOMPO_STOP_ERROR; /* stop_reason() counts more */
}

static void
test_blocking_run_with_points_of_the_last_result (void)
{
  g_autoptr (Rig) rig = rig_new ();
  rig_set_blocking (rig);
  rig->optimizer_vtable.run = run_with_aliases;
  rig_run (rig);
  TEST_INT (rig->evaluations, 1500);
  check_end (rig, GLOMPO_STOP_TARGET, FALSE, "");
}

static const TestCase cases[] = {
  { "batches", test_batches },
  { "fewer points than there is room for", test_fewer_points_than_there_is_room_for },
  { "the largest batch is respected", test_largest_batch_is_respected },
  { "many parameters", test_many_parameters },
  { "own reason", test_own_reason },
  { "unknown reasons", test_unknown_reasons },
  { "log", test_log },
  { "create fails", test_create_fails },
  { "the task's create fails", test_task_create_fails },
  { "bad asks", test_bad_asks },
  { "rounding", test_rounding },
  { "integer parameters", test_integer_parameters },
  { "evaluations without a value", test_evaluations_without_a_value },
  { "a failure that stops", test_failure_that_stops },
  { "a failure that is tried again", test_failure_that_is_tried_again },
  { "a point for every evaluator", test_a_point_for_every_evaluator },
  { "gradients", test_gradients },
  { "a gradient that fails", test_gradient_that_fails },
  { "vectorised task", test_vectorised_task },
  { "vectorised task within the budget", test_vectorised_task_within_the_budget },
  { "several workers leave a vectorised task alone", test_vectorised_task_is_left_alone_by_several_workers },
  { "noise", test_noise },
  { "blocking run", test_blocking_run },
  { "blocking run with bad points", test_blocking_run_with_bad_points },
  { "blocking run with points of the last result", test_blocking_run_with_points_of_the_last_result },
};

TEST_MAIN ("driver", cases)
