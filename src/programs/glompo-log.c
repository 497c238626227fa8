/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * glompo-log - prints the journal of a run, which may still be going on. Exit codes: 0 printed to its end, 1
 * nothing of what --why asks for, damaged (all before the damage is printed) or not writable, 2 wrong use, or
 * not a journal.
 */
#include <config.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log-format.h"
#include "program.h"

enum { EXIT_GOOD = 0, EXIT_DAMAGED = 1, EXIT_USAGE = 2 };

/* The command line. */
typedef struct {
  gboolean csv;
  gboolean jsonl;
  gboolean no_times;
  gboolean all;
  gboolean best;
  gboolean summary;
  gboolean version;
  gint64 optimizer; /* 0: all */
  char *why;        /* an id, "end", or NULL */
  char **paths;
} Arguments;

static void
complain (const char *text)
{
  g_printerr ("glompo-log: %s\n", text);
}

/* The optimizer that --why is about; 0: there is none of such a name. */
static guint64
why_id (const Arguments *arguments)
{
  guint64 id = 0;

  g_ascii_string_to_unsigned (arguments->why, 10, 1, G_MAXUINT64, &id, NULL);
  return id;
}

/* Whether the command line makes sense. */
static gboolean
check (const Arguments *arguments, GError **error)
{
  if (arguments->version)
    return TRUE;
  const char *fault = NULL;
  if (arguments->csv && arguments->jsonl)
    fault = "found --csv and --jsonl, wanted one of them at most";
  else if (arguments->no_times && !arguments->jsonl)
    fault = "found --no-times without --jsonl, wanted both";
  else if (arguments->summary && (arguments->csv || arguments->jsonl))
    fault = "found --summary with --csv or --jsonl, wanted one of them at most";
  else if (arguments->all && arguments->best)
    fault = "found --all and --best, wanted one of them at most";
  else if (arguments->why != NULL
           && (arguments->csv || arguments->jsonl || arguments->summary || arguments->all || arguments->best
               || arguments->optimizer != 0))
    fault = "found --why with another option that says what to print, wanted it alone";
  else if (arguments->why != NULL && strcmp (arguments->why, "end") != 0 && why_id (arguments) == 0)
    fault = "--why: wanted the id of an optimizer, from 1, or end";
  else if (arguments->optimizer < 0)
    fault = "--optimizer: found a negative number, wanted the id of an optimizer, from 1";
  else if (arguments->paths == NULL || g_strv_length (arguments->paths) != 1)
    fault = "wanted one run directory or journal file; --help says more";
  if (fault != NULL)
    g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, fault);
  return fault == NULL;
}

