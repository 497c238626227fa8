/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The configuration of a run that is to be resumed, from its journal. Thread: any; no state. */
#include "manager/manager-private.h"
#include <string.h>

/* Keys of [glompo] that may change from session to session: they change what will be done, not what was. */
static const char *const free_keys[]
    = { "convergence", "max_jobs", "backend", "hunters", "hunt_frequency", "spawn", "status_frequency",
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
