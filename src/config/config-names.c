/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names of optimizers in policies: a text option called "optimizer" of a built-in one, as TypeHunter has it,
 * is the name of a group of the job or of a plugin that one of them uses. What such an option of a plugin
 * means is the plugin's business. Thread: any; no state.
 */
#include "config/config.h"
#include <string.h>

/* Each once, NULL-terminated. (transfer container) */
static GPtrArray *
list_names (const char *const *groups_and_plugins)
{
  GPtrArray *names = g_ptr_array_new ();
  for (; *groups_and_plugins != NULL; groups_and_plugins++)
    if (!g_ptr_array_find_with_equal_func (names, *groups_and_plugins, g_str_equal, NULL))
      g_ptr_array_add (names, (gpointer) *groups_and_plugins);
  g_ptr_array_add (names, NULL);
  return names;
}

static gboolean
names_optimizer (GlompoRegistry *registry, const GlompoPlugin *plugin)
{
  if (glompo_registry_get_file (registry, plugin) != NULL)
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
  g_ptr_array_add (faults,
                   g_strdup_printf ("optimizer of %s: found %s, wanted one of the groups and plugins of "
                                    "this job: %s%s",
                                    call->name, found, all, hint));
}

static void
check_tree (GlompoRegistry *registry, const Expression *expression, GPtrArray *names, GPtrArray *faults)
{
  gboolean call = expression->type == EXPRESSION_CALL;
  if (call && expression->options != NULL && names_optimizer (registry, expression->plugin))
    check_call (expression, names, faults);
  const GPtrArray *below = call ? expression->conditions : expression->children;
  for (guint i = 0; below != NULL && i < below->len; i++)
    check_tree (registry, below->pdata[i], names, faults);
}

void
config_check_names (GlompoRegistry *registry, const char *const *groups_and_plugins,
                    const Expression *expression, GPtrArray *faults)
{
  if (expression == NULL)
    return;
  g_autoptr (GPtrArray) names = list_names (groups_and_plugins);
  check_tree (registry, expression, names, faults);
}

const char **
config_list_names (const GlompoConfig *config)
{
  const char **names = g_new0 (const char *, 2 * config->groups->len + 1);
  for (guint i = 0; i < config->groups->len; i++)
    {
      const OptimizerGroup *group = config->groups->pdata[i];
      names[2 * i] = group->name;
      names[2 * i + 1] = group->plugin->name;
    }
  return names;
}
