/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The configuration as the rest of the library reads it. Every key of the ini file has the name of its
 * member here. Immutable after loading.
 */
#pragma once

#include "base/options.h"
#include "config/expression.h"
#include "config/ini.h"
#include "model/declaration.h"
#include "model/parameter.h"
#include <glib.h>
#include <glompo/glompo-config.h>

/* Order of the words of `backend`. */
typedef enum { BACKEND_THREADS, BACKEND_PROCESSES, BACKEND_PROCESSES_FORCED } BackendChoice;
/* Order of the words of `workers_backend`. */
typedef enum { WORKERS_AUTO, WORKERS_SERIAL, WORKERS_THREADS, WORKERS_PROCESSES } WorkersChoice;

/* Order of the words of `conflict_policy`. */
typedef enum { CONFLICT_REFUSE, CONFLICT_ADJUST, CONFLICT_IGNORE_WARNINGS } ConflictPolicy;

/* Order of the words of `journal_points`. */
typedef enum { JOURNAL_ALL, JOURNAL_BEST, JOURNAL_NONE } JournalPoints;

/* Order of the words of `resume_policy`. */
typedef enum { RESUME_STRICT, RESUME_RESTART } ResumePolicy;

/* What happens to a failed evaluation: `on_failure`. */
typedef enum { FAILURE_PENALTY, FAILURE_RETRY, FAILURE_STOP } FailurePolicy;

/* [glompo], read through an option table like any other; expressions apart. */
typedef struct {
  int64_t max_jobs;          /* slots; auto is resolved: cores available minus one, at least 1 */
  int32_t backend;           /* BackendChoice */
  int32_t conflict_policy;   /* ConflictPolicy */
  int64_t seed;              /* GLOMPO_AUTO_INTEGER: the manager draws one and records it */
  int64_t hunt_frequency;    /* evaluations between hunts */
  double status_frequency;   /* seconds between status records and messages */
  bool share_best_solutions; /* offer each new incumbent to the other optimizers */
  double end_timeout;        /* seconds to wait for optimizers at the end; NaN: auto */
  double evaluation_timeout; /* seconds; 0: no limit */
  double task_timeout;       /* the same, for making the task when it is asked for its parameters */
  double force_terminations_after; /* seconds; 0: never */
  bool aggressive_kill;
  double worker_memory_limit; /* MiB; 0: no limit */
  int64_t nice;
  bool private_directories, keep_directories;
  double printstream_limit;  /* MiB */
  const char *on_failure;    /* parsed by settings_parse_on_failure() */
  int32_t journal_points;    /* JournalPoints */
  const char *journal_sync;  /* parsed by settings_parse_journal_sync() */
  bool deterministic;        /* results in an order that does not depend on time */
  int32_t resume_policy;     /* ResumePolicy */
  const char *convergence;   /* the expressions as text */
  const char *hunters;
  const char *freezers;
  int64_t max_frozen;        /* optimizers that hunters may have frozen at once */
  const char *generator;
  const char *selector;
  const char *spawn;
} Settings;

/* [checkpoint]: when snapshots are made, and what becomes of them. */
typedef struct {
  double checkpoint_time_frequency;  /* seconds; 0: never */
  int64_t checkpoint_iter_frequency; /* evaluations; 0: never */
  bool checkpoint_at_init, checkpoint_at_conv;
  bool raise_checkpoint_fail;
  int64_t keep_past;                 /* older ones that are kept; -1: all */
  const char *naming_format;
} CheckpointSettings;

/* One [optimizer NAME]. */
typedef struct {
  char *name;
  const GlompoPlugin *plugin;
  Options *options;        /* of the plugin */
  gboolean sound;          /* nothing in the group is faulty */
  int64_t workers;         /* slots, and points evaluated at once */
  int32_t workers_backend; /* WorkersChoice as written */
} OptimizerGroup;

struct _GlompoConfig {
  gatomicrefcount refs;
  char *name;     /* file name for messages */
  char *base_dir; /* relative paths are relative to it */
  char *text;     /* with overrides */
  Ini *ini;       /* where everything stands */
  GlompoRegistry *registry;
  Options *settings_options; /* [glompo] as written */
  const Settings *settings;  /* the same with max_jobs resolved */
  Options *checkpoint;       /* CheckpointSettings */
  Expression *convergence;   /* checkers */
  Expression *hunters;       /* hunters; NULL: none */
  Expression *freezers;      /* hunters whose verdict is to freeze; NULL: none */
  Expression *generator;
  Expression *selector;
  Expression *spawn; /* checkers: no more optimizers once it holds; NULL: always */
  const GlompoPlugin *task;
  Options *task_options;
  gboolean task_sound; /* nothing is faulty in what the task is told */
  Declaration *declaration; /* of the task, learnt when it is asked for */
  GPtrArray *parameters; /* ParameterSetting of [parameters], in the order of the file; may be empty */
  gboolean parameters_sound; /* none is missing here */
  GPtrArray *groups; /* OptimizerGroup, in the order of the file */
  GPtrArray *adjustments; /* GlompoFinding: what the compatibility check has changed; NULL: nothing */
};

