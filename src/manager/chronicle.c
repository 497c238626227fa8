/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the manager writes into the journal and tells its observer. Keys: glompo-journal.h. */
#include "config.h"
#include "compat/compat.h"
#include "journal/records.h"
#include "manager/manager-private.h"
#include <sched.h>
#include <unistd.h>

static void
record (GlompoManager *manager, GlompoRecordType type, guint64 id, GVariantDict *dict)
{
  if (resume_is_past (manager))
    {
      resume_expect (manager, type, id);
      return;
    }
  if (manager->finished_before)
    return;
  journal_writer_record (manager->journal, type, g_get_real_time (), id, g_variant_dict_end (dict));
}

static GVariant *
doubles (const double *values, gsize n)
{
  return g_variant_new_fixed_array (G_VARIANT_TYPE_DOUBLE, values, n, sizeof *values);
}

/* What follows from the record before it is done after that. */
static void
tell (GlompoManager *manager, GLogLevelFlags level, const char *text)
{
  manager_commit (manager);
  if (manager->observer.message != NULL)
    manager->observer.message (manager, level, text, manager->observer_data);
}

void
chronicle_message (GlompoManager *manager, guint64 id, GLogLevelFlags level, const char *format, ...)
{
  if (resume_is_past (manager))
    return; /* it was said then */
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *raw = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_autofree char *text = g_utf8_make_valid (raw, -1);
  if (manager->journal != NULL)
    {
      g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
      g_variant_dict_insert (&dict, "level", "s",
                             level <= G_LOG_LEVEL_CRITICAL  ? "error"
                             : level == G_LOG_LEVEL_WARNING ? "warning"
                                                            : "info");
      g_variant_dict_insert (&dict, "text", "s", text);
      record (manager, GLOMPO_RECORD_MESSAGE, id, &dict);
    }
  tell (manager, level, text);
}

static GVariant *
describe_extras (const Space *space)
{
  GVariantBuilder builder;
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(suu)"));
  for (gsize i = 0; i < space->n_extras; i++)
    g_variant_builder_add (&builder, "(suu)", space->extras[i].name, space->extras[i].type,
                           space->extras[i].count);
  return g_variant_builder_end (&builder);
}

static GVariant *
describe_fixed (const Space *space)
{
  GVariantBuilder builder;
  gsize next = 0;
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(sd)"));
  for (gsize i = 0; space->place != NULL && i < space->n_task; i++)
    if (next < space->n && space->place[next] == i)
      next++;
    else
      g_variant_builder_add (&builder, "(sd)", space->task_names[i], space->fixed[i]);
  return g_variant_builder_end (&builder);
}

static const char *
level2_name (const OptimizerGroup *group)
{
  static const char *const names[] = { "auto", "serial", "threads", "processes" };
  return names[compat_resolve_workers (group)];
}

static GVariant *
describe_groups (const GlompoConfig *config)
{
  GVariantBuilder builder;
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(sssts)"));
  for (guint i = 0; i < config->groups->len; i++)
    {
      const OptimizerGroup *group = config->groups->pdata[i];
      g_variant_builder_add (&builder, "(sssts)", group->name, group->plugin->name, group->plugin->version,
                             (guint64) group->workers, level2_name (group));
    }
  return g_variant_builder_end (&builder);
}

static void
describe_machine (GVariantDict *dict)
{
  cpu_set_t set;
  GVariantBuilder ids;
  guint n = g_get_num_processors ();
  g_variant_builder_init (&ids, G_VARIANT_TYPE ("au"));
  if (sched_getaffinity (0, sizeof set, &set) == 0)
    {
      n = (guint) CPU_COUNT (&set);
      for (guint32 i = 0; i < CPU_SETSIZE; i++)
        if (CPU_ISSET (i, &set))
          g_variant_builder_add (&ids, "u", i);
    }
  g_variant_dict_insert (dict, "cores", "u", n);
  g_variant_dict_insert_value (dict, "core_ids", g_variant_builder_end (&ids));
  g_variant_dict_insert (dict, "memory", "t",
                         (guint64) sysconf (_SC_PHYS_PAGES) * (guint64) sysconf (_SC_PAGESIZE));
}

/* Every key of [glompo] with the value that holds, whether it was written or not. */
static GVariant *
describe_settings (const GlompoConfig *config)
{
  GVariantBuilder builder;
  gsize n;
  const GlompoOption *table = settings_table (&n);
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{ss}"));
  for (gsize i = 0; i < n; i++)
    {
      g_autofree char *value = options_get_text (config->settings_options, table[i].name);
      if (value != NULL)
        g_variant_builder_add (&builder, "{ss}", table[i].name, value);
    }
  return g_variant_builder_end (&builder);
}

