/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Contract: in-force.h. Programs that do not know the record of a change wrote a message of the run instead,
 * "changed in the run: KEY = VALUE"; in sessions of other programs such a message is one like any other.
 */
#include "journal/in-force.h"
#include "base/text.h"
#include <string.h>

#define CHANGED "changed in the run: "
#define IS " = "

struct _InForce {
  GHashTable *values;
  GPtrArray *changed;  /* keys changed since the last session began */
  guint64 max_jobs;
  gboolean in_messages; /* changes of this session are messages */
};

InForce *
in_force_new (void)
{
  InForce *in_force = g_new0 (InForce, 1);
  in_force->values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  in_force->changed = g_ptr_array_new_with_free_func (g_free);
  return in_force;
}

void
in_force_free (InForce *in_force)
{
  if (in_force == NULL)
    return;
  g_hash_table_unref (in_force->values);
  g_ptr_array_unref (in_force->changed);
  g_free (in_force);
}

/* TRUE: it is another. */
static gboolean
set (InForce *in_force, const char *key, const char *value)
{
  const char *before = in_force_get (in_force, key);
  if (g_strcmp0 (before, value) == 0)
    return FALSE;
  g_hash_table_replace (in_force->values, g_strdup (key), g_strdup (value));
  return TRUE;
}

static gboolean
take_session (InForce *in_force, GVariant *details, InForceChanged changed, gpointer data)
{
  g_autoptr (GVariant) settings = g_variant_lookup_value (details, "settings", G_VARIANT_TYPE ("a{ss}"));
  gboolean first = g_hash_table_size (in_force->values) == 0;
  const char *key, *value;
  GVariantIter iter;
  guint32 records = 0;
  g_variant_lookup (details, "records", "u", &records);
  g_variant_lookup (details, "max_jobs", "t", &in_force->max_jobs);
  in_force->in_messages = records < GLOMPO_RECORD_SETTING_CHANGED;
  g_ptr_array_set_size (in_force->changed, 0);
  if (settings == NULL)
    return FALSE;
  g_variant_iter_init (&iter, settings);
  while (g_variant_iter_next (&iter, "{&s&s}", &key, &value))
    if (set (in_force, key, value) && !first && changed != NULL)
      changed (key, value, FALSE, data);
  return TRUE;
}

static void
take_change (InForce *in_force, const char *key, const char *value, InForceChanged changed, gpointer data)
{
  set (in_force, key, value);
  if (!g_ptr_array_find_with_equal_func (in_force->changed, key, g_str_equal, NULL))
    g_ptr_array_add (in_force->changed, g_strdup (key));
  if (changed != NULL)
    changed (key, value, TRUE, data);
}

static gboolean
take_record (InForce *in_force, GVariant *details, InForceChanged changed, gpointer data)
{
  const char *key, *value;
  if (!g_variant_lookup (details, "key", "&s", &key) || !g_variant_lookup (details, "value", "&s", &value))
    return FALSE;
  g_variant_lookup (details, "max_jobs", "t", &in_force->max_jobs);
  take_change (in_force, key, value, changed, data);
  return TRUE;
}

static gboolean
take_message (InForce *in_force, GVariant *details, InForceChanged changed, gpointer data)
{
  const char *text = "";
  gint64 n;
  g_variant_lookup (details, "text", "&s", &text);
  const char *is = g_str_has_prefix (text, CHANGED) ? strstr (text, IS) : NULL;
  if (is == NULL)
    return FALSE;
  g_autofree char *key = g_strndup (text + strlen (CHANGED), (gsize) (is - text) - strlen (CHANGED));
  if (g_str_equal (key, "max_jobs") && text_to_int64 (is + strlen (IS), &n) && n >= 1)
    in_force->max_jobs = (guint64) n;
  take_change (in_force, key, is + strlen (IS), changed, data);
  return TRUE;
}

gboolean
in_force_take (InForce *in_force, const GlompoRecord *record, InForceChanged changed, gpointer data)
{
  if (record->type == GLOMPO_RECORD_RUN_STARTED)
    return take_session (in_force, record->details, changed, data);
  if (record->type == GLOMPO_RECORD_SETTING_CHANGED)
    return take_record (in_force, record->details, changed, data);
  return record->type == GLOMPO_RECORD_MESSAGE && record->optimizer == 0 && in_force->in_messages
         && take_message (in_force, record->details, changed, data);
}

const char *
in_force_get (const InForce *in_force, const char *key)
{
  return g_hash_table_lookup (in_force->values, key);
}

static gboolean
is_none (const InForce *in_force, const char *key)
{
  const char *text = in_force_get (in_force, key);
  return text == NULL || *text == '\0' || g_str_equal (text, "none");
}

guint64
in_force_get_hunt_frequency (const InForce *in_force)
{
  const char *text = in_force_get (in_force, "hunt_frequency");
  gint64 n;
  if (text == NULL || !text_to_int64 (text, &n) || n < 1)
    return G_MAXUINT64;
  return is_none (in_force, "hunters") && is_none (in_force, "freezers") ? 0 : (guint64) n;
}

guint64
in_force_get_max_jobs (const InForce *in_force)
{
  return in_force->max_jobs;
}

char **
in_force_list_overrides (const InForce *in_force)
{
  char **overrides = g_new0 (char *, in_force->changed->len + 1);
  for (guint i = 0; i < in_force->changed->len; i++)
    {
      const char *key = in_force->changed->pdata[i];
      overrides[i] = g_strdup_printf ("glompo.%s=%s", key, in_force_get (in_force, key));
    }
  return overrides;
}
