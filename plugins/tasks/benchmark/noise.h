/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Noise of one evaluation, out of nothing but its seed: splitmix64 (Steele, Lea & Flood, "Fast splittable
 * pseudorandom number generators", OOPSLA 2014), which any thread can start anywhere at no cost.
 */
#pragma once

#include <stdint.h>

/* Uniform in [0, 1), 53 bits. *state starts as the seed of the evaluation. */
static inline double
noise_uniform (uint64_t *state)
{
  uint64_t z = (*state += UINT64_C (0x9e3779b97f4a7c15));
  z = (z ^ (z >> 30)) * UINT64_C (0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C (0x94d049bb133111eb);
  z ^= z >> 31;
  return (double) (z >> 11) * 0x1p-53;
}
