/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From a configuration to what the rules look at, for which a task that tells its concurrency or its
 * residuals only when it is there is asked. Thread: any, one at a time.
 */
#include "compat/compat-private.h"
#include "base/blas.h"
#include "base/cores.h"
#include <math.h>
#include <string.h>

void
task_facts_init (TaskFacts *facts, const GlompoConfig *config)
{
  const GlompoTaskVTable *table = config->task->task;
  g_autoptr (GError) error = NULL;
  *facts = (TaskFacts){
    .concurrency = config->task->concurrency,
    .has_gradient = table->gradient != NULL || (config->task->capabilities & GLOMPO_CAP_GRADIENT) != 0,
  };
  if (table->concurrency == NULL && table->residuals == NULL && table->has_gradient == NULL)
    return;
  g_autoptr (Space) space
      = declaration_make_any_space (config->declaration, config_get_seed (config), NULL, NULL, &error);
  if (space == NULL)
    {
      facts->fault = g_strdup (error->message);
      return;
    }
  facts->concurrency = space->concurrency;
  facts->has_residuals = space->n_residuals > 0;
  facts->has_gradient = space->has_gradient;
}

void
task_facts_clear (TaskFacts *facts)
{
  g_clear_pointer (&facts->fault, g_free);
}

/* The number of the option "population" of an optimizer that has one, 0 when it is open. */
static guint64
get_population (const OptimizerGroup *group)
{
  const GlompoPlugin *plugin = group->plugin;
  for (gsize i = 0; i < plugin->n_options; i++)
    if (plugin->options[i].type == GLOMPO_OPTION_INTEGER
        && g_str_equal (plugin->options[i].name, "population"))
      {
        int64_t value;
        const char *data = options_data (group->options);
        memcpy (&value, data + plugin->options[i].offset, sizeof value);
        return value > 0 ? (guint64) value : 0;
      }
  return 0;
}

/* The keys that are wanted, with commas between them; NULL: none.
 * (transfer full) */
static char *
join_keys (const char **keys, const gboolean *wanted, gsize n)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (gsize i = 0; i < n; i++)
    if (wanted[i])
      g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", keys[i]);
  return text->len > 0 ? g_strdup (text->str) : NULL;
}

static char *
get_kill_keys (const Settings *settings)
{
  const char *keys[] = { "force_terminations_after", "aggressive_kill" };
  const gboolean wanted[] = { settings->force_terminations_after > 0, settings->aggressive_kill };
  return join_keys (keys, wanted, G_N_ELEMENTS (keys));
}

static char *
get_process_keys (const GlompoConfig *config)
{
  const Settings *settings = config->settings;
  const char *keys[] = { "worker_memory_limit", "nice", "printstream_limit" };
  const gboolean wanted[] = { settings->worker_memory_limit > 0, settings->nice > 0,
                              config->settings_options != NULL
                                  && options_is_set (config->settings_options, "printstream_limit") };
  return join_keys (keys, wanted, G_N_ELEMENTS (keys));
}

static gboolean
is_known (const GPtrArray *findings, const GlompoFinding *finding)
{
  for (guint i = 0; i < findings->len; i++)
    {
      const GlompoFinding *other = findings->pdata[i];
      if (g_str_equal (other->code, finding->code) && g_str_equal (other->where, finding->where)
          && g_str_equal (other->what, finding->what))
        return TRUE;
    }
  return FALSE;
}

/* Moves what findings of one group say into all, but what is said there already: rules about the whole
 * run hold for every group. */
static void
move_findings (GPtrArray *from, GPtrArray *all)
{
  while (from->len > 0)
    {
      GlompoFinding *finding = g_ptr_array_steal_index (from, 0);
      if (is_known (all, finding))
        finding_free (finding);
      else
        g_ptr_array_add (all, finding);
    }
}

