/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The snapshots in a run directory. Thread: the manager's. */
#include "manager/snapshots.h"
#include <glib/gstdio.h>
#include <string.h>

typedef struct {
  char *name, *path;
  SnapshotHead head;
  Snapshot *snapshot; /* read when it is needed first, or NULL */
  gboolean refused;   /* of no use; said so */
} Item;

static void
item_free (Item *item)
{
  g_free (item->name);
  g_free (item->path);
  snapshot_free (item->snapshot);
  g_free (item);
}

static gint
newest_first (gconstpointer a, gconstpointer b)
{
  const Item *one = *(Item *const *) a, *other = *(Item *const *) b;
  return one->head.time != other->head.time ? (one->head.time < other->head.time ? 1 : -1)
                                            : strcmp (other->name, one->name);
}

static gboolean
is_unfinished (const char *name)
{
  return g_str_has_prefix (name, ".part-") || g_str_has_prefix (name, ".new-");
}

/* Those whose head is good, the newest first; manager: to be told of the others, or NULL. (transfer full) */
static GPtrArray *
read_shelf (const char *folder, GlompoManager *manager)
{
  GPtrArray *items = g_ptr_array_new_with_free_func ((GDestroyNotify) item_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  for (const char *name; dir != NULL && (name = g_dir_read_name (dir)) != NULL;)
    {
      g_autoptr (GError) error = NULL;
      if (name[0] == '.')
        continue;
      Item *item = g_new0 (Item, 1);
      item->name = g_strdup (name);
      item->path = g_build_filename (folder, name, NULL);
      if (snapshot_read_head (item->path, &item->head, &error))
        {
          g_ptr_array_add (items, item);
          continue;
        }
      if (manager != NULL)
        chronicle_message (manager, 0, G_LOG_LEVEL_WARNING, "a snapshot is passed over: %s", error->message);
      item_free (item);
    }
  g_ptr_array_sort (items, newest_first);
  return items;
}

static void
refuse (GlompoManager *manager, Item *item, const char *why)
{
  item->refused = TRUE;
  chronicle_message (manager, 0, G_LOG_LEVEL_WARNING, "a snapshot is passed over: %s", why);
}

/* FALSE: it cannot be used. */
static gboolean
open_item (GlompoManager *manager, Item *item)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *journal = g_build_filename (manager->directory, GLOMPO_JOURNAL_FILE, NULL);
  if (item->refused || item->snapshot != NULL)
    return !item->refused;
  if (!snapshot_head_matches (&item->head, journal, manager->end_of_past))
    {
      g_autofree char *why = g_strdup_printf (
          "%s: it belongs to another journal, or to a part that the journal has lost", item->path);
      refuse (manager, item, why);
      return FALSE;
    }
  item->snapshot = snapshot_read (item->path, &error);
  if (item->snapshot == NULL)
    refuse (manager, item, error->message);
  return item->snapshot != NULL;
}

gboolean
shelf_choose (GlompoManager *manager, const Optimizer *optimizer, TermsPast *past)
{
  const GlompoPlugin *plugin = optimizer->group->plugin;
  Snapshots *s = &manager->snapshots;
  if (!snapshots_can_save (manager, optimizer))
    return FALSE;
  g_autofree char *folder = g_build_filename (manager->directory, SNAPSHOT_FOLDER, NULL);
  if (s->shelf == NULL)
    s->shelf = read_shelf (folder, manager);
  for (guint i = 0; i < s->shelf->len; i++)
    {
      Item *item = s->shelf->pdata[i];
      const SnapshotPart *part
          = open_item (manager, item) ? snapshot_find (item->snapshot, optimizer->id) : NULL;
      if (part == NULL || part->entry.points > past->evaluations || part->entry.position < past->from
          || part->entry.position > past->until || strlen (item->name) > SNAPSHOT_NAME_MAX
          || !snapshot_entry_fits (&part->entry, manager->space->n, plugin->name, plugin->version))
        continue;
      g_autofree char *relative = g_build_filename (SNAPSHOT_FOLDER, item->name, NULL);
      g_strlcpy (past->snapshot, relative, sizeof past->snapshot);
      if (s->newest == NULL)
        s->newest = g_strdup (item->name);
      return TRUE;
    }
  return FALSE;
}

void
shelf_sweep (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  for (const char *name; dir != NULL && (name = g_dir_read_name (dir)) != NULL;)
    if (is_unfinished (name))
      g_ptr_array_add (paths, g_build_filename (folder, name, NULL));
  for (guint i = 0; i < paths->len; i++)
    g_unlink (paths->pdata[i]);
}

void
shelf_prune (const char *folder, const char *newest, gint64 keep)
{
  if (keep < 0)
    return;
  g_autoptr (GPtrArray) items = read_shelf (folder, NULL);
  for (guint i = 0; i < items->len; i++)
    {
      const Item *item = items->pdata[i];
      if (!g_str_equal (item->name, newest) && keep-- <= 0)
        g_unlink (item->path);
    }
}

/* The user's own files in a folder of that name stay. */
gboolean
shelf_remove (const char *folder)
{
  g_autoptr (GPtrArray) items = read_shelf (folder, NULL);
  gboolean good = TRUE;
  shelf_sweep (folder);
  for (guint i = 0; i < items->len; i++)
    good = g_unlink (((const Item *) items->pdata[i])->path) == 0 && good;
  g_rmdir (folder);
  return good;
}
