/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From the names in an expression to plugins with filled options. Every fault is found, not only the first.
 * Any thread that may use the registry.
 */
#include "config/expression.h"

typedef struct {
  GlompoKind kind;
  GlompoRegistry *registry;
  GRefString *text;
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

static void resolve_tree (const Resolver *resolver, Expression *expression);

static const GlompoOption *
find_option (const GlompoPlugin *plugin, const char *name)
{
  for (gsize i = 0; i < plugin->n_options; i++)
    if (g_str_equal (plugin->options[i].name, name))
      return &plugin->options[i];
  return NULL;
}

/* A condition as argument; one in quotes, or a single name, has yet to be read. */
static void
set_condition (const Resolver *resolver, Expression *call, ExpressionArgument *argument,
               const GlompoOption *option)
{
  g_autoptr (GError) error = NULL;
  Resolver inner = *resolver;
  g_autoptr (GRefString) quoted = NULL;
  if (argument->nested == NULL)
    {
      argument->nested = expression_parse (argument->text, &error);
      inner.text = quoted = g_ref_string_new (argument->text);
    }
  if (argument->nested == NULL)
    {
      add_fault (resolver, argument->column, "%s of %s: %s", option->name, call->name, error->message);
      return;
    }
  guint faults = resolver->faults->len;
  resolve_tree (&inner, argument->nested);
  if (resolver->faults->len > faults)
    return;
  gsize index = 0;
  for (const GlompoOption *o = call->plugin->options; o < option; o++)
    index += o->type == GLOMPO_OPTION_CONDITION;
  if (call->conditions == NULL)
    call->conditions = g_ptr_array_new ();
  if (call->conditions->len <= index)
    g_ptr_array_set_size (call->conditions, (gint) index + 1);
  call->conditions->pdata[index] = argument->nested;
  g_autofree char *text = expression_to_string (argument->nested);
  options_set (call->options, option->name, text, NULL);
}

static void
set_argument (const Resolver *resolver, Expression *call, ExpressionArgument *argument, gsize position)
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
  const GlompoOption *option = find_option (plugin, name);
  if (options_is_set (call->options, name))
    add_fault (resolver, argument->column, "found the argument %s of %s twice, wanted it once", name,
               call->name);
  else if (option != NULL && option->type == GLOMPO_OPTION_CONDITION)
    set_condition (resolver, call, argument, option);
  else if (option != NULL && argument->nested != NULL)
    {
      g_autofree char *wanted = option_describe (option);
      add_fault (resolver, argument->column, "%s of %s: found %s, wanted %s", name, call->name,
                 argument->text, wanted);
    }
  else if (!options_set (call->options, name, argument->text, &error))
    add_fault (resolver, argument->column, "%s of %s: %s", name, call->name, error->message);
}

static void
resolve_call (const Resolver *resolver, Expression *call)
{
  g_autoptr (GError) error = NULL;
  call->text = g_ref_string_acquire (resolver->text);
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
  g_autoptr (GRefString) shared = g_ref_string_new (text);
  Resolver resolver = { .kind = kind, .registry = registry, .text = shared, .faults = faults };
  gboolean tree = kind == GLOMPO_KIND_HUNTER || kind == GLOMPO_KIND_CHECKER;
  if (!tree && expression->type != EXPRESSION_CALL)
    add_fault (&resolver, expression->column, "found several joined by & or |, wanted a single %s",
               glompo_kind_to_string (kind));
  resolve_tree (&resolver, expression);
}
