/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every selector, and what is said to one that answers nonsense. */
#include "policy-fixture.h"
#include <math.h>

/* Answers as letters: a, b, c, d for the groups, "-" for none fits, "!" for never, "?" for an error. */
static char
ask (Rig *rig, guint64 free_slots)
{
  gint64 index = 99;
  if (!policy_select (rig->policy, &rig->run, free_slots, &index, NULL))
    return index == 99 ? '?' : 'X';
  return index == GLOMPO_SELECT_NONE_FITS ? '-' : index == GLOMPO_SELECT_NEVER ? '!' : (char) ('a' + index);
}

static Rig *
new_selector (const char *text, guint64 seed)
{
  g_autoptr (GError) error = NULL;
  Rig *rig = rig_new (GLOMPO_KIND_SELECTOR, text, seed, &error);
  if (rig == NULL)
    g_error ("%s", error->message);
  return rig;
}

/* free_slots: a digit per question. */
static void
check_cycle (gsize n, const guint64 *workers, guint64 max_jobs, const char *free_slots, const char *expected)
{
  g_autoptr (Rig) rig = new_selector ("CycleSelector()", 1);
  g_autoptr (GString) answers = g_string_new (NULL);
  rig_set_groups (rig, n, workers, max_jobs);
  for (const char *c = free_slots; *c != '\0'; c++)
    g_string_append_c (answers, ask (rig, (guint64) (*c - '0')));
  TEST_STR (answers->str, expected);
}

static void
test_cycle (void)
{
  static const guint64 equal[] = { 1, 1, 1 };
  check_cycle (3, equal, 4, "1111111", "abcabca");
  check_cycle (3, equal, 4, "10101", "a-b-c");
  check_cycle (1, equal, 4, "1111", "aaaa");

  /* b needs three: while only one is free, others take its place as often as there are groups, then slots
     stay free until b fits */
  static const guint64 large[] = { 1, 3, 1 };
  check_cycle (3, large, 4, "11111", "acac-");
  check_cycle (3, large, 4, "1111123", "acac--b");
  check_cycle (3, large, 4, "111113111111", "acac-bcacac-");
  check_cycle (3, large, 4, "13131", "abcac");
  /* nothing fits at all: no turn is lost, no patience either */
  check_cycle (3, large, 4, "1000001113", "a-----cacb");

  /* two large ones: each waits its turn */
  static const guint64 two[] = { 2, 3 };
  check_cycle (2, two, 4, "2222223", "aaa---b");

  /* b can never run: it is passed over */
  static const guint64 huge[] = { 1, 9, 1 };
  check_cycle (3, huge, 4, "1111111", "acacaca");
  static const guint64 hopeless[] = { 9, 9 };
  check_cycle (2, hopeless, 4, "444", "---");
}

/* One question: evaluations of the run, free slots, the answer and why. */
typedef struct {
  const char *selector; /* NULL: the same one goes on */
  guint64 evaluations, free_slots;
  char answer;
  const char *why;
} Question;

/* Groups of 1, 3 and 2 workers, four slots. */
static void
test_explanations (void)
{
  static const guint64 workers[] = { 1, 3, 2 };
  static const Question questions[] = {
    { "CycleSelector()", 0, 1, 'a', "the turn of group 1 of 3, its workers 1 <= 1 free slots" },
    { NULL, 0, 2, 'c', "group 3 in place of group 2, whose workers 3 > 2 free slots: time 1 of 3" },
    { NULL, 0, 1, 'a', "group 1 in place of group 2, whose workers 3 > 1 free slots: time 2 of 3" },
    { NULL, 0, 4, 'b', "the turn of group 2 of 3, its workers 3 <= 4 free slots" },
    { "ChainSelector([100, 2000000, 3000000])", 99, 4, 'a', "group 1 of 3: 99 evaluations < 100" },
    { NULL, 100, 4, 'b', "group 2 of 3: 100 evaluations >= 100" },
    { NULL, 1999999, 4, 'b', "group 2 of 3: 1999999 evaluations < 2000000" },
    { NULL, 5000000, 4, 'c', "group 3 of 3: 5000000 evaluations >= 2000000" },
    { NULL, 5000000, 4, '!', "behind the last group: 5000000 evaluations >= 3000000" },
    { "ChainSelector([1, 1.5])", 2, 4, 'b', "group 2 of 3: 2 evaluations >= 1" },
    { NULL, 2, 4, 'c', "group 3 of 3: 2 evaluations >= 1.5" },
    { NULL, 3, 4, 'c', "group 3 of 3, the last one" },
    { "RandomSelector()", 0, 1, 'a', "number 1 of the 1 groups that fit in 1 free slots" },
  };
  Rig *rig = NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (questions); i++)
    {
      const Question *q = &questions[i];
      if (q->selector != NULL)
        {
          g_clear_pointer (&rig, rig_free);
          rig = new_selector (q->selector, 1);
          rig_set_groups (rig, 3, workers, 4);
        }
      rig->run.evaluations = q->evaluations;
      TEST_INT (ask (rig, q->free_slots), q->answer);
      g_autofree char *why = policy_explain (rig->policy);
      CU_ASSERT_TRUE (g_str_has_suffix (why, q->why));
      TEST_CONTAINS (why, q->why);
    }
  rig_free (rig);
}

