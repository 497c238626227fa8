/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/replay.h"
#include "journal/reader.h"
#include <glompo/glompo-journal.h>
#include <string.h>

/* An evaluation, or (status INJECTION) an injection: then point counts the points before it, and look the
 * looks. */
typedef struct {
  ReplayEvaluation evaluation;
  gboolean injection;
  guint look;
  double numbers[]; /* x, values */
} Item;

struct _Replay {
  GlompoJournalReader *reader;
  TermsPast past;
  guint64 id, skip;
  gsize n;
  GQueue items;     /* Item, read and not yet dropped, in the order of the journal */
  gboolean all_read;
  Item *taken;      /* the injection that was given out */
  guint64 count;
  char *failure;
};

static Item *
item_new (const Replay *replay, gsize n_values)
{
  Item *item = g_malloc0 (sizeof (Item) + (replay->n + n_values) * sizeof (double));
  item->evaluation.x = item->numbers;
  item->evaluation.values = item->numbers + replay->n;
  item->evaluation.n_values = n_values;
  return item;
}

static Item *
read_evaluation (const Replay *replay, const GlompoEvaluation *evaluation)
{
  if (evaluation->n != replay->n || evaluation->point <= replay->skip)
    return NULL;
  Item *item = item_new (replay, evaluation->n_extras);
  item->evaluation.point = evaluation->point;
  item->evaluation.status = evaluation->status;
  item->evaluation.f = evaluation->f;
  memcpy (item->numbers, evaluation->x, replay->n * sizeof (double));
  if (evaluation->n_extras > 0)
    memcpy (item->numbers + replay->n, evaluation->extras, evaluation->n_extras * sizeof (double));
  return item;
}

static Item *
read_injection (const Replay *replay, GVariant *details)
{
  gsize n;
  guint32 look = 0;
  g_autoptr (GVariant) x = g_variant_lookup_value (details, "x", G_VARIANT_TYPE ("ad"));
  const double *values = x != NULL ? g_variant_get_fixed_array (x, &n, sizeof (double)) : NULL;
  guint64 point = 0;
  if (values == NULL || n != replay->n || !g_variant_lookup (details, "point", "t", &point)
      || point < replay->skip)
    return NULL;
  Item *item = item_new (replay, 0);
  g_variant_lookup (details, "look", "u", &look);
  g_variant_lookup (details, "f", "d", &item->evaluation.f);
  item->injection = TRUE;
  item->look = look;
  item->evaluation.point = point;
  memcpy (item->numbers, values, n * sizeof (double));
  return item;
}

/* Reads on to the next item of ours. FALSE: there is none. */
static gboolean
read_item (Replay *replay)
{
  const GlompoRecord *record;
  g_autoptr (GError) error = NULL;
  while (!replay->all_read)
    {
      GlompoJournalResult result = glompo_journal_reader_next (replay->reader, &record, &error);
      if (result != GLOMPO_JOURNAL_RECORD || record->offset >= replay->past.until)
        {
          replay->all_read = TRUE;
          if (error != NULL)
            replay->failure = g_strdup (error->message);
          break;
        }
      if (record->optimizer != replay->id)
        continue;
      Item *item = record->type == GLOMPO_RECORD_EVALUATION  ? read_evaluation (replay, &record->evaluation)
                   : record->type == GLOMPO_RECORD_INJECTION ? read_injection (replay, record->details)
                                                             : NULL;
      if (item == NULL)
        continue;
      g_queue_push_tail (&replay->items, item);
      return TRUE;
    }
  return FALSE;
}

Replay *
replay_new (const char *journal, const TermsPast *past, guint64 id, gsize n, GError **error)
{
  GlompoJournalReader *reader = journal_reader_new_at (journal, past->from, error);
  if (reader == NULL)
    return NULL;
  Replay *replay = g_new0 (Replay, 1);
  replay->reader = reader;
  replay->past = *past;
  replay->id = id;
  replay->n = n;
  g_queue_init (&replay->items);
  return replay;
}

void
replay_free (Replay *replay)
{
  if (replay == NULL)
    return;
  glompo_journal_reader_free (replay->reader);
  g_queue_clear_full (&replay->items, g_free);
  g_free (replay->taken);
  g_free (replay->failure);
  g_free (replay);
}

void
replay_skip (Replay *replay, guint64 point)
{
  replay->skip = point;
}

gboolean
replay_is_over (Replay *replay)
{
  return g_queue_is_empty (&replay->items) && !read_item (replay);
}

static GList *
find (Replay *replay, guint64 point)
{
  for (GList *l = replay->items.head;; l = l->next)
    {
      if (l == NULL && !read_item (replay))
        return NULL;
      if (l == NULL)
        l = replay->items.tail;
      const Item *item = l->data;
      if (!item->injection && item->evaluation.point == point)
        return l;
    }
}

const ReplayEvaluation *
replay_find (Replay *replay, guint64 point)
{
  GList *link = find (replay, point);
  return link != NULL ? &((Item *) link->data)->evaluation : NULL;
}

void
replay_drop (Replay *replay, guint64 point)
{
  GList *link = find (replay, point);
  if (link == NULL)
    return;
  g_free (link->data);
  g_queue_delete_link (&replay->items, link);
  replay->count++;
}

const ReplayEvaluation *
replay_first (Replay *replay)
{
  while (!replay_is_over (replay))
    {
      for (GList *l = replay->items.head; l != NULL; l = l->next)
        if (!((Item *) l->data)->injection)
          return &((Item *) l->data)->evaluation;
      if (!read_item (replay))
        break;
    }
  return NULL;
}

/* Reads until it is known whether an injection comes before later points. */
static GList *
find_injection (Replay *replay, guint64 points, guint look)
{
  for (GList *l = replay->items.head;; l = l->next)
    {
      if (l == NULL && !read_item (replay))
        return NULL;
      if (l == NULL)
        l = replay->items.tail;
      const Item *item = l->data;
      if (item->injection)
        return item->evaluation.point == points && item->look == look ? l : NULL;
      if (item->evaluation.point > points)
        return NULL;
    }
}

gboolean
replay_injection (Replay *replay, guint64 points, guint look, const double **out_x, double *out_f)
{
  GList *link = find_injection (replay, points, look);
  if (link == NULL)
    return FALSE;
  g_free (replay->taken);
  replay->taken = link->data;
  g_queue_delete_link (&replay->items, link);
  *out_x = replay->taken->numbers;
  *out_f = replay->taken->evaluation.f;
  return TRUE;
}

guint64
replay_count (const Replay *replay)
{
  return replay->count;
}

const char *
replay_failure (const Replay *replay)
{
  return replay->failure;
}
