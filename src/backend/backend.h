/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Level 1: where optimizers run. The manager sees workers only through this interface, which assumes
 * neither shared address space nor a particular kind of process. Thread: the manager's.
 */
#pragma once

#include "config/config.h"
#include "model/space.h"
#include "worker/driver.h"
#include <glib.h>

/* Folders of the run directory that the workers' processes fill: print streams, private directories. */
#define BACKEND_STREAMS_FOLDER "optimizer_printstreams"
#define BACKEND_WORK_FOLDER "work"

typedef struct _Backend Backend;
typedef struct _Worker Worker;

/* What all workers of a run have in common. */
typedef struct {
  GlompoConfig *config;
  Space *space;
  guint64 run_seed;
  const char *directory; /* of the run, absolute */
  gboolean brief;        /* of evaluations that do not improve their optimizer nobody needs the point */
} BackendSetting;

/* The kind that config->settings->backend names. Error: GLOMPO_RUN_ERROR_FAILED. (transfer full) */
Backend *backend_new (const BackendSetting *setting, GError **error);

/* Ends what still runs, as far as the backend can, and frees it. Threads that do not end are left behind
 * with everything they need. */
void backend_free (Backend *backend);

/* TRUE: a worker that does not end can be killed. */
gboolean backend_can_kill (const Backend *backend);

/* Now and then, even when nothing happens. */
void backend_tick (Backend *backend);

/* Why no worker can go on, or NULL: then the run is to end. */
const char *backend_get_failure (const Backend *backend);

/* The next line for the log that is not from a worker itself, or NULL. (transfer full) */
char *backend_take_message (Backend *backend, guint64 *out_id, GlompoLogLevel *out_level);

/* The leave of all workers. */
/* From now on the points of all evaluations are wanted. Those who work are told through their channels. */
void backend_want_points (Backend *backend);

Budget *backend_get_budget (Backend *backend);

/* The past of the workers that are started from now on; NULL: none. */
void backend_set_past (Backend *backend, const TermsPast *past);

/* From now on only what this worker posts makes the source ready; NULL: of none. */
void backend_await (Backend *backend, const Worker *worker);

/* Starts optimizer id of the group: x0 has n numbers, copied. Error: GLOMPO_RUN_ERROR_FAILED. The worker
 * belongs to the backend until worker_release(). */
Worker *backend_start (Backend *backend, guint64 id, const OptimizerGroup *group, guint64 seed,
                       const double *x0, GError **error);

/* Ready when a worker posted something or is gone; dispatches callback. Not attached. (transfer full) */
GSource *backend_create_source (Backend *backend, GSourceFunc callback, gpointer data);

/* The channel to the worker: channel_read() and the like. */
Channel *worker_get_channel (Worker *worker);

/* TRUE: the worker is no more; nothing further comes but what is in the channel. *out_how says how it went
 * if it did not end in an orderly way, else NULL. (transfer full) */
gboolean worker_is_gone (Worker *worker, char **out_how);

/* Ends the worker by force; worker_is_gone() tells when it has happened. FALSE: this backend cannot. */
gboolean worker_kill (Worker *worker);

/* Frees a worker. One that is not gone is killed; where that cannot be it is left behind with its memory and
 * the answer is FALSE. */
gboolean worker_release (Worker *worker);
