/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tasks share that run the user's code: words, places for parameters, answers, processes. */
#include "harness.h"
#include "tasks/common/answer.h"
#include "tasks/common/pattern.h"
#include "tasks/common/process.h"
#include "tasks/common/words.h"
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void
check_words (char **found, const char *joined)
{
  CU_ASSERT_PTR_NOT_NULL_FATAL (found);
  g_autofree char *text = g_strjoinv ("|", found);
  TEST_STR (text, joined);
  g_strfreev (found);
}

static void
check_fault (gpointer found, GError **error, const char *part)
{
  CU_ASSERT_PTR_NULL (found);
  TEST_CONTAINS (*error != NULL ? (*error)->message : "no error", part);
  g_clear_error (error);
}

static void
test_lists (void)
{
  GError *error = NULL;
  check_words (words_list ("alpha, beta ,\tgamma", NULL, NULL), "alpha|beta|gamma");
  check_words (words_list ("  ", NULL, NULL), "");
  check_words (words_list ("don't, k[1], \"a, b\", \"line\\nbreak\", \"\\\"\", \303\244", NULL, NULL),
               "don't|k[1]|a, b|line\nbreak|\"|\303\244");
  check_fault (words_list ("a,,b", NULL, &error), &error, "an empty item");
  check_fault (words_list ("a,", NULL, &error), &error, "an empty item");
  check_fault (words_list ("\"a", NULL, &error), &error, "not closed");
  check_fault (words_list ("\"a\" b", NULL, &error), &error, "a comma is missing");
  check_fault (words_list ("\"\\377\"", NULL, &error), &error, "UTF-8");
}

static void
test_counts (void)
{
  g_autoptr (GArray) counts = g_array_new (FALSE, FALSE, sizeof (guint32));
  check_words (words_list ("a, b[3], \"c[4]\", \"d e\" [5], f[0], [2]", counts, NULL),
               "a|b|c[4]|d e|f[0]|[2]");
  const guint32 wanted[] = { 1, 3, 1, 5, 1, 1 };
  CU_ASSERT (counts->len == 6 && memcmp (counts->data, wanted, sizeof wanted) == 0);
}

static void
test_words (void)
{
  GError *error = NULL;
  check_words (words_split (" a  b\tc ", NULL), "a|b|c");
  check_words (words_split ("'a  \"b\\n' \"x\\ty\" d\\ e''f \"\"", NULL), "a  \"b\\n|x\ty|d ef|");
  check_words (words_split ("$HOME `ls` *", NULL), "$HOME|`ls`|*");
  check_words (words_split ("", NULL), "");
  check_fault (words_split ("a 'b", &error), &error, "not closed");
}

static void
test_texts_and_paths (void)
{
  GError *error = NULL;
  g_autofree char *plain = words_text ("a b", NULL), *quoted = words_text ("\"a\\nb \"", NULL);
  TEST_STR (plain, "a b");
  TEST_STR (quoted, "a\nb ");
  check_fault (words_text ("\"a\"b", &error), &error, "behind the quotation marks");
  g_autofree char *relative = words_path ("x/../y", "/base", NULL),
                  *absolute = words_path ("/z", "/base", NULL);
  TEST_STR (relative, "/base/y");
  TEST_STR (absolute, "/z");
}

static void
test_numbers (void)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  double value = 0.0;
  TEST_STR (words_from_number (0.1, text), "0.1");
  TEST_STR (words_from_number (1.0 / 3.0, text), "0.3333333333333333");
  TEST_STR (words_from_number (5e-324, text), "4.94065645841247e-324");
  TEST_STR (words_from_number (-0.0, text), "-0");
  CU_ASSERT (words_to_number ("-1.5e3rest", 6, &value) && value == -1500.0);
  CU_ASSERT (words_to_number ("2.5D-01", 7, &value) && value == 0.25);
  CU_ASSERT (words_to_number ("nan", 3, &value) && isnan (value));
  static const char *const others[] = { "", "v1", "3s", "1.2.3", "--1", "1e", "0x", "1D", "e5" };
  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    CU_ASSERT (!words_to_number (others[i], strlen (others[i]), &value));
  CU_ASSERT (!words_to_number ("1\0002", 3, &value));
}

