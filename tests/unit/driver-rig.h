/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A driver with a fake optimizer and a fake task, played by the test as the manager. Both fakes follow
 * scripts, keep account of what was done with them and note every breach of the plugin ABI. Nothing here
 * depends on time, but that a wait of a minute ends the program.
 */
#pragma once

#include "harness.h"
#include "worker/driver.h"
#include "worker/shared.h"

/* What the next ask() gives instead of good points. */
typedef enum {
  ASK_GOOD,
  ASK_NAN,
  ASK_INFINITE,
  ASK_OUTSIDE,
  ASK_ROUNDED, /* outside by less than rounding */
  ASK_TOO_MANY,
  ASK_NEGATIVE,
  ASK_NOTHING
} AskKind;

typedef struct _Rig Rig;

/* Where the scripts call back. */
typedef enum { AT_CREATE, AT_ASK, AT_TELL, AT_EVALUATION, AT_INJECT, AT_METRICS } Moment;
typedef void (*Hook) (Rig *rig, Moment moment, guint64 number);

typedef struct {
  guint64 id, place; /* place: among all told, from 0 */
  double f, x0;
  gint32 status;
  double residual, gradient;
  gsize batch;       /* size of the tell() it came with */
} Told;

typedef struct {
  guint64 limit;     /* points until GLOMPO_ASK_DONE */
  gsize batch;       /* points of an ask() at the most; 0: as many as there is room for */
  AskKind bad;       /* what is given when bad_at points were given */
  guint64 bad_at;
  gboolean create_fails;
  gint32 reason;     /* for stop_reason(), RUNNING: as without the slot */
  const char *reason_text;
  gint32 run_returns; /* run(): when evaluate() gave NULL */
  gboolean lazy;      /* asynchronous: gives nothing while anything is out */
  double start;       /* of the sequence of points, 0: as usual */
  /* account */
  guint64 asks, given, out, most_room, injections;
  guint created, destroyed;
  double injected_f, injected_x;
  GArray *told;      /* Told */
} OptimizerScript;

typedef struct {
  gsize n, n_residuals;
  gboolean integer;   /* all parameters are */
  gboolean create_fails, gradient_fails, noisy, logs;
  double fail_above;  /* x[0] above it gives `bad` */
  GlompoResult bad;   /* f and status */
  guint barrier;      /* evaluations that must be inside at once before any goes on; 0: none */
  gboolean reverse;   /* in each group of that many the first to come in leaves last */
  /* account, atomic where several evaluators write */
  _Atomic guint created, destroyed;
  _Atomic guint64 evaluations; /* begun */
  _Atomic guint64 calls;       /* of evaluate_batch() */
  GMutex lock;
  GCond moved;
  guint inside, arrived, left; /* under lock */
} TaskScript;

/* A record from the channel. */
typedef struct {
  ChannelRecord r; /* its pointers are dead */
  double x0, extra;
  char *text;
} Seen;

struct _Rig {
  OptimizerScript optimizer;
  TaskScript task;
  Hook hook;
  gpointer hook_data;
  /* copies, for a test to change before rig_start() */
  GlompoPlugin optimizer_plugin, task_plugin;
  GlompoOptimizerVTable optimizer_vtable;
  GlompoTaskVTable task_vtable;
  /* for the task's optional slots */
  bool (*task_gradient) (void *self, const double *x, double *gradient);
  void (*task_batch) (void *self, size_t m, const double *x, GlompoResult *const *results);
  guint workers;
  FailurePolicy on_failure;
  guint retries;
  gint64 budget_size;  /* 0: none */
  Budget *budget;      /* shared with other rigs, or NULL: own */
  guint64 id, run_seed;
  gboolean processes;  /* the evaluators are, and there are none but in the test: see shared */
  /* at work */
  SharedShape shape;
  gpointer shared;     /* memory with a place for each */
  Budget own_budget;
  OptimizerGroup group;
  WorkerSpec spec;
  ChannelMemory *memory;
  Channel manager, worker;
  GThread *thread;
  GArray *seen;        /* Seen, in order */
  guint64 evaluations; /* of them */
  guint paused;        /* pauses confirmed */
  gint32 last_pause;   /* order of the last one */
  gboolean ended;
  Seen end;
  GPtrArray *breaches; /* text; under the task's lock */
};

/* Two parameters from 0 to 8, batches of 4, 12 points, one worker. */
Rig *rig_new (void);
void rig_free (Rig *rig);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Rig, rig_free)

/* Makes the optimizer asynchronous or a blocking run(). */
void rig_set_asynchronous (Rig *rig);
void rig_set_blocking (Rig *rig);

void rig_start (Rig *rig);
/* Takes what there is in the channel. */
void rig_take (Rig *rig);
/* Goes on until so much was seen. */
void rig_until_evaluations (Rig *rig, guint64 n);
void rig_until_paused (Rig *rig, gint32 order);
void rig_until_ended (Rig *rig);
/* The same, joins, and checks what must hold for every run: no breach of the ABI, everything destroyed,
 * every point once, all leave given back. */
void rig_finish (Rig *rig);
/* Start and finish. */
void rig_run (Rig *rig);

/* Returns the number of the order. */
gint32 rig_command (Rig *rig, ChannelCommand command);
void rig_inject (Rig *rig, double x, double f);

/* The Seen of that type, the index-th; NULL: there is none. */
const Seen *rig_seen (const Rig *rig, ChannelType type, guint index);
const Told *rig_told (const Rig *rig, guint index);
/* The point that the sequence gives for a number from 0, first coordinate. */
double rig_point (const Rig *rig, guint64 number);
