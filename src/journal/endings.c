/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Contract: endings.h. */
#include "journal/endings.h"

struct _Endings {
  GHashTable *said;        /* guint64 by id */
  GHashTable *interrupted; /* ids that the end of the session has told to end */
};

Endings *
endings_new (void)
{
  Endings *endings = g_new0 (Endings, 1);
  endings->said = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  endings->interrupted = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  return endings;
}

void
endings_free (Endings *endings)
{
  if (endings == NULL)
    return;
  g_hash_table_unref (endings->said);
  g_hash_table_unref (endings->interrupted);
  g_free (endings);
}

static gboolean
is_one_of (GVariant *details, const char *key, const char *const *words)
{
  const char *word = NULL;
  g_variant_lookup (details, key, "&s", &word);
  return word != NULL && g_strv_contains (words, word);
}

gboolean
endings_is_of_session (GVariant *details)
{
  static const char *const by[] = { "interrupt", "convergence", "crash", NULL };
  return is_one_of (details, "by", by);
}

gboolean
endings_is_for_good (GVariant *details)
{
  static const char *const states[] = { "converged", "hunted", NULL };
  return is_one_of (details, "state", states);
}

void
endings_take (Endings *endings, const GlompoRecord *record)
{
  GVariant *details = record->details;
  gconstpointer id = &record->optimizer;
  guint64 said;
  if (record->type == GLOMPO_RECORD_RUN_STARTED)
    g_hash_table_remove_all (endings->interrupted);
  else if (record->type == GLOMPO_RECORD_STOP && endings_is_of_session (details))
    g_hash_table_add (endings->interrupted, g_memdup2 (id, sizeof record->optimizer));
  else if (record->type == GLOMPO_RECORD_OPTIMIZER_ENDED && g_variant_lookup (details, "said", "t", &said)
           && (endings_is_for_good (details) || !g_hash_table_contains (endings->interrupted, id)))
    g_hash_table_replace (endings->said, g_memdup2 (id, sizeof record->optimizer),
                          g_memdup2 (&said, sizeof said));
}

guint64
endings_get (const Endings *endings, guint64 id)
{
  const guint64 *said = g_hash_table_lookup (endings->said, &id);
  return said != NULL ? *said : G_MAXUINT64;
}
