/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names of optimizers in policies: a text option called "optimizer" of a built-in one, as TypeHunter has it, is the
 * name of a group of the job or of a plugin that one of them uses. What such an option of a plugin means is the
 * plugin's business. Thread: any; no state.
 */
#include "config/config.h"
#include <string.h>

/* All names, each once, NULL-terminated; the texts belong to the configuration. (transfer container) */
static GPtrArray *
list_names (const GlompoConfig *config)
{
  GPtrArray *names = g_ptr_array_new ();
  for (guint i = 0; i < config->groups->len; i++)
    {
      const OptimizerGroup *group = config->groups->pdata[i];
      const char *both[] = { group->name, group->plugin->name };
      for (guint k = 0; k < G_N_ELEMENTS (both); k++)
        if (!g_ptr_array_find_with_equal_func (names, both[k], g_str_equal, NULL))
          g_ptr_array_add (names, (gpointer) both[k]);
    }
  g_ptr_array_add (names, NULL);
  return names;
}

static gboolean
names_optimizer (const GlompoConfig *config, const GlompoPlugin *plugin)
{
  if (glompo_registry_get_file (config->registry, plugin) != NULL)
    return FALSE;
  for (gsize i = 0; i < plugin->n_options; i++)
    if (strcmp (plugin->options[i].name, "optimizer") == 0)
      return plugin->options[i].type == GLOMPO_OPTION_STRING;
  return FALSE;
}

static void
check_call (const Expression *call, GPtrArray *names, GPtrArray *faults)
{
  g_autofree char *name = options_get_text (call->options, "optimizer");
  const char *const *known = (const char *const *) names->pdata;
  if (name == NULL || *name == '\0' || g_strv_contains (known, name))
    return;
  g_autofree char *found = text_quote (name);
  g_autofree char *all = g_strjoinv (", ", (char **) names->pdata);
  const char *nearest = text_nearest (name, known);
  g_autofree char *hint = nearest != NULL ? g_strdup_printf ("; did you mean %s?", nearest) : g_strdup ("");
  g_ptr_array_add (faults, g_strdup_printf ("optimizer of %s: found %s, wanted one of the groups and plugins of this "
                                            "job: %s%s",
                                            call->name, found, all, hint));
}

static void
check_tree (const GlompoConfig *config, const Expression *expression, GPtrArray *names, GPtrArray *faults)
{
  gboolean call = expression->type == EXPRESSION_CALL;
  if (call && expression->options != NULL && names_optimizer (config, expression->plugin))
    check_call (expression, names, faults);
  const GPtrArray *below = call ? expression->conditions : expression->children;
  for (guint i = 0; below != NULL && i < below->len; i++)
    check_tree (config, below->pdata[i], names, faults);
}

void
config_check_names (const GlompoConfig *config, const Expression *expression, GPtrArray *faults)
{
  if (expression == NULL)
    return;
  g_autoptr (GPtrArray) names = list_names (config);
  check_tree (config, expression, names, faults);
}
