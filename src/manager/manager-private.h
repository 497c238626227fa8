/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The inside of the manager. Everything is touched by the manager's thread only, but for what is under
 * lock, which other threads may read while the manager sleeps or between its turns.
 */
#pragma once

#include "backend/backend.h"
#include "backend/proc.h"
#include "config/config.h"
#include "journal/writer.h"
#include "manager/life.h"
#include "manager/tape.h"
#include "model/space.h"
#include "model/trace.h"
#include "policy/condition.h"
#include "policy/policy.h"
#include <glompo/glompo-manager.h>

/* Snapshots, see snapshots.h. */
typedef struct {
  guint32 order;            /* number of the last order to save */
  char *name;               /* of the snapshot that is being made, or NULL */
  GPtrArray *parts;         /* SnapshotPart, of it */
  char *newest;             /* name of the newest that is complete, or NULL */
  gint64 last_time;         /* monotonic microseconds, of the last order */
  guint64 last_evaluations; /* of the run, at that */
  GPtrArray *shelf;         /* those that a resumed run found, while it is begun; else NULL */
} Snapshots;

/* An incumbent for an optimizer. */
typedef struct {
  double f;
  guint64 from;
  double *x; /* NULL: there is none */
} Offer;

typedef struct {
  guint64 id;
  const OptimizerGroup *group;
  gsize group_index;
  Worker *worker;         /* NULL once it is gone, and while the run's past is gone through */
  guint64 seed;
  double *x0;
  guint64 born;           /* offset of its first record in the journal of a run that was resumed, else 0 */
  gboolean diverged;      /* resumed, it did something else */
  GQueue portions;        /* deterministic: leave that it has, see schedule.c */
  Offer next;             /* goes with its next portion; in a resumed run, the last that it did not take */
  Offer drawn;            /* went with a portion that it has begun, and was not taken */
  Trace *trace;
  GlompoTrace *view;      /* of trace */
  LifeState state;
  gint64 start, end;      /* monotonic microseconds */
  gint64 last_result;     /* the same: last evaluation or start */
  gint64 last_sign;       /* the same: last evaluation, or last look at which one was under way */
  gboolean holds_slots;   /* counted as busy */
  gboolean frozen_by_user; /* the selector has no say in it */
  gboolean revive_asked;  /* the user wants it to go on as soon as there is room */
  guint64 trial;          /* evaluations up to which no hunter freezes it again */
  guint32 save_order;     /* number of the order to save that it has not answered; 0: none */
  gint32 pause_order;     /* number of the last order to rest; 0: it is not to rest */
  gboolean paused_alone;  /* by an order of its own, which a resume of the whole run does not end */
  gboolean resting;       /* the worker has confirmed it */
  gint64 stopped_at;      /* monotonic microseconds */
  gint64 emptied;         /* the same: all results of before that have been taken */
  gint64 anchors[2];      /* the same: what emptied was, at least half of journal_sync apart */
  gint64 results[2];      /* taken that came after each of them */
  gint64 slow_limit;      /* if results[0] is no more, each may have taken longer than journal_sync */
  guint64 longest;        /* channel_longest() at the last look */
  gint64 longest_seen;    /* for how long it has been that, microseconds */
  const char *forced;     /* why it was killed, or NULL */
  char *stopped_by;       /* as in the STOP record, or NULL */
  char *reason;           /* why it ended */
  gint32 reason_code;     /* GlompoStopReason */
  gboolean ended;         /* the worker said that it has ended */
  guint64 said;           /* evaluations of the run when it said so */
  gboolean failed;        /* and that it failed */
  gboolean let_go;        /* the run ended at once: that it has not ended is no fault */
  GArray *metrics;        /* double, or NULL */
} Optimizer;

/* This many optimizers in a row that end before their first value mean that none will do better. */
#define FRUITLESS_MAX 6

