/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Option tables: values, defaults, ranges, refusals, threads: base/options.h. */
#include "base/options.h"
#include "harness.h"
#include <math.h>
#include <string.h>

typedef struct {
  bool flag;
  int64_t count;
  int64_t size;
  double ratio;
  double step;
  const char *title;
  int32_t mode;
  GlompoReals weights;
  GlompoReals scales;
  double needed;
  const char *label;
} Sample;

static const char *const modes[] = { "full", "separable", "auto", NULL };

static const GlompoOption table[] = {
  GLOMPO_OPT_BOOLEAN (Sample, flag, "true", "a flag"),
  GLOMPO_OPT_INTEGER (Sample, count, 1, 100, "7", "a count"),
  GLOMPO_OPT_INTEGER_AUTO (Sample, size, 2, INFINITY, "auto", "a size"),
  GLOMPO_OPT_REAL (Sample, ratio, 0.0, 1.0, "0.25", "a ratio"),
  GLOMPO_OPT_REAL_AUTO (Sample, step, 0.0, INFINITY, "auto", "a step"),
  GLOMPO_OPT_STRING (Sample, title, "none \\n", "a title"),
  GLOMPO_OPT_CHOICE (Sample, mode, modes, "separable", "a mode"),
  GLOMPO_OPT_REALS (Sample, weights, -1.0, 1.0, "0.5, -0.5", "weights"),
  GLOMPO_OPT_REALS_AUTO (Sample, scales, 0.0, 10.0, "auto", "scales"),
  GLOMPO_OPT_REAL (Sample, needed, -INFINITY, INFINITY, NULL, "must be given"),
  GLOMPO_OPT_STRING (Sample, label, NULL, "must be given too"),
};
#define N G_N_ELEMENTS (table)

static Options *
sample_new (void)
{
  return options_new (table, N, sizeof (Sample));
}

static void
test_defaults (void)
{
  g_autoptr (GError) error = NULL;
  CU_ASSERT (options_check_table (table, N, sizeof (Sample), &error));
  TEST_NO_ERROR (error);
  g_autoptr (Options) options = sample_new ();
  const Sample *sample = options_data (options);
  CU_ASSERT (sample->flag);
  TEST_INT (sample->count, 7);
  TEST_INT (sample->size, GLOMPO_AUTO_INTEGER);
  TEST_NEAR (sample->ratio, 0.25, 0.0);
  CU_ASSERT (isnan (sample->step));
  TEST_STR (sample->title, "none \\n");
  TEST_INT (sample->mode, 1);
  TEST_INT (sample->weights.n, 2);
  TEST_NEAR (sample->weights.values[1], -0.5, 0.0);
  TEST_INT (sample->scales.n, 0);
  TEST_STR (sample->label, "");
  CU_ASSERT (!options_is_set (options, "flag"));
  g_auto (GStrv) missing = options_missing (options);
  TEST_INT (g_strv_length (missing), 2);
  TEST_STR (missing[0], "needed");
  TEST_STR (missing[1], "label");
}

static void
check_set (const char *name, const char *text, const char *shown)
{
  g_autoptr (Options) options = sample_new ();
  g_autoptr (GError) error = NULL;
  CU_ASSERT (options_set (options, name, text, &error));
  TEST_NO_ERROR (error);
  CU_ASSERT (options_is_set (options, name));
  g_autofree char *back = options_get_text (options, name);
  TEST_STR (back, shown);
}

static void
test_set (void)
{
  check_set ("flag", "false", "false");
  check_set ("flag", " true ", "true");
  check_set ("count", "100", "100");
  check_set ("count", "1e1", "10");
  check_set ("size", "9223372036854775807", "9223372036854775807");
  check_set ("size", "auto", "auto");
  check_set ("ratio", "1e-3", "0.001");
  check_set ("ratio", "0.1", "0.1");
  check_set ("step", "inf", "inf");
  check_set ("step", "auto", "auto");
  check_set ("title", "  raw \\t text ", "  raw \\t text ");
  check_set ("title", "", "");
  check_set ("mode", "auto", "auto");
  check_set ("weights", "1,0 , -1", "1, 0, -1");
  check_set ("weights", "", "");
  check_set ("scales", "3", "3");
  check_set ("scales", "auto", "auto");
  check_set ("needed", "-1e308", "-1e+308");
}

