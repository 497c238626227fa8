/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "backend/supervisor.h"
#include "backend/backend.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

/* Fillings of a pipe that are taken at a time. */
#define READS_MAX 4

gboolean
stream_open (Stream *stream, const char *directory, guint64 id, const char *ending, int *out_end)
{
  int ends[2];
  if (pipe2 (ends, O_CLOEXEC) != 0)
    return FALSE;
  fcntl (ends[0], F_SETFL, O_NONBLOCK);
  g_autofree char *name = g_strdup_printf ("%04" G_GUINT64_FORMAT ".%s", id, ending);
  *stream = (Stream){ .pipe = ends[0],
                      .file = -1,
                      .path = g_build_filename (directory, BACKEND_STREAMS_FOLDER, name, NULL) };
  *out_end = ends[1];
  return TRUE;
}

static void
write_out (Stream *stream, const char *data, gsize length)
{
  if (stream->file < 0)
    {
      g_autofree char *folder = g_path_get_dirname (stream->path);
      g_mkdir (folder, 0777);
      stream->file = open (stream->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    }
  while (stream->file >= 0 && length > 0)
    {
      gssize n = write (stream->file, data, length);
      if (n < 0 && errno != EINTR)
        return; /* a full disk costs prints, not the run */
      data += MAX (n, 0);
      length -= (gsize) MAX (n, 0);
    }
}

void
stream_pump (Stream *stream, guint64 limit)
{
  char buffer[65536];
  gssize got;
  /* Whoever prints without end must not keep us from all else. */
  for (guint reads = 0;
       reads < READS_MAX && stream->pipe >= 0
       && ((got = read (stream->pipe, buffer, sizeof buffer)) > 0 || (got < 0 && errno == EINTR));
       reads++)
    {
      gsize length = (gsize) MAX (got, 0);
      gsize kept = stream->size >= limit ? 0 : (gsize) MIN (length, limit - stream->size);
      if (kept > 0)
        write_out (stream, buffer, kept);
      stream->size += kept;
      stream->cut += length - kept;
      if (length < sizeof buffer && got > 0)
        return;
    }
}

void
stream_close (Stream *stream, guint64 limit)
{
  stream_pump (stream, limit);
  if (stream->cut > 0)
    {
      g_autofree char *note = g_strdup_printf (
          "\n[cut here: %" G_GUINT64_FORMAT " more bytes, printstream_limit]\n", stream->cut);
      write_out (stream, note, strlen (note));
    }
  if (stream->pipe >= 0)
    close (stream->pipe);
  if (stream->file >= 0)
    close (stream->file);
  stream->pipe = stream->file = -1;
  g_clear_pointer (&stream->path, g_free);
}
