/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "history.h"
#include "base/random.h"
#include <glompo/glompo-journal.h>
#include <string.h>

/* Nothing in between: they are compared as bytes. */
G_STATIC_ASSERT (sizeof (HistoryItem) == 8 * (4 + HISTORY_N));

static void
set_fault (History *history, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
set_fault (History *history, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  if (history->fault == NULL)
    history->fault = g_strdup_vprintf (format, arguments);
  va_end (arguments);
}

static void
add_evaluation (History *history, guint64 optimizer, const GlompoEvaluation *evaluation)
{
  HistoryItem item = { optimizer, evaluation->point, evaluation->call, evaluation->f, { 0 } };
  if (evaluation->n != HISTORY_N)
    set_fault (history, "an evaluation of %" G_GSIZE_FORMAT " parameters", evaluation->n);
  else
    memcpy (item.x, evaluation->x, sizeof item.x);
  g_array_append_val (history->items, item);
  if (item.call != history->items->len)
    set_fault (history, "evaluation %" G_GUINT64_FORMAT " is number %u in the journal", item.call,
               history->items->len);
}

/* Its own count is that of its evaluations so far. */
static void
check_optimizer_end (History *history, guint64 optimizer, GVariant *details)
{
  guint64 said = 0, n = 0;
  g_variant_lookup (details, "evaluations", "t", &said);
  for (guint i = 0; i < history->items->len; i++)
    n += g_array_index (history->items, HistoryItem, i).optimizer == optimizer;
  if (n != said)
    set_fault (history, "optimizer %" G_GUINT64_FORMAT " ended after %" G_GUINT64_FORMAT " evaluations, %"
               G_GUINT64_FORMAT " are recorded", optimizer, said, n);
}

static void
add_record (History *history, const GlompoRecord *record)
{
  const char *text = "";
  history->counted = 0;
  if (record->type == GLOMPO_RECORD_EVALUATION)
    add_evaluation (history, record->optimizer, &record->evaluation);
  else if (record->type == GLOMPO_RECORD_OPTIMIZER_ENDED)
    check_optimizer_end (history, record->optimizer, record->details);
  else if (record->type == GLOMPO_RECORD_RUN_STARTED)
    g_variant_lookup (record->details, "seed", "t", &history->seed);
  else if (record->type == GLOMPO_RECORD_RUN_ENDED)
    g_variant_lookup (record->details, "evaluations", "t", &history->counted);
  else if (record->type == GLOMPO_RECORD_MESSAGE && g_variant_lookup (record->details, "text", "&s", &text)
           && strstr (text, "something else than before") != NULL)
    set_fault (history, "%s", text);
}

static void
check_points (History *history)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < history->items->len; i++)
    {
      const HistoryItem *item = &g_array_index (history->items, HistoryItem, i);
      char *name = g_strdup_printf ("%" G_GUINT64_FORMAT " of optimizer %" G_GUINT64_FORMAT, item->point,
                                    item->optimizer);
      if (!g_hash_table_add (seen, name))
        set_fault (history, "point %s is there twice", name);
    }
}

History *
history_read (const char *directory)
{
  History *history = g_new0 (History, 1);
  const GlompoRecord *record;
  history->items = g_array_new (FALSE, FALSE, sizeof (HistoryItem));
  g_autoptr (GlompoJournalReader) reader = glompo_journal_reader_new (directory, NULL);
  while (reader != NULL && glompo_journal_reader_next (reader, &record, NULL) == GLOMPO_JOURNAL_RECORD)
    add_record (history, record);
  check_points (history);
  return history;
}

void
history_free (History *history)
{
  g_array_unref (history->items);
  g_free (history->fault);
  g_free (history);
}

char *
history_compare (const History *before, const History *now)
{
  if (now->items->len < before->items->len)
    return g_strdup_printf ("of %u evaluations in the journal %u are left", before->items->len,
                            now->items->len);
  for (guint i = 0; i < before->items->len; i++)
    if (memcmp (&g_array_index (before->items, HistoryItem, i), &g_array_index (now->items, HistoryItem, i),
                sizeof (HistoryItem)) != 0)
      return g_strdup_printf ("evaluation %u in the journal is another one than before", i + 1);
  return NULL;
}

/* The seed of the evaluation, which is its alone. */
static guint64
seed_of (const History *history, guint i)
{
  const HistoryItem *item = &g_array_index (history->items, HistoryItem, i);
  return random_mix (history->seed, RANDOM_NOISE, item->optimizer, item->point);
}

/* What the task wrote. */
static GHashTable *
read_witness (const char *path)
{
  g_autofree char *data = NULL;
  gsize size = 0;
  GHashTable *seeds = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  g_file_get_contents (path, &data, &size, NULL); /* without one nothing was evaluated */
  for (gsize at = 0; at + sizeof (guint64) <= size; at += sizeof (guint64))
    g_hash_table_add (seeds, g_memdup2 (data + at, sizeof (guint64)));
  return seeds;
}

char *
history_check_witness (const History *before, const History *now, const char *witness)
{
  g_autoptr (GHashTable) made = read_witness (witness);
  for (guint i = 0; i < now->items->len; i++)
    {
      guint64 seed = seed_of (now, i);
      gboolean old = i < before->items->len;
      if (g_hash_table_contains (made, &seed) == old)
        return g_strdup_printf ("evaluation %u %s", i + 1, old ? "was in the journal and was made again"
                                                               : "is in the journal and was not made");
    }
  return NULL;
}