/* Any bits come back from their text. */
static void
test_numbers_round (void)
{
  guint64 bits = 88172645463325252u;
  guint wrong = 0;
  for (guint i = 0; i < 20000; i++)
    {
      char text[G_ASCII_DTOSTR_BUF_SIZE];
      double value, back = 0.0;
      bits ^= bits << 13; /* Marsaglia, Xorshift RNGs, 2003 */
      bits ^= bits >> 7;
      bits ^= bits << 17;
      memcpy (&value, &bits, sizeof value);
      if (!isfinite (value))
        continue;
      words_from_number (value, text);
      wrong += !words_to_number (text, strlen (text), &back) || memcmp (&back, &value, sizeof back) != 0;
    }
  TEST_INT (wrong, 0);
}

static TaskSpace *
make_space (const char *names, const char *extras)
{
  static const double bounds[] = { -5.0, 5.0 };
  const TaskSpaceOptions options
      = { .dims = GLOMPO_AUTO_INTEGER, .bounds = { 2, bounds }, .names = names, .extras = extras };
  GError *error = NULL;
  TaskSpace *space = task_space_new (&options, &error);
  TEST_NO_ERROR (error);
  return space;
}

static void
test_patterns (void)
{
  static const struct {
    const char *text, *filled;
  } cases[] = {
    { "plain", "plain" },
    { "{a}", "0.5" },
    { "-x{a}y{b}", "-x0.5y-2.25" },
    { "{a:.3f}|{b:10.1e}|{b:+d}|{a:g}", "0.500|  -2.2e+00|-2|0.5" },
    { "{2} {*}", "-2.25 0.5 -2.25 3" },
    { "{seed} {directory}", "42 /tmp/a b" },
    { "{c:d}", "{c:d}" }, /* no parameter is called c */
    { "{a:b}", "3" },     /* but one is called so */
    { "{{a}} {", "{0.5} {" },
    { "{\"x\": {a}, \"y\": {}}", "{\"x\": 0.5, \"y\": {}}" },
    { "function () { return {b}; }", "function () { return -2.25; }" },
    { "{4}{0}{-1}", "{4}{0}{-1}" },
  };
  const double x[] = { 0.5, -2.25, 3.0 };
  const PatternValues values = { x, 42, "/tmp/a b" };
  g_autoptr (TaskSpace) space = make_space ("a, b, a:b", "");
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint8 used[3] = { 0 };
      g_autoptr (GString) out = g_string_new (NULL);
      g_autoptr (Pattern) pattern = pattern_new (cases[i].text, space, used, NULL);
      pattern_fill (pattern, &values, FALSE, out);
      TEST_STR (out->str, cases[i].filled);
    }
}

static void
test_pattern_faults (void)
{
  static const char *const wrong[] = { "{a:}",     "{a:.6q}",   "{a:%f}", "{a:ld}", "{a:.6}",
                                       "{a:123f}", "{a:.123f}", "{a:.f}", "{1:s}",  "{a:.2d}" };
  g_autoptr (TaskSpace) space = make_space ("a", "");
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      GError *error = NULL;
      check_fault (pattern_new (wrong[i], space, NULL, &error), &error, "wanted a format such as");
    }
}

/* Formats never leave their buffer, and which parameters are told is known. */
static void
test_pattern_uses (void)
{
  guint8 used[2] = { 0 };
  const double x[] = { -1.7976931348623157e308, 1.0 };
  const PatternValues values = { x, 0, NULL };
  g_autoptr (TaskSpace) space = make_space ("a, \"new\\nline\"", "");
  g_autoptr (Pattern) pattern = pattern_new ("{a:99.99f}", space, used, NULL);
  g_autoptr (GString) out = g_string_new (NULL);
  pattern_fill (pattern, &values, FALSE, out);
  TEST_INT (out->len, 1 + 309 + 1 + 99);
  CU_ASSERT (used[0] == 1 && used[1] == 0);
  g_autoptr (Pattern) other = pattern_new ("{new\nline}", space, used, NULL);
  CU_ASSERT (used[1] == 1 && !pattern_is_all (other) && !pattern_has_directory (other));
  g_autoptr (Pattern) shell = pattern_new ("cd {directory}", space, NULL, NULL);
  const PatternValues somewhere = { x, 0, "/a'b" };
  g_string_truncate (out, 0);
  pattern_fill (shell, &somewhere, TRUE, out);
  TEST_STR (out->str, "cd '/a'\\''b'");
}

