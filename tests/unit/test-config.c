/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Configurations: what a good file becomes, and what every broken file of tests/fixtures/ini is told. The
 * plugins are fake-plugins.c's.
 */
#include "config/config.h"
#include "fake-plugins.h"
#include "harness.h"
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#define GOOD                                                                                                 \
  "# a comment\n"                                                                                            \
  "[glompo]\n"                                                                                               \
  "max_jobs = 4\n"                                                                                           \
  "backend = processes\n"                                                                                    \
  "seed = 1\n"                                                                                               \
  "convergence = MaxFuncCalls(100000) | TargetCost(-8379.6577, atol=1e-3)\n"                                 \
  "hunters = EvaluationsUnmoving(100, 0.01) & ValueAnnealing(0.1) | BestUnmoving(6666)\n"                    \
  "hunt_frequency = 5e2\n"                                                                                   \
  "status_frequency = 30.5\n"                                                                                \
  "share_best_solutions = true\n"                                                                            \
  "end_timeout = inf\n"                                                                                      \
  "generator = SinglePointGenerator([1, 2])\n"                                                               \
  "selector = RandomSelector\n"                                                                              \
  "spawn = MaxFuncCalls(5)\n"                                                                                \
  "\n"                                                                                                       \
  "[task]\n"                                                                                                 \
  "plugin = benchmark\n"                                                                                     \
  "function = schwefel\n"                                                                                    \
  "dims = 20\n"                                                                                              \
  "\n"                                                                                                       \
  "# the best one\n"                                                                                         \
  "[optimizer cma]\n"                                                                                        \
  "plugin = cmaes\n"                                                                                         \
  "workers = 2\n"                                                                                            \
  "workers_backend = threads\n"                                                                              \
  "population = 12\n"                                                                                        \
  "sigma0 = 0.5\n"                                                                                           \
  "\n"                                                                                                       \
  "[optimizer walk]\n"                                                                                       \
  "plugin = random\n"

#define SMALL "[task]\nplugin = benchmark\nfunction = sphere\n[optimizer a]\nplugin = random\n"

static GlompoConfig *
load (const char *text, const char *const *overrides, GError **error)
{
  g_autoptr (GlompoRegistry) registry = fake_registry_new ();
  return glompo_config_new_from_text (text, "job.ini", NULL, overrides, registry, error);
}

static GlompoConfig *
load_good (const char *text, const char *const *overrides)
{
  g_autoptr (GError) error = NULL;
  GlompoConfig *config = load (text, overrides, &error);
  TEST_NO_ERROR (error);
  CU_ASSERT_FATAL (config != NULL);
  return config;
}

static void
check_expression (const Expression *expression, const char *expected)
{
  g_autofree char *text = expression != NULL ? expression_to_string (expression) : NULL;
  TEST_STR (text, expected);
}

static void
test_good (void)
{
  g_autoptr (GlompoConfig) config = load_good (GOOD, NULL);
  const Settings *settings = config->settings;
  TEST_INT (settings->max_jobs, 4);
  TEST_INT (settings->backend, BACKEND_PROCESSES);
  TEST_INT (settings->seed, 1);
  TEST_INT (settings->hunt_frequency, 500);
  TEST_NEAR (settings->status_frequency, 30.5, 0.0);
  CU_ASSERT (settings->share_best_solutions);
  CU_ASSERT (isinf (settings->end_timeout));
  TEST_STR (settings->selector, "RandomSelector");
  check_expression (config->convergence,
                    "MaxFuncCalls(fmax=100000) | TargetCost(target=-8379.6577, atol=0.001)");
  check_expression (config->hunters,
                    "EvaluationsUnmoving(calls=100, tol=0.01) & ValueAnnealing(med_kill_chance=0.1)"
                    " | BestUnmoving(calls=6666, tol=0)");
  check_expression (config->generator, "SinglePointGenerator(x=[1, 2])");
  check_expression (config->selector, "RandomSelector()");
  check_expression (config->spawn, "MaxFuncCalls(fmax=5)");
  TEST_STR (glompo_config_get_text (config), GOOD);
  TEST_STR (config->name, "job.ini");
  CU_ASSERT (g_path_is_absolute (config->base_dir));
}

