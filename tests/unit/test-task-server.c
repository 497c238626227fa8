/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The task `server`: its protocols, and programs that die, talk nonsense, too much or too late. */
#include "user-task.h"
#include <sys/types.h>

#define SPACE "names", "a, b", "bounds", "-9, 9"
static const double x[] = { 3.0, 4.0, 5.0 };

/* A server that is a line of shell. */
#define open_shell(T, LINE, ...) user_task_open (T, SPACE, "shell", "true", "program", LINE, __VA_ARGS__)

static void
test_text (void)
{
  UserTask t;
  double extras[2];
  CU_ASSERT_FATAL (open_shell (&t, "n=0; while read -r a b; do n=$((n + 1)); echo $((a * a + b)) $n $b; done",
                               "protocol", "text", "extras", "calls, last"));
  for (guint i = 1; i <= 50; i++)
    CU_ASSERT (user_task_evaluate (&t, x, extras).f == 13.0 && extras[0] == i && extras[1] == 4.0);
  TEST_STR (t.log->str, "");
  user_task_close (&t);
}

#define ECHO_JSON                                                                                            \
  "while read -r l; do echo \"$l\" | sed 's/{\"id\":\\([0-9]*\\),\"seed\":7,\"x\":.\\(.*\\),.*/"             \
  "{\"id\":\\1,\"fx\":\\2}/'; done"

static void
test_json (void)
{
  UserTask t;
  CU_ASSERT_FATAL (open_shell (&t, ECHO_JSON, "protocol", "json"));
  TEST_NEAR (user_task_value (&t, x), 3.0, 0.0);
  TEST_NEAR (user_task_value (&t, x + 1), 4.0, 0.0);
  TEST_STR (t.log->str, "");
  user_task_close (&t);
}

/* The bits of a value survive the way there and back. */
static void
test_bits (void)
{
  UserTask t;
  const double points[] = { 1.0 / 3.0, 0.1 + 0.2, 4.9e-324, -8.9999999999999982, 1.0 };
  CU_ASSERT_FATAL (open_shell (&t, "while read -r a b; do echo $a; done", "protocol", "text"));
  for (gsize i = 0; i + 1 < G_N_ELEMENTS (points); i++)
    CU_ASSERT (user_task_value (&t, points + i) == points[i]);
  user_task_close (&t);
}

/* Each row: what the server is, which evaluations have which value (NaN: none), and what the log says. */
typedef struct {
  const char *line, *protocol, *timeout;
  double values[4];
  const char *said;
} Trouble;

static const Trouble troubles[] = {
  { "n=0; while read -r l; do n=$((n + 1)); [ $n = 3 ] && exit 5; echo $n; done",
    "text",
    "0",
    { 1, 2, NAN, 1 },
    "exited with code 5 before it had answered" },
  { "n=0; while read -r l; do n=$((n + 1)); [ $n = 2 ] && kill -11 $$; echo $n; done",
    "text",
    "0",
    { 1, NAN, 1, NAN },
    "was killed by signal 11" },
  { "n=0; while read -r l; do n=$((n + 1)); [ $n = 2 ] && echo what || echo $n; done",
    "text",
    "0",
    { 1, NAN, 1, NAN },
    "found 'what', wanted a number" },
  { "n=0; while read -r l; do n=$((n + 1)); [ $n = 2 ] && echo error: no $n || echo $n; done",
    "text",
    "0",
    { 1, NAN, 3, 4 },
    "the program says 'error: no 2'" },
  { "n=0; while read -r l; do n=$((n + 1)); [ $n = 2 ] && echo nan || echo $n; done",
    "text",
    "0",
    { 1, NAN, 3, 4 },
    "the program gives the value nan" },
  { "n=0; while read -r l; do n=$((n + 1)); [ $n = 2 ] && sleep 1000; echo $n; done",
    "text",
    "0.3",
    { 1, NAN, 1, NAN },
    "took longer than 0.3 s for its answer" },
  { "n=0; while read -r l; do n=$((n + 1)); printf \"$n\\n77\\n\"; done",
    "text",
    "0",
    { 1, 1, 1, 1 },
    "wrote more than one line for a point" },
  { "while read -r l; do echo '{\"fx\":2,\"id\":1}'; done", "json", "0", { 2, NAN, NAN, NAN }, "another id" },
  { "while read -r l; do echo '{\"error\":\"singular\"}'; done",
    "json",
    "0",
    { NAN, NAN, NAN, NAN },
    "the program says 'singular'" },
  { "while read -r l; do echo '{\"fx\":2'; done", "json", "0", { NAN, NAN, NAN, NAN }, "wanted JSON" },
  { "exit 9", "json", "0", { NAN, NAN, NAN, NAN }, "exited with code 9" },
};

