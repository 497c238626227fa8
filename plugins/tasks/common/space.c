/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tasks/common/space.h"
#include <math.h>
#include <string.h>

#define MOST_PARAMETERS 1000000u

/* How many parameters there are; lists of one number are for all of them and tell nothing. */
static gboolean
count_parameters (TaskSpace *space, const TaskSpaceOptions *o, gsize n_names, GError **error)
{
  const struct {
    const char *name;
    gsize n;
  } lists[] = { { "lower", o->lower.n }, { "upper", o->upper.n }, { "start", o->start.n } };
  space->n = o->dims != GLOMPO_AUTO_INTEGER ? (gsize) o->dims : n_names;
  for (gsize i = 0; i < G_N_ELEMENTS (lists) && space->n == 0; i++)
    space->n = lists[i].n > 1 ? lists[i].n : 0;
  if (space->n == 0)
    return task_refuse (
        error, "found no number of parameters, wanted dims, names, lower and upper with a number for each "
               "parameter, or a line for each in [parameters]");
  if (space->n > MOST_PARAMETERS)
    return task_refuse (error, "found %" G_GSIZE_FORMAT " parameters, wanted at most %u", space->n,
                        MOST_PARAMETERS);
  if (n_names > 0 && n_names != space->n)
    return task_refuse (error,
                        "names: found %" G_GSIZE_FORMAT " names for %" G_GSIZE_FORMAT " parameters (dims)",
                        n_names, space->n);
  for (gsize i = 0; i < G_N_ELEMENTS (lists); i++)
    if (lists[i].n > 1 && lists[i].n != space->n)
      return task_refuse (error,
                          "%s: found %" G_GSIZE_FORMAT " numbers for %" G_GSIZE_FORMAT
                          " parameters, wanted one or %" G_GSIZE_FORMAT,
                          lists[i].name, lists[i].n, space->n, space->n);
  return TRUE;
}

static gboolean
take_names (TaskSpace *space, char **given, GError **error)
{
  space->names = g_new0 (char *, space->n + 1);
  space->index = g_hash_table_new (g_str_hash, g_str_equal);
  for (gsize i = 0; i < space->n; i++)
    {
      space->names[i] = given[0] != NULL ? g_strdup (given[i]) : g_strdup_printf ("x%" G_GSIZE_FORMAT, i + 1);
      if (!g_hash_table_insert (space->index, space->names[i], GSIZE_TO_POINTER (i + 1)))
        return task_refuse (error, "names: found '%s' twice, wanted each name once", space->names[i]);
    }
  return TRUE;
}

static double
entry (const GlompoReals *list, gsize i)
{
  return list->values[list->n > 1 ? i : 0];
}

static gboolean
take_bounds (TaskSpace *space, const TaskSpaceOptions *o, GError **error)
{
  gboolean lists = o->lower.n > 0 && o->upper.n > 0;
  if (o->bounds.n == 0 && !lists)
    return task_refuse (
        error, "found no bounds, wanted bounds = LOWER, UPPER for all parameters, both lower and upper, or a "
               "line for each in [parameters]");
  if (o->bounds.n != 0 && (o->lower.n > 0 || o->upper.n > 0))
    return task_refuse (error, "found bounds together with lower or upper, wanted either");
  if (!lists && o->bounds.n != 2)
    return task_refuse (error,
                        "bounds: found %" G_GSIZE_FORMAT
                        " numbers, wanted two for all parameters; lower and upper "
                        "take a number for each",
                        o->bounds.n);
  space->lower = g_new (double, space->n);
  space->upper = g_new (double, space->n);
  space->start = o->start.n > 0 ? g_new (double, space->n) : NULL;
  for (gsize i = 0; i < space->n; i++)
    {
      double lower = lists ? entry (&o->lower, i) : o->bounds.values[0];
      double upper = lists ? entry (&o->upper, i) : o->bounds.values[1];
      if (!(lower <= upper) || !isfinite (upper - lower))
        return task_refuse (error, "the bounds of %s are %g and %g, wanted the first one not above",
                            space->names[i], lower, upper);
      space->lower[i] = lower;
      space->upper[i] = upper;
      if (space->start == NULL)
        continue;
      space->start[i] = entry (&o->start, i);
      if (!(space->start[i] >= lower && space->start[i] <= upper))
        return task_refuse (error, "start: found %g for %s, wanted a number within its bounds %g and %g",
                            space->start[i], space->names[i], lower, upper);
    }
  return TRUE;
}

static gboolean
take_extras (TaskSpace *space, const char *text, GError **error)
{
  g_autoptr (GArray) counts = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_auto (GStrv) names = words_list (text, counts, error);
  if (names == NULL)
    {
      g_prefix_error (error, "extras: ");
      return FALSE;
    }
  space->extras = g_new0 (GlompoExtra, counts->len + 1);
  for (guint i = 0; i < counts->len; i++)
    {
      for (guint k = 0; k < i; k++)
        if (strcmp (names[k], names[i]) == 0)
          return task_refuse (error, "extras: found '%s' twice, wanted each name once", names[i]);
      guint32 count = g_array_index (counts, guint32, i);
      space->extras[i] = (GlompoExtra){ g_strdup (names[i]), GLOMPO_EXTRA_REAL, count };
      space->n_extras = i + 1;
      space->extras_size += count;
    }
  return TRUE;
}

TaskSpace *
task_space_new (const TaskSpaceOptions *options, GError **error)
{
  g_autoptr (TaskSpace) space = g_new0 (TaskSpace, 1);
  const char *given = strcmp (options->names, TASK_SPACE_NAMES) != 0 ? options->names : "";
  g_auto (GStrv) names = words_list (given, NULL, error);
  if (names == NULL)
    {
      g_prefix_error (error, "names: ");
      return NULL;
    }
  if (!count_parameters (space, options, g_strv_length (names), error) || !take_names (space, names, error)
      || !take_bounds (space, options, error) || !take_extras (space, options->extras, error))
    return NULL;
  return g_steal_pointer (&space);
}

void
task_space_free (TaskSpace *space)
{
  if (space == NULL)
    return;
  for (gsize i = 0; i < space->n_extras; i++)
    g_free ((gpointer) space->extras[i].name);
  g_free (space->extras);
  g_clear_pointer (&space->index, g_hash_table_unref);
  g_strfreev (space->names);
  g_free (space->lower);
  g_free (space->upper);
  g_free (space->start);
  g_free (space);
}

void
task_space_describe (const TaskSpace *space, GlompoParameters *out)
{
  out->n = space->n;
  out->lower = space->lower;
  out->upper = space->upper;
  out->start = space->start;
  out->names = (const char *const *) space->names;
}

void
task_space_fail (const TaskSpace *space, GlompoStatus status, GlompoResult *result)
{
  result->status = (int32_t) status;
  result->f = INFINITY;
  for (gsize i = 0; result->extras != NULL && i < space->extras_size; i++)
    result->extras[i] = NAN;
}
