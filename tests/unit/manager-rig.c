/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "manager-rig.h"
#include <math.h>
#include <string.h>
#include <unistd.h>

/* Seconds for one run, sanitizers and a busy machine included. */
#define DEADLINE 300

Rig *
rig_new_with_task (const char *glompo, const char *task, const char *groups, const char *directory)
{
  static guint number;
  g_autoptr (GError) error = NULL;
  g_autoptr (GlompoRegistry) registry = rig_registry ();
  g_autofree char *text
      = g_strdup_printf ("[glompo]\nbackend = threads\n%s%s%s\n[task]\nplugin = line\n%s\n%s\n",
                         strstr (glompo, "max_jobs") == NULL ? "max_jobs = 2\n" : "",
                         strstr (glompo, "seed") == NULL ? "seed = 1\n" : "", glompo, task, groups);
  Rig *rig = g_new0 (Rig, 1);
  alarm (DEADLINE); /* a run that never ends fails the tests and does not keep them */
  rig->config = glompo_config_new_from_text (text, "test.ini", NULL, NULL, registry, &error);
  if (rig->config == NULL)
    g_error ("%s\n%s", text, error->message);
  rig->directory = directory != NULL ? g_strdup (directory)
                                     : g_strdup_printf ("%s/run-%u", test_scratch_dir (), ++number);
  rig->manager = glompo_manager_new (rig->config, rig->directory, FALSE);
  return rig;
}

Rig *
rig_new (const char *glompo, const char *groups, const char *directory)
{
  return rig_new_with_task (glompo, "", groups, directory);
}

static void
audit_clear (Audit *audit)
{
  if (audit->reasons == NULL)
    return;
  g_ptr_array_unref (audit->reasons);
  g_ptr_array_unref (audit->groups);
  g_ptr_array_unref (audit->states);
  g_array_unref (audit->values);
  g_free (audit->text);
}

void
rig_free (Rig *rig)
{
  g_clear_pointer (&rig->manager, glompo_manager_unref);
  glompo_config_unref (rig->config);
  glompo_run_result_free (rig->result);
  g_clear_error (&rig->error);
  audit_clear (&rig->audit);
  g_free (rig->directory);
  g_free (rig);
}

/* ---- the audit ---- */

/* One optimizer as the journal shows it. */
typedef struct {
  guint64 workers, evaluations, failures, last_point;
  double best_f;
  gboolean ended, stopped, frozen;
  GHashTable *points;
} Life;

typedef struct {
  Audit *audit;
  GPtrArray *lives; /* by id - 1 */
  guint64 busy, max_jobs;
  GVariant *run_ended;
  gboolean run_started;
} Auditor;

static void
life_free (gpointer data)
{
  g_hash_table_unref (((Life *) data)->points);
  g_free (data);
}

static Life *
get_life (Auditor *a, guint64 id)
{
  if (id >= 1 && id <= a->lives->len)
    return a->lives->pdata[id - 1];
  CU_FAIL_FATAL ("a record about an optimizer that has not been started");
  return NULL;
}

static guint64
look_up_number (GVariant *details, const char *key)
{
  guint64 value = G_MAXUINT64;
  if (!g_variant_lookup (details, key, "t", &value))
    TEST_STR (key, "a key in the record");
  return value;
}

static double
look_up_real (GVariant *details, const char *key)
{
  double value = NAN;
  if (!g_variant_lookup (details, key, "d", &value))
    TEST_STR (key, "a key in the record");
  return value;
}

static const char *
look_up_text (GVariant *details, const char *key)
{
  const char *value = "";
  if (!g_variant_lookup (details, key, "&s", &value))
    TEST_STR (key, "a key in the record");
  return value;
}

