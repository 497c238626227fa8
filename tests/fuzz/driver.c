/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs a fuzz target without libFuzzer: over the files and directories given as arguments, or those of
 * FUZZ_SEEDS (relative to the source tree, separated by colons), and over damaged copies of each, the same at
 * every call. A target that aborts is the failure. With an argument -N before the files: N copies of each.
 */
#include "fuzz.h"
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST 65536

static int n_seeds;

/* One of: change a byte, drop some, repeat some, put in an odd one. */
static gsize
damage (GRand *rand, guint8 *data, gsize size)
{
  static const char odd[] = "\0\n[]()=\"\\&|,#. \xff\xc3";
  gsize at = size > 0 ? (gsize) g_rand_int_range (rand, 0, (gint32) size) : 0;
  gsize n = (gsize) g_rand_int_range (rand, 1, 12);
  n = MIN (n, size - at);
  guint8 byte = (guint8) odd[g_rand_int_range (rand, 0, sizeof odd - 1)];
  switch (g_rand_int_range (rand, 0, 4))
    {
    case 0:
      if (size > 0)
        data[at] = (guint8) g_rand_int_range (rand, 0, 256);
      return size;
    case 1:
      memmove (data + at, data + at + n, size - at - n);
      return size - n;
    case 2:
      if (size + n > LONGEST)
        return size;
      memmove (data + at + n, data + at, size - at);
      return size + n;
    default:
      if (size + 1 > LONGEST)
        return size;
      memmove (data + at + 1, data + at, size - at);
      data[at] = byte;
      return size + 1;
    }
}

/* In memory of exactly that size, so that a sanitizer sees a read beyond its end. */
static void
run_once (const guint8 *data, gsize size)
{
  g_autofree guint8 *copy = g_memdup2 (data, size);
  LLVMFuzzerTestOneInput (copy != NULL ? copy : (const guint8 *) "", size);
}

static void
run_file (const char *path, int copies)
{
  g_autofree char *text = NULL;
  gsize size = 0;
  if (!g_file_get_contents (path, &text, &size, NULL) || size > LONGEST)
    {
      printf ("%s: cannot be read or too long\n", path);
      exit (99);
    }
  g_autoptr (GRand) rand = g_rand_new_with_seed (g_str_hash (text));
  g_autofree guint8 *data = g_malloc (LONGEST);
  run_once ((const guint8 *) text, size);
  for (int i = 0; i < copies; i++)
    {
      gsize n = size;
      memcpy (data, text, size);
      for (int k = g_rand_int_range (rand, 1, 9); k > 0; k--)
        n = damage (rand, data, n);
      run_once (data, n);
    }
  n_seeds++;
}

static void
run_path (const char *path, int copies)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  if (dir == NULL)
    {
      run_file (path, copies);
      return;
    }
  for (const char *name; (name = g_dir_read_name (dir)) != NULL;)
    {
      g_autofree char *file = g_build_filename (path, name, NULL);
      if (!g_str_has_suffix (name, ".mk") && !g_file_test (file, G_FILE_TEST_IS_DIR))
        run_file (file, copies);
    }
}

int
main (int argc, char **argv)
{
  int copies = 50;
  if (argc > 1 && argv[1][0] == '-')
    {
      copies = atoi (argv[1] + 1);
      argv++, argc--;
    }
  for (int i = 1; i < argc; i++)
    run_path (argv[i], copies);
  const char *top = g_getenv ("GLOMPO_TEST_SRCDIR");
  g_auto (GStrv) seeds = g_strsplit (argc > 1 ? "" : FUZZ_SEEDS, ":", -1);
  for (char **seed = seeds; *seed != NULL; seed++)
    {
      g_autofree char *path = g_build_filename (top != NULL ? top : ".", *seed, NULL);
      run_path (path, copies);
    }
  printf ("%d passed, 0 failed, 0 skipped\n", n_seeds);
  return n_seeds > 0 ? 0 : 1;
}
