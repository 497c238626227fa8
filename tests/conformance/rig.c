/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host as the tests of optimizers see it. Every answer of the plugin is checked here. */
#include "conformance.h"
#include <math.h>
#include <string.h>

static Rig *
rig_of (const GlompoHost *table)
{
  return ((PluginHost *) table->context)->data;
}

static void
count_uniform (const GlompoHost *table, size_t n, double *out)
{
  rig_of (table)->random_calls++;
  rig_of (table)->real_uniform (table, n, out);
}

static void
count_normal (const GlompoHost *table, size_t n, double *out)
{
  rig_of (table)->random_calls++;
  rig_of (table)->real_normal (table, n, out);
}

static void
count_bits (const GlompoHost *table, size_t n, uint64_t *out)
{
  rig_of (table)->random_calls++;
  rig_of (table)->real_bits (table, n, out);
}

static bool
write_store (const GlompoHost *table, const void *data, size_t size)
{
  g_byte_array_append (rig_of (table)->store, data, (guint) size);
  return true;
}

static bool
read_store (const GlompoHost *table, void *data, size_t size)
{
  Rig *rig = rig_of (table);
  if (size > rig->store->len - rig->read_at)
    return false;
  if (size > 0)
    memcpy (data, rig->store->data + rig->read_at, size);
  rig->read_at += size;
  return true;
}

double
rig_evaluate (Rig *rig, const double *x, double *residuals, double *gradient)
{
  const gsize n = rig->problem.n;
  const guint64 number = rig->evaluations++;
  double sum = 0.0;
  for (gsize j = 0; j < n; j++)
    {
      const double r = x[j] - rig->centre[j];
      if (residuals != NULL)
        residuals[j] = r;
      if (gradient != NULL)
        gradient[j] = 2.0 * r;
      sum += r * r;
    }
  const gboolean fails = rig->objective == FAIL_ALL || (rig->objective == FAIL_SOME && number % 7 == 3)
                         || (rig->objective == FAIL_ALTERNATELY && number % 2 == 1);
  if (!fails && isfinite (sum))
    {
      rig->best = MIN (rig->best, sum);
      return sum;
    }
  for (gsize j = 0; j < n; j++)
    {
      if (residuals != NULL)
        residuals[j] = NAN;
      if (gradient != NULL)
        gradient[j] = NAN;
    }
  return INFINITY;
}

static gboolean
check_point (Rig *rig, const double *x)
{
  if (rig->fault != NULL)
    return FALSE;
  for (gsize j = 0; j < rig->problem.n; j++)
    if (!(x[j] >= rig->lower[j] && x[j] <= rig->upper[j]))
      {
        rig->fault = g_strdup_printf ("asked for a point %s: x[%zu] = %.17g, bounds %.17g to %.17g",
                                      isfinite (x[j]) ? "outside the bounds" : "that is not finite", j, x[j],
                                      rig->lower[j], rig->upper[j]);
        return FALSE;
      }
  if (rig->trace != NULL)
    g_array_append_vals (rig->trace, x, (guint) rig->problem.n);
  return TRUE;
}

static void
resize (Rig *rig, gsize rows)
{
  const gsize n = rig->problem.n;
  g_array_set_size (rig->x, (guint) (rows * n));
  g_array_set_size (rig->ids, (guint) rows);
  g_array_set_size (rig->f, (guint) rows);
  g_array_set_size (rig->status, (guint) rows);
  g_array_set_size (rig->residuals, (guint) (rows * n));
  g_array_set_size (rig->gradients, (guint) (rows * n));
}

static double *
row_of (GArray *array, gsize row, gsize n)
{
  return &g_array_index (array, double, row *n);
}

/* Evaluates one row of what is out. */
static void
fill_row (Rig *rig, gsize row)
{
  const gsize n = rig->problem.n;
  const double f = rig_evaluate (rig, row_of (rig->x, row, n), row_of (rig->residuals, row, n),
                                 row_of (rig->gradients, row, n));
  g_array_index (rig->f, double, row) = f;
  g_array_index (rig->status, int32_t, row) = isfinite (f) ? GLOMPO_STATUS_EVALUATED : GLOMPO_STATUS_FAILED;
}

static GlompoTrials
trials_from (Rig *rig, gsize first)
{
  const gsize n = rig->problem.n;
  return (GlompoTrials){ .struct_size = sizeof (GlompoTrials),
                         .n_parameters = n,
                         .n_residuals = rig->wants_residuals ? n : 0,
                         .ids = &g_array_index (rig->ids, uint64_t, first),
                         .x = row_of (rig->x, first, n),
                         .f = &g_array_index (rig->f, double, first),
                         .status = &g_array_index (rig->status, int32_t, first),
                         .residuals = rig->wants_residuals ? row_of (rig->residuals, first, n) : NULL,
                         .gradients = rig->wants_gradient ? row_of (rig->gradients, first, n) : NULL };
}

