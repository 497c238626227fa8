/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Journals as bytes: what is written is read, and every way in which a file can be cut short or damaged.
 * The writer's behaviour on a full disk is in test-journal-disk.c.
 */
#include "harness.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "journal/crc32c.h"
#include "journal/records.h"
#include "journal/writer.h"

#define N_EVALUATIONS 5

static char *
fresh_path (void)
{
  static guint count; /* names only */
  g_autofree char *name = g_strdup_printf ("journal-%u", count++);
  return g_build_filename (test_scratch_dir (), name, NULL);
}

/* Evaluation number call, with n parameters and n_extras extras made up from it. */
static void
put_evaluation (JournalWriter *writer, guint64 call, gsize n, gsize n_extras)
{
  g_autofree double *values = g_new (double, n + n_extras + 1);
  for (gsize i = 0; i < n + n_extras; i++)
    values[i] = (double) call + (double) i / 7.0;
  GlompoEvaluation evaluation = { .call = call,
                                  .point = 100 + call,
                                  .status = call % 3 == 0,
                                  .f = call % 3 == 0 ? INFINITY : (double) call / 3.0,
                                  .n = n,
                                  .x = values,
                                  .n_extras = n_extras,
                                  .extras = values + n };
  journal_writer_evaluation (writer, 1000 + (gint64) call, 7, &evaluation);
}

static void
check_evaluation (const GlompoRecord *record, guint64 call, gsize n, gsize n_extras)
{
  const GlompoEvaluation *evaluation = &record->evaluation;

  TEST_INT (record->type, GLOMPO_RECORD_EVALUATION);
  CU_ASSERT_PTR_NULL (record->details);
  TEST_INT (record->optimizer, 7);
  TEST_INT (record->time, 1000 + call);
  TEST_INT (evaluation->call, call);
  TEST_INT (evaluation->point, 100 + call);
  TEST_INT (evaluation->status, call % 3 == 0);
  CU_ASSERT (evaluation->f == (call % 3 == 0 ? INFINITY : (double) call / 3.0));
  TEST_INT (evaluation->n, n);
  TEST_INT (evaluation->n_extras, n_extras);
  CU_ASSERT (((guintptr) evaluation->x) % sizeof (double) == 0);
  gboolean same = evaluation->n == n && evaluation->n_extras == n_extras;
  for (gsize i = 0; same && i < n; i++)
    same = evaluation->x[i] == (double) call + (double) i / 7.0;
  for (gsize i = 0; same && i < n_extras; i++)
    same = evaluation->extras[i] == (double) call + (double) (n + i) / 7.0;
  CU_ASSERT (same);
}

static GVariant *
message (const char *text)
{
  GVariantDict dict;
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "text", "s", text);
  return g_variant_dict_end (&dict);
}

static JournalWriter *
writer_at (const char *path)
{
  g_autoptr (GError) error = NULL;
  JournalWriter *writer = journal_writer_new (path, &error);
  TEST_NO_ERROR (error);
  return writer;
}

static void
close_writer (JournalWriter *writer)
{
  g_autoptr (GError) error = NULL;
  CU_ASSERT (journal_writer_close (writer, &error));
  TEST_NO_ERROR (error);
}

/* A small journal with a message, evaluations, a message: text of odd length, so that there is padding. */
static char *
small_journal (void)
{
  char *path = fresh_path ();
  JournalWriter *writer = writer_at (path);
  journal_writer_record (writer, GLOMPO_RECORD_MESSAGE, 1, 0, message ("first"));
  for (guint64 call = 1; call <= N_EVALUATIONS; call++)
    put_evaluation (writer, call, 3, 2);
  journal_writer_record (writer, GLOMPO_RECORD_MESSAGE, 2, 0, message ("an odd last one"));
  close_writer (writer);
  return path;
}

static void
read_bytes (const char *path, GByteArray *out_bytes)
{
  char *contents = NULL;
  gsize length = 0;
  CU_ASSERT_FATAL (g_file_get_contents (path, &contents, &length, NULL));
  g_byte_array_append (out_bytes, (const guint8 *) contents, (guint) length);
  g_free (contents);
}

static void
write_bytes (const char *path, const guint8 *bytes, gsize length)
{
  CU_ASSERT_FATAL (g_file_set_contents_full (path, (const char *) bytes, (gssize) length,
                                             G_FILE_SET_CONTENTS_NONE, 0600, NULL));
}

