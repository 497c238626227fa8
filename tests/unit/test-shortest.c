/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Numbers as their shortest text: known cases, and against trial with printf() and strtod(). */
#include "harness.h"

#include <float.h>
#include <glompo/glompo-journal.h>
#include <math.h>
#include <string.h>

static void
expect (double value, const char *text)
{
  char buffer[GLOMPO_DOUBLE_TEXT_SIZE];
  TEST_STR (glompo_double_to_text (value, buffer), text);
}

static void
test_known (void)
{
  expect (0.0, "0");
  expect (-0.0, "-0");
  expect (1.0, "1");
  expect (-1.5, "-1.5");
  expect (0.1, "0.1");
  expect (0.3, "0.3");
  expect (0.1 + 0.2, "0.30000000000000004");
  expect (1.0 / 3.0, "0.3333333333333333");
  expect (100.0, "100");
  expect (123456.789, "123456.789");
  expect (1e14, "100000000000000");
  expect (1e15, "1e+15");
  expect (0.0001, "0.0001");
  expect (0.00001, "1e-05");
  expect (0.00001234, "1.234e-05");
  expect (9007199254740991.0, "9007199254740991");
  expect (1e22, "1e+22");
  expect (1e23, "1e+23");
  expect (DBL_MAX, "1.7976931348623157e+308");
  expect (DBL_MIN, "2.2250738585072014e-308");
  expect (5e-324, "5e-324");
  expect (1e-323, "1e-323");
  expect (INFINITY, "inf");
  expect (-INFINITY, "-inf");
  expect (NAN, "nan");
  /* Numbers that have caught other programs: G. E. Forsythe's and V. Paxson's hard cases. */
  expect (2.2250738585072011e-308, "2.225073858507201e-308");
  expect (9.5e-5, "9.5e-05");
  expect (5.0e-320, "5e-320");
  expect (8.41e21, "8.41e+21");
  expect (2.0 * 4503599627370496.0 * 4503599627370496.0, "4.056481920730334e+31");
}

/* The number that "%.Ng" needs to bring back the bits, N as small as possible. */
static int
digits_needed (double value)
{
  char text[64];
  int n = 1;
  while (n < 17)
    {
      g_snprintf (text, sizeof text, "%.*e", n - 1, value);
      if (g_ascii_strtod (text, NULL) == value)
        break;
      n++;
    }
  return n;
}

static int
digits_of (const char *text)
{
  int n = 0, zeros = 0;
  for (; *text != '\0' && *text != 'e'; text++)
    {
      if (!g_ascii_isdigit (*text) || (n == 0 && *text == '0'))
        continue;
      zeros = *text == '0' ? zeros + 1 : 0;
      n++;
    }
  return n - zeros;
}

/* Reads back; as few digits as trial finds, or fewer beside a power of two. */
static gboolean
good (double value)
{
  char text[GLOMPO_DOUBLE_TEXT_SIZE], trial[64];
  double back = g_ascii_strtod (glompo_double_to_text (value, text), NULL);
  int n = digits_of (text), needed = digits_needed (value), exponent;

  if (memcmp (&back, &value, sizeof value) != 0 || n > needed)
    return FALSE;
  if (n < needed)
    return fabs (frexp (value, &exponent)) == 0.5;
  g_snprintf (trial, sizeof trial, "%.*g", MAX (n, 15), value);
  return strcmp (trial, text) == 0 || fabs (value) < DBL_MIN || fabs (frexp (value, &exponent)) == 0.5;
}

static void
test_random_bits (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);
  guint bad = 0;

  for (guint i = 0; i < 60000; i++)
    {
      guint64 bits = (guint64) g_rand_int (rand) << 32 | g_rand_int (rand);
      double value;
      if (i % 4 == 1)
        bits &= ~(guint64) 0xffffffffff; /* few digits in binary */
      memcpy (&value, &bits, sizeof value);
      if (i % 4 == 2)
        value = g_rand_int_range (rand, -100000, 100000) / 1000.0; /* few in decimal */
      else if (i % 4 == 3)
        value = g_rand_double_range (rand, -10.0, 10.0);
      bad += value != 0.0 && isfinite (value) && !good (value);
    }
  TEST_INT (bad, 0);
}

/* Every power of two and of ten, with its neighbours. */
static void
test_powers (void)
{
  guint bad = 0;

  for (int e = -1074; e < 1024; e++)
    {
      double value = ldexp (1.0, e);
      bad += !good (value);
      bad += e > -1074 && !good (nextafter (value, 0.0));
      bad += !good (nextafter (value, INFINITY));
    }
  for (int e = -323; e <= 308; e++)
    {
      g_autofree char *text = g_strdup_printf ("1e%d", e);
      double value = g_ascii_strtod (text, NULL);
      char buffer[GLOMPO_DOUBLE_TEXT_SIZE];
      bad += digits_of (glompo_double_to_text (value, buffer)) != 1;
      bad += !good (nextafter (value, INFINITY));
    }
  TEST_INT (bad, 0);
}

static const TestCase cases[] = {
  { "known numbers", test_known },
  { "random bits", test_random_bits },
  { "powers of two and ten", test_powers },
};

TEST_MAIN ("shortest", cases)