/* For run(). */
static const GlompoTrials *
evaluate_for_run (const GlompoHost *table, size_t n_points, const double *x)
{
  static GlompoTrials trials;
  Rig *rig = rig_of (table);
  if (rig->evaluations >= rig->budget || rig->fault != NULL)
    return NULL;
  resize (rig, n_points);
  memcpy (rig->x->data, x, n_points * rig->problem.n * sizeof *x);
  for (gsize i = 0; i < n_points; i++)
    {
      if (!check_point (rig, x + i * rig->problem.n))
        return NULL;
      g_array_index (rig->ids, uint64_t, i) = i;
      fill_row (rig, i);
    }
  trials = trials_from (rig, 0);
  return &trials;
}

static bool
nothing_injected (const GlompoHost *table, double *x, double *f)
{
  return false;
}

static void
attach_host (Rig *rig)
{
  RandomStream random;
  random_init (&random, rig->seed, RANDOM_OPTIMIZER, 1);
  plugin_host_init (&rig->host, random);
  GlompoHost *table = &rig->host.table;
  rig->host.data = rig;
  rig->real_uniform = table->uniform;
  rig->real_normal = table->normal;
  rig->real_bits = table->bits;
  table->uniform = count_uniform;
  table->normal = count_normal;
  table->bits = count_bits;
  table->write = write_store;
  table->read = read_store;
  if (rig->slots->run != NULL)
    {
      table->evaluate = evaluate_for_run;
      table->injected = nothing_injected;
    }
}

static void
fill_problem (Rig *rig, gsize n)
{
  RandomStream place;
  random_init (&place, 77, RANDOM_GENERATOR, n);
  rig->lower = g_new (double, n);
  rig->upper = g_new (double, n);
  rig->x0 = g_new (double, n);
  rig->centre = g_new (double, n);
  for (gsize j = 0; j < n; j++)
    {
      rig->lower[j] = -3.0 - (double) (j % 3);
      rig->upper[j] = 2.0 + 0.5 * (double) (j % 4);
      const double width = rig->upper[j] - rig->lower[j];
      rig->centre[j] = rig->lower[j] + 0.4 * width;
      rig->x0[j] = rig->lower[j] + width * (0.75 + 0.2 * random_uniform (&place));
    }
  rig->problem = (GlompoProblem){ .struct_size = sizeof (GlompoProblem),
                                  .n = n,
                                  .lower = rig->lower,
                                  .upper = rig->upper,
                                  .x0 = rig->x0,
                                  .max_in_flight = 1,
                                  .n_residuals = rig->wants_residuals ? n : 0,
                                  .has_gradient = rig->wants_gradient };
}

Rig *
rig_prepare (Subject *subject, gsize n, guint64 seed, Verdict *verdict)
{
  g_autoptr (Options) options = subject_options (subject, verdict);
  if (options == NULL)
    return NULL;
  Rig *rig = g_new0 (Rig, 1);
  rig->slots = subject->plugin->optimizer;
  rig->options = g_steal_pointer (&options);
  rig->seed = seed;
  rig->wants_residuals = (subject->plugin->capabilities & GLOMPO_CAP_WANTS_RESIDUALS) != 0;
  rig->wants_gradient = (subject->plugin->capabilities & GLOMPO_CAP_WANTS_GRADIENT) != 0;
  rig->best = INFINITY;
  rig->store = g_byte_array_new ();
  rig->x = g_array_new (FALSE, FALSE, sizeof (double));
  rig->ids = g_array_new (FALSE, FALSE, sizeof (uint64_t));
  rig->f = g_array_new (FALSE, FALSE, sizeof (double));
  rig->status = g_array_new (FALSE, FALSE, sizeof (int32_t));
  rig->residuals = g_array_new (FALSE, FALSE, sizeof (double));
  rig->gradients = g_array_new (FALSE, FALSE, sizeof (double));
  fill_problem (rig, n);
  attach_host (rig);
  return rig;
}

gboolean
rig_create (Rig *rig)
{
  rig->self = rig->slots->create (&rig->problem, options_data (rig->options), rig->seed, &rig->host.table);
  if (rig->self == NULL)
    {
      g_autofree char *said = plugin_host_take_failure (&rig->host, "(it did not say why)");
      rig->fault = g_strdup_printf ("create() failed: %s", said);
    }
  return rig->self != NULL;
}

