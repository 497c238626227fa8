/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Records as lines for a reader: seconds since the start, what it is about, what happened. */
#include "log-format.h"

#include <math.h>

/* Width of what a line is about. */
#define SUBJECT_WIDTH 16

static double
real_of (GVariant *details, const char *key)
{
  double value = NAN;

  g_variant_lookup (details, key, "d", &value);
  return value;
}

/* Line breaks become blanks, so that an event stays one line. */
static void
put_on_line (Log *log, const char *text)
{
  for (; *text != '\0'; text++)
    g_string_append_c (log->out, g_ascii_iscntrl (*text) ? ' ' : *text);
}

static void
put_text_of (Log *log, const char *before, const GlompoRecord *record, const char *key)
{
  log_put (log, before);
  put_on_line (log, log_text_of (record->details, key));
}

static void
put_count_of (Log *log, const char *before, const GlompoRecord *record, const char *key)
{
  log_put (log, before);
  log_put_count (log, log_count_of (record->details, key));
}

static void
put_real_of (Log *log, const char *before, GVariant *details, const char *key)
{
  log_put (log, before);
  log_put_real (log, real_of (details, key));
}

static void
put_counted (Log *log, guint64 n, const char *one, const char *many)
{
  log_put_count (log, n);
  log_put (log, n == 1 ? one : many);
}

/* Seconds and subject; the subject of a record about an optimizer is that. */
static void
begin (Log *log, const GlompoRecord *record, const char *subject)
{
  g_autofree char *name = NULL;

  if (subject == NULL && record->optimizer != 0)
    subject = name = g_strdup_printf ("optimizer %" G_GUINT64_FORMAT, record->optimizer);
  else if (subject == NULL)
    subject = "run";
  g_string_append_printf (log->out, "%12.3f  %-*s", (double) (record->time - log->start) / G_USEC_PER_SEC,
                          SUBJECT_WIDTH, subject);
}

static void
put_reason (Log *log, GVariant *details)
{
  const char *reason = log_text_of (details, "reason");

  if (*reason == '\0')
    return;
  log_put (log, ": ");
  put_on_line (log, reason);
}

static void
put_run_started (Log *log, const GlompoRecord *record)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (record->time / G_USEC_PER_SEC);
  g_autofree char *date = time != NULL ? g_date_time_format (time, "%Y-%m-%d %H:%M:%S UTC") : g_strdup ("?");
  gsize n = log->parameters != NULL ? g_strv_length (log->parameters) : 0;

  g_string_append_printf (log->out, "started %s: ", date);
  put_text_of (log, "", record, "config_name");
  put_text_of (log, " on ", record, "host");
  put_text_of (log, ", task ", record, "task");
  log_put (log, " with ");
  put_counted (log, n, " parameter, ", " parameters, ");
  put_counted (log, log_count_of (record->details, "max_jobs"), " slot, backend ", " slots, backend ");
  put_text_of (log, "", record, "backend");
  put_count_of (log, ", seed ", record, "seed");
}

static void
put_optimizer_started (Log *log, const GlompoRecord *record)
{
  put_text_of (log, "started: ", record, "group");
  put_text_of (log, " (", record, "type");
  log_put (log, "), ");
  put_counted (log, log_count_of (record->details, "workers"), " worker, seed ", " workers, seed ");
  log_put_count (log, log_count_of (record->details, "seed"));
}

/* The best value of an optimizer or of the run; FALSE: there is none. */
static gboolean
put_best (Log *log, GVariant *details)
{
  double best = INFINITY;
  g_variant_lookup (details, "best_f", "d", &best);
  if (isfinite (best))
    put_real_of (log, ", best ", details, "best_f");
  else
    log_put (log, ", best none");
  return isfinite (best);
}

static void
put_optimizer_ended (Log *log, const GlompoRecord *record)
{
  put_text_of (log, "", record, "state");
  log_put (log, " after ");
  put_counted (log, log_count_of (record->details, "evaluations"), " evaluation", " evaluations");
  put_best (log, record->details);
  put_reason (log, record->details);
}

static void
put_run_ended (Log *log, const GlompoRecord *record)
{
  put_text_of (log, "", record, "state");
  log_put (log, " after ");
  put_counted (log, log_count_of (record->details, "evaluations"), " evaluation of ", " evaluations of ");
  put_counted (log, log_count_of (record->details, "started"), " optimizer", " optimizers");
  if (put_best (log, record->details))
    put_count_of (log, " by optimizer ", record, "best_id");
  put_reason (log, record->details);
}

static void
put_status (Log *log, const GlompoRecord *record)
{
  put_counted (log, log_count_of (record->details, "evaluations"), " evaluation", " evaluations");
  put_best (log, record->details);
  g_string_append_printf (
      log->out, ", %" G_GUINT64_FORMAT " alive, %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " slots",
      log_count_of (record->details, "alive"), log_count_of (record->details, "busy"),
      log_count_of (record->details, "max_jobs"));
  guint64 memory = log_count_of (record->details, "memory");
  if (memory > 0)
    g_string_append_printf (log->out, ", %" G_GUINT64_FORMAT " MiB", memory >> 20);
}

