/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The channel: what goes in comes out, in order, whatever the ring's state. */
#include "channel-pair.h"
#include <glompo/glompo-plugin.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#define STREAM 1000000u
#define INJECTIONS 200000u

static gboolean
bell_rang (const Pair *pair)
{
  uint64_t count;
  return read (pair->bell, &count, sizeof count) == sizeof count;
}

/* ---- records ---- */

static void
test_evaluations (void)
{
  g_autoptr (Pair) pair = pair_new (3, 2);
  const double x[] = { -1.5, 0.0, 1e300 }, extras[] = { NAN, -INFINITY };
  channel_post_evaluation (&pair->worker, 1, GLOMPO_STATUS_EVALUATED, -2.25, x, extras);
  channel_post_evaluation (&pair->worker, G_MAXUINT64, GLOMPO_STATUS_TIMED_OUT, INFINITY, x, extras);
  ChannelRecord r;
  CU_ASSERT (channel_read (&pair->manager, &r));
  TEST_INT (r.type, CHANNEL_EVALUATION);
  CU_ASSERT (r.point == 1 && r.status == GLOMPO_STATUS_EVALUATED && r.f == -2.25);
  CU_ASSERT (memcmp (r.x, x, sizeof x) == 0 && memcmp (r.extras, extras, sizeof extras) == 0);
  CU_ASSERT (channel_read (&pair->manager, &r));
  CU_ASSERT (r.point == G_MAXUINT64 && r.status == GLOMPO_STATUS_TIMED_OUT && r.f == INFINITY);
  CU_ASSERT_FALSE (channel_read (&pair->manager, &r));
  CU_ASSERT_FALSE (pair->manager.corrupt);
}

static void
test_no_extras (void)
{
  g_autoptr (Pair) pair = pair_new (1, 0);
  pair_post_number (&pair->worker, 5);
  ChannelRecord r;
  CU_ASSERT (channel_read (&pair->manager, &r) && pair_is_number (&pair->manager, &r, 5));
  CU_ASSERT_PTR_NULL (r.extras);
}

static void
test_texts (void)
{
  g_autoptr (Pair) pair = pair_new (2, 0);
  channel_post_text (&pair->worker, CHANNEL_MESSAGE, GLOMPO_LOG_WARNING, FALSE, "Gr\xc3\xb6\xc3\x9f" "e");
  channel_post_text (&pair->worker, CHANNEL_MESSAGE, GLOMPO_LOG_INFO, FALSE, "");
  channel_post_text (&pair->worker, CHANNEL_PAUSED, 0, FALSE, "");
  channel_post_text (&pair->worker, CHANNEL_ENDED, GLOMPO_STOP_NUMERICAL, TRUE, "no more");
  ChannelRecord r;
  CU_ASSERT (channel_read (&pair->manager, &r));
  CU_ASSERT (r.type == CHANNEL_MESSAGE && r.number == GLOMPO_LOG_WARNING && !r.failed);
  TEST_STR (r.text, "Gr\xc3\xb6\xc3\x9f" "e");
  CU_ASSERT (channel_read (&pair->manager, &r));
  TEST_STR (r.text, "");
  CU_ASSERT (channel_read (&pair->manager, &r));
  TEST_INT (r.type, CHANNEL_PAUSED);
  CU_ASSERT (channel_read (&pair->manager, &r));
  CU_ASSERT (r.type == CHANNEL_ENDED && r.number == GLOMPO_STOP_NUMERICAL && r.failed);
  TEST_STR (r.text, "no more");
  CU_ASSERT_FALSE (channel_read (&pair->manager, &r));
}

/* A text that is too long is cut between two characters, never inside one: the reader wants UTF-8. */
static void
test_long_texts_are_cut_between_characters (void)
{
  for (gsize shift = 0; shift < 4; shift++)
    {
      g_autoptr (Pair) pair = pair_new (1, 0);
      g_autoptr (GString) text = g_string_new (NULL);
      for (gsize i = 0; i < shift; i++)
        g_string_append_c (text, '-');
      while (text->len < 100000)
        g_string_append (text, "\xf0\x9f\x90\xba");
      channel_post_text (&pair->worker, CHANNEL_MESSAGE, GLOMPO_LOG_INFO, FALSE, text->str);
      ChannelRecord r;
      CU_ASSERT_FATAL (channel_read (&pair->manager, &r));
      CU_ASSERT (strlen (r.text) > 16000 && g_str_has_prefix (text->str, r.text));
      CU_ASSERT_FALSE (pair->manager.corrupt);
    }
}