struct _GlompoManager {
  gatomicrefcount refs;
  GlompoConfig *config;
  char *directory;
  gboolean dated;               /* the directory has its name from the date; another will do as well */
  gboolean overwrite;
  gboolean resume;              /* the directory holds the run that goes on */
  Tape *tape;                   /* its past, while it is gone through; else NULL */
  guint64 tape_offset;          /* of its record that was looked at last */
  guint64 end_of_past;          /* bytes of the journal that are from earlier sessions */
  gboolean session_begun;       /* a resumed run has its record of that */
  guint64 evaluations_before;   /* of earlier sessions */
  gboolean finished_before;     /* nothing is to be done, and nothing recorded */
  guint fresh_starts;           /* so many of the next optimizers start at the incumbent */
  gint64 tape_now;              /* monotonic microseconds in that */
  gboolean order_differs;       /* the order of the tape is not that of the schedule; said so */
  gint64 leave_left;            /* deterministic: evaluations that nobody has leave for */
  guint64 turn, served;      /* deterministic: ids, see schedule.c; 0: none */
  gboolean end_prepared;        /* the snapshot before the end of the session is ordered */
  gboolean draining;            /* deterministic: no leave is given to workers any more */
  gboolean fill_due;            /* deterministic: slots are to be filled before the next result is taken */
  gboolean closing;             /* workers are only waited for */
  Snapshots snapshots;
  GlompoObserver observer;
  gpointer observer_data;
  GThread *thread;              /* of glompo_manager_start() */
  GError *thread_error;

  GMainContext *context;
  GMainLoop *loop;
  GSource *workers_source, *tick_source;
  Backend *backend;
  JournalWriter *journal;
  gint64 sync_us;               /* journal_sync; 0: each */
  gint64 last_flush;            /* monotonic microseconds */
  guint64 kept_size;            /* of the journal at the last flush */
  gboolean commit_wanted;       /* the journal is to be on the disk before anybody is told anything */
  gboolean held;                /* the journal cannot be written: the run rests */
  guint64 held_size;            /* bytes that must be on the disk before it goes on */
  gboolean unannounced;         /* the observer does not know the incumbent yet */
  gboolean vague; /* of the space only the number of parameters is certain: nothing can run in it */
  Space *space;
  Condition *convergence, *hunters, *freezers, *spawn;
  gint64 patience; /* a hunt is made by the clock after so long without a result, microseconds; 0: never */
  gint64 last_clock_hunt;
  Expression *new_convergence, *new_hunters, *new_freezers; /* what came in their place in the run, or NULL */
  guint64 hunt_frequency;
  double status_frequency;
  Policy *generator, *selector;
  GlompoWindow window;
  guint64 budget;               /* G_MAXUINT64: none */

  GMutex lock;                  /* held by the manager's thread except while it sleeps */
  GCond idle;
  _Atomic guint waiting;        /* threads that want the lock */
  GThread *_Atomic owner;       /* the thread that runs the manager */
  _Atomic guint stop_asked;     /* 1: end; 2: end at once */
  char *stop_reason;            /* under lock */

  GlompoRunState state;
  GlompoRun run;                /* what policies see */
  GlompoGroup *groups;
  GPtrArray *optimizers;        /* Optimizer, all ever started */
  GPtrArray *alive;             /* Optimizer, borrowed */
  GPtrArray *traces;            /* GlompoTrace, for run.traces */
  double *best_x;
  gint64 lost_leave;            /* of the budget, as reconcile_budget() saw it last */
  gint64 start_time;            /* monotonic microseconds; moved by what lies between sessions */
  gint64 session_start;         /* the same, of the session; in the past of that session */
  gint64 end_time;
  guint64 seed;
  guint64 past_hunt_frequency;  /* in the past, as it was then; 0: nobody hunted; G_MAXUINT64: not known */
  guint64 last_hunt;            /* run.evaluations at the last hunt */
  gint64 last_status;
  ProcUsage usage;
  gint64 usage_time;            /* monotonic microseconds; 0: never */
  gint64 last_watch;            /* monotonic microseconds */
  gint64 last_turn;             /* the same */
  gboolean serialised;          /* it was said that evaluations at once bring nothing */
  gboolean crash_advised;       /* it was said what a crash of the task need not cost */
  gboolean spawning;            /* optimizers may still be started */
  char *spawn_end;              /* why not, or NULL */
  gboolean spawn_changed;       /* since the last session of a resumed run */
  gboolean paused;              /* the whole run */
  gboolean ending;              /* the run is over but for its workers */
  gint64 ending_since;
  gint64 written_off;           /* since when those that do not end are killed; 0: not yet */
  GlompoRunState end_state;
  char *end_reason;
  GVariant *end_tree;           /* of the condition that held, or NULL */
  guint64 stopped_by_user;
  char *first_failure;          /* the first warning of a worker before there was a value, or NULL */
  guint fruitless;              /* optimizers in a row that ended in vain since a new one had a value */
  guint left_behind;            /* optimizers that did not end in time */
  GError *failure;
};

/* set-up.c; the parts are what can be made without leaving a trace, once the seed is known: of a
 * configuration that is read only in part, those that can. What is wrong is added to faults, and the part is
 * NULL. */
