/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The search of a generator that needs evaluations, and behind it the optimizer, as one optimizer: the driver
 * sees no difference. Thread: the driver's.
 */
#pragma once

#include "worker/driver.h"

/* The plugin of the group with a function table in which the search comes first; its create() is given the
 * spec as options. NULL: the generator has none. (transfer full), g_free() */
GlompoPlugin *search_wrap (const WorkerSpec *spec);
