/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See status-wire.h. */
#include "control/status-wire.h"
#include "manager/status.h"
#include <math.h>

static GVariant *
optimizer_to_wire (const GlompoOptimizerStatus *optimizer)
{
  GVariantDict dict;
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "id", "t", optimizer->id);
  g_variant_dict_insert (&dict, "group", "s", optimizer->group);
  g_variant_dict_insert (&dict, "type", "s", optimizer->type);
  g_variant_dict_insert (&dict, "state", "s", optimizer->state);
  g_variant_dict_insert (&dict, "paused", "b", optimizer->paused);
  g_variant_dict_insert (&dict, "frozen", "b", optimizer->frozen);
  g_variant_dict_insert (&dict, "workers", "t", optimizer->workers);
  g_variant_dict_insert (&dict, "evaluations", "t", optimizer->evaluations);
  g_variant_dict_insert (&dict, "best_f", "d", optimizer->best_f);
  g_variant_dict_insert (&dict, "last_f", "d", optimizer->last_f);
  return g_variant_dict_end (&dict);
}

GVariant *
status_to_wire (const GlompoRunStatus *status)
{
  GVariantBuilder optimizers;
  GVariantDict dict;
  g_variant_builder_init (&optimizers, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < status->optimizers->len; i++)
    g_variant_builder_add_value (&optimizers, optimizer_to_wire (status->optimizers->pdata[i]));
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "state", "u", (guint32) status->state);
  g_variant_dict_insert (&dict, "paused", "b", status->paused);
  g_variant_dict_insert (&dict, "ending", "b", status->ending);
  g_variant_dict_insert (&dict, "held", "b", status->held);
  g_variant_dict_insert (&dict, "seconds", "d", status->seconds);
  g_variant_dict_insert (&dict, "evaluations", "t", status->evaluations);
  g_variant_dict_insert (&dict, "budget", "t", status->budget);
  g_variant_dict_insert (&dict, "seconds_left", "d", status->seconds_left);
  g_variant_dict_insert (&dict, "best_f", "d", status->best_f);
  g_variant_dict_insert (&dict, "best_id", "t", status->best_id);
  g_variant_dict_insert (&dict, "started", "t", status->started);
  g_variant_dict_insert (&dict, "alive", "t", status->alive);
  g_variant_dict_insert (&dict, "frozen", "t", status->frozen);
  g_variant_dict_insert (&dict, "busy", "t", status->busy);
  g_variant_dict_insert (&dict, "max_jobs", "t", status->max_jobs);
  g_variant_dict_insert (&dict, "memory", "t", status->memory);
  g_variant_dict_insert (&dict, "load", "(ddd)", status->load[0], status->load[1], status->load[2]);
  g_variant_dict_insert_value (&dict, "optimizers", g_variant_builder_end (&optimizers));
  return g_variant_dict_end (&dict);
}

static GlompoOptimizerStatus *
optimizer_from_wire (GVariant *details)
{
  GlompoOptimizerStatus *optimizer = g_new0 (GlompoOptimizerStatus, 1);
  const char *state = "";
  optimizer->best_f = optimizer->last_f = INFINITY;
  g_variant_lookup (details, "id", "t", &optimizer->id);
  if (!g_variant_lookup (details, "group", "s", &optimizer->group))
    optimizer->group = g_strdup ("");
  if (!g_variant_lookup (details, "type", "s", &optimizer->type))
    optimizer->type = g_strdup ("");
  g_variant_lookup (details, "state", "&s", &state);
  optimizer->state = g_intern_string (state);
  g_variant_lookup (details, "paused", "b", &optimizer->paused);
  g_variant_lookup (details, "frozen", "b", &optimizer->frozen);
  g_variant_lookup (details, "workers", "t", &optimizer->workers);
  g_variant_lookup (details, "evaluations", "t", &optimizer->evaluations);
  g_variant_lookup (details, "best_f", "d", &optimizer->best_f);
  g_variant_lookup (details, "last_f", "d", &optimizer->last_f);
  return optimizer;
}

GlompoRunStatus *
status_from_wire (GVariant *details)
{
  GlompoRunStatus *status = status_new ();
  guint32 state = GLOMPO_RUN_NOT_ENDED;
  g_autoptr (GVariant) optimizers = g_variant_lookup_value (details, "optimizers", G_VARIANT_TYPE ("aa{sv}"));
  g_variant_lookup (details, "state", "u", &state);
  status->state = state <= GLOMPO_RUN_INTERRUPTED ? (GlompoRunState) state : GLOMPO_RUN_NOT_ENDED;
  g_variant_lookup (details, "paused", "b", &status->paused);
  g_variant_lookup (details, "ending", "b", &status->ending);
  g_variant_lookup (details, "held", "b", &status->held);
  g_variant_lookup (details, "seconds", "d", &status->seconds);
  g_variant_lookup (details, "evaluations", "t", &status->evaluations);
  g_variant_lookup (details, "budget", "t", &status->budget);
  g_variant_lookup (details, "seconds_left", "d", &status->seconds_left);
  g_variant_lookup (details, "best_f", "d", &status->best_f);
  g_variant_lookup (details, "best_id", "t", &status->best_id);
  g_variant_lookup (details, "started", "t", &status->started);
  g_variant_lookup (details, "alive", "t", &status->alive);
  g_variant_lookup (details, "frozen", "t", &status->frozen);
  g_variant_lookup (details, "busy", "t", &status->busy);
  g_variant_lookup (details, "max_jobs", "t", &status->max_jobs);
  g_variant_lookup (details, "memory", "t", &status->memory);
  g_variant_lookup (details, "load", "(ddd)", &status->load[0], &status->load[1], &status->load[2]);
  for (gsize i = 0; optimizers != NULL && i < g_variant_n_children (optimizers); i++)
    {
      g_autoptr (GVariant) optimizer = g_variant_get_child_value (optimizers, i);
      g_ptr_array_add (status->optimizers, optimizer_from_wire (optimizer));
    }
  return status;
}
