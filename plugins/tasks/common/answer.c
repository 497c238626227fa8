/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tasks/common/answer.h"
#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

/* Deeper nesting is no result, and would be recursion in the parser. */
#define MOST_NESTING 32

/* Only as what a function returns. */
#define nonsense(...) (task_refuse (__VA_ARGS__), ANSWER_NONSENSE)

static gboolean
is_separator (char c)
{
  return g_ascii_isspace (c) || c == '\0' || c == ',' || c == ';' || c == '=' || c == ':';
}

/* The next word that is a number. *at moves behind it. FALSE: there is none up to end. */
static gboolean
next_number (const char **at, const char *end, double *out)
{
  while (*at < end)
    {
      const char *word = *at;
      while (*at < end && !is_separator (**at))
        (*at)++;
      gsize length = (gsize) (*at - word);
      if (*at < end)
        (*at)++;
      if (words_to_number (word, length, out))
        return TRUE;
    }
  return FALSE;
}

/* Whether the number that was taken up to at goes on behind a comma, as in "1,5": in a list that is the next
 * number, but where one number is wanted it is a decimal comma, and 1 would be wrong. */
static gboolean
has_decimal_comma (const char *text, const char *at, const char *end)
{
  return at - text >= 2 && at < end && at[-1] == ',' && g_ascii_isdigit (at[-2]) && g_ascii_isdigit (*at);
}

static AnswerVerdict
read_numbers (const AnswerFormat *format, const char *text, gsize length, double *f, double *extras,
              GError **error)
{
  const char *at = text, *end = text + length;
  g_autofree char *found = words_excerpt (text, length);
  if (!next_number (&at, end, f))
    return nonsense (error, "found %s, wanted a number", found);
  if (format->space->extras_size == 0 && has_decimal_comma (text, at, end))
    return nonsense (error, "found %s, wanted a number with a decimal point", found);
  for (gsize i = 0; i < format->space->extras_size; i++)
    if (!next_number (&at, end, &extras[i]))
      return nonsense (error, "found %s, wanted %" G_GSIZE_FORMAT " numbers: the value and the extras", found,
                       format->space->extras_size + 1);
  return ANSWER_GOOD;
}

/* Reads count numbers behind the label of the last line that begins with it and has them. */
static gboolean
find_labelled (const char *text, gsize length, const char *label, gsize count, double *out)
{
  const char *end = text + length;
  gsize size = strlen (label);
  gboolean found = FALSE;
  g_autofree double *numbers = g_new (double, count);
  for (const char *line = text, *next; line < end; line = next)
    {
      const char *stop = memchr (line, '\n', (gsize) (end - line));
      stop = stop != NULL ? stop : end;
      next = stop + 1;
      while (line < stop && g_ascii_isspace (*line))
        line++;
      if ((gsize) (stop - line) <= size || memcmp (line, label, size) != 0 || !is_separator (line[size]))
        continue;
      const char *at = line + size;
      gsize i = 0;
      while (i < count && next_number (&at, stop, &numbers[i]))
        i++;
      if (i < count || (count == 1 && has_decimal_comma (line, at, stop)))
        continue;
      memcpy (out, numbers, count * sizeof *numbers);
      found = TRUE;
    }
  return found;
}

static AnswerVerdict
read_lines (const AnswerFormat *format, const char *text, gsize length, double *f, double *extras,
            GError **error)
{
  if (!find_labelled (text, length, format->label, 1, f))
    return nonsense (error, "found no line that begins with '%s' and has a number behind it", format->label);
  for (gsize i = 0; i < format->space->n_extras; i++)
    {
      const GlompoExtra *extra = &format->space->extras[i];
      if (!find_labelled (text, length, extra->name, extra->count, extras))
        return nonsense (error, "found no line that begins with '%s' and has %u numbers behind it",
                         extra->name, extra->count);
      extras += extra->count;
    }
  return ANSWER_GOOD;
}

/* Whether the text is worth giving to the parser. */
static gboolean
is_json_text (const char *text, gsize length)
{
  gboolean quoted = FALSE;
  gint depth = 0;
  if (!g_utf8_validate_len (text, length, NULL))
    return FALSE;
  for (gsize i = 0; i < length; i++)
    {
      char c = text[i];
      if (quoted && c == '\\')
        i++;
      else if (c == '"')
        quoted = !quoted;
      else if (!quoted && (c == '{' || c == '['))
        depth++;
      else if (!quoted && (c == '}' || c == ']'))
        depth--;
      if (depth > MOST_NESTING || depth < 0)
        return FALSE;
    }
  return depth == 0 && !quoted;
}

