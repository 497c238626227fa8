/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tasks/common/runner.h"

/* So many failed evaluations of an instance are in the log, so that a program that always fails does not fill
 * the journal with its reason. */
#define FAILURES_TOLD 5u

void
runner_init (Runner *runner, const GlompoHost *host)
{
  const char *own = host->directory (host);
  *runner = (Runner){ .host = host, .home = g_strdup (own != NULL ? own : host->base_directory (host)) };
}

void
runner_clear (Runner *runner)
{
  program_free (runner->program);
  task_space_free (runner->space);
  g_free (runner->home);
}

bool
runner_parameters (void *instance, GlompoParameters *out)
{
  task_space_describe (((const Runner *)instance)->space, out);
  return true;
}

size_t
runner_extras (void *instance, const GlompoExtra **out)
{
  const Runner *runner = instance;
  *out = runner->space->extras;
  return runner->space->n_extras;
}

PatternValues
runner_values (const Runner *runner, const double *x, const GlompoResult *result)
{
  return (PatternValues){ x, result->seed >> 11, runner->home };
}

static void
tell (Runner *runner, const char *what)
{
  if (runner->failures >= FAILURES_TOLD)
    return;
  gboolean last = ++runner->failures == FAILURES_TOLD;
  g_autofree char *text = g_strdup_printf ("evaluation failed: %s%s", what,
                                           last ? "; further failures of this evaluator are not told" : "");
  runner->host->log (runner->host, GLOMPO_LOG_WARNING, text);
}

void
runner_fail (Runner *runner, GlompoResult *result, const GError *error)
{
  gboolean late = g_error_matches (error, TASK_ERROR, TASK_ERROR_TIMED_OUT);
  task_space_fail (runner->space, late ? GLOMPO_STATUS_TIMED_OUT : GLOMPO_STATUS_FAILED, result);
  tell (runner, error->message);
}
