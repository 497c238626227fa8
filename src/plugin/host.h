/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The services that every plugin instance gets, whatever its kind: log, failure text, random stream. The
 * driver of an optimizer fills in what else its instance may use.
 */
#pragma once

#include "base/random.h"
#include <glib.h>
#include <glompo/glompo-plugin.h>

typedef struct {
  GlompoHost table;    /* give &table to the plugin; table.context is this struct */
  RandomStream random; /* the stream of the instance */
  char *failure;       /* what the plugin said last with fail(), or NULL */
  char *directory;     /* for table.directory(), or NULL */
  char *base_directory; /* for table.base_directory(), or NULL: the working directory */
  void (*log) (gpointer data, GlompoLogLevel level, const char *text); /* NULL: dropped */
  gboolean (*should_stop) (gpointer data);                              /* NULL: never */
  gpointer data;                                                        /* for both */
} PluginHost;

void plugin_host_init (PluginHost *host, RandomStream random);
void plugin_host_clear (PluginHost *host);

/* What the plugin said with fail() since the last call, or fallback. (transfer full) */
char *plugin_host_take_failure (PluginHost *host, const char *fallback);
