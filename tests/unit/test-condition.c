/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Trees of conditions: precedence, laziness, explanation, windows, budgets, errors. */
#include "policy-fixture.h"
#include <math.h>
#include <string.h>

/* A leaf "T" holds, "F" does not: the run has 10 evaluations, the limit is 10 or 11. It has lasted 5 s before
 * this session and 60 s in it: "S" is a limit of 60 s on the session, "L" one of 100 s, "A" of 65 s on all
 * sessions. */
static Rig *
rig_of_pattern (const char *pattern)
{
  static const char *const calls[] = { ['S'] = "MaxSeconds(60)",
                                       ['L'] = "MaxSeconds(100)",
                                       ['A'] = "MaxSeconds(overall_max=65)",
                                       ['T'] = "MaxFuncCalls(10)",
                                       ['F'] = "MaxFuncCalls(11)" };
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  for (const char *c = pattern; *c != '\0'; c++)
    if ((gsize) *c < G_N_ELEMENTS (calls) && calls[(gsize) *c] != NULL)
      g_string_append (text, calls[(gsize) *c]);
    else
      g_string_append_c (text, *c);
  g_autoptr (Rig) rig = rig_new (GLOMPO_KIND_CHECKER, text->str, 1, &error);
  if (!TEST_NO_ERROR (error))
    return NULL;
  rig->run.evaluations = 10;
  rig->run.seconds = 60;
  rig->run.seconds_before = 5;
  return g_steal_pointer (&rig);
}

/* Each letter of the expected text is what the leaf shows afterwards: t, f, or - for none. */
static void
check_tree (const char *pattern, gboolean expected, const char *leaves)
{
  g_autoptr (Rig) rig = rig_of_pattern (pattern);
  if (rig == NULL)
    return;
  TEST_INT (condition_test_run (rig->condition, &rig->run), expected);
  g_autofree char *explained = condition_explain (rig->condition);
  g_autoptr (GString) found = g_string_new (NULL);
  g_autoptr (GRegex) regex = g_regex_new (": (true|false|none)(?=\\)| [&|] |$)", 0, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;
  for (g_regex_match (regex, explained, 0, &match); g_match_info_matches (match);
       g_match_info_next (match, NULL))
    {
      g_autofree char *word = g_match_info_fetch (match, 1);
      g_string_append_c (found, *word == 'n' ? '-' : *word);
    }
  if (!TEST_STR (found->str, leaves))
    g_printerr ("%s: %s\n", pattern, explained);
}

static void
test_trees (void)
{
  check_tree ("T", TRUE, "t");
  check_tree ("F", FALSE, "f");
  check_tree ("T & T", TRUE, "tt");
  check_tree ("T & F", FALSE, "tf");
  check_tree ("F & T", FALSE, "f-");
  check_tree ("T | F", TRUE, "t-");
  check_tree ("F | T", TRUE, "ft");
  check_tree ("F | F", FALSE, "ff");
  /* "&" binds tighter than "|" */
  check_tree ("T | F & F", TRUE, "t--");
  check_tree ("(T | F) & F", FALSE, "t-f");
  check_tree ("F & F | T", TRUE, "f-t");
  check_tree ("F & (F | T)", FALSE, "f--");
  check_tree ("F & T | T & F | T", TRUE, "f-tft");
  check_tree ("T & (F | T & (F | F) | T)", TRUE, "tftfft");
  check_tree ("T & (F | T & (F | F) | F) | F & T", FALSE, "tftffff-");
  check_tree ("(T & T) & (T & F)", FALSE, "tttf");
  check_tree ("(F | F) | (T | F)", TRUE, "fft-");
  check_tree ("((((T)))) & T", TRUE, "tt");
}

/* What an earlier test found is forgotten. */
static void
test_reset (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Rig) rig = rig_new (GLOMPO_KIND_CHECKER, "MaxFuncCalls(5) & MaxOptsStarted(1)", 1, &error);
  TEST_NO_ERROR (error);
  g_autofree char *before = condition_explain (rig->condition);
  TEST_STR (before, "MaxFuncCalls(fmax=5): none & MaxOptsStarted(omax=1): none");
  rig->run.evaluations = 5;
  CU_ASSERT_FALSE (condition_test_run (rig->condition, &rig->run));
  g_autofree char *first = condition_explain (rig->condition);
  TEST_STR (first, "MaxFuncCalls(fmax=5): 5 >= 5: true & MaxOptsStarted(omax=1): 0 < 1: false");
  rig->run.evaluations = 4;
  CU_ASSERT_FALSE (condition_test_run (rig->condition, &rig->run));
  g_autofree char *second = condition_explain (rig->condition);
  TEST_STR (second, "MaxFuncCalls(fmax=5): 4 < 5: false & MaxOptsStarted(omax=1): none");
}

