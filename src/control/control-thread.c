/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Contract: glompo-control.h. Everything happens in a thread of its own, with a context of its own, which
 * calls only public functions of the manager: a caller that dawdles keeps nobody waiting but other callers.
 */
#include "control/listener.h"
#include "control/watcher.h"
#include <errno.h>
#include <fcntl.h>
#include <glompo/glompo-control.h>
#include <unistd.h>

struct _GlompoControl {
  GlompoManager *manager;
  char *path;
  int directory;
  GMainContext *context;
  GMainLoop *loop;
  GThread *thread;
};

static void
warn (GlompoControl *control, const char *what, const char *why)
{
  g_autofree char *text = g_strdup_printf ("%s in %s: %s", what, control->path, why);
  glompo_manager_log_message (control->manager, G_LOG_LEVEL_WARNING, text);
}

static gpointer
serve (gpointer data)
{
  GlompoControl *control = data;
  g_autoptr (GError) error = NULL;
  g_main_context_push_thread_default (control->context);
  Listener *listener = listener_new (control->manager, control->directory, &error);
  if (listener == NULL)
    warn (control, "there is no control socket", error->message);
  Watcher *watcher = watcher_new (control->manager, control->directory, control->path);
  g_main_loop_run (control->loop);
  watcher_free (watcher);
  listener_free (listener);
  /* What was destroyed is only let go when the context turns once more. */
  while (g_main_context_iteration (control->context, FALSE))
    ;
  g_main_context_pop_thread_default (control->context);
  return NULL;
}

GlompoControl *
glompo_control_new (GlompoManager *manager, const char *directory)
{
  g_return_val_if_fail (manager != NULL && directory != NULL, NULL);
  GlompoControl *control = g_new0 (GlompoControl, 1);
  g_autoptr (GError) error = NULL;
  control->manager = glompo_manager_ref (manager);
  control->path = g_strdup (directory);
  control->context = g_main_context_new ();
  control->loop = g_main_loop_new (control->context, FALSE);
  control->directory = open (directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (control->directory < 0)
    {
      warn (control, "the run cannot be steered from outside", g_strerror (errno));
      return control;
    }
  control->thread = g_thread_try_new ("glompo-control", serve, control, &error);
  if (control->thread == NULL)
    warn (control, "the run cannot be steered from outside", error->message);
  return control;
}

static gboolean
quit (gpointer data)
{
  g_main_loop_quit (data);
  return G_SOURCE_REMOVE;
}

/* In the loop's own thread: from here it might come before the loop runs, and be lost. */
static void
end_thread (GlompoControl *control)
{
  g_autoptr (GSource) source = g_idle_source_new ();
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, quit, control->loop, NULL);
  g_source_attach (source, control->context);
  g_thread_join (control->thread);
}

void
glompo_control_free (GlompoControl *control)
{
  if (control == NULL)
    return;
  if (control->thread != NULL)
    end_thread (control);
  if (control->directory >= 0)
    close (control->directory);
  g_main_loop_unref (control->loop);
  g_main_context_unref (control->context);
  glompo_manager_unref (control->manager);
  g_free (control->path);
  g_free (control);
}