static void
test_random (void)
{
  static const guint64 workers[] = { 1, 3, 2, 1 };
  g_autoptr (Rig) rig = new_selector ("RandomSelector()", 1);
  rig_set_groups (rig, 4, workers, 4);
  TEST_INT (ask (rig, 0), '-');
  int counts[4] = { 0 };
  for (int i = 0; i < 9000; i++)
    counts[ask (rig, 2) - 'a']++;
  TEST_INT (counts[1], 0);
  /* a third each; the standard deviation is 45 */
  TEST_NEAR (counts[0], 3000, 225);
  TEST_NEAR (counts[2], 3000, 225);
  TEST_NEAR (counts[3], 3000, 225);
}

/* questions: evaluations of the run at each. */
static void
check_chain (const char *selector, gsize n, const char *evaluations, const char *expected)
{
  static const guint64 workers[] = { 1, 2, 1, 1 };
  g_autoptr (Rig) rig = new_selector (selector, 1);
  g_autoptr (GString) answers = g_string_new (NULL);
  g_auto (GStrv) words = g_strsplit (evaluations, " ", -1);
  rig_set_groups (rig, n, workers, 4);
  for (gsize i = 0; words[i] != NULL; i++)
    {
      rig->run.evaluations = g_ascii_strtoull (words[i], NULL, 10);
      g_string_append_c (answers, ask (rig, g_str_has_suffix (words[i], "*") ? 1 : 2));
    }
  TEST_STR (answers->str, expected);
}

static void
test_chain (void)
{
  /* one threshold fewer than groups: the last goes on for ever */
  check_chain ("ChainSelector([100, 200])", 3, "0 99 100 150 199 200 999 9999", "aabbbccc");
  /* as many: then no more */
  check_chain ("ChainSelector([100, 200])", 2, "0 100 199 200 201", "abb!!");
  check_chain ("ChainSelector([100])", 1, "99 100", "a!");
  /* one step for each question */
  check_chain ("ChainSelector([100, 200, 300])", 3, "500 500 500 500", "bc!!");
  check_chain ("ChainSelector([100, 100])", 3, "100 100 100", "bcc");
  /* "*": one slot free, group b needs two */
  check_chain ("ChainSelector([100, 200])", 3, "0* 100* 150 200* 200", "a-bcc");
  rig_refuses (GLOMPO_KIND_SELECTOR, "ChainSelector([100, 50])",
               "ChainSelector: number 2 of fcall_thresholds is below the one before it");
}

static void
test_chain_length (void)
{
  static const guint64 workers[] = { 1, 1, 1, 1 };
  for (gsize n = 1; n <= 4; n++)
    {
      g_autoptr (Rig) rig = new_selector ("ChainSelector([100, 200])", 1);
      g_autoptr (GError) error = NULL;
      gint64 index;
      rig_set_groups (rig, n, workers, 4);
      gboolean good = policy_select (rig->policy, &rig->run, 2, &index, &error);
      TEST_INT (good, n == 2 || n == 3);
      if (!good)
        TEST_CONTAINS (error->message, "ChainSelector: fcall_thresholds has 2 numbers for ");
    }
}

/* A foreign selector that answers whatever it is told to. */
static gint64 foreign_answer;

static void *
foreign_create (const GlompoProblem *problem, const void *options, uint64_t seed, const GlompoHost *host)
{
  return &foreign_answer;
}

static void
foreign_destroy (void *self)
{
}

