/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Policies as text: `Name(1, key=2) & Other() | (Third & Fourth)`. "&" binds tighter than "|"; both are
 * left to right; parentheses group; a name alone means no arguments. An argument is a number, a word, a
 * text in double quotes, a list of numbers in square brackets, or itself such a tree. Positional arguments
 * come before named ones. In double quotes \" \\ \n \t stand for a quote, a backslash, a new line and a
 * tab; anywhere else a backslash is a character like any other.
 */
#pragma once

#include "base/options.h"
#include <glib.h>
#include <glompo/glompo-plugin.h>
#include <glompo/glompo-registry.h>

typedef enum { EXPRESSION_CALL, EXPRESSION_AND, EXPRESSION_OR } ExpressionType;

typedef struct _Expression Expression;

typedef struct {
  char *name;   /* NULL for a positional argument */
  char *text;   /* value without quotes and brackets; a list as "1, 2, 3"; a tree as it prints */
  gsize column; /* in the text, from 1, in characters */
  Expression *nested; /* the tree, or NULL */
} ExpressionArgument;

struct _Expression {
  ExpressionType type;
  gsize column;
  /* EXPRESSION_CALL */
  char *name;
  GPtrArray *arguments;       /* ExpressionArgument */
  const GlompoPlugin *plugin; /* after expression_resolve() */
  Options *options;           /* after expression_resolve() */
  GRefString *text;           /* the same: that the column is counted in */
  GPtrArray *conditions;      /* the same: Expression of each option of type CONDITION, owned by arguments */
  /* EXPRESSION_AND, EXPRESSION_OR: two or more; a child is never of its parent's type unless the user
     grouped so with parentheses */
  GPtrArray *children;
};

/* Parentheses and trees in arguments may be nested this deep. */
#define EXPRESSION_DEEPEST 200

/* Of a resolved tree, or NULL. TRUE: Signal(NAME) is in it. */
gboolean expression_awaits_signal (const Expression *expression, const char *name);

/* Of a resolved tree, or NULL: the shortest time that one of its components names in an option of seconds;
 * infinite: none does. */
double expression_least_seconds (const Expression *expression);

/* Parses; the tree is not yet resolved. Error: GLOMPO_CONFIG_ERROR_INVALID, the message of two more lines:
 * the text, and a caret under the column. (transfer full) */
Expression *expression_parse (const char *text, GError **error);
void expression_argument_free (ExpressionArgument *argument);
void expression_free (Expression *expression);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Expression, expression_free)

/* Finds the plugin of each call, which must be of that kind, and fills its options: positional arguments
 * in the order of the option table. Selectors and generators are a single call. Appends a message (char *)
 * for every fault to faults. */
void expression_resolve (Expression *expression, GlompoKind kind, GlompoRegistry *registry, const char *text,
                         GPtrArray *faults);

/* "column N: FAULT" and two more lines, the text (or what is around the column, when it is long) and a caret
 * under the column. (transfer full) */
char *expression_fault (const char *text, gsize column, const char *fault);

/* `Name(key=value, ...) & ...` with as few parentheses as needed; parses back to an equal tree. Resolved
 * calls print all options, unresolved ones their arguments. (transfer full) */
char *expression_to_string (const Expression *expression);
