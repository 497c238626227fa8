/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From rows of the table to findings: $name in a text becomes a value. Thread: any; no state. */
#include "compat/compat-private.h"
#include "plugin/describe.h"
#include <string.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyz_0123456789"

/* What the texts may name. */
typedef enum {
  VALUE_GROUP,
  VALUE_OPTIMIZER,
  VALUE_TASK,
  VALUE_WORKERS_BACKEND,
  VALUE_WORKERS,
  VALUE_MAX_JOBS,
  VALUE_CORES,
  VALUE_MAX_BATCH,
  VALUE_POPULATION,
  VALUE_BACKEND,
  VALUE_LEVEL1,
  VALUE_LEVEL2,
  VALUE_KILL_KEYS,
  VALUE_PROCESS_KEYS,
  VALUE_WHY,
  VALUE_INSTEAD,
  VALUE_FIGURES,
  VALUE_CAUSE,
  VALUE_ADVICE,
  N_VALUES
} Value;

static const char *const value_names[N_VALUES] = {
  "group",   "optimizer", "task",      "workers_backend", "workers", "max_jobs", "cores",
  "max_batch", "population", "backend", "level1",         "level2",  "kill_keys", "process_keys",
  "why",     "instead",   "figures",   "cause",           "advice",
};

void
finding_free (gpointer data)
{
  GlompoFinding *finding = data;
  g_free (finding->where);
  g_free (finding->what);
  g_free (finding->mend);
  g_free (finding);
}

char *
finding_to_text (const GlompoFinding *finding)
{
  return g_strdup_printf ("%s: %s: %s; to mend: %s", finding->code, finding->where, finding->what,
                          finding->mend);
}

void
finding_to_json (const GlompoFinding *finding, JsonText *json)
{
  json_text_open (json, NULL, '{');
  json_text_string (json, "code", finding->code);
  json_text_string (json, "severity", glompo_severity_to_string (finding->severity));
  json_text_string (json, "where", finding->where);
  json_text_string (json, "what", finding->what);
  json_text_string (json, "mend", finding->mend);
  json_text_close (json, '}');
}

GPtrArray *
compat_findings_new (void)
{
  return g_ptr_array_new_with_free_func (finding_free);
}

const GlompoFinding *
findings_find_error (const GPtrArray *findings)
{
  for (guint i = 0; i < findings->len; i++)
    if (((const GlompoFinding *) findings->pdata[i])->severity == GLOMPO_SEVERITY_ERROR)
      return findings->pdata[i];
  return NULL;
}

const char *
glompo_severity_to_string (GlompoSeverity severity)
{
  switch (severity)
    {
    case GLOMPO_SEVERITY_NOTE:
      return "note";
    case GLOMPO_SEVERITY_WARNING:
      return "warning";
    case GLOMPO_SEVERITY_ERROR:
      return "error";
    default:
      return NULL;
    }
}

const char *
backend_word (BackendChoice backend)
{
  static const char *const words[] = { "threads", "processes", "processes_forced" };
  return words[backend];
}

const char *
workers_word (WorkersChoice workers_backend)
{
  static const char *const words[] = { "auto", "serial", "threads", "processes" };
  return words[workers_backend];
}

static char *
join_words (const char **words)
{
  char *text
      = words[0] != NULL ? g_strjoinv (", ", (char **) words) : g_strdup ("none of those that there are");
  g_free (words);
  return text;
}

