/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The driver under control: pause, stop and injection at every moment, several evaluations at once, and a
 * budget that several drivers race for. */
#include "driver-rig.h"
#include <math.h>
#include <signal.h>

/* The ways in which a driver can work. */
typedef enum {
  SERIAL, VECTORISED, PARALLEL, ASYNCHRONOUS_SERIAL, ASYNCHRONOUS, BLOCKING, BLOCKING_PARALLEL, N_WAYS
} Way;
static const char *const way_names[] = {
  "serial", "vectorised", "parallel", "asynchronous serial", "asynchronous", "blocking", "blocking parallel",
};

static void
set_way (Rig *rig, Way way)
{
  if (way == VECTORISED)
    rig->task_vtable.evaluate_batch = rig->task_batch;
  if (way == PARALLEL || way == ASYNCHRONOUS || way == BLOCKING_PARALLEL)
    rig->workers = 3;
  if (way == ASYNCHRONOUS_SERIAL || way == ASYNCHRONOUS)
    rig_set_asynchronous (rig);
  if (way == BLOCKING || way == BLOCKING_PARALLEL)
    rig_set_blocking (rig);
}

/* How many evaluations may begin after a command came: those of the call that is under way. */
static guint
slack (Way way)
{
  return way == VECTORISED ? 4 : way == PARALLEL || way == ASYNCHRONOUS || way == BLOCKING_PARALLEL ? 2 : 0;
}

/* ---- several evaluations at once ---- */

/* The barrier lets nobody pass before three are inside: were they evaluated one by one it would never end. */
static void
test_several_at_once (void)
{
  for (Way way = SERIAL; way < N_WAYS; way++)
    {
      g_autoptr (Rig) rig = rig_new ();
      set_way (rig, way);
      if (rig->workers < 3)
        continue;
      rig->optimizer.batch = 6;
      rig->task.barrier = 3;
      rig_run (rig);
      TEST_INT (rig->evaluations, 12);
      TEST_INT (rig->optimizer.told->len, 12);
    }
}

/* However the evaluations of a batch overtake each other, the batch is told in its order. */
static void
test_order_of_tell (void)
{
  g_autoptr (Rig) rig = rig_new ();
  rig->workers = 4;
  rig->task.barrier = 4;
  rig->task.reverse = TRUE;
  rig_run (rig);
  TEST_INT (rig->optimizer.told->len, 12);
  for (guint i = 0; i < rig->optimizer.told->len; i++)
    {
      TEST_NEAR (rig_told (rig, i)->x0, rig_point (rig, i), 0);
      TEST_INT (rig_told (rig, i)->batch, 4);
    }
}

static void
test_instances (void)
{
  for (guint shared = 0; shared < 2; shared++)
    {
      g_autoptr (Rig) rig = rig_new ();
      rig->workers = 3;
      if (shared)
        rig->task_plugin.capabilities |= GLOMPO_CAP_SHAREABLE;
      rig_run (rig);
      /* One more than at work: the one that described the space. */
      TEST_INT (atomic_load (&rig->task.created), shared ? 2 : 4);
    }
}

static void
test_more_workers_than_points (void)
{
  g_autoptr (Rig) rig = rig_new ();
  rig->workers = 16;
  rig->optimizer.batch = 2;
  rig_run (rig);
  TEST_INT (rig->optimizer.told->len, 12);
}

/* Told of every point that is out, whatever the order, also after it said that it is done. */
static void
test_asynchronous_end (void)
{
  g_autoptr (Rig) rig = rig_new ();
  set_way (rig, ASYNCHRONOUS);
  rig->task.barrier = 3;
  rig->task.reverse = TRUE;
  rig_run (rig);
  TEST_INT (rig->optimizer.told->len, 12);
  TEST_INT (rig->optimizer.out, 0);
  TEST_INT (rig->optimizer.most_room, 1);
  guint64 sum = 0;
  for (guint i = 0; i < 12; i++)
    sum += rig_told (rig, i)->id - 1000;
  TEST_INT (sum, 7 * 66);
  TEST_INT (rig->end.r.number, GLOMPO_STOP_CONVERGED);
}

/* Where its points are evaluated one by one it gives one at a time, unless they do not depend on results. */
static void
test_asynchronous_serial (void)
{
  for (guint independent = 0; independent < 2; independent++)
    {
      g_autoptr (Rig) rig = rig_new ();
      set_way (rig, ASYNCHRONOUS_SERIAL);
      if (independent)
        rig->optimizer_plugin.capabilities |= GLOMPO_CAP_INDEPENDENT;
      rig_run (rig);
      TEST_INT (rig->optimizer.told->len, 12);
      CU_ASSERT (independent ? rig->optimizer.most_room > 1 : rig->optimizer.most_room == 1);
    }
}

