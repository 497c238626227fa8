/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tasks: search space, evaluations, extras, residuals, gradient, target, threads. */
#include "conformance.h"
#include <float.h>
#include <math.h>
#include <string.h>

#define CANARY (-12345.678)
#define POINTS 60u

/* One instance, and room for what an evaluation gives. */
typedef struct {
  const GlompoTaskVTable *slots;
  const GlompoPlugin *plugin;
  PluginHost host;
  Options *options;
  gpointer self;
  GlompoParameters space;
  gsize n_extras, n_residuals; /* numbers */
  double *x, *extras, *residuals, *gradient;
} Bench;

static void
bench_free (Bench *bench)
{
  if (bench->self != NULL)
    bench->slots->destroy (bench->self);
  plugin_host_clear (&bench->host);
  options_unref (bench->options);
  g_free (bench->x);
  g_free (bench->extras);
  g_free (bench->residuals);
  g_free (bench->gradient);
  g_free (bench);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Bench, bench_free)

static gboolean
gives_gradient (const Bench *bench)
{
  return (bench->plugin->capabilities & GLOMPO_CAP_GRADIENT) != 0 || bench->slots->gradient != NULL;
}

static void
make_room (Bench *bench)
{
  const GlompoExtra *extras = NULL;
  const gsize count = bench->slots->extras != NULL ? bench->slots->extras (bench->self, &extras) : 0;
  for (gsize i = 0; i < count; i++)
    bench->n_extras += extras[i].count;
  bench->n_residuals = bench->slots->residuals != NULL ? bench->slots->residuals (bench->self) : 0;
  bench->x = g_new0 (double, bench->space.n);
  bench->extras = g_new0 (double, bench->n_extras + 1);
  bench->residuals = g_new0 (double, bench->n_residuals + 1);
  bench->gradient = g_new0 (double, bench->space.n + 1);
}

/* An instance with the given options, which are kept. */
static Bench *
bench_with (Subject *subject, Options *options, Verdict *verdict)
{
  g_autoptr (Bench) bench = g_new0 (Bench, 1);
  RandomStream random;
  random_init (&random, 7, RANDOM_TASK, 0);
  plugin_host_init (&bench->host, random);
  bench->plugin = subject->plugin;
  bench->slots = subject->plugin->task;
  bench->options = options;
  bench->self = bench->slots->create (options_data (options), 7, &bench->host.table);
  bench->space.struct_size = sizeof bench->space;
  if (bench->self == NULL || !bench->slots->parameters (bench->self, &bench->space))
    {
      g_autofree char *said = plugin_host_take_failure (&bench->host, "it does not say why");
      *verdict = failed (subject, "%s failed: %s", bench->self == NULL ? "create()" : "parameters()", said);
      return NULL;
    }
  make_room (bench);
  return g_steal_pointer (&bench);
}

static Bench *
bench_new (Subject *subject, Verdict *verdict)
{
  Options *options = subject_options (subject, verdict);
  return options != NULL ? bench_with (subject, options, verdict) : NULL;
}

/* Evaluates bench->x with everything that the task offers. */
static GlompoResult
evaluate (Bench *bench, guint64 seed)
{
  GlompoResult result
      = { .struct_size = sizeof result,
          .seed = seed,
          .f = NAN,
          .status = GLOMPO_STATUS_EVALUATED,
          .extras = bench->n_extras > 0 ? bench->extras : NULL,
          .residuals = bench->n_residuals > 0 ? bench->residuals : NULL,
          .gradient = (bench->plugin->capabilities & GLOMPO_CAP_GRADIENT) != 0 ? bench->gradient : NULL };
  bench->extras[bench->n_extras] = CANARY;
  bench->residuals[bench->n_residuals] = CANARY;
  bench->gradient[bench->space.n] = CANARY;
  bench->slots->evaluate (bench->self, bench->x, &result);
  return result;
}

static gboolean
is_good (const GlompoResult *result)
{
  return result->status == GLOMPO_STATUS_EVALUATED && isfinite (result->f);
}

/* Point number i: the corners, the centre, the start, then uniform ones, always the same. */
static void
set_point (Bench *bench, guint i)
{
  const GlompoParameters *space = &bench->space;
  RandomStream random;
  random_init (&random, 99, RANDOM_TASK, i);
  for (gsize j = 0; j < space->n; j++)
    {
      const double u = i == 0 ? 0.0 : i == 1 ? 1.0 : i == 2 ? 0.5 : random_uniform (&random);
      const double value = space->lower[j] * (1.0 - u) + space->upper[j] * u;
      bench->x[j] = CLAMP (value, space->lower[j], space->upper[j]);
    }
  if (i == 3 && space->start != NULL)
    memcpy (bench->x, space->start, space->n * sizeof (double));
}

