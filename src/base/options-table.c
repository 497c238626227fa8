/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Checks an option table as a plugin brings it: nothing in it is trusted but that strings end and that the
 * rows can be read. Any thread; no state.
 */
#include "base/options.h"
#include <math.h>
#include <string.h>

/* More rows than any sane plugin has: a wrong count must not lead far into foreign memory. */
#define MOST_OPTIONS 1024

static gsize
member_size (guint32 type)
{
  switch (type)
    {
    case GLOMPO_OPTION_BOOLEAN:
      return sizeof (bool);
    case GLOMPO_OPTION_INTEGER:
      return sizeof (int64_t);
    case GLOMPO_OPTION_REAL:
      return sizeof (double);
    case GLOMPO_OPTION_STRING:
    case GLOMPO_OPTION_CONDITION:
      return sizeof (const char *);
    case GLOMPO_OPTION_CHOICE:
      return sizeof (int32_t);
    case GLOMPO_OPTION_REALS:
      return sizeof (GlompoReals);
    default:
      return 0;
    }
}

G_GNUC_PRINTF (3, 4)
static gboolean
refuse (const char *name, GError **error, const char *format, ...)
{
  va_list list;
  va_start (list, format);
  g_autofree char *fault = g_strdup_vprintf (format, list);
  va_end (list);
  g_set_error (error, GLOMPO_PLUGIN_ERROR, GLOMPO_PLUGIN_ERROR_OPTIONS, "option %s: %s", name, fault);
  return FALSE;
}

/* "auto" needs a value that no user can write. */
static gboolean
check_type (const GlompoOption *option, GError **error)
{
  gboolean automatic = option->type == GLOMPO_OPTION_INTEGER || option->type == GLOMPO_OPTION_REAL
                       || option->type == GLOMPO_OPTION_REALS;
  if (member_size (option->type) == 0)
    return refuse (option->name, error, "found type %u, wanted 1 to 7", option->type);
  if ((option->flags & ~(automatic ? GLOMPO_OPTION_AUTO : 0u)) != 0)
    return refuse (option->name, error, "found flags 0x%x, wanted 0%s", option->flags,
                   automatic ? " or GLOMPO_OPTION_AUTO" : " for a type without auto");
  if (option->type == GLOMPO_OPTION_CONDITION && option->default_text != NULL)
    return refuse (option->name, error, "found a default for a condition, wanted none");
  return TRUE;
}

static gboolean
check_name (const GlompoOption *table, gsize i, GError **error)
{
  const char *name = table[i].name;
  if (name == NULL || !g_ascii_islower (name[0])
      || strspn (name, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen (name))
    {
      g_autofree char *row = g_strdup_printf ("%" G_GSIZE_FORMAT, i + 1);
      g_autofree char *found = name != NULL ? text_quote (name) : g_strdup ("no name");
      return refuse (row, error, "found %s, wanted a name of small letters, digits and _, a letter first",
                     found);
    }
  for (gsize j = 0; j < i; j++)
    if (strcmp (table[j].name, name) == 0)
      return refuse (name, error, "found twice in the table, wanted once");
  if (table[i].summary == NULL || table[i].summary[0] == '\0' || strchr (table[i].summary, '\n') != NULL)
    return refuse (name, error, "found no summary or one with several lines, wanted one line");
  return TRUE;
}

static gboolean
check_choices (const GlompoOption *option, GError **error)
{
  if (option->type != GLOMPO_OPTION_CHOICE)
    return TRUE;
  if (option->choices == NULL || option->choices[0] == NULL)
    return refuse (option->name, error, "found no choices, wanted at least one");
  for (gsize i = 0; option->choices[i] != NULL; i++)
    {
      const char *word = option->choices[i];
      if (word[0] == '\0' || strpbrk (word, " \t\r\n,\"") != NULL)
        return refuse (option->name, error, "found a choice that is empty or has blanks, commas or quotes");
      if (g_strv_contains (option->choices + i + 1, word))
        return refuse (option->name, error, "found the choice '%s' twice, wanted once", word);
    }
  return TRUE;
}

static gboolean
check_range (const GlompoOption *option, GError **error)
{
  gboolean whole = option->type == GLOMPO_OPTION_INTEGER;
  if (!whole && option->type != GLOMPO_OPTION_REAL && option->type != GLOMPO_OPTION_REALS)
    return TRUE;
  double low = whole ? ceil (option->minimum) : option->minimum;
  double high = whole ? floor (option->maximum) : option->maximum;
  if (low <= high) /* false for NaN */
    return TRUE;
  char minimum[TEXT_DOUBLE_SIZE], maximum[TEXT_DOUBLE_SIZE];
  return refuse (option->name, error, "found the empty range from %s to %s",
                 text_from_double (option->minimum, minimum), text_from_double (option->maximum, maximum));
}

static gboolean
check_place (const GlompoOption *table, gsize i, gsize size, GError **error)
{
  const GlompoOption *option = &table[i];
  gsize wide = member_size (option->type);
  if (wide > size || option->offset > size - wide)
    return refuse (option->name, error,
                   "found offset %" G_GSIZE_FORMAT ", which with %" G_GSIZE_FORMAT
                   " bytes lies outside of an options struct of %" G_GSIZE_FORMAT " bytes",
                   option->offset, wide, size);
  for (gsize j = 0; j < i; j++)
    if (option->offset < table[j].offset + member_size (table[j].type)
        && table[j].offset < option->offset + wide)
      return refuse (option->name, error, "found the same place in the struct as that of option %s",
                     table[j].name);
  return TRUE;
}

/* The default goes the way that a user's text will go. */
static gboolean
check_default (const GlompoOption *option, GError **error)
{
  if (option->default_text == NULL)
    return TRUE;
  g_autoptr (GError) fault = NULL;
  GlompoOption alone = *option;
  alone.offset = 0;
  alone.default_text = NULL;
  g_autoptr (Options) options = options_new (&alone, 1, member_size (option->type));
  if (options_set (options, alone.name, option->default_text, &fault))
    return TRUE;
  return refuse (option->name, error, "the default: %s", fault->message);
}

gboolean
options_check_table (const GlompoOption *table, gsize n, gsize size, GError **error)
{
  if (n == 0)
    return TRUE;
  if (table == NULL || n > MOST_OPTIONS)
    {
      g_set_error (error, GLOMPO_PLUGIN_ERROR, GLOMPO_PLUGIN_ERROR_OPTIONS,
                   "option table: found %s table with %" G_GSIZE_FORMAT " rows, wanted one with at most %d",
                   table == NULL ? "no" : "a", n, MOST_OPTIONS);
      return FALSE;
    }
  for (gsize i = 0; i < n; i++)
    {
      const GlompoOption *option = &table[i];
      if (!check_name (table, i, error))
        return FALSE;
      if (!check_type (option, error) || !check_choices (option, error) || !check_range (option, error)
          || !check_place (table, i, size, error) || !check_default (option, error))
        return FALSE;
    }
  return TRUE;
}