/* A number, true or false. */
static gboolean
node_number (JsonNode *node, double *out)
{
  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node))
    return FALSE;
  switch (json_node_get_value_type (node))
    {
    case G_TYPE_INT64:
      *out = (double) json_node_get_int (node);
      return TRUE;
    case G_TYPE_DOUBLE:
      *out = json_node_get_double (node);
      return TRUE;
    case G_TYPE_BOOLEAN:
      *out = json_node_get_boolean (node) ? 1.0 : 0.0;
      return TRUE;
    default:
      return FALSE;
    }
}

static gboolean
node_numbers (JsonNode *node, gsize count, double *out)
{
  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node))
    return count == 1 && node_number (node, out);
  JsonArray *array = json_node_get_array (node);
  if (json_array_get_length (array) != count)
    return FALSE;
  for (guint i = 0; i < count; i++)
    if (!node_number (json_array_get_element (array, i), &out[i]))
      return FALSE;
  return TRUE;
}

static JsonNode *
find_extra (JsonObject *object, const char *name)
{
  JsonNode *inner = json_object_get_member (object, "extras");
  if (inner != NULL && JSON_NODE_HOLDS_OBJECT (inner))
    return json_object_get_member (json_node_get_object (inner), name);
  return json_object_get_member (object, name);
}

static AnswerVerdict
read_object (const AnswerFormat *format, JsonObject *object, guint64 id, double *f, double *extras,
             GError **error)
{
  double number;
  JsonNode *node = json_object_get_member (object, "id");
  if (node != NULL && id != ANSWER_NO_ID && (!node_number (node, &number) || number != (double) id))
    return nonsense (error, "found an answer with another id than that of the request, %" G_GUINT64_FORMAT,
                     id);
  node = json_object_get_member (object, "error");
  if (node != NULL && !JSON_NODE_HOLDS_NULL (node))
    {
      gboolean text = JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING;
      const char *why = text ? json_node_get_string (node) : "error";
      g_autofree char *excerpt = words_excerpt (why, strlen (why));
      task_refuse (error, "the program says %s", excerpt);
      return ANSWER_REFUSED;
    }
  if (!node_number (json_object_get_member (object, "fx"), f))
    return nonsense (error, "found no member \"fx\" that is a number");
  for (gsize i = 0; i < format->space->n_extras; i++)
    {
      const GlompoExtra *extra = &format->space->extras[i];
      if (!node_numbers (find_extra (object, extra->name), extra->count, extras))
        return nonsense (error, "found no member \"%s\" of %u numbers", extra->name, extra->count);
      extras += extra->count;
    }
  return ANSWER_GOOD;
}

static AnswerVerdict
read_json (const AnswerFormat *format, const char *text, gsize length, guint64 id, double *f, double *extras,
           GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autofree char *found = words_excerpt (text, length);
  if (!is_json_text (text, length) || !json_parser_load_from_data (parser, text, (gssize) length, NULL))
    return nonsense (error, "found %s, wanted JSON", found);
  JsonNode *root = json_parser_get_root (parser);
  if (root != NULL && JSON_NODE_HOLDS_OBJECT (root))
    return read_object (format, json_node_get_object (root), id, f, extras, error);
  if (format->space->n_extras > 0 || !node_number (root, f))
    return nonsense (error, "found %s, wanted a JSON object with the member \"fx\"", found);
  return ANSWER_GOOD;
}

AnswerVerdict
answer_read (const AnswerFormat *format, const char *text, gsize length, guint64 id, double *f,
             double *extras, GError **error)
{
  double value = NAN;
  g_autofree double *numbers = g_new (double, format->space->extras_size + 1);
  AnswerVerdict verdict
      = format->kind == ANSWER_JSON   ? read_json (format, text, length, id, &value, numbers, error)
        : format->kind == ANSWER_LINE ? read_lines (format, text, length, &value, numbers, error)
                                      : read_numbers (format, text, length, &value, numbers, error);
  if (verdict != ANSWER_GOOD)
    return verdict;
  if (!isfinite (value))
    {
      task_refuse (error, "the program gives the value %g", value);
      return ANSWER_REFUSED;
    }
  *f = value;
  if (extras != NULL)
    memcpy (extras, numbers, format->space->extras_size * sizeof *extras);
  return ANSWER_GOOD;
}
