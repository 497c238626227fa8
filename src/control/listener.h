/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The control socket of a run: accepts whoever may command it. Thread: the control's, on its default
 * context. */
#pragma once

#include <glompo/glompo-manager.h>

typedef struct _Listener Listener;

/* Makes the socket in the open directory; one that a dead run has left there goes. The directory stays the
 * caller's and must stay open. NULL with GLOMPO_CONTROL_ERROR_UNREACHABLE. (transfer full) */
Listener *listener_new (GlompoManager *manager, int directory, GError **error);

/* Ends all connections and removes the socket. NULL is accepted. */
void listener_free (Listener *listener);
