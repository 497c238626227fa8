/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Everything between the call and the first optimizer; and the opposite. */
#include "base/files.h"
#include "base/random.h"
#include "base/source.h"
#include "compat/compat.h"
#include "manager/manager-private.h"
#include "manager/snapshots.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <math.h>
#include <glompo/glompo-control.h>

#define TICK_MS 50

/* Not a name that a user's own file may have: the run directory may be where that lies. */
#define CONFIG_FILE "glompo_job.ini"
/* Files and folders that a run makes in its directory. */
static const char *const own_files[] = { GLOMPO_JOURNAL_FILE, "glompo_manager_log.yml", CONFIG_FILE,
                                          BACKEND_STREAMS_FOLDER, BACKEND_WORK_FOLDER,
                                          GLOMPO_CONTROL_SOCKET };

/* A fresh directory, even if other runs start in the same second. FALSE with errno. */
static gboolean
make_dated_directory (GlompoManager *manager)
{
  g_autofree char *base = g_strdup (manager->directory);
  for (guint i = 2; g_mkdir (manager->directory, 0777) != 0; i++)
    {
      if (errno != EEXIST)
        return FALSE;
      g_free (manager->directory);
      manager->directory = g_strdup_printf ("%s-%u", base, i);
    }
  return TRUE;
}

static gboolean
set_up_directory (GlompoManager *manager, GError **error)
{
  if (manager->dated ? !make_dated_directory (manager) : g_mkdir_with_parents (manager->directory, 0777) != 0)
    {
      g_set_error (error, GLOMPO_RUN_ERROR, GLOMPO_RUN_ERROR_DIRECTORY,
                   "cannot make the run directory %s: %s; choose another one (--output)", manager->directory,
                   g_strerror (errno));
      return FALSE;
    }
  g_autofree char *journal = g_build_filename (manager->directory, GLOMPO_JOURNAL_FILE, NULL);
  if (!g_file_test (journal, G_FILE_TEST_EXISTS))
    return TRUE;
  if (!manager->overwrite)
    {
      g_set_error (error, GLOMPO_JOURNAL_ERROR, GLOMPO_JOURNAL_ERROR_EXISTS,
                   "%s holds a run already; choose another directory (--output) or replace it (--overwrite)",
                   manager->directory);
      return FALSE;
    }
  if (journal_is_being_written (journal))
    {
      g_set_error (error, GLOMPO_JOURNAL_ERROR, GLOMPO_JOURNAL_ERROR_EXISTS,
                   "%s holds a run that goes on; wait for its end, or choose another directory (--output)",
                   manager->directory);
      return FALSE;
    }
  for (guint i = 0; i < G_N_ELEMENTS (own_files); i++)
    {
      g_autofree char *path = g_build_filename (manager->directory, own_files[i], NULL);
      if (!files_remove_tree (path))
        {
          g_set_error (error, GLOMPO_RUN_ERROR, GLOMPO_RUN_ERROR_DIRECTORY, "cannot remove %s: %s", path,
                       g_strerror (errno));
          return FALSE;
        }
    }
  g_autofree char *snapshots = g_build_filename (manager->directory, SNAPSHOT_FOLDER, NULL);
  if (shelf_remove (snapshots))
    return TRUE;
  g_set_error (error, GLOMPO_RUN_ERROR, GLOMPO_RUN_ERROR_FAILED, "cannot remove what is in %s: %s", snapshots,
               g_strerror (errno));
  return FALSE;
}

static void
log_of_task (gpointer data, GlompoLogLevel level, const char *text)
{
  if (level >= GLOMPO_LOG_WARNING)
    chronicle_message (data, 0, level == GLOMPO_LOG_WARNING ? G_LOG_LEVEL_WARNING : G_LOG_LEVEL_CRITICAL,
                       "task: %s", text);
}

static void
refuse_parameter (const GlompoConfig *config, Faults *faults, const ParameterFault *fault)
{
  const IniGroup *group = ini_find_group (config->ini, "parameters");
  const IniEntry *entry = group != NULL && fault->name != NULL ? ini_find_entry (group, fault->name) : NULL;
  g_autofree char *value = entry != NULL ? text_quote (entry->value) : NULL;
  g_autofree char *text = g_strconcat ("found ", fault->found, value != NULL ? " with the value " : "",
                                       value != NULL ? value : "", fault->wanted, NULL);
  config_add_fault (config, faults, "parameters", fault->name, text);
}

