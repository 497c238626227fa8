/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See address.h. */
#include "control/address.h"
#include <glompo/glompo-control.h>
#include <sys/socket.h>

void
address_fill (struct sockaddr_un *out, int directory)
{
  *out = (struct sockaddr_un){ .sun_family = AF_UNIX };
  g_snprintf (out->sun_path, sizeof out->sun_path, "/proc/self/fd/%d/%s", directory, GLOMPO_CONTROL_SOCKET);
}
