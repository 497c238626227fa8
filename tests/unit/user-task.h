/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A task that runs the user's code, opened in a test as the host would: options as pairs of texts, relative
 * paths from the scratch directory of the test on. The plugin's sources are linked into the test.
 */
#pragma once

#include "base/options.h"
#include "harness.h"
#include "plugin/host.h"
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
  const GlompoTaskVTable *slots;
  PluginHost host;
  Options *options;
  gpointer self; /* NULL: refused */
  GlompoParameters space;
  GString *log;
} UserTask;

static inline void
user_task_log (gpointer data, GlompoLogLevel level, const char *text)
{
  if (level >= GLOMPO_LOG_WARNING)
    g_string_append_printf (((UserTask *) data)->log, "%s\n", text);
}

/* Writes an executable file into the scratch directory. (transfer full) */
static inline char *
user_task_script (const char *name, const char *text)
{
  char *path = g_build_filename (test_scratch_dir (), name, NULL);
  g_autoptr (GError) error = NULL;
  g_file_set_contents (path, text, -1, &error);
  TEST_NO_ERROR (error);
  CU_ASSERT (chmod (path, 0755) == 0);
  return path;
}

/* settings: name, value, name, value... NULL. */
static inline gboolean
user_task_open_list (UserTask *t, const char *const *settings)
{
  const GlompoPlugin *plugin = glompo_plugin_entry (GLOMPO_ABI_MAJOR, GLOMPO_ABI_MINOR);
  RandomStream random;
  random_init (&random, 1, RANDOM_TASK, 0);
  *t = (UserTask){ .slots = plugin->task, .log = g_string_new (NULL) };
  plugin_host_init (&t->host, random);
  t->host.base_directory = g_strdup (test_scratch_dir ());
  t->host.log = user_task_log;
  t->host.data = t;
  t->options = options_new (plugin->options, plugin->n_options, plugin->options_size);
  for (gsize i = 0; settings[i] != NULL; i += 2)
    {
      g_autoptr (GError) error = NULL;
      options_set (t->options, settings[i], settings[i + 1], &error);
      TEST_NO_ERROR (error);
    }
  t->self = t->slots->create (options_data (t->options), 1, &t->host.table);
  if (t->self == NULL)
    return FALSE;
  t->space.struct_size = sizeof t->space;
  CU_ASSERT (t->slots->parameters (t->self, &t->space));
  return TRUE;
}
#define user_task_open(T, ...) user_task_open_list (T, (const char *const[]){ __VA_ARGS__, NULL })

static inline void
user_task_close (UserTask *t)
{
  if (t->self != NULL)
    t->slots->destroy (t->self);
  options_unref (t->options);
  plugin_host_clear (&t->host);
  g_string_free (t->log, TRUE);
}

/* In four threads at once, evaluate (a guint *) counts what is as it should be: wanted in each. */
static inline void
user_task_together (GThreadFunc evaluate, guint wanted)
{
  guint good[4] = { 0 };
  GThread *threads[4];
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("evaluator", evaluate, &good[i]);
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    {
      g_thread_join (threads[i]);
      TEST_INT (good[i], wanted);
    }
}

/* Checks that the settings are refused with a message that contains part. */
static inline void
user_task_refused_list (const char *part, const char *const *settings)
{
  UserTask t;
  CU_ASSERT (!user_task_open_list (&t, settings));
  g_autofree char *text = plugin_host_take_failure (&t.host, "accepted");
  TEST_CONTAINS (text, part);
  user_task_close (&t);
}
#define user_task_refused(PART, ...) user_task_refused_list (PART, (const char *const[]){ __VA_ARGS__, NULL })

/* extras may be NULL. */
static inline GlompoResult
user_task_evaluate (UserTask *t, const double *x, double *extras)
{
  GlompoResult result = { .struct_size = sizeof result, .seed = 7ull << 11, .f = NAN, .extras = extras };
  t->slots->evaluate (t->self, x, &result);
  return result;
}

/* The value, or NaN if the evaluation failed. */
static inline double
user_task_value (UserTask *t, const double *x)
{
  GlompoResult result = user_task_evaluate (t, x, NULL);
  return result.status == GLOMPO_STATUS_EVALUATED ? result.f : NAN;
}