Rig *
rig_new (Subject *subject, gsize n, guint64 seed, Verdict *verdict)
{
  Rig *rig = rig_prepare (subject, n, seed, verdict);
  if (rig != NULL)
    rig_create (rig);
  return rig;
}

void
rig_free (Rig *rig)
{
  if (rig->self != NULL)
    rig->slots->destroy (rig->self);
  plugin_host_clear (&rig->host);
  options_unref (rig->options);
  g_byte_array_unref (rig->store);
  GArray *arrays[] = { rig->x, rig->ids, rig->f, rig->status, rig->residuals, rig->gradients, rig->trace };
  for (gsize i = 0; i < G_N_ELEMENTS (arrays); i++)
    if (arrays[i] != NULL)
      g_array_unref (arrays[i]);
  g_free (rig->lower);
  g_free (rig->upper);
  g_free (rig->x0);
  g_free (rig->centre);
  g_free (rig->fault);
  g_free (rig);
}

static gboolean
check_ids (Rig *rig, gsize first)
{
  const uint64_t *ids = (const uint64_t *) (gpointer) rig->ids->data;
  for (gsize i = first; i < rig->n_out; i++)
    for (gsize j = 0; j < i; j++)
      if (ids[i] == ids[j])
        {
          rig->fault
              = g_strdup_printf ("gave the id %" G_GUINT64_FORMAT " to two points that are out", ids[i]);
          return FALSE;
        }
  return TRUE;
}

gssize
rig_ask (Rig *rig, gsize room)
{
  const gsize n = rig->problem.n, first = rig->n_out;
  if (rig->self == NULL || rig->fault != NULL || rig->done)
    return -1;
  resize (rig, first + room + 1);
  /* One row behind the room catches a plugin that writes too far. */
  for (gsize i = first * n; i < (first + room + 1) * n; i++)
    g_array_index (rig->x, double, i) = -12345.678;
  const int32_t m = rig->slots->ask (rig->self, room, row_of (rig->x, first, n),
                                     &g_array_index (rig->ids, uint64_t, first));
  rig->done = m == GLOMPO_ASK_DONE;
  if (rig->done)
    return -1;
  if (m < 0 || (gsize) m > room)
    rig->fault = g_strdup_printf ("ask returned %d for a room of %zu points", m, room);
  else if (m == 0 && first == 0)
    rig->fault = g_strdup ("ask gave no point although none is out");
  else if (*row_of (rig->x, first + room, n) != -12345.678)
    rig->fault = g_strdup_printf ("ask wrote behind its room of %zu points", room);
  for (gsize i = 0; rig->fault == NULL && i < (gsize) m; i++)
    check_point (rig, row_of (rig->x, first + i, n));
  if (rig->fault != NULL)
    return -1;
  rig->n_out = first + (gsize) m;
  return check_ids (rig, first) ? m : -1;
}

/* Takes m rows out of the middle of a table. */
static void
remove_rows (GArray *array, gsize first, gsize m, gsize width)
{
  g_array_remove_range (array, (guint) (first * width), (guint) (m * width));
}

void
rig_tell (Rig *rig, gsize first, gsize m)
{
  const gsize n = rig->problem.n;
  for (gsize i = first; i < first + m; i++)
    fill_row (rig, i);
  const GlompoTrials trials = trials_from (rig, first);
  rig->slots->tell (rig->self, m, &trials);
  remove_rows (rig->x, first, m, n);
  remove_rows (rig->ids, first, m, 1);
  remove_rows (rig->f, first, m, 1);
  remove_rows (rig->status, first, m, 1);
  remove_rows (rig->residuals, first, m, n);
  remove_rows (rig->gradients, first, m, n);
  rig->n_out -= m;
}

gboolean
rig_step (Rig *rig, gsize room)
{
  if (rig_ask (rig, room) < 0)
    return FALSE;
  if (rig->n_out > 0)
    rig_tell (rig, 0, rig->n_out);
  return TRUE;
}

void
rig_drive (Rig *rig, guint64 budget, gsize room)
{
  rig->budget = rig->evaluations + budget;
  if (rig->self != NULL && rig->slots->run != NULL)
    {
      rig->slots->run (rig->self, &rig->host.table);
      rig->done = rig->evaluations < rig->budget;
      return;
    }
  while (rig->evaluations < rig->budget && rig_step (rig, room))
    ;
}

gboolean
rig_save (Rig *rig)
{
  g_byte_array_set_size (rig->store, 0);
  return rig->slots->save (rig->self, &rig->host.table);
}

gboolean
rig_load (Rig *rig)
{
  rig->read_at = 0;
  return rig->slots->load (rig->self, &rig->host.table);
}