static void
check_refused (const char *name, const char *text, const char *message)
{
  g_autoptr (Options) options = sample_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *before = options_get_text (options, name);
  CU_ASSERT (!options_set (options, name, text, &error));
  CU_ASSERT (g_error_matches (error, GLOMPO_CONFIG_ERROR, GLOMPO_CONFIG_ERROR_INVALID));
  TEST_STR (error != NULL ? error->message : NULL, message);
  CU_ASSERT (!options_is_set (options, name));
  g_autofree char *after = options_get_text (options, name);
  TEST_STR (after, before);
}

static void
test_refused (void)
{
  check_refused ("flag", "yes", "found 'yes', wanted true or false");
  check_refused ("flag", "auto", "found 'auto', wanted true or false");
  check_refused ("count", "0", "found '0', wanted a whole number from 1 to 100");
  check_refused ("count", "101", "found '101', wanted a whole number from 1 to 100");
  check_refused ("count", "2.5", "found '2.5', wanted a whole number from 1 to 100");
  check_refused ("count", "auto", "found 'auto', wanted a whole number from 1 to 100");
  check_refused ("size", "", "found '', wanted a whole number of at least 2, or auto");
  check_refused ("size", "-9223372036854775808",
                 "found '-9223372036854775808', wanted a whole number of at least 2, or auto");
  check_refused ("ratio", "nan", "found 'nan', wanted a real number from 0 to 1");
  check_refused ("ratio", "1.0000001", "found '1.0000001', wanted a real number from 0 to 1");
  check_refused ("ratio", "abc", "found 'abc', wanted a real number from 0 to 1");
  check_refused ("step", "-inf", "found '-inf', wanted a real number of at least 0, or auto");
  check_refused ("needed", "nan", "found 'nan', wanted a real number");
  check_refused ("mode", "seperable",
                 "found 'seperable', wanted one of full, separable, auto; did you mean 'separable'?");
  check_refused ("mode", "x", "found 'x', wanted one of full, separable, auto");
  check_refused ("weights", "1, 2", "found '1, 2', wanted real numbers from -1 to 1 separated by commas");
  check_refused ("weights", "1,,0", "found '1,,0', wanted real numbers from -1 to 1 separated by commas");
  check_refused ("weights", "1,nan", "found '1,nan', wanted real numbers from -1 to 1 separated by commas");
  check_refused ("scales", "1;2",
                 "found '1;2', wanted real numbers from 0 to 10 separated by commas, or auto");
  check_refused ("title", "\xff", "found '\\xff', wanted text");
  check_refused ("cuont", "1", "unknown option 'cuont'; did you mean 'count'?");
  check_refused ("zzz", "1",
                 "unknown option 'zzz', wanted one of flag, count, size, ratio, step, title, mode, weights, "
                 "scales, needed, label");
}

static void
test_no_options (void)
{
  g_autoptr (Options) options = options_new (NULL, 0, 0);
  g_autoptr (GError) error = NULL;
  CU_ASSERT (options_data (options) == NULL);
  CU_ASSERT (!options_set (options, "x", "1", &error));
  TEST_STR (error != NULL ? error->message : NULL, "unknown option 'x', wanted no option at all");
  g_auto (GStrv) missing = options_missing (options);
  TEST_INT (g_strv_length (missing), 0);
  CU_ASSERT (options_get_text (options, "x") == NULL);
}

static void
test_missing_text (void)
{
  g_autoptr (Options) options = sample_new ();
  CU_ASSERT (options_get_text (options, "needed") == NULL);
  CU_ASSERT (options_get_text (options, "label") == NULL);
  CU_ASSERT (options_set (options, "label", "", NULL));
  g_autofree char *label = options_get_text (options, "label");
  TEST_STR (label, "");
}