static Verdict
create_and_destroy (Subject *subject)
{
  for (guint i = 0; i < 200; i++)
    {
      Verdict verdict = PASSED;
      g_autoptr (Bench) bench = bench_new (subject, &verdict);
      if (bench == NULL)
        return verdict;
    }
  return PASSED;
}

static Verdict
check_space (Subject *subject, const GlompoParameters *space)
{
  if (space->n == 0 || space->lower == NULL || space->upper == NULL)
    return failed (subject, "parameters() gives no parameters or no bounds");
  for (gsize j = 0; j < space->n; j++)
    {
      const double lower = space->lower[j], upper = space->upper[j];
      if (!isfinite (lower) || !isfinite (upper) || !(lower < upper))
        return failed (subject, "bounds %zu are %g and %g, wanted finite and ascending", j, lower, upper);
      if (space->start != NULL && !(space->start[j] >= lower && space->start[j] <= upper))
        return failed (subject, "start[%zu] = %g is outside the bounds", j, space->start[j]);
      if (space->names == NULL)
        continue;
      if (space->names[j] == NULL || space->names[j][0] == '\0'
          || !g_utf8_validate (space->names[j], -1, NULL))
        return failed (subject, "name %zu is missing, empty or not UTF-8", j);
      for (gsize k = 0; k < j; k++)
        if (strcmp (space->names[j], space->names[k]) == 0)
          return failed (subject, "the name %s is given twice", space->names[j]);
    }
  return PASSED;
}

static Verdict
parameters (Subject *subject)
{
  Verdict verdict = PASSED;
  g_autoptr (Bench) bench = bench_new (subject, &verdict);
  if (bench == NULL)
    return verdict;
  GlompoParameters again = { .struct_size = sizeof again };
  if (!bench->slots->parameters (bench->self, &again) || again.n != bench->space.n
      || memcmp (again.lower, bench->space.lower, again.n * sizeof (double)) != 0
      || memcmp (again.upper, bench->space.upper, again.n * sizeof (double)) != 0)
    return failed (subject, "parameters() answers otherwise the second time");
  return check_space (subject, &again);
}

static Verdict
finite_or_failed (Subject *subject)
{
  Verdict verdict = PASSED;
  g_autoptr (Bench) bench = bench_new (subject, &verdict);
  if (bench == NULL)
    return verdict;
  guint good = 0;
  for (guint i = 0; i < POINTS; i++)
    {
      set_point (bench, i);
      const GlompoResult result = evaluate (bench, i);
      if (result.status < GLOMPO_STATUS_EVALUATED || result.status > GLOMPO_STATUS_TIMED_OUT)
        return failed (subject, "point %u has the status %d", i, result.status);
      if (bench->extras[bench->n_extras] != CANARY || bench->residuals[bench->n_residuals] != CANARY
          || bench->gradient[bench->space.n] != CANARY)
        return failed (subject, "evaluate() writes behind the extras, residuals or gradient");
      good += is_good (&result);
    }
  return good > 0 ? PASSED : failed (subject, "none of %u points inside the bounds has a value", POINTS);
}

static gboolean
same_bits (double a, double b)
{
  return memcmp (&a, &b, sizeof a) == 0;
}

/* The same instance and another one, in another order, with everything or with f alone. */
static Verdict
repeatable (Subject *subject)
{
  Verdict verdict = PASSED;
  g_autoptr (Bench) bench = bench_new (subject, &verdict);
  g_autoptr (Bench) other = bench != NULL ? bench_new (subject, &verdict) : NULL;
  if (other == NULL)
    return verdict;
  double f[POINTS];
  for (guint i = 0; i < POINTS; i++)
    {
      set_point (bench, i);
      const GlompoResult result = evaluate (bench, 1000 + i);
      f[i] = is_good (&result) ? result.f : INFINITY;
    }
  for (guint i = POINTS; i-- > 0;)
    {
      set_point (other, i);
      GlompoResult bare = { .struct_size = sizeof bare, .seed = 1000 + i, .f = NAN };
      other->slots->evaluate (other->self, other->x, &bare);
      if (!same_bits (is_good (&bare) ? bare.f : INFINITY, f[i]))
        return failed (subject, "point %u: %.17g in one instance, %.17g in another", i, f[i], bare.f);
      set_point (bench, i);
      const GlompoResult result = evaluate (bench, 1000 + i);
      if (!same_bits (is_good (&result) ? result.f : INFINITY, f[i]))
        return failed (subject, "point %u: %.17g at first, then %.17g", i, f[i], result.f);
    }
  return PASSED;
}

