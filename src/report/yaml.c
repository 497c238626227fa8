/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * glompo_manager_log.yml: a summary, section by section, of what summary.h gathers. What the journal does
 * not know is null. Thread: one at a time.
 */
#include <glompo/glompo-report.h>

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <glompo/glompo-error.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "report/summary.h"
#include "report/yaml-out.h"
#include "report/yaml-settings.h"
#include "report/yaml-tree.h"

#define FILE_NAME "glompo_manager_log.yml"

static double
session_seconds (const SummarySession *session)
{
  return (double) (session->end - session->start) / G_USEC_PER_SEC;
}

static void
put_assignment (YamlOut *out, const Summary *summary)
{
  double total = 0.0, last = 0.0;

  yaml_put_mapping (out, "Assignment");
  yaml_put_string (out, "GloMPO Version", detail_string (summary->started, "version"));
  yaml_put_string (out, "Task", detail_string (summary->started, "task"));
  yaml_put_string (out, "Task Version", detail_string (summary->started, "task_version"));
  yaml_put_string (out, "Working Dir", detail_string (summary->started, "directory"));
  yaml_put_string (out, "Username", detail_string (summary->started, "user"));
  yaml_put_string (out, "Hostname", detail_string (summary->started, "host"));
  yaml_put_string (out, "Configuration", detail_string (summary->started, "config_name"));
  yaml_put_detail_count (out, "Seed", summary->started, "seed");
  yaml_put_mapping (out, "Time");
  yaml_out_key (out, "Optimization Periods");
  yaml_out_list (out, summary->sessions->len == 0);
  for (guint i = 0; i < summary->sessions->len; i++)
    {
      const SummarySession *session = &g_array_index (summary->sessions, SummarySession, i);
      yaml_out_mapping (out, FALSE);
      yaml_put_time (out, "Start", session->start);
      yaml_put_time (out, "End", session->ended ? session->end : 0);
      yaml_out_mapping_end (out);
      last = session_seconds (session);
      total += last;
    }
  yaml_out_list_end (out);
  yaml_put_real (out, "Total", total);
  yaml_put_real (out, "Session", last);
  yaml_out_mapping_end (out);
  yaml_out_mapping_end (out);
}

static void
put_findings (YamlOut *out, const Summary *summary)
{
  if (summary->findings->len == 0)
    return;
  yaml_out_key (out, "Compatibility Findings");
  yaml_out_list (out, FALSE);
  for (guint i = 0; i < summary->findings->len; i++)
    {
      GVariant *finding = g_ptr_array_index (summary->findings, i);
      yaml_out_mapping (out, FALSE);
      yaml_put_string (out, "Code", detail_string (finding, "code"));
      yaml_put_string (out, "Severity", detail_string (finding, "severity"));
      yaml_put_string (out, "Where", detail_string (finding, "where"));
      yaml_put_string (out, "What", detail_string (finding, "what"));
      yaml_put_string (out, "Mend", detail_string (finding, "mend"));
      yaml_out_mapping_end (out);
    }
  yaml_out_list_end (out);
}

static void
put_counters (YamlOut *out, const Summary *summary)
{
  yaml_put_mapping (out, "Counters");
  yaml_put_count (out, "Function Evaluations", summary->evaluations);
  yaml_put_count (out, "Failed Evaluations", summary->failures);
  yaml_put_count (out, "Hunts Started", summary->hunts);
  yaml_put_mapping (out, "Optimizers");
  yaml_put_count (out, "Started", summary->optimizers->len);
  yaml_put_count (out, "Killed",
             detail_count (summary->ended, "hunted", summary_count (summary, "hunted")));
  yaml_put_count (out, "Converged",
             detail_count (summary->ended, "converged", summary_count (summary, "converged")));
  yaml_put_count (out, "Crashed",
                  detail_count (summary->ended, "crashed", summary_count (summary, "failed")));
  yaml_put_count (out, "Freezes", summary->freezes);
  yaml_put_count (out, "Revivals", summary->revivals);
  yaml_out_mapping_end (out);
  yaml_out_mapping_end (out);
}