static void
check_trouble (const Trouble *trouble)
{
  UserTask t;
  CU_ASSERT_FATAL (
      open_shell (&t, trouble->line, "protocol", trouble->protocol, "timeout", trouble->timeout));
  for (gsize i = 0; i < G_N_ELEMENTS (trouble->values); i++)
    {
      GlompoResult result = user_task_evaluate (&t, x, NULL);
      gboolean good = !isnan (trouble->values[i]);
      CU_ASSERT ((result.status == GLOMPO_STATUS_EVALUATED) == good);
      TEST_NEAR (result.f, good ? trouble->values[i] : INFINITY, 0.0);
    }
  TEST_CONTAINS (t.log->str, trouble->said);
  user_task_close (&t);
}

static void
test_troubles (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (troubles); i++)
    check_trouble (&troubles[i]);
}

static void
test_status_of_late (void)
{
  UserTask t;
  CU_ASSERT_FATAL (open_shell (&t, "sleep 1000", "timeout", "0.05"));
  TEST_INT (user_task_evaluate (&t, x, NULL).status, GLOMPO_STATUS_TIMED_OUT);
  user_task_close (&t);
}

static void
test_too_much (void)
{
  UserTask t;
  CU_ASSERT_FATAL (open_shell (&t, "yes | tr -d '\\n'", "output_limit", "0.01"));
  TEST_INT (user_task_evaluate (&t, x, NULL).status, GLOMPO_STATUS_FAILED);
  TEST_CONTAINS (t.log->str, "without an end of line");
  user_task_close (&t);
}

/* One that is found dead is replaced; no point was in its hands. */
static void
test_dies_idle (void)
{
  UserTask t;
  double pid[1];
  CU_ASSERT_FATAL (open_shell (&t, "read -r l; echo 1 $$", "protocol", "text", "extras", "pid"));
  for (guint i = 0; i < 3; i++)
    {
      CU_ASSERT (user_task_evaluate (&t, x, pid).f == 1.0);
      g_autofree char *path = g_strdup_printf ("/proc/%d/stat", (int) pid[0]);
      for (gboolean dead = FALSE; !dead; g_usleep (500))
        {
          g_autofree char *text = NULL;
          dead = !g_file_get_contents (path, &text, NULL, NULL) || strstr (text, ") Z") != NULL;
        }
    }
  TEST_CONTAINS (t.log->str, "exited with code 0 between two points");
  user_task_close (&t);
}

/* Nor where it ends at any time after its answer: no point that it has not read is lost. */
static void
test_ends_after_answer (void)
{
  UserTask t;
  CU_ASSERT_FATAL (open_shell (&t, "read -r l; echo 1", "protocol", "text"));
  for (guint i = 0; i < 200; i++)
    TEST_NEAR (user_task_value (&t, x), 1.0, 0.0);
  TEST_CONTAINS (t.log->str, "further restarts of this evaluator are not told");
  user_task_close (&t);
  /* It closes its input before it answers, so that the next point cannot reach it, but lives on. */
  CU_ASSERT_FATAL (open_shell (&t, "read -r l; exec <&-; echo 1; sleep 1000", "protocol", "text"));
  for (guint i = 0; i < 3; i++)
    TEST_NEAR (user_task_value (&t, x), 1.0, 0.0);
  user_task_close (&t);
}

