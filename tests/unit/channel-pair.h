/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Both ends of one channel in this process, and evaluations that are known by their number. */
#pragma once

#include "harness.h"
#include "worker/channel.h"

typedef struct {
  gsize n, extras, size;
  guint8 *memory;
  Channel worker, manager;
  int bell;
} Pair;

Pair *pair_new (gsize n, gsize extras);
void pair_free (Pair *pair);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Pair, pair_free)

/* An evaluation whose point, extras, status and value follow from the number. */
void pair_post_number (Channel *channel, guint64 number);

/* Whether the record is evaluation number, unharmed. */
gboolean pair_is_number (const Channel *channel, const ChannelRecord *r, guint64 number);