static void
audit_start (Auditor *a, const GlompoRecord *r)
{
  Life *life = g_new0 (Life, 1);
  life->workers = look_up_number (r->details, "workers");
  life->best_f = INFINITY;
  life->points = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  g_ptr_array_add (a->lives, life);
  TEST_INT (r->optimizer, a->lives->len);
  a->audit->started++;
  a->busy += life->workers;
  a->audit->most_busy = MAX (a->audit->most_busy, a->busy);
  CU_ASSERT (a->busy <= a->max_jobs);
  g_ptr_array_add (a->audit->groups, g_strdup (look_up_text (r->details, "group")));
  g_ptr_array_set_size (a->audit->reasons, (gint) a->lives->len);
  g_ptr_array_set_size (a->audit->states, (gint) a->lives->len);
}

static void
audit_evaluation (Auditor *a, const GlompoRecord *r)
{
  const GlompoEvaluation *e = &r->evaluation;
  Life *life = get_life (a, r->optimizer);
  gboolean failed = e->status != GLOMPO_STATUS_EVALUATED;
  CU_ASSERT_FALSE (life->ended);
  TEST_INT (e->call, ++a->audit->evaluations);
  CU_ASSERT (g_hash_table_add (life->points, g_memdup2 (&e->point, sizeof e->point)));
  CU_ASSERT (e->n == 2 && (failed ? e->f == INFINITY : e->f == e->x[0]));
  life->evaluations++;
  life->failures += failed;
  a->audit->failures += failed;
  life->best_f = fmin (life->best_f, e->f);
  g_array_append_val (a->audit->values, e->f);
  if (e->f < a->audit->best_f)
    {
      a->audit->best_f = e->f;
      a->audit->best_id = r->optimizer;
      a->audit->best_evaluation = e->call;
    }
}

static void
audit_hunt (Auditor *a, const GlompoRecord *r)
{
  gboolean freeze = g_str_equal (look_up_text (r->details, "verdict"), "freeze");
  a->audit->hunts += !freeze;
  CU_ASSERT_FALSE (get_life (a, r->optimizer)->frozen);
  TEST_INT (look_up_number (r->details, "hunter"), a->audit->best_id);
  TEST_INT (look_up_number (r->details, "evaluations"), a->audit->evaluations);
  CU_ASSERT (r->optimizer != a->audit->best_id);
  CU_ASSERT_FALSE (get_life (a, r->optimizer)->stopped);
}

static void
audit_stop (Auditor *a, const GlompoRecord *r)
{
  Life *life = get_life (a, r->optimizer);
  a->audit->stops++;
  CU_ASSERT_FALSE (life->stopped || life->ended);
  life->stopped = TRUE;
}

/* The slots are free when it rests, which comes a little later. */
static void
audit_freeze (Auditor *a, const GlompoRecord *r)
{
  Life *life = get_life (a, r->optimizer);
  CU_ASSERT_FALSE (life->frozen || life->stopped || life->ended);
  TEST_INT (look_up_number (r->details, "evaluations"), a->audit->evaluations);
  life->frozen = TRUE;
  a->busy -= life->workers;
  a->audit->freezes++;
}

static void
audit_revive (Auditor *a, const GlompoRecord *r)
{
  Life *life = get_life (a, r->optimizer);
  CU_ASSERT (life->frozen && !life->stopped && !life->ended);
  life->frozen = FALSE;
  a->busy += life->workers;
  a->audit->most_busy = MAX (a->audit->most_busy, a->busy);
  CU_ASSERT (a->busy <= a->max_jobs);
  a->audit->revivals++;
}

