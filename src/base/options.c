/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The options struct of a plugin, filled from text through its table; options.h says what is where. The
 * table was checked by options_check_table() before, so that every write stays inside the struct.
 */
#include "base/options.h"
#include <math.h>
#include <string.h>

struct _Options {
  gatomicrefcount refs;
  const GlompoOption *table;
  gsize n;
  char *data;      /* the struct, size bytes */
  gsize size;
  gboolean *set;   /* by options_set() */
  gpointer *owned; /* memory that member i points to */
};

/* A value of any type on its way from the text into the struct. */
typedef struct {
  bool boolean;
  gint64 integer;
  double real;
  gint32 choice;
  GlompoReals reals;
} Value;

static gboolean
within (const GlompoOption *option, double value)
{
  return value >= option->minimum && value <= option->maximum; /* false for NaN */
}

static gboolean
parse_integer (const GlompoOption *option, const char *text, gint64 *out)
{
  gint64 value;
  if (!text_to_int64 (text, &value) || !within (option, (double) value))
    return FALSE;
  if ((option->flags & GLOMPO_OPTION_AUTO) != 0 && value == GLOMPO_AUTO_INTEGER)
    return FALSE;
  *out = value;
  return TRUE;
}

static gboolean
parse_choice (const GlompoOption *option, const char *text, gint32 *out)
{
  for (gint32 i = 0; option->choices[i] != NULL; i++)
    if (strcmp (option->choices[i], text) == 0)
      {
        *out = i;
        return TRUE;
      }
  return FALSE;
}

/* Blank text is the empty list. */
static gboolean
parse_reals (const GlompoOption *option, const char *text, GlompoReals *out)
{
  *out = (GlompoReals){ 0 };
  if (text[strspn (text, " \t")] == '\0')
    return TRUE;
  g_auto (GStrv) items = g_strsplit (text, ",", -1);
  gsize n = g_strv_length (items);
  g_autofree double *values = g_new (double, n);
  for (gsize i = 0; i < n; i++)
    if (!text_to_double (items[i], &values[i]) || !within (option, values[i]))
      return FALSE;
  *out = (GlompoReals){ .n = n, .values = g_steal_pointer (&values) };
  return TRUE;
}

/* Numbers and words, blanks around them gone. */
static gboolean
parse_value (const GlompoOption *option, const char *text, Value *out)
{
  gboolean automatic = (option->flags & GLOMPO_OPTION_AUTO) != 0 && strcmp (text, "auto") == 0;
  switch (option->type)
    {
    case GLOMPO_OPTION_BOOLEAN:
      out->boolean = strcmp (text, "true") == 0;
      return out->boolean || strcmp (text, "false") == 0;
    case GLOMPO_OPTION_INTEGER:
      out->integer = GLOMPO_AUTO_INTEGER;
      return automatic || parse_integer (option, text, &out->integer);
    case GLOMPO_OPTION_REAL:
      out->real = NAN;
      return automatic || (text_to_double (text, &out->real) && within (option, out->real));
    case GLOMPO_OPTION_CHOICE:
      return parse_choice (option, text, &out->choice);
    case GLOMPO_OPTION_REALS:
      return automatic || parse_reals (option, text, &out->reals);
    default:
      return FALSE;
    }
}

/* Members are copied in and out: a plugin's struct need not be aligned as the host would align it. */
static void
store (Options *options, gsize i, const Value *value, const char *text)
{
  const GlompoOption *option = &options->table[i];
  char *member = options->data + option->offset;
  gpointer old = options->owned[i];
  char *own = NULL;
  options->owned[i] = NULL;
  switch (option->type)
    {
    case GLOMPO_OPTION_BOOLEAN:
      memcpy (member, &value->boolean, sizeof value->boolean);
      break;
    case GLOMPO_OPTION_INTEGER:
      memcpy (member, &value->integer, sizeof value->integer);
      break;
    case GLOMPO_OPTION_REAL:
      memcpy (member, &value->real, sizeof value->real);
      break;
    case GLOMPO_OPTION_CHOICE:
      memcpy (member, &value->choice, sizeof value->choice);
      break;
    case GLOMPO_OPTION_REALS:
      options->owned[i] = (gpointer) value->reals.values;
      memcpy (member, &value->reals, sizeof value->reals);
      break;
    default:
      options->owned[i] = own = g_strdup (text);
      memcpy (member, &own, sizeof own);
      break;
    }
  g_free (old);
}

