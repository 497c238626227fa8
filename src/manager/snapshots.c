/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Snapshots of the run: when one is made, its making, and which old ones go. All optimizers that can save
 * themselves are ordered to; each does when it has no point out, while the others go on; when all have
 * answered the parts are joined. Nothing here is an event of the run. Thread: the manager's.
 */
#include "manager/snapshots.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <glompo/glompo-journal.h>
#include <string.h>

/* Names with a number are looked for up to here. */
#define COUNT_MOST 1000u

static const CheckpointSettings *
settings_of (const GlompoManager *manager)
{
  return options_data (manager->config->checkpoint);
}

static char *
folder_of (const GlompoManager *manager)
{
  return g_build_filename (manager->directory, SNAPSHOT_FOLDER, NULL);
}

gboolean
snapshots_can_save (const GlompoManager *manager, const Optimizer *optimizer)
{
  const GlompoPlugin *plugin = optimizer->group->plugin;
  const GlompoOptimizerVTable *v = plugin->optimizer;
  gboolean always_out
      = (plugin->capabilities & GLOMPO_CAP_ASYNCHRONOUS) != 0 && optimizer->group->workers > 1;
  return v->save != NULL && v->load != NULL && v->run == NULL && !always_out
         && manager->config->generator->plugin->generator->search == NULL;
}

/* ---- making one ---- */

static void
forget (GlompoManager *manager)
{
  Snapshots *s = &manager->snapshots;
  g_clear_pointer (&s->name, g_free);
  g_clear_pointer (&s->parts, g_ptr_array_unref);
}

static void
report_failure (GlompoManager *manager, const char *why)
{
  gboolean raise = settings_of (manager)->raise_checkpoint_fail;
  g_autofree char *text = g_strdup_printf ("no snapshot was made: %s", why);
  chronicle_message (manager, 0, G_LOG_LEVEL_WARNING, "%s", text);
  if (raise && !manager->ending && !manager->draining && !manager->closing)
    manager_begin_end (manager, GLOMPO_RUN_FAILED, text);
}

static gboolean
is_taken (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  return g_file_test (path, G_FILE_TEST_EXISTS | G_FILE_TEST_IS_SYMLINK);
}

/* (transfer full) */
static char *
new_name (const GlompoManager *manager, const char *folder)
{
  const char *format = settings_of (manager)->naming_format;
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  gboolean counts = strstr (format, "%(count)") != NULL;
  guint count = 0;
  for (guint i = COUNT_MOST; counts && i > 0 && count == 0; i--)
    {
      g_autofree char *name = checkpoint_name (format, now, i - 1);
      count = is_taken (folder, name) ? i : 0;
    }
  g_autofree char *base = checkpoint_name (format, now, count);
  char *name = g_strdup (base);
  for (guint i = 2; is_taken (folder, name); i++)
    {
      g_free (name);
      name = counts ? checkpoint_name (format, now, ++count) : g_strdup_printf ("%s-%u", base, i);
    }
  return name;
}

/* Optimizers that have not come to a rest since the newest snapshot are in the new one as they are in
 * that. */
static void
carry_over (GlompoManager *manager, const char *folder)
{
  Snapshots *s = &manager->snapshots;
  g_autofree char *path = s->newest != NULL ? g_build_filename (folder, s->newest, NULL) : NULL;
  g_autoptr (Snapshot) before = path != NULL ? snapshot_read (path, NULL) : NULL;
  for (guint i = 0; before != NULL && i < manager->alive->len; i++)
    {
      const Optimizer *optimizer = manager->alive->pdata[i];
      const SnapshotPart *old = snapshot_find (before, optimizer->id);
      gboolean is_new = FALSE;
      for (guint j = 0; j < s->parts->len; j++)
        is_new |= ((const SnapshotPart *) s->parts->pdata[j])->entry.id == optimizer->id;
      if (old == NULL || is_new)
        continue;
      SnapshotPart *copy = g_new0 (SnapshotPart, 1);
      copy->entry = old->entry;
      copy->state = g_bytes_ref (old->state);
      g_ptr_array_add (s->parts, copy);
    }
}

