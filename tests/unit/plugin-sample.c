/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See plugin-sample.h. None of the functions does anything. */
#include "plugin-sample.h"
#include <math.h>
#include <string.h>

static const char *const modes[] = { "slow", "fast", NULL };
static const char *const metrics[] = { "step", "spread", NULL };

static void *
sample_create (const GlompoProblem *problem, const void *options, uint64_t seed, const GlompoHost *host)
{
  return NULL;
}

static int32_t
sample_ask (void *self, size_t max, double *x, uint64_t *ids)
{
  return GLOMPO_ASK_DONE;
}

static void
sample_tell (void *self, size_t n, const GlompoTrials *trials)
{
}

static void
sample_destroy (void *self)
{
}

static void
sample_metrics (void *self, double *values)
{
}

static void *
task_create (const void *options, uint64_t seed, const GlompoHost *host)
{
  return NULL;
}

static bool
task_parameters (void *self, GlompoParameters *out)
{
  return false;
}

static void
task_evaluate (void *self, const double *x, GlompoResult *result)
{
}

static bool
hunter_test (void *self, const GlompoRun *run, const GlompoTrace *best, const GlompoTrace *victim,
             double *figures)
{
  return false;
}

void
sample_init (Sample *sample)
{
  memset (sample, 0, sizeof *sample);
  sample->options[0]
      = (GlompoOption) GLOMPO_OPT_INTEGER_AUTO (SampleOptions, size, 2, INFINITY, "auto", "points");
  sample->options[1] = (GlompoOption) GLOMPO_OPT_CHOICE (SampleOptions, mode, modes, "fast", "how");
  sample->optimizer = (GlompoOptimizerVTable){ .struct_size = sizeof sample->optimizer,
                                               .create = sample_create,
                                               .ask = sample_ask,
                                               .tell = sample_tell,
                                               .destroy = sample_destroy,
                                               .metrics = sample_metrics };
  sample->task = (GlompoTaskVTable){ .struct_size = sizeof sample->task,
                                     .create = task_create,
                                     .parameters = task_parameters,
                                     .evaluate = task_evaluate,
                                     .destroy = sample_destroy };
  sample->hunter = (GlompoHunterVTable){ .struct_size = sizeof sample->hunter,
                                         .create = sample_create,
                                         .destroy = sample_destroy,
                                         .test = hunter_test };
  sample->plugin = (GlompoPlugin){ GLOMPO_PLUGIN_HEADER (GLOMPO_KIND_OPTIMIZER),
                                   .name = "sample",
                                   .version = "2.1",
                                   .summary = "does nothing",
                                   .author = "A. Nyone",
                                   .licence = "MIT",
                                   .options = sample->options,
                                   .n_options = 2,
                                   .option_size = sizeof (GlompoOption),
                                   .options_size = sizeof (SampleOptions),
                                   .capabilities = GLOMPO_CAP_ASYNCHRONOUS | GLOMPO_CAP_INTEGER,
                                   .level1 = GLOMPO_LEVEL1_THREADS | GLOMPO_LEVEL1_PROCESSES_FORCED
                                             | GLOMPO_LEVEL1_MPI,
                                   .level2 = GLOMPO_LEVEL2_SERIAL,
                                   .max_batch = 7,
                                   .metrics = metrics,
                                   .optimizer = &sample->optimizer };
}

void
sample_init_task (Sample *sample)
{
  sample_init (sample);
  sample->plugin.kind = GLOMPO_KIND_TASK;
  sample->plugin.optimizer = NULL;
  sample->plugin.task = &sample->task;
  sample->plugin.capabilities = 0;
  sample->plugin.concurrency = GLOMPO_GLOBAL_LOCK;
}

void
sample_init_hunter (Sample *sample)
{
  sample_init (sample);
  sample->plugin.kind = GLOMPO_KIND_HUNTER;
  sample->plugin.optimizer = NULL;
  sample->plugin.hunter = &sample->hunter;
  sample->plugin.capabilities = 0;
}
