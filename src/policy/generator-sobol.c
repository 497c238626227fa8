/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sobol: the low-discrepancy sequence of Sobol' in Gray-code order, with a random digital shift, so that
 * each seed gives another sequence of the same evenness. Primitive polynomials by degree and value; initial
 * numbers of Joe & Kuo (SIAM J. Sci. Comput. 30, 2008, 2635-2654; file new-joe-kuo-6) up to parameter 37,
 * random odd ones beyond: any will do, those of the table make planes of two parameters more even.
 */
#include "policy/component.h"

#define N_BITS 32

/* Row k: m_1, m_2... of parameter k + 2, as many as the degree of its polynomial, at most 7. */
static const uint8_t initial_numbers[][7] = {
  { 1 },
  { 1, 3 },
  { 1, 3, 1 },
  { 1, 1, 1 },
  { 1, 1, 3, 3 },
  { 1, 3, 5, 13 },
  { 1, 1, 5, 5, 17 },
  { 1, 1, 5, 5, 5 },
  { 1, 1, 7, 11, 19 },
  { 1, 1, 5, 1, 1 },
  { 1, 1, 1, 3, 11 },
  { 1, 3, 5, 5, 31 },
  { 1, 3, 3, 9, 7, 49 },
  { 1, 1, 1, 15, 21, 21 },
  { 1, 3, 1, 13, 27, 49 },
  { 1, 1, 1, 15, 7, 5 },
  { 1, 3, 1, 15, 13, 25 },
  { 1, 1, 5, 5, 19, 61 },
  { 1, 3, 7, 11, 23, 15, 103 },
  { 1, 3, 7, 13, 13, 15, 69 },
  { 1, 1, 3, 13, 7, 35, 63 },
  { 1, 3, 5, 9, 1, 25, 53 },
  { 1, 3, 1, 13, 9, 35, 107 },
  { 1, 3, 1, 5, 27, 61, 31 },
  { 1, 1, 5, 11, 19, 41, 61 },
  { 1, 3, 5, 3, 3, 13, 69 },
  { 1, 1, 7, 13, 1, 19, 1 },
  { 1, 3, 7, 5, 13, 19, 59 },
  { 1, 1, 3, 9, 25, 29, 41 },
  { 1, 3, 5, 13, 23, 1, 55 },
  { 1, 3, 7, 3, 13, 59, 17 },
  { 1, 3, 1, 3, 5, 53, 69 },
  { 1, 1, 5, 5, 23, 33, 13 },
  { 1, 1, 7, 7, 1, 61, 123 },
  { 1, 1, 7, 9, 13, 61, 49 },
  { 1, 3, 3, 5, 3, 55, 33 },
};

typedef struct {
  ComponentWhy why;
  const GlompoProblem *problem;
  const GlompoHost *host;
  uint32_t index;       /* of the next point */
  uint32_t *values;     /* the next point, shifted, per parameter */
  uint32_t *directions; /* N_BITS per parameter */
} Sobol;

/* A polynomial over GF(2): bit i is the coefficient of x^i. */
typedef struct {
  guint degree;
  uint32_t bits;
} Polynomial;

/* Primitive: the powers of x run through all 2^degree - 1 residues before they come back to 1. */
static gboolean
is_primitive (Polynomial p)
{
  uint32_t power = 1, order = 0;
  do
    {
      power <<= 1;
      if (power >> p.degree != 0)
        power ^= p.bits;
      order++;
    }
  while (power > 1);
  return power == 1 && order == (1u << p.degree) - 1;
}

static Polynomial
next_primitive (Polynomial p)
{
  do
    {
      p.bits += 2;
      if (p.bits >> (p.degree + 1) != 0)
        {
          p.degree++;
          p.bits = (1u << p.degree) | 1u;
        }
    }
  while (!is_primitive (p));
  return p;
}

/* v_k = a_1 v_(k-1) + ... + a_(s-1) v_(k-s+1) + v_(k-s) + v_(k-s) / 2^s, sums without carry. */
static void
fill_directions (uint32_t *v, Polynomial p, const uint32_t *m)
{
  guint s = p.degree;
  for (guint k = 0; k < N_BITS; k++)
    if (k < s)
      v[k] = m[k] << (N_BITS - 1 - k);
    else
      {
        v[k] = v[k - s] ^ (v[k - s] >> s);
        for (guint j = 1; j < s; j++)
          if ((p.bits >> (s - j)) & 1u)
            v[k] ^= v[k - j];
      }
}

static void
init_directions (Sobol *generator)
{
  Polynomial p = { .degree = 1, .bits = 1 };
  for (guint k = 0; k < N_BITS; k++)
    generator->directions[k] = 1u << (N_BITS - 1 - k);
  for (size_t i = 1; i < generator->problem->n; i++)
    {
      uint32_t m[N_BITS] = { 0 };
      p = next_primitive (p);
      for (guint k = 0; k < p.degree; k++)
        if (i <= G_N_ELEMENTS (initial_numbers))
          m[k] = initial_numbers[i - 1][k];
        else
          m[k] = 2u * (uint32_t) component_random_index (generator->host, (size_t) 1 << k) + 1u;
      fill_directions (generator->directions + i * N_BITS, p, m);
    }
}

static void *
sobol_create (const GlompoProblem *problem, const void *options, uint64_t seed, const GlompoHost *host)
{
  Sobol *generator = g_new0 (Sobol, 1);
  generator->problem = problem;
  generator->host = host;
  generator->values = g_new (uint32_t, problem->n);
  generator->directions = g_new (uint32_t, problem->n * N_BITS);
  init_directions (generator);
  for (size_t i = 0; i < problem->n; i++)
    {
      uint64_t shift;
      host->bits (host, 1, &shift);
      generator->values[i] = (uint32_t) (shift >> 32);
    }
  return generator;
}

static void
sobol_destroy (void *self)
{
  Sobol *generator = self;
  g_free (generator->values);
  g_free (generator->directions);
  g_free (generator);
}

static bool
sobol_generate (void *self, const GlompoRun *run, double *x)
{
  Sobol *generator = self;
  const GlompoProblem *problem = generator->problem;
  /* The next point differs in the direction of the lowest zero bit of the index; 2^32 points close the
     circle. */
  guint bit = generator->index == G_MAXUINT32 ? N_BITS - 1 : (guint) __builtin_ctz (~generator->index);
  component_why (generator, "point number % of the sequence", (double) generator->index + 1);
  generator->index++;
  for (size_t i = 0; i < problem->n; i++)
    {
      double u = ((double) generator->values[i] + 0.5) / 4294967296.0;
      x[i] = problem->lower[i] + u * (problem->upper[i] - problem->lower[i]);
      x[i] = CLAMP (x[i], problem->lower[i], problem->upper[i]);
      generator->values[i] ^= generator->directions[i * N_BITS + bit];
    }
  return true;
}

static const GlompoGeneratorVTable vtable = {
  .struct_size = sizeof vtable,
  .create = sobol_create,
  .destroy = sobol_destroy,
  .generate = sobol_generate,
  .explain = component_explain,
};

const GlompoPlugin generator_sobol = {
  COMPONENT (GLOMPO_KIND_GENERATOR, "Sobol", "fills the box evenly: Sobol' sequence with a random shift"),
  .reference = "https://doi.org/10.1137/070709359",
  .generator = &vtable,
};