static void
test_asynchronous_that_waits_for_results (void)
{
  g_autoptr (Rig) rig = rig_new ();
  set_way (rig, ASYNCHRONOUS);
  rig->optimizer.lazy = TRUE;
  rig_run (rig);
  TEST_INT (rig->optimizer.told->len, 12);
  TEST_INT (rig->end.r.number, GLOMPO_STOP_CONVERGED);
}

/* ---- the budget ---- */

static void
wait_for_desk (Rig *rig, guint place, guint index, DeskState state)
{
  gint64 deadline = g_get_monotonic_time () + G_TIME_SPAN_MINUTE;
  SharedDesk *desk = shared_desk (shared_place (rig->shared, &rig->shape, place), &rig->shape, index);
  while (desk_state (shared_sign (desk)) != state)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
      g_usleep (20);
    }
}

/* Begins what the driver lays at the place, as its evaluator. */
static void
begin_job (Rig *rig, guint index)
{
  gint64 deadline = g_get_monotonic_time () + G_TIME_SPAN_MINUTE;
  SharedPlace *place = shared_place (rig->shared, &rig->shape, index);
  DeskSign *const signs[DESKS] = { shared_sign (shared_desk (place, &rig->shape, 0)),
                                   shared_sign (shared_desk (place, &rig->shape, 1)) };
  while (desk_begin (signs) < 0)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
      g_usleep (20);
    }
}

static void
lose_job (Rig *rig, guint index, gint32 how, gboolean dead)
{
  shared_lose (shared_place (rig->shared, &rig->shape, index), &rig->shape, how, dead, &rig->manager);
}

/* What nobody evaluated is begun again at once, and not when others have ended. */
static void
test_point_that_comes_back (void)
{
  for (Way way = PARALLEL; way <= BLOCKING_PARALLEL; way++)
    {
      g_autoptr (Rig) rig = rig_new ();
      set_way (rig, way);
      if (rig->workers == 1)
        continue;
      rig->workers = rig->optimizer.batch = 2;
      rig->processes = TRUE;
      rig_start (rig);
      begin_job (rig, 0);
      for (guint times = 0; times < 3; times++)
        {
          begin_job (rig, 1);
          lose_job (rig, 1, SHARED_GONE, FALSE);
        }
      begin_job (rig, 1);
      lose_job (rig, 0, SHARED_GONE, TRUE);
      lose_job (rig, 1, SHARED_GONE, TRUE);
      rig_finish (rig);
      CU_ASSERT_PTR_NOT_NULL (rig_seen (rig, CHANNEL_UNREADY, 0));
    }
}

/* It is tried again later, though the evaluator died that had it and the other one has no room. */
static void
test_failure_while_all_are_busy (void)
{
  g_autoptr (Rig) rig = rig_new ();
  rig->workers = 2;
  rig->optimizer.batch = 3;
  rig->processes = TRUE;
  rig->on_failure = FAILURE_RETRY;
  rig->retries = 1;
  rig_start (rig);
  begin_job (rig, 0);
  begin_job (rig, 1);
  wait_for_desk (rig, 0, 1, DESK_READY);
  lose_job (rig, 1, SIGSEGV, TRUE);
  wait_for_desk (rig, 1, 0, DESK_FREE);
  lose_job (rig, 0, SHARED_GONE, FALSE);
  for (guint i = 0; i < 3; i++)
    {
      begin_job (rig, 0);
      lose_job (rig, 0, SHARED_GONE, i == 2);
    }
  rig_finish (rig);
  TEST_INT (rig->evaluations, 0);
}

/* The budget ends while evaluations are under way: all of them must come back, with the optimizer waiting
 * for more leave. */
static void
test_budget_ends_while_points_are_out (void)
{
  for (Way way = SERIAL; way < N_WAYS; way++)
    for (gint64 size = 1; size <= 14; size++)
      {
        g_autoptr (Rig) rig = rig_new ();
        set_way (rig, way);
        rig->optimizer.limit = G_MAXUINT64;
        rig->budget_size = size;
        rig_start (rig);
        rig_until_evaluations (rig, (guint64) size);
        rig_command (rig, CHANNEL_STOP);
        rig_finish (rig);
        TEST_INT (rig->evaluations, size);
        TEST_INT (rig->end.r.number, GLOMPO_STOP_RUNNING);
      }
}

