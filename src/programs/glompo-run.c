/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * glompo-run: runs an ini file. Exit codes: 0 finished, 1 the run failed, or nothing has a value, 2 bad usage
 * or configuration, 3 stopped by the user, a signal or the end of its session.
 *
 * The manager has a thread of its own; the main thread serves signals and the terminal.
 */
#include "config.h"
#include "program.h"
#include "progress.h"
#include "run-directory.h"
#include "run-print.h"
#include <fcntl.h>
#include <glib-unix.h>
#include <glompo/glompo.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_FINISHED = 0, EXIT_RUN_FAILED = 1, EXIT_USAGE = 2, EXIT_INTERRUPTED = 3 };

/* Redraws of the progress line, milliseconds. */
#define DRAW_MS 250

typedef struct {
  gboolean check, overwrite, quiet, verbose, json, version, resume_or_start;
  char **set;
  char *seed;
  char *output;
  char *resume;
  double session; /* seconds, INFINITY: no limit */
  gint64 start;   /* of the program, monotonic microseconds */
  int kept_output; /* the standard output while plugins may print, or -1 */
  char **files;
} Arguments;

typedef struct {
  GlompoManager *manager;
  GMainLoop *loop;
  Progress *progress;
  GlompoControl *control;
  GError *error; /* of the run */
  gboolean good;
  guint signals;
} Run;

