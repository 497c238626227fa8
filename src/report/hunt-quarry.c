/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The optimizers of a journal that is replayed against hunters. Thread: one at a time. */
#include "report/hunt-private.h"
#include "report/summary.h"
#include <math.h>

void
quarry_free (gpointer data)
{
  Quarry *quarry = data;
  trace_free (quarry->trace);
  g_free (quarry->group);
  g_free (quarry->type);
  g_free (quarry);
}

Quarry *
quarry_find (const Replay *replay, guint64 id)
{
  return id >= 1 && id <= replay->quarries->len ? replay->quarries->pdata[id - 1] : NULL;
}

void
quarry_add (Replay *replay, const GlompoRecord *record)
{
  Quarry *quarry = quarry_find (replay, record->optimizer);
  if (quarry != NULL)
    return;
  quarry = g_new0 (Quarry, 1);
  quarry->id = record->optimizer;
  quarry->group = g_strdup (detail_string (record->details, "group"));
  quarry->type = g_strdup (detail_string (record->details, "type"));
  quarry->trace = trace_new (quarry->id, quarry->group, quarry->type, replay->run.n, &replay->window);
  quarry->view = trace_view (quarry->trace);
  quarry->view->alive = true;
  quarry->present = TRUE;
  quarry->view->workers = detail_count (record->details, "workers", 1);
  quarry->start = quarry->last_result = record->time;
  quarry->said = endings_get (replay->endings, record->optimizer);
  quarry->best_f = INFINITY;
  for (gsize i = 0; i < replay->run.n_groups; i++)
    if (g_strcmp0 (replay->groups[i].name, quarry->group) == 0)
      quarry->view->group_index = i;
  g_ptr_array_add (replay->quarries, quarry);
  g_ptr_array_add (replay->traces, quarry->view);
  replay->run.started++;
  replay->run.busy += quarry->view->workers;
  replay->run.traces = (const GlompoTrace *const *) replay->traces->pdata;
  replay->run.n_traces = replay->traces->len;
}

static void
give_up_slots (Replay *replay, Quarry *quarry)
{
  if (quarry->view->alive)
    replay->run.busy -= MIN (replay->run.busy, quarry->view->workers);
  quarry->view->alive = false;
}

/* From here on it is not alive for hunters, as in the run; its slots are free somewhat later there. */
void
quarry_freeze (Replay *replay, Quarry *quarry, GVariant *details)
{
  if (!quarry->present || quarry->frozen)
    return;
  quarry->frozen = TRUE;
  quarry->view->frozen = g_strcmp0 (detail_string (details, "by"), "user") != 0;
  replay->run.frozen++;
  replay->run.freezes++;
  give_up_slots (replay, quarry);
}

static void
thaw (Replay *replay, Quarry *quarry)
{
  replay->run.frozen -= quarry->frozen;
  quarry->frozen = FALSE;
  quarry->view->frozen = false;
}

void
quarry_revive (Replay *replay, Quarry *quarry)
{
  if (!quarry->present || !quarry->frozen)
    return;
  thaw (replay, quarry);
  quarry->view->alive = true;
  replay->run.busy += quarry->view->workers;
  replay->run.revivals++;
}

void
quarry_leave (Replay *replay, Quarry *quarry)
{
  if (!quarry->present)
    return;
  thaw (replay, quarry);
  give_up_slots (replay, quarry);
  quarry->present = FALSE;
  trace_end (quarry->trace);
  condition_forget (replay->condition, quarry->id);
}

void
quarry_end (Replay *replay, Quarry *quarry, GVariant *details)
{
  const char *state = detail_string (details, "state");
  if (quarry->interrupted && !endings_is_for_good (details))
    return;
  replay->run.converged += g_strcmp0 (state, "converged") == 0;
  replay->run.crashed += g_strcmp0 (state, "failed") == 0;
  quarry_leave (replay, quarry);
}

void
quarry_order_end (Replay *replay, Quarry *quarry, GVariant *details)
{
  const char *by = detail_string (details, "by");
  gboolean user = g_strcmp0 (by, "user") == 0, hunter = g_strcmp0 (by, "hunter") == 0;
  if (user || hunter)
    {
      quarry->stopped_in_run = TRUE;
      replay->result->stopped++;
      replay->result->spared += quarry->verdict == NULL;
    }
  quarry->interrupted = !quarry->stopping && endings_is_of_session (details);
  quarry->stopping = quarry->stopping || !hunter;
  if (quarry->interrupted)
    return;
  thaw (replay, quarry);
  if (user && quarry->verdict == NULL)
    {
      quarry->view->hunted = true;
      replay->run.hunted++;
    }
}