static void
set_up_space (GlompoManager *manager, Faults *faults)
{
  const GlompoConfig *config = manager->config;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) found = parameter_faults_new ();
  if (!config->task_sound)
    return;
  g_autoptr (Space) space
      = declaration_make_space (config->declaration, manager->seed, log_of_task, manager, &error);
  if (space == NULL)
    {
      config_add_refusal (config, faults, "task", error->message);
      return;
    }
  gboolean good = space_apply (space, config->parameters, found);
  for (guint i = 0; i < found->len; i++)
    refuse_parameter (config, faults, found->pdata[i]);
  manager->vague = !good;
  if (space->n > 0 && config->parameters_sound)
    manager->space = g_steal_pointer (&space);
}

static void
log_of_policy (gpointer data, GlompoLogLevel level, const char *text)
{
  if (level >= GLOMPO_LOG_INFO)
    chronicle_message (data, 0, level == GLOMPO_LOG_INFO ? G_LOG_LEVEL_INFO : G_LOG_LEVEL_WARNING, "%s",
                       text);
}

/* What policies are told of the search. */
static GlompoProblem
describe_problem (const GlompoManager *manager)
{
  static const double zero = 0.0, one = 1.0;
  static const char *const name = "x1";
  static const Space stand_in
      = { .n = 1, .names = (char **) &name, .lower = (double *) &zero, .upper = (double *) &one };
  GlompoProblem problem = space_to_problem (manager->space != NULL ? manager->space : &stand_in);
  problem.max_in_flight = (size_t) manager->config->settings->max_jobs;
  return problem;
}

/* Freezers judge those that the hunters have just let go: with the same random numbers, hunters of the same
 * kind would let them go as well. */
static guint64
seed_of_key (const GlompoManager *manager, const char *key)
{
  return g_str_equal (key, "freezers") ? random_mix (manager->seed, RANDOM_HUNTER, 0, G_MAXUINT64)
                                       : manager->seed;
}

Condition *
manager_make_condition (GlompoManager *manager, const char *key, const Expression *expression, GError **error)
{
  GlompoProblem problem = describe_problem (manager);
  return condition_new (expression, &problem, seed_of_key (manager, key), log_of_policy, manager, error);
}

void
manager_meet_wishes (GlompoManager *manager)
{
  const GlompoConfig *config = manager->config;
  const struct {
    const Condition *condition;
    const Expression *expression;
  } judges[] = {
    { manager->hunters, manager->new_hunters != NULL ? manager->new_hunters : config->hunters },
    { manager->freezers, manager->new_freezers != NULL ? manager->new_freezers : config->freezers },
  };
  double patience = INFINITY;
  for (guint i = 0; i < G_N_ELEMENTS (judges); i++)
    if (judges[i].condition != NULL)
      {
        condition_window (judges[i].condition, &manager->window);
        patience = MIN (patience, expression_least_seconds (judges[i].expression));
      }
  manager->patience = patience < 1e9 ? (gint64) (patience * G_USEC_PER_SEC) : 0;
}

/* Where too little is known of the search, only what does not look at it: our own policies but generators. */
static gboolean
can_be_made (const GlompoManager *manager, const Expression *expression)
{
  gboolean call = expression->type == EXPRESSION_CALL;
  const GPtrArray *below = call ? expression->conditions : expression->children;
  if (manager->space != NULL && !manager->vague)
    return TRUE;
  if (call
      && (expression->plugin->kind == GLOMPO_KIND_GENERATOR
          || glompo_registry_get_file (manager->config->registry, expression->plugin) != NULL))
    return FALSE;
  for (guint i = 0; below != NULL && i < below->len; i++)
    if (!can_be_made (manager, below->pdata[i]))
      return FALSE;
  return TRUE;
}

