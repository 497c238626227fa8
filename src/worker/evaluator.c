/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/evaluator.h"
#include "worker/channel.h"

typedef enum { PLACE_FREE, PLACE_READY, PLACE_DONE, PLACE_QUIT } PlaceState;

typedef struct {
  Evaluator *evaluator;
  Task *task;          /* borrowed from evaluator->tasks */
  SharedPlace *shared; /* WORKERS_PROCESSES: instead of task and thread */
  GThread *thread;
  Job *job;
  _Atomic guint state; /* PlaceState */
  EventCount go;
  MeterStay stay; /* WORKERS_PROCESSES */
} Place;

struct _Evaluator {
  EvaluatorSetting setting;
  SharedShape shape; /* WORKERS_PROCESSES */
  guint busy;
  guint n_places;
  Place *places;
  GPtrArray *tasks;
  _Atomic gboolean slow;
  guint freed, taken; /* where to look first for a free place, and for a finished one */
};

static gboolean
is_measured (Evaluator *evaluator)
{
  Meter *meter = evaluator->setting.meter;
  return meter != NULL && atomic_load_explicit (&evaluator->slow, memory_order_relaxed) && meter_is_on (meter);
}

static void
evaluate (Evaluator *evaluator, Task *task, Job *job)
{
  MeterStay stay;
  gboolean measured = is_measured (evaluator);
  if (measured)
    meter_enter (evaluator->setting.meter, &stay, TRUE);
  task_evaluate (task, evaluator->setting.space, job->x, job->seed, &job->result);
  if (measured)
    meter_leave (evaluator->setting.meter, &stay);
}

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
      evaluate (place->evaluator, place->task, job);
      /* Before it is taken back, which may be long after: the optimizer may be thinking. */
      guint64 word = channel_longest_word (job->number, 1);
      atomic_compare_exchange_strong (place->evaluator->setting.longest, &word, 0);
      atomic_store (&place->state, PLACE_DONE);
      eventcount_signal (place->evaluator->setting.done);
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

/* The directory of one evaluator. (transfer full) */
static char *
directory_of (const EvaluatorSetting *setting, guint i)
{
  if (setting->directory == NULL || setting->kind == WORKERS_SERIAL)
    return g_strdup (setting->directory);
  return g_strdup_printf ("%s-%u", setting->directory, i + 1);
}

static gboolean
make_tasks (Evaluator *evaluator, GError **error)
{
  const EvaluatorSetting *setting = &evaluator->setting;
  gboolean share = (setting->recipe.plugin->capabilities & GLOMPO_CAP_SHAREABLE) != 0;
  for (guint i = 0; i < evaluator->n_places; i++)
    {
      g_autofree char *directory = directory_of (setting, i);
      Task *task = share && i > 0
                       ? evaluator->places[0].task
                       : task_new (&setting->recipe, directory, setting->log, setting->log_data, error);
      if (task == NULL)
        return FALSE;
      task->host.should_stop = setting->should_stop;
      if (!share || i == 0)
        g_ptr_array_add (evaluator->tasks, task);
      evaluator->places[i].task = task;
    }
  return TRUE;
}

Evaluator *
evaluator_new (const EvaluatorSetting *setting, GError **error)
{
  g_autoptr (Evaluator) evaluator = g_new0 (Evaluator, 1);
  evaluator->setting = *setting;
  evaluator->shape = shared_shape (setting->space, setting->gradients);
  evaluator->n_places = setting->kind == WORKERS_SERIAL ? 1 : setting->workers;
  evaluator->places = g_new0 (Place, evaluator->n_places);
  evaluator->tasks = g_ptr_array_new_with_free_func ((GDestroyNotify) task_free);
  for (guint i = 0; i < evaluator->n_places; i++)
    {
      evaluator->places[i].evaluator = evaluator;
      if (setting->kind == WORKERS_PROCESSES)
        evaluator->places[i].shared = shared_place (setting->shared, &evaluator->shape, i);
    }
  if (setting->kind != WORKERS_PROCESSES && !make_tasks (evaluator, error))
    return NULL;
  if (setting->kind == WORKERS_THREADS && !start_threads (evaluator, error))
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
          uint32_t ticket = eventcount_ticket (evaluator->setting.done);
          if (atomic_load (&place->state) == PLACE_READY)
            eventcount_wait (evaluator->setting.done, ticket, -1);
        }
      atomic_store (&place->state, PLACE_QUIT);
      eventcount_signal (&place->go);
      g_thread_join (place->thread);
    }
  g_clear_pointer (&evaluator->tasks, g_ptr_array_unref);
  g_free (evaluator->places);
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
  return evaluator->setting.kind == WORKERS_SERIAL ? evaluator->places[0].task : NULL;
}

