/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Descriptors: every refusal, descriptors of other sizes than the host's, the description as JSON.
 */
#include "harness.h"
#include "plugin-sample.h"
#include "plugin/check.h"
#include <glompo/glompo-registry.h>
#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

static bool
sample_save (void *self, const GlompoHost *host)
{
  return false;
}

static uint32_t
open_concurrency (void *self)
{
  return GLOMPO_EXTERNAL;
}

/* ------------------------------------------------------------------------------------------------
 * Refusals
 * ------------------------------------------------------------------------------------------------ */

/* clang-format off */
static void bad_major (Sample *s) { s->plugin.abi_major = 3; }
static void bad_minor (Sample *s) { s->plugin.abi_minor = GLOMPO_ABI_MINOR + 2; }
static void bad_size_0 (Sample *s) { s->plugin.struct_size = 0; }
static void bad_size_short (Sample *s) { s->plugin.struct_size = offsetof (GlompoPlugin, checker); }
static void bad_size_long (Sample *s) { s->plugin.struct_size = (gsize) 1 << 40; }
static void bad_kind_0 (Sample *s) { s->plugin.kind = 0; }
static void bad_kind_7 (Sample *s) { s->plugin.kind = 7; }
static void bad_name_null (Sample *s) { s->plugin.name = NULL; }
static void bad_name_form (Sample *s) { s->plugin.name = "9sample"; }
static void bad_name_path (Sample *s) { s->plugin.name = "../sample"; }
static void bad_name_other (Sample *s) { s->plugin.name = "sample2"; }
static void bad_version (Sample *s) { s->plugin.version = ""; }
static void bad_summary (Sample *s) { s->plugin.summary = NULL; }
static void bad_summary_lines (Sample *s) { s->plugin.summary = "one\ntwo"; }
static void bad_author (Sample *s) { s->plugin.author = ""; }
static void bad_licence (Sample *s) { s->plugin.licence = NULL; }
static void bad_reference (Sample *s) { s->plugin.reference = "\xff\xfe"; }
static void bad_no_table (Sample *s) { s->plugin.optimizer = NULL; }
static void bad_two_tables (Sample *s) { s->plugin.hunter = &s->hunter; }
static void bad_table_size (Sample *s) { s->optimizer.struct_size = 16; }
static void bad_table_size_long (Sample *s) { s->optimizer.struct_size = SIZE_MAX; }
static void bad_no_create (Sample *s) { s->optimizer.create = NULL; }
static void bad_no_destroy (Sample *s) { s->optimizer.destroy = NULL; }
static void bad_no_ask (Sample *s) { s->optimizer.ask = NULL; }
static void bad_no_tell (Sample *s) { s->optimizer.tell = NULL; }
static void bad_no_load (Sample *s) { s->optimizer.save = sample_save; }
static void bad_no_save (Sample *s) { s->optimizer.load = sample_save; }
static void bad_level1 (Sample *s) { s->plugin.level1 = 0; }
static void bad_level1_bits (Sample *s) { s->plugin.level1 = 0x31; }
static void bad_level2 (Sample *s) { s->plugin.level2 = 0; }
static void bad_capability (Sample *s) { s->plugin.capabilities |= GLOMPO_CAP_SHAREABLE; }
static void bad_metrics_names (Sample *s) { s->plugin.metrics = NULL; }
static void bad_metrics_function (Sample *s) { s->optimizer.metrics = NULL; }
static void bad_metrics_twice (Sample *s)
{
  static const char *const twice[] = { "step", "step", NULL };
  s->plugin.metrics = twice;
}
static void bad_options_null (Sample *s) { s->plugin.options = NULL; }
static void bad_options_count (Sample *s) { s->plugin.n_options = (gsize) 1 << 30; }
static void bad_option_size (Sample *s) { s->plugin.option_size = sizeof (GlompoOption) - 8; }
static void bad_option_size_odd (Sample *s) { s->plugin.option_size = sizeof (GlompoOption) + 1; }
static void bad_option_range (Sample *s) { s->options[0].minimum = NAN; }
static void bad_option_outside (Sample *s) { s->plugin.options_size = sizeof (int64_t); }

