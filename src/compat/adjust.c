/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * conflict_policy = adjust: the nearest combination without an error. Near means, one before the other: as
 * many slots; level 1 as written, else processes, threads, processes_forced; and for each group by itself
 * level 2 and workers as written (but no more workers than slots), else level 2 in threads, else in
 * processes, else one evaluation at a time with one worker. One slot only is the last resort. Warnings are
 * no reason to change anything. Thread: any; pure.
 */
#include "compat/compat-private.h"

#define GROUP_CHOICES 4

/* How one group would run. */
typedef struct {
  WorkersChoice workers_backend;
  guint workers;
} GroupChoice;

/* How the run would. groups has as many as the configuration. */
typedef struct {
  BackendChoice backend;
  guint max_jobs;
  GroupChoice *groups;
} Combination;

static GroupChoice
written_choice (const CompatInput *input)
{
  return (GroupChoice){ input->workers_backend, MIN (input->workers, input->max_jobs) };
}

static void
list_choices (const CompatInput *input, GroupChoice choices[GROUP_CHOICES])
{
  choices[0] = written_choice (input);
  choices[1] = (GroupChoice){ WORKERS_THREADS, choices[0].workers };
  choices[2] = (GroupChoice){ WORKERS_PROCESSES, choices[0].workers };
  choices[3] = (GroupChoice){ WORKERS_SERIAL, 1 };
}

/* Code and words of the first error that the group has as it is in the input; NULL: none. (transfer full) */
static char *
explain (const CompatInput *input)
{
  g_autoptr (GPtrArray) findings = compat_findings_new ();
  compat_check_group (input, findings);
  const GlompoFinding *error = findings_find_error (findings);
  return error != NULL ? g_strdup_printf ("%s, %s", error->code, error->what) : NULL;
}

/* Finds the nearest choice of one group where backend and max_jobs of the input are given. */
static gboolean
choose_for_group (CompatInput input, GroupChoice *out)
{
  GroupChoice choices[GROUP_CHOICES];
  list_choices (&input, choices);
  for (guint i = 0; i < GROUP_CHOICES; i++)
    {
      input.workers_backend = choices[i].workers_backend;
      input.workers = choices[i].workers;
      g_autofree char *error = explain (&input);
      *out = choices[i];
      if (error == NULL)
        return TRUE;
    }
  return FALSE;
}

static gboolean
choose_for_all (const CompatInput *inputs, guint n, Combination *combination)
{
  for (guint i = 0; i < n; i++)
    {
      CompatInput input = inputs[i];
      input.backend = combination->backend;
      input.max_jobs = combination->max_jobs;
      if (!choose_for_group (input, &combination->groups[i]))
        return FALSE;
    }
  return TRUE;
}

/* Fills the nearest combination. FALSE: there is none. */
static gboolean
choose (const CompatInput *inputs, guint n, Combination *out)
{
  const BackendChoice level1[]
      = { inputs[0].backend, BACKEND_PROCESSES, BACKEND_THREADS, BACKEND_PROCESSES_FORCED };
  const guint slots[] = { inputs[0].max_jobs, 1 };
  for (guint i = 0; i < G_N_ELEMENTS (slots); i++)
    for (guint k = 0; k < G_N_ELEMENTS (level1); k++)
      {
        out->backend = level1[k];
        out->max_jobs = slots[i];
        if (choose_for_all (inputs, n, out))
          return TRUE;
      }
  return FALSE;
}

/* ---- what was changed, and why ---- */

static void
report (GPtrArray *changes, const char *code, const CompatInput *input, const char *why, const char *instead)
{
  g_ptr_array_add (changes, finding_new (code, input, &(CompatWords){ .why = why, .instead = instead }));
}

/* Reports a change of the whole run. The reason is that of the first group that has one. */
static void
report_run (GPtrArray *changes, const CompatInput *inputs, guint n, const Combination *chosen)
{
  g_autofree char *why = NULL;
  for (guint i = 0; i < n && why == NULL; i++)
    {
      CompatInput serial = inputs[i];
      GroupChoice choices[GROUP_CHOICES];
      list_choices (&inputs[i], choices);
      serial.workers_backend = choices[GROUP_CHOICES - 1].workers_backend;
      serial.workers = choices[GROUP_CHOICES - 1].workers;
      GroupChoice any;
      if (!choose_for_group (inputs[i], &any)) /* this one cannot stay at its level 1 */
        why = explain (&serial);
    }
  CompatInput now = inputs[0];
  now.backend = chosen->backend;
  now.max_jobs = chosen->max_jobs;
  g_autofree char *slots = g_strdup_printf ("%u", inputs[0].max_jobs);
  if (chosen->backend != inputs[0].backend)
    report (changes, "A1", &now, why, backend_word (inputs[0].backend));
  if (chosen->max_jobs != inputs[0].max_jobs)
    report (changes, "A4", &now, why, slots);
}

