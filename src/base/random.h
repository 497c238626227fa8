/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Seeded streams of random numbers: xoshiro256++ (Blackman & Vigna, "Scrambled linear pseudorandom number
 * generators", ACM TOMS 47(4), 2021), seeded through splitmix64; normals by the ziggurat method (Marsaglia
 * & Tsang, J. Stat. Softw. 5(8), 2000). A stream is plain data: copying it saves it.
 *
 * All streams of a run derive from its seed and two numbers that name the stream, so that the streams of
 * different optimizers are independent and a stream does not depend on what else runs.
 */
#pragma once

#include <glib.h>
#include <stdint.h>

typedef struct {
  uint64_t s[4];
} RandomStream;

/* What the second number of a stream says; the first is an id where there are several of a kind. */
typedef enum {
  RANDOM_OPTIMIZER = 1, /* id: the optimizer's */
  RANDOM_TASK = 2,      /* id: 0 */
  RANDOM_GENERATOR = 3, /* id: 0 */
  RANDOM_SELECTOR = 4,  /* id: 0 */
  RANDOM_HUNTER = 5,    /* id: place of the leaf in its expression */
  RANDOM_CHECKER = 6,   /* id: place of the leaf in its expression */
  RANDOM_NOISE = 7      /* id: the optimizer's; see random_mix() for the evaluation */
} RandomPurpose;

void random_init (RandomStream *stream, uint64_t seed, RandomPurpose purpose, uint64_t id);

/* splitmix64: spreads a counter over 64 bits (Steele, Lea & Flood, OOPSLA 2014). */
static inline uint64_t
random_splitmix (uint64_t *state)
{
  uint64_t z = (*state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

/* One number out of three, without a stream: for seeds of plugins and of single evaluations. */
uint64_t random_mix (uint64_t seed, RandomPurpose purpose, uint64_t id, uint64_t index);

/* The same in two steps, where many numbers differ in the index only. */
uint64_t random_mix_begin (uint64_t seed, RandomPurpose purpose, uint64_t id);
static inline uint64_t
random_mix_end (uint64_t begun, uint64_t index)
{
  uint64_t state = begun ^ index;
  return random_splitmix (&state);
}

uint64_t random_bits (RandomStream *stream);

/* Uniform in [0, 1), 53 bits. */
double random_uniform (RandomStream *stream);
void random_uniforms (RandomStream *stream, gsize n, double *out);

/* Standard normal. */
void random_normals (RandomStream *stream, gsize n, double *out);