/* clang-format on */

/* sample is spoiled by the function; the message must have all parts. */
static const struct {
  void (*spoil) (Sample *sample);
  GlompoPluginError code;
  const char *parts[3];
} refusals[] = {
  { bad_major, GLOMPO_PLUGIN_ERROR_ABI, { "ABI 3.2", "wanted 1.x", "build it again" } },
  { bad_minor, GLOMPO_PLUGIN_ERROR_ABI, { "ABI 1.4", "at most 1.2", "update GloMPO" } },
  { bad_size_0, GLOMPO_PLUGIN_ERROR_ABI, { "struct size of 0 bytes", "wanted", "GLOMPO_PLUGIN_HEADER" } },
  { bad_size_short, GLOMPO_PLUGIN_ERROR_ABI, { "struct size", "wanted", "GLOMPO_PLUGIN_HEADER" } },
  { bad_size_long, GLOMPO_PLUGIN_ERROR_ABI, { "1099511627776 bytes" } },
  { bad_kind_0, GLOMPO_PLUGIN_ERROR_KIND, { "number 0", "1 to 6" } },
  { bad_kind_7, GLOMPO_PLUGIN_ERROR_KIND, { "number 7", "1 to 6" } },
  { bad_name_null, GLOMPO_PLUGIN_ERROR_NAME, { "(NULL)", "wanted a letter" } },
  { bad_name_form, GLOMPO_PLUGIN_ERROR_NAME, { "\"9sample\"", "wanted a letter" } },
  { bad_name_path, GLOMPO_PLUGIN_ERROR_NAME, { "\"../sample\"", "wanted a letter" } },
  { bad_name_other, GLOMPO_PLUGIN_ERROR_NAME, { "\"sample2\"", "wanted \"sample\"", "rename" } },
  { bad_version, GLOMPO_PLUGIN_ERROR_SLOT, { "\"version\" is empty" } },
  { bad_summary, GLOMPO_PLUGIN_ERROR_SLOT, { "\"summary\" is NULL" } },
  { bad_summary_lines, GLOMPO_PLUGIN_ERROR_SLOT, { "\"summary\"", "0x0a", "one line" } },
  { bad_author, GLOMPO_PLUGIN_ERROR_SLOT, { "\"author\" is empty" } },
  { bad_licence, GLOMPO_PLUGIN_ERROR_SLOT, { "\"licence\" is NULL" } },
  { bad_reference, GLOMPO_PLUGIN_ERROR_SLOT, { "\"reference\" is not UTF-8" } },
  { bad_no_table, GLOMPO_PLUGIN_ERROR_SLOT, { "of kind optimizer", "\"optimizer\" is NULL" } },
  { bad_two_tables, GLOMPO_PLUGIN_ERROR_SLOT, { "of kind optimizer", "\"hunter\"" } },
  { bad_table_size, GLOMPO_PLUGIN_ERROR_ABI, { "optimizer function table is 16 bytes" } },
  { bad_table_size_long, GLOMPO_PLUGIN_ERROR_ABI, { "optimizer function table is 18446744073709551615" } },
  { bad_no_create, GLOMPO_PLUGIN_ERROR_SLOT, { "\"create\" is missing", "every optimizer" } },
  { bad_no_destroy, GLOMPO_PLUGIN_ERROR_SLOT, { "\"destroy\" is missing", "every optimizer" } },
  { bad_no_ask, GLOMPO_PLUGIN_ERROR_SLOT, { "\"ask\" is missing", "or else \"run\"" } },
  { bad_no_tell, GLOMPO_PLUGIN_ERROR_SLOT, { "\"tell\" is missing", "or else \"run\"" } },
  { bad_no_load, GLOMPO_PLUGIN_ERROR_SLOT, { "\"save\" is there but \"load\" is missing" } },
  { bad_no_save, GLOMPO_PLUGIN_ERROR_SLOT, { "\"load\" is there but \"save\" is missing" } },
  { bad_level1, GLOMPO_PLUGIN_ERROR_SLOT, { "\"level1\" is 0" } },
  { bad_level1_bits, GLOMPO_PLUGIN_ERROR_SLOT, { "\"level1\"", "0x30" } },
  { bad_level2, GLOMPO_PLUGIN_ERROR_SLOT, { "\"level2\" is 0" } },
  { bad_capability, GLOMPO_PLUGIN_ERROR_SLOT, { "\"capabilities\"", "0x10000", "optimizer" } },
  { bad_metrics_names, GLOMPO_PLUGIN_ERROR_SLOT, { "\"metrics\" but no names" } },
  { bad_metrics_function, GLOMPO_PLUGIN_ERROR_SLOT, { "function \"metrics\" is missing" } },
  { bad_metrics_twice, GLOMPO_PLUGIN_ERROR_SLOT, { "metric \"step\" twice" } },
  { bad_options_null, GLOMPO_PLUGIN_ERROR_OPTIONS, { "table is NULL", "2 rows" } },
  { bad_options_count, GLOMPO_PLUGIN_ERROR_OPTIONS, { "1073741824" } },
  { bad_option_size, GLOMPO_PLUGIN_ERROR_OPTIONS, { "\"option_size\"", "wanted" } },
  { bad_option_size_odd, GLOMPO_PLUGIN_ERROR_OPTIONS, { "\"option_size\"", "wanted" } },
  { bad_option_range, GLOMPO_PLUGIN_ERROR_OPTIONS, { "option table", "size" } },
  { bad_option_outside, GLOMPO_PLUGIN_ERROR_OPTIONS, { "option table", "mode" } },
};

