/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What was configured, out of the journal: the settings in force at its end, and where those are missing the
 * ini text of its first record and the defaults; and what was changed meanwhile. Thread: one at a time.
 */
#include "report/yaml-settings.h"

#include <string.h>

#include "base/text.h"
#include "config/config.h"

void
yaml_put_detail_count (YamlOut *out, const char *key, GVariant *details, const char *name)
{
  guint64 value;

  if (details != NULL && g_variant_lookup (details, name, "t", &value))
    yaml_put_count (out, key, value);
  else
    yaml_put_null (out, key);
}

/* What a key of [glompo] stands for when the user leaves it out; NULL for an unknown key. */
static const char *
default_setting (const char *key)
{
  gsize n;
  const GlompoOption *table = settings_table (&n);

  for (gsize i = 0; i < n; i++)
    if (strcmp (table[i].name, key) == 0)
      return table[i].default_text;
  return NULL;
}

/* The value in use of a key of [glompo]: as recorded, else as the ini file has it. (transfer full) */
static char *
setting (const Summary *summary, GKeyFile *ini, const char *key)
{
  char *text = g_strdup (in_force_get (summary->settings, key));

  if (text != NULL)
    return text;
  text = g_key_file_get_value (ini, "glompo", key, NULL);
  if (text == NULL && summary->started != NULL)
    text = g_strdup (default_setting (key));
  return text;
}

/* The same for an expression: NULL for none. (transfer full) */
static char *
expression (const Summary *summary, GKeyFile *ini, const char *key)
{
  g_autofree char *text = setting (summary, ini, key);

  if (text == NULL || text[0] == '\0' || strcmp (text, "none") == 0)
    return NULL;
  return g_steal_pointer (&text);
}

/* Options of one [optimizer NAME] as the user wrote them; only_workers: those of the group itself. */
static void
put_options (YamlOut *out, GKeyFile *ini, const char *name, gboolean only_workers)
{
  g_autofree char *group = g_strdup_printf ("optimizer %s", name);
  g_auto (GStrv) keys = g_key_file_get_keys (ini, group, NULL, NULL);

  yaml_out_mapping (out, FALSE);
  for (guint i = 0; keys != NULL && keys[i] != NULL; i++)
    {
      g_autofree char *text = g_key_file_get_value (ini, group, keys[i], NULL);
      gboolean workers = g_str_has_prefix (keys[i], "workers");
      if (text == NULL || strcmp (keys[i], "plugin") == 0 || workers != only_workers)
        continue;
      yaml_out_key (out, keys[i]);
      yaml_out_ini_value (out, text);
    }
  yaml_out_mapping_end (out);
}

static void
put_available_optimizers (YamlOut *out, const Summary *summary, GKeyFile *ini)
{
  g_autoptr (GVariant) groups = NULL;
  const char *name, *plugin, *version, *level2;
  guint64 workers;
  GVariantIter iter;

  if (summary->started != NULL)
    groups = g_variant_lookup_value (summary->started, "groups", G_VARIANT_TYPE ("a(sssts)"));
  yaml_out_key (out, "Available Optimizers");
  yaml_out_mapping (out, groups == NULL || g_variant_n_children (groups) == 0);
  if (groups != NULL)
    g_variant_iter_init (&iter, groups);
  for (guint64 i = 0;
       groups != NULL
       && g_variant_iter_next (&iter, "(&s&s&st&s)", &name, &plugin, &version, &workers, &level2);
       i++)
    {
      yaml_out_count (out, i);
      yaml_out_mapping (out, FALSE);
      yaml_put_string (out, "type", plugin);
      yaml_put_string (out, "group", name);
      yaml_put_string (out, "version", version);
      yaml_put_count (out, "workers", workers);
      yaml_put_string (out, "workers_backend", level2);
      yaml_out_key (out, "init_kwargs");
      put_options (out, ini, name, FALSE);
      yaml_out_key (out, "call_kwargs");
      put_options (out, ini, name, TRUE);
      yaml_out_mapping_end (out);
    }
  yaml_out_mapping_end (out);
}

/* "(lower, upper)" of parameter i. (transfer full) */
static char *
bounds_key (const double *lower, const double *upper, gsize i)
{
  char low[TEXT_DOUBLE_SIZE], high[TEXT_DOUBLE_SIZE];

  return g_strdup_printf ("(%s, %s)", text_from_double (lower[i], low), text_from_double (upper[i], high));
}

