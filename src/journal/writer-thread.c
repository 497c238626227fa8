/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The thread that writes the journal to the file and the file to the disk, see writer-private.h. */
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "journal/writer-private.h"

/* Writes the rest of a buffer; *done says how far it got. Returns errno, 0: all of it. */
static int
write_rest (int fd, guint64 offset, const Buffer *buffer, gsize *done)
{
  while (*done < buffer->size)
    {
      ssize_t n = pwrite (fd, buffer->bytes + *done, buffer->size - *done, (off_t) (offset + *done));
      if (n > 0)
        *done += (gsize) n;
      else if (n == 0)
        return ENOSPC;
      else if (errno != EINTR)
        return errno;
    }
  return 0;
}

int
writer_sync_file (int fd)
{
  while (fdatasync (fd) != 0)
    if (errno != EINTR)
      return errno == EINVAL || errno == EROFS ? 0 : errno; /* a pipe or the like has nothing to sync */
  return 0;
}

/* Lock held; let go of while the disk works. */
static void
write_current (JournalWriter *writer, Buffer **current, gsize *done)
{
  gsize before = *done;
  guint64 start = writer->written - before;

  pthread_mutex_unlock (&writer->lock);
  int failure = write_rest (writer->fd, start, *current, done);
  pthread_mutex_lock (&writer->lock);

  writer->written += *done - before;
  writer->failure = failure;
  writer->failed = "write";
  if (failure == 0)
    {
      if (writer->spare == NULL && (*current)->capacity == BUFFER_SIZE)
        {
          writer->spare = g_steal_pointer (current);
          writer->spare->size = 0;
        }
      g_clear_pointer (current, buffer_free);
      *done = 0;
    }
  pthread_cond_signal (&writer->progress);
}

/* Writes a part of the file over itself. After a failed sync the system takes what it could not put on the
 * disk for written, so that a second sync alone would succeed without having done anything. Returns errno. */
static int
write_again (int fd, guint64 start, guint64 end)
{
  Buffer *buffer = buffer_new (0);
  int failure = 0;

  while (start < end && failure == 0)
    {
      gsize done = 0;
      ssize_t n = pread (fd, buffer->bytes, MIN (end - start, buffer->capacity), (off_t) start);
      buffer->size = n > 0 ? (gsize) n : 0;
      if (n < 0 && errno != EINTR)
        failure = errno;
      else if (n == 0)
        failure = EIO;
      else
        failure = write_rest (fd, start, buffer, &done);
      start += buffer->size;
    }
  buffer_free (buffer);
  return failure;
}

/* Lock held; let go of while the disk works. */
static void
sync_written (JournalWriter *writer)
{
  guint64 start = writer->synced, target = writer->written;
  gboolean again = writer->sync_failed;
  int failure = 0;

  pthread_mutex_unlock (&writer->lock);
  if (again)
    failure = write_again (writer->fd, start, target);
  if (failure == 0)
    failure = writer_sync_file (writer->fd);
  pthread_mutex_lock (&writer->lock);

  if (failure == 0)
    writer->synced = target;
  writer->sync_failed = failure != 0;
  writer->failure = failure;
  writer->failed = "sync";
  pthread_cond_signal (&writer->progress);
}

void *
writer_write_and_sync (void *data)
{
  JournalWriter *writer = data;
  Buffer *current = NULL;
  gsize done = 0;
  sigset_t all;

  /* A limit on the file size must show as an error of write(), not as SIGXFSZ. */
  sigfillset (&all);
  pthread_sigmask (SIG_BLOCK, &all, NULL);

  pthread_mutex_lock (&writer->lock);
  for (;;)
    {
      if (current == NULL && writer->failure == 0)
        current = g_queue_pop_head (&writer->queue);
      if (writer->failure != 0)
        {
          if (writer->quit)
            break;
          pthread_cond_wait (&writer->wake, &writer->lock);
        }
      else if (writer->written >= writer->sync_wanted && writer->synced < writer->sync_wanted)
        sync_written (writer);
      else if (current != NULL)
        write_current (writer, &current, &done);
      else if (writer->quit)
        break;
      else
        pthread_cond_wait (&writer->wake, &writer->lock);
    }
  pthread_mutex_unlock (&writer->lock);
  buffer_free (current);
  return NULL;
}