static void
test_explain (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Rig) rig = rig_new (GLOMPO_KIND_HUNTER,
                                 "EvaluationsUnmoving(2, 0.5) & (TypeHunter(p) | MinFuncCalls(9))"
                                 " | LastPointsInvalid",
                                 1, &error);
  TEST_NO_ERROR (error);
  rig_start (rig, "g", "p");
  rig_start (rig, "g", "q");
  rig_evaluate_all (rig, 1, "1 3");
  rig_evaluate_all (rig, 2, "0");
  CU_ASSERT_TRUE (rig_hunt (rig, 1));
  g_autofree char *text = condition_explain (rig->condition);
  TEST_STR (text, "EvaluationsUnmoving(calls=2, tol=0.5, scale=value): std 1 <= 0.5 x 3 = 1.5: true"
                  " & (TypeHunter(optimizer=p): true | MinFuncCalls(min_pts=9): none)"
                  " | LastPointsInvalid(n_iters=1): none");
}

/* The tree as text: a node a line, "depth what result [figures]". (transfer full) */
static char *
print_tree (const Condition *condition)
{
  g_autoptr (GVariant) tree = g_variant_ref_sink (condition_describe (condition));
  GString *text = g_string_new (NULL);
  for (gsize i = 0; i < g_variant_n_children (tree); i++)
    {
      guint8 depth;
      const char *what, *result, *figures;
      g_autoptr (GVariant) values = NULL;
      g_variant_get_child (tree, i, "(y&s&s&s@ad)", &depth, &what, &result, &figures, &values);
      g_string_append_printf (text, "%u %s %s [%s] %u\n", depth, what, result, figures,
                              (guint) g_variant_n_children (values));
    }
  return g_string_free (text, FALSE);
}

static void
test_describe (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Rig) rig
      = rig_new (GLOMPO_KIND_CHECKER,
                 "(MaxFuncCalls(9) | MaxFuncCalls(5)) & MaxFuncCalls(8) | MaxOptsStarted(1)", 1, &error);
  TEST_NO_ERROR (error);
  rig->run.evaluations = 6;
  rig->run.started = 1;
  CU_ASSERT_TRUE (condition_test_run (rig->condition, &rig->run));
  g_autofree char *text = print_tree (rig->condition);
  TEST_STR (text, "0 or true [] 0\n"
                  "1 and false [] 0\n"
                  "2 or true [] 0\n"
                  "3 MaxFuncCalls(fmax=9) false [6 < 9] 4\n"
                  "3 MaxFuncCalls(fmax=5) true [6 >= 5] 4\n"
                  "2 MaxFuncCalls(fmax=8) false [6 < 8] 4\n"
                  "1 MaxOptsStarted(omax=1) true [1 >= 1] 4\n");
  rig->run.evaluations = 9;
  CU_ASSERT_TRUE (condition_test_run (rig->condition, &rig->run));
  g_autofree char *lazy = print_tree (rig->condition);
  TEST_CONTAINS (
      lazy, "2 or true [] 0\n3 MaxFuncCalls(fmax=9) true [9 >= 9] 4\n3 MaxFuncCalls(fmax=5) none [] 0\n");
  TEST_CONTAINS (lazy, "1 MaxOptsStarted(omax=1) none [] 0\n");
}

static void
test_windows (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Rig) rig = rig_new (GLOMPO_KIND_HUNTER,
                                 "BestUnmoving(7) & EvaluationsUnmoving(5) | LastPointsInvalid(9)"
                                 " & StepSize(4) | MinFuncCalls(1000)",
                                 1, &error);
  TEST_NO_ERROR (error);
  TEST_INT (rig->window.best, 8);
  TEST_INT (rig->window.f, 9);
  TEST_INT (rig->window.x, 4);
  GlompoWindow wide = { .struct_size = sizeof wide, .f = 100, .best = 3 };
  condition_window (rig->condition, &wide);
  TEST_INT (wide.f, 100);
  TEST_INT (wide.best, 8);
}

