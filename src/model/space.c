/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/space.h"
#include "base/text.h"
#include <math.h>
#include <string.h>

/* Far beyond any sensible search; keeps sizes of records and rings sane. */
#define MAX_PARAMETERS 1000000u

static gboolean
fail (GError **error, const GlompoPlugin *task, const char *format, ...) G_GNUC_PRINTF (3, 4);

static gboolean
fail (GError **error, const GlompoPlugin *task, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, GLOMPO_PLUGIN_ERROR, GLOMPO_PLUGIN_ERROR_CREATE, "task %s: %s", task->name, text);
  return FALSE;
}

static gboolean
copy_names (Space *space, const GlompoPlugin *task, const char *const *names, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  space->names = g_new0 (char *, space->n + 1);
  for (gsize i = 0; i < space->n; i++)
    {
      space->names[i] = names != NULL ? g_strdup (names[i]) : g_strdup_printf ("x%" G_GSIZE_FORMAT, i + 1);
      if (space->names[i] == NULL || *space->names[i] == '\0' || !g_utf8_validate (space->names[i], -1, NULL))
        return fail (error, task, "the name of parameter %" G_GSIZE_FORMAT " is empty or not UTF-8", i + 1);
      if (!g_hash_table_add (seen, space->names[i]))
        return fail (error, task, "two parameters have the name %s", space->names[i]);
    }
  return TRUE;
}

static gboolean
copy_bounds (Space *space, const GlompoPlugin *task, const GlompoParameters *p, GError **error)
{
  if (p->lower == NULL || p->upper == NULL)
    return fail (error, task, "it declares no bounds");
  for (gsize i = 0; i < space->n; i++)
    {
      if (!isfinite (p->lower[i]) || !isfinite (p->upper[i]) || !(p->lower[i] <= p->upper[i]))
        return fail (error, task,
                     "the bounds of %s are %g and %g, wanted finite numbers, the first one not above",
                     space->names[i], p->lower[i], p->upper[i]);
      if (!isfinite (p->upper[i] - p->lower[i]))
        return fail (
            error, task,
            "the bounds of %s are %g and %g, whose distance is more than the largest number, 1.8e308; "
            "wanted them closer together",
            space->names[i], p->lower[i], p->upper[i]);
      if (p->start != NULL && !(p->start[i] >= p->lower[i] && p->start[i] <= p->upper[i]))
        return fail (error, task, "the start value of %s is %g, outside its bounds %g and %g",
                     space->names[i], p->start[i], p->lower[i], p->upper[i]);
    }
  space->lower = g_memdup2 (p->lower, space->n * sizeof (double));
  space->upper = g_memdup2 (p->upper, space->n * sizeof (double));
  if (p->start != NULL)
    space->start = g_memdup2 (p->start, space->n * sizeof (double));
  if (p->integer != NULL && memchr (p->integer, 1, space->n) != NULL)
    space->integer = g_memdup2 (p->integer, space->n);
  return TRUE;
}

static gboolean
copy_extras (Space *space, const GlompoPlugin *task, gpointer instance, GError **error)
{
  const GlompoExtra *extras = NULL;
  gsize n = task->task->extras != NULL ? task->task->extras (instance, &extras) : 0;
  if (n > 0 && extras == NULL)
    return fail (error, task, "it declares %" G_GSIZE_FORMAT " extras but does not say which", n);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  space->extras = g_new0 (GlompoExtra, n + 1);
  for (gsize i = 0; i < n; i++)
    {
      const char *name = extras[i].name;
      if (name == NULL || *name == '\0' || !g_utf8_validate (name, -1, NULL) || extras[i].count == 0
          || extras[i].count > MAX_PARAMETERS || extras[i].type > GLOMPO_EXTRA_BOOLEAN)
        return fail (error, task, "extra %" G_GSIZE_FORMAT " lacks a name, or has no or an unknown content",
                     i + 1);
      space->extras[i] = (GlompoExtra){ g_strdup (name), extras[i].type, extras[i].count };
      space->n_extras = i + 1;
      space->extras_size += extras[i].count;
      if (!g_hash_table_add (seen, (gpointer) space->extras[i].name))
        return fail (error, task, "two extras have the name %s", name);
    }
  return TRUE;
}

static void
copy_target (Space *space, const GlompoPlugin *task, gpointer instance)
{
  GlompoTarget target = { .struct_size = sizeof target };
  if (task->task->target != NULL)
    task->task->target (instance, &target);
  space->has_target = target.has_f && isfinite (target.f);
  space->target = target.f;
}

