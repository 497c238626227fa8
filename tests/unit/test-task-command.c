/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The task `command`: every way in and out, directories, and programs that misbehave. */
#include "user-task.h"
#include <glib/gstdio.h>

#define SPACE "names", "a, b", "bounds", "-5, 5"
static const double x[] = { 0.1, -2.5 };

/* The value that a shell command gives, which must succeed; settings behind those of every test. */
#define check_value(WANTED, ...)                                                                             \
  check_value_list (__LINE__, WANTED, (const char *const[]){ SPACE, __VA_ARGS__, NULL })
static void
check_value_list (int line, double wanted, const char *const *settings)
{
  UserTask t;
  double f = NAN;
  if (user_task_open_list (&t, settings))
    f = user_task_value (&t, x);
  else
    printf ("line %d: %s\n", line, t.host.failure);
  if (t.log->len > 0)
    printf ("line %d: %s\n", line, t.log->str);
  TEST_NEAR (f, wanted, 0.0);
  user_task_close (&t);
}

/* The evaluation fails with a line in the log that contains part. */
#define check_failure(PART, STATUS, ...)                                                                     \
  check_failure_list (PART, STATUS, (const char *const[]){ SPACE, __VA_ARGS__, NULL })
static void
check_failure_list (const char *part, GlompoStatus status, const char *const *settings)
{
  UserTask t;
  CU_ASSERT_FATAL (user_task_open_list (&t, settings));
  GlompoResult result = user_task_evaluate (&t, x, NULL);
  TEST_INT (result.status, status);
  CU_ASSERT (isinf (result.f));
  TEST_CONTAINS (t.log->str, part);
  user_task_close (&t);
}

static void
test_arguments (void)
{
  check_value (0.1, "program", "echo");
  check_value (0.1, "program", "echo", "arguments", "{*}");
  check_value (-2.5, "program", "echo", "arguments", "{b} {a}");
  check_value (-20.0, "program", "echo", "arguments", "{b:.0f}{a:d} {1}");
  check_value (2.0, "program", "sh", "arguments", "-c 'echo $#' sh {*}");
  check_value (1.0, "program", "sh", "arguments", "-c 'echo $#' sh '{*} {a}'");
  check_value (7.0, "program", "echo", "arguments", "{seed} {a} {b}");
}

/* Nothing in an argument means anything to a shell, unless that is wanted. */
static void
test_shell (void)
{
  check_value (15.0, "program", "sh", "arguments", "-c 'printf %s \"$1\" | wc -c' sh '$(ls;)`\"{a}{b}'");
  check_value (-0.25, "shell", "true", "program", "echo $2 {b} | awk '{ print $1 * $2 }'", "arguments",
               "2 {a}");
}

static void
test_environment_and_input (void)
{
  check_value (-2.5, "program", "sh", "arguments", "-c 'echo \"$B\" \"$C\"'", "environment",
               "A={a} B='x y' C={b}");
  check_value (0.1, "program", "cat", "input", "line");
  check_value (-2.5, "program", "sed", "arguments", "-n 's/.*\"seed\":7.*\\[0.1,\\(.*\\)].*/{\"fx\":\\1}/p'",
               "input", "json", "result", "json");
}

static void
test_results (void)
{
  check_value (0.1, "program", "printf", "arguments", "'fx = {a}\\nother {b}\\n'", "result", "line");
  check_value (-2.5, "program", "printf", "arguments", "'fx = {a}\\nother {b}\\n'", "result", "line", "label",
               "other");
  UserTask t;
  double extras[3] = { 0.0 };
  CU_ASSERT_FATAL (user_task_open (&t, SPACE, "program", "echo", "arguments", "{a} {b} 3", "extras", "e[2]"));
  CU_ASSERT (user_task_evaluate (&t, x, extras).f == 0.1 && extras[0] == -2.5 && extras[1] == 3.0);
  user_task_close (&t);
  CU_ASSERT_FATAL (user_task_open (&t, SPACE, "program", "echo", "arguments", "{a} {b}", "extras", "e[2]"));
  CU_ASSERT (user_task_evaluate (&t, x, extras).status == GLOMPO_STATUS_FAILED && isnan (extras[1]));
  user_task_close (&t);
}