/* Leave that comes back later is found by whoever waits for it. */
static void
test_leave_that_comes_back (void)
{
  for (Way way = SERIAL; way < N_WAYS; way++)
    {
      g_autoptr (Rig) rig = rig_new ();
      set_way (rig, way);
      rig->budget_size = 5;
      rig_start (rig);
      rig_until_evaluations (rig, 5);
      budget_give_back (&rig->own_budget, 7);
      rig->budget_size = 12;
      rig_finish (rig);
      TEST_INT (rig->evaluations, 12);
    }
}

static void
race (gint64 size, guint seed)
{
  Budget budget;
  atomic_init (&budget.left, size);
  Rig *rigs[2 * N_WAYS];
  guint64 sum = 0;
  for (guint i = 0; i < G_N_ELEMENTS (rigs); i++)
    {
      rigs[i] = rig_new ();
      set_way (rigs[i], (Way) (i % N_WAYS));
      rigs[i]->optimizer.limit = G_MAXUINT64;
      rigs[i]->optimizer.batch = 1 + (i + seed) % 7;
      rigs[i]->budget = &budget;
      rigs[i]->id = i + 1;
    }
  for (guint i = 0; i < G_N_ELEMENTS (rigs); i++)
    rig_start (rigs[i]);
  while (sum < (guint64) size)
    {
      sum = 0;
      for (guint i = 0; i < G_N_ELEMENTS (rigs); i++)
        {
          rig_take (rigs[i]);
          sum += rigs[i]->evaluations;
        }
      g_thread_yield ();
    }
  sum = 0;
  for (guint i = 0; i < G_N_ELEMENTS (rigs); i++)
    rig_command (rigs[i], CHANNEL_STOP);
  for (guint i = 0; i < G_N_ELEMENTS (rigs); i++)
    {
      rig_finish (rigs[i]);
      sum += rigs[i]->evaluations;
      rig_free (rigs[i]);
    }
  TEST_INT (sum, size);
  TEST_INT (atomic_load (&budget.left), 0);
}

static void
test_race_for_the_budget (void)
{
  for (guint i = 0; i < 30; i++)
    race (1 + (gint64) (i * i * 7), i);
}

/* ---- stop ---- */

/* What the hook is to do, and when. */
typedef struct {
  Moment moment;
  guint64 number;
  ChannelCommand command;
  guint64 begun; /* evaluations begun by then */
  gboolean done;
} Order;

static void
obey_order (Rig *rig, Moment moment, guint64 number)
{
  Order *order = rig->hook_data;
  if (moment != order->moment || number != order->number || order->done)
    return;
  order->done = TRUE;
  rig_command (rig, order->command);
  order->begun = atomic_load (&rig->task.evaluations); /* not before it: others may go on until it is there */
}

static void
check_stop (Way way, Moment moment, guint64 number)
{
  Order order = { .moment = moment, .number = number, .command = CHANNEL_STOP };
  g_autoptr (Rig) rig = rig_new ();
  set_way (rig, way);
  rig->optimizer.limit = 1000;
  rig->optimizer.run_returns = GLOMPO_STOP_ERROR; /* as most wrappers would say */
  rig->hook = obey_order;
  rig->hook_data = &order;
  rig_run (rig);
  CU_ASSERT (order.done);
  if (rig->evaluations > order.begun + slack (way))
    printf ("\n%s, moment %d, number %u: %u evaluations began after the stop\n", way_names[way], moment,
            (guint) number, (guint) (rig->evaluations - order.begun));
  CU_ASSERT (rig->evaluations <= order.begun + slack (way));
  TEST_INT (rig->end.r.number, GLOMPO_STOP_RUNNING);
  CU_ASSERT_FALSE (rig->end.r.failed);
}

static void
test_stop_at_every_moment (void)
{
  for (Way way = SERIAL; way < N_WAYS; way++)
    {
      gboolean blocking = way == BLOCKING || way == BLOCKING_PARALLEL;
      check_stop (way, AT_CREATE, 0);
      for (guint64 i = 1; i <= 13; i++)
        check_stop (way, AT_EVALUATION, i);
      for (guint64 i = 1; i <= 4 && !blocking; i++)
        check_stop (way, AT_ASK, i);
      for (guint64 i = 0; i <= 12 && !blocking; i += 4)
        check_stop (way, AT_TELL, i);
    }
}

