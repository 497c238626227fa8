/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "channel-pair.h"
#include <glompo/glompo-plugin.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

Pair *
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

void
pair_free (Pair *pair)
{
  channel_close (&pair->worker);
  channel_close (&pair->manager);
  close (pair->bell);
  free (pair->memory);
  g_free (pair);
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

void
pair_post_number (Channel *channel, guint64 number)
{
  g_autofree double *values = g_new (double, channel->n + channel->extras_size + 1);
  fill (number, channel->n + channel->extras_size, values);
  gint32 status = number % 7 == 0 ? GLOMPO_STATUS_FAILED : GLOMPO_STATUS_EVALUATED;
  channel_post_evaluation (channel, number, status,
                           status == GLOMPO_STATUS_FAILED ? INFINITY : (double) number / 4.0, values,
                           channel->extras_size > 0 ? values + channel->n : NULL);
}

gboolean
pair_is_number (const Channel *channel, const ChannelRecord *r, guint64 number)
{
  gboolean failed = number % 7 == 0;
  g_autofree double *values = g_new (double, channel->n + channel->extras_size + 1);
  if (r->type != CHANNEL_EVALUATION || r->point != number)
    return FALSE;
  memcpy (values, r->x, channel->n * sizeof (double));
  if (channel->extras_size > 0)
    memcpy (values + channel->n, r->extras, channel->extras_size * sizeof (double));
  return r->status == (failed ? GLOMPO_STATUS_FAILED : GLOMPO_STATUS_EVALUATED)
         && r->f == (failed ? INFINITY : (double) number / 4.0)
         && (r->extras != NULL) == (channel->extras_size > 0)
         && is_filled (number, channel->n + channel->extras_size, values);
}
