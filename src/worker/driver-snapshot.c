/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How a driver saves the state of its optimizer for a snapshot, and lets a new instance go on from one. Both
 * only when the optimizer has been told every point that it asked for. Thread: the driver's.
 */
#include "worker/driver-private.h"
#include "worker/snapshot.h"
#include <string.h>

static bool
host_write (const GlompoHost *table, const void *data, size_t size)
{
  Driver *driver = ((PluginHost *) table->context)->data;
  if (driver->state == NULL || size > G_MAXUINT - driver->state->len)
    return false;
  g_byte_array_append (driver->state, data, (guint) size);
  return true;
}

static bool
host_read (const GlompoHost *table, void *data, size_t size)
{
  Driver *driver = ((PluginHost *) table->context)->data;
  if (driver->state == NULL || size > driver->state->len - driver->state_at)
    return false;
  memcpy (data, driver->state->data + driver->state_at, size);
  driver->state_at += size;
  return true;
}

static void
let_go_of_state (Driver *driver)
{
  driver->host.table.write = NULL;
  driver->host.table.read = NULL;
  g_clear_pointer (&driver->state, g_byte_array_unref);
}

/* NULL: done. (transfer full) */
static char *
save (Driver *driver, guint32 order)
{
  const WorkerSpec *spec = driver->spec;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = snapshot_part_path (spec->run_directory, order, spec->id);
  SnapshotEntry entry = snapshot_entry (spec->id, driver->points, spec->space->n, &driver->host.random,
                                        driver->plugin->name, driver->plugin->version);
  driver->state = g_byte_array_new ();
  driver->host.table.write = host_write;
  gboolean good = driver->plugin->optimizer->save (driver->self, &driver->host.table);
  char *fault = good ? NULL : plugin_host_take_failure (&driver->host, "its save failed and did not say why");
  if (good && !snapshot_write_part (path, &entry, driver->state, &error))
    fault = g_strdup (error->message);
  let_go_of_state (driver);
  return fault;
}

void
driver_save_if_ordered (Driver *driver)
{
  const GlompoOptimizerVTable *v = driver->plugin->optimizer;
  guint32 order = atomic_load_explicit (&channel_terms (driver->channel)->save_order, memory_order_acquire);
  if (G_LIKELY (order == driver->saved) || !driver->at_rest || driver->fault != NULL || v->save == NULL
      || v->load == NULL || driver->spec->run_directory == NULL)
    return;
  driver->saved = order;
  g_autofree char *fault = save (driver, order);
  channel_post_text (driver->channel, CHANNEL_SAVED, (gint32) order, fault != NULL,
                     fault != NULL ? fault : "");
}

/* Why the instance cannot go on from the entry, or NULL. (transfer full) */
static char *
load (Driver *driver, const SnapshotPart *part)
{
  const WorkerSpec *spec = driver->spec;
  const TermsPast *past = &channel_terms (driver->channel)->past;
  gsize size;
  gconstpointer data = g_bytes_get_data (part->state, &size);
  if (!snapshot_entry_fits (&part->entry, spec->space->n, driver->plugin->name, driver->plugin->version))
    return g_strdup ("it is the state of another plugin, version or number of parameters");
  if (part->entry.position < past->from || part->entry.position > past->until
      || part->entry.points > past->evaluations)
    return g_strdup ("it is not of the past that the journal tells");
  driver->state = g_byte_array_append (g_byte_array_new (), data, (guint) size);
  driver->state_at = 0;
  driver->host.table.read = host_read;
  gboolean good = driver->plugin->optimizer->load (driver->self, &driver->host.table);
  char *fault = NULL;
  if (!good)
    fault = plugin_host_take_failure (&driver->host, "its load failed and did not say why");
  else if (driver->state_at != size)
    fault = g_strdup_printf ("its load read %" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT " bytes",
                             driver->state_at, size);
  let_go_of_state (driver);
  return fault;
}

static void
go_on_from (Driver *driver, const SnapshotEntry *entry)
{
  driver->host.random = entry->random;
  driver->points = entry->points;
  if (entry->points > 0) /* they are those after the last tell() */
    driver_keep_metrics (driver);
  if (!driver_reopen_replay (driver, entry->position))
    return;
  replay_skip (driver->replay, entry->points);
  driver_is_replaying (driver); /* nothing may be left of the past */
}

gboolean
driver_load_snapshot (Driver *driver)
{
  const WorkerSpec *spec = driver->spec;
  const GlompoOptimizerVTable *v = driver->plugin->optimizer;
  const TermsPast *past = &channel_terms (driver->channel)->past;
  if (driver->replay == NULL || past->snapshot[0] == '\0' || v->save == NULL || v->load == NULL)
    return TRUE;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (spec->run_directory, past->snapshot, NULL);
  g_autoptr (Snapshot) snapshot = snapshot_read (path, &error);
  const SnapshotPart *part = snapshot != NULL ? snapshot_find (snapshot, spec->id) : NULL;
  g_autofree char *fault = part != NULL       ? load (driver, part)
                           : snapshot != NULL ? g_strdup ("it has no state of this optimizer")
                                              : g_strdup (error->message);
  if (fault == NULL)
    {
      go_on_from (driver, &part->entry);
      return TRUE;
    }
  g_autofree char *text = g_strdup_printf (
      "it does not go on from the snapshot %s but lives through its whole past: %s", past->snapshot, fault);
  driver_log (driver, GLOMPO_LOG_WARNING, text);
  return FALSE;
}
