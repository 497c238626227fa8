/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The YAML summary: made from hand-written journals, read back with libyaml's loader. */
#include "harness.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <yaml.h>

#include "journal/writer.h"
#include <glompo/glompo-report.h>

#define SECOND ((gint64) 1000000)
#define START (1700000000 * SECOND) /* 2023-11-14T22:13:20Z */

static const char *const ini = "[glompo]\n"
                               "max_jobs = 2\n"
                               "convergence = MaxFuncCalls(100) | TargetCost(0)\n"
                               "generator = RandomGenerator()\n"
                               "[task]\nplugin = benchmark\n"
                               "[optimizer fast: one]\n"
                               "plugin = cmaes\nsigma0 = 0.5\npopulation = 12\nactive = true\n"
                               "scales = 1, 2.5, 1e300\nmode = no\nworkers = 2\n";

static char *
fresh_directory (void)
{
  static guint count; /* names only */
  g_autofree char *name = g_strdup_printf ("run-%u", count++);
  char *directory = g_build_filename (test_scratch_dir (), name, NULL);
  CU_ASSERT_FATAL (g_mkdir (directory, 0700) == 0);
  return directory;
}

static JournalWriter *
writer_in (const char *directory)
{
  g_autofree char *path = g_build_filename (directory, GLOMPO_JOURNAL_FILE, NULL);
  JournalWriter *writer = journal_writer_new (path, NULL);
  CU_ASSERT_FATAL (writer != NULL);
  return writer;
}

static void
put (JournalWriter *writer, GlompoRecordType type, double seconds, guint64 optimizer, const char *text)
{
  g_autoptr (GError) error = NULL;
  GVariant *details = g_variant_parse (G_VARIANT_TYPE_VARDICT, text, NULL, NULL, &error);
  TEST_NO_ERROR (error);
  CU_ASSERT_FATAL (details != NULL);
  journal_writer_record (writer, type, START + (gint64) (seconds * (double) SECOND), optimizer, details);
  g_variant_unref (details);
}

static void
put_start (JournalWriter *writer)
{
  g_autoptr (GVariant) text = g_variant_ref_sink (g_variant_new_string (ini));
  g_autofree char *quoted = g_variant_print (text, FALSE);
  g_autofree char *details = g_strdup_printf (
      "{'config': <%s>, 'config_name': <'job.ini'>, 'seed': <uint64 18446744073709551615>,"
      " 'version': <'0.1.0'>, 'host': <'null'>, 'user': <'a: b'>, 'directory': <'/tmp/run'>,"
      " 'cores': <uint32 8>, 'task': <'benchmark'>, 'task_version': <'1.0'>,"
      " 'parameters': <['a', 'b', 'c']>, 'lower': <[-1.0, 0.0, -1.0]>, 'upper': <[1.0, 1e300, 1.0]>,"
      " 'groups': <[('fast: one', 'cmaes', '1.0', uint64 2, 'threads')]>, 'backend': <'threads'>,"
      " 'max_jobs': <uint64 2>, 'memory': <uint64 1000>}",
      quoted);
  put (writer, GLOMPO_RECORD_RUN_STARTED, 0.0, 0, details);
}

static void
put_value (JournalWriter *writer, double seconds, guint64 call, guint64 optimizer, gint32 status, double f,
           double x)
{
  const double point[] = { x, 2.0 * x, 0.1 };
  GlompoEvaluation evaluation
      = { .call = call, .point = call, .status = status, .f = f, .n = 3, .x = point };
  journal_writer_evaluation (writer, START + (gint64) (seconds * (double) SECOND), optimizer, &evaluation);
}

