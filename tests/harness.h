/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The main of every CUnit test program. Its last line is "N passed, N failed, N skipped" over test
 * functions; it exits 0 only when none failed and every registered test ran.
 */
#pragma once

#include <CUnit/CUnit.h>
#include <glib.h>

typedef struct {
  const char *name;
  void (*function) (void);
} TestCase;

/* Runs all cases, or those whose name contains the first argument. */
int test_main (int argc, char **argv, const char *suite, const TestCase *cases, gsize n_cases);
#define TEST_MAIN(SUITE, CASES)                                                                \
  int main (int argc, char **argv)                                                             \
  {                                                                                            \
    return test_main (argc, argv, SUITE, CASES, G_N_ELEMENTS (CASES));                         \
  }

/* Counts the running test as skipped and prints why; the test should then return. */
void test_skip (const char *why);

/* Assertions that print what they compared. */
#define TEST_STR(ACTUAL, EXPECTED) test_str (__FILE__, __LINE__, ACTUAL, EXPECTED)
#define TEST_CONTAINS(TEXT, PART) test_contains (__FILE__, __LINE__, TEXT, PART)
#define TEST_NEAR(ACTUAL, EXPECTED, TOLERANCE) test_near (__FILE__, __LINE__, ACTUAL, EXPECTED, TOLERANCE)
#define TEST_INT(ACTUAL, EXPECTED) test_int (__FILE__, __LINE__, (gint64) (ACTUAL), (gint64) (EXPECTED))
#define TEST_NO_ERROR(ERROR) test_no_error (__FILE__, __LINE__, ERROR)
gboolean test_str (const char *file, int line, const char *actual, const char *expected);
gboolean test_contains (const char *file, int line, const char *text, const char *part);
gboolean test_near (const char *file, int line, double actual, double expected, double tolerance);
gboolean test_int (const char *file, int line, gint64 actual, gint64 expected);
gboolean test_no_error (const char *file, int line, const GError *error);

/* Files of the source and of the build tree, and a fresh directory that goes when the program ends. */
char *test_source_file (const char *relative);
char *test_build_file (const char *relative);
const char *test_scratch_dir (void);