/* A whole number, as far as one can see, but not one of 64 bits. */
static gboolean
is_too_long (const GlompoOption *option, const char *text)
{
  gint64 value;
  const char *digits = text + (text[0] == '-' || text[0] == '+');
  return option->type == GLOMPO_OPTION_INTEGER && digits[0] != '\0'
         && digits[strspn (digits, "0123456789")] == '\0' && !text_to_int64 (text, &value);
}

/* The part of a message that begins with "found". */
static char *
describe_fault (const GlompoOption *option, const char *text)
{
  g_autofree char *found = text_quote (text);
  g_autofree char *wanted = option_describe (option);
  const char *nearest = NULL;
  if (option->type == GLOMPO_OPTION_CHOICE)
    nearest = text_nearest (text, option->choices);
  if (nearest != NULL)
    return g_strdup_printf ("found %s, wanted %s; did you mean '%s'?", found, wanted, nearest);
  if (is_too_long (option, text))
    return g_strdup_printf ("found %s, wanted %s; the largest number there is is %" G_GINT64_FORMAT, found,
                            wanted, G_MAXINT64);
  return g_strdup_printf ("found %s, wanted %s", found, wanted);
}

/* Checks the text and, with options not NULL, keeps the value. */
static gboolean
take_text (Options *options, const GlompoOption *option, gsize i, const char *text, GError **error)
{
  Value value = { 0 };
  g_autofree char *trimmed = g_strstrip (g_strdup (text));
  gboolean is_text = option->type == GLOMPO_OPTION_STRING || option->type == GLOMPO_OPTION_CONDITION;
  gboolean good = is_text ? g_utf8_validate (text, -1, NULL) : parse_value (option, trimmed, &value);
  if (!good)
    {
      g_autofree char *fault = describe_fault (option, trimmed);
      g_set_error_literal (error, GLOMPO_CONFIG_ERROR, GLOMPO_CONFIG_ERROR_INVALID, fault);
      return FALSE;
    }
  if (options != NULL)
    store (options, i, &value, text);
  else
    g_free ((gpointer) value.reals.values);
  return TRUE;
}

Options *
options_new (const GlompoOption *table, gsize n, gsize size)
{
  Options *options = g_new0 (Options, 1);
  g_atomic_ref_count_init (&options->refs);
  options->table = table;
  options->n = n;
  options->size = size;
  options->data = g_malloc0 (size);
  options->set = g_new0 (gboolean, n);
  options->owned = g_new0 (gpointer, n);
  for (gsize i = 0; i < n; i++)
    if (table[i].default_text != NULL)
      take_text (options, &table[i], i, table[i].default_text, NULL);
    else if (table[i].type == GLOMPO_OPTION_STRING || table[i].type == GLOMPO_OPTION_CONDITION)
      store (options, i, &(Value){ 0 }, "");
  return options;
}

Options *
options_ref (Options *options)
{
  g_atomic_ref_count_inc (&options->refs);
  return options;
}

void
options_unref (Options *options)
{
  if (options == NULL || !g_atomic_ref_count_dec (&options->refs))
    return;
  for (gsize i = 0; i < options->n; i++)
    g_free (options->owned[i]);
  g_free (options->owned);
  g_free (options->set);
  g_free (options->data);
  g_free (options);
}

/* The row of that name, or n. */
static gsize
find_row (const Options *options, const char *name)
{
  gsize i = 0;
  while (i < options->n && strcmp (options->table[i].name, name) != 0)
    i++;
  return i;
}

