/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between the files of this folder: the rows of the table, and how a row becomes a finding. */
#pragma once

#include "base/json-text.h"
#include "compat/compat.h"

#define RULE_ANY (~0u)

/* level1, level2 and concurrency are bits, 1 << the word; all 0: the rule is applied by other means. */
typedef struct {
  const char *code;
  GlompoSeverity severity;
  guint level1;
  guint level2;      /* of the backend that is really used */
  guint concurrency; /* RULE_ANY also holds where it is not known */
  gboolean (*holds) (const CompatInput *input); /* NULL: always */
  const char *where, *what, *mend;
} Rule;

/* All rules, by their codes. */
const Rule *rules_table (gsize *out_n);
gboolean rule_applies (const Rule *rule, const CompatInput *input);

/* What only one occasion knows, for the texts of rules that say it; each may be NULL. */
typedef struct {
  const char *why, *instead, *figures, *cause, *advice;
} CompatWords;

/* A finding of the rule with that code. words may be NULL. (transfer full) */
GlompoFinding *finding_new (const char *code, const CompatInput *input, const CompatWords *words);

/* The rule as a finding about no job in particular: NAME for each $name. (transfer full) */
GlompoFinding *finding_of_rule (const Rule *rule);
void finding_free (gpointer finding);

/* Appends it as an element of an array. */
void finding_to_json (const GlompoFinding *finding, JsonText *json);

/* What an instance of the task has told. */
typedef struct {
  guint32 concurrency;
  gboolean has_residuals, has_gradient;
  char *fault; /* why there is none, or NULL */
} TaskFacts;

void task_facts_init (TaskFacts *facts, const GlompoConfig *config);
void task_facts_clear (TaskFacts *facts);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TaskFacts, task_facts_clear)

/* What the rules look at for a group of a configuration; the strings in it live until input_clear(). */
void input_init (CompatInput *input, const GlompoConfig *config, const OptimizerGroup *group,
                 const TaskFacts *facts);
void input_clear (CompatInput *input);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CompatInput, input_clear)

/* compat_adjust() with the facts known already; NULL: nothing is to be adjusted. (transfer full) */
GlompoConfig *adjust_with_facts (const GlompoConfig *config, const TaskFacts *facts);

/* The words of the ini file. */
const char *backend_word (BackendChoice backend);
const char *workers_word (WorkersChoice workers_backend);
