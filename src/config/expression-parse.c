/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Recursive descent over
 *   or       = and { "|" and }
 *   and      = factor { "&" factor }
 *   factor   = "(" or ")" | call
 *   call     = name [ "(" [ argument { "," argument } ] ")" ]
 *   argument = [ name "=" ] ( word | quoted | "[" [ word { "," word } ] "]" | or )
 * where an argument is an "or" if it begins with "(", or with a name and behind it "(", "&" or "|".
 * The first fault ends it. Any thread; no state.
 */
#include "config/expression.h"
#include <string.h>

typedef struct {
  const char *text;
  const char *at;
  const char *mark; /* a place whose column is known, so that a long text is counted once */
  gsize mark_column;
  guint depth; /* open parentheses around */
  GError **error;
} Parser;

static Expression *parse_or (Parser *parser);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ExpressionArgument, expression_argument_free)

static Expression *
node_new (ExpressionType type, gsize column)
{
  Expression *node = g_new0 (Expression, 1);
  node->type = type;
  node->column = column;
  if (type == EXPRESSION_CALL)
    node->arguments = g_ptr_array_new_with_free_func ((GDestroyNotify) expression_argument_free);
  else
    node->children = g_ptr_array_new_with_free_func ((GDestroyNotify) expression_free);
  return node;
}

static gsize
column_of (Parser *parser, const char *at)
{
  if (at < parser->mark)
    return (gsize) g_utf8_pointer_to_offset (parser->text, at) + 1;
  parser->mark_column += (gsize) g_utf8_pointer_to_offset (parser->mark, at);
  parser->mark = at;
  return parser->mark_column;
}

static gboolean
refuse_at (Parser *parser, const char *at, const char *fault)
{
  g_autofree char *message = expression_fault (parser->text, column_of (parser, at), fault);
  g_set_error_literal (parser->error, GLOMPO_CONFIG_ERROR, GLOMPO_CONFIG_ERROR_INVALID, message);
  return FALSE;
}

/* "found 'x', wanted WANTED" at the present place. */
static gboolean
refuse (Parser *parser, const char *wanted)
{
  g_autofree char *character = g_strndup (parser->at, (gsize) (g_utf8_next_char (parser->at) - parser->at));
  g_autofree char *quoted = text_quote (character);
  const char *found = *parser->at == '\0' ? "the end" : quoted;
  g_autofree char *fault = g_strdup_printf ("found %s, wanted %s", found, wanted);
  return refuse_at (parser, parser->at, fault);
}

static void
skip_blanks (Parser *parser)
{
  while (*parser->at != '\0' && strchr (" \t\r\n", *parser->at) != NULL)
    parser->at++;
}

/* Steps over the character and the blanks behind it if it is there. */
static gboolean
accept (Parser *parser, char c)
{
  if (*parser->at != c)
    return FALSE;
  parser->at++;
  skip_blanks (parser);
  return TRUE;
}

static char *
take (Parser *parser, gsize length)
{
  char *word = g_strndup (parser->at, length);
  parser->at += length;
  skip_blanks (parser);
  return word;
}

/* Length of the name at the present place, 0: there is none. */
static gsize
name_length (const Parser *parser)
{
  gsize n = 0;
  if (g_ascii_isalpha (parser->at[0]))
    while (g_ascii_isalnum (parser->at[n]) || parser->at[n] == '_' || parser->at[n] == '-')
      n++;
  return n;
}

/* The same for a number or a word. */
static gsize
word_length (const Parser *parser)
{
  gsize n = 0;
  while (!g_ascii_iscntrl (parser->at[n]) && strchr (" ,()[]\"&|=", parser->at[n]) == NULL)
    n++;
  return n;
}

static char *
parse_quoted (Parser *parser)
{
  const char *open = parser->at;
  g_autoptr (GString) text = g_string_new (NULL);
  for (parser->at++; *parser->at != '"'; parser->at++)
    {
      if (*parser->at == '\0')
        {
          refuse_at (parser, open, "found a quote that is never closed, wanted another '\"'");
          return NULL;
        }
      if (*parser->at != '\\')
        {
          g_string_append_c (text, *parser->at);
          continue;
        }
      parser->at++;
      if (*parser->at == '\0' || strchr ("\"\\nt", *parser->at) == NULL)
        {
          refuse (parser, "one of \" \\ n t behind a backslash in quotes");
          return NULL;
        }
      g_string_append_c (text, *parser->at == 'n' ? '\n' : *parser->at == 't' ? '\t' : *parser->at);
    }
  parser->at++;
  skip_blanks (parser);
  return g_strdup (text->str);
}

static char *
parse_list (Parser *parser)
{
  g_autoptr (GString) text = g_string_new (NULL);
  accept (parser, '[');
  if (accept (parser, ']'))
    return g_strdup ("");
  do
    {
      double number;
      const char *at = parser->at;
      g_autofree char *word = take (parser, word_length (parser));
      if (!text_to_double (word, &number))
        {
          parser->at = at;
          refuse (parser, "a number of a list");
          return NULL;
        }
      g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", word);
    }
  while (accept (parser, ','));
  if (accept (parser, ']'))
    return g_strdup (text->str);
  refuse (parser, "',' or ']' behind a number of a list");
  return NULL;
}

