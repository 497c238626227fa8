/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The task `python`, loaded as the registry loads it: with local symbols. All tests share the interpreter of
 * this process, as instances of a run do. Skipped as a whole where the plugin was not built.
 */
#include <config.h>
#include "base/options.h"
#include "harness.h"
#include "plugin/host.h"
#include "task-fixture.h"
#include <glompo/glompo-registry.h>
#include <locale.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
  PluginHost host;
  Options *options;
  gpointer self; /* NULL: refused */
  char *why;     /* then */
  GlompoParameters space;
  guint warnings;
  char *warning; /* the last one */
} Instance;

static const GlompoPlugin *plugin;

static void
keep_warning (gpointer data, GlompoLogLevel level, const char *text)
{
  Instance *i = data;
  i->warnings += level == GLOMPO_LOG_WARNING;
  g_free (i->warning);
  i->warning = g_strdup (text);
}

/* FALSE: the running test was counted as skipped. */
static gboolean
load_plugin (void)
{
  static GlompoRegistry *registry;
  g_autofree char *path = test_build_file ("plugins/.libs/python.so");
  g_autoptr (GError) error = NULL;
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      test_skip ("the task python was not built");
      return FALSE;
    }
  g_setenv ("PYTHONDONTWRITEBYTECODE", "1", TRUE);
  if (registry == NULL)
    registry = glompo_registry_new ();
  plugin = glompo_registry_load_file (registry, path, &error);
  TEST_NO_ERROR (error);
  return plugin != NULL;
}

/* settings: "name=value; name=value". TRUE: the task accepted them. */
static gboolean
instance_open (Instance *i, const char *settings)
{
  *i = (Instance){ .space.struct_size = sizeof i->space };
  RandomStream random;
  random_init (&random, 1, RANDOM_TASK, 0);
  plugin_host_init (&i->host, random);
  i->host.log = keep_warning;
  i->host.data = i;
  i->host.base_directory = test_source_file ("tests/fixtures/python");
  i->options = options_new (plugin->options, plugin->n_options, plugin->options_size);
  fixture_set (i->options, settings);
  i->self = plugin->task->create (options_data (i->options), 1, &i->host.table);
  if (i->self == NULL)
    i->why = plugin_host_take_failure (&i->host, "it does not say why");
  return i->self != NULL && plugin->task->parameters (i->self, &i->space);
}

static void
instance_close (Instance *i)
{
  if (i->self != NULL)
    plugin->task->destroy (i->self);
  options_unref (i->options);
  plugin_host_clear (&i->host);
  g_free (i->why);
  g_free (i->warning);
}

static void
refused (const char *settings, const char *part)
{
  Instance i;
  CU_ASSERT (!instance_open (&i, settings));
  TEST_CONTAINS (i.why != NULL ? i.why : "it was accepted", part);
  instance_close (&i);
}

static GlompoResult
evaluate (Instance *i, const double *x, double *extras)
{
  GlompoResult result = { .struct_size = sizeof result, .f = NAN, .extras = extras };
  plugin->task->evaluate (i->self, x, &result);
  return result;
}

/* The value of a function of the module plain at a fixed point; NAN: failed. */
static double
value_of (const char *function, const char *more)
{
  const double x[3] = { 1.5, -2.0, 0.25 };
  Instance i;
  g_autofree char *settings = g_strdup_printf ("module=plain; function=%s; %s", function, more);
  double value = -1.0;
  CU_ASSERT (instance_open (&i, settings));
  if (i.self != NULL)
    {
      GlompoResult result = evaluate (&i, x, NULL);
      value = result.status == GLOMPO_STATUS_EVALUATED ? result.f : NAN;
    }
  instance_close (&i);
  return value;
}

