/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * glompo-hunt - tells what other hunters would have done to a run. Exit codes: 0 told, 1 the journal cannot
 * tell, 2 wrong use.
 */
#include "program.h"
#include <config.h>
#include <glompo/glompo.h>
#include <stdio.h>

enum
{
  EXIT_TOLD = 0,
  EXIT_FAILED = 1,
  EXIT_USAGE = 2
};

typedef struct {
  gint64 hunt_frequency; /* 0: that of the run */
  gboolean json;
  gboolean why;
  gboolean version;
  char **words; /* DIR, EXPRESSION */
} Arguments;

static gboolean
check (const Arguments *arguments, GError **error)
{
  const char *fault = NULL;
  if (arguments->version)
    return TRUE;
  if (arguments->hunt_frequency < 0)
    fault = "--hunt-frequency: found a negative number, wanted a whole number of at least 1";
  else if (arguments->json && arguments->why)
    fault = "found --json and --why, wanted one of them at most";
  else if (arguments->words == NULL || g_strv_length (arguments->words) != 2)
    fault = "wanted a run directory and an expression of hunters in quotes; --help says more";
  else if (!g_utf8_validate (arguments->words[1], -1, NULL))
    fault = "the expression is no text in UTF-8";
  if (fault != NULL)
    g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, fault);
  return fault == NULL;
}

static gboolean
read_frequency (const char *name, const char *value, gpointer data, GError **error)
{
  gint64 n;
  if (g_ascii_string_to_signed (value, 10, 1, G_MAXINT64, &n, NULL))
    {
      ((Arguments *) data)->hunt_frequency = n;
      return TRUE;
    }
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               "%s: found \"%s\", wanted a whole number of at least 1", name, value);
  return FALSE;
}

static gboolean
parse (Arguments *arguments, int *argc, char ***argv, GError **error)
{
  const GOptionEntry table[] = {
    { "hunt-frequency", 'f', 0, G_OPTION_ARG_CALLBACK, (gpointer) read_frequency,
      "Evaluations between hunts (default: as in the run)", "N" },
    { "json", 'j', 0, G_OPTION_ARG_NONE, &arguments->json, "Print one JSON object", NULL },
    { "why", 'w', 0, G_OPTION_ARG_NONE, &arguments->why, "Print with each optimizer the condition that held",
      NULL },
    { "version", 'V', 0, G_OPTION_ARG_NONE, &arguments->version, "Print the version", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &arguments->words, NULL,
      "DIRECTORY|FILE EXPRESSION" },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  GOptionGroup *group = g_option_group_new ("main", NULL, NULL, arguments, NULL);
  g_option_group_add_entries (group, table);
  g_option_context_set_main_group (context, group);
  g_option_context_set_summary (
      context, "Replays the journal of a run against other hunters: who would have been stopped "
               "when. No evaluation is spent.");
  g_option_context_set_description (context, "Exit codes: 0 told, 1 the journal cannot tell, 2 bad usage.\n");
  return g_option_context_parse (context, argc, argv, error) && check (arguments, error);
}

static void
print_verdicts (const GPtrArray *verdicts, gboolean why)
{
  char then[GLOMPO_DOUBLE_TEXT_SIZE], last[GLOMPO_DOUBLE_TEXT_SIZE];
  if (verdicts->len > 0)
    printf ("%6s  %-16s %12s %12s %12s  %-18s %s\n", "ID", "group", "stopped at", "of the run", "saved",
            "best then", "best at last");
  for (guint i = 0; i < verdicts->len; i++)
    {
      const GlompoHuntVerdict *v = verdicts->pdata[i];
      printf ("%6" G_GUINT64_FORMAT "  %-16s %12" G_GUINT64_FORMAT " %12" G_GUINT64_FORMAT
              " %12" G_GUINT64_FORMAT "  %-18s %s\n",
              v->id, v->group, v->evaluations, v->run_evaluations, v->saved, program_number (v->best_f, then),
              program_number (v->last_best_f, last));
      if (why)
        printf ("        %s\n", v->reason);
    }
}

static void
print_winner (const GlompoHuntReplay *replay)
{
  char best[GLOMPO_DOUBLE_TEXT_SIZE], left[GLOMPO_DOUBLE_TEXT_SIZE];
  if (replay->winner == 0)
    {
      puts ("Winner: none, no evaluation gave a value");
      return;
    }
  printf ("Winner: optimizer %" G_GUINT64_FORMAT ", which found %s at evaluation %" G_GUINT64_FORMAT ": ",
          replay->winner, program_number (replay->best_f, best), replay->best_evaluation);
  if (!replay->winner_lost)
    puts ("kept");
  else if (replay->best_id_left == 0)
    puts ("LOST, and nothing else is found");
  else
    printf ("LOST; the best value left is %s, of optimizer %" G_GUINT64_FORMAT "\n",
            program_number (replay->best_f_left, left), replay->best_id_left);
}

static void
print_replay (const GlompoHuntReplay *replay, gboolean why)
{
  char share[GLOMPO_DOUBLE_TEXT_SIZE];
  double percent
      = replay->evaluations > 0 ? 100.0 * (double) replay->saved / (double) replay->evaluations : 0;
  print_verdicts (replay->verdicts, why);
  printf ("Hunters: %s, every %" G_GUINT64_FORMAT " evaluations, %" G_GUINT64_FORMAT " hunts\n",
          replay->hunters, replay->hunt_frequency, replay->hunts);
  if (replay->own_hunters != NULL)
    printf ("In the run: %s\n", replay->own_hunters);
  printf ("Stopped: %u of %" G_GUINT64_FORMAT " optimizers\n", replay->verdicts->len, replay->optimizers);
  printf ("Saved: %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " evaluations (%s %%)\n", replay->saved,
          replay->evaluations, g_ascii_formatd (share, sizeof share, "%.1f", percent));
  print_winner (replay);
  if (replay->spared > 0)
    printf ("Not known: what %" G_GUINT64_FORMAT
            " optimizers would have found that the run stopped, and these hunters "
            "had not stopped until then\n",
            replay->spared);
  if (!replay->ended)
    puts ("The run has not ended, or its journal is cut off: this is how it stands");
}

static int
run (const Arguments *arguments)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GlompoRegistry) registry = glompo_registry_new ();
  g_autoptr (GlompoHuntReplay) replay = glompo_hunt_replay_new (
      arguments->words[0], arguments->words[1], (guint64) arguments->hunt_frequency, registry, &error);
  if (replay == NULL)
    {
      g_printerr ("glompo-hunt: %s\n", error->message);
      gboolean damaged = g_error_matches (error, GLOMPO_JOURNAL_ERROR, GLOMPO_JOURNAL_ERROR_CORRUPT);
      return damaged ? EXIT_FAILED : EXIT_USAGE;
    }
  g_autofree char *json = arguments->json ? glompo_hunt_replay_to_json (replay) : NULL;
  if (json != NULL)
    puts (json);
  else
    print_replay (replay, arguments->why);
  return program_flush ("glompo-hunt") ? EXIT_TOLD : EXIT_FAILED;
}

int
main (int argc, char **argv)
{
  Arguments arguments = { 0 };
  g_autoptr (GError) error = NULL;
  int code = EXIT_USAGE;

  program_begin ();
  if (!parse (&arguments, &argc, &argv, &error))
    g_printerr ("glompo-hunt: %s\n", error->message);
  else if (arguments.version)
    {
      puts ("glompo-hunt " PACKAGE_VERSION);
      code = EXIT_TOLD;
    }
  else
    code = run (&arguments);
  g_strfreev (arguments.words);
  return code;
}