static void
report_group (GPtrArray *changes, const CompatInput *input, const Combination *chosen, GroupChoice choice)
{
  CompatInput before = *input;
  before.backend = chosen->backend;
  before.max_jobs = chosen->max_jobs;
  CompatInput now = before;
  now.workers_backend = choice.workers_backend;
  now.workers = choice.workers;
  g_autofree char *workers = g_strdup_printf ("%u", before.workers);
  g_autofree char *first = explain (&before);
  before.workers = MIN (before.workers, before.max_jobs);
  g_autofree char *second = explain (&before);
  if (choice.workers_backend != input->workers_backend)
    report (changes, "A2", &now, second != NULL ? second : first, workers_word (input->workers_backend));
  /* As many workers as written, at the level 2 that is chosen, may be an error by itself. */
  before.workers_backend = choice.workers_backend;
  before.workers = input->workers;
  g_autofree char *third = explain (&before);
  if (choice.workers != input->workers)
    report (changes, "A3", &now, third != NULL ? third : first != NULL ? first : second, workers);
}

static void G_GNUC_PRINTF (2, 3)
add_override (GPtrArray *overrides, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_ptr_array_add (overrides, g_strdup_vprintf (format, arguments));
  va_end (arguments);
}

/* The configuration again with the keys changed, so that its text says what is run. NULL: it cannot be read
 * any more. (transfer full) */
static GlompoConfig *
apply (const GlompoConfig *config, const Combination *chosen)
{
  g_autoptr (GPtrArray) overrides = g_ptr_array_new_with_free_func (g_free);
  const Settings *settings = config->settings;
  if (settings->backend != (gint32) chosen->backend)
    add_override (overrides, "glompo.backend=%s", backend_word (chosen->backend));
  if (settings->max_jobs != chosen->max_jobs)
    add_override (overrides, "glompo.max_jobs=%u", chosen->max_jobs);
  for (guint i = 0; i < config->groups->len; i++)
    {
      const OptimizerGroup *group = config->groups->pdata[i];
      if (group->workers != chosen->groups[i].workers)
        add_override (overrides, "optimizer %s.workers=%u", group->name, chosen->groups[i].workers);
      if (group->workers_backend != (gint32) chosen->groups[i].workers_backend)
        add_override (overrides, "optimizer %s.workers_backend=%s", group->name,
                      workers_word (chosen->groups[i].workers_backend));
    }
  g_ptr_array_add (overrides, NULL);
  return glompo_config_new_from_text (config->text, config->name, config->base_dir,
                                      (const char *const *) overrides->pdata, config->registry, NULL);
}

static gboolean
has_errors (const CompatInput *inputs, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *why = explain (&inputs[i]);
      if (why != NULL)
        return TRUE;
    }
  return FALSE;
}

GlompoConfig *
adjust_with_facts (const GlompoConfig *config, const TaskFacts *facts)
{
  guint n = config->groups->len;
  if (config->settings->conflict_policy != CONFLICT_ADJUST || config->adjustments != NULL
      || facts->fault != NULL)
    return NULL;
  g_autofree CompatInput *inputs = g_new0 (CompatInput, n);
  g_autofree GroupChoice *groups = g_new0 (GroupChoice, n);
  Combination chosen = { .groups = groups };
  GlompoConfig *result = NULL;
  for (guint i = 0; i < n; i++)
    input_init (&inputs[i], config, config->groups->pdata[i], facts);
  if (has_errors (inputs, n) && choose (inputs, n, &chosen) && (result = apply (config, &chosen)) != NULL)
    {
      g_clear_pointer (&result->declaration, declaration_unref);
      result->declaration = declaration_ref (config->declaration); /* nothing of the task has changed */
      result->adjustments = compat_findings_new ();
      report_run (result->adjustments, inputs, n, &chosen);
      for (guint i = 0; i < n; i++)
        report_group (result->adjustments, &inputs[i], &chosen, groups[i]);
    }
  for (guint i = 0; i < n; i++)
    input_clear (&inputs[i]);
  return result;
}

GlompoConfig *
compat_adjust (GlompoConfig *config)
{
  if (config->settings->conflict_policy != CONFLICT_ADJUST)
    return glompo_config_ref (config);
  g_auto (TaskFacts) facts;
  task_facts_init (&facts, config);
  GlompoConfig *adjusted = adjust_with_facts (config, &facts);
  return adjusted != NULL ? adjusted : glompo_config_ref (config);
}