static int64_t
foreign_select (void *self, const GlompoRun *run, uint64_t free_slots)
{
  return foreign_answer;
}

static void
test_foreign (void)
{
  static const struct {
    gint64 answer;
    const char *message;
  } rows[] = {
    { 0, NULL },
    { 1, "Foreign: it chose [optimizer big], whose workers = 3 do not fit in 2 free slots" },
    { 2, "Foreign: it chose group 2, wanted one of 0 to 1" },
    { -3, "Foreign: it chose group -3, wanted one of 0 to 1" },
    { GLOMPO_SELECT_NONE_FITS, NULL },
    { GLOMPO_SELECT_NEVER, NULL },
  };
  static const GlompoSelectorVTable vtable = { .struct_size = sizeof vtable,
                                               .create = foreign_create,
                                               .destroy = foreign_destroy,
                                               .select = foreign_select };
  static const GlompoPlugin plugin
      = { GLOMPO_PLUGIN_HEADER (GLOMPO_KIND_SELECTOR), .name = "Foreign", .selector = &vtable };
  const double lower[] = { 0 }, upper[] = { 1 };
  const GlompoGroup groups[] = { { .struct_size = sizeof (GlompoGroup), .name = "small", .workers = 1 },
                                 { .struct_size = sizeof (GlompoGroup), .name = "big", .workers = 3 } };
  GlompoProblem problem = { .struct_size = sizeof problem, .n = 1, .lower = lower, .upper = upper };
  GlompoRun run = { .struct_size = sizeof run, .n = 1, .max_jobs = 4, .n_groups = 2, .groups = groups };
  g_autoptr (Expression) call = expression_parse ("Foreign", NULL);
  call->plugin = &plugin;
  call->options = options_new (NULL, 0, 0);
  g_autoptr (Policy) policy = policy_new (call, &problem, 1, NULL, NULL, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      gint64 index = 99;
      foreign_answer = rows[i].answer;
      gboolean good = policy_select (policy, &run, 2, &index, &error);
      TEST_INT (good, rows[i].message == NULL);
      TEST_STR (error != NULL ? error->message : NULL, rows[i].message);
      TEST_INT (index, good ? rows[i].answer : 99);
    }
}

/* One question after so many evaluations of a and b and with these best values of theirs. */
typedef struct {
  guint64 evaluations[2];
  double best_f[2];
  guint64 free_slots;
  char answer;
  const char *why;
} Round;

/* The values of the function may be multiplied and have a constant added. */
static void
play (const char *selector, const Round *rounds, gsize n, double factor, double constant)
{
  static const guint64 workers[] = { 2, 1 };
  g_autoptr (Rig) rig = new_selector (selector, 1);
  rig_set_groups (rig, 2, workers, 4);
  for (gsize i = 0; i < n; i++)
    {
      rig->run.best_f = INFINITY;
      for (guint g = 0; g < 2; g++)
        {
          rig->groups[g].evaluations = rounds[i].evaluations[g];
          rig->groups[g].best_f = factor * rounds[i].best_f[g] + constant;
          rig->run.best_f = fmin (rig->run.best_f, rig->groups[g].best_f);
        }
      char answer = ask (rig, rounds[i].free_slots);
      TEST_INT (answer, rounds[i].answer);
      if (answer == 'a' || answer == 'b')
        rig->groups[answer - 'a'].started++;
      g_autofree char *why = policy_explain (rig->policy);
      if (rounds[i].why != NULL)
        TEST_CONTAINS (why, rounds[i].why);
    }
}

