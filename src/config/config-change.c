/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A value for a single key of [glompo], for those that may change in a run. The thread that may use the
 * registry. */
#include "config/config.h"
#include <string.h>

/* The keys that are expressions. */
static const struct {
  const char *key;
  GlompoKind kind;
  gboolean optional; /* may be "none" */
} expressions[] = {
  { "convergence", GLOMPO_KIND_CHECKER, FALSE },
  { "hunters", GLOMPO_KIND_HUNTER, TRUE },
};

Expression *
config_read_expression (GlompoRegistry *registry, GlompoKind kind, const char *key, const char *text,
                        GError **error)
{
  g_autoptr (GPtrArray) faults = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (Expression) expression = expression_parse (text, error);
  if (expression == NULL)
    {
      g_prefix_error (error, "[glompo] %s: ", key);
      return NULL;
    }
  expression_resolve (expression, kind, registry, text, faults);
  if (faults->len == 0)
    return g_steal_pointer (&expression);
  g_autoptr (GString) all = g_string_new (NULL);
  for (guint i = 0; i < faults->len; i++)
    g_string_append_printf (all, "%s[glompo] %s: %s", i > 0 ? "\n" : "", key,
                            (const char *) faults->pdata[i]);
  g_set_error_literal (error, GLOMPO_CONFIG_ERROR, GLOMPO_CONFIG_ERROR_INVALID, all->str);
  return NULL;
}

static gboolean
read_expression (const GlompoConfig *config, guint which, const char *value, Expression **out, GError **error)
{
  *out = NULL;
  if (expressions[which].optional && (value[0] == '\0' || g_str_equal (value, "none")))
    return TRUE;
  *out = config_read_expression (config->registry, expressions[which].kind, expressions[which].key, value,
                                 error);
  return *out != NULL;
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
  for (guint i = 0; i < G_N_ELEMENTS (expressions); i++)
    if (g_str_equal (expressions[i].key, key) && !read_expression (config, i, trimmed, &expression, error))
      return FALSE;
  *out_settings = g_steal_pointer (&settings);
  *out_expression = expression;
  return TRUE;
}
