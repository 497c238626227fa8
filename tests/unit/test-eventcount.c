/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The event count: no event is lost between the look at the condition and the sleep. */
#include "harness.h"
#include "worker/eventcount.h"
#include <string.h>
#include <unistd.h>

#define ROUNDS 60000
#define PLAYERS_MOST 34
#define FOREIGN_CALLS 200
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

/* Threads hand a number on in a circle; each sleeps without limit until it is its turn. */
typedef struct {
  EventCount event;
  guint players;
  gboolean by_bits; /* each wakes the next one under its bit */
  _Atomic guint turn;
} Game;

typedef struct {
  Game *game;
  guint own;
} Player;

static gpointer
play (gpointer data)
{
  const Player *player = data;
  Game *game = player->game;
  for (guint i = 0; i < ROUNDS / game->players; i++)
    {
      for (;;)
        {
          uint32_t ticket = eventcount_ticket (&game->event);
          if (atomic_load (&game->turn) % game->players == player->own)
            break;
          if (game->by_bits)
            eventcount_wait_under (&game->event, ticket, EVENTCOUNT_BIT (player->own));
          else
            eventcount_wait (&game->event, ticket, -1);
        }
      atomic_fetch_add (&game->turn, 1);
      if (game->by_bits)
        eventcount_signal_under (&game->event, EVENTCOUNT_BIT ((player->own + 1) % game->players));
      else
        eventcount_signal (&game->event);
    }
  return NULL;
}

static void
play_with (guint players, gboolean by_bits)
{
  Game game = { .players = players, .by_bits = by_bits };
  Player all[PLAYERS_MOST];
  GThread *threads[PLAYERS_MOST];
  for (guint i = 0; i < players; i++)
    {
      all[i] = (Player){ &game, i };
      threads[i] = g_thread_new ("player", play, &all[i]);
    }
  for (guint i = 0; i < players; i++)
    g_thread_join (threads[i]);
  TEST_INT (atomic_load (&game.turn), ROUNDS / players * players);
  TEST_INT (atomic_load (&game.event.waiting), 0);
}

static void
test_ping_pong (void)
{
  play_with (2, FALSE);
}

static void
test_each_is_woken_under_its_bit (void)
{
  play_with (2, TRUE);
  play_with (PLAYERS_MOST, TRUE); /* two share a bit with another one */
}

/* One that sleeps under the bit of index 1, and says how often it was woken. */
typedef struct {
  EventCount event;
  _Atomic pid_t thread;
  _Atomic gboolean over;
  _Atomic guint woken;
} Sleeper;

static gpointer
sleep_under_own_bit (gpointer data)
{
  Sleeper *sleeper = data;
  atomic_store (&sleeper->thread, gettid ());
  for (;;)
    {
      uint32_t ticket = eventcount_ticket (&sleeper->event);
      if (atomic_load (&sleeper->over))
        return NULL;
      eventcount_wait_under (&sleeper->event, ticket, EVENTCOUNT_BIT (1));
      atomic_fetch_add (&sleeper->woken, 1);
    }
}

static gboolean
is_asleep (Sleeper *sleeper)
{
  g_autofree char *path = g_strdup_printf ("/proc/self/task/%d/stat", (int) atomic_load (&sleeper->thread));
  g_autofree char *text = NULL;
  return atomic_load (&sleeper->event.waiting) == 1 && g_file_get_contents (path, &text, NULL, NULL)
         && strstr (text, ") S ") != NULL;
}

static void
test_others_sleep_on (void)
{
  Sleeper sleeper = { 0 };
  GThread *thread = g_thread_new ("sleeper", sleep_under_own_bit, &sleeper);
  for (guint i = 0; i < FOREIGN_CALLS; i++)
    {
      while (!is_asleep (&sleeper))
        g_usleep (20);
      eventcount_signal_under (&sleeper.event, EVENTCOUNT_BIT (0));
      g_usleep (20);
    }
  TEST_INT (atomic_load (&sleeper.woken), 0);
  atomic_store (&sleeper.over, TRUE);
  eventcount_signal_under (&sleeper.event, EVENTCOUNT_BIT (1 + EVENTCOUNT_BITS));
  g_thread_join (thread);
  TEST_INT (atomic_load (&sleeper.woken), 1);
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
  { "each is woken under its bit", test_each_is_woken_under_its_bit },
  { "others sleep on", test_others_sleep_on },
  { "one signal wakes all", test_one_signal_wakes_all },
};

TEST_MAIN ("eventcount", cases)
