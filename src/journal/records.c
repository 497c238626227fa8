/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Records as bytes, see records.h. The frame has a checksum of its own, so that a damaged length is never
 * believed: only then can a file that ends inside a record be told from one that is damaged.
 */
#include "journal/records.h"

#include <string.h>

#include "journal/crc32c.h"

/* Bytes of the frame that its own checksum covers. */
#define CHECKED_SIZE (RECORDS_FRAME_SIZE - 4)

static void
put_u32 (guint8 *bytes, guint32 value)
{
  value = GUINT32_TO_LE (value);
  memcpy (bytes, &value, sizeof value);
}

static void
put_u64 (guint8 *bytes, guint64 value)
{
  value = GUINT64_TO_LE (value);
  memcpy (bytes, &value, sizeof value);
}

static guint32
get_u32 (const guint8 *bytes)
{
  guint32 value;
  memcpy (&value, bytes, sizeof value);
  return GUINT32_FROM_LE (value);
}

static guint64
get_u64 (const guint8 *bytes)
{
  guint64 value;
  memcpy (&value, bytes, sizeof value);
  return GUINT64_FROM_LE (value);
}

/* Between the byte order of the host and of the file, either way. */
static void
swap_doubles (guint8 *bytes, gsize n)
{
#if G_BYTE_ORDER == G_BIG_ENDIAN
  for (gsize i = 0; i < n; i++)
    {
      guint64 bits = get_u64 (bytes + 8 * i);
      memcpy (bytes + 8 * i, &bits, 8);
    }
#else
  (void) bytes;
  (void) n;
#endif
}

static void
put_doubles (guint8 *bytes, const double *values, gsize n)
{
  if (n == 0)
    return;
  memcpy (bytes, values, n * sizeof *values);
  swap_doubles (bytes, n);
}

void
records_seal (guint8 *bytes, const RecordFrame *frame)
{
  guint8 *payload = bytes + RECORDS_FRAME_SIZE;
  gsize padded = records_padded (frame->length);

  memset (payload + frame->length, 0, padded - frame->length);
  put_u32 (bytes, frame->length);
  put_u32 (bytes + 4, frame->type);
  put_u64 (bytes + 8, frame->optimizer);
  put_u64 (bytes + 16, (guint64) frame->time);
  put_u32 (bytes + 24, crc32c (0, payload, padded));
  put_u32 (bytes + 28, crc32c (0, bytes, CHECKED_SIZE));
}

gboolean
records_open (const guint8 *bytes, RecordFrame *out_frame)
{
  if (get_u32 (bytes + 28) != crc32c (0, bytes, CHECKED_SIZE))
    return FALSE;
  out_frame->length = get_u32 (bytes);
  out_frame->type = get_u32 (bytes + 4);
  out_frame->optimizer = get_u64 (bytes + 8);
  out_frame->time = (gint64) get_u64 (bytes + 16);
  out_frame->payload_crc = get_u32 (bytes + 24);
  return TRUE;
}

gsize
records_evaluation_length (const GlompoEvaluation *evaluation)
{
  return RECORDS_EVALUATION_SIZE + (evaluation->n + evaluation->n_extras) * sizeof (double);
}

void
records_put_evaluation (guint8 *payload, const GlompoEvaluation *evaluation)
{
  put_doubles (payload, &evaluation->f, 1);
  put_u64 (payload + 8, evaluation->call);
  put_u64 (payload + 16, evaluation->point);
  put_u32 (payload + 24, (guint32) evaluation->status);
  put_u32 (payload + 28, (guint32) evaluation->n_extras);
  payload += RECORDS_EVALUATION_SIZE;
  put_doubles (payload, evaluation->x, evaluation->n);
  put_doubles (payload + evaluation->n * sizeof (double), evaluation->extras, evaluation->n_extras);
}

gboolean
records_get_evaluation (guint8 *payload, gsize length, GlompoEvaluation *out_evaluation)
{
  if (length < RECORDS_EVALUATION_SIZE || length % sizeof (double) != 0)
    return FALSE;
  gsize n_values = (length - RECORDS_EVALUATION_SIZE) / sizeof (double);
  gsize n_extras = get_u32 (payload + 28);
  if (n_extras > n_values)
    return FALSE;

  out_evaluation->call = get_u64 (payload + 8);
  out_evaluation->point = get_u64 (payload + 16);
  out_evaluation->status = (gint32) get_u32 (payload + 24);
  out_evaluation->n = n_values - n_extras;
  out_evaluation->n_extras = n_extras;
  swap_doubles (payload, 1);
  swap_doubles (payload + RECORDS_EVALUATION_SIZE, n_values);
  memcpy (&out_evaluation->f, payload, sizeof (double));
  out_evaluation->x = (const double *) (gconstpointer) (payload + RECORDS_EVALUATION_SIZE);
  out_evaluation->extras = out_evaluation->x + out_evaluation->n;
  return TRUE;
}

/* A byte swap, which is its own inverse, where the host needs one. (transfer full) */
static GVariant *
swap_variant (GVariant *variant)
{
#if G_BYTE_ORDER == G_BIG_ENDIAN
  return g_variant_byteswap (variant);
#else
  return g_variant_ref (variant);
#endif
}

GVariant *
records_normalise (GVariant *details)
{
  g_autoptr (GVariant) normal = g_variant_get_normal_form (details);
  return swap_variant (normal);
}

GVariant *
records_get_details (const guint8 *payload, gsize length)
{
  g_autoptr (GBytes) bytes = g_bytes_new (payload, length);
  g_autoptr (GVariant) stored = g_variant_new_from_bytes (G_VARIANT_TYPE_VARDICT, bytes, FALSE);
  g_variant_ref_sink (stored);
  if (!g_variant_is_normal_form (stored))
    return NULL;
  return swap_variant (stored);
}

static const char *const names[] = {
  [GLOMPO_RECORD_RUN_STARTED] = "run-started",
  [GLOMPO_RECORD_FINDING] = "finding",
  [GLOMPO_RECORD_OPTIMIZER_STARTED] = "optimizer-started",
  [GLOMPO_RECORD_EVALUATION] = "evaluation",
  [GLOMPO_RECORD_HUNT] = "hunt",
  [GLOMPO_RECORD_STOP] = "stop",
  [GLOMPO_RECORD_INJECTION] = "injection",
  [GLOMPO_RECORD_MESSAGE] = "message",
  [GLOMPO_RECORD_STATUS] = "status",
  [GLOMPO_RECORD_OPTIMIZER_ENDED] = "optimizer-ended",
  [GLOMPO_RECORD_RUN_ENDED] = "run-ended",
  [GLOMPO_RECORD_FREEZE] = "freeze",
  [GLOMPO_RECORD_REVIVE] = "revive",
  [GLOMPO_RECORD_SPAWNING_STOPPED] = "spawning-stopped",
  [GLOMPO_RECORD_COMMAND] = "command",
  [GLOMPO_RECORD_SETTING_CHANGED] = "setting-changed",
};

const char *
glompo_record_type_to_string (GlompoRecordType type)
{
  return (guint) type < G_N_ELEMENTS (names) ? names[type] : NULL;
}

guint32
records_highest_type (void)
{
  return G_N_ELEMENTS (names) - 1;
}
