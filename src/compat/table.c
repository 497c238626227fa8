/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The compatibility table for people: which level 1 with which level 2, for tasks of each concurrency or for
 * one optimizer and one task, worked out by the rules themselves; and the rules. Thread: any; no state.
 */
#include "compat/compat-private.h"
#include "plugin/describe.h"

/* A run of so many slots on more processors, with two evaluations at once in an optimizer where it can. */
#define SLOTS 4u
#define CORES 8u

static const BackendChoice level1[] = { BACKEND_THREADS, BACKEND_PROCESSES, BACKEND_PROCESSES_FORCED };
static const WorkersChoice level2[] = { WORKERS_SERIAL, WORKERS_THREADS, WORKERS_PROCESSES };
static const guint32 concurrencies[]
    = { GLOMPO_CONCURRENT, GLOMPO_GLOBAL_LOCK, GLOMPO_PROCESS_LOCAL, GLOMPO_EXTERNAL };
#define N_CONCURRENCIES G_N_ELEMENTS (concurrencies)

/* What the table is about. */
typedef struct {
  const GlompoPlugin *optimizer, *task;
  gboolean pair; /* two particular ones: every rule counts, else only those of the two levels */
} Subject;

static gboolean
is_shown (const Subject *subject, const GlompoFinding *finding)
{
  return finding->code[0] == 'P' || (subject->pair && finding->severity > GLOMPO_SEVERITY_NOTE);
}

/* "fine", or "error P6" and the like; the most severe first. (transfer full) */
static char *
judge (const Subject *subject, BackendChoice backend, WorkersChoice workers_backend, guint32 concurrency)
{
  g_autoptr (GPtrArray) findings = compat_findings_new ();
  g_autoptr (GString) text = g_string_new (NULL);
  const GlompoTaskVTable *task = subject->pair ? subject->task->task : NULL;
  const CompatInput input = {
    .group = "NAME",
    .optimizer = subject->optimizer,
    .task = subject->task,
    .concurrency = concurrency,
    .backend = backend,
    .workers_backend = workers_backend,
    .workers = workers_backend == WORKERS_SERIAL ? 1 : 2,
    .max_jobs = SLOTS,
    .cores = CORES,
    .has_residuals = !subject->pair || task->residuals != NULL,
    .has_gradient = !subject->pair || task->gradient != NULL || task->has_gradient != NULL
                    || (subject->task->capabilities & GLOMPO_CAP_GRADIENT) != 0,
  };
  compat_check_group (&input, findings);
  for (int severity = GLOMPO_SEVERITY_ERROR; severity >= GLOMPO_SEVERITY_NOTE; severity--)
    for (guint i = 0; i < findings->len; i++)
      {
        const GlompoFinding *finding = findings->pdata[i];
        if (finding->severity != (GlompoSeverity) severity || !is_shown (subject, finding))
          continue;
        const char *word = glompo_severity_to_string (finding->severity);
        g_string_append_printf (text, "%s%s %s", text->len > 0 ? ", " : "", word, finding->code);
      }
  return g_strdup (text->len > 0 ? text->str : "fine");
}

/* The concurrencies of the columns; one where the task declares it. Returns their number. */
static gsize
list_columns (const Subject *subject, guint32 columns[N_CONCURRENCIES])
{
  gsize n = 0;
  gboolean known = subject->pair && subject->task->task->concurrency == NULL;
  for (gsize i = 0; i < N_CONCURRENCIES; i++)
    if (!known || subject->task->concurrency == concurrencies[i])
      columns[n++] = concurrencies[i];
  return n;
}

typedef void (*CellFunc) (gpointer data, gsize column, const char *text);
typedef void (*RowFunc) (gpointer data, gboolean begin);

/* Walks the table: row (begin), a cell for level 1, one for level 2, the verdicts, row (end). */
static void
walk (const Subject *subject, CellFunc cell, RowFunc row, gpointer data)
{
  guint32 columns[N_CONCURRENCIES];
  gsize n = list_columns (subject, columns);
  for (gsize i = 0; i < G_N_ELEMENTS (level1); i++)
    for (gsize k = 0; k < G_N_ELEMENTS (level2); k++)
      {
        row (data, TRUE);
        cell (data, 0, backend_word (level1[i]));
        cell (data, 1, workers_word (level2[k]));
        for (gsize c = 0; c < n; c++)
          {
            g_autofree char *verdict = judge (subject, level1[i], level2[k], columns[c]);
            cell (data, 2 + c, verdict);
          }
        row (data, FALSE);
      }
}

/* ---- text ---- */

typedef struct {
  GString *text;
  gsize widths[2 + N_CONCURRENCIES];
  gsize n;            /* columns */
  gboolean measuring; /* only looks how wide the columns must be */
} TextTable;

