/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Records as JSON objects, one a line. Written here and not by json-glib, which has neither 64-bit unsigned
 * numbers nor the shortest text of a double, and a line for each of some million evaluations to write.
 */
#include "log-format.h"

#include <math.h>
#include <string.h>

static void
put_string (Log *log, const char *text)
{
  g_string_append_c (log->out, '"');
  for (; *text != '\0'; text++)
    {
      if (*text == '"' || *text == '\\')
        g_string_append_c (log->out, '\\');
      if ((guchar) *text < 0x20)
        g_string_append_printf (log->out, "\\u%04x", (guint) (guchar) *text);
      else
        g_string_append_c (log->out, *text);
    }
  g_string_append_c (log->out, '"');
}

static void
put_key (Log *log, const char *key)
{
  put_string (log, key);
  g_string_append_c (log->out, ':');
}

static void
put_real (Log *log, double value)
{
  if (!isfinite (value))
    g_string_append_c (log->out, '"');
  log_put_real (log, value);
  if (!isfinite (value))
    g_string_append_c (log->out, '"');
}

static void
put_reals (Log *log, const double *values, gsize n)
{
  g_string_append_c (log->out, '[');
  for (gsize i = 0; i < n; i++)
    {
      if (i > 0)
        g_string_append_c (log->out, ',');
      put_real (log, values[i]);
    }
  g_string_append_c (log->out, ']');
}

static void put_variant (Log *log, GVariant *variant);

/* An object from string keys to anything; an array from anything else that has parts. */
static void
put_container (Log *log, GVariant *variant)
{
  gboolean object = g_variant_is_of_type (variant, G_VARIANT_TYPE ("a{s*}"));
  gsize n = g_variant_n_children (variant);

  g_string_append_c (log->out, object ? '{' : '[');
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (variant, i);
      if (i > 0)
        g_string_append_c (log->out, ',');
      if (object)
        {
          g_autoptr (GVariant) key = g_variant_get_child_value (child, 0);
          g_autoptr (GVariant) value = g_variant_get_child_value (child, 1);
          put_key (log, g_variant_get_string (key, NULL));
          put_variant (log, value);
        }
      else
        put_variant (log, child);
    }
  g_string_append_c (log->out, object ? '}' : ']');
}

static void
put_variant (Log *log, GVariant *variant)
{
  if (g_variant_is_of_type (variant, G_VARIANT_TYPE_VARIANT))
    {
      g_autoptr (GVariant) inside = g_variant_get_variant (variant);
      put_variant (log, inside);
    }
  else if (g_variant_is_of_type (variant, G_VARIANT_TYPE_STRING))
    put_string (log, g_variant_get_string (variant, NULL));
  else if (g_variant_is_of_type (variant, G_VARIANT_TYPE_DOUBLE))
    put_real (log, g_variant_get_double (variant));
  else if (g_variant_is_of_type (variant, G_VARIANT_TYPE_BOOLEAN))
    log_put (log, g_variant_get_boolean (variant) ? "true" : "false");
  else if (g_variant_is_of_type (variant, G_VARIANT_TYPE_UINT64))
    log_put_count (log, g_variant_get_uint64 (variant));
  else if (g_variant_is_of_type (variant, G_VARIANT_TYPE_BYTE))
    log_put_count (log, g_variant_get_byte (variant));
  else if (g_variant_is_of_type (variant, G_VARIANT_TYPE_UINT32))
    log_put_count (log, g_variant_get_uint32 (variant));
  else if (g_variant_is_of_type (variant, G_VARIANT_TYPE_INT32))
    g_string_append_printf (log->out, "%d", (int) g_variant_get_int32 (variant));
  else if (g_variant_is_of_type (variant, G_VARIANT_TYPE_INT64))
    g_string_append_printf (log->out, "%" G_GINT64_FORMAT, g_variant_get_int64 (variant));
  else if (g_variant_is_container (variant))
    put_container (log, variant);
  else
    {
      g_autofree char *text = g_variant_print (variant, FALSE);
      put_string (log, text);
    }
}

static void
put_time (Log *log, gint64 microseconds)
{
  gint64 part = (microseconds % G_USEC_PER_SEC + G_USEC_PER_SEC) % G_USEC_PER_SEC;
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc ((microseconds - part) / G_USEC_PER_SEC);

  if (time == NULL)
    {
      log_put (log, "null");
      return;
    }
  g_string_append_printf (log->out, "\"%04d-%02d-%02dT%02d:%02d:%02d.%06dZ\"", g_date_time_get_year (time),
                          g_date_time_get_month (time), g_date_time_get_day_of_month (time),
                          g_date_time_get_hour (time), g_date_time_get_minute (time),
                          g_date_time_get_second (time), (int) part);
}

