/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/log-queue.h"

void
log_queue_init (LogQueue *queue)
{
  g_mutex_init (&queue->lock);
  queue->lines = g_ptr_array_new_with_free_func (g_free);
  atomic_init (&queue->waits, FALSE);
}

void
log_queue_clear (LogQueue *queue)
{
  g_ptr_array_unref (queue->lines);
  g_mutex_clear (&queue->lock);
}

void
log_queue_push (LogQueue *queue, GlompoLogLevel level, const char *text)
{
  int digit = CLAMP ((int) level, GLOMPO_LOG_DEBUG, GLOMPO_LOG_ERROR);
  g_mutex_lock (&queue->lock);
  g_ptr_array_add (queue->lines, g_strdup_printf ("%d%s", digit, text));
  g_mutex_unlock (&queue->lock);
  atomic_store (&queue->waits, TRUE);
}

void
log_queue_drain (LogQueue *queue, void (*take) (gpointer data, GlompoLogLevel level, const char *text),
                 gpointer data)
{
  if (log_queue_is_empty (queue))
    return;
  atomic_store (&queue->waits, FALSE);
  g_mutex_lock (&queue->lock);
  g_autoptr (GPtrArray) lines = g_steal_pointer (&queue->lines);
  queue->lines = g_ptr_array_new_with_free_func (g_free);
  g_mutex_unlock (&queue->lock);
  for (guint i = 0; i < lines->len; i++)
    {
      const char *line = lines->pdata[i];
      take (data, (GlompoLogLevel) (line[0] - '0'), line + 1);
    }
}