static gboolean
write_it (GlompoManager *manager, const char *folder, GError **error)
{
  Snapshots *s = &manager->snapshots;
  SnapshotHead head;
  g_autofree char *path = g_build_filename (folder, s->name, NULL);
  g_autofree char *journal = g_build_filename (manager->directory, GLOMPO_JOURNAL_FILE, NULL);
  return journal_writer_flush (manager->journal, TRUE, error)
         && snapshot_head_for (journal, journal_writer_get_size (manager->journal), manager->run.evaluations,
                               &head, error)
         && snapshot_write (path, &head, s->parts, error);
}

/* Joins the parts that are there. */
static void
finish (GlompoManager *manager)
{
  Snapshots *s = &manager->snapshots;
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = folder_of (manager);
  guint fresh = s->parts->len;
  if (fresh > 0)
    carry_over (manager, folder);
  if (fresh > 0 && !write_it (manager, folder, &error))
    {
      forget (manager); /* first: the run may end for it */
      report_failure (manager, error->message);
      return;
    }
  if (fresh > 0)
    {
      chronicle_message (manager, 0, G_LOG_LEVEL_INFO,
                         "snapshot %s made after %" G_GUINT64_FORMAT " evaluations: %u optimizers%s", s->name,
                         manager->run.evaluations, s->parts->len,
                         fresh < s->parts->len
                             ? ", those in the middle of their points as they were in the one before"
                             : "");
      g_free (s->newest);
      s->newest = g_strdup (s->name);
      shelf_prune (folder, s->newest, settings_of (manager)->keep_past);
    }
  forget (manager);
}

static guint
order_all (GlompoManager *manager)
{
  Snapshots *s = &manager->snapshots;
  guint n = 0;
  s->order++;
  for (guint i = 0; i < manager->alive->len; i++)
    {
      Optimizer *optimizer = manager->alive->pdata[i];
      if (optimizer->worker == NULL || optimizer->ended || !snapshots_can_save (manager, optimizer))
        continue;
      optimizer->save_order = s->order;
      channel_order_save (worker_get_channel (optimizer->worker), s->order);
      n++;
    }
  return n;
}

const char *
snapshots_order (GlompoManager *manager)
{
  Snapshots *s = &manager->snapshots;
  s->last_time = manager_now (manager);
  s->last_evaluations = manager->run.evaluations;
  if (manager->config->settings->journal_points != JOURNAL_ALL || manager->journal == NULL
      || manager->closing)
    return NULL;
  if (s->name != NULL && s->parts->len == 0)
    return s->name; /* nobody has come to a rest since it was ordered */
  if (s->name != NULL)
    finish (manager);
  g_autofree char *folder = folder_of (manager);
  if (g_mkdir (folder, 0777) != 0 && (errno != EEXIST || !g_file_test (folder, G_FILE_TEST_IS_DIR)))
    {
      g_autofree char *why = g_strdup_printf ("cannot make %s: %s", folder, g_strerror (errno));
      report_failure (manager, why);
      return NULL;
    }
  if (order_all (manager) == 0)
    {
      g_rmdir (folder); /* if nothing is in it */
      return NULL;
    }
  s->name = new_name (manager, folder);
  s->parts = g_ptr_array_new_with_free_func ((GDestroyNotify) snapshot_part_free);
  return s->name;
}

void
snapshots_note (GlompoManager *manager, Optimizer *optimizer, const ChannelRecord *record)
{
  Snapshots *s = &manager->snapshots;
  guint32 order = (guint32) record->number;
  g_autofree char *path = snapshot_part_path (manager->directory, order, optimizer->id);
  gboolean wanted = s->name != NULL && order == s->order && optimizer->save_order == order;
  g_autoptr (GError) error = NULL;
  if (optimizer->save_order == order)
    optimizer->save_order = 0;
  SnapshotPart *part = wanted && !record->failed ? snapshot_read_part (path, &error) : NULL;
  g_unlink (path);
  if (!wanted)
    return;
  if (part != NULL && part->entry.id == optimizer->id)
    {
      part->entry.position = journal_writer_get_size (manager->journal);
      g_ptr_array_add (s->parts, part);
      return;
    }
  g_clear_pointer (&part, snapshot_part_free);
  g_autofree char *why = g_strdup_printf ("optimizer %" G_GUINT64_FORMAT " is not in it: %s", optimizer->id,
                                          error != NULL ? error->message : record->text);
  report_failure (manager, why);
}