static void
refuse_name (const Options *options, const char *name, GError **error)
{
  g_autofree char *quoted = text_quote (name);
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  for (gsize i = 0; i < options->n; i++)
    g_ptr_array_add (names, (gpointer) options->table[i].name);
  g_ptr_array_add (names, NULL);
  const char *nearest = text_nearest (name, (const char *const *) names->pdata);
  if (nearest != NULL)
    {
      g_set_error (error, GLOMPO_CONFIG_ERROR, GLOMPO_CONFIG_ERROR_INVALID,
                   "unknown option %s; did you mean '%s'?", quoted, nearest);
      return;
    }
  g_autofree char *known = g_strjoinv (", ", (char **) names->pdata);
  g_set_error (error, GLOMPO_CONFIG_ERROR, GLOMPO_CONFIG_ERROR_INVALID, "unknown option %s, wanted %s%s",
               quoted, options->n > 0 ? "one of " : "no option at all", known);
}

gboolean
options_set (Options *options, const char *name, const char *text, GError **error)
{
  gsize i = find_row (options, name);
  if (i == options->n)
    {
      refuse_name (options, name, error);
      return FALSE;
    }
  if (!take_text (options, &options->table[i], i, text, error))
    return FALSE;
  options->set[i] = TRUE;
  return TRUE;
}

gboolean
options_is_set (const Options *options, const char *name)
{
  gsize i = find_row (options, name);
  return i < options->n && options->set[i];
}

char **
options_missing (const Options *options)
{
  GPtrArray *names = g_ptr_array_new ();
  for (gsize i = 0; i < options->n; i++)
    if (options->table[i].default_text == NULL && !options->set[i])
      g_ptr_array_add (names, g_strdup (options->table[i].name));
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (names, FALSE);
}

gconstpointer
options_data (const Options *options)
{
  return options->data;
}

