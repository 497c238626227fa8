/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What every generator says of why it gave a point. */
#include "policy-fixture.h"
#include <math.h>
#include <string.h>

/* The next point, and why it is that one. */
static Point
check_why (Rig *rig, const char *why)
{
  Point point = rig_next (rig);
  g_autofree char *text = policy_explain (rig->policy);
  CU_ASSERT_TRUE (g_str_has_suffix (text, why));
  TEST_CONTAINS (text, why);
  return point;
}

static void
test_sequences_explained (void)
{
  g_autoptr (Rig) random = rig_new_generator ("RandomGenerator()", 1);
  g_autoptr (Rig) latin = rig_new_generator ("LatinHypercube(2)", 1);
  g_autoptr (Rig) sobol = rig_new_generator ("Sobol()", 1);
  check_why (random, "RandomGenerator(): random point number 1");
  check_why (random, "random point number 2");
  check_why (latin, "point 1 of 2 of hypercube 1");
  check_why (latin, "point 2 of 2 of hypercube 1");
  check_why (latin, "point 1 of 2 of hypercube 2");
  check_why (sobol, "point number 1 of the sequence");
  check_why (sobol, "point number 2 of the sequence");
}

/* Those that start from what is known, before anything is. */
static void
test_ignorance_explained (void)
{
  static const char *const rows[][2] = {
    { "IncumbentGenerator()", "random point number 1" },
    { "Annealing()", "a chain from a random point, for want of a value" },
    { "BasinHoppingGenerator()", "random, for want of a value" },
    { "ExploitExploreGenerator(10)", "random: no two optimizers have different values" },
    { "Repelling()", "random, for want of a value to keep away from" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (Rig) rig = rig_new_generator (rows[i][0], 1);
      rig_start (rig, "g", "p");
      rig_evaluate (rig, 1, INFINITY, 1, 1);
      check_why (rig, rows[i][1]);
    }
}

/* Optimizer 1 has its best value, 1, at (0, 0), optimizer 2 the value 3 at (3, 4). */
static Rig *
new_known (const char *text)
{
  Rig *rig = rig_new_generator (text, 1);
  rig_start (rig, "g", "p");
  rig_start (rig, "g", "p");
  rig_evaluate (rig, 1, 1, 0, 0);
  rig_evaluate (rig, 2, 3, 3, 4);
  return rig;
}

static void
test_bases_explained (void)
{
  g_autoptr (Rig) incumbent = new_known ("IncumbentGenerator()");
  g_autoptr (Rig) annealing = new_known ("Annealing()");
  check_why (incumbent, "the best point, 1 of optimizer 1");
  check_why (annealing, "a chain from the best point, 1 of optimizer 1");

  /* weights 1 and 0; (2 / 8)^0.5 */
  g_autoptr (Rig) mix = new_known ("ExploitExploreGenerator(8, focus=0.5)");
  rig_next (mix);
  g_autofree char *why = policy_explain (mix->policy);
  TEST_CONTAINS (why, "share 0.5 = min (1, 2 / 8)^0.5 of the best point of optimizer 1, 1; drawn 0.");
  CU_ASSERT_TRUE (g_str_has_suffix (why, " of weights 1, its own 0 to 1"));

  /* at the centre exactly */
  g_autoptr (Rig) centre = new_known ("PerturbationGenerator([1, 2], [0])");
  check_why (centre, "at distance 0 from x0");
  g_autoptr (Rig) around = new_known ("PerturbationGenerator([0, 0], [1])");
  Point p = rig_next (around);
  g_autofree char *distance = policy_explain (around->policy);
  const char *number = g_strrstr (distance, "distance ");
  TEST_NEAR (g_ascii_strtod (number + strlen ("distance "), NULL), hypot (p.x[0], p.x[1]), 1e-5);
}

/* The chance of the other is exp (-(3 - 1) / temperature): as good as none, and as good as certain. */
static void
test_basin_hopping_explained (void)
{
  g_autoptr (Rig) cold = new_known ("BasinHoppingGenerator(0.001, 0.25, interval=1, factor=0.5)");
  rig_next (cold);
  g_autofree char *refused = policy_explain (cold->policy);
  TEST_CONTAINS (refused, ": step 0.125 from the best point, 1 of optimizer 1; not optimizer 2: 0.");
  CU_ASSERT_TRUE (g_str_has_suffix (refused, " >= exp (-(3 - 1) / 0.001) = 0; 0 of 1 accepted, 0.5 wanted"));
  g_autoptr (Rig) hot = new_known ("BasinHoppingGenerator(1e9, 0.25)");
  rig_next (hot);
  g_autofree char *taken = policy_explain (hot->policy);
  TEST_CONTAINS (taken, ": step 0.25 from the best point of optimizer 2: 0.");
  TEST_CONTAINS (taken, " < exp (-(3 - 1) / 1000000000) = 1");
  g_autoptr (Rig) alone = rig_new_generator ("BasinHoppingGenerator(1, 0.25)", 1);
  rig_start (alone, "g", "p");
  rig_evaluate (alone, 1, 7, 1, 1);
  check_why (alone, "step 0.25 from the best point, 7 of optimizer 1; no other one has a value");
}

/* The radius is 1; nothing is 5 away from both of the corners. */
static void
test_repelling_explained (void)
{
  g_autoptr (Rig) free = new_known ("Repelling(0.2)");
  Point p = rig_next (free);
  g_autofree char *why = policy_explain (free->policy);
  double to_first = hypot (p.x[0], p.x[1]), to_second = hypot (p.x[0] - 3, p.x[1] - 4);
  const char *number = strstr (why, "distance ");
  TEST_CONTAINS (why, ": candidate ");
  TEST_CONTAINS (why, to_first < to_second ? "from the nearest best point, of optimizer 1, > 1"
                                           : "from the nearest best point, of optimizer 2, > 1");
  CU_ASSERT_PTR_NOT_NULL_FATAL (number);
  TEST_NEAR (g_ascii_strtod (number + strlen ("distance "), NULL), fmin (to_first, to_second), 1e-5);
  g_autoptr (Rig) crowded = new_known ("Repelling(1)");
  rig_next (crowded);
  g_autofree char *farthest = policy_explain (crowded->policy);
  TEST_CONTAINS (farthest, ", the farthest: distance ");
  CU_ASSERT_TRUE (g_str_has_suffix (farthest, ", <= 5"));
}

static const TestCase cases[] = {
  { "sequences explained", test_sequences_explained },
  { "starts before anything is known, explained", test_ignorance_explained },
  { "starts from what is known, explained", test_bases_explained },
  { "BasinHoppingGenerator explained", test_basin_hopping_explained },
  { "Repelling explained", test_repelling_explained },
};
TEST_MAIN ("generators-why", cases)
