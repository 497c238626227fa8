/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * CMAES_SIMD before a loop: its turns are independent, vectorise it. GCC needs to be told at -O2; clang
 * does it by itself. Every element is worked out alone, so that the bits of the result are the same.
 */
#pragma once

#if defined(__GNUC__) && !defined(__clang__)
#define CMAES_SIMD _Pragma ("omp simd")
#else
#define CMAES_SIMD
#endif
