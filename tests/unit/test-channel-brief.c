/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A channel that leaves out points that nobody needs: all else arrives, and whoever leaves out a point that
 * is needed is found out. */
#include "harness.h"
#include "worker/channel.h"
#include <glompo/glompo-plugin.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define N 3u
#define EXTRAS 2u
#define STREAM 300000u

typedef struct {
  gsize size;
  guint8 *memory;
  Channel worker, manager;
} Pair;

static Pair *
pair_new (gboolean worker_brief, gboolean manager_brief)
{
  Pair *pair = g_new0 (Pair, 1);
  pair->size = channel_memory_size (N, EXTRAS);
  pair->memory = aligned_alloc (64, (pair->size + 63) / 64 * 64);
  memset (pair->memory, 0, pair->size);
  ChannelMemory *memory = (ChannelMemory *) pair->memory;
  channel_memory_init (memory, N, EXTRAS);
  if (manager_brief)
    channel_memory_leave_out_points (memory);
  channel_open (&pair->manager, memory, N, EXTRAS, -1);
  if (worker_brief)
    channel_memory_leave_out_points (memory);
  channel_open (&pair->worker, memory, N, EXTRAS, -1);
  return pair;
}

static void
pair_free (Pair *pair)
{
  channel_close (&pair->worker);
  channel_close (&pair->manager);
  free (pair->memory);
  g_free (pair);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Pair, pair_free)

/* The point says of which evaluation it is. */
static double
first_of (double f)
{
  return isfinite (f) ? f : -3;
}

static void
post (Pair *pair, guint64 point, double f)
{
  const double x[N] = { first_of (f), (double) point, -1 }, extras[EXTRAS] = { 2 * f, NAN };
  gint32 status = isfinite (f) ? GLOMPO_STATUS_EVALUATED : GLOMPO_STATUS_TIMED_OUT;
  channel_post_evaluation (&pair->worker, point, status, f, x, extras);
}

/* Reads one evaluation and says whether its point came with it. */
static gboolean
takes (Pair *pair, guint64 point, double f)
{
  ChannelRecord r;
  CU_ASSERT_FATAL (channel_read (&pair->manager, &r));
  TEST_INT (r.type, CHANNEL_EVALUATION);
  TEST_INT (r.status, isfinite (f) ? GLOMPO_STATUS_EVALUATED : GLOMPO_STATUS_TIMED_OUT);
  CU_ASSERT (r.point == point && r.f == f);
  CU_ASSERT ((r.x == NULL) == (r.extras == NULL));
  if (r.x != NULL)
    CU_ASSERT (r.x[0] == first_of (f) && r.x[1] == (double) point && r.extras[0] == 2 * f
               && isnan (r.extras[1]));
  return r.x != NULL;
}

static void
test_only_better_points (void)
{
  g_autoptr (Pair) pair = pair_new (TRUE, TRUE);
  const double f[] = { INFINITY, 5, 7, INFINITY, 5, nextafter (5, 0), -2, 0 };
  const gboolean full[] = { TRUE, TRUE, FALSE, TRUE, FALSE, TRUE, TRUE, FALSE }; /* failures as well */
  for (gsize i = 0; i < G_N_ELEMENTS (full); i++)
    post (pair, i + 1, f[i]);
  /* the shortest record of others */
  channel_post_text (&pair->worker, CHANNEL_MESSAGE, GLOMPO_LOG_INFO, FALSE, "");
  for (gsize i = 0; i < G_N_ELEMENTS (full); i++)
    TEST_INT (takes (pair, i + 1, f[i]), full[i]);
  ChannelRecord r;
  CU_ASSERT_FATAL (channel_read (&pair->manager, &r));
  TEST_STR (r.text, "");
  CU_ASSERT_FALSE (channel_read (&pair->manager, &r));
  CU_ASSERT_FALSE (pair->manager.corrupt);
}

static void
test_all_points_unless_told (void)
{
  g_autoptr (Pair) pair = pair_new (FALSE, FALSE);
  for (guint64 i = 1; i <= 10; i++)
    post (pair, i, (double) i);
  for (guint64 i = 1; i <= 10; i++)
    CU_ASSERT (takes (pair, i, (double) i));
}

/* The worker cannot choose to leave out points. */
static void
test_not_wanted (void)
{
  g_autoptr (Pair) pair = pair_new (TRUE, FALSE);
  ChannelRecord r;
  post (pair, 1, 1);
  post (pair, 2, 2);
  CU_ASSERT (takes (pair, 1, 1));
  CU_ASSERT_FALSE (channel_read (&pair->manager, &r));
  CU_ASSERT (pair->manager.corrupt);
}