/* Average of samples and, unless it is NULL, a key for their standard deviation; null without any. */
static void
put_samples (YamlOut *out, const char *average, const char *deviation, const SummarySamples *samples)
{
  if (samples->n == 0)
    yaml_put_null (out, average);
  else
    yaml_put_real (out, average, samples->mean);
  if (deviation == NULL)
    return;
  if (samples->n == 0)
    yaml_put_null (out, deviation);
  else
    yaml_put_real (out, deviation, summary_deviation (samples));
}

static void
put_cpu (YamlOut *out, const Summary *summary)
{
  guint32 cores = 0;
  g_autoptr (GVariant) ids = NULL;
  double deviations[3];

  if (summary->started != NULL)
    {
      g_variant_lookup (summary->started, "cores", "u", &cores);
      ids = g_variant_lookup_value (summary->started, "core_ids", G_VARIANT_TYPE ("au"));
    }
  yaml_put_mapping (out, "CPU");
  yaml_put_mapping (out, "Cores");
  yaml_put_count (out, "Total", cores);
  yaml_out_key (out, "IDs");
  yaml_out_list (out, TRUE);
  for (gsize i = 0; ids != NULL && i < g_variant_n_children (ids); i++)
    {
      guint32 id;
      g_variant_get_child (ids, i, "u", &id);
      yaml_out_count (out, id);
    }
  yaml_out_list_end (out);
  yaml_out_mapping_end (out);
  double frequency = detail_real (summary->started, "frequency", NAN);
  if (isnan (frequency))
    yaml_put_null (out, "Frequency");
  else
    yaml_put_real (out, "Frequency", frequency);
  yaml_put_mapping (out, "Load");
  const double averages[] = { summary->load[0].mean, summary->load[1].mean, summary->load[2].mean };
  gsize n = summary->load[0].n > 0 ? 3 : 0;
  for (guint i = 0; i < 3; i++)
    deviations[i] = summary_deviation (&summary->load[i]);
  yaml_put_reals (out, "Average", averages, n);
  yaml_put_reals (out, "Std. Dev.", deviations, n);
  yaml_out_mapping_end (out);
  yaml_put_mapping (out, "CPU Usage(%)");
  put_samples (out, "Average", "Std. Dev.", &summary->cpu);
  yaml_out_mapping_end (out);
  yaml_out_mapping_end (out);
}

/* Memory in bytes, frequency in MHz. */
static void
put_run_information (YamlOut *out, const Summary *summary)
{
  yaml_put_mapping (out, "Run Information");
  yaml_put_mapping (out, "Memory");
  yaml_put_mapping (out, "Used");
  if (summary->memory.n == 0)
    yaml_put_null (out, "Max");
  else
    yaml_put_count (out, "Max", summary->memory_max);
  put_samples (out, "Ave", NULL, &summary->memory);
  yaml_out_mapping_end (out);
  yaml_put_detail_count (out, "Available", summary->started, "memory");
  yaml_out_mapping_end (out);
  put_cpu (out, summary);
  yaml_out_mapping_end (out);
}

/* The word for how an optimizer stands. */
static const char *
optimizer_state (const Summary *summary, const SummaryOptimizer *optimizer)
{
  const char *state = detail_string (optimizer->ended, "state");

  if (state != NULL)
    return state;
  if (optimizer->frozen && summary->ended == NULL)
    return "frozen";
  return summary->ended != NULL ? "unknown" : "not ended";
}

static void
put_metrics (YamlOut *out, GVariant *ended)
{
  g_autoptr (GVariant) metrics = NULL;
  GVariantIter iter;
  const char *name;
  double value;

  if (ended != NULL)
    metrics = g_variant_lookup_value (ended, "metrics", G_VARIANT_TYPE ("a{sd}"));
  if (metrics == NULL || g_variant_n_children (metrics) == 0)
    return;
  yaml_out_key (out, "Metrics");
  yaml_out_mapping (out, TRUE);
  g_variant_iter_init (&iter, metrics);
  while (g_variant_iter_next (&iter, "{&sd}", &name, &value))
    yaml_put_real (out, name, value);
  yaml_out_mapping_end (out);
}