static void
put_middle (JournalWriter *writer)
{
  put (writer, GLOMPO_RECORD_FINDING, 0.0, 0,
       "{'code': <'C3'>, 'severity': <'warning'>, 'where': <'[glompo] backend'>, 'what': <'slow'>,"
       " 'mend': <'less'>}");
  put (writer, GLOMPO_RECORD_OPTIMIZER_STARTED, 0.5, 1,
       "{'group': <'fast: one'>, 'type': <'cmaes'>, 'version': <'1.0'>, 'workers': <uint64 2>,"
       " 'seed': <uint64 5>, 'x0': <[0.0, 0.0, 0.0]>}");
  put (writer, GLOMPO_RECORD_OPTIMIZER_STARTED, 0.5, 2,
       "{'group': <'fast: one'>, 'type': <'cmaes'>, 'version': <'1.0'>, 'workers': <uint64 2>,"
       " 'seed': <uint64 6>, 'x0': <[0.0, 0.0, 0.0]>}");
  put_value (writer, 1.0, 1, 1, 0, 5.0, 0.5);
  put_value (writer, 1.0, 2, 2, 1, INFINITY, 0.6);
  put_value (writer, 1.0, 3, 2, 0, -1e20, 0.25);
  put_value (writer, 1.0, 4, 2, 0, -3.0, 0.75);
  put (writer, GLOMPO_RECORD_STATUS, 10.0, 0,
       "{'evaluations': <uint64 4>, 'memory': <uint64 100>, 'cpu': <5.0>, 'load': <[1.0, 2.0, 3.0]>}");
  put (writer, GLOMPO_RECORD_STATUS, 20.0, 0,
       "{'evaluations': <uint64 4>, 'memory': <uint64 300>, 'cpu': <20.0>, 'load': <[3.0, 2.0, 3.0]>}");
  put (writer, GLOMPO_RECORD_HUNT, 21.0, 1, "{'hunter': <uint64 2>, 'reason': <'x'>, 'hunt': <uint64 7>}");
  put (writer, GLOMPO_RECORD_OPTIMIZER_ENDED, 22.0, 1,
       "{'state': <'hunted'>, 'reason': <'BestUnmoving(5) true'>, 'evaluations': <uint64 1>,"
       " 'failures': <uint64 0>, 'best_f': <5.0>, 'metrics': <{'sigma': 0.25}>}");
}

static void
put_end (JournalWriter *writer)
{
  put (writer, GLOMPO_RECORD_RUN_ENDED, 90.0, 0,
       "{'state': <'finished'>, 'reason': <'MaxFuncCalls(100): 100 >= 100 true\\n| TargetCost none'>,"
       " 'evaluations': <uint64 4>, 'failures': <uint64 1>, 'started': <uint64 2>, 'converged': <uint64 0>,"
       " 'hunted': <uint64 1>, 'crashed': <uint64 0>, 'hunts': <uint64 9>, 'seconds': <90.0>,"
       " 'best_f': <-1e20>, 'best_id': <uint64 2>, 'best_evaluation': <uint64 3>,"
       " 'best_x': <[0.25, 0.5, 0.1]>}");
}

/* Makes the summary and loads it. */
static void
load (const char *directory, yaml_document_t *out_document)
{
  g_autofree char *path = g_build_filename (directory, "glompo_manager_log.yml", NULL);
  g_autofree char *text = NULL;
  gsize length = 0;
  g_autoptr (GError) error = NULL;
  yaml_parser_t parser;

  CU_ASSERT_FATAL (glompo_report_write_summary (directory, &error));
  CU_ASSERT_FATAL (g_file_get_contents (path, &text, &length, NULL));
  CU_ASSERT_FATAL (yaml_parser_initialize (&parser));
  yaml_parser_set_input_string (&parser, (const guchar *) text, length);
  if (!yaml_parser_load (&parser, out_document))
    {
      g_print ("%s\n%s", parser.problem, text);
      CU_FAIL_FATAL ("the summary is not YAML");
    }
  yaml_parser_delete (&parser);
}

static yaml_node_t *
child (yaml_document_t *document, yaml_node_t *node, const char *key)
{
  if (node->type == YAML_SEQUENCE_NODE)
    {
      guint64 i = g_ascii_strtoull (key, NULL, 10);
      if (i >= (guint64) (node->data.sequence.items.top - node->data.sequence.items.start))
        return NULL;
      return yaml_document_get_node (document, node->data.sequence.items.start[i]);
    }
  if (node->type != YAML_MAPPING_NODE)
    return NULL;
  for (yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++)
    {
      yaml_node_t *name = yaml_document_get_node (document, pair->key);
      if (strcmp ((const char *) name->data.scalar.value, key) == 0)
        return yaml_document_get_node (document, pair->value);
    }
  return NULL;
}

