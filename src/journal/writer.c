/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The journal's writer, see writer.h. The owner fills `active`, which it alone touches; full or flushed
 * buffers go into `queue`, from which the writer's thread takes them in order. Under `lock`: queue, spare
 * and what follows them in the struct. Invariant: the file holds the first `written` bytes of the journal,
 * then come the rest of `current`, the queue, and `active`. Locks are those of POSIX and not of GLib, so that
 * a thread sanitizer sees them.
 */
#include "journal/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal/records.h"

/* Large enough that a system call costs nothing per record, small enough for the processor's cache. */
#define BUFFER_SIZE (1024u * 1024u)

/* The owner waits while so many full buffers wait for the thread. */
#define MAX_QUEUED 4

typedef struct {
  guint8 *bytes;
  gsize size;
  gsize capacity;
} Buffer;

struct _JournalWriter
{
  char *path;
  int fd;
  pthread_t thread;

  /* The owner's alone. */
  Buffer *active;
  guint64 size;

  pthread_mutex_t lock;
  pthread_cond_t wake;     /* for the thread: there is work */
  pthread_cond_t progress; /* for the owner: something was written, synced, or failed */
  GQueue queue;         /* Buffer, not yet begun */
  Buffer *spare;        /* or NULL */
  guint64 written;      /* bytes in the file */
  guint64 synced;       /* bytes on the disk */
  guint64 sync_wanted;  /* bytes that should be */
  int failure;          /* errno that stopped the thread until the next flush, 0: none */
  gboolean sync_failed; /* what is not synced must be written again first */
  const char *failed;   /* what failed then: "write" or "sync" */
  gboolean quit;
};

static Buffer *
buffer_new (gsize capacity)
{
  Buffer *buffer = g_new0 (Buffer, 1);

  buffer->capacity = MAX (capacity, BUFFER_SIZE);
  buffer->bytes = g_malloc (buffer->capacity);
  return buffer;
}

static void
buffer_free (Buffer *buffer)
{
  if (buffer == NULL)
    return;
  g_free (buffer->bytes);
  g_free (buffer);
}

static gboolean
set_io_error (GError **error, const char *path, const char *what, int number)
{
  g_set_error (error, GLOMPO_JOURNAL_ERROR, GLOMPO_JOURNAL_ERROR_IO, "journal %s: cannot %s: %s", path,
               what, g_strerror (number));
  return FALSE;
}

/* The thread. */

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

static int
sync_file (int fd)
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
    failure = sync_file (writer->fd);
  pthread_mutex_lock (&writer->lock);

  if (failure == 0)
    writer->synced = target;
  writer->sync_failed = failure != 0;
  writer->failure = failure;
  writer->failed = "sync";
  pthread_cond_signal (&writer->progress);
}

static void *
write_and_sync (void *data)
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

/* The owner. */

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
      writer->active = g_steal_pointer (&writer->spare);
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
  RecordFrame frame = {
    .length = (guint32) length, .type = GLOMPO_RECORD_EVALUATION, .optimizer = optimizer, .time = time
  };
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
  RecordFrame frame = { .length = (guint32) length, .type = type, .optimizer = optimizer, .time = time };
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

  return failure == 0 || set_io_error (error, writer->path, failed, failure);
}

guint64
journal_writer_get_size (JournalWriter *writer)
{
  return writer->size;
}

/* Opening and closing. */

/* Frees everything but the thread, which is not there any more, and closes. Returns errno of that. */
static int
destroy (JournalWriter *writer)
{
  int failure = close (writer->fd) != 0 ? errno : 0;

  buffer_free (writer->active);
  buffer_free (writer->spare);
  g_queue_clear_full (&writer->queue, (GDestroyNotify) buffer_free);
  pthread_mutex_destroy (&writer->lock);
  pthread_cond_destroy (&writer->wake);
  pthread_cond_destroy (&writer->progress);
  g_free (writer->path);
  g_free (writer);
  return failure;
}

/* Takes the descriptor; offset bytes of the file are good. */
static JournalWriter *
writer_new (const char *path, int fd, guint64 offset, GError **error)
{
  JournalWriter *writer = g_new0 (JournalWriter, 1);

  writer->path = g_strdup (path);
  writer->fd = fd;
  writer->active = buffer_new (0);
  writer->size = writer->written = writer->synced = writer->sync_wanted = offset;
  pthread_mutex_init (&writer->lock, NULL);
  pthread_cond_init (&writer->wake, NULL);
  pthread_cond_init (&writer->progress, NULL);
  g_queue_init (&writer->queue);
  if (offset == 0)
    {
      memcpy (writer->active->bytes, RECORDS_MAGIC, RECORDS_MAGIC_SIZE);
      writer->size = writer->active->size = RECORDS_MAGIC_SIZE;
    }
  int failure = pthread_create (&writer->thread, NULL, write_and_sync, writer);
  if (failure == 0)
    return writer;
  set_io_error (error, path, "start a thread", failure);
  destroy (writer);
  return NULL;
}