static void
test_values (void)
{
  g_autoptr (Pair) pair = pair_new (2, 0);
  const double values[] = { 0.5, NAN, INFINITY };
  channel_post_values (&pair->worker, CHANNEL_METRICS, 3, values);
  channel_post_values (&pair->worker, CHANNEL_METRICS, 0, NULL);
  ChannelRecord r;
  CU_ASSERT (channel_read (&pair->manager, &r));
  CU_ASSERT (r.type == CHANNEL_METRICS && r.n_values == 3 && memcmp (r.values, values, sizeof values) == 0);
  CU_ASSERT (channel_read (&pair->manager, &r));
  TEST_INT (r.n_values, 0);
  CU_ASSERT_FALSE (channel_read (&pair->manager, &r));
}

/* ---- the ring ---- */

/* Records of many lengths, so that every place of the ring is at some time its last: padding of every
 * length. Single-threaded: the ring is kept nearly full, and emptied before it overflows. */
static void
test_wrap_around (void)
{
  g_autoptr (Pair) pair = pair_new (5, 3);
  g_autofree char *text = g_malloc (4001);
  guint64 posted = 0, read = 0;
  gboolean good = TRUE;
  GRand *rand = g_rand_new_with_seed (11);
  while (posted < 60000)
    {
      for (gint i = g_rand_int_range (rand, 1, 40); i > 0; i--, posted++)
        if (posted % 3 == 0)
          {
            gsize length = posted % 4000;
            memset (text, 'a' + (int) (posted % 26), length);
            text[length] = '\0';
            channel_post_text (&pair->worker, CHANNEL_MESSAGE, (gint32) posted, FALSE, text);
          }
        else
          pair_post_number (&pair->worker, posted);
      ChannelRecord r;
      while (good && channel_read (&pair->manager, &r))
        {
          if (read % 3 == 0)
            good = r.type == CHANNEL_MESSAGE && r.number == (gint32) read && strlen (r.text) == read % 4000
                   && (*r.text == '\0' || *r.text == 'a' + (char) (read % 26));
          else
            good = pair_is_number (&pair->manager, &r, read);
          read++;
        }
      channel_release (&pair->manager);
      if (!good || read != posted)
        break;
    }
  g_rand_free (rand);
  CU_ASSERT (good);
  TEST_INT (read, posted);
  CU_ASSERT_FALSE (pair->manager.corrupt);
}

/* An evaluation larger than the least ring. */
static void
test_large_records (void)
{
  g_autoptr (Pair) pair = pair_new (20000, 7000);
  for (guint64 i = 1; i <= 40; i++)
    {
      pair_post_number (&pair->worker, i);
      ChannelRecord r;
      CU_ASSERT (channel_read (&pair->manager, &r) && pair_is_number (&pair->manager, &r, i));
      channel_release (&pair->manager);
    }
}

typedef struct {
  Channel *channel;
  guint64 from, to;
  _Atomic guint64 done;
} Producer;

static gpointer
produce (gpointer data)
{
  Producer *p = data;
  for (guint64 i = p->from; i <= p->to; i++)
    {
      pair_post_number (p->channel, i);
      atomic_store (&p->done, i);
      if (i % 97 == 0)
        channel_announce (p->channel);
    }
  channel_post_text (p->channel, CHANNEL_ENDED, 0, FALSE, "");
  return NULL;
}

/* Waits until the producer sleeps on the event of the channel: then the ring is full. */
static void
wait_for_sleeper (const Pair *pair)
{
  while (atomic_load (&channel_event (&pair->manager)->waiting) == 0)
    g_thread_yield ();
}

