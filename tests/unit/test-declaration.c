/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a task declares: learnt once for each seed, here or in another process, with what it says and what
 * goes wrong; and the seed of the next run. */
#include "harness.h"
#include "model/declaration.h"
#include "plugin-sample.h"

static int created, destroyed;
static uint64_t last_seed;

static void *
count_create (const void *options, uint64_t seed, const GlompoHost *host)
{
  created++;
  last_seed = seed;
  host->log (host, GLOMPO_LOG_WARNING, "one thing");
  host->log (host, GLOMPO_LOG_INFO, "another\xff thing");
  return &created;
}

static void *
fail_create (const void *options, uint64_t seed, const GlompoHost *host)
{
  created++;
  host->fail (host, "the file is gone");
  return NULL;
}

static void
count_destroy (void *self)
{
  destroyed++;
}

static bool
two_parameters (void *self, GlompoParameters *out)
{
  static const double lower[] = { 0.1, -2 }, upper[] = { 0.3, 7 };
  static const char *const names[] = { "a", "b = c" };
  out->n = 2;
  out->lower = lower;
  out->upper = upper;
  out->names = names;
  return true;
}

static void
keep (gpointer data, GlompoLogLevel level, const char *text)
{
  g_string_append_printf (data, "%d %s;", (int) level, text);
}

static void
sample_begin (Sample *sample)
{
  sample_init_task (sample);
  sample->plugin.name = "sample";
  sample->task.create = count_create;
  sample->task.destroy = count_destroy;
  sample->task.parameters = two_parameters;
  created = destroyed = 0;
}

/* Whoever asks again gets the same, with all that was said, and what he does to it is his own affair. */
static void
test_once (void)
{
  Sample sample;
  sample_begin (&sample);
  g_autoptr (GString) said = g_string_new (NULL);
  Declaration *declaration = declaration_new (&sample.plugin, NULL, NULL, NULL, 0);
  for (int i = 0; i < 3; i++)
    {
      g_autoptr (GError) error = NULL;
      g_string_truncate (said, 0);
      g_autoptr (Space) space = declaration_make_space (declaration, 5, keep, said, &error);
      TEST_NO_ERROR (error);
      CU_ASSERT_FATAL (space != NULL);
      TEST_INT (space->n, 2);
      TEST_STR (space->names[1], "b = c");
      TEST_NEAR (space->lower[0], 0.1, 0.0);
      TEST_NEAR (space->upper[0], 0.3, 0.0);
      TEST_INT (space->concurrency, GLOMPO_GLOBAL_LOCK);
      TEST_STR (said->str, "2 one thing;1 another\357\277\275 thing;");
      space->lower[0] = 9;
    }
  TEST_INT (created, 1);
  TEST_INT (destroyed, 1);
  g_string_truncate (said, 0);
  g_autoptr (Space) any = declaration_make_any_space (declaration, 6, keep, said, NULL);
  CU_ASSERT (any != NULL);
  TEST_STR (said->str, "2 one thing;1 another\357\277\275 thing;");
  TEST_INT (created, 1);
  uint64_t before = last_seed;
  g_autoptr (Space) other = declaration_make_space (declaration, 6, NULL, NULL, NULL);
  CU_ASSERT (other != NULL && last_seed != before);
  TEST_INT (created, 2);
  declaration_unref (declaration);
}

static void
test_failure (void)
{
  Sample sample;
  sample_begin (&sample);
  sample.task.create = fail_create;
  Declaration *declaration = declaration_new (&sample.plugin, NULL, NULL, NULL, 0);
  for (int i = 0; i < 2; i++)
    {
      g_autoptr (GError) error = NULL;
      CU_ASSERT (declaration_make_space (declaration, 5, NULL, NULL, &error) == NULL);
      CU_ASSERT (g_error_matches (error, GLOMPO_PLUGIN_ERROR, GLOMPO_PLUGIN_ERROR_CREATE));
      TEST_STR (error->message, "task sample: the file is gone");
    }
  TEST_INT (created, 1);
  declaration_unref (declaration);
}

static void
test_seeds (void)
{
  Sample sample;
  sample_begin (&sample);
  Declaration *declaration = declaration_new (&sample.plugin, NULL, NULL, NULL, 0);
  guint64 seed = declaration_get_seed (declaration);
  CU_ASSERT (seed < (G_GUINT64_CONSTANT (1) << 53));
  CU_ASSERT (declaration_get_seed (declaration) == seed);
  CU_ASSERT (declaration_take_seed (declaration) == seed);
  CU_ASSERT (declaration_take_seed (declaration) != seed); /* once in 2^53 */
  declaration_set_seed (declaration, 7);
  CU_ASSERT (declaration_get_seed (declaration) == 7);
  CU_ASSERT (declaration_take_seed (declaration) == 7);
  CU_ASSERT (declaration_get_seed (declaration) != 7);
  declaration_unref (declaration);
}