void
chronicle_run_started (GlompoManager *manager)
{
  const GlompoConfig *config = manager->config;
  const Space *space = manager->space;
  static const char *const backends[] = { "threads", "processes", "processes_forced" };
  const char *file = glompo_registry_get_file (config->registry, config->task);
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_variant_dict_insert (&dict, "config", "s", config->text);
  g_autofree char *config_name = g_filename_display_name (config->name);
  g_variant_dict_insert (&dict, "config_name", "s", config_name);
  g_autofree char *base = g_filename_display_name (config->base_dir);
  g_variant_dict_insert (&dict, "base_directory", "s", base);
  g_variant_dict_insert (&dict, "seed", "t", manager->seed);
  g_variant_dict_insert (&dict, "version", "s", PACKAGE_VERSION);
  g_autofree char *abi = g_strdup_printf ("%u.%u", GLOMPO_ABI_MAJOR, GLOMPO_ABI_MINOR);
  g_variant_dict_insert (&dict, "abi", "s", abi);
  g_variant_dict_insert (&dict, "host", "s", g_get_host_name ());
  g_variant_dict_insert (&dict, "user", "s", g_get_user_name ());
  g_autofree char *directory = g_filename_display_name (manager->directory);
  g_variant_dict_insert (&dict, "directory", "s", directory);
  g_variant_dict_insert (&dict, "pid", "u", (guint32) getpid ());
  describe_machine (&dict);
  g_variant_dict_insert_value (&dict, "settings", describe_settings (config));
  g_variant_dict_insert (&dict, "task", "s", config->task->name);
  g_variant_dict_insert (&dict, "task_version", "s", config->task->version);
  g_autofree char *task_file = file != NULL ? g_filename_display_name (file) : g_strdup ("");
  g_variant_dict_insert (&dict, "task_file", "s", task_file);
  g_variant_dict_insert_value (&dict, "parameters",
                               g_variant_new_strv ((const char *const *) space->names, -1));
  g_variant_dict_insert_value (&dict, "lower", doubles (space->lower, space->n));
  g_variant_dict_insert_value (&dict, "upper", doubles (space->upper, space->n));
  g_variant_dict_insert_value (&dict, "fixed", describe_fixed (space));
  g_variant_dict_insert_value (&dict, "task_parameters",
                               g_variant_new_strv ((const char *const *) space->task_names, -1));
  g_variant_dict_insert_value (&dict, "extras", describe_extras (space));
  g_variant_dict_insert_value (&dict, "groups", describe_groups (config));
  g_variant_dict_insert (&dict, "backend", "s", backends[config->settings->backend]);
  g_variant_dict_insert (&dict, "max_jobs", "t", manager->run.max_jobs);
  g_variant_dict_insert (&dict, "records", "u", records_highest_type ());
  record (manager, GLOMPO_RECORD_RUN_STARTED, 0, &dict);
}

void
chronicle_findings (GlompoManager *manager, GPtrArray *findings)
{
  for (guint i = 0; i < findings->len; i++)
    {
      const GlompoFinding *finding = findings->pdata[i];
      g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
      g_variant_dict_insert (&dict, "code", "s", finding->code);
      g_variant_dict_insert (&dict, "severity", "s", glompo_severity_to_string (finding->severity));
      g_variant_dict_insert (&dict, "where", "s", finding->where);
      g_variant_dict_insert (&dict, "what", "s", finding->what);
      g_variant_dict_insert (&dict, "mend", "s", finding->mend);
      record (manager, GLOMPO_RECORD_FINDING, 0, &dict);
    }
}

void
chronicle_optimizer_started (GlompoManager *manager, const Optimizer *optimizer, const char *instead)
{
  g_autofree char *selector = policy_explain (manager->selector);
  g_autofree char *answer = policy_explain (manager->generator);
  g_autofree char *generator = g_strconcat (answer, instead, NULL);
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_variant_dict_insert (&dict, "group", "s", optimizer->group->name);
  g_variant_dict_insert (&dict, "type", "s", optimizer->group->plugin->name);
  g_variant_dict_insert (&dict, "version", "s", optimizer->group->plugin->version);
  g_variant_dict_insert (&dict, "workers", "t", (guint64) optimizer->group->workers);
  g_variant_dict_insert (&dict, "seed", "t", optimizer->seed);
  g_variant_dict_insert_value (&dict, "x0", doubles (optimizer->x0, manager->space->n));
  g_variant_dict_insert (&dict, "selector", "s", selector);
  g_variant_dict_insert (&dict, "generator", "s", generator);
  g_variant_dict_insert (&dict, "evaluations", "t", manager->run.evaluations);
  record (manager, GLOMPO_RECORD_OPTIMIZER_STARTED, optimizer->id, &dict);
}

