/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "policy/component.h"
#include "base/text.h"
#include <math.h>
#include <stdarg.h>

const char *const component_scales[] = { "value", "range", NULL };

void *
component_refuse (const GlompoHost *host, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  host->fail (host, text);
  return NULL;
}

static void
print_values (char *text, size_t size, const char *template, va_list values)
{
  size_t length = 0;
  for (; *template != '\0' && length + 1 < size; template++)
    if (*template == '%')
      {
        char number[G_ASCII_DTOSTR_BUF_SIZE];
        double value = va_arg (values, double);
        gboolean count = fabs (value) < 1e15 && value == floor (value);
        g_ascii_formatd (number, sizeof number, count ? "%.15g" : "%.6g", value);
        length += MIN (g_strlcpy (text + length, number, size - length), size - length - 1);
      }
    else
      text[length++] = *template;
  if (size > 0)
    text[length] = '\0';
}

void
component_print (char *text, size_t size, const char *template, ...)
{
  va_list values;
  va_start (values, template);
  print_values (text, size, template, values);
  va_end (values);
}

void
component_why (void *self, const char *template, ...)
{
  ComponentWhy *why = self;
  va_list values;
  va_start (values, template);
  print_values (why->text, sizeof why->text, template, values);
  va_end (values);
}

void
component_explain (void *self, char *text, size_t size)
{
  g_strlcpy (text, ((const ComponentWhy *) self)->text, size);
}

/* With the largest difference as unit, where squares leave the range of numbers. */
static double
scaled_distance (size_t n, const double *a, const double *b)
{
  double unit = 0.0, sum = 0.0;
  for (size_t i = 0; i < n; i++)
    unit = fmax (unit, fabs (a[i] - b[i]));
  if (!(unit > 0.0 && isfinite (unit)))
    return unit;
  for (size_t i = 0; i < n; i++)
    sum += ((a[i] - b[i]) / unit) * ((a[i] - b[i]) / unit);
  return unit * sqrt (sum);
}

/* Four sums at once: one would wait for each addition to end before the next. */
double
component_distance (size_t n, const double *a, const double *b)
{
  double sums[4] = { 0.0, 0.0, 0.0, 0.0 };
  size_t i = 0;
  for (; i + 4 <= n; i += 4)
    for (size_t k = 0; k < 4; k++)
      sums[k] += (a[i + k] - b[i + k]) * (a[i + k] - b[i + k]);
  for (; i < n; i++)
    sums[0] += (a[i] - b[i]) * (a[i] - b[i]);
  double sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  return sum > 1e-280 && sum < INFINITY ? sqrt (sum) : scaled_distance (n, a, b);
}

double
component_diagonal (const GlompoProblem *problem)
{
  return component_distance (problem->n, problem->lower, problem->upper);
}

gboolean
component_check_point (const GlompoProblem *problem, const GlompoHost *host, const char *name,
                       GlompoReals point)
{
  if (point.n != problem->n)
    {
      component_refuse (host,
                        "%s has %" G_GSIZE_FORMAT " numbers, wanted %" G_GSIZE_FORMAT ", one per parameter",
                        name, point.n, problem->n);
      return FALSE;
    }
  for (size_t i = 0; i < point.n; i++)
    if (!(point.values[i] >= problem->lower[i] && point.values[i] <= problem->upper[i]))
      {
        char value[TEXT_DOUBLE_SIZE], lower[TEXT_DOUBLE_SIZE], upper[TEXT_DOUBLE_SIZE];
        component_refuse (host,
                          "number %" G_GSIZE_FORMAT " of %s is %s, wanted one within the bounds %s to %s",
                          i + 1, name, text_from_double (point.values[i], value),
                          text_from_double (problem->lower[i], lower),
                          text_from_double (problem->upper[i], upper));
        return FALSE;
      }
  return TRUE;
}

void
component_random_point (const GlompoProblem *problem, const GlompoHost *host, double *x)
{
  host->uniform (host, problem->n, x);
  for (size_t i = 0; i < problem->n; i++)
    {
      double width = problem->upper[i] - problem->lower[i];
      x[i] = CLAMP (problem->lower[i] + x[i] * width, problem->lower[i], problem->upper[i]);
    }
}

const char *const component_revives[] = { "never", "last", "turns", NULL };

/* n: how many were compared; next: the best one of the others, or NULL. */
static void
explain_revival (ComponentReviver *reviver, const GlompoRun *run, const GlompoTrace *best,
                 const GlompoTrace *next, size_t n)
{
  char turn[80] = "no new one may start", choice[120] = "the only frozen one that fits";
  if (run->spawning)
    component_print (turn, sizeof turn, "in turns: % started > % at the last revival", (double) run->started,
                     (double) reviver->started);
  if (next != NULL)
    component_print (choice, sizeof choice, "the best of % frozen ones that fit, optimizer % has %",
                     (double) n, (double) next->id, next->best_f);
  g_autofree char *template = g_strconcat (turn, "; best value % is ", choice, NULL);
  component_why (reviver, template, best->best_f);
}

uint64_t
component_revive (ComponentReviver *reviver, const GlompoRun *run, uint64_t free_slots)
{
  gboolean turn = reviver->mode == REVIVE_TURNS && run->started > reviver->started;
  if (reviver->mode == REVIVE_NEVER || (run->spawning && !turn))
    return 0;
  const GlompoTrace *best = NULL, *next = NULL;
  size_t n = 0;
  for (size_t i = 0; i < run->n_traces; i++)
    {
      const GlompoTrace *trace = run->traces[i];
      if (!trace->frozen || trace->workers > free_slots)
        continue;
      n++;
      if (best == NULL || trace->best_f < best->best_f)
        {
          next = best;
          best = trace;
        }
      else if (next == NULL || trace->best_f < next->best_f)
        next = trace;
    }
  if (best == NULL)
    return 0;
  explain_revival (reviver, run, best, next, n);
  reviver->started = run->started;
  return best->id;
}

size_t
component_random_index (const GlompoHost *host, size_t n)
{
  double u;
  host->uniform (host, 1, &u);
  size_t index = (size_t) (u * (double) n);
  return MIN (index, n - 1);
}