static void
test_bandit (void)
{
  static const Round rounds[] = {
    /* nothing is known: the one that was started least, and the first of those */
    { { 0, 0 }, { INFINITY, INFINITY }, 4, 'a', "no evaluation of it is known, 0 started" },
    { { 0, 0 }, { INFINITY, INFINITY }, 4, 'b', "no evaluation of it is known, 0 started" },
    { { 0, 0 }, { INFINITY, INFINITY }, 4, 'a', "no evaluation of it is known, 1 started" },
    { { 0, 0 }, { INFINITY, INFINITY }, 1, 'b', NULL },
    { { 0, 0 }, { INFINITY, INFINITY }, 0, '-', NULL },
    /* a plays: b, still unknown, comes first */
    { { 5, 0 }, { 6, INFINITY }, 4, 'b', "no evaluation of it is known" },
    /* both play; nothing is below 6 but b's 3: 3 in 20 evaluations is 1, nothing is 0.
       a: 0 + 0.5 sqrt (ln 3 / 2), b: 1 + 0.5 sqrt (ln 3 / 1) */
    { { 10, 20 }, { 6, 3 }, 4, 'b',
      "share of improvement 1 + 0.524074 for exploring, 1 plays; group 1 has 0 + 0.370576" },
    /* a falls by 2 in 10: 0.2; b by 1 in 20: 0.05, a quarter of it. a: 1 / 3, b: 1.25 / 2, ln 5 in both */
    { { 20, 40 }, { 1, 2 }, 4, 'b', "share of improvement 0.625 + 0.448531 for exploring, 2 plays" },
    /* b does not fall any more: 1.25 / 3, 4, 5; a has no play and its 1 / 3 + 0.5 sqrt (ln 7 / 3) is the
     * greater */
    { { 20, 50 }, { 1, 2 }, 4, 'b', "share of improvement 0.416667" },
    { { 20, 60 }, { 1, 2 }, 4, 'a', "share of improvement 0.333333 + 0.40269 for exploring, 3 plays" },
    /* where a does not fit, b does */
    { { 20, 60 }, { 1, 2 }, 1, 'b', "no other one fits" },
  };
  play ("Bandit(discount=1)", rounds, G_N_ELEMENTS (rounds), 1, 0);
  play ("Bandit(0.5, 1)", rounds, G_N_ELEMENTS (rounds), 1024, -65536);
}

/* Greedy, and the past forgotten at once: whoever earned last. */
static void
test_bandit_greedy (void)
{
  static const Round rounds[] = {
    { { 1, 1 }, { 9, 9 }, 4, 'a', NULL },
    { { 2, 2 }, { 9, 8 }, 4, 'b', "share of improvement 1 + 0 for exploring, 1 plays" },
    { { 3, 3 }, { 7, 8 }, 4, 'a', "share of improvement 1 + 0 for exploring, 1 plays" },
    { { 4, 4 }, { 7, 7 }, 4, 'a', "share of improvement 0 + 0" },
    { { 5, 5 }, { 7, 6.5 }, 4, 'b', NULL },
  };
  play ("Bandit(exploration=0, discount=0)", rounds, G_N_ELEMENTS (rounds), 1, 0);
}

static guint64
ask_revive (Rig *rig, guint64 free_slots)
{
  guint64 id = 99;
  g_autoptr (GError) error = NULL;
  CU_ASSERT_TRUE (policy_revive (rig->policy, &rig->run, free_slots, &id, &error));
  TEST_NO_ERROR (error);
  return id;
}

/* Optimizers 1 to 4; 2, 3 and 4 are frozen with the best values 5, 3, 4; 3 needs three slots. */
static Rig *
new_frozen (const char *text)
{
  Rig *rig = new_selector (text, 1);
  static const char *const values[] = { "1", "9 5", "3 8", "4" };
  static const guint64 workers[] = { 1, 3 };
  rig_set_groups (rig, 2, workers, 4);
  for (guint64 i = 1; i <= 4; i++)
    {
      rig_start (rig, "g", "p");
      rig_evaluate_all (rig, i, values[i - 1]);
      rig_view (rig, i)->workers = i == 3 ? 3 : 1;
      rig_view (rig, i)->frozen = i > 1;
      rig_view (rig, i)->alive = i == 1;
    }
  rig->run.frozen = 3;
  return rig;
}

static void
test_revive (void)
{
  static const char *const selectors[]
      = { "CycleSelector", "RandomSelector", "ChainSelector([5], %s)", "Bandit" };
  static const char *const modes[] = { "never", "last", "turns" };
  for (guint i = 0; i < G_N_ELEMENTS (selectors); i++)
    for (guint mode = 0; mode < 3; mode++)
      {
        g_autofree char *text = i == 2 ? g_strdup_printf ("ChainSelector([5], revive=%s)", modes[mode])
                                       : g_strdup_printf ("%s(revive=%s)", selectors[i], modes[mode]);
        g_autoptr (Rig) rig = new_frozen (text);
        rig->run.spawning = true;
        TEST_INT (ask_revive (rig, 4), mode == 2 ? 3 : 0);
        TEST_INT (ask_revive (rig, 4), 0); /* in turns: a new one first */
        rig->run.started++;
        TEST_INT (ask_revive (rig, 2), mode == 2 ? 4 : 0); /* 3 does not fit */
        rig->run.spawning = false;
        TEST_INT (ask_revive (rig, 4), mode > 0 ? 3 : 0);
        TEST_INT (ask_revive (rig, 1), mode > 0 ? 4 : 0);
        TEST_INT (ask_revive (rig, 0), 0);
        rig_view (rig, 3)->frozen = rig_view (rig, 4)->frozen = false;
        TEST_INT (ask_revive (rig, 4), mode > 0 ? 2 : 0);
        rig_view (rig, 2)->frozen = false;
        TEST_INT (ask_revive (rig, 4), 0);
      }
}

