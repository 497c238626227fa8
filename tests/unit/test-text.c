/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Numbers to text and back, quoting, near names: base/text.h. */
#include "base/text.h"
#include "harness.h"
#include <float.h>
#include <locale.h>
#include <math.h>
#include <string.h>

static void
check_text (double value, const char *expected)
{
  char buffer[TEXT_DOUBLE_SIZE];
  TEST_STR (text_from_double (value, buffer), expected);
}

static void
test_from_double (void)
{
  check_text (0.0, "0");
  check_text (-0.0, "-0");
  check_text (0.1, "0.1");
  check_text (1.0 / 3.0, "0.3333333333333333");
  check_text (1e6, "1000000");
  check_text (1e22, "1e+22");
  check_text (-8379.6577, "-8379.6577");
  check_text (0.1 + 0.2, "0.30000000000000004");
  check_text (DBL_TRUE_MIN, "5e-324");
  check_text (NAN, "nan");
  check_text (INFINITY, "inf");
  check_text (-INFINITY, "-inf");
}

static void
check_round_trip (double value)
{
  char buffer[TEXT_DOUBLE_SIZE];
  double back = 0.0;
  gboolean good = text_to_double (text_from_double (value, buffer), &back);
  if (!good || memcmp (&back, &value, sizeof value) != 0)
    TEST_STR (buffer, "text that reads back to the same bits");
}

static void
test_round_trip (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  const double special[] = { 0.0,
                             -0.0,
                             DBL_MIN,
                             DBL_MAX,
                             -DBL_MAX,
                             DBL_TRUE_MIN,
                             3 * DBL_TRUE_MIN,
                             DBL_EPSILON,
                             INFINITY,
                             -INFINITY,
                             5.684341886080802e-14,
                             9007199254740993.0 };
  for (gsize i = 0; i < G_N_ELEMENTS (special); i++)
    check_round_trip (special[i]);
  for (int i = 0; i < 20000; i++)
    {
      guint64 bits = ((guint64) g_rand_int (rand) << 32) | g_rand_int (rand);
      double value;
      memcpy (&value, &bits, sizeof value);
      if (!isnan (value))
        check_round_trip (value);
    }
  CU_PASS ("all bits came back");
}

static void
test_to_double (void)
{
  static const struct {
    const char *text;
    double value;
  } good[] = { { "1", 1.0 },          { " 2.5\t", 2.5 },    { "-1e-3", -0.001 }, { "+4", 4.0 },
               { ".5", 0.5 },         { "1.", 1.0 },        { "1E5", 1e5 },      { "inf", INFINITY },
               { "-inf", -INFINITY }, { "+Inf", INFINITY }, { "1e-400", 0.0 },   { "infinity", INFINITY } };
  static const char *const bad[] = { "",    " ",  "nan", "-nan", "NaN(1)", "1e",   "1e999", "0x10", "1,5",
                                     "1 2", "1x", "--1", "e5",   "inf1",   "1e5.", "in",    ".",    "1_000" };
  double value = 0.0;
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      CU_ASSERT (text_to_double (good[i].text, &value));
      TEST_NEAR (value, good[i].value, 0.0);
    }
  value = 7.0;
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    if (text_to_double (bad[i], &value))
      TEST_STR (bad[i], "refused");
  TEST_NEAR (value, 7.0, 0.0);
  g_autofree char *many = g_strnfill (5000, '1');
  CU_ASSERT (!text_to_double (many, &value));
}