/* Makes an empty directory in the scratch directory. */
static char *
make_directory (const char *name)
{
  char *path = g_build_filename (test_scratch_dir (), name, NULL);
  CU_ASSERT (g_mkdir (path, 0777) == 0);
  return path;
}

static guint
count_entries (const char *path)
{
  guint n = 0;
  g_autoptr (GDir) directory = g_dir_open (path, 0, NULL);
  while (directory != NULL && g_dir_read_name (directory) != NULL)
    n++;
  return n;
}

static void
test_output_file (void)
{
  g_autofree char *scratches = make_directory ("of"), *stale = user_task_script ("res.txt", "4");
  check_value (-2.5, "program", "sh", "arguments", "-c 'echo {b} {a} >r; echo 9'", "output", "r",
               "scratch_in", "of");
  TEST_INT (count_entries (scratches), 0);
  check_value (-2.5, "program", "sh", "arguments", "-c 'echo {b} {a} >res.txt'", "output", "res.txt",
               "scratch", "never");
  check_failure ("left no file", GLOMPO_STATUS_FAILED, "program", "true", "output", "res.txt", "scratch",
                 "never");
  CU_ASSERT (!g_file_test (stale, G_FILE_TEST_EXISTS)); /* what an earlier evaluation left is no result */
  check_failure ("left no file", GLOMPO_STATUS_FAILED, "program", "true", "output", "r");
  check_failure ("cannot be read", GLOMPO_STATUS_FAILED, "program", "sh", "arguments", "-c 'mkdir r' sh {*}",
                 "output", "r");
  check_failure ("too long", GLOMPO_STATUS_FAILED, "program", "sh", "arguments",
                 "-c 'head -c 2000000 /dev/zero >r' sh {*}", "output", "r", "output_limit", "1");
}

static void
test_furniture (void)
{
  static const char script[]
      = "#!/bin/sh\n"
        "grep -q '^alpha=0.100$' model.inp && [ ! -L 'data file' ] && [ -L tables ] \\\n"
        "  && [ -f tables/t ] && [ \"$1\" -ef . ] && echo more >>'data file' \\\n"
        "  && sed -n 's/^beta = //p' model.inp\n";
  G_GNUC_UNUSED g_autofree char *program = user_task_script ("check.sh", script);
  G_GNUC_UNUSED g_autofree char *template = user_task_script (
      "model.inp.in", "alpha={a:.3f}\nbeta = {b}\n{\"x\": {}}\n");
  G_GNUC_UNUSED g_autofree char *data = user_task_script ("data file", "data\n"),
                                *directory = make_directory ("tables");
  g_autofree char *table = user_task_script ("tables/t", ""), *scratches = make_directory ("ft"),
                  *text = NULL;
  check_value (-2.5, "program", "./check.sh", "arguments", "{directory}", "templates", "model.inp.in",
               "files", "'data file'", "links", "tables", "scratch_in", "ft");
  TEST_INT (count_entries (scratches), 0);
  CU_ASSERT (g_file_get_contents (data, &text, NULL, NULL));
  TEST_STR (text, "data\n");
  CU_ASSERT (g_file_test (table, G_FILE_TEST_EXISTS));
}

static void
test_keep (void)
{
  g_autofree char *path = make_directory ("kept");
  check_value (0.1, "program", "echo", "scratch", "always", "scratch_in", "kept", "keep", "failed");
  TEST_INT (count_entries (path), 0);
  check_failure (path, GLOMPO_STATUS_FAILED, "program", "false", "scratch", "always", "scratch_in", "kept",
                 "keep", "failed");
  TEST_INT (count_entries (path), 1);
  check_value (0.1, "program", "echo", "scratch", "always", "scratch_in", "kept", "keep", "always");
  TEST_INT (count_entries (path), 2);
}