/* Reads to the end; returns the number of records. */
static guint
read_all (const char *path, GlompoJournalResult *out_result, guint64 *out_offset, GError **error)
{
  guint n = 0;
  const GlompoRecord *record;

  g_autoptr (GlompoJournalReader) reader = glompo_journal_reader_new (path, error);
  *out_result = GLOMPO_JOURNAL_FAILED;
  *out_offset = 0;
  if (reader == NULL)
    return 0;
  while ((*out_result = glompo_journal_reader_next (reader, &record, error)) == GLOMPO_JOURNAL_RECORD)
    n++;
  *out_offset = glompo_journal_reader_get_offset (reader);
  return n;
}

/* Offsets behind each record, the first is that behind the magic. */
static GArray *
boundaries (const char *path)
{
  GArray *ends = g_array_new (FALSE, FALSE, sizeof (guint64));
  g_autoptr (GlompoJournalReader) reader = glompo_journal_reader_new (path, NULL);
  do
    {
      guint64 end = glompo_journal_reader_get_offset (reader);
      g_array_append_val (ends, end);
    }
  while (glompo_journal_reader_next (reader, NULL, NULL) == GLOMPO_JOURNAL_RECORD);
  return ends;
}

static void
test_evaluations_return (void)
{
  static const gsize sizes[][2] = { { 0, 0 }, { 1, 0 }, { 0, 3 }, { 2, 1 }, { 20, 0 }, { 1000, 7 },
                                    { 3, 200001 }, { 300000, 2 }, { 1, 1 } };
  g_autofree char *path = fresh_path ();
  JournalWriter *writer = writer_at (path);
  guint64 call = 0;

  for (guint round = 0; round < 3; round++)
    for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
      put_evaluation (writer, ++call, sizes[i][0], sizes[i][1]);
  guint64 size = journal_writer_get_size (writer);
  close_writer (writer);

  g_autoptr (GError) error = NULL;
  g_autoptr (GlompoJournalReader) reader = glompo_journal_reader_new (path, &error);
  const GlompoRecord *record = NULL;
  call = 0;
  for (guint round = 0; round < 3; round++)
    for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
      {
        TEST_INT (glompo_journal_reader_next (reader, &record, &error), GLOMPO_JOURNAL_RECORD);
        check_evaluation (record, ++call, sizes[i][0], sizes[i][1]);
      }
  TEST_INT (glompo_journal_reader_next (reader, &record, &error), GLOMPO_JOURNAL_END);
  TEST_NO_ERROR (error);
  TEST_INT (glompo_journal_reader_get_offset (reader), size);
}

static void
test_special_numbers (void)
{
  const double x[] = { -0.0, 5e-324, -INFINITY, NAN, 1.7976931348623157e308, 0.1 };
  g_autofree char *path = fresh_path ();
  JournalWriter *writer = writer_at (path);
  GlompoEvaluation evaluation
      = { .call = G_MAXUINT64, .point = 1ull << 63, .status = -5, .f = NAN, .n = G_N_ELEMENTS (x), .x = x };
  journal_writer_evaluation (writer, G_MININT64, G_MAXUINT64, &evaluation);
  close_writer (writer);

  g_autoptr (GlompoJournalReader) reader = glompo_journal_reader_new (path, NULL);
  const GlompoRecord *record = NULL;
  TEST_INT (glompo_journal_reader_next (reader, &record, NULL), GLOMPO_JOURNAL_RECORD);
  CU_ASSERT (record->optimizer == G_MAXUINT64);
  CU_ASSERT (record->time == G_MININT64);
  CU_ASSERT (record->evaluation.call == G_MAXUINT64);
  CU_ASSERT (record->evaluation.point == 1ull << 63);
  TEST_INT (record->evaluation.status, -5);
  CU_ASSERT (isnan (record->evaluation.f));
  CU_ASSERT (memcmp (record->evaluation.x, x, sizeof x) == 0);
}