void manager_set_up_parts (GlompoManager *manager, Faults *faults);
void manager_try_selector (GlompoManager *manager, Faults *faults); /* of a manager that does not run */
gboolean manager_set_up (GlompoManager *manager, GError **error);
void manager_tear_down (GlompoManager *manager);
/* For a key of [glompo]. The expression must outlive it. (transfer full) */
Condition *manager_make_condition (GlompoManager *manager, const char *key, const Expression *expression,
                                   GError **error);
/* What the judges in force want: windows, points, hunts by the clock. Once they are there, and after a
 * change. */
void manager_meet_wishes (GlompoManager *manager);
/* FALSE: of this and the windows nobody looks at the points that improve nothing. */
gboolean manager_wants_points (const GlompoManager *manager, const Expression *expression);

/* launch.c */
void manager_fill_slots (GlompoManager *manager);
void manager_stop_optimizer (GlompoManager *manager, Optimizer *optimizer, const char *by,
                             const char *reason);
void manager_bury (GlompoManager *manager, Optimizer *optimizer, const char *how);
/* No new optimizer is started any more. held: the condition that says so, or NULL. */
void manager_stop_spawning (GlompoManager *manager, const char *by, const char *reason,
                            const Condition *held);
void optimizer_free (Optimizer *optimizer);
/* Why it ends; what happened to one that was hunted is told beside the hunter's reason. */
void optimizer_add_reason (Optimizer *optimizer, const char *what);

/* manager.c: the lock, for public functions; FALSE: the caller is an observer and has it already */
gboolean manager_enter (GlompoManager *manager);
void manager_leave (GlompoManager *manager, gboolean outside);

/* freeze.c: slots are taken and given up once only. thaw: it is frozen no more, whatever comes. */
void manager_take_slots (GlompoManager *manager, Optimizer *optimizer);
void manager_give_up_slots (GlompoManager *manager, Optimizer *optimizer);
void manager_note_rest (GlompoManager *manager, Optimizer *optimizer, gint32 order);
void manager_freeze (GlompoManager *manager, Optimizer *optimizer, const char *by, const char *reason);
void manager_revive (GlompoManager *manager, Optimizer *optimizer, const char *by, const char *reason);
void manager_thaw (GlompoManager *manager, Optimizer *optimizer);
guint manager_count_frozen (const GlompoManager *manager, gboolean by_user); /* without slots */
/* Revives those that the user wants. FALSE: one of them waits for room, which nobody else may take. */
gboolean manager_serve_revivals (GlompoManager *manager);
gboolean manager_revive_by_selector (GlompoManager *manager, gboolean *out_revived, GError **error);

/* turn.c */

/* Evaluations that the living have drawn from the budget and that are not accepted yet. */
gint64 manager_count_out (const GlompoManager *manager);
gboolean manager_turn (gpointer data); /* of the workers' source */
gboolean manager_tick (gpointer data);
void manager_begin_end (GlompoManager *manager, GlompoRunState state, const char *reason);

/* convergence.c: what follows when the convergence condition holds now; when it held in its last test */
void manager_check_convergence (GlompoManager *manager);
void manager_begin_end_converged (GlompoManager *manager, const char *reason);
/* At every tick: a snapshot when it is about to hold for this session only. */
void manager_prepare_end_of_session (GlompoManager *manager);

/* durable.c: manager_commit() before every effect outside the manager: the journal is on the disk if that is
 * due. FALSE: it cannot be written. */
gboolean manager_commit (GlompoManager *manager);
void manager_announce_incumbent (GlompoManager *manager);
/* Now, or when the journal can be written. */
void manager_let_run (GlompoManager *manager, const Optimizer *optimizer);
void manager_look_at_journal (GlompoManager *manager);                   /* before results are taken */
gint64 manager_look_at_pace (GlompoManager *manager, Optimizer *optimizer); /* the same, from one; the time */
void manager_keep_journal (GlompoManager *manager);                      /* at the end of every turn */
gboolean manager_settle (GlompoManager *manager);                        /* at the end: all is on the disk */

