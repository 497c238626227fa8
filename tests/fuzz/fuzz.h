/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What every fuzz target defines: libFuzzer's entry. It returns 0, or aborts when something is wrong. */
#pragma once

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);
