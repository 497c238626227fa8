/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run-print.h"
#include "program.h"
#include <stdio.h>

/* A name on one line, whatever is in it. (transfer full) */
static char *
readable_name (const char *name)
{
  GString *out = g_string_new (NULL);
  for (; *name != '\0'; name = g_utf8_next_char (name))
    if (*name == '\n')
      g_string_append (out, "\\n");
    else if (g_unichar_iscntrl (g_utf8_get_char (name)))
      g_string_append_printf (out, "\\%03o", g_utf8_get_char (name));
    else
      g_string_append_unichar (out, g_utf8_get_char (name));
  return g_string_free (out, FALSE);
}

static void
print_parameters (const GlompoRunResult *result)
{
  char number[GLOMPO_DOUBLE_TEXT_SIZE];
  g_auto (GStrv) names = g_new0 (char *, result->n + 1);
  int width = 0;
  for (gsize i = 0; i < result->n; i++)
    {
      names[i] = readable_name (result->names[i]);
      width = MAX (width, (int) g_utf8_strlen (names[i], -1));
    }
  for (gsize i = 0; i < result->n; i++)
    printf ("  %s%*s  %s%s\n", names[i], width - (int) g_utf8_strlen (names[i], -1), "",
            program_number (result->x[i], number), result->fixed[i] ? " (fixed)" : "");
}

void
run_print_summary (const GlompoRunResult *result)
{
  char number[GLOMPO_DOUBLE_TEXT_SIZE];
  printf ("%s: %s\n", result->state == GLOMPO_RUN_FINISHED      ? "Finished"
                      : result->state == GLOMPO_RUN_INTERRUPTED ? "Interrupted"
                                                                : "Failed",
          result->reason);
  if (result->x != NULL)
    {
      printf ("Best value: %s (evaluation %" G_GUINT64_FORMAT ", optimizer %" G_GUINT64_FORMAT
              ": %s, plugin %s)\n",
              program_number (result->fx, number), result->best_evaluation, result->best_id,
              result->best_group, result->best_type);
      print_parameters (result);
    }
  else
    puts ("Best value: none, no evaluation gave a value");
  printf ("Evaluations: %" G_GUINT64_FORMAT " in %s s", result->evaluations,
          g_ascii_formatd (number, sizeof number, "%.3g", result->seconds));
  if (result->failures > 0)
    printf (", %" G_GUINT64_FORMAT " of them without a value", result->failures);
  printf ("\nOptimizers: %" G_GUINT64_FORMAT " started, %" G_GUINT64_FORMAT " converged, %" G_GUINT64_FORMAT
          " stopped by hunters",
          result->started, result->converged, result->hunted - result->stopped_by_user);
  if (result->stopped_by_user > 0)
    printf (", %" G_GUINT64_FORMAT " by the user", result->stopped_by_user);
  printf (", %" G_GUINT64_FORMAT " failed\n", result->crashed);
  printf ("Seed: %" G_GUINT64_FORMAT "\nFiles: %s\n", result->seed, result->directory);
}

void
run_print_plan (const GlompoConfig *config)
{
  g_autoptr (GPtrArray) plans = glompo_config_plan (config);
  for (guint i = 0; i < plans->len; i++)
    {
      const GlompoPlan *p = plans->pdata[i];
      printf ("[optimizer %s] plugin %s\n", p->group, p->optimizer);
      printf ("  level 1  %s, room for %" G_GUINT64_FORMAT " at once\n", p->level1, p->at_once);
      printf ("  level 2  %s\n", p->level2);
      printf ("  slots    %" G_GUINT64_FORMAT "\n", p->workers);
      printf ("  threads  %" G_GUINT64_FORMAT " of libraries in an evaluation\n", p->library_threads);
      printf ("  hang     %s\n", p->hang);
      printf ("  resume   %s\n", p->resume);
    }
}