static void
test_budgets (void)
{
  static const struct {
    const char *text;
    guint64 budget;
  } rows[] = {
    { "MaxFuncCalls(100)", 100 },
    { "MaxOptsStarted(1)", G_MAXUINT64 },
    { "IterSpawnStop(5)", G_MAXUINT64 },
    { "MaxFuncCalls(100) | TargetCost(0)", 100 },
    { "MaxFuncCalls(100) | MaxFuncCalls(50)", 50 },
    { "MaxFuncCalls(100) & MaxFuncCalls(50)", 100 },
    { "MaxFuncCalls(100) & TargetCost(0)", G_MAXUINT64 },
    { "TargetCost(0) & MaxFuncCalls(9) | MaxFuncCalls(100)", 100 },
    { "TargetCost(0) & (MaxFuncCalls(9) | MaxFuncCalls(100))", G_MAXUINT64 },
    { "MaxFuncCalls(70) & (MaxFuncCalls(9) | MaxFuncCalls(100)) | MaxKills(1)", 70 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (Rig) rig = rig_new (GLOMPO_KIND_CHECKER, rows[i].text, 1, &error);
      TEST_NO_ERROR (error);
      CU_ASSERT_EQUAL (condition_budget (rig->condition), rows[i].budget);
    }
}

/* A leaf that cannot be created, with others before and behind it; what was made is released. */
static void
test_create_fails (void)
{
  rig_refuses (GLOMPO_KIND_HUNTER, "ValueAnnealing(0.5) & TypeHunter(\"\") | TimeAnnealing(1)",
               "TypeHunter: optimizer is empty");
  rig_refuses (GLOMPO_KIND_CHECKER, "MaxSeconds | MaxFuncCalls(1)", "MaxSeconds: neither");
}

/* Each leaf has a stream of its own: two equal leaves do not agree always. */
static void
test_streams (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Rig) one = rig_new (GLOMPO_KIND_HUNTER, "ValueAnnealing(0.5)", 9, &error);
  g_autoptr (Rig) two = rig_new (GLOMPO_KIND_HUNTER, "ValueAnnealing(0.5) & ValueAnnealing(0.5)", 9, &error);
  TEST_NO_ERROR (error);
  Rig *rigs[] = { one, two };
  int n_true[2] = { 0, 0 };
  for (int k = 0; k < 2; k++)
    {
      rig_start (rigs[k], "g", "p");
      rig_start (rigs[k], "g", "p");
      rig_evaluate_all (rigs[k], 2, "2");
      rig_evaluate_all (rigs[k], 1, "4");
      for (int i = 0; i < 10000; i++)
        n_true[k] += rig_hunt (rigs[k], 1);
    }
  TEST_NEAR (n_true[0], 5000, 250);
  TEST_NEAR (n_true[1], 2500, 250);
}

/* Plugins of others: an explanation that is no good text, one that is too long, optional slots missing, and
 * what is forgotten. */
static guint64 forgotten;

static void *
foreign_create (const GlompoProblem *problem, const void *options, uint64_t seed, const GlompoHost *host)
{
  CU_ASSERT_PTR_NULL (problem->x0);
  return &forgotten;
}

static void
foreign_destroy (void *self)
{
}

static bool
foreign_test (void *self, const GlompoRun *run, const GlompoTrace *best, const GlompoTrace *victim,
              double *figures)
{
  for (gsize i = 0; i < GLOMPO_N_FIGURES; i++)
    {
      CU_ASSERT_EQUAL (figures[i], 0.0);
      figures[i] = 1.0;
    }
  return true;
}

static void
foreign_explain (void *self, const double *figures, char *text, size_t size)
{
  memset (text, 'z', size);
  memcpy (text, "a\nb\t\xff", 5);
}

static void
foreign_forget (void *self, uint64_t id)
{
  *(guint64 *) self = id;
}

static void *
silent_create (const GlompoProblem *problem, const void *options, uint64_t seed, const GlompoHost *host)
{
  return NULL;
}