static void
test_set_again (void)
{
  g_autoptr (Options) options = sample_new ();
  const Sample *sample = options_data (options);
  CU_ASSERT (options_set (options, "title", "one", NULL) && options_set (options, "title", "two", NULL));
  CU_ASSERT (options_set (options, "scales", "1, 2", NULL) && options_set (options, "scales", "3", NULL));
  TEST_STR (sample->title, "two");
  TEST_INT (sample->scales.n, 1);
  TEST_NEAR (sample->scales.values[0], 3.0, 0.0);
}

/* Every value comes back from its own text. */
static void
test_text_round_trip (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (2);
  g_autoptr (Options) options = sample_new ();
  const Sample *sample = options_data (options);
  char buffer[TEXT_DOUBLE_SIZE];
  for (int i = 0; i < 2000; i++)
    {
      double value = ldexp (g_rand_double (rand) - 0.5, g_rand_int_range (rand, -1000, 1000));
      CU_ASSERT_FATAL (options_set (options, "needed", text_from_double (value, buffer), NULL));
      g_autofree char *text = options_get_text (options, "needed");
      CU_ASSERT_FATAL (options_set (options, "needed", text, NULL));
      if (memcmp (&sample->needed, &value, sizeof value) != 0)
        TEST_NEAR (sample->needed, value, 0.0);
    }
}

static gpointer
count_references (gpointer data)
{
  for (int i = 0; i < 20000; i++)
    {
      Options *options = options_ref (data);
      const Sample *sample = options_data (options);
      if (sample->count != 7 || strcmp (sample->title, "shared") != 0)
        return GINT_TO_POINTER (1);
      options_unref (options);
    }
  options_unref (data);
  return NULL;
}

static void
test_shared (void)
{
  Options *options = sample_new ();
  GThread *threads[4];
  CU_ASSERT (options_set (options, "title", "shared", NULL));
  for (int i = 0; i < 4; i++)
    threads[i] = g_thread_new ("reader", count_references, options_ref (options));
  options_unref (options);
  for (int i = 0; i < 4; i++)
    CU_ASSERT (g_thread_join (threads[i]) == NULL);
}

/* One row that is good, which each test spoils in its own way. */
static GlompoOption
good_row (void)
{
  return (GlompoOption) GLOMPO_OPT_REAL (Sample, ratio, 0.0, 1.0, "0.5", "a ratio");
}

static void
check_table (GlompoOption row, const char *part)
{
  g_autoptr (GError) error = NULL;
  const GlompoOption rows[] = { table[0], row };
  CU_ASSERT (!options_check_table (rows, 2, sizeof (Sample), &error));
  CU_ASSERT (g_error_matches (error, GLOMPO_PLUGIN_ERROR, GLOMPO_PLUGIN_ERROR_OPTIONS));
  TEST_CONTAINS (error != NULL ? error->message : NULL, part);
}

#define SPOIL(MEMBER, VALUE, PART)                                                                           \
  do                                                                                                         \
    {                                                                                                        \
      GlompoOption row = good_row ();                                                                        \
      row.MEMBER = VALUE;                                                                                    \
      check_table (row, PART);                                                                               \
    }                                                                                                        \
  while (0)

static void
test_bad_names (void)
{
  SPOIL (name, NULL, "option 2: found no name");
  SPOIL (name, "", "found ''");
  SPOIL (name, "Ratio", "found 'Ratio', wanted a name of small letters");
  SPOIL (name, "tol-x", "found 'tol-x'");
  SPOIL (name, "1x", "found '1x'");
  SPOIL (name, "flag", "option flag: found twice in the table");
  SPOIL (summary, NULL, "no summary");
  SPOIL (summary, "", "no summary");
  SPOIL (summary, "a\nb", "wanted one line");
}

static void
test_bad_types (void)
{
  SPOIL (type, 0, "option ratio: found type 0, wanted 1 to 7");
  SPOIL (type, 8, "found type 8");
  SPOIL (flags, 2, "found flags 0x2");
  SPOIL (type, GLOMPO_OPTION_CHOICE, "found no choices");
  GlompoOption row = GLOMPO_OPT_BOOLEAN (Sample, title, "true", "a flag"); /* any member with room */
  row.flags = GLOMPO_OPTION_AUTO;
  check_table (row, "for a type without auto");
}

