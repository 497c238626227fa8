/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Optimizers: lifecycle, points, seeds, failures, search, end. */
#include "conformance.h"
#include <math.h>
#include <string.h>

#define ROOM 64u

static Verdict
judge (Subject *subject, const Rig *rig, const char *when)
{
  return rig->fault != NULL ? failed (subject, "%s: %s", when, rig->fault) : PASSED;
}

static Verdict
create_and_destroy (Subject *subject)
{
  for (guint64 i = 0; i < 1000; i++)
    {
      Verdict verdict = PASSED;
      g_autoptr (Rig) rig = rig_new (subject, 1 + i % 5, i, &verdict);
      if (rig == NULL)
        return verdict;
      if (rig->fault != NULL)
        return judge (subject, rig, "create");
    }
  return PASSED;
}

/* With points out, between tell and ask, in the middle of a generation. */
static Verdict
destroy_at_any_moment (Subject *subject)
{
  if (subject->plugin->optimizer->run != NULL)
    return skipped (subject, "it runs by itself");
  for (gsize moment = 0; moment < 120; moment++)
    {
      Verdict verdict = PASSED;
      const gsize room = moment % 3 == 0 ? ROOM : moment % 3;
      g_autoptr (Rig) rig = rig_new (subject, 4, moment, &verdict);
      if (rig == NULL)
        return verdict;
      for (gsize i = 0; i < moment / 2 && rig_step (rig, room); i++)
        ;
      if (moment % 2 == 1)
        rig_ask (rig, room);
      if (rig->fault != NULL)
        return judge (subject, rig, "before destroy");
    }
  return PASSED;
}

static Verdict
points_with (Subject *subject, gsize n, gsize room, guint64 budget)
{
  Verdict verdict = PASSED;
  g_autofree char *when = g_strdup_printf ("n = %zu, room for %zu", n, room);
  g_autoptr (Rig) rig = rig_new (subject, n, 3, &verdict);
  if (rig == NULL)
    return verdict;
  rig_drive (rig, budget, room);
  if (rig->fault == NULL && rig->evaluations == 0)
    return failed (subject, "%s: it ended without one evaluation", when);
  return judge (subject, rig, when);
}

static Verdict
points_n_1 (Subject *subject)
{
  return points_with (subject, 1, ROOM, 1000);
}

static Verdict
points_n_2 (Subject *subject)
{
  return points_with (subject, 2, ROOM, 2000);
}

static Verdict
points_n_100 (Subject *subject)
{
  return points_with (subject, 100, ROOM, 5000);
}

static Verdict
points_small_room (Subject *subject)
{
  static const gsize rooms[] = { 1, 2, 3, 7 };
  for (gsize i = 0; i < G_N_ELEMENTS (rooms); i++)
    {
      const Verdict verdict = points_with (subject, 6, rooms[i], 600);
      if (verdict != PASSED)
        return verdict;
    }
  return PASSED;
}

/* Boxes that are thin, wide, far away, and start points on their corners. */
static Verdict
points_extreme_boxes (Subject *subject)
{
  static const double boxes[][2]
      = { { 1e9, 1e9 + 1e-3 }, { -1e150, 1e150 }, { 0.0, 1e-300 }, { -1e-8, 1e8 }, { -1e308, 1e308 } };
  for (gsize i = 0; i < 3 * G_N_ELEMENTS (boxes); i++)
    {
      const double *box = boxes[i / 3];
      Verdict verdict = PASSED;
      g_autofree char *when = g_strdup_printf ("box %g to %g, start at its %s", box[0], box[1],
                                               i % 3 == 0   ? "lower corner"
                                               : i % 3 == 1 ? "upper corner"
                                                            : "centre");
      g_autoptr (Rig) rig = rig_prepare (subject, 3, 5, &verdict);
      if (rig == NULL)
        return verdict;
      for (gsize j = 0; j < 3; j++)
        {
          rig->lower[j] = box[0];
          rig->upper[j] = box[1];
          rig->centre[j] = 0.6 * box[0] + 0.4 * box[1];
          rig->x0[j] = i % 3 == 0 ? box[0] : i % 3 == 1 ? box[1] : 0.5 * box[0] + 0.5 * box[1];
        }
      if (rig_create (rig))
        rig_drive (rig, 1500, ROOM);
      else if (!isfinite (box[1] - box[0]))
        continue; /* a width that is no number may be refused */
      if (rig->fault != NULL)
        return judge (subject, rig, when);
    }
  return PASSED;
}

static GArray *
trace_of (Subject *subject, guint64 seed, guint64 *out_random_calls, Verdict *verdict)
{
  g_autoptr (Rig) rig = rig_new (subject, 5, seed, verdict);
  if (rig == NULL)
    return NULL;
  rig->trace = g_array_new (FALSE, FALSE, sizeof (double));
  rig_drive (rig, 400, ROOM);
  *out_random_calls = rig->random_calls;
  *verdict = judge (subject, rig, "trace");
  return *verdict == PASSED ? g_array_ref (rig->trace) : NULL;
}

