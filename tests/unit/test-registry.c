/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The registry: search order, kinds, suggestions, files that are no plugins, what is built in; the probe;
 * the paths. Broken descriptors are in test-descriptor, whole broken plugins in test-broken-plugins.
 */
#include "base/paths.h"
#include "harness.h"
#include "plugin-sample.h"
#include "plugin/registry.h"
#include <json-glib/json-glib.h>
#include <signal.h>
#include <stdlib.h>

#define FIXTURES "tests/fixtures/.libs"

/* ------------------------------------------------------------------------------------------------
 * Files
 * ------------------------------------------------------------------------------------------------ */

static char *
fixture (const char *name)
{
  g_autofree char *relative = g_strdup_printf (FIXTURES "/%s.so", name);
  g_autofree char *path = test_build_file (relative);
  return g_canonicalize_filename (path, NULL);
}

/* Puts dirs at the front of the search path. */
static void
set_search_path (const char *first, const char *second)
{
  g_autofree char *path = g_strdup_printf ("%s:%s", first, second);
  g_setenv ("GLOMPO_PLUGIN_PATH", path, TRUE);
}

/* A directory below the scratch directory with copies of fixtures (FROM, TO pairs, ended by NULL). */
static char *
make_dir (const char *name, ...)
{
  char *dir = g_build_filename (test_scratch_dir (), name, NULL);
  g_mkdir_with_parents (dir, 0700);
  va_list pairs;
  va_start (pairs, name);
  for (const char *from; (from = va_arg (pairs, const char *)) != NULL;)
    {
      g_autofree char *source = fixture (from);
      g_autofree char *target = g_build_filename (dir, va_arg (pairs, const char *), NULL);
      g_autofree char *bytes = NULL;
      gsize size;
      CU_ASSERT_FATAL (g_file_get_contents (source, &bytes, &size, NULL));
      CU_ASSERT_FATAL (g_file_set_contents (target, bytes, (gssize) size, NULL));
    }
  va_end (pairs);
  return dir;
}

static void
find_loads_one_file_once (void)
{
  /* The neighbours would end or crash this program. */
  g_autofree char *dir = make_dir ("once", "load-good", "load-good.so", "crash-constructor",
                                   "crash-constructor.so", "load-leaves", "load-leaves.so", NULL);
  set_search_path (dir, "");
  g_autoptr (GlompoRegistry) registry = registry_new_empty ();
  g_autoptr (GError) error = NULL;
  const GlompoPlugin *plugin = glompo_registry_find (registry, GLOMPO_KIND_TASK, "load-good", &error);
  TEST_NO_ERROR (error);
  CU_ASSERT_FATAL (plugin != NULL);
  TEST_STR (plugin->version, "1.5");
  g_autofree char *path = g_build_filename (dir, "load-good.so", NULL);
  TEST_STR (glompo_registry_get_file (registry, plugin), path);
  CU_ASSERT (glompo_registry_find (registry, GLOMPO_KIND_TASK, "load-good", NULL) == plugin);
  CU_ASSERT (glompo_registry_find (registry, 0, "load-good", NULL) == plugin);
  CU_ASSERT (glompo_registry_load_file (registry, path, NULL) == plugin);
}

/* Descriptors of two registries do not depend on each other, though the module is the same. */
static void
registries_are_independent (void)
{
  g_autofree char *path = fixture ("load-good");
  g_autoptr (GlompoRegistry) first = registry_new_empty ();
  GlompoRegistry *second = registry_new_empty ();
  const GlompoPlugin *a = glompo_registry_load_file (first, path, NULL);
  const GlompoPlugin *b = glompo_registry_load_file (second, path, NULL);
  CU_ASSERT_FATAL (a != NULL && b != NULL);
  CU_ASSERT (a != b);
  glompo_registry_unref (second);
  TEST_STR (a->name, "load-good");
  CU_ASSERT (glompo_registry_get_file (first, a) != NULL);
}

static void
kind_is_checked (void)
{
  g_autofree char *dir = make_dir ("kind", "load-good", "load-good.so", NULL);
  set_search_path (dir, "");
  g_autoptr (GlompoRegistry) registry = registry_new_empty ();
  g_autoptr (GError) error = NULL;
  CU_ASSERT (glompo_registry_find (registry, GLOMPO_KIND_HUNTER, "load-good", &error) == NULL);
  CU_ASSERT_FATAL (error != NULL);
  TEST_INT (error->code, GLOMPO_PLUGIN_ERROR_KIND);
  TEST_CONTAINS (error->message, "kind/load-good.so: ");
  TEST_CONTAINS (error->message, "of kind task, wanted hunter");
}

