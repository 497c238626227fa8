/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Optimizers: saved and restored states, injected points, results out of order. */
#include "conformance.h"
#include <string.h>

#define ROOM 32u
#define GENERATIONS 60u
#define CONTINUED 12u

static void
keep_trace (Rig *rig)
{
  if (rig->trace != NULL)
    g_array_unref (rig->trace);
  rig->trace = g_array_new (FALSE, FALSE, sizeof (double));
}

/* A second rig in the state of the first; NULL with *verdict set. The host restores the random stream, and
 * the number of evaluations decides which of them fail. */
static Rig *
restored (Subject *subject, Rig *rig, Verdict *verdict)
{
  g_autoptr (Rig) twin = rig_new (subject, rig->problem.n, rig->seed, verdict);
  if (!rig_save (rig))
    *verdict = failed (subject, "save() failed after %" G_GUINT64_FORMAT " evaluations", rig->evaluations);
  g_byte_array_append (twin->store, rig->store->data, rig->store->len);
  if (*verdict != PASSED)
    return NULL;
  if (!rig_load (twin))
    {
      *verdict
          = failed (subject, "load() failed on what save() wrote after %" G_GUINT64_FORMAT " evaluations",
                    rig->evaluations);
      return NULL;
    }
  if (twin->read_at != twin->store->len)
    {
      *verdict = failed (subject, "load() read %zu of %u bytes that save() wrote", twin->read_at,
                         twin->store->len);
      return NULL;
    }
  twin->host.random = rig->host.random;
  twin->evaluations = rig->evaluations;
  twin->best = rig->best;
  twin->objective = rig->objective;
  return g_steal_pointer (&twin);
}

static Verdict
compare (Subject *subject, const Rig *a, const Rig *b, guint64 since)
{
  if (a->fault != NULL || b->fault != NULL)
    return failed (subject, "%s", a->fault != NULL ? a->fault : b->fault);
  if (a->done != b->done || a->trace->len != b->trace->len
      || (a->trace->len > 0 && memcmp (a->trace->data, b->trace->data, a->trace->len * sizeof (double)) != 0))
    return failed (subject, "restored after %" G_GUINT64_FORMAT " evaluations it asks for other points",
                   since);
  return PASSED;
}

/* An undisturbed run; offsets[i] is the length of its trace before step i, GENERATIONS + CONTINUED + 1 of
 * them. */
static Rig *
reference_run (Subject *subject, gsize n, gsize room, Objective objective, guint *offsets, Verdict *verdict)
{
  Rig *rig = rig_new (subject, n, 31, verdict);
  if (rig == NULL)
    return NULL;
  rig->objective = objective;
  keep_trace (rig);
  for (guint step = 0; step <= GENERATIONS + CONTINUED; step++)
    {
      offsets[step] = rig->trace->len;
      rig_step (rig, room);
    }
  return rig;
}

/* Saves after every generation; each copy must go on as the undisturbed run did. */
static Verdict
continue_everywhere (Subject *subject, gsize n, gsize room, Objective objective)
{
  Verdict verdict = PASSED;
  guint offsets[GENERATIONS + CONTINUED + 1];
  g_autoptr (Rig) reference = reference_run (subject, n, room, objective, offsets, &verdict);
  g_autoptr (Rig) rig = reference != NULL ? rig_new (subject, n, 31, &verdict) : NULL;
  if (rig == NULL)
    return verdict;
  rig->objective = objective;
  for (guint step = 0; step < GENERATIONS && !rig->done; step++)
    {
      const guint64 since = rig->evaluations;
      g_autoptr (Rig) twin = restored (subject, rig, &verdict);
      if (twin == NULL)
        return verdict;
      keep_trace (twin);
      for (guint i = 0; i < CONTINUED && rig_step (twin, room); i++)
        ;
      if (reference->fault != NULL || twin->fault != NULL)
        return failed (subject, "%s", reference->fault != NULL ? reference->fault : twin->fault);
      const double *wanted = (const double *) (gpointer) reference->trace->data + offsets[step];
      if (twin->trace->len != offsets[step + CONTINUED] - offsets[step]
          || (twin->trace->len > 0
              && memcmp (twin->trace->data, wanted, twin->trace->len * sizeof (double)) != 0))
        return failed (subject, "restored after %" G_GUINT64_FORMAT " evaluations it asks for other points",
                       since);
      rig_step (rig, room);
    }
  return PASSED;
}

static gboolean
can_save (Subject *subject)
{
  return subject->plugin->optimizer->save != NULL && subject->plugin->optimizer->run == NULL;
}

static Verdict
save_load (Subject *subject)
{
  static const struct
  {
    gsize n, room;
    Objective objective;
  } cases[] = { { 5, ROOM, SPHERE }, { 1, ROOM, SPHERE }, { 12, 3, SPHERE }, { 4, ROOM, FAIL_SOME } };
  if (!can_save (subject))
    return skipped (subject, "no save and load");
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const Verdict verdict = continue_everywhere (subject, cases[i].n, cases[i].room, cases[i].objective);
      if (verdict != PASSED)
        return verdict;
    }
  return PASSED;
}

