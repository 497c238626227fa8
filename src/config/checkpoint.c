/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The keys of [checkpoint]: names, ranges and defaults, and the names of snapshots. Constant. */
#include "config/config.h"
#include <math.h>
#include <string.h>

/* A name with its numbers filled in has less room than a file name may have. */
#define LONGEST_FORMAT 64

static const GlompoOption table[] = {
  GLOMPO_OPT_REAL (CheckpointSettings, checkpoint_time_frequency, 0.0, INFINITY, "0",
                   "seconds between snapshots; 0: none by time"),
  GLOMPO_OPT_INTEGER (CheckpointSettings, checkpoint_iter_frequency, 0, INFINITY, "0",
                      "evaluations of the run between snapshots; 0: none by their number"),
  GLOMPO_OPT_BOOLEAN (CheckpointSettings, checkpoint_at_init, "false",
                      "a snapshot when the first optimizers start"),
  GLOMPO_OPT_BOOLEAN (CheckpointSettings, checkpoint_at_conv, "false",
                      "a snapshot when the convergence condition holds"),
  GLOMPO_OPT_BOOLEAN (CheckpointSettings, raise_checkpoint_fail, "false",
                      "the run ends when a snapshot cannot be written, else it is only said"),
  GLOMPO_OPT_INTEGER (CheckpointSettings, keep_past, -1, INFINITY, "-1",
                      "older snapshots that are kept beside the newest; -1: all"),
  GLOMPO_OPT_STRING (CheckpointSettings, naming_format, "glompo_checkpoint_%(date)_%(time)",
                     "name of a snapshot with %(date) %(time) %(year) %(yr) %(month) %(day) %(hour) "
                     "%(min) %(sec) %(count)"),
};

const GlompoOption *
checkpoint_table (gsize *out_n)
{
  *out_n = G_N_ELEMENTS (table);
  return table;
}

static const struct {
  const char *key, *format; /* of g_date_time_format(); NULL: the count */
} keys[] = {
  { "date", "%Y%m%d" }, { "year", "%Y" }, { "yr", "%y" },  { "month", "%m" }, { "day", "%d" },
  { "time", "%H%M%S" }, { "hour", "%H" }, { "min", "%M" }, { "sec", "%S" },   { "count", NULL },
};

/* The place of the key that begins with "%(" at text, behind which *out_end is; -1: none. */
static gint
find_key (const char *text, const char **out_end)
{
  const char *close = g_str_has_prefix (text, "%(") ? strchr (text, ')') : NULL;
  for (guint i = 0; close != NULL && i < G_N_ELEMENTS (keys); i++)
    if (strlen (keys[i].key) == (gsize) (close - text - 2)
        && strncmp (keys[i].key, text + 2, (gsize) (close - text - 2)) == 0)
      {
        *out_end = close + 1;
        return (gint) i;
      }
  return -1;
}

const char *
checkpoint_fault_of_format (const char *format)
{
  if (format[0] == '\0' || format[0] == '.' || strlen (format) > LONGEST_FORMAT)
    return "from 1 to 64 bytes that do not begin with a dot";
  for (const char *at = format; *at != '\0';)
    {
      if (*at == '/' || g_ascii_iscntrl (*at))
        return "the name of a file, without slashes";
      if (*at != '%')
        at++;
      else if (find_key (at, &at) < 0)
        return "of %(...) only date, year, yr, month, day, time, hour, min, sec and count";
    }
  return NULL;
}

char *
checkpoint_name (const char *format, GDateTime *when, guint count)
{
  GString *name = g_string_new (NULL);
  while (*format != '\0')
    {
      gint key = find_key (format, &format);
      if (key < 0)
        {
          g_string_append_c (name, *format++);
          continue;
        }
      g_autofree char *text = keys[key].format != NULL ? g_date_time_format (when, keys[key].format)
                                                       : g_strdup_printf ("%03u", count);
      g_string_append (name, text);
    }
  return g_string_free (name, FALSE);
}
