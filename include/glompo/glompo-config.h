/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * glompo-config.h - an ini file, read and checked in full before anything starts.
 *
 * The file is UTF-8. A line is a [GROUP], a KEY = VALUE, blank, or a comment that begins with "#"; a value is
 * the rest of its line without blanks around it, and a backslash in it is a backslash. Groups are [glompo],
 * [task] and one or more [optimizer NAME]; no group and no key may come twice. The keys of [task] and
 * [optimizer NAME] are plugin, for optimizers also workers and workers_backend, and the plugin's options.
 * An optional group [parameters] has a line for a parameter of the task, or for "default", all others:
 *     alpha = 0.1, 1.5, start=0.5        bounds, and where the first optimizer starts
 *     n = 1, 20, type=integer            rounded to a whole number before each evaluation
 *     gamma = 2.5                        fixed: not part of the search
 * Policies are written as expressions, as in
 *     hunters = EvaluationsUnmoving(100, tol=0.01) & (ValueAnnealing() | BestUnmoving(500))
 * where "&" binds tighter than "|"; only in an expression, and there only between double quotes, does a
 * backslash begin one of \" \\ \n \t. "none" stands for no hunters and for no end of spawning.
 *
 * A configuration is immutable once made and may be shared by threads.
 */
#ifndef GLOMPO_CONFIG_H
#define GLOMPO_CONFIG_H

#include <glib.h>
#include <glompo/glompo-error.h>
#include <glompo/glompo-registry.h>

G_BEGIN_DECLS

typedef struct _GlompoConfig GlompoConfig;

/* Reads the ini file at path. overrides (nullable, NULL-terminated) are "GROUP.KEY=VALUE" as on the
 * command line; they replace or add keys before the check, the group of an optimizer being written
 * "optimizer NAME". NULL with GLOMPO_CONFIG_ERROR; the message of GLOMPO_CONFIG_ERROR_INVALID lists
 * every fault of the file: "FILE:LINE: [GROUP] KEY: found ..., wanted ..." each ("FILE: ..." for what is
 * missing, "--set: ..." for an override), and behind a fault of an expression two more lines, the
 * expression and a caret under the column. (transfer full) */
GLOMPO_API GlompoConfig *glompo_config_new_from_file (const char *path, const char *const *overrides,
                                                      GlompoRegistry *registry, GError **error);

/* The same from text (NUL-terminated, UTF-8); name stands for the file in messages. Relative paths in
 * options are relative to base_dir (nullable: the working directory). (transfer full) */
GLOMPO_API GlompoConfig *glompo_config_new_from_text (const char *text, const char *name,
                                                      const char *base_dir,
                                                      const char *const *overrides,
                                                      GlompoRegistry *registry, GError **error);

GLOMPO_API GlompoConfig *glompo_config_ref (GlompoConfig *config);
GLOMPO_API void glompo_config_unref (GlompoConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GlompoConfig, glompo_config_unref)

/* The ini text with the overrides worked in: what is kept in the journal. (transfer none) */
GLOMPO_API const char *glompo_config_get_text (const GlompoConfig *config);

/* How bad a finding of the compatibility check is. */
typedef enum {
  GLOMPO_SEVERITY_NOTE,    /* worth knowing */
  GLOMPO_SEVERITY_WARNING, /* it runs, but not as the user probably hopes */
  GLOMPO_SEVERITY_ERROR    /* it cannot work; the run is refused */
} GlompoSeverity;

/* One finding. Owned by the array that glompo_config_check() returns. */
typedef struct {
  const char *code;        /* stable name of the rule, as in "P3" */
  GlompoSeverity severity;
  char *where;             /* groups and keys concerned, as in "[glompo] backend, [optimizer cma] workers" */
  char *what;              /* what will happen */
  char *mend;              /* what to change */
} GlompoFinding;

/* Compares what optimizers, task and backends declare with what is configured. Nothing of the run is started;
 * a task that tells of itself only when it is there is asked in another process, once for each configuration.
 * Most severe first. With conflict_policy = adjust, what was changed to make it work and what is found in the
 * combination that is then used. (element-type GlompoFinding) (transfer full) */
GLOMPO_API GPtrArray *glompo_config_check (const GlompoConfig *config);

/* What the task warns of when it is made, in its own words, NULL-terminated; it is asked as by
 * glompo_config_check(). A run tells the same as messages. (transfer full) */
GLOMPO_API char **glompo_config_list_warnings (const GlompoConfig *config);

/* TRUE: by conflict_policy = ignore-warnings the user does not want to see warnings when a run starts. */
GLOMPO_API gboolean glompo_config_ignores_warnings (const GlompoConfig *config);

/* How the optimizers of one group will run. Owned by the array that glompo_config_plan() returns. */
typedef struct {
  char *group;             /* NAME of [optimizer NAME] */
  char *optimizer;         /* its plugin */
  char *level1;            /* where optimizers run: threads, processes, processes_forced */
  char *level2;            /* where their evaluations do: serial, threads, processes */
  guint64 workers;         /* slots that one optimizer takes */
  guint64 at_once;         /* such optimizers that there is room for */
  guint64 library_threads; /* that BLAS and the like may use for one evaluation */
  char *hang;              /* whether an evaluation and an optimizer that hang can be killed */
  char *resume;            /* whether an interrupted optimizer can go on, and how */
} GlompoPlan;

/* What the configuration comes to, adjusted if need be; of meaning only where no finding is an error. In the
 * order of the file. (element-type GlompoPlan) (transfer full) */
GLOMPO_API GPtrArray *glompo_config_plan (const GlompoConfig *config);

/* Findings, plan and warnings as one JSON object on one line: findings [{code, severity, where, what, mend}],
 * plan [{group, optimizer, level1, level2, workers, at_once, library_threads, hang, resume}], warnings of the
 * task [text], good. (transfer full) */
GLOMPO_API char *glompo_config_check_to_json (const GlompoConfig *config);

/* The compatibility table: every level 1 with every level 2, in general for each concurrency of tasks, or for
 * one optimizer and one task (both or neither NULL); then the rules with their codes. As JSON: concurrency
 * (the columns), table [{level1, level2, verdicts}], rules [{code, severity, where, what, mend}].
 * (transfer full) */
GLOMPO_API char *glompo_compatibility_to_text (const GlompoPlugin *optimizer, const GlompoPlugin *task);
GLOMPO_API char *glompo_compatibility_to_json (const GlompoPlugin *optimizer, const GlompoPlugin *task);

/* "note", "warning", "error". */
GLOMPO_API const char *glompo_severity_to_string (GlompoSeverity severity);

G_END_DECLS

#endif /* GLOMPO_CONFIG_H */
