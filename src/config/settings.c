/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The keys of [glompo]: names, ranges and defaults. Constant. */
#include "base/text.h"
#include "config/config.h"
#include <math.h>
#include <string.h>

static const char *const backends[] = { "threads", "processes", "processes_forced", NULL };

static const char *const conflict_policies[] = { "refuse", "adjust", "ignore-warnings", NULL };

static const char *const journal_points[] = { "all", "best", "none", NULL };

static const char *const resume_policies[] = { "strict", "restart-at-incumbent", NULL };

static const GlompoOption table[] = {
  GLOMPO_OPT_INTEGER_AUTO (Settings, max_jobs, 1, 1e6, "auto",
                           "slots: evaluations at once; auto: cores available minus one"),
  GLOMPO_OPT_CHOICE (Settings, backend, backends, "processes", "where optimizers run"),
  GLOMPO_OPT_INTEGER_AUTO (Settings, seed, 0, INFINITY, "auto",
                           "of all random numbers; auto: another one for every run"),
  GLOMPO_OPT_INTEGER (Settings, hunt_frequency, 1, INFINITY, "100", "evaluations between hunts"),
  GLOMPO_OPT_REAL (Settings, status_frequency, 0.01, INFINITY, "600", "seconds between status messages"),
  GLOMPO_OPT_BOOLEAN (Settings, share_best_solutions, "false", "offer each new best point to the others"),
  GLOMPO_OPT_REAL_AUTO (Settings, end_timeout, 0.0, INFINITY, "auto",
                        "seconds to wait for optimizers at the end; auto: as the backend needs"),
  GLOMPO_OPT_REAL (Settings, evaluation_timeout, 0.0, INFINITY, "0",
                   "seconds that one evaluation may take, then its process is killed; 0: no limit"),
  GLOMPO_OPT_REAL (Settings, task_timeout, 0.0, INFINITY, "60",
                   "seconds that the task may take to be made, when it is asked for its parameters; "
                   "0: no limit"),
  GLOMPO_OPT_REAL (Settings, force_terminations_after, 0.0, INFINITY, "0",
                   "seconds of silence, or of ignoring a stop, until an optimizer is killed; 0: never"),
  GLOMPO_OPT_BOOLEAN (Settings, aggressive_kill, "false",
                      "kill a stopped optimizer at once instead of asking it"),
  GLOMPO_OPT_REAL (Settings, worker_memory_limit, 0.0, INFINITY, "0",
                   "MiB of memory that each worker process may allocate; 0: no limit"),
  GLOMPO_OPT_INTEGER (Settings, nice, 0, 19, "0", "added to the niceness of worker processes"),
  GLOMPO_OPT_BOOLEAN (Settings, private_directories, "false",
                      "each evaluator starts in a directory of its own under the run directory"),
  GLOMPO_OPT_BOOLEAN (Settings, keep_directories, "false", "leave these directories behind"),
  GLOMPO_OPT_REAL (Settings, printstream_limit, 0.0, INFINITY, "16",
                   "MiB that are kept of each print stream of a worker process"),
  GLOMPO_OPT_STRING (Settings, on_failure, "penalty",
                     "a failed evaluation: penalty (told as failed), retry(N) times first, "
                     "stop the optimizer"),
  GLOMPO_OPT_CHOICE (Settings, journal_points, journal_points, "all",
                     "evaluations that are kept in the journal"),
  GLOMPO_OPT_STRING (Settings, journal_sync, "0.1",
                     "seconds after which an evaluation is on the disk at the latest, "
                     "or each: before anything follows"),
  GLOMPO_OPT_BOOLEAN (Settings, deterministic, "false",
                      "take results in an order that does not depend on time: "
                      "the same file gives the same run"),
  GLOMPO_OPT_CHOICE (Settings, resume_policy, resume_policies, "strict",
                     "an optimizer that differs from its record when resumed: strict (it fails), "
                     "or another one starts at the best point"),
  GLOMPO_OPT_STRING (Settings, convergence, "KillsAfterConvergence(0, 1)",
                     "checkers joined by & and |: the run ends when they hold"),
  GLOMPO_OPT_STRING (Settings, hunters, "none",
                     "hunters joined by & and |: an optimizer is stopped when they hold; none: no hunts"),
  GLOMPO_OPT_STRING (Settings, freezers, "none",
                     "the same: an optimizer is frozen, keeps its state and gives up its slots; none: never"),
  GLOMPO_OPT_INTEGER (Settings, max_frozen, 0, 1e6, "64",
                      "optimizers frozen by hunters at once; one more, and the worst of them is stopped"),
  GLOMPO_OPT_STRING (Settings, generator, "RandomGenerator()", "where a new optimizer starts"),
  GLOMPO_OPT_STRING (Settings, selector, "CycleSelector()", "which optimizer starts next"),
  GLOMPO_OPT_STRING (Settings, spawn, "none",
                     "checkers joined by & and |: no optimizer is started once they hold; none: always"),
  GLOMPO_OPT_CHOICE (Settings, conflict_policy, conflict_policies, "refuse",
                     "what cannot work together: refuse, adjust to the nearest that can, ignore-warnings"),
};

const GlompoOption *
settings_table (gsize *out_n)
{
  *out_n = G_N_ELEMENTS (table);
  return table;
}

gboolean
settings_parse_on_failure (const char *text, FailurePolicy *out_policy, guint *out_retries)
{
  gint64 n;
  g_autofree char *trimmed = g_strstrip (g_strdup (text));
  *out_retries = 0;
  if (g_str_equal (trimmed, "penalty") || g_str_equal (trimmed, "stop"))
    {
      *out_policy = trimmed[0] == 'p' ? FAILURE_PENALTY : FAILURE_STOP;
      return TRUE;
    }
  if (!g_str_has_prefix (trimmed, "retry(") || !g_str_has_suffix (trimmed, ")"))
    return FALSE;
  g_autofree char *number = g_strndup (trimmed + strlen ("retry("), strlen (trimmed) - strlen ("retry()"));
  if (!text_to_int64 (number, &n) || n < 1 || n > SETTINGS_MOST_RETRIES)
    return FALSE;
  *out_policy = FAILURE_RETRY;
  *out_retries = (guint) n;
  return TRUE;
}

gboolean
settings_parse_journal_sync (const char *text, double *out_seconds)
{
  g_autofree char *trimmed = g_strstrip (g_strdup (text));
  *out_seconds = 0.0;
  return g_str_equal (trimmed, "each")
         || (text_to_double (trimmed, out_seconds) && *out_seconds >= SETTINGS_LEAST_SYNC
             && *out_seconds <= SETTINGS_MOST_SYNC);
}
