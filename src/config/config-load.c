/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From the groups of an ini file to a checked configuration. Goes on behind every fault, so that the user
 * sees all of them at once; what depends on something faulty is passed over. Any thread that may use the
 * registry; no state.
 */
#include "config/config.h"
#include "base/cores.h"
#include "plugin/check.h"
#include <math.h>
#include <string.h>

/* Longest NAME of [optimizer NAME], in characters. */
#define LONGEST_GROUP_NAME 64

/* The keys of [task] and [optimizer NAME] that are not the plugin's; [task] has only the first. */
typedef struct {
  const char *plugin;
  int64_t workers;
  int32_t workers_backend;
} GroupKeys;

static const char *const workers_backends[] = { "auto", "serial", "threads", "processes", NULL };

static const GlompoOption group_keys[] = {
  GLOMPO_OPT_STRING (GroupKeys, plugin, NULL, "name of the plugin"),
  GLOMPO_OPT_INTEGER (GroupKeys, workers, 1, 1e6, "1", "slots, and points evaluated at once"),
  GLOMPO_OPT_CHOICE (GroupKeys, workers_backend, workers_backends, "auto", "how they are evaluated"),
};

typedef struct {
  const Ini *ini;
  GlompoConfig *config; /* being made */
  Faults *faults;
  gboolean vague; /* not every name of an optimizer is known */
} Loader;

/* One group whose keys are partly ours and partly those of the plugin it names. */
typedef struct {
  const IniGroup *group;
  GlompoKind kind;
  Options *own;               /* GroupKeys */
  const GlompoPlugin *plugin; /* NULL: not found */
  Options *options;           /* of the plugin */
} PluginGroup;

static gboolean
has_option (const GlompoOption *table, gsize n, const char *name)
{
  for (gsize i = 0; i < n; i++)
    if (g_str_equal (table[i].name, name))
      return TRUE;
  return FALSE;
}

static void
add_names (GPtrArray *names, const GlompoOption *table, gsize n)
{
  for (gsize i = 0; i < n; i++)
    g_ptr_array_add (names, (gpointer) table[i].name);
}

static void
refuse_key (Loader *loader, const IniGroup *group, const IniEntry *entry, GPtrArray *known)
{
  g_ptr_array_add (known, NULL);
  const char *nearest = text_nearest (entry->key, (const char *const *) known->pdata);
  g_autofree char *all = g_strjoinv (", ", (char **) known->pdata);
  g_autofree char *value = text_quote (entry->value);
  if (nearest != NULL)
    faults_add (loader->faults, entry->line,
                "[%s] %s: found an unknown key with the value %s; did you mean %s?", group->name, entry->key,
                value, nearest);
  else
    faults_add (loader->faults, entry->line,
                "[%s] %s: found an unknown key with the value %s, wanted one of %s", group->name, entry->key,
                value, all);
}

static void
set_key (Loader *loader, const IniGroup *group, const IniEntry *entry, Options *options)
{
  g_autoptr (GError) error = NULL;
  if (options_set (options, entry->key, entry->value, &error))
    return;
  gboolean comment = strstr (entry->value, " #") != NULL || strstr (entry->value, " ;") != NULL;
  faults_add (loader->faults, entry->line, "[%s] %s: %s%s", group->name, entry->key, error->message,
              comment ? "; a comment stands on a line of its own" : "");
}

/* ---- [glompo] ---- */

/* It has an option of that name, tells how much time is left, or waits for something that comes at any
 * time. */
static gboolean
looks_at_clock (const GlompoPlugin *plugin)
{
  gboolean checker = plugin->kind == GLOMPO_KIND_CHECKER;
  gboolean clock = checker && (plugin->checker->seconds_left != NULL || g_str_equal (plugin->name, "Signal"));
  for (gsize i = 0; i < plugin->n_options; i++)
    clock |= strstr (plugin->options[i].name, "seconds") != NULL;
  return clock;
}

