/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The channel: what goes in comes out, in order, whatever the ring's state; nonsense in the memory is
 * noticed and never followed. */
#include "harness.h"
#include "worker/channel.h"
#include <glompo/glompo-plugin.h>
#include <math.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define STREAM 1000000u
#define FLIP_ROUNDS 20000u
#define INJECTIONS 200000u

/* Both ends of one channel in this process. */
typedef struct {
  gsize n, extras, size;
  guint8 *memory;
  Channel worker, manager;
  int bell;
} Pair;

static Pair *
pair_new (gsize n, gsize extras)
{
  Pair *pair = g_new0 (Pair, 1);
  pair->n = n;
  pair->extras = extras;
  pair->size = channel_memory_size (n, extras);
  pair->memory = aligned_alloc (64, (pair->size + 63) / 64 * 64);
  memset (pair->memory, 0, pair->size);
  pair->bell = eventfd (0, EFD_NONBLOCK | EFD_CLOEXEC);
  channel_memory_init ((ChannelMemory *) pair->memory, n, extras);
  channel_open (&pair->worker, (ChannelMemory *) pair->memory, n, extras, pair->bell);
  channel_open (&pair->manager, (ChannelMemory *) pair->memory, n, extras, pair->bell);
  return pair;
}

static void
pair_free (Pair *pair)
{
  channel_close (&pair->worker);
  channel_close (&pair->manager);
  close (pair->bell);
  free (pair->memory);
  g_free (pair);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Pair, pair_free)

static gboolean
bell_rang (const Pair *pair)
{
  uint64_t count;
  return read (pair->bell, &count, sizeof count) == sizeof count;
}

/* A point and extras that tell the number they were made from. */
static void
fill (guint64 number, gsize n, double *values)
{
  for (gsize i = 0; i < n; i++)
    values[i] = (double) (number * 31 + i) / 8.0;
}

static gboolean
is_filled (guint64 number, gsize n, const double *values)
{
  gboolean good = TRUE;
  for (gsize i = 0; i < n; i++)
    good = good && values[i] == (double) (number * 31 + i) / 8.0;
  return good;
}

static void
post_number (Channel *channel, guint64 number)
{
  g_autofree double *values = g_new (double, channel->n + channel->extras_size + 1);
  fill (number, channel->n + channel->extras_size, values);
  gint32 status = number % 7 == 0 ? GLOMPO_STATUS_FAILED : GLOMPO_STATUS_EVALUATED;
  channel_post_evaluation (channel, number, status, status == GLOMPO_STATUS_FAILED ? INFINITY : (double) number / 4.0,
                           values, channel->extras_size > 0 ? values + channel->n : NULL);
}

