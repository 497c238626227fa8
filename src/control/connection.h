/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One connection to the control socket: reads a command, has it obeyed, writes the answer. Nothing blocks;
 * what is kept has a limit, and so has the time. Thread: the control's, on its default context.
 */
#pragma once

#include "control/caller.h"
#include <glompo/glompo-manager.h>

typedef struct _Connection Connection;

/* The connection is over, and is freed behind the call. */
typedef void (*ConnectionOver) (Connection *connection, gpointer data);

/* fd (a non-blocking socket) and caller are taken. (transfer full) */
Connection *connection_new (int fd, Caller *caller, GlompoManager *manager, ConnectionOver over,
                            gpointer data);

/* Ends it; over is not called. */
void connection_free (Connection *connection);
