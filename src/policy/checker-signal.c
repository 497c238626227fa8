/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Signal: the process has received that signal since the run began. The signal is caught by GLib, which keeps
 * the handler as long as somebody waits; it is looked for in the main context of the thread that creates the
 * checker, the manager's.
 */
#include "policy/component.h"
#include <glib-unix.h>
#include <signal.h>

typedef struct {
  int32_t signal;
} Settings;

typedef struct {
  gint n; /* times that it came; in whatever thread the source is */
  GSource *source;
} Signal;

enum { TIMES };

static const char *const names[] = { "USR1", "USR2", NULL };
static const int numbers[] = { SIGUSR1, SIGUSR2 };

static const GlompoOption options[] = {
  GLOMPO_OPT_CHOICE (Settings, signal, names, NULL, "the signal, as for kill -s"),
};

static gboolean
note (gpointer data)
{
  g_atomic_int_inc (&((Signal *) data)->n);
  return G_SOURCE_CONTINUE;
}

static void *
signal_create (const GlompoProblem *problem, const void *given, uint64_t seed, const GlompoHost *host)
{
  Signal *checker = g_new0 (Signal, 1);
  checker->source = g_unix_signal_source_new (numbers[((const Settings *) given)->signal]);
  g_source_set_callback (checker->source, note, checker, NULL);
  g_source_attach (checker->source, g_main_context_get_thread_default ());
  return checker;
}

static void
signal_destroy (void *self)
{
  Signal *checker = self;
  g_source_destroy (checker->source);
  g_source_unref (checker->source);
  g_free (checker);
}

static bool
signal_test (void *self, const GlompoRun *run, double *figures)
{
  figures[TIMES] = (double) g_atomic_int_get (&((Signal *) self)->n);
  return figures[TIMES] > 0.0;
}

static void
signal_explain (void *self, const double *figures, char *text, size_t size)
{
  component_print (text, size, "received % times", figures[TIMES]);
}

static const GlompoCheckerVTable vtable = {
  .struct_size = sizeof vtable,
  .create = signal_create,
  .destroy = signal_destroy,
  .test = signal_test,
  .explain = signal_explain,
};

const GlompoPlugin checker_signal = {
  COMPONENT (GLOMPO_KIND_CHECKER, "Signal", "the process has received a signal"),
  GLOMPO_PLUGIN_OPTIONS (Settings, options),
  .checker = &vtable,
};