static void
test_good_plugins (void)
{
  g_autoptr (GlompoConfig) config = load_good (GOOD, NULL);
  TEST_STR (config->task->name, "benchmark");
  g_autofree char *function = options_get_text (config->task_options, "function");
  TEST_STR (function, "schwefel");
  CU_ASSERT_FATAL (config->groups->len == 2);
  const OptimizerGroup *cma = config->groups->pdata[0], *walk = config->groups->pdata[1];
  TEST_STR (cma->name, "cma");
  TEST_STR (cma->plugin->name, "cmaes");
  TEST_INT (cma->workers, 2);
  TEST_INT (cma->workers_backend, WORKERS_THREADS);
  g_autofree char *population = options_get_text (cma->options, "population");
  TEST_STR (population, "12");
  TEST_STR (walk->name, "walk");
  TEST_INT (walk->workers, 1);
  TEST_INT (walk->workers_backend, WORKERS_AUTO);
  g_autofree char *iters = options_get_text (walk->options, "iters");
  TEST_STR (iters, "100");
}

static void
test_defaults (void)
{
  g_autoptr (GlompoConfig) config = load_good (SMALL, NULL);
  const Settings *settings = config->settings;
  TEST_INT (settings->max_jobs, MAX (1, (gint64) g_get_num_processors () - 1));
  TEST_INT (settings->backend, BACKEND_PROCESSES);
  TEST_INT (settings->seed, GLOMPO_AUTO_INTEGER);
  TEST_INT (settings->hunt_frequency, 100);
  TEST_NEAR (settings->status_frequency, 600.0, 0.0);
  CU_ASSERT (!settings->share_best_solutions);
  CU_ASSERT (isnan (settings->end_timeout));
  check_expression (config->convergence, "KillsAfterConvergence(n_killed=0, n_converged=1)");
  check_expression (config->generator, "RandomGenerator()");
  check_expression (config->selector, "CycleSelector()");
  CU_ASSERT (config->hunters == NULL && config->spawn == NULL);
  g_autoptr (GlompoConfig) none = load_good ("[glompo]\nhunters = none\nspawn =\n" SMALL, NULL);
  CU_ASSERT (none->hunters == NULL && none->spawn == NULL);
}

static void
test_on_failure (void)
{
  static const struct {
    const char *text;
    FailurePolicy policy;
    guint retries;
  } good[] = {
    { "penalty", FAILURE_PENALTY, 0 },    { "stop", FAILURE_STOP, 0 },      { "retry(1)", FAILURE_RETRY, 1 },
    { "retry(1000)", FAILURE_RETRY, 1000 }, { " retry(7) ", FAILURE_RETRY, 7 },
  };
  static const char *const bad[]
      = { "",           "retry",   "retry()", "retry(0)", "retry(1001)",  "retry(-1)",
          "retry(1.5)", "retry(2", "retry)",  "Stop",     "stop penalty", "retry(3) stop" };
  FailurePolicy policy;
  guint retries;
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      CU_ASSERT (settings_parse_on_failure (good[i].text, &policy, &retries));
      TEST_INT (policy, good[i].policy);
      TEST_INT (retries, good[i].retries);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *text = g_strdup_printf ("[glompo]\non_failure = %s\n" SMALL, bad[i]);
      g_autofree char *expected
          = g_strdup_printf ("job.ini:2: [glompo] on_failure: found '%s', wanted penalty, stop, "
                             "or retry(N) with N from 1 to 1000",
                             bad[i]);
      g_autoptr (GError) error = NULL;
      CU_ASSERT (load (text, NULL, &error) == NULL);
      TEST_STR (error != NULL ? error->message : NULL, expected);
    }
}

static void
test_journal_sync (void)
{
  static const struct {
    const char *text;
    double seconds;
  } good[] = { { "each", 0.0 }, { " each ", 0.0 }, { "0.1", 0.1 }, { "2.5", 2.5 }, { "3600", 3600.0 } };
  static const char *const bad[]
      = { "", "0", "0.05", "-1", "3601", "nan", "inf", "Each", "each 1", "1 s", "1,5" };
  double seconds;
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      CU_ASSERT (settings_parse_journal_sync (good[i].text, &seconds));
      TEST_NEAR (seconds, good[i].seconds, 0.0);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *text = g_strdup_printf ("[glompo]\njournal_sync = %s\n" SMALL, bad[i]);
      g_autofree char *expected
          = g_strdup_printf ("job.ini:2: [glompo] journal_sync: found '%s', wanted each, or "
                             "seconds from 0.1 to 3600",
                             bad[i]);
      g_autoptr (GError) error = NULL;
      CU_ASSERT (load (text, NULL, &error) == NULL);
      TEST_STR (error != NULL ? error->message : NULL, expected);
    }
}