static gboolean
same_trace (const GArray *a, const GArray *b)
{
  return a->len == b->len && a->len > 0 && memcmp (a->data, b->data, a->len * sizeof (double)) == 0;
}

static Verdict
same_seed (Subject *subject)
{
  Verdict verdict = PASSED;
  guint64 calls;
  g_autoptr (GArray) first = trace_of (subject, 11, &calls, &verdict);
  g_autoptr (GArray) second = first != NULL ? trace_of (subject, 11, &calls, &verdict) : NULL;
  if (second == NULL)
    return verdict;
  return same_trace (first, second) ? PASSED
                                    : failed (subject, "two runs with one seed ask for other points");
}

static Verdict
other_seed (Subject *subject)
{
  Verdict verdict = PASSED;
  guint64 calls;
  g_autoptr (GArray) first = trace_of (subject, 11, &calls, &verdict);
  g_autoptr (GArray) second = first != NULL ? trace_of (subject, 12, &calls, &verdict) : NULL;
  if (second == NULL)
    return verdict;
  if (!same_trace (first, second))
    return PASSED;
  return calls > 0 ? failed (subject, "runs with two seeds ask for the same points")
                   : skipped (subject, "it draws no random numbers");
}

/* Two instances that take turns must not notice each other. */
static Verdict
two_instances (Subject *subject)
{
  if (subject->plugin->optimizer->run != NULL)
    return skipped (subject, "it runs by itself");
  if (subject->plugin->capabilities & GLOMPO_CAP_SINGLE_INSTANCE)
    return skipped (subject, "one instance per process");
  Verdict verdict = PASSED;
  guint64 calls;
  g_autoptr (GArray) alone = trace_of (subject, 11, &calls, &verdict);
  if (alone == NULL)
    return verdict;
  g_autoptr (Rig) a = rig_new (subject, 5, 11, &verdict);
  g_autoptr (Rig) b = rig_new (subject, 4, 12, &verdict);
  a->trace = g_array_new (FALSE, FALSE, sizeof (double));
  while (a->evaluations < 400 && rig_step (a, ROOM))
    rig_step (b, 5);
  if (a->fault != NULL || b->fault != NULL)
    return judge (subject, a->fault != NULL ? a : b, "in turns");
  return same_trace (alone, a->trace) ? PASSED
                                      : failed (subject, "it asks for other points beside another one");
}

static Verdict
with_failures (Subject *subject, Objective objective)
{
  static const gsize dimensions[] = { 1, 2, 5 };
  for (gsize i = 0; i < G_N_ELEMENTS (dimensions); i++)
    {
      Verdict verdict = PASSED;
      g_autoptr (Rig) rig = rig_new (subject, dimensions[i], 9, &verdict);
      if (rig == NULL)
        return verdict;
      rig->objective = objective;
      rig_drive (rig, 3000, ROOM);
      if (rig->fault != NULL)
        return judge (subject, rig, "with failures");
    }
  return PASSED;
}

static Verdict
failures_all (Subject *subject)
{
  return with_failures (subject, FAIL_ALL);
}

static Verdict
failures_some (Subject *subject)
{
  return with_failures (subject, FAIL_SOME);
}

static Verdict
failures_alternately (Subject *subject)
{
  return with_failures (subject, FAIL_ALTERNATELY);
}

static double
value_at_start (Rig *rig)
{
  double sum = 0.0;
  for (gsize j = 0; j < rig->problem.n; j++)
    sum += (rig->x0[j] - rig->centre[j]) * (rig->x0[j] - rig->centre[j]);
  return sum;
}

/* Twenty times nearer in the plane: what even uniform points manage in a hundred evaluations. */
static Verdict
finds_better_points (Subject *subject)
{
  Verdict verdict = PASSED;
  g_autoptr (Rig) rig = rig_new (subject, 2, 21, &verdict);
  if (rig == NULL)
    return verdict;
  rig_drive (rig, 4000, ROOM);
  if (rig->fault != NULL)
    return judge (subject, rig, "sphere");
  if (rig->best <= 0.05 * value_at_start (rig))
    return PASSED;
  return failed (subject, "best value %g after %" G_GUINT64_FORMAT " evaluations of a sphere, start value %g",
                 rig->best, rig->evaluations, value_at_start (rig));
}

static int32_t
reason_of (Rig *rig, const char **text)
{
  *text = NULL;
  return rig->slots->stop_reason != NULL ? rig->slots->stop_reason (rig->self, text) : GLOMPO_STOP_CONVERGED;
}

