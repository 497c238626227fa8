/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tasks/common/words.h"
#include <string.h>

#define BLANKS " \t\r\n"
/* Longest text of a number that is read, and longest excerpt of what is no result. */
#define LONGEST_NUMBER 400
#define EXCERPT 80

gboolean
task_refuse (GError **error, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error_literal (error, TASK_ERROR, TASK_ERROR_FAILED, text);
  return FALSE;
}

static gboolean
refuse (GError **error, const char *what, const char *text)
{
  g_autofree char *quoted = words_excerpt (text, strlen (text));
  g_set_error (error, TASK_ERROR, TASK_ERROR_FAILED, "%s in %s", what, quoted);
  return FALSE;
}

char *
words_excerpt (const char *text, gsize length)
{
  g_autofree char *valid = g_utf8_make_valid (text, (gssize) MIN (length, EXCERPT));
  GString *out = g_string_new ("'");
  for (const char *at = valid; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar c = g_utf8_get_char (at);
      if (c == '\n' || c == '\t')
        g_string_append (out, c == '\n' ? "\\n" : "\\t");
      else if (g_unichar_iscntrl (c))
        g_string_append_printf (out, "\\x%02x", c);
      else
        g_string_append_unichar (out, c);
    }
  g_string_append (out, length > EXCERPT ? "...'" : "'");
  return g_string_free (out, FALSE);
}

/* *at stands behind an opening quote; it is left behind the closing one. */
static gboolean
take_quoted (const char **at, GString *out, GError **error)
{
  const char *end = *at;
  while (*end != '\0' && *end != '"')
    end += end[0] == '\\' && end[1] != '\0' ? 2 : 1;
  if (*end == '\0')
    return refuse (error, "a quotation mark is not closed", *at);
  g_autofree char *raw = g_strndup (*at, (gsize) (end - *at));
  g_autofree char *value = g_strcompress (raw);
  if (!g_utf8_validate (value, -1, NULL))
    return refuse (error, "the escapes do not give UTF-8", raw);
  g_string_append (out, value);
  *at = end + 1;
  return TRUE;
}

char *
words_text (const char *text, GError **error)
{
  if (text[0] != '"')
    return g_strdup (text);
  g_autoptr (GString) out = g_string_new (NULL);
  const char *at = text + 1;
  if (!take_quoted (&at, out, error))
    return NULL;
  if (*at != '\0')
    {
      refuse (error, "something stands behind the quotation marks", text);
      return NULL;
    }
  return g_strdup (out->str);
}

/* Cuts [K] off the end of item. A name of other brackets stays as it is. */
static guint32
cut_count (GString *item)
{
  if (item->len < 3 || item->str[item->len - 1] != ']')
    return 1;
  const char *open = strrchr (item->str, '[');
  char *end = NULL;
  if (open == NULL || open == item->str || !g_ascii_isdigit (open[1]))
    return 1;
  guint64 count = g_ascii_strtoull (open + 1, &end, 10);
  if (end != item->str + item->len - 1 || count < 1 || count > 1000000)
    return 1;
  g_string_truncate (item, (gsize) (open - item->str));
  return (guint32) count;
}

/* One item; *at is left at the comma or the end behind it. */
static gboolean
take_item (const char **at, GString *item, guint32 *out_count, gboolean counted, GError **error)
{
  const char *text = *at;
  *out_count = 1;
  *at += strspn (*at, BLANKS);
  gboolean quoted = **at == '"';
  if (quoted)
    {
      *at += 1;
      if (!take_quoted (at, item, error))
        return FALSE;
    }
  gsize length = strcspn (*at, ",");
  g_autofree char *rest = g_strstrip (g_strndup (*at, length));
  *at += length;
  if (!quoted)
    g_string_append (item, rest);
  if (counted && !quoted)
    *out_count = cut_count (item);
  if (quoted && rest[0] != '\0')
    {
      g_autoptr (GString) suffix = g_string_new ("x");
      g_string_append (suffix, rest);
      *out_count = counted ? cut_count (suffix) : 1;
      if (suffix->len != 1)
        return refuse (error, "a comma is missing behind the quotation marks", text);
    }
  return item->len > 0 || refuse (error, "an empty item", text);
}

char **
words_list (const char *text, GArray *counts, GError **error)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_free);
  const char *at = text + strspn (text, BLANKS);
  for (gboolean more = *at != '\0'; more;)
    {
      g_autoptr (GString) item = g_string_new (NULL);
      guint32 count;
      if (!take_item (&at, item, &count, counts != NULL, error))
        return NULL;
      g_ptr_array_add (items, g_strdup (item->str));
      if (counts != NULL)
        g_array_append_val (counts, count);
      more = *at == ',';
      at += more;
    }
  g_ptr_array_add (items, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&items), FALSE);
}

/* One word; *at stands at its first character and is left at the blank or the end behind it. */
static gboolean
take_word (const char **at, GString *word, GError **error)
{
  while (**at != '\0' && strchr (BLANKS, **at) == NULL)
    {
      char c = *(*at)++;
      if (c == '"')
        {
          if (!take_quoted (at, word, error))
            return FALSE;
        }
      else if (c == '\'')
        {
          const char *end = strchr (*at, '\'');
          if (end == NULL)
            return refuse (error, "an apostrophe is not closed", *at);
          g_string_append_len (word, *at, end - *at);
          *at = end + 1;
        }
      else if (c == '\\' && **at != '\0')
        g_string_append_c (word, *(*at)++);
      else
        g_string_append_c (word, c);
    }
  return TRUE;
}

char **
words_split (const char *text, GError **error)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);
  for (const char *at = text + strspn (text, BLANKS); *at != '\0'; at += strspn (at, BLANKS))
    {
      g_autoptr (GString) word = g_string_new (NULL);
      if (!take_word (&at, word, error))
        return NULL;
      g_ptr_array_add (words, g_strdup (word->str));
    }
  g_ptr_array_add (words, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&words), FALSE);
}

char *
words_path (const char *text, const char *base, GError **error)
{
  g_autofree char *path = words_text (text, error);
  return path != NULL ? g_canonicalize_filename (path, base) : NULL;
}

const char *
words_from_number (double value, char *buffer)
{
  static const char *const formats[] = { "%.15g", "%.16g", "%.17g" };
  for (gsize i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      g_ascii_formatd (buffer, G_ASCII_DTOSTR_BUF_SIZE, formats[i], value);
      double back = g_ascii_strtod (buffer, NULL);
      if (memcmp (&back, &value, sizeof value) == 0)
        break;
    }
  return buffer;
}

gboolean
words_to_number (const char *text, gsize length, double *out)
{
  char token[LONGEST_NUMBER + 1], *end = NULL;
  if (length == 0 || length > LONGEST_NUMBER)
    return FALSE;
  memcpy (token, text, length);
  token[length] = '\0';
  if (strlen (token) != length || g_ascii_isspace (token[0]))
    return FALSE;
  double value = g_ascii_strtod (token, &end);
  if (end == token)
    return FALSE;
  if ((*end == 'D' || *end == 'd') && strpbrk (token, "xXnN") == NULL)
    {
      *end = 'e';
      value = g_ascii_strtod (token, &end);
    }
  if (*end != '\0')
    return FALSE;
  *out = value;
  return TRUE;
}