/* The node at "key/key/index". */
static yaml_node_t *
find (yaml_document_t *document, const char *where)
{
  g_auto (GStrv) keys = g_strsplit (where, "/", -1);
  yaml_node_t *node = yaml_document_get_root_node (document);

  for (guint i = 0; node != NULL && keys[i] != NULL; i++)
    node = child (document, node, keys[i]);
  return node;
}

/* What a scalar says: as it stands for a number and the like, in quotes for text that needs them. */
static void
expect (yaml_document_t *document, const char *where, const char *value)
{
  yaml_node_t *node = find (document, where);

  if (node == NULL || node->type != YAML_SCALAR_NODE)
    {
      TEST_STR (where, "a scalar");
      return;
    }
  yaml_scalar_style_t style = node->data.scalar.style;
  gboolean quoted = style == YAML_SINGLE_QUOTED_SCALAR_STYLE || style == YAML_DOUBLE_QUOTED_SCALAR_STYLE;
  g_autofree char *text = g_strdup_printf (quoted ? "'%s'" : "%s", node->data.scalar.value);
  TEST_STR (text, value);
}

static gint
items (yaml_document_t *document, const char *where)
{
  yaml_node_t *node = find (document, where);
  CU_ASSERT_FATAL (node != NULL && node->type == YAML_SEQUENCE_NODE);
  return (gint) (node->data.sequence.items.top - node->data.sequence.items.start);
}

static void
make_whole (const char *directory)
{
  JournalWriter *writer = writer_in (directory);
  put_start (writer);
  put_middle (writer);
  put_end (writer);
  CU_ASSERT_FATAL (journal_writer_close (writer, NULL));
}

