/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plain values through libyaml's emitter, see yaml-out.h. Written so that YAML 1.1 and 1.2 agree. */
#include "report/yaml-out.h"

#include <math.h>
#include <string.h>
#include <yaml.h>

#include "base/text.h"

#define WIDTH 100

struct _YamlOut {
  yaml_emitter_t emitter;
  gboolean failed;
};

static void
emit (YamlOut *out, yaml_event_t *event, int made)
{
  out->failed |= !made;
  if (made && !yaml_emitter_emit (&out->emitter, event))
    out->failed = TRUE;
}

/* plain: the text is to be read as what it looks like; otherwise it is text, in quotes if need be. */
static void
scalar (YamlOut *out, const char *text, gboolean plain, yaml_scalar_style_t style)
{
  yaml_event_t event;

  if (out->failed)
    return;
  emit (out, &event,
        yaml_scalar_event_initialize (&event, NULL, NULL, (const yaml_char_t *) text, (int) strlen (text),
                                      plain, TRUE, style));
}

YamlOut *
yaml_out_new (FILE *file)
{
  YamlOut *out = g_new0 (YamlOut, 1);
  yaml_event_t event;

  if (!yaml_emitter_initialize (&out->emitter))
    {
      out->failed = TRUE;
      return out;
    }
  yaml_emitter_set_output_file (&out->emitter, file);
  yaml_emitter_set_unicode (&out->emitter, TRUE);
  yaml_emitter_set_width (&out->emitter, WIDTH);
  emit (out, &event, yaml_stream_start_event_initialize (&event, YAML_UTF8_ENCODING));
  emit (out, &event, yaml_document_start_event_initialize (&event, NULL, NULL, NULL, TRUE));
  return out;
}

gboolean
yaml_out_close (YamlOut *out)
{
  yaml_event_t event;

  if (!out->failed)
    emit (out, &event, yaml_document_end_event_initialize (&event, TRUE));
  if (!out->failed)
    emit (out, &event, yaml_stream_end_event_initialize (&event));
  gboolean good = !out->failed;
  yaml_emitter_delete (&out->emitter);
  g_free (out);
  return good;
}

void
yaml_out_mapping (YamlOut *out, gboolean flow)
{
  yaml_event_t event;
  yaml_mapping_style_t style = flow ? YAML_FLOW_MAPPING_STYLE : YAML_BLOCK_MAPPING_STYLE;

  if (!out->failed)
    emit (out, &event, yaml_mapping_start_event_initialize (&event, NULL, NULL, TRUE, style));
}

void
yaml_out_mapping_end (YamlOut *out)
{
  yaml_event_t event;

  if (!out->failed)
    emit (out, &event, yaml_mapping_end_event_initialize (&event));
}

void
yaml_out_list (YamlOut *out, gboolean flow)
{
  yaml_event_t event;
  yaml_sequence_style_t style = flow ? YAML_FLOW_SEQUENCE_STYLE : YAML_BLOCK_SEQUENCE_STYLE;

  if (!out->failed)
    emit (out, &event, yaml_sequence_start_event_initialize (&event, NULL, NULL, TRUE, style));
}

void
yaml_out_list_end (YamlOut *out)
{
  yaml_event_t event;

  if (!out->failed)
    emit (out, &event, yaml_sequence_end_event_initialize (&event));
}

/* Whether a loader might take the text for something else. */
static gboolean
needs_quotes (const char *text)
{
  static const char *const words[] = { "true", "false", "yes", "no", "on", "off", "y", "n", "null", NULL };

  for (guint i = 0; words[i] != NULL; i++)
    if (g_ascii_strcasecmp (text, words[i]) == 0)
      return TRUE;
  return !g_ascii_isalpha (text[0]) && (guchar) text[0] < 0x80 && text[0] != '/';
}

void
yaml_out_string (YamlOut *out, const char *text)
{
  if (text == NULL)
    yaml_out_null (out);
  else if (needs_quotes (text))
    scalar (out, text, FALSE, YAML_SINGLE_QUOTED_SCALAR_STYLE);
  else
    scalar (out, text, TRUE, YAML_PLAIN_SCALAR_STYLE);
}

void
yaml_out_key (YamlOut *out, const char *key)
{
  yaml_out_string (out, key);
}

void
yaml_out_block (YamlOut *out, const char *text)
{
  if (text == NULL)
    yaml_out_null (out);
  else
    scalar (out, text, FALSE, YAML_LITERAL_SCALAR_STYLE);
}

