/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Messages on the control socket as bytes; the format is in glompo-control.h. Both sides trust nothing that
 * they are sent: lengths are checked before anything is kept, content before it is read. Pure functions.
 */
#pragma once

#include <glib.h>

#define WIRE_HEADER_SIZE 8
#define WIRE_MAX_REQUEST (64u * 1024u)
#define WIRE_MAX_ANSWER (16u * 1024u * 1024u)

#define WIRE_REQUEST_TYPE "as"
#define WIRE_ANSWER_TYPE "(bsa{sv})"

/* Header and payload of a message; a floating reference is consumed. (transfer full) */
GBytes *wire_pack (GVariant *message);

/* The length that a header announces. FALSE: it is not one of ours. */
gboolean wire_read_header (const guint8 *header, guint32 *out_length);

/* The message in a payload, NULL: it is not one of that type in normal form. (transfer full) */
GVariant *wire_unpack (GBytes *payload, const char *type);
