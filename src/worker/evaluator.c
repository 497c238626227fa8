/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/evaluator.h"
#include "base/prompt.h"
#include "worker/channel.h"

typedef struct {
  Job *job;           /* NULL: none */
  DeskSign own;
  DeskSign *sign;     /* it, or that of shared */
  SharedDesk *shared; /* WORKERS_PROCESSES */
  MeterStay stay;     /* WORKERS_PROCESSES */
} Desk;

typedef struct {
  Evaluator *evaluator;
  Task *task;          /* borrowed from evaluator->tasks */
  SharedPlace *shared; /* WORKERS_PROCESSES: instead of task and thread */
  GThread *thread;
  _Atomic gboolean quit;
  guint n_jobs;
  /* Of the first of EVENTCOUNT_BITS places, for all of them. */
  EventCount own_go;
  EventCount *go;   /* it, or that of shared; each sleeps under the bit of its index */
  guint32 called;   /* bits of places where jobs were laid since they were called */
  Desk desks[DESKS];
} Place;

struct _Evaluator {
  EvaluatorSetting setting;
  SharedShape shape; /* WORKERS_PROCESSES */
  guint busy;
  guint queued; /* places with more than one job: the second may wait there */
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

static void
evaluate_or_leave (Place *place, Desk *desk)
{
  const Channel *channel = place->evaluator->setting.channel;
  if (!desk_is_wanted (desk->sign, channel))
    {
      desk_hand_back (desk->sign, DESK_LEFT, channel);
      return;
    }
  evaluate (place->evaluator, place->task, desk->job);
  /* Before it is taken back, which may be long after: the optimizer may be thinking. */
  guint64 word = channel_longest_word (desk->job->number, 1);
  atomic_compare_exchange_strong (channel_longest (channel), &word, 0);
  desk_hand_back (desk->sign, DESK_DONE, channel);
}

static gsize
index_of (const Place *place)
{
  return (gsize) (place - place->evaluator->places);
}

static Place *
first_of (Place *place)
{
  return place - index_of (place) % EVENTCOUNT_BITS;
}

static gpointer
work (gpointer data)
{
  Place *place = data;
  EventCount *go = first_of (place)->go;
  DeskSign *const signs[DESKS] = { place->desks[0].sign, place->desks[1].sign };
  prompt_from_now_on ();
  for (;;)
    {
      uint32_t ticket = eventcount_ticket (go);
      gint at = desk_begin (signs);
      if (at >= 0)
        evaluate_or_leave (place, &place->desks[at]);
      else if (atomic_load (&place->quit))
        return NULL;
      else
        eventcount_wait_under (go, ticket, EVENTCOUNT_BIT (index_of (place)));
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

static void
set_up_place (Evaluator *evaluator, guint i)
{
  const EvaluatorSetting *setting = &evaluator->setting;
  Place *place = &evaluator->places[i];
  place->evaluator = evaluator;
  if (setting->kind == WORKERS_PROCESSES)
    place->shared = shared_place (setting->shared, &evaluator->shape, i);
  place->go = place->shared != NULL ? shared_go (place->shared) : &place->own_go;
  for (guint k = 0; k < DESKS; k++)
    {
      Desk *desk = &place->desks[k];
      desk->shared = place->shared != NULL ? shared_desk (place->shared, &evaluator->shape, k) : NULL;
      desk->sign = desk->shared != NULL ? shared_sign (desk->shared) : &desk->own;
    }
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
    set_up_place (evaluator, i);
  if (setting->kind != WORKERS_PROCESSES && !make_tasks (evaluator, error))
    return NULL;
  if (setting->kind == WORKERS_THREADS && !start_threads (evaluator, error))
    return NULL;
  return g_steal_pointer (&evaluator);
}

/* Each ends when all its jobs are done. */
static void
end_threads (Evaluator *evaluator)
{
  for (guint i = 0; i < evaluator->n_places; i++)
    atomic_store (&evaluator->places[i].quit, TRUE);
  for (guint i = 0; i < evaluator->n_places; i += EVENTCOUNT_BITS)
    eventcount_signal (evaluator->places[i].go);
  for (guint i = 0; i < evaluator->n_places; i++)
    if (evaluator->places[i].thread != NULL)
      g_thread_join (evaluator->places[i].thread);
}

void
evaluator_free (Evaluator *evaluator)
{
  if (evaluator == NULL)
    return;
  if (evaluator->setting.kind == WORKERS_THREADS)
    end_threads (evaluator);
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

static gboolean
is_dead (const Place *place)
{
  return place->shared != NULL && shared_is_dead (place->shared);
}

guint64
evaluator_get_longest (const Evaluator *evaluator)
{
  guint64 least = 0;
  if (evaluator->setting.kind != WORKERS_THREADS)
    return 0;
  for (guint i = 0; i < evaluator->n_places; i++)
    for (guint k = 0; k < DESKS; k++)
      {
        const Desk *desk = &evaluator->places[i].desks[k];
        if (desk->job != NULL && desk_state (desk->sign) < DESK_DONE && (least == 0 || desk->job->number < least))
          least = desk->job->number;
      }
  return least;
}

/* The first place with so many jobs that somebody works at. */
static Place *
find_place (Evaluator *evaluator, guint n_jobs)
{
  if (n_jobs == 0 && evaluator->busy - evaluator->queued == evaluator->n_places)
    return NULL; /* all have one */
  for (guint i = 0; i < evaluator->n_places; i++)
    {
      Place *place = &evaluator->places[(evaluator->freed + i) % evaluator->n_places];
      if (place->n_jobs == n_jobs && !is_dead (place))
        return place;
    }
  return NULL;
}

gboolean
evaluator_has_room (Evaluator *evaluator)
{
  return find_place (evaluator, 0) != NULL;
}

gboolean
evaluator_has_queue (Evaluator *evaluator)
{
  WorkersChoice kind = evaluator->setting.kind;
  /* Of a job in a process that waits it is not known when it is begun. */
  gboolean can = kind != WORKERS_SERIAL && !(kind == WORKERS_PROCESSES && is_measured (evaluator));
  return can && evaluator->queued < evaluator->n_places && find_place (evaluator, 1) != NULL;
}

gboolean
evaluator_is_full (const Evaluator *evaluator)
{
  return evaluator->queued == evaluator->n_places;
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
    if (evaluator->places[i].n_jobs > 0 || !is_dead (&evaluator->places[i]))
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

/* The job goes there: onto a desk that is free. */
static void
put (Evaluator *evaluator, Place *place, Job *job)
{
  Desk *desk = place->desks;
  while (desk->job != NULL)
    desk++;
  desk->job = job;
  evaluator->queued += place->n_jobs++ == 1;
  if (evaluator->setting.kind == WORKERS_SERIAL)
    {
      evaluator_run (evaluator, job);
      atomic_store (&desk->sign->state, DESK_DONE);
      return;
    }
  if (place->shared != NULL)
    {
      if (is_measured (evaluator))
        meter_enter (evaluator->setting.meter, &desk->stay, FALSE);
      shared_start (place->shared, desk->shared, &evaluator->shape, job->x, job->seed, job->number, job->obeys);
    }
  else
    desk_lay (desk->sign, job->number, job->obeys);
  first_of (place)->called |= EVENTCOUNT_BIT (index_of (place));
}

static Place *
choose_place (Evaluator *evaluator)
{
  Place *place = NULL;
  for (guint n_jobs = 0; n_jobs < DESKS && place == NULL; n_jobs++)
    place = find_place (evaluator, n_jobs);
  /* All died since the driver looked: what is laid there comes back as left. */
  for (guint i = 0; i < evaluator->n_places && place == NULL; i++)
    if (evaluator->places[i].n_jobs < DESKS)
      place = &evaluator->places[i];
  return place;
}

void
evaluator_start (Evaluator *evaluator, Job *job)
{
  Place *place = choose_place (evaluator);
  g_return_if_fail (place != NULL);
  evaluator->freed = (guint) (place - evaluator->places) + 1;
  evaluator->busy++;
  if (evaluator->setting.kind != WORKERS_SERIAL)
    tally_hand_out (channel_tally (evaluator->setting.channel), 1);
  put (evaluator, place, job);
}

void
evaluator_call (Evaluator *evaluator)
{
  for (guint i = 0; i < evaluator->n_places; i += EVENTCOUNT_BITS)
    {
      Place *first = &evaluator->places[i];
      if (first->called != 0)
        eventcount_signal_under (first->go, first->called);
      first->called = 0;
    }
}

/* Frees the desk. */
static Job *
clear (Evaluator *evaluator, Place *place, Desk *desk)
{
  if (desk->stay.counted)
    meter_leave (evaluator->setting.meter, &desk->stay);
  evaluator->queued -= --place->n_jobs == 1;
  return g_steal_pointer (&desk->job);
}

/* Takes a job back that lies there and was not begun, NULL: there is none. */
static Job *
withdraw (Evaluator *evaluator, Place *place)
{
  for (Desk *desk = place->desks; desk < place->desks + DESKS; desk++)
    if (desk->job != NULL && desk_withdraw (desk->sign))
      return clear (evaluator, place, desk);
  return NULL;
}

/* One of those that wait behind others, or NULL. */
static Job *
steal (Evaluator *evaluator)
{
  Job *job = NULL;
  for (guint i = 0; i < evaluator->n_places && job == NULL; i++)
    if (evaluator->places[i].n_jobs > 1)
      job = withdraw (evaluator, &evaluator->places[i]);
  return job;
}

void
evaluator_balance (Evaluator *evaluator)
{
  if (evaluator->queued == 0 || !evaluator_may_start (evaluator))
    return;
  for (guint i = 0; i < evaluator->n_places && evaluator->queued > 0; i++)
    {
      Place *place = &evaluator->places[i];
      Job *job = place->n_jobs == 0 && !is_dead (place) ? steal (evaluator) : NULL;
      if (job != NULL)
        put (evaluator, place, job);
    }
}

Job *
evaluator_recall (Evaluator *evaluator)
{
  Job *job = evaluator->queued > 0 ? steal (evaluator) : NULL;
  if (job == NULL)
    return NULL;
  evaluator->busy--;
  tally_hand_out (channel_tally (evaluator->setting.channel), -1);
  job->left = TRUE;
  return job;
}

static void
take_shared (Evaluator *evaluator, Place *place, Desk *desk)
{
  gint32 how;
  DeskState state = shared_take (place->shared, desk->shared, &evaluator->shape, &desk->job->result, &how);
  desk->job->left = state == DESK_LEFT;
  if (state != DESK_LOST)
    return;
  g_autofree char *why = shared_describe (how);
  g_autofree char *text = g_strdup_printf ("evaluation failed: its process %s", why);
  evaluator->setting.log (evaluator->setting.log_data, GLOMPO_LOG_WARNING, text);
}

static gboolean
has_ended (const Place *place, const Desk *desk)
{
  if (desk->job == NULL)
    return FALSE;
  return desk->shared != NULL ? shared_has_ended (place->shared, desk->shared) : desk_state (desk->sign) >= DESK_DONE;
}

/* A desk there whose job came to an end, or NULL. */
static Desk *
find_ended (Place *place)
{
  for (Desk *desk = place->desks; place->n_jobs > 0 && desk < place->desks + DESKS; desk++)
    if (has_ended (place, desk))
      return desk;
  return NULL;
}

Job *
evaluator_take (Evaluator *evaluator)
{
  for (guint i = 0; evaluator->busy > 0 && i < evaluator->n_places; i++)
    {
      guint at = (evaluator->taken + i) % evaluator->n_places;
      Place *place = &evaluator->places[at];
      Desk *desk = find_ended (place);
      if (desk == NULL)
        continue;
      evaluator->freed = at;
      evaluator->taken = at + 1;
      evaluator->busy--;
      if (place->shared != NULL)
        take_shared (evaluator, place, desk);
      else
        desk->job->left = desk_state (desk->sign) == DESK_LEFT;
      atomic_store (&desk->sign->state, DESK_FREE);
      if (evaluator->busy == 0)
        tally_settle (channel_tally (evaluator->setting.channel));
      return clear (evaluator, place, desk);
    }
  return NULL;
}