void
yaml_out_count (YamlOut *out, guint64 value)
{
  char text[32];

  g_snprintf (text, sizeof text, "%" G_GUINT64_FORMAT, value);
  scalar (out, text, TRUE, YAML_PLAIN_SCALAR_STYLE);
}

void
yaml_out_real (YamlOut *out, double value)
{
  char digits[TEXT_DOUBLE_SIZE], text[TEXT_DOUBLE_SIZE + 2];

  if (!isfinite (value))
    {
      scalar (out, isnan (value) ? ".nan" : value > 0.0 ? ".inf" : "-.inf", TRUE, YAML_PLAIN_SCALAR_STYLE);
      return;
    }
  text_from_double (value, digits);
  /* YAML 1.1 wants a point in a real number. */
  gsize mantissa = strcspn (digits, "e");
  gboolean pointed = memchr (digits, '.', mantissa) != NULL;
  g_snprintf (text, sizeof text, "%.*s%s%s", (int) mantissa, digits, pointed ? "" : ".0", digits + mantissa);
  scalar (out, text, TRUE, YAML_PLAIN_SCALAR_STYLE);
}

void
yaml_out_null (YamlOut *out)
{
  scalar (out, "null", TRUE, YAML_PLAIN_SCALAR_STYLE);
}

void
yaml_out_time (YamlOut *out, gint64 microseconds)
{
  g_autoptr (GDateTime) seconds = g_date_time_new_from_unix_utc (microseconds / G_USEC_PER_SEC);
  if (seconds == NULL || microseconds < 0)
    {
      yaml_out_null (out);
      return;
    }
  g_autofree char *start = g_date_time_format (seconds, "%Y-%m-%dT%H:%M:%S");
  g_autofree char *text
      = g_strdup_printf ("%s.%06dZ", start, (int) (microseconds % G_USEC_PER_SEC));
  scalar (out, text, TRUE, YAML_PLAIN_SCALAR_STYLE);
}

static gboolean
number (YamlOut *out, const char *text)
{
  gint64 whole;
  double real;

  if (text_to_int64 (text, &whole) && strpbrk (text, ".eE") == NULL)
    {
      g_autofree char *plain = g_strdup_printf ("%" G_GINT64_FORMAT, whole);
      scalar (out, plain, TRUE, YAML_PLAIN_SCALAR_STYLE);
      return TRUE;
    }
  if (!text_to_double (text, &real))
    return FALSE;
  yaml_out_real (out, real);
  return TRUE;
}

void
yaml_out_ini_value (YamlOut *out, const char *text)
{
  double ignored;

  if (strcmp (text, "true") == 0 || strcmp (text, "false") == 0)
    {
      scalar (out, text, TRUE, YAML_PLAIN_SCALAR_STYLE);
      return;
    }
  if (number (out, text))
    return;
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);
  gboolean list = g_strv_length (parts) > 1;
  for (guint i = 0; list && parts[i] != NULL; i++)
    list = text_to_double (parts[i], &ignored);
  if (!list)
    {
      yaml_out_string (out, text);
      return;
    }
  yaml_out_list (out, TRUE);
  for (guint i = 0; parts[i] != NULL; i++)
    number (out, parts[i]);
  yaml_out_list_end (out);
}

void
yaml_put_string (YamlOut *out, const char *key, const char *text)
{
  yaml_out_key (out, key);
  yaml_out_string (out, text);
}

void
yaml_put_count (YamlOut *out, const char *key, guint64 value)
{
  yaml_out_key (out, key);
  yaml_out_count (out, value);
}

void
yaml_put_real (YamlOut *out, const char *key, double value)
{
  yaml_out_key (out, key);
  yaml_out_real (out, value);
}

void
yaml_put_null (YamlOut *out, const char *key)
{
  yaml_out_key (out, key);
  yaml_out_null (out);
}

void
yaml_put_time (YamlOut *out, const char *key, gint64 microseconds)
{
  yaml_out_key (out, key);
  if (microseconds == 0)
    yaml_out_null (out);
  else
    yaml_out_time (out, microseconds);
}

void
yaml_put_mapping (YamlOut *out, const char *key)
{
  yaml_out_key (out, key);
  yaml_out_mapping (out, FALSE);
}

void
yaml_put_reals (YamlOut *out, const char *key, const double *values, gsize n)
{
  yaml_out_key (out, key);
  yaml_out_list (out, TRUE);
  for (gsize i = 0; i < n; i++)
    yaml_out_real (out, values[i]);
  yaml_out_list_end (out);
}
