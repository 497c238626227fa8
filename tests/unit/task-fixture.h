/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A task plugin in a test: opened from settings as a user writes them, without registry or manager. The
 * plugin's sources are linked into the test.
 */
#pragma once

#include "base/options.h"
#include "harness.h"
#include "plugin/host.h"
#include <math.h>

typedef struct {
  const GlompoPlugin *plugin;
  PluginHost host;
  Options *options;
  gpointer self; /* NULL: refused */
  GlompoParameters space;
  GlompoTarget target;
} Fixture;

static inline void
fixture_set (Options *options, const char *settings)
{
  g_auto (GStrv) pairs = g_strsplit (settings, ";", -1);
  for (gsize i = 0; pairs[i] != NULL && *g_strstrip (pairs[i]) != '\0'; i++)
    {
      g_auto (GStrv) pair = g_strsplit (pairs[i], "=", 2);
      g_autoptr (GError) error = NULL;
      options_set (options, g_strstrip (pair[0]), g_strstrip (pair[1]), &error);
      TEST_NO_ERROR (error);
    }
}

/* settings: "name=value; name=value". Returns whether the task accepted them. */
static inline gboolean
fixture_open (Fixture *f, guint64 seed, const char *settings)
{
  *f = (Fixture){ .plugin = glompo_plugin_entry (GLOMPO_ABI_MAJOR, GLOMPO_ABI_MINOR) };
  RandomStream random;
  random_init (&random, seed, RANDOM_TASK, 0);
  plugin_host_init (&f->host, random);
  f->options = options_new (f->plugin->options, f->plugin->n_options, f->plugin->options_size);
  fixture_set (f->options, settings);
  f->self = f->plugin->task->create (options_data (f->options), seed, &f->host.table);
  if (f->self == NULL)
    return FALSE;
  f->space.struct_size = sizeof f->space;
  f->target.struct_size = sizeof f->target;
  CU_ASSERT (f->plugin->task->parameters (f->self, &f->space));
  f->plugin->task->target (f->self, &f->target);
  return TRUE;
}

static inline void
fixture_close (Fixture *f)
{
  if (f->self != NULL)
    f->plugin->task->destroy (f->self);
  options_unref (f->options);
  plugin_host_clear (&f->host);
}

static inline double
fixture_value_seeded (Fixture *f, const double *x, guint64 seed)
{
  GlompoResult result = { .struct_size = sizeof result, .seed = seed };
  f->plugin->task->evaluate (f->self, x, &result);
  return result.f;
}

static inline double
fixture_value (Fixture *f, const double *x)
{
  return fixture_value_seeded (f, x, 1);
}

/* Checks that the task refuses the settings with a message that contains part. */
static inline void
fixture_refused (const char *settings, const char *part)
{
  Fixture f;
  CU_ASSERT (!fixture_open (&f, 1, settings));
  g_autofree char *text = plugin_host_take_failure (&f.host, "accepted");
  TEST_CONTAINS (text, part);
  fixture_close (&f);
}

/* A point of the box about the centre, at most reach sides of the box away from it in each coordinate. */
static inline void
fixture_near_point (const Fixture *f, RandomStream *random, const double *centre, double reach, double *x)
{
  for (gsize i = 0; i < f->space.n; i++)
    {
      double side = f->space.upper[i] - f->space.lower[i];
      double moved = centre[i] + reach * side * (2 * random_uniform (random) - 1);
      x[i] = CLAMP (moved, f->space.lower[i], f->space.upper[i]);
    }
}

/* A point uniform in the box. */
static inline void
fixture_random_point (const Fixture *f, RandomStream *random, double *x)
{
  random_uniforms (random, f->space.n, x);
  for (gsize i = 0; i < f->space.n; i++)
    x[i] = f->space.lower[i] + (f->space.upper[i] - f->space.lower[i]) * x[i];
}