static void
test_settings_table (void)
{
  gsize n;
  g_autoptr (GError) error = NULL;
  const GlompoOption *table = settings_table (&n);
  CU_ASSERT (options_check_table (table, n, sizeof (Settings), &error));
  TEST_NO_ERROR (error);
}

static void
test_overrides (void)
{
  const char *const overrides[] = { "glompo.seed=7",
                                    " glompo . max_jobs = 2 ",
                                    "task.dims=1e1",
                                    "optimizer cma.sigma0=0.1, 0.2",
                                    "optimizer new.plugin=random",
                                    "optimizer new.iters=5",
                                    "glompo.hunters=none",
                                    NULL };
  g_autoptr (GlompoConfig) config = load_good (GOOD, overrides);
  TEST_INT (config->settings->seed, 7);
  TEST_INT (config->settings->max_jobs, 2);
  CU_ASSERT (config->hunters == NULL);
  TEST_INT (config->groups->len, 3);
  g_autofree char *dims = options_get_text (config->task_options, "dims");
  TEST_STR (dims, "10");
  const OptimizerGroup *cma = config->groups->pdata[0], *added = config->groups->pdata[2];
  g_autofree char *sigma0 = options_get_text (cma->options, "sigma0");
  TEST_STR (sigma0, "0.1, 0.2");
  TEST_STR (added->name, "new");
  const char *text = glompo_config_get_text (config);
  TEST_CONTAINS (text, "# a comment\n");
  TEST_CONTAINS (text, "# the best one\n");
  TEST_CONTAINS (text, "seed=7\n");
  /* The text alone gives the same configuration again. */
  g_autoptr (GlompoConfig) again = load_good (text, NULL);
  TEST_INT (again->settings->seed, 7);
  TEST_INT (again->groups->len, 3);
  TEST_STR (glompo_config_get_text (again), text);
}

static void
check_overrides (const char *override, const char *part)
{
  g_autoptr (GError) error = NULL;
  const char *const overrides[] = { override, NULL };
  g_autoptr (GlompoConfig) config = load (GOOD, overrides, &error);
  CU_ASSERT (config == NULL);
  CU_ASSERT (g_error_matches (error, GLOMPO_CONFIG_ERROR, GLOMPO_CONFIG_ERROR_INVALID));
  TEST_CONTAINS (error != NULL ? error->message : NULL, part);
}

static void
test_bad_overrides (void)
{
  check_overrides ("", "--set: found '', wanted GROUP.KEY=VALUE");
  check_overrides ("seed=1", "--set: found 'seed=1', wanted GROUP.KEY=VALUE");
  check_overrides ("glompo.seed", "--set: found 'glompo.seed', wanted GROUP.KEY=VALUE");
  check_overrides (".seed=1", "--set: found '.seed=1'");
  check_overrides ("glompo.=1", "--set: found 'glompo.=1'");
  check_overrides ("[glompo].seed=1", "--set: found '[glompo].seed=1'");
  check_overrides ("glompo.seed=1\n[x]", "--set: found 'glompo.seed=1\\n[x]'");
  check_overrides ("glompo.seed=\xff", "--set: found 'glompo.seed=\\xff'");
  check_overrides ("glompo.sede=1",
                   "--set: [glompo] sede: found an unknown key with the value '1'; did you mean seed?");
  check_overrides ("glompo.seed=x", "--set: [glompo] seed: found 'x', wanted a whole number");
  check_overrides ("glomp.seed=1", "--set: found the unknown group 'glomp'; did you mean [glompo]?");
  check_overrides ("optimizer cmaa.sigma0=1",
                   "--set: [optimizer cmaa]: found no key plugin, wanted plugin = NAME of an optimizer");
  check_overrides ("glompo.hunters=Best(", "--set: [glompo] hunters: column 6: found the end");
}

