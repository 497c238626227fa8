/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the two sides of a channel share: the memory, and what lies in its ring. Thread: see
 * channel.h. */
#pragma once

#include "worker/channel.h"
#include <stdalign.h>

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
  alignas (LINE) _Atomic uint64_t shown; /* at most head; on its own line: head is written undisturbed */
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

/* A good evaluation without its point, which is the next one after that of the record before: so short that
 * no other record has its size. */
typedef struct {
  uint32_t size;
  uint16_t type;
  uint16_t zero;
  double f;
} BriefRecord;
G_STATIC_ASSERT (sizeof (BriefRecord) == 16);

/* Bytes of an evaluation with its point. */
static inline gsize
evaluation_size (gsize n, gsize extras_size)
{
  return sizeof (RecordHead) + (1 + n + extras_size) * sizeof (double);
}

/* Words of an injection. */
static inline gsize
injection_length (gsize n)
{
  return n + 2;
}