static Verdict
extras (Subject *subject)
{
  if (subject->plugin->task->extras == NULL)
    return skipped (subject, "no extras");
  Verdict verdict = PASSED;
  g_autoptr (Bench) bench = bench_new (subject, &verdict);
  if (bench == NULL)
    return verdict;
  const GlompoExtra *rows = NULL;
  const gsize count = bench->slots->extras (bench->self, &rows);
  for (gsize i = 0; i < count; i++)
    {
      if (rows[i].name == NULL || rows[i].name[0] == '\0' || rows[i].count == 0
          || rows[i].type > GLOMPO_EXTRA_BOOLEAN)
        return failed (subject, "extra %zu has no name, no numbers, or an unknown type", i);
      for (gsize k = 0; k < i; k++)
        if (strcmp (rows[i].name, rows[k].name) == 0)
          return failed (subject, "the extra %s is given twice", rows[i].name);
    }
  for (guint i = 0; i < POINTS; i++)
    {
      set_point (bench, i);
      for (gsize k = 0; k < bench->n_extras; k++)
        bench->extras[k] = CANARY;
      const GlompoResult result = evaluate (bench, i);
      const double *value = bench->extras;
      for (gsize k = 0; is_good (&result) && k < count; value += rows[k++].count)
        for (guint32 part = 0; part < rows[k].count; part++)
          if (value[part] == CANARY
              || (rows[k].type != GLOMPO_EXTRA_REAL && value[part] != floor (value[part]))
              || (rows[k].type == GLOMPO_EXTRA_BOOLEAN && value[part] != 0.0 && value[part] != 1.0))
            return failed (subject, "extra %s[%u] is %g", rows[k].name, part, value[part]);
    }
  return count > 0 ? PASSED : skipped (subject, "no extras with these options");
}

static Verdict
residuals (Subject *subject)
{
  Verdict verdict = PASSED;
  g_autoptr (Bench) bench = bench_new (subject, &verdict);
  if (bench == NULL)
    return verdict;
  if (bench->n_residuals == 0)
    return skipped (subject, "no residuals");
  for (guint i = 0; i < POINTS; i++)
    {
      set_point (bench, i);
      const GlompoResult result = evaluate (bench, i);
      double sum = 0.0;
      for (gsize k = 0; k < bench->n_residuals; k++)
        sum += bench->residuals[k] * bench->residuals[k];
      if (is_good (&result) && !(fabs (sum - result.f) <= 1e-9 * (fabs (sum) + 1e-300)))
        return failed (subject, "point %u: f = %.17g, sum of squares %.17g", i, result.f, sum);
    }
  return PASSED;
}

static double
value_at (Bench *bench, gsize j, double x)
{
  const double keep = bench->x[j];
  bench->x[j] = x;
  const GlompoResult result = evaluate (bench, 5);
  bench->x[j] = keep;
  return result.f;
}

/* The gradient at bench->x as the task gives it. FALSE: it has none here. */
static gboolean
take_gradient (Bench *bench, double *g)
{
  const GlompoResult result = evaluate (bench, 5);
  if (!is_good (&result))
    return FALSE;
  if ((bench->plugin->capabilities & GLOMPO_CAP_GRADIENT) == 0)
    return bench->slots->gradient (bench->self, bench->x, g);
  memcpy (g, bench->gradient, bench->space.n * sizeof *g);
  return TRUE;
}

/* Central differences of two widths: where they disagree the function is too rough there to judge. */
static gboolean
judge_component (Bench *bench, gsize j, double value, double *out_difference, guint *judged)
{
  const double x = bench->x[j], h = 1e-5 * (bench->space.upper[j] - bench->space.lower[j]);
  const double above = value_at (bench, j, x + h), below = value_at (bench, j, x - h);
  const double wide = (above - below) / (2.0 * h);
  const double thin = (value_at (bench, j, x + h / 4) - value_at (bench, j, x - h / 4)) / (h / 2.0);
  const double rounding = 64.0 * DBL_EPSILON * (fabs (above) + fabs (below)) / h;
  const double doubt = 10.0 * fabs (wide - thin) + 1e-6 * fabs (wide) + rounding;
  *out_difference = thin;
  if (!isfinite (doubt) || doubt > 0.1 * fabs (wide))
    return TRUE;
  (*judged)++;
  return fabs (value - thin) <= doubt;
}