static const GlompoHunterVTable foreign_vtable = {
  .struct_size = sizeof foreign_vtable,
  .create = foreign_create,
  .destroy = foreign_destroy,
  .test = foreign_test,
  .explain = foreign_explain,
  .forget = foreign_forget,
};

static const GlompoHunterVTable silent_vtable = {
  .struct_size = sizeof silent_vtable,
  .create = silent_create,
  .destroy = foreign_destroy,
  .test = foreign_test,
};

static const GlompoPlugin foreign_plugin
    = { GLOMPO_PLUGIN_HEADER (GLOMPO_KIND_HUNTER), .name = "Foreign", .hunter = &foreign_vtable };
static const GlompoPlugin silent_plugin
    = { GLOMPO_PLUGIN_HEADER (GLOMPO_KIND_HUNTER), .name = "Silent", .hunter = &silent_vtable };

static Expression *
call_of (const GlompoPlugin *plugin)
{
  Expression *call = expression_parse (plugin->name, NULL);
  call->plugin = plugin;
  call->options = options_new (NULL, 0, 0);
  return call;
}

static void
test_foreign (void)
{
  const double lower[] = { 0 }, upper[] = { 1 };
  GlompoProblem problem
      = { .struct_size = sizeof problem, .n = 1, .lower = lower, .upper = upper, .x0 = lower };
  g_autoptr (Expression) call = call_of (&foreign_plugin);
  g_autoptr (Expression) silent_call = call_of (&silent_plugin);
  g_autoptr (GError) error = NULL;
  g_autoptr (Condition) condition = condition_new (call, &problem, 1, NULL, NULL, &error);
  TEST_NO_ERROR (error);
  GlompoRun run = { .struct_size = sizeof run };
  GlompoTrace trace = { .struct_size = sizeof trace };
  CU_ASSERT_TRUE (condition_test_victim (condition, &run, &trace, &trace));
  CU_ASSERT_TRUE (condition_test_victim (condition, &run, &trace, &trace));
  g_autofree char *text = condition_explain (condition);
  CU_ASSERT_TRUE (g_utf8_validate (text, -1, NULL));
  CU_ASSERT_TRUE (g_str_has_prefix (text, "Foreign") && g_str_has_suffix (text, "zzz: true"));
  CU_ASSERT_PTR_NULL (strpbrk (text, "\n\t"));
  condition_forget (condition, 77);
  TEST_INT (forgotten, 77);
  GlompoWindow window = { .struct_size = sizeof window };
  condition_window (condition, &window);
  TEST_INT (window.f + window.best + window.x, 0);

  CU_ASSERT_PTR_NULL (condition_new (silent_call, &problem, 1, NULL, NULL, &error));
  TEST_STR (error != NULL ? error->message : NULL, "Silent: it could not be created and did not say why");
}

/* Whoever is not known to leave them alone may look at the last points. */
static void
check_needs (GlompoKind kind, const char *text, gboolean needs)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Rig) rig = rig_new (kind, text, 1, &error);
  if (TEST_NO_ERROR (error))
    TEST_INT (policy_needs_last_points (rig->expression), needs);
}

static void
test_needs_of_points (void)
{
  CU_ASSERT_FALSE (policy_needs_last_points (NULL));
  check_needs (GLOMPO_KIND_CHECKER, "MaxFuncCalls(10) | TargetCost(1) & MaxSeconds(3)", FALSE);
  check_needs (GLOMPO_KIND_GENERATOR, "RandomGenerator()", FALSE);
  check_needs (GLOMPO_KIND_SELECTOR, "CycleSelector()", FALSE);
  check_needs (GLOMPO_KIND_HUNTER, "BestUnmoving(10) & MinFuncCalls(5)", FALSE);
  check_needs (GLOMPO_KIND_HUNTER, "BestUnmoving(10) & (MinFuncCalls(5) | ParameterDistance(0.1))", TRUE);
  check_needs (GLOMPO_KIND_HUNTER, "Patience(BestUnmoving(10), 3)", FALSE);
  check_needs (GLOMPO_KIND_HUNTER, "Patience(BestUnmoving(10) | ParameterDistance(0.1), 3)", TRUE);

  g_autoptr (GError) error = NULL;
  g_autoptr (Rig) rig = rig_new (GLOMPO_KIND_CHECKER, "MaxFuncCalls(10) & MaxFuncCalls(11)", 1, &error);
  static const char name[] = "MaxFuncCalls"; /* of another file */
  GlompoPlugin other = *((Expression *) rig->expression->children->pdata[1])->plugin;
  other.name = name;
  ((Expression *) rig->expression->children->pdata[1])->plugin = &other;
  CU_ASSERT_TRUE (policy_needs_last_points (rig->expression));
}

