/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Thread: the manager's. What a generator or a selector answers is checked before anyone acts on it. */
#include "policy/policy.h"
#include "base/text.h"
#include "policy/instance.h"
#include <string.h>

struct _Policy {
  const Expression *expression;
  GlompoProblem problem;
  Instance instance;
};

Policy *
policy_new (const Expression *expression, const GlompoProblem *problem, guint64 seed, PolicyLog log,
            gpointer log_data, GError **error)
{
  InstanceContext context = { .seed = seed, .log = log, .log_data = log_data };
  g_autoptr (Policy) policy = g_new0 (Policy, 1);
  policy->expression = expression;
  policy->problem = *problem;
  policy->problem.x0 = NULL;
  if (!instance_init (&policy->instance, expression, &policy->problem, &context, error))
    return NULL;
  return g_steal_pointer (&policy);
}

void
policy_free (Policy *policy)
{
  if (policy == NULL)
    return;
  instance_clear (&policy->instance);
  g_free (policy);
}

/* NULL, or what is wrong with the point. */
static char *
find_fault (const GlompoProblem *problem, const double *x)
{
  for (gsize i = 0; i < problem->n; i++)
    if (!(x[i] >= problem->lower[i] && x[i] <= problem->upper[i]))
      {
        char found[TEXT_DOUBLE_SIZE], lower[TEXT_DOUBLE_SIZE], upper[TEXT_DOUBLE_SIZE];
        return g_strdup_printf ("start point: %s is %s, wanted a number from %s to %s", problem->names[i],
                                text_from_double (x[i], found), text_from_double (problem->lower[i], lower),
                                text_from_double (problem->upper[i], upper));
      }
  return NULL;
}

gboolean
policy_generate (Policy *policy, const GlompoRun *run, double *out_x, GError **error)
{
  Instance *instance = &policy->instance;
  g_autofree double *x = g_new0 (double, policy->problem.n);
  if (!instance->plugin->generator->generate (instance->self, run, x))
    return instance_fail (instance, "it gave no start point and did not say why", error);
  g_autofree char *fault = find_fault (&policy->problem, x);
  if (fault != NULL)
    return instance_fail (instance, fault, error);
  memcpy (out_x, x, policy->problem.n * sizeof (double));
  return TRUE;
}

gboolean
policy_select (Policy *policy, const GlompoRun *run, guint64 free_slots, gint64 *out_index, GError **error)
{
  Instance *instance = &policy->instance;
  gint64 index = instance->plugin->selector->select (instance->self, run, free_slots);
  gboolean a_group = index >= 0 && (guint64) index < run->n_groups;
  gboolean fits = a_group && run->groups[index].workers <= free_slots;
  if (fits || index == GLOMPO_SELECT_NONE_FITS || index == GLOMPO_SELECT_NEVER)
    {
      *out_index = index;
      return TRUE;
    }
  g_autofree char *fault = NULL;
  if (a_group)
    fault = g_strdup_printf ("it chose [optimizer %s], whose workers = %" G_GUINT64_FORMAT
                             " do not fit in %" G_GUINT64_FORMAT " free slots",
                             run->groups[index].name, run->groups[index].workers, free_slots);
  else
    fault = g_strdup_printf ("it chose group %" G_GINT64_FORMAT ", wanted one of 0 to %" G_GSIZE_FORMAT,
                             index, run->n_groups - 1);
  return instance_fail (instance, fault, error);
}

gboolean
policy_revive (Policy *policy, const GlompoRun *run, guint64 free_slots, guint64 *out_id, GError **error)
{
  Instance *instance = &policy->instance;
  const GlompoSelectorVTable *selector = instance->plugin->selector;
  guint64 id = selector->revive != NULL ? selector->revive (instance->self, run, free_slots) : 0;
  gboolean frozen = id >= 1 && id <= run->n_traces && run->traces[id - 1]->frozen;
  if (id == 0 || (frozen && run->traces[id - 1]->workers <= free_slots))
    {
      *out_id = id;
      return TRUE;
    }
  g_autofree char *fault
      = g_strdup_printf ("it revived optimizer %" G_GUINT64_FORMAT ", which %s", id,
                         frozen ? "does not fit in the free slots" : "is not frozen by a hunter");
  return instance_fail (instance, fault, error);
}

char *
policy_explain (const Policy *policy)
{
  char text[256] = "";
  const Instance *instance = &policy->instance;
  const GlompoPlugin *plugin = instance->plugin;
  void (*explain) (void *, char *, size_t)
      = plugin->selector != NULL ? plugin->selector->explain : plugin->generator->explain;
  if (explain != NULL)
    explain (instance->self, text, sizeof text);
  text[sizeof text - 1] = '\0';
  g_autofree char *call = expression_to_string (policy->expression);
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  for (char *c = valid; *c != '\0'; c++)
    if (g_ascii_iscntrl (*c))
      *c = ' ';
  return g_strconcat (call, *valid != '\0' ? ": " : "", valid, NULL);
}