static void
expect_refusal (const GlompoPlugin *plugin, GlompoPluginError code, const char *const *parts, gsize n)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PluginCopy) copy = plugin_copy_new (plugin, "/x/sample.so", "sample", &error);
  CU_ASSERT (copy == NULL);
  CU_ASSERT_FATAL (error != NULL);
  CU_ASSERT (error->domain == GLOMPO_PLUGIN_ERROR);
  TEST_INT (error->code, code);
  CU_ASSERT (g_str_has_prefix (error->message, "/x/sample.so: "));
  for (gsize i = 0; i < n && parts[i] != NULL; i++)
    TEST_CONTAINS (error->message, parts[i]);
}

static void
each_fault_is_refused (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      Sample sample;
      sample_init (&sample);
      refusals[i].spoil (&sample);
      expect_refusal (&sample.plugin, refusals[i].code, refusals[i].parts, 3);
    }
}

static void
task_faults_are_refused (void)
{
  static const char *const no_word[] = { "\"concurrency\" is 0", "1 to 4" };
  static const char *const strange_word[] = { "\"concurrency\" is 5" };
  static const char *const no_parameters[] = { "\"parameters\" is missing", "every task" };
  static const char *const foreign[] = { "\"capabilities\"", "task" };
  Sample sample;
  sample_init_task (&sample);
  sample.plugin.concurrency = 0;
  expect_refusal (&sample.plugin, GLOMPO_PLUGIN_ERROR_SLOT, no_word, 2);
  sample.plugin.concurrency = 5;
  expect_refusal (&sample.plugin, GLOMPO_PLUGIN_ERROR_SLOT, strange_word, 1);
  sample_init_task (&sample);
  sample.task.parameters = NULL;
  expect_refusal (&sample.plugin, GLOMPO_PLUGIN_ERROR_SLOT, no_parameters, 2);
  sample_init_task (&sample);
  sample.plugin.capabilities = GLOMPO_CAP_ASYNCHRONOUS;
  expect_refusal (&sample.plugin, GLOMPO_PLUGIN_ERROR_SLOT, foreign, 2);
}

