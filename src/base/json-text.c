/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See json-text.h. Two blanks for each level, one member a line. */
#include "base/json-text.h"
#include "base/text.h"
#include <math.h>

void
json_text_init (JsonText *json)
{
  *json = (JsonText){ .text = g_string_new (NULL) };
}

char *
json_text_finish (JsonText *json)
{
  return g_string_free (g_steal_pointer (&json->text), FALSE);
}

static void
append_string (GString *text, const char *value)
{
  g_autofree char *valid = g_utf8_make_valid (value, -1);
  g_string_append_c (text, '"');
  for (const char *c = valid; *c != '\0'; c++)
    if (*c == '"' || *c == '\\')
      g_string_append_printf (text, "\\%c", *c);
    else if ((guchar) *c < 0x20)
      g_string_append_printf (text, "\\u%04x", (guint) (guchar) *c);
    else
      g_string_append_c (text, *c);
  g_string_append_c (text, '"');
}

static void
begin_line (JsonText *json)
{
  if (json->depth > 0 && !json->compact)
    g_string_append_printf (json->text, "\n%*s", (int) (2 * json->depth), "");
}

static void
begin_value (JsonText *json, const char *key)
{
  if (json->has_member)
    g_string_append_c (json->text, ',');
  begin_line (json);
  json->has_member = TRUE;
  if (key == NULL)
    return;
  append_string (json->text, key);
  g_string_append (json->text, json->compact ? ":" : ": ");
}

void
json_text_open (JsonText *json, const char *key, char bracket)
{
  begin_value (json, key);
  g_string_append_c (json->text, bracket);
  json->depth++;
  json->has_member = FALSE;
}

void
json_text_close (JsonText *json, char bracket)
{
  json->depth--;
  if (json->has_member)
    {
      if (json->depth == 0 && !json->compact)
        g_string_append_c (json->text, '\n');
      begin_line (json);
    }
  g_string_append_c (json->text, bracket);
  json->has_member = TRUE;
}

void
json_text_string (JsonText *json, const char *key, const char *value)
{
  begin_value (json, key);
  if (value != NULL)
    append_string (json->text, value);
  else
    g_string_append (json->text, "null");
}

void
json_text_number (JsonText *json, const char *key, double value)
{
  char buffer[TEXT_DOUBLE_SIZE];
  begin_value (json, key);
  g_string_append (json->text, isfinite (value) ? text_from_double (value, buffer) : "null");
}

void
json_text_integer (JsonText *json, const char *key, guint64 value)
{
  begin_value (json, key);
  g_string_append_printf (json->text, "%" G_GUINT64_FORMAT, value);
}

void
json_text_boolean (JsonText *json, const char *key, gboolean value)
{
  begin_value (json, key);
  g_string_append (json->text, value ? "true" : "false");
}
