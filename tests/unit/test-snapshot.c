/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The snapshot file: what is written comes back; any wrong byte, any cut, and another journal are noticed. */
#include "harness.h"
#include "worker/snapshot.h"
#include <glib/gstdio.h>
#include <glompo/glompo-error.h>
#include <string.h>

typedef struct {
  char *directory, *path, *journal;
} Place;

static Place
place_new (void)
{
  Place place = { .directory = g_dir_make_tmp ("glompo-test-XXXXXX", NULL) };
  place.path = g_build_filename (place.directory, "a snapshot", NULL);
  place.journal = g_build_filename (place.directory, "journal", NULL);
  g_autofree char *bytes = g_malloc (10000);
  for (guint i = 0; i < 10000; i++)
    bytes[i] = (char) (i * i % 251);
  g_file_set_contents (place.journal, bytes, 10000, NULL);
  return place;
}

static void
place_clear (Place *place)
{
  g_unlink (place->path);
  g_unlink (place->journal);
  CU_ASSERT (g_rmdir (place->directory) == 0); /* nothing else was left */
  g_free (place->directory);
  g_free (place->path);
  g_free (place->journal);
}

static SnapshotPart *
part_new (guint64 id, gsize size)
{
  RandomStream random;
  random_init (&random, 5, RANDOM_OPTIMIZER, id);
  SnapshotPart *part = g_new0 (SnapshotPart, 1);
  guint8 *state = g_malloc (size + 1);
  for (gsize i = 0; i < size; i++)
    state[i] = (guint8) (i * 7 + id);
  part->entry = snapshot_entry (id, 100 + id, 3, &random, "cmaes", "1.0");
  part->entry.position = 1000 * id;
  part->state = g_bytes_new_take (state, size);
  return part;
}

/* States of several lengths, none among them. */
static GPtrArray *
parts_new (void)
{
  static const gsize sizes[] = { 0, 1, 8, 333 };
  GPtrArray *parts = g_ptr_array_new_with_free_func ((GDestroyNotify) snapshot_part_free);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    g_ptr_array_add (parts, part_new (i + 1, sizes[i]));
  return parts;
}

static void
write_sample (const Place *place)
{
  SnapshotHead head;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) parts = parts_new ();
  CU_ASSERT (snapshot_head_for (place->journal, 9000, 77, &head, &error));
  CU_ASSERT (snapshot_write (place->path, &head, parts, &error));
  TEST_NO_ERROR (error);
}

static void
test_round_trip (void)
{
  Place place = place_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) parts = parts_new ();
  write_sample (&place);
  g_autoptr (Snapshot) snapshot = snapshot_read (place.path, &error);
  TEST_NO_ERROR (error);
  TEST_INT (snapshot->parts->len, parts->len);
  TEST_INT (snapshot->head.position, 9000);
  TEST_INT (snapshot->head.evaluations, 77);
  for (guint i = 0; i < parts->len; i++)
    {
      const SnapshotPart *wanted = parts->pdata[i], *found = snapshot_find (snapshot, i + 1);
      CU_ASSERT_FATAL (found != NULL);
      CU_ASSERT (g_bytes_equal (found->state, wanted->state));
      CU_ASSERT (memcmp (&found->entry.random, &wanted->entry.random, sizeof (RandomStream)) == 0);
      TEST_INT (found->entry.points, wanted->entry.points);
      TEST_INT (found->entry.position, 1000 * (i + 1));
      CU_ASSERT (snapshot_entry_fits (&found->entry, 3, "cmaes", "1.0"));
      CU_ASSERT (!snapshot_entry_fits (&found->entry, 4, "cmaes", "1.0"));
      CU_ASSERT (!snapshot_entry_fits (&found->entry, 3, "cma", "1.0"));
      CU_ASSERT (!snapshot_entry_fits (&found->entry, 3, "cmaes", "1.1"));
    }
  CU_ASSERT_PTR_NULL (snapshot_find (snapshot, 9));
  place_clear (&place);
}

