/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The manager's side of a channel: it reads what may be corrupt, and gives orders. */
#include "worker/channel-private.h"
#include <glompo/glompo-plugin.h>
#include <math.h>
#include <string.h>

gboolean
channel_is_evaluating (const Channel *channel)
{
  const ChannelMemory *memory = channel->memory;
  return !tally_is_calm (&channel->memory->tally) || atomic_load (&memory->waits) != 0
         || atomic_load (&memory->longest) != 0;
}

gboolean
channel_give_portion (Channel *channel, const TermsPortion *portion, const double *x)
{
  if (!terms_give (channel_terms (channel), channel->n, portion, x))
    return FALSE;
  eventcount_signal (&channel->memory->event);
  return TRUE;
}

void
channel_order_save (Channel *channel, guint32 number)
{
  atomic_store_explicit (&channel_terms (channel)->save_order, number, memory_order_release);
  eventcount_signal (&channel->memory->event);
}

static gboolean
accept_limit (Channel *channel, guint64 limit)
{
  if (limit < channel->at || limit - channel->at > channel->ring_size || (limit & 7) != 0)
    channel->corrupt = TRUE;
  else
    channel->limit = limit;
  return !channel->corrupt && channel->at < limit;
}

static gboolean
available (Channel *channel)
{
  if (channel->at < channel->limit)
    return TRUE;
  guint64 shown = atomic_load_explicit (&channel->memory->shown, memory_order_acquire);
  if (shown == channel->shown) /* all of it is read, and perhaps more */
    return FALSE;
  if (shown > channel->shown && shown <= channel->at)
    {
      channel->shown = shown;
      return FALSE;
    }
  channel->shown = shown;
  return accept_limit (channel, shown);
}

void
channel_catch_up (Channel *channel)
{
  if (!channel->corrupt)
    accept_limit (channel, atomic_load_explicit (&channel->memory->head, memory_order_acquire));
}

gboolean
channel_is_read_out (const Channel *channel)
{
  return atomic_load_explicit (&channel->memory->head, memory_order_acquire) == channel->at;
}

static gboolean
is_corrupt (Channel *channel)
{
  channel->corrupt = TRUE;
  return FALSE;
}

/* The usual case without a branch: a difference is NaN exactly if x[i] is not finite. */
static gboolean
all_finite (gsize n, const double *x)
{
  double sum = 0;
  for (gsize i = 0; i < n; i++)
    sum += x[i] - x[i];
  return sum == 0;
}

static gboolean
parse_injected (Channel *channel, const RecordHead *head, gsize length, ChannelRecord *out)
{
  if (length != injection_length (channel->n) * sizeof (double))
    return is_corrupt (channel);
  const double *values = (const double *) (channel->copy + sizeof *head);
  out->f = values[0];
  memcpy (&out->from, &values[1], sizeof out->from);
  out->x = values + 2;
  return isfinite (out->f) && all_finite (channel->n, out->x) ? TRUE : is_corrupt (channel);
}

static gboolean
parse_evaluation (Channel *channel, const RecordHead *head, gsize length, ChannelRecord *out)
{
  if (length != (1 + channel->n + channel->extras_size) * sizeof (double) || head->number < 0
      || head->number > GLOMPO_STATUS_TIMED_OUT)
    return is_corrupt (channel);
  const double *values = (const double *) (channel->copy + sizeof *head);
  out->point = head->point;
  out->status = head->number;
  out->f = values[0];
  out->x = values + 1;
  out->extras = channel->extras_size > 0 ? values + 1 + channel->n : NULL;
  gboolean f_is_good = out->status == GLOMPO_STATUS_EVALUATED ? isfinite (out->f) : out->f == INFINITY;
  channel->best_f = MIN (out->f, channel->best_f);
  channel->point = out->point;
  return f_is_good && all_finite (channel->n, out->x) ? TRUE : is_corrupt (channel);
}

/* A brief record at that place, of which nothing but size and type was looked at. */
static gboolean
parse_brief (Channel *channel, const guint8 *place, ChannelRecord *out)
{
  BriefRecord record;
  memcpy (&record, place, sizeof record); /* it may change under our eyes: looked at once */
  if (!channel->brief || !isfinite (record.f) || record.f < channel->best_f)
    return is_corrupt (channel);
  out->type = CHANNEL_EVALUATION;
  out->point = ++channel->point;
  out->status = GLOMPO_STATUS_EVALUATED;
  out->f = record.f;
  out->x = out->extras = NULL;
  return TRUE;
}

