/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The worker's side of a channel: it posts records and looks what is wanted of it. */
#include "worker/channel-private.h"
#include <glompo/glompo-plugin.h>
#include <string.h>
#include <unistd.h>

gboolean
channel_is_abandoned (const Channel *channel)
{
  return atomic_load_explicit (&channel->memory->abandoned, memory_order_relaxed) != 0;
}

static void
ring_bell (Channel *channel)
{
  uint64_t one = 1;
  if (atomic_exchange (&channel->memory->asleep, 0) != 0 && write (channel->bell, &one, sizeof one) < 0)
    { /* EAGAIN: it rings already */
    }
}

void
channel_show (Channel *channel)
{
  atomic_store_explicit (&channel->memory->shown, channel->at, memory_order_release);
}

void
channel_announce (Channel *channel)
{
  channel_show (channel);
  channel->announced = channel->at;
  /* Orders the store of what is shown before the load of asleep; pairs with channel_sleep(). */
  atomic_thread_fence (memory_order_seq_cst);
  if (atomic_load_explicit (&channel->memory->asleep, memory_order_relaxed) != 0)
    ring_bell (channel);
}

/* Room for size bytes in one piece behind head, or FALSE when the channel was abandoned. */
static gboolean
wait_for_room (Channel *channel, gsize size)
{
  for (;;)
    {
      channel->limit
          = atomic_load_explicit (&channel->memory->tail, memory_order_acquire) + channel->ring_size;
      if (channel->at + size <= channel->limit)
        return TRUE;
      if (channel_is_abandoned (channel))
        return FALSE;
      channel_announce (channel);
      uint32_t ticket = eventcount_ticket (&channel->memory->event);
      /* Before the second look at tail; pairs with channel_release(). */
      atomic_store (&channel->memory->wants_room, 1);
      if (channel->at + size > atomic_load (&channel->memory->tail) + channel->ring_size)
        eventcount_wait (&channel->memory->event, ticket, G_USEC_PER_SEC);
    }
}

static inline guint8 *
reserve (Channel *channel, gsize size)
{
  gsize offset = channel->at & (channel->ring_size - 1);
  gsize pad = offset + size > channel->ring_size ? channel->ring_size - offset : 0;
  if (G_UNLIKELY (channel->at + pad + size > channel->limit) && !wait_for_room (channel, pad + size))
    return NULL;
  if (pad > 0)
    {
      uint64_t word = (uint64_t) pad | (uint64_t) PAD_TYPE << 32;
      memcpy (channel->ring + offset, &word, sizeof word);
      channel->at += pad;
      offset = 0;
    }
  return channel->ring + offset;
}

static inline void
commit (Channel *channel, gsize size)
{
  channel->at += size;
  atomic_store_explicit (&channel->memory->head, channel->at, memory_order_release);
  if (!channel->quick)
    channel_show (channel);
}

static inline void
write_brief (Channel *channel, guint8 *place, double f)
{
  BriefRecord record = { .size = sizeof record, .type = CHANNEL_EVALUATION, .f = f };
  memcpy (place, &record, sizeof record);
  commit (channel, sizeof record);
}

static G_NO_INLINE void
post_brief_slowly (Channel *channel, double f)
{
  guint8 *place = reserve (channel, sizeof (BriefRecord));
  if (place != NULL)
    write_brief (channel, place, f);
}

/* Where there is room, as nearly always, without a call: it is done for every quick evaluation. */
static inline void
post_brief (Channel *channel, double f)
{
  gsize offset = channel->at & (channel->ring_size - 1);
  gsize size = sizeof (BriefRecord);
  if (G_LIKELY (offset + size <= channel->ring_size && channel->at + size <= channel->limit))
    write_brief (channel, channel->ring + offset, f);
  else
    post_brief_slowly (channel, f);
}

static G_NO_INLINE void
post_whole (Channel *channel, guint64 point, gint32 status, double f, const double *x, const double *extras)
{
  channel->best_f = MIN (f, channel->best_f);
  gsize size = evaluation_size (channel->n, channel->extras_size);
  guint8 *place = reserve (channel, size);
  if (place == NULL)
    return;
  RecordHead head = { .size = (uint32_t) size, .type = CHANNEL_EVALUATION, .number = status, .point = point };
  memcpy (place, &head, sizeof head);
  memcpy (place + sizeof head, &f, sizeof f);
  memcpy (place + sizeof head + sizeof f, x, channel->n * sizeof *x);
  if (channel->extras_size > 0)
    memcpy (place + sizeof head + (1 + channel->n) * sizeof *x, extras,
            channel->extras_size * sizeof *extras);
  commit (channel, size);
}