Space *
space_new (const GlompoPlugin *task, gpointer instance, GError **error)
{
  g_autoptr (Space) space = g_new0 (Space, 1);
  g_atomic_ref_count_init (&space->refs);
  GlompoParameters p = { .struct_size = sizeof p };
  if (!task->task->parameters (instance, &p))
    {
      fail (error, task, "it cannot describe its parameters");
      return NULL;
    }
  space->n = p.n;
  if (p.n == 0 || p.n > MAX_PARAMETERS)
    {
      fail (error, task, "it has %" G_GSIZE_FORMAT " parameters, wanted 1 to %u", p.n, MAX_PARAMETERS);
      return NULL;
    }
  if (!copy_names (space, task, p.names, error) || !copy_bounds (space, task, &p, error)
      || !copy_extras (space, task, instance, error))
    return NULL;
  copy_target (space, task, instance);
  space->n_residuals = task->task->residuals != NULL ? task->task->residuals (instance) : 0;
  space->has_gradient = task->task->gradient != NULL || (task->capabilities & GLOMPO_CAP_GRADIENT) != 0;
  if (space->has_gradient && task->task->has_gradient != NULL)
    space->has_gradient = task->task->has_gradient (instance);
  guint32 concurrency
      = task->task->concurrency != NULL ? task->task->concurrency (instance) : task->concurrency;
  if (concurrency < GLOMPO_CONCURRENT || concurrency > GLOMPO_EXTERNAL)
    {
      fail (error, task, "it declares the concurrency %u, wanted a GlompoConcurrency (1 to 4)", concurrency);
      return NULL;
    }
  space->concurrency = concurrency;
  space->n_task = space->n;
  space->task_names = g_strdupv (space->names);
  return g_steal_pointer (&space);
}

/* ---- what the user says ---- */

/* Names of the parameters -> their places from 1. (transfer full) */
static GHashTable *
index_names (const Space *space)
{
  GHashTable *places = g_hash_table_new (g_str_hash, g_str_equal);
  for (gsize i = 0; i < space->n; i++)
    g_hash_table_insert (places, space->names[i], GSIZE_TO_POINTER (i + 1));
  return places;
}

/* The setting of each parameter, or NULL. *out_certain: none that is not found would fix one. g_free() */
static const ParameterSetting **
find_settings (const Space *space, const GPtrArray *settings, GPtrArray *faults, gboolean *out_certain)
{
  g_autoptr (GHashTable) places = index_names (space);
  const ParameterSetting *otherwise = NULL, **found = g_new0 (const ParameterSetting *, space->n);
  for (guint i = 0; i < settings->len; i++)
    {
      const ParameterSetting *setting = settings->pdata[i];
      gsize place = GPOINTER_TO_SIZE (g_hash_table_lookup (places, setting->name));
      if (place > 0)
        found[place - 1] = setting;
      else if (g_str_equal (setting->name, PARAMETER_DEFAULT))
        otherwise = setting;
      else
        {
          *out_certain &= setting->lower < setting->upper;
          const char *nearest = text_nearest (setting->name, (const char *const *) space->names);
          parameter_faults_add (
              faults, setting->name, g_strdup ("no such parameter"),
              nearest != NULL ? g_strdup_printf ("; did you mean %s?", nearest)
                              : g_strdup_printf (", wanted one of the task's, as in %s", space->names[0]));
        }
    }
  for (gsize i = 0; i < space->n; i++)
    if (found[i] == NULL)
      found[i] = otherwise;
  return found;
}

static void
apply_to_one (Space *space, gsize i, const ParameterSetting *setting)
{
  space->lower[i] = setting->lower;
  space->upper[i] = setting->upper;
  if (space->start != NULL)
    space->start[i] = CLAMP (space->start[i], setting->lower, setting->upper);
  if (!isnan (setting->start) || space->start != NULL)
    space->given_start[i] = isnan (setting->start) ? space->start[i] : setting->start;
  if (setting->integer && space->integer == NULL)
    space->integer = g_new0 (guint8, space->n);
  if (space->integer != NULL && setting->typed)
    space->integer[i] = setting->integer;
}

