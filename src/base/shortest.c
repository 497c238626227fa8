/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The shortest decimal number within the rounding interval of a double: the Schubfach algorithm
 * (R. Giulietti, "The Schubfach way to render doubles", 2020/2021; section numbers below are the paper's).
 * Without trial, and some twenty times as fast as printf() and strtod() in turns.
 */
#include "base/shortest.h"

#include <glib.h>
#include <glompo/glompo-journal.h>
#include <math.h>
#include <string.h>

#include "base/shortest-powers.h"

#define FRACTION_BITS 52
#define LOW_63_BITS (((uint64_t) 1 << 63) - 1)

/* Significant digits from which on a number is written with an exponent, as "%.15g" does. */
#define PLAIN_DIGITS 15

static uint64_t
high_product (uint64_t a, uint64_t b)
{
#ifdef __SIZEOF_INT128__
  return (uint64_t) ((unsigned __int128) a * b >> 64);
#else
  uint64_t a1 = a >> 32, a0 = a & 0xffffffff, b1 = b >> 32, b0 = b & 0xffffffff;
  uint64_t middle = (a0 * b0 >> 32) + (a1 * b0 & 0xffffffff) + (a0 * b1 & 0xffffffff);
  return a1 * b1 + (a1 * b0 >> 32) + (a0 * b1 >> 32) + (middle >> 32);
#endif
}

/* floor (power times c, scaled), its last bit set if anything was cut off: round to odd (9.9). */
static uint64_t
scaled (const uint64_t *power, uint64_t c)
{
  uint64_t middle = (power[0] * c >> 1) + high_product (power[1], c);
  uint64_t whole = high_product (power[0], c) + (middle >> 63);

  return whole | ((middle & LOW_63_BITS) != 0);
}

/* floor of log10 (2^e), log10 (3/4 2^e), log2 (10^e), exact for every exponent that occurs. */
static int
log10_of_power_of_2 (int e)
{
  return (int) ((e * INT64_C (661971961083)) >> 41);
}

static int
log10_of_three_quarters (int e)
{
  return (int) ((e * INT64_C (661971961083) - INT64_C (274743187321)) >> 41);
}

static int
log2_of_power_of_10 (int e)
{
  return (int) ((e * INT64_C (913124641741)) >> 38);
}

/* Of two neighbouring candidates, both 4 times too small for v: the one inside the interval, else the one
 * that is nearer to v. */
static uint64_t
nearer (uint64_t v, uint64_t below, uint64_t above)
{
  int64_t off = (int64_t) (v - 2 * (below + above));

  if (off != 0)
    return off < 0 ? below : above;
  return (below & 1) == 0 ? below : above;
}

void
shortest_digits (double value, uint64_t *out_digits, int *out_exponent)
{
  uint64_t bits;
  memcpy (&bits, &value, sizeof bits);
  uint64_t fraction = bits & (((uint64_t) 1 << FRACTION_BITS) - 1);
  int biased = (int) (bits >> FRACTION_BITS & 0x7ff);
  uint64_t c = biased == 0 ? fraction : fraction | (uint64_t) 1 << FRACTION_BITS;
  int q = MAX (biased, 1) - 1075; /* |value| = c 2^q */

  /* Below a power of two the interval is half as wide. */
  gboolean even_spacing = fraction != 0 || biased <= 1;
  int k = even_spacing ? log10_of_power_of_2 (q) : log10_of_three_quarters (q);
  int shift = q + log2_of_power_of_10 (-k) + 2;
  const uint64_t *power = powers[k - POWERS_LEAST];
  uint64_t v = scaled (power, (4 * c) << shift);
  uint64_t low = scaled (power, (4 * c - (even_spacing ? 2 : 1)) << shift) + (c & 1);
  uint64_t high = scaled (power, (4 * c + 2) << shift) - (c & 1);

  /* A digit fewer, if exactly one of the two neighbours lies in the interval. */
  uint64_t digits = v / 4, tens = digits / 10 * 10;
  gboolean below = low <= 4 * tens, above = 4 * (tens + 10) <= high;
  if (digits >= 10 && below != above)
    digits = below ? tens : tens + 10;
  else
    {
      below = low <= 4 * digits;
      above = 4 * (digits + 1) <= high;
      if (below != above)
        digits += above;
      else
        digits = nearer (v, digits, digits + 1);
    }
  for (; digits % 10 == 0; k++)
    digits /= 10;
  *out_digits = digits;
  *out_exponent = k;
}

/* Writes digits (at least one) to text; returns their number. */
static int
put_digits (uint64_t digits, char *text)
{
  char reversed[20];
  int n = 0;

  for (; digits > 0; digits /= 10)
    reversed[n++] = (char) ('0' + digits % 10);
  for (int i = 0; i < n; i++)
    text[i] = reversed[n - 1 - i];
  return n;
}

/* "d.dde+XX"; n digits are at text, which is where the number begins. Returns its end. */
static char *
spread_with_exponent (char *text, int n, int exponent)
{
  if (n > 1)
    {
      memmove (text + 2, text + 1, (gsize) (n - 1));
      text[1] = '.';
      n++;
    }
  text += n;
  *text++ = 'e';
  *text++ = exponent < 0 ? '-' : '+';
  exponent = ABS (exponent);
  if (exponent < 10)
    *text++ = '0';
  return text + put_digits ((uint64_t) exponent, text);
}

/* "0.00ddd", "dd.ddd" or "ddd000"; the first digit counts 10^exponent. */
static char *
spread_plainly (char *text, int n, int exponent)
{
  if (exponent < 0)
    {
      memmove (text + 1 - exponent, text, (gsize) n);
      memset (text, '0', (gsize) (1 - exponent));
      text[1] = '.';
      return text + 1 - exponent + n;
    }
  if (exponent + 1 >= n)
    {
      memset (text + n, '0', (gsize) (exponent + 1 - n));
      return text + exponent + 1;
    }
  memmove (text + exponent + 2, text + exponent + 1, (gsize) (n - exponent - 1));
  text[exponent + 1] = '.';
  return text + n + 1;
}

const char *
glompo_double_to_text (double value, char *buffer)
{
  uint64_t digits;
  int exponent;
  char *text = buffer;

  if (isnan (value))
    return strcpy (buffer, "nan");
  if (signbit (value))
    *text++ = '-';
  if (isinf (value) || value == 0.0)
    {
      strcpy (text, value == 0.0 ? "0" : "inf");
      return buffer;
    }
  shortest_digits (value, &digits, &exponent);
  int n = put_digits (digits, text);
  exponent += n - 1;
  if (exponent < -4 || exponent >= MAX (n, PLAIN_DIGITS))
    text = spread_with_exponent (text, n, exponent);
  else
    text = spread_plainly (text, n, exponent);
  *text = '\0';
  return buffer;
}