static void
check_revival (Rig *rig, guint64 free_slots, guint64 id, const char *why)
{
  TEST_INT (ask_revive (rig, free_slots), id);
  g_autofree char *text = policy_explain (rig->policy);
  TEST_CONTAINS (text, why);
}

static void
test_revival_explained (void)
{
  g_autoptr (Rig) rig = new_frozen ("CycleSelector(revive=turns)");
  rig->run.spawning = true;
  rig->run.started = 4;
  check_revival (rig, 4, 3,
                 "(revive=turns): in turns: 4 started > 0 at the last revival; best value 3 is the best of 3 "
                 "frozen ones that fit, optimizer 4 has 4");
  rig->run.started = 6;
  check_revival (rig, 1, 4,
                 "in turns: 6 started > 4 at the last revival; best value 4 is the best of 2 frozen ones "
                 "that fit, optimizer 2 has 5");
  rig->run.spawning = false;
  rig_view (rig, 4)->frozen = false;
  check_revival (rig, 1, 2, "no new one may start; best value 5 is the only frozen one that fits");
  g_autoptr (Rig) bandit = new_frozen ("Bandit()");
  check_revival (bandit, 4, 3, "no new one may start; best value 3 is the best of 3 frozen ones that fit");
}

static guint64 foreign_id;

static uint64_t
foreign_revive (void *self, const GlompoRun *run, uint64_t free_slots)
{
  return foreign_id;
}

static void
test_foreign_revive (void)
{
  static const GlompoSelectorVTable vtable = { .struct_size = sizeof vtable, .create = foreign_create,
                                               .destroy = foreign_destroy, .select = foreign_select,
                                               .revive = foreign_revive };
  static const GlompoPlugin plugin
      = { GLOMPO_PLUGIN_HEADER (GLOMPO_KIND_SELECTOR), .name = "Foreign", .selector = &vtable };
  static const struct {
    guint64 id, free_slots;
    const char *message;
  } rows[] = {
    { 0, 4, NULL },
    { 4, 1, NULL },
    { 3, 2, "Foreign: it revived optimizer 3, which does not fit in the free slots" },
    { 1, 4, "Foreign: it revived optimizer 1, which is not frozen by a hunter" },
    { 77, 4, "Foreign: it revived optimizer 77, which is not frozen by a hunter" },
    { G_MAXUINT64, 4, "which is not frozen by a hunter" },
  };
  g_autoptr (Rig) rig = new_frozen ("Bandit");
  g_autoptr (Expression) call = expression_parse ("Foreign", NULL);
  call->plugin = &plugin;
  call->options = options_new (NULL, 0, 0);
  g_autoptr (Policy) policy = policy_new (call, &rig->problem, 1, NULL, NULL, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      guint64 id = 99;
      foreign_id = rows[i].id;
      TEST_INT (policy_revive (policy, &rig->run, rows[i].free_slots, &id, &error), rows[i].message == NULL);
      if (rows[i].message != NULL)
        TEST_CONTAINS (error->message, rows[i].message);
      TEST_INT (id, rows[i].message == NULL ? rows[i].id : 99);
    }
}

static const TestCase cases[] = {
  { "CycleSelector", test_cycle },
  { "RandomSelector", test_random },
  { "ChainSelector", test_chain },
  { "ChainSelector, number of groups", test_chain_length },
  { "Bandit", test_bandit },
  { "Bandit, greedy", test_bandit_greedy },
  { "why a group was chosen", test_explanations },
  { "revivals", test_revive },
  { "why one was revived", test_revival_explained },
  { "selectors of others", test_foreign },
  { "revivals by others", test_foreign_revive },
};
TEST_MAIN ("selectors", cases)