static void
text_cell (gpointer data, gsize column, const char *text)
{
  TextTable *table = data;
  gsize width = (gsize) g_utf8_strlen (text, -1);
  if (table->measuring)
    {
      table->n = MAX (table->n, column + 1);
      table->widths[column] = MAX (table->widths[column], width);
    }
  else if (column + 1 < table->n)
    g_string_append_printf (table->text, "%s%*s  ", text, (int) (table->widths[column] - width), "");
  else
    g_string_append (table->text, text);
}

static void
text_row (gpointer data, gboolean begin)
{
  TextTable *table = data;
  if (!begin && !table->measuring)
    g_string_append_c (table->text, '\n');
}

static void
text_heading (const Subject *subject, TextTable *table)
{
  guint32 columns[N_CONCURRENCIES];
  gsize n = list_columns (subject, columns);
  text_cell (table, 0, "level 1");
  text_cell (table, 1, "level 2");
  for (gsize i = 0; i < n; i++)
    text_cell (table, 2 + i, plugin_concurrency_word (columns[i]));
  text_row (table, FALSE);
}

static void
add_table (const Subject *subject, GString *text)
{
  TextTable table = { .text = text, .measuring = TRUE };
  for (guint pass = 0; pass < 2; pass++)
    {
      text_heading (subject, &table);
      walk (subject, text_cell, text_row, &table);
      table.measuring = FALSE;
    }
}

static void
add_rules (const Subject *subject, GString *text)
{
  gsize n;
  const Rule *rules = rules_table (&n);
  g_autofree char *table = g_strdup (text->str);
  for (gsize i = 0; i < n; i++)
    {
      g_autofree char *code = g_strdup_printf (" %s", rules[i].code);
      if (subject->pair && g_strstr_len (table, -1, code) == NULL)
        continue;
      GlompoFinding *finding = finding_of_rule (&rules[i]);
      g_string_append_printf (text, "\n%s %s: %s\n  %s\n  Mend: %s\n", finding->code,
                              glompo_severity_to_string (finding->severity), finding->where, finding->what,
                              finding->mend);
      finding_free (finding);
    }
}

/* ---- JSON ---- */

static void
json_cell (gpointer data, gsize column, const char *text)
{
  static const char *const keys[] = { "level1", "level2" };
  if (column < G_N_ELEMENTS (keys))
    json_text_string (data, keys[column], text);
  else
    json_text_string (data, NULL, text);
  if (column == 1)
    json_text_open (data, "verdicts", '[');
}

static void
json_row (gpointer data, gboolean begin)
{
  if (begin)
    json_text_open (data, NULL, '{');
  else
    {
      json_text_close (data, ']');
      json_text_close (data, '}');
    }
}

static void
add_json_rules (JsonText *json)
{
  gsize n;
  const Rule *rules = rules_table (&n);
  json_text_open (json, "rules", '[');
  for (gsize i = 0; i < n; i++)
    {
      GlompoFinding *finding = finding_of_rule (&rules[i]);
      finding_to_json (finding, json);
      finding_free (finding);
    }
  json_text_close (json, ']');
}

/* ---- both ---- */

/* Optimizer and task that can all, where none are given. */
static const GlompoPlugin able_optimizer
    = { .name = "OPTIMIZER", .level1 = GLOMPO_LEVEL1_ANY, .level2 = GLOMPO_LEVEL2_ANY };
static const GlompoPlugin able_task = { .name = "TASK" };

static Subject
make_subject (const GlompoPlugin *optimizer, const GlompoPlugin *task)
{
  return optimizer != NULL && task != NULL ? (Subject){ optimizer, task, TRUE }
                                           : (Subject){ &able_optimizer, &able_task, FALSE };
}

char *
glompo_compatibility_to_text (const GlompoPlugin *optimizer, const GlompoPlugin *task)
{
  Subject subject = make_subject (optimizer, task);
  GString *text = g_string_new (NULL);
  add_table (&subject, text);
  add_rules (&subject, text);
  return g_string_free (text, FALSE);
}

char *
glompo_compatibility_to_json (const GlompoPlugin *optimizer, const GlompoPlugin *task)
{
  Subject subject = make_subject (optimizer, task);
  guint32 columns[N_CONCURRENCIES];
  gsize n = list_columns (&subject, columns);
  JsonText json;
  json_text_init (&json);
  json_text_open (&json, NULL, '{');
  json_text_open (&json, "concurrency", '[');
  for (gsize i = 0; i < n; i++)
    json_text_string (&json, NULL, plugin_concurrency_word (columns[i]));
  json_text_close (&json, ']');
  json_text_open (&json, "table", '[');
  walk (&subject, json_cell, json_row, &json);
  json_text_close (&json, ']');
  add_json_rules (&json);
  json_text_close (&json, '}');
  return json_text_finish (&json);
}
