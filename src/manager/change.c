/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The settings that may change in a run. Contract: glompo-manager.h. Any thread, under the manager's lock. */
#include "base/text.h"
#include "compat/compat.h"
#include "manager/manager-private.h"

/* What stands for no budget in an account that had one: it stays a number, for the workers count in it while
 * it changes. */
#define NO_BUDGET (G_MAXINT64 / 2)

/* How long the disk may take for the journal, and how often it is looked whether it has. */
#define SYNC_LIMIT_US (10 * G_USEC_PER_SEC)
#define SYNC_LOOK_US 2000

typedef struct {
  const Settings *settings; /* with the key set */
  Expression *expression;   /* of the key; taken where it is used */
} Change;

static gboolean
change_max_jobs (GlompoManager *manager, Change *change, GError **error)
{
  Settings settings = *manager->config->settings;
  GlompoConfig config = *manager->config;
  settings.max_jobs = change->settings->max_jobs;
  if (settings.max_jobs == GLOMPO_AUTO_INTEGER)
    settings.max_jobs = config_available_slots ();
  config.settings = &settings;
  g_autoptr (GPtrArray) findings = glompo_config_check (&config);
  const GlompoFinding *fault = findings_find_error (findings);
  if (fault != NULL)
    {
      g_autofree char *text = finding_to_text (fault);
      g_set_error_literal (error, GLOMPO_CONFIG_ERROR, GLOMPO_CONFIG_ERROR_CONFLICT, text);
      return FALSE;
    }
  manager->run.max_jobs = (uint64_t) settings.max_jobs;
  return TRUE;
}

static gboolean
change_hunt_frequency (GlompoManager *manager, Change *change, GError **error)
{
  (void) error;
  manager->hunt_frequency = (guint64) change->settings->hunt_frequency;
  return TRUE;
}

static gboolean
change_status_frequency (GlompoManager *manager, Change *change, GError **error)
{
  (void) error;
  manager->status_frequency = change->settings->status_frequency;
  return TRUE;
}

static gboolean
make_condition (GlompoManager *manager, Change *change, const char *key, Condition **out, GError **error)
{
  *out = NULL;
  if (change->expression == NULL)
    return TRUE;
  *out = manager_make_condition (manager, key, change->expression, error);
  if (*out == NULL)
    g_prefix_error (error, "[glompo] %s: ", key);
  return *out != NULL;
}

/* Points may have been left out up to now, as nobody looked at them. */
static void
let_points_come (GlompoManager *manager, const Expression *expression)
{
  if (!manager_wants_points (manager, expression))
    return;
  backend_want_points (manager->backend);
  for (guint i = 0; i < manager->alive->len; i++)
    {
      const Optimizer *optimizer = manager->alive->pdata[i];
      if (optimizer->worker != NULL)
        channel_want_points (worker_get_channel (optimizer->worker));
    }
}

static void
replace_condition (Condition **place, Condition *condition, Expression **place_of_expression, Change *change)
{
  g_clear_pointer (place, condition_free);
  g_clear_pointer (place_of_expression, expression_free);
  *place = condition;
  *place_of_expression = g_steal_pointer (&change->expression);
}

/* Those who judge optimizers. */
static gboolean
change_judges (GlompoManager *manager, Change *change, const char *key, Condition **place,
               Expression **place_of_expression, GError **error)
{
  Condition *condition;
  if (!make_condition (manager, change, key, &condition, error))
    return FALSE;
  replace_condition (place, condition, place_of_expression, change);
  manager_meet_wishes (manager);
  let_points_come (manager, *place_of_expression);
  for (guint i = 0; i < manager->alive->len; i++)
    {
      const Optimizer *optimizer = manager->alive->pdata[i];
      trace_widen (optimizer->trace, &manager->window);
    }
  return TRUE;
}

static gboolean
change_hunters (GlompoManager *manager, Change *change, GError **error)
{
  return change_judges (manager, change, "hunters", &manager->hunters, &manager->new_hunters, error);
}

static gboolean
change_freezers (GlompoManager *manager, Change *change, GError **error)
{
  return change_judges (manager, change, "freezers", &manager->freezers, &manager->new_freezers, error);
}

/* The account is changed by the difference and never set, unless it was not counted in until now. */
static void
change_budget (GlompoManager *manager, guint64 budget)
{
  Budget *account = backend_get_budget (manager->backend);
  gint64 before = (gint64) MIN (manager->budget, (guint64) NO_BUDGET);
  gint64 now = (gint64) MIN (budget, (guint64) NO_BUDGET);
  if (atomic_load (&account->left) != BUDGET_UNLIMITED)
    atomic_fetch_add (&account->left, now - before);
  else if (now < NO_BUDGET)
    atomic_store (&account->left,
                  MAX (0, now - (gint64) manager->run.evaluations - manager_count_out (manager)));
  manager->budget = budget;
  manager->lost_leave = 0;
}

static gboolean
change_convergence (GlompoManager *manager, Change *change, GError **error)
{
  Condition *condition;
  if (!make_condition (manager, change, "convergence", &condition, error))
    return FALSE;
  replace_condition (&manager->convergence, condition, &manager->new_convergence, change);
  manager->end_prepared = FALSE;
  let_points_come (manager, manager->new_convergence);
  change_budget (manager, condition_budget (condition));
  return TRUE;
}