static gboolean
parse (Arguments *arguments, int *argc, char ***argv, GError **error)
{
  const GOptionEntry table[] = {
    { "csv", 'c', 0, G_OPTION_ARG_NONE, &arguments->csv, "Print the evaluations as comma separated values",
      NULL },
    { "jsonl", 'j', 0, G_OPTION_ARG_NONE, &arguments->jsonl, "Print every record as a JSON object on a line",
      NULL },
    { "no-times", 0, 0, G_OPTION_ARG_NONE, &arguments->no_times,
      "With --jsonl, print only what is equal in every repetition of a deterministic run", NULL },
    { "all", 'a', 0, G_OPTION_ARG_NONE, &arguments->all,
      "In text, print every evaluation and not only those that found a new best value", NULL },
    { "best", 'b', 0, G_OPTION_ARG_NONE, &arguments->best,
      "Print only the evaluations that found a new best value", NULL },
    { "optimizer", 'o', 0, G_OPTION_ARG_INT64, &arguments->optimizer,
      "Print only what is about this optimizer", "ID" },
    { "why", 'w', 0, G_OPTION_ARG_STRING, &arguments->why,
      "Print why this optimizer was started, judged and ended; or why the run ended", "ID|end" },
    { "summary", 's', 0, G_OPTION_ARG_NONE, &arguments->summary,
      "Print nothing; write the summary " GLOMPO_SUMMARY_FILE " into the run directory again", NULL },
    { "version", 'V', 0, G_OPTION_ARG_NONE, &arguments->version, "Print the version", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &arguments->paths, NULL, "DIRECTORY|FILE" },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_option_context_set_summary (
      context, "Prints the journal of a run: a line of text for each event, or a table of its evaluations.");
  g_option_context_add_main_entries (context, table, NULL);
  return g_option_context_parse (context, argc, argv, error) && check (arguments, error);
}

/* Whether the record is to be printed; *best is the best value so far, of those that are looked at. */
static gboolean
is_wanted (const Arguments *arguments, Log *log, const GlompoRecord *record, double *best)
{
  log->better = FALSE;
  if (arguments->optimizer != 0 && record->optimizer != (guint64) arguments->optimizer)
    return FALSE;
  if (record->type != GLOMPO_RECORD_EVALUATION)
    return !arguments->best;
  const GlompoEvaluation *evaluation = &record->evaluation;
  log->better = evaluation->status == GLOMPO_STATUS_EVALUATED && evaluation->f < *best;
  if (log->better)
    *best = evaluation->f;
  if (arguments->best)
    return log->better;
  return log->better || arguments->all || arguments->csv || arguments->jsonl;
}

/* Writes what has gathered once it is worth it. Returns errno, 0: it went well. */
static int
write_out (Log *log, gsize least)
{
  gsize done = 0;

  if (log->out->len < least)
    return 0;
  while (done < log->out->len)
    {
      ssize_t n = write (STDOUT_FILENO, log->out->str + done, log->out->len - done);
      if (n < 0 && errno != EINTR)
        return errno;
      done += n > 0 ? (gsize) n : 0;
    }
  g_string_truncate (log->out, 0);
  return 0;
}

/* A reader of a pipe that has seen enough is no fault. */
static int
report_write_error (int number)
{
  if (number == EPIPE)
    return EXIT_GOOD;
  g_printerr ("glompo-log: cannot write to the standard output: %s\n", g_strerror (number));
  return EXIT_DAMAGED;
}

static int
report_end (GlompoJournalReader *reader, GlompoJournalResult result, const GError *error)
{
  if (result == GLOMPO_JOURNAL_FAILED)
    complain (error->message);
  else if (result == GLOMPO_JOURNAL_TORN)
    g_printerr ("glompo-log: note: the journal ends inside a record, at byte %" G_GUINT64_FORMAT
                ": a crash, or the run is writing it just now\n",
                glompo_journal_reader_get_offset (reader));
  return result == GLOMPO_JOURNAL_FAILED ? EXIT_DAMAGED : EXIT_GOOD;
}

static int
print_journal (const Arguments *arguments, GlompoJournalReader *reader)
{
  g_autoptr (Log) log = log_new ();
  g_autoptr (GError) error = NULL;
  LogFormat format = arguments->csv        ? log_csv
                     : arguments->no_times ? log_lasting
                     : arguments->jsonl    ? log_jsonl
                                           : log_text;
  const GlompoRecord *record;
  GlompoJournalResult result;
  double best = INFINITY;
  gboolean any = FALSE;

  while ((result = glompo_journal_reader_next (reader, &record, &error)) == GLOMPO_JOURNAL_RECORD)
    {
      any = TRUE;
      log_learn (log, record);
      if (!is_wanted (arguments, log, record, &best))
        continue;
      format (log, record);
      int failure = write_out (log, LOG_PIECE);
      if (failure != 0)
        return report_write_error (failure);
    }
  if (arguments->csv && !log->header_printed)
    log_csv_header (log, log->parameters != NULL ? g_strv_length (log->parameters) : 0, log->extras->len);
  int failure = write_out (log, 1);
  if (failure != 0)
    return report_write_error (failure);
  if (!any && result == GLOMPO_JOURNAL_END)
    g_printerr ("glompo-log: note: the journal holds no record: the run was cut off before its first one\n");
  return report_end (reader, result, error);
}

static int
print_why (const Arguments *arguments, GlompoJournalReader *reader)
{
  g_autoptr (Log) log = log_new ();
  g_autoptr (GError) error = NULL;
  const GlompoRecord *record;
  GlompoJournalResult result;
  guint64 id = why_id (arguments);

  while ((result = glompo_journal_reader_next (reader, &record, &error)) == GLOMPO_JOURNAL_RECORD)
    {
      log_learn (log, record);
      if (id == 0)
        log_why_end (log, record);
      else if (record->optimizer == id)
        log_why (log, record);
    }
  gboolean nothing = log->out->len == 0;
  if (nothing && id == 0)
    complain ("the run has not ended, or its journal is cut off");
  else if (nothing)
    g_printerr ("glompo-log: there is no optimizer %" G_GUINT64_FORMAT " in the journal\n", id);
  int failure = write_out (log, 1);
  if (failure != 0)
    return report_write_error (failure);
  int code = report_end (reader, result, error);
  return nothing ? EXIT_DAMAGED : code;
}

static int
run (const Arguments *arguments)
{
  g_autoptr (GError) error = NULL;

  if (arguments->version)
    {
      g_print ("glompo-log %s\n", PACKAGE_VERSION);
      return EXIT_GOOD;
    }
  g_autoptr (GlompoJournalReader) reader = glompo_journal_reader_new (arguments->paths[0], &error);
  if (reader == NULL)
    {
      complain (error->message);
      return EXIT_USAGE;
    }
  if (arguments->why != NULL)
    return print_why (arguments, reader);
  if (!arguments->summary)
    return print_journal (arguments, reader);
  if (glompo_report_write_summary (arguments->paths[0], &error))
    return EXIT_GOOD;
  complain (error->message);
  return EXIT_DAMAGED;
}

int
main (int argc, char **argv)
{
  Arguments arguments = { 0 };
  g_autoptr (GError) error = NULL;
  int code = EXIT_USAGE;

  program_begin ();
  if (parse (&arguments, &argc, &argv, &error))
    code = run (&arguments);
  else
    complain (error->message);
  g_strfreev (arguments.paths);
  g_free (arguments.why);
  return code;
}