static gboolean
parse (Channel *channel, const RecordHead *head, ChannelRecord *out)
{
  gsize length = head->size - sizeof *head;
  const char *payload = (const char *) channel->copy + sizeof *head;
  *out = (ChannelRecord){ .type = head->type, .number = head->number,
                          .failed = head->failed != 0, .point = head->point };
  switch (head->type)
    {
    case CHANNEL_EVALUATION:
      return parse_evaluation (channel, head, length, out);
    case CHANNEL_MESSAGE:
    case CHANNEL_ENDED:
    case CHANNEL_DIVERGED:
    case CHANNEL_UNREADY:
    case CHANNEL_SAVED:
      if (length == 0 || memchr (payload, '\0', length) == NULL || !g_utf8_validate (payload, -1, NULL))
        return is_corrupt (channel);
      out->text = payload;
      return TRUE;
    case CHANNEL_MEASURED:
    case CHANNEL_METRICS:
      out->n_values = length / sizeof (double);
      out->values = (const double *) payload;
      return TRUE;
    case CHANNEL_INJECTED:
      return parse_injected (channel, head, length, out);
    case CHANNEL_PAUSED:
      return TRUE;
    default:
      return is_corrupt (channel);
    }
}

gboolean
channel_read (Channel *channel, ChannelRecord *out)
{
  while (!channel->corrupt && available (channel))
    {
      gsize offset = channel->at & (channel->ring_size - 1);
      uint64_t word;
      if (channel->limit - channel->at > PREFETCH)
        __builtin_prefetch (channel->ring + ((offset + PREFETCH) & (channel->ring_size - 1)));
      memcpy (&word, channel->ring + offset, sizeof word);
      gsize size = (uint32_t) word;
      guint type = (word >> 32) & 0xffff;
      if (size == 0 || (size & 7) != 0 || size > channel->limit - channel->at
          || offset + size > channel->ring_size)
        return is_corrupt (channel);
      if (type == PAD_TYPE)
        {
          if (offset == 0 || offset + size != channel->ring_size) /* only the end of the ring is padded */
            return is_corrupt (channel);
          channel->at += size;
          continue;
        }
      if (size == sizeof (BriefRecord) && type == CHANNEL_EVALUATION)
        {
          channel->at += size;
          return parse_brief (channel, channel->ring + offset, out);
        }
      if (size < sizeof (RecordHead))
        return is_corrupt (channel);
      if (size > channel->copy_size)
        {
          channel->copy = g_realloc (channel->copy, size);
          channel->copy_size = size;
        }
      memcpy (channel->copy, channel->ring + offset, size);
      channel->at += size;
      RecordHead head;
      memcpy (&head, channel->copy, sizeof head);
      if (head.size != size) /* changed between the two looks */
        return is_corrupt (channel);
      return parse (channel, &head, out);
    }
  return FALSE;
}

void
channel_release (Channel *channel)
{
  ChannelMemory *m = channel->memory;
  if (atomic_load_explicit (&m->tail, memory_order_relaxed) == channel->at)
    return;
  atomic_store (&m->tail, channel->at);
  /* Not for a little room: a producer that is woken for each little piece spends its time with waking. What
   * is unread by now does not grow while it waits, and this goes on until it is read. */
  if (channel->limit - channel->at > channel->ring_size / 2)
    return;
  /* Sequentially consistent, as in wait_for_room(): either it sees the new tail, or this sees its wish. */
  if (atomic_load (&m->wants_room) != 0)
    {
      atomic_store (&m->wants_room, 0);
      eventcount_signal (&m->event);
    }
}

gboolean
channel_sleep (Channel *channel)
{
  if (channel->corrupt)
    return TRUE;
  atomic_store (&channel->memory->asleep, 1);
  /* Orders the store of asleep before the load of what is shown; pairs with channel_announce(). */
  atomic_thread_fence (memory_order_seq_cst);
  if (available (channel) || channel->corrupt)
    {
      atomic_store (&channel->memory->asleep, 0);
      return TRUE;
    }
  return FALSE;
}

gint32
channel_set_command (Channel *channel, ChannelCommand command)
{
  uint32_t number = (atomic_load (&channel->memory->command) >> CHANNEL_COMMAND_BITS) + 1;
  atomic_store (&channel->memory->command, number << CHANNEL_COMMAND_BITS | (uint32_t) command);
  eventcount_signal (&channel->memory->event);
  return (gint32) (number & (UINT32_MAX >> CHANNEL_COMMAND_BITS));
}

void
channel_inject (Channel *channel, const double *x, double f, guint64 from)
{
  ChannelMemory *m = channel->memory;
  uint32_t sequence = atomic_load_explicit (&m->injection_sequence, memory_order_relaxed);
  atomic_store_explicit (&m->injection_sequence, sequence + 1, memory_order_relaxed);
  atomic_thread_fence (memory_order_release);
  uint64_t bits;
  memcpy (&bits, &f, sizeof bits);
  atomic_store_explicit (&m->injection[0], bits, memory_order_relaxed);
  atomic_store_explicit (&m->injection[1], from, memory_order_relaxed);
  for (gsize i = 0; i < channel->n; i++)
    {
      memcpy (&bits, &x[i], sizeof bits);
      atomic_store_explicit (&m->injection[2 + i], bits, memory_order_relaxed);
    }
  atomic_store_explicit (&m->injection_sequence, sequence + 2, memory_order_release);
  eventcount_signal (&m->event);
}

void
channel_abandon (Channel *channel)
{
  atomic_store (&channel->memory->abandoned, 1);
  channel_set_command (channel, CHANNEL_STOP);
}
