/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The group [parameters]: keys that are names of any kind, and what a task that knows nothing of its
 * parameters is told from it.
 */
#include "config/config.h"
#include "fake-plugins.h"
#include "harness.h"
#include "model/parameter.h"
#include "plugin/registry.h"

typedef struct {
  int64_t dims;
  GlompoReals bounds, lower, upper;
  const char *names;
} Told;

static const GlompoOption told_options[] = {
  GLOMPO_OPT_INTEGER_AUTO (Told, dims, 1, 1e6, "auto", "number of parameters"),
  GLOMPO_OPT_REALS_AUTO (Told, bounds, -1e300, 1e300, "auto", "bounds of all"),
  GLOMPO_OPT_REALS_AUTO (Told, lower, -1e300, 1e300, "auto", "lower bounds"),
  GLOMPO_OPT_REALS_AUTO (Told, upper, -1e300, 1e300, "auto", "upper bounds"),
  GLOMPO_OPT_STRING (Told, names, "[parameters]", "names"),
};

static void *
never_create (const void *options, uint64_t seed, const GlompoHost *host)
{
  return NULL;
}

static bool
never_parameters (void *self, GlompoParameters *out)
{
  return false;
}

static void
never_evaluate (void *self, const double *x, GlompoResult *result)
{
}

static void
never_destroy (void *self)
{
}

static const GlompoTaskVTable told_slots = {
  .struct_size = sizeof told_slots, .create = never_create, .parameters = never_parameters,
  .evaluate = never_evaluate, .destroy = never_destroy,
};
static const GlompoPlugin told = {
  GLOMPO_PLUGIN_HEADER (GLOMPO_KIND_TASK),
  .name = "told",
  .version = "1",
  .summary = "is told",
  .author = "the tests",
  .licence = "LGPL-2.1-or-later",
  GLOMPO_PLUGIN_OPTIONS (Told, told_options),
  .concurrency = GLOMPO_CONCURRENT,
  .task = &told_slots,
};

static GlompoConfig *
load (const char *task, const char *parameters, const char *const *overrides, GError **error)
{
  g_autoptr (GlompoRegistry) registry = fake_registry_new ();
  registry_add_built_in (registry, &told);
  g_autofree char *text = g_strconcat ("[task]\n", task, "\n[parameters]\n", parameters,
                                       "\n[optimizer a]\nplugin = random\n", NULL);
  return glompo_config_new_from_text (text, "job.ini", NULL, overrides, registry, error);
}

/* What the options of the task are after that; NULL: not looked at. */
static void
check_told (const char *task, const char *parameters, const char *names, const char *lower, const char *upper)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *whole = g_strconcat ("plugin = told\n", task, NULL);
  g_autoptr (GlompoConfig) config = load (whole, parameters, NULL, &error);
  TEST_NO_ERROR (error);
  CU_ASSERT_FATAL (config != NULL);
  g_autofree char *is_names = options_get_text (config->task_options, "names");
  g_autofree char *is_lower = options_get_text (config->task_options, "lower");
  g_autofree char *is_upper = options_get_text (config->task_options, "upper");
  TEST_STR (is_names, names);
  TEST_STR (is_lower, lower);
  TEST_STR (is_upper, upper);
}

static void
lends_names_and_bounds (void)
{
  check_told ("", "a = 0, 1\nb = -2, 0.1, start=0\nc = 3\n", "\"a\", \"b\", \"c\"", "0, -2, 3", "1, 0.1, 3");
  check_told ("", "a = 0, 1\ndefault = 5, 6\n", "\"a\"", "0", "1");
  check_told ("names = p, q\n", "q = 0, 1\np = 2, 3\n", "p, q", "2, 0", "3, 1");
  check_told ("dims = 4\n", "default = -1, 1\nx2 = 0, 1\n", "[parameters]", "-1", "1");
  check_told ("names = [parameters]\n", "\"a, \\\"b\\\"\" = 0, 1\n", "\"a, \\\"b\\\"\"", "0", "1");
}

