/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "progress.h"
#include "program.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct _Progress {
  Verbosity verbosity;
  gboolean live;
  GMutex lock;
  char *line;           /* what stands on the terminal, or NULL */
  guint64 evaluations;  /* at the last drawing */
  double seconds;
  double rate;          /* evaluations per second, smoothed; negative: not known */
};

/* From here on evaluations per second are shown without a fraction. */
#define WHOLE_RATE 100
/* Share of the newest measurement in the smoothed rate. */
#define RATE_WEIGHT 0.3

Progress *
progress_new (Verbosity verbosity)
{
  Progress *progress = g_new0 (Progress, 1);
  progress->verbosity = verbosity;
  progress->live
      = verbosity != VERBOSITY_QUIET && isatty (STDERR_FILENO) && g_strcmp0 (g_getenv ("TERM"), "dumb") != 0;
  progress->rate = -1;
  g_mutex_init (&progress->lock);
  return progress;
}

void
progress_free (Progress *progress)
{
  g_free (progress->line);
  g_mutex_clear (&progress->lock);
  g_free (progress);
}

gboolean
progress_is_live (const Progress *progress)
{
  return progress->live;
}

static char *
group_digits (guint64 n)
{
  g_autofree char *digits = g_strdup_printf ("%" G_GUINT64_FORMAT, n);
  GString *text = g_string_new (NULL);
  gsize length = strlen (digits);
  for (gsize i = 0; i < length; i++)
    {
      if (i > 0 && (length - i) % 3 == 0)
        g_string_append_c (text, ' ');
      g_string_append_c (text, digits[i]);
    }
  return g_string_free (text, FALSE);
}

static char *
format_time (double seconds)
{
  guint64 s = (guint64) seconds;
  return s < 3600 ? g_strdup_printf ("%02u:%02u", (guint) (s / 60), (guint) (s % 60))
                  : g_strdup_printf ("%" G_GUINT64_FORMAT ":%02u:%02u", s / 3600, (guint) (s / 60 % 60),
                                     (guint) (s % 60));
}

static void
measure_rate (Progress *progress, const GlompoRunStatus *status)
{
  double elapsed = status->seconds - progress->seconds;
  if (elapsed <= 0)
    return;
  double rate = (double) (status->evaluations - progress->evaluations) / elapsed;
  progress->rate = progress->rate < 0 ? rate : (1 - RATE_WEIGHT) * progress->rate + RATE_WEIGHT * rate;
  progress->evaluations = status->evaluations;
  progress->seconds = status->seconds;
}

/* Seconds to the nearer of budget and time limit; negative: unknown. */
static double
time_left (const Progress *progress, const GlompoRunStatus *status)
{
  double left = status->seconds_left;
  if (status->budget > status->evaluations && progress->rate > 0)
    {
      double by_budget = (double) (status->budget - status->evaluations) / progress->rate;
      left = left < 0 ? by_budget : fmin (left, by_budget);
    }
  return left;
}

static char *
compose (const Progress *progress, const GlompoRunStatus *status)
{
  char number[GLOMPO_DOUBLE_TEXT_SIZE];
  g_autofree char *evaluations = group_digits (status->evaluations);
  GString *line = g_string_new (evaluations);
  if (status->budget > 0)
    {
      g_autofree char *budget = group_digits (status->budget);
      g_string_append_printf (line, " of %s", budget);
    }
  g_string_append_printf (line,
                          " evaluations | best %s | %" G_GUINT64_FORMAT " alive | %" G_GUINT64_FORMAT
                          "/%" G_GUINT64_FORMAT " slots",
                          program_number (status->best_f, number), status->alive, status->busy,
                          status->max_jobs);
  g_autofree char *rate = progress->rate >= WHOLE_RATE
                              ? group_digits ((guint64) progress->rate)
                              : g_strdup (g_ascii_formatd (number, sizeof number, "%.3g", progress->rate));
  if (progress->rate >= 0)
    g_string_append_printf (line, " | %s/s", rate);
  double left = time_left (progress, status);
  if (left >= 0)
    {
      g_autofree char *text = format_time (left);
      g_string_append_printf (line, " | %s left", text);
    }
  return g_string_free (line, FALSE);
}

