/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "compat-case.h"
#include <string.h>

void
case_init (Case *self)
{
  sample_init (&self->optimizer);
  sample_init_task (&self->task);
  self->optimizer.plugin.name = "searcher";
  self->optimizer.plugin.level1 = GLOMPO_LEVEL1_ANY;
  self->optimizer.plugin.level2 = GLOMPO_LEVEL2_ANY;
  self->optimizer.plugin.capabilities = 0;
  self->optimizer.plugin.max_batch = 0;
  self->task.plugin.name = "landscape";
  self->input = (CompatInput){ .group = "cma",
                               .optimizer = &self->optimizer.plugin,
                               .task = &self->task.plugin,
                               .concurrency = GLOMPO_CONCURRENT,
                               .backend = BACKEND_PROCESSES,
                               .workers_backend = WORKERS_THREADS,
                               .workers = 1,
                               .max_jobs = 4,
                               .cores = 8 };
}

const GlompoFinding *
case_find (GPtrArray *findings, const char *code)
{
  for (guint i = 0; i < findings->len; i++)
    if (strcmp (((GlompoFinding *) findings->pdata[i])->code, code) == 0)
      return findings->pdata[i];
  return NULL;
}
