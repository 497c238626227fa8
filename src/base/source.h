/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Takes a source out of its context and lets go of it; NULL stays. Thread: that of the context. */
void source_drop (GSource **source);