static void
test_stop_before_the_start (void)
{
  for (Way way = SERIAL; way < N_WAYS; way++)
    {
      g_autoptr (Rig) rig = rig_new ();
      Order order = { .moment = AT_CREATE, .command = CHANNEL_STOP };
      set_way (rig, way);
      rig->hook = obey_order;
      rig->hook_data = &order;
      rig_run (rig);
      TEST_INT (rig->evaluations, 0);
      TEST_INT (rig->optimizer.asks, 0);
    }
}

/* ---- silence ---- */

/* While no point is out nothing is evaluated: whoever hangs then is silent. */
static void
look_for_evaluations (Rig *rig, Moment moment, guint64 number)
{
  (void) number;
  gboolean none_is_out = moment == AT_ASK ? rig->optimizer.out == 0 : moment == AT_TELL;
  if (none_is_out && channel_is_evaluating (&rig->manager))
    (*(guint *) rig->hook_data)++;
}

static void
test_silence_is_not_evaluating (void)
{
  for (Way way = SERIAL; way < N_WAYS; way++)
    {
      g_autoptr (Rig) rig = rig_new ();
      guint mistaken = 0;
      set_way (rig, way);
      rig->optimizer.lazy = TRUE;
      rig->hook = look_for_evaluations;
      rig->hook_data = &mistaken;
      rig_run (rig);
      if (mistaken > 0)
        printf ("\n%s: %u looks\n", way_names[way], mistaken);
      TEST_INT (mistaken, 0);
    }
}

/* In its first tell all others are finished before it goes on: nothing is evaluated while it thinks. */
static void
think_long (Rig *rig, Moment moment, guint64 number)
{
  gint64 until = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;
  if (moment != AT_TELL || number > 0)
    return;
  while (channel_is_evaluating (&rig->manager) && g_get_monotonic_time () < until)
    g_usleep (1000);
  *(gboolean *) rig->hook_data = !channel_is_evaluating (&rig->manager);
}

static void
test_thinking_is_not_evaluating (void)
{
  g_autoptr (Rig) rig = rig_new ();
  gboolean silent = FALSE;
  set_way (rig, ASYNCHRONOUS);
  rig->task.barrier = 3;
  rig->hook = think_long;
  rig->hook_data = &silent;
  rig_run (rig);
  CU_ASSERT (silent);
}

/* ---- pause ---- */

static void
check_pause (Way way, Moment moment, guint64 number, ChannelCommand then)
{
  Order order = { .moment = moment, .number = number, .command = CHANNEL_PAUSE };
  g_autoptr (Rig) rig = rig_new ();
  set_way (rig, way);
  rig->hook = obey_order;
  rig->hook_data = &order;
  rig->budget_size = 100;
  rig_start (rig);
  rig_until_paused (rig, 1);
  /* Nothing is under way: what began was posted, and what was drawn is back. */
  guint64 begun = atomic_load (&rig->task.evaluations);
  TEST_INT (rig->evaluations, begun);
  CU_ASSERT (begun <= order.begun + slack (way));
  TEST_INT (atomic_load (&rig->own_budget.left), 100 - (gint64) begun);
  const Seen *last = &g_array_index (rig->seen, Seen, rig->seen->len - 1);
  TEST_INT (last->r.type, CHANNEL_PAUSED);
  rig_inject (rig, 1, 1); /* wakes it, but not to work */
  g_thread_yield ();
  TEST_INT (atomic_load (&rig->task.evaluations), begun);
  rig_command (rig, then);
  rig_finish (rig);
  TEST_INT (rig->paused, 1);
  TEST_INT (rig->evaluations, then == CHANNEL_RUN ? 12 : begun);
  TEST_INT (rig->end.r.number, then == CHANNEL_STOP ? GLOMPO_STOP_RUNNING
                               : rig->optimizer_vtable.run != NULL ? GLOMPO_STOP_EXHAUSTED
                                                                   : GLOMPO_STOP_CONVERGED);
  if (then == CHANNEL_RUN)
    for (guint i = 0; i < rig->optimizer.told->len; i++)
      CU_ASSERT (rig->optimizer.told->len == 12
                 && (way == ASYNCHRONOUS || rig_told (rig, i)->x0 == rig_point (rig, i)));
}

static void
test_pause_at_every_moment (void)
{
  for (Way way = SERIAL; way < N_WAYS; way++)
    for (ChannelCommand then = CHANNEL_RUN; then <= CHANNEL_STOP; then += 2)
      {
        check_pause (way, AT_CREATE, 0, then);
        /* While one of the last is under way there is nothing left to pause before the end. */
        for (guint64 i = 1; i <= 8; i++)
          check_pause (way, AT_EVALUATION, i, then);
        if (way == BLOCKING || way == BLOCKING_PARALLEL)
          continue;
        for (guint64 i = 1; i <= 3; i++)
          check_pause (way, AT_ASK, i, then);
        check_pause (way, AT_TELL, 0, then);
        check_pause (way, AT_TELL, 4, then);
      }
}

