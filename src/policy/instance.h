/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One policy at work: an instance of the plugin of a resolved call, with its host. Thread: the manager's. */
#pragma once

#include "config/expression.h"
#include "plugin/host.h"
#include "policy/condition.h"
#include <glib.h>

typedef struct {
  const GlompoPlugin *plugin;
  void *self;
  PluginHost host; /* points to itself: an instance must not be moved */
  Condition **conditions; /* those among its options, or NULL */
  gsize n_conditions;
} Instance;

/* Who is going to draw from the instance's random stream, and to whom it logs. */
typedef struct {
  guint64 seed; /* of the run */
  guint64 id;   /* of the stream among those of its kind */
  PolicyLog log;
  gpointer log_data;
} InstanceContext;

/* The problem must outlive the instance. Error: GLOMPO_PLUGIN_ERROR_CREATE; the instance is then cleared. */
gboolean instance_init (Instance *instance, const Expression *call, const GlompoProblem *problem,
                        const InstanceContext *context, GError **error);

/* A zeroed instance is cleared already. */
void instance_clear (Instance *instance);

/* Sets the error: what the plugin said with fail(), or else fallback. Returns FALSE. */
gboolean instance_fail (Instance *instance, const char *fallback, GError **error);
