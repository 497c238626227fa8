/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lines of the log on their way from evaluators to the driver, the only one that may write to the channel.
 * Any thread pushes; one drains, which costs one load while there is nothing. */
#pragma once

#include <glib.h>
#include <glompo/glompo-plugin.h>
#include <stdatomic.h>

typedef struct {
  GMutex lock;
  GPtrArray *lines; /* under lock; level as first character */
  _Atomic gboolean waits;
} LogQueue;

void log_queue_init (LogQueue *queue);
void log_queue_clear (LogQueue *queue);
void log_queue_push (LogQueue *queue, GlompoLogLevel level, const char *text);

static inline gboolean
log_queue_is_empty (LogQueue *queue)
{
  return !atomic_load_explicit (&queue->waits, memory_order_relaxed);
}

/* Hands all lines over, oldest first. */
void log_queue_drain (LogQueue *queue, void (*take) (gpointer data, GlompoLogLevel level, const char *text),
                      gpointer data);