/* Points that come in another order, or with gaps, keep their numbers. */
static void
test_other_orders (void)
{
  g_autoptr (Pair) pair = pair_new (TRUE, TRUE);
  static const guint64 points[] = { 3, 4, 1, 2, 7, 7, 8 };
  static const gboolean full[] = { TRUE, FALSE, TRUE, FALSE, TRUE, TRUE, FALSE };
  for (gsize i = 0; i < G_N_ELEMENTS (points); i++)
    post (pair, points[i], 9);
  for (gsize i = 0; i < G_N_ELEMENTS (points); i++)
    TEST_INT (takes (pair, points[i], 9), full[i]);
  CU_ASSERT_FALSE (pair->manager.corrupt);
}

/* Posts 3 and then something worse, and makes f of the latter. */
static gboolean
accepts (double f)
{
  g_autoptr (Pair) pair = pair_new (TRUE, TRUE);
  ChannelRecord r;
  post (pair, 1, 3);
  guint8 *second = pair->worker.ring + pair->worker.at;
  post (pair, 2, 4);
  memcpy (second + 8, &f, sizeof f);
  CU_ASSERT (takes (pair, 1, 3));
  gboolean read = channel_read (&pair->manager, &r);
  CU_ASSERT (read != pair->manager.corrupt);
  return read;
}

static void
test_lies (void)
{
  CU_ASSERT (accepts (3));
  CU_ASSERT (accepts (1e300));
  CU_ASSERT_FALSE (accepts (nextafter (3, 0)));
  CU_ASSERT_FALSE (accepts (-INFINITY));
  CU_ASSERT_FALSE (accepts (INFINITY));
  CU_ASSERT_FALSE (accepts (NAN));
}

static double
value_at (guint64 point)
{
  guint64 mixed = point * 0x9e3779b97f4a7c15u;
  return point % 11 == 0 ? INFINITY : (double) (mixed >> 20) / (double) (1 + point / 64);
}

static gpointer
produce (gpointer data)
{
  for (guint64 point = 1; point <= STREAM; point++)
    post (data, point, value_at (point));
  channel_announce (&((Pair *) data)->worker);
  return NULL;
}

/* Both kinds of records across many ends of the ring, with a reader that gives room in little pieces. */
static void
test_stream (void)
{
  g_autoptr (Pair) pair = pair_new (TRUE, TRUE);
  GThread *thread = g_thread_new ("producer", produce, pair);
  double best = INFINITY;
  guint64 next = 1, wrong = 0;
  ChannelRecord r;
  while (next <= STREAM && !pair->manager.corrupt)
    {
      for (guint i = 0; i < 100 && channel_read (&pair->manager, &r); i++, next++)
        {
          gboolean better = value_at (next) < best;
          best = MIN (best, value_at (next));
          gboolean full = better || !isfinite (value_at (next));
          wrong += r.point != next || r.f != value_at (next) || (r.x != NULL) != full
                   || (full && (r.x[0] != first_of (r.f) || r.x[1] != (double) next));
        }
      channel_release (&pair->manager);
    }
  TEST_INT (wrong, 0);
  CU_ASSERT (next == STREAM + 1 && !pair->manager.corrupt);
  channel_abandon (&pair->manager);
  g_thread_join (thread);
}

/* What a quick producer has not shown yet is not given, unless it is asked for. */
static void
test_shown_in_groups (void)
{
  g_autoptr (Pair) pair = pair_new (TRUE, TRUE);
  ChannelRecord r;
  pair->worker.quick = TRUE;
  post (pair, 1, 1);
  post (pair, 2, 2);
  CU_ASSERT_FALSE (channel_read (&pair->manager, &r));
  channel_show (&pair->worker);
  post (pair, 3, 3);
  CU_ASSERT (takes (pair, 1, 1));
  CU_ASSERT_FALSE (takes (pair, 2, 2));
  CU_ASSERT_FALSE (channel_read (&pair->manager, &r));
  channel_catch_up (&pair->manager);
  CU_ASSERT_FALSE (takes (pair, 3, 3));
  channel_show (&pair->worker); /* nothing that was not read */
  CU_ASSERT_FALSE (channel_read (&pair->manager, &r));
  post (pair, 4, 4);
  channel_announce (&pair->worker);
  CU_ASSERT_FALSE (takes (pair, 4, 4));
  post (pair, 5, 5);
  channel_catch_up (&pair->manager);
  post (pair, 6, 6);
  channel_show (&pair->worker);
  CU_ASSERT_FALSE (takes (pair, 5, 5));
  CU_ASSERT_FALSE (takes (pair, 6, 6));
  CU_ASSERT_FALSE (channel_read (&pair->manager, &r));
  CU_ASSERT_FALSE (pair->manager.corrupt);
}

static const TestCase cases[] = {
  { "only better points", test_only_better_points },
  { "all points unless told", test_all_points_unless_told },
  { "points that are left out and wanted", test_not_wanted },
  { "other orders", test_other_orders },
  { "lies", test_lies },
  { "shown in groups", test_shown_in_groups },
  { "a stream", test_stream },
};

TEST_MAIN ("channel-brief", cases)