/* An instance may have no gradient with its options: then at no point. */
static Verdict
check_gradient (Subject *subject, Bench *bench)
{
  guint judged = 0, given = 0, points = 0;
  g_autofree double *g = g_new (double, bench->space.n);
  for (guint i = 4; i < 14; i++)
    {
      set_point (bench, i);
      const GlompoResult result = evaluate (bench, 5);
      points += is_good (&result);
      if (!take_gradient (bench, g))
        continue;
      given++;
      for (gsize j = 0; j < bench->space.n; j++)
        {
          double difference;
          if (!judge_component (bench, j, g[j], &difference, &judged))
            return failed (subject, "point %u: gradient[%zu] = %.9g, differences give %.9g", i, j, g[j],
                           difference);
        }
    }
  if (given > 0 && given < points)
    return failed (subject, "a gradient at %u of %u points that have a value", given, points);
  return judged > 0  ? PASSED
         : given > 0 ? skipped (subject, "too rough for finite differences")
                     : skipped (subject, "no gradient with these options");
}

static Verdict
gradient (Subject *subject)
{
  Verdict verdict = PASSED;
  g_autoptr (Bench) bench = bench_new (subject, &verdict);
  if (bench == NULL)
    return verdict;
  return gives_gradient (bench) ? check_gradient (subject, bench) : skipped (subject, "no gradient");
}

static Verdict
check_target (Subject *subject, Bench *bench)
{
  GlompoTarget target = { .struct_size = sizeof target };
  bench->slots->target (bench->self, &target);
  if (!target.has_f)
    return skipped (subject, "the minimum is not known");
  const double tolerance = 1e-6 * (1.0 + fabs (target.f));
  if (target.x != NULL)
    {
      memcpy (bench->x, target.x, bench->space.n * sizeof (double));
      for (gsize j = 0; j < bench->space.n; j++)
        if (!(bench->x[j] >= bench->space.lower[j] && bench->x[j] <= bench->space.upper[j]))
          return failed (subject, "the minimum x[%zu] = %.17g is outside the bounds", j, bench->x[j]);
      const GlompoResult result = evaluate (bench, 5);
      if (!is_good (&result) || fabs (result.f - target.f) > tolerance)
        return failed (subject, "f = %.17g at the minimum, which is said to be %.17g", result.f, target.f);
    }
  for (guint i = 0; i < POINTS; i++)
    {
      set_point (bench, i);
      const GlompoResult result = evaluate (bench, i);
      if (is_good (&result) && result.f < target.f - tolerance)
        return failed (subject, "point %u has f = %.17g, below the minimum %.17g", i, result.f, target.f);
    }
  return PASSED;
}

static Verdict
target (Subject *subject)
{
  if (subject->plugin->task->target == NULL)
    return skipped (subject, "no target");
  Verdict verdict = PASSED;
  g_autoptr (Bench) bench = bench_new (subject, &verdict);
  return bench != NULL ? check_target (subject, bench) : verdict;
}

static Verdict
check_choice (Subject *subject, const GlompoOption *option, const char *word, guint *tried)
{
  Verdict verdict = PASSED;
  Options *options = subject_options (subject, &verdict);
  if (options == NULL)
    return verdict;
  options_set (options, option->name, word, NULL);
  g_autoptr (Bench) bench = bench_with (subject, options, &verdict);
  if (bench == NULL)
    return SKIPPED; /* a refusal without reason is found by options.create.edges */
  (*tried)++;
  verdict = check_space (subject, &bench->space);
  if (verdict == PASSED && bench->slots->target != NULL)
    verdict = check_target (subject, bench);
  if (verdict != FAILED && gives_gradient (bench))
    verdict = check_gradient (subject, bench);
  return verdict;
}

/* Space, minimum and gradient with each choice of each option of words: a benchmark is many functions. */
static Verdict
choices (Subject *subject)
{
  const GlompoPlugin *plugin = subject->plugin;
  guint tried = 0;
  for (gsize i = 0; i < plugin->n_options; i++)
    {
      const GlompoOption *option = &plugin->options[i];
      for (gsize k = 0; option->type == GLOMPO_OPTION_CHOICE && option->choices[k] != NULL; k++)
        if (check_choice (subject, option, option->choices[k], &tried) == FAILED)
          {
            g_autofree char *why = g_steal_pointer (&subject->why);
            return failed (subject, "%s = %s: %s", option->name, option->choices[k], why);
          }
    }
  return tried > 0 ? PASSED : skipped (subject, "no option of words");
}

