/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The channel between the manager and one worker: a block of memory that both see, in one process or two.
 * Results go up through a ring with one producer (the worker's driver) and one consumer (the manager);
 * control goes down through a few words. Nothing here allocates, locks or calls the system per record:
 * a bell (an eventfd) is rung only when the manager sleeps.
 *
 * The reader trusts nothing in the memory: a record is copied out and checked before it is believed, and
 * an impossible one makes the channel corrupt for good.
 */
#pragma once

#include "worker/tally.h"
#include "worker/terms.h"
#include <glib.h>
#include <stdatomic.h>

/* What the manager wants of the worker. */
typedef enum { CHANNEL_RUN, CHANNEL_PAUSE, CHANNEL_STOP } ChannelCommand;

/* What a record says. */
typedef enum {
  CHANNEL_EVALUATION = 1, /* ChannelEvaluation, then x and extras */
  CHANNEL_MESSAGE = 2,    /* number: GlompoLogLevel; text */
  CHANNEL_INJECTED = 3,   /* the injection that the optimizer took: x, f, from; point; number: of looks for
                             one that found none since the last evaluation */
  CHANNEL_METRICS = 4,    /* values */
  CHANNEL_ENDED = 5,      /* number: a GlompoStopReason; failed; text: why. The last record */
  CHANNEL_PAUSED = 6,     /* number: of the order that it obeys; the worker rests, nothing is under way */
  CHANNEL_MEASURED = 7,   /* values: a MeterFinding, then the task's concurrency */
  CHANNEL_DIVERGED = 8,   /* text: where the replay differed from what was recorded; the end follows */
  CHANNEL_SAVED = 9,      /* number: of the order to save that was done; failed: it could not be, text: why */
  CHANNEL_UNREADY = 10    /* text: why nothing can be evaluated, through no fault of it; the end follows */
} ChannelType;

/* Numbers of a MeterFinding. */
#define CHANNEL_MEASURED_N 5

typedef struct _ChannelMemory ChannelMemory;

/* One side's view. The manager and the worker each have their own. */
typedef struct {
  ChannelMemory *memory;
  guint8 *ring;
  guint64 ring_size;
  guint64 at;            /* producer: head; consumer: tail */
  guint64 limit;         /* producer: how far it may write; consumer: how far it may read */
  guint64 announced;     /* producer: head when the bell was last considered */
  const _Atomic guint32 *command;
  gboolean quick;        /* producer: so many records come that the consumer is shown them in groups */
  guint64 shown;         /* consumer: what it was shown last */
  gboolean brief;        /* points that are not the best so far may be left out */
  double best_f;         /* of the evaluations that went through here */
  guint64 point;         /* of the last one */
  gsize n, extras_size;  /* shape of an evaluation */
  int bell;              /* eventfd of the manager */
  gboolean corrupt;      /* consumer: the memory made no sense */
  guint8 *copy;          /* consumer: the present record */
  gsize copy_size;
  guint64 *injection;    /* producer: the last injection read: f, from, x */
  guint32 injection_ticket;
} Channel;

/* A record as the reader gives it; the pointers are valid until the next read. */
typedef struct {
  ChannelType type;
  /* CHANNEL_EVALUATION */
  guint64 point;        /* number among the points that the optimizer asked for, from 1 */
  gint32 status;        /* a GlompoStatus */
  double f;
  const double *x;      /* n, finite; NULL where points are left out */
  const double *extras; /* extras_size, or NULL when there is none */
  /* others */
  guint64 from;         /* id of the optimizer that found an injected point */
  gint32 number;
  gboolean failed;
  const char *text;     /* NUL-terminated valid UTF-8 */
  gsize n_values;
  const double *values;
} ChannelRecord;

/* Bytes of memory for a channel of evaluations of that shape. */
gsize channel_memory_size (gsize n, gsize extras_size);

/* Makes fresh memory of that size, zeroed by the caller, a channel. */
void channel_memory_init (ChannelMemory *memory, gsize n, gsize extras_size);

/* Before anybody opens the channel: of good evaluations that are no better than all before them in the same
 * channel the points and extras are left out, as nobody looks at them. It makes quick evaluations much
 * cheaper. */
void channel_memory_leave_out_points (ChannelMemory *memory);

/* The manager's side, at any time: from soon on no point is left out; what is on its way may still lack
 * it. */
void channel_want_points (const Channel *channel);

/* The manager's or the worker's view of it. bell stays the caller's. */
void channel_open (Channel *channel, ChannelMemory *memory, gsize n, gsize extras_size, int bell);
void channel_close (Channel *channel);

/* The start point travels in the channel's memory too: set before the worker starts; read by it once.
 * (transfer full), n numbers. */
void channel_set_start_point (Channel *channel, const double *x0);
double *channel_start_point (const Channel *channel);

/* What else the manager lays down; see terms.h. */
Terms *channel_terms (const Channel *channel);

/* ---- worker's side; thread: the driver's ---- */

/* Appends a record. Blocks while the ring is full, unless the worker is told to stop at once by
 * channel_abandon(); then records are dropped. */
void channel_post_evaluation (Channel *channel, guint64 point, gint32 status, double f, const double *x,
                              const double *extras);
void channel_post_text (Channel *channel, ChannelType type, gint32 number, gboolean failed, const char *text);
void channel_post_values (Channel *channel, ChannelType type, gsize n, const double *values);

/* Tells that the optimizer took what channel_injection() or channel_draw_portion() gave last, after point
 * points and look looks that found nothing since then. */
void channel_post_injected (Channel *channel, guint64 point, guint look);

/* Makes sure that the manager sees what was posted soon: wakes it if it sleeps. */
void channel_announce (Channel *channel);

/* Shows the consumer all records so far; one is shown at once unless channel->quick is set. Even then it is
 * safe as soon as it is posted: see channel_catch_up(). */
void channel_show (Channel *channel);

/* TRUE: much of the ring is filled since then. */
static inline gboolean
channel_is_filling (const Channel *channel)
{
  return channel->at - channel->announced > channel->ring_size / 2;
}

/* The present command; cheap. With the number of the order: each one of channel_set_command() has another. */
#define CHANNEL_COMMAND_BITS 2u
static inline ChannelCommand
channel_command (const Channel *channel)
{
  uint32_t word = atomic_load_explicit (channel->command, memory_order_relaxed);
  return (ChannelCommand) (word & ((1u << CHANNEL_COMMAND_BITS) - 1));
}
ChannelCommand channel_order (const Channel *channel, gint32 *out_number);

/* TRUE: nobody listens any more. */
gboolean channel_is_abandoned (const Channel *channel);

/* A new injection since the last call: x (n numbers) stays valid until the next call. */
gboolean channel_injection (Channel *channel, const double **out_x, double *out_f);

/* The next portion of leave. FALSE: there is none now. The injection that came with it, until the next
 * one. */
gboolean channel_draw_portion (Channel *channel, gint64 *out_n, gboolean *out_injects);
void channel_drawn_injection (const Channel *channel, const double **out_x, double *out_f);

/* Signalled when a command, an injection or room in the ring comes; the evaluators signal it too. */
EventCount *channel_event (const Channel *channel);

/* Leave that the worker drew from the budget less what it gave back. The manager compares it with what it
 * accepted, to find the leave that a dead worker took with it. */
_Atomic gint64 *channel_drawn (const Channel *channel);

/* Not 0: the optimizer waits for the evaluations of others, which is no silence either. */
_Atomic guint32 *channel_waits (const Channel *channel);

/* The points that are out with evaluators; that of channel_longest() need not be among them. */
Tally *channel_tally (const Channel *channel);

/* Which evaluation has been under way for longest, 0: none. The word changes when that one is done, so that
 * whoever looks now and then knows how long it has been running, and no clock is read for it. Its low
 * bits tell how many evaluations it stands for: several are begun by one call. */
#define CHANNEL_LONGEST_BITS 16
static inline guint64
channel_longest_word (guint64 number, gsize n)
{
  guint64 several = MIN (n, ((gsize) 1 << CHANNEL_LONGEST_BITS) - 1);
  return number > 0 ? number << CHANNEL_LONGEST_BITS | several : 0;
}
_Atomic guint64 *channel_longest (const Channel *channel);

/* ---- manager's side; thread: the manager's ---- */

/* TRUE: an evaluation is under way: silence is not idleness. */
gboolean channel_is_evaluating (const Channel *channel);

/* Reads the next record. FALSE: there is none now, or the channel is corrupt. */
gboolean channel_read (Channel *channel, ChannelRecord *out);

/* From now on channel_read() gives also what was posted but not shown: now and then, and when the worker is
 * no more. */
void channel_catch_up (Channel *channel);

/* TRUE: all that was posted is read, shown or not. */
gboolean channel_is_read_out (const Channel *channel);

/* Tells the producer how far was read; after a series of reads. */
void channel_release (Channel *channel);

/* Before sleeping: asks for the bell. TRUE: there is something to read already. */
gboolean channel_sleep (Channel *channel);

/* Returns the number of the order. The worker confirms each pause that it comes to see, so that one that
 * follows a short run is not taken for the one before. */
gint32 channel_set_command (Channel *channel, ChannelCommand command);

/* Offers a point that optimizer from found; a later offer replaces one that was not taken yet. */
void channel_inject (Channel *channel, const double *x, double f, guint64 from);

/* Wants the state of the optimizer to be saved as soon as it has no point out; the number must differ from
 * the one before, and be no 0. */
void channel_order_save (Channel *channel, guint32 number);

/* Deterministic mode: gives leave. FALSE: too many portions wait. */
gboolean channel_give_portion (Channel *channel, const TermsPortion *portion, const double *x);

/* The worker shall never block on this channel again: nobody reads it any more. */
void channel_abandon (Channel *channel);
