/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The thread that writes the journal to the file and the file to the disk, see writer-private.h.
 *
 * After a failed sync a system may take what it could not put on the disk for written, or forget it, so that
 * a second sync alone would succeed without having done anything. Hence what is written stays in memory until
 * a sync has succeeded, and is written again after one that has not.
 */
#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal/writer-private.h"

/* A sync is due at the latest when so much is written and not synced, which bounds the memory for it. */
#define UNSYNCED_MAX (32 * BUFFER_SIZE)

/* Buffers that are kept for later. */
#define SPARES_MAX 48u

/* What the thread alone knows. */
typedef struct {
  JournalWriter *writer;
  Buffer *current;      /* being written, or NULL */
  gsize done;           /* bytes of it in the file */
  GQueue unsynced;      /* Buffer, in the file but perhaps not on the disk */
  gsize unsynced_size;
  gboolean sync_failed; /* all that is not synced must be written again first */
} Drain;

/* Writes bytes *done to size of a buffer; *done says how far it got. Returns errno, 0: all of it. */
static int
write_part (int fd, const Buffer *buffer, gsize size, gsize *done)
{
  while (*done < size)
    {
      ssize_t n = pwrite (fd, buffer->bytes + *done, size - *done, (off_t) (buffer->offset + *done));
      if (n > 0)
        *done += (gsize) n;
      else if (n == 0)
        return ENOSPC;
      else if (errno != EINTR)
        return errno;
    }
  return 0;
}

/* Whether a failure of a sync means that there is nothing to sync: a pipe or the like. */
static gboolean
has_no_sync (int fd, int failure)
{
  struct stat status;

  return (failure == EINVAL || failure == EROFS) && fstat (fd, &status) == 0 && !S_ISREG (status.st_mode);
}

int
writer_sync_file (int fd)
{
  while (fdatasync (fd) != 0)
    if (errno != EINTR)
      return has_no_sync (fd, errno) ? 0 : errno;
  return 0;
}

/* Lock held. */
static void
recycle (JournalWriter *writer, Buffer *buffer)
{
  if (buffer->capacity != BUFFER_SIZE || g_queue_get_length (&writer->spares) >= SPARES_MAX)
    {
      buffer_free (buffer);
      return;
    }
  buffer->size = 0;
  g_queue_push_head (&writer->spares, buffer);
}

/* Lock held; let go of while the disk works. */
static void
write_current (Drain *drain)
{
  JournalWriter *writer = drain->writer;
  Buffer *current = drain->current;
  gsize before = drain->done;

  pthread_mutex_unlock (&writer->lock);
  int failure = write_part (writer->fd, current, current->size, &drain->done);
#ifdef SYNC_FILE_RANGE_WRITE
  /* The disk may begin: the sync then has less to wait for. It reports nothing, the sync does. */
  if (failure == 0 && current->size >= BUFFER_SIZE / 2)
    sync_file_range (writer->fd, (off_t) current->offset, (off_t) current->size, SYNC_FILE_RANGE_WRITE);
#endif
  pthread_mutex_lock (&writer->lock);

  writer->written += drain->done - before;
  writer->failure = failure;
  writer->failed = "write";
  if (failure == 0)
    {
      g_queue_push_tail (&drain->unsynced, current);
      drain->unsynced_size += current->capacity;
      drain->current = NULL;
      drain->done = 0;
    }
  pthread_cond_signal (&writer->progress);
}

static int
write_again (const Drain *drain)
{
  for (const GList *link = drain->unsynced.head; link != NULL; link = link->next)
    {
      const Buffer *buffer = link->data;
      gsize done = 0;
      int failure = write_part (drain->writer->fd, buffer, buffer->size, &done);
      if (failure != 0)
        return failure;
    }
  gsize done = 0;
  return drain->current != NULL ? write_part (drain->writer->fd, drain->current, drain->done, &done) : 0;
}

/* All that is written goes to the disk, and to a file that has a name. Returns errno; *out_failed says what
 * failed. */
static int
put_on_disk (const Drain *drain, guint64 size, const char **out_failed)
{
  const JournalWriter *writer = drain->writer;
  struct stat status;
  int failure = drain->sync_failed ? write_again (drain) : 0;

  *out_failed = "sync";
  if (failure == 0)
    failure = writer_sync_file (writer->fd);
  if (failure != 0 || fstat (writer->fd, &status) != 0 || status.st_nlink > 0)
    return failure;
  *out_failed = "put back the file, which was removed";
  return writer_restore (writer->fd, writer->path, size);
}

/* Lock held; let go of while the disk works. */
static void
sync_written (Drain *drain)
{
  JournalWriter *writer = drain->writer;
  guint64 target = writer->written;
  const char *failed;

  pthread_mutex_unlock (&writer->lock);
  int failure = put_on_disk (drain, target, &failed);
  pthread_mutex_lock (&writer->lock);

  drain->sync_failed = failure != 0;
  writer->failure = failure;
  writer->failed = failed;
  if (failure == 0)
    {
      writer->synced = target;
      drain->unsynced_size = 0;
      for (Buffer *buffer; (buffer = g_queue_pop_head (&drain->unsynced)) != NULL;)
        recycle (writer, buffer);
    }
  pthread_cond_signal (&writer->progress);
}

/* Lock held. The next buffer of the queue. */
static void
begin_next (Drain *drain)
{
  drain->current = g_queue_pop_head (&drain->writer->queue);
  if (drain->current != NULL)
    drain->current->offset = drain->writer->written;
}

/* Lock held. FALSE: the writer is closed, and nothing can be done any more. */
static gboolean
step (Drain *drain)
{
  JournalWriter *writer = drain->writer;
  gboolean sync_due = writer->written >= writer->sync_wanted && writer->synced < writer->sync_wanted;

  if (writer->failure == 0 && (sync_due || drain->unsynced_size >= UNSYNCED_MAX))
    {
      sync_written (drain);
      return TRUE;
    }
  if (writer->failure == 0 && drain->current == NULL)
    begin_next (drain);
  if (writer->failure == 0 && drain->current != NULL)
    write_current (drain);
  else if (writer->quit)
    return FALSE;
  else
    pthread_cond_wait (&writer->wake, &writer->lock);
  return TRUE;
}

void *
writer_write_and_sync (void *data)
{
  JournalWriter *writer = data;
  Drain drain = { .writer = writer, .unsynced = G_QUEUE_INIT };
  sigset_t all;

  /* A limit on the file size must show as an error of write(), not as SIGXFSZ. */
  sigfillset (&all);
  pthread_sigmask (SIG_BLOCK, &all, NULL);

  pthread_mutex_lock (&writer->lock);
  while (step (&drain))
    ;
  pthread_mutex_unlock (&writer->lock);
  buffer_free (drain.current);
  g_queue_clear_full (&drain.unsynced, (GDestroyNotify) buffer_free);
  return NULL;
}