/* {"(min, max)": [indices]}, in the order in which the pairs first appear. */
static void
put_bounds (YamlOut *out, const Summary *summary)
{
  g_autoptr (GVariant) lower = NULL, upper = NULL;
  gsize n = 0, n_upper = 0;
  const double *low = NULL, *high = NULL;

  if (summary->started != NULL)
    {
      lower = g_variant_lookup_value (summary->started, "lower", G_VARIANT_TYPE ("ad"));
      upper = g_variant_lookup_value (summary->started, "upper", G_VARIANT_TYPE ("ad"));
    }
  if (lower != NULL && upper != NULL)
    {
      low = g_variant_get_fixed_array (lower, &n, sizeof (double));
      high = g_variant_get_fixed_array (upper, &n_upper, sizeof (double));
      n = MIN (n, n_upper);
    }
  g_autoptr (GHashTable) groups
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_array_unref);
  g_autoptr (GPtrArray) order = g_ptr_array_new ();
  for (gsize i = 0; i < n; i++)
    {
      char *key = bounds_key (low, high, i);
      GArray *indices = g_hash_table_lookup (groups, key);
      if (indices == NULL)
        {
          indices = g_array_new (FALSE, FALSE, sizeof (gsize));
          g_hash_table_insert (groups, key, indices);
          g_ptr_array_add (order, key);
        }
      else
        g_free (key);
      g_array_append_val (indices, i);
    }

  yaml_out_key (out, "Bounds");
  yaml_out_mapping (out, order->len == 0);
  for (guint i = 0; i < order->len; i++)
    {
      const GArray *indices = g_hash_table_lookup (groups, g_ptr_array_index (order, i));
      yaml_out_key (out, g_ptr_array_index (order, i));
      yaml_out_list (out, TRUE);
      for (guint j = 0; j < indices->len; j++)
        yaml_out_count (out, g_array_index (indices, gsize, j));
      yaml_out_list_end (out);
    }
  yaml_out_mapping_end (out);
}

const char **
yaml_parameter_names (const Summary *summary)
{
  const char **names = NULL;

  if (summary->started != NULL)
    g_variant_lookup (summary->started, "parameters", "^a&s", &names);
  return names;
}

/* A policy that is one call: its name apart, so that scripts find it. */
static void
put_policy (YamlOut *out, const Summary *summary, GKeyFile *ini, const char *key, const char *name)
{
  g_autofree char *text = expression (summary, ini, key);
  g_autofree char *word = text == NULL ? NULL : g_strndup (text, strcspn (text, "( \t"));

  yaml_put_string (out, name, word);
  yaml_put_string (out, "Expression", text);
}

static void
put_slots (YamlOut *out, const Summary *summary)
{
  if (summary->max_jobs > 0)
    yaml_put_count (out, "Max Jobs", summary->max_jobs);
  else
    yaml_put_null (out, "Max Jobs");
}

static void
put_changes (YamlOut *out, const Summary *summary)
{
  if (summary->changes->len == 0)
    return;
  yaml_out_key (out, "Changes");
  yaml_out_list (out, FALSE);
  for (guint i = 0; i < summary->changes->len; i++)
    {
      const SummaryChange *change = g_ptr_array_index (summary->changes, i);
      yaml_out_mapping (out, FALSE);
      yaml_put_string (out, "Key", change->key);
      yaml_put_string (out, "Value", change->value);
      yaml_put_count (out, "Evaluations", change->evaluations);
      yaml_put_string (out, "When", change->in_run ? "in the run" : "between sessions");
      yaml_put_string (out, "By", change->by);
      yaml_out_mapping_end (out);
    }
  yaml_out_list_end (out);
}

void
yaml_put_settings (YamlOut *out, const Summary *summary)
{
  g_autoptr (GKeyFile) ini = g_key_file_new ();
  const char *text = detail_string (summary->started, "config");
  if (text != NULL)
    g_key_file_load_from_data (ini, text, (gsize) -1, G_KEY_FILE_NONE, NULL);
  g_autofree char *convergence = expression (summary, ini, "convergence");
  g_autofree char *hunters = expression (summary, ini, "hunters");
  g_autofree char *spawn = expression (summary, ini, "spawn");
  g_autofree const char **names = yaml_parameter_names (summary);

  yaml_put_mapping (out, "Settings");
  yaml_put_mapping (out, "x0 Generator");
  put_policy (out, summary, ini, "generator", "Generator");
  yaml_out_mapping_end (out);
  yaml_out_key (out, "Convergence Checker");
  yaml_out_block (out, convergence);
  yaml_out_key (out, "Hunt Conditions");
  yaml_out_block (out, hunters);
  yaml_put_mapping (out, "Optimizer Selector");
  put_policy (out, summary, ini, "selector", "Selector");
  yaml_out_key (out, "Allow Spawn");
  yaml_out_block (out, spawn);
  put_available_optimizers (out, summary, ini);
  yaml_out_mapping_end (out);
  put_slots (out, summary);
  yaml_put_string (out, "Backend", detail_string (summary->started, "backend"));
  yaml_out_key (out, "Parameters");
  yaml_out_list (out, TRUE);
  for (guint i = 0; names != NULL && names[i] != NULL; i++)
    yaml_out_string (out, names[i]);
  yaml_out_list_end (out);
  put_bounds (out, summary);
  put_changes (out, summary);
  yaml_out_mapping_end (out);
}