/* File systems without locks are let pass. */
static gboolean
lock_file (int fd, const char *path, GError **error)
{
  if (flock (fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
    return TRUE;
  g_set_error (error, GLOMPO_JOURNAL_ERROR, GLOMPO_JOURNAL_ERROR_EXISTS,
               "journal %s: another program is writing it; wait until that run has ended", path);
  return FALSE;
}

gboolean
journal_is_being_written (const char *path)
{
  int fd = g_open (path, O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0)
    return FALSE;
  gboolean locked = flock (fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  close (fd);
  return locked;
}

/* Makes the name of a new file survive a crash too; not every file system can. */
static void
sync_directory (const char *path)
{
  g_autofree char *directory = g_path_get_dirname (path);
  int fd = g_open (directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);

  if (fd < 0)
    return;
  fsync (fd);
  close (fd);
}

JournalWriter *
journal_writer_new (const char *path, GError **error)
{
  int fd = g_open (path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0 && errno == EEXIST)
    {
      g_set_error (error, GLOMPO_JOURNAL_ERROR, GLOMPO_JOURNAL_ERROR_EXISTS,
                   "journal %s: the file exists already; choose another run directory", path);
      return NULL;
    }
  if (fd < 0)
    {
      set_io_error (error, path, "create", errno);
      return NULL;
    }
  if (!lock_file (fd, path, error))
    {
      close (fd);
      return NULL;
    }

  JournalWriter *writer = writer_new (path, fd, 0, error);
  if (writer == NULL || !journal_writer_flush (writer, TRUE, error))
    {
      journal_writer_free (writer);
      g_unlink (path);
      return NULL;
    }
  sync_directory (path);
  return writer;
}

/* Checks that the file has its magic and offset bytes, and cuts it there. */
static gboolean
cut_file (int fd, const char *path, guint64 offset, GError **error)
{
  char magic[RECORDS_MAGIC_SIZE];
  struct stat status;

  if (fstat (fd, &status) != 0)
    return set_io_error (error, path, "inspect", errno);
  if ((guint64) status.st_size < offset || (offset != 0 && offset < RECORDS_MAGIC_SIZE))
    {
      g_set_error (error, GLOMPO_JOURNAL_ERROR, GLOMPO_JOURNAL_ERROR_CORRUPT,
                   "journal %s: found %" G_GINT64_FORMAT " bytes, wanted to go on behind byte %"
                   G_GUINT64_FORMAT, path, (gint64) status.st_size, offset);
      return FALSE;
    }
  if (offset == 0 && status.st_size >= RECORDS_MAGIC_SIZE)
    {
      g_set_error (error, GLOMPO_JOURNAL_ERROR, GLOMPO_JOURNAL_ERROR_EXISTS,
                   "journal %s: found %" G_GINT64_FORMAT " bytes, wanted an empty file to begin", path,
                   (gint64) status.st_size);
      return FALSE;
    }
  if (offset != 0
      && (pread (fd, magic, sizeof magic, 0) != (ssize_t) sizeof magic
          || memcmp (magic, RECORDS_MAGIC, sizeof magic) != 0))
    {
      g_set_error (error, GLOMPO_JOURNAL_ERROR, GLOMPO_JOURNAL_ERROR_FORMAT,
                   "journal %s: not a journal: it does not start with \"" RECORDS_MAGIC "\"", path);
      return FALSE;
    }
  if (ftruncate (fd, (off_t) offset) != 0 || sync_file (fd) != 0)
    return set_io_error (error, path, "cut", errno);
  return TRUE;
}

JournalWriter *
journal_writer_open (const char *path, guint64 offset, GError **error)
{
  int fd = g_open (path, O_RDWR | O_CLOEXEC, 0);
  if (fd < 0)
    {
      set_io_error (error, path, "open", errno);
      return NULL;
    }
  if (!lock_file (fd, path, error) || !cut_file (fd, path, offset, error))
    {
      close (fd);
      return NULL;
    }
  return writer_new (path, fd, offset, error);
}

gboolean
journal_writer_close (JournalWriter *writer, GError **error)
{
  if (writer == NULL)
    return TRUE;
  gboolean good = journal_writer_flush (writer, TRUE, error);

  pthread_mutex_lock (&writer->lock);
  writer->quit = TRUE;
  pthread_cond_signal (&writer->wake);
  pthread_mutex_unlock (&writer->lock);
  pthread_join (writer->thread, NULL);
  g_autofree char *path = g_strdup (writer->path);
  int failure = destroy (writer);
  if (failure != 0 && good)
    good = set_io_error (error, path, "close", failure);
  return good;
}

void
journal_writer_free (JournalWriter *writer)
{
  journal_writer_close (writer, NULL);
}