/* Whether it comes to answer: not if it rests in the middle of its points, or has no turn. */
static gboolean
may_answer (const GlompoManager *manager, const Optimizer *optimizer)
{
  if (optimizer->worker == NULL || optimizer->ended)
    return FALSE;
  if (optimizer->state == LIFE_STOPPING)
    return TRUE;
  return optimizer->state == LIFE_ACTIVE
         && (!manager->config->settings->deterministic || optimizer->portions.length > 0);
}

/* TRUE: somebody has not answered and still may. */
static gboolean
is_owed (const GlompoManager *manager)
{
  for (guint i = 0; i < manager->alive->len; i++)
    {
      const Optimizer *optimizer = manager->alive->pdata[i];
      if (optimizer->save_order == manager->snapshots.order && may_answer (manager, optimizer))
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_due (const GlompoManager *manager)
{
  const CheckpointSettings *settings = settings_of (manager);
  const Snapshots *s = &manager->snapshots;
  gint64 waited = g_get_monotonic_time () - s->last_time;
  return (settings->checkpoint_time_frequency > 0
          && (double) waited >= settings->checkpoint_time_frequency * G_USEC_PER_SEC)
         || (settings->checkpoint_iter_frequency > 0
             && manager->run.evaluations - s->last_evaluations
                    >= (guint64) settings->checkpoint_iter_frequency);
}

void
snapshots_look (GlompoManager *manager)
{
  if (manager->tape != NULL || manager->held || manager->closing || manager->journal == NULL)
    return;
  if (manager->snapshots.name != NULL && !is_owed (manager))
    finish (manager);
  if (!manager->ending && !manager->draining && is_due (manager))
    snapshots_order (manager);
}

/* Those that have used up their leave may have rested since they were looked at last. */
static void
take_last (GlompoManager *manager)
{
  for (guint i = 0; i < manager->alive->len; i++)
    {
      Optimizer *optimizer = manager->alive->pdata[i];
      ChannelRecord record;
      if (optimizer->worker == NULL || !g_queue_is_empty (&optimizer->portions) || optimizer->save_order == 0)
        continue;
      while (channel_read (worker_get_channel (optimizer->worker), &record)
             && record.type != CHANNEL_EVALUATION)
        if (record.type == CHANNEL_SAVED)
          snapshots_note (manager, optimizer, &record);
      channel_release (worker_get_channel (optimizer->worker));
    }
}

void
snapshots_end (GlompoManager *manager)
{
  if (manager->snapshots.name == NULL || manager->journal == NULL || manager->tape != NULL)
    return;
  if (manager->draining)
    take_last (manager);
  finish (manager);
}

void
snapshots_begin (GlompoManager *manager)
{
  Snapshots *s = &manager->snapshots;
  g_autofree char *folder = folder_of (manager);
  s->last_time = g_get_monotonic_time ();
  s->last_evaluations = manager->run.evaluations;
  shelf_sweep (folder);
  if (settings_of (manager)->checkpoint_at_init && !manager->resume)
    snapshots_order (manager);
}

void
snapshots_clear (GlompoManager *manager)
{
  forget (manager);
  g_clear_pointer (&manager->snapshots.newest, g_free);
  g_clear_pointer (&manager->snapshots.shelf, g_ptr_array_unref);
}

gboolean
glompo_manager_checkpoint (GlompoManager *manager, char **out_name, GError **error)
{
  gboolean outside = manager_enter (manager);
  gboolean good = manager->backend != NULL && manager->journal != NULL && !manager->ending
                  && !manager->closing && !manager->draining && manager->end_time == 0;
  const char *name = good ? snapshots_order (manager) : NULL;
  if (!good)
    g_set_error_literal (error, GLOMPO_RUN_ERROR, GLOMPO_RUN_ERROR_STATE, "the run is ending");
  if (out_name != NULL)
    *out_name = g_strdup (name);
  manager_leave (manager, outside);
  return good;
}
