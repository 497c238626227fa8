/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "driver-rig.h"

/* Nothing is waited for longer. */
#define DEADLINE_US (60 * G_USEC_PER_SEC)

/* Makes the copies of the fakes that a test may change. */
void rig_fill_plugins (Rig *rig);