/* A task may leave the word to its instances. */
static void
task_concurrency_of_instances (void)
{
  Sample sample;
  sample_init_task (&sample);
  sample.plugin.concurrency = 0;
  sample.task.concurrency = open_concurrency;
  g_autoptr (GError) error = NULL;
  g_autoptr (PluginCopy) copy = plugin_copy_new (&sample.plugin, "x", "sample", &error);
  TEST_NO_ERROR (error);
  CU_ASSERT (copy != NULL && copy->plugin.task->concurrency == open_concurrency);
}

/* ------------------------------------------------------------------------------------------------
 * Sizes
 * ------------------------------------------------------------------------------------------------ */

static void
copy_is_as_declared (void)
{
  Sample sample;
  sample_init (&sample);
  g_autoptr (GError) error = NULL;
  g_autoptr (PluginCopy) copy = plugin_copy_new (&sample.plugin, "x", "sample", &error);
  TEST_NO_ERROR (error);
  CU_ASSERT_FATAL (copy != NULL);
  TEST_STR (copy->plugin.summary, "does nothing");
  TEST_INT (copy->plugin.max_batch, 7);
  CU_ASSERT (copy->plugin.optimizer != &sample.optimizer);
  CU_ASSERT (copy->plugin.optimizer->ask == sample.optimizer.ask && copy->plugin.optimizer->inject == NULL);
  CU_ASSERT (copy->plugin.options != sample.options);
  TEST_STR (copy->plugin.options[1].name, "mode");
}

/* Rows, function table and descriptor of a plugin whose header had more members than ours. */
static void
longer_structs_are_cut (void)
{
  struct {
    GlompoPlugin plugin;
    char more[24];
  } plugin;
  struct {
    GlompoOptimizerVTable table;
    char more[16];
  } table;
  const gsize row = sizeof (GlompoOption) + 2 * _Alignof (GlompoOption);
  static char longer[4 * sizeof (GlompoOption)];
  Sample sample;
  sample_init (&sample);
  memset (longer, 0xee, sizeof longer);
  memset (&plugin, 0xee, sizeof plugin);
  memset (&table, 0xee, sizeof table);
  memcpy (longer, &sample.options[0], sizeof (GlompoOption));
  memcpy (longer + row, &sample.options[1], sizeof (GlompoOption));
  table.table = sample.optimizer;
  table.table.struct_size = sizeof table;
  plugin.plugin = sample.plugin;
  plugin.plugin.struct_size = sizeof plugin;
  plugin.plugin.options = (const GlompoOption *) (gconstpointer) longer;
  plugin.plugin.option_size = row;
  plugin.plugin.optimizer = &table.table;
  g_autoptr (GError) error = NULL;
  g_autoptr (PluginCopy) copy = plugin_copy_new (&plugin.plugin, "x", "sample", &error);
  TEST_NO_ERROR (error);
  CU_ASSERT_FATAL (copy != NULL);
  TEST_INT (copy->plugin.struct_size, sizeof (GlompoPlugin));
  TEST_INT (copy->plugin.optimizer->struct_size, sizeof (GlompoOptimizerVTable));
  TEST_INT (copy->plugin.option_size, sizeof (GlompoOption));
  TEST_STR (copy->plugin.options[0].name, "size");
  TEST_STR (copy->plugin.options[1].name, "mode");
}

/* ------------------------------------------------------------------------------------------------
 * JSON
 * ------------------------------------------------------------------------------------------------ */

static JsonObject *
parse_object (const char *text)
{
  g_autoptr (JsonNode) root = json_from_string (text, NULL);
  CU_ASSERT_FATAL (root != NULL && JSON_NODE_HOLDS_OBJECT (root));
  return json_node_dup_object (root);
}