/* An evaluation came. */
static inline void
manager_note_result (GlompoManager *manager, Optimizer *optimizer)
{
  optimizer->results[0]++;
  optimizer->results[1]++;
  if (optimizer->results[0] <= optimizer->slow_limit || manager->sync_us == 0)
    manager->commit_wanted = TRUE;
}
/* turn.c, for order.c and resume.c */
void manager_update_clock (GlompoManager *manager);
/* time is that of the record, microseconds since 1970 UTC; TIME_OF_PAST: the journal has it already. */
#define TIME_OF_PAST G_MININT64
void manager_accept (GlompoManager *manager, Optimizer *optimizer, const ChannelRecord *record, gint64 time);
void manager_take_record (GlompoManager *manager, Optimizer *optimizer, const ChannelRecord *record,
                          gint64 time);

/* order.c: deterministic mode. Takes what is there in the order of the schedule; TRUE: there may be more. */
gboolean order_take (GlompoManager *manager);
/* What is looked at now and then. */
void order_tick (GlompoManager *manager);
/* Ends the session where it stands: nothing of it is an event of the run. */
void order_close (GlompoManager *manager, GlompoRunState state, const char *reason);
void order_drain (GlompoManager *manager, const char *reason);

/* resume.c */
gboolean resume_set_up (GlompoManager *manager, GError **error);
gboolean resume_replay (GlompoManager *manager, GError **error);
/* TRUE: the past is gone through, and has not ended. */
gboolean resume_is_past (GlompoManager *manager);
/* What the past says where it is the past, else what was found. by: of a STOP, NULL: any. */
gboolean resume_verdict (GlompoManager *manager, gboolean found, GlompoRecordType type, guint64 id,
                         const char *by);
/* In the past: whether a hunter's verdict on it comes next, and then its reason; else what was found stays,
 * but where the session then ended it was none. (transfer full) */
char *resume_hunt (GlompoManager *manager, guint64 id, gboolean *inout_stop, gboolean *inout_freeze);
/* In the past: what it says next, that no new optimizer is started any more, is done. */
void resume_spawning_stopped (GlompoManager *manager);
/* In the past: another session may have started some after all. */
void resume_spawning (GlompoManager *manager);
/* TRUE: it has said that it ends, also where the past has its end further on. */
gboolean resume_has_ended (GlompoManager *manager, const Optimizer *optimizer);
/* The next record of the past is this one: it is done. */
void resume_expect (GlompoManager *manager, GlompoRecordType type, guint64 id);
/* Its start, if the past has one next: group and start point. */
gboolean resume_start (GlompoManager *manager, gsize *out_group, double *x0);
/* Monotonic microseconds, in the past those of the past. */
gint64 manager_now (const GlompoManager *manager);

/* launch.c */
gboolean manager_start_worker (GlompoManager *manager, Optimizer *optimizer, GError **error);

/* watch.c: at every tick; at every turn */
void manager_watch (GlompoManager *manager);
void manager_forgive_absence (GlompoManager *manager, gint64 now);

/* chronicle.c: the journal's records, and the sentences for the observer */
void chronicle_message (GlompoManager *manager, guint64 id, GLogLevelFlags level, const char *format, ...)
    G_GNUC_PRINTF (4, 5);
void chronicle_run_started (GlompoManager *manager);
void chronicle_findings (GlompoManager *manager, GPtrArray *findings);
/* instead: what became of the point of the generator. */
void chronicle_optimizer_started (GlompoManager *manager, const Optimizer *optimizer, const char *instead);
void chronicle_hunt (GlompoManager *manager, const Optimizer *victim, const char *verdict,
                     const Condition *held, const char *reason);
void chronicle_stop (GlompoManager *manager, const Optimizer *optimizer, const char *by, const char *reason);
void chronicle_freeze (GlompoManager *manager, const Optimizer *optimizer, const char *by,
                       const char *reason);
void chronicle_revive (GlompoManager *manager, const Optimizer *optimizer, const char *by,
                       const char *reason);
void chronicle_spawning_stopped (GlompoManager *manager, const char *by, const char *reason,
                                 const Condition *held);
void chronicle_injection (GlompoManager *manager, const Optimizer *optimizer, const ChannelRecord *taken);
void chronicle_optimizer_ended (GlompoManager *manager, const Optimizer *optimizer);
void chronicle_status (GlompoManager *manager, const GlompoRunStatus *status);
void chronicle_run_ended (GlompoManager *manager);
void chronicle_setting_changed (GlompoManager *manager, const char *key, const char *value);
void chronicle_command (GlompoManager *manager, const GlompoCaller *caller, const char *command);

/* status.c */
GlompoRunStatus *manager_make_status (GlompoManager *manager);
GlompoRunResult *manager_make_result (GlompoManager *manager);
const ProcUsage *manager_usage (GlompoManager *manager); /* of this process and all that it started */