/* The evaluation fails once, and the log says why. */
static void
fails_with (const char *function, const char *more, const char *part)
{
  const double x[3] = { 1.5, -2.0, 0.25 };
  Instance i;
  g_autofree char *settings = g_strdup_printf ("module=plain; function=%s; %s", function, more);
  CU_ASSERT (instance_open (&i, settings));
  if (i.self != NULL)
    {
      GlompoResult result = evaluate (&i, x, NULL);
      TEST_INT (result.status, GLOMPO_STATUS_FAILED);
      TEST_INT (i.warnings, 1);
      TEST_CONTAINS (i.warning != NULL ? i.warning : "", part);
    }
  instance_close (&i);
}

static gboolean
has_package (const char *module)
{
  Instance i;
  g_autofree char *settings = g_strdup_printf ("module=%s", module);
  gboolean there = instance_open (&i, settings) || strstr (i.why, "No module named") == NULL;
  if (!there)
    test_skip (i.why);
  else
    TEST_STR (i.why, NULL);
  instance_close (&i);
  return there;
}

/* ---- tests ---- */

static void
test_values (void)
{
  if (!load_plugin ())
    return;
  TEST_NEAR (value_of ("f", ""), 6.3125, 0.0);
  TEST_NEAR (value_of ("integer", ""), 7.0, 0.0);
  TEST_NEAR (value_of ("thing", ""), 3.5, 0.0);
  CU_ASSERT (isnan (value_of ("nan", "")));
  TEST_NEAR (value_of ("facts", ""), 1.0, 0.0);
}

static void
test_space (void)
{
  if (!load_plugin ())
    return;
  Instance i;
  CU_ASSERT (instance_open (&i, "module=plain"));
  TEST_INT (i.space.n, 3);
  TEST_NEAR (i.space.lower[1], -5.5, 0.0);
  TEST_NEAR (i.space.upper[2], 1.0, 0.0);
  TEST_STR (i.space.names[2], "gamma");
  TEST_NEAR (i.space.start[1], -1.0, 0.0);
  TEST_INT (plugin->task->concurrency (i.self), GLOMPO_GLOBAL_LOCK);
  instance_close (&i);
  CU_ASSERT (
      instance_open (&i, "module=plain; bounds=-7, 7; names= a ,b, c d; start=1,2,3; concurrency=external"));
  TEST_INT (i.space.n, 3);
  TEST_NEAR (i.space.lower[2], -7.0, 0.0);
  TEST_STR (i.space.names[0], "a");
  TEST_STR (i.space.names[2], "c d");
  TEST_NEAR (i.space.start[2], 3.0, 0.0);
  TEST_INT (plugin->task->concurrency (i.self), GLOMPO_EXTERNAL);
  instance_close (&i);
  CU_ASSERT (instance_open (&i, "module=bare; lower=-1,-2; upper=3"));
  TEST_INT (i.space.n, 2);
  TEST_NEAR (i.space.lower[1], -2.0, 0.0);
  TEST_NEAR (i.space.upper[1], 3.0, 0.0);
  CU_ASSERT (i.space.names == NULL && i.space.start == NULL);
  instance_close (&i);
  CU_ASSERT (instance_open (&i, "module=bare; dims=4; bounds=0,1"));
  TEST_INT (i.space.n, 4);
  instance_close (&i);
}

/* Functions, classes and modules that are called as something the task reads are none of its business. */
static void
test_clashes (void)
{
  if (!load_plugin ())
    return;
  const double x[2] = { 0.5, 0.25 };
  Instance i;
  const GlompoExtra *rows;
  CU_ASSERT (instance_open (&i, "module=clashes; function=start"));
  if (i.self != NULL)
    {
      TEST_INT (i.space.n, 2);
      CU_ASSERT (i.space.start == NULL && i.space.names == NULL);
      TEST_INT (plugin->task->extras (i.self, &rows), 0);
      TEST_NEAR (evaluate (&i, x, NULL).f, 0.75, 0.0);
    }
  instance_close (&i);
}