static void
test_to_int64 (void)
{
  static const struct {
    const char *text;
    gint64 value;
  } good[] = { { "0", 0 },
               { "-0", 0 },
               { " 12 ", 12 },
               { "+7", 7 },
               { "1e6", 1000000 },
               { "1.5e1", 15 },
               { "2.0", 2 },
               { "1200e-2", 12 },
               { "00012", 12 },
               { "0e99999999999", 0 },
               { "9007199254740993", 9007199254740993 }, /* 2^53 + 1 is no double */
               { "9007199254740993.0", 9007199254740993 },
               { "9223372036854775807", G_MAXINT64 },
               { "-9223372036854775808", G_MININT64 } };
  static const char *const bad[] = { "",
                                     "1.5",
                                     "1e-1",
                                     "abc",
                                     "9223372036854775808",
                                     "-9223372036854775809",
                                     "1e19",
                                     "inf",
                                     "nan",
                                     "0x10",
                                     "1 2",
                                     "1e",
                                     "e1",
                                     "-",
                                     ".",
                                     "1,0",
                                     "9007199254740992.5" };
  gint64 value = 0;
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      CU_ASSERT (text_to_int64 (good[i].text, &value));
      TEST_INT (value, good[i].value);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    if (text_to_int64 (bad[i], &value))
      TEST_STR (bad[i], "refused");
}

static void
test_comma_locale (void)
{
  char buffer[TEXT_DOUBLE_SIZE];
  double value = 0.0;
  g_autofree char *before = g_strdup (setlocale (LC_NUMERIC, NULL));
  if (setlocale (LC_NUMERIC, "de_DE.UTF-8") == NULL && setlocale (LC_NUMERIC, "fr_FR.UTF-8") == NULL)
    {
      test_skip ("no locale with a decimal comma on this machine");
      return;
    }
  TEST_STR (text_from_double (1.5, buffer), "1.5");
  CU_ASSERT (text_to_double ("1.5", &value));
  TEST_NEAR (value, 1.5, 0.0);
  CU_ASSERT (!text_to_double ("1,5", &value));
  setlocale (LC_NUMERIC, before);
}

static void
check_quote (const char *text, const char *expected)
{
  g_autofree char *quoted = text_quote (text);
  TEST_STR (quoted, expected);
}

static void
test_quote (void)
{
  check_quote ("", "''");
  check_quote ("abc", "'abc'");
  check_quote ("gr\xc3\xbc\xc3\x9f", "'gr\xc3\xbc\xc3\x9f'");
  check_quote ("a\nb\tc\rd", "'a\\nb\\tc\\rd'");
  check_quote ("\x1b[31m", "'\\x1b[31m'");
  check_quote ("\xff\xfe", "'\\xff\\xfe'");
  check_quote ("\xc3", "'\\xc3'");
  g_autofree char *longer = g_strnfill (100, 'x');
  g_autofree char *cut = text_quote (longer);
  TEST_INT (strlen (cut), 80 + 5);
  CU_ASSERT (g_str_has_suffix (cut, "x...'"));
}

static void
test_nearest (void)
{
  static const char *const names[]
      = { "cmaes", "neldermead", "random", "max_jobs", "hunt_frequency", "seed", NULL };
  static const struct {
    const char *name, *nearest;
  } cases[] = { { "cma", "cmaes" },
                { "CMAES", "cmaes" },
                { "cmeas", "cmaes" },
                { "Nelder-Mead", "neldermead" },
                { "nelder", "neldermead" },
                { "max-jobs", "max_jobs" },
                { "maxjob", "max_jobs" },
                { "hunt_freqency", "hunt_frequency" },
                { "sede", "seed" },
                { "foo", NULL },
                { "", NULL },
                { "x", NULL },
                { "temperature", NULL } };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    TEST_STR (text_nearest (cases[i].name, names), cases[i].nearest);
  g_autofree char *long_name = g_strnfill (1000, 'c');
  CU_ASSERT (text_nearest (long_name, names) == NULL);
  CU_ASSERT (text_nearest ("cmaes", &names[6]) == NULL);
}

static const TestCase cases[] = {
  { "from double", test_from_double }, { "round trip", test_round_trip },     { "to double", test_to_double },
  { "to int64", test_to_int64 },       { "comma locale", test_comma_locale }, { "quote", test_quote },
  { "nearest", test_nearest },
};
TEST_MAIN ("text", cases)
