/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A sound descriptor made in memory, whose parts a test may spoil. */
#pragma once

#include <glompo/glompo-plugin.h>

typedef struct {
  int64_t size;
  int32_t mode;
} SampleOptions;

typedef struct {
  GlompoPlugin plugin;
  GlompoOptimizerVTable optimizer;
  GlompoTaskVTable task;
  GlompoHunterVTable hunter;
  GlompoOption options[2];
} Sample;

/* An optimizer "sample" that is asynchronous, with the options size and mode. */
void sample_init (Sample *sample);

/* A task "sample", global-lock, with the same options. */
void sample_init_task (Sample *sample);

/* A hunter "sample", with the same options. */
void sample_init_hunter (Sample *sample);