void
chronicle_hunt (GlompoManager *manager, const Optimizer *victim, const char *verdict, const Condition *held,
                const char *reason)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_variant_dict_insert (&dict, "hunter", "t", manager->run.best_id);
  g_variant_dict_insert (&dict, "reason", "s", reason);
  g_variant_dict_insert (&dict, "evaluations", "t", manager->run.evaluations);
  g_variant_dict_insert (&dict, "hunt", "t", manager->run.hunts);
  g_variant_dict_insert (&dict, "verdict", "s", verdict);
  g_variant_dict_insert_value (&dict, "tree", condition_describe (held));
  record (manager, GLOMPO_RECORD_HUNT, victim->id, &dict);
}

void
chronicle_stop (GlompoManager *manager, const Optimizer *optimizer, const char *by, const char *reason)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_variant_dict_insert (&dict, "by", "s", by);
  g_variant_dict_insert (&dict, "reason", "s", reason);
  record (manager, GLOMPO_RECORD_STOP, optimizer->id, &dict);
}

static void
record_rest (GlompoManager *manager, GlompoRecordType type, guint64 id, const char *by, const char *reason)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_variant_dict_insert (&dict, "by", "s", by);
  g_variant_dict_insert (&dict, "reason", "s", reason);
  g_variant_dict_insert (&dict, "evaluations", "t", manager->run.evaluations);
  record (manager, type, id, &dict);
}

void
chronicle_freeze (GlompoManager *manager, const Optimizer *optimizer, const char *by, const char *reason)
{
  record_rest (manager, GLOMPO_RECORD_FREEZE, optimizer->id, by, reason);
}

void
chronicle_revive (GlompoManager *manager, const Optimizer *optimizer, const char *by, const char *reason)
{
  record_rest (manager, GLOMPO_RECORD_REVIVE, optimizer->id, by, reason);
}

void
chronicle_spawning_stopped (GlompoManager *manager, const char *by, const char *reason, const Condition *held)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_variant_dict_insert (&dict, "by", "s", by);
  g_variant_dict_insert (&dict, "reason", "s", reason);
  g_variant_dict_insert (&dict, "evaluations", "t", manager->run.evaluations);
  g_variant_dict_insert (&dict, "started", "t", manager->run.started);
  if (held != NULL)
    g_variant_dict_insert_value (&dict, "tree", condition_describe (held));
  record (manager, GLOMPO_RECORD_SPAWNING_STOPPED, 0, &dict);
}

void
chronicle_injection (GlompoManager *manager, const Optimizer *optimizer, const ChannelRecord *taken)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_variant_dict_insert_value (&dict, "x", doubles (taken->x, manager->space->n));
  g_variant_dict_insert (&dict, "f", "d", taken->f);
  g_variant_dict_insert (&dict, "from", "t", taken->from);
  g_variant_dict_insert (&dict, "point", "t", taken->point);
  if (taken->number > 0)
    g_variant_dict_insert (&dict, "look", "u", (guint32) taken->number);
  record (manager, GLOMPO_RECORD_INJECTION, optimizer->id, &dict);
}

static GVariant *
describe_metrics (const Optimizer *optimizer)
{
  GVariantBuilder builder;
  const char *const *names = optimizer->group->plugin->metrics;
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{sd}"));
  for (guint i = 0;
       optimizer->metrics != NULL && names != NULL && names[i] != NULL && i < optimizer->metrics->len; i++)
    g_variant_builder_add (&builder, "{sd}", names[i], g_array_index (optimizer->metrics, double, i));
  return g_variant_builder_end (&builder);
}

void
chronicle_optimizer_ended (GlompoManager *manager, const Optimizer *optimizer)
{
  const GlompoTrace *view = optimizer->view;
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_variant_dict_insert (&dict, "state", "s", life_to_string (optimizer->state));
  g_variant_dict_insert (&dict, "reason_code", "i", optimizer->reason_code);
  g_variant_dict_insert (&dict, "reason", "s", optimizer->reason);
  g_variant_dict_insert (&dict, "evaluations", "t", view->evaluations);
  g_variant_dict_insert (&dict, "failures", "t", view->failures);
  g_variant_dict_insert (&dict, "best_f", "d", view->best_f);
  g_variant_dict_insert (&dict, "seconds", "d",
                         (optimizer->end - optimizer->start) / (double) G_USEC_PER_SEC);
  if (optimizer->ended)
    g_variant_dict_insert (&dict, "said", "t", optimizer->said);
  g_variant_dict_insert_value (&dict, "metrics", describe_metrics (optimizer));
  record (manager, GLOMPO_RECORD_OPTIMIZER_ENDED, optimizer->id, &dict);
}

