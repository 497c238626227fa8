/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tasks/common/runner.h"

/* So many events of a kind are in the log of an instance, so that a program that always fails does not fill
 * the journal with its reason. */
#define TOLD 5u

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
  task_space_describe (((const Runner *) instance)->space, out);
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

void
runner_tell (Runner *runner, guint *told, const char *what, const char *further)
{
  if (*told >= TOLD)
    return;
  gboolean last = ++*told == TOLD;
  g_autofree char *text
      = last ? g_strdup_printf ("%s; %s of this evaluator are not told", what, further) : g_strdup (what);
  runner->host->log (runner->host, GLOMPO_LOG_WARNING, text);
}

void
runner_fail (Runner *runner, GlompoResult *result, const GError *error)
{
  gboolean late = g_error_matches (error, TASK_ERROR, TASK_ERROR_TIMED_OUT);
  task_space_fail (runner->space, late ? GLOMPO_STATUS_TIMED_OUT : GLOMPO_STATUS_FAILED, result);
  g_autofree char *text = g_strconcat ("evaluation failed: ", error->message, NULL);
  runner_tell (runner, &runner->failures, text, "further failures");
}