/* Integers that the task wants may be left without a number by bounds of the user's. */
static void
check_integers (const Space *space, GPtrArray *faults)
{
  char low[TEXT_DOUBLE_SIZE], high[TEXT_DOUBLE_SIZE];
  for (gsize i = 0; space->integer != NULL && i < space->n; i++)
    if (space->integer[i] && ceil (space->lower[i]) > floor (space->upper[i]))
      parameter_faults_add (faults, space->names[i],
                            g_strdup_printf ("no whole number from %s to %s",
                                             text_from_double (space->lower[i], low),
                                             text_from_double (space->upper[i], high)),
                            g_strdup (", wanted bounds around at least one, or type=real"));
}

/* Takes the fixed parameters out of the search. */
static void
narrow (Space *space)
{
  gsize kept = 0;
  space->fixed = g_memdup2 (space->lower, space->n * sizeof (double));
  space->place = g_new (gsize, space->n);
  for (gsize i = 0; i < space->n; i++)
    {
      char *name = space->names[i];
      space->names[i] = NULL;
      if (space->lower[i] == space->upper[i])
        {
          g_free (name);
          continue;
        }
      space->names[kept] = name;
      space->lower[kept] = space->lower[i];
      space->upper[kept] = space->upper[i];
      space->given_start[kept] = space->given_start[i];
      if (space->start != NULL)
        space->start[kept] = space->start[i];
      if (space->integer != NULL)
        space->integer[kept] = space->integer[i];
      space->place[kept++] = i;
    }
  space->n = kept;
}

gboolean
space_apply (Space *space, GPtrArray *settings, GPtrArray *faults)
{
  gboolean fixes = FALSE, certain = TRUE;
  guint before = faults->len;
  g_autofree const ParameterSetting **found = find_settings (space, settings, faults, &certain);
  space->given_start = g_new (double, space->n);
  for (gsize i = 0; i < space->n; i++)
    {
      space->given_start[i] = space->start != NULL ? space->start[i] : NAN;
      if (found[i] != NULL)
        apply_to_one (space, i, found[i]);
      fixes |= space->lower[i] == space->upper[i];
    }
  check_integers (space, faults);
  if (fixes)
    narrow (space);
  if (space->n == 0 && faults->len == before)
    parameter_faults_add (faults, NULL, g_strdup ("every parameter fixed"),
                          g_strdup (", wanted at least one to search"));
  if (!certain)
    space->n = 0;
  return faults->len == before;
}

GlompoProblem
space_to_problem (const Space *space)
{
  return (GlompoProblem){
    .struct_size = sizeof (GlompoProblem),
    .n = space->n,
    .lower = space->lower,
    .upper = space->upper,
    .integer = space->integer,
    .names = (const char *const *) space->names,
    .n_residuals = space->n_residuals,
    .has_gradient = space->has_gradient,
  };
}

void
space_expand (const Space *space, const double *x, double *out)
{
  memcpy (out, space->fixed, space->n_task * sizeof *out);
  for (gsize i = 0; i < space->n; i++)
    out[space->place[i]] = x[i];
}

Space *
space_ref (Space *space)
{
  g_atomic_ref_count_inc (&space->refs);
  return space;
}

void
space_unref (Space *space)
{
  if (space == NULL || !g_atomic_ref_count_dec (&space->refs))
    return;
  g_strfreev (space->names);
  g_free (space->lower);
  g_free (space->upper);
  g_free (space->start);
  g_free (space->integer);
  g_free (space->given_start);
  g_strfreev (space->task_names);
  g_free (space->fixed);
  g_free (space->place);
  for (gsize i = 0; i < space->n_extras; i++)
    g_free ((gpointer) space->extras[i].name);
  g_free (space->extras);
  g_free (space);
}

#define SPACE_TYPE "(ayadadadaya(suu)tbubdayadat)"

/* Each with the NUL behind it: to read an array of many strings takes GVariant a time that grows with the
 * square of their number. */
static GVariant *
names_to_variant (char **names)
{
  g_autoptr (GByteArray) all = g_byte_array_new ();
  for (; *names != NULL; names++)
    g_byte_array_append (all, (const guint8 *) *names, (guint) strlen (*names) + 1);
  return g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, all->data, all->len, 1);
}

/* NULL: they are none. (transfer full) */
static char **
take_names (GVariant *tuple, gsize index)
{
  gsize length;
  g_autoptr (GVariant) child = g_variant_get_child_value (tuple, index);
  const char *text = g_variant_get_fixed_array (child, &length, 1);
  if (length == 0 || text[length - 1] != '\0')
    return NULL;
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  for (const char *name = text; name < text + length; name += strlen (name) + 1)
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&names), FALSE);
}

static GVariant *
doubles (const double *values, gsize n)
{
  return g_variant_new_fixed_array (G_VARIANT_TYPE_DOUBLE, values, values != NULL ? n : 0, sizeof *values);
}

