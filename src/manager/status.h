/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A look at a run, as a copy that may leave the manager's thread or come from another process. */
#pragma once

#include <glompo/glompo-manager.h>

/* One of which nothing is known yet, and which owns the GlompoOptimizerStatus that come into it, with their
 * strings. (transfer full) */
GlompoRunStatus *status_new (void);