static char *
reals_to_text (const GlompoOption *option, const GlompoReals *reals)
{
  char number[TEXT_DOUBLE_SIZE];
  if (reals->n == 0)
    return g_strdup ((option->flags & GLOMPO_OPTION_AUTO) != 0 ? "auto" : "");
  GString *text = g_string_new (NULL);
  for (gsize i = 0; i < reals->n; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", text_from_double (reals->values[i], number));
  return g_string_free (text, FALSE);
}

/* The value with the bits that member has. */
static char *
member_to_text (const GlompoOption *option, const char *member)
{
  char number[TEXT_DOUBLE_SIZE];
  Value value = { 0 };
  const char *text = NULL;
  switch (option->type)
    {
    case GLOMPO_OPTION_BOOLEAN:
      memcpy (&value.boolean, member, sizeof value.boolean);
      return g_strdup (value.boolean ? "true" : "false");
    case GLOMPO_OPTION_INTEGER:
      memcpy (&value.integer, member, sizeof value.integer);
      if ((option->flags & GLOMPO_OPTION_AUTO) != 0 && value.integer == GLOMPO_AUTO_INTEGER)
        return g_strdup ("auto");
      return g_strdup_printf ("%" G_GINT64_FORMAT, value.integer);
    case GLOMPO_OPTION_REAL:
      memcpy (&value.real, member, sizeof value.real);
      return g_strdup (isnan (value.real) ? "auto" : text_from_double (value.real, number));
    case GLOMPO_OPTION_CHOICE:
      memcpy (&value.choice, member, sizeof value.choice);
      return g_strdup (option->choices[value.choice]);
    case GLOMPO_OPTION_REALS:
      memcpy (&value.reals, member, sizeof value.reals);
      return reals_to_text (option, &value.reals);
    default:
      memcpy (&text, member, sizeof text);
      return g_strdup (text);
    }
}

char *
options_get_text (const Options *options, const char *name)
{
  gsize i = find_row (options, name);
  if (i == options->n || (options->table[i].default_text == NULL && !options->set[i]))
    return NULL;
  return member_to_text (&options->table[i], options->data + options->table[i].offset);
}

GVariant *
options_to_variant (const Options *options)
{
  GVariantBuilder values;
  g_variant_builder_init (&values, G_VARIANT_TYPE ("a{ss}"));
  for (gsize i = 0; i < options->n; i++)
    if (options->set[i])
      {
        g_autofree char *text = member_to_text (&options->table[i], options->data + options->table[i].offset);
        g_variant_builder_add (&values, "{ss}", options->table[i].name, text);
      }
  return g_variant_builder_end (&values);
}

gboolean
options_take_variant (Options *options, GVariant *values, GError **error)
{
  GVariantIter iter;
  const char *name, *text;
  g_variant_iter_init (&iter, values);
  while (g_variant_iter_next (&iter, "{&s&s}", &name, &text))
    if (!options_set (options, name, text, error))
      return FALSE;
  return TRUE;
}

/* " from 0 to 1", " of at least 0", " above 0, below 1", "". */
static void
describe_range (const GlompoOption *option, GString *text)
{
  char low[TEXT_DOUBLE_SIZE], high[TEXT_DOUBLE_SIZE];
  gboolean whole = option->type == GLOMPO_OPTION_INTEGER;
  gboolean has_low = option->minimum > (whole ? (double) G_MININT64 : -G_MAXDOUBLE);
  gboolean has_high = option->maximum < (whole ? (double) G_MAXINT64 : G_MAXDOUBLE);
  gboolean above = option->minimum == OPTIONS_ABOVE_0, below = option->maximum == OPTIONS_BELOW_1;
  text_from_double (option->minimum, low);
  text_from_double (option->maximum, high);
  if (has_low && has_high && !above && !below)
    {
      g_string_append_printf (text, " from %s to %s", low, high);
      return;
    }
  if (has_low)
    g_string_append_printf (text, above ? " above 0" : " of at least %s", low);
  if (has_high)
    g_string_append_printf (text, below ? "%s below 1" : "%s of at most %s", has_low ? "," : "", high);
}

/* Whether only that it is finite keeps a real number from being any. */
static gboolean
wants_finite (const GlompoOption *option)
{
  gboolean real = option->type == GLOMPO_OPTION_REAL || option->type == GLOMPO_OPTION_REALS;
  return real && ((option->minimum == -G_MAXDOUBLE && option->maximum <= G_MAXDOUBLE)
                  || (option->maximum == G_MAXDOUBLE && option->minimum >= -G_MAXDOUBLE));
}

char *
option_describe (const GlompoOption *option)
{
  static const char *const nouns[] = {
    [GLOMPO_OPTION_BOOLEAN] = "true or false", [GLOMPO_OPTION_INTEGER] = "a whole number",
    [GLOMPO_OPTION_REAL] = "a real number",    [GLOMPO_OPTION_STRING] = "text",
    [GLOMPO_OPTION_CHOICE] = "one of ",        [GLOMPO_OPTION_REALS] = "real numbers",
    [GLOMPO_OPTION_CONDITION] = "a condition, as in Name(1) & (Other() | Third(key=2))",
  };
  GString *text = g_string_new (option->type < G_N_ELEMENTS (nouns) ? nouns[option->type] : NULL);
  if (wants_finite (option))
    g_string_assign (text,
                     option->type == GLOMPO_OPTION_REAL ? "a finite real number" : "finite real numbers");
  if (option->type == GLOMPO_OPTION_CHOICE)
    {
      g_autofree char *words = g_strjoinv (", ", (char **) option->choices);
      g_string_append (text, words);
    }
  if (option->type == GLOMPO_OPTION_INTEGER || option->type == GLOMPO_OPTION_REAL
      || option->type == GLOMPO_OPTION_REALS)
    describe_range (option, text);
  if (option->type == GLOMPO_OPTION_REALS)
    g_string_append (text, " separated by commas");
  if ((option->flags & GLOMPO_OPTION_AUTO) != 0)
    g_string_append (text, ", or auto");
  return g_string_free (text, FALSE);
}
