/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "harness.h"
#include "base/files.h"
#include <CUnit/Basic.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static unsigned n_skipped;
static char *scratch;

void
test_skip (const char *why)
{
  n_skipped++;
  printf ("skipped: %s\n", why);
}

static gboolean
judge (gboolean good, const char *file, int line, const char *text)
{
  if (!good)
    printf ("\n%s:%d: %s\n", file, line, text);
  CU_assertImplementation (good, (unsigned) line, text, file, "", CU_FALSE);
  return good;
}

gboolean
test_str (const char *file, int line, const char *actual, const char *expected)
{
  g_autofree char *text = g_strdup_printf ("got \"%s\", expected \"%s\"", actual ? actual : "(null)",
                                           expected ? expected : "(null)");
  return judge (g_strcmp0 (actual, expected) == 0, file, line, text);
}

gboolean
test_contains (const char *file, int line, const char *text, const char *part)
{
  g_autofree char *message = g_strdup_printf ("\"%s\" does not contain \"%s\"", text ? text : "(null)", part);
  return judge (text != NULL && strstr (text, part) != NULL, file, line, message);
}

gboolean
test_near (const char *file, int line, double actual, double expected, double tolerance)
{
  g_autofree char *text
      = g_strdup_printf ("got %.17g, expected %.17g within %g", actual, expected, tolerance);
  return judge (actual == expected || fabs (actual - expected) <= tolerance, file, line, text);
}

gboolean
test_int (const char *file, int line, gint64 actual, gint64 expected)
{
  g_autofree char *text
      = g_strdup_printf ("got %" G_GINT64_FORMAT ", expected %" G_GINT64_FORMAT, actual, expected);
  return judge (actual == expected, file, line, text);
}

gboolean
test_no_error (const char *file, int line, const GError *error)
{
  g_autofree char *text = g_strdup_printf ("unexpected error: %s", error ? error->message : "");
  return judge (error == NULL, file, line, text);
}

char *
test_source_file (const char *relative)
{
  const char *top = g_getenv ("GLOMPO_TEST_SRCDIR");
  return g_build_filename (top != NULL ? top : ".", relative, NULL);
}

char *
test_build_file (const char *relative)
{
  const char *top = g_getenv ("GLOMPO_TEST_BUILDDIR");
  return g_build_filename (top != NULL ? top : ".", relative, NULL);
}

const char *
test_scratch_dir (void)
{
  if (scratch == NULL)
    scratch = g_dir_make_tmp ("glompo-test-XXXXXX", NULL);
  return scratch;
}

int
test_main (int argc, char **argv, const char *suite_name, const TestCase *cases, gsize n_cases)
{
  const char *only = argc > 1 ? argv[1] : "";
  if (CU_initialize_registry () != CUE_SUCCESS)
    return 99;
  CU_pSuite suite = CU_add_suite (suite_name, NULL, NULL);
  unsigned registered = 0;
  for (gsize i = 0; suite != NULL && i < n_cases; i++)
    if (strstr (cases[i].name, only) != NULL && CU_add_test (suite, cases[i].name, cases[i].function) != NULL)
      registered++;
  setvbuf (stdout, NULL, _IOLBF, 0);
  CU_basic_set_mode (CU_BRM_VERBOSE);
  CU_basic_run_tests ();
  unsigned run = CU_get_number_of_tests_run ();
  unsigned failed = CU_get_number_of_tests_failed () + CU_get_number_of_suites_failed ()
                    + (registered > run ? registered - run : 0);
  CU_cleanup_registry ();
  if (scratch != NULL)
    files_remove_tree (scratch);
  g_clear_pointer (&scratch, g_free);
  printf ("%u passed, %u failed, %u skipped\n", run > failed + n_skipped ? run - failed - n_skipped : 0,
          failed, n_skipped);
  return failed > 0 || registered == 0 ? 1 : 0;
}