static void
test_requests (void)
{
  const double x[] = { 0.1, -3.0 };
  const PatternValues values = { x, 9007199254740991u, NULL };
  g_autoptr (TaskSpace) space = make_space ("a, b", "");
  g_autoptr (GString) out = g_string_new (NULL);
  pattern_request (space, &values, 3, TRUE, out);
  pattern_request (space, &values, 3, FALSE, out);
  TEST_STR (out->str, "{\"id\":3,\"seed\":9007199254740991,\"x\":[0.1,-3]}\n0.1 -3\n");
}

/* Answers: verdict, value and the last extra. */
typedef struct {
  AnswerKind kind;
  const char *extras, *text;
  AnswerVerdict verdict;
  double f, last;
  const char *fault;
} AnswerCase;

static const AnswerCase answers[] = {
  { ANSWER_NUMBER, "", "1.5", ANSWER_GOOD, 1.5, 0, NULL },
  { ANSWER_NUMBER, "", "step 3s: energy = -2.5e1 eV\n7", ANSWER_GOOD, -25.0, 0, NULL },
  { ANSWER_NUMBER, "a, b[2]", "1 2,3;4 5", ANSWER_GOOD, 1.0, 4.0, NULL },
  { ANSWER_NUMBER, "a", "1 none", ANSWER_NONSENSE, 0, 0, "wanted 2 numbers" },
  { ANSWER_NUMBER, "", "no value\n", ANSWER_NONSENSE, 0, 0, "found 'no value\\n', wanted a number" },
  { ANSWER_NUMBER, "", "", ANSWER_NONSENSE, 0, 0, "wanted a number" },
  { ANSWER_NUMBER, "", "nan", ANSWER_REFUSED, 0, 0, "gives the value nan" },
  { ANSWER_NUMBER, "", "1e999", ANSWER_REFUSED, 0, 0, "gives the value inf" },
  { ANSWER_LINE, "", "fx 1\nfx = 2\nfxx 3\n fx: 4.5 Hartree\nfx none\n", ANSWER_GOOD, 4.5, 0, NULL },
  { ANSWER_LINE, "a[2]", "a = 1 2\nfx=3", ANSWER_GOOD, 3.0, 2.0, NULL },
  { ANSWER_LINE, "a[2]", "a = 1\nfx=3", ANSWER_NONSENSE, 0, 0, "begins with 'a' and has 2 numbers" },
  { ANSWER_LINE, "", "f 1\n2 fx 3", ANSWER_NONSENSE, 0, 0, "begins with 'fx'" },
  { ANSWER_JSON, "", "{\"fx\": 2.5}\n", ANSWER_GOOD, 2.5, 0, NULL },
  { ANSWER_JSON, "", " 7 ", ANSWER_GOOD, 7.0, 0, NULL },
  { ANSWER_JSON, "a, b[2]", "{\"fx\":1,\"extras\":{\"a\":2,\"b\":[3,4]}}", ANSWER_GOOD, 1.0, 4.0, NULL },
  { ANSWER_JSON, "ok", "{\"ok\":true,\"fx\":-1e-3,\"id\":5}", ANSWER_GOOD, -1e-3, 1.0, NULL },
  { ANSWER_JSON, "a", "{\"fx\":1}", ANSWER_NONSENSE, 0, 0, "no member \"a\"" },
  { ANSWER_JSON, "a[2]", "{\"fx\":1,\"a\":[1,2,3]}", ANSWER_NONSENSE, 0, 0, "\"a\" of 2 numbers" },
  { ANSWER_JSON, "", "{\"fx\":\"1\"}", ANSWER_NONSENSE, 0, 0, "no member \"fx\"" },
  { ANSWER_JSON, "", "{\"fx\":1,\"id\":4}", ANSWER_NONSENSE, 0, 0, "another id" },
  { ANSWER_JSON, "", "{\"error\":\"no\\ncat\"}", ANSWER_REFUSED, 0, 0, "the program says 'no\\ncat'" },
  { ANSWER_JSON, "", "{\"fx\":1,\"error\":null}", ANSWER_GOOD, 1.0, 0, NULL },
  { ANSWER_JSON, "", "{\"fx\":NaN}", ANSWER_NONSENSE, 0, 0, "wanted JSON" },
  { ANSWER_JSON, "", "[1]", ANSWER_NONSENSE, 0, 0, "wanted a JSON object" },
  { ANSWER_JSON, "", "{\"fx\":1", ANSWER_NONSENSE, 0, 0, "wanted JSON" },
  { ANSWER_JSON, "", "\377\376", ANSWER_NONSENSE, 0, 0, "wanted JSON" },
  { ANSWER_JSON, "", "", ANSWER_NONSENSE, 0, 0, "wanted" },
};

