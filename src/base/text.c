/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Numbers as text, and text for messages. Any thread; no state.
 *
 * Distance of names: optimal string alignment (Damerau, "A technique for computer detection and correction
 * of spelling errors", CACM 7(3), 1964; Boytsov 2011 for the restricted form).
 */
#include "base/text.h"
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

/* Longest text that counts as a number; more digits than any number needs. */
#define LONGEST_NUMBER 400

static const char *
format_digits (double value, int digits, char *buffer)
{
  char format[8];
  g_snprintf (format, sizeof format, "%%.%dg", digits);
  return g_ascii_formatd (buffer, TEXT_DOUBLE_SIZE, format, value);
}

const char *
text_from_double (double value, char *buffer)
{
  if (isnan (value))
    return strcpy (buffer, "nan");
  if (isinf (value))
    return strcpy (buffer, value < 0.0 ? "-inf" : "inf");
  /* Up to DBL_DIG digits survive the way through a normal double, so that "%.15g", which drops zeros at
   * the end, is the shortest text if it reads back at all; subnormal numbers have fewer digits. */
  int digits = value != 0.0 && fabs (value) < DBL_MIN ? 1 : DBL_DIG;
  while (g_ascii_strtod (format_digits (value, digits, buffer), NULL) != value && digits < DBL_DECIMAL_DIG)
    digits++;
  return buffer;
}

/* The number without blanks around it in buffer (LONGEST_NUMBER + 1 bytes); FALSE: empty or too long. */
static gboolean
trim_number (const char *text, char *buffer)
{
  while (g_ascii_isspace (*text))
    text++;
  gsize length = strlen (text);
  while (length > 0 && g_ascii_isspace (text[length - 1]))
    length--;
  if (length == 0 || length > LONGEST_NUMBER)
    return FALSE;
  memcpy (buffer, text, length);
  buffer[length] = '\0';
  return TRUE;
}

static gboolean
is_infinity (const char *number)
{
  if (*number == '+' || *number == '-')
    number++;
  return g_ascii_strcasecmp (number, "inf") == 0 || g_ascii_strcasecmp (number, "infinity") == 0;
}

gboolean
text_to_double (const char *text, double *out)
{
  char number[LONGEST_NUMBER + 1];
  if (!trim_number (text, number))
    return FALSE;
  if (is_infinity (number))
    {
      *out = number[0] == '-' ? -INFINITY : INFINITY;
      return TRUE;
    }
  /* strtod() also reads "nan" and hexadecimal numbers, which no user means. */
  if (strspn (number, "+-.0123456789eE") != strlen (number))
    return FALSE;
  char *end = NULL;
  double value = g_ascii_strtod (number, &end);
  if (end == number || *end != '\0' || !isfinite (value))
    return FALSE;
  *out = value;
  return TRUE;
}

/* A decimal number taken apart: the value is the whole number in digits times 10 to the exponent. */
typedef struct {
  gboolean negative;
  char digits[LONGEST_NUMBER + 1];
  gsize n_digits;
  gint64 exponent;
} Decimal;

static gboolean
split_exponent (const char *p, Decimal *decimal)
{
  if (*p == '\0')
    return TRUE;
  if (*p != 'e' && *p != 'E')
    return FALSE;
  p++;
  gboolean negative = *p == '-';
  if (*p == '-' || *p == '+')
    p++;
  if (!g_ascii_isdigit (*p))
    return FALSE;
  gint64 exponent = 0;
  for (; g_ascii_isdigit (*p); p++)
    exponent = MIN (exponent * 10 + (*p - '0'), 100000);
  decimal->exponent += negative ? -exponent : exponent;
  return *p == '\0';
}

static gboolean
split_decimal (const char *p, Decimal *decimal)
{
  *decimal = (Decimal){ .negative = *p == '-' };
  if (*p == '-' || *p == '+')
    p++;
  gboolean fraction = FALSE, any = FALSE;
  for (; g_ascii_isdigit (*p) || (*p == '.' && !fraction); p++)
    {
      if (*p == '.')
        {
          fraction = TRUE;
          continue;
        }
      any = TRUE;
      if (*p != '0' || decimal->n_digits > 0)
        decimal->digits[decimal->n_digits++] = *p;
      if (fraction)
        decimal->exponent--;
    }
  return any && split_exponent (p, decimal);
}

/* In whole numbers throughout, so that no digit is lost above 2^53. */
gboolean
text_to_int64 (const char *text, gint64 *out)
{
  char number[LONGEST_NUMBER + 1];
  Decimal decimal;
  if (!trim_number (text, number) || !split_decimal (number, &decimal))
    return FALSE;
  while (decimal.n_digits > 0 && decimal.digits[decimal.n_digits - 1] == '0')
    {
      decimal.n_digits--;
      decimal.exponent++;
    }
  if (decimal.n_digits > 0 && (decimal.exponent < 0 || decimal.n_digits + decimal.exponent > 19))
    return FALSE;
  guint64 magnitude = 0;
  for (gsize i = 0; i < decimal.n_digits; i++)
    magnitude = magnitude * 10 + (guint64) (decimal.digits[i] - '0');
  for (gint64 i = 0; decimal.n_digits > 0 && i < decimal.exponent; i++)
    magnitude *= 10;
  if (magnitude > (guint64) G_MAXINT64 + (decimal.negative ? 1 : 0))
    return FALSE;
  *out = (gint64) (decimal.negative ? 0 - magnitude : magnitude);
  return TRUE;
}

char *
text_quote (const char *text)
{
  const int longest = 80; /* characters */
  GString *quoted = g_string_new ("'");
  int n = 0;
  for (; *text != '\0' && n < longest; n++)
    {
      gunichar c = g_utf8_get_char_validated (text, -1);
      gboolean valid = c != (gunichar) -1 && c != (gunichar) -2;
      if (valid && g_unichar_isprint (c))
        g_string_append_unichar (quoted, c);
      else if (*text == '\n' || *text == '\t' || *text == '\r')
        g_string_append (quoted, *text == '\n' ? "\\n" : *text == '\t' ? "\\t" : "\\r");
      else
        for (const char *p = text; p < (valid ? g_utf8_next_char (text) : text + 1); p++)
          g_string_append_printf (quoted, "\\x%02x", (guchar) *p);
      text = valid ? g_utf8_next_char (text) : text + 1;
    }
  if (*text != '\0')
    g_string_append (quoted, "...");
  g_string_append_c (quoted, '\'');
  return g_string_free (quoted, FALSE);
}

#define LONGEST_NAME 63

/* In small letters, with "_" for "-". FALSE: too long to be worth a comparison. */
static gboolean
fold_name (const char *name, char folded[LONGEST_NAME + 1])
{
  gsize i = 0;
  for (; name[i] != '\0' && i < LONGEST_NAME; i++)
    folded[i] = name[i] == '-' ? '_' : g_ascii_tolower (name[i]);
  folded[i] = '\0';
  return name[i] == '\0';
}

/* Insertions, deletions, replacements and swaps of neighbours that lead from a to b. */
static guint
distance (const char *a, const char *b)
{
  guint rows[3][LONGEST_NAME + 1];
  guint *before = rows[0], *above = rows[1], *row = rows[2];
  gsize n = strlen (b);
  for (gsize j = 0; j <= n; j++)
    above[j] = (guint) j;
  for (gsize i = 1; a[i - 1] != '\0'; i++)
    {
      row[0] = (guint) i;
      for (gsize j = 1; j <= n; j++)
        {
          guint replace = above[j - 1] + (a[i - 1] != b[j - 1]);
          row[j] = MIN (replace, MIN (above[j], row[j - 1]) + 1);
          if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
            row[j] = MIN (row[j], before[j - 2] + 1);
        }
      guint *oldest = before;
      before = above;
      above = row;
      row = oldest;
    }
  return above[n];
}

const char *
text_nearest (const char *name, const char *const *candidates)
{
  char a[LONGEST_NAME + 1], b[LONGEST_NAME + 1];
  const char *nearest = NULL;
  guint least = G_MAXUINT;
  if (!fold_name (name, a) || a[0] == '\0')
    return NULL;
  for (; *candidates != NULL; candidates++)
    {
      if (!fold_name (*candidates, b))
        continue;
      gsize shorter = MIN (strlen (a), strlen (b)), longer = MAX (strlen (a), strlen (b));
      guint d = distance (a, b);
      /* One slip in four letters, or the beginning of a name. */
      gboolean near = d <= 1 + longer / 4 && d < longer;
      near = near || (shorter >= 3 && strncmp (a, b, shorter) == 0);
      if (near && d < least)
        {
          nearest = *candidates;
          least = d;
        }
    }
  return nearest;
}
