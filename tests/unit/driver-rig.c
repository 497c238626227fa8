/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "driver-rig-plugins.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

Rig *
rig_new (void)
{
  Rig *rig = g_new0 (Rig, 1);
  rig->optimizer = (OptimizerScript){ .limit = 12, .batch = 4, .reason_text = "" };
  rig->optimizer.told = g_array_new (FALSE, FALSE, sizeof (Told));
  rig->task.n = 2;
  rig->task.fail_above = INFINITY;
  rig->workers = 1;
  rig->id = 1;
  rig->run_seed = 5;
  g_mutex_init (&rig->task.lock);
  g_cond_init (&rig->task.moved);
  rig->seen = g_array_new (FALSE, FALSE, sizeof (Seen));
  rig->breaches = g_ptr_array_new_with_free_func (g_free);
  rig_fill_plugins (rig);
  return rig;
}

void
rig_free (Rig *rig)
{
  for (guint i = 0; i < rig->seen->len; i++)
    g_free (g_array_index (rig->seen, Seen, i).text);
  g_array_unref (rig->seen);
  g_array_unref (rig->optimizer.told);
  g_ptr_array_unref (rig->breaches);
  channel_close (&rig->manager);
  space_unref (rig->spec.space);
  options_unref (rig->group.options);
  g_free (rig->spec.x0);
  free (rig->memory);
  free (rig->shared);
  g_mutex_clear (&rig->task.lock);
  g_cond_clear (&rig->task.moved);
  g_free (rig);
}

static gpointer
drive (gpointer data)
{
  Rig *rig = data;
  driver_run (&rig->spec, &rig->worker);
  channel_close (&rig->worker);
  return NULL;
}

/* Zeroed. */
static gpointer
make_memory (gsize size)
{
  gpointer memory = aligned_alloc (64, (size + 63) / 64 * 64);
  return memset (memory, 0, size);
}

static void
open_channel (Rig *rig)
{
  const Space *space = rig->spec.space;
  rig->memory = make_memory (channel_memory_size (space->n, space->extras_size));
  channel_memory_init (rig->memory, space->n, space->extras_size);
  channel_open (&rig->manager, rig->memory, space->n, space->extras_size, -1);
  channel_open (&rig->worker, rig->memory, space->n, space->extras_size, -1);
}

static void
make_places (Rig *rig)
{
  rig->shape = shared_shape (rig->spec.space, FALSE);
  rig->shared = make_memory (shared_memory_size (&rig->shape, rig->workers));
  rig->spec.workers_backend = WORKERS_PROCESSES;
  rig->spec.shared = rig->shared;
}

static void
prepare (Rig *rig)
{
  g_autoptr (GError) error = NULL;
  GlompoHost nobody = { .struct_size = sizeof nobody };
  rig->task.logs = FALSE;
  gpointer instance = rig->task_vtable.create (rig, 0, &nobody);
  Space *space = space_new (&rig->task_plugin, instance, &error);
  rig->task_vtable.destroy (instance);
  TEST_NO_ERROR (error);
  rig->group = (OptimizerGroup){ .name = (char *) "test", .plugin = &rig->optimizer_plugin,
                                 .options = options_new (NULL, 0, sizeof rig), .workers = rig->workers };
  memcpy ((gpointer) options_data (rig->group.options), &rig, sizeof rig);
  atomic_store (&rig->own_budget.left, rig->budget_size > 0 ? rig->budget_size : BUDGET_UNLIMITED);
  rig->spec = (WorkerSpec){ .id = rig->id, .group = &rig->group, .space = space, .run_seed = rig->run_seed,
                            .workers_backend = rig->workers > 1 ? WORKERS_THREADS : WORKERS_SERIAL,
                            .task = { &rig->task_plugin, rig, rig->run_seed, NULL },
                            .x0 = g_new0 (double, rig->task.n),
                            .budget = rig->budget != NULL ? rig->budget : &rig->own_budget,
                            .on_failure = rig->on_failure, .retries = rig->retries };
  open_channel (rig);
  if (rig->processes)
    make_places (rig);
}

void
rig_start (Rig *rig)
{
  gboolean logs = rig->task.logs;
  prepare (rig);
  rig->task.logs = logs;
  rig->thread = g_thread_new ("driver", drive, rig);
}