static void
first_directory_wins (void)
{
  g_autofree char *first = make_dir ("first", "load-good", "load-good.so", NULL);
  g_autofree char *second = make_dir ("second", "load-good", "load-good.so", "load-noisy", "load-noisy.so",
                                      "load-good", "not-a-plugin.txt", NULL);
  set_search_path (first, second);
  g_autoptr (GlompoRegistry) registry = registry_new_empty ();
  const GlompoPlugin *plugin = glompo_registry_find (registry, GLOMPO_KIND_TASK, "load-good", NULL);
  CU_ASSERT_FATAL (plugin != NULL);
  g_autofree char *good = g_build_filename (first, "load-good.so", NULL);
  g_autofree char *noisy = g_build_filename (second, "load-noisy.so", NULL);
  TEST_STR (glompo_registry_get_file (registry, plugin), good);
  g_auto (GStrv) files = glompo_registry_list_files (registry);
  CU_ASSERT (g_strv_contains ((const char *const *) files, good));
  CU_ASSERT (g_strv_contains ((const char *const *) files, noisy));
  guint goods = 0;
  for (char **file = files; *file != NULL; file++)
    {
      goods += g_str_has_suffix (*file, "/load-good.so");
      CU_ASSERT (!g_str_has_suffix (*file, ".txt"));
    }
  TEST_INT (goods, 1);
}

static void
missing_name_is_explained (void)
{
  g_autofree char *dir = make_dir ("missing", "load-good", "load-good.so", NULL);
  set_search_path (dir, "/there/is/no/such/directory");
  g_autoptr (GlompoRegistry) registry = registry_new_empty ();
  g_autoptr (GError) error = NULL;
  CU_ASSERT (glompo_registry_find (registry, GLOMPO_KIND_TASK, "load-god", &error) == NULL);
  CU_ASSERT_FATAL (error != NULL);
  TEST_INT (error->code, GLOMPO_PLUGIN_ERROR_NOT_FOUND);
  TEST_CONTAINS (error->message, "there is no task \"load-god\"");
  TEST_CONTAINS (error->message, dir);
  TEST_CONTAINS (error->message, "/there/is/no/such/directory");
  TEST_CONTAINS (error->message, "did you mean \"load-good\"?");
}

/* A name is never a path. */
static void
names_do_not_leave_the_directories (void)
{
  g_autofree char *dir = make_dir ("jail", NULL);
  g_autofree char *outside = make_dir ("outside", "load-good", "load-good.so", NULL);
  g_autofree char *reachable = g_build_filename (dir, "../outside/load-good.so", NULL);
  CU_ASSERT (g_file_test (outside, G_FILE_TEST_IS_DIR) && g_file_test (reachable, G_FILE_TEST_IS_REGULAR));
  set_search_path (dir, "");
  g_autoptr (GlompoRegistry) registry = registry_new_empty ();
  static const char *const names[] = { "../outside/load-good", "", "load.good", "load-good.so" };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GError) error = NULL;
      CU_ASSERT (glompo_registry_find (registry, GLOMPO_KIND_TASK, names[i], &error) == NULL);
      CU_ASSERT (g_error_matches (error, GLOMPO_PLUGIN_ERROR, GLOMPO_PLUGIN_ERROR_NOT_FOUND));
    }
}

static void
expect_file_refused (const char *path, GlompoPluginError code, const char *part)
{
  g_autoptr (GlompoRegistry) registry = registry_new_empty ();
  g_autoptr (GError) error = NULL;
  CU_ASSERT (glompo_registry_load_file (registry, path, &error) == NULL);
  CU_ASSERT_FATAL (error != NULL);
  CU_ASSERT (error->domain == GLOMPO_PLUGIN_ERROR);
  TEST_INT (error->code, code);
  TEST_CONTAINS (error->message, path);
  TEST_CONTAINS (error->message, part);
}

