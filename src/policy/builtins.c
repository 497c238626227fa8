/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All that is built in, in one list. A new component is its file, its line in component.h, and one here. */
#include "plugin/registry.h"
#include "policy/component.h"
#include "policy/policy.h"

static const GlompoPlugin *const built_in[] = {
  &hunter_best_unmoving,
  &hunter_evaluations_unmoving,
  &hunter_last_points_invalid,
  &hunter_min_func_calls,
  &hunter_min_seconds,
  &hunter_parameter_distance,
  &hunter_patience,
  &hunter_stalled,
  &hunter_step_size,
  &hunter_time_annealing,
  &hunter_type,
  &hunter_value_annealing,
  &checker_iter_spawn_stop,
  &checker_kills_after_convergence,
  &checker_max_failures,
  &checker_max_func_calls,
  &checker_max_kills,
  &checker_max_opts_started,
  &checker_max_seconds,
  &checker_n_opt_converged,
  &checker_n_optimizers_spawn_stop,
  &checker_no_improvement,
  &checker_signal,
  &checker_target_cost,
  &generator_annealing,
  &generator_basin_hopping,
  &generator_exploit_explore,
  &generator_incumbent,
  &generator_latin_hypercube,
  &generator_perturbation,
  &generator_random,
  &generator_repelling,
  &generator_single_point,
  &generator_sobol,
  &selector_bandit,
  &selector_chain,
  &selector_cycle,
  &selector_random,
  NULL,
};

const GlompoPlugin *const *
policy_built_in (void)
{
  return built_in;
}

/* The registry has copies of descriptors, whose texts are those of the originals. */
static gboolean
is_built_in (const GlompoPlugin *plugin)
{
  for (const GlompoPlugin *const *known = built_in; *known != NULL; known++)
    if ((*known)->name == plugin->name)
      return TRUE;
  return FALSE;
}

static gboolean
any_needs_last_points (const GPtrArray *expressions)
{
  for (guint i = 0; expressions != NULL && i < expressions->len; i++)
    if (policy_needs_last_points (expressions->pdata[i]))
      return TRUE;
  return FALSE;
}

gboolean
policy_needs_last_points (const Expression *expression)
{
  if (expression == NULL)
    return FALSE;
  if (expression->type != EXPRESSION_CALL)
    return any_needs_last_points (expression->children);
  return !is_built_in (expression->plugin) || expression->plugin->name == hunter_parameter_distance.name
         || any_needs_last_points (expression->conditions);
}

GlompoRegistry *
glompo_registry_new (void)
{
  GlompoRegistry *registry = registry_new_empty ();
  for (const GlompoPlugin *const *plugin = built_in; *plugin != NULL; plugin++)
    registry_add_built_in (registry, *plugin);
  return registry;
}