static void
test_space_refused (void)
{
  if (!load_plugin ())
    return;
  refused ("module=bare; bounds=0,1", "the number of parameters is not known: set dims");
  refused ("module=bare; dims=2", "there are no bounds");
  refused ("module=plain; dims=2", "dims stands for 2 parameters, but bounds of the module for 3");
  refused ("module=plain; names=a,b", "bounds of the module stands for 3 parameters, but names for 2");
  refused ("module=plain; names=a,b,a", "the name a is given twice");
  refused ("module=plain; names=a,,b", "names: an empty item in ");
  refused ("module=plain; start=1,2,30", "start[2] = 30 is outside the bounds 0 to 1");
  refused ("module=bare; dims=2; bounds=2,1", "the bounds of parameter 1 are 2 and 1");
  refused ("module=bare; dims=2; bounds=1", "bounds has 1 numbers, wanted two");
  refused ("module=bare; dims=2; bounds=1,2; lower=3", "wanted one way or the other");
  refused ("module=bare; lower=3,4", "lower is set but upper is not");
  refused ("module=bad_space; dims=1",
           "bounds of the module bad_space is 'everywhere' of the type str, wanted");
}

static void
test_module_refused (void)
{
  if (!load_plugin ())
    return;
  refused ("module=nowhere", "there is no such module in ");
  refused ("module=plain.py", "leave out the ending .py");
  refused ("module=plain; path=nowhere", "path = nowhere: there is no ");
  refused ("module=broken_syntax", "module = broken_syntax cannot be imported: SyntaxError");
  refused ("module=broken_syntax", "broken_syntax.py, line 2)");
  refused ("module=broken_import", "ModuleNotFoundError: No module named 'no_such_package_for_sure'");
  refused ("module=broken_run", "ZeroDivisionError: division by zero (");
  refused ("module=broken_run", "broken_run.py, line 3)");
  refused ("module=bare; function=g; bounds=0,1", "has no such name; functions in it: f");
  refused ("module=plain; function=number",
           "plain.number is 17 of the type int, wanted something that can be called");
}

static void
test_failures (void)
{
  if (!load_plugin ())
    return;
  fails_with ("fails", "", "ValueError: no value at 1.5");
  fails_with ("fails", "", "plain.py\", line ");
  fails_with ("leaves", "", "SystemExit: 3");
  fails_with ("interrupted", "", "KeyboardInterrupt");
  fails_with ("endless", "", "RecursionError");
  fails_with ("text", "", "text returned 'abc' of the type str, wanted a number or (number, extras)");
  fails_with ("nothing", "", "nothing returned None, wanted a number");
  fails_with ("triple", "", "triple returned (1.0, 2.0, 3.0) of the type tuple, wanted a number");
  fails_with ("unreadable", "", "returned an object of the type Odd");
  fails_with ("f", "extras=a", "wanted (value, extras), as extras are declared");
  fails_with ("with_few", "extras=a,b",
              "[1.0] of the type list, wanted (value, extras) with the 2 declared extras in their order");
}

static void
test_log_is_not_flooded (void)
{
  if (!load_plugin ())
    return;
  Instance i;
  double x[3] = { 1.0, 0.0, 0.0 };
  CU_ASSERT (instance_open (&i, "module=plain; function=fails_in_places"));
  for (guint k = 0; k < 1000; k++)
    evaluate (&i, x, NULL);
  TEST_INT (i.warnings, 4); /* failures 1, 10, 100 and 1000 */
  TEST_CONTAINS (i.warning, "failure 1000 of this kind");
  x[0] = -1.0;
  evaluate (&i, x, NULL);
  TEST_INT (i.warnings, 5);
  TEST_CONTAINS (i.warning, "KeyError: 'negative'");
  instance_close (&i);
}