/* Every type, with details of every length from nothing to more than the buffer. */
static void
test_details_return (void)
{
  static const gsize lengths[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 1000, 3000000 };
  g_autofree char *path = fresh_path ();
  JournalWriter *writer = writer_at (path);
  for (gint type = 1; type <= 11; type++)
    for (guint i = 0; type != GLOMPO_RECORD_EVALUATION && i < G_N_ELEMENTS (lengths); i++)
      {
        g_autofree char *text = g_strnfill (lengths[i], 'x');
        journal_writer_record (writer, type, type, (guint64) i, message (text));
      }
  journal_writer_record (writer, GLOMPO_RECORD_MESSAGE, 0, 0, NULL);
  journal_writer_record (writer, 12345, 0, 0, message ("from the future"));
  close_writer (writer);

  g_autoptr (GlompoJournalReader) reader = glompo_journal_reader_new (path, NULL);
  const GlompoRecord *record = NULL;
  const char *text = NULL;
  for (gint type = 1; type <= 11; type++)
    for (guint i = 0; type != GLOMPO_RECORD_EVALUATION && i < G_N_ELEMENTS (lengths); i++)
      {
        TEST_INT (glompo_journal_reader_next (reader, &record, NULL), GLOMPO_JOURNAL_RECORD);
        TEST_INT (record->type, type);
        TEST_INT (record->optimizer, i);
        CU_ASSERT_FATAL (g_variant_lookup (record->details, "text", "&s", &text));
        TEST_INT (strlen (text), lengths[i]);
      }
  TEST_INT (glompo_journal_reader_next (reader, &record, NULL), GLOMPO_JOURNAL_RECORD);
  TEST_INT (g_variant_n_children (record->details), 0);
  TEST_INT (glompo_journal_reader_next (reader, &record, NULL), GLOMPO_JOURNAL_RECORD);
  TEST_INT (record->type, 12345);
  CU_ASSERT_PTR_NULL (glompo_record_type_to_string (record->type));
  TEST_INT (glompo_journal_reader_next (reader, &record, NULL), GLOMPO_JOURNAL_END);
}

static void
test_type_names (void)
{
  TEST_STR (glompo_record_type_to_string (GLOMPO_RECORD_RUN_STARTED), "run-started");
  TEST_STR (glompo_record_type_to_string (GLOMPO_RECORD_EVALUATION), "evaluation");
  TEST_STR (glompo_record_type_to_string (GLOMPO_RECORD_RUN_ENDED), "run-ended");
  CU_ASSERT_PTR_NULL (glompo_record_type_to_string (0));
  TEST_STR (glompo_record_type_to_string (GLOMPO_RECORD_REVIVE), "revive");
  TEST_STR (glompo_record_type_to_string (GLOMPO_RECORD_SPAWNING_STOPPED), "spawning-stopped");
  TEST_STR (glompo_record_type_to_string (GLOMPO_RECORD_SETTING_CHANGED), "setting-changed");
  CU_ASSERT_PTR_NULL (glompo_record_type_to_string (1000));
}

/* The bytes on the disk, put together by hand from the description of the format. */
static void
test_layout (void)
{
  g_autofree char *path = fresh_path ();
  JournalWriter *writer = writer_at (path);
  const double x[] = { 1.0, -2.0 };
  GlompoEvaluation evaluation = { .call = 3, .point = 4, .status = 0, .f = 0.5, .n = 1, .x = x,
                                  .n_extras = 1, .extras = x + 1 };
  journal_writer_evaluation (writer, 0x0102030405060708, 9, &evaluation);
  close_writer (writer);

  static const guint8 expected[] = {
    'G', 'L', 'O', 'M', 'P', 'O', 'J', '1', 48, 0, 0, 0, 4, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0,
    8, 7, 6, 5, 4, 3, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0,                    /* both checksums */
    0, 0, 0, 0, 0, 0, 0xe0, 0x3f, 3, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0xc0,
  };
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  read_bytes (path, bytes);
  TEST_INT (bytes->len, sizeof expected);
  CU_ASSERT_FATAL (bytes->len == sizeof expected);
  guint32 payload_crc = GUINT32_TO_LE (crc32c (0, bytes->data + 40, 48));
  guint32 frame_crc = GUINT32_TO_LE (crc32c (0, bytes->data + 8, 28));
  CU_ASSERT (memcmp (bytes->data + 32, &payload_crc, 4) == 0);
  CU_ASSERT (memcmp (bytes->data + 36, &frame_crc, 4) == 0);
  memset (bytes->data + 32, 0, 8);
  CU_ASSERT (memcmp (bytes->data, expected, sizeof expected) == 0);
}

