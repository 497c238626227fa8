/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Conditions among the options of hunters, and Patience, which has one: rows of hunts counted by hand. */
#include "policy-fixture.h"

static Rig *
new_rig (const char *text)
{
  g_autoptr (GError) error = NULL;
  Rig *rig = rig_new (GLOMPO_KIND_HUNTER, text, 1, &error);
  TEST_NO_ERROR (error);
  CU_ASSERT_FATAL (rig != NULL);
  for (guint i = 0; i < 3; i++)
    rig_start (rig, "g", "p");
  rig_evaluate_all (rig, 3, "0");
  return rig;
}

static void
check (Rig *rig, guint64 id, gboolean expected, const char *explain)
{
  TEST_INT (rig_hunt (rig, id), expected);
  g_autofree char *text = rig_explain_leaf (rig);
  TEST_STR (text, explain);
}

static void
test_row (void)
{
  g_autoptr (Rig) rig = new_rig ("Patience(MinFuncCalls(2), 3)");
  rig_evaluate_all (rig, 1, "5");
  check (rig, 1, FALSE, "0 of 3 hunts in a row {MinFuncCalls(min_pts=2): 1 evaluations < 2: false}: false");
  rig_evaluate_all (rig, 1, "5");
  check (rig, 1, FALSE, "1 of 3 hunts in a row {MinFuncCalls(min_pts=2): 2 evaluations >= 2: true}: false");
  check (rig, 1, FALSE, "2 of 3 hunts in a row {MinFuncCalls(min_pts=2): 2 evaluations >= 2: true}: false");
  check (rig, 1, TRUE, "3 of 3 hunts in a row {MinFuncCalls(min_pts=2): 2 evaluations >= 2: true}: true");
  check (rig, 1, TRUE, "4 of 3 hunts in a row {MinFuncCalls(min_pts=2): 2 evaluations >= 2: true}: true");
  rig->run.hunts++; /* one without it */
  check (rig, 1, FALSE, "1 of 3 hunts in a row {MinFuncCalls(min_pts=2): 2 evaluations >= 2: true}: false");
  check (rig, 1, FALSE, "2 of 3 hunts in a row {MinFuncCalls(min_pts=2): 2 evaluations >= 2: true}: false");
  condition_forget (rig->condition, 1);
  check (rig, 1, FALSE, "1 of 3 hunts in a row {MinFuncCalls(min_pts=2): 2 evaluations >= 2: true}: false");
}

/* In one hunt each victim has its own row. */
static void
test_victims (void)
{
  g_autoptr (Rig) rig = new_rig ("Patience(EvaluationsUnmoving(2) | LastPointsInvalid(), n=2)");
  rig_evaluate_all (rig, 1, "5 5");
  rig_evaluate_all (rig, 2, "6 inf");
  for (guint hunt = 1; hunt <= 3; hunt++)
    {
      CU_ASSERT_EQUAL (rig_hunt (rig, 1), hunt >= 2);
      rig->run.hunts--; /* the same hunt goes on */
      CU_ASSERT_EQUAL (rig_hunt (rig, 2), hunt >= 2);
    }
  rig_evaluate_all (rig, 2, "7");
  CU_ASSERT_FALSE (rig_hunt (rig, 2)); /* neither unmoving nor invalid */
  rig_evaluate_all (rig, 2, "inf");
  CU_ASSERT_FALSE (rig_hunt (rig, 2)); /* the first of a new row */
  CU_ASSERT_TRUE (rig_hunt (rig, 2));
}

/* Another part of the tree that decides before breaks the row. */
static void
test_lazy (void)
{
  g_autoptr (Rig) rig = new_rig ("MinFuncCalls(3) & Patience(MinFuncCalls(1), 2)");
  rig_evaluate_all (rig, 1, "5 5");
  CU_ASSERT_FALSE (rig_hunt (rig, 1));
  rig_evaluate_all (rig, 1, "5");
  CU_ASSERT_FALSE (rig_hunt (rig, 1));
  CU_ASSERT_TRUE (rig_hunt (rig, 1));
}

static void
test_nested (void)
{
  g_autoptr (Rig) rig = new_rig ("Patience(Patience(MinFuncCalls(1), 2), 2)");
  rig_evaluate_all (rig, 1, "5");
  gboolean verdicts[4];
  for (guint i = 0; i < 4; i++)
    verdicts[i] = rig_hunt (rig, 1);
  CU_ASSERT_TRUE (!verdicts[0] && !verdicts[1] && verdicts[2] && verdicts[3]);
  g_autoptr (GVariant) leaves = g_variant_ref_sink (condition_describe (rig->condition));
  TEST_INT (g_variant_n_children (leaves), 3); /* it, the inner one, and the innermost */
}

