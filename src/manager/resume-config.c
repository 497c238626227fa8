/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The configuration of a run that is to be resumed, from its journal. Thread: any; no state. */
#include "manager/manager-private.h"
#include <string.h>

/* Keys of [glompo] that may change from session to session: they change what will be done, not what was. */
static const char *const free_keys[]
    = { "convergence", "max_jobs", "backend", "hunters", "freezers", "hunt_frequency", "spawn", "status_frequency",
        "share_best_solutions", "end_timeout", "evaluation_timeout", "task_timeout",
        "force_terminations_after", "aggressive_kill", "worker_memory_limit",
        "nice", "private_directories", "keep_directories", "printstream_limit",
        "resume_policy", "journal_sync", NULL };
/* Groups all of whose keys may. */
static const char *const free_groups[] = { "checkpoint", NULL };

static gboolean
is_free (const char *override)
{
  const char *equals = strchr (override, '=');
  g_autofree char *name = g_strndup (override, equals != NULL ? (gsize) (equals - override) : strlen (override));
  char *dot = strrchr (name, '.');
  if (dot == NULL)
    return TRUE; /* not an override at all: what reads it says so */
  *dot = '\0';
  g_strstrip (name);
  if (g_strv_contains (free_groups, name))
    return TRUE;
  return g_str_equal (name, "glompo") && g_strv_contains (free_keys, g_strstrip (dot + 1));
}

/* The run has that value already: scripts that are submitted again give the same each time. */
static gboolean
is_kept (const Ini *ini, const char *override)
{
  const char *const alone[] = { override, NULL };
  g_auto (Faults) faults;
  faults_init (&faults, "");
  g_autoptr (Ini) read = ini_read ("", alone, &faults);
  const IniGroup *wanted = read != NULL && read->groups->len == 1 ? read->groups->pdata[0] : NULL;
  const IniGroup *group = wanted != NULL ? ini_find_group (ini, wanted->name) : NULL;
  if (group == NULL || wanted->entries->len != 1)
    return FALSE;
  const IniEntry *entry = wanted->entries->pdata[0], *before = ini_find_entry (group, entry->key);
  return before != NULL && g_str_equal (before->value, entry->value);
}

static gboolean
check_overrides (const char *directory, const char *text, const char *const *overrides, GError **error)
{
  g_auto (Faults) faults;
  faults_init (&faults, "");
  g_autoptr (Ini) ini = ini_read (text, NULL, &faults);
  for (gsize i = 0; overrides != NULL && overrides[i] != NULL; i++)
    if (!is_free (overrides[i]) && !is_kept (ini, overrides[i]))
      {
        g_autofree char *keys = g_strjoinv (", ", (char **) free_keys);
        g_set_error (error, GLOMPO_CONFIG_ERROR, GLOMPO_CONFIG_ERROR_INVALID,
                     "--set: %s: a run that is resumed keeps this setting (%s); what may change is [checkpoint] and "
                     "of [glompo] %s",
                     overrides[i], directory, keys);
        return FALSE;
      }
  return TRUE;
}

/* ---- the file that a run was started from, when it is given again ---- */

/* (transfer full) The text of the last session's configuration, or NULL. */
static char *
read_text_of_run (const char *directory, GError **error)
{
  TapeScan scan;
  char *text = NULL;
  if (!tape_scan (directory, &scan, error))
    return NULL;
  if (scan.last == NULL || !g_variant_lookup (scan.last, "config", "s", &text))
    g_set_error (error, GLOMPO_JOURNAL_ERROR, GLOMPO_JOURNAL_ERROR_FORMAT, "%s: its journal has no beginning",
                 directory);
  tape_scan_clear (&scan);
  return text;
}

static gboolean
is_free_key (const char *group, const char *key)
{
  return g_strv_contains (free_groups, group) || (g_str_equal (group, "glompo") && g_strv_contains (free_keys, key));
}

static gboolean
is_given (const char *const *overrides, const char *group, const char *key)
{
  g_autofree char *wanted = g_strconcat (group, ".", key, NULL);
  for (gsize i = 0; overrides != NULL && overrides[i] != NULL; i++)
    {
      g_autofree char *name = g_strndup (overrides[i], strcspn (overrides[i], "="));
      if (g_str_equal (g_strstrip (name), wanted))
        return TRUE;
    }
  return FALSE;
}

