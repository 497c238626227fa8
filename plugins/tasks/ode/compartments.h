/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Linear compartment models y' = A y: off the diagonal of A are rates >= 0, on it losses <= 0. Solved by
 * the matrix exponential, which such models allow without any cancellation.
 *
 * Thread: any; no state.
 */
#pragma once

#include <stddef.h>

#define COMPARTMENTS_MAX 8

/* after = exp(A time) before, for n compartments; a is the matrix row after row. after and before may be
 * the same. */
void compartments_advance (size_t n, const double *a, double time, const double *before, double *after);