static void
test_answers (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      const AnswerCase *c = &answers[i];
      g_autoptr (TaskSpace) space = make_space ("a", c->extras);
      const AnswerFormat format = { c->kind, "fx", space };
      double f = -77.0, extras[4] = { -77.0, -77.0, -77.0, -77.0 };
      g_autoptr (GError) error = NULL;
      TEST_INT (answer_read (&format, c->text, strlen (c->text), 5, &f, extras, &error), c->verdict);
      if (c->fault != NULL)
        TEST_CONTAINS (error != NULL ? error->message : "no error", c->fault);
      CU_ASSERT ((error != NULL) == (c->verdict != ANSWER_GOOD));
      TEST_NEAR (f, c->verdict == ANSWER_GOOD ? c->f : -77.0, 0.0);
      if (space->extras_size > 0)
        TEST_NEAR (extras[space->extras_size - 1], c->verdict == ANSWER_GOOD ? c->last : -77.0, 0.0);
    }
}

/* Any bytes, and nesting that would be deep recursion. */
static void
test_answer_garbage (void)
{
  g_autoptr (TaskSpace) space = make_space ("a", "e");
  g_autofree char *deep = g_malloc (200000), *bytes = g_malloc (4096);
  memset (deep, '[', 100000);
  memset (deep + 100000, ']', 100000);
  guint32 state = 1;
  for (guint round = 0; round < 300; round++)
    {
      double f = 0.0;
      for (gsize i = 0; i < 4096; i++)
        bytes[i] = (char) ((state = state * 1664525u + 1013904223u) >> 24); /* Knuth's constants */
      for (int kind = ANSWER_NUMBER; kind <= ANSWER_JSON; kind++)
        {
          const AnswerFormat format = { (AnswerKind) kind, "fx", space };
          g_autoptr (GError) error = NULL;
          AnswerVerdict verdict = answer_read (&format, bytes, round * 13, ANSWER_NO_ID, &f, NULL, &error);
          CU_ASSERT ((verdict == ANSWER_GOOD) == (error == NULL));
        }
    }
  const AnswerFormat json = { ANSWER_JSON, NULL, space };
  g_autoptr (GError) error = NULL;
  double f;
  TEST_INT (answer_read (&json, deep, 200000, ANSWER_NO_ID, &f, NULL, &error), ANSWER_NONSENSE);
}

static void
check_space_fault (TaskSpaceOptions options, const char *part)
{
  GError *error = NULL;
  options.names = options.names != NULL ? options.names : "";
  options.extras = options.extras != NULL ? options.extras : "";
  check_fault (task_space_new (&options, &error), &error, part);
}

static void
test_spaces (void)
{
  static const double numbers[] = { -1.0, 1.0, 2.0 };
  const GlompoReals one = { 1, numbers }, two = { 2, numbers }, three = { 3, numbers };
  const int64_t automatic = GLOMPO_AUTO_INTEGER;
  const TaskSpaceOptions lists = { .dims = automatic,
                                   .lower = one,
                                   .upper = { 2, numbers + 1 },
                                   .start = { 1, numbers },
                                   .names = "",
                                   .extras = "" };
  g_autoptr (TaskSpace) space = task_space_new (&lists, NULL);
  CU_ASSERT_FATAL (space != NULL);
  TEST_INT (space->n, 2);
  CU_ASSERT (space->lower[1] == -1.0 && space->upper[1] == 2.0 && space->start[1] == -1.0);
  TEST_STR (space->names[1], "x2");
  check_space_fault ((TaskSpaceOptions){ .dims = automatic, .bounds = two }, "no number of parameters");
  check_space_fault ((TaskSpaceOptions){ .dims = 2 }, "found no bounds");
  check_space_fault ((TaskSpaceOptions){ .dims = 2, .lower = one }, "found no bounds");
  check_space_fault ((TaskSpaceOptions){ .dims = 2, .bounds = two, .upper = one }, "wanted either");
  check_space_fault ((TaskSpaceOptions){ .dims = 2, .bounds = three }, "bounds: found 3 numbers");
  check_space_fault ((TaskSpaceOptions){ .dims = 2, .lower = three, .upper = two }, "lower: found 3 numbers");
  check_space_fault ((TaskSpaceOptions){ .dims = 2, .lower = { 1, numbers + 2 }, .upper = one },
                     "x1 are 2 and -1");
  check_space_fault ((TaskSpaceOptions){ .dims = 2, .bounds = two, .start = { 1, numbers + 2 } },
                     "start: found 2");
  check_space_fault ((TaskSpaceOptions){ .dims = 2, .bounds = two, .names = "a" }, "1 names for 2");
  check_space_fault ((TaskSpaceOptions){ .dims = 2, .bounds = two, .names = "a, a" },
                     "names: found 'a' twice");
  check_space_fault ((TaskSpaceOptions){ .dims = 2, .bounds = two, .extras = "a, a" },
                     "extras: found 'a' twice");
  check_space_fault ((TaskSpaceOptions){ .dims = 2, .bounds = two, .extras = "a," }, "extras: an empty item");
}

