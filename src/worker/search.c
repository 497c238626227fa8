/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Thread: the driver's. In two acts: first the search alone, then the optimizer alone, created at its end. */
#include "worker/search.h"
#include "base/options.h"
#include "base/random.h"
#include <math.h>
#include <string.h>

typedef struct {
  const WorkerSpec *spec;
  const GlompoHost *host;
  GlompoProblem problem; /* of the search, then of the optimizer */
  double *x0;
  GlompoOptimizerVTable search; /* what it does not have is NULL */
  void *searching;       /* the first act: its instance, else NULL */
  gsize out;             /* points of the search that are not told yet */
  void *self;            /* the second act: the optimizer's, NULL before */
  double *injection;     /* came in the first act, for the second; or NULL */
  double injection_f;
  gboolean failed;       /* the optimizer could not be created, or starts nowhere */
  const char *fault;
} Search;

static const GlompoOptimizerVTable *
optimizer_of (const Search *search)
{
  return search->spec->group->plugin->optimizer;
}

static void *
search_create (const GlompoProblem *problem, const void *given, uint64_t seed, const GlompoHost *host)
{
  const WorkerSpec *spec = given;
  const GlompoOptimizerVTable *theirs = spec->generator->plugin->generator->search;
  Search *search = g_new0 (Search, 1);
  search->spec = spec;
  search->host = host;
  search->problem = *problem;
  search->x0 = g_memdup2 (problem->x0, problem->n * sizeof (double));
  search->problem.x0 = search->x0;
  memcpy (&search->search, theirs, MIN (theirs->struct_size, sizeof search->search));
  search->searching = search->search.create (&search->problem, options_data (spec->generator->options),
                                             random_mix (seed, RANDOM_GENERATOR, spec->id, 0), host);
  if (search->searching != NULL)
    return search;
  g_free (search->x0);
  g_free (search);
  return NULL;
}

static void
search_destroy (void *self)
{
  Search *search = self;
  if (search->searching != NULL)
    search->search.destroy (search->searching);
  if (search->self != NULL)
    optimizer_of (search)->destroy (search->self);
  g_free (search->injection);
  g_free (search->x0);
  g_free (search);
}

static gboolean
is_inside (const GlompoProblem *problem, const double *x)
{
  for (size_t i = 0; i < problem->n; i++)
    if (!(x[i] >= problem->lower[i] && x[i] <= problem->upper[i]))
      return FALSE;
  return TRUE;
}

/* From the first act to the second. */
static void
begin_optimizer (Search *search)
{
  const WorkerSpec *spec = search->spec;
  const GlompoOptimizerVTable *v = optimizer_of (search);
  spec->generator->plugin->generator->found (search->searching, search->x0);
  search->search.destroy (search->searching);
  search->searching = NULL;
  search->failed = !is_inside (&search->problem, search->x0);
  search->fault = search->failed ? "the search for its start point ended outside of the bounds" : NULL;
  if (search->failed)
    return;
  search->self = v->create (&search->problem, options_data (spec->group->options), spec->seed, search->host);
  search->failed = search->self == NULL;
  search->fault = search->failed ? "it could not be created after the search for its start point" : NULL;
  if (search->self != NULL && search->injection != NULL && v->inject != NULL)
    v->inject (search->self, search->injection, search->injection_f);
}

static int32_t
search_ask (void *self, size_t max, double *x, uint64_t *ids)
{
  Search *search = self;
  if (search->searching != NULL && search->out > 0)
    return 0;
  if (search->searching != NULL)
    {
      int32_t n = search->search.ask (search->searching, max, x, ids);
      search->out = n > 0 ? (gsize) n : 0;
      if (n != GLOMPO_ASK_DONE)
        return n;
      begin_optimizer (search);
    }
  return search->failed ? GLOMPO_ASK_DONE : optimizer_of (search)->ask (search->self, max, x, ids);
}