/* Quotes, blanks, line breaks and letters of any kind in names and paths. */
static void
test_odd_names (void)
{
  static const char names[]
      = "it's, \"a \\\"b\\\"\", \"new\\nline\", \303\274n\303\257 c\303\266d\303\251, $(reboot)";
  static const char script[] = "#!/bin/sh\ncat 'in\nput {x}.txt'\n";
  const double point[] = { 1.0, 2.0, 3.0, 4.0, 5.0 };
  UserTask t;
  double extras[4];
  G_GNUC_UNUSED g_autofree char *directory = make_directory ("a \"b\"\nc");
  G_GNUC_UNUSED g_autofree char *program = user_task_script ("a \"b\"\nc/run 'it'\n.sh", script);
  G_GNUC_UNUSED g_autofree char *template = user_task_script (
      "a \"b\"\nc/in\nput {x}.txt",
      "{new\nline} {a \"b\"}\n{it's}{$(reboot):.1f} {\303\274n\303\257 c\303\266d\303\251:e}\n");
  CU_ASSERT_FATAL (user_task_open (&t, "names", names, "bounds", "0, 9", "program",
                                   "\"./a \\\"b\\\"\\nc/run 'it'\\n.sh\"", "templates",
                                   "\"a \\\"b\\\"\\nc/in\\nput {x}.txt\"", "extras", "\"x \\\"y\\\"\", z"));
  TEST_STR (t.space.names[2], "new\nline");
  GlompoResult result = user_task_evaluate (&t, point, extras);
  TEST_STR (t.log->str, "");
  TEST_NEAR (result.f, 3.0, 0.0);
  CU_ASSERT (extras[0] == 2.0 && extras[1] == 15.0);
  user_task_close (&t);
}

static void
test_failures (void)
{
  check_failure ("sh exited with code 3", GLOMPO_STATUS_FAILED, "program", "sh", "arguments",
                 "-c 'echo 1; exit 3' sh {*}");
  check_failure ("was killed by signal 9", GLOMPO_STATUS_FAILED, "program", "sh", "arguments",
                 "-c 'kill -9 $$' sh {*}");
  check_failure ("found '\\x01?\\n', wanted a number", GLOMPO_STATUS_FAILED, "program", "printf", "arguments",
                 "'\\001?\\n' {*}");
  check_failure ("gives the value nan", GLOMPO_STATUS_FAILED, "program", "echo", "arguments", "nan {*}");
  check_failure ("took longer than 0.05 s", GLOMPO_STATUS_TIMED_OUT, "program", "sh", "arguments",
                 "-c 'sleep 1000' sh {*}", "timeout", "0.05");
  check_failure ("printed more than 0.01 MiB", GLOMPO_STATUS_FAILED, "program", "yes", "arguments", "-- {*}",
                 "output_limit", "0.01");
  check_failure ("was killed by signal 25", GLOMPO_STATUS_FAILED, "program", "sh", "arguments",
                 "-c 'exec head -c 3000000 /dev/zero >f' sh {*}", "file_limit", "1", "scratch", "always");
}

static void
test_failures_are_told (void)
{
  UserTask t;
  CU_ASSERT_FATAL (user_task_open (&t, SPACE, "program", "false"));
  for (guint i = 0; i < 20; i++)
    CU_ASSERT (isnan (user_task_value (&t, x)));
  g_auto (GStrv) lines = g_strsplit (t.log->str, "\n", -1);
  TEST_INT (g_strv_length (lines), 5 + 1);
  TEST_CONTAINS (lines[4], "further failures");
  user_task_close (&t);
}

/* A program that leaves a mess: many files, depth, things that cannot be entered, a way out. */
static void
test_full_directory (void)
{
  static const char script[]
      = "#!/bin/sh\n"
        "i=0; while [ $i -lt 400 ]; do : >file$i; i=$((i + 1)); done\n"
        "mkdir shut && : >shut/file && mkdir shut/deep && chmod 0 shut/deep shut\n"
        "mkfifo pipe; ln -s \"$OUTSIDE\" out; ln -s . round; mkdir 'odd\nname'\n"
        "i=0; while [ $i -lt 1500 ]; do mkdir d && cd -P d && : >f || exit 1; i=$((i + 1)); done\n"
        "echo 6\n";
  G_GNUC_UNUSED g_autofree char *program = user_task_script ("mess.sh", script),
                                *scratches = make_directory ("fd");
  g_autofree char *outside = make_directory ("outside"), *file = user_task_script ("outside/file", "");
  g_autofree char *environment = g_strdup_printf ("OUTSIDE='%s' A={a} B={b}", outside);
  check_value (6.0, "program", "./mess.sh", "environment", environment, "scratch", "always", "scratch_in",
               "fd");
  TEST_INT (count_entries (scratches), 0);
  CU_ASSERT (g_file_test (file, G_FILE_TEST_EXISTS));
}

