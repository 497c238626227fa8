/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The journal comes first. What is appended to it goes to the disk in groups, at least every `journal_sync`;
 * an evaluation that took longer than that, or any with `each`, is on the disk before it has an effect
 * outside the manager: manager_commit() stands before all of these.
 *
 * When the journal cannot be written the run rests: nobody has leave to begin an evaluation, what is under
 * way is taken and kept in memory, and it is tried again until there is room or the run is told to end.
 * Without its directory it ends: room does not help.
 * Thread: the manager's.
 */
#include "manager/manager-private.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <unistd.h>

/* Between attempts to write while the run rests. */
#define RETRY_US 200000
/* A turn comes at least this often: what is due before the next one is done now. */
#define TURN_EVERY_US 50000

static void
command_active (GlompoManager *manager, ChannelCommand command)
{
  gint64 now = g_get_monotonic_time ();
  for (guint i = 0; i < manager->alive->len; i++)
    {
      Optimizer *optimizer = manager->alive->pdata[i];
      if (optimizer->state != LIFE_ACTIVE || optimizer->worker == NULL)
        continue;
      optimizer->last_result = now; /* rest is no silence */
      channel_set_command (worker_get_channel (optimizer->worker), command);
    }
}

void
manager_let_run (GlompoManager *manager, const Optimizer *optimizer)
{
  if (optimizer->worker != NULL)
    channel_set_command (worker_get_channel (optimizer->worker), manager->held ? CHANNEL_PAUSE : CHANNEL_RUN);
}

static void
hold (GlompoManager *manager, const char *why)
{
  if (manager->held)
    return;
  manager->held = TRUE;
  chronicle_message (manager, 0, G_LOG_LEVEL_WARNING,
                     "%s; the run rests until the journal can be written again", why);
  manager->held_size = journal_writer_get_size (manager->journal);
  command_active (manager, CHANNEL_PAUSE);
}

static void
go_on (GlompoManager *manager)
{
  manager->held = FALSE;
  chronicle_message (manager, 0, G_LOG_LEVEL_WARNING,
                     "the journal can be written again, nothing of it is missing");
  command_active (manager, CHANNEL_RUN);
  if (manager->unannounced)
    manager_announce_incumbent (manager);
}

gboolean
manager_commit (GlompoManager *manager)
{
  g_autoptr (GError) error = NULL;
  if (!manager->commit_wanted || manager->journal == NULL || resume_is_past (manager))
    return TRUE;
  if (manager->held)
    return FALSE;
  if (!journal_writer_flush (manager->journal, TRUE, &error))
    {
      hold (manager, error->message);
      return FALSE;
    }
  manager->commit_wanted = FALSE;
  return TRUE;
}

void
manager_announce_incumbent (GlompoManager *manager)
{
  const GlompoRun *run = &manager->run;
  /* Whoever is told of it may act on it. */
  manager->unannounced = manager->observer.incumbent != NULL && !manager_commit (manager);
  if (manager->observer.incumbent != NULL && !manager->unannounced)
    manager->observer.incumbent (manager, run->best_evaluation, run->best_f, run->best_x, run->best_id,
                                 manager->observer_data);
}

void
manager_look_at_journal (GlompoManager *manager)
{
  g_autoptr (GError) error = NULL;
  if (!manager->held && journal_writer_is_failing (manager->journal)
      && !journal_writer_flush (manager->journal, FALSE, &error))
    hold (manager, error->message);
}

/* Nobody tells how long an evaluation took. But of those that each take longer than journal_sync no more can
 * come in a time than it has such spans, and one more, for each worker. One is added for what comes while
 * this one is taken. */
gint64
manager_look_at_pace (GlompoManager *manager, Optimizer *optimizer)
{
  gint64 now = g_get_monotonic_time (), sync = manager->sync_us;
  if (sync == 0)
    return now;
  if (optimizer->emptied - optimizer->anchors[1] >= sync / 2)
    {
      optimizer->anchors[0] = optimizer->anchors[1];
      optimizer->results[0] = optimizer->results[1];
      optimizer->anchors[1] = optimizer->emptied;
      optimizer->results[1] = 0;
    }
  gboolean is_young = now - optimizer->start < sync;
  optimizer->slow_limit
      = is_young ? 0 : optimizer->group->workers * ((now - optimizer->anchors[0]) / sync + 2);
  return now;
}

static void
give_up (GlompoManager *manager)
{
  g_autofree char *text
      = g_strdup_printf ("the run directory %s was removed, and the journal with it: nothing that "
                         "is evaluated can be kept any more",
                         manager->directory);
  manager->failure = g_error_new_literal (GLOMPO_RUN_ERROR, GLOMPO_RUN_ERROR_FAILED, text);
  manager_begin_end (manager, GLOMPO_RUN_FAILED, text);
  manager->end_state = GLOMPO_RUN_FAILED; /* also if it was ending well */
}

static void
try_again (GlompoManager *manager, gint64 now)
{
  if (manager->failure != NULL)
    return;
  if (journal_writer_get_synced (manager->journal) >= manager->held_size)
    {
      go_on (manager);
      return;
    }
  if (now - manager->last_flush < RETRY_US)
    return;
  manager->last_flush = now;
  if (g_access (manager->directory, F_OK) != 0 && errno == ENOENT)
    give_up (manager);
  else
    journal_writer_flush (manager->journal, FALSE, NULL);
}

void
manager_keep_journal (GlompoManager *manager)
{
  gint64 now = g_get_monotonic_time ();
  guint64 size = journal_writer_get_size (manager->journal);
  g_autoptr (GError) error = NULL;
  if (manager->held)
    {
      try_again (manager, now);
      return;
    }
  gboolean each = manager->sync_us == 0 && size != manager->kept_size;
  if (!each && !manager->commit_wanted && now - manager->last_flush + TURN_EVERY_US < manager->sync_us)
    return;
  manager->last_flush = now;
  manager->kept_size = size;
  manager->commit_wanted |= each;
  if (manager->commit_wanted)
    manager_commit (manager);
  else if (!journal_writer_flush (manager->journal, FALSE, &error))
    hold (manager, error->message);
}

gboolean
manager_settle (GlompoManager *manager)
{
  manager->commit_wanted = TRUE;
  return manager_commit (manager);
}
