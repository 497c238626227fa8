/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The side of another program. Contract: glompo-control.h. Any thread; blocks. */
#include "control/address.h"
#include "control/status-wire.h"
#include "control/wire.h"
#include <errno.h>
#include <fcntl.h>
#include <glompo/glompo-control.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A run that does not answer for so long is stuck. */
#define PATIENCE_MS 60000

/* Takes errno. */
static gboolean
fail (GError **error, GlompoControlError code, const char *directory, const char *what)
{
  int number = errno;
  g_set_error (error, GLOMPO_CONTROL_ERROR, code, "%s: %s: %s", directory, what, g_strerror (number));
  return FALSE;
}

static gboolean
explain_unreachable (GError **error, const char *directory)
{
  int number = errno;
  const char *why = number == ENOENT ? "no run goes on there: there is no control socket"
                    : number == ECONNREFUSED
                        ? "no run goes on there: it was killed, and left its control socket"
                    : number == EACCES ? "the control socket belongs to another user"
                                       : g_strerror (number);
  g_set_error (error, GLOMPO_CONTROL_ERROR, GLOMPO_CONTROL_ERROR_UNREACHABLE, "%s: %s", directory, why);
  return FALSE;
}

/* Returns a descriptor, or -1. */
static int
reach (const char *directory, GError **error)
{
  struct sockaddr_un address;
  int folder = open (directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0)
    folder = open (directory, O_PATH | O_DIRECTORY | O_CLOEXEC); /* may be entered, but not read */
  if (folder < 0)
    {
      fail (error, GLOMPO_CONTROL_ERROR_UNREACHABLE, directory, "cannot open the run directory");
      return -1;
    }
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  address_fill (&address, folder);
  gboolean good = fd >= 0 && connect (fd, (struct sockaddr *) &address, sizeof address) == 0;
  if (!good)
    explain_unreachable (error, directory);
  close (folder);
  if (good)
    return fd;
  if (fd >= 0)
    close (fd);
  return -1;
}

static gboolean
send_all (int fd, GBytes *message, const char *directory, GError **error)
{
  gsize size, done = 0;
  const guint8 *bytes = g_bytes_get_data (message, &size);
  while (done < size)
    {
      ssize_t n = send (fd, bytes + done, size - done, MSG_NOSIGNAL);
      if (n < 0 && errno != EINTR)
        return fail (error, GLOMPO_CONTROL_ERROR_ANSWER, directory, "cannot send the command");
      done += n > 0 ? (gsize) n : 0;
    }
  return TRUE;
}

static gboolean
receive_all (int fd, guint8 *bytes, gsize size, const char *directory, GError **error)
{
  for (gsize done = 0; done < size;)
    {
      struct pollfd ready = { .fd = fd, .events = POLLIN };
      int waited = poll (&ready, 1, PATIENCE_MS);
      if (waited == 0)
        errno = ETIMEDOUT;
      if (waited == 0 || (waited < 0 && errno != EINTR))
        return fail (error, GLOMPO_CONTROL_ERROR_ANSWER, directory, "the run does not answer");
      ssize_t n = waited > 0 ? recv (fd, bytes + done, size - done, 0) : 0;
      if (waited > 0 && n == 0)
        {
          g_set_error (
              error, GLOMPO_CONTROL_ERROR, GLOMPO_CONTROL_ERROR_ANSWER,
              "%s: the run hung up without an answer: it has just ended, or does not listen to this user",
              directory);
          return FALSE;
        }
      if (n < 0 && errno != EINTR)
        return fail (error, GLOMPO_CONTROL_ERROR_ANSWER, directory, "the run does not answer");
      done += n > 0 ? (gsize) n : 0;
    }
  return TRUE;
}

static GVariant *
receive (int fd, const char *directory, GError **error)
{
  guint8 header[WIRE_HEADER_SIZE];
  guint32 length;
  if (!receive_all (fd, header, sizeof header, directory, error))
    return NULL;
  if (wire_read_header (header, &length) && length <= WIRE_MAX_ANSWER)
    {
      guint8 *payload = g_malloc (length);
      g_autoptr (GBytes) bytes = g_bytes_new_take (payload, length);
      if (!receive_all (fd, payload, length, directory, error))
        return NULL;
      GVariant *answer = wire_unpack (bytes, WIRE_ANSWER_TYPE);
      if (answer != NULL)
        return answer;
    }
  g_set_error (error, GLOMPO_CONTROL_ERROR, GLOMPO_CONTROL_ERROR_ANSWER,
               "%s: the answer made no sense: is the run of another version?", directory);
  return NULL;
}

static gboolean
check_words (const char *const *words, GError **error)
{
  gsize size = 0;
  for (guint i = 0; words[i] != NULL; i++)
    {
      size += strlen (words[i]) + 1;
      if (g_utf8_validate (words[i], -1, NULL))
        continue;
      g_set_error (error, GLOMPO_CONTROL_ERROR, GLOMPO_CONTROL_ERROR_COMMAND, "word %u is no text in UTF-8",
                   i + 1);
      return FALSE;
    }
  if (size <= WIRE_MAX_REQUEST / 2)
    return TRUE;
  g_set_error (error, GLOMPO_CONTROL_ERROR, GLOMPO_CONTROL_ERROR_COMMAND,
               "found a command of %" G_GSIZE_FORMAT " bytes, wanted at most %u", size, WIRE_MAX_REQUEST / 2);
  return FALSE;
}

/* The answer to a command that was obeyed. (transfer full) */
static GVariant *
ask (const char *directory, const char *const *words, GError **error)
{
  const char *text;
  gboolean good;
  if (!check_words (words, error))
    return NULL;
  int fd = reach (directory, error);
  if (fd < 0)
    return NULL;
  g_autoptr (GBytes) request = wire_pack (g_variant_new_strv (words, -1));
  g_autoptr (GVariant) answer
      = send_all (fd, request, directory, error) ? receive (fd, directory, error) : NULL;
  close (fd);
  if (answer == NULL)
    return NULL;
  g_variant_get (answer, "(b&s@a{sv})", &good, &text, NULL);
  if (good)
    return g_steal_pointer (&answer);
  g_set_error_literal (error, GLOMPO_CONTROL_ERROR, GLOMPO_CONTROL_ERROR_REFUSED, text);
  return NULL;
}

char *
glompo_control_send (const char *directory, const char *const *words, GError **error)
{
  char *text;
  g_return_val_if_fail (directory != NULL && words != NULL, NULL);
  g_autoptr (GVariant) answer = ask (directory, words, error);
  if (answer == NULL)
    return NULL;
  g_variant_get (answer, "(bs@a{sv})", NULL, &text, NULL);
  return text;
}

GlompoRunStatus *
glompo_control_get_status (const char *directory, GError **error)
{
  const char *const words[] = { "status", NULL };
  g_return_val_if_fail (directory != NULL, NULL);
  g_autoptr (GVariant) answer = ask (directory, words, error);
  g_autoptr (GVariant) details = answer != NULL ? g_variant_get_child_value (answer, 2) : NULL;
  return details != NULL ? status_from_wire (details) : NULL;
}

gint64
glompo_control_get_process (const char *directory, GError **error)
{
  struct ucred peer = { .pid = -1 };
  socklen_t size = sizeof peer;
  g_return_val_if_fail (directory != NULL, -1);
  int fd = reach (directory, error);
  if (fd < 0)
    return -1;
  if (getsockopt (fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
    fail (error, GLOMPO_CONTROL_ERROR_ANSWER, directory, "cannot tell whose the control socket is");
  close (fd);
  return peer.pid;
}