void
chronicle_status (GlompoManager *manager, const GlompoRunStatus *status)
{
  GVariantBuilder optimizers;
  g_variant_builder_init (&optimizers, G_VARIANT_TYPE ("a(td)"));
  for (guint i = 0; i < status->optimizers->len; i++)
    {
      const GlompoOptimizerStatus *o = status->optimizers->pdata[i];
      g_variant_builder_add (&optimizers, "(td)", o->id, o->last_f);
    }
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_variant_dict_insert (&dict, "evaluations", "t", status->evaluations);
  g_variant_dict_insert (&dict, "best_f", "d", status->best_f);
  g_variant_dict_insert (&dict, "best_id", "t", status->best_id);
  g_variant_dict_insert (&dict, "alive", "t", status->alive);
  g_variant_dict_insert (&dict, "frozen", "t", status->frozen);
  g_variant_dict_insert (&dict, "busy", "t", status->busy);
  g_variant_dict_insert (&dict, "max_jobs", "t", status->max_jobs);
  g_variant_dict_insert (&dict, "seconds", "d", status->seconds);
  g_variant_dict_insert_value (&dict, "optimizers", g_variant_builder_end (&optimizers));
  g_variant_dict_insert (&dict, "memory", "t", status->memory);
  g_variant_dict_insert (&dict, "cpu", "d", manager_usage (manager)->cpu);
  g_variant_dict_insert_value (&dict, "load", doubles (status->load, 3));
  record (manager, GLOMPO_RECORD_STATUS, 0, &dict);
}

void
chronicle_run_ended (GlompoManager *manager)
{
  const GlompoRun *run = &manager->run;
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_variant_dict_insert (&dict, "state", "s", glompo_run_state_to_string (manager->end_state));
  g_variant_dict_insert (&dict, "reason", "s", manager->end_reason);
  g_variant_dict_insert (&dict, "evaluations", "t", run->evaluations);
  g_variant_dict_insert (&dict, "failures", "t", run->failures);
  g_variant_dict_insert (&dict, "started", "t", run->started);
  g_variant_dict_insert (&dict, "converged", "t", run->converged);
  g_variant_dict_insert (&dict, "hunted", "t", run->hunted);
  g_variant_dict_insert (&dict, "crashed", "t", run->crashed);
  g_variant_dict_insert (&dict, "hunts", "t", run->hunts);
  g_variant_dict_insert (&dict, "freezes", "t", run->freezes);
  g_variant_dict_insert (&dict, "revivals", "t", run->revivals);
  g_variant_dict_insert (&dict, "seconds", "d", run->seconds_before + run->seconds);
  g_variant_dict_insert (&dict, "best_f", "d", run->best_f);
  g_variant_dict_insert (&dict, "best_id", "t", run->best_id);
  g_variant_dict_insert (&dict, "best_evaluation", "t", run->best_evaluation);
  g_variant_dict_insert_value (&dict, "best_x", doubles (run->best_x, run->best_id != 0 ? run->n : 0));
  if (manager->end_tree != NULL)
    g_variant_dict_insert_value (&dict, "tree", manager->end_tree);
  record (manager, GLOMPO_RECORD_RUN_ENDED, 0, &dict);
}

void
chronicle_setting_changed (GlompoManager *manager, const char *key, const char *value)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_variant_dict_insert (&dict, "key", "s", key);
  g_variant_dict_insert (&dict, "value", "s", value);
  g_variant_dict_insert (&dict, "evaluations", "t", manager->run.evaluations);
  if (g_str_equal (key, "max_jobs"))
    g_variant_dict_insert (&dict, "max_jobs", "t", manager->run.max_jobs);
  record (manager, GLOMPO_RECORD_SETTING_CHANGED, 0, &dict);
  g_autofree char *text = g_strdup_printf ("changed in the run: %s = %s", key, value);
  tell (manager, G_LOG_LEVEL_INFO, text);
}

void
chronicle_command (GlompoManager *manager, const GlompoCaller *caller, const char *command)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autofree char *text = g_utf8_make_valid (command, -1);
  g_autofree char *user = g_utf8_make_valid (caller->user != NULL ? caller->user : "", -1);
  g_variant_dict_insert (&dict, "command", "s", text);
  g_variant_dict_insert (&dict, "from", "s", caller->from);
  g_variant_dict_insert (&dict, "uid", "u", caller->uid);
  g_variant_dict_insert (&dict, "user", "s", user);
  g_variant_dict_insert (&dict, "pid", "i", caller->pid);
  record (manager, GLOMPO_RECORD_COMMAND, 0, &dict);
}
