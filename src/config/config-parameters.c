/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Some tasks know nothing of their parameters, as what they run is the user's: they are told by their options
 * names, lower and upper. What the group [parameters] says need not be said there again.
 *
 * Thread: any; no state.
 */
#include "config/config.h"

/* The value of the option names that stands for the names in the group; the default of such tasks. */
#define NAMES_OF_GROUP "[parameters]"

static const GlompoOption *
find_option (const GlompoPlugin *task, const char *name, GlompoOptionType type)
{
  for (gsize i = 0; i < task->n_options; i++)
    if (g_str_equal (task->options[i].name, name))
      return task->options[i].type == type ? &task->options[i] : NULL;
  return NULL;
}

static const ParameterSetting *
find_setting (const GPtrArray *settings, const char *name)
{
  for (guint i = 0; i < settings->len; i++)
    if (g_str_equal (((ParameterSetting *) settings->pdata[i])->name, name))
      return settings->pdata[i];
  return NULL;
}

/* All names that the group has a line for, as a task reads a list: in double quotes. (transfer full) */
static char *
list_names (const GPtrArray *settings)
{
  GString *out = g_string_new (NULL);
  for (guint i = 0; i < settings->len; i++)
    {
      const char *name = ((ParameterSetting *) settings->pdata[i])->name;
      if (g_str_equal (name, PARAMETER_DEFAULT))
        continue;
      g_string_append (out, out->len > 0 ? ", \"" : "\"");
      for (; *name != '\0'; name++)
        if (*name == '"' || *name == '\\')
          g_string_append_printf (out, "\\%c", *name);
        else if (g_ascii_iscntrl (*name))
          g_string_append_printf (out, "\\%03o", (guchar) *name);
        else
          g_string_append_c (out, *name);
      g_string_append_c (out, '"');
    }
  return g_string_free (out, FALSE);
}

/* The settings of the task's parameters in its order; NULL: not every one has a setting, or it is not certain
 * which they are. (transfer container) */
static GPtrArray *
find_all (const GlompoConfig *config, gboolean names_of_group)
{
  const ParameterSetting *otherwise = find_setting (config->parameters, PARAMETER_DEFAULT);
  g_autoptr (GPtrArray) all = g_ptr_array_new ();
  g_autofree char *text = options_get_text (config->task_options, "names");
  g_auto (GStrv) names = g_strsplit (text != NULL ? text : "", ",", -1);
  if (names_of_group)
    {
      for (guint i = 0; i < config->parameters->len; i++)
        if (config->parameters->pdata[i] != otherwise)
          g_ptr_array_add (all, config->parameters->pdata[i]);
      return g_steal_pointer (&all);
    }
  if (otherwise != NULL)
    {
      g_ptr_array_add (all, (gpointer) otherwise); /* the others replace it later */
      return g_steal_pointer (&all);
    }
  for (gsize i = 0; names[i] != NULL; i++)
    {
      const ParameterSetting *setting = find_setting (config->parameters, g_strstrip (names[i]));
      if (setting == NULL)
        return NULL;
      g_ptr_array_add (all, (gpointer) setting);
    }
  return all->len > 0 ? g_steal_pointer (&all) : NULL;
}

static void
set_bounds (const GlompoConfig *config, const GPtrArray *all)
{
  g_autoptr (GString) lower = g_string_new (NULL);
  g_autoptr (GString) upper = g_string_new (NULL);
  char number[TEXT_DOUBLE_SIZE];
  for (guint i = 0; i < all->len; i++)
    {
      const ParameterSetting *setting = all->pdata[i];
      g_string_append_printf (lower, "%s%s", i > 0 ? ", " : "", text_from_double (setting->lower, number));
      g_string_append_printf (upper, "%s%s", i > 0 ? ", " : "", text_from_double (setting->upper, number));
    }
  /* A number that the task does not take is left for it to miss. */
  options_set (config->task_options, "lower", lower->str, NULL);
  options_set (config->task_options, "upper", upper->str, NULL);
}

void
config_lend_parameters (GlompoConfig *config)
{
  const GlompoPlugin *task = config->task;
  if (task == NULL || config->parameters->len == 0
      || find_option (task, "names", GLOMPO_OPTION_STRING) == NULL
      || find_option (task, "lower", GLOMPO_OPTION_REALS) == NULL
      || find_option (task, "upper", GLOMPO_OPTION_REALS) == NULL)
    return;
  g_autofree char *names = options_get_text (config->task_options, "names");
  g_autofree char *listed = list_names (config->parameters);
  gboolean counted = options_is_set (config->task_options, "dims");
  gboolean of_group = !counted && listed[0] != '\0' && g_strcmp0 (names, NAMES_OF_GROUP) == 0;
  if (of_group)
    options_set (config->task_options, "names", listed, NULL);
  if (options_is_set (config->task_options, "bounds") || options_is_set (config->task_options, "lower")
      || options_is_set (config->task_options, "upper")
      || !(of_group || counted || options_is_set (config->task_options, "names")))
    return;
  g_autoptr (GPtrArray) all = find_all (config, of_group);
  if (all != NULL)
    set_bounds (config, all);
}
