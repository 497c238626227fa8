/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The manager's end of the supervisor: starts it, talks to it, notices its death. Thread: the manager's. */
#pragma once

#include "backend/backend.h"

typedef struct _Client Client;

/* Starts the supervisor and waits until it has loaded everything. bell and budget are descriptors. guards: it
 * is to run nothing, but only to end what this process has started when this process ends.
 * Error: GLOMPO_RUN_ERROR_FAILED. (transfer full) */
Client *client_new (const BackendSetting *setting, int bell, int budget, gboolean guards, GError **error);

/* TRUE: this process is nothing but one run, so that it may have a guard. */
gboolean client_is_wanted (void);

/* Ends the supervisor and with it everything that it started. NULL is accepted. */
void client_free (Client *client);

/* The socket, readable when there is news; client_read() takes it in. */
int client_get_fd (const Client *client);
void client_read (Client *client);

/* Now and then: asks whether the supervisor is alive, and gives up on one that does not answer. */
void client_tick (Client *client);

/* Why there is no supervisor any more, or NULL. One that only guards is not missed. */
const char *client_get_failure (const Client *client);

/* Has an optimizer started: its driver (if drive) and its evaluator processes in memory that both
 * descriptors name (shared: -1 for no places). Error: GLOMPO_RUN_ERROR_FAILED. */
gboolean client_start (Client *client, guint64 id, guint group, guint64 seed, gboolean drive, guint places,
                       int channel, int shared, GError **error);
void client_kill (Client *client, guint64 id);

/* TRUE once the driver of the optimizer is gone; *out_how is a status of waitpid() or a SHARED_ word. */
gboolean client_is_gone (Client *client, guint64 id, gint32 *out_how);
void client_forget (Client *client, guint64 id);

/* The next line for the log, or NULL. (transfer full) */
char *client_take_message (Client *client, guint64 *out_id, GlompoLogLevel *out_level);

/* Memory that can be handed to the supervisor: a descriptor and its mapping. FALSE with an error. */
gboolean client_make_memory (const char *name, gsize size, int *out_fd, void **out_memory, GError **error);
