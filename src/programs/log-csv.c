/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Evaluations as comma separated values (RFC 4180, but lines end with a line feed). Numbers read back to the
 * same bits. Time is in seconds since the start of the run.
 */
#include "log-format.h"

#include <string.h>

static void
put_field (Log *log, const char *text)
{
  if (strpbrk (text, ",\"\r\n") == NULL)
    {
      log_put (log, text);
      return;
    }
  g_string_append_c (log->out, '"');
  for (; *text != '\0'; text++)
    {
      if (*text == '"')
        g_string_append_c (log->out, '"');
      g_string_append_c (log->out, *text);
    }
  g_string_append_c (log->out, '"');
}

/* Names where they are known and as many as there are values, else a letter and a number. */
static void
put_names (Log *log, char **names, gsize n_names, const char *letter, gsize n)
{
  for (gsize i = 0; i < n; i++)
    {
      g_string_append_c (log->out, ',');
      if (n_names == n)
        put_field (log, names[i]);
      else
        g_string_append_printf (log->out, "%s%" G_GSIZE_FORMAT, letter, i + 1);
    }
}

void
log_csv_header (Log *log, gsize n, gsize n_extras)
{
  gsize n_names = log->parameters != NULL ? g_strv_length (log->parameters) : 0;

  log->header_printed = TRUE;
  log_put (log, "evaluation,optimizer,group,type,point,time,status,fx");
  put_names (log, log->parameters, n_names, "x", n);
  put_names (log, (char **) log->extras->pdata, log->extras->len, "extra", n_extras);
  g_string_append_c (log->out, '\n');
}

/* Microseconds as seconds, exactly. */
static void
put_seconds (Log *log, gint64 microseconds)
{
  char digits[16];
  guint64 size = microseconds < 0 ? -(guint64) microseconds : (guint64) microseconds;
  guint64 part = size % G_USEC_PER_SEC;

  if (microseconds < 0)
    g_string_append_c (log->out, '-');
  log_put_count (log, size / G_USEC_PER_SEC);
  digits[0] = '.';
  for (int i = 6; i > 0; i--, part /= 10)
    digits[i] = (char) ('0' + part % 10);
  g_string_append_len (log->out, digits, 7);
}

void
log_csv (Log *log, const GlompoRecord *record)
{
  const GlompoEvaluation *evaluation = &record->evaluation;

  if (record->type != GLOMPO_RECORD_EVALUATION)
    return;
  /* Residuals and gradients, which come behind what is declared, are not the same for all optimizers. */
  gsize n_extras = log->learned ? MIN (evaluation->n_extras, log->extras->len) : evaluation->n_extras;
  if (!log->header_printed)
    log_csv_header (log, evaluation->n, n_extras);
  const LogOptimizer *optimizer = log_optimizer (log, record->optimizer);
  log_put_count (log, evaluation->call);
  g_string_append_c (log->out, ',');
  log_put_count (log, record->optimizer);
  g_string_append_c (log->out, ',');
  put_field (log, optimizer->group);
  g_string_append_c (log->out, ',');
  put_field (log, optimizer->type);
  g_string_append_c (log->out, ',');
  log_put_count (log, evaluation->point);
  g_string_append_c (log->out, ',');
  put_seconds (log, record->time - log->start);
  g_string_append_c (log->out, ',');
  log_put (log, log_status (evaluation->status));
  g_string_append_c (log->out, ',');
  log_put_real (log, evaluation->f);
  for (gsize i = 0; i < evaluation->n + n_extras; i++)
    {
      gboolean extra = i >= evaluation->n;
      g_string_append_c (log->out, ',');
      log_put_real (log, extra ? evaluation->extras[i - evaluation->n] : evaluation->x[i]);
    }
  g_string_append_c (log->out, '\n');
}
