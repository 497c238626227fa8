/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/channel.h"
#include <glompo/glompo-plugin.h>
#include <stdalign.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#define CHANNEL_MAGIC 0x474c4f43u /* "GLOC" */
#define LINE 64u                  /* of the cache: the two sides write to lines of their own */
#define MIN_RING (256u * 1024u)
#define TEXT_MAX (16u * 1024u)
#define PAD_TYPE 0xffffu
/* The reader's cache is asked for what comes this much later: what was just written lies in the writer's. */
#define PREFETCH (16 * LINE)

struct _ChannelMemory {
  uint32_t magic;
  _Atomic uint32_t brief; /* points are left out */
  uint64_t ring_size;
  /* Written by the worker. */
  alignas (LINE) _Atomic uint64_t head;
  alignas (LINE) _Atomic uint64_t shown; /* at most head; on a line of its own, so that head is written undisturbed */
  /* Written by the manager. */
  alignas (LINE) _Atomic uint64_t tail;
  _Atomic uint32_t asleep;     /* the manager wants the bell */
  _Atomic uint32_t wants_room; /* the worker found the ring full */
  alignas (LINE) _Atomic uint32_t command; /* number of the order, then the bits of ChannelCommand */
  _Atomic uint32_t abandoned;
  _Atomic uint32_t injection_sequence; /* odd while it is written */
  EventCount event;
  alignas (LINE) _Atomic gint64 drawn;
  _Atomic guint32 waits;
  _Atomic guint64 longest;
  alignas (LINE) Tally tally;
  alignas (LINE) _Atomic uint64_t injection[]; /* f, from, x[n]; then the ring */
};

typedef struct {
  uint32_t size; /* of the whole record, a multiple of 8 */
  uint16_t type;
  uint16_t failed;
  int32_t number;
  uint32_t zero;
  uint64_t point;
} RecordHead;
G_STATIC_ASSERT (sizeof (RecordHead) == 24);

/* A good evaluation without its point, which is the next one after that of the record before: so short that no
 * other record has its size. */
typedef struct {
  uint32_t size;
  uint16_t type;
  uint16_t zero;
  double f;
} BriefRecord;
G_STATIC_ASSERT (sizeof (BriefRecord) == 16);

static gsize
evaluation_size (gsize n, gsize extras_size)
{
  return sizeof (RecordHead) + (1 + n + extras_size) * sizeof (double);
}

static guint64
ring_size (gsize n, gsize extras_size)
{
  guint64 size = MIN_RING, wanted = 8 * evaluation_size (n, extras_size);
  while (size < wanted)
    size *= 2;
  return size;
}

/* Words of an injection. */
static gsize
injection_length (gsize n)
{
  return n + 2;
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

/* ---- worker's side ---- */

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
      channel->limit = atomic_load_explicit (&channel->memory->tail, memory_order_acquire) + channel->ring_size;
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
    memcpy (place + sizeof head + (1 + channel->n) * sizeof *x, extras, channel->extras_size * sizeof *extras);
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

/* ---- manager's side ---- */

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
      if (size == 0 || (size & 7) != 0 || size > channel->limit - channel->at || offset + size > channel->ring_size)
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
  /* Not for a little room: a producer that is woken for each little piece spends its time with waking. What is
   * unread by now does not grow while it waits, and this goes on until it is read. */
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
