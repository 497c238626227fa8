/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * glompo-manager.h - runs a configuration.
 *
 * A manager lives on a GMainContext of its own, in the thread that calls glompo_manager_run(), or in a
 * thread it makes for itself with glompo_manager_start(). Several managers may run in one process. A
 * manager runs once.
 */
#ifndef GLOMPO_MANAGER_H
#define GLOMPO_MANAGER_H

#include <glib.h>
#include <glompo/glompo-config.h>
#include <glompo/glompo-error.h>

G_BEGIN_DECLS

typedef struct _GlompoManager GlompoManager;

/* How a run ended. */
typedef enum {
  GLOMPO_RUN_NOT_ENDED,  /* it has not been started, or still runs */
  GLOMPO_RUN_FINISHED,   /* the convergence condition held, or there was nothing left to run */
  GLOMPO_RUN_FAILED,     /* it could not go on */
  GLOMPO_RUN_INTERRUPTED /* stopped by the user or a signal, or by a limit on the time of its session */
} GlompoRunState;

/* "running", "finished", "failed", "interrupted". Constant. Thread: any. */
GLOMPO_API const char *glompo_run_state_to_string (GlompoRunState state);

/* What a run found. All counters are of the whole run. */
typedef struct {
  GlompoRunState state;
  char *reason;            /* why it ended, with the condition that held; NULL while it runs */
  guint64 seed;            /* of the run */
  char *directory;         /* absolute name of the run directory */
  gsize n;                 /* number of parameters of the task, fixed ones included */
  char **names;            /* of the parameters, NULL-terminated */
  double *x;               /* best point, n numbers; NULL before there is one */
  double fx;               /* its value, +INFINITY before there is one */
  guint64 best_id;         /* optimizer that found it, 0: none */
  char *best_type;         /* its plugin, or NULL */
  char *best_group;        /* its group, or NULL */
  guint64 best_evaluation; /* number of that evaluation, from 1 */
  guint64 evaluations;     /* evaluations, failed ones included */
  guint64 failures;        /* of these, without a value */
  guint64 started;         /* optimizers started */
  guint64 converged;       /* optimizers that ended by themselves */
  guint64 hunted;          /* optimizers stopped by hunters or by the user */
  guint64 stopped_by_user; /* of these, by the user */
  guint64 crashed;         /* optimizers that failed */
  guint64 hunts;           /* times the hunters were asked */
  guint64 freezes;         /* times that an optimizer was frozen */
  guint64 revivals;        /* times that a frozen one went on */
  guint64 left_behind;     /* optimizers that did not end in time and still run as threads of this process,
                              which should then end with _exit() */
  double seconds;          /* wall time */
  char *first_failure;     /* what was said of the first evaluation that failed while there was no value yet,
                              or NULL */
  guint8 *fixed;           /* n: 1 for a parameter that was no part of the search */
} GlompoRunResult;

/* The result as one JSON object on one line: fx, x, parameters (their names), fixed (the names of those
 * that were no part of the search), origin {optimizer, type, group, evaluation}, evaluations, failures,
 * optimizers_started, optimizers_converged, optimizers_stopped, optimizers_stopped_by_user,
 * optimizers_failed, hunts, freezes, revivals, state, end_reason, first_failure, run_directory, seed,
 * seconds. Numbers read back to the same bits; what is not there is null. (transfer full) */
GLOMPO_API char *glompo_run_result_to_json (const GlompoRunResult *result);
GLOMPO_API void glompo_run_result_free (GlompoRunResult *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GlompoRunResult, glompo_run_result_free)

/* One live optimizer in a status. */
typedef struct {
  guint64 id;
  char *group;         /* NAME of its group */
  char *type;          /* its plugin */
  guint64 workers;     /* slots that it occupies */
  const char *state;   /* "active", "paused" (told to rest), "frozen", "reviving" (frozen,
                          to go on as soon as there is room), "stopping" (told to end) */
  gboolean paused;     /* it was told to rest, and does: nothing of it is under way */
  gboolean frozen;     /* it was frozen, and occupies no slots */
  guint64 evaluations;
  double best_f;       /* +INFINITY before the first value */
  double last_f;       /* +INFINITY if the last evaluation failed */
} GlompoOptimizerStatus;

/* A look at a run while it goes on. */
typedef struct {
  GlompoRunState state;
  gboolean paused;         /* the whole run was told to rest */
  gboolean ending;         /* the run is over but for optimizers that have not ended yet */
  gboolean held;           /* the journal cannot be written: the run rests until it can */
  double seconds;          /* since the start */
  guint64 evaluations;
  guint64 budget;          /* evaluations after which the run ends for certain; 0: no such number */
  double seconds_left;     /* to a time limit of the run; negative: there is none */
  double best_f;           /* +INFINITY before there is one */
  guint64 best_id;
  guint64 started;
  guint64 alive;           /* optimizers that occupy slots */
  guint64 frozen;          /* optimizers that are frozen, and occupy none */
  guint64 busy;            /* slots in use */
  guint64 max_jobs;        /* slots */
  guint64 memory;          /* bytes resident, this process and its children; 0: unknown */
  double load[3];          /* system load over 1, 5, 15 minutes */
  GPtrArray *optimizers;   /* GlompoOptimizerStatus of those alive or frozen */
} GlompoRunStatus;

