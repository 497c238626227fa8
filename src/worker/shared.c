/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/shared.h"
#include "base/prompt.h"
#include <math.h>
#include <stdalign.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#define LINE 64u

struct _SharedDesk {
  alignas (LINE) DeskSign sign;
  _Atomic int32_t status;
  _Atomic int32_t how; /* the evaluator died that had begun it */
  uint64_t seed;
  double f;
  double numbers[]; /* x, extras, residuals, gradient */
};

/* Its desks are behind it. */
struct _SharedPlace {
  alignas (LINE) EventCount go; /* of the first of EVENTCOUNT_BITS places: for all of them */
  _Atomic uint32_t dead;
  _Atomic int32_t how;
  _Atomic int64_t since;
  _Atomic uint64_t completed;
};

SharedShape
shared_shape (const Space *space, gboolean gradients)
{
  return (SharedShape){ space->n, space->extras_size, space->n_residuals, gradients };
}

static gsize
desk_size (const SharedShape *shape)
{
  gsize numbers = shape->n + shape->extras_size + shape->n_residuals + (shape->gradients ? shape->n : 0);
  return (sizeof (SharedDesk) + numbers * sizeof (double) + LINE - 1) / LINE * LINE;
}

static gsize
place_size (const SharedShape *shape)
{
  return sizeof (SharedPlace) + DESKS * desk_size (shape);
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

SharedDesk *
shared_desk (SharedPlace *place, const SharedShape *shape, guint index)
{
  return (SharedDesk *) ((guint8 *) (place + 1) + desk_size (shape) * index);
}

EventCount *
shared_go (SharedPlace *place)
{
  return &place->go;
}

gboolean
shared_is_dead (const SharedPlace *place)
{
  return atomic_load (&place->dead) != 0;
}

DeskSign *
shared_sign (SharedDesk *desk)
{
  return &desk->sign;
}

static DeskState
state_of (const SharedPlace *place, const SharedDesk *desk)
{
  DeskState state = desk_state (&desk->sign);
  /* The driver may have put a point here just before it could know that nobody will come for it. */
  return state == DESK_READY && shared_is_dead (place) ? DESK_LEFT : state;
}

gboolean
shared_has_ended (const SharedPlace *place, const SharedDesk *desk)
{
  return state_of (place, desk) >= DESK_DONE;
}

void
shared_start (SharedPlace *place, SharedDesk *desk, const SharedShape *shape, const double *x, guint64 seed,
              guint64 number, gboolean obeys)
{
  memcpy (desk->numbers, x, shape->n * sizeof *x);
  desk->seed = seed;
  desk_lay (&desk->sign, number, obeys);
}

/* Copies n numbers from the place, or fills with NaN; nothing where there is no room. Returns what is next. */
static const double *
copy_or_nan (double *out, const double *from, gsize n, gboolean good)
{
  for (gsize i = 0; out != NULL && i < n; i++)
    out[i] = good ? from[i] : NAN;
  return from + n;
}

DeskState
shared_take (SharedPlace *place, SharedDesk *desk, const SharedShape *shape, TaskResult *result, gint32 *out_how)
{
  DeskState state = state_of (place, desk);
  double f = desk->f;
  gint32 status = atomic_load (&desk->status);
  *out_how = atomic_load (&desk->how);
  if (state == DESK_LOST || state == DESK_LEFT)
    status = *out_how == SHARED_TIMED_OUT ? GLOMPO_STATUS_TIMED_OUT : GLOMPO_STATUS_FAILED;
  else if (status < GLOMPO_STATUS_EVALUATED || status > GLOMPO_STATUS_TIMED_OUT
           || (status == GLOMPO_STATUS_EVALUATED && !isfinite (f)))
    status = GLOMPO_STATUS_FAILED;
  gboolean good = status == GLOMPO_STATUS_EVALUATED;
  result->status = status;
  result->f = good ? f : INFINITY;
  const double *next = desk->numbers + shape->n;
  next = copy_or_nan (result->extras, next, shape->extras_size, good);
  next = copy_or_nan (result->residuals, next, shape->n_residuals, good);
  if (shape->gradients)
    copy_or_nan (result->gradient, next, shape->n, good);
  return state;
}

/* The point on the desk, as the evaluator. */
static void
evaluate (SharedDesk *desk, const SharedShape *shape, Task *task, const Space *space)
{
  double *extras = desk->numbers + shape->n;
  double *residuals = extras + shape->extras_size;
  double *gradient = residuals + shape->n_residuals;
  TaskResult result = { .extras = shape->extras_size > 0 ? extras : NULL,
                        .residuals = shape->n_residuals > 0 ? residuals : NULL,
                        .gradient = shape->gradients ? gradient : NULL };
  task_evaluate (task, space, desk->numbers, desk->seed, &result);
  fflush (stdout); /* this process is killed when its optimizer has ended */
  desk->f = result.f;
  atomic_store (&desk->status, result.status);
}

void
shared_evaluate (void *memory, guint index, const SharedShape *shape, Task *task, const Space *space,
                 const Channel *channel)
{
  SharedPlace *place = shared_place (memory, shape, index);
  SharedDesk *desks[DESKS] = { shared_desk (place, shape, 0), shared_desk (place, shape, 1) };
  DeskSign *const signs[DESKS] = { &desks[0]->sign, &desks[1]->sign };
  EventCount *go = shared_go (shared_place (memory, shape, index - index % EVENTCOUNT_BITS));
  prompt_from_now_on ();
  for (;;)
    {
      uint32_t ticket = eventcount_ticket (go);
      atomic_store (&place->since, g_get_monotonic_time ());
      gint at = desk_begin (signs);
      gboolean wanted = at >= 0 && desk_is_wanted (signs[at], channel);
      if (wanted)
        evaluate (desks[at], shape, task, space);
      atomic_store (&place->since, 0);
      if (wanted)
        atomic_fetch_add (&place->completed, 1);
      if (at >= 0)
        desk_hand_back (signs[at], wanted ? DESK_DONE : DESK_LEFT, channel);
      else
        eventcount_wait_under (go, ticket, EVENTCOUNT_BIT (index));
    }
}

gboolean
shared_is_at_work (SharedPlace *place, const SharedShape *shape)
{
  for (guint i = 0; i < DESKS; i++)
    if (desk_state (&shared_desk (place, shape, i)->sign) == DESK_RUNNING)
      return TRUE;
  return FALSE;
}

void
shared_lose (SharedPlace *place, const SharedShape *shape, gint32 how, gboolean dead, const Channel *channel)
{
  atomic_store (&place->how, how);
  if (dead)
    atomic_store (&place->dead, 1);
  atomic_store (&place->since, 0);
  for (guint i = 0; i < DESKS; i++)
    {
      SharedDesk *desk = shared_desk (place, shape, i);
      DeskState state = desk_state (&desk->sign);
      gboolean begun = state == DESK_RUNNING;
      /* A point that no evaluator has begun waits for the next one, if there will be one. */
      if (!begun && !(state == DESK_READY && dead))
        continue;
      atomic_store (&desk->how, how);
      tally_finish (channel_tally (channel));
      /* Unless the driver has taken it back meanwhile: a lost point that nobody waits for would keep the place
       * from being known as dead. */
      desk_change (&desk->sign, state, begun && how != SHARED_GONE ? DESK_LOST : DESK_LEFT);
    }
  tally_signal (channel_tally (channel), channel_event (channel));
}

gint32
shared_get_how (const SharedPlace *place)
{
  return atomic_load (&place->how);
}

void
shared_begin_to_make (SharedPlace *place)
{
  atomic_store (&place->since, -g_get_monotonic_time ());
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
  if (how == SHARED_UNMADE)
    return g_strdup ("was not made within task_timeout and was killed");
  if (how == SHARED_GONE)
    return g_strdup ("was lost with the supervisor, or could not be started");
  if (WIFSIGNALED (how))
    return g_strdup_printf (SHARED_CRASHED "%d (%s)%s", WTERMSIG (how), g_strsignal (WTERMSIG (how)),
                            WTERMSIG (how) == 9 ? ", perhaps for lack of memory" : "");
  return g_strdup_printf ("exited in mid-run with code %d", WEXITSTATUS (how));
}
