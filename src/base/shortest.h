/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The shortest decimal number that reads back to the same double. Any thread; no state. */
#pragma once

#include <stdint.h>

/* The digits of a finite value other than 0 without its sign: *out_digits times 10 to the power of
 * *out_exponent, without zeros at the end. Of the shortest such numbers it is the nearest. */
void shortest_digits (double value, uint64_t *out_digits, int *out_exponent);
