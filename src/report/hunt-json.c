/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A replay of hunts as JSON; the members are those of the structs in glompo-hunts.h. Pure. */
#include "base/json-text.h"
#include <glompo/glompo-hunts.h>

static void
put_verdict (JsonText *json, const GlompoHuntVerdict *verdict)
{
  json_text_open (json, NULL, '{');
  json_text_integer (json, "id", verdict->id);
  json_text_string (json, "group", verdict->group);
  json_text_string (json, "type", verdict->type);
  json_text_integer (json, "evaluations", verdict->evaluations);
  json_text_integer (json, "run_evaluations", verdict->run_evaluations);
  json_text_integer (json, "saved", verdict->saved);
  json_text_integer (json, "hunter", verdict->hunter);
  json_text_number (json, "best_f", verdict->best_f);
  json_text_number (json, "last_best_f", verdict->last_best_f);
  json_text_string (json, "reason", verdict->reason);
  json_text_close (json, '}');
}

char *
glompo_hunt_replay_to_json (const GlompoHuntReplay *replay)
{
  JsonText json;
  json_text_init (&json);
  json.compact = TRUE;
  json_text_open (&json, NULL, '{');
  json_text_string (&json, "hunters", replay->hunters);
  json_text_integer (&json, "hunt_frequency", replay->hunt_frequency);
  json_text_string (&json, "own_hunters", replay->own_hunters);
  json_text_integer (&json, "evaluations", replay->evaluations);
  json_text_integer (&json, "optimizers", replay->optimizers);
  json_text_integer (&json, "hunts", replay->hunts);
  json_text_open (&json, "verdicts", '[');
  for (guint i = 0; i < replay->verdicts->len; i++)
    put_verdict (&json, replay->verdicts->pdata[i]);
  json_text_close (&json, ']');
  json_text_integer (&json, "saved", replay->saved);
  json_text_integer (&json, "winner", replay->winner);
  json_text_number (&json, "best_f", replay->best_f);
  json_text_integer (&json, "best_evaluation", replay->best_evaluation);
  json_text_boolean (&json, "winner_lost", replay->winner_lost);
  json_text_number (&json, "best_f_left", replay->best_f_left);
  json_text_integer (&json, "best_id_left", replay->best_id_left);
  json_text_integer (&json, "stopped", replay->stopped);
  json_text_integer (&json, "spared", replay->spared);
  json_text_boolean (&json, "ended", replay->ended);
  json_text_close (&json, '}');
  return json_text_finish (&json);
}