/* The whole rest of a search, against one that was never interrupted. */
static Verdict
save_load_long (Subject *subject)
{
  if (!can_save (subject))
    return skipped (subject, "no save and load");
  Verdict verdict = PASSED;
  g_autoptr (Rig) rig = rig_new (subject, 5, 32, &verdict);
  if (rig == NULL)
    return verdict;
  rig_drive (rig, 70, ROOM);
  const guint64 since = rig->evaluations;
  g_autoptr (Rig) twin = restored (subject, rig, &verdict);
  if (twin == NULL)
    return verdict;
  keep_trace (rig);
  keep_trace (twin);
  rig_drive (rig, 3000, ROOM);
  rig_drive (twin, 3000, ROOM);
  return compare (subject, rig, twin, since);
}

/* A state that ends too early is refused, wherever it ends, and nothing worse. */
static Verdict
truncated_state (Subject *subject)
{
  if (!can_save (subject))
    return skipped (subject, "no save and load");
  Verdict verdict = PASSED;
  g_autoptr (Rig) rig = rig_new (subject, 3, 33, &verdict);
  if (rig == NULL)
    return verdict;
  rig_drive (rig, 50, ROOM);
  if (!rig_save (rig))
    return failed (subject, "save() failed");
  const guint size = rig->store->len;
  for (guint length = 0; length < size; length += length < 64 ? 1 : size / 97 + 1)
    {
      g_autoptr (Rig) twin = rig_new (subject, 3, 33, &verdict);
      g_byte_array_append (twin->store, rig->store->data, length);
      if (rig_load (twin))
        return failed (subject, "load() accepts %u of %u bytes", length, size);
    }
  return PASSED;
}

static Verdict
inject (Subject *subject)
{
  if (subject->plugin->optimizer->inject == NULL || subject->plugin->optimizer->run != NULL)
    return skipped (subject, "no inject");
  static const gsize dimensions[] = { 1, 2, 8 };
  for (gsize i = 0; i < G_N_ELEMENTS (dimensions); i++)
    {
      Verdict verdict = PASSED;
      g_autoptr (Rig) rig = rig_new (subject, dimensions[i], 41, &verdict);
      if (rig == NULL)
        return verdict;
      /* The minimum, a worse point, a corner with a wonderful value: in turn, at every step. */
      for (guint step = 0; step < 200; step++)
        {
          const double *points[] = { rig->centre, rig->x0, rig->upper };
          const double values[] = { 0.0, 1e6, -1e6 };
          const gsize which = step < 100 ? step % 2 : step % 3;
          if (step % 7 != 0)
            rig->slots->inject (rig->self, points[which], values[which]);
          if (!rig_step (rig, ROOM))
            break;
        }
      if (rig->fault != NULL)
        return failed (subject, "after inject: %s", rig->fault);
    }
  return PASSED;
}

/* The minimum as a gift: it must not make the search worse than it says it is. */
static Verdict
inject_same_trace (Subject *subject)
{
  if (subject->plugin->optimizer->inject == NULL || subject->plugin->optimizer->run != NULL)
    return skipped (subject, "no inject");
  Verdict verdict = PASSED;
  Rig *rigs[2] = { NULL, NULL };
  for (gsize i = 0; i < 2; i++)
    {
      rigs[i] = rig_new (subject, 4, 42, &verdict);
      if (rigs[i] == NULL)
        break;
      keep_trace (rigs[i]);
      for (guint step = 0; step < 40 && rig_step (rigs[i], ROOM); step++)
        if (step == 5 || step == 20)
          rigs[i]->slots->inject (rigs[i]->self, rigs[i]->centre, 0.0);
    }
  if (rigs[1] != NULL)
    {
      verdict = compare (subject, rigs[0], rigs[1], 0);
      if (verdict == FAILED && rigs[0]->fault == NULL && rigs[1]->fault == NULL)
        verdict = failed (subject, "with the same injections two runs differ");
    }
  g_clear_pointer (&rigs[0], rig_free);
  g_clear_pointer (&rigs[1], rig_free);
  return verdict;
}

/* Points are told one by one, the newest, the oldest or the middle one first. */
static Verdict
out_of_order (Subject *subject)
{
  if (!(subject->plugin->capabilities & GLOMPO_CAP_ASYNCHRONOUS))
    return skipped (subject, "not asynchronous");
  for (guint way = 0; way < 3; way++)
    {
      Verdict verdict = PASSED;
      g_autoptr (Rig) rig = rig_prepare (subject, 3, 51, &verdict);
      if (rig == NULL)
        return verdict;
      rig->problem.max_in_flight = 6;
      rig_create (rig);
      while (rig->evaluations < 300 && rig->fault == NULL && !(rig->done && rig->n_out == 0))
        {
          while (rig->n_out < 6 && rig_ask (rig, 2) > 0)
            ;
          if (rig->n_out > 0 && rig->fault == NULL)
            rig_tell (rig, way == 0 ? 0 : way == 1 ? rig->n_out - 1 : rig->n_out / 2, 1);
        }
      if (rig->fault != NULL)
        return failed (subject, "told out of order: %s", rig->fault);
    }
  return PASSED;
}

const Test state_tests[] = {
  { "optimizer.state.save-load", save_load },
  { "optimizer.state.save-load-long", save_load_long },
  { "optimizer.state.truncated", truncated_state },
  { "optimizer.inject.any", inject },
  { "optimizer.inject.repeatable", inject_same_trace },
  { "optimizer.asynchronous.out-of-order", out_of_order },
  { NULL, NULL },
};
