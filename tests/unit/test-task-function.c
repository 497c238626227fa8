/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The task `function`: every declaration of the user's function, contexts, extras, concurrency, refusals. */
#include "user-task.h"
#include <dlfcn.h>

static char *library;

/* settings: pairs behind those that every test needs. */
#define FUNCTION "file", library, "dims", "3", "bounds", "-5, 5"

static void
test_plain (void)
{
  UserTask t;
  const double x[] = { 1.0, 1.0, 0.0 };
  CU_ASSERT_FATAL (user_task_open (&t, FUNCTION, "names", "a, b, c"));
  TEST_NEAR (user_task_value (&t, x), 1.0 + 0.0 + 4.0, 0.0);
  TEST_INT (t.space.n, 3);
  TEST_STR (t.space.names[2], "c");
  CU_ASSERT (t.space.lower[2] == -5.0 && t.space.upper[0] == 5.0);
  user_task_close (&t);
}

static int
count_contexts (void)
{
  void *handle = dlopen (library, RTLD_NOW);
  int count = *(int *) dlsym (handle, "contexts");
  dlclose (handle);
  return count;
}

static void
test_context (void)
{
  UserTask t, other;
  const double x[] = { 0.0, 1.0, 2.0 };
  CU_ASSERT_FATAL (user_task_open (&t, FUNCTION, "symbol", "bowl", "context", "true", "init", "make_context",
                                   "argument", "2.5", "free", "free_context"));
  CU_ASSERT_FATAL (user_task_open (&other, FUNCTION, "symbol", "bowl", "context", "true", "init",
                                   "make_context", "argument", "7", "free", "free_context"));
  TEST_INT (count_contexts (), 2);
  TEST_NEAR (user_task_value (&t, x), -2.5, 0.0);
  TEST_NEAR (user_task_value (&other, x), -7.0, 0.0);
  user_task_close (&t);
  user_task_close (&other);
  TEST_INT (count_contexts (), 0);
  CU_ASSERT_FATAL (user_task_open (&t, FUNCTION, "symbol", "bowl", "context", "true"));
  TEST_NEAR (user_task_value (&t, x), 0.0, 0.0); /* the context is NULL */
  user_task_close (&t);
  /* only the function must be the file's own */
  CU_ASSERT_FATAL (user_task_open (&t, FUNCTION, "symbol", "bowl", "context", "true", "init", "strdup",
                                   "argument", "abcdefgh", "free", "free"));
  user_task_close (&t);
}

static void
test_extras (void)
{
  UserTask t;
  const double x[] = { 1.0, 1.0, 3.0 };
  double extras[3];
  const GlompoExtra *rows = NULL;
  CU_ASSERT_FATAL (user_task_open (&t, FUNCTION, "symbol", "sums", "extras", "ends[2], \"left, out\""));
  TEST_INT (t.slots->extras (t.self, &rows), 2);
  TEST_STR (rows[1].name, "left, out");
  TEST_INT (rows[0].count, 2);
  CU_ASSERT (user_task_evaluate (&t, x, extras).f == 2.0);
  CU_ASSERT (extras[0] == 4.0 && extras[1] == 3.0 && isnan (extras[2]));
  TEST_NEAR (user_task_value (&t, x), 2.0, 0.0); /* nobody wants them */
  user_task_close (&t);
  CU_ASSERT_FATAL (user_task_open (&t, FUNCTION, "symbol", "both", "extras", "depth", "context", "true",
                                   "init", "make_context", "argument", "1.5", "free", "free_context"));
  CU_ASSERT (user_task_evaluate (&t, x, extras).f == 0.5 && extras[0] == 1.5);
  user_task_close (&t);
}

static void
test_no_value (void)
{
  UserTask t;
  const double good[] = { 0.0, 1.0, 2.0 }, bad[] = { -1.0, 1.0, 2.0 };
  CU_ASSERT_FATAL (user_task_open (&t, FUNCTION, "symbol", "hole"));
  CU_ASSERT (isnan (user_task_evaluate (&t, bad, NULL).f)); /* which the host takes for none */
  TEST_NEAR (user_task_value (&t, good), 0.0, 0.0);
  user_task_close (&t);
}

