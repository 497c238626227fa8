/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An optimizer made on trial in another process: that it can be made, what it says where it cannot, and the
 * deadline, however short it is. */
#include "harness.h"
#include "model/trial.h"

static char first[] = "x", *names[] = { first, NULL };
static double lower[] = { -1 }, upper[] = { 3 }, start[] = { 2 };
static const Space space = { .n = 1, .names = names, .lower = lower, .upper = upper, .given_start = start,
                             .n_task = 1, .task_names = names };

/* With the descriptor of crash-create, whichever file is tried: not every fixture can be loaded here. */
static gboolean
try_fixture (const char *name, double timeout, GError **error)
{
  g_autofree char *base = g_strdup_printf ("tests/fixtures/.libs/%s.so", name);
  g_autofree char *file = test_build_file (base);
  g_autofree char *loaded = test_build_file ("tests/fixtures/.libs/crash-create.so");
  g_autoptr (GlompoRegistry) registry = glompo_registry_new ();
  const GlompoPlugin *plugin = glompo_registry_load_file (registry, loaded, NULL);
  CU_ASSERT_FATAL (plugin != NULL);
  g_autoptr (Options) options = options_new (plugin->options, plugin->n_options, plugin->options_size);
  const Trial trial = { .plugin = plugin,
                        .file = file,
                        .options = options,
                        .space = &space,
                        .max_in_flight = 1,
                        .seed = 1,
                        .timeout = timeout };
  return trial_run (&trial, error);
}

static void
test_made (void)
{
  g_autoptr (GError) error = NULL;
  CU_ASSERT (try_fixture ("never-stops", 60, &error));
  CU_ASSERT (try_fixture ("never-stops", 0, &error)); /* no limit */
  TEST_NO_ERROR (error);
}

static void
test_crash (void)
{
  g_autoptr (GError) error = NULL;
  CU_ASSERT (!try_fixture ("crash-create", 60, &error));
  CU_ASSERT (g_error_matches (error, GLOMPO_PLUGIN_ERROR, GLOMPO_PLUGIN_ERROR_CRASHED));
  TEST_CONTAINS (error != NULL ? error->message : "nothing", "optimizer crash-create: crashed with signal 6");
}

/* Less than a millisecond is a limit too, and is always missed by what never ends. */
static void
test_short_time (void)
{
  static const double seconds[] = { 0.2, 0.001, 1e-4, 1e-300 };
  for (gsize i = 0; i < G_N_ELEMENTS (seconds); i++)
    {
      g_autoptr (GError) error = NULL;
      CU_ASSERT (!try_fixture ("hang-constructor", seconds[i], &error));
      CU_ASSERT (g_error_matches (error, GLOMPO_PLUGIN_ERROR, GLOMPO_PLUGIN_ERROR_HUNG));
      TEST_CONTAINS (error != NULL ? error->message : "nothing",
                     i == 0 ? "did not make an instance within 0.2 s"
                            : "did not make an instance within 0.001 s");
    }
}

static const TestCase cases[] = {
  { "made", test_made },
  { "a crash", test_crash },
  { "a short time", test_short_time },
};
TEST_MAIN ("trial", cases)
