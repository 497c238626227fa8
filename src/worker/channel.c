/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The memory of a channel and what both sides find in it. */
#include "worker/channel-private.h"
#include <math.h>
#include <string.h>

static guint64
ring_size (gsize n, gsize extras_size)
{
  guint64 size = MIN_RING, wanted = 8 * evaluation_size (n, extras_size);
  while (size < wanted)
    size *= 2;
  return size;
}

static gsize
ring_offset (gsize n)
{
  gsize size = sizeof (ChannelMemory) + injection_length (n) * sizeof (uint64_t);
  return (size + LINE - 1) / LINE * LINE;
}

/* A multiple of LINE: the ring is one, and the ring's place as well. */
static gsize
terms_offset (gsize n, gsize extras_size)
{
  return ring_offset (n) + ring_size (n, extras_size);
}

gsize
channel_memory_size (gsize n, gsize extras_size)
{
  return terms_offset (n, extras_size) + terms_size (n);
}

Terms *
channel_terms (const Channel *channel)
{
  return (Terms *) ((guint8 *) channel->memory + terms_offset (channel->n, channel->extras_size));
}

void
channel_memory_init (ChannelMemory *memory, gsize n, gsize extras_size)
{
  memory->magic = CHANNEL_MAGIC;
  memory->ring_size = ring_size (n, extras_size);
}

void
channel_memory_leave_out_points (ChannelMemory *memory)
{
  atomic_store (&memory->brief, TRUE);
}

void
channel_want_points (const Channel *channel)
{
  atomic_store (&channel->memory->brief, FALSE);
}

void
channel_open (Channel *channel, ChannelMemory *memory, gsize n, gsize extras_size, int bell)
{
  *channel = (Channel){
    .memory = memory,
    .ring = (guint8 *) memory + ring_offset (n),
    .ring_size = ring_size (n, extras_size), /* worked out again: the memory is not to be trusted */
    .n = n,
    .extras_size = extras_size,
    .command = &memory->command,
    .brief = atomic_load (&memory->brief) != 0,
    .best_f = INFINITY,
    .bell = bell,
  };
}

void
channel_close (Channel *channel)
{
  g_clear_pointer (&channel->copy, g_free);
  g_clear_pointer (&channel->injection, g_free);
  channel->memory = NULL;
}

/* In a place of its own: an injection may come before the worker has read it. */
void
channel_set_start_point (Channel *channel, const double *x0)
{
  memcpy (terms_start_point (channel_terms (channel), channel->n), x0, channel->n * sizeof *x0);
}

double *
channel_start_point (const Channel *channel)
{
  return g_memdup2 (terms_start_point (channel_terms (channel), channel->n), channel->n * sizeof (double));
}

EventCount *
channel_event (const Channel *channel)
{
  return &channel->memory->event;
}

_Atomic gint64 *
channel_drawn (const Channel *channel)
{
  return &channel->memory->drawn;
}

_Atomic guint32 *
channel_waits (const Channel *channel)
{
  return &channel->memory->waits;
}

Tally *
channel_tally (const Channel *channel)
{
  return &channel->memory->tally;
}

_Atomic guint64 *
channel_longest (const Channel *channel)
{
  return &channel->memory->longest;
}