static gboolean
start_shell (Process *process, const char *line, GError **error)
{
  const char *const argv[] = { "/bin/sh", "-c", line, NULL };
  static const char *const environment[] = { "PATH=/usr/bin:/bin", NULL };
  const ProcessPlan plan = { .argv = argv, .environ = environment };
  return process_start (process, &plan, error);
}

static void
test_process_talks (void)
{
  Process process;
  g_autofree char *large = g_strnfill (3000000, 'x');
  CU_ASSERT_FATAL (start_shell (&process, "cat; echo done; exit 3", NULL));
  TEST_INT (process_talk (&process, large, 3000000, FALSE, 10000000, 0), PROCESS_ENDED);
  TEST_INT (process.said->len, 3000005);
  g_autofree char *how = process_describe (process_stop (&process, 0.0));
  TEST_STR (how, "exited with code 3");
  /* Input that nobody reads; the signal for that does not reach us. */
  signal (SIGPIPE, SIG_DFL);
  CU_ASSERT_FATAL (start_shell (&process, "exec <&-; sleep 0.05; echo deaf", NULL));
  TEST_INT (process_talk (&process, large, 3000000, FALSE, 100, 0), PROCESS_ENDED);
  TEST_STR (process.said->str, "deaf\n");
  TEST_INT (process_stop (&process, 0.0), 0);
}

static void
test_process_limits (void)
{
  Process process;
  CU_ASSERT_FATAL (start_shell (&process, "yes", NULL));
  TEST_INT (process_talk (&process, "", 0, FALSE, 100000, 0), PROCESS_TOO_MUCH);
  CU_ASSERT (WIFSIGNALED (process_stop (&process, 0.0)));
  CU_ASSERT_FATAL (start_shell (&process, "exec >&-; sleep 1000", NULL));
  TEST_INT (process_talk (&process, "", 0, FALSE, 100, g_get_monotonic_time () + 20000), PROCESS_TIMED_OUT);
  g_autofree char *how = process_describe (process_stop (&process, 0.0));
  TEST_CONTAINS (how, "was killed by signal 9");
}

/* Whatever the program has started ends with it: a child that it leaves keeps neither us nor itself. */
static void
test_process_group (void)
{
  Process process;
  CU_ASSERT_FATAL (start_shell (&process, "sleep 1000 & echo $!", NULL));
  TEST_INT (process_talk (&process, "", 0, FALSE, 100, 0), PROCESS_ENDED);
  pid_t child = (pid_t) g_ascii_strtoll (process.said->str, NULL, 10);
  TEST_INT (process_stop (&process, 0.0), 0);
  CU_ASSERT_FATAL (child > 0);
  for (guint i = 0; i < 1000 && kill (child, 0) == 0; i++)
    {
      g_autofree char *path = g_strdup_printf ("/proc/%d/stat", child), *text = NULL;
      if (g_file_get_contents (path, &text, NULL, NULL) && strstr (text, ") Z") != NULL)
        break; /* dead; who adopted it has not looked yet */
      g_usleep (2000);
      CU_ASSERT (i < 999);
    }
}

static void
test_process_refused (void)
{
  static const char *const environment[] = { NULL };
  const char *script = test_scratch_dir ();
  g_autofree char *path = g_build_filename (script, "no-interpreter", NULL);
  g_file_set_contents (path, "echo 1\n", -1, NULL);
  CU_ASSERT (chmod (path, 0755) == 0);
  const char *const argv[] = { path, NULL }, *const nothing[] = { "/no/such", NULL };
  const ProcessPlan plans[] = { { argv, environment, NULL, 0 },
                                { nothing, environment, NULL, 0 },
                                { argv, environment, "/no/such/directory", 0 } };
  static const char *const faults[]
      = { "first line such as #!/bin/sh", "cannot run /no/such", "enter the working" };
  for (gsize i = 0; i < G_N_ELEMENTS (plans); i++)
    {
      Process process;
      g_autoptr (GError) error = NULL;
      CU_ASSERT (!process_start (&process, &plans[i], &error));
      TEST_CONTAINS (error != NULL ? error->message : "no error", faults[i]);
      TEST_INT (process_stop (&process, 0.0), 0);
    }
}

