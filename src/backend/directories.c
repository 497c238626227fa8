/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "backend/directories.h"
#include "backend/backend.h"
#include "base/files.h"
#include "compat/compat.h"
#include <errno.h>
#include <glib/gstdio.h>

static char *
make_path (const char *run_directory, guint64 id, gint place)
{
  g_autofree char *name = place < 0 ? g_strdup_printf ("%04" G_GUINT64_FORMAT, id)
                                    : g_strdup_printf ("%04" G_GUINT64_FORMAT "-%d", id, place + 1);
  return g_build_filename (run_directory, BACKEND_WORK_FOLDER, name, NULL);
}

char *
directories_path (const Settings *settings, const char *run_directory, guint64 id, gint place)
{
  return settings->private_directories ? make_path (run_directory, id, place) : NULL;
}

gboolean
directories_make (const char *run_directory, guint64 id, const OptimizerGroup *group, GError **error)
{
  WorkersChoice level2 = compat_resolve_workers (group);
  gint places = level2 == WORKERS_SERIAL ? 0 : (gint) group->workers;
  for (gint place = level2 == WORKERS_PROCESSES ? 0 : -1; place < places; place++)
    {
      g_autofree char *path = make_path (run_directory, id, place);
      if (g_mkdir_with_parents (path, 0777) == 0)
        continue;
      g_set_error (error, GLOMPO_RUN_ERROR, GLOMPO_RUN_ERROR_FAILED,
                   "optimizer %" G_GUINT64_FORMAT ": cannot make its private directory %s: %s; once it can "
                   "be made the run can be resumed", id, path, g_strerror (errno));
      directories_remove (run_directory, id, group);
      return FALSE;
    }
  return TRUE;
}

void
directories_remove (const char *run_directory, guint64 id, const OptimizerGroup *group)
{
  for (gint place = -1; place < (gint) group->workers; place++)
    {
      g_autofree char *path = make_path (run_directory, id, place);
      files_remove_tree (path);
    }
  g_autofree char *work = g_build_filename (run_directory, BACKEND_WORK_FOLDER, NULL);
  g_rmdir (work); /* if it was the last one */
}