static const struct {
  const char *key;
  gboolean (*change) (GlompoManager *manager, Change *change, GError **error);
} keys[] = {
  { "max_jobs", change_max_jobs },
  { "convergence", change_convergence },
  { "hunters", change_hunters },
  { "freezers", change_freezers },
  { "hunt_frequency", change_hunt_frequency },
  { "status_frequency", change_status_frequency },
};

static gint
find_key (const char *key, GError **error)
{
  const char *names[G_N_ELEMENTS (keys) + 1] = { NULL };
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      names[i] = keys[i].key;
      if (g_str_equal (key, keys[i].key))
        return (gint) i;
    }
  const char *nearest = text_nearest (key, names);
  g_autofree char *found = text_quote (key);
  g_autofree char *all = g_strjoinv (", ", (char **) names);
  if (nearest != NULL)
    g_set_error (error, GLOMPO_CONFIG_ERROR, GLOMPO_CONFIG_ERROR_INVALID,
                 "found the key %s; did you mean %s? What may change in a run: %s", found, nearest, all);
  else
    g_set_error (error, GLOMPO_CONFIG_ERROR, GLOMPO_CONFIG_ERROR_INVALID,
                 "found the key %s, wanted one that may change in a run: %s", found, all);
  return -1;
}

static gboolean
change_key (GlompoManager *manager, guint which, const char *value, GError **error)
{
  g_autoptr (Options) settings = NULL;
  Change change = { 0 };
  if (manager->ending || manager->end_time != 0 || manager->start_time == 0)
    {
      g_set_error_literal (error, GLOMPO_RUN_ERROR, GLOMPO_RUN_ERROR_STATE,
                           manager->start_time == 0 ? "the run has not begun" : "the run is ending");
      return FALSE;
    }
  if (!config_read_setting (manager->config, keys[which].key, value, &settings, &change.expression, error))
    return FALSE;
  change.settings = options_data (settings);
  gboolean good = keys[which].change (manager, &change, error);
  g_clear_pointer (&change.expression, expression_free);
  if (!good)
    return FALSE;
  g_autofree char *text = options_get_text (settings, keys[which].key);
  chronicle_setting_changed (manager, keys[which].key, text);
  return TRUE;
}

gboolean
glompo_manager_set (GlompoManager *manager, const char *key, const char *value, GError **error)
{
  g_return_val_if_fail (manager != NULL && key != NULL && value != NULL, FALSE);
  gint which = find_key (key, error);
  if (which < 0)
    return FALSE;
  gboolean outside = manager_enter (manager);
  gboolean good = change_key (manager, (guint) which, value, error);
  manager_leave (manager, outside);
  return good;
}

/* ---- what is only written down ---- */

/* TRUE: the journal is on the disk up to *inout_size, or cannot be put there (error is set). A size of 0
 * stands for all that there is now. */
static gboolean
try_sync (GlompoManager *manager, guint64 *inout_size, guint64 *out_evaluations, GError **error)
{
  JournalWriter *journal = manager->journal;
  if (journal == NULL)
    {
      g_set_error_literal (error, GLOMPO_RUN_ERROR, GLOMPO_RUN_ERROR_STATE, "the run is over");
      return TRUE;
    }
  if (*inout_size == 0)
    {
      *inout_size = journal_writer_get_size (journal);
      *out_evaluations = manager->run.evaluations;
      return !journal_writer_flush (journal, FALSE, error);
    }
  if (journal_writer_get_synced (journal) >= *inout_size)
    return TRUE;
  return journal_writer_is_failing (journal) && !journal_writer_flush (journal, FALSE, error);
}

gboolean
glompo_manager_sync (GlompoManager *manager, guint64 *out_evaluations, GError **error)
{
  g_autoptr (GError) fault = NULL;
  guint64 size = 0, evaluations = 0;
  gint64 until = g_get_monotonic_time () + SYNC_LIMIT_US;
  for (gboolean done = FALSE; !done;)
    {
      gboolean outside = manager_enter (manager);
      done = try_sync (manager, &size, &evaluations, &fault);
      manager_leave (manager, outside);
      if (!done && g_get_monotonic_time () > until)
        g_set_error_literal (&fault, GLOMPO_JOURNAL_ERROR, GLOMPO_JOURNAL_ERROR_IO,
                             "the disk has not taken the journal in ten seconds");
      done = done || fault != NULL;
      if (!done)
        g_usleep (SYNC_LOOK_US);
    }
  if (fault == NULL && out_evaluations != NULL)
    *out_evaluations = evaluations;
  if (fault == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&fault));
  return FALSE;
}

gboolean
glompo_manager_log_command (GlompoManager *manager, const GlompoCaller *caller, const char *command,
                            GError **error)
{
  gboolean outside = manager_enter (manager);
  gboolean good = manager->journal != NULL;
  if (good)
    chronicle_command (manager, caller, command);
  else
    g_set_error_literal (error, GLOMPO_RUN_ERROR, GLOMPO_RUN_ERROR_STATE, "the run is over");
  manager_leave (manager, outside);
  return good;
}

void
glompo_manager_log_message (GlompoManager *manager, GLogLevelFlags level, const char *text)
{
  gboolean outside = manager_enter (manager);
  if (manager->journal != NULL)
    chronicle_message (manager, 0, level, "%s", text);
  manager_leave (manager, outside);
}
