/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The configuration of a run that is to be resumed, from its journal. Thread: any; no state. */
#include "manager/manager-private.h"

/* Keys of [glompo] that may change from session to session: they change what will be done, not what was. */
static const char *const free_keys[]
    = { "convergence", "max_jobs", "backend", "hunters", "freezers", "hunt_frequency", "spawn",
        "status_frequency", "share_best_solutions", "end_timeout", "evaluation_timeout", "task_timeout",
        "force_terminations_after", "aggressive_kill", "worker_memory_limit", "nice", "private_directories",
        "keep_directories", "printstream_limit", "resume_policy", "journal_sync", NULL };
/* Groups all of whose keys may. */
static const char *const free_groups[] = { "checkpoint", NULL };

static gboolean
is_free (const char *group, const char *key)
{
  return g_strv_contains (free_groups, group)
         || (g_str_equal (group, "glompo") && g_strv_contains (free_keys, key));
}

/* NULL: it does not stand there. */
static const IniEntry *
find (const Ini *ini, const char *group, const char *key)
{
  const IniGroup *found = ini_find_group (ini, group);
  return found != NULL ? ini_find_entry (found, key) : NULL;
}

static gboolean
is_same (const IniEntry *entry, const IniEntry *before)
{
  return before != NULL && g_str_equal (before->value, entry->value);
}

/* What is no setting at all is left out: what reads the configuration says so. (transfer full) */
static Ini *
read_overrides (const char *const *overrides)
{
  g_auto (Faults) faults;
  faults_init (&faults, "");
  return ini_read ("", overrides, &faults);
}

/* The text of the last session's configuration, which is the scan's. FALSE: there is none, the scan is
 * cleared. */
static gboolean
scan_config (const char *directory, TapeScan *out, const char **out_text, GError **error)
{
  if (!tape_scan (directory, out, error))
    return FALSE;
  if (out->last != NULL && g_variant_lookup (out->last, "config", "&s", out_text))
    return TRUE;
  g_set_error (error, GLOMPO_JOURNAL_ERROR, GLOMPO_JOURNAL_ERROR_FORMAT,
               "%s cannot be resumed: its journal has no beginning, nothing was evaluated%s%s; start it anew",
               directory, out->damage != NULL ? ": " : "", out->damage != NULL ? out->damage : "");
  tape_scan_clear (out);
  return FALSE;
}

/* A value that the run has already is none that changes: scripts that are submitted again give the same each
 * time. */
static gboolean
check_overrides (const char *directory, const char *text, const char *const *overrides, GError **error)
{
  g_auto (Faults) faults;
  faults_init (&faults, "");
  g_autoptr (Ini) past = ini_read (text, NULL, &faults);
  g_autoptr (Ini) given = read_overrides (overrides);
  for (guint i = 0; i < given->groups->len; i++)
    {
      const IniGroup *group = given->groups->pdata[i];
      for (guint k = 0; k < group->entries->len; k++)
        {
          const IniEntry *entry = group->entries->pdata[k];
          if (is_free (group->name, entry->key) || is_same (entry, find (past, group->name, entry->key)))
            continue;
          g_autofree char *keys = g_strjoinv (", ", (char **) free_keys);
          g_set_error (error, GLOMPO_CONFIG_ERROR, GLOMPO_CONFIG_ERROR_INVALID,
                       "--set: %s.%s=%s: a run that is resumed keeps this setting (%s); what may change is "
                       "[checkpoint] and of [glompo] %s",
                       group->name, entry->key, entry->value, directory, keys);
          return FALSE;
        }
    }
  return TRUE;
}

/* ---- the file that a run was started from, when it is given again ---- */

/* Compares an entry of the file with that of the run. */
static void
compare_entry (Faults *faults, GStrvBuilder *kept, const IniGroup *group, const IniEntry *entry,
               const Ini *past)
{
  const IniEntry *before = find (past, group->name, entry->key);
  if (is_same (entry, before))
    return;
  g_autofree char *text = g_strdup_printf ("[%s] %s: found %s, the run has %s", group->name, entry->key,
                                           entry->value, before != NULL ? before->value : "none");
  if (is_free (group->name, entry->key))
    g_strv_builder_add (kept, text);
  else
    faults_add (faults, entry->line, "%s; wanted the file of the run, or another run directory", text);
}

gboolean
glompo_manager_compare_file (const char *directory, const char *path, const char *const *overrides,
                             char ***out_kept, GError **error)
{
  g_return_val_if_fail (directory != NULL && path != NULL && out_kept != NULL, FALSE);
  TapeScan scan;
  const char *before;
  g_auto (Faults) faults = { 0 };
  g_auto (Faults) of_run = { 0 };
  g_autofree char *now = config_read_text (path, error);
  if (now == NULL || !scan_config (directory, &scan, &before, error))
    return FALSE;
  faults_init (&faults, path);
  faults_init (&of_run, directory);
  g_autoptr (Ini) ini = ini_read (now, NULL, &faults);
  g_autoptr (Ini) past = ini_read (before, NULL, &of_run);
  g_autoptr (Ini) given = read_overrides (overrides);
  g_autoptr (GStrvBuilder) kept = g_strv_builder_new ();
  tape_scan_clear (&scan);
  for (guint i = 0; i < ini->groups->len; i++)
    {
      const IniGroup *group = ini->groups->pdata[i];
      for (guint k = 0; k < group->entries->len; k++)
        {
          const IniEntry *entry = group->entries->pdata[k];
          if (find (given, group->name, entry->key) == NULL)
            compare_entry (&faults, kept, group, entry, past);
        }
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
  const char *text, *name = "the configuration in the journal", *base = NULL;
  GlompoConfig *config;
  if (!scan_config (directory, &scan, &text, error))
    return NULL;
  g_variant_lookup (scan.last, "config_name", "&s", &name);
  g_variant_lookup (scan.last, "base_directory", "&s", &base);
  g_autofree char *base_dir = base != NULL ? g_filename_from_utf8 (base, -1, NULL, NULL, NULL) : NULL;
  g_auto (GStrv) all = join_overrides (&scan, overrides);
  /* Read first: it knows a mistyped name from a setting that is to stay. */
  config = glompo_config_new_from_text (text, name, base_dir != NULL ? base_dir : base,
                                        (const char *const *) all, registry, error);
  if (config != NULL && !check_overrides (directory, text, overrides, error))
    g_clear_pointer (&config, glompo_config_unref);
  guint64 seed;
  if (config != NULL && g_variant_lookup (scan.first, "seed", "t", &seed))
    declaration_set_seed (config->declaration, seed);
  tape_scan_clear (&scan);
  return config;
}