/* What the inner ones want to be kept is kept. */
static void
test_window (void)
{
  g_autoptr (Rig) rig = new_rig ("Patience(BestUnmoving(7) & (StepSize(5) | EvaluationsUnmoving(9)), 2)");
  TEST_INT (rig->window.best, 8);
  TEST_INT (rig->window.x, 5);
  TEST_INT (rig->window.f, 9);
}

static char *
resolve (const char *text, GlompoKind kind)
{
  g_autoptr (GlompoRegistry) registry = glompo_registry_new ();
  g_autoptr (GPtrArray) faults = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  g_autoptr (Expression) expression = expression_parse (text, &error);
  if (expression == NULL)
    return g_strdup (error->message);
  expression_resolve (expression, kind, registry, text, faults);
  if (faults->len == 0)
    return expression_to_string (expression);
  g_ptr_array_add (faults, NULL);
  return g_strjoinv ("\n", (char **) faults->pdata);
}

/* However it is written it prints in one way, which reads back. */
static void
test_print (void)
{
  static const char *const texts[] = {
    "Patience(MinFuncCalls(1) & (MinSeconds(2) | StepSize(5)), 4)",
    "Patience ( n=4 , condition = MinFuncCalls(1)&(MinSeconds(2)|StepSize(5)) )",
    "Patience(\"MinFuncCalls(1) & (MinSeconds(2) | StepSize(5))\", 4)",
    ("Patience(condition=MinFuncCalls(min_pts=1) & "
     "(MinSeconds(seconds=2) | StepSize(calls=5, relative_tol=0.05)), n=4)"),
  };
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *printed = resolve (texts[i], GLOMPO_KIND_HUNTER);
      TEST_STR (printed, texts[3]);
    }
  g_autofree char *bare = resolve ("Patience(LastPointsInvalid, 2)", GLOMPO_KIND_HUNTER);
  TEST_STR (bare, "Patience(condition=LastPointsInvalid(n_iters=1), n=2)");
}

static void
test_faults (void)
{
  static const struct {
    const char *text, *message;
  } rows[] = {
    { "Patience(5, 3)", "column 10: condition of Patience: column 1: found '5', wanted a name" },
    { "Patience(\"A(\", 3)", "condition of Patience: column 3: found the end" },
    { "Patience(MinFuncCalls(0), 3)",
      "column 23: min_pts of MinFuncCalls: found '0', wanted a whole number" },
    { "Patience(MinSeconds(1) & Nix, 3)", "column 26: there is no hunter \"Nix\"" },
    { "Patience(MaxFuncCalls(1), 3)", "MaxFuncCalls" },
    { "Patience(MinSeconds(1))", "Patience: found no value for n, wanted Patience(condition, n)" },
    { "Patience(MinSeconds(1), 0)", "n of Patience: found '0', wanted a whole number" },
    { "MinFuncCalls(MinSeconds(1))",
      "column 14: min_pts of MinFuncCalls: found MinSeconds(1), wanted a whole number" },
    { "TypeHunter(A(1))", "optimizer of TypeHunter: found A(1), wanted text" },
    { "Patience(MinSeconds(1), 2, MinSeconds(1))", "found argument number 3, wanted at most 2" },
    { "Patience(MinSeconds(1), condition=MinSeconds(1))", "found the argument condition of Patience twice" },
    { "Patience((MinSeconds(1), 2)", "wanted '&', '|' or the ')' for the '(' of column 10" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *text = resolve (rows[i].text, GLOMPO_KIND_HUNTER);
      TEST_CONTAINS (text, rows[i].message);
    }
  GString *deep = g_string_new (NULL);
  for (guint i = 0; i < 100000; i++)
    g_string_append (deep, "A(B&");
  g_autofree char *found = resolve (deep->str, GLOMPO_KIND_HUNTER);
  TEST_CONTAINS (found, "found more than 200 parentheses one in the other");
  g_string_free (deep, TRUE);
}

static const TestCase cases[] = {
  { "a row of hunts", test_row },
  { "victims apart", test_victims },
  { "not asked", test_lazy },
  { "one in the other", test_nested },
  { "windows", test_window },
  { "print", test_print },
  { "faults", test_faults },
};
TEST_MAIN ("patience", cases)
