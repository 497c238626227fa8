/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See listener.h. */
#include "control/listener.h"
#include "control/address.h"
#include "control/connection.h"
#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glompo/glompo-control.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* Callers at once; for one more, the one that has been there for longest is hung up on. */
#define MOST_CONNECTIONS 16
/* Before the next try when there is no descriptor for a caller, milliseconds. */
#define REST_MS 500

struct _Listener {
  GlompoManager *manager;
  int directory;
  int fd;
  struct stat file; /* of the socket, to remove none but our own */
  GSource *ready;
  GQueue connections; /* oldest first */
};

static void
forget (Connection *connection, gpointer data)
{
  Listener *listener = data;
  g_queue_remove (&listener->connections, connection);
}

static void
hang_up_on_oldest (Listener *listener)
{
  Connection *oldest = g_queue_pop_head (&listener->connections);
  if (oldest != NULL)
    connection_free (oldest);
}

static void
admit (Listener *listener, int fd)
{
  struct ucred peer;
  socklen_t size = sizeof peer;
  if (getsockopt (fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || !caller_may_command (peer.uid))
    {
      close (fd);
      return;
    }
  if (g_queue_get_length (&listener->connections) >= MOST_CONNECTIONS)
    hang_up_on_oldest (listener);
  Caller *caller = caller_new ("socket", peer.uid, peer.pid);
  g_queue_push_tail (&listener->connections,
                     connection_new (fd, caller, listener->manager, forget, listener));
}

static gboolean on_caller (int fd, GIOCondition condition, gpointer data);

static void
listen_again (Listener *listener)
{
  listener->ready = g_unix_fd_source_new (listener->fd, G_IO_IN);
  g_source_set_callback (listener->ready, G_SOURCE_FUNC (on_caller), listener, NULL);
  g_source_attach (listener->ready, g_main_context_get_thread_default ());
}

static gboolean
on_rested (gpointer data)
{
  Listener *listener = data;
  g_clear_pointer (&listener->ready, g_source_unref);
  listen_again (listener);
  return G_SOURCE_REMOVE;
}

/* Out of descriptors or memory: the caller stays in the queue, and would wake this thread without end. */
static gboolean
rest (Listener *listener)
{
  hang_up_on_oldest (listener);
  g_source_unref (listener->ready);
  listener->ready = g_timeout_source_new (REST_MS);
  g_source_set_callback (listener->ready, on_rested, listener, NULL);
  g_source_attach (listener->ready, g_main_context_get_thread_default ());
  return G_SOURCE_REMOVE;
}

static gboolean
on_caller (int fd, GIOCondition condition, gpointer data)
{
  Listener *listener = data;
  int caller = accept4 (fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (caller >= 0)
    admit (listener, caller);
  else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
    return rest (listener);
  return G_SOURCE_CONTINUE;
}

static gboolean
refuse (const char *what, GError **error)
{
  int number = errno;
  g_set_error (error, GLOMPO_CONTROL_ERROR, GLOMPO_CONTROL_ERROR_UNREACHABLE, "%s: %s", what,
               g_strerror (number));
  return FALSE;
}

/* Whoever writes the journal of the directory is the one that may listen there: a socket that exists is from
 * a run that is dead. */
static gboolean
remove_stale (int directory, GError **error)
{
  struct stat old;
  if (fstatat (directory, GLOMPO_CONTROL_SOCKET, &old, AT_SYMLINK_NOFOLLOW) != 0)
    return errno == ENOENT || refuse ("cannot look for an old socket", error);
  if (!S_ISSOCK (old.st_mode))
    {
      errno = EEXIST;
      return refuse ("there is something else called " GLOMPO_CONTROL_SOCKET, error);
    }
  return unlinkat (directory, GLOMPO_CONTROL_SOCKET, 0) == 0 || refuse ("cannot remove an old socket", error);
}

/* The mode is given to the socket before it has a name: there is no moment at which others could connect. */
static gboolean
open_socket (Listener *listener, GError **error)
{
  struct sockaddr_un address;
  address_fill (&address, listener->directory);
  if (!remove_stale (listener->directory, error))
    return FALSE;
  listener->fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (listener->fd < 0)
    return refuse ("cannot make a socket", error);
  if (fchmod (listener->fd, 0600) != 0
      || bind (listener->fd, (struct sockaddr *) &address, sizeof address) != 0)
    return refuse ("cannot make the socket " GLOMPO_CONTROL_SOCKET, error);
  if (fchmodat (listener->directory, GLOMPO_CONTROL_SOCKET, 0600, 0) != 0
      || fstatat (listener->directory, GLOMPO_CONTROL_SOCKET, &listener->file, AT_SYMLINK_NOFOLLOW) != 0
      || listen (listener->fd, MOST_CONNECTIONS) != 0)
    return refuse ("cannot listen at " GLOMPO_CONTROL_SOCKET, error);
  return TRUE;
}

Listener *
listener_new (GlompoManager *manager, int directory, GError **error)
{
  Listener *listener = g_new0 (Listener, 1);
  listener->manager = manager;
  listener->directory = directory;
  listener->fd = -1;
  g_queue_init (&listener->connections);
  if (open_socket (listener, error))
    {
      listen_again (listener);
      return listener;
    }
  listener_free (listener);
  return NULL;
}

void
listener_free (Listener *listener)
{
  struct stat now;
  if (listener == NULL)
    return;
  while (!g_queue_is_empty (&listener->connections))
    hang_up_on_oldest (listener);
  if (listener->ready != NULL)
    g_source_destroy (listener->ready);
  g_clear_pointer (&listener->ready, g_source_unref);
  if (listener->file.st_ino != 0
      && fstatat (listener->directory, GLOMPO_CONTROL_SOCKET, &now, AT_SYMLINK_NOFOLLOW) == 0
      && now.st_ino == listener->file.st_ino && now.st_dev == listener->file.st_dev)
    unlinkat (listener->directory, GLOMPO_CONTROL_SOCKET, 0);
  if (listener->fd >= 0)
    close (listener->fd);
  g_free (listener);
}