static void
search_tell (void *self, size_t n, const GlompoTrials *trials)
{
  Search *search = self;
  if (search->searching == NULL)
    {
      optimizer_of (search)->tell (search->self, n, trials);
      return;
    }
  search->out -= MIN (n, search->out);
  search->search.tell (search->searching, n, trials);
}

static void
search_inject (void *self, const double *x, double f)
{
  Search *search = self;
  if (search->searching == NULL)
    {
      if (search->self != NULL)
        optimizer_of (search)->inject (search->self, x, f);
      return;
    }
  g_free (search->injection);
  search->injection = g_memdup2 (x, search->problem.n * sizeof (double));
  search->injection_f = f;
}

/* The first act for an optimizer with a loop of its own. FALSE: it is to end. */
static gboolean
run_search (Search *search)
{
  size_t n = search->problem.n, most = MAX (search->problem.max_in_flight, 1);
  g_autofree double *x = g_new (double, n * most);
  g_autofree uint64_t *ids = g_new (uint64_t, most);
  for (int32_t asked; (asked = search->search.ask (search->searching, most, x, ids)) > 0;)
    {
      const GlompoTrials *trials = search->host->evaluate (search->host, (size_t) asked, x);
      if (trials == NULL)
        return FALSE;
      GlompoTrials own = *trials;
      own.ids = ids;
      search->search.tell (search->searching, (size_t) asked, &own);
    }
  begin_optimizer (search);
  return TRUE;
}

static int32_t
search_run (void *self, const GlompoHost *host)
{
  Search *search = self;
  if (!run_search (search) || search->failed)
    return GLOMPO_STOP_ERROR;
  return optimizer_of (search)->run (search->self, host);
}

static int32_t
search_stop_reason (void *self, const char **text)
{
  Search *search = self;
  if (search->failed)
    {
      *text = search->fault;
      return GLOMPO_STOP_ERROR;
    }
  const GlompoOptimizerVTable *v = optimizer_of (search);
  return search->self != NULL && v->stop_reason != NULL ? v->stop_reason (search->self, text)
                                                        : GLOMPO_STOP_RUNNING;
}

/* Those of the optimizer, which has none in the first act. */
static void
search_metrics (void *self, double *values)
{
  Search *search = self;
  const GlompoPlugin *plugin = search->spec->group->plugin;
  if (search->self != NULL)
    plugin->optimizer->metrics (search->self, values);
  else
    for (gsize i = 0; plugin->metrics[i] != NULL; i++)
      values[i] = NAN;
}

/* Not saved: whoever goes on with a run replays it. */
#define COMMON                                                                                               \
  .struct_size = sizeof (GlompoOptimizerVTable), .create = search_create, .destroy = search_destroy,         \
  .inject = search_inject, .stop_reason = search_stop_reason, .metrics = search_metrics

GlompoPlugin *
search_wrap (const WorkerSpec *spec)
{
  static const GlompoOptimizerVTable asks = { COMMON, .ask = search_ask, .tell = search_tell };
  static const GlompoOptimizerVTable runs = { COMMON, .run = search_run };
  static const GlompoOptimizerVTable asks_alone = { .struct_size = sizeof asks_alone,
                                                    .create = search_create,
                                                    .destroy = search_destroy,
                                                    .stop_reason = search_stop_reason,
                                                    .metrics = search_metrics,
                                                    .ask = search_ask,
                                                    .tell = search_tell };
  const GlompoPlugin *plugin = spec->group->plugin;
  if (spec->generator == NULL || spec->generator->plugin->generator->search == NULL)
    return NULL;
  GlompoPlugin *wrapped = g_memdup2 (plugin, sizeof *plugin);
  wrapped->optimizer = plugin->optimizer->run != NULL      ? &runs
                       : plugin->optimizer->inject != NULL ? &asks
                                                           : &asks_alone;
  return wrapped;
}
