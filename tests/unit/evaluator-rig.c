/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "evaluator-rig.h"
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the task ---- */

static void *
create (const void *options, uint64_t seed, const GlompoHost *host)
{
  (void) seed;
  (void) host;
  return *(gpointer *) options;
}

static bool
parameters (void *self, GlompoParameters *out)
{
  static const double lower[] = { 0 }, upper[] = { RIG_SERIALS };
  (void) self;
  out->n = 1;
  out->lower = lower;
  out->upper = upper;
  return true;
}

static void
evaluate (void *self, const double *x, GlompoResult *result)
{
  RigAccount *account = self;
  guint number = (guint) x[0];
  atomic_fetch_add (&account->begun[number], 1);
  if (atomic_load (&account->open))
    g_usleep (number % 4 == 0 ? number % 50 : 0);
  else
    while (atomic_load (&account->end[number]) == 0)
      g_usleep (RIG_POLL_US);
  result->f = x[0] + 1;
}

static void
destroy (void *self)
{
  (void) self;
}

/* ---- the rig ---- */

static gpointer
share (gsize size)
{
  gpointer memory = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  g_assert (memory != MAP_FAILED);
  return memory;
}

static TaskRecipe
recipe_of (Rig *rig)
{
  return (TaskRecipe){ &rig->plugin, &rig->account, 1, NULL };
}

static void
no_log (gpointer data, GlompoLogLevel level, const char *text)
{
  (void) data;
  (void) level;
  (void) text;
}

SharedPlace *
rig_place (Rig *rig, guint place)
{
  return shared_place (rig->shared, &rig->shape, place);
}

void
rig_start_process (Rig *rig, guint place)
{
  fflush (NULL);
  pid_t pid = fork ();
  if (pid != 0)
    {
      rig->pids[place] = pid;
      return;
    }
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  TaskRecipe recipe = recipe_of (rig);
  Task *task = task_new (&recipe, NULL, no_log, NULL, NULL);
  shared_evaluate (rig->shared, place, &rig->shape, task, rig->space, &rig->channel);
}

void
rig_kill_process (Rig *rig, guint place)
{
  kill (rig->pids[place], SIGKILL);
  waitpid (rig->pids[place], NULL, 0);
  rig->pids[place] = 0;
}

Rig *
rig_new (WorkersChoice kind, guint places)
{
  g_autoptr (GError) error = NULL;
  Rig *rig = g_new0 (Rig, 1);
  rig->kind = kind;
  rig->places = places;
  rig->account = share (sizeof *rig->account);
  rig->vtable = (GlompoTaskVTable){ .struct_size = sizeof (GlompoTaskVTable), .create = create,
                                    .parameters = parameters, .evaluate = evaluate, .destroy = destroy };
  rig->plugin = (GlompoPlugin){ GLOMPO_PLUGIN_HEADER (GLOMPO_KIND_TASK), .name = "gate",
                                .concurrency = GLOMPO_CONCURRENT, .task = &rig->vtable };
  rig->space = space_new (&rig->plugin, rig->account, &error);
  TEST_NO_ERROR (error);
  rig->memory = share (channel_memory_size (1, 0));
  channel_memory_init (rig->memory, 1, 0);
  channel_open (&rig->channel, rig->memory, 1, 0, -1);
  rig->shape = shared_shape (rig->space, FALSE);
  rig->shared = share (shared_memory_size (&rig->shape, places));
  for (guint i = 0; kind == WORKERS_PROCESSES && i < places; i++)
    rig_start_process (rig, i);
  EvaluatorSetting setting = { .kind = kind, .workers = places, .recipe = recipe_of (rig), .space = rig->space,
                               .shared = rig->shared, .channel = &rig->channel, .log = no_log };
  rig->evaluator = evaluator_new (&setting, &error);
  TEST_NO_ERROR (error);
  for (guint i = 0; i < RIG_JOBS; i++)
    {
      rig->x[i] = i;
      rig->jobs[i] = (Job){ .x = &rig->x[i], .tag = i, .number = i + 1, .obeys = TRUE };
    }
  return rig;
}

void
rig_free (Rig *rig)
{
  for (guint i = 0; i < RIG_JOBS; i++)
    atomic_store (&rig->account->end[i], 1);
  evaluator_free (rig->evaluator);
  for (guint i = 0; i < rig->places; i++)
    if (rig->pids[i] > 0)
      rig_kill_process (rig, i);
  munmap (rig->shared, shared_memory_size (&rig->shape, rig->places));
  munmap (rig->account, sizeof *rig->account);
  channel_close (&rig->channel);
  munmap (rig->memory, channel_memory_size (1, 0));
  space_unref (rig->space);
  g_free (rig);
}

Job *
rig_wait_for_job (Rig *rig)
{
  gint64 deadline = g_get_monotonic_time () + G_TIME_SPAN_MINUTE;
  for (;;)
    {
      uint32_t ticket = eventcount_ticket (channel_event (&rig->channel));
      Job *job = evaluator_take (rig->evaluator);
      if (job != NULL)
        return job;
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
      eventcount_wait (channel_event (&rig->channel), ticket, G_USEC_PER_SEC);
    }
}
