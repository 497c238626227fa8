/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See wire.h. */
#include "control/wire.h"
#include <string.h>

static const char magic[4] = { 'G', 'L', 'C', 'P' };

GBytes *
wire_pack (GVariant *message)
{
  g_autoptr (GVariant) held = g_variant_ref_sink (message);
  g_autoptr (GVariant) normal = g_variant_get_normal_form (held);
  gsize size = g_variant_get_size (normal);
  guint32 length = (guint32) size;
  guint8 *bytes = g_malloc (WIRE_HEADER_SIZE + size);
  memcpy (bytes, magic, sizeof magic);
  memcpy (bytes + sizeof magic, &length, sizeof length);
  g_variant_store (normal, bytes + WIRE_HEADER_SIZE);
  return g_bytes_new_take (bytes, WIRE_HEADER_SIZE + size);
}

gboolean
wire_read_header (const guint8 *header, guint32 *out_length)
{
  if (memcmp (header, magic, sizeof magic) != 0)
    return FALSE;
  memcpy (out_length, header + sizeof magic, sizeof *out_length);
  return TRUE;
}

GVariant *
wire_unpack (GBytes *payload, const char *type)
{
  g_autoptr (GVariant) message
      = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (type), payload, FALSE));
  return g_variant_is_normal_form (message) ? g_steal_pointer (&message) : NULL;
}