static void
test_words (JsonObject *object, const char *key, const char *expected)
{
  JsonArray *array = json_object_get_array_member (object, key);
  g_autoptr (GString) words = g_string_new (NULL);
  for (guint i = 0; i < json_array_get_length (array); i++)
    g_string_append_printf (words, "%s%s", i > 0 ? " " : "", json_array_get_string_element (array, i));
  TEST_STR (words->str, expected);
}

static void
json_has_all (void)
{
  Sample sample;
  sample_init (&sample);
  g_autofree char *text = glompo_plugin_to_json (&sample.plugin, "/x/sample.so");
  g_autoptr (JsonObject) object = parse_object (text);
  TEST_STR (json_object_get_string_member (object, "kind"), "optimizer");
  TEST_STR (json_object_get_string_member (object, "name"), "sample");
  TEST_STR (json_object_get_string_member (object, "author"), "A. Nyone");
  TEST_STR (json_object_get_string_member (object, "file"), "/x/sample.so");
  CU_ASSERT (json_object_get_null_member (object, "reference"));
  TEST_INT (json_object_get_int_member (object, "abi_major"), 1);
  TEST_INT (json_object_get_int_member (object, "max_batch"), 7);
  test_words (object, "level1", "threads processes_forced"); /* there is no backend for MPI */
  test_words (object, "level2", "serial");
  test_words (object, "capabilities", "asynchronous integer");
  test_words (object, "metrics", "step spread");
  test_words (object, "functions", "ask tell metrics");
  JsonArray *options = json_object_get_array_member (object, "options");
  TEST_INT (json_array_get_length (options), 2);
  JsonObject *size = json_array_get_object_element (options, 0);
  TEST_STR (json_object_get_string_member (size, "type"), "integer");
  CU_ASSERT (json_object_get_boolean_member (size, "auto"));
  TEST_INT (json_object_get_int_member (size, "minimum"), 2);
  CU_ASSERT (json_object_get_null_member (size, "maximum"));
  TEST_STR (json_object_get_string_member (size, "default_text"), "auto");
  test_words (json_array_get_object_element (options, 1), "choices", "slow fast");
}

/* Numbers and texts that are easily written wrong. */
static void
json_is_json (void)
{
  static const char *const odd[] = { "a\"b\\c", "tab\there", "\xff", "\xc3\xa9", NULL };
  Sample sample;
  sample_init (&sample);
  sample.options[0]
      = (GlompoOption) GLOMPO_OPT_REAL (SampleOptions, size, 1e-100, 1e22, "1", "says \"one\\two\"");
  sample.options[1].choices = odd;
  g_autofree char *text = glompo_plugin_to_json (&sample.plugin, NULL);
  g_autoptr (JsonObject) object = parse_object (text);
  TEST_CONTAINS (text, "\"minimum\": 1e-100,");
  TEST_CONTAINS (text, "\"maximum\": 1e+22,");
  CU_ASSERT (json_object_get_null_member (object, "file"));
  JsonArray *options = json_object_get_array_member (object, "options");
  JsonObject *first = json_array_get_object_element (options, 0);
  CU_ASSERT (json_object_get_double_member (first, "minimum") == 1e-100);
  CU_ASSERT (json_object_get_double_member (first, "maximum") == 1e22);
  TEST_STR (json_object_get_string_member (first, "summary"), "says \"one\\two\"");
  test_words (json_array_get_object_element (options, 1), "choices",
              "a\"b\\c tab\there \xef\xbf\xbd \xc3\xa9");
}

static const TestCase cases[] = {
  { "every fault of a descriptor is refused", each_fault_is_refused },
  { "faults of tasks are refused", task_faults_are_refused },
  { "a task may leave its concurrency open", task_concurrency_of_instances },
  { "the copy is as declared", copy_is_as_declared },
  { "longer structs are cut", longer_structs_are_cut },
  { "JSON has everything", json_has_all },
  { "JSON is JSON", json_is_json },
};

TEST_MAIN ("descriptor", cases)