static void
test_line_ends (void)
{
  g_auto (GStrv) lines = g_strsplit (GOOD, "\n", -1);
  g_autofree char *crlf = g_strjoinv ("\r\n", lines);
  g_autoptr (GlompoConfig) config = load_good (crlf, NULL);
  TEST_INT (config->settings->seed, 1);
  TEST_STR (config->settings->selector, "RandomSelector");
  g_autoptr (GlompoConfig) marked = load_good ("\xef\xbb\xbf" GOOD, NULL);
  TEST_STR (glompo_config_get_text (marked), GOOD);
  g_autoptr (GlompoConfig) indented = load_good ("  [task]  \n\tplugin=benchmark\n  function  =  sphere  \n"
                                                 "[optimizer a]\nplugin = random",
                                                 NULL);
  TEST_STR (indented->task->name, "benchmark");
}

static void
test_backslash (void)
{
  g_autoptr (GlompoConfig) config
      = load_good ("[glompo]\nhunters = TypeHunter(\"a\\tb\") | TypeHunter(a\\tb)\n" SMALL, NULL);
  TEST_STR (config->settings->hunters, "TypeHunter(\"a\\tb\") | TypeHunter(a\\tb)");
  check_expression (config->hunters, "TypeHunter(text=\"a\\tb\") | TypeHunter(text=a\\tb)");
}

static void
test_taken_key (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GlompoConfig) config
      = load ("[task]\nplugin = shadow\n[optimizer a]\nplugin = random\n", NULL, &error);
  CU_ASSERT (config == NULL);
  TEST_CONTAINS (error->message,
                 "job.ini:2: [task] plugin: shadow has an option called plugin, wanted one with");
}

static void
test_order_of_faults (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GlompoConfig) config
      = load ("[optimizer a]\nplugin = nix\nx\n[glompo]\nseed = y\n", NULL, &error);
  CU_ASSERT (config == NULL);
  g_auto (GStrv) lines = g_strsplit (error->message, "\n", -1);
  CU_ASSERT_FATAL (g_strv_length (lines) == 4);
  CU_ASSERT (g_str_has_prefix (lines[0], "job.ini:2: [optimizer a] plugin: "));
  CU_ASSERT (g_str_has_prefix (lines[1], "job.ini:3: found 'x', wanted KEY = VALUE"));
  CU_ASSERT (g_str_has_prefix (lines[2], "job.ini:5: [glompo] seed: found 'y'"));
  CU_ASSERT (g_str_has_prefix (lines[3], "job.ini: found no group [task]"));
}

/* GKeyFile gives this key a meaning of its own and stops reading there. */
static void
test_encoding_key (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GlompoConfig) config = load ("[glompo]\nEncoding = latin1\nseed = x\n" SMALL, NULL, &error);
  CU_ASSERT (config == NULL);
  TEST_STR (error->message,
            "job.ini:2: [glompo] Encoding: found a key that is not wanted: the file is UTF-8\n"
            "job.ini:3: [glompo] seed: found 'x', wanted a whole number of at least 0, or auto");
}

static void
check_file_error (const char *path, const char *part)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GlompoRegistry) registry = fake_registry_new ();
  g_autoptr (GlompoConfig) config = glompo_config_new_from_file (path, NULL, registry, &error);
  CU_ASSERT (config == NULL);
  CU_ASSERT (g_error_matches (error, GLOMPO_CONFIG_ERROR, GLOMPO_CONFIG_ERROR_FILE));
  TEST_CONTAINS (error != NULL ? error->message : NULL, path);
  TEST_CONTAINS (error != NULL ? error->message : NULL, part);
}

static void
test_files (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GlompoRegistry) registry = fake_registry_new ();
  g_autofree char *path = g_build_filename (test_scratch_dir (), "job.ini", NULL);
  CU_ASSERT (g_file_set_contents (path, GOOD, -1, NULL));
  g_autoptr (GlompoConfig) config = glompo_config_new_from_file (path, NULL, registry, &error);
  TEST_NO_ERROR (error);
  CU_ASSERT_FATAL (config != NULL);
  TEST_STR (config->base_dir, test_scratch_dir ());
  TEST_STR (glompo_config_get_text (config), GOOD);
  check_file_error ("/nowhere/job.ini", "No such file or directory, wanted an ini file");
  check_file_error (test_scratch_dir (), "Is a directory, wanted an ini file");
  check_file_error ("/dev/zero", "longer than 4 MiB, wanted an ini file");
}

