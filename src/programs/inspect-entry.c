/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect-entry.h"
#include <string.h>

#define PROBES_AT_ONCE 4

void
entry_free (gpointer data)
{
  Entry *entry = data;
  g_free (entry->name);
  g_free (entry->file);
  g_free (entry->json);
  g_clear_pointer (&entry->object, json_object_unref);
  g_clear_error (&entry->error);
  g_free (entry);
}

/* Takes json. */
static void
entry_parse (Entry *entry, char *json)
{
  g_autofree char *text = json;
  g_autoptr (JsonNode) root = json_from_string (text, &entry->error);
  if (root != NULL && JSON_NODE_HOLDS_OBJECT (root))
    {
      entry->object = json_object_ref (json_node_get_object (root));
      entry->json = g_steal_pointer (&text);
    }
  else if (entry->error == NULL)
    g_set_error (&entry->error, GLOMPO_PLUGIN_ERROR, GLOMPO_PLUGIN_ERROR_CRASHED, "%s: no description",
                 entry->file);
}

Entry *
entry_new_built_in (const GlompoPlugin *plugin)
{
  Entry *entry = g_new0 (Entry, 1);
  entry->name = g_strdup (plugin->name);
  entry_parse (entry, glompo_plugin_to_json (plugin, NULL));
  return entry;
}

Entry *
entry_new_file (const char *file, guint timeout_ms)
{
  Entry *entry = g_new0 (Entry, 1);
  entry->file = g_canonicalize_filename (file, NULL);
  entry->name = g_path_get_basename (file);
  if (g_str_has_suffix (entry->name, ".so"))
    entry->name[strlen (entry->name) - strlen (".so")] = '\0';
  entry->timeout_ms = timeout_ms;
  return entry;
}

void
entry_probe (Entry *entry)
{
  char *json = glompo_plugin_probe (entry->file, entry->timeout_ms, &entry->error);
  if (json != NULL)
    entry_parse (entry, json);
}

static void
probe_in_pool (gpointer entry, gpointer unused)
{
  entry_probe (entry);
}

void
entries_probe (GPtrArray *entries)
{
  GThreadPool *pool = g_thread_pool_new (probe_in_pool, NULL, PROBES_AT_ONCE, FALSE, NULL);
  for (guint i = 0; i < entries->len; i++)
    if (((Entry *) entries->pdata[i])->file != NULL)
      g_thread_pool_push (pool, entries->pdata[i], NULL);
  g_thread_pool_free (pool, FALSE, TRUE);
}

const char *
entry_text (JsonObject *object, const char *key)
{
  return json_object_get_string_member_with_default (object, key, NULL);
}

gboolean
entry_is_of_kind (const Entry *entry, GlompoKind kind)
{
  return kind == 0 || entry->object == NULL
         || g_strcmp0 (entry_text (entry->object, "kind"), glompo_kind_to_string (kind)) == 0;
}

const char *
entry_reason (const Entry *entry)
{
  const char *message = entry->error->message;
  if (entry->file != NULL && g_str_has_prefix (message, entry->file))
    {
      message += strlen (entry->file);
      message += strspn (message, ": ");
    }
  return message;
}

/* As in GlompoKind; of a broken one: behind all of them. */
static int
rank_of_kind (const Entry *entry)
{
  const char *word = entry->object != NULL ? entry_text (entry->object, "kind") : NULL, *kind;
  int rank = 1;
  while ((kind = glompo_kind_to_string ((GlompoKind) rank)) != NULL && g_strcmp0 (kind, word) != 0)
    rank++;
  return rank;
}

int
entries_compare (gconstpointer a, gconstpointer b)
{
  const Entry *const *left = a, *const *right = b;
  int difference = rank_of_kind (*left) - rank_of_kind (*right);
  return difference != 0 ? difference : strcmp ((*left)->name, (*right)->name);
}
