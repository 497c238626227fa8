/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* CRC-32C, by the processor's instruction and by tables, against published values and each other. */
#include "harness.h"

#include "journal/crc32c.h"

/* RFC 3720, appendix B.4; the CRC RevEng catalogue's check value for CRC-32/ISCSI. */
static void
test_checksum_published (void)
{
  guint8 zeros[32] = { 0 }, ones[32], rising[32], falling[32];
  static const guint8 scsi_read[48] = {
    0x01, 0xc0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x14, 0, 0, 0, 0, 0, 0x04, 0,
    0, 0, 0, 0x14, 0, 0, 0, 0x18, 0x28, 0, 0, 0, 0, 0, 0, 0, 0x02, 0, 0, 0, 0, 0, 0, 0,
  };
  guint32 (*const functions[]) (guint32, gconstpointer, gsize) = { crc32c, crc32c_portable };

  for (guint i = 0; i < 32; i++)
    {
      ones[i] = 0xff;
      rising[i] = (guint8) i;
      falling[i] = (guint8) (31 - i);
    }
  for (guint i = 0; i < G_N_ELEMENTS (functions); i++)
    {
      TEST_INT (functions[i](0, zeros, 32), 0x8a9136aa);
      TEST_INT (functions[i](0, ones, 32), 0x62a8ab43);
      TEST_INT (functions[i](0, rising, 32), 0x46dd794e);
      TEST_INT (functions[i](0, falling, 32), 0x113fdb5c);
      TEST_INT (functions[i](0, scsi_read, 48), 0xd9963a56);
      TEST_INT (functions[i](0, "123456789", 9), 0xe3069283);
      TEST_INT (functions[i](0, "", 0), 0);
    }
}

static void
test_checksum_alike (void)
{
  guint8 bytes[400];
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);

  for (guint i = 0; i < sizeof bytes; i++)
    bytes[i] = (guint8) g_rand_int (rand);
  guint differing = 0;
  for (gsize start = 0; start < 9; start++)
    for (gsize size = 0; size < 300; size++)
      {
        gsize half = size / 3;
        guint32 whole = crc32c (0, bytes + start, size);
        differing += whole != crc32c_portable (0, bytes + start, size);
        differing += whole != crc32c (crc32c (0, bytes + start, half), bytes + start + half, size - half);
      }
  TEST_INT (differing, 0);
}

static const TestCase cases[] = {
  { "published values", test_checksum_published },
  { "both ways alike", test_checksum_alike },
};

TEST_MAIN ("crc32c", cases)
