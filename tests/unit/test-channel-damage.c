/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Nonsense in the memory of a channel is noticed and never followed. */
#include "channel-pair.h"
#include <glompo/glompo-plugin.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define FLIP_ROUNDS 20000u

static gsize
ring_start (const Pair *pair)
{
  return (gsize) (pair->manager.ring - pair->memory);
}

/* Offsets of the counters that say how far was written and how far of this the reader is shown: the words
 * that change with a post. */
static void
find_counters (gsize *out_head, gsize *out_shown)
{
  g_autoptr (Pair) pair = pair_new (1, 0);
  gsize i = 0, end = ring_start (pair);
  g_autofree guint8 *before = g_memdup2 (pair->memory, end);
  pair_post_number (&pair->worker, 1);
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
    pair_post_number (worker, i);
  channel_post_text (worker, CHANNEL_MESSAGE, 1, FALSE, "a message");
  channel_post_values (worker, CHANNEL_METRICS, 3, values);
  channel_post_text (worker, CHANNEL_PAUSED, 0, FALSE, "");
  channel_inject (&pair->manager, values, 0.5, 2);
  if (channel_injection (worker, &x, &f))
    channel_post_injected (worker, 7, 0);
  for (guint64 i = 8; i < 12; i++)
    pair_post_number (worker, i);
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
  { "flipped bits", test_flipped_bits },
  { "random rings", test_random_rings },
  { "each damage is noticed", test_each_damage_is_noticed },
  { "memory that changes under the reader", test_memory_that_changes_under_the_reader },
};

TEST_MAIN ("channel-damage", cases)