/* Whether the record is evaluation number, unharmed. */
static gboolean
is_number (const Channel *channel, const ChannelRecord *r, guint64 number)
{
  gboolean failed = number % 7 == 0;
  g_autofree double *values = g_new (double, channel->n + channel->extras_size + 1);
  if (r->type != CHANNEL_EVALUATION || r->point != number)
    return FALSE;
  memcpy (values, r->x, channel->n * sizeof (double));
  if (channel->extras_size > 0)
    memcpy (values + channel->n, r->extras, channel->extras_size * sizeof (double));
  return r->status == (failed ? GLOMPO_STATUS_FAILED : GLOMPO_STATUS_EVALUATED)
         && r->f == (failed ? INFINITY : (double) number / 4.0) && (r->extras != NULL) == (channel->extras_size > 0)
         && is_filled (number, channel->n + channel->extras_size, values);
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
  post_number (&pair->worker, 5);
  ChannelRecord r;
  CU_ASSERT (channel_read (&pair->manager, &r) && is_number (&pair->manager, &r, 5));
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
          post_number (&pair->worker, posted);
      ChannelRecord r;
      while (good && channel_read (&pair->manager, &r))
        {
          if (read % 3 == 0)
            good = r.type == CHANNEL_MESSAGE && r.number == (gint32) read && strlen (r.text) == read % 4000
                   && (*r.text == '\0' || *r.text == 'a' + (char) (read % 26));
          else
            good = is_number (&pair->manager, &r, read);
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
      post_number (&pair->worker, i);
      ChannelRecord r;
      CU_ASSERT (channel_read (&pair->manager, &r) && is_number (&pair->manager, &r, i));
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
      post_number (p->channel, i);
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
    good = is_number (&pair->manager, &r, expected++);
  CU_ASSERT (good);
  TEST_INT (expected, full_at + 1);
  channel_release (&pair->manager);
  for (;;)
    {
      gboolean more = channel_read (&pair->manager, &r);
      if (more && r.type == CHANNEL_ENDED)
        break;
      good = good && (!more || is_number (&pair->manager, &r, expected++));
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
          bad += !is_number (&pair->manager, &r, expected++);
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
  post_number (&pair->worker, 1);
  channel_announce (&pair->worker);
  CU_ASSERT_FALSE (bell_rang (pair)); /* the manager does not sleep */
  CU_ASSERT (channel_sleep (&pair->manager)); /* it may not: there is something */
  ChannelRecord r;
  CU_ASSERT (channel_read (&pair->manager, &r));
  CU_ASSERT_FALSE (channel_sleep (&pair->manager));
  post_number (&pair->worker, 2);
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

/* ---- damage ---- */

static gsize
ring_start (const Pair *pair)
{
  return (gsize) (pair->manager.ring - pair->memory);
}

/* Offsets of the counters that say how far was written and how far of this the reader is shown: the words that
 * change with a post. */
static void
find_counters (gsize *out_head, gsize *out_shown)
{
  g_autoptr (Pair) pair = pair_new (1, 0);
  gsize i = 0, end = ring_start (pair);
  g_autofree guint8 *before = g_memdup2 (pair->memory, end);
  post_number (&pair->worker, 1);
  while (before[i] == pair->memory[i])
    i++;
  do
    end--;
  while (before[end] == pair->memory[end]);
  *out_head = i / 8 * 8;
  *out_shown = end / 8 * 8;
  CU_ASSERT_FATAL (*out_shown > *out_head);
}

static void
set_counters (Pair *pair, guint64 value)
{
  gsize head, shown;
  find_counters (&head, &shown);
  memcpy (pair->memory + head, &value, sizeof value);
  memcpy (pair->memory + shown, &value, sizeof value);
}

/* Reads all that the channel gives and checks that every record keeps its promises. Returns their number. */
static guint64
read_damaged (Channel *channel)
{
  ChannelRecord r;
  guint64 n = 0;
  double sum = 0;
  gsize length = 0;
  while (channel_read (channel, &r))
    {
      n++;
      if (r.type == CHANNEL_EVALUATION)
        {
          gboolean value = r.status == GLOMPO_STATUS_EVALUATED;
          CU_ASSERT (r.status >= 0 && r.status <= GLOMPO_STATUS_TIMED_OUT);
          CU_ASSERT (value ? isfinite (r.f) : r.f == INFINITY);
          for (gsize i = 0; i < channel->n; i++)
            CU_ASSERT (isfinite (r.x[i]));
          for (gsize i = 0; i < channel->extras_size; i++)
            sum += r.extras[i];
        }
      else if (r.type == CHANNEL_MESSAGE || r.type == CHANNEL_ENDED)
        {
          CU_ASSERT (g_utf8_validate (r.text, -1, NULL));
          length += strlen (r.text);
        }
      else if (r.type == CHANNEL_METRICS || r.type == CHANNEL_MEASURED)
        for (gsize i = 0; i < r.n_values; i++)
          sum += r.values[i];
      else if (r.type == CHANNEL_INJECTED)
        sum += r.f + r.x[channel->n - 1];
      else if (r.type == CHANNEL_DIVERGED || r.type == CHANNEL_UNREADY)
        length += strlen (r.text);
      else
        CU_ASSERT (r.type == CHANNEL_PAUSED || r.type == CHANNEL_SAVED);
      if (n > channel->ring_size)
        break; /* no ring holds that many */
    }
  CU_ASSERT (n <= channel->ring_size && (sum == sum || length <= length));
  channel_release (channel);
  return n;
}

static void
post_some_of_each (Pair *pair)
{
  Channel *worker = &pair->worker;
  const double values[] = { 1, 2, 3 };
  const double *x;
  double f;
  for (guint64 i = 1; i < 8; i++)
    post_number (worker, i);
  channel_post_text (worker, CHANNEL_MESSAGE, 1, FALSE, "a message");
  channel_post_values (worker, CHANNEL_METRICS, 3, values);
  channel_post_text (worker, CHANNEL_PAUSED, 0, FALSE, "");
  channel_inject (&pair->manager, values, 0.5, 2);
  if (channel_injection (worker, &x, &f))
    channel_post_injected (worker, 7, 0);
  for (guint64 i = 8; i < 12; i++)
    post_number (worker, i);
  channel_post_text (worker, CHANNEL_ENDED, 1, FALSE, "the end");
}

#define POSTED 16u

/* Random bits of head and ring are flipped; the reader ends, gives only sound records, and whenever a
 * length was hit, it says corrupt. */
static void
test_flipped_bits (void)
{
  GRand *rand = g_rand_new_with_seed (20240229);
  gsize head, shown;
  find_counters (&head, &shown);
  guint noticed = 0, unharmed = 0;
  for (guint round = 0; round < FLIP_ROUNDS; round++)
    {
      g_autoptr (Pair) pair = pair_new (3, 2);
      post_some_of_each (pair);
      gsize used = (gsize) pair->worker.at;
      for (gint flips = g_rand_int_range (rand, 1, 4); flips > 0; flips--)
        {
          gsize place = g_rand_int_range (rand, 0, 4) == 0
                            ? shown + (gsize) g_rand_int_range (rand, 0, 8)
                            : ring_start (pair) + (gsize) g_rand_int_range (rand, 0, (gint32) used);
          pair->memory[place] ^= (guint8) (1u << g_rand_int_range (rand, 0, 8));
        }
      guint64 n = read_damaged (&pair->manager);
      noticed += pair->manager.corrupt != FALSE;
      unharmed += n == POSTED && !pair->manager.corrupt;
      CU_ASSERT (pair->manager.corrupt || n <= POSTED);
      ChannelRecord r;
      if (pair->manager.corrupt)
        {
          CU_ASSERT_FALSE (channel_read (&pair->manager, &r)); /* for good */
          CU_ASSERT (channel_sleep (&pair->manager));           /* the manager must see to it */
        }
    }
  g_rand_free (rand);
  printf ("%u of %u corrupt, %u complete ", noticed, FLIP_ROUNDS, unharmed);
  CU_ASSERT (noticed > FLIP_ROUNDS / 4);
}

/* The same with whole words of nonsense. */
static void
test_random_rings (void)
{
  GRand *rand = g_rand_new_with_seed (42);
  guint noticed = 0;
  for (guint round = 0; round < 2000; round++)
    {
      g_autoptr (Pair) pair = pair_new (1, 0);
      gsize used = 8 * (gsize) g_rand_int_range (rand, 1, 4096);
      for (gsize i = 0; i < used; i += 4)
        {
          /* Small numbers, for some of them to be possible lengths and types. */
          guint32 word = g_rand_int (rand) >> g_rand_int_range (rand, 0, 32);
          memcpy (pair->manager.ring + i, &word, sizeof word);
        }
      set_counters (pair, used);
      read_damaged (&pair->manager);
      noticed += pair->manager.corrupt != FALSE;
    }
  g_rand_free (rand);
  CU_ASSERT (noticed > 1990);
}

typedef struct {
  const char *what;
  guint64 head;    /* 0: as posted */
  gsize offset;    /* in the ring */
  guint32 words[3];
  guint n_words;
} Damage;

/* Each kind of nonsense by name. A record is u32 size, u16 type, u16 failed, i32 number, u32 0, u64 point. */
static const Damage damages[] = {
  { "head before tail", G_MAXUINT64 - 7, 0, { 0 }, 0 },
  { "head beyond the ring", (guint64) 1 << 40, 0, { 0 }, 0 },
  { "head not a multiple of 8", 12, 0, { 0 }, 0 },
  { "size 0", 0, 0, { 0, CHANNEL_EVALUATION }, 2 },
  { "size not a multiple of 8", 0, 0, { 44, CHANNEL_EVALUATION }, 2 },
  { "size beyond head", 0, 0, { 4096, CHANNEL_EVALUATION }, 2 },
  { "size beyond everything", 0, 0, { 0xfffffff8, CHANNEL_EVALUATION }, 2 },
  { "size less than a record's head", 0, 0, { 16, CHANNEL_MESSAGE }, 2 },
  { "an evaluation of another length", 0, 0, { 40, CHANNEL_EVALUATION }, 2 },
  { "a status below all", 0, 0, { 48, CHANNEL_EVALUATION, G_MAXUINT32 }, 3 },
  { "a status above all", 0, 0, { 48, CHANNEL_EVALUATION, 3 }, 3 },
  { "a failed evaluation with a value", 0, 0, { 48, CHANNEL_EVALUATION, 1 }, 3 },
  { "an infinite value", 0, 24, { 0, 0x7ff00000 }, 2 },
  { "a value that is no number", 0, 24, { 0, 0x7ff80000 }, 2 },
  { "a point that is no number", 0, 32, { 0, 0x7ff80000 }, 2 },
  { "type 0", 0, 0, { 48, 0 }, 2 },
  { "an unknown type", 0, 0, { 48, 77 }, 2 },
  { "padding before the end of the ring", 0, 0, { 48, 0xffff }, 2 },
  { "a message without an end", 0, 0, { 48, CHANNEL_MESSAGE }, 2 },
  { "a message without a text", 0, 0, { 24, CHANNEL_MESSAGE }, 2 },
  { "an injection of another length", 0, 0, { 24, CHANNEL_INJECTED }, 2 },
};

/* exactly: with channel_catch_up() */
static void
check_damages (gboolean exactly)
{
  for (guint i = 0; i < G_N_ELEMENTS (damages); i++)
    {
      const Damage *d = &damages[i];
      g_autoptr (Pair) pair = pair_new (2, 0);
      const double x[] = { 0.1, 0.2 }; /* no zero byte: a message without an end */
      double f;
      memset (&f, 0x41, sizeof f);
      channel_post_evaluation (&pair->worker, 1, GLOMPO_STATUS_EVALUATED, f, x, NULL);
      memset (pair->manager.ring + 32, 0x41, 16);
      memcpy (pair->manager.ring + d->offset, d->words, d->n_words * sizeof *d->words);
      if (d->head != 0)
        set_counters (pair, d->head);
      if (exactly)
        channel_catch_up (&pair->manager);
      ChannelRecord r;
      if (channel_read (&pair->manager, &r) || !pair->manager.corrupt)
        {
          printf ("\n%s: not noticed\n", d->what);
          CU_FAIL ("damage was not noticed");
        }
    }
}

static void
test_each_damage_is_noticed (void)
{
  check_damages (FALSE);
  check_damages (TRUE);
}

/* A worker gone mad keeps writing all over head and ring while the manager reads. */
typedef struct {
  Pair *pair;
  _Atomic gboolean stop;
} Madman;

static gpointer
go_mad (gpointer data)
{
  Madman *m = data;
  GRand *rand = g_rand_new_with_seed (7);
  while (!atomic_load (&m->stop))
    {
      guint32 word = g_rand_int (rand) >> g_rand_int_range (rand, 0, 32);
      gsize place = (gsize) g_rand_int_range (rand, 0, 64) * 4;
      atomic_store_explicit ((_Atomic guint32 *) (m->pair->manager.ring + place), word, memory_order_relaxed);
    }
  g_rand_free (rand);
  return NULL;
}

static void
test_memory_that_changes_under_the_reader (void)
{
  g_autoptr (Pair) pair = pair_new (2, 0);
  Madman m = { .pair = pair };
  GThread *thread = g_thread_new ("mad", go_mad, &m);
  for (guint round = 0; round < 20000; round++)
    {
      Channel again;
      channel_open (&again, (ChannelMemory *) pair->memory, pair->n, pair->extras, pair->bell);
      set_counters (pair, 256);
      read_damaged (&again);
      channel_close (&again);
    }
  atomic_store (&m.stop, TRUE);
  g_thread_join (thread);
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
  { "flipped bits", test_flipped_bits },
  { "random rings", test_random_rings },
  { "each damage is noticed", test_each_damage_is_noticed },
  { "memory that changes under the reader", test_memory_that_changes_under_the_reader },
};

TEST_MAIN ("channel", cases)