GLOMPO_API void glompo_run_status_free (GlompoRunStatus *status);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GlompoRunStatus, glompo_run_status_free)

/* Called in the manager's thread, or in that of who gave it an order; must not block. Every member may be
 * NULL. */
typedef struct {
  /* A sentence for the user: start, end, verdicts, warnings. */
  void (*message) (GlompoManager *manager, GLogLevelFlags level, const char *text, gpointer data);
  /* Every status_frequency seconds. */
  void (*status) (GlompoManager *manager, const GlompoRunStatus *status, gpointer data);
  /* A new best point, n numbers: evaluation number, value, finder. */
  void (*incumbent) (GlompoManager *manager, guint64 evaluation, double f, const double *x, guint64 id,
                     gpointer data);
  /* The run directory (absolute name) and the journal are there, and the run begins. */
  void (*started) (GlompoManager *manager, const char *directory, gpointer data);
} GlompoObserver;

/* Makes the task, in another process, and the policies of the configuration as a run would, and lets them go
 * again: what only they can find wrong is found here, before anything starts. FALSE with
 * GLOMPO_CONFIG_ERROR_INVALID and all faults, as from glompo_config_new_from_file(). */
GLOMPO_API gboolean glompo_manager_try (GlompoConfig *config, GError **error);

/* glompo_config_new_from_file() and glompo_manager_try() in one: the faults of both are told together, as far
 * as what is sound can be tried although something else is not. (transfer full) */
GLOMPO_API GlompoConfig *glompo_manager_read_file (const char *path, const char *const *overrides,
                                                   GlompoRegistry *registry, GError **error);

/* A manager for the configuration (referenced). directory: the run directory, made when the run starts;
 * NULL: glompo-DATE-TIME in the working directory, with a number behind it if that exists. A directory
 * that holds a run already is refused at the start unless overwrite is TRUE; then the files of that run,
 * and no others, are removed.
 * (transfer full) */
GLOMPO_API GlompoManager *glompo_manager_new (GlompoConfig *config, const char *directory,
                                              gboolean overwrite);
GLOMPO_API GlompoManager *glompo_manager_ref (GlompoManager *manager);
GLOMPO_API void glompo_manager_unref (GlompoManager *manager);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GlompoManager, glompo_manager_unref)

/* Before the start only. The observer struct is copied. */
GLOMPO_API void glompo_manager_set_observer (GlompoManager *manager, const GlompoObserver *observer,
                                             gpointer data);

/* The configuration of the run in a directory (or of its journal), as its last session had it, with overrides
 * like those of glompo_config_new_from_file(). Only what may change from session to session may be
 * overridden. Error: GLOMPO_JOURNAL_ERROR, GLOMPO_CONFIG_ERROR. (transfer full) */
GLOMPO_API GlompoConfig *glompo_manager_read_config (const char *directory, const char *const *overrides,
                                                     GlompoRegistry *registry, GError **error);

/* Whether an ini file that is given with a run directory again is that of the run. Settings that may change,
 * differ and are not overridden are those of the run: out_kept has "[GROUP] KEY: found VALUE, the run has
 * VALUE" for each (transfer full). FALSE: one that may not change differs, or something cannot be read.
 * Error: GLOMPO_JOURNAL_ERROR, GLOMPO_CONFIG_ERROR, with all differences. */
GLOMPO_API gboolean glompo_manager_compare_file (const char *directory, const char *path,
                                                 const char *const *overrides, char ***out_kept,
                                                 GError **error);

/* Before the start only: the manager goes on with the run that its directory holds, from its journal, as if
 * it had not been interrupted. The configuration is that of glompo_manager_read_config(). */
GLOMPO_API void glompo_manager_set_resume (GlompoManager *manager);

/* Runs to the end in the calling thread. FALSE: GLOMPO_RUN_ERROR_FAILED (the run could not start or go
 * on), GLOMPO_RUN_ERROR_INTERRUPTED (glompo_manager_stop() was called, or a
 * limit on the time of the session holds), GLOMPO_CONFIG_ERROR_CONFLICT,
 * GLOMPO_JOURNAL_ERROR_EXISTS. Whatever was found is in the result and in the run directory. */
GLOMPO_API gboolean glompo_manager_run (GlompoManager *manager, GError **error);

/* The same in a thread of the manager's own: start returns at once, wait returns what run would. */
GLOMPO_API gboolean glompo_manager_start (GlompoManager *manager, GError **error);
GLOMPO_API gboolean glompo_manager_wait (GlompoManager *manager, GError **error);