static void
test_concurrency (void)
{
  static const struct {
    const char *word;
    GlompoConcurrency concurrency;
  } rows[] = { { "concurrent", GLOMPO_CONCURRENT },
               { "process-local", GLOMPO_PROCESS_LOCAL },
               { "global-lock", GLOMPO_GLOBAL_LOCK } };
  UserTask t;
  CU_ASSERT_FATAL (user_task_open (&t, FUNCTION));
  TEST_INT (t.slots->concurrency (t.self), GLOMPO_PROCESS_LOCAL);
  user_task_close (&t);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      CU_ASSERT_FATAL (user_task_open (&t, FUNCTION, "concurrency", rows[i].word));
      TEST_INT (t.slots->concurrency (t.self), rows[i].concurrency);
      user_task_close (&t);
    }
}

static void
test_refusals (void)
{
  G_GNUC_UNUSED g_autofree char *text = user_task_script ("text.so", "no object\n");
  user_task_refused ("found no file", "file", "./nowhere.so", "dims", "3", "bounds", "-5, 5");
  user_task_refused (test_scratch_dir (), "file", "nowhere.so", "dims", "3", "bounds", "-5, 5");
  user_task_refused ("wanted the path of a shared object", "file", "", "dims", "3", "bounds", "-5, 5");
  user_task_refused ("wanted a shared object", "file", "text.so", "dims", "3", "bounds", "-5, 5");
  user_task_refused ("does not export 'g'", FUNCTION, "symbol", "g");
  user_task_refused ("does not export ''", FUNCTION, "symbol", "");
  user_task_refused ("symbol: found data called 'contexts' in ", FUNCTION, "symbol", "contexts");
  user_task_refused ("symbol: found data called 'of_thread' in ", FUNCTION, "symbol", "of_thread");
  user_task_refused ("symbol: 'atof' is not in ", FUNCTION, "symbol", "atof");
  user_task_refused ("wanted a function of the file", FUNCTION, "symbol", "strcmp");
  user_task_refused ("init: found data called 'contexts'", FUNCTION, "context", "true", "init", "contexts");
  user_task_refused ("init: ", FUNCTION, "context", "true", "init", "no_such");
  user_task_refused ("free: ", FUNCTION, "context", "true", "free", "no_such");
  user_task_refused ("init: found 'make_context' without context = true", FUNCTION, "init", "make_context");
  user_task_refused ("free: found 'free_context' without", FUNCTION, "free", "free_context");
  user_task_refused ("argument: found 'a' without init", FUNCTION, "context", "true", "argument", "a");
  user_task_refused ("make_context(\"refuse\") of ", FUNCTION, "context", "true", "init", "make_context",
                     "argument", "refuse");
  user_task_refused ("found no bounds", "file", library, "dims", "3");
}

/* Any character may be in the name of the file. */
static void
test_paths (void)
{
  UserTask t;
  const double x[] = { 0.0, 0.0 };
  g_autofree char *path = g_build_filename (test_scratch_dir (), "a \"b\"\nc \303\274.so", NULL);
  CU_ASSERT_FATAL (symlink (library, path) == 0);
  CU_ASSERT_FATAL (
      user_task_open (&t, "file", "\"a \\\"b\\\"\\nc \\303\\274.so\"", "dims", "2", "bounds", "-5, 5"));
  TEST_NEAR (user_task_value (&t, x), 1.0, 0.0);
  user_task_close (&t);
}

static const TestCase cases[] = {
  { "plain", test_plain },       { "context", test_context },         { "extras", test_extras },
  { "no-value", test_no_value }, { "concurrency", test_concurrency }, { "refusals", test_refusals },
  { "paths", test_paths },
};

int
main (int argc, char **argv)
{
  library = test_build_file ("tests/unit/.libs/user-function.so");
  int code = test_main (argc, argv, "task-function", cases, G_N_ELEMENTS (cases));
  g_free (library);
  return code;
}