/* The first policy that looks at the clock. */
static const Expression *
find_clock (const Expression *expression)
{
  if (expression == NULL)
    return NULL;
  if (expression->type == EXPRESSION_CALL && expression->plugin != NULL
      && looks_at_clock (expression->plugin))
    return expression;
  GPtrArray *below = expression->type == EXPRESSION_CALL ? expression->conditions : expression->children;
  const Expression *found = NULL;
  for (guint i = 0; below != NULL && i < below->len && found == NULL; i++)
    found = find_clock (below->pdata[i]);
  return found;
}

/* The line of a key of [glompo], or what stands for none. */
static guint
line_of_key (const Loader *loader, const char *key)
{
  const IniGroup *group = ini_find_group (loader->ini, "glompo");
  const IniEntry *entry = group != NULL ? ini_find_entry (group, key) : NULL;
  return entry != NULL ? entry->line : INI_WHOLE_FILE;
}

static void
refuse_clock (Loader *loader, const char *key, const char *found)
{
  faults_add (
      loader->faults, line_of_key (loader, key),
      "[glompo] %s: found %s, which depends on time, wanted nothing that does with deterministic = true; "
      "count evaluations instead, or set deterministic = false",
      key, found);
}

/* What depends on time has no place in a deterministic run. */
static void
check_deterministic (Loader *loader)
{
  const Settings *settings = loader->config->settings;
  gsize n;
  const ConfigDecision *decisions = config_decisions (&n);
  const struct {
    const char *key;
    gboolean set;
  } keys[] = { { "evaluation_timeout", settings->evaluation_timeout > 0 },
               { "force_terminations_after", settings->force_terminations_after > 0 },
               { "aggressive_kill", settings->aggressive_kill } };
  if (!settings->deterministic)
    return;
  for (gsize i = 0; i < n; i++)
    {
      const Expression *clock = find_clock (config_get_expression (loader->config, &decisions[i]));
      g_autofree char *text = clock != NULL ? expression_to_string (clock) : NULL;
      if (text != NULL)
        refuse_clock (loader, decisions[i].key, text);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    if (keys[i].set)
      refuse_clock (loader, keys[i].key, "a limit or an order");
  if (((const Settings *) options_data (loader->config->settings_options))->max_jobs == GLOMPO_AUTO_INTEGER)
    faults_add (loader->faults, INI_WHOLE_FILE,
                "[glompo] max_jobs: found auto, which depends on the machine, wanted a number with "
                "deterministic = true");
}

gint64
config_available_slots (void)
{
  return MAX (1, (gint64) ceil (cores_available ()) - 1); /* by affinity and by quota */
}

/* What is wrong with the value of a key of [glompo]. */
static void
add_faults (Loader *loader, const char *key, const GPtrArray *faults)
{
  for (guint i = 0; i < faults->len; i++)
    faults_add (loader->faults, line_of_key (loader, key), "[glompo] %s: %s", key,
                (const char *) faults->pdata[i]);
}

/* Where there are faults, or the text is "none" and may be, there is no expression. */
static void
load_expression (Loader *loader, const ConfigDecision *decision)
{
  GlompoConfig *config = loader->config;
  g_autoptr (GPtrArray) faults = g_ptr_array_new_with_free_func (g_free);
  const char *text = *(const char *const *) ((const char *) config->settings + decision->text);
  G_STRUCT_MEMBER (Expression *, config, decision->expression)
      = config_parse_expression (config->registry, decision, text, faults);
  add_faults (loader, decision->key, faults);
}

static void
check_on_failure (Loader *loader, const IniGroup *group, const char *text)
{
  FailurePolicy policy;
  guint retries;
  const IniEntry *entry = group != NULL ? ini_find_entry (group, "on_failure") : NULL;
  if (settings_parse_on_failure (text, &policy, &retries))
    return;
  g_autofree char *found = text_quote (text);
  faults_add (loader->faults, entry != NULL ? entry->line : INI_WHOLE_FILE,
              "[glompo] on_failure: found %s, wanted penalty, stop, or retry(N) with N from 1 to %d", found,
              SETTINGS_MOST_RETRIES);
}

static void
check_journal_sync (Loader *loader, const IniGroup *group, const char *text)
{
  double seconds;
  const IniEntry *entry = group != NULL ? ini_find_entry (group, "journal_sync") : NULL;
  if (settings_parse_journal_sync (text, &seconds))
    return;
  g_autofree char *found = text_quote (text);
  faults_add (loader->faults, entry != NULL ? entry->line : INI_WHOLE_FILE,
              "[glompo] journal_sync: found %s, wanted each, or seconds from 0.1 to 3600", found);
}

static void
load_settings (Loader *loader)
{
  GlompoConfig *config = loader->config;
  gsize n;
  const GlompoOption *table = settings_table (&n);
  const IniGroup *group = ini_find_group (loader->ini, "glompo");
  config->settings_options = options_new (table, n, sizeof (Settings));
  for (guint i = 0; group != NULL && i < group->entries->len; i++)
    {
      const IniEntry *entry = group->entries->pdata[i];
      g_autoptr (GPtrArray) known = g_ptr_array_new ();
      add_names (known, table, n);
      if (has_option (table, n, entry->key))
        set_key (loader, group, entry, config->settings_options);
      else
        refuse_key (loader, group, entry, known);
    }
  Settings *settings = g_memdup2 (options_data (config->settings_options), sizeof (Settings));
  if (settings->max_jobs == GLOMPO_AUTO_INTEGER)
    settings->max_jobs = config_available_slots ();
  config->settings = settings;
  check_on_failure (loader, group, settings->on_failure);
  check_journal_sync (loader, group, settings->journal_sync);
  const ConfigDecision *decisions = config_decisions (&n);
  for (gsize i = 0; i < n; i++)
    load_expression (loader, &decisions[i]);
  check_deterministic (loader);
}

/* ---- [checkpoint] ---- */

static void
load_checkpoint (Loader *loader)
{
  gsize n;
  const GlompoOption *table = checkpoint_table (&n);
  const IniGroup *group = ini_find_group (loader->ini, "checkpoint");
  Options *options = loader->config->checkpoint = options_new (table, n, sizeof (CheckpointSettings));
  for (guint i = 0; group != NULL && i < group->entries->len; i++)
    {
      const IniEntry *entry = group->entries->pdata[i];
      g_autoptr (GPtrArray) known = g_ptr_array_new ();
      add_names (known, table, n);
      if (has_option (table, n, entry->key))
        set_key (loader, group, entry, options);
      else
        refuse_key (loader, group, entry, known);
    }
  const char *format = ((const CheckpointSettings *) options_data (options))->naming_format;
  const char *wanted = checkpoint_fault_of_format (format);
  g_autofree char *found = text_quote (format);
  if (wanted != NULL)
    faults_add (loader->faults, ini_find_entry (group, "naming_format")->line,
                "[checkpoint] naming_format: found %s, wanted %s", found, wanted);
}

/* ---- [task] and [optimizer NAME] ---- */

static gsize
n_own_keys (const PluginGroup *part)
{
  return part->kind == GLOMPO_KIND_TASK ? 1 : G_N_ELEMENTS (group_keys);
}

/* The group of an optimizer that has a plugin and that this one is probably meant to be, or NULL. */
static const char *
find_nearest_optimizer (const Loader *loader, const IniGroup *group)
{
  static const char prefix[] = "optimizer ";
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  for (guint i = 0; i < loader->ini->groups->len; i++)
    {
      const IniGroup *other = loader->ini->groups->pdata[i];
      if (g_str_has_prefix (other->name, prefix) && ini_find_entry (other, "plugin") != NULL)
        g_ptr_array_add (names, other->name + strlen (prefix));
    }
  g_ptr_array_add (names, NULL);
  return g_str_has_prefix (group->name, prefix)
             ? text_nearest (group->name + strlen (prefix), (const char *const *) names->pdata)
             : NULL;
}

static void
refuse_no_plugin (Loader *loader, const PluginGroup *part)
{
  const char *nearest = find_nearest_optimizer (loader, part->group);
  g_autofree char *hint
      = nearest != NULL ? g_strdup_printf ("; did you mean [optimizer %s]?", nearest) : g_strdup ("");
  faults_add (loader->faults, part->group->line, "[%s]: found no key plugin, wanted plugin = NAME of %s%s",
              part->group->name, part->kind == GLOMPO_KIND_TASK ? "a task" : "an optimizer", hint);
}

static void
find_plugin (Loader *loader, PluginGroup *part)
{
  const IniEntry *entry = ini_find_entry (part->group, "plugin");
  const char *kind = glompo_kind_to_string (part->kind);
  const char *article = part->kind == GLOMPO_KIND_TASK ? "a" : "an";
  g_autoptr (GError) error = NULL;
  if (entry == NULL)
    {
      refuse_no_plugin (loader, part);
      return;
    }
  if (!plugin_name_is_valid (entry->value))
    {
      g_autofree char *found = text_quote (entry->value);
      faults_add (loader->faults, entry->line, "[%s] plugin: found %s, wanted the name of %s %s",
                  part->group->name, found, article, kind);
      return;
    }
  part->plugin = glompo_registry_find (loader->config->registry, part->kind, entry->value, &error);
  if (part->plugin == NULL)
    {
      faults_add (loader->faults, entry->line, "[%s] plugin: %s", part->group->name, error->message);
      return;
    }
  part->options = options_new (part->plugin->options, part->plugin->n_options, part->plugin->options_size);
  for (gsize i = 0; i < n_own_keys (part); i++)
    if (has_option (part->plugin->options, part->plugin->n_options, group_keys[i].name))
      faults_add (loader->faults, entry->line,
                  "[%s] plugin: %s has an option called %s, wanted one with another name: the key is taken",
                  part->group->name, part->plugin->name, group_keys[i].name);
}

static void
set_group_key (Loader *loader, PluginGroup *part, const IniEntry *entry)
{
  const GlompoPlugin *plugin = part->plugin;
  if (has_option (group_keys, n_own_keys (part), entry->key))
    {
      set_key (loader, part->group, entry, part->own);
      return;
    }
  if (plugin == NULL)
    return; /* whose keys they would be is not known */
  if (has_option (plugin->options, plugin->n_options, entry->key))
    {
      set_key (loader, part->group, entry, part->options);
      return;
    }
  g_autoptr (GPtrArray) known = g_ptr_array_new ();
  add_names (known, group_keys, n_own_keys (part));
  add_names (known, plugin->options, plugin->n_options);
  refuse_key (loader, part->group, entry, known);
}

static void
load_plugin_group (Loader *loader, PluginGroup *part)
{
  part->own = options_new (group_keys, n_own_keys (part), sizeof (GroupKeys));
  find_plugin (loader, part);
  for (guint i = 0; i < part->group->entries->len; i++)
    set_group_key (loader, part, part->group->entries->pdata[i]);
  g_auto (GStrv) missing = part->options != NULL ? options_missing (part->options) : NULL;
  for (char **name = missing; name != NULL && *name != NULL; name++)
    for (gsize i = 0; i < part->plugin->n_options; i++)
      if (g_str_equal (part->plugin->options[i].name, *name) && ini_find_entry (part->group, *name) == NULL)
        {
          g_autofree char *wanted = option_describe (&part->plugin->options[i]);
          faults_add (loader->faults, part->group->line, "[%s]: found no key %s, wanted %s = %s",
                      part->group->name, *name, *name, wanted);
        }
}

static void
load_task (Loader *loader)
{
  PluginGroup part = { .group = ini_find_group (loader->ini, "task"), .kind = GLOMPO_KIND_TASK };
  if (part.group == NULL)
    {
      faults_add (loader->faults, INI_WHOLE_FILE, "found no group [task], wanted one with plugin = NAME");
      return;
    }
  load_plugin_group (loader, &part);
  options_unref (part.own);
  loader->config->task = part.plugin;
  loader->config->task_options = part.options;
}

static void
load_parameters (Loader *loader)
{
  const IniGroup *group = ini_find_group (loader->ini, "parameters");
  for (guint i = 0; group != NULL && i < group->entries->len; i++)
    {
      const IniEntry *entry = group->entries->pdata[i];
      g_autofree char *fault = NULL;
      ParameterSetting *setting = parameter_setting_parse (entry->key, entry->value, &fault);
      if (setting != NULL)
        g_ptr_array_add (loader->config->parameters, setting);
      else
        faults_add (loader->faults, entry->line, "[parameters] %s: %s", entry->key, fault);
    }
}

static void
optimizer_group_free (OptimizerGroup *group)
{
  g_free (group->name);
  options_unref (group->options);
  g_free (group);
}

static void
load_optimizer (Loader *loader, const IniGroup *group, const char *name)
{
  PluginGroup part = { .group = group, .kind = GLOMPO_KIND_OPTIMIZER };
  load_plugin_group (loader, &part);
  const GroupKeys *keys = options_data (part.own);
  OptimizerGroup *optimizer = g_new0 (OptimizerGroup, 1);
  optimizer->name = g_strdup (name);
  optimizer->plugin = part.plugin;
  optimizer->options = part.options;
  optimizer->workers = keys->workers;
  optimizer->workers_backend = keys->workers_backend;
  g_ptr_array_add (loader->config->groups, optimizer);
  loader->vague |= part.plugin == NULL;
  options_unref (part.own);
}

static gboolean
is_optimizer_name (const char *name)
{
  return g_ascii_isalnum (name[0]) && strlen (name) <= LONGEST_GROUP_NAME
         && strspn (name, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "_-") == strlen (name);
}

static void
refuse_group (Loader *loader, const IniGroup *group)
{
  static const char *const words[] = { "glompo", "checkpoint", "task", "parameters", "optimizer", NULL };
  g_autofree char *quoted = text_quote (group->name);
  g_autofree char *trimmed = g_strstrip (g_strdup (group->name));
  char *rest = strchr (trimmed, ' ');
  if (rest != NULL)
    *rest++ = '\0';
  const char *nearest = text_nearest (trimmed, words);
  gboolean optimizer = g_strcmp0 (nearest, "optimizer") == 0;
  g_autofree char *name = text_quote (rest != NULL ? rest : "NAME");
  name[strlen (name) - 1] = '\0';
  if (nearest != NULL)
    faults_add (loader->faults, group->line, "found the unknown group %s; did you mean [%s%s%s]?", quoted,
                nearest, optimizer ? " " : "", optimizer ? name + 1 : "");
  else
    faults_add (loader->faults, group->line,
                "found the unknown group %s, wanted [glompo], [checkpoint], [task], [parameters] or "
                "[optimizer NAME]", quoted);
}

static void
load_groups (Loader *loader)
{
  gboolean any = FALSE;
  for (guint i = 0; i < loader->ini->groups->len; i++)
    {
      const IniGroup *group = loader->ini->groups->pdata[i];
      if (g_str_equal (group->name, "glompo") || g_str_equal (group->name, "task")
          || g_str_equal (group->name, "parameters") || g_str_equal (group->name, "checkpoint"))
        continue;
      if (!g_str_equal (group->name, "optimizer") && !g_str_has_prefix (group->name, "optimizer "))
        {
          refuse_group (loader, group);
          loader->vague = TRUE;
          continue;
        }
      any = TRUE;
      const char *name = group->name + strlen ("optimizer");
      if (is_optimizer_name (name + (name[0] == ' ')))
        load_optimizer (loader, group, name + 1);
      else
        {
          loader->vague = TRUE;
          faults_add (
              loader->faults, group->line,
              "[%s]: found %s, wanted [optimizer NAME] with one blank and a NAME of at most %d letters, "
              "digits, _ and -",
              group->name, name[0] == '\0' ? "no name" : "a malformed name", LONGEST_GROUP_NAME);
        }
    }
  loader->vague |= !any;
  if (!any)
    faults_add (loader->faults, INI_WHOLE_FILE,
                "found no group [optimizer NAME], wanted at least one with plugin = NAME");
}

/* The lines of a group end where the next one begins. */
static gboolean
is_sound (const Loader *loader, const IniGroup *group)
{
  const GPtrArray *groups = loader->ini->groups;
  guint end = INI_WHOLE_FILE;
  if (group == NULL)
    return TRUE;
  for (guint i = 0; i < groups->len; i++)
    {
      guint line = ((const IniGroup *) groups->pdata[i])->line;
      if (line > group->line && line < end)
        end = line;
    }
  return !faults_touch (loader->faults, group->line, end - 1);
}

/* Some tasks learn from [parameters] what their parameters are. */
static void
note_what_is_sound (Loader *loader)
{
  GlompoConfig *config = loader->config;
  gboolean told
      = config->task != NULL && has_option (config->task->options, config->task->n_options, "names");
  config->parameters_sound = is_sound (loader, ini_find_group (loader->ini, "parameters"));
  config->task_sound = config->task != NULL && is_sound (loader, ini_find_group (loader->ini, "task"))
                       && (config->parameters_sound || !told);
  for (guint i = 0; i < config->groups->len; i++)
    {
      OptimizerGroup *group = config->groups->pdata[i];
      g_autofree char *name = g_strconcat ("optimizer ", group->name, NULL);
      group->sound = group->plugin != NULL && is_sound (loader, ini_find_group (loader->ini, name));
    }
}

/* Once all of them are known. */
static void
check_names (Loader *loader)
{
  GlompoConfig *config = loader->config;
  gsize n;
  const ConfigDecision *decisions = config_decisions (&n);
  g_autofree const char **names = config_list_names (config);
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GPtrArray) faults = g_ptr_array_new_with_free_func (g_free);
      config_check_names (config->registry, names, config_get_expression (config, &decisions[i]), faults);
      add_faults (loader, decisions[i].key, faults);
    }
}