/* Cut at every byte: torn, or the end, never damaged; and what is before the cut is there. */
static void
test_truncated_everywhere (void)
{
  g_autofree char *path = small_journal ();
  g_autofree char *cut = fresh_path ();
  g_autoptr (GArray) ends = boundaries (path);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  read_bytes (path, bytes);
  TEST_INT (ends->len, N_EVALUATIONS + 3);
  for (guint length = 0; length <= bytes->len; length++)
    {
      guint whole = 0;
      while (whole < ends->len && g_array_index (ends, guint64, whole) <= length)
        whole++;
      guint64 good = whole > 0 ? g_array_index (ends, guint64, whole - 1) : 0;
      GlompoJournalResult result;
      guint64 offset;
      g_autoptr (GError) error = NULL;
      write_bytes (cut, bytes->data, length);
      TEST_INT (read_all (cut, &result, &offset, &error), whole > 0 ? whole - 1 : 0);
      TEST_INT (result, good == length && whole > 0 ? GLOMPO_JOURNAL_END : GLOMPO_JOURNAL_TORN);
      TEST_INT (offset, good);
      TEST_NO_ERROR (error);
    }
}

/* The same with zeros where records were and behind. */
static void
test_zeros_instead (void)
{
  g_autofree char *path = small_journal ();
  g_autofree char *cut = fresh_path ();
  g_autoptr (GArray) ends = boundaries (path);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  read_bytes (path, bytes);
  guint length = bytes->len;
  g_byte_array_set_size (bytes, length + 5000);
  memset (bytes->data + length, 0, 5000);
  for (guint i = ends->len - 1; i > 0; i--)
    {
      guint64 good = g_array_index (ends, guint64, i), offset;
      GlompoJournalResult result;
      g_autoptr (GError) error = NULL;
      memset (bytes->data + good, 0, length - good);
      write_bytes (cut, bytes->data, bytes->len);
      TEST_INT (read_all (cut, &result, &offset, &error), i);
      TEST_INT (result, GLOMPO_JOURNAL_TORN);
      TEST_INT (offset, good);
    }
}

/* A power cut that kept only the first sectors of a long record. */
static void
test_lost_sectors (void)
{
  g_autofree char *path = fresh_path ();
  JournalWriter *writer = writer_at (path);
  put_evaluation (writer, 1, 200, 0);
  put_evaluation (writer, 2, 200, 0);
  close_writer (writer);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  read_bytes (path, bytes);

  GlompoJournalResult result;
  guint64 offset;
  g_autoptr (GError) error = NULL;
  memset (bytes->data + 2560, 0, bytes->len - 2560);
  write_bytes (path, bytes->data, bytes->len);
  TEST_INT (read_all (path, &result, &offset, &error), 1);
  TEST_INT (result, GLOMPO_JOURNAL_TORN);

  bytes->data[bytes->len - 1] = 1; /* something else came after the hole */
  write_bytes (path, bytes->data, bytes->len);
  TEST_INT (read_all (path, &result, &offset, &error), 1);
  TEST_INT (result, GLOMPO_JOURNAL_FAILED);
  CU_ASSERT (g_error_matches (error, GLOMPO_JOURNAL_ERROR, GLOMPO_JOURNAL_ERROR_CORRUPT));
}

/* Every single flipped bit is found, at the record that it is in; the message has the offset. */
static void
test_flipped_bits (void)
{
  g_autofree char *path = small_journal ();
  g_autofree char *flipped = fresh_path ();
  g_autoptr (GArray) ends = boundaries (path);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  read_bytes (path, bytes);
  for (guint at = 0; at < bytes->len; at++)
    {
      guint whole = 0;
      while (g_array_index (ends, guint64, whole) <= at)
        whole++;
      guint8 bit = (guint8) (1u << at % 8);
      GlompoJournalResult result;
      guint64 offset;
      g_autoptr (GError) error = NULL;
      bytes->data[at] ^= bit;
      write_bytes (flipped, bytes->data, bytes->len);
      bytes->data[at] ^= bit;
      TEST_INT (read_all (flipped, &result, &offset, &error), whole > 0 ? whole - 1 : 0);
      TEST_INT (result, GLOMPO_JOURNAL_FAILED);
      CU_ASSERT_FATAL (error != NULL);
      if (whole == 0)
        continue;
      g_autofree char *where = g_strdup_printf ("at byte %" G_GUINT64_FORMAT,
                                                g_array_index (ends, guint64, whole - 1));
      TEST_INT (error->code, GLOMPO_JOURNAL_ERROR_CORRUPT);
      TEST_CONTAINS (error->message, where);
    }
}