static void
bad_files_are_refused (void)
{
  g_autofree char *dir = make_dir ("files", "load-good", "load-moved.so", "load-good", "load.good.so",
                                   "load-good", "load-good.dll", NULL);
  g_autofree char *text = g_build_filename (dir, "text.so", NULL);
  g_autofree char *moved = g_build_filename (dir, "load-moved.so", NULL);
  g_autofree char *dotted = g_build_filename (dir, "load.good.so", NULL);
  g_autofree char *suffix = g_build_filename (dir, "load-good.dll", NULL);
  g_autofree char *none = g_build_filename (dir, "none.so", NULL);
  g_autofree char *null = fixture ("load-null");
  g_autofree char *undefined = fixture ("load-undefined");
  CU_ASSERT_FATAL (g_file_set_contents (text, "no shared object\n", -1, NULL));
  expect_file_refused (text, GLOMPO_PLUGIN_ERROR_LOAD, "wanted a shared object");
  expect_file_refused (undefined, GLOMPO_PLUGIN_ERROR_LOAD, "glompo_fixture_defined_nowhere");
  expect_file_refused (null, GLOMPO_PLUGIN_ERROR_SYMBOL, "returned NULL");
  expect_file_refused (moved, GLOMPO_PLUGIN_ERROR_NAME, "wanted \"load-moved\"");
  expect_file_refused (dotted, GLOMPO_PLUGIN_ERROR_NAME, "NAME.so");
  expect_file_refused (suffix, GLOMPO_PLUGIN_ERROR_NAME, "NAME.so");
  expect_file_refused (none, GLOMPO_PLUGIN_ERROR_NOT_FOUND, "no such file");
  expect_file_refused (dir, GLOMPO_PLUGIN_ERROR_NOT_FOUND, "not a file");
}

/* ------------------------------------------------------------------------------------------------
 * Built in
 * ------------------------------------------------------------------------------------------------ */

static void
built_in_comes_first (void)
{
  g_autofree char *dir = make_dir ("built-in", "load-good", "load-good.so", NULL);
  set_search_path (dir, "");
  Sample sample, hunter;
  sample_init_task (&sample);
  sample.plugin.name = "load-good";
  sample.plugin.version = "built in";
  sample_init_hunter (&hunter);
  hunter.plugin.name = "Anything";
  g_autoptr (GlompoRegistry) registry = registry_new_empty ();
  registry_add_built_in (registry, &sample.plugin);
  registry_add_built_in (registry, &hunter.plugin);
  const GlompoPlugin *plugin = glompo_registry_find (registry, GLOMPO_KIND_TASK, "load-good", NULL);
  CU_ASSERT_FATAL (plugin != NULL);
  TEST_STR (plugin->version, "built in");
  CU_ASSERT (glompo_registry_get_file (registry, plugin) == NULL);
  g_autoptr (GPtrArray) all = glompo_registry_list_built_in (registry, 0);
  g_autoptr (GPtrArray) hunters = glompo_registry_list_built_in (registry, GLOMPO_KIND_HUNTER);
  TEST_INT (all->len, 2);
  TEST_INT (hunters->len, 1);
  TEST_STR (((const GlompoPlugin *) all->pdata[0])->name, "Anything");
  g_auto (GStrv) names = registry_list_names (registry, GLOMPO_KIND_HUNTER);
  CU_ASSERT (g_strv_contains ((const char *const *) names, "Anything"));
  CU_ASSERT (g_strv_contains ((const char *const *) names, "load-good"));
  g_autoptr (GError) error = NULL;
  CU_ASSERT (glompo_registry_find (registry, GLOMPO_KIND_CHECKER, "Anything", &error) == NULL);
  CU_ASSERT (g_error_matches (error, GLOMPO_PLUGIN_ERROR, GLOMPO_PLUGIN_ERROR_KIND));
  TEST_CONTAINS (error->message, "of kind hunter, wanted checker");
}

static void
kinds_have_words (void)
{
  TEST_STR (glompo_kind_to_string (GLOMPO_KIND_OPTIMIZER), "optimizer");
  TEST_STR (glompo_kind_to_string (GLOMPO_KIND_CHECKER), "checker");
  CU_ASSERT (glompo_kind_to_string (0) == NULL);
  CU_ASSERT (glompo_kind_to_string (7) == NULL);
}

/* ------------------------------------------------------------------------------------------------
 * Probe and paths
 * ------------------------------------------------------------------------------------------------ */

static JsonObject *
parse_object (const char *text)
{
  g_autoptr (JsonNode) root = json_from_string (text, NULL);
  CU_ASSERT_FATAL (root != NULL && JSON_NODE_HOLDS_OBJECT (root));
  return json_node_dup_object (root);
}

