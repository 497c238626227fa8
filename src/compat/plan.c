/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a job comes to: for each group the backends that are really used and what they make possible; and the
 * whole answer of the check as JSON. Thread: any; no state. */
#include "base/blas.h"
#include "compat/compat-private.h"

static void
plan_free (gpointer data)
{
  GlompoPlan *plan = data;
  g_free (plan->group);
  g_free (plan->optimizer);
  g_free (plan->level1);
  g_free (plan->level2);
  g_free (plan->hang);
  g_free (plan->resume);
  g_free (plan);
}

/* Threads that libraries such as BLAS may start for one evaluation: workers in processes of their own are
 * told, in the manager's process the environment decides. */
static guint
library_threads (const GlompoConfig *config, const OptimizerGroup *group, WorkersChoice level2)
{
  if (level2 == WORKERS_PROCESSES)
    return 1;
  if (config->settings->backend == BACKEND_THREADS)
    return blas_get_threads ();
  return level2 == WORKERS_SERIAL ? (guint) group->workers : 1;
}

/* What becomes of an evaluation, and of an optimizer, that does not come back. */
static char *
describe_hang (const GlompoConfig *config, WorkersChoice level2)
{
  const Settings *settings = config->settings;
  gboolean threads = settings->backend == BACKEND_THREADS;
  const char *evaluation = level2 == WORKERS_PROCESSES ? "an evaluation can be killed alone"
                           : threads                   ? "an evaluation cannot be killed"
                                                       : "an evaluation can be killed with its optimizer";
  const char *evaluation_limit
      = (level2 == WORKERS_PROCESSES || !threads) && settings->evaluation_timeout <= 0
            ? " (evaluation_timeout is not set)"
            : "";
  const char *optimizer = threads ? "an optimizer cannot" : "an optimizer can";
  const char *optimizer_limit
      = !threads && settings->force_terminations_after <= 0 ? " (force_terminations_after is not set)" : "";
  return g_strconcat (evaluation, evaluation_limit, ", ", optimizer, optimizer_limit, NULL);
}

/* An optimizer that can save itself goes on from there; any other is led through what is in the journal. */
static const char *
describe_resume (const GlompoConfig *config, const GlompoPlugin *optimizer)
{
  gboolean saves = optimizer->optimizer->save != NULL && optimizer->optimizer->load != NULL;
  gboolean all = config->settings->journal_points == JOURNAL_ALL;
  if (saves)
    return all ? "yes, from a snapshot or by replay of the journal"
               : "no: journal_points does not keep all points";
  return all ? "yes, by replay of the journal"
             : "no: it cannot save itself, and journal_points does not keep all points for a replay";
}

static GlompoPlan *
make_plan (const GlompoConfig *config, const OptimizerGroup *group)
{
  WorkersChoice level2 = compat_resolve_workers (group);
  GlompoPlan *plan = g_new0 (GlompoPlan, 1);
  plan->group = g_strdup (group->name);
  plan->optimizer = g_strdup (group->plugin->name);
  plan->level1 = g_strdup (backend_word ((BackendChoice) config->settings->backend));
  plan->level2 = g_strdup (workers_word (level2));
  plan->workers = (guint64) group->workers;
  plan->at_once = (guint64) (config->settings->max_jobs / MAX (group->workers, 1));
  plan->library_threads = library_threads (config, group, level2);
  plan->hang = describe_hang (config, level2);
  plan->resume = g_strdup (describe_resume (config, group->plugin));
  return plan;
}

GPtrArray *
glompo_config_plan (const GlompoConfig *config)
{
  g_return_val_if_fail (config != NULL, NULL);
  g_autoptr (GlompoConfig) adjusted = compat_adjust ((GlompoConfig *) config);
  GPtrArray *plans = g_ptr_array_new_with_free_func (plan_free);
  for (guint i = 0; i < adjusted->groups->len; i++)
    g_ptr_array_add (plans, make_plan (adjusted, adjusted->groups->pdata[i]));
  return plans;
}

static void
add_plan (JsonText *json, const GlompoPlan *plan)
{
  json_text_open (json, NULL, '{');
  json_text_string (json, "group", plan->group);
  json_text_string (json, "optimizer", plan->optimizer);
  json_text_string (json, "level1", plan->level1);
  json_text_string (json, "level2", plan->level2);
  json_text_integer (json, "workers", plan->workers);
  json_text_integer (json, "at_once", plan->at_once);
  json_text_integer (json, "library_threads", plan->library_threads);
  json_text_string (json, "hang", plan->hang);
  json_text_string (json, "resume", plan->resume);
  json_text_close (json, '}');
}

char *
glompo_config_check_to_json (const GlompoConfig *config)
{
  g_return_val_if_fail (config != NULL, NULL);
  g_autoptr (GPtrArray) findings = glompo_config_check (config);
  g_autoptr (GPtrArray) plans = glompo_config_plan (config);
  g_auto (GStrv) warnings = glompo_config_list_warnings (config);
  gboolean good = findings_find_error (findings) == NULL;
  JsonText json;
  json_text_init (&json);
  json.compact = TRUE;
  json_text_open (&json, NULL, '{');
  json_text_open (&json, "findings", '[');
  for (guint i = 0; i < findings->len; i++)
    finding_to_json (findings->pdata[i], &json);
  json_text_close (&json, ']');
  json_text_open (&json, "plan", '[');
  for (guint i = 0; good && i < plans->len; i++)
    add_plan (&json, plans->pdata[i]);
  json_text_close (&json, ']');
  json_text_open (&json, "warnings", '[');
  for (char **warning = warnings; *warning != NULL; warning++)
    json_text_string (&json, NULL, *warning);
  json_text_close (&json, ']');
  json_text_boolean (&json, "good", good);
  json_text_close (&json, '}');
  return json_text_finish (&json);
}