/* An optimizer that says that it has converged must be at the minimum of a sphere. */
static Verdict
converges_to_the_minimum (Subject *subject)
{
  static const gsize dimensions[] = { 1, 2, 5, 10 };
  guint converged = 0;
  for (gsize i = 0; i < G_N_ELEMENTS (dimensions); i++)
    {
      Verdict verdict = PASSED;
      const char *text;
      g_autoptr (Rig) rig = rig_new (subject, dimensions[i], 21, &verdict);
      if (rig == NULL)
        return verdict;
      rig_drive (rig, 20000 * dimensions[i], ROOM);
      if (rig->fault != NULL)
        return judge (subject, rig, "sphere");
      if (!rig->done || (reason_of (rig, &text) != GLOMPO_STOP_CONVERGED))
        continue;
      converged++;
      if (!(rig->best <= 1e-6 * value_at_start (rig)))
        return failed (subject, "n = %zu: it says that it has converged, at %g; start value %g",
                       dimensions[i], rig->best, value_at_start (rig));
    }
  return converged > 0 ? PASSED : skipped (subject, "it never says that it has converged");
}

static Verdict
stop_reason (Subject *subject)
{
  Verdict verdict = PASSED;
  const char *text;
  g_autoptr (Rig) rig = rig_new (subject, 2, 4, &verdict);
  if (rig == NULL)
    return verdict;
  rig_drive (rig, 200000, ROOM);
  if (rig->fault != NULL)
    return judge (subject, rig, "sphere");
  if (!rig->done)
    return skipped (subject, "it does not end within 200000 evaluations");
  const int32_t reason = reason_of (rig, &text);
  if (reason == GLOMPO_STOP_RUNNING || reason < GLOMPO_STOP_ERROR || reason > GLOMPO_STOP_STAGNATED)
    return failed (subject, "the reason of the end is %d, wanted one of GlompoStopReason", reason);
  if (rig->slots->stop_reason == NULL)
    return skipped (subject, "it gives no reason");
  if (text == NULL || text[0] == '\0' || strchr (text, '\n') != NULL || !g_utf8_validate (text, -1, NULL))
    return failed (subject, "the text of the end is empty, has several lines or is not UTF-8");
  if (rig->slots->run != NULL)
    return PASSED;
  rig->done = FALSE;
  rig_ask (rig, ROOM);
  return rig->done ? PASSED : failed (subject, "it gives points again after its end");
}

static Verdict
metrics (Subject *subject)
{
  if (subject->plugin->metrics == NULL)
    return skipped (subject, "no metrics");
  if (subject->plugin->optimizer->run != NULL)
    return skipped (subject, "it runs by itself");
  Verdict verdict = PASSED;
  const gsize count = g_strv_length ((char **) subject->plugin->metrics);
  g_autofree double *values = g_new (double, count + 1);
  g_autoptr (Rig) rig = rig_new (subject, 5, 4, &verdict);
  if (rig == NULL)
    return verdict;
  for (guint i = 0; i < 100 && rig->fault == NULL; i++)
    {
      for (gsize k = 0; k <= count; k++)
        values[k] = -12345.678;
      rig->slots->metrics (rig->self, values);
      if (values[count] != -12345.678)
        return failed (subject, "metrics() fills more than its %zu names", count);
      for (gsize k = 0; k < count; k++)
        if (values[k] == -12345.678)
          return failed (subject, "metrics() does not fill \"%s\"", subject->plugin->metrics[k]);
      if (!rig_step (rig, ROOM))
        break;
    }
  for (gsize k = 0; rig->fault == NULL && k < count; k++)
    if (!isfinite (values[k]))
      return failed (subject, "\"%s\" is %g in the middle of a sphere", subject->plugin->metrics[k],
                     values[k]);
  return judge (subject, rig, "sphere");
}

const Test optimizer_tests[] = {
  { "optimizer.lifecycle.create-destroy", create_and_destroy },
  { "optimizer.lifecycle.destroy-anywhere", destroy_at_any_moment },
  { "optimizer.points.n-1", points_n_1 },
  { "optimizer.points.n-2", points_n_2 },
  { "optimizer.points.n-100", points_n_100 },
  { "optimizer.points.small-room", points_small_room },
  { "optimizer.points.extreme-boxes", points_extreme_boxes },
  { "optimizer.seeds.same", same_seed },
  { "optimizer.seeds.other", other_seed },
  { "optimizer.seeds.two-instances", two_instances },
  { "optimizer.failures.all", failures_all },
  { "optimizer.failures.some", failures_some },
  { "optimizer.failures.alternately", failures_alternately },
  { "optimizer.search.better", finds_better_points },
  { "optimizer.search.converged", converges_to_the_minimum },
  { "optimizer.end.reason", stop_reason },
  { "optimizer.metrics.count", metrics },
  { NULL, NULL },
};