static void
test_assignment_and_settings (void)
{
  g_autofree char *directory = fresh_directory ();
  yaml_document_t document;

  make_whole (directory);
  load (directory, &document);
  expect (&document, "Assignment/GloMPO Version", "'0.1.0'");
  expect (&document, "Assignment/Task", "benchmark");
  expect (&document, "Assignment/Working Dir", "/tmp/run");
  expect (&document, "Assignment/Username", "'a: b'");
  expect (&document, "Assignment/Hostname", "'null'");
  expect (&document, "Assignment/Seed", "18446744073709551615");
  expect (&document, "Assignment/Time/Optimization Periods/0/Start", "2023-11-14T22:13:20.000000Z");
  expect (&document, "Assignment/Time/Optimization Periods/0/End", "2023-11-14T22:14:50.000000Z");
  expect (&document, "Assignment/Time/Total", "90.0");
  expect (&document, "Settings/x0 Generator/Generator", "RandomGenerator");
  expect (&document, "Settings/Convergence Checker", "MaxFuncCalls(100) | TargetCost(0)");
  expect (&document, "Settings/Hunt Conditions", "null");
  expect (&document, "Settings/Optimizer Selector/Selector", "CycleSelector");
  expect (&document, "Settings/Max Jobs", "2");
  const char *optimizer = "Settings/Optimizer Selector/Available Optimizers/0";
  const char *const wanted[][2] = {
    { "type", "cmaes" }, { "group", "'fast: one'" }, { "init_kwargs/sigma0", "0.5" },
    { "init_kwargs/population", "12" }, { "init_kwargs/active", "true" },
    { "init_kwargs/scales/2", "1.0e+300" }, { "init_kwargs/scales/0", "1" },
    { "init_kwargs/mode", "'no'" }, { "call_kwargs/workers", "2" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (wanted); i++)
    {
      g_autofree char *where = g_strdup_printf ("%s/%s", optimizer, wanted[i][0]);
      expect (&document, where, wanted[i][1]);
    }
  expect (&document, "Settings/Bounds/(-1, 1)/1", "2");
  TEST_INT (items (&document, "Settings/Bounds/(-1, 1)"), 2);
  expect (&document, "Settings/Bounds/(0, 1e+300)/0", "1");
  expect (&document, "Compatibility Findings/0/Code", "C3");
  yaml_document_delete (&document);
}

static void
test_counters_and_solution (void)
{
  g_autofree char *directory = fresh_directory ();
  yaml_document_t document;

  make_whole (directory);
  load (directory, &document);
  expect (&document, "Counters/Function Evaluations", "4");
  expect (&document, "Counters/Failed Evaluations", "1");
  expect (&document, "Counters/Hunts Started", "9");
  expect (&document, "Counters/Optimizers/Started", "2");
  expect (&document, "Counters/Optimizers/Killed", "1");
  expect (&document, "Counters/Optimizers/Converged", "0");
  /* 5 s of processor in the first 10 s, 15 s in the next: 50 % and 150 %. */
  expect (&document, "Run Information/CPU/CPU Usage(%)/Average", "100.0");
  TEST_NEAR (g_ascii_strtod ((const char *) find (&document, "Run Information/CPU/CPU Usage(%)/Std. Dev.")
                                 ->data.scalar.value, NULL), 50.0 * sqrt (2.0), 1e-12);
  expect (&document, "Run Information/Memory/Used/Max", "300");
  expect (&document, "Run Information/Memory/Used/Ave", "200.0");
  expect (&document, "Run Information/Memory/Available", "1000");
  expect (&document, "Run Information/CPU/Cores/Total", "8");
  expect (&document, "Run Information/CPU/Load/Average/0", "2.0");
  expect (&document, "Run Information/CPU/Load/Std. Dev./1", "0.0");
  expect (&document, "Optimizers/0/State", "hunted");
  expect (&document, "Optimizers/0/Metrics/sigma", "0.25");
  expect (&document, "Optimizers/1/State", "unknown");
  expect (&document, "Optimizers/1/Function Evaluations", "3");
  expect (&document, "Optimizers/1/Best fx", "-1.0e+20");
  expect (&document, "Solution/fx", "-1.0e+20");
  expect (&document, "Solution/origin/opt_id", "2");
  expect (&document, "Solution/origin/type", "cmaes");
  expect (&document, "Solution/origin/evaluation", "3");
  expect (&document, "Solution/exit cond.", "MaxFuncCalls(100): 100 >= 100 true\n| TargetCost none");
  expect (&document, "Solution/x/0", "0.25");
  expect (&document, "Solution/parameters/c", "0.1");
  expect (&document, "Journal/State", "whole");
  CU_ASSERT_PTR_NULL (find (&document, "Checkpointing"));
  CU_ASSERT (find (&document, "Solution/x")->data.sequence.style == YAML_FLOW_SEQUENCE_STYLE);
  yaml_document_delete (&document);
}

/* The settings that were recorded count more than the ini text. */
static void
test_recorded_settings (void)
{
  g_autofree char *directory = fresh_directory ();
  yaml_document_t document;
  JournalWriter *writer = writer_in (directory);
  put (writer, GLOMPO_RECORD_RUN_STARTED, 0.0, 0,
       "{'config': <'[glompo]\\nhunters = A(1)\\n'>,"
       " 'settings': <{'hunters': 'A(n=1) & B(2)', 'selector': 'CycleSelector(a=1)', 'spawn': 'none'}>}");
  journal_writer_free (writer);

  load (directory, &document);
  expect (&document, "Settings/Hunt Conditions", "A(n=1) & B(2)");
  expect (&document, "Settings/Optimizer Selector/Selector", "CycleSelector");
  expect (&document, "Settings/Optimizer Selector/Expression", "CycleSelector(a=1)");
  expect (&document, "Settings/Optimizer Selector/Allow Spawn", "null");
  yaml_document_delete (&document);
}

/* By a program that has a record for them, or by one that wrote a message. */
static void
put_changes (JournalWriter *writer, gboolean typed)
{
  put (writer, GLOMPO_RECORD_RUN_STARTED, 0.0, 0,
       typed ? "{'settings': <{'hunters': 'none', 'max_jobs': 'auto', 'convergence': 'A(1)', "
               "'hunt_frequency': '10'}>,"
               " 'max_jobs': <uint64 7>, 'records': <uint32 17>}"
             : "{'settings': <{'hunters': 'none', 'max_jobs': 'auto', 'convergence': 'A(1)', "
               "'hunt_frequency': '10'}>,"
               " 'max_jobs': <uint64 7>}");
  put_value (writer, 1.0, 1, 1, 0, 5.0, 0.5);
  put (writer, GLOMPO_RECORD_COMMAND, 1.0, 0,
       "{'command': <'set hunters B(2)'>, 'from': <'socket'>, 'uid': <uint32 3>, 'user': <'ann'>, 'pid': "
       "<41>}");
  if (typed)
    {
      put (writer, GLOMPO_RECORD_SETTING_CHANGED, 1.0, 0, "{'key': <'hunters'>, 'value': <'B(x = 2)'>}");
      put (writer, GLOMPO_RECORD_SETTING_CHANGED, 1.0, 0, "{'value': <'of nothing'>}");
      put (writer, GLOMPO_RECORD_MESSAGE, 1.0, 0,
           "{'level': <'info'>, 'text': <'changed in the run: hunters = D'>}");
    }
  else
    put (writer, GLOMPO_RECORD_MESSAGE, 1.0, 0,
         "{'level': <'info'>, 'text': <'changed in the run: hunters = B(x = 2)'>}");
  put (writer, GLOMPO_RECORD_MESSAGE, 1.0, 3,
       "{'level': <'info'>, 'text': <'changed in the run: hunters = C'>}");
  put (writer, GLOMPO_RECORD_COMMAND, 1.0, 0,
       "{'command': <'pause'>, 'from': <'socket'>, 'uid': <uint32 3>, 'user': <'bob'>, 'pid': <42>}");
  if (typed)
    put (writer, GLOMPO_RECORD_SETTING_CHANGED, 2.0, 0,
         "{'key': <'max_jobs'>, 'value': <'auto'>, 'max_jobs': <uint64 3>}");
  else
    put (writer, GLOMPO_RECORD_MESSAGE, 2.0, 0,
         "{'level': <'info'>, 'text': <'changed in the run: max_jobs = 3'>}");
}

/* Settings that were changed, in the run or between sessions, are those that are shown, and it is told by
 * whom. */
static void
check_changes (gboolean typed)
{
  g_autofree char *first = fresh_directory ();
  g_autofree char *second = fresh_directory ();
  yaml_document_t document;
  JournalWriter *writer = writer_in (first);
  put_changes (writer, typed);
  CU_ASSERT_FATAL (journal_writer_close (writer, NULL));
  load (first, &document);
  expect (&document, "Settings/Hunt Conditions", "B(x = 2)");
  expect (&document, "Settings/Max Jobs", "3");
  TEST_INT (items (&document, "Settings/Changes"), 2);
  expect (&document, "Settings/Changes/0/Key", "hunters");
  expect (&document, "Settings/Changes/0/Value", "B(x = 2)");
  expect (&document, "Settings/Changes/0/Evaluations", "1");
  expect (&document, "Settings/Changes/0/When", "in the run");
  expect (&document, "Settings/Changes/0/By", "ann (process 41)");
  expect (&document, "Settings/Changes/1/Key", "max_jobs");
  expect (&document, "Settings/Changes/1/By", "null");
  yaml_document_delete (&document);

  writer = writer_in (second);
  put_changes (writer, typed);
  put (writer, GLOMPO_RECORD_RUN_STARTED, 9.0, 0,
       "{'settings': <{'hunters': 'B(x = 2)', 'max_jobs': 'auto', 'convergence': 'A(9)', 'hunt_frequency': "
       "'10'}>,"
       " 'max_jobs': <uint64 5>}");
  CU_ASSERT_FATAL (journal_writer_close (writer, NULL));
  load (second, &document);
  expect (&document, "Settings/Convergence Checker", "A(9)");
  expect (&document, "Settings/Hunt Conditions", "B(x = 2)");
  expect (&document, "Settings/Max Jobs", "5");
  /* auto is auto, however many slots that are */
  TEST_INT (items (&document, "Settings/Changes"), typed ? 3 : 4);
  expect (&document, "Settings/Changes/2/When", "between sessions");
  yaml_document_delete (&document);
}

static void
test_changed_settings (void)
{
  check_changes (FALSE);
  check_changes (TRUE);
}

/* Every journal that is cut short still gives a summary that loads. */
static void
test_cut_short (void)
{
  g_autofree char *whole = fresh_directory ();
  g_autofree char *directory = fresh_directory ();
  g_autofree char *path = g_build_filename (whole, GLOMPO_JOURNAL_FILE, NULL);
  g_autofree char *cut = g_build_filename (directory, GLOMPO_JOURNAL_FILE, NULL);
  g_autofree char *bytes = NULL;
  gsize length = 0;

  make_whole (whole);
  CU_ASSERT_FATAL (g_file_get_contents (path, &bytes, &length, NULL));
  for (gsize size = 0; size < length; size += 101)
    {
      yaml_document_t document;
      g_file_set_contents_full (cut, bytes, (gssize) size, G_FILE_SET_CONTENTS_NONE, 0600, NULL);
      load (directory, &document);
      expect (&document, "Solution/state", "not ended");
      yaml_document_delete (&document);
    }
  yaml_document_t document;
  g_file_set_contents_full (cut, bytes, (gssize) (length - 3), G_FILE_SET_CONTENTS_NONE, 0600, NULL);
  load (directory, &document);
  expect (&document, "Journal/State", "torn");
  expect (&document, "Solution/fx", "-1.0e+20");
  expect (&document, "Optimizers/1/State", "not ended");
  expect (&document, "Assignment/Time/Optimization Periods/0/End", "null");
  yaml_document_delete (&document);
}

static void
test_nothing_found (void)
{
  g_autofree char *directory = fresh_directory ();
  yaml_document_t document;
  JournalWriter *writer = writer_in (directory);
  put_start (writer);
  put_value (writer, 1.0, 1, 1, 1, INFINITY, 0.5);
  journal_writer_free (writer);

  load (directory, &document);
  expect (&document, "Solution/fx", "null");
  expect (&document, "Solution/origin/opt_id", "null");
  TEST_INT (items (&document, "Solution/x"), 0);
  expect (&document, "Run Information/Memory/Used/Max", "null");
  expect (&document, "Run Information/CPU/CPU Usage(%)/Average", "null");
  expect (&document, "Run Information/CPU/CPU Usage(%)/Std. Dev.", "null");
  yaml_document_delete (&document);
}

static void
test_damaged (void)
{
  g_autofree char *directory = fresh_directory ();
  g_autofree char *path = g_build_filename (directory, GLOMPO_JOURNAL_FILE, NULL);
  yaml_document_t document;
  char *bytes = NULL;
  gsize length = 0;

  make_whole (directory);
  CU_ASSERT_FATAL (g_file_get_contents (path, &bytes, &length, NULL));
  bytes[length - 100] ^= 4;
  g_file_set_contents_full (path, bytes, (gssize) length, G_FILE_SET_CONTENTS_NONE, 0600, NULL);
  g_free (bytes);
  load (directory, &document);
  expect (&document, "Journal/State", "damaged");
  expect (&document, "Solution/fx", "-1.0e+20");
  CU_ASSERT_PTR_NOT_NULL (find (&document, "Journal/Damage"));
  yaml_document_delete (&document);
}

static void
test_refusals (void)
{
  g_autofree char *directory = fresh_directory ();
  g_autoptr (GError) error = NULL;

  CU_ASSERT_FALSE (glompo_report_write_summary (directory, &error));
  CU_ASSERT (g_error_matches (error, GLOMPO_JOURNAL_ERROR, GLOMPO_JOURNAL_ERROR_IO));
  g_autoptr (GDir) listing = g_dir_open (directory, 0, NULL);
  CU_ASSERT_PTR_NULL (g_dir_read_name (listing));
}

/* Nothing is left beside the summary, and an old one is replaced. */
static void
test_replaces (void)
{
  g_autofree char *directory = fresh_directory ();
  yaml_document_t document;
  guint n = 0;

  make_whole (directory);
  for (guint i = 0; i < 2; i++)
    {
      load (directory, &document);
      yaml_document_delete (&document);
    }
  g_autoptr (GDir) listing = g_dir_open (directory, 0, NULL);
  while (g_dir_read_name (listing) != NULL)
    n++;
  TEST_INT (n, 2);
}

static const TestCase cases[] = {
  { "assignment and settings", test_assignment_and_settings },
  { "counters and solution", test_counters_and_solution },
  { "recorded settings", test_recorded_settings },
  { "settings that were changed", test_changed_settings },
  { "cut short", test_cut_short },
  { "nothing found", test_nothing_found },
  { "damaged", test_damaged },
  { "refusals", test_refusals },
  { "replaces", test_replaces },
};

TEST_MAIN ("yaml", cases)