static Verdict
batch (Subject *subject)
{
  if (subject->plugin->task->evaluate_batch == NULL)
    return skipped (subject, "no evaluate_batch");
  Verdict verdict = PASSED;
  g_autoptr (Bench) bench = bench_new (subject, &verdict);
  if (bench == NULL)
    return verdict;
  const gsize n = bench->space.n;
  g_autofree double *x = g_new (double, POINTS *n);
  GlompoResult results[POINTS], *pointers[POINTS];
  double f[POINTS];
  for (guint i = 0; i < POINTS; i++)
    {
      set_point (bench, i);
      memcpy (x + i * n, bench->x, n * sizeof *x);
      const GlompoResult alone = evaluate (bench, i);
      f[i] = is_good (&alone) ? alone.f : INFINITY;
      results[i] = (GlompoResult){ .struct_size = sizeof results[i], .seed = i, .f = NAN };
      pointers[i] = &results[i];
    }
  bench->slots->evaluate_batch (bench->self, POINTS, x, pointers);
  for (guint i = 0; i < POINTS; i++)
    if (!same_bits (is_good (&results[i]) ? results[i].f : INFINITY, f[i]))
      return failed (subject, "point %u: %.17g alone, %.17g in a batch", i, f[i], results[i].f);
  return PASSED;
}

/* ---- threads ---- */

typedef struct {
  Bench *bench;
  double f[POINTS];
} Half;

/* Thread: one of two. With a shared instance only the instance is shared, not the room. */
static gpointer
evaluate_all (gpointer data)
{
  Half *half = data;
  for (guint i = 0; i < POINTS; i++)
    {
      set_point (half->bench, i);
      const GlompoResult result = evaluate (half->bench, i);
      half->f[i] = is_good (&result) ? result.f : INFINITY;
    }
  return NULL;
}

static guint32
concurrency_of (const Bench *bench)
{
  return bench->slots->concurrency != NULL ? bench->slots->concurrency (bench->self)
                                           : bench->plugin->concurrency;
}

static Verdict
threads (Subject *subject)
{
  Verdict verdict = PASSED;
  Half halves[2] = { 0 }, alone = { 0 };
  g_autoptr (Bench) first = bench_new (subject, &verdict);
  g_autoptr (Bench) second = first != NULL ? bench_new (subject, &verdict) : NULL;
  if (second == NULL)
    return verdict;
  const guint32 word = concurrency_of (first);
  if (word < GLOMPO_CONCURRENT || word > GLOMPO_EXTERNAL)
    return failed (subject, "its concurrency is %u, wanted one of GlompoConcurrency", word);
  if (word == GLOMPO_PROCESS_LOCAL)
    return skipped (subject, "not for several threads");
  alone.bench = halves[0].bench = first;
  halves[1].bench = second;
  evaluate_all (&alone);
  const gboolean share = (subject->plugin->capabilities & GLOMPO_CAP_SHAREABLE) != 0;
  gpointer own = second->self;
  second->self = share ? first->self : own;
  GThread *other = g_thread_new ("conformance", evaluate_all, &halves[1]);
  evaluate_all (&halves[0]);
  g_thread_join (other);
  second->self = own;
  for (guint i = 0; i < POINTS; i++)
    if (!same_bits (halves[0].f[i], alone.f[i]) || !same_bits (halves[1].f[i], alone.f[i]))
      return failed (subject, "point %u: %.17g alone, %.17g and %.17g in two threads", i, alone.f[i],
                     halves[0].f[i], halves[1].f[i]);
  return PASSED;
}

const Test task_tests[] = {
  { "task.lifecycle.create-destroy", create_and_destroy },
  { "task.parameters.valid", parameters },
  { "task.evaluate.finite-or-failed", finite_or_failed },
  { "task.evaluate.repeatable", repeatable },
  { "task.evaluate.batch", batch },
  { "task.evaluate.threads", threads },
  { "task.extras.valid", extras },
  { "task.residuals.sum", residuals },
  { "task.gradient.differences", gradient },
  { "task.target.minimum", target },
  { "task.options.choices", choices },
  { NULL, NULL },
};