static void
test_bad_ranges (void)
{
  SPOIL (minimum, 2.0, "found the empty range from 2 to 1");
  SPOIL (minimum, NAN, "found the empty range");
  SPOIL (maximum, NAN, "found the empty range");
  SPOIL (default_text, "1.5", "the default: found '1.5', wanted a real number from 0 to 1");
  SPOIL (default_text, "auto", "the default: found 'auto'");
  SPOIL (default_text, "nan", "the default: found 'nan'");
  GlompoOption row = GLOMPO_OPT_INTEGER (Sample, count, 0.2, 0.8, NULL, "no whole number in it");
  check_table (row, "found the empty range");
}

static void
test_bad_places (void)
{
  SPOIL (offset, sizeof (Sample), "lies outside");
  SPOIL (offset, sizeof (Sample) - 7, "lies outside");
  SPOIL (offset, SIZE_MAX, "lies outside");
  SPOIL (offset, 0, "found the same place in the struct as that of option flag");
  GlompoOption row = good_row ();
  g_autoptr (GError) error = NULL;
  CU_ASSERT (options_check_table (&row, 1, row.offset + sizeof (double), &error));
  TEST_NO_ERROR (error);
  CU_ASSERT (!options_check_table (NULL, 1, 8, &error));
  CU_ASSERT (!options_check_table (&row, (gsize) -1, 8, NULL));
  CU_ASSERT (options_check_table (NULL, 0, 0, NULL));
}

static void
test_bad_choices (void)
{
  static const char *const none[] = { NULL };
  static const char *const twice[] = { "a", "b", "a", NULL };
  static const char *const blank[] = { "a", "b c", NULL };
  static const char *const empty[] = { "", NULL };
  static const char *const good[] = { "a", "b", NULL };
  check_table ((GlompoOption) GLOMPO_OPT_CHOICE (Sample, mode, none, NULL, "m"), "found no choices");
  check_table ((GlompoOption) GLOMPO_OPT_CHOICE (Sample, mode, twice, NULL, "m"),
               "found the choice 'a' twice");
  check_table ((GlompoOption) GLOMPO_OPT_CHOICE (Sample, mode, blank, NULL, "m"), "found a choice that");
  check_table ((GlompoOption) GLOMPO_OPT_CHOICE (Sample, mode, empty, NULL, "m"), "found a choice that");
  check_table ((GlompoOption) GLOMPO_OPT_CHOICE (Sample, mode, good, "c", "m"),
               "the default: found 'c', wanted one of a, b");
}

static void
test_describe (void)
{
  static const char *const expected[N] = {
    "true or false",
    "a whole number from 1 to 100",
    "a whole number of at least 2, or auto",
    "a real number from 0 to 1",
    "a real number of at least 0, or auto",
    "text",
    "one of full, separable, auto",
    "real numbers from -1 to 1 separated by commas",
    "real numbers from 0 to 10 separated by commas, or auto",
    "a real number",
    "text",
  };
  for (gsize i = 0; i < N; i++)
    {
      g_autofree char *text = option_describe (&table[i]);
      TEST_STR (text, expected[i]);
    }
  GlompoOption row = GLOMPO_OPT_REAL (Sample, ratio, -INFINITY, 3.0, NULL, "r");
  g_autofree char *text = option_describe (&row);
  TEST_STR (text, "a real number of at most 3");
}

static const TestCase cases[] = {
  { "defaults", test_defaults },
  { "set", test_set },
  { "refused", test_refused },
  { "no options", test_no_options },
  { "missing text", test_missing_text },
  { "set again", test_set_again },
  { "text round trip", test_text_round_trip },
  { "shared by threads", test_shared },
  { "table: names", test_bad_names },
  { "table: types", test_bad_types },
  { "table: ranges", test_bad_ranges },
  { "table: places", test_bad_places },
  { "table: choices", test_bad_choices },
  { "describe", test_describe },
};
TEST_MAIN ("options", cases)