/* Most severe first, otherwise in the order of groups and rules. */
static GPtrArray *
sort_findings (GPtrArray *findings)
{
  GPtrArray *sorted = compat_findings_new ();
  for (int severity = GLOMPO_SEVERITY_ERROR; severity >= GLOMPO_SEVERITY_NOTE; severity--)
    for (guint i = 0; i < findings->len; i++)
      {
        GlompoFinding *finding = findings->pdata[i];
        if (finding->severity == (GlompoSeverity) severity)
          g_ptr_array_add (sorted, finding);
      }
  g_ptr_array_set_free_func (findings, NULL);
  return sorted;
}

void
input_init (CompatInput *input, const GlompoConfig *config, const OptimizerGroup *group,
            const TaskFacts *facts)
{
  const Settings *settings = config->settings;
  *input = (CompatInput){
    .group = group->name,
    .optimizer = group->plugin,
    .task = config->task,
    .concurrency = facts->concurrency,
    .backend = (BackendChoice) settings->backend,
    .workers_backend = (WorkersChoice) group->workers_backend,
    .workers = (guint) CLAMP (group->workers, 0, G_MAXINT),
    .max_jobs = (guint) CLAMP (settings->max_jobs, 0, G_MAXINT),
    .cores = (guint) MAX (1, ceil (cores_available ())),
    .population = get_population (group),
    .has_residuals = facts->has_residuals,
    .has_gradient = facts->has_gradient,
    .blas_threads = blas_get_threads () > 1,
    .evaluation_timeout = settings->evaluation_timeout > 0,
    .private_directories = settings->private_directories,
    .kill_keys = get_kill_keys (settings),
    .process_keys = get_process_keys (config),
  };
}

void
input_clear (CompatInput *input)
{
  g_free ((char *) input->kill_keys);
  g_free ((char *) input->process_keys);
}

/* The changes that were made to the job come first among their equals. */
static void
add_adjustments (const GlompoConfig *config, GPtrArray *findings)
{
  for (guint i = 0; config->adjustments != NULL && i < config->adjustments->len; i++)
    {
      const GlompoFinding *made = config->adjustments->pdata[i];
      GlompoFinding *finding = g_new0 (GlompoFinding, 1);
      *finding = (GlompoFinding){ made->code, made->severity, g_strdup (made->where), g_strdup (made->what),
                                  g_strdup (made->mend) };
      g_ptr_array_add (findings, finding);
    }
}

/* Nothing was changed although that was wanted, and would have been of use. */
static void
add_vain_adjustment (const GlompoConfig *config, const TaskFacts *facts, GPtrArray *findings)
{
  if (config->settings->conflict_policy != CONFLICT_ADJUST || config->adjustments != NULL
      || facts->fault != NULL || findings_find_error (findings) == NULL)
    return;
  g_auto (CompatInput) input;
  input_init (&input, config, config->groups->pdata[0], facts);
  g_ptr_array_add (findings, finding_new ("A5", &input, NULL));
}

GPtrArray *
glompo_config_check (const GlompoConfig *config)
{
  g_return_val_if_fail (config != NULL, NULL);
  g_auto (TaskFacts) facts;
  task_facts_init (&facts, config);
  g_autoptr (GlompoConfig) adjusted = adjust_with_facts (config, &facts);
  const GlompoConfig *used = adjusted != NULL ? adjusted : config;
  g_autoptr (GPtrArray) findings = compat_findings_new ();
  add_adjustments (used, findings);
  for (guint i = 0; i < used->groups->len; i++)
    {
      g_autoptr (GPtrArray) of_group = compat_findings_new ();
      g_auto (CompatInput) input;
      input_init (&input, used, used->groups->pdata[i], &facts);
      if (facts.fault != NULL)
        g_ptr_array_add (of_group, finding_new ("D7", &input, &(CompatWords){ .why = facts.fault }));
      compat_check_group (&input, of_group);
      move_findings (of_group, findings);
    }
  add_vain_adjustment (used, &facts, findings);
  return sort_findings (findings);
}