GVariant *
space_to_variant (const Space *space)
{
  GVariantBuilder extras;
  g_variant_builder_init (&extras, G_VARIANT_TYPE ("a(suu)"));
  for (gsize i = 0; i < space->n_extras; i++)
    g_variant_builder_add (&extras, "(suu)", space->extras[i].name, space->extras[i].type,
                           space->extras[i].count);
  g_autofree guint64 *place = g_new0 (guint64, space->n);
  for (gsize i = 0; space->place != NULL && i < space->n; i++)
    place[i] = space->place[i];
  return g_variant_new ("(@ay@ad@ad@ad@aya(suu)tbubd@ay@ad@at)", names_to_variant (space->names),
                        doubles (space->lower, space->n), doubles (space->upper, space->n),
                        doubles (space->start, space->n),
                        g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, space->integer,
                                                   space->integer != NULL ? space->n : 0, 1),
                        &extras, (guint64) space->n_residuals, space->has_gradient,
                        (guint32) space->concurrency, space->has_target, space->target,
                        names_to_variant (space->task_names), doubles (space->fixed, space->n_task),
                        g_variant_new_fixed_array (G_VARIANT_TYPE_UINT64, place,
                                                   space->place != NULL ? space->n : 0, sizeof *place));
}

/* A fixed array of exactly n elements, copied; NULL for an empty one. FALSE: it has another length. */
static gboolean
take_array (GVariant *tuple, gsize index, gsize n, gsize size, gpointer out)
{
  g_autoptr (GVariant) child = g_variant_get_child_value (tuple, index);
  gsize length;
  gconstpointer values = g_variant_get_fixed_array (child, &length, size);
  *(gpointer *) out = length > 0 ? g_memdup2 (values, length * size) : NULL;
  return length == n || length == 0;
}

static gboolean
take_fixed (Space *space, GVariant *tuple)
{
  g_autofree guint64 *place = NULL;
  space->task_names = take_names (tuple, 11);
  space->n_task = space->task_names != NULL ? g_strv_length (space->task_names) : 0;
  if (!take_array (tuple, 12, space->n_task, sizeof (double), &space->fixed)
      || !take_array (tuple, 13, space->n, sizeof (guint64), &place)
      || (place != NULL) != (space->fixed != NULL))
    return FALSE;
  space->place = place != NULL ? g_new (gsize, space->n) : NULL;
  for (gsize i = 0; place != NULL && i < space->n; i++)
    {
      if (place[i] >= space->n_task)
        return FALSE;
      space->place[i] = place[i];
    }
  return place != NULL || space->n_task == space->n;
}

Space *
space_from_variant (GVariant *variant)
{
  if (!g_variant_is_of_type (variant, G_VARIANT_TYPE (SPACE_TYPE)))
    return NULL;
  g_autoptr (Space) space = g_new0 (Space, 1);
  g_atomic_ref_count_init (&space->refs);
  g_autoptr (GVariantIter) extras = NULL;
  guint64 n_residuals;
  guint32 concurrency;
  space->names = take_names (variant, 0);
  space->n = space->names != NULL ? g_strv_length (space->names) : 0;
  if (space->n == 0 || !take_array (variant, 1, space->n, sizeof (double), &space->lower)
      || space->lower == NULL || !take_array (variant, 2, space->n, sizeof (double), &space->upper)
      || space->upper == NULL || !take_array (variant, 3, space->n, sizeof (double), &space->start)
      || !take_array (variant, 4, space->n, 1, &space->integer))
    return NULL;
  g_variant_get_child (variant, 5, "a(suu)", &extras);
  space->extras = g_new0 (GlompoExtra, g_variant_iter_n_children (extras) + 1);
  GlompoExtra extra;
  while (g_variant_iter_next (extras, "(suu)", &extra.name, &extra.type, &extra.count))
    {
      space->extras[space->n_extras++] = extra;
      space->extras_size += extra.count;
    }
  g_variant_get_child (variant, 6, "t", &n_residuals);
  g_variant_get_child (variant, 7, "b", &space->has_gradient);
  g_variant_get_child (variant, 8, "u", &concurrency);
  g_variant_get_child (variant, 9, "b", &space->has_target);
  g_variant_get_child (variant, 10, "d", &space->target);
  space->n_residuals = n_residuals;
  space->concurrency = concurrency;
  return take_fixed (space, variant) ? g_steal_pointer (&space) : NULL;
}
