/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The inside of the replay of a journal against hunters, see hunt-replay.c. Thread: one at a time. */
#pragma once

#include "config/config.h"
#include "journal/endings.h"
#include "journal/in-force.h"
#include "model/trace.h"
#include "policy/condition.h"
#include <glompo/glompo-hunts.h>

/* One optimizer of the journal. */
typedef struct {
  guint64 id;
  Trace *trace;
  GlompoTrace *view;
  gint64 start;
  gint64 last_result;
  guint64 said;      /* evaluations of the run when it said that it had ended; G_MAXUINT64: never */
  gboolean present;  /* it has started and not ended */
  gboolean stopping; /* it was told to end, and not by a hunter of the run */
  gboolean interrupted; /* by the end of a session: it goes on in the next one, if there is one */
  gboolean frozen;
  gboolean stopped_in_run;    /* by a hunter or the user */
  double best_f;              /* in the run */
  GlompoHuntVerdict *verdict; /* of these hunters, or NULL */
  char *group, *type;
} Quarry;

typedef struct {
  GlompoHuntReplay *result;
  GlompoRegistry *registry; /* not owned */
  Expression *expression;
  Condition *condition;
  gboolean own_frequency; /* follow the changes in the run */
  GlompoWindow window;
  GlompoRun run;
  GlompoGroup *groups;
  char **names; /* strings of groups */
  char **parameters;
  double *lower, *upper, *best_x;
  uint8_t *integer;
  Endings *endings;
  InForce *settings;
  GPtrArray *quarries; /* Quarry, by id */
  GPtrArray *traces;
  guint64 call; /* of the last evaluation in the journal */
  guint64 last_hunt;
  gint64 start;
  gint64 last; /* time of the last record */
  gboolean begun;
  char *file;
} Replay;

/* hunt-quarry.c: what the records say of optimizers. find: NULL, there is none of that id. */
void quarry_free (gpointer data);
Quarry *quarry_find (const Replay *replay, guint64 id);
void quarry_add (Replay *replay, const GlompoRecord *record);
void quarry_freeze (Replay *replay, Quarry *quarry, GVariant *details);
void quarry_revive (Replay *replay, Quarry *quarry);
void quarry_leave (Replay *replay, Quarry *quarry);
void quarry_end (Replay *replay, Quarry *quarry, GVariant *details);
void quarry_order_end (Replay *replay, Quarry *quarry, GVariant *details);