static PlaceState
get_state (const Place *place)
{
  if (place->shared == NULL)
    return atomic_load (&place->state);
  switch (shared_get_state (place->shared))
    {
    case SHARED_FREE:
      return shared_is_dead (place->shared) ? PLACE_QUIT : PLACE_FREE;
    case SHARED_DONE:
    case SHARED_LOST:
    case SHARED_LEFT:
      return PLACE_DONE;
    default:
      return PLACE_READY;
    }
}

guint64
evaluator_get_longest (const Evaluator *evaluator)
{
  guint64 least = 0;
  for (guint i = 0; evaluator->setting.kind == WORKERS_THREADS && i < evaluator->n_places; i++)
    {
      const Place *place = &evaluator->places[i];
      if (place->job != NULL && get_state (place) == PLACE_READY && (least == 0 || place->job->number < least))
        least = place->job->number;
    }
  return least;
}

/* The first place in a state, from that one on. */
static Place *
find_place (Evaluator *evaluator, PlaceState state, guint from)
{
  for (guint i = 0; i < evaluator->n_places; i++)
    {
      Place *place = &evaluator->places[(from + i) % evaluator->n_places];
      if (get_state (place) == state && (state != PLACE_DONE || place->job != NULL))
        return place;
    }
  return NULL;
}

gboolean
evaluator_has_room (Evaluator *evaluator)
{
  return find_place (evaluator, PLACE_FREE, evaluator->freed) != NULL;
}

gboolean
evaluator_may_start (Evaluator *evaluator)
{
  return evaluator->setting.kind != WORKERS_PROCESSES || evaluator->busy == 0 || !is_measured (evaluator)
         || !meter_is_closed (evaluator->setting.meter);
}

void
evaluator_set_slow (Evaluator *evaluator, gboolean slow)
{
  atomic_store_explicit (&evaluator->slow, slow, memory_order_relaxed);
}

guint32
evaluator_get_concurrency (const Evaluator *evaluator)
{
  const Task *task = evaluator->places[0].task;
  if (task == NULL)
    return 0;
  const GlompoTaskVTable *table = task->plugin->task;
  return table->concurrency != NULL ? table->concurrency (task->self) : task->plugin->concurrency;
}

void
evaluator_run (Evaluator *evaluator, Job *job)
{
  evaluate (evaluator, evaluator->places[0].task, job);
}

gboolean
evaluator_is_dead (const Evaluator *evaluator)
{
  for (guint i = 0; i < evaluator->n_places; i++)
    if (get_state (&evaluator->places[i]) != PLACE_QUIT)
      return FALSE;
  return TRUE;
}

gboolean
evaluator_was_alive (const Evaluator *evaluator)
{
  gboolean found = FALSE;
  for (guint i = 0; i < evaluator->n_places; i++)
    found |= shared_completed (evaluator->places[i].shared) > 0;
  return found;
}

char *
evaluator_describe_death (const Evaluator *evaluator)
{
  return shared_describe (shared_get_how (evaluator->places[0].shared));
}

void
evaluator_start (Evaluator *evaluator, Job *job)
{
  Place *place = find_place (evaluator, PLACE_FREE, evaluator->freed);
  g_return_if_fail (place != NULL);
  evaluator->freed = (guint) (place - evaluator->places) + 1;
  evaluator->busy++;
  place->job = job;
  if (place->shared != NULL)
    {
      if (is_measured (evaluator))
        meter_enter (evaluator->setting.meter, &place->stay, FALSE);
      shared_start (place->shared, &evaluator->shape, job->x, job->seed);
      return;
    }
  if (evaluator->setting.kind == WORKERS_SERIAL)
    {
      evaluator_run (evaluator, job);
      atomic_store (&place->state, PLACE_DONE);
      return;
    }
  atomic_store (&place->state, PLACE_READY);
  eventcount_signal (&place->go);
}

static void
take_shared (Evaluator *evaluator, Place *place)
{
  gint32 how;
  SharedState state = shared_take (place->shared, &evaluator->shape, &place->job->result, &how);
  place->job->left = state == SHARED_LEFT;
  if (state != SHARED_LOST)
    return;
  g_autofree char *why = shared_describe (how);
  g_autofree char *text = g_strdup_printf ("evaluation failed: its process %s", why);
  evaluator->setting.log (evaluator->setting.log_data, GLOMPO_LOG_WARNING, text);
}

Job *
evaluator_take (Evaluator *evaluator)
{
  Place *place = evaluator->busy > 0 ? find_place (evaluator, PLACE_DONE, evaluator->taken) : NULL;
  if (place == NULL)
    return NULL;
  evaluator->freed = (guint) (place - evaluator->places);
  evaluator->taken = evaluator->freed + 1;
  if (place->shared != NULL)
    {
      if (place->stay.counted)
        meter_leave (evaluator->setting.meter, &place->stay);
      take_shared (evaluator, place);
    }
  else
    atomic_store (&place->state, PLACE_FREE);
  evaluator->busy--;
  return g_steal_pointer (&place->job);
}