/* The child has our three streams and nothing else of ours, and no signal that we ignore or block. (The two
 * that the C library keeps for itself lie beyond the 28 that are looked at.) */
static void
test_process_is_clean (void)
{
  Process process;
  sigset_t mask, before;
  int leak = fcntl (STDERR_FILENO, F_DUPFD, 100);
  sigemptyset (&mask);
  sigaddset (&mask, SIGTERM);
  sigprocmask (SIG_BLOCK, &mask, &before);
  signal (SIGHUP, SIG_IGN);
  CU_ASSERT_FATAL (start_shell (
      &process, "[ -e /proc/$$/fd/100 ] && echo leak; grep -c '^Sig[BI].*0000000$' /proc/self/status", NULL));
  TEST_INT (process_talk (&process, "", 0, FALSE, 10000, 0), PROCESS_ENDED);
  signal (SIGHUP, SIG_DFL);
  sigprocmask (SIG_SETMASK, &before, NULL);
  CU_ASSERT (leak == 100 && close (leak) == 0);
  TEST_STR (process.said->str, "2\n");
  TEST_INT (process_stop (&process, 0.0), 0);
}

static void
test_process_lines (void)
{
  Process process;
  CU_ASSERT_FATAL (start_shell (&process, "while read -r a b; do echo $((a + b)); done; exit 4", NULL));
  TEST_INT (process_talk (&process, "1 2\n", 4, TRUE, 100, 0), PROCESS_LINE);
  TEST_STR (process.said->str, "3\n");
  g_string_truncate (process.said, 0);
  CU_ASSERT (process_peek (&process) && process.said->len == 0);
  TEST_INT (process_talk (&process, "5 6\n", 4, TRUE, 100, 0), PROCESS_LINE);
  TEST_STR (process.said->str, "11\n");
  TEST_INT (WEXITSTATUS (process_stop (&process, 60.0)), 4);
  CU_ASSERT_FATAL (start_shell (&process, "read -r a; exit 5", NULL));
  TEST_INT (process_talk (&process, "1\n", 2, TRUE, 100, 0), PROCESS_ENDED);
  CU_ASSERT (!process_peek (&process));
  TEST_INT (WEXITSTATUS (process_stop (&process, 0.0)), 5);
}

static gpointer
run_many (gpointer data)
{
  guint *good = data;
  for (guint i = 0; i < 40; i++)
    {
      Process process;
      if (!start_shell (&process, "read -r a; echo \"$a\"", NULL))
        continue;
      ProcessEvent event = process_talk (&process, "word\n", 5, FALSE, 100, 0);
      *good += event == PROCESS_ENDED && strcmp (process.said->str, "word\n") == 0;
      process_stop (&process, 0.0);
    }
  return NULL;
}

static void
test_process_threads (void)
{
  guint good[4] = { 0 };
  GThread *threads[4];
  for (gsize i = 0; i < 4; i++)
    threads[i] = g_thread_new ("runner", run_many, &good[i]);
  for (gsize i = 0; i < 4; i++)
    {
      g_thread_join (threads[i]);
      TEST_INT (good[i], 40);
    }
}

static const TestCase cases[] = {
  { "lists", test_lists },
  { "counts", test_counts },
  { "words", test_words },
  { "texts-and-paths", test_texts_and_paths },
  { "numbers", test_numbers },
  { "numbers-round", test_numbers_round },
  { "patterns", test_patterns },
  { "pattern-faults", test_pattern_faults },
  { "pattern-uses", test_pattern_uses },
  { "requests", test_requests },
  { "answers", test_answers },
  { "answer-garbage", test_answer_garbage },
  { "spaces", test_spaces },
  { "process-talks", test_process_talks },
  { "process-limits", test_process_limits },
  { "process-group", test_process_group },
  { "process-refused", test_process_refused },
  { "process-is-clean", test_process_is_clean },
  { "process-lines", test_process_lines },
  { "process-threads", test_process_threads },
};
TEST_MAIN ("task-common", cases)
