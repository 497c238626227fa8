/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "backend/protocol.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

ProtocolMessage
protocol_message (ProtocolType type, guint64 id)
{
  return (ProtocolMessage){ .magic = PROTOCOL_MAGIC,
                            .version = PROTOCOL_VERSION,
                            .size = sizeof (ProtocolMessage),
                            .type = type,
                            .id = id };
}

typedef union {
  struct cmsghdr align;
  char bytes[CMSG_SPACE (PROTOCOL_MAX_FDS * sizeof (int))];
} Control;

gboolean
protocol_send (int socket, const ProtocolMessage *message, const int *fds, guint n_fds)
{
  struct iovec part = { .iov_base = (void *) message, .iov_len = sizeof *message };
  struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };
  Control control = { 0 };
  if (n_fds > 0)
    {
      header.msg_control = control.bytes;
      header.msg_controllen = CMSG_SPACE (n_fds * sizeof (int));
      struct cmsghdr *c = CMSG_FIRSTHDR (&header);
      c->cmsg_level = SOL_SOCKET;
      c->cmsg_type = SCM_RIGHTS;
      c->cmsg_len = CMSG_LEN (n_fds * sizeof (int));
      memcpy (CMSG_DATA (c), fds, n_fds * sizeof (int));
    }
  gssize sent;
  do
    sent = sendmsg (socket, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  if (sent < 0 && (errno == ENOBUFS || errno == ENOMEM || errno == EWOULDBLOCK || errno == ETOOMANYREFS))
    errno = EAGAIN;
  return sent == (gssize) sizeof *message;
}

static void
take_fds (struct msghdr *header, int *out_fds)
{
  guint n = 0;
  for (struct cmsghdr *c = CMSG_FIRSTHDR (header); c != NULL; c = CMSG_NXTHDR (header, c))
    {
      if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
        continue;
      gsize count = (c->cmsg_len - CMSG_LEN (0)) / sizeof (int);
      for (gsize i = 0; i < count; i++)
        {
          int fd;
          memcpy (&fd, CMSG_DATA (c) + i * sizeof (int), sizeof fd);
          if (n < PROTOCOL_MAX_FDS)
            out_fds[n++] = fd;
          else
            close (fd);
        }
    }
}

ProtocolResult
protocol_receive (int socket, ProtocolMessage *out, int *out_fds)
{
  struct iovec part = { .iov_base = out, .iov_len = sizeof *out };
  Control control = { 0 };
  struct msghdr header = { .msg_iov = &part,
                           .msg_iovlen = 1,
                           .msg_control = control.bytes,
                           .msg_controllen = sizeof control.bytes };
  gssize got;
  do
    got = recvmsg (socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  while (got < 0 && errno == EINTR);
  for (guint i = 0; i < PROTOCOL_MAX_FDS; i++)
    out_fds[i] = -1;
  if (got < 0)
    return errno == EAGAIN || errno == EWOULDBLOCK ? PROTOCOL_NOTHING : PROTOCOL_CLOSED;
  if (got == 0)
    return PROTOCOL_CLOSED;
  take_fds (&header, out_fds);
  if (got != (gssize) sizeof *out || out->magic != PROTOCOL_MAGIC || out->version != PROTOCOL_VERSION
      || out->size != sizeof *out || (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
    return PROTOCOL_BAD;
  out->text[PROTOCOL_TEXT - 1] = '\0';
  return PROTOCOL_GOT;
}