/* Why it was started, and why it was frozen or revived last, where the journal knows. */
static void
put_decisions (YamlOut *out, const SummaryOptimizer *optimizer)
{
  if (detail_string (optimizer->started, "selector") != NULL)
    yaml_put_string (out, "Selected By", detail_string (optimizer->started, "selector"));
  if (detail_string (optimizer->started, "generator") != NULL)
    yaml_put_string (out, "Start Point By", detail_string (optimizer->started, "generator"));
  if (optimizer->freezes == 0)
    return;
  yaml_put_count (out, "Freezes", optimizer->freezes);
  yaml_put_string (out, optimizer->frozen ? "Frozen Because" : "Revived Because",
                   detail_string (optimizer->rest, "reason"));
}

static void
put_revivals (YamlOut *out, const SummaryOptimizer *optimizer)
{
  if (optimizer->revivals == NULL)
    return;
  yaml_out_key (out, "Revivals");
  yaml_out_list (out, FALSE);
  for (guint i = 0; i < optimizer->revivals->len; i++)
    {
      GVariant *revival = optimizer->revivals->pdata[i];
      yaml_out_mapping (out, FALSE);
      yaml_put_string (out, "By", detail_string (revival, "by"));
      yaml_put_detail_count (out, "At Evaluation", revival, "evaluations");
      yaml_put_string (out, "Reason", detail_string (revival, "reason"));
      yaml_out_mapping_end (out);
    }
  yaml_out_list_end (out);
}

static void
put_verdicts (YamlOut *out, const SummaryOptimizer *optimizer)
{
  if (optimizer->verdicts == NULL)
    return;
  yaml_out_key (out, "Verdicts");
  yaml_out_list (out, FALSE);
  for (guint i = 0; i < optimizer->verdicts->len; i++)
    {
      GVariant *verdict = optimizer->verdicts->pdata[i];
      yaml_out_mapping (out, FALSE);
      yaml_put_string (out, "Verdict", detail_string (verdict, "verdict"));
      yaml_put_detail_count (out, "Hunt", verdict, "hunt");
      yaml_put_detail_count (out, "Hunter", verdict, "hunter");
      yaml_put_detail_count (out, "At Evaluation", verdict, "evaluations");
      yaml_put_tree (out, "Tree", verdict);
      yaml_out_mapping_end (out);
    }
  yaml_out_list_end (out);
}

static void
put_optimizers (YamlOut *out, const Summary *summary)
{
  if (summary->optimizers->len == 0)
    return;
  yaml_out_key (out, "Optimizers");
  yaml_out_list (out, FALSE);
  for (guint i = 0; i < summary->optimizers->len; i++)
    {
      const SummaryOptimizer *optimizer = g_ptr_array_index (summary->optimizers, i);
      yaml_out_mapping (out, FALSE);
      yaml_put_count (out, "ID", optimizer->id);
      yaml_put_string (out, "Type", detail_string (optimizer->started, "type"));
      yaml_put_string (out, "Group", detail_string (optimizer->started, "group"));
      yaml_put_string (out, "Version", detail_string (optimizer->started, "version"));
      yaml_put_detail_count (out, "Workers", optimizer->started, "workers");
      yaml_put_detail_count (out, "Seed", optimizer->started, "seed");
      yaml_put_time (out, "Start", optimizer->start);
      yaml_put_time (out, "End", optimizer->end);
      yaml_put_string (out, "State", optimizer_state (summary, optimizer));
      yaml_put_string (out, "Reason", detail_string (optimizer->ended, "reason"));
      put_decisions (out, optimizer);
      yaml_put_count (out, "Function Evaluations",
                      MAX (optimizer->evaluations, detail_count (optimizer->ended, "evaluations", 0)));
      yaml_put_count (out, "Failed Evaluations",
                      MAX (optimizer->failures, detail_count (optimizer->ended, "failures", 0)));
      yaml_put_real (out, "Best fx",
                     MIN (optimizer->best_f, detail_real (optimizer->ended, "best_f", INFINITY)));
      put_verdicts (out, optimizer);
      put_revivals (out, optimizer);
      put_metrics (out, optimizer->ended);
      yaml_out_mapping_end (out);
    }
  yaml_out_list_end (out);
}