static void
test_unreadable (void)
{
  g_autofree char *path = g_build_filename (test_scratch_dir (), "secret.ini", NULL);
  CU_ASSERT (g_file_set_contents (path, GOOD, -1, NULL));
  g_chmod (path, 0);
  if (g_access (path, 4) == 0)
    test_skip ("this user may read every file");
  else
    check_file_error (path, "Permission denied, wanted an ini file");
}

/* A line of the message that names the file or --set is a fault; the others belong to the one before. */
static void
check_all_expected (const char *file, const char *message, GPtrArray *expected)
{
  g_auto (GStrv) lines = g_strsplit (message, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    {
      gboolean known = !g_str_has_prefix (*line, file);
      for (guint i = 0; !known && i < expected->len; i++)
        known = strstr (*line, expected->pdata[i]) != NULL;
      if (!known)
        TEST_STR (*line, "a fault that the file expects");
    }
}

static void
check_broken (const char *file, GlompoRegistry *registry)
{
  const char *mark = "# expect: ";
  g_autofree char *data = NULL;
  gsize length = 0;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) expected = g_ptr_array_new ();
  CU_ASSERT_FATAL (g_file_get_contents (file, &data, &length, NULL));
  g_auto (GStrv) lines = g_strsplit (data, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    if (g_str_has_prefix (*line, mark))
      g_ptr_array_add (expected, *line + strlen (mark));
  CU_ASSERT (expected->len > 0);
  g_autoptr (GlompoConfig) config = glompo_config_new_from_file (file, NULL, registry, &error);
  if (config != NULL)
    {
      TEST_STR (file, "refused");
      return;
    }
  for (guint i = 0; i < expected->len; i++)
    TEST_CONTAINS (error->message, expected->pdata[i]);
  if (!g_str_has_suffix (file, "garbage.ini"))
    check_all_expected (file, error->message, expected);
}

static void
test_broken_files (void)
{
  g_autofree char *directory = test_source_file ("tests/fixtures/ini");
  g_autoptr (GlompoRegistry) registry = fake_registry_new ();
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  CU_ASSERT_FATAL (dir != NULL);
  int n = 0;
  for (const char *name; (name = g_dir_read_name (dir)) != NULL;)
    if (g_str_has_suffix (name, ".ini"))
      {
        g_autofree char *path = g_build_filename (directory, name, NULL);
        check_broken (path, registry);
        n++;
      }
  CU_ASSERT (n >= 30);
}

/* Every cut and many changed bytes: a configuration or a message, nothing else. */
static void
test_damaged (void)
{
  g_autoptr (GlompoRegistry) registry = fake_registry_new ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);
  int good = 0, bad = 0;
  for (int i = 0; i < 1500; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *text = g_strdup (GOOD);
      gsize n = strlen (text);
      if (i % 2 == 0)
        text[(gsize) i * 7 % n] = '\0';
      else
        for (int k = 0; k < 3; k++)
          text[g_rand_int_range (rand, 0, (gint32) n)] = (char) g_rand_int_range (rand, 1, 128);
      g_autoptr (GlompoConfig) config
          = glompo_config_new_from_text (text, "job.ini", NULL, NULL, registry, &error);
      CU_ASSERT_FATAL ((config == NULL) == (error != NULL));
      good += config != NULL;
      bad += config == NULL;
    }
  CU_ASSERT (good > 0 && bad > 0);
}

static const TestCase cases[] = {
  { "good", test_good },
  { "good: plugins", test_good_plugins },
  { "defaults", test_defaults },
  { "table of settings", test_settings_table },
  { "on_failure", test_on_failure },
  { "journal_sync", test_journal_sync },
  { "overrides", test_overrides },
  { "bad overrides", test_bad_overrides },
  { "line ends", test_line_ends },
  { "backslash", test_backslash },
  { "taken key", test_taken_key },
  { "order of faults", test_order_of_faults },
  { "encoding key", test_encoding_key },
  { "files", test_files },
  { "unreadable", test_unreadable },
  { "broken files", test_broken_files },
  { "damaged", test_damaged },
};
TEST_MAIN ("config", cases)
