/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the compatibility check is asked about in its tests. */
#pragma once

#include "compat/compat.h"
#include "harness.h"
#include "plugin-sample.h"

/* An optimizer that can do everything with a task that can; a test changes what it is about. */
typedef struct {
  Sample optimizer, task;
  CompatInput input;
} Case;

void case_init (Case *self);

/* NULL: it is not found. */
const GlompoFinding *case_find (GPtrArray *findings, const char *code);