static void
test_full_ring_blocks_and_goes_on (void)
{
  g_autoptr (Pair) pair = pair_new (4, 0);
  Producer p = { .channel = &pair->worker, .from = 1, .to = 30000 };
  GThread *thread = g_thread_new ("producer", produce, &p);
  wait_for_sleeper (pair);
  guint64 full_at = atomic_load (&p.done);
  CU_ASSERT (full_at > 1000 && full_at < p.to);
  ChannelRecord r;
  guint64 expected = 1;
  gboolean good = TRUE;
  while (good && channel_read (&pair->manager, &r))
    good = pair_is_number (&pair->manager, &r, expected++);
  CU_ASSERT (good);
  TEST_INT (expected, full_at + 1);
  channel_release (&pair->manager);
  for (;;)
    {
      gboolean more = channel_read (&pair->manager, &r);
      if (more && r.type == CHANNEL_ENDED)
        break;
      good = good && (!more || pair_is_number (&pair->manager, &r, expected++));
      if (!more)
        channel_release (&pair->manager);
    }
  g_thread_join (thread);
  CU_ASSERT (good);
  TEST_INT (expected, p.to + 1);
}

static void
test_abandoned_channel_drops (void)
{
  g_autoptr (Pair) pair = pair_new (4, 0);
  Producer p = { .channel = &pair->worker, .from = 1, .to = 100000 };
  GThread *thread = g_thread_new ("producer", produce, &p);
  wait_for_sleeper (pair);
  channel_abandon (&pair->manager);
  g_thread_join (thread); /* it would sleep for ever */
  TEST_INT (atomic_load (&p.done), p.to);
  TEST_INT (channel_command (&pair->worker), CHANNEL_STOP);
}

/* The reader sleeps by the rules and is woken by the bell alone. */
static void
consume_stream (Pair *pair, guint64 n)
{
  ChannelRecord r;
  guint64 expected = 1, bad = 0;
  gboolean ended = FALSE;
  while (!ended)
    {
      guint taken = 0;
      while (!ended && taken++ < 256 && channel_read (&pair->manager, &r))
        if (r.type == CHANNEL_ENDED)
          ended = TRUE;
        else
          bad += !pair_is_number (&pair->manager, &r, expected++);
      channel_release (&pair->manager);
      if (ended || channel_sleep (&pair->manager))
        continue;
      /* What is not announced yet rings no bell; the manager looks now and then. */
      while (!bell_rang (pair) && !channel_sleep (&pair->manager))
        g_thread_yield ();
    }
  TEST_INT (bad, 0);
  TEST_INT (expected, n + 1);
  CU_ASSERT_FALSE (pair->manager.corrupt);
}

static void
test_stream (void)
{
  g_autoptr (Pair) pair = pair_new (6, 1);
  Producer p = { .channel = &pair->worker, .from = 1, .to = STREAM };
  GThread *thread = g_thread_new ("producer", produce, &p);
  consume_stream (pair, STREAM);
  g_thread_join (thread);
}

static void
test_bell (void)
{
  g_autoptr (Pair) pair = pair_new (2, 0);
  pair_post_number (&pair->worker, 1);
  channel_announce (&pair->worker);
  CU_ASSERT_FALSE (bell_rang (pair)); /* the manager does not sleep */
  CU_ASSERT (channel_sleep (&pair->manager)); /* it may not: there is something */
  ChannelRecord r;
  CU_ASSERT (channel_read (&pair->manager, &r));
  CU_ASSERT_FALSE (channel_sleep (&pair->manager));
  pair_post_number (&pair->worker, 2);
  CU_ASSERT_FALSE (bell_rang (pair)); /* not announced */
  channel_announce (&pair->worker);
  CU_ASSERT (bell_rang (pair));
  channel_announce (&pair->worker);
  CU_ASSERT_FALSE (bell_rang (pair)); /* once for each sleep */
  CU_ASSERT (channel_read (&pair->manager, &r));
  CU_ASSERT_FALSE (channel_sleep (&pair->manager));
  channel_post_text (&pair->worker, CHANNEL_MESSAGE, 1, FALSE, "x");
  CU_ASSERT (bell_rang (pair)); /* rare records announce themselves */
}