/* A point that was read, be it in part, may be why the program ended. */
static void
test_ends_with_point (void)
{
  UserTask t;
  CU_ASSERT_FATAL (open_shell (&t, "read -r l; echo 1; head -c 1 >/dev/null", "protocol", "text"));
  TEST_NEAR (user_task_value (&t, x), 1.0, 0.0);
  TEST_INT (user_task_evaluate (&t, x, NULL).status, GLOMPO_STATUS_FAILED);
  TEST_NEAR (user_task_value (&t, x), 1.0, 0.0);
  TEST_CONTAINS (t.log->str, "exited with code 0 before it had answered");
  user_task_close (&t);
}

/* It is told that there are no more points, and has time to say goodbye. */
static void
test_orderly_end (void)
{
  UserTask t;
  g_autofree char *path = g_build_filename (test_scratch_dir (), "bye", NULL);
  CU_ASSERT_FATAL (open_shell (&t, "while read -r l; do echo 1; done; echo bye >bye", "protocol", "text"));
  TEST_NEAR (user_task_value (&t, x), 1.0, 0.0);
  CU_ASSERT (!g_file_test (path, G_FILE_TEST_EXISTS));
  user_task_close (&t);
  CU_ASSERT (g_file_test (path, G_FILE_TEST_EXISTS)); /* in the base directory, where it works */
}

static void
test_refusals (void)
{
  UserTask t;
  g_autofree char *path = user_task_script ("gone.sh", "#!/bin/sh\n");
  G_GNUC_UNUSED g_autofree char *dos = user_task_script ("dos.sh", "#! /bin/sh\r\necho 1\r\n");
  G_GNUC_UNUSED g_autofree char *env = user_task_script ("env.sh", "#!/usr/bin/env sh\r\necho 1\r\n");
  G_GNUC_UNUSED g_autofree char *perl = user_task_script ("perl.sh", "#!/bin/sh -e\r\necho 1\r\n");
  user_task_refused ("whose interpreter '/bin/sh\\x0d' does not exist", SPACE, "program", "./dos.sh");
  user_task_refused ("whose interpreter '/usr/bin/env sh\\x0d' does not exist", SPACE, "program", "./env.sh");
  CU_ASSERT_FATAL (user_task_open (&t, SPACE, "program", "./perl.sh")); /* that is for it to say */
  user_task_close (&t);
  user_task_refused ("wanted the program", SPACE);
  user_task_refused ("does not exist", SPACE, "program", "./none");
  user_task_refused ("found no number of parameters", "bounds", "0, 1", "program", "cat");
  CU_ASSERT_FATAL (user_task_open (&t, SPACE, "program", "./gone.sh"));
  CU_ASSERT (unlink (path) == 0);
  TEST_INT (user_task_evaluate (&t, x, NULL).status, GLOMPO_STATUS_FAILED);
  TEST_CONTAINS (t.log->str, "cannot run ");
  user_task_close (&t);
}

static gpointer
evaluate_many (gpointer data)
{
  UserTask t;
  guint *good = data;
  if (!open_shell (&t, "while read -r a b; do echo $((a + b)); done", "protocol", "text"))
    return NULL;
  for (guint i = 0; i < 200; i++)
    {
      const double point[] = { i, *good };
      *good += user_task_value (&t, point) == point[0] + point[1];
    }
  user_task_close (&t);
  return NULL;
}

static void
test_threads (void)
{
  user_task_together (evaluate_many, 200);
}

static const TestCase cases[] = {
  { "text", test_text },
  { "json", test_json },
  { "bits", test_bits },
  { "troubles", test_troubles },
  { "status-of-late", test_status_of_late },
  { "too-much", test_too_much },
  { "dies-idle", test_dies_idle },
  { "ends-after-answer", test_ends_after_answer },
  { "ends-with-point", test_ends_with_point },
  { "orderly-end", test_orderly_end },
  { "refusals", test_refusals },
  { "threads", test_threads },
};
TEST_MAIN ("task-server", cases)
