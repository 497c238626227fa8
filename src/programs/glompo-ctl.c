/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * glompo-ctl - gives a command to a run that goes on. Exit codes: 0 done, 1 refused, or no run to be reached,
 * 2 wrong use.
 */
#include "program.h"
#include <config.h>
#include <glompo/glompo.h>
#include <stdio.h>
#include <string.h>

/* Without an answer for so long, that is told. */
#define SILENCE_SECONDS 5

enum
{
  EXIT_DONE = 0,
  EXIT_REFUSED = 1,
  EXIT_USAGE = 2
};

typedef struct {
  gboolean json;
  gboolean quiet;
  gboolean version;
  char **words; /* DIR, COMMAND, and what follows it */
} Arguments;

static const struct {
  const char *word;
  guint least, most; /* words behind it */
  const char *usage;
} commands[] = {
  { "status", 0, 0, "status" },         { "stop", 1, 1, "stop ID" },
  { "freeze", 1, 1, "freeze ID" },      { "revive", 1, 1, "revive ID" },
  { "pause", 0, 1, "pause [ID]" },      { "resume", 0, 1, "resume [ID]" },
  { "checkpoint", 0, 0, "checkpoint" }, { "set", 2, G_MAXUINT, "set KEY VALUE" },
  { "exit", 0, 1, "exit [now]" },
};

static const char description[]
    = "Commands:\n"
      "  status            How the run stands\n"
      "  stop ID           End that optimizer, as a hunter would\n"
      "  freeze ID         Let it give up its slots and keep its state\n"
      "  revive ID         Let a frozen optimizer go on\n"
      "  pause [ID]        Let the run, or one optimizer, rest\n"
      "  resume [ID]       Let it go on\n"
      "  checkpoint        Put the journal on the disk up to now, and order a snapshot\n"
      "  set KEY VALUE     "
      "Change max_jobs, convergence, hunters, freezers, hunt_frequency or status_frequency\n"
      "  exit [now]        End the run; now: without waiting for its optimizers\n"
      "\n"
      "Exit codes: 0 done, 1 refused or no run to be reached, 2 bad usage.\n";

static gboolean
fault (GError **error, const char *text)
{
  g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, text);
  return FALSE;
}

static gboolean
is_id (const char *word)
{
  return strspn (word, "0123456789") == strlen (word) && strspn (word, "0") < strlen (word);
}

static gboolean
check_words (const char *const *words, guint n, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      if (strcmp (words[0], commands[i].word) != 0)
        continue;
      gboolean number = n > 1 && strstr (commands[i].usage, "ID") != NULL;
      gboolean good = n - 1 >= commands[i].least && n - 1 <= commands[i].most && (!number || is_id (words[1]))
                      && (n < 2 || strcmp (words[0], "exit") != 0 || strcmp (words[1], "now") == 0);
      if (good)
        return TRUE;
      g_autofree char *found = g_strjoinv (" ", (char **) words);
      g_autofree char *text = g_strdup_printf (
          "found \"%s\", wanted %s%s", found, commands[i].usage,
          strstr (commands[i].usage, "ID") != NULL ? ", ID being the number of an optimizer, from 1" : "");
      return fault (error, text);
    }
  g_autofree char *text
      = g_strdup_printf ("found the command \"%s\"; --help lists those that there are", words[0]);
  return fault (error, text);
}

static gboolean
check (const Arguments *arguments, GError **error)
{
  if (arguments->version)
    return TRUE;
  guint n = arguments->words != NULL ? g_strv_length (arguments->words) : 0;
  if (n < 2)
    return fault (error, "wanted a run directory and a command; --help says more");
  const char *const *words = (const char *const *) arguments->words + 1;
  if (!check_words (words, n - 1, error))
    return FALSE;
  if (arguments->json && strcmp (words[0], "status") != 0)
    return fault (error, "found --json, wanted it with status only");
  return TRUE;
}

static gboolean
is_number_below_0 (const char *word)
{
  return word[0] == '-' && (g_ascii_isdigit (word[1]) || word[1] == '.');
}