static void
test_garbage_behind (void)
{
  g_autofree char *path = small_journal ();
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  GlompoJournalResult result;
  guint64 offset;
  g_autoptr (GError) error = NULL;

  read_bytes (path, bytes);
  guint length = bytes->len;
  g_byte_array_append (bytes, (const guint8 *) "what is this doing here, at the end of the file?", 48);
  write_bytes (path, bytes->data, bytes->len);
  TEST_INT (read_all (path, &result, &offset, &error), N_EVALUATIONS + 2);
  TEST_INT (result, GLOMPO_JOURNAL_FAILED);
  TEST_INT (offset, length);
  CU_ASSERT (g_error_matches (error, GLOMPO_JOURNAL_ERROR, GLOMPO_JOURNAL_ERROR_CORRUPT));
}

/* A record with good checksums whose contents are not what its type wants. */
static gboolean
refuses (guint32 type, const guint8 *payload, guint32 length)
{
  g_autofree char *path = fresh_path ();
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  gsize size = RECORDS_FRAME_SIZE + records_padded (length);
  g_autofree guint8 *record = g_malloc0 (size);
  RecordFrame frame = { .length = length, .type = type };
  GlompoJournalResult result;
  guint64 offset;
  g_autoptr (GError) error = NULL;

  if (length > 0)
    memcpy (record + RECORDS_FRAME_SIZE, payload, length);
  records_seal (record, &frame);
  g_byte_array_append (bytes, (const guint8 *) RECORDS_MAGIC, RECORDS_MAGIC_SIZE);
  g_byte_array_append (bytes, record, (guint) size);
  write_bytes (path, bytes->data, bytes->len);
  return read_all (path, &result, &offset, &error) == 0 && result == GLOMPO_JOURNAL_FAILED
         && g_error_matches (error, GLOMPO_JOURNAL_ERROR, GLOMPO_JOURNAL_ERROR_CORRUPT);
}

static void
test_nonsense_with_good_checksums (void)
{
  guint8 payload[64] = { 0 };

  CU_ASSERT (refuses (GLOMPO_RECORD_EVALUATION, payload, 0));
  CU_ASSERT (refuses (GLOMPO_RECORD_EVALUATION, payload, 31));
  CU_ASSERT (refuses (GLOMPO_RECORD_EVALUATION, payload, 41));
  payload[28] = 5; /* five extras in the room of four */
  CU_ASSERT (refuses (GLOMPO_RECORD_EVALUATION, payload, 64));
  memset (payload, 0xff, sizeof payload);
  CU_ASSERT (refuses (GLOMPO_RECORD_EVALUATION, payload, 64));
  CU_ASSERT (refuses (GLOMPO_RECORD_MESSAGE, payload, 64));
  CU_ASSERT (refuses (GLOMPO_RECORD_MESSAGE, payload, 1));
}

/* A length above the limit is refused before anything is read or allocated for it. */
static void
test_absurd_length (void)
{
  g_autofree char *path = fresh_path ();
  guint8 bytes[RECORDS_MAGIC_SIZE + RECORDS_FRAME_SIZE] = RECORDS_MAGIC;
  guint8 *frame = bytes + RECORDS_MAGIC_SIZE;
  guint32 length = GUINT32_TO_LE (RECORDS_MAX_PAYLOAD + 1), type = GUINT32_TO_LE (8);
  GlompoJournalResult result;
  guint64 offset;
  g_autoptr (GError) error = NULL;

  memcpy (frame, &length, 4);
  memcpy (frame + 4, &type, 4);
  guint32 crc = GUINT32_TO_LE (crc32c (0, frame, 28));
  memcpy (frame + 28, &crc, 4);
  write_bytes (path, bytes, sizeof bytes);
  TEST_INT (read_all (path, &result, &offset, &error), 0);
  TEST_INT (result, GLOMPO_JOURNAL_FAILED);
  CU_ASSERT (g_error_matches (error, GLOMPO_JOURNAL_ERROR, GLOMPO_JOURNAL_ERROR_CORRUPT));
}

