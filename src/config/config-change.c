/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The keys of [glompo] that are expressions, and a value for a single key, for those that may change in a
 * run. The thread that may use the registry. */
#include "config/config.h"

#define DECISION(NAME, KIND, OPTIONAL)                                                         \
  { #NAME, KIND, OPTIONAL, offsetof (Settings, NAME), offsetof (GlompoConfig, NAME) }

static const ConfigDecision decisions[] = {
  DECISION (convergence, GLOMPO_KIND_CHECKER, FALSE), DECISION (hunters, GLOMPO_KIND_HUNTER, TRUE),
  DECISION (freezers, GLOMPO_KIND_HUNTER, TRUE),      DECISION (generator, GLOMPO_KIND_GENERATOR, FALSE),
  DECISION (selector, GLOMPO_KIND_SELECTOR, FALSE),   DECISION (spawn, GLOMPO_KIND_CHECKER, TRUE),
};

const ConfigDecision *
config_decisions (gsize *out_n)
{
  *out_n = G_N_ELEMENTS (decisions);
  return decisions;
}

const Expression *
config_get_expression (const GlompoConfig *config, const ConfigDecision *decision)
{
  return *(Expression *const *) ((const char *) config + decision->expression);
}

/* A key that a run cannot do without. (transfer full) */
static char *
refuse_none (const ConfigDecision *decision, const char *text)
{
  g_autofree char *found = text_quote (text);
  if (g_str_equal (decision->key, "convergence"))
    return g_strdup_printf ("found %s, but a run needs an end: wanted checkers, as in MaxFuncCalls(10000) or "
                            "MaxSeconds(3600); without the key it is KillsAfterConvergence(0, 1)",
                            found);
  return g_strdup_printf ("found %s, wanted a %s; without the key there is one", found,
                          glompo_kind_to_string (decision->kind));
}

Expression *
config_parse_expression (GlompoRegistry *registry, const ConfigDecision *decision, const char *text,
                         GPtrArray *faults)
{
  g_autoptr (GError) error = NULL;
  if (text[0] == '\0' || g_str_equal (text, "none"))
    {
      if (!decision->optional)
        g_ptr_array_add (faults, refuse_none (decision, text));
      return NULL;
    }
  g_autoptr (Expression) expression = expression_parse (text, &error);
  if (expression == NULL)
    g_ptr_array_add (faults, g_strdup (error->message));
  else
    expression_resolve (expression, decision->kind, registry, text, faults);
  return faults->len == 0 ? g_steal_pointer (&expression) : NULL;
}

gboolean
config_faults_to_error (const GPtrArray *faults, const char *key, GError **error)
{
  if (faults->len == 0)
    return FALSE;
  g_autoptr (GString) all = g_string_new (NULL);
  for (guint i = 0; i < faults->len; i++)
    g_string_append_printf (all, "%s[glompo] %s: %s", i > 0 ? "\n" : "", key,
                            (const char *) faults->pdata[i]);
  g_set_error_literal (error, GLOMPO_CONFIG_ERROR, GLOMPO_CONFIG_ERROR_INVALID, all->str);
  return TRUE;
}

/* config may be NULL: then names of optimizers are not looked at. */
static gboolean
read_for (const GlompoConfig *config, GlompoRegistry *registry, const ConfigDecision *decision,
          const char *text, Expression **out, GError **error)
{
  g_autoptr (GPtrArray) faults = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (Expression) expression = config_parse_expression (registry, decision, text, faults);
  g_autofree const char **names = config != NULL ? config_list_names (config) : NULL;
  if (names != NULL)
    config_check_names (registry, names, expression, faults);
  if (config_faults_to_error (faults, decision->key, error))
    return FALSE;
  *out = g_steal_pointer (&expression);
  return TRUE;
}

Expression *
config_read_expression (GlompoRegistry *registry, GlompoKind kind, const char *key, const char *text,
                        GError **error)
{
  const ConfigDecision decision = { .key = key, .kind = kind };
  Expression *expression = NULL;
  read_for (NULL, registry, &decision, text, &expression, error);
  return expression;
}

gboolean
config_read_setting (const GlompoConfig *config, const char *key, const char *value, Options **out_settings,
                     Expression **out_expression, GError **error)
{
  gsize n;
  const GlompoOption *table = settings_table (&n);
  g_autoptr (Options) settings = options_new (table, n, sizeof (Settings));
  Expression *expression = NULL;
  g_autofree char *trimmed = g_strstrip (g_strdup (value));
  if (!options_set (settings, key, trimmed, error))
    {
      g_prefix_error (error, "[glompo] %s: ", key);
      return FALSE;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (decisions); i++)
    if (g_str_equal (decisions[i].key, key)
        && !read_for (config, config->registry, &decisions[i], trimmed, &expression, error))
      return FALSE;
  *out_settings = g_steal_pointer (&settings);
  *out_expression = expression;
  return TRUE;
}
