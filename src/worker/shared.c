/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/shared.h"
#include <math.h>
#include <stdalign.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#define LINE 64u

struct _SharedPlace {
  alignas (LINE) _Atomic uint32_t state;
  _Atomic uint32_t dead;
  _Atomic int32_t how;
  _Atomic int32_t status;
  EventCount go;
  _Atomic int64_t since;
  _Atomic uint64_t completed;
  uint64_t seed;
  double f;
  double numbers[]; /* x, extras, residuals, gradient */
};

SharedShape
shared_shape (const Space *space, gboolean gradients)
{
  return (SharedShape){ space->n, space->extras_size, space->n_residuals, gradients };
}

static gsize
place_size (const SharedShape *shape)
{
  gsize numbers = shape->n + shape->extras_size + shape->n_residuals + (shape->gradients ? shape->n : 0);
  return (sizeof (SharedPlace) + numbers * sizeof (double) + LINE - 1) / LINE * LINE;
}

gsize
shared_memory_size (const SharedShape *shape, guint places)
{
  return place_size (shape) * places;
}

SharedPlace *
shared_place (void *memory, const SharedShape *shape, guint index)
{
  return (SharedPlace *) ((guint8 *) memory + place_size (shape) * index);
}

gboolean
shared_is_dead (const SharedPlace *place)
{
  return atomic_load (&place->dead) != 0;
}

SharedState
shared_get_state (const SharedPlace *place)
{
  uint32_t state = atomic_load (&place->state);
  /* The driver may have put a point here just before it could know that nobody will come for it. */
  return state == SHARED_READY && shared_is_dead (place) ? SHARED_LEFT : state;
}

void
shared_start (SharedPlace *place, const SharedShape *shape, const double *x, guint64 seed)
{
  memcpy (place->numbers, x, shape->n * sizeof *x);
  place->seed = seed;
  atomic_store (&place->state, SHARED_READY);
  eventcount_signal (&place->go);
}

/* Copies n numbers from the place, or fills with NaN; nothing where there is no room. Returns what is next. */
static const double *
copy_or_nan (double *out, const double *from, gsize n, gboolean good)
{
  for (gsize i = 0; out != NULL && i < n; i++)
    out[i] = good ? from[i] : NAN;
  return from + n;
}

SharedState
shared_take (SharedPlace *place, const SharedShape *shape, TaskResult *result, gint32 *out_how)
{
  SharedState state = shared_get_state (place);
  double f = place->f;
  gint32 status = atomic_load (&place->status);
  *out_how = atomic_load (&place->how);
  if (state == SHARED_LOST || state == SHARED_LEFT)
    status = *out_how == SHARED_TIMED_OUT ? GLOMPO_STATUS_TIMED_OUT : GLOMPO_STATUS_FAILED;
  else if (status < GLOMPO_STATUS_EVALUATED || status > GLOMPO_STATUS_TIMED_OUT
           || (status == GLOMPO_STATUS_EVALUATED && !isfinite (f)))
    status = GLOMPO_STATUS_FAILED;
  gboolean good = status == GLOMPO_STATUS_EVALUATED;
  result->status = status;
  result->f = good ? f : INFINITY;
  const double *next = place->numbers + shape->n;
  next = copy_or_nan (result->extras, next, shape->extras_size, good);
  next = copy_or_nan (result->residuals, next, shape->n_residuals, good);
  if (shape->gradients)
    copy_or_nan (result->gradient, next, shape->n, good);
  atomic_store (&place->state, SHARED_FREE);
  return state;
}

void
shared_evaluate (SharedPlace *place, const SharedShape *shape, Task *task, const Space *space, EventCount *done)
{
  double *extras = place->numbers + shape->n;
  double *residuals = extras + shape->extras_size;
  double *gradient = residuals + shape->n_residuals;
  for (;;)
    {
      uint32_t ticket = eventcount_ticket (&place->go);
      if (atomic_load (&place->state) != SHARED_READY)
        {
          eventcount_wait (&place->go, ticket, -1);
          continue;
        }
      TaskResult result = { .extras = shape->extras_size > 0 ? extras : NULL,
                            .residuals = shape->n_residuals > 0 ? residuals : NULL,
                            .gradient = shape->gradients ? gradient : NULL };
      atomic_store (&place->since, g_get_monotonic_time ());
      atomic_store (&place->state, SHARED_RUNNING);
      task_evaluate (task, space, place->numbers, place->seed, &result);
      fflush (stdout); /* this process is killed when its optimizer has ended */
      place->f = result.f;
      atomic_store (&place->status, result.status);
      atomic_store (&place->since, 0);
      atomic_fetch_add (&place->completed, 1);
      atomic_store (&place->state, SHARED_DONE);
      eventcount_signal (done);
    }
}

void
shared_lose (SharedPlace *place, gint32 how, gboolean dead, EventCount *done)
{
  atomic_store (&place->how, how);
  if (dead)
    atomic_store (&place->dead, 1);
  atomic_store (&place->since, 0);
  uint32_t state = atomic_load (&place->state);
  gboolean begun = state == SHARED_RUNNING;
  /* A point that no evaluator has begun waits for the next one, if there will be one. */
  if (begun || (state == SHARED_READY && dead))
    /* Unless the driver has taken it back meanwhile: a lost point that nobody waits for would keep the place
     * from being known as dead. */
    atomic_compare_exchange_strong (&place->state, &state, begun && how != SHARED_GONE ? SHARED_LOST : SHARED_LEFT);
  eventcount_signal (done);
}

gint32
shared_get_how (const SharedPlace *place)
{
  return atomic_load (&place->how);
}

gint64
shared_running_since (const SharedPlace *place)
{
  return atomic_load (&place->since);
}

guint64
shared_completed (const SharedPlace *place)
{
  return atomic_load (&place->completed);
}

char *
shared_describe (gint32 how)
{
  if (how == SHARED_TIMED_OUT)
    return g_strdup ("took longer than evaluation_timeout and was killed");
  if (how == SHARED_GONE)
    return g_strdup ("was lost with the supervisor, or could not be started");
  if (WIFSIGNALED (how))
    return g_strdup_printf ("was killed by signal %d (%s)%s", WTERMSIG (how), g_strsignal (WTERMSIG (how)),
                            WTERMSIG (how) == 9 ? ", perhaps for lack of memory" : "");
  return g_strdup_printf ("exited in mid-run with code %d", WEXITSTATUS (how));
}
