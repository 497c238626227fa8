/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/evaluator.h"

typedef enum { PLACE_FREE, PLACE_READY, PLACE_DONE, PLACE_QUIT } PlaceState;

typedef struct {
  Evaluator *evaluator;
  Task *task; /* borrowed from evaluator->tasks */
  GThread *thread;
  Job *job;
  _Atomic guint state; /* PlaceState */
  EventCount go;
} Place;

struct _Evaluator {
  WorkersChoice kind;
  Space *space;
  EventCount *done;
  guint busy;
  guint n_places;
  Place *places;
  GPtrArray *tasks;
  guint next; /* where to look first for a free or finished place */
};

static gpointer
work (gpointer data)
{
  Place *place = data;
  for (;;)
    {
      uint32_t ticket = eventcount_ticket (&place->go);
      guint state = atomic_load (&place->state);
      if (state == PLACE_QUIT)
        return NULL;
      if (state != PLACE_READY)
        {
          eventcount_wait (&place->go, ticket, -1);
          continue;
        }
      Job *job = place->job;
      task_evaluate (place->task, place->evaluator->space, job->x, job->seed, &job->result);
      atomic_store (&place->state, PLACE_DONE);
      eventcount_signal (place->evaluator->done);
    }
}

static gboolean
start_threads (Evaluator *evaluator, GError **error)
{
  for (guint i = 0; i < evaluator->n_places; i++)
    {
      Place *place = &evaluator->places[i];
      place->thread = g_thread_try_new ("evaluator", work, place, error);
      if (place->thread == NULL)
        {
          g_prefix_error (error, "level 2: evaluator %u of %u: ", i + 1, evaluator->n_places);
          return FALSE;
        }
    }
  return TRUE;
}

Evaluator *
evaluator_new (WorkersChoice kind, guint workers, const TaskRecipe *recipe, Space *space, EventCount *done,
               void (*log) (gpointer data, GlompoLogLevel level, const char *text), gpointer log_data,
               GError **error)
{
  g_autoptr (Evaluator) evaluator = g_new0 (Evaluator, 1);
  evaluator->kind = kind;
  evaluator->space = space_ref (space);
  evaluator->done = done;
  evaluator->n_places = kind == WORKERS_SERIAL ? 1 : workers;
  evaluator->places = g_new0 (Place, evaluator->n_places);
  evaluator->tasks = g_ptr_array_new_with_free_func ((GDestroyNotify) task_free);
  gboolean share = (recipe->plugin->capabilities & GLOMPO_CAP_SHAREABLE) != 0;
  for (guint i = 0; i < evaluator->n_places; i++)
    {
      Task *task = share && i > 0 ? evaluator->places[0].task : task_new (recipe, NULL, log, log_data, error);
      if (task == NULL)
        return NULL;
      if (!share || i == 0)
        g_ptr_array_add (evaluator->tasks, task);
      evaluator->places[i].evaluator = evaluator;
      evaluator->places[i].task = task;
    }
  if (kind != WORKERS_SERIAL && !start_threads (evaluator, error))
    return NULL;
  return g_steal_pointer (&evaluator);
}

void
evaluator_free (Evaluator *evaluator)
{
  if (evaluator == NULL)
    return;
  for (guint i = 0; i < evaluator->n_places; i++)
    {
      Place *place = &evaluator->places[i];
      if (place->thread == NULL)
        continue;
      while (atomic_load (&place->state) == PLACE_READY)
        {
          uint32_t ticket = eventcount_ticket (evaluator->done);
          if (atomic_load (&place->state) == PLACE_READY)
            eventcount_wait (evaluator->done, ticket, -1);
        }
      atomic_store (&place->state, PLACE_QUIT);
      eventcount_signal (&place->go);
      g_thread_join (place->thread);
    }
  g_clear_pointer (&evaluator->tasks, g_ptr_array_unref);
  g_free (evaluator->places);
  space_unref (evaluator->space);
  g_free (evaluator);
}

guint
evaluator_get_places (const Evaluator *evaluator)
{
  return evaluator->n_places;
}

guint
evaluator_get_busy (const Evaluator *evaluator)
{
  return evaluator->busy;
}

Task *
evaluator_get_task (Evaluator *evaluator)
{
  return evaluator->kind == WORKERS_SERIAL ? evaluator->places[0].task : NULL;
}

static Place *
find_place (Evaluator *evaluator, PlaceState state)
{
  for (guint i = 0; i < evaluator->n_places; i++)
    {
      Place *place = &evaluator->places[(evaluator->next + i) % evaluator->n_places];
      if (atomic_load (&place->state) == state)
        {
          evaluator->next = (guint) (place - evaluator->places + 1);
          return place;
        }
    }
  return NULL;
}

void
evaluator_start (Evaluator *evaluator, Job *job)
{
  Place *place = find_place (evaluator, PLACE_FREE);
  g_return_if_fail (place != NULL);
  evaluator->busy++;
  place->job = job;
  if (evaluator->kind == WORKERS_SERIAL)
    {
      task_evaluate (place->task, evaluator->space, job->x, job->seed, &job->result);
      atomic_store (&place->state, PLACE_DONE);
      return;
    }
  atomic_store (&place->state, PLACE_READY);
  eventcount_signal (&place->go);
}

Job *
evaluator_take (Evaluator *evaluator)
{
  Place *place = evaluator->busy > 0 ? find_place (evaluator, PLACE_DONE) : NULL;
  if (place == NULL)
    return NULL;
  atomic_store (&place->state, PLACE_FREE);
  evaluator->busy--;
  return place->job;
}