/* Why the run ended, or that it did not. (transfer full) */
static char *
exit_condition (const Summary *summary)
{
  if (summary->ended != NULL)
    return g_strdup (detail_string (summary->ended, "reason"));
  if (summary->result == GLOMPO_JOURNAL_TORN)
    return g_strdup ("The run did not end: its journal stops inside a record.");
  if (summary->result == GLOMPO_JOURNAL_FAILED)
    return g_strdup ("The end of the run is not known: its journal is damaged.");
  return g_strdup ("The run has not ended, or was cut short: its journal has no last record.");
}

/* The value of a parameter that was no part of the search; NaN: it was. */
static double
fixed_value (GVariant *fixed, const char *name)
{
  const char *other;
  double value;

  for (gsize i = 0; fixed != NULL && i < g_variant_n_children (fixed); i++)
    {
      g_variant_get_child (fixed, i, "(&sd)", &other, &value);
      if (strcmp (other, name) == 0)
        return value;
    }
  return NAN;
}

/* The best point with the fixed parameters where the task has them; names (NULL-terminated) of all. FALSE:
 * the journal does not say them, or not as many. */
static gboolean
full_point (const Summary *summary, const char *const *names, GArray *out)
{
  g_autoptr (GVariant) fixed = NULL;
  guint next = 0;

  if (summary->started != NULL)
    fixed = g_variant_lookup_value (summary->started, "fixed", G_VARIANT_TYPE ("a(sd)"));
  for (; names != NULL && *names != NULL; names++)
    {
      double value = fixed_value (fixed, *names);
      if (isnan (value) && next >= summary->best_x->len)
        return FALSE;
      if (isnan (value))
        value = g_array_index (summary->best_x, double, next++);
      g_array_append_val (out, value);
    }
  return out->len > 0 && next == summary->best_x->len;
}

/* Of all parameters, in the order of the task. */
static const char **
task_names (const Summary *summary)
{
  const char **names = NULL;

  if (summary->started != NULL && g_variant_lookup (summary->started, "task_parameters", "^a&s", &names))
    return names;
  return yaml_parameter_names (summary);
}

/* Whether a mapping can be made of them. */
static gboolean
are_different (const char *const *names)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (; *names != NULL; names++)
    if (!g_hash_table_add (seen, (gpointer) *names))
      return FALSE;
  return TRUE;
}

/* The best point, and the same by the names of the parameters. */
static void
put_point (YamlOut *out, const Summary *summary)
{
  g_autofree const char **names = task_names (summary);
  g_autoptr (GArray) x = g_array_new (FALSE, FALSE, sizeof (double));
  gboolean known = full_point (summary, names, x);
  const GArray *point = known ? x : summary->best_x;

  yaml_put_reals (out, "x", (const double *) (gconstpointer) point->data, point->len);
  if (!known || !are_different (names))
    return;
  yaml_out_key (out, "parameters");
  yaml_out_mapping (out, TRUE);
  for (guint i = 0; i < x->len; i++)
    yaml_put_real (out, names[i], g_array_index (x, double, i));
  yaml_out_mapping_end (out);
}

/* Where it was decided that no new optimizer is started any more. */
static void
put_spawn_end (YamlOut *out, const Summary *summary)
{
  GVariant *details = summary->spawn_end;

  if (details == NULL)
    return;
  yaml_put_mapping (out, "spawning stopped");
  yaml_put_string (out, "by", detail_string (details, "by"));
  yaml_put_string (out, "reason", detail_string (details, "reason"));
  yaml_put_detail_count (out, "at evaluation", details, "evaluations");
  yaml_put_detail_count (out, "optimizers started", details, "started");
  yaml_put_tree (out, "condition", details);
  yaml_out_mapping_end (out);
}