/* To and fro while evaluations go on: nothing is lost, nothing comes twice. */
static void
test_pause_again_and_again (void)
{
  for (Way way = SERIAL; way < N_WAYS; way++)
    {
      g_autoptr (Rig) rig = rig_new ();
      set_way (rig, way);
      rig->optimizer.limit = 4000;
      rig_start (rig);
      for (guint i = 0; i < 2000 && !rig->ended; i++)
        {
          gint32 order = rig_command (rig, i % 2 == 0 ? CHANNEL_PAUSE : CHANNEL_RUN);
          if (i % 64 == 0 && rig->evaluations < 1000)
            rig_until_paused (rig, order);
          rig_take (rig);
        }
      rig_command (rig, CHANNEL_RUN);
      rig_finish (rig);
      TEST_INT (rig->evaluations, 4000);
      TEST_INT (rig->optimizer.told->len, 4000);
    }
}

/* ---- injection ---- */

static void
inject_at_third (Rig *rig, Moment moment, guint64 number)
{
  const Way *way = rig->hook_data;
  if (moment == AT_EVALUATION && number == 3)
    {
      if (way == NULL || *way != ASYNCHRONOUS) /* whose driver may look between the two */
        rig_inject (rig, 7, 0.75);             /* never seen: the next one replaces it */
      rig_inject (rig, 6, 0.25);
    }
}

static void
test_injection (void)
{
  for (Way way = SERIAL; way < N_WAYS; way++)
    {
      g_autoptr (Rig) rig = rig_new ();
      set_way (rig, way);
      rig->hook = inject_at_third;
      rig->hook_data = &way;
      rig_run (rig);
      TEST_INT (rig->optimizer.injections, 1);
      TEST_NEAR (rig->optimizer.injected_f, 0.25, 0);
      TEST_NEAR (rig->optimizer.injected_x, 6, 0);
      const Seen *seen = rig_seen (rig, CHANNEL_INJECTED, 0);
      CU_ASSERT_FATAL (seen != NULL && rig_seen (rig, CHANNEL_INJECTED, 1) == NULL);
      CU_ASSERT (seen->r.f == 0.25 && seen->x0 == 6 && seen->r.from == 9);
      /* The number of points asked for by then is that of the evaluations posted before. */
      guint before = 0;
      while (rig_seen (rig, CHANNEL_EVALUATION, before) != NULL
             && rig_seen (rig, CHANNEL_EVALUATION, before) < seen)
        before++;
      TEST_INT (seen->r.point, before);
    }
}

static void
test_optimizer_without_injection (void)
{
  g_autoptr (Rig) rig = rig_new ();
  rig->optimizer_vtable.inject = NULL;
  rig->hook = inject_at_third;
  rig_run (rig);
  CU_ASSERT_PTR_NULL (rig_seen (rig, CHANNEL_INJECTED, 0));
  TEST_INT (rig->evaluations, 12);
}

static const TestCase cases[] = {
  { "several at once", test_several_at_once },
  { "order of tell", test_order_of_tell },
  { "instances of the task", test_instances },
  { "more workers than points", test_more_workers_than_points },
  { "end of an asynchronous optimizer", test_asynchronous_end },
  { "an asynchronous optimizer whose points are evaluated one by one", test_asynchronous_serial },
  { "an asynchronous optimizer that waits for results", test_asynchronous_that_waits_for_results },
  { "a point that comes back", test_point_that_comes_back },
  { "a failure while all are busy", test_failure_while_all_are_busy },
  { "the budget ends while points are out", test_budget_ends_while_points_are_out },
  { "leave that comes back", test_leave_that_comes_back },
  { "race for the budget", test_race_for_the_budget },
  { "stop at every moment", test_stop_at_every_moment },
  { "stop before the start", test_stop_before_the_start },
  { "silence is not evaluating", test_silence_is_not_evaluating },
  { "thinking is not evaluating", test_thinking_is_not_evaluating },
  { "pause at every moment", test_pause_at_every_moment },
  { "pause again and again", test_pause_again_and_again },
  { "injection", test_injection },
  { "an optimizer without injection", test_optimizer_without_injection },
};

TEST_MAIN ("driver control", cases)
