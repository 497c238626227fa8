/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "policy-fixture.h"
#include <math.h>
#include <string.h>

static const double lower[] = { 0.0, 0.0 };
static const double upper[] = { 3.0, 4.0 };
static const char *const names[] = { "x", "y", NULL };

Rig *
rig_new (GlompoKind kind, const char *text, guint64 seed, GError **error)
{
  g_autoptr (Rig) rig = g_new0 (Rig, 1);
  g_autoptr (GPtrArray) faults = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) local = NULL;
  rig->registry = glompo_registry_new ();
  rig->expression = expression_parse (text, &local);
  if (rig->expression == NULL)
    g_error ("%s", local->message);
  expression_resolve (rig->expression, kind, rig->registry, text, faults);
  if (faults->len > 0 && error == NULL)
    g_error ("%s", (const char *) g_ptr_array_index (faults, 0));
  if (faults->len > 0)
    {
      g_set_error_literal (error, GLOMPO_CONFIG_ERROR, GLOMPO_CONFIG_ERROR_INVALID,
                           g_ptr_array_index (faults, 0));
      return NULL;
    }

  rig->problem = (GlompoProblem){ .struct_size = sizeof (GlompoProblem),
                                  .n = 2,
                                  .lower = lower,
                                  .upper = upper,
                                  .names = names,
                                  .max_in_flight = 1 };
  rig->traces = g_ptr_array_new_with_free_func ((GDestroyNotify) trace_free);
  rig->views = g_ptr_array_new ();
  rig->window.struct_size = sizeof rig->window;
  rig->run = (GlompoRun){ .struct_size = sizeof (GlompoRun),
                          .n = 2,
                          .lower = lower,
                          .upper = upper,
                          .best_f = INFINITY,
                          .best_x = rig->best_x,
                          .max_jobs = 4 };
  if (kind == GLOMPO_KIND_HUNTER || kind == GLOMPO_KIND_CHECKER)
    rig->condition = condition_new (rig->expression, &rig->problem, seed, NULL, NULL, error);
  else
    rig->policy = policy_new (rig->expression, &rig->problem, seed, NULL, NULL, error);
  if (rig->condition == NULL && rig->policy == NULL)
    return NULL;
  if (rig->condition != NULL)
    condition_window (rig->condition, &rig->window);
  return g_steal_pointer (&rig);
}

void
rig_free (Rig *rig)
{
  condition_free (rig->condition);
  policy_free (rig->policy);
  g_clear_pointer (&rig->expression, expression_free);
  g_clear_pointer (&rig->traces, g_ptr_array_unref);
  g_clear_pointer (&rig->views, g_ptr_array_unref);
  g_clear_pointer (&rig->registry, glompo_registry_unref);
  g_free (rig);
}

guint64
rig_start (Rig *rig, const char *group, const char *type)
{
  Trace *trace = trace_new (rig->traces->len + 1, group, type, 2, &rig->window);
  g_ptr_array_add (rig->traces, trace);
  trace_view (trace)->alive = true;
  g_ptr_array_add (rig->views, trace_view (trace));
  rig->run.traces = (const GlompoTrace *const *) rig->views->pdata;
  rig->run.n_traces = rig->run.started = rig->traces->len;
  return rig->traces->len;
}

GlompoTrace *
rig_view (Rig *rig, guint64 id)
{
  return g_ptr_array_index (rig->views, id - 1);
}

void
rig_evaluate (Rig *rig, guint64 id, double f, double x, double y)
{
  const double point[] = { x, y };
  gboolean failed = !isfinite (f);
  trace_add (g_ptr_array_index (rig->traces, id - 1), failed ? INFINITY : f,
             failed ? GLOMPO_STATUS_FAILED : GLOMPO_STATUS_EVALUATED, point);
  rig->run.evaluations++;
  rig->run.failures += failed;
  if (!failed && f < rig->run.best_f)
    {
      rig->run.best_f = f;
      rig->run.best_id = id;
      rig->run.best_evaluation = rig->run.evaluations;
      memcpy (rig->best_x, point, sizeof point);
    }
}

void
rig_evaluate_all (Rig *rig, guint64 id, const char *values)
{
  g_auto (GStrv) words = g_strsplit (values, " ", -1);
  for (gsize i = 0; words[i] != NULL; i++)
    if (*words[i] != '\0')
      rig_evaluate (rig, id, g_ascii_strtod (words[i], NULL), 0.0, 0.0);
}

gboolean
rig_hunt (Rig *rig, guint64 id)
{
  guint64 best_id = rig->run.best_id != 0 ? rig->run.best_id : 1;
  rig->run.hunts++;
  return condition_test_victim (rig->condition, &rig->run, rig_view (rig, best_id), rig_view (rig, id));
}

void
rig_set_groups (Rig *rig, gsize n, const guint64 *workers, guint64 max_jobs)
{
  static const char *const group_names[] = { "a", "b", "c", "d" };
  for (gsize i = 0; i < n; i++)
    rig->groups[i] = (GlompoGroup){ .struct_size = sizeof (GlompoGroup),
                                    .name = group_names[i],
                                    .type = "random",
                                    .workers = workers[i],
                                    .best_f = INFINITY };
  rig->run.groups = rig->groups;
  rig->run.n_groups = n;
  rig->run.max_jobs = max_jobs;
}

char *
rig_explain_leaf (Rig *rig)
{
  g_autofree char *text = condition_explain (rig->condition);
  g_autofree char *call = expression_to_string (rig->expression);
  if (!g_str_has_prefix (text, call) || !g_str_has_prefix (text + strlen (call), ": "))
    return g_strdup (text);
  return g_strdup (text + strlen (call) + 2);
}

void
rig_refuses (GlompoKind kind, const char *text, const char *part)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Rig) rig = rig_new (kind, text, 1, &error);
  CU_ASSERT_PTR_NULL (rig);
  if (error == NULL)
    g_error ("%s was accepted, wanted a refusal with \"%s\"", text, part);
  CU_ASSERT_TRUE (g_error_matches (error, GLOMPO_PLUGIN_ERROR, GLOMPO_PLUGIN_ERROR_CREATE)
                  || g_error_matches (error, GLOMPO_CONFIG_ERROR, GLOMPO_CONFIG_ERROR_INVALID));
  TEST_CONTAINS (error->message, part);
}

Rig *
rig_new_generator (const char *text, guint64 seed)
{
  g_autoptr (GError) error = NULL;
  Rig *rig = rig_new (GLOMPO_KIND_GENERATOR, text, seed, &error);
  if (rig == NULL)
    g_error ("%s", error->message);
  return rig;
}

Point
rig_next (Rig *rig)
{
  Point point = { { NAN, NAN } };
  g_autoptr (GError) error = NULL;
  CU_ASSERT_TRUE_FATAL (policy_generate (rig->policy, &rig->run, point.x, &error));
  CU_ASSERT_TRUE_FATAL (point.x[0] >= 0 && point.x[0] <= 3 && point.x[1] >= 0 && point.x[1] <= 4);
  return point;
}
