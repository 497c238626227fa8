/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The address of the control socket. The name of a socket has room for 107 bytes and that of a run directory
 * may be longer, so that it is written with the descriptor of the open directory: /proc/self/fd/N/NAME.
 */
#pragma once

#include <glib.h>
#include <sys/un.h>

/* Fills the address for the descriptor, which must stay open until the call that uses it. */
void address_fill (struct sockaddr_un *out, int directory);