static void
test_extras (void)
{
  if (!load_plugin ())
    return;
  const double x[3] = { 1.0, 2.0, 0.5 };
  static const char *const functions[] = { "with_list", "with_dict" };
  for (gsize k = 0; k < G_N_ELEMENTS (functions); k++)
    {
      Instance i;
      const GlompoExtra *extras;
      double values[2] = { 0 };
      g_autofree char *settings
          = g_strdup_printf ("module=plain; function=%s; extras=first, second", functions[k]);
      CU_ASSERT (instance_open (&i, settings));
      TEST_INT (plugin->task->extras (i.self, &extras), 2);
      TEST_STR (extras[1].name, "second");
      TEST_NEAR (evaluate (&i, x, values).f, 3.5, 0.0);
      TEST_NEAR (values[0], 1.0, 0.0);
      TEST_NEAR (values[1], 2.0, 0.0);
      instance_close (&i);
    }
  Instance i;
  double one = 0;
  CU_ASSERT (instance_open (&i, "module=plain; function=with_one; extras=last"));
  evaluate (&i, x, &one);
  TEST_NEAR (one, 0.5, 0.0);
  instance_close (&i);
  double three[3] = { 0 };
  CU_ASSERT (instance_open (&i, "module=plain; function=with_vector; extras=\"a,b\", v[2]"));
  evaluate (&i, x, three);
  TEST_NEAR (three[0], 1.0, 0.0);
  TEST_NEAR (three[2], 0.5, 0.0);
  instance_close (&i);
  CU_ASSERT (instance_open (&i, "module=plain; function=with_vector; extras=a, v[3]"));
  TEST_INT (evaluate (&i, x, three).status, GLOMPO_STATUS_FAILED);
  instance_close (&i);
  TEST_NEAR (value_of ("with_list", ""), -0.25, 0.0); /* extras that nobody declared are left */
}

static void
test_point_is_private (void)
{
  if (!load_plugin ())
    return;
  Instance i;
  double x[4] = { 1.0, 2.0, 0.5, 0.0 };
  CU_ASSERT (instance_open (&i, "module=plain; function=changes"));
  evaluate (&i, x, NULL);
  TEST_NEAR (x[0], 1.0, 0.0);
  instance_close (&i);
  if (!has_package ("arrays"))
    return;
  CU_ASSERT (instance_open (&i, "module=arrays; function=changes"));
  evaluate (&i, x, NULL);
  TEST_NEAR (x[0], 1.0, 0.0);
  instance_close (&i);
  CU_ASSERT (instance_open (&i, "module=arrays; function=keeps"));
  evaluate (&i, x, NULL);
  x[0] = 5.0;
  TEST_NEAR (evaluate (&i, x, NULL).f, 1.0, 0.0);
  instance_close (&i);
}

static void
test_numpy (void)
{
  if (!load_plugin () || !has_package ("arrays"))
    return;
  Instance i;
  double extras[2], x[4] = { 1.0, 2.0, -2.0, 0.0 };
  CU_ASSERT (instance_open (&i, "module=arrays; function=scalar"));
  TEST_INT (i.space.n, 4);
  TEST_NEAR (i.space.upper[3], 5.0, 0.0);
  TEST_NEAR (evaluate (&i, x, extras).f, 9.0, 0.0);
  instance_close (&i);
  CU_ASSERT (instance_open (&i, "module=arrays; function=zero_dimensional"));
  TEST_NEAR (evaluate (&i, x, extras).f, 2.5, 0.0);
  instance_close (&i);
  CU_ASSERT (instance_open (&i, "module=arrays; function=array"));
  TEST_INT (evaluate (&i, x, extras).status, GLOMPO_STATUS_FAILED);
  TEST_CONTAINS (i.warning, "array returned array([ 1.,  2., -2.,  0.]) of the type numpy.ndarray");
  instance_close (&i);
  fails_with ("f", "input=numpy", "AssertionError");
}

static double
resident_pages (void)
{
  g_autofree char *text = NULL;
  double size = 0, resident = 0;
  if (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL))
    sscanf (text, "%lf %lf", &size, &resident);
  return resident;
}

/* Ten thousand evaluations, failures among them. */
static void
test_memory (void)
{
#ifdef GLOMPO_SANITIZED
  test_skip ("a sanitizer keeps freed memory");
  return;
#endif
  if (!load_plugin () || !has_package ("arrays"))
    return;
  Instance good, bad;
  double extras[2], before = 0, x[4] = { 1.0, 2.0, -2.0, 0.0 };
  CU_ASSERT (instance_open (&good, "module=arrays"));
  CU_ASSERT (instance_open (&bad, "module=arrays; function=array"));
  for (guint k = 0; k < 11000; k++)
    {
      if (k == 1000)
        before = resident_pages ();
      x[0] = -5.0 + 1e-3 * (k % 10000);
      TEST_INT (evaluate (&good, x, extras).status, GLOMPO_STATUS_EVALUATED);
      evaluate (&bad, x, extras);
    }
  const double after = resident_pages ();
  CU_ASSERT (before > 0 && after <= 1.05 * before);
  printf ("    resident pages after 1000 and 11000 evaluations: %.0f, %.0f\n", before, after);
  instance_close (&good);
  instance_close (&bad);
}