/* The tree that is described afterwards: as above. */
static void
check_session (const char *pattern, gboolean outlasts, const char *expected)
{
  g_autoptr (Rig) rig = rig_of_pattern (pattern);
  if (rig == NULL)
    return;
  CU_ASSERT_TRUE (condition_test_run (rig->condition, &rig->run));
  if (!TEST_INT (condition_outlasts_session (rig->condition, &rig->run), outlasts))
    g_printerr ("%s\n", pattern);
  TEST_NEAR (rig->run.seconds, 60, 0);
  g_autoptr (GVariant) tree = g_variant_ref_sink (condition_describe (rig->condition));
  g_autoptr (GString) found = g_string_new (NULL);
  for (gsize i = 0; i < g_variant_n_children (tree); i++)
    {
      const char *result;
      g_variant_get_child (tree, i, "(y&s&s&sad)", NULL, NULL, &result, NULL, NULL);
      g_string_append_c (found, *result == 'n' ? '-' : *result);
    }
  if (!TEST_STR (found->str, expected))
    g_printerr ("%s\n", pattern);
}

static void
test_end_of_session (void)
{
  check_session ("S", FALSE, "t");
  check_session ("A", TRUE, "t");
  check_session ("T", TRUE, "t");
  /* What else holds, before it or behind it, is what decides; who was not asked is asked then. */
  check_session ("S | F", FALSE, "ttf");
  check_session ("F | S", FALSE, "tft");
  check_session ("S | T", TRUE, "ttt");
  check_session ("T | S", TRUE, "tt-");
  check_session ("S | A", TRUE, "ttt");
  check_session ("S | L", FALSE, "ttf");
  /* All are wanted: one of them is not there in the next session. */
  check_session ("S & T", FALSE, "ttt");
  check_session ("T & S", FALSE, "ttt");
  check_session ("A & T", TRUE, "ttt");
  check_session ("S & F | T", TRUE, "tftft");
  check_session ("S & T | F", FALSE, "ttttf");
  check_session ("(S | T) & T", TRUE, "ttttt");
  check_session ("(S | F) & A", FALSE, "tttft");
}

static void
test_nears_end_of_session (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Rig) rig = rig_new (GLOMPO_KIND_CHECKER,
                                 "MaxSeconds(60) & MaxFuncCalls(10) | MaxSeconds(overall_max=58)", 1, &error);
  TEST_NO_ERROR (error);
  rig->run.seconds = 57.5;
  CU_ASSERT_FALSE (condition_nears_end_of_session (rig->condition, &rig->run, 3)); /* too few evaluations */
  rig->run.evaluations = 10;
  CU_ASSERT_TRUE (condition_nears_end_of_session (rig->condition, &rig->run, 3));
  CU_ASSERT_FALSE (condition_nears_end_of_session (rig->condition, &rig->run, 2));
  CU_ASSERT_FALSE (condition_test_run (rig->condition, &rig->run)); /* and the clock is what it was */

  g_autoptr (Rig) timeless = rig_new (GLOMPO_KIND_CHECKER, "MaxFuncCalls(10)", 1, &error);
  TEST_NO_ERROR (error);
  timeless->run.evaluations = 10;
  CU_ASSERT_FALSE (condition_nears_end_of_session (timeless->condition, &timeless->run, 3));
}

static const TestCase cases[] = {
  { "trees", test_trees },
  { "each test starts anew", test_reset },
  { "explanation", test_explain },
  { "the tree of what was found", test_describe },
  { "windows", test_windows },
  { "budgets", test_budgets },
  { "a leaf that cannot be created", test_create_fails },
  { "streams of leaves", test_streams },
  { "plugins of others", test_foreign },
  { "needs of points", test_needs_of_points },
  { "the end of a session", test_end_of_session },
  { "the end of a session is near", test_nears_end_of_session },
};
TEST_MAIN ("condition", cases)
