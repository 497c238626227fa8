/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See connection.h. */
#include "base/source.h"
#include "control/connection.h"
#include "control/order.h"
#include "control/wire.h"
#include <errno.h>
#include <glib-unix.h>
#include <sys/socket.h>
#include <unistd.h>

/* A caller that takes longer to send its command, or to take the answer, is hung up on. */
#define LIMIT_SECONDS 10

struct _Connection {
  int fd;
  Caller *caller;
  GlompoManager *manager;
  ConnectionOver over;
  gpointer data;
  GSource *ready; /* for reading, then for writing */
  GSource *limit;
  guint8 header[WIRE_HEADER_SIZE];
  gsize have;     /* bytes of header and payload so far */
  guint32 length; /* of the payload */
  guint8 *payload;
  GBytes *answer;
  gsize sent;
};

void
connection_free (Connection *connection)
{
  source_drop (&connection->ready);
  source_drop (&connection->limit);
  close (connection->fd);
  caller_free (connection->caller);
  g_free (connection->payload);
  g_clear_pointer (&connection->answer, g_bytes_unref);
  g_free (connection);
}

static gboolean
end (Connection *connection)
{
  connection->over (connection, connection->data);
  connection_free (connection);
  return G_SOURCE_REMOVE;
}

static gboolean
on_limit (gpointer data)
{
  return end (data);
}

static void
watch (Connection *connection, GIOCondition condition, GUnixFDSourceFunc on_ready)
{
  source_drop (&connection->ready);
  source_drop (&connection->limit);
  connection->ready = g_unix_fd_source_new (connection->fd, condition);
  g_source_set_callback (connection->ready, G_SOURCE_FUNC (on_ready), connection, NULL);
  g_source_attach (connection->ready, g_main_context_get_thread_default ());
  connection->limit = g_timeout_source_new_seconds (LIMIT_SECONDS);
  g_source_set_callback (connection->limit, on_limit, connection, NULL);
  g_source_attach (connection->limit, g_main_context_get_thread_default ());
}

static gboolean
write_more (int fd, GIOCondition condition, gpointer data)
{
  Connection *connection = data;
  gsize size;
  const guint8 *bytes = g_bytes_get_data (connection->answer, &size);
  ssize_t n = send (fd, bytes + connection->sent, size - connection->sent, MSG_NOSIGNAL);
  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return G_SOURCE_CONTINUE;
  if (n < 0)
    return end (connection);
  connection->sent += (gsize) n;
  return connection->sent < size ? G_SOURCE_CONTINUE : end (connection);
}

/* Consumes details, which may be NULL. */
static void
answer (Connection *connection, gboolean good, const char *text, GVariant *details)
{
  GVariantDict none;
  if (details == NULL)
    {
      g_variant_dict_init (&none, NULL);
      details = g_variant_dict_end (&none);
    }
  connection->answer = wire_pack (g_variant_new ("(bs@a{sv})", good, text, details));
  watch (connection, G_IO_OUT, write_more);
}

static void
obey (Connection *connection, GVariant *request)
{
  g_autoptr (GError) error = NULL;
  g_autofree const char **words = g_variant_get_strv (request, NULL);
  GVariant *details = NULL;
  g_autofree char *text = order_obey (connection->manager, connection->caller, words, &details, &error);
  answer (connection, text != NULL, text != NULL ? text : error->message, details);
}

static void
take_request (Connection *connection)
{
  g_autoptr (GBytes) payload = g_bytes_new_take (g_steal_pointer (&connection->payload), connection->length);
  g_autoptr (GVariant) request = wire_unpack (payload, WIRE_REQUEST_TYPE);
  if (request != NULL)
    obey (connection, request);
  else
    answer (connection, FALSE, "found a message that is no list of words", NULL);
}

/* The header is complete. FALSE: whatever it is, it is not for us. */
static gboolean
take_header (Connection *connection)
{
  if (!wire_read_header (connection->header, &connection->length))
    return FALSE;
  if (connection->length <= WIRE_MAX_REQUEST)
    {
      connection->payload = g_malloc (connection->length);
      return TRUE;
    }
  g_autofree char *text = g_strdup_printf ("found a message of %u bytes, wanted at most %u",
                                           connection->length, WIRE_MAX_REQUEST);
  answer (connection, FALSE, text, NULL);
  return TRUE;
}

/* One piece at a time, so that no caller keeps the others waiting. */
static gboolean
read_more (int fd, GIOCondition condition, gpointer data)
{
  Connection *connection = data;
  gboolean in_header = connection->have < WIRE_HEADER_SIZE;
  guint8 *place = in_header ? connection->header + connection->have
                            : connection->payload + (connection->have - WIRE_HEADER_SIZE);
  gsize wanted = in_header ? WIRE_HEADER_SIZE - connection->have
                           : WIRE_HEADER_SIZE + connection->length - connection->have;
  ssize_t n = recv (fd, place, wanted, 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return G_SOURCE_CONTINUE;
  if (n <= 0)
    return end (connection);
  connection->have += (gsize) n;
  if (in_header && connection->have == WIRE_HEADER_SIZE && !take_header (connection))
    return end (connection);
  if (connection->answer == NULL && connection->have >= WIRE_HEADER_SIZE
      && connection->have == WIRE_HEADER_SIZE + connection->length)
    take_request (connection);
  /* With an answer another source has taken this one's place. */
  return connection->answer == NULL ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

Connection *
connection_new (int fd, Caller *caller, GlompoManager *manager, ConnectionOver over, gpointer data)
{
  Connection *connection = g_new0 (Connection, 1);
  connection->fd = fd;
  connection->caller = caller;
  connection->manager = manager;
  connection->over = over;
  connection->data = data;
  watch (connection, G_IO_IN, read_more);
  return connection;
}
