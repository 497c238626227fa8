/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What only the parts of a run can find wrong with a configuration: the task, the optimizers, the policies.
 * They are made and let go again, as far as what was read of the file allows. Thread: the caller's.
 */
#include "manager/manager-private.h"
#include "model/trial.h"

static gboolean
knows_all_plugins (const GlompoConfig *config)
{
  for (guint i = 0; i < config->groups->len; i++)
    if (((const OptimizerGroup *) config->groups->pdata[i])->plugin == NULL)
      return FALSE;
  return config->groups->len > 0;
}

/* Those whose plugin is a file: one that is part of this program has nobody to try it for. */
static void
try_optimizers (const GlompoConfig *config, const Space *space, guint64 seed, Faults *faults)
{
  for (guint i = 0; i < config->groups->len; i++)
    {
      const OptimizerGroup *group = config->groups->pdata[i];
      const char *file = group->sound ? glompo_registry_get_file (config->registry, group->plugin) : NULL;
      const Trial trial = { .plugin = group->plugin,
                            .file = file,
                            .options = group->options,
                            .space = space,
                            .max_in_flight = (guint64) group->workers,
                            .seed = seed,
                            .timeout = config->settings->task_timeout };
      g_autofree char *name = g_strconcat ("optimizer ", group->name, NULL);
      g_autoptr (GError) error = NULL;
      if (file != NULL && !trial_run (&trial, &error))
        config_add_refusal (config, faults, name, error->message);
    }
}

static void
inspect (GlompoConfig *config, Faults *faults)
{
  if (config->settings == NULL)
    return; /* there is nothing in it */
  g_autoptr (GlompoManager) manager = glompo_manager_new (config, NULL, FALSE);
  manager->seed = config->declaration != NULL ? config_get_seed (config) : 0;
  manager_set_up_parts (manager, faults);
  if (manager->space != NULL)
    try_optimizers (config, manager->space, manager->seed, faults);
  if (manager->space != NULL && manager->selector != NULL && knows_all_plugins (config))
    manager_try_selector (manager, faults);
}

gboolean
glompo_manager_try (GlompoConfig *config, GError **error)
{
  g_return_val_if_fail (config != NULL, FALSE);
  g_auto (Faults) faults = { 0 };
  faults_init (&faults, config->name);
  inspect (config, &faults);
  return !faults_to_error (&faults, error);
}

GlompoConfig *
glompo_manager_read_file (const char *path, const char *const *overrides, GlompoRegistry *registry,
                          GError **error)
{
  g_return_val_if_fail (path != NULL && registry != NULL, NULL);
  return config_new_from_file (path, overrides, registry, inspect, error);
}