static void
audit_end (Auditor *a, const GlompoRecord *r)
{
  Life *life = get_life (a, r->optimizer);
  const char *state = look_up_text (r->details, "state");
  CU_ASSERT_FALSE (life->ended);
  life->ended = TRUE;
  a->busy -= life->frozen ? 0 : life->workers;
  a->audit->ended++;
  a->audit->converged += g_str_equal (state, "converged");
  a->audit->hunted += g_str_equal (state, "hunted");
  a->audit->failed += g_str_equal (state, "failed");
  a->audit->stopped += g_str_equal (state, "stopped");
  TEST_INT (look_up_number (r->details, "evaluations"), life->evaluations);
  TEST_INT (look_up_number (r->details, "failures"), life->failures);
  TEST_NEAR (look_up_real (r->details, "best_f"), life->best_f, 0);
  g_autoptr (GVariant) metrics = g_variant_lookup_value (r->details, "metrics", G_VARIANT_TYPE ("a{sd}"));
  double given;
  CU_ASSERT_PTR_NOT_NULL (metrics);
  if (metrics != NULL && g_variant_lookup (metrics, "given", "d", &given))
    a->audit->metrics += given == (double) life->evaluations;
  a->audit->reasons->pdata[r->optimizer - 1] = g_strdup (look_up_text (r->details, "reason"));
  a->audit->states->pdata[r->optimizer - 1] = g_strdup (state);
}

static void
audit_message (Auditor *a, const GlompoRecord *r)
{
  Audit *audit = a->audit;
  char *longer
      = g_strconcat (audit->text != NULL ? audit->text : "", look_up_text (r->details, "text"), "\n", NULL);
  g_free (audit->text);
  audit->text = longer;
  audit->messages++;
  audit->warnings += !g_str_equal (look_up_text (r->details, "level"), "info");
}

static void
audit_record (Auditor *a, const GlompoRecord *r)
{
  CU_ASSERT_PTR_NULL (a->run_ended); /* it is the last one */
  CU_ASSERT (a->run_started || r->type == GLOMPO_RECORD_RUN_STARTED);
  switch (r->type)
    {
    case GLOMPO_RECORD_RUN_STARTED:
      CU_ASSERT_FALSE (a->run_started);
      a->run_started = TRUE;
      a->max_jobs = look_up_number (r->details, "max_jobs");
      break;
    case GLOMPO_RECORD_FINDING:
      a->audit->findings++;
      break;
    case GLOMPO_RECORD_OPTIMIZER_STARTED:
      audit_start (a, r);
      break;
    case GLOMPO_RECORD_EVALUATION:
      audit_evaluation (a, r);
      break;
    case GLOMPO_RECORD_HUNT:
      audit_hunt (a, r);
      break;
    case GLOMPO_RECORD_STOP:
      audit_stop (a, r);
      break;
    case GLOMPO_RECORD_INJECTION:
      a->audit->injections++;
      CU_ASSERT (look_up_number (r->details, "from") != r->optimizer);
      CU_ASSERT (look_up_real (r->details, "f") >= a->audit->best_f);
      break;
    case GLOMPO_RECORD_MESSAGE:
      audit_message (a, r);
      break;
    case GLOMPO_RECORD_STATUS:
      a->audit->statuses++;
      TEST_INT (look_up_number (r->details, "evaluations"), a->audit->evaluations);
      CU_ASSERT (look_up_number (r->details, "busy") >= a->busy);
      CU_ASSERT (a->audit->freezes > 0 || look_up_number (r->details, "busy") == a->busy);
      break;
    case GLOMPO_RECORD_OPTIMIZER_ENDED:
      audit_end (a, r);
      break;
    case GLOMPO_RECORD_FREEZE:
      audit_freeze (a, r);
      break;
    case GLOMPO_RECORD_REVIVE:
      audit_revive (a, r);
      break;
    case GLOMPO_RECORD_SPAWNING_STOPPED:
    case GLOMPO_RECORD_COMMAND:
    case GLOMPO_RECORD_SETTING_CHANGED:
      break;
    case GLOMPO_RECORD_RUN_ENDED:
      a->run_ended = g_variant_ref (r->details);
      break;
    }
}

