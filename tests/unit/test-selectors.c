/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every selector, and what is said to one that answers nonsense. */
#include "policy-fixture.h"

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

static const TestCase cases[] = {
  { "CycleSelector", test_cycle },
  { "RandomSelector", test_random },
  { "ChainSelector", test_chain },
  { "ChainSelector, number of groups", test_chain_length },
  { "selectors of others", test_foreign },
};
TEST_MAIN ("selectors", cases)