static guint
terminal_width (void)
{
  struct winsize size = { 0 };
  return ioctl (STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col : 80;
}

static void
erase (Progress *progress)
{
  if (progress->line != NULL)
    fputs ("\r\033[K", stderr);
}

static void
redraw (Progress *progress)
{
  if (progress->line != NULL)
    fprintf (stderr, "\r\033[K%.*s", (int) terminal_width () - 1, progress->line);
  fflush (stderr);
}

void
progress_draw (Progress *progress, const GlompoRunStatus *status)
{
  g_mutex_lock (&progress->lock);
  measure_rate (progress, status);
  g_free (progress->line);
  progress->line = compose (progress, status);
  redraw (progress);
  g_mutex_unlock (&progress->lock);
}

void
progress_clear (Progress *progress)
{
  g_mutex_lock (&progress->lock);
  erase (progress);
  g_clear_pointer (&progress->line, g_free);
  fflush (stderr);
  g_mutex_unlock (&progress->lock);
}

void
progress_message (Progress *progress, GLogLevelFlags level, const char *text)
{
  Verbosity needed = level <= G_LOG_LEVEL_WARNING ? VERBOSITY_NORMAL : VERBOSITY_VERBOSE;
  if (progress->verbosity < needed)
    return;
  const char *prefix = level <= G_LOG_LEVEL_CRITICAL  ? "error: "
                       : level == G_LOG_LEVEL_WARNING ? "warning: "
                                                      : "";
  g_mutex_lock (&progress->lock);
  erase (progress);
  fprintf (stderr, "%s%s\n", prefix, text);
  redraw (progress);
  g_mutex_unlock (&progress->lock);
}

/* One label of the status block, padded with dots. */
static void
append_row (GString *text, const char *label, const char *value)
{
  g_string_append_printf (text, "  %s ", label);
  for (gsize i = strlen (label); i < 24; i++)
    g_string_append_c (text, '.');
  g_string_append_printf (text, " %s\n", value);
}

void
progress_status (Progress *progress, const GlompoRunStatus *status)
{
  if (progress->verbosity == VERBOSITY_QUIET || (progress->live && progress->verbosity < VERBOSITY_VERBOSE))
    return;
  char number[GLOMPO_DOUBLE_TEXT_SIZE];
  g_autoptr (GString) text = g_string_new ("Status\n");
  g_autofree char *elapsed = format_time (status->seconds);
  g_autofree char *alive = g_strdup_printf ("%" G_GUINT64_FORMAT, status->alive);
  g_autofree char *slots
      = g_strdup_printf ("%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT, status->busy, status->max_jobs);
  g_autofree char *evaluations = group_digits (status->evaluations);
  append_row (text, "Time elapsed", elapsed);
  append_row (text, "Optimizers alive", alive);
  append_row (text, "Slots filled", slots);
  append_row (text, "Function evaluations", evaluations);
  for (guint i = 0; i < status->optimizers->len; i++)
    {
      const GlompoOptimizerStatus *o = status->optimizers->pdata[i];
      g_autofree char *label = g_strdup_printf ("Optimizer %" G_GUINT64_FORMAT " (%s)", o->id, o->type);
      append_row (text, label, program_number (o->last_f, number));
    }
  append_row (text, "Best value", program_number (status->best_f, number));
  g_autofree char *memory = g_format_size_full (status->memory, G_FORMAT_SIZE_IEC_UNITS);
  append_row (text, "Memory", memory);
  g_autofree char *load
      = g_strdup_printf ("%.2f %.2f %.2f", status->load[0], status->load[1], status->load[2]);
  append_row (text, "System load", load);
  g_mutex_lock (&progress->lock);
  erase (progress);
  fputs (text->str, stderr);
  redraw (progress);
  g_mutex_unlock (&progress->lock);
}
