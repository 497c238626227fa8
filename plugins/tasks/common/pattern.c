/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tasks/common/pattern.h"
#include <string.h>

/* Room for a formatted number: 1e308 with a width and a precision of two digits. */
#define NUMBER_SIZE 512
/* Longest text between braces that is looked at beside the name. */
#define LONGEST_FORMAT 32u

typedef enum { PART_TEXT, PART_PARAMETER, PART_ALL, PART_SEED, PART_DIRECTORY } PartKind;

typedef struct {
  PartKind kind;
  char *text;      /* PART_TEXT */
  gsize length;    /* of text */
  gsize index;     /* PART_PARAMETER */
  char format[16]; /* for g_ascii_formatd(), or "" */
} Part;

struct _Pattern {
  GArray *parts;
  gsize n; /* parameters */
};

static void
part_clear (gpointer data)
{
  g_free (((Part *) data)->text);
}

static void
add_text (Pattern *pattern, const char *text, gsize length)
{
  if (length == 0)
    return;
  Part part = { .kind = PART_TEXT, .text = g_strndup (text, length), .length = length };
  g_array_append_val (pattern->parts, part);
}

/* "-08.3f" as "%-08.3f". FALSE: it is no format. */
static gboolean
read_format (const char *text, char *out, gsize size)
{
  const char *at = text + strspn (text, "-+ 0#");
  gsize width = strspn (at, "0123456789");
  const char *point = at + width;
  at = point;
  if (*at == '.')
    at += 1 + strspn (at + 1, "0123456789");
  if (width > 2 || at - point > 3 || at - point == 1 || *at == '\0' || at[1] != '\0'
      || strchr ("eEfFgGd", *at) == NULL || (*at == 'd' && at != point) || strlen (text) + 4 > size)
    return FALSE;
  if (*at == 'd')
    g_snprintf (out, size, "%%%.*s.0f", (int) (at - text), text);
  else
    g_snprintf (out, size, "%%%s", text);
  return TRUE;
}

/* Position + 1 of the parameter that is called so, or has that number; 0: none. */
static gsize
find_parameter (const TaskSpace *space, const char *name)
{
  gsize position = GPOINTER_TO_SIZE (g_hash_table_lookup (space->index, name));
  guint64 number;
  if (position == 0 && g_ascii_string_to_unsigned (name, 10, 1, space->n, &number, NULL))
    position = number;
  return position;
}

/* What stands between two braces. Returns 1: a place, 0: plain text, -1: error. */
static int
read_place (const char *content, const TaskSpace *space, Part *part, GError **error)
{
  gsize position = find_parameter (space, content);
  const char *colon = strrchr (content, ':');
  *part = (Part){ .kind = PART_PARAMETER, .index = position - 1 };
  if (position > 0)
    return 1;
  if (strcmp (content, "*") == 0 || strcmp (content, "seed") == 0 || strcmp (content, "directory") == 0)
    {
      part->kind = content[0] == '*' ? PART_ALL : content[0] == 's' ? PART_SEED : PART_DIRECTORY;
      return 1;
    }
  if (colon == NULL)
    return 0;
  g_autofree char *name = g_strndup (content, (gsize) (colon - content));
  part->index = find_parameter (space, name) - 1;
  if (part->index == (gsize) -1)
    return 0;
  if (read_format (colon + 1, part->format, sizeof part->format))
    return 1;
  g_set_error (error, TASK_ERROR, TASK_ERROR_FAILED,
               "found {%s}, wanted a format such as .6f, 12.4e, .3g or d behind the colon", content);
  return -1;
}

static gsize
longest_name (const TaskSpace *space)
{
  gsize most = 0;
  for (gsize i = 0; space != NULL && i < space->n; i++)
    most = MAX (most, strlen (space->names[i]));
  return most;
}

static void
mark (guint8 *used, const TaskSpace *space, const Part *part)
{
  if (used == NULL)
    return;
  if (part->kind == PART_PARAMETER)
    used[part->index] = 1;
  if (part->kind == PART_ALL)
    memset (used, 1, space->n);
}

/* Reads the braces at *at if they are a place; *at is left behind them, or behind the first one. FALSE:
 * error. */