/* Largest N of `retry(N)`. */
#define SETTINGS_MOST_RETRIES 1000

/* Reads `penalty`, `retry(N)` or `stop`. FALSE: it is none of them. */
gboolean settings_parse_on_failure (const char *text, FailurePolicy *out_policy, guint *out_retries);

/* Shortest and longest time of `journal_sync`, seconds. */
#define SETTINGS_LEAST_SYNC 0.1
#define SETTINGS_MOST_SYNC 3600.0

/* Reads `each`, which is 0 seconds, or a number. FALSE: it is none of them, or out of range. */
gboolean settings_parse_journal_sync (const char *text, double *out_seconds);

/* The option table of Settings, for inspection: rows in *out_n. */
const GlompoOption *settings_table (gsize *out_n);

/* The same of CheckpointSettings. */
const GlompoOption *checkpoint_table (gsize *out_n);

/* What was wanted of a naming_format that is not one, or NULL. */
const char *checkpoint_fault_of_format (const char *format);

/* The name of a snapshot of that moment. (transfer full) */
char *checkpoint_name (const char *format, GDateTime *when, guint count);

/* A key of [glompo] that is an expression. */
typedef struct {
  const char *key;
  GlompoKind kind;   /* of the policies in it */
  gboolean optional; /* may be "none" */
  gsize text;        /* offset of the member of Settings, */
  gsize expression;  /* and of that of GlompoConfig */
} ConfigDecision;

/* All of them. */
const ConfigDecision *config_decisions (gsize *out_n);

/* NULL: none, or faulty. (transfer none) */
const Expression *config_get_expression (const GlompoConfig *config, const ConfigDecision *decision);

/* Reads an expression, resolved, or adds faults (text). NULL with no fault: none, and that may be.
 * (transfer full) */
Expression *config_parse_expression (GlompoRegistry *registry, const ConfigDecision *decision,
                                     const char *text, GPtrArray *faults);

/* Adds a fault (text) for every name of an optimizer in the expression (resolved; NULL: none) that is none of
 * those, which end with NULL. */
void config_check_names (GlompoRegistry *registry, const char *const *groups_and_plugins,
                         const Expression *expression, GPtrArray *faults);

/* The names for it in a configuration, whose groups must be sound. (transfer container) */
const char **config_list_names (const GlompoConfig *config);

/* TRUE: there are faults (text) of that key of [glompo], and the error tells them. */
gboolean config_faults_to_error (const GPtrArray *faults, const char *key, GError **error);

/* Reads an expression, resolved; key is that of [glompo] in messages. The thread that may use the registry.
 * Error: GLOMPO_CONFIG_ERROR_INVALID. (transfer full) */
Expression *config_read_expression (GlompoRegistry *registry, GlompoKind kind, const char *key,
                                    const char *text, GError **error);

/* That of the next run; it stays the same until a run takes it. */
guint64 config_get_seed (const GlompoConfig *config);
guint64 config_take_seed (const GlompoConfig *config);

/* What auto stands for in max_jobs. */
gint64 config_available_slots (void);

/* Reads a value for one key of [glompo] as if it stood in the file: *out_settings has the Settings with that
 * key set and all others by default; *out_expression its expression, if it has one (NULL: "none"). The thread
 * that may use the registry. Error: GLOMPO_CONFIG_ERROR_INVALID. (transfer full, both) */
gboolean config_read_setting (const GlompoConfig *config, const char *key, const char *value,
                              Options **out_settings, Expression **out_expression, GError **error);

/* The content of text (UTF-8, no NUL inside) with the overrides worked in. What is faulty is added to faults
 * and missing in the configuration, where the task and each expression may then be NULL. name and base_dir as
 * in glompo_config_new_from_text(). (transfer full) */
GlompoConfig *config_load (const char *text, const char *name, const char *base_dir,
                           const char *const *overrides, GlompoRegistry *registry, Faults *faults);

/* Looks at a configuration, which may have faults already, and adds what else it finds wrong. */
typedef void (*ConfigInspector) (GlompoConfig *config, Faults *faults);

/* What is in an ini file, so far only text. Error: GLOMPO_CONFIG_ERROR_FILE. (transfer full) */
char *config_read_text (const char *path, GError **error);

/* As glompo_config_new_from_file(); the faults that inspect (nullable) finds are told with the others. */
GlompoConfig *config_new_from_file (const char *path, const char *const *overrides, GlompoRegistry *registry,
                                    ConfigInspector inspect, GError **error);

/* Adds "[GROUP] KEY: MESSAGE" with the place of the key, or else of the group. key may be NULL. */
void config_add_fault (const GlompoConfig *config, Faults *faults, const char *group, const char *key,
                       const char *message);

/* The same for what a plugin said of its options: the key is the first that the message names, and its value
 * is told. */
void config_add_refusal (const GlompoConfig *config, Faults *faults, const char *group, const char *message);

/* Tells the task by its options what only the group [parameters] says: names and bounds. */
void config_lend_parameters (GlompoConfig *config);