/* The figures of the last record and of the result are those of the journal. */
static void
compare (const Auditor *a, const GlompoRunResult *result)
{
  const Audit *u = a->audit;
  GVariant *last = a->run_ended;
  TEST_INT (look_up_number (last, "evaluations"), u->evaluations);
  TEST_INT (look_up_number (last, "failures"), u->failures);
  TEST_INT (look_up_number (last, "started"), u->started);
  TEST_INT (look_up_number (last, "converged"), u->converged);
  TEST_INT (look_up_number (last, "hunted"), u->hunts);
  TEST_INT (look_up_number (last, "freezes"), u->freezes);
  TEST_INT (look_up_number (last, "revivals"), u->revivals);
  TEST_INT (look_up_number (last, "crashed"), u->failed);
  TEST_INT (look_up_number (last, "best_id"), u->best_id);
  TEST_INT (look_up_number (last, "best_evaluation"), u->best_evaluation);
  TEST_NEAR (look_up_real (last, "best_f"), u->best_f, 0);
  TEST_INT (u->ended, u->started);
  TEST_INT (a->busy, 0);
  if (result == NULL)
    return;
  TEST_INT (result->evaluations, u->evaluations);
  TEST_INT (result->failures, u->failures);
  TEST_INT (result->started, u->started);
  TEST_INT (result->converged, u->converged);
  TEST_INT (result->hunted, u->hunts);
  TEST_INT (result->crashed, u->failed);
  TEST_INT (result->hunts, look_up_number (last, "hunts"));
  TEST_INT (result->best_id, u->best_id);
  TEST_INT (result->best_evaluation, u->best_evaluation);
  TEST_NEAR (result->fx, u->best_f, 0);
  TEST_STR (result->reason, look_up_text (last, "reason"));
  CU_ASSERT ((result->x != NULL) == isfinite (u->best_f) && (result->x == NULL || result->x[0] == u->best_f));
}

static void
audit_init (Audit *audit)
{
  audit_clear (audit);
  *audit = (Audit){ .best_f = INFINITY };
  audit->reasons = g_ptr_array_new_with_free_func (g_free);
  audit->groups = g_ptr_array_new_with_free_func (g_free);
  audit->states = g_ptr_array_new_with_free_func (g_free);
  audit->values = g_array_new (FALSE, FALSE, sizeof (double));
}

void
rig_audit (Rig *rig)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GlompoJournalReader) reader = glompo_journal_reader_new (rig->directory, &error);
  audit_init (&rig->audit);
  TEST_NO_ERROR (error);
  if (reader == NULL)
    return;
  g_autoptr (GPtrArray) lives = g_ptr_array_new_with_free_func (life_free);
  Auditor a = { .audit = &rig->audit, .lives = lives };
  const GlompoRecord *record;
  GlompoJournalResult next;
  while ((next = glompo_journal_reader_next (reader, &record, &error)) == GLOMPO_JOURNAL_RECORD)
    audit_record (&a, record);
  TEST_NO_ERROR (error);
  TEST_INT (next, GLOMPO_JOURNAL_END);
  if (a.run_ended != NULL)
    compare (&a, rig->result);
  else
    CU_FAIL ("the journal has no end");
  g_clear_pointer (&a.run_ended, g_variant_unref);
}

/* ---- runs ---- */

void
rig_take_result (Rig *rig)
{
  rig->result = glompo_manager_get_result (rig->manager);
  TEST_INT (rig->good, rig->result->state == GLOMPO_RUN_FINISHED);
  CU_ASSERT ((rig->error == NULL) == rig->good);
  g_autofree char *journal = g_build_filename (rig->directory, GLOMPO_JOURNAL_FILE, NULL);
  if (g_file_test (journal, G_FILE_TEST_EXISTS))
    rig_audit (rig);
  else
    audit_init (&rig->audit);
}

GlompoRunState
rig_run (Rig *rig)
{
  rig->good = glompo_manager_run (rig->manager, &rig->error);
  rig_take_result (rig);
  return rig->result->state;
}

Rig *
rig_new_run (const char *glompo, const char *groups)
{
  Rig *rig = rig_new (glompo, groups, NULL);
  rig_run (rig);
  return rig;
}