static void
set_up_policies (GlompoManager *manager, Faults *faults)
{
  const GlompoConfig *config = manager->config;
  GlompoProblem problem = describe_problem (manager);
  const struct {
    const Expression *expression;
    Condition **condition;
    Policy **policy;
    const char *key;
  } all[] = {
    { config->convergence, &manager->convergence, NULL, "convergence" },
    { config->hunters, &manager->hunters, NULL, "hunters" },
    { config->freezers, &manager->freezers, NULL, "freezers" },
    { config->spawn, &manager->spawn, NULL, "spawn" },
    { config->generator, NULL, &manager->generator, "generator" },
    { config->selector, NULL, &manager->selector, "selector" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_free);
      if (all[i].expression == NULL || !can_be_made (manager, all[i].expression))
        continue;
      if (all[i].condition != NULL)
        *all[i].condition = manager_make_condition (manager, all[i].key, all[i].expression, &error);
      else
        *all[i].policy
            = policy_new (all[i].expression, &problem, manager->seed, log_of_policy, manager, &error);
      if (error != NULL && all[i].condition != NULL)
        condition_list_faults (all[i].expression, &problem, found); /* not only the first */
      else if (error != NULL)
        g_ptr_array_add (found, g_strdup (error->message));
      for (guint k = 0; k < found->len; k++)
        config_add_fault (config, faults, "glompo", all[i].key, found->pdata[k]);
    }
  manager->window = (GlompoWindow){ .struct_size = sizeof (GlompoWindow) };
  manager_meet_wishes (manager);
}

static void
set_up_view (GlompoManager *manager)
{
  const GlompoConfig *config = manager->config;
  const Space *space = manager->space;
  manager->best_x = g_new0 (double, space->n);
  manager->groups = g_new0 (GlompoGroup, config->groups->len);
  for (guint i = 0; i < config->groups->len; i++)
    {
      const OptimizerGroup *group = config->groups->pdata[i];
      manager->groups[i] = (GlompoGroup){ .struct_size = sizeof (GlompoGroup),
                                          .name = group->name,
                                          .type = group->plugin->name,
                                          .workers = (uint64_t) group->workers,
                                          .best_f = INFINITY };
    }
  manager->run.n = space->n;
  manager->run.lower = space->lower;
  manager->run.upper = space->upper;
  manager->run.best_x = manager->best_x;
  manager->run.max_jobs = (uint64_t) config->settings->max_jobs;
  manager->hunt_frequency = (guint64) config->settings->hunt_frequency;
  manager->status_frequency = config->settings->status_frequency;
  manager->run.n_groups = config->groups->len;
  manager->run.groups = manager->groups;
}

/* What the selector finds wrong it says when it is asked first. */
void
manager_try_selector (GlompoManager *manager, Faults *faults)
{
  gint64 group;
  g_autoptr (GError) error = NULL;
  set_up_view (manager);
  if (!policy_select (manager->selector, &manager->run, manager->run.max_jobs, &group, &error))
    config_add_fault (manager->config, faults, "glompo", "selector", error->message);
}

static gboolean
set_up_journal (GlompoManager *manager, GError **error)
{
  g_autofree char *path = g_build_filename (manager->directory, GLOMPO_JOURNAL_FILE, NULL);
  g_autofree char *ini = g_build_filename (manager->directory, CONFIG_FILE, NULL);
  g_autoptr (GError) fault = NULL;
  manager->journal = journal_writer_new (path, &fault);
  if (manager->journal != NULL && g_file_set_contents (ini, manager->config->text, -1, &fault))
    return TRUE;
  g_set_error (error, GLOMPO_RUN_ERROR, GLOMPO_RUN_ERROR_DIRECTORY,
               "the run directory %s cannot be written in: %s; choose another one (--output)",
               manager->directory, fault->message);
  return FALSE;
}

static gboolean
check_compatibility (GlompoManager *manager, GPtrArray *findings, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint i = 0; i < findings->len; i++)
    {
      const GlompoFinding *f = findings->pdata[i];
      if (f->severity != GLOMPO_SEVERITY_ERROR)
        continue;
      g_autofree char *line = finding_to_text (f);
      g_string_append_printf (text, "%s%s", text->len > 0 ? "\n" : "", line);
    }
  if (text->len == 0)
    return TRUE;
  g_set_error_literal (error, GLOMPO_CONFIG_ERROR, GLOMPO_CONFIG_ERROR_CONFLICT, text->str);
  return FALSE;
}

