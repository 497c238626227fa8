/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Records as bytes: the layout that glompo-journal.h describes, for the writer and the reader. Pure
 * functions, any thread. Buffers that hold records are aligned to 8 bytes.
 */
#pragma once

#include <glib.h>
#include <glompo/glompo-journal.h>

#define RECORDS_MAGIC "GLOMPOJ1"
#define RECORDS_MAGIC_SIZE 8
#define RECORDS_FRAME_SIZE 32

/* The parts of an evaluation's payload before its numbers. */
#define RECORDS_EVALUATION_SIZE 32

/* Longest payload. Longer ones are neither written nor believed. */
#define RECORDS_MAX_PAYLOAD (64u * 1024u * 1024u)

/* The frame of a record. */
typedef struct {
  guint32 length; /* of the payload without padding */
  guint32 type;
  guint64 optimizer;
  gint64 time;
  guint32 payload_crc;
} RecordFrame;

/* Length of a payload with its padding. */
static inline gsize
records_padded (gsize length)
{
  return (length + 7) & ~(gsize) 7;
}

/* The highest type of record that there is. */
guint32 records_highest_type (void);

/* Zeroes the padding behind the payload, works out its checksum (frame->payload_crc is ignored) and writes
 * the frame. bytes has RECORDS_FRAME_SIZE + records_padded (length) bytes. */
void records_seal (guint8 *bytes, const RecordFrame *frame);

/* Reads a frame of RECORDS_FRAME_SIZE bytes. FALSE: its checksum is wrong. */
gboolean records_open (const guint8 *bytes, RecordFrame *out_frame);

/* Payload of an evaluation: its length, and its bytes. */
gsize records_evaluation_length (const GlompoEvaluation *evaluation);
void records_put_evaluation (guint8 *payload, const GlompoEvaluation *evaluation);

/* The payload read in place: x and extras point into it, so its numbers are turned to the byte order of
 * the host there. FALSE: it is not one. */
gboolean records_get_evaluation (guint8 *payload, gsize length, GlompoEvaluation *out_evaluation);

/* The details in the byte order of the file. (transfer full) */
GVariant *records_normalise (GVariant *details);

/* The details behind a payload that is copied; NULL: not a{sv} in normal form. (transfer full) */
GVariant *records_get_details (const guint8 *payload, gsize length);