static void
put_solution (YamlOut *out, const Summary *summary)
{
  const SummaryOptimizer *origin = summary_find (summary, summary->best_id);
  const char *state = detail_string (summary->ended, "state");
  g_autofree char *reason = exit_condition (summary);

  yaml_put_mapping (out, "Solution");
  if (summary->best_x->len == 0 && isinf (summary->best_f))
    yaml_put_null (out, "fx");
  else
    yaml_put_real (out, "fx", summary->best_f);
  yaml_put_mapping (out, "origin");
  if (origin == NULL)
    yaml_put_null (out, "opt_id");
  else
    yaml_put_count (out, "opt_id", origin->id);
  yaml_put_string (out, "type", origin == NULL ? NULL : detail_string (origin->started, "type"));
  yaml_put_string (out, "group", origin == NULL ? NULL : detail_string (origin->started, "group"));
  if (summary->best_evaluation > 0)
    yaml_put_count (out, "evaluation", summary->best_evaluation);
  else
    yaml_put_null (out, "evaluation");
  yaml_out_mapping_end (out);
  yaml_put_string (out, "state", state != NULL ? state : "not ended");
  yaml_out_key (out, "exit cond.");
  yaml_out_block (out, reason);
  yaml_put_tree (out, "end condition", summary->ended);
  put_spawn_end (out, summary);
  put_point (out, summary);
  yaml_out_mapping_end (out);
}

static void
put_journal (YamlOut *out, const Summary *summary)
{
  const char *state = summary->result == GLOMPO_JOURNAL_END    ? "whole"
                      : summary->result == GLOMPO_JOURNAL_TORN ? "torn"
                                                               : "damaged";

  yaml_put_mapping (out, "Journal");
  yaml_put_string (out, "File", GLOMPO_JOURNAL_FILE);
  yaml_put_string (out, "State", state);
  yaml_put_count (out, "Good Bytes", summary->good_bytes);
  if (summary->damage != NULL)
    yaml_put_string (out, "Damage", summary->damage);
  yaml_out_mapping_end (out);
}

static gboolean
write_document (FILE *file, const Summary *summary)
{
  YamlOut *out = yaml_out_new (file);

  yaml_out_mapping (out, FALSE);
  put_assignment (out, summary);
  yaml_put_settings (out, summary);
  put_findings (out, summary);
  put_counters (out, summary);
  put_run_information (out, summary);
  put_optimizers (out, summary);
  put_journal (out, summary);
  put_solution (out, summary);
  yaml_out_mapping_end (out);
  return yaml_out_close (out);
}

/* Takes errno. */
static gboolean
fail (GError **error, const char *what, const char *path)
{
  g_set_error (error, GLOMPO_JOURNAL_ERROR, GLOMPO_JOURNAL_ERROR_IO, "summary %s: cannot %s: %s", path, what,
               g_strerror (errno));
  return FALSE;
}

/* Writes and syncs the file aside; closes fd. */
static gboolean
write_file (int fd, const char *path, const Summary *summary, GError **error)
{
  FILE *file = fdopen (fd, "w");

  if (file == NULL)
    {
      fail (error, "open", path);
      close (fd);
      return FALSE;
    }
  errno = ENOMEM;
  gboolean good = write_document (file, summary) && fflush (file) == 0;
  if (good)
    good = fsync (fd) == 0 || errno == EINVAL;
  if (!good)
    fail (error, "write", path);
  if (fclose (file) != 0 && good)
    return fail (error, "close", path);
  return good;
}

gboolean
glompo_report_write_summary (const char *directory, GError **error)
{
  g_return_val_if_fail (directory != NULL, FALSE);
  g_autoptr (Summary) summary = summary_new (directory, error);
  if (summary == NULL)
    return FALSE;

  g_autofree char *path = g_build_filename (directory, FILE_NAME, NULL);
  g_autofree char *aside = g_strconcat (path, ".XXXXXX", NULL);
  int fd = g_mkstemp_full (aside, O_WRONLY | O_CLOEXEC, 0666);
  if (fd < 0)
    return fail (error, "create", aside);
  if (!write_file (fd, aside, summary, error))
    {
      g_unlink (aside);
      return FALSE;
    }
  if (g_rename (aside, path) != 0)
    {
      fail (error, "rename", aside);
      g_unlink (aside);
      return FALSE;
    }
  return TRUE;
}