static void
put_evaluation (Log *log, const GlompoEvaluation *evaluation)
{
  log_put (log, ",\"evaluation\":");
  log_put_count (log, evaluation->call);
  log_put (log, ",\"point\":");
  log_put_count (log, evaluation->point);
  log_put (log, ",\"status\":\"");
  log_put (log, log_status (evaluation->status));
  log_put (log, "\",\"f\":");
  put_real (log, evaluation->f);
  log_put (log, ",\"x\":");
  put_reals (log, evaluation->x, evaluation->n);
  log_put (log, ",\"extras\":");
  put_reals (log, evaluation->extras, evaluation->n_extras);
}

/* Keys of details that depend on the time or on the machine, or are told elsewhere. */
static gboolean
is_volatile (const GlompoRecord *record, const char *key)
{
  static const char *const of_run[] = { "seed",  "task", "task_version", "parameters", "lower", "upper",
                                        "fixed", "extras", NULL };
  if (record->type == GLOMPO_RECORD_RUN_STARTED)
    return !g_strv_contains (of_run, key);
  return g_str_equal (key, "seconds");
}

static gint
compare_keys (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static void
put_lasting_details (Log *log, const GlompoRecord *record)
{
  GVariantIter iter;
  const char *key;
  GVariant *value;
  const char *separator = ",\"details\":{";

  g_autoptr (GPtrArray) keys = g_ptr_array_new ();
  g_variant_iter_init (&iter, record->details);
  while (g_variant_iter_next (&iter, "{&sv}", &key, &value))
    {
      g_variant_unref (value);
      if (!is_volatile (record, key))
        g_ptr_array_add (keys, (gpointer) key);
    }
  /* A dictionary has no order. */
  g_ptr_array_sort (keys, compare_keys);
  for (guint i = 0; i < keys->len; i++)
    {
      g_autoptr (GVariant) detail = g_variant_lookup_value (record->details, keys->pdata[i], NULL);
      log_put (log, separator);
      put_key (log, keys->pdata[i]);
      put_variant (log, detail);
      separator = ",";
    }
  log_put (log, keys->len > 0 ? "}" : ",\"details\":{}");
}

/* Whether a repetition of a deterministic run has the record too. Messages, findings and samples are for
 * people; where a run was interrupted and went on is no part of what it did. */
static gboolean
lasts (Log *log, const GlompoRecord *record)
{
  const char *state = NULL;

  switch (record->type)
    {
    case GLOMPO_RECORD_FINDING:
    case GLOMPO_RECORD_MESSAGE:
    case GLOMPO_RECORD_STATUS:
      return FALSE;
    case GLOMPO_RECORD_RUN_STARTED:
      {
        gboolean first = !log->run_printed;
        log->run_printed = TRUE;
        return first;
      }
    case GLOMPO_RECORD_RUN_ENDED:
      g_variant_lookup (record->details, "state", "&s", &state);
      return g_strcmp0 (state, "finished") == 0;
    default:
      return TRUE;
    }
}

void
log_lasting (Log *log, const GlompoRecord *record)
{
  const char *name = glompo_record_type_to_string (record->type);

  if (name == NULL || !lasts (log, record))
    return;
  g_string_append_printf (log->out, "{\"record\":\"%s\",\"optimizer\":", name);
  log_put_count (log, record->optimizer);
  if (record->type == GLOMPO_RECORD_EVALUATION)
    put_evaluation (log, &record->evaluation);
  else
    put_lasting_details (log, record);
  log_put (log, "}\n");
}

void
log_jsonl (Log *log, const GlompoRecord *record)
{
  const char *name = glompo_record_type_to_string (record->type);

  log_put (log, "{\"record\":\"");
  if (name != NULL)
    log_put (log, name);
  else
    g_string_append_printf (log->out, "type-%u", (guint) record->type);
  log_put (log, "\",\"offset\":");
  log_put_count (log, record->offset);
  log_put (log, ",\"time\":");
  put_time (log, record->time);
  log_put (log, ",\"optimizer\":");
  log_put_count (log, record->optimizer);
  if (record->type == GLOMPO_RECORD_EVALUATION)
    put_evaluation (log, &record->evaluation);
  else
    {
      log_put (log, ",\"details\":");
      put_variant (log, record->details);
    }
  log_put (log, "}\n");
}
