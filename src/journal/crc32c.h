/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * CRC-32C (Castagnoli polynomial 0x1EDC6F41, reflected; RFC 3720 appendix B.4 has test values). Pure
 * functions, any thread.
 */
#pragma once

#include <glib.h>

/* Continues the checksum crc (0 at first) over size bytes; by the processor's own instruction where it
 * has one. */
guint32 crc32c (guint32 crc, gconstpointer data, gsize size);

/* The same on any processor. */
guint32 crc32c_portable (guint32 crc, gconstpointer data, gsize size);
