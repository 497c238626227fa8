/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * CRC-32C two ways. Portable: eight bytes per step through eight tables (M. E. Kounavis and F. L. Berry,
 * "Novel table lookup-based algorithms for high-performance CRC generation", IEEE Trans. Comput. 57(11),
 * 2008). x86-64 with SSE 4.2: the CRC32 instruction, chosen when the program runs.
 */
#include "journal/crc32c.h"

#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)
#include <nmmintrin.h>
#define HAVE_CRC32_INSTRUCTION 1
#else
#define HAVE_CRC32_INSTRUCTION 0
#endif

/* A checksum without preset is linear over exclusive or, so a table of 256 follows from the eight entries
 * at the powers of two. */
#define ENTRY(I, A, B, C, D, E, F, G, H)                                                                    \
  (((I) & 1 ? A : 0) ^ ((I) & 2 ? B : 0) ^ ((I) & 4 ? C : 0) ^ ((I) & 8 ? D : 0) ^ ((I) & 16 ? E : 0)       \
   ^ ((I) & 32 ? F : 0) ^ ((I) & 64 ? G : 0) ^ ((I) & 128 ? H : 0))
#define ENTRIES_4(I, ...)                                                                                   \
  ENTRY (I, __VA_ARGS__), ENTRY ((I) + 1, __VA_ARGS__), ENTRY ((I) + 2, __VA_ARGS__),                       \
      ENTRY ((I) + 3, __VA_ARGS__)
#define ENTRIES_16(I, ...)                                                                                  \
  ENTRIES_4 (I, __VA_ARGS__), ENTRIES_4 ((I) + 4, __VA_ARGS__), ENTRIES_4 ((I) + 8, __VA_ARGS__),           \
      ENTRIES_4 ((I) + 12, __VA_ARGS__)
#define ENTRIES_64(I, ...)                                                                                  \
  ENTRIES_16 (I, __VA_ARGS__), ENTRIES_16 ((I) + 16, __VA_ARGS__), ENTRIES_16 ((I) + 32, __VA_ARGS__),      \
      ENTRIES_16 ((I) + 48, __VA_ARGS__)
#define TABLE(...)                                                                                          \
  ENTRIES_64 (0, __VA_ARGS__), ENTRIES_64 (64, __VA_ARGS__), ENTRIES_64 (128, __VA_ARGS__),                 \
      ENTRIES_64 (192, __VA_ARGS__)

/* table[k][byte]: the checksum of that byte followed by k zero bytes. */
static const guint32 table[8][256] = {
  { TABLE (0xf26b8303, 0xe13b70f7, 0xc79a971f, 0x8ad958cf, 0x105ec76f, 0x20bd8ede, 0x417b1dbc, 0x82f63b78) },
  { TABLE (0x13a29877, 0x274530ee, 0x4e8a61dc, 0x9d14c3b8, 0x3fc5f181, 0x7f8be302, 0xff17c604, 0xfbc3faf9) },
  { TABLE (0xa541927e, 0x4f6f520d, 0x9edea41a, 0x38513ec5, 0x70a27d8a, 0xe144fb14, 0xc76580d9, 0x8b277743) },
  { TABLE (0xdd45aab8, 0xbf672381, 0x7b2231f3, 0xf64463e6, 0xe964b13d, 0xd725148b, 0xaba65fe7, 0x52a0c93f) },
  { TABLE (0x38116fac, 0x7022df58, 0xe045beb0, 0xc5670b91, 0x8f2261d3, 0x1ba8b557, 0x37516aae, 0x6ea2d55c) },
  { TABLE (0xef306b19, 0xdb8ca0c3, 0xb2f53777, 0x6006181f, 0xc00c303e, 0x85f4168d, 0x0e045beb, 0x1c08b7d6) },
  { TABLE (0x68032cc8, 0xd0065990, 0xa5e0c5d1, 0x4e2dfd53, 0x9c5bfaa6, 0x3d5b83bd, 0x7ab7077a, 0xf56e0ef4) },
  { TABLE (0x493c7d27, 0x9278fa4e, 0x211d826d, 0x423b04da, 0x847609b4, 0x0d006599, 0x1a00cb32, 0x34019664) },
};

guint32
crc32c_portable (guint32 crc, gconstpointer data, gsize size)
{
  const guint8 *p = data;

  crc = ~crc;
  for (; size >= 8; size -= 8, p += 8)
    {
      crc ^= p[0] | (guint32) p[1] << 8 | (guint32) p[2] << 16 | (guint32) p[3] << 24;
      crc = table[7][crc & 0xff] ^ table[6][crc >> 8 & 0xff] ^ table[5][crc >> 16 & 0xff]
            ^ table[4][crc >> 24] ^ table[3][p[4]] ^ table[2][p[5]] ^ table[1][p[6]] ^ table[0][p[7]];
    }
  for (; size > 0; size--, p++)
    crc = crc >> 8 ^ table[0][(crc ^ *p) & 0xff];
  return ~crc;
}

#if HAVE_CRC32_INSTRUCTION
__attribute__ ((target ("sse4.2"))) static guint32
crc32c_instruction (guint32 crc, gconstpointer data, gsize size)
{
  const guint8 *p = data;
  guint64 wide = (guint32) ~crc;

  for (; size >= 8; size -= 8, p += 8)
    {
      guint64 word;
      memcpy (&word, p, 8);
      wide = _mm_crc32_u64 (wide, word);
    }
  crc = (guint32) wide;
  for (; size > 0; size--, p++)
    crc = _mm_crc32_u8 (crc, *p);
  return ~crc;
}
#endif

guint32
crc32c (guint32 crc, gconstpointer data, gsize size)
{
#if HAVE_CRC32_INSTRUCTION
  if (__builtin_cpu_supports ("sse4.2"))
    return crc32c_instruction (crc, data, size);
#endif
  return crc32c_portable (crc, data, size);
}
