/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Clusters of atoms under the Lennard-Jones pair potential, in a space of any dimension. The parameters are
 * the coordinates, atom after atom.
 *
 * Atoms at the same place repel without limit: the energy is then +infinity, which the host counts as a
 * failed evaluation. Degenerate: every motion of the whole and every exchange of atoms.
 */
#include "functions.h"
#include <math.h>
#include <string.h>

/* (sigma / r)^6 from the square of the distance; +infinity where it overflows. */
static double
attraction (double sigma_squared, double distance_squared)
{
  double q = sigma_squared / distance_squared;
  return q * q * q;
}

/* The factor q (q - 1) becomes +infinity, never NaN, when q overflows. */
static double
energy_3d (const double *x, size_t n, double sigma_squared)
{
  double sum = 0.0;
  for (size_t i = 3; i < n; i += 3)
    for (size_t j = 0; j < i; j += 3)
      {
        double u = x[i] - x[j], v = x[i + 1] - x[j + 1], w = x[i + 2] - x[j + 2];
        double q = attraction (sigma_squared, u * u + v * v + w * w);
        sum += q * (q - 1.0);
      }
  return sum;
}

static double
distance_squared (const double *a, const double *b, size_t dims)
{
  double sum = 0.0;
  for (size_t i = 0; i < dims; i++)
    sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

double
lennardjones_value (const Benchmark *self, const double *x, GlompoResult *result)
{
  size_t dims = (size_t) self->options.atom_dims;
  double sigma_squared = self->options.sigma * self->options.sigma, sum = 0.0;
  if (dims == 3)
    return 4.0 * self->options.epsilon * energy_3d (x, self->n, sigma_squared);
  for (size_t i = dims; i < self->n; i += dims)
    for (size_t j = 0; j < i; j += dims)
      {
        double q = attraction (sigma_squared, distance_squared (x + i, x + j, dims));
        sum += q * (q - 1.0);
      }
  return 4.0 * self->options.epsilon * sum;
}

/* dE/dx_i = 4 epsilon sum_j (6 q - 12 q^2) (x_i - x_j) / r^2, q = (sigma / r)^6. */
bool
lennard_jones_gradient (const Benchmark *self, const double *x, double *gradient)
{
  size_t dims = (size_t) self->options.atom_dims;
  double sigma_squared = self->options.sigma * self->options.sigma;
  memset (gradient, 0, self->n * sizeof *gradient);
  for (size_t i = dims; i < self->n; i += dims)
    for (size_t j = 0; j < i; j += dims)
      {
        double r_squared = distance_squared (x + i, x + j, dims), q = attraction (sigma_squared, r_squared);
        double slope = 24.0 * self->options.epsilon * q * (1.0 - 2.0 * q) / r_squared;
        for (size_t k = 0; k < dims; k++)
          {
            gradient[i + k] += slope * (x[i + k] - x[j + k]);
            gradient[j + k] -= slope * (x[i + k] - x[j + k]);
          }
      }
  for (size_t i = 0; i < self->n; i++)
    if (!isfinite (gradient[i]))
      return false;
  return true;
}

/* The published half width, sigma (pi N / (3 sqrt 2))^(1/3), with the root of the space's dimension, so
 * that the best cluster fits into a plane or a line as well. */
double
lennard_jones_half_width (const BenchmarkOptions *options)
{
  double volume = PI * (double) options->atoms / (3.0 * sqrt (2.0));
  return options->sigma * pow (volume, 1.0 / (double) options->atom_dims);
}

/* The corners of a regular simplex about the origin whose edge is the distance of least energy,
 * 2^(1/6) sigma. Coordinate k separates corner k, the top, from the base of the corners after it: the centre
 * of m corners is at 1/m of their height. */
static void
place_simplex (Benchmark *self, size_t atoms, size_t dims)
{
  double edge = self->options.sigma * pow (2.0, 1.0 / 6.0);
  memset (self->minimiser, 0, self->n * sizeof *self->minimiser);
  for (size_t k = 0; k + 1 < atoms; k++)
    {
      double rest = (double) (atoms - k); /* corners not yet separated */
      double height = edge * sqrt (rest / (2.0 * (rest - 1.0)));
      self->minimiser[k * dims + k] = height * (rest - 1.0) / rest;
      for (size_t i = k + 1; i < atoms; i++)
        self->minimiser[i * dims + k] = -height / rest;
    }
  self->knows_minimiser = true;
}

bool
lennardjones_prepare (Benchmark *self, const GlompoHost *host)
{
  size_t atoms = (size_t) self->options.atoms, dims = (size_t) self->options.atom_dims;
  double half = lennard_jones_half_width (&self->options), energy;
  for (size_t i = 0; i < self->n; i++)
    {
      self->lower[i] = -half;
      self->upper[i] = half;
    }
  if (atoms <= dims + 1)
    place_simplex (self, atoms, dims);
  if (lennard_jones_minimum (atoms, dims, &energy))
    benchmark_know_minimum (self, self->options.epsilon * energy);
  return true;
}