/* Where the task has its own word, or something would be missing, nothing is lent. */
static void
lends_no_more (void)
{
  check_told ("bounds = 0, 9\ndims = 2\n", "x1 = 0, 1\n", "[parameters]", "auto", "auto");
  check_told ("names = p, q\n", "q = 0, 1\n", "p, q", "auto", "auto");
  check_told ("dims = 2\n", "x1 = 0, 1\n", "[parameters]", "auto", "auto");
  check_told ("", "default = 0, 1\n", "[parameters]", "auto", "auto");
  check_told ("lower = 0\nupper = 2\n", "a = 0, 1\nb = 0, 1\n", "\"a\", \"b\"", "0", "2");
  g_autoptr (GError) error = NULL;
  g_autoptr (GlompoConfig) config = load ("plugin = benchmark\nfunction = sphere", "x1 = 0, 1", NULL, &error);
  TEST_NO_ERROR (error); /* whose options are others */
  CU_ASSERT_PTR_NOT_NULL (config);
}

static void
names_of_any_kind (void)
{
  static const char *const wanted[]
      = { "a b", "\303\274", "k[1]", "x.y", "it's \"q\" = [1]", "new\nline", "#", "plain" };
  static const char *const overrides[] = { "parameters.\"it's \\\"q\\\" = [1]\"=7, 8", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (GlompoConfig) config = load ("plugin = told",
                                          "a b = 0, 1\n \303\274=0, 1\nk[1] = 0, 1\n\"x.y\" = 0, 1\n"
                                          "\"it's \\\"q\\\" = [1]\" = 0, 1\n\"new\\nline\" = 0, 1\n"
                                          "\"#\" = 0, 1\n\"plain\" = 0, 1\n",
                                          overrides, &error);
  TEST_NO_ERROR (error);
  CU_ASSERT_FATAL (config != NULL && config->parameters->len == G_N_ELEMENTS (wanted));
  for (guint i = 0; i < G_N_ELEMENTS (wanted); i++)
    {
      const ParameterSetting *setting = config->parameters->pdata[i];
      TEST_STR (setting->name, wanted[i]);
      TEST_NEAR (setting->upper, i == 4 ? 8.0 : 1.0, 0.0);
    }
  /* What is kept of the job can be read again, by GKeyFile as well. */
  g_autoptr (GKeyFile) file = g_key_file_new ();
  CU_ASSERT (
      g_key_file_load_from_data (file, glompo_config_get_text (config), (gsize) -1, G_KEY_FILE_NONE, NULL));
  g_autoptr (GlompoRegistry) registry = fake_registry_new ();
  registry_add_built_in (registry, &told);
  g_autoptr (GlompoConfig) again = glompo_config_new_from_text (glompo_config_get_text (config), "job.ini",
                                                                NULL, NULL, registry, &error);
  TEST_NO_ERROR (error);
  CU_ASSERT_FATAL (again != NULL && again->parameters->len == G_N_ELEMENTS (wanted));
  TEST_STR (((ParameterSetting *) again->parameters->pdata[4])->name, wanted[4]);
}

static void
bad_names (void)
{
  static const char *const rows[][2] = {
    { "\"open = 0, 1", "\"open' before =" },
    { "\"\" = 0, 1", "wanted the name of a parameter" },
    { "a\"b = 0, 1", "wanted the name of a parameter" },
    { "\"a\" b = 0, 1", "wanted the name of a parameter" },
    { "; a = 0, 1", "a comment begins with #" },
    { "\"\\377\" = 0, 1", "wanted the name of a parameter" },
    { "\"a\" = 0, 1\na = 0, 1", "a second time" },
    { "\"a\"", "wanted KEY = VALUE" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GlompoConfig) config = load ("plugin = told", rows[i][0], NULL, &error);
      CU_ASSERT (config == NULL);
      TEST_CONTAINS (error != NULL ? error->message : NULL, rows[i][1]);
    }
}

static const TestCase cases[] = {
  { "lends names and bounds", lends_names_and_bounds },
  { "lends no more", lends_no_more },
  { "names of any kind", names_of_any_kind },
  { "bad names", bad_names },
};
TEST_MAIN ("config-parameters", cases)
