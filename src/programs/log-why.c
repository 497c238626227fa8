/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Why an optimizer was started, judged, and ended; or why the run ended: everything that the journal has
 * about the decisions, with conditions as trees.
 */
#include "log-format.h"

#include <math.h>
#include <string.h>

/* Columns before the text of an event. */
#define INDENT 14

static void put_line (Log *log, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
put_line (Log *log, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  for (char *c = text; *c != '\0'; c++)
    if (g_ascii_iscntrl (*c))
      *c = ' ';
  log_put (log, text);
  g_string_append_c (log->out, '\n');
}

static void
begin (Log *log, const GlompoRecord *record)
{
  g_string_append_printf (log->out, "%12.3f  ", (double) (record->time - log->start) / G_USEC_PER_SEC);
}

static void
put_figures (Log *log, GVariant *figures)
{
  gsize n;
  const double *values = g_variant_get_fixed_array (figures, &n, sizeof (double));

  for (gsize i = 0; i < n; i++)
    {
      log_put (log, i == 0 ? "  [" : ", ");
      log_put_real (log, values[i]);
    }
  log_put (log, n > 0 ? "]\n" : "\n");
}

/* A node a line, those below it further in. Behind a comparison stand the figures themselves, in full. */
static void
put_tree (Log *log, GVariant *details)
{
  g_autoptr (GVariant) tree = g_variant_lookup_value (details, "tree", G_VARIANT_TYPE ("a(ysssad)"));
  const char *what, *result, *text;
  guint8 depth;

  for (gsize i = 0; tree != NULL && i < g_variant_n_children (tree); i++)
    {
      g_autoptr (GVariant) node = g_variant_get_child_value (tree, i);
      g_autoptr (GVariant) figures = g_variant_get_child_value (node, 4);
      g_variant_get (node, "(y&s&s&s@ad)", &depth, &what, &result, &text, NULL);
      g_string_append_printf (log->out, "%*s%s: %s%s%s", INDENT + 2 + 2 * (int) depth, "", what, text,
                              *text != '\0' ? ": " : "", strcmp (result, "none") == 0 ? "not asked" : result);
      put_figures (log, figures);
    }
}

static void
put_started (Log *log, const GlompoRecord *record)
{
  GVariant *details = record->details;
  const char *selector = log_text_of (details, "selector"), *generator = log_text_of (details, "generator");

  begin (log, record);
  put_line (
      log, "optimizer %" G_GUINT64_FORMAT " started: %s (%s), at evaluation %" G_GUINT64_FORMAT " of the run",
      record->optimizer, log_text_of (details, "group"), log_text_of (details, "type"),
      log_count_of (details, "evaluations"));
  if (*selector != '\0')
    put_line (log, "%*schosen by %s", INDENT + 2, "", selector);
  if (*generator != '\0')
    put_line (log, "%*sits start by %s", INDENT + 2, "", generator);
}

static void
put_hunt (Log *log, const GlompoRecord *record)
{
  GVariant *details = record->details;
  gboolean freeze = strcmp (log_text_of (details, "verdict"), "freeze") == 0;
  g_autoptr (GVariant) tree = g_variant_lookup_value (details, "tree", G_VARIANT_TYPE ("a(ysssad)"));

  begin (log, record);
  put_line (log,
            "verdict of hunt %" G_GUINT64_FORMAT ", at evaluation %" G_GUINT64_FORMAT
            " of the run: %s; optimizer %" G_GUINT64_FORMAT " held the best value",
            log_count_of (details, "hunt"), log_count_of (details, "evaluations"), freeze ? "freeze" : "stop",
            log_count_of (details, "hunter"));
  if (tree == NULL)
    put_line (log, "%*s%s", INDENT + 2, "", log_text_of (details, "reason"));
  put_tree (log, details);
}

static void
put_order (Log *log, const GlompoRecord *record, const char *what)
{
  const char *by = log_text_of (record->details, "by");

  begin (log, record);
  /* A hunter's reason has just been told. */
  if (strcmp (by, "hunter") == 0)
    put_line (log, "%s by the hunters", what);
  else
    put_line (log, "%s by %s: %s", what, by, log_text_of (record->details, "reason"));
}

static void
put_ended (Log *log, const GlompoRecord *record)
{
  double best = 0;
  char number[GLOMPO_DOUBLE_TEXT_SIZE];

  g_variant_lookup (record->details, "best_f", "d", &best);
  begin (log, record);
  put_line (log, "%s after %" G_GUINT64_FORMAT " evaluations, best %s: %s",
            log_text_of (record->details, "state"), log_count_of (record->details, "evaluations"),
            isfinite (best) ? glompo_double_to_text (best, number) : "none",
            log_text_of (record->details, "reason"));
}

void
log_why (Log *log, const GlompoRecord *record)
{
  switch (record->type)
    {
    case GLOMPO_RECORD_OPTIMIZER_STARTED:
      put_started (log, record);
      break;
    case GLOMPO_RECORD_HUNT:
      put_hunt (log, record);
      break;
    case GLOMPO_RECORD_STOP:
      put_order (log, record, "told to end");
      break;
    case GLOMPO_RECORD_FREEZE:
      put_order (log, record, "frozen");
      break;
    case GLOMPO_RECORD_REVIVE:
      put_order (log, record, "revived");
      break;
    case GLOMPO_RECORD_INJECTION:
      begin (log, record);
      put_line (log, "took over the best point, of optimizer %" G_GUINT64_FORMAT,
                log_count_of (record->details, "from"));
      break;
    case GLOMPO_RECORD_OPTIMIZER_ENDED:
      put_ended (log, record);
      break;
    default:
      break;
    }
}

static void
put_spawning_stopped (Log *log, const GlompoRecord *record)
{
  GVariant *details = record->details;
  g_autoptr (GVariant) tree = g_variant_lookup_value (details, "tree", G_VARIANT_TYPE ("a(ysssad)"));

  begin (log, record);
  put_line (log,
            "no further optimizers are started, by %s, at evaluation %" G_GUINT64_FORMAT
            " of the run and %" G_GUINT64_FORMAT " started%s%s",
            log_text_of (details, "by"), log_count_of (details, "evaluations"),
            log_count_of (details, "started"), tree != NULL ? ", for this held" : ": ",
            tree != NULL ? "" : log_text_of (details, "reason"));
  put_tree (log, details);
}

void
log_why_end (Log *log, const GlompoRecord *record)
{
  GVariant *details = record->details;
  g_autoptr (GVariant) tree = NULL;

  if (record->type == GLOMPO_RECORD_SPAWNING_STOPPED)
    put_spawning_stopped (log, record);
  if (record->type != GLOMPO_RECORD_RUN_ENDED)
    return;
  tree = g_variant_lookup_value (details, "tree", G_VARIANT_TYPE ("a(ysssad)"));
  begin (log, record);
  put_line (log, "the run %s after %" G_GUINT64_FORMAT " evaluations of %" G_GUINT64_FORMAT " optimizers%s%s",
            log_text_of (details, "state"), log_count_of (details, "evaluations"),
            log_count_of (details, "started"), tree != NULL ? ", for this held" : ": ",
            tree != NULL ? "" : log_text_of (details, "reason"));
  put_tree (log, details);
}
