/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lines of [parameters], and what they make of a task's space. */
#include "harness.h"
#include "model/space.h"
#include <math.h>
#include <string.h>

static void
lines (void)
{
  static const struct {
    const char *text;
    double lower, upper, start;
    gboolean integer;
  } good[] = {
    { "0.1, 1.5", 0.1, 1.5, NAN, FALSE },
    { " -5 ,5 , start=0.5", -5, 5, 0.5, FALSE },
    { "1, 9, type=integer, start=3", 1, 9, 3, TRUE },
    { "2.5", 2.5, 2.5, NAN, FALSE },
    { "2, 2", 2, 2, NAN, FALSE },
    { "1e-3, 1e3, type = real", 1e-3, 1e3, NAN, FALSE },
  };
  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      char *fault = NULL;
      ParameterSetting *s = parameter_setting_parse ("a", good[i].text, &fault);
      TEST_STR (fault, NULL);
      CU_ASSERT_FATAL (s != NULL);
      TEST_STR (s->name, "a");
      CU_ASSERT (s->lower == good[i].lower && s->upper == good[i].upper && s->integer == good[i].integer);
      CU_ASSERT (s->start == good[i].start || (isnan (s->start) && isnan (good[i].start)));
      parameter_setting_free (s);
    }
}

static void
bad_lines (void)
{
  static const char *const bad[][2] = {
    { "", "wanted LOWER, UPPER" },
    { "a, b", "wanted LOWER, UPPER" },
    { "1, 2, 3", "wanted LOWER, UPPER" },
    { "nan, 2", "wanted LOWER, UPPER" },
    { "0, inf", "wanted LOWER, UPPER" },
    { "start=1", "wanted LOWER, UPPER" },
    { "0, 1, begin=0", "wanted LOWER, UPPER" },
    { "0, 1, type=bool", "wanted LOWER, UPPER" },
    { "0, 1, start=0.5, start=0.6", "wanted LOWER, UPPER" },
    { "3, 1", "the lower one first" },
    { "0, 1, start=2", "found start=2" },
    { "0.2, 0.8, type=integer", "no whole number" },
    { "-1e308, 1e308", "whose distance is more than the largest number" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *fault = NULL;
      CU_ASSERT (parameter_setting_parse ("a", bad[i][0], &fault) == NULL);
      TEST_CONTAINS (fault, bad[i][1]);
    }
}

/* ---- a task of three parameters a, b, c in [-1, 1] ---- */

static bool
parameters (void *self, GlompoParameters *out)
{
  static const double lower[] = { -1, -1, -1 }, upper[] = { 1, 1, 1 }, start[] = { 0.5, 0.5, 0.5 };
  static const char *const names[] = { "a", "b", "c" };
  (void) self;
  out->n = 3;
  out->lower = lower;
  out->upper = upper;
  out->names = names;
  out->start = start;
  return true;
}

static const GlompoTaskVTable vtable = { .struct_size = sizeof vtable, .parameters = parameters };
static const GlompoPlugin plugin = { GLOMPO_PLUGIN_HEADER (GLOMPO_KIND_TASK), .name = "three",
                                     .concurrency = GLOMPO_CONCURRENT, .task = &vtable };

static Space *
apply (const char *const *rows, GPtrArray *faults)
{
  g_autoptr (GPtrArray) settings = g_ptr_array_new_with_free_func ((GDestroyNotify) parameter_setting_free);
  for (; *rows != NULL; rows += 2)
    {
      char *fault = NULL;
      g_ptr_array_add (settings, parameter_setting_parse (rows[0], rows[1], &fault));
      TEST_STR (fault, NULL);
    }
  Space *space = space_new (&plugin, NULL, NULL);
  if (space_apply (space, settings, faults))
    return space;
  space_unref (space);
  return NULL;
}

static void
fixed_leave_the_search (void)
{
  const char *const rows[] = { "b", "0.25", "default", "-2, 2, start=1", NULL };
  g_autoptr (GPtrArray) faults = parameter_faults_new ();
  g_autoptr (Space) space = apply (rows, faults);
  CU_ASSERT_FATAL (space != NULL);
  TEST_INT (space->n, 2);
  TEST_INT (space->n_task, 3);
  TEST_STR (space->names[0], "a");
  TEST_STR (space->names[1], "c");
  CU_ASSERT (space->names[2] == NULL && space->lower[1] == -2 && space->given_start[1] == 1);
  const double x[] = { 7, 9 };
  double full[3];
  space_expand (space, x, full);
  CU_ASSERT (full[0] == 7 && full[1] == 0.25 && full[2] == 9);
  /* The same after a journey to another process. */
  g_autoptr (GVariant) variant = g_variant_ref_sink (space_to_variant (space));
  g_autoptr (Space) copy = space_from_variant (variant);
  CU_ASSERT_FATAL (copy != NULL);
  memset (full, 0, sizeof full);
  space_expand (copy, x, full);
  CU_ASSERT (full[0] == 7 && full[1] == 0.25 && full[2] == 9);
  TEST_INT (copy->n, 2);
}

/* A task may fix a parameter itself; its own start point counts where the user says nothing. */
static bool
narrow_parameters (void *self, GlompoParameters *out)
{
  static const double upper[] = { 1, -1, 1 };
  parameters (self, out);
  out->upper = upper;
  static const double start[] = { 0.5, -1, 0.5 };
  out->start = start;
  return true;
}

static void
task_fixes_one (void)
{
  static const GlompoTaskVTable slots = { .struct_size = sizeof slots, .parameters = narrow_parameters };
  GlompoPlugin narrow = plugin;
  narrow.task = &slots;
  g_autoptr (GPtrArray) faults = parameter_faults_new ();
  g_autoptr (GPtrArray) settings = g_ptr_array_new_with_free_func ((GDestroyNotify) parameter_setting_free);
  g_autoptr (Space) space = space_new (&narrow, NULL, NULL);
  CU_ASSERT_FATAL (space != NULL && space_apply (space, settings, faults));
  TEST_INT (space->n, 2);
  TEST_STR (space->names[1], "c");
  CU_ASSERT (space->fixed[1] == -1 && space->given_start[0] == 0.5);
  g_autoptr (Space) other = space_new (&narrow, NULL, NULL);
  char *fault = NULL;
  g_ptr_array_add (settings, parameter_setting_parse ("c", "0.75, 2", &fault));
  g_ptr_array_add (settings, parameter_setting_parse ("b", "0, 2, start=1", &fault));
  CU_ASSERT_FATAL (other != NULL && space_apply (other, settings, faults));
  TEST_INT (other->n, 3);
  CU_ASSERT (other->given_start[0] == 0.5 && other->given_start[1] == 1 && other->given_start[2] == 0.75);
}

/* Whole numbers stay whole where the user only gives bounds. */
static bool
whole_parameters (void *self, GlompoParameters *out)
{
  static const guint8 integer[] = { 0, 1, 1 };
  parameters (self, out);
  out->integer = integer;
  return true;
}

static void
task_wants_whole_numbers (void)
{
  static const GlompoTaskVTable slots = { .struct_size = sizeof slots, .parameters = whole_parameters };
  GlompoPlugin whole = plugin;
  whole.task = &slots;
  g_autoptr (GPtrArray) faults = parameter_faults_new ();
  g_autoptr (GPtrArray) settings = g_ptr_array_new_with_free_func ((GDestroyNotify) parameter_setting_free);
  g_autoptr (Space) space = space_new (&whole, NULL, NULL);
  char *fault = NULL;
  g_ptr_array_add (settings, parameter_setting_parse ("b", "0, 9", &fault));
  g_ptr_array_add (settings, parameter_setting_parse ("c", "0, 9, type=real", &fault));
  CU_ASSERT_FATAL (space != NULL && space_apply (space, settings, faults));
  CU_ASSERT_FATAL (space->integer != NULL);
  CU_ASSERT (!space->integer[0] && space->integer[1] && !space->integer[2]);
  g_autoptr (Space) other = space_new (&whole, NULL, NULL);
  g_ptr_array_set_size (settings, 0);
  g_ptr_array_add (settings, parameter_setting_parse ("b", "0.2, 0.8", &fault));
  CU_ASSERT_FATAL (other != NULL && !space_apply (other, settings, faults));
  TEST_INT (faults->len, 1);
  TEST_STR (((ParameterFault *) faults->pdata[0])->name, "b");
  TEST_CONTAINS (((ParameterFault *) faults->pdata[0])->found, "no whole number from 0.2 to 0.8");
}

static void
impossible_wishes (void)
{
  static const char *const rows[][5] = {
    { "d", "0, 1", NULL },
    { "default", "3", NULL },
  };
  static const char *const wanted[] = { "no such parameter", "every parameter fixed" };
  for (guint i = 0; i < G_N_ELEMENTS (wanted); i++)
    {
      g_autoptr (GPtrArray) faults = parameter_faults_new ();
      CU_ASSERT (apply (rows[i], faults) == NULL);
      TEST_INT (faults->len, 1);
      TEST_CONTAINS (faults->len > 0 ? ((ParameterFault *) faults->pdata[0])->found : NULL, wanted[i]);
    }
}

static const TestCase cases[] = {
  { "lines", lines },
  { "bad lines", bad_lines },
  { "fixed parameters leave the search", fixed_leave_the_search },
  { "a task fixes one", task_fixes_one },
  { "a task wants whole numbers", task_wants_whole_numbers },
  { "impossible wishes", impossible_wishes },
};
TEST_MAIN ("parameter", cases)