static void
fill_values (const CompatInput *input, const CompatWords *words, char *values[N_VALUES])
{
  static const CompatWords none = { 0 };
  words = words != NULL ? words : &none;
  values[VALUE_GROUP] = g_strdup (input->group);
  values[VALUE_OPTIMIZER] = g_strdup (input->optimizer->name);
  values[VALUE_TASK] = g_strdup (input->task->name);
  values[VALUE_WORKERS_BACKEND] = g_strdup (workers_word (input->workers_backend));
  values[VALUE_WORKERS] = g_strdup_printf ("%u", input->workers);
  values[VALUE_MAX_JOBS] = g_strdup_printf ("%u", input->max_jobs);
  values[VALUE_CORES] = g_strdup_printf ("%u", input->cores);
  values[VALUE_MAX_BATCH] = g_strdup_printf ("%" G_GUINT64_FORMAT, input->optimizer->max_batch);
  values[VALUE_POPULATION] = g_strdup_printf ("%" G_GUINT64_FORMAT, input->population);
  values[VALUE_BACKEND] = g_strdup (backend_word (input->backend));
  values[VALUE_LEVEL1] = join_words (plugin_level1_words (input->optimizer->level1));
  values[VALUE_LEVEL2] = join_words (plugin_level2_words (input->optimizer->level2));
  values[VALUE_KILL_KEYS] = g_strdup (input->kill_keys);
  values[VALUE_PROCESS_KEYS] = g_strdup (input->process_keys);
  values[VALUE_WHY] = g_strdup (words->why);
  values[VALUE_INSTEAD] = g_strdup (words->instead);
  values[VALUE_FIGURES] = g_strdup (words->figures);
  values[VALUE_CAUSE] = g_strdup (words->cause);
  values[VALUE_ADVICE] = g_strdup (words->advice);
}

/* Puts the values in the places of their names; where they are NULL, the names in capitals. */
static char *
expand (const char *text, char *const values[N_VALUES])
{
  GString *out = g_string_new (NULL);
  while (*text != '\0')
    {
      gsize length = *text == '$' ? strspn (text + 1, LETTERS) : 0;
      gsize i = 0;
      while (length > 0 && i < N_VALUES
             && !(strlen (value_names[i]) == length && strncmp (text + 1, value_names[i], length) == 0))
        i++;
      if (length == 0 || i == N_VALUES)
        {
          g_string_append_c (out, *text++);
          continue;
        }
      g_autofree char *capitals = g_ascii_strup (value_names[i], -1);
      g_string_append (out, values[i] != NULL ? values[i] : capitals);
      text += 1 + length;
    }
  return g_string_free (out, FALSE);
}

static GlompoFinding *
make (const Rule *rule, char *const values[N_VALUES])
{
  GlompoFinding *finding = g_new0 (GlompoFinding, 1);
  finding->code = rule->code;
  finding->severity = rule->severity;
  finding->where = expand (rule->where, values);
  finding->what = expand (rule->what, values);
  finding->mend = expand (rule->mend, values);
  return finding;
}

static void
clear_values (char *values[N_VALUES])
{
  for (gsize i = 0; i < N_VALUES; i++)
    g_free (values[i]);
}

GlompoFinding *
finding_of_rule (const Rule *rule)
{
  char *none[N_VALUES] = { NULL };
  return make (rule, none);
}

GlompoFinding *
finding_new (const char *code, const CompatInput *input, const CompatWords *words)
{
  gsize n, i = 0;
  char *values[N_VALUES];
  const Rule *rules = rules_table (&n);
  while (i + 1 < n && !g_str_equal (rules[i].code, code))
    i++;
  fill_values (input, words, values);
  GlompoFinding *finding = make (&rules[i], values);
  clear_values (values);
  return finding;
}

static WorkersChoice
resolve (WorkersChoice choice, gint64 workers)
{
  if (choice != WORKERS_AUTO)
    return choice;
  return workers > 1 ? WORKERS_THREADS : WORKERS_SERIAL;
}

WorkersChoice
compat_resolve_workers (const OptimizerGroup *group)
{
  WorkersChoice choice = resolve ((WorkersChoice) group->workers_backend, group->workers);
  /* One thread beside the optimizer's own would only be a detour. */
  return choice == WORKERS_THREADS && group->workers <= 1 ? WORKERS_SERIAL : choice;
}

void
compat_check_group (const CompatInput *input, GPtrArray *findings)
{
  gsize n;
  const Rule *rules = rules_table (&n);
  CompatInput resolved = *input;
  resolved.workers_backend = resolve (input->workers_backend, input->workers);
  char *values[N_VALUES];
  fill_values (&resolved, NULL, values);
  for (gsize i = 0; i < n; i++)
    if (rule_applies (&rules[i], &resolved))
      g_ptr_array_add (findings, make (&rules[i], values));
  clear_values (values);
}
