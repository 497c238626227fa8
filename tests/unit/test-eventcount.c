/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The event count: no event is lost between the look at the condition and the sleep. */
#include "harness.h"
#include "worker/eventcount.h"
#include <unistd.h>

#define ROUNDS 100000
#define SLEEPERS 4

static void
test_old_ticket_does_not_sleep (void)
{
  EventCount event = { 0 };
  uint32_t ticket = eventcount_ticket (&event);
  eventcount_signal (&event);
  eventcount_wait (&event, ticket, -1); /* would never return if it slept */
  CU_ASSERT (eventcount_ticket (&event) != ticket);
  TEST_INT (atomic_load (&event.waiting), 0);
}

static void
test_limit_ends_the_sleep (void)
{
  EventCount event = { 0 };
  uint32_t ticket = eventcount_ticket (&event);
  eventcount_wait (&event, ticket, 2000);
  eventcount_wait (&event, ticket, 0);
  TEST_INT (eventcount_ticket (&event), ticket);
  TEST_INT (atomic_load (&event.waiting), 0);
}

static void
test_tickets_wrap_around (void)
{
  EventCount event = { 0 };
  atomic_store (&event.word, UINT32_MAX);
  uint32_t ticket = eventcount_ticket (&event);
  eventcount_signal (&event);
  TEST_INT (eventcount_ticket (&event), 0);
  eventcount_wait (&event, ticket, -1);
}

/* Two threads hand a number to and fro; each sleeps without limit until it is its turn. */
typedef struct {
  EventCount event;
  _Atomic guint turn;
} PingPong;

static void
play (PingPong *game, guint own)
{
  for (guint i = 0; i < ROUNDS; i++)
    {
      for (;;)
        {
          uint32_t ticket = eventcount_ticket (&game->event);
          if (atomic_load (&game->turn) % 2 == own)
            break;
          eventcount_wait (&game->event, ticket, -1);
        }
      atomic_fetch_add (&game->turn, 1);
      eventcount_signal (&game->event);
    }
}

static gpointer
second_player (gpointer data)
{
  play (data, 1);
  return NULL;
}

static void
test_ping_pong (void)
{
  PingPong game = { 0 };
  GThread *thread = g_thread_new ("second", second_player, &game);
  play (&game, 0);
  g_thread_join (thread);
  TEST_INT (atomic_load (&game.turn), 2 * ROUNDS);
  TEST_INT (atomic_load (&game.event.waiting), 0);
}

typedef struct {
  EventCount event;
  _Atomic gboolean open;
  _Atomic guint passed;
} Gate;

static gpointer
pass_gate (gpointer data)
{
  Gate *gate = data;
  for (;;)
    {
      uint32_t ticket = eventcount_ticket (&gate->event);
      if (atomic_load (&gate->open))
        break;
      eventcount_wait (&gate->event, ticket, -1);
    }
  atomic_fetch_add (&gate->passed, 1);
  return NULL;
}

static void
test_one_signal_wakes_all (void)
{
  Gate gate = { 0 };
  GThread *threads[SLEEPERS];
  for (guint i = 0; i < SLEEPERS; i++)
    threads[i] = g_thread_new ("sleeper", pass_gate, &gate);
  while (atomic_load (&gate.event.waiting) < SLEEPERS)
    g_thread_yield ();
  TEST_INT (atomic_load (&gate.passed), 0);
  atomic_store (&gate.open, TRUE);
  eventcount_signal (&gate.event);
  for (guint i = 0; i < SLEEPERS; i++)
    g_thread_join (threads[i]);
  TEST_INT (atomic_load (&gate.passed), SLEEPERS);
}

static const TestCase cases[] = {
  { "an old ticket does not sleep", test_old_ticket_does_not_sleep },
  { "the limit ends the sleep", test_limit_ends_the_sleep },
  { "tickets wrap around", test_tickets_wrap_around },
  { "ping pong", test_ping_pong },
  { "one signal wakes all", test_one_signal_wakes_all },
};

TEST_MAIN ("eventcount", cases)
