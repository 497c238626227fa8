/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From the names in an expression to plugins with filled options. Every fault is found, not only the first.
 * Any thread that may use the registry.
 */
#include "config/expression.h"

typedef struct {
  GlompoKind kind;
  GlompoRegistry *registry;
  const char *text;
  GPtrArray *faults;
} Resolver;

G_GNUC_PRINTF (3, 4)
static void
add_fault (const Resolver *resolver, gsize column, const char *format, ...)
{
  va_list list;
  va_start (list, format);
  g_autofree char *fault = g_strdup_vprintf (format, list);
  va_end (list);
  g_ptr_array_add (resolver->faults, expression_fault (resolver->text, column, fault));
}

/* `Name(first, second=1)`: what the call takes, so that the user need not look it up. */
static char *
describe_call (const GlompoPlugin *plugin)
{
  GString *text = g_string_new (plugin->name);
  g_string_append_c (text, '(');
  for (gsize i = 0; i < plugin->n_options; i++)
    {
      const GlompoOption *option = &plugin->options[i];
      g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", option->name);
      if (option->default_text != NULL)
        g_string_append_printf (text, "=%s", option->default_text[0] != '\0' ? option->default_text : "\"\"");
    }
  g_string_append_c (text, ')');
  return g_string_free (text, FALSE);
}

static void
set_argument (const Resolver *resolver, Expression *call, const ExpressionArgument *argument, gsize position)
{
  g_autoptr (GError) error = NULL;
  const GlompoPlugin *plugin = call->plugin;
  if (argument->name == NULL && position >= plugin->n_options)
    {
      g_autofree char *form = describe_call (plugin);
      add_fault (resolver, argument->column,
                 "found argument number %" G_GSIZE_FORMAT ", wanted at most %" G_GSIZE_FORMAT ": %s",
                 position + 1, plugin->n_options, form);
      return;
    }
  const char *name = argument->name != NULL ? argument->name : plugin->options[position].name;
  if (options_is_set (call->options, name))
    add_fault (resolver, argument->column, "found the argument %s of %s twice, wanted it once", name,
               call->name);
  else if (!options_set (call->options, name, argument->text, &error))
    add_fault (resolver, argument->column, "%s of %s: %s", name, call->name, error->message);
}

static void
resolve_call (const Resolver *resolver, Expression *call)
{
  g_autoptr (GError) error = NULL;
  call->plugin = glompo_registry_find (resolver->registry, resolver->kind, call->name, &error);
  if (call->plugin == NULL)
    {
      add_fault (resolver, call->column, "%s", error->message);
      return;
    }
  guint faults = resolver->faults->len;
  call->options = options_new (call->plugin->options, call->plugin->n_options, call->plugin->options_size);
  for (guint i = 0; i < call->arguments->len; i++)
    set_argument (resolver, call, call->arguments->pdata[i], i);
  if (resolver->faults->len > faults)
    return; /* what is missing may be what is misspelt */
  g_auto (GStrv) missing = options_missing (call->options);
  for (char **name = missing; *name != NULL; name++)
    {
      g_autofree char *form = describe_call (call->plugin);
      add_fault (resolver, call->column, "%s: found no value for %s, wanted %s", call->name, *name, form);
    }
}

static void
resolve_tree (const Resolver *resolver, Expression *expression)
{
  if (expression->type == EXPRESSION_CALL)
    {
      resolve_call (resolver, expression);
      return;
    }
  for (guint i = 0; i < expression->children->len; i++)
    resolve_tree (resolver, expression->children->pdata[i]);
}

void
expression_resolve (Expression *expression, GlompoKind kind, GlompoRegistry *registry, const char *text,
                    GPtrArray *faults)
{
  Resolver resolver = { .kind = kind, .registry = registry, .text = text, .faults = faults };
  gboolean tree = kind == GLOMPO_KIND_HUNTER || kind == GLOMPO_KIND_CHECKER;
  if (!tree && expression->type != EXPRESSION_CALL)
    add_fault (&resolver, expression->column, "found several joined by & or |, wanted a single %s",
               glompo_kind_to_string (kind));
  resolve_tree (&resolver, expression);
}