static gboolean
parse (int *argc, char ***argv, Arguments *a, GError **error)
{
  const GOptionEntry entries[] = {
    { "check", 0, 0, G_OPTION_ARG_NONE, &a->check,
      "Check the file and what it combines, tell how it would run, start nothing", NULL },
    { "set", 's', 0, G_OPTION_ARG_STRING_ARRAY, &a->set, "Replace or add a key of the file (repeatable)",
      "GROUP.KEY=VALUE" },
    { "seed", 0, 0, G_OPTION_ARG_STRING, &a->seed, "Seed of the run: the same as --set glompo.seed=N", "N" },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &a->output, "Run directory (default: glompo-DATE-TIME)",
      "DIR" },
    { "overwrite", 0, 0, G_OPTION_ARG_NONE, &a->overwrite, "Replace the run that the run directory holds",
      NULL },
    { "resume", 'r', 0, G_OPTION_ARG_FILENAME, &a->resume,
      "Go on with the run that the directory holds, as its journal has it", "DIR" },
    { "resume-or-start", 0, 0, G_OPTION_ARG_NONE, &a->resume_or_start,
      "Go on with the run that the run directory holds, or else start it", NULL },
    { "session", 0, 0, G_OPTION_ARG_DOUBLE, &a->session,
      "Interrupt the run after so many seconds, as SIGTERM does", "SECONDS" },
    { "quiet", 'q', 0, G_OPTION_ARG_NONE, &a->quiet, "Say nothing but errors", NULL },
    { "verbose", 'v', 0, G_OPTION_ARG_NONE, &a->verbose, "Tell every start, hunt and end", NULL },
    { "json", 0, 0, G_OPTION_ARG_NONE, &a->json,
      "Print the result, or that of --check, as one JSON object on standard output", NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, &a->version, "Print the version", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &a->files, NULL, "FILE.ini" },
    { NULL, 0, 0, 0, NULL, NULL, NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_option_context_set_summary (
      context, "Runs the optimizers of FILE.ini on its task, watches them and tells what was found.");
  g_option_context_set_description (context,
                                    "Exit codes: 0 finished, 1 the run failed, or nothing has a value, "
                                    "2 bad usage or configuration, 3 stopped by the user, a signal or "
                                    "the end of its session.\n");
  g_option_context_add_main_entries (context, entries, NULL);
  return g_option_context_parse (context, argc, argv, error);
}

static void
clear_arguments (Arguments *a)
{
  g_strfreev (a->set);
  g_strfreev (a->files);
  g_free (a->seed);
  g_free (a->output);
  g_free (a->resume);
}

/* ---- what user code may do to this process ---- */

/* The process that runs user code now, for the handler of exit(), which is given nothing; 0: none. */
static pid_t guarded;

/* From a handler, which may use nothing else. */
static void G_GNUC_NORETURN
leave (const char *text, int code)
{
  gssize written = write (STDERR_FILENO, text, strlen (text));
  (void) written;
  _exit (code);
}

/* With threads, a task that calls exit() ends all: that is no success, and has to be said. */
static void
refuse_exit (void)
{
  if (guarded == getpid ())
    leave ("glompo-run: the run was cut off: a task or an optimizer called exit() in this process; "
           "backend = processes confines that to one optimizer; --resume goes on with the run\n",
           EXIT_RUN_FAILED);
}

/* Only the result goes to standard output: what plugins print there goes to standard error until it is given
 * back. Returns the descriptor to give back, or -1. */
static int
reserve_output (void)
{
  fflush (stdout);
  int kept = fcntl (STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  if (kept >= 0)
    dup2 (STDERR_FILENO, STDOUT_FILENO);
  return kept;
}

static void
give_back_output (int kept)
{
  fflush (stdout);
  if (kept < 0)
    return;
  dup2 (kept, STDOUT_FILENO);
  close (kept);
}

/* ---- while it runs ---- */

static void
on_message (GlompoManager *manager, GLogLevelFlags level, const char *text, gpointer data)
{
  (void) manager;
  progress_message (((Run *) data)->progress, level, text);
}

static void
on_status (GlompoManager *manager, const GlompoRunStatus *status, gpointer data)
{
  (void) manager;
  progress_status (((Run *) data)->progress, status);
}

static void
on_started (GlompoManager *manager, const char *directory, gpointer data)
{
  ((Run *) data)->control = glompo_control_new (manager, directory);
}

static gboolean
draw (gpointer data)
{
  Run *run = data;
  g_autoptr (GlompoRunStatus) status = glompo_manager_get_status (run->manager);
  progress_draw (run->progress, status);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_signal (Run *run, const char *name)
{
  run->signals++;
  if (run->signals > 2)
    _exit (EXIT_INTERRUPTED);
  glompo_manager_stop (run->manager, name, run->signals > 1);
  progress_message (run->progress, G_LOG_LEVEL_WARNING,
                    run->signals > 1 ? "ending at once" : "stopping; once more ends at once");
  return G_SOURCE_CONTINUE;
}

static gboolean
on_session_over (gpointer data)
{
  Run *run = data;
  glompo_manager_stop (run->manager, "the time of this session is over", FALSE);
  progress_message (run->progress, G_LOG_LEVEL_WARNING, "the time of this session is over; stopping");
  return G_SOURCE_REMOVE;
}

static gboolean
on_interrupt (gpointer data)
{
  return on_signal (data, "SIGINT");
}

static gboolean
on_terminate (gpointer data)
{
  return on_signal (data, "SIGTERM");
}

static gboolean
on_user_signal (gpointer data)
{
  if (glompo_manager_awaits_signal (((Run *) data)->manager, "USR1"))
    return G_SOURCE_CONTINUE;
  return on_signal (data, "SIGUSR1");
}

static gboolean
on_hang_up (gpointer data)
{
  return on_signal (data, "SIGHUP");
}

/* As under nohup(1). */
static gboolean
is_ignored (int signal_number)
{
  struct sigaction action;
  return sigaction (signal_number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

static gboolean
quit (gpointer data)
{
  g_main_loop_quit (((Run *) data)->loop);
  return G_SOURCE_REMOVE;
}

static gpointer
run_manager (gpointer data)
{
  Run *run = data;
  run->good = glompo_manager_run (run->manager, &run->error);
  g_idle_add (quit, run);
  return NULL;
}

/* ---- afterwards ---- */

static int
exit_code (const Run *run)
{
  if (run->good)
    return EXIT_FINISHED;
  if (g_error_matches (run->error, GLOMPO_RUN_ERROR, GLOMPO_RUN_ERROR_INTERRUPTED))
    return EXIT_INTERRUPTED;
  if (run->error->domain == GLOMPO_CONFIG_ERROR || run->error->domain == GLOMPO_PLUGIN_ERROR
      || g_error_matches (run->error, GLOMPO_JOURNAL_ERROR, GLOMPO_JOURNAL_ERROR_EXISTS)
      || g_error_matches (run->error, GLOMPO_RUN_ERROR, GLOMPO_RUN_ERROR_DIRECTORY))
    return EXIT_USAGE;
  return EXIT_RUN_FAILED;
}

/* The last word on a run that brought nothing, whoever has given it up. Returns the exit code. */
static int
say_what_failed (const Run *run, const GlompoRunResult *result, int code)
{
  gboolean vain = result->x == NULL && result->evaluations > 0;
  const char *fault = !run->good && code != EXIT_INTERRUPTED ? run->error->message
                      : vain                                 ? "no evaluation gave a value"
                                                             : NULL;
  if (fault == NULL)
    return code;
  if (!vain)
    g_printerr ("glompo-run: %s\n", fault);
  else if (result->first_failure != NULL)
    g_printerr ("glompo-run: %s; the first failure: %s\n", fault, result->first_failure);
  else
    g_printerr ("glompo-run: %s; the task gave NaN or an infinity each time\n", fault);
  return code == EXIT_FINISHED ? EXIT_RUN_FAILED : code;
}

static int
report (Run *run, const Arguments *a)
{
  int code = exit_code (run);
  g_autoptr (GlompoRunResult) result = glompo_manager_get_result (run->manager);
  g_autoptr (GError) error = NULL;
  if (code == EXIT_USAGE)
    {
      g_printerr ("glompo-run: %s\n", run->error->message);
      return code;
    }
  g_autofree char *journal = g_build_filename (result->directory, GLOMPO_JOURNAL_FILE, NULL);
  if (g_file_test (journal, G_FILE_TEST_EXISTS) && !glompo_report_write_summary (result->directory, &error))
    g_printerr ("glompo-run: warning: no summary was written: %s\n", error->message);
  g_autofree char *json = a->json ? glompo_run_result_to_json (result) : NULL;
  if (json != NULL)
    puts (json);
  else if (!a->quiet)
    run_print_summary (result);
  if (fflush (stdout) != 0 || ferror (stdout))
    {
      g_printerr ("glompo-run: the result could not be written to standard output; it is in %s\n",
                  result->directory);
      code = code == EXIT_FINISHED ? EXIT_RUN_FAILED : code;
    }
  code = say_what_failed (run, result, code);
  if (result->left_behind > 0)
    _exit (code); /* threads still use what an orderly exit would take down */
  return code;
}

static int
run_config (GlompoConfig *config, const Arguments *a)
{
  Run run = { .loop = g_main_loop_new (NULL, FALSE) };
  run.manager = glompo_manager_new (config, a->resume != NULL ? a->resume : a->output, a->overwrite);
  if (a->resume != NULL)
    glompo_manager_set_resume (run.manager);
  run.progress = progress_new (a->quiet     ? VERBOSITY_QUIET
                               : a->verbose ? VERBOSITY_VERBOSE
                                            : VERBOSITY_NORMAL);
  const GlompoObserver observer = { .message = on_message, .status = on_status, .started = on_started };
  glompo_manager_set_observer (run.manager, &observer, &run);
  g_unix_signal_add (SIGINT, on_interrupt, &run);
  g_unix_signal_add (SIGTERM, on_terminate, &run);
  g_unix_signal_add (SIGUSR1, on_user_signal, &run); /* queues warn with it */
  if (!is_ignored (SIGHUP))
    g_unix_signal_add (SIGHUP, on_hang_up, &run);
  if (isfinite (a->session))
    g_timeout_add (
        (guint) CLAMP (1e3 * a->session - 1e-3 * (double) (g_get_monotonic_time () - a->start), 0, G_MAXUINT),
        on_session_over, &run);
  GThread *thread = g_thread_new ("glompo-manager", run_manager, &run);
  guint timer = progress_is_live (run.progress) ? g_timeout_add (DRAW_MS, draw, &run) : 0;
  g_main_loop_run (run.loop);
  g_thread_join (thread);
  glompo_control_free (run.control);
  if (timer != 0)
    g_source_remove (timer);
  progress_clear (run.progress);
  give_back_output (a->kept_output);
  guarded = 0;
  int code = report (&run, a);
  g_main_loop_unref (run.loop);
  glompo_manager_unref (run.manager);
  progress_free (run.progress);
  g_clear_error (&run.error);
  return code;
}

/* Prints the findings of the compatibility check, errors in any case. Returns TRUE when none is an error. */
static gboolean
print_findings (const GlompoConfig *config, const Arguments *a)
{
  GlompoSeverity least = GLOMPO_SEVERITY_WARNING;
  if (a->quiet || (glompo_config_ignores_warnings (config) && !a->check && !a->verbose))
    least = GLOMPO_SEVERITY_ERROR;
  else if (a->verbose || a->check)
    least = GLOMPO_SEVERITY_NOTE;
  g_autoptr (GPtrArray) findings = glompo_config_check (config);
  gboolean good = TRUE;
  for (guint i = 0; i < findings->len; i++)
    {
      const GlompoFinding *f = findings->pdata[i];
      good = good && f->severity != GLOMPO_SEVERITY_ERROR;
      if (f->severity >= least)
        g_printerr ("%s %s: %s: %s; to mend: %s\n", glompo_severity_to_string (f->severity), f->code,
                    f->where, f->what, f->mend);
    }
  return good;
}

/* In the words that a run has for them. */
static void
print_warnings (const GlompoConfig *config)
{
  g_auto (GStrv) warnings = glompo_config_list_warnings (config);
  for (char **warning = warnings; *warning != NULL; warning++)
    g_printerr ("warning: task: %s\n", *warning);
}

/* The answer of --check. */
static int
answer_check (const GlompoConfig *config, const Arguments *a, gboolean good)
{
  if (!a->quiet)
    print_warnings (config);
  g_autofree char *json = a->json ? glompo_config_check_to_json (config) : NULL;
  give_back_output (a->kept_output);
  if (json != NULL)
    puts (json);
  else if (good && !a->quiet)
    {
      run_print_plan (config);
      printf ("%s: good\n", a->resume != NULL ? a->resume : a->files[0]);
    }
  return good ? EXIT_FINISHED : EXIT_USAGE;
}

static char **
overrides (const Arguments *a)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new ();
  for (guint i = 0; a->set != NULL && a->set[i] != NULL; i++)
    g_ptr_array_add (all, g_strdup (a->set[i]));
  if (a->seed != NULL)
    g_ptr_array_add (all, g_strconcat ("glompo.seed=", a->seed, NULL));
  g_ptr_array_add (all, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&all), FALSE);
}

/* --seed comes behind all --set: what is wrong with the seed is its fault where it is given. */
static void
print_refusal (const Arguments *a, const char *message)
{
  g_auto (GStrv) parts = g_strsplit (message, "--set: [glompo] seed: ", a->seed != NULL ? 0 : 1);
  g_autofree char *text = g_strjoinv ("--seed: ", parts);
  g_printerr ("%s\n", text);
}

static int
load_and_run (Arguments *a)
{
  a->kept_output = a->json ? reserve_output () : -1; /* plugins may print as soon as they are loaded */
  g_autoptr (GError) error = NULL;
  g_autoptr (GlompoRegistry) registry = glompo_registry_new ();
  g_auto (GStrv) set = overrides (a);
  if (a->resume != NULL && a->resume_or_start
      && !run_directory_compare (a->resume, a->files[0], (const char *const *) set))
    return EXIT_USAGE;
  guarded = getpid ();
  g_autoptr (GlompoConfig) config
      = a->resume != NULL
            ? glompo_manager_read_config (a->resume, (const char *const *) set, registry, &error)
            : glompo_manager_read_file (a->files[0], (const char *const *) set, registry, &error);
  if (config == NULL || (a->resume != NULL && !glompo_manager_try (config, &error)))
    {
      guarded = 0;
      print_refusal (a, error->message);
      return EXIT_USAGE;
    }
  gboolean good = print_findings (config, a);
  if (a->check || !good)
    guarded = 0;
  if (a->check)
    return answer_check (config, a, good);
  return good ? run_config (config, a) : EXIT_USAGE;
}

/* Before the run begins there is nothing to be ended in order. */
static void
end_before_run (int signal_number)
{
  (void) signal_number;
  leave ("glompo-run: stopped by a signal before the run began\n", EXIT_INTERRUPTED);
}

static void
await_run (void)
{
  static const int stopping[] = { SIGINT, SIGTERM, SIGUSR1, SIGHUP };
  for (guint i = 0; i < G_N_ELEMENTS (stopping); i++)
    if (!is_ignored (stopping[i]) || stopping[i] != SIGHUP)
      signal (stopping[i], end_before_run);
}

/* FALSE: the arguments do not go together; said so. */
static gboolean
settle_directory (Arguments *a)
{
  const char *fault = NULL;
  if (a->resume != NULL && (a->files != NULL || a->output != NULL || a->overwrite || a->resume_or_start))
    fault = "--resume takes the file and the directory from the run: wanted no other file, --output, "
            "--overwrite or --resume-or-start beside it";
  else if (a->output != NULL && a->output[0] == '\0')
    fault = "--output: found no name, wanted that of a run directory, which is made if need be";
  else if (a->resume != NULL && a->resume[0] == '\0')
    fault = "--resume: found no name, wanted that of a run directory";
  else if (a->resume != NULL && g_file_test (a->resume, G_FILE_TEST_IS_REGULAR))
    fault = "--resume: found the name of a file, wanted that of a run directory";
  else if (a->resume_or_start && (a->output == NULL || a->overwrite))
    fault = "--resume-or-start needs the run directory (--output DIR) and excludes --overwrite";
  else if (a->resume != NULL && a->seed != NULL)
    fault = "--seed: a run that is resumed keeps its seed";
  else if (!(a->session > 0))
    fault = "--session: wanted a number of seconds above 0";
  gboolean found = FALSE;
  if (fault != NULL)
    g_printerr ("glompo-run: %s\n", fault);
  else if (a->resume_or_start && !run_directory_find (a->output, &found))
    return FALSE;
  if (found)
    a->resume = g_strdup (a->output);
  else if (a->resume_or_start)
    a->overwrite = TRUE; /* of what is no run */
  return fault == NULL;
}

/* This process is one run and nothing else: whatever it starts is to end with it. */
static void
own_session (void)
{
  g_autofree char *unique = g_uuid_string_random ();
  g_autofree char *session = g_strdup_printf ("%d:%s", (int) getpid (), unique);
  g_setenv ("GLOMPO_SESSION", session, TRUE);
}

int
main (int argc, char **argv)
{
  program_begin (); /* a closed terminal or pipe must not end a run */
  own_session ();
  atexit (refuse_exit);
  await_run ();
  signal (SIGXFSZ, SIG_IGN); /* a limit of the file size is an error like a full disk */
  Arguments a = { .session = INFINITY, .start = g_get_monotonic_time () };
  g_autoptr (GError) error = NULL;
  int code = EXIT_USAGE;
  if (!parse (&argc, &argv, &a, &error))
    g_printerr ("glompo-run: %s; glompo-run --help lists the options\n", error->message);
  else if (a.version)
    {
      puts ("glompo-run " PACKAGE_VERSION);
      code = EXIT_FINISHED;
    }
  else if (!settle_directory (&a))
    ;
  else if ((a.resume == NULL || a.resume_or_start) && (a.files == NULL || a.files[1] != NULL))
    g_printerr ("glompo-run: wanted one ini file, found %s; glompo-run --help tells the usage\n",
                a.files == NULL ? "none" : "several");
  else if (a.quiet && a.verbose)
    g_printerr ("glompo-run: --quiet and --verbose exclude each other\n");
  else
    code = load_and_run (&a);
  guarded = 0;
  clear_arguments (&a);
  return code == EXIT_FINISHED && !program_flush ("glompo-run") ? EXIT_RUN_FAILED : code;
}