GlompoConfig *
config_load (const char *text, const char *name, const char *base_dir, const char *const *overrides,
             GlompoRegistry *registry, Faults *faults)
{
  Ini *ini = ini_read (text, overrides, faults);
  GlompoConfig *config = g_new0 (GlompoConfig, 1);
  g_atomic_ref_count_init (&config->refs);
  config->name = g_strdup (name);
  config->base_dir = g_canonicalize_filename (base_dir != NULL ? base_dir : ".", NULL);
  config->text = g_strdup (ini->text);
  config->ini = ini;
  config->registry = glompo_registry_ref (registry);
  config->parameters = g_ptr_array_new_with_free_func ((GDestroyNotify) parameter_setting_free);
  config->groups = g_ptr_array_new_with_free_func ((GDestroyNotify) optimizer_group_free);
  Loader loader = { .ini = ini, .config = config, .faults = faults, .vague = faults->list->len > 0 };
  if (ini->groups->len == 0 && faults->list->len == 0)
    faults_add (faults, INI_WHOLE_FILE,
                "found nothing, wanted at least the groups [task] and [optimizer NAME]");
  else
    {
      load_settings (&loader);
      load_checkpoint (&loader);
      load_task (&loader);
      load_parameters (&loader);
      config_lend_parameters (config);
      load_groups (&loader);
      if (!loader.vague)
        check_names (&loader);
      note_what_is_sound (&loader);
    }
  if (config->task != NULL)
    config->declaration
        = declaration_new (config->task, glompo_registry_get_file (registry, config->task),
                           config->task_options, config->base_dir, config->settings->task_timeout);
  return config;
}
