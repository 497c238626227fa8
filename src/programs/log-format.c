/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See log-format.h. */
#include "log-format.h"

static void
optimizer_free (LogOptimizer *optimizer)
{
  g_free (optimizer->group);
  g_free (optimizer->type);
  g_free (optimizer);
}

Log *
log_new (void)
{
  Log *log = g_new0 (Log, 1);

  log->out = g_string_sized_new (2 * LOG_PIECE);
  log->optimizers
      = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, (GDestroyNotify) optimizer_free);
  log->extras = g_ptr_array_new_with_free_func (g_free);
  log->start = G_MININT64;
  return log;
}

void
log_free (Log *log)
{
  if (log == NULL)
    return;
  g_string_free (log->out, TRUE);
  g_hash_table_unref (log->optimizers);
  g_strfreev (log->parameters);
  g_ptr_array_unref (log->extras);
  g_free (log);
}

static void
learn_run (Log *log, GVariant *details)
{
  g_autoptr (GVariant) extras = g_variant_lookup_value (details, "extras", G_VARIANT_TYPE ("a(suu)"));
  GVariantIter iter;
  const char *name;
  guint32 type, count;

  log->learned = TRUE;
  if (log->parameters == NULL)
    g_variant_lookup (details, "parameters", "^as", &log->parameters);
  if (extras == NULL || log->extras->len > 0)
    return;
  g_variant_iter_init (&iter, extras);
  while (g_variant_iter_next (&iter, "(&suu)", &name, &type, &count))
    for (guint32 i = 0; i < count && count <= G_MAXUINT16 * 16u; i++)
      g_ptr_array_add (log->extras, count == 1 ? g_strdup (name) : g_strdup_printf ("%s[%u]", name, i));
}

void
log_learn (Log *log, const GlompoRecord *record)
{
  if (log->start == G_MININT64)
    log->start = record->time;
  if (record->type == GLOMPO_RECORD_RUN_STARTED)
    learn_run (log, record->details);
  if (record->type != GLOMPO_RECORD_OPTIMIZER_STARTED)
    return;

  LogOptimizer *optimizer = g_new0 (LogOptimizer, 1);
  if (!g_variant_lookup (record->details, "group", "s", &optimizer->group))
    optimizer->group = g_strdup ("");
  if (!g_variant_lookup (record->details, "type", "s", &optimizer->type))
    optimizer->type = g_strdup ("");
  g_hash_table_replace (log->optimizers, g_memdup2 (&record->optimizer, sizeof record->optimizer), optimizer);
}

const LogOptimizer *
log_optimizer (const Log *log, guint64 id)
{
  static const LogOptimizer unknown = { (char *) "", (char *) "" };
  const LogOptimizer *optimizer = g_hash_table_lookup (log->optimizers, &id);

  return optimizer != NULL ? optimizer : &unknown;
}

const char *
log_text_of (GVariant *details, const char *key)
{
  const char *text = "";

  g_variant_lookup (details, key, "&s", &text);
  return text;
}

guint64
log_count_of (GVariant *details, const char *key)
{
  guint64 value = 0;

  g_variant_lookup (details, key, "t", &value);
  return value;
}

void
log_put (Log *log, const char *text)
{
  g_string_append (log->out, text);
}

void
log_put_real (Log *log, double value)
{
  char text[GLOMPO_DOUBLE_TEXT_SIZE];

  g_string_append (log->out, glompo_double_to_text (value, text));
}

void
log_put_count (Log *log, guint64 value)
{
  char text[24];
  char *start = text + sizeof text;

  *--start = '\0';
  do
    *--start = (char) ('0' + value % 10);
  while ((value /= 10) > 0);
  g_string_append (log->out, start);
}

const char *
log_status (gint32 status)
{
  if (status == GLOMPO_STATUS_EVALUATED)
    return "evaluated";
  return status == GLOMPO_STATUS_TIMED_OUT ? "timed-out" : "failed";
}