static void
expect_refused (const char *path, const char *bytes, gsize length)
{
  g_autoptr (GError) error = NULL;
  CU_ASSERT (g_file_set_contents (path, bytes, (gssize) length, NULL));
  Snapshot *snapshot = snapshot_read (path, &error);
  CU_ASSERT_PTR_NULL (snapshot);
  CU_ASSERT (g_error_matches (error, GLOMPO_JOURNAL_ERROR, GLOMPO_JOURNAL_ERROR_CORRUPT));
  snapshot_free (snapshot);
}

/* Every byte counts but the zeros that fill up to a multiple of 8. */
static void
test_damage (void)
{
  Place place = place_new ();
  g_autofree char *bytes = NULL;
  gsize length;
  write_sample (&place);
  CU_ASSERT_FATAL (g_file_get_contents (place.path, &bytes, &length, NULL));
  g_autofree guint8 *is_padding = g_new0 (guint8, length);
  static const gsize sizes[] = { 0, 1, 8, 333 };
  gsize at = sizeof (SnapshotHead);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      at += sizeof (SnapshotEntry) + sizes[i];
      for (; at % 8 != 0; at++)
        is_padding[at] = 1;
    }
  TEST_INT (at, length);
  for (gsize i = 0; i < length; i++)
    {
      if (is_padding[i])
        continue;
      bytes[i] ^= 0x20;
      expect_refused (place.path, bytes, length);
      bytes[i] ^= 0x20;
    }
  for (gsize i = 0; i < length; i++)
    expect_refused (place.path, bytes, i);
  place_clear (&place);
}

static void
test_journal (void)
{
  Place place = place_new ();
  SnapshotHead head, early;
  g_autofree char *bytes = NULL;
  gsize length;
  CU_ASSERT (snapshot_head_for (place.journal, 9000, 0, &head, NULL));
  CU_ASSERT (snapshot_head_for (place.journal, 100, 0, &early, NULL));
  CU_ASSERT (!snapshot_head_for (place.journal, 10001, 0, &early, NULL));
  CU_ASSERT (snapshot_head_for (place.journal, 100, 0, &early, NULL));
  CU_ASSERT (snapshot_head_matches (&head, place.journal, 10000));
  CU_ASSERT (snapshot_head_matches (&head, place.journal, 9000));
  CU_ASSERT (!snapshot_head_matches (&head, place.journal, 8999));
  CU_ASSERT (g_file_get_contents (place.journal, &bytes, &length, NULL));
  bytes[8999] ^= 1; /* it went on otherwise */
  CU_ASSERT (g_file_set_contents (place.journal, bytes, (gssize) length, NULL));
  CU_ASSERT (!snapshot_head_matches (&head, place.journal, 10000));
  CU_ASSERT (snapshot_head_matches (&early, place.journal, 10000));
  g_unlink (place.journal);
  CU_ASSERT (!snapshot_head_matches (&early, place.journal, 10000));
  place_clear (&place);
}

static void
test_part (void)
{
  Place place = place_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (SnapshotPart) part = part_new (4, 50);
  g_autoptr (GByteArray) state = g_bytes_unref_to_array (g_bytes_ref (part->state));
  CU_ASSERT (snapshot_write_part (place.path, &part->entry, state, &error));
  TEST_NO_ERROR (error);
  g_autoptr (SnapshotPart) found = snapshot_read_part (place.path, &error);
  TEST_NO_ERROR (error);
  CU_ASSERT (found != NULL && g_bytes_equal (found->state, part->state));
  CU_ASSERT_PTR_NULL (snapshot_read (place.path, NULL));
  g_autofree char *nowhere = g_build_filename (place.directory, "no", "where", NULL);
  CU_ASSERT (!snapshot_write_part (nowhere, &part->entry, state, &error));
  TEST_CONTAINS (error->message, "cannot make ");
  place_clear (&place);
}

static const TestCase cases[] = {
  { "what is written comes back", test_round_trip },
  { "every wrong byte and every cut is noticed", test_damage },
  { "it belongs to one journal", test_journal },
  { "a part", test_part },
};

TEST_MAIN ("snapshot", cases)