static void
attach_sources (GlompoManager *manager)
{
  manager->workers_source = backend_create_source (manager->backend, manager_turn, manager);
  g_source_attach (manager->workers_source, manager->context);
  manager->tick_source = g_timeout_source_new (TICK_MS);
  g_source_set_callback (manager->tick_source, manager_tick, manager, NULL);
  g_source_attach (manager->tick_source, manager->context);
}

void
manager_set_up_parts (GlompoManager *manager, Faults *faults)
{
  set_up_space (manager, faults);
  set_up_policies (manager, faults);
}

static gboolean
make_parts (GlompoManager *manager, GError **error)
{
  g_auto (Faults) faults = { 0 };
  faults_init (&faults, manager->config->name);
  manager_set_up_parts (manager, &faults);
  return !faults_to_error (&faults, error);
}

/* From here on the run knows only the combination that is really used. */
static void
adjust_config (GlompoManager *manager)
{
  g_autoptr (GlompoConfig) written = manager->config;
  manager->config = compat_adjust (written);
}

gboolean
manager_wants_points (const GlompoManager *manager, const Expression *expression)
{
  return manager->window.x > 0 || policy_needs_last_points (expression);
}

/* FALSE: points that improve nothing go nowhere. */
static gboolean
needs_all_points (const GlompoManager *manager)
{
  const GlompoConfig *config = manager->config;
  gsize n;
  const ConfigDecision *decisions = config_decisions (&n);
  gboolean needs = config->settings->journal_points == JOURNAL_ALL || manager->resume;
  for (gsize i = 0; i < n; i++)
    needs = needs || manager_wants_points (manager, config_get_expression (config, &decisions[i]));
  return needs;
}

gboolean
manager_set_up (GlompoManager *manager, GError **error)
{
  adjust_config (manager);
  g_autoptr (GPtrArray) findings = glompo_config_check (manager->config);
  if (!check_compatibility (manager, findings, error))
    return FALSE;
  if (!manager->resume)
    manager->seed = config_take_seed (manager->config);
  if ((manager->resume && !resume_set_up (manager, error)) || !make_parts (manager, error))
    return FALSE;
  set_up_view (manager);
  if (!manager->resume && (!set_up_directory (manager, error) || !set_up_journal (manager, error)))
    return FALSE;
  double sync_seconds = 0.0;
  settings_parse_journal_sync (manager->config->settings->journal_sync, &sync_seconds);
  manager->sync_us = (gint64) (sync_seconds * G_USEC_PER_SEC);
  manager->start_time = manager->session_start = manager->last_status = manager->last_flush
      = g_get_monotonic_time ();
  if (!manager->resume)
    {
      chronicle_run_started (manager);
      chronicle_findings (manager, findings);
    }
  BackendSetting setting
      = { manager->config, manager->space, manager->seed, manager->directory, !needs_all_points (manager) };
  manager->backend = backend_new (&setting, error);
  if (manager->backend == NULL)
    return FALSE;
  manager->budget = condition_budget (manager->convergence);
  manager->leave_left = manager->budget < (guint64) G_MAXINT64 ? (gint64) manager->budget : BUDGET_UNLIMITED;
  if (manager->budget < (guint64) G_MAXINT64)
    atomic_store (&backend_get_budget (manager->backend)->left, (gint64) manager->budget);
  attach_sources (manager);
  return TRUE;
}

void
manager_tear_down (GlompoManager *manager)
{
  source_drop (&manager->workers_source);
  source_drop (&manager->tick_source);
  g_clear_pointer (&manager->backend, backend_free);
  g_clear_pointer (&manager->convergence, condition_free);
  g_clear_pointer (&manager->hunters, condition_free);
  g_clear_pointer (&manager->freezers, condition_free);
  g_clear_pointer (&manager->new_convergence, expression_free);
  g_clear_pointer (&manager->new_hunters, expression_free);
  g_clear_pointer (&manager->new_freezers, expression_free);
  g_clear_pointer (&manager->spawn, condition_free);
  g_clear_pointer (&manager->generator, policy_free);
  g_clear_pointer (&manager->selector, policy_free);
  snapshots_clear (manager);
  g_clear_pointer (&manager->journal, journal_writer_free);
  g_clear_pointer (&manager->tape, tape_free);
}