static void
test_refusals (void)
{
  G_GNUC_UNUSED g_autofree char *plain = user_task_script ("plain", ""), *directory = make_directory ("dir");
  CU_ASSERT (chmod (plain, 0644) == 0);
  user_task_refused ("wanted the program", SPACE);
  user_task_refused ("'no-such-program', which is not in PATH", SPACE, "program", "no-such-program");
  user_task_refused ("which does not exist", SPACE, "program", "./none");
  user_task_refused ("which is a directory", SPACE, "program", "./dir");
  user_task_refused ("chmod +x", SPACE, "program", "./plain");
  user_task_refused ("not closed", SPACE, "program", "\"echo");
  user_task_refused ("does not learn the parameter 'b': wanted {b}", SPACE, "program", "echo", "arguments",
                     "{a}");
  user_task_refused ("does not learn the parameter 'a'", SPACE, "program", "echo", "arguments", "{aa}");
  user_task_refused ("does not learn the parameter 'a'", SPACE, "shell", "true", "program", "echo 1");
  user_task_refused ("arguments: found {a:q}", SPACE, "program", "echo", "arguments", "{a:q} {b}");
  user_task_refused ("arguments: an apostrophe", SPACE, "program", "echo", "arguments", "'");
  user_task_refused ("environment: found 'A', wanted NAME=VALUE", SPACE, "program", "echo", "environment",
                     "A");
  user_task_refused ("environment: found '1=2'", SPACE, "program", "echo", "environment", "1=2");
  user_task_refused ("templates: cannot find", SPACE, "program", "echo", "templates", "none.in");
  user_task_refused ("files: found ", SPACE, "program", "echo", "files", "dir");
  user_task_refused ("two files that would be 'plain'", SPACE, "program", "echo", "files", "plain", "links",
                     "plain");
  user_task_refused ("scratch: found never", SPACE, "program", "echo", "files", "plain", "scratch", "never");
  user_task_refused ("scratch_in: found ", SPACE, "program", "echo", "scratch", "always", "scratch_in",
                     "none");
  user_task_refused ("label: found none", SPACE, "program", "echo", "result", "line", "label", "");
  user_task_refused ("output: ", SPACE, "program", "echo", "output", "\"a");
  user_task_refused ("found no bounds", "dims", "2", "program", "echo");
}

static gpointer
evaluate_many (gpointer data)
{
  UserTask t;
  guint *good = data;
  if (!user_task_open (&t, SPACE, "program", "sh", "arguments", "-c 'cat values.txt; pwd >file'", "templates",
                       "values.txt.in"))
    return NULL;
  for (guint i = 0; i < 25; i++)
    {
      const double point[] = { (double) i / 7.0, (double) *good };
      *good += user_task_value (&t, point) == point[0] + 0.0;
    }
  user_task_close (&t);
  return NULL;
}

static void
test_threads (void)
{
  G_GNUC_UNUSED g_autofree char *template = user_task_script ("values.txt.in", "{a} {b}");
  user_task_together (evaluate_many, 25);
}

static const TestCase cases[] = {
  { "arguments", test_arguments },
  { "shell", test_shell },
  { "environment-and-input", test_environment_and_input },
  { "results", test_results },
  { "output-file", test_output_file },
  { "furniture", test_furniture },
  { "keep", test_keep },
  { "odd-names", test_odd_names },
  { "failures", test_failures },
  { "failures-are-told", test_failures_are_told },
  { "full-directory", test_full_directory },
  { "refusals", test_refusals },
  { "threads", test_threads },
};
TEST_MAIN ("task-command", cases)
