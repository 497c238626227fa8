/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tree of an expression: its memory, its text, its faults. Any thread; no state. */
#include "config/expression.h"
#include <math.h>
#include <string.h>

void
expression_free (Expression *expression)
{
  if (expression == NULL)
    return;
  g_free (expression->name);
  g_clear_pointer (&expression->arguments, g_ptr_array_unref);
  g_clear_pointer (&expression->options, options_unref);
  g_clear_pointer (&expression->text, g_ref_string_release);
  g_clear_pointer (&expression->conditions, g_ptr_array_unref);
  g_clear_pointer (&expression->children, g_ptr_array_unref);
  g_free (expression);
}

void
expression_argument_free (ExpressionArgument *argument)
{
  expression_free (argument->nested);
  g_free (argument->name);
  g_free (argument->text);
  g_free (argument);
}

/* "1, 2.5, inf": the form that the parser gives a list. */
static gboolean
is_list (const char *text)
{
  if (strchr (text, ',') == NULL)
    return FALSE;
  double number;
  g_auto (GStrv) items = g_strsplit (text, ", ", -1);
  for (char **item = items; *item != NULL; item++)
    if (strpbrk (*item, " \t\r\n,") != NULL || !text_to_double (*item, &number))
      return FALSE;
  return TRUE;
}

static gboolean
is_bare (const char *text)
{
  if (*text == '\0')
    return FALSE;
  for (; *text != '\0'; text++)
    if (g_ascii_iscntrl (*text) || strchr (" ,()[]\"&|=", *text) != NULL)
      return FALSE;
  return TRUE;
}

static void
print_value (GString *out, const char *text)
{
  if (is_bare (text))
    {
      g_string_append (out, text);
      return;
    }
  if (is_list (text))
    {
      g_string_append_printf (out, "[%s]", text);
      return;
    }
  g_string_append_c (out, '"');
  for (; *text != '\0'; text++)
    {
      if (*text == '"' || *text == '\\')
        g_string_append_printf (out, "\\%c", *text);
      else if (*text == '\n' || *text == '\t')
        g_string_append (out, *text == '\n' ? "\\n" : "\\t");
      else
        g_string_append_c (out, *text);
    }
  g_string_append_c (out, '"');
}

/* A tree prints as it is. */
static void
print_argument (GString *out, const char *name, const char *text, gboolean is_tree, gboolean first)
{
  if (!first)
    g_string_append (out, ", ");
  if (name != NULL)
    g_string_append_printf (out, "%s=", name);
  if (is_tree)
    g_string_append (out, text);
  else
    print_value (out, text);
}

static void
print_call (GString *out, const Expression *call)
{
  g_string_append (out, call->name);
  g_string_append_c (out, '(');
  gboolean first = TRUE;
  for (gsize i = 0; call->options != NULL && i < call->plugin->n_options; i++)
    {
      const char *name = call->plugin->options[i].name;
      gboolean is_tree = call->plugin->options[i].type == GLOMPO_OPTION_CONDITION;
      g_autofree char *text = options_get_text (call->options, name);
      if (text != NULL)
        print_argument (out, name, text, is_tree, first);
      first = first && text == NULL;
    }
  for (guint i = 0; call->options == NULL && i < call->arguments->len; i++)
    {
      const ExpressionArgument *argument = call->arguments->pdata[i];
      print_argument (out, argument->name, argument->text, argument->nested != NULL, i == 0);
    }
  g_string_append_c (out, ')');
}

static void
print_tree (GString *out, const Expression *expression)
{
  if (expression->type == EXPRESSION_CALL)
    {
      print_call (out, expression);
      return;
    }
  for (guint i = 0; i < expression->children->len; i++)
    {
      const Expression *child = expression->children->pdata[i];
      gboolean grouped = child->type == EXPRESSION_OR || child->type == expression->type;
      if (i > 0)
        g_string_append (out, expression->type == EXPRESSION_AND ? " & " : " | ");
      if (grouped)
        g_string_append_c (out, '(');
      print_tree (out, child);
      if (grouped)
        g_string_append_c (out, ')');
    }
}

char *
expression_to_string (const Expression *expression)
{
  GString *out = g_string_new (NULL);
  print_tree (out, expression);
  return g_string_free (out, FALSE);
}

/* Blanks as wide as the character c is on a terminal. */
static void
append_blank (GString *out, gunichar c)
{
  if (c == '\t')
    g_string_append_c (out, '\t');
  else if (g_unichar_iswide (c))
    g_string_append (out, "  ");
  else if (!g_unichar_iszerowidth (c))
    g_string_append_c (out, ' ');
}

char *
expression_fault (const char *text, gsize column, const char *fault)
{
  const gsize around = 60; /* characters shown on either side */
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString *shown = g_string_new ("  "), *blanks = g_string_new ("  ");
  gsize i = 1;
  for (const char *p = valid; *p != '\0' && i <= column + around; p = g_utf8_next_char (p), i++)
    {
      gunichar c = g_utf8_get_char (p);
      gboolean plain = c == '\t' || g_unichar_isprint (c);
      if (i + around < column)
        continue;
      g_string_append_unichar (shown, plain ? c : '?');
      if (i < column)
        append_blank (blanks, plain ? c : '?');
    }
  char *message
      = g_strdup_printf ("column %" G_GSIZE_FORMAT ": %s\n%s\n%s^", column, fault, shown->str, blanks->str);
  g_string_free (shown, TRUE);
  g_string_free (blanks, TRUE);
  return message;
}

gboolean
expression_awaits_signal (const Expression *expression, const char *name)
{
  if (expression == NULL)
    return FALSE;
  g_autofree char *signal = expression->type == EXPRESSION_CALL && g_str_equal (expression->name, "Signal")
                                ? options_get_text (expression->options, "signal")
                                : NULL;
  gboolean found = g_strcmp0 (signal, name) == 0;
  for (guint i = 0; !found && expression->children != NULL && i < expression->children->len; i++)
    found = expression_awaits_signal (expression->children->pdata[i], name);
  for (guint i = 0; !found && expression->conditions != NULL && i < expression->conditions->len; i++)
    found = expression_awaits_signal (expression->conditions->pdata[i], name);
  return found;
}

static double
seconds_of (const Expression *call)
{
  double least = INFINITY;
  for (gsize i = 0; i < call->plugin->n_options; i++)
    {
      if (strstr (call->plugin->options[i].name, "seconds") == NULL)
        continue;
      g_autofree char *text = options_get_text (call->options, call->plugin->options[i].name);
      double seconds = g_ascii_strtod (text, NULL);
      least = MIN (least, seconds > 0 ? seconds : least); /* 0 for "auto" too */
    }
  return least;
}

double
expression_least_seconds (const Expression *expression)
{
  double least = INFINITY;
  if (expression == NULL)
    return least;
  if (expression->type == EXPRESSION_CALL)
    least = seconds_of (expression);
  GPtrArray *below = expression->type == EXPRESSION_CALL ? expression->conditions : expression->children;
  for (guint i = 0; below != NULL && i < below->len; i++)
    least = MIN (least, expression_least_seconds (below->pdata[i]));
  return least;
}