/* ---- in another process ---- */

static Declaration *
from_file (GlompoRegistry *registry, const char *name, Options **out_options, double timeout)
{
  g_autofree char *base = g_strdup_printf ("tests/fixtures/.libs/%s.so", name);
  g_autofree char *path = test_build_file (base);
  g_autoptr (GError) error = NULL;
  const GlompoPlugin *task = glompo_registry_load_file (registry, path, &error);
  TEST_NO_ERROR (error);
  CU_ASSERT_FATAL (task != NULL);
  *out_options = options_new (task->options, task->n_options, task->options_size);
  return declaration_new (task, path, *out_options, NULL, timeout);
}

static void
test_other_process (void)
{
  g_autoptr (GlompoRegistry) registry = glompo_registry_new ();
  g_autoptr (Options) options = NULL;
  g_autofree char *note = g_build_filename (test_scratch_dir (), "note", NULL);
  g_autofree char *text = NULL;
  Declaration *declaration = from_file (registry, "task-trouble", &options, 60);
  CU_ASSERT (options_set (options, "note", note, NULL));
  for (int i = 0; i < 2; i++)
    {
      g_autoptr (Space) space = declaration_make_space (declaration, 1, NULL, NULL, NULL);
      CU_ASSERT_FATAL (space != NULL);
      TEST_INT (space->n, 3);
    }
  CU_ASSERT (g_file_get_contents (note, &text, NULL, NULL));
  TEST_CONTAINS (text, "glompo-probe ");
  CU_ASSERT (strchr (text, '\n') == strrchr (text, '\n')); /* one line */
  declaration_unref (declaration);
}

static void
expect_trouble (const char *trouble, double timeout, GlompoPluginError code, const char *part)
{
  g_autoptr (GlompoRegistry) registry = glompo_registry_new ();
  g_autoptr (Options) options = NULL;
  g_autoptr (GError) error = NULL;
  Declaration *declaration = from_file (registry, "task-trouble", &options, timeout);
  CU_ASSERT (options_set (options, "at", "look", NULL) && options_set (options, "trouble", trouble, NULL));
  CU_ASSERT (declaration_make_space (declaration, 1, NULL, NULL, &error) == NULL);
  CU_ASSERT (g_error_matches (error, GLOMPO_PLUGIN_ERROR, (int) code));
  TEST_CONTAINS (error != NULL ? error->message : "nothing", part);
  declaration_unref (declaration);
}

static void
test_trouble (void)
{
  expect_trouble ("segfault", 60, GLOMPO_PLUGIN_ERROR_CRASHED, "task task-trouble: crashed with signal 11");
  expect_trouble ("exit0", 60, GLOMPO_PLUGIN_ERROR_CRASHED,
                  "task task-trouble: ended the process with exit code 0");
  expect_trouble ("hang", 0.2, GLOMPO_PLUGIN_ERROR_HUNG, "within 0.2 s");
}

/* A file that has changed since it was loaded says so itself. */
static void
test_gone (void)
{
  g_autoptr (GlompoRegistry) registry = glompo_registry_new ();
  g_autoptr (Options) options = NULL;
  g_autoptr (GError) error = NULL;
  Declaration *loaded = from_file (registry, "task-trouble", &options, 60);
  g_autofree char *path = test_build_file ("tests/fixtures/.libs/task-trouble.so");
  Declaration *declaration = declaration_new (glompo_registry_load_file (registry, path, NULL),
                                              "/nowhere/task-trouble.so", options, NULL, 60);
  CU_ASSERT (declaration_make_space (declaration, 1, NULL, NULL, &error) == NULL);
  CU_ASSERT (g_error_matches (error, GLOMPO_PLUGIN_ERROR, GLOMPO_PLUGIN_ERROR_NOT_FOUND));
  declaration_unref (declaration);
  declaration_unref (loaded);
}

static const TestCase cases[] = {
  { "once", test_once },
  { "failure", test_failure },
  { "seeds", test_seeds },
  { "in another process", test_other_process },
  { "trouble there", test_trouble },
  { "a file that is gone", test_gone },
};
TEST_MAIN ("declaration", cases)
