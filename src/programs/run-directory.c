/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Contract: run-directory.h. */
#include "run-directory.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <glompo/glompo.h>

/* A journal without a good beginning cannot be resumed, but there may be something in it. FALSE: it stays
 * there. */
static gboolean
put_aside (const char *directory, const char *why)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *aside = glompo_journal_put_aside (directory, &error);
  if (aside != NULL)
    g_printerr ("glompo-run: warning: %s; it is kept as %s, and the run starts anew\n", why, aside);
  else
    g_printerr ("glompo-run: %s; %s\n", why, error->message);
  return aside != NULL;
}

/* Whether there is no journal, and not only none that can be read now. */
static gboolean
is_vacant (const char *directory)
{
  GStatBuf status;
  g_autofree char *path = g_build_filename (directory, GLOMPO_JOURNAL_FILE, NULL);
  return g_lstat (path, &status) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

gboolean
run_directory_find (const char *directory, gboolean *out_found)
{
  const GlompoRecord *record;
  g_autoptr (GError) error = NULL;
  g_autoptr (GlompoJournalReader) reader = glompo_journal_reader_new (directory, &error);
  *out_found
      = reader != NULL && glompo_journal_reader_next (reader, &record, &error) == GLOMPO_JOURNAL_RECORD;
  gboolean damaged = g_error_matches (error, GLOMPO_JOURNAL_ERROR, GLOMPO_JOURNAL_ERROR_CORRUPT)
                     || g_error_matches (error, GLOMPO_JOURNAL_ERROR, GLOMPO_JOURNAL_ERROR_FORMAT);
  if (damaged)
    return put_aside (directory, error->message);
  gboolean good = error == NULL || is_vacant (directory);
  if (!good)
    g_printerr ("glompo-run: %s; the run in %s is neither gone on with nor replaced\n", error->message,
                directory);
  return good;
}

gboolean
run_directory_compare (const char *directory, const char *file, const char *const *overrides)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) kept = NULL;
  if (!glompo_manager_compare_file (directory, file, overrides, &kept, &error))
    {
      g_printerr ("%s\nglompo-run: %s is not the file of the run in %s\n", error->message, file, directory);
      return FALSE;
    }
  for (char **text = kept; *text != NULL; text++)
    g_printerr ("glompo-run: warning: %s: %s and keeps it; --set changes it\n", file, *text);
  return TRUE;
}