/* Compares an entry of the file with that of the run. */
static void
compare_entry (Faults *faults, GStrvBuilder *kept, const IniGroup *group, const IniEntry *entry, const IniGroup *past)
{
  const IniEntry *before = past != NULL ? ini_find_entry (past, entry->key) : NULL;
  if (before != NULL && g_str_equal (before->value, entry->value))
    return;
  g_autofree char *text = g_strdup_printf ("[%s] %s: found %s, the run has %s", group->name, entry->key, entry->value,
                                           before != NULL ? before->value : "none");
  if (is_free_key (group->name, entry->key))
    g_strv_builder_add (kept, text);
  else
    faults_add (faults, entry->line, "%s; wanted the file of the run, or another run directory", text);
}

gboolean
glompo_manager_compare_file (const char *directory, const char *path, const char *const *overrides, char ***out_kept,
                             GError **error)
{
  g_return_val_if_fail (directory != NULL && path != NULL && out_kept != NULL, FALSE);
  g_auto (Faults) faults = { 0 };
  g_auto (Faults) of_run = { 0 };
  g_autofree char *now = config_read_text (path, error), *before = NULL;
  if (now == NULL || (before = read_text_of_run (directory, error)) == NULL)
    return FALSE;
  faults_init (&faults, path);
  faults_init (&of_run, directory);
  g_autoptr (Ini) ini = ini_read (now, NULL, &faults);
  g_autoptr (Ini) past = ini_read (before, NULL, &of_run);
  g_autoptr (GStrvBuilder) kept = g_strv_builder_new ();
  for (guint i = 0; ini != NULL && past != NULL && i < ini->groups->len; i++)
    {
      const IniGroup *group = ini->groups->pdata[i];
      for (guint k = 0; k < group->entries->len; k++)
        if (!is_given (overrides, group->name, ((const IniEntry *) group->entries->pdata[k])->key))
          compare_entry (&faults, kept, group, group->entries->pdata[k], ini_find_group (past, group->name));
    }
  if (faults_to_error (&faults, error))
    return FALSE;
  *out_kept = g_strv_builder_end (kept);
  return TRUE;
}

/* ---- the configuration of the run ---- */

/* What was changed in the run stays changed, unless it is changed now. (transfer full) */
static char **
join_overrides (const TapeScan *scan, const char *const *overrides)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) changes = in_force_list_overrides (scan->settings);
  g_strv_builder_addv (builder, (const char **) changes);
  if (overrides != NULL)
    g_strv_builder_addv (builder, (const char **) overrides);
  return g_strv_builder_end (builder);
}

GlompoConfig *
glompo_manager_read_config (const char *directory, const char *const *overrides, GlompoRegistry *registry,
                            GError **error)
{
  TapeScan scan;
  g_return_val_if_fail (directory != NULL, NULL);
  if (!tape_scan (directory, &scan, error))
    return NULL;
  const char *text = NULL, *name = "the configuration in the journal", *base = NULL;
  GlompoConfig *config = NULL;
  if (scan.last == NULL || !g_variant_lookup (scan.last, "config", "&s", &text))
    g_set_error (error, GLOMPO_JOURNAL_ERROR, GLOMPO_JOURNAL_ERROR_FORMAT,
                 "%s cannot be resumed: its journal has no beginning, nothing was evaluated%s%s; start it anew",
                 directory, scan.damage != NULL ? ": " : "", scan.damage != NULL ? scan.damage : "");
  else if (check_overrides (directory, text, overrides, error))
    {
      g_variant_lookup (scan.last, "config_name", "&s", &name);
      g_variant_lookup (scan.last, "base_directory", "&s", &base);
      g_autofree char *base_dir = base != NULL ? g_filename_from_utf8 (base, -1, NULL, NULL, NULL) : NULL;
      g_auto (GStrv) all = join_overrides (&scan, overrides);
      config = glompo_config_new_from_text (text, name, base_dir != NULL ? base_dir : base,
                                            (const char *const *) all, registry, error);
      guint64 seed;
      if (config != NULL && g_variant_lookup (scan.first, "seed", "t", &seed))
        declaration_set_seed (config->declaration, seed);
    }
  tape_scan_clear (&scan);
  return config;
}