/* ---- control ---- */

static void
test_command (void)
{
  g_autoptr (Pair) pair = pair_new (2, 0);
  TEST_INT (channel_command (&pair->worker), CHANNEL_RUN);
  uint32_t ticket = eventcount_ticket (channel_event (&pair->worker));
  gint32 seen, first = channel_set_command (&pair->manager, CHANNEL_PAUSE);
  TEST_INT (channel_command (&pair->worker), CHANNEL_PAUSE);
  TEST_INT (channel_order (&pair->worker, &seen), CHANNEL_PAUSE);
  TEST_INT (seen, first);
  CU_ASSERT (channel_set_command (&pair->manager, CHANNEL_PAUSE) != first);
  channel_set_command (&pair->manager, CHANNEL_STOP);
  TEST_INT (channel_command (&pair->worker), CHANNEL_STOP);
  eventcount_wait (channel_event (&pair->worker), ticket, -1); /* signalled: does not sleep */
}

static void
test_injection (void)
{
  g_autoptr (Pair) pair = pair_new (2, 0);
  const double first[] = { 1, 2 }, second[] = { 3, 4 };
  const double *x;
  double f;
  CU_ASSERT_FALSE (channel_injection (&pair->worker, &x, &f));
  channel_inject (&pair->manager, first, 0.5, 7);
  channel_inject (&pair->manager, second, 0.25, G_MAXUINT64);
  CU_ASSERT_FATAL (channel_injection (&pair->worker, &x, &f));
  CU_ASSERT (x[0] == 3 && x[1] == 4 && f == 0.25);
  CU_ASSERT_FALSE (channel_injection (&pair->worker, &x, &f));
  channel_inject (&pair->manager, first, -1, 3);
  channel_post_injected (&pair->worker, 12, 0); /* what was read, not what was offered since */
  ChannelRecord r;
  CU_ASSERT_FATAL (channel_read (&pair->manager, &r));
  CU_ASSERT (r.type == CHANNEL_INJECTED && r.point == 12 && r.from == G_MAXUINT64);
  CU_ASSERT (r.f == 0.25 && r.x[0] == 3 && r.x[1] == 4);
  CU_ASSERT (channel_injection (&pair->worker, &x, &f) && x[0] == 1 && f == -1);
}

static gpointer
inject_many (gpointer data)
{
  Pair *pair = data;
  g_autofree double *x = g_new (double, pair->n);
  for (guint i = 1; i <= INJECTIONS; i++)
    {
      for (gsize k = 0; k < pair->n; k++)
        x[k] = i;
      channel_inject (&pair->manager, x, i, i);
    }
  return NULL;
}

/* No injection is ever seen half old and half new, none is seen twice, and the last one is seen. */
static void
test_injections_are_whole (void)
{
  g_autoptr (Pair) pair = pair_new (50, 0);
  GThread *thread = g_thread_new ("injector", inject_many, pair);
  double last = 0, f = 0;
  const double *x;
  gboolean good = TRUE;
  while (last < INJECTIONS && good)
    if (channel_injection (&pair->worker, &x, &f))
      {
        good = f > last;
        for (gsize k = 0; k < pair->n; k++)
          good = good && x[k] == f;
        last = f;
      }
  g_thread_join (thread);
  CU_ASSERT (good);
  TEST_NEAR (last, INJECTIONS, 0);
}

static const TestCase cases[] = {
  { "evaluations", test_evaluations },
  { "no extras", test_no_extras },
  { "texts", test_texts },
  { "long texts are cut between characters", test_long_texts_are_cut_between_characters },
  { "values", test_values },
  { "wrap around", test_wrap_around },
  { "large records", test_large_records },
  { "a full ring blocks and goes on", test_full_ring_blocks_and_goes_on },
  { "an abandoned channel drops", test_abandoned_channel_drops },
  { "a stream of a million", test_stream },
  { "the bell", test_bell },
  { "commands", test_command },
  { "injection", test_injection },
  { "injections are whole", test_injections_are_whole },
};

TEST_MAIN ("channel", cases)