/* ---- threads, the process ---- */

static gpointer
evaluate_many (gpointer data)
{
  Instance *i = data;
  const double x[3] = { 1.5, -2.0, 0.25 };
  guint wrong = 0;
  for (guint k = 0; k < 2000; k++)
    wrong += evaluate (i, x, NULL).f != 6.3125;
  return GUINT_TO_POINTER (wrong);
}

static gpointer
open_evaluate_close (gpointer data)
{
  Instance i;
  gboolean *good = data;
  *good = instance_open (&i, "module=plain");
  guint wrong = *good ? GPOINTER_TO_UINT (evaluate_many (&i)) : 1;
  instance_close (&i);
  return GUINT_TO_POINTER (wrong);
}

/* One interpreter, an instance for each thread, made here or there; all wait in turn. */
static void
test_threads (void)
{
  if (!load_plugin ())
    return;
  Instance instances[3];
  GThread *threads[6];
  gboolean good[3] = { FALSE };
  for (guint k = 0; k < 3; k++)
    CU_ASSERT (instance_open (&instances[k], "module=plain"));
  for (guint k = 0; k < 3; k++)
    {
      threads[k] = g_thread_new ("evaluate", evaluate_many, &instances[k]);
      threads[k + 3] = g_thread_new ("open", open_evaluate_close, &good[k]);
    }
  for (guint k = 0; k < 6; k++)
    TEST_INT (GPOINTER_TO_UINT (g_thread_join (threads[k])), 0); /* wrong values */
  for (guint k = 0; k < 3; k++)
    {
      CU_ASSERT (good[k]);
      instance_close (&instances[k]);
    }
}

static void
test_module_is_shared (void)
{
  if (!load_plugin ())
    return;
  TEST_NEAR (value_of ("counts", ""), 1.0, 0.0);
  TEST_NEAR (value_of ("counts", ""), 2.0, 0.0);
}

static void
test_children (void)
{
  if (!load_plugin ())
    return;
  TEST_NEAR (value_of ("forks", ""), 7.0, 0.0);
  TEST_NEAR (value_of ("pool", ""), 3.75, 0.0);
}

/* What the interpreter must leave to the host. */
static void
test_process_is_left_alone (void)
{
  if (!load_plugin ())
    return;
  struct sigaction interrupt, pipe;
  value_of ("f", "");
  sigaction (SIGINT, NULL, &interrupt);
  sigaction (SIGPIPE, NULL, &pipe);
  /* Ignored only if whoever started the test wants so. */
  CU_ASSERT (interrupt.sa_handler == SIG_DFL || interrupt.sa_handler == SIG_IGN);
  CU_ASSERT (pipe.sa_handler == SIG_DFL);
  TEST_STR (setlocale (LC_ALL, NULL), "C");
}

static const TestCase cases[] = {
  { "values", test_values },
  { "search space", test_space },
  { "search space refused", test_space_refused },
  { "clashes", test_clashes },
  { "module and function refused", test_module_refused },
  { "failed evaluations", test_failures },
  { "a failure of one kind is logged once in a while", test_log_is_not_flooded },
  { "extras", test_extras },
  { "the point is a copy", test_point_is_private },
  { "numpy", test_numpy },
  { "memory stays the same", test_memory },
  { "threads share the interpreter", test_threads },
  { "instances share the module", test_module_is_shared },
  { "functions with child processes", test_children },
  { "signals and locale", test_process_is_left_alone },
};

TEST_MAIN ("task-python", cases)
