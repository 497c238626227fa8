/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The status of a run as JSON; the members are in glompo-control.h. Pure. */
#include "base/json-text.h"
#include <glompo/glompo-control.h>

/* A count of which 0 means that there is none. */
static void
put_known (JsonText *json, const char *key, guint64 value)
{
  if (value > 0)
    json_text_integer (json, key, value);
  else
    json_text_string (json, key, NULL);
}

static void
put_optimizer (JsonText *json, const GlompoOptimizerStatus *optimizer)
{
  json_text_open (json, NULL, '{');
  json_text_integer (json, "id", optimizer->id);
  json_text_string (json, "group", optimizer->group);
  json_text_string (json, "type", optimizer->type);
  json_text_string (json, "state", optimizer->state);
  json_text_integer (json, "workers", optimizer->workers);
  json_text_integer (json, "evaluations", optimizer->evaluations);
  json_text_number (json, "best_f", optimizer->best_f);
  json_text_number (json, "last_f", optimizer->last_f);
  json_text_close (json, '}');
}

char *
glompo_run_status_to_json (const GlompoRunStatus *status)
{
  JsonText json;
  json_text_init (&json);
  json.compact = TRUE;
  json_text_open (&json, NULL, '{');
  json_text_string (&json, "state",
                    status->state == GLOMPO_RUN_NOT_ENDED && status->ending
                        ? "ending"
                        : glompo_run_state_to_string (status->state));
  json_text_boolean (&json, "paused", status->paused);
  json_text_boolean (&json, "held", status->held);
  json_text_number (&json, "seconds", status->seconds);
  if (status->seconds_left >= 0)
    json_text_number (&json, "seconds_left", status->seconds_left);
  else
    json_text_string (&json, "seconds_left", NULL);
  json_text_integer (&json, "evaluations", status->evaluations);
  put_known (&json, "budget", status->budget);
  json_text_number (&json, "fx", status->best_f);
  put_known (&json, "best_optimizer", status->best_id);
  json_text_integer (&json, "started", status->started);
  json_text_integer (&json, "alive", status->alive);
  json_text_integer (&json, "frozen", status->frozen);
  json_text_integer (&json, "busy", status->busy);
  json_text_integer (&json, "max_jobs", status->max_jobs);
  put_known (&json, "memory", status->memory);
  json_text_open (&json, "load", '[');
  for (guint i = 0; i < G_N_ELEMENTS (status->load); i++)
    json_text_number (&json, NULL, status->load[i]);
  json_text_close (&json, ']');
  json_text_open (&json, "optimizers", '[');
  for (guint i = 0; i < status->optimizers->len; i++)
    put_optimizer (&json, status->optimizers->pdata[i]);
  json_text_close (&json, ']');
  json_text_close (&json, '}');
  return json_text_finish (&json);
}