static void
expect_refusal (const char *path, GlompoJournalError code, const char *part)
{
  g_autoptr (GError) error = NULL;
  CU_ASSERT_PTR_NULL (glompo_journal_reader_new (path, &error));
  CU_ASSERT_FATAL (g_error_matches (error, GLOMPO_JOURNAL_ERROR, code));
  TEST_CONTAINS (error->message, part);
}

static void
test_not_a_journal (void)
{
  g_autofree char *path = fresh_path ();

  expect_refusal (path, GLOMPO_JOURNAL_ERROR_IO, "No such file");
  expect_refusal (test_scratch_dir (), GLOMPO_JOURNAL_ERROR_IO, GLOMPO_JOURNAL_FILE);
  write_bytes (path, (const guint8 *) "[glompo]\nmax_jobs = 4\n", 22);
  expect_refusal (path, GLOMPO_JOURNAL_ERROR_FORMAT, "not a journal");
  write_bytes (path, (const guint8 *) "GLOMPOJ9________", 16);
  expect_refusal (path, GLOMPO_JOURNAL_ERROR_VERSION, "another version");
}

/* The reader of a run directory keeps up with a writer that goes on. */
static void
test_growing_file (void)
{
  g_autofree char *directory = fresh_path ();
  g_autofree char *path = g_build_filename (directory, GLOMPO_JOURNAL_FILE, NULL);
  CU_ASSERT_FATAL (g_mkdir (directory, 0700) == 0);
  JournalWriter *writer = writer_at (path);
  g_autoptr (GlompoJournalReader) reader = glompo_journal_reader_new (directory, NULL);
  const GlompoRecord *record = NULL;

  for (guint64 call = 1; call <= 20; call++)
    {
      TEST_INT (glompo_journal_reader_next (reader, &record, NULL), GLOMPO_JOURNAL_END);
      put_evaluation (writer, call, 5, 0);
      CU_ASSERT (journal_writer_flush (writer, TRUE, NULL));
      TEST_INT (glompo_journal_reader_next (reader, &record, NULL), GLOMPO_JOURNAL_RECORD);
      check_evaluation (record, call, 5, 0);
    }
  close_writer (writer);
  TEST_INT (glompo_journal_reader_next (reader, &record, NULL), GLOMPO_JOURNAL_END);
}

/* Byte by byte, with the same reader. */
static void
test_growing_bytes (void)
{
  g_autofree char *path = small_journal ();
  g_autofree char *growing = fresh_path ();
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  read_bytes (path, bytes);
  write_bytes (growing, bytes->data, 0);
  g_autoptr (GlompoJournalReader) reader = glompo_journal_reader_new (growing, NULL);
  FILE *file = g_fopen (growing, "ab");
  guint n = 0;
  for (guint i = 0; i < bytes->len; i++)
    {
      GlompoJournalResult result = glompo_journal_reader_next (reader, NULL, NULL);
      CU_ASSERT (result == GLOMPO_JOURNAL_TORN || result == GLOMPO_JOURNAL_END);
      fputc (bytes->data[i], file);
      fflush (file);
      while (glompo_journal_reader_next (reader, NULL, NULL) == GLOMPO_JOURNAL_RECORD)
        n++;
    }
  fclose (file);
  TEST_INT (n, N_EVALUATIONS + 2);
  TEST_INT (glompo_journal_reader_get_offset (reader), bytes->len);
}

static const TestCase cases[] = {
  { "evaluations return", test_evaluations_return },
  { "special numbers return", test_special_numbers },
  { "details return", test_details_return },
  { "names of the types", test_type_names },
  { "layout on the disk", test_layout },
  { "truncated at every byte", test_truncated_everywhere },
  { "zeros instead of a tail", test_zeros_instead },
  { "lost sectors", test_lost_sectors },
  { "a flipped bit in every byte", test_flipped_bits },
  { "garbage behind the end", test_garbage_behind },
  { "nonsense with good checksums", test_nonsense_with_good_checksums },
  { "absurd length", test_absurd_length },
  { "not a journal", test_not_a_journal },
  { "a growing file", test_growing_file },
  { "a file that grows byte by byte", test_growing_bytes },
};

TEST_MAIN ("journal", cases)
