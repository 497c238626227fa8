/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A question to a plugin file that another process puts to it: the helper program glompo-probe. Whatever the
 * plugin does to that process, the answer is a GError here. Thread: any; a call has a main context of its
 * own.
 */
#pragma once

#include <glib.h>
#include <glompo/glompo-error.h>

typedef struct {
  const char *path;    /* of the plugin's file, absolute */
  const char *mode;    /* how the helper is called, or NULL */
  GBytes *request;     /* for its standard input, or NULL */
  guint timeout_ms;    /* then it is killed; 0: never */
  gboolean loud;       /* what the plugin prints goes to standard error */
  const char *subject; /* of the messages, as in "task python" */
  const char *late;    /* "did not finish loading" */
  const char *what;    /* "it was loaded" */
  const char *mend;    /* what to do when it is late, or "" */
} ProbeQuestion;

/* For timeout_ms, rounded up: the shortest time that is a limit stays one. 0 seconds: never. */
guint probe_milliseconds (double seconds);

/* NULL: it crashed, ended or hung (GLOMPO_PLUGIN_ERROR_CRASHED, _HUNG), or the helper is missing (_LOAD).
 * (transfer full) */
GBytes *probe_ask (const ProbeQuestion *question, GError **error);