/* The arguments with "--" before the first that looks like an option and is none: a number, or the value of
 * set. (transfer container) */
static char **
protect_words (int argc, char **argv, int *out_argc)
{
  char **words = g_new0 (char *, (gsize) argc + 2);
  int n = 0;
  gboolean done = FALSE;
  for (int i = 0; i < argc; i++)
    {
      gboolean value
          = i > 2 && g_str_equal (argv[i - 2], "set") && argv[i - 1][0] != '-' && argv[i][0] == '-';
      done = done || g_str_equal (argv[i], "--");
      if (!done && (value || is_number_below_0 (argv[i])))
        {
          words[n++] = (char *) "--";
          done = TRUE;
        }
      words[n++] = argv[i];
    }
  *out_argc = n;
  return words;
}

static gboolean
parse (Arguments *arguments, int argc, char **argv, GError **error)
{
  const GOptionEntry table[] = {
    { "json", 'j', 0, G_OPTION_ARG_NONE, &arguments->json, "Print the status as one JSON object", NULL },
    { "quiet", 'q', 0, G_OPTION_ARG_NONE, &arguments->quiet, "Print nothing but errors, and a status", NULL },
    { "version", 'V', 0, G_OPTION_ARG_NONE, &arguments->version, "Print the version", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &arguments->words, NULL,
      "DIRECTORY COMMAND [WORD...]" },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_option_context_set_summary (context, "Gives a command to the run that goes on in a run directory.");
  g_option_context_set_description (context, description);
  g_option_context_add_main_entries (context, table, NULL);
  g_autofree char **words = protect_words (argc, argv, &argc);
  char **rest = words;
  return g_option_context_parse (context, &argc, &rest, error) && check (arguments, error);
}

/* ---- status ---- */

static void
print_optimizers (const GPtrArray *optimizers)
{
  char best[GLOMPO_DOUBLE_TEXT_SIZE], last[GLOMPO_DOUBLE_TEXT_SIZE];
  if (optimizers->len == 0)
    return;
  printf ("%6s  %-16s %-14s %-9s %5s %12s  %-18s %s\n", "ID", "group", "plugin", "state", "slots",
          "evaluations", "best", "last");
  for (guint i = 0; i < optimizers->len; i++)
    {
      const GlompoOptimizerStatus *o = optimizers->pdata[i];
      printf ("%6" G_GUINT64_FORMAT "  %-16s %-14s %-9s %5" G_GUINT64_FORMAT " %12" G_GUINT64_FORMAT
              "  %-18s %s\n",
              o->id, o->group, o->type, o->state, o->workers, o->evaluations,
              program_number (o->best_f, best), program_number (o->last_f, last));
    }
}

static void
print_status (const GlompoRunStatus *status)
{
  char best[GLOMPO_DOUBLE_TEXT_SIZE], seconds[GLOMPO_DOUBLE_TEXT_SIZE];
  gboolean runs = status->state == GLOMPO_RUN_NOT_ENDED;
  const char *state = runs && status->ending   ? "ending"
                      : runs && status->held   ? "resting until the journal can be written again"
                      : runs && status->paused ? "paused"
                                               : glompo_run_state_to_string (status->state);
  printf ("State: %s, %s s since the start\n", state,
          g_ascii_formatd (seconds, sizeof seconds, "%.1f", status->seconds));
  printf ("Evaluations: %" G_GUINT64_FORMAT, status->evaluations);
  if (status->budget > 0)
    printf (" of %" G_GUINT64_FORMAT, status->budget);
  if (status->best_id != 0)
    printf ("\nBest value: %s by optimizer %" G_GUINT64_FORMAT, program_number (status->best_f, best),
            status->best_id);
  else
    printf ("\nBest value: none yet");
  printf ("\nOptimizers: %" G_GUINT64_FORMAT " started, %" G_GUINT64_FORMAT " alive in %" G_GUINT64_FORMAT
          " of %" G_GUINT64_FORMAT " slots",
          status->started, status->alive, status->busy, status->max_jobs);
  if (status->frozen > 0)
    printf (", %" G_GUINT64_FORMAT " frozen", status->frozen);
  putchar ('\n');
  if (status->seconds_left >= 0)
    printf ("Time left: %s s\n", g_ascii_formatd (seconds, sizeof seconds, "%.1f", status->seconds_left));
  if (status->memory > 0)
    printf ("Memory: %" G_GUINT64_FORMAT " MiB\n", status->memory >> 20);
  print_optimizers (status->optimizers);
}

static gboolean
show_status (const Arguments *arguments, GError **error)
{
  g_autoptr (GlompoRunStatus) status = glompo_control_get_status (arguments->words[0], error);
  if (status == NULL)
    return FALSE;
  g_autofree char *json = arguments->json ? glompo_run_status_to_json (status) : NULL;
  if (json != NULL)
    puts (json);
  else
    print_status (status);
  return TRUE;
}

/* ---- the others ---- */

static gboolean
give_command (const Arguments *arguments, GError **error)
{
  g_autofree char *answer
      = glompo_control_send (arguments->words[0], (const char *const *) arguments->words + 1, error);
  if (answer != NULL && !arguments->quiet)
    puts (answer);
  return answer != NULL;
}

/* ---- a run that does not answer ---- */

typedef struct {
  const char *directory;
  GMutex lock;
  GCond changed;
  gboolean over; /* there is an answer, or there will be none */
} Wait;

/* A thread beside the one that waits. */
static gpointer
tell_of_silence (gpointer data)
{
  Wait *wait = data;
  gint64 end = g_get_monotonic_time () + SILENCE_SECONDS * G_TIME_SPAN_SECOND;
  g_mutex_lock (&wait->lock);
  while (!wait->over && g_cond_wait_until (&wait->changed, &wait->lock, end))
    ;
  gint64 process = wait->over ? -1 : glompo_control_get_process (wait->directory, NULL);
  if (process > 0)
    g_printerr ("glompo-ctl: no answer yet from the run in %s (process %" G_GINT64_FORMAT
                "): is it stopped? kill -CONT %" G_GINT64_FORMAT " lets it go on\n",
                wait->directory, process, process);
  else if (process == 0)
    g_printerr ("glompo-ctl: no answer yet from the run in %s: is it stopped?\n", wait->directory);
  g_mutex_unlock (&wait->lock);
  return NULL;
}

static gboolean
obey (const Arguments *arguments, GError **error)
{
  Wait wait = { .directory = arguments->words[0] };
  gboolean status = strcmp (arguments->words[1], "status") == 0;
  g_mutex_init (&wait.lock);
  g_cond_init (&wait.changed);
  GThread *teller = g_thread_new ("silence", tell_of_silence, &wait);
  gboolean good = (status ? show_status : give_command) (arguments, error);
  g_mutex_lock (&wait.lock);
  wait.over = TRUE;
  g_cond_signal (&wait.changed);
  g_mutex_unlock (&wait.lock);
  g_thread_join (teller);
  g_cond_clear (&wait.changed);
  g_mutex_clear (&wait.lock);
  return good;
}

static int
run (const Arguments *arguments)
{
  g_autoptr (GError) error = NULL;
  if (!obey (arguments, &error))
    {
      g_printerr ("glompo-ctl: %s\n", error->message);
      return g_error_matches (error, GLOMPO_CONTROL_ERROR, GLOMPO_CONTROL_ERROR_COMMAND) ? EXIT_USAGE
                                                                                         : EXIT_REFUSED;
    }
  return program_flush ("glompo-ctl") ? EXIT_DONE : EXIT_REFUSED;
}

int
main (int argc, char **argv)
{
  Arguments arguments = { 0 };
  g_autoptr (GError) error = NULL;
  int code = EXIT_USAGE;

  program_begin ();
  if (!parse (&arguments, argc, argv, &error))
    g_printerr ("glompo-ctl: %s\n", error->message);
  else if (arguments.version)
    {
      puts ("glompo-ctl " PACKAGE_VERSION);
      code = EXIT_DONE;
    }
  else
    code = run (&arguments);
  g_strfreev (arguments.words);
  return code;
}
