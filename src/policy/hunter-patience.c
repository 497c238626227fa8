/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Patience: a condition has held in n hunts in a row. A hunt in which it was not asked about the victim
 * breaks the row: because the victim held the best value then, or rested, or another part of the expression
 * had decided before.
 */
#include "policy/component.h"

typedef struct {
  const char *condition;
  int64_t n;
} Settings;

/* What is known of one victim. */
typedef struct {
  uint64_t hunt; /* number of the last one in which the condition held */
  uint64_t row;  /* how many in a row that were */
} Record;

typedef struct {
  uint64_t n;
  const GlompoHost *host;
  GHashTable *records; /* Record by id */
} Patience;

enum { ROW };

static const GlompoOption options[] = {
  GLOMPO_OPT_CONDITION (Settings, condition, "hunters joined by & and |"),
  GLOMPO_OPT_INTEGER (Settings, n, 1, COMPONENT_MAX_COUNT, NULL, "hunts in a row in which it has to hold"),
};

static void *
patience_create (const GlompoProblem *problem, const void *given, uint64_t seed, const GlompoHost *host)
{
  Patience *hunter = g_new (Patience, 1);
  hunter->n = (uint64_t) ((const Settings *) given)->n;
  hunter->host = host;
  hunter->records = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  return hunter;
}

static void
patience_destroy (void *self)
{
  g_hash_table_unref (((Patience *) self)->records);
  g_free (self);
}

static Record *
get_record (Patience *hunter, uint64_t id)
{
  Record *record = g_hash_table_lookup (hunter->records, &id);
  if (record == NULL)
    {
      record = g_new0 (Record, 1);
      g_hash_table_insert (hunter->records, g_memdup2 (&id, sizeof id), record);
    }
  return record;
}

static bool
patience_test (void *self, const GlompoRun *run, const GlompoTrace *best, const GlompoTrace *victim,
               double *figures)
{
  Patience *hunter = self;
  if (!hunter->host->holds (hunter->host, 0, run, best, victim))
    return false;
  Record *record = get_record (hunter, victim->id);
  record->row = record->hunt + 1 == run->hunts ? record->row + 1 : 1;
  record->hunt = run->hunts;
  figures[ROW] = (double) record->row;
  return record->row >= hunter->n;
}

static void
patience_explain (void *self, const double *figures, char *text, size_t size)
{
  component_print (text, size, "% of % hunts in a row", figures[ROW], (double) ((Patience *) self)->n);
}

static void
patience_forget (void *self, uint64_t id)
{
  g_hash_table_remove (((Patience *) self)->records, &id);
}

static const GlompoHunterVTable vtable = {
  .struct_size = sizeof vtable,
  .create = patience_create,
  .destroy = patience_destroy,
  .test = patience_test,
  .explain = patience_explain,
  .forget = patience_forget,
};

const GlompoPlugin hunter_patience = {
  COMPONENT (GLOMPO_KIND_HUNTER, "Patience", "a condition holds in several hunts in a row"),
  GLOMPO_PLUGIN_OPTIONS (Settings, options),
  .hunter = &vtable,
};
