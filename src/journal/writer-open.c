/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a journal is begun, gone on with, and closed. Thread: the owner's. */
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal/reader.h"
#include "journal/writer-private.h"

gboolean
writer_set_error (GError **error, const char *path, const char *what, int number)
{
  g_set_error (error, GLOMPO_JOURNAL_ERROR, GLOMPO_JOURNAL_ERROR_IO, "journal %s: cannot %s: %s", path,
               what, g_strerror (number));
  return FALSE;
}

/* Frees everything but the thread, which is not there any more, and closes. Returns errno of that. */
static int
destroy (JournalWriter *writer)
{
  int failure = close (writer->fd) != 0 ? errno : 0;

  buffer_free (writer->active);
  g_queue_clear_full (&writer->spares, (GDestroyNotify) buffer_free);
  g_queue_clear_full (&writer->queue, (GDestroyNotify) buffer_free);
  pthread_mutex_destroy (&writer->lock);
  pthread_cond_destroy (&writer->wake);
  pthread_cond_destroy (&writer->progress);
  g_free (writer->path);
  g_free (writer->cut.kept);
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
  writer->time = G_MININT64;
  writer->active = buffer_new (0);
  writer->size = writer->written = writer->synced = writer->sync_wanted = offset;
  pthread_mutex_init (&writer->lock, NULL);
  pthread_cond_init (&writer->wake, NULL);
  pthread_cond_init (&writer->progress, NULL);
  g_queue_init (&writer->queue);
  g_queue_init (&writer->spares);
  if (offset == 0)
    {
      memcpy (writer->active->bytes, RECORDS_MAGIC, RECORDS_MAGIC_SIZE);
      writer->size = writer->active->size = RECORDS_MAGIC_SIZE;
    }
  int failure = pthread_create (&writer->thread, NULL, writer_write_and_sync, writer);
  if (failure == 0)
    return writer;
  writer_set_error (error, path, "start a thread", failure);
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
      writer_set_error (error, path, "create", errno);
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

/* Checks that the file has its magic and offset bytes. */
static gboolean
check_file (int fd, const char *path, guint64 offset, guint64 *out_size, GError **error)
{
  char magic[RECORDS_MAGIC_SIZE];
  struct stat status;

  if (fstat (fd, &status) != 0)
    return writer_set_error (error, path, "inspect", errno);
  *out_size = (guint64) status.st_size;
  if (*out_size < offset || (offset != 0 && offset < RECORDS_MAGIC_SIZE))
    {
      g_set_error (error, GLOMPO_JOURNAL_ERROR, GLOMPO_JOURNAL_ERROR_CORRUPT,
                   "journal %s: found %" G_GUINT64_FORMAT " bytes, wanted to go on behind byte %"
                   G_GUINT64_FORMAT, path, *out_size, offset);
      return FALSE;
    }
  if (offset == 0 && *out_size >= RECORDS_MAGIC_SIZE)
    {
      g_set_error (error, GLOMPO_JOURNAL_ERROR, GLOMPO_JOURNAL_ERROR_EXISTS,
                   "journal %s: found %" G_GUINT64_FORMAT " bytes, wanted an empty file to begin", path,
                   *out_size);
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
  return TRUE;
}

/* Copies bytes start to end of a file to the beginning of another and syncs that. Returns errno. */
static int
copy_bytes (int from, guint64 start, guint64 end, int to)
{
  g_autofree guint8 *bytes = g_malloc (BUFFER_SIZE);
  guint64 at = start;

  while (at < end)
    {
      ssize_t n = pread (from, bytes, MIN (end - at, BUFFER_SIZE), (off_t) at);
      if (n == 0)
        return EIO;
      if (n < 0 && errno != EINTR)
        return errno;
      for (ssize_t put = 0; put < n;)
        {
          ssize_t m = pwrite (to, bytes + put, (gsize) (n - put), (off_t) (at - start) + put);
          if (m < 0 && errno != EINTR)
            return errno;
          put += MAX (m, 0);
        }
      at += (guint64) MAX (n, 0);
    }
  return writer_sync_file (to);
}

/* The same into a new file of that name, which is gone again if that fails; else its descriptor is given. */
static int
copy_to_new (int from, guint64 start, guint64 end, const char *path, int *out_fd)
{
  int fd = g_open (path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0)
    return errno;
  int failure = flock (fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK ? EWOULDBLOCK : 0;
  if (failure == 0)
    failure = copy_bytes (from, start, end, fd);
  if (failure == 0)
    {
      *out_fd = fd;
      return 0;
    }
  close (fd);
  g_unlink (path);
  return failure;
}

int
writer_restore (int fd, const char *path, guint64 size)
{
  int restored;
  int failure = copy_to_new (fd, 0, size, path, &restored);
  if (failure != 0)
    return failure;
  if (dup3 (restored, fd, O_CLOEXEC) < 0)
    {
      failure = errno;
      g_unlink (path);
    }
  close (restored);
  sync_directory (path);
  return failure;
}

/* A name that is free yet: an earlier attempt may have left one. (transfer full) */
static char *
name_for_damage (const char *path, guint64 offset)
{
  char *name = g_strdup_printf ("%s.damaged-%" G_GUINT64_FORMAT, path, offset);

  for (guint i = 2; g_file_test (name, G_FILE_TEST_EXISTS); i++)
    {
      g_free (name);
      name = g_strdup_printf ("%s.damaged-%" G_GUINT64_FORMAT "-%u", path, offset, i);
    }
  return name;
}

char *
glompo_journal_put_aside (const char *directory, GError **error)
{
  g_return_val_if_fail (directory != NULL, NULL);
  g_autofree char *path = g_build_filename (directory, GLOMPO_JOURNAL_FILE, NULL);
  g_autofree char *aside = name_for_damage (path, 0);
  if (g_rename (path, aside) == 0)
    return g_steal_pointer (&aside);
  writer_set_error (error, path, "put aside", errno);
  return NULL;
}

/* Looks at what comes behind offset, and keeps it if it is damage. */
static gboolean
judge_rest (int fd, const char *path, guint64 offset, JournalCut *cut, GError **error)
{
  g_autoptr (GError) damage = NULL;

  if (cut->bytes == 0 || offset == 0)
    return TRUE;
  g_autoptr (GlompoJournalReader) reader = journal_reader_new_at (path, offset, error);
  if (reader == NULL)
    return FALSE;
  GlompoJournalResult result = glompo_journal_reader_next (reader, NULL, &damage);
  if (result == GLOMPO_JOURNAL_RECORD)
    {
      g_set_error (error, GLOMPO_JOURNAL_ERROR, GLOMPO_JOURNAL_ERROR_EXISTS,
                   "journal %s: found a good record at byte %" G_GUINT64_FORMAT
                   ", wanted the end there: another run has gone on with it; start again", path, offset);
      return FALSE;
    }
  if (result != GLOMPO_JOURNAL_FAILED)
    return TRUE;
  if (!g_error_matches (damage, GLOMPO_JOURNAL_ERROR, GLOMPO_JOURNAL_ERROR_CORRUPT))
    {
      g_propagate_error (error, g_steal_pointer (&damage));
      return FALSE;
    }
  cut->damaged = TRUE;
  cut->kept = name_for_damage (path, offset);
  int kept;
  int failure = copy_to_new (fd, offset, offset + cut->bytes, cut->kept, &kept);
  if (failure != 0)
    return writer_set_error (error, cut->kept, "keep the damaged part", failure);
  close (kept);
  return TRUE;
}

static gboolean
cut_file (int fd, const char *path, guint64 offset, JournalCut *cut, GError **error)
{
  guint64 size;

  if (!lock_file (fd, path, error) || !check_file (fd, path, offset, &size, error))
    return FALSE;
  cut->bytes = size - offset;
  if (!judge_rest (fd, path, offset, cut, error))
    return FALSE;
  if (cut->damaged)
    sync_directory (path);
  if (ftruncate (fd, (off_t) offset) != 0)
    return writer_set_error (error, path, "cut", errno);
  int failure = writer_sync_file (fd);
  return failure == 0 || writer_set_error (error, path, "cut", failure);
}

JournalWriter *
journal_writer_open (const char *path, guint64 offset, GError **error)
{
  JournalCut cut = { 0 };
  int fd = g_open (path, O_RDWR | O_CLOEXEC, 0);

  if (fd < 0)
    {
      writer_set_error (error, path, "open", errno);
      return NULL;
    }
  if (!cut_file (fd, path, offset, &cut, error))
    {
      g_free (cut.kept);
      close (fd);
      return NULL;
    }
  JournalWriter *writer = writer_new (path, fd, offset, error);
  if (writer != NULL)
    writer->cut = cut;
  else
    g_free (cut.kept);
  return writer;
}

const JournalCut *
journal_writer_get_cut (JournalWriter *writer)
{
  return &writer->cut;
}

gboolean
journal_writer_close (JournalWriter *writer, GError **error)
{
  if (writer == NULL)
    return TRUE;
  g_autoptr (GError) failure_to_write = NULL;
  gboolean good = journal_writer_flush (writer, TRUE, &failure_to_write);
  guint64 missing = writer->size - journal_writer_get_synced (writer);

  if (!good)
    g_set_error (error, failure_to_write->domain, failure_to_write->code,
                 "%s; its last %" G_GUINT64_FORMAT " bytes may be missing, what is before them is good",
                 failure_to_write->message, missing);
  pthread_mutex_lock (&writer->lock);
  writer->quit = TRUE;
  pthread_cond_signal (&writer->wake);
  pthread_mutex_unlock (&writer->lock);
  pthread_join (writer->thread, NULL);
  g_autofree char *path = g_strdup (writer->path);
  int failure = destroy (writer);
  if (failure != 0 && good)
    good = writer_set_error (error, path, "close", failure);
  return good;
}

void
journal_writer_free (JournalWriter *writer)
{
  journal_writer_close (writer, NULL);
}