static gboolean
is_tree (const Parser *parser)
{
  gsize n = name_length (parser);
  if (*parser->at == '(' || n == 0)
    return *parser->at == '(';
  n += strspn (parser->at + n, " \t\r\n");
  return parser->at[n] != '\0' && strchr ("(&|", parser->at[n]) != NULL;
}

/* One open parenthesis more. FALSE: there are too many. */
static gboolean
go_deeper (Parser *parser, const char *at)
{
  if (++parser->depth <= EXPRESSION_DEEPEST)
    return TRUE;
  g_autofree char *fault
      = g_strdup_printf ("found more than %d parentheses one in the other", EXPRESSION_DEEPEST);
  return refuse_at (parser, at, fault);
}

static Expression *
parse_nested (Parser *parser)
{
  if (!go_deeper (parser, parser->at))
    return NULL;
  Expression *nested = parse_or (parser);
  parser->depth--;
  return nested;
}

static char *
parse_value (Parser *parser)
{
  if (*parser->at == '"')
    return parse_quoted (parser);
  if (*parser->at == '[')
    return parse_list (parser);
  gsize n = word_length (parser);
  if (n > 0)
    return take (parser, n);
  refuse (parser, "a number, a word, a text in double quotes or a list in square brackets");
  return NULL;
}

static gboolean
parse_argument (Parser *parser, Expression *call)
{
  g_autoptr (ExpressionArgument) argument = g_new0 (ExpressionArgument, 1);
  const char *at = parser->at;
  argument->column = column_of (parser, at);
  gsize n = name_length (parser);
  if (n > 0)
    {
      argument->name = take (parser, n);
      if (!accept (parser, '='))
        {
          g_clear_pointer (&argument->name, g_free);
          parser->at = at;
        }
    }
  if (is_tree (parser))
    {
      argument->nested = parse_nested (parser);
      argument->text = argument->nested != NULL ? expression_to_string (argument->nested) : NULL;
    }
  else
    argument->text = parse_value (parser);
  if (argument->text == NULL)
    return FALSE;
  const ExpressionArgument *last
      = call->arguments->len > 0 ? call->arguments->pdata[call->arguments->len - 1] : NULL;
  if (argument->name == NULL && last != NULL && last->name != NULL)
    return refuse_at (parser, at, "found an argument without a name behind one with a name, wanted NAME=");
  g_ptr_array_add (call->arguments, g_steal_pointer (&argument));
  return TRUE;
}

static Expression *
parse_call (Parser *parser)
{
  gsize n = name_length (parser);
  if (n == 0)
    {
      refuse (parser, "a name or '('");
      return NULL;
    }
  g_autoptr (Expression) call = node_new (EXPRESSION_CALL, column_of (parser, parser->at));
  call->name = take (parser, n);
  if (!accept (parser, '(') || accept (parser, ')'))
    return g_steal_pointer (&call);
  do
    if (!parse_argument (parser, call))
      return NULL;
  while (accept (parser, ','));
  if (accept (parser, ')'))
    return g_steal_pointer (&call);
  refuse (parser, "',' or ')' behind an argument");
  return NULL;
}

static Expression *
parse_factor (Parser *parser)
{
  const char *open = parser->at;
  if (!accept (parser, '('))
    return parse_call (parser);
  if (!go_deeper (parser, open))
    return NULL;
  g_autoptr (Expression) inner = parse_or (parser);
  if (inner == NULL)
    return NULL;
  parser->depth--;
  if (accept (parser, ')'))
    return g_steal_pointer (&inner);
  g_autofree char *wanted = g_strdup_printf ("'&', '|' or the ')' for the '(' of column %" G_GSIZE_FORMAT,
                                             column_of (parser, open));
  refuse (parser, wanted);
  return NULL;
}

/* One or more operands; a single one is itself the result. */
static Expression *
parse_chain (Parser *parser, ExpressionType type, char operator, Expression * (*parse_operand) (Parser *))
{
  g_autoptr (Expression) chain = node_new (type, column_of (parser, parser->at));
  do
    {
      Expression *operand = parse_operand (parser);
      if (operand == NULL)
        return NULL;
      g_ptr_array_add (chain->children, operand);
    }
  while (accept (parser, operator));
  if (chain->children->len == 1)
    return g_ptr_array_steal_index (chain->children, 0);
  return g_steal_pointer (&chain);
}

static Expression *
parse_and (Parser *parser)
{
  return parse_chain (parser, EXPRESSION_AND, '&', parse_factor);
}

static Expression *
parse_or (Parser *parser)
{
  return parse_chain (parser, EXPRESSION_OR, '|', parse_and);
}

Expression *
expression_parse (const char *text, GError **error)
{
  const char *invalid = NULL;
  if (!g_utf8_validate (text, -1, &invalid))
    {
      g_set_error (error, GLOMPO_CONFIG_ERROR, GLOMPO_CONFIG_ERROR_INVALID,
                   "byte %" G_GSIZE_FORMAT ": found \\x%02x, wanted UTF-8", (gsize) (invalid - text) + 1,
                   (guchar) *invalid);
      return NULL;
    }
  Parser parser = { .text = text, .at = text, .mark = text, .mark_column = 1, .error = error };
  skip_blanks (&parser);
  g_autoptr (Expression) expression = parse_or (&parser);
  if (expression == NULL)
    return NULL;
  if (*parser.at == '\0')
    return g_steal_pointer (&expression);
  refuse (&parser, "'&', '|' or the end");
  return NULL;
}