static void
probe_describes (const char *name)
{
  g_autofree char *path = fixture (name);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = glompo_plugin_probe (path, 60000, &error);
  TEST_NO_ERROR (error);
  CU_ASSERT_FATAL (text != NULL);
  g_autoptr (JsonObject) object = parse_object (text);
  TEST_STR (json_object_get_string_member (object, "name"), name);
  TEST_STR (json_object_get_string_member (object, "file"), path);
  TEST_STR (json_object_get_string_member (object, "concurrency"), "concurrent");
  JsonObject *height = json_array_get_object_element (json_object_get_array_member (object, "options"), 0);
  TEST_NEAR (json_object_get_double_member (height, "maximum"), 10.5, 0.0);
  CU_ASSERT (json_object_get_null_member (height, "minimum"));
}

static void
probe_says_what_is_declared (void)
{
  probe_describes ("load-good");
  probe_describes ("load-noisy"); /* what the plugin prints is not taken for the answer */
}

static void
probe_sees_an_exit (void)
{
  g_autofree char *path = fixture ("load-leaves");
  g_autoptr (GError) error = NULL;
  g_autofree char *text = glompo_plugin_probe (path, 60000, &error);
  CU_ASSERT (text == NULL);
  CU_ASSERT (g_error_matches (error, GLOMPO_PLUGIN_ERROR, GLOMPO_PLUGIN_ERROR_CRASHED));
  TEST_CONTAINS (error->message, "ended the process with exit code 3 while it was loaded");
}

static void
probe_hands_refusals_on (void)
{
  g_autofree char *path = fixture ("load-null");
  g_autoptr (GError) here = NULL, there = NULL;
  g_autoptr (GlompoRegistry) registry = registry_new_empty ();
  CU_ASSERT (glompo_registry_load_file (registry, path, &here) == NULL);
  g_autofree char *text = glompo_plugin_probe (path, 60000, &there);
  CU_ASSERT_FATAL (text == NULL && here != NULL && there != NULL);
  TEST_INT (there->code, here->code);
  TEST_STR (there->message, here->message);
}

static void
paths_of_the_build_tree (void)
{
  g_setenv ("GLOMPO_PLUGIN_PATH", ":relative::/absolute/x/../y:", TRUE);
  g_auto (GStrv) dirs = paths_plugin_dirs ();
  g_autofree char *here = g_get_current_dir ();
  g_autofree char *relative = g_build_filename (here, "relative", NULL);
  g_autofree char *as_given = test_build_file ("");
  char *top = realpath (as_given, NULL); /* the library knows its real name only */
  CU_ASSERT_FATAL (top != NULL);
  g_autofree char *own = g_build_filename (top, "plugins", ".libs", NULL);
  g_autofree char *helper = g_build_filename (top, "glompo-probe", NULL);
  g_autofree char *found = paths_helper ("glompo-probe");
  TEST_INT (g_strv_length (dirs), 3);
  TEST_STR (dirs[0], relative);
  TEST_STR (dirs[1], "/absolute/y");
  CU_ASSERT (g_file_test (found, G_FILE_TEST_IS_EXECUTABLE));
  TEST_STR (found, helper);
  TEST_STR (dirs[2], own);
  free (top);
}

/* Whoever loads a plugin waits for children, and for signals that end it. */
static void
signals_are_as_before (void)
{
  g_autoptr (GlompoRegistry) registry = registry_new_empty ();
  g_autofree char *path = fixture ("load-deaf");
  sigset_t mask;
  struct sigaction children;
  CU_ASSERT (glompo_registry_load_file (registry, path, NULL) != NULL);
  CU_ASSERT_FATAL (pthread_sigmask (SIG_SETMASK, NULL, &mask) == 0 && sigaction (SIGCHLD, NULL, &children) == 0);
  TEST_INT (sigismember (&mask, SIGTERM), 0);
  TEST_INT (sigismember (&mask, SIGCHLD), 0);
  CU_ASSERT (children.sa_handler == SIG_DFL);
}

static const TestCase cases[] = {
  { "find loads one file, once", find_loads_one_file_once },
  { "registries are independent", registries_are_independent },
  { "the kind is checked", kind_is_checked },
  { "the first directory wins", first_directory_wins },
  { "a missing name is explained", missing_name_is_explained },
  { "a name is never a path", names_do_not_leave_the_directories },
  { "bad files are refused", bad_files_are_refused },
  { "built in comes first", built_in_comes_first },
  { "signals are as before", signals_are_as_before },
  { "kinds have words", kinds_have_words },
  { "the probe says what is declared", probe_says_what_is_declared },
  { "the probe sees an exit", probe_sees_an_exit },
  { "the probe hands refusals on", probe_hands_refusals_on },
  { "paths of the build tree", paths_of_the_build_tree },
};

TEST_MAIN ("registry", cases)
