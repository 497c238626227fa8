/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/random.h"
#include "base/random-ziggurat.h"
#include <math.h>

uint64_t
random_mix_begin (uint64_t seed, RandomPurpose purpose, uint64_t id)
{
  uint64_t state = seed;
  state = random_splitmix (&state) ^ (uint64_t) purpose;
  state = random_splitmix (&state) ^ id;
  return random_splitmix (&state);
}

uint64_t
random_mix (uint64_t seed, RandomPurpose purpose, uint64_t id, uint64_t index)
{
  return random_mix_end (random_mix_begin (seed, purpose, id), index);
}

void
random_init (RandomStream *stream, uint64_t seed, RandomPurpose purpose, uint64_t id)
{
  uint64_t state = random_mix (seed, purpose, id, 0);
  for (int i = 0; i < 4; i++)
    stream->s[i] = random_splitmix (&state); /* never all zero: splitmix64 is a bijection of a counter */
}

static inline uint64_t
rotate (uint64_t x, int k)
{
  return (x << k) | (x >> (64 - k));
}

static inline uint64_t
next (RandomStream *r)
{
  uint64_t result = rotate (r->s[0] + r->s[3], 23) + r->s[0];
  uint64_t t = r->s[1] << 17;
  r->s[2] ^= r->s[0];
  r->s[3] ^= r->s[1];
  r->s[1] ^= r->s[2];
  r->s[0] ^= r->s[3];
  r->s[2] ^= t;
  r->s[3] = rotate (r->s[3], 45);
  return result;
}

static inline double
to_unit (uint64_t bits)
{
  return (double) (bits >> 11) * 0x1p-53;
}

uint64_t
random_bits (RandomStream *stream)
{
  return next (stream);
}

double
random_uniform (RandomStream *stream)
{
  return to_unit (next (stream));
}

void
random_uniforms (RandomStream *stream, gsize n, double *out)
{
  RandomStream r = *stream; /* in registers */
  for (gsize i = 0; i < n; i++)
    out[i] = to_unit (next (&r));
  *stream = r;
}

/* Beyond ZIGGURAT_R (Marsaglia, "Generating a variable from the tail of the normal distribution",
 * Technometrics 6, 1964). */
static double
tail (RandomStream *r)
{
  for (;;)
    {
      double x = -log1p (-to_unit (next (r))) / ZIGGURAT_R;
      double y = -log1p (-to_unit (next (r)));
      if (y + y > x * x)
        return ZIGGURAT_R + x;
    }
}

static double
normal (RandomStream *r)
{
  for (;;)
    {
      /* 8 bits choose the layer, one the sign, the upper 53 the place in it. */
      uint64_t bits = next (r);
      unsigned layer = bits & 0xff;
      double x = to_unit (bits) * ziggurat_x[layer];
      if (G_UNLIKELY (x >= ziggurat_x[layer + 1]))
        {
          if (layer == 0)
            x = tail (r);
          else if (ziggurat_f[layer] + to_unit (next (r)) * (ziggurat_f[layer + 1] - ziggurat_f[layer])
                   >= exp (-0.5 * x * x))
            continue;
        }
      return (bits & 0x100) != 0 ? -x : x;
    }
}

void
random_normals (RandomStream *stream, gsize n, double *out)
{
  RandomStream r = *stream;
  for (gsize i = 0; i < n; i++)
    out[i] = normal (&r);
  *stream = r;
}