void
channel_post_evaluation (Channel *channel, guint64 point, gint32 status, double f, const double *x,
                         const double *extras)
{
  gboolean next = point == channel->point + 1;
  channel->point = point;
  if (atomic_load_explicit (&channel->memory->brief, memory_order_relaxed) && next
      && status == GLOMPO_STATUS_EVALUATED && f >= channel->best_f)
    post_brief (channel, f);
  else
    post_whole (channel, point, status, f, x, extras);
}

static void
post (Channel *channel, RecordHead head, gconstpointer payload, gsize length)
{
  gsize size = (sizeof head + length + 7) & ~(gsize) 7;
  guint8 *place = reserve (channel, size);
  if (place == NULL)
    return;
  head.size = (uint32_t) size;
  memcpy (place, &head, sizeof head);
  if (length > 0)
    memcpy (place + sizeof head, payload, length);
  memset (place + sizeof head + length, 0, size - sizeof head - length);
  commit (channel, size);
  channel_announce (channel);
}

void
channel_post_text (Channel *channel, ChannelType type, gint32 number, gboolean failed, const char *text)
{
  gsize length = strlen (text);
  if (length >= TEXT_MAX) /* cut where a character ends */
    for (length = TEXT_MAX - 1; length > 0 && ((guint8) text[length] & 0xc0) == 0x80;)
      length--;
  g_autofree char *copy = g_strndup (text, length);
  post (channel, (RecordHead){ .type = type, .number = number, .failed = failed != FALSE }, copy, length + 1);
}

void
channel_post_values (Channel *channel, ChannelType type, gsize n, const double *values)
{
  gsize most = TEXT_MAX / sizeof (double);
  post (channel, (RecordHead){ .type = type }, values, MIN (n, most) * sizeof (double));
}

void
channel_post_injected (Channel *channel, guint64 point, guint look)
{
  g_return_if_fail (channel->injection != NULL);
  RecordHead head = { .type = CHANNEL_INJECTED, .point = point, .number = (int32_t) look };
  post (channel, head, channel->injection,
        injection_length (channel->n) * sizeof *channel->injection);
}

ChannelCommand
channel_order (const Channel *channel, gint32 *out_number)
{
  uint32_t word = atomic_load (&channel->memory->command);
  *out_number = (gint32) (word >> CHANNEL_COMMAND_BITS);
  return (ChannelCommand) (word & ((1u << CHANNEL_COMMAND_BITS) - 1));
}

gboolean
channel_injection (Channel *channel, const double **out_x, double *out_f)
{
  ChannelMemory *m = channel->memory;
  uint32_t before = atomic_load_explicit (&m->injection_sequence, memory_order_acquire);
  if (G_LIKELY (before == channel->injection_ticket) || (before & 1) != 0)
    return FALSE;
  if (channel->injection == NULL)
    channel->injection = g_new (guint64, injection_length (channel->n));
  for (gsize i = 0; i < injection_length (channel->n); i++)
    channel->injection[i] = atomic_load_explicit (&m->injection[i], memory_order_relaxed);
  atomic_thread_fence (memory_order_acquire);
  if (atomic_load_explicit (&m->injection_sequence, memory_order_relaxed) != before)
    return FALSE; /* overwritten meanwhile: the next call gets the newer one */
  channel->injection_ticket = before;
  memcpy (out_f, channel->injection, sizeof *out_f);
  *out_x = (const double *) (channel->injection + 2);
  return TRUE;
}

gboolean
channel_draw_portion (Channel *channel, gint64 *out_n, gboolean *out_injects)
{
  TermsPortion portion;
  const double *x;
  Terms *terms = channel_terms (channel);
  if (!terms_peek (terms, channel->n, &portion, &x))
    return FALSE;
  if (portion.injects)
    {
      if (channel->injection == NULL)
        channel->injection = g_new (guint64, injection_length (channel->n));
      memcpy (&channel->injection[0], &portion.f, sizeof portion.f);
      channel->injection[1] = portion.from;
      memcpy (channel->injection + 2, x, channel->n * sizeof *x);
    }
  terms_pop (terms);
  *out_n = portion.n;
  *out_injects = portion.injects;
  return TRUE;
}

void
channel_drawn_injection (const Channel *channel, const double **out_x, double *out_f)
{
  memcpy (out_f, channel->injection, sizeof *out_f);
  *out_x = (const double *) (channel->injection + 2);
}