static gboolean
take_brace (Pattern *pattern, const TaskSpace *space, gsize longest, guint8 *used, const char **text,
            const char **at, GError **error)
{
  gsize room = strnlen (*at + 1, longest + LONGEST_FORMAT);
  const char *end = memchr (*at + 1, '}', room);
  const char *open = end != NULL ? memchr (*at + 1, '{', (gsize) (end - *at) - 1) : NULL;
  const char *brace = *at;
  *at += 1;
  if (end == NULL || open != NULL)
    return TRUE;
  g_autofree char *content = g_strndup (brace + 1, (gsize) (end - brace) - 1);
  Part part;
  int found = read_place (content, space, &part, error);
  if (found <= 0)
    return found == 0;
  add_text (pattern, *text, (gsize) (brace - *text));
  g_array_append_val (pattern->parts, part);
  mark (used, space, &part);
  *text = *at = end + 1;
  return TRUE;
}

Pattern *
pattern_new (const char *text, const TaskSpace *space, guint8 *used, GError **error)
{
  g_autoptr (Pattern) pattern = g_new0 (Pattern, 1);
  pattern->parts = g_array_new (FALSE, FALSE, sizeof (Part));
  g_array_set_clear_func (pattern->parts, part_clear);
  pattern->n = space != NULL ? space->n : 0;
  gsize longest = longest_name (space);
  const char *at = text;
  while (space != NULL && (at = strchr (at, '{')) != NULL)
    if (!take_brace (pattern, space, longest, used, &text, &at, error))
      return NULL;
  add_text (pattern, text, strlen (text));
  return g_steal_pointer (&pattern);
}

void
pattern_free (Pattern *pattern)
{
  if (pattern == NULL)
    return;
  g_array_unref (pattern->parts);
  g_free (pattern);
}

gboolean
pattern_is_all (const Pattern *pattern)
{
  return pattern->parts->len == 1 && g_array_index (pattern->parts, Part, 0).kind == PART_ALL;
}

gboolean
pattern_has_directory (const Pattern *pattern)
{
  for (guint i = 0; i < pattern->parts->len; i++)
    if (g_array_index (pattern->parts, Part, i).kind == PART_DIRECTORY)
      return TRUE;
  return FALSE;
}

static void
append_number (GString *out, double value)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  g_string_append (out, words_from_number (value, number));
}

static void
append_all (GString *out, const double *x, gsize n, const char *between)
{
  for (gsize i = 0; i < n; i++)
    {
      if (i > 0)
        g_string_append (out, between);
      append_number (out, x[i]);
    }
}

static void
append_directory (GString *out, const char *directory, gboolean quote)
{
  g_autofree char *quoted = quote ? g_shell_quote (directory != NULL ? directory : "") : NULL;
  g_string_append (out, quoted != NULL ? quoted : directory != NULL ? directory : "");
}

void
pattern_fill (const Pattern *pattern, const PatternValues *values, gboolean quote, GString *out)
{
  char number[NUMBER_SIZE];
  for (guint i = 0; i < pattern->parts->len; i++)
    {
      const Part *part = &g_array_index (pattern->parts, Part, i);
      switch (part->kind)
        {
        case PART_PARAMETER:
          if (part->format[0] == '\0')
            append_number (out, values->x[part->index]);
          else
            g_string_append (out,
                             g_ascii_formatd (number, sizeof number, part->format, values->x[part->index]));
          break;
        case PART_ALL:
          append_all (out, values->x, pattern->n, " ");
          break;
        case PART_SEED:
          g_string_append_printf (out, "%" G_GUINT64_FORMAT, values->seed);
          break;
        case PART_DIRECTORY:
          append_directory (out, values->directory, quote);
          break;
        default:
          g_string_append_len (out, part->text, (gssize) part->length);
        }
    }
}

void
pattern_request (const TaskSpace *space, const PatternValues *values, guint64 id, gboolean json, GString *out)
{
  if (json)
    g_string_append_printf (out, "{\"id\":%" G_GUINT64_FORMAT ",\"seed\":%" G_GUINT64_FORMAT ",\"x\":[", id,
                            values->seed);
  append_all (out, values->x, space->n, json ? "," : " ");
  g_string_append (out, json ? "]}\n" : "\n");
}