static void
put_finding (Log *log, const GlompoRecord *record)
{
  put_text_of (log, "", record, "severity");
  put_text_of (log, " ", record, "code");
  put_text_of (log, " at ", record, "where");
  put_text_of (log, ": ", record, "what");
  put_text_of (log, "; to mend it: ", record, "mend");
}

static void
put_hunt (Log *log, const GlompoRecord *record)
{
  put_count_of (log, "hunted for optimizer ", record, "hunter");
  put_count_of (log, " in hunt ", record, "hunt");
  put_reason (log, record->details);
}

static void
put_decision (Log *log, const GlompoRecord *record)
{
  static const char *const words[] = {
    [GLOMPO_RECORD_STOP] = "told to stop by ",
    [GLOMPO_RECORD_FREEZE] = "frozen by ",
    [GLOMPO_RECORD_REVIVE] = "revived by ",
    [GLOMPO_RECORD_SPAWNING_STOPPED] = "no further optimizers are started, by ",
  };
  put_text_of (log, words[record->type], record, "by");
  put_reason (log, record->details);
}

static void
put_injection (Log *log, const GlompoRecord *record)
{
  put_real_of (log, "offered ", record->details, "f");
  put_count_of (log, " of optimizer ", record, "from");
}

static void
put_message (Log *log, const GlompoRecord *record)
{
  put_text_of (log, "", record, "level");
  put_text_of (log, ": ", record, "text");
}

static void
put_command (Log *log, const GlompoRecord *record)
{
  gint32 pid = 0;

  put_text_of (log, "", record, "command");
  put_text_of (log, "; given by ", record, "user");
  g_variant_lookup (record->details, "pid", "i", &pid);
  if (pid != 0)
    g_string_append_printf (log->out, " (process %d)", (int) pid);
  else
    log_put (log, " as a file");
}

static void
put_setting_changed (Log *log, const GlompoRecord *record)
{
  put_text_of (log, "setting changed: ", record, "key");
  put_text_of (log, " = ", record, "value");
}

static void
put_evaluation (Log *log, const GlompoRecord *record)
{
  const GlompoEvaluation *evaluation = &record->evaluation;

  log_put (log, "evaluation ");
  log_put_count (log, evaluation->call);
  log_put (log, log->better ? ": new best " : ": ");
  if (evaluation->status == GLOMPO_STATUS_EVALUATED)
    log_put_real (log, evaluation->f);
  else
    log_put (log, log_status (evaluation->status));
  log_put (log, " at (");
  for (gsize i = 0; i < evaluation->n; i++)
    {
      log_put (log, i > 0 ? ", " : "");
      log_put_real (log, evaluation->x[i]);
    }
  log_put (log, ")");
}

static void
put_unknown (Log *log, const GlompoRecord *record)
{
  g_autofree char *text = g_variant_print (record->details, FALSE);

  g_string_append_printf (log->out, "record of type %u: ", (guint) record->type);
  put_on_line (log, text);
}

void
log_text (Log *log, const GlompoRecord *record)
{
  static const struct {
    const char *subject; /* NULL: the optimizer, or the run */
    LogFormat put;
  } formats[] = {
    [GLOMPO_RECORD_RUN_STARTED] = { NULL, put_run_started },
    [GLOMPO_RECORD_FINDING] = { "finding", put_finding },
    [GLOMPO_RECORD_OPTIMIZER_STARTED] = { NULL, put_optimizer_started },
    [GLOMPO_RECORD_EVALUATION] = { NULL, put_evaluation },
    [GLOMPO_RECORD_HUNT] = { NULL, put_hunt },
    [GLOMPO_RECORD_STOP] = { NULL, put_decision },
    [GLOMPO_RECORD_INJECTION] = { NULL, put_injection },
    [GLOMPO_RECORD_MESSAGE] = { NULL, put_message },
    [GLOMPO_RECORD_STATUS] = { "status", put_status },
    [GLOMPO_RECORD_OPTIMIZER_ENDED] = { NULL, put_optimizer_ended },
    [GLOMPO_RECORD_RUN_ENDED] = { NULL, put_run_ended },
    [GLOMPO_RECORD_FREEZE] = { NULL, put_decision },
    [GLOMPO_RECORD_REVIVE] = { NULL, put_decision },
    [GLOMPO_RECORD_SPAWNING_STOPPED] = { NULL, put_decision },
    [GLOMPO_RECORD_COMMAND] = { "command", put_command },
    [GLOMPO_RECORD_SETTING_CHANGED] = { NULL, put_setting_changed },
  };
  gboolean known = (gsize) record->type < G_N_ELEMENTS (formats) && formats[record->type].put != NULL;

  begin (log, record, known ? formats[record->type].subject : NULL);
  if (known)
    formats[record->type].put (log, record);
  else
    put_unknown (log, record);
  g_string_append_c (log->out, '\n');
}