/* Asks the run to end; any thread, at any time, more than once. reason: for the record, as in "SIGINT".
 * at_once: do not wait for optimizers to end. */
GLOMPO_API void glompo_manager_stop (GlompoManager *manager, const char *reason, gboolean at_once);

/* Ends one optimizer as a hunter would; or lets it rest and go on again, with its state and its slots kept.
 * id 0 means the whole run: then no optimizer is started meanwhile either; one that was told to rest by its
 * id goes on resting when the whole run goes on. An evaluation under way is finished and counted first. Any
 * thread. FALSE with GLOMPO_RUN_ERROR_STATE: there is no such optimizer alive, or it is ending (for id 0: the
 * run is). */
GLOMPO_API gboolean glompo_manager_stop_optimizer (GlompoManager *manager, guint64 id, const char *reason,
                                                   GError **error);
GLOMPO_API gboolean glompo_manager_pause (GlompoManager *manager, guint64 id, GError **error);
GLOMPO_API gboolean glompo_manager_resume (GlompoManager *manager, guint64 id, GError **error);

/* Freezes one optimizer: it keeps its state and gives up its slots to others. Revived, it goes on where it
 * was as soon as its slots are free, before any new one is started. What hunters froze the selector may
 * revive; what was frozen here is only revived here, and while there is such a one the run does not end for
 * want of others. Frozen optimizers end with the run. Any thread. FALSE with GLOMPO_RUN_ERROR_STATE: there is
 * none of that number alive and not frozen (revive: frozen). */
GLOMPO_API gboolean glompo_manager_freeze_optimizer (GlompoManager *manager, guint64 id, const char *reason,
                                                     GError **error);
GLOMPO_API gboolean glompo_manager_revive_optimizer (GlompoManager *manager, guint64 id, GError **error);

/* Changes a key of [glompo] in a run: max_jobs, convergence, hunters, freezers, hunt_frequency or
 * status_frequency. The value is checked like one of the file. With fewer slots than are in use no optimizer
 * is stopped, but none started until there is room. New conditions begin afresh: what a hunter looks back on
 * is kept from now on where the old ones did not need it. Any thread. FALSE with GLOMPO_CONFIG_ERROR, nothing
 * is changed; or with GLOMPO_RUN_ERROR_STATE: the run is over. */
GLOMPO_API gboolean glompo_manager_set (GlompoManager *manager, const char *key, const char *value,
                                        GError **error);

/* Puts the journal on the disk up to here, which is all that a run needs to be gone on with; out_evaluations
 * (nullable): those that it has. Any thread, which waits; the run does not. FALSE with
 * GLOMPO_JOURNAL_ERROR_IO: it cannot be written; with GLOMPO_RUN_ERROR_STATE: the run is over. */
GLOMPO_API gboolean glompo_manager_sync (GlompoManager *manager, guint64 *out_evaluations, GError **error);

/* Orders a snapshot: the states of the optimizers whose plugins can save them, each as soon as it has no
 * point out, so that a run that is resumed need not let them live through their pasts. Returns at once;
 * out_name (nullable): name of the file in "checkpoints" in the run directory that it becomes while the run
 * goes on, or NULL: nobody can be saved. Any thread. FALSE with GLOMPO_RUN_ERROR_STATE: the run is ending.
 * (transfer full) */
GLOMPO_API gboolean glompo_manager_checkpoint (GlompoManager *manager, char **out_name, GError **error);

/* Who gave a command, for the journal. */
typedef struct {
  const char *from; /* how it came: "socket", "file" */
  guint32 uid;
  const char *user; /* name of uid */
  gint32 pid;       /* process; 0: not known */
} GlompoCaller;

/* Writes into the journal that a command was given; before it is obeyed. Any thread. FALSE with
 * GLOMPO_RUN_ERROR_STATE: the run is over. */
GLOMPO_API gboolean glompo_manager_log_command (GlompoManager *manager, const GlompoCaller *caller,
                                                const char *command, GError **error);

/* Writes a sentence into the journal and tells the observer. Any thread; does nothing after the end. */
GLOMPO_API void glompo_manager_log_message (GlompoManager *manager, GLogLevelFlags level, const char *text);

/* What was found so far; any thread. (transfer full) */
GLOMPO_API GlompoRunResult *glompo_manager_get_result (GlompoManager *manager);

/* TRUE: a condition of the run as it is now, Signal(NAME), waits for that signal of the process, "USR1" or
 * "USR2": the signal is the run's own, and no order of the user's. Any thread. */
GLOMPO_API gboolean glompo_manager_awaits_signal (GlompoManager *manager, const char *name);

/* How the run stands; in the manager's thread, or any other while it runs. (transfer full) */
GLOMPO_API GlompoRunStatus *glompo_manager_get_status (GlompoManager *manager);

G_END_DECLS

#endif /* GLOMPO_MANAGER_H */
