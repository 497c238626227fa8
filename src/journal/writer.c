/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Appending to a journal, see writer.h and writer-private.h. Thread: the owner's. */
#include <string.h>

#include "journal/writer-private.h"

/* The owner waits while so many full buffers wait for the thread. */
#define MAX_QUEUED 16

Buffer *
buffer_new (gsize capacity)
{
  Buffer *buffer = g_new0 (Buffer, 1);

  buffer->capacity = MAX (capacity, BUFFER_SIZE);
  buffer->bytes = g_malloc (buffer->capacity);
  return buffer;
}

void
buffer_free (Buffer *buffer)
{
  if (buffer == NULL)
    return;
  g_free (buffer->bytes);
  g_free (buffer);
}

/* Lock held. Moves the active buffer to the queue; takes a fresh one of at least that capacity. */
static void
hand_over (JournalWriter *writer, gsize capacity)
{
  Buffer *active = writer->active;
  Buffer *last = g_queue_peek_tail (&writer->queue);

  if (last != NULL && last->capacity - last->size >= active->size)
    {
      /* Frequent flushes during a long stall thus need no more memory than what they hold. */
      memcpy (last->bytes + last->size, active->bytes, active->size);
      last->size += active->size;
      active->size = 0;
    }
  else if (active->size > 0)
    {
      g_queue_push_tail (&writer->queue, active);
      writer->active = g_queue_pop_head (&writer->spares);
      if (writer->active == NULL)
        writer->active = buffer_new (capacity);
    }
  if (writer->active->capacity < capacity)
    {
      buffer_free (writer->active);
      writer->active = buffer_new (capacity);
    }
}

/* Makes room for a record: waits for the thread when it is far behind, but not when it cannot write. */
static void
make_room (JournalWriter *writer, gsize size)
{
  pthread_mutex_lock (&writer->lock);
  hand_over (writer, size);
  pthread_cond_signal (&writer->wake);
  while (g_queue_get_length (&writer->queue) >= MAX_QUEUED && writer->failure == 0)
    pthread_cond_wait (&writer->progress, &writer->lock);
  pthread_mutex_unlock (&writer->lock);
}

void
journal_writer_not_before (JournalWriter *writer, gint64 time)
{
  writer->time = MAX (writer->time, time);
}

/* Where a record with that payload goes. */
static inline guint8 *
reserve (JournalWriter *writer, gsize length)
{
  gsize size = RECORDS_FRAME_SIZE + records_padded (length);

  if (G_UNLIKELY (writer->active->capacity - writer->active->size < size))
    make_room (writer, size);
  guint8 *bytes = writer->active->bytes + writer->active->size;
  writer->active->size += size;
  writer->size += size;
  return bytes;
}

void
journal_writer_evaluation (JournalWriter *writer, gint64 time, guint64 optimizer,
                           const GlompoEvaluation *evaluation)
{
  gsize length = records_evaluation_length (evaluation);

  g_return_if_fail (length <= RECORDS_MAX_PAYLOAD);
  guint8 *bytes = reserve (writer, length);
  journal_writer_not_before (writer, time);
  RecordFrame frame = { .length = (guint32) length,
                        .type = GLOMPO_RECORD_EVALUATION,
                        .optimizer = optimizer,
                        .time = writer->time };
  records_put_evaluation (bytes + RECORDS_FRAME_SIZE, evaluation);
  records_seal (bytes, &frame);
}

void
journal_writer_record (JournalWriter *writer, GlompoRecordType type, gint64 time, guint64 optimizer,
                       GVariant *details)
{
  if (details == NULL)
    details = g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0);
  g_autoptr (GVariant) owned = g_variant_ref_sink (details);
  g_return_if_fail (type != GLOMPO_RECORD_EVALUATION);
  g_return_if_fail (g_variant_is_of_type (owned, G_VARIANT_TYPE_VARDICT));
  g_autoptr (GVariant) normal = records_normalise (owned);
  gsize length = g_variant_get_size (normal);
  g_return_if_fail (length <= RECORDS_MAX_PAYLOAD);

  guint8 *bytes = reserve (writer, length);
  journal_writer_not_before (writer, time);
  RecordFrame frame
      = { .length = (guint32) length, .type = type, .optimizer = optimizer, .time = writer->time };
  g_variant_store (normal, bytes + RECORDS_FRAME_SIZE);
  records_seal (bytes, &frame);
}

/* Lock held. Hands everything over and lets the thread try again; returns the failure so far. */
static int
request_sync (JournalWriter *writer)
{
  int failure = writer->failure;

  writer->failure = 0;
  hand_over (writer, 0);
  writer->sync_wanted = writer->size;
  pthread_cond_signal (&writer->wake);
  return failure;
}

gboolean
journal_writer_flush (JournalWriter *writer, gboolean sync, GError **error)
{
  pthread_mutex_lock (&writer->lock);
  int failure = request_sync (writer);
  if (sync)
    {
      while (writer->synced < writer->sync_wanted && writer->failure == 0)
        pthread_cond_wait (&writer->progress, &writer->lock);
      failure = writer->failure;
    }
  const char *failed = writer->failed;
  pthread_mutex_unlock (&writer->lock);

  return failure == 0 || writer_set_error (error, writer->path, failed, failure);
}

gboolean
journal_writer_is_failing (JournalWriter *writer)
{
  pthread_mutex_lock (&writer->lock);
  gboolean failing = writer->failure != 0;
  pthread_mutex_unlock (&writer->lock);
  return failing;
}

guint64
journal_writer_get_synced (JournalWriter *writer)
{
  pthread_mutex_lock (&writer->lock);
  guint64 synced = writer->synced;
  pthread_mutex_unlock (&writer->lock);
  return synced;
}

guint64
journal_writer_get_size (JournalWriter *writer)
{
  return writer->size;
}