void
rig_take (Rig *rig)
{
  ChannelRecord r;
  while (channel_read (&rig->manager, &r))
    {
      Seen seen = { .r = r, .text = g_strdup (r.text) };
      seen.x0 = r.x != NULL ? r.x[0] : -1;
      seen.extra = r.extras != NULL ? r.extras[0] : -1;
      if (r.type == CHANNEL_METRICS && r.n_values > 0)
        seen.x0 = r.values[0];
      g_array_append_val (rig->seen, seen);
      rig->evaluations += r.type == CHANNEL_EVALUATION;
      if (r.type == CHANNEL_PAUSED)
        {
          rig->paused++;
          rig->last_pause = r.number;
        }
      if (rig->ended)
        CU_FAIL ("a record after the end");
      if (r.type == CHANNEL_ENDED)
        {
          rig->ended = TRUE;
          rig->end = seen;
        }
    }
  CU_ASSERT_FALSE (rig->manager.corrupt);
  channel_release (&rig->manager);
}

/* Takes until the number at which is at least wanted. */
static void
take_until (Rig *rig, const char *what, gboolean (*enough) (const Rig *rig, guint64 wanted), guint64 wanted)
{
  gint64 deadline = g_get_monotonic_time () + DEADLINE_US;
  for (rig_take (rig); !enough (rig, wanted); rig_take (rig))
    {
      if (g_get_monotonic_time () > deadline)
        g_error ("no %s after a minute: %" G_GUINT64_FORMAT " evaluations, paused %u times", what,
                 rig->evaluations, rig->paused);
      g_usleep (20);
    }
}

static gboolean
enough_evaluations (const Rig *rig, guint64 wanted)
{
  return rig->evaluations >= wanted;
}

static gboolean
enough_pauses (const Rig *rig, guint64 wanted)
{
  return rig->last_pause >= (gint32) wanted || rig->ended;
}

static gboolean
is_over (const Rig *rig, guint64 wanted)
{
  return rig->ended;
}

void
rig_until_evaluations (Rig *rig, guint64 n)
{
  take_until (rig, "further evaluations", enough_evaluations, n);
}

void
rig_until_paused (Rig *rig, gint32 order)
{
  take_until (rig, "pause", enough_pauses, (guint64) order);
}

void
rig_until_ended (Rig *rig)
{
  take_until (rig, "end", is_over, 0);
}

/* Every evaluation that began was posted, or made again, and no point twice. */
static void
check_points (Rig *rig)
{
  g_autoptr (GHashTable) points = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, NULL);
  for (guint i = 0; i < rig->seen->len; i++)
    {
      Seen *seen = &g_array_index (rig->seen, Seen, i);
      if (seen->r.type != CHANNEL_EVALUATION)
        continue;
      CU_ASSERT (seen->r.point >= 1 && g_hash_table_add (points, &seen->r.point));
    }
  if (rig->on_failure != FAILURE_RETRY)
    TEST_INT (rig->evaluations, atomic_load (&rig->task.evaluations));
}

void
rig_finish (Rig *rig)
{
  rig_until_ended (rig);
  g_thread_join (rig->thread);
  rig_take (rig);
  check_points (rig);
  for (guint i = 0; i < rig->breaches->len; i++)
    TEST_STR (rig->breaches->pdata[i], NULL);
  TEST_INT (rig->optimizer.destroyed, rig->optimizer.created);
  TEST_INT (atomic_load (&rig->task.destroyed), atomic_load (&rig->task.created));
  TEST_INT (atomic_load (channel_drawn (&rig->manager)), rig->evaluations);
  if (rig->budget == NULL && rig->budget_size > 0)
    TEST_INT (atomic_load (&rig->own_budget.left), rig->budget_size - (gint64) rig->evaluations);
}

void
rig_run (Rig *rig)
{
  rig_start (rig);
  rig_finish (rig);
}

gint32
rig_command (Rig *rig, ChannelCommand command)
{
  return channel_set_command (&rig->manager, command);
}

void
rig_inject (Rig *rig, double x, double f)
{
  g_autofree double *point = g_new0 (double, rig->task.n);
  point[0] = x;
  channel_inject (&rig->manager, point, f, 9);
}

const Seen *
rig_seen (const Rig *rig, ChannelType type, guint index)
{
  for (guint i = 0; i < rig->seen->len; i++)
    if (g_array_index (rig->seen, Seen, i).r.type == type && index-- == 0)
      return &g_array_index (rig->seen, Seen, i);
  return NULL;
}

const Told *
rig_told (const Rig *rig, guint index)
{
  static const Told none = { .id = G_MAXUINT64, .f = NAN };
  return index < rig->optimizer.told->len ? &g_array_index (rig->optimizer.told, Told, index) : &none;
}
