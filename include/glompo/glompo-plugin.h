/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * glompo-plugin.h - the plugin ABI of GloMPO, version 1.2.
 *
 * A plugin is one shared object NAME.so that exports one function, glompo_plugin_entry(), which returns
 * one constant descriptor (GlompoPlugin). This header is all that an author needs: plain C (C11 or
 * later, and C++17), no other library. The host is the program that loads the plugin.
 *
 * Conventions that hold for every slot unless its own comment says otherwise:
 *  - Threads: an instance is used by one thread at a time, though not always by the same one. Two
 *    instances may be used by two threads at once; a plugin that cannot bear that says so
 *    (GLOMPO_CAP_SINGLE_INSTANCE for optimizers, the concurrency word for tasks).
 *  - Ownership: memory that the host hands in belongs to the host and is valid until the call returns,
 *    except the problem, the options and the host table given to create(), which live until destroy()
 *    has returned. Memory that a plugin hands out belongs to the plugin and must live until destroy().
 *  - Shapes: a matrix of m points is an array of m rows of n doubles, row after row.
 *  - Errors: a slot that can fail returns a failure value after it has called host->fail() with a
 *    sentence for the user. A plugin never prints to the standard streams, never exits, never changes
 *    signal handlers, locale, environment or working directory.
 *  - Randomness and time: the only source of random numbers is the host (uniform, normal, bits); no
 *    result may depend on a clock. The same seed then gives the same run.
 *  - Growth: members are only ever appended to these structs, and the minor version grows with them.
 *    Each struct starts with its size or is preceded by a count of its bytes, so an older and thus
 *    shorter struct reads as if its missing members were zero. A slot that is NULL is not offered.
 *
 * The smallest plugin is in the README.
 */
#ifndef GLOMPO_PLUGIN_H
#define GLOMPO_PLUGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The ABI that this header describes. A host accepts a plugin with its own major number and a minor
 * number that is not above its own. */
#define GLOMPO_ABI_MAJOR 1u
#define GLOMPO_ABI_MINOR 2u

/* What a plugin is. */
typedef enum GlompoKind {
  GLOMPO_KIND_OPTIMIZER = 1, /* searches for the minimum of a function */
  GLOMPO_KIND_TASK = 2,      /* the function itself */
  GLOMPO_KIND_GENERATOR = 3, /* where a new optimizer starts */
  GLOMPO_KIND_SELECTOR = 4,  /* which of the configured optimizers starts next */
  GLOMPO_KIND_HUNTER = 5,    /* whether a running optimizer should be stopped */
  GLOMPO_KIND_CHECKER = 6    /* whether the whole run should end */
} GlompoKind;

/* ------------------------------------------------------------------------------------------------
 * Options: what the user may set, as one table
 * ------------------------------------------------------------------------------------------------ */

/* Type of an option, and the C type of the member of the options struct that receives it. */
typedef enum GlompoOptionType {
  GLOMPO_OPTION_BOOLEAN = 1, /* bool;         written true or false */
  GLOMPO_OPTION_INTEGER = 2, /* int64_t;      within minimum..maximum */
  GLOMPO_OPTION_REAL = 3,    /* double;       within minimum..maximum, never NaN unless "auto" */
  GLOMPO_OPTION_STRING = 4,  /* const char *; never NULL, UTF-8, "" when empty */
  GLOMPO_OPTION_CHOICE = 5,  /* int32_t;      index into choices */
  GLOMPO_OPTION_REALS = 6,   /* GlompoReals;  comma separated, each within minimum..maximum */
  GLOMPO_OPTION_CONDITION = 7 /* const char *; since 1.2, in hunters and checkers only, without default: a
                                 condition of the same kind, as text; see host->holds() */
} GlompoOptionType;

/* A list of numbers as an option. */
typedef struct GlompoReals {
  size_t n;             /* 0 for "auto" and for an empty list */
  const double *values; /* n numbers, owned by the host */
} GlompoReals;

/* Flags of an option. */
#define GLOMPO_OPTION_AUTO (1u << 0) /* the word "auto" is accepted: see GLOMPO_AUTO_INTEGER */

/* What the member holds when the value is "auto": an integer is GLOMPO_AUTO_INTEGER, a real is NaN, a
 * list of reals has n = 0. The plugin then works the value out from the problem. */
#define GLOMPO_AUTO_INTEGER INT64_MIN

/* One option. Filled most easily by the GLOMPO_OPT_ macros below. */
typedef struct GlompoOption {
  const char *name;            /* key in the ini file: [a-z][a-z0-9_]*, unique in the table */
  uint32_t type;               /* a GlompoOptionType */
  uint32_t flags;              /* GLOMPO_OPTION_AUTO or 0 */
  size_t offset;               /* of the member in the options struct, in bytes */
  double minimum;              /* least accepted number; ignored for boolean, string, choice */
  double maximum;              /* greatest accepted number; may be INFINITY */
  const char *default_text;    /* as a user would write it; NULL: the user must give a value */
  const char *const *choices;  /* for choice: names, ended by NULL; else NULL */
  const char *summary;         /* one line for the user, with the unit */
} GlompoOption;

/* Table rows: S is the options struct, M its member, D the default as text or NULL, T the summary. The
 * option has the name of the member. */
#define GLOMPO_OPT_BOOLEAN(S, M, D, T) \
  { #M, GLOMPO_OPTION_BOOLEAN, 0u, offsetof (S, M), 0.0, 0.0, D, NULL, T }
#define GLOMPO_OPT_INTEGER(S, M, LOW, HIGH, D, T) \
  { #M, GLOMPO_OPTION_INTEGER, 0u, offsetof (S, M), LOW, HIGH, D, NULL, T }
#define GLOMPO_OPT_INTEGER_AUTO(S, M, LOW, HIGH, D, T) \
  { #M, GLOMPO_OPTION_INTEGER, GLOMPO_OPTION_AUTO, offsetof (S, M), LOW, HIGH, D, NULL, T }
#define GLOMPO_OPT_REAL(S, M, LOW, HIGH, D, T) \
  { #M, GLOMPO_OPTION_REAL, 0u, offsetof (S, M), LOW, HIGH, D, NULL, T }
#define GLOMPO_OPT_REAL_AUTO(S, M, LOW, HIGH, D, T) \
  { #M, GLOMPO_OPTION_REAL, GLOMPO_OPTION_AUTO, offsetof (S, M), LOW, HIGH, D, NULL, T }
#define GLOMPO_OPT_STRING(S, M, D, T) \
  { #M, GLOMPO_OPTION_STRING, 0u, offsetof (S, M), 0.0, 0.0, D, NULL, T }
#define GLOMPO_OPT_CHOICE(S, M, CHOICES, D, T) \
  { #M, GLOMPO_OPTION_CHOICE, 0u, offsetof (S, M), 0.0, 0.0, D, CHOICES, T }
#define GLOMPO_OPT_REALS(S, M, LOW, HIGH, D, T) \
  { #M, GLOMPO_OPTION_REALS, 0u, offsetof (S, M), LOW, HIGH, D, NULL, T }
#define GLOMPO_OPT_CONDITION(S, M, T) \
  { #M, GLOMPO_OPTION_CONDITION, 0u, offsetof (S, M), 0.0, 0.0, NULL, NULL, T }
#define GLOMPO_OPT_REALS_AUTO(S, M, LOW, HIGH, D, T) \
  { #M, GLOMPO_OPTION_REALS, GLOMPO_OPTION_AUTO, offsetof (S, M), LOW, HIGH, D, NULL, T }

/* ------------------------------------------------------------------------------------------------
 * What the host offers to a plugin
 * ------------------------------------------------------------------------------------------------ */

/* How serious a line of the log is. */
typedef enum GlompoLogLevel {
  GLOMPO_LOG_DEBUG = 0,   /* for the author of the plugin; usually dropped */
  GLOMPO_LOG_INFO = 1,    /* what a curious user wants to know; kept in the journal */
  GLOMPO_LOG_WARNING = 2, /* something is odd but the work goes on */
  GLOMPO_LOG_ERROR = 3    /* something failed */
} GlompoLogLevel;

/* How an evaluation went. */
typedef enum GlompoStatus {
  GLOMPO_STATUS_EVALUATED = 0, /* f is a finite number */
  GLOMPO_STATUS_FAILED = 1,    /* no value: the task failed, or gave NaN or an infinity; f is +INFINITY */
  GLOMPO_STATUS_TIMED_OUT = 2  /* no value: the time limit of one evaluation passed; f is +INFINITY */
} GlompoStatus;

/* A group of evaluated points. Row i of each array belongs to point i. */
typedef struct GlompoTrials {
  size_t struct_size;       /* bytes of this struct as the host knows it */
  size_t n_parameters;      /* length of a row of x and of gradients */
  size_t n_residuals;       /* length of a row of residuals */
  const uint64_t *ids;      /* the ids that ask() gave; 0, 1, 2... for host->evaluate() */
  const double *x;          /* the points as asked for; integer parameters were rounded for the evaluation */
  const double *f;          /* values to minimise; +INFINITY unless the status is EVALUATED */
  const int32_t *status;    /* a GlompoStatus each */
  const double *residuals;  /* NULL unless the task has residuals; NaN in a failed row */
  const double *gradients;  /* NULL unless the optimizer asked for gradients; NaN in a failed row */
} GlompoTrials;

typedef struct GlompoHost GlompoHost;
struct GlompoRun;
struct GlompoTrace;

/* Services of the host. Every function takes the table itself first. They are for the process that create() was
 * called in: in one that a plugin makes with fork() a call may end that one. */
struct GlompoHost {
  size_t struct_size; /* bytes of this struct as the host knows it */
  void *context;      /* the host's own; not for the plugin */

  /* Adds a line to the log and, from INFO up, to the journal. Copies the text. */
  void (*log) (const GlompoHost *host, GlompoLogLevel level, const char *text);

  /* States why the present call is about to return failure. One sentence without a final full stop;
   * the host puts the plugin's name before it. Copies the text; the last call counts. */
  void (*fail) (const GlompoHost *host, const char *text);

  /* Fill out[0..n-1] from the instance's own random stream: uniform in [0, 1); standard normal; 64
   * random bits. Streams of different instances are independent; the host saves and restores them. */
  void (*uniform) (const GlompoHost *host, size_t n, double *out);
  void (*normal) (const GlompoHost *host, size_t n, double *out);
  void (*bits) (const GlompoHost *host, size_t n, uint64_t *out);

  /* True once the instance is to end. Worth asking inside a computation of more than a second; between
   * calls the host sees to it. Cheap. */
  bool (*should_stop) (const GlompoHost *host);

  /* For run() only: evaluates the n >= 1 points in the rows of x, several at once if the user gave the
   * optimizer several workers, and returns them in the same order. The result belongs to the host and
   * is valid until the next call. NULL: the optimizer is to end, run() must return soon. While paused
   * the call blocks. NULL in every other slot. */
  const GlompoTrials *(*evaluate) (const GlompoHost *host, size_t n, const double *x);

  /* For run() only: the best point of the whole run that was shared since the last call, if
   * any. Returns false and leaves x (n_parameters) and f alone when there is nothing new. */
  bool (*injected) (const GlompoHost *host, double *x, double *f);

  /* For save() and load() only: append to, and read on from, the saved state. False: the storage failed
   * or ended; return false as well. The bytes come back as they were written, on the same kind of
   * machine; write sizes and a version of your own first. */
  bool (*write) (const GlompoHost *host, const void *data, size_t size);
  bool (*read) (const GlompoHost *host, void *data, size_t size);

  /* The directory in which this instance may make files, absolute, or NULL when the user configured
   * none. Never the working directory of the process: that may be shared. */
  const char *(*directory) (const GlompoHost *host);

  /* Since 1.1. The directory that relative file names in options are relative to: that of the ini file,
   * absolute. Never NULL. */
  const char *(*base_directory) (const GlompoHost *host);

  /* Since 1.2. For test() of hunters and checkers: whether their condition number index holds now; index
   * counts the options of type CONDITION in their table, from 0. The arguments are those of test(); a
   * checker has no best and no victim: NULL. NULL in every other kind. */
  bool (*holds) (const GlompoHost *host, size_t index, const struct GlompoRun *run, const struct GlompoTrace *best,
                 const struct GlompoTrace *victim);
};

/* ------------------------------------------------------------------------------------------------
 * Optimizers
 * ------------------------------------------------------------------------------------------------ */

/* The search problem of one optimizer. */
typedef struct GlompoProblem {
  size_t struct_size;           /* bytes of this struct as the host knows it */
  size_t n;                     /* number of parameters, >= 1 */
  const double *lower, *upper;  /* bounds in the user's units: finite, lower < upper, inclusive */
  const double *x0;             /* start point, inside the bounds; NULL for policies */
  const uint8_t *integer;       /* 1 where a parameter is rounded to a whole number, or NULL: none is */
  const char *const *names;     /* names of the parameters */
  size_t max_in_flight;         /* points the host can evaluate at the same time, >= 1 */
  size_t n_residuals;           /* residuals per evaluation, 0: f only */
  bool has_gradient;            /* the task can give gradients */

  /* Since 1.2. */
  uint64_t id;                  /* number of the optimizer in the run, from 1; 0 for policies */
} GlompoProblem;

/* Why an optimizer ended by itself: positive is good, negative is bad. */
typedef enum GlompoStopReason {
  GLOMPO_STOP_RUNNING = 0,      /* it has not ended */
  GLOMPO_STOP_CONVERGED = 1,    /* a tolerance was met */
  GLOMPO_STOP_TARGET = 2,       /* a target value was met */
  GLOMPO_STOP_EXHAUSTED = 3,    /* its own limit of iterations or evaluations was met */
  GLOMPO_STOP_STAGNATED = 4,    /* no more progress */
  GLOMPO_STOP_NUMERICAL = -1,   /* numerical breakdown */
  GLOMPO_STOP_ERROR = -2        /* anything else that made it impossible to go on */
} GlompoStopReason;

/* ask() returns this when the optimizer has ended; stop_reason() then says why. */
#define GLOMPO_ASK_DONE (-1)

typedef struct GlompoOptimizerVTable {
  size_t struct_size; /* sizeof (GlompoOptimizerVTable) */

  /* Makes an instance. options points to a filled options struct (NULL if the plugin declares none);
   * seed is for plugins with a generator of their own. NULL: failed, say why with host->fail(). */
  void *(*create) (const GlompoProblem *problem, const void *options, uint64_t seed,
                   const GlompoHost *host);

  /* Gives up to max >= 1 points to evaluate: fills that many rows of x and as many ids, and returns
   * their number. 0: it waits for results that are still out. GLOMPO_ASK_DONE: it has ended. Every
   * coordinate must be finite and within the bounds. An id is any number that is not out already. An
   * optimizer that is not GLOMPO_CAP_ASYNCHRONOUS is asked again only when it has been told all that
   * it gave; if it returned fewer than its generation needs it is asked for the rest and then told
   * what was evaluated, in the order in which it gave the points. */
  int32_t (*ask) (void *self, size_t max, double *x, uint64_t *ids);

  /* Brings n >= 1 evaluated points. Without GLOMPO_CAP_ASYNCHRONOUS: exactly the points of the last
   * ask(), in its order. With it: any points that are out, in any order. */
  void (*tell) (void *self, size_t n, const GlompoTrials *trials);

  /* Frees the instance. May come at any moment between calls, with points out. */
  void (*destroy) (void *self);

  /* Instead of ask and tell: the whole search as one blocking call, which evaluates through
   * host->evaluate(). The host gives it a thread of its own. Returns a GlompoStopReason. */
  int32_t (*run) (void *self, const GlompoHost *host);

  /* Optional. The host offers the best point known to the run, found by another optimizer. Comes only
   * between tell() and ask(), with no point out. What is made of it is the plugin's affair. */
  void (*inject) (void *self, const double *x, double f);

  /* Optional, both or neither. save() writes the complete state with host->write(), load() restores it
   * into an instance just made with the same problem, options and seed; the continuation must then be
   * the same to the last bit. Between tell() and ask(), with no point out. False: failed. */
  bool (*save) (void *self, const GlompoHost *host);
  bool (*load) (void *self, const GlompoHost *host);

  /* Optional. After GLOMPO_ASK_DONE or the return of run(): the GlompoStopReason, and in *text a
   * sentence with figures. NULL slot: the reason is GLOMPO_STOP_CONVERGED. */
  int32_t (*stop_reason) (void *self, const char **text);

  /* Optional. Fills one double for each name in the descriptor's metrics. Between tell() and ask(). */
  void (*metrics) (void *self, double *values);
} GlompoOptimizerVTable;

/* ------------------------------------------------------------------------------------------------
 * Tasks
 * ------------------------------------------------------------------------------------------------ */

/* The search space of a task. Zeroed by the host before the call. */
typedef struct GlompoParameters {
  size_t struct_size;           /* bytes of this struct as the host knows it */
  size_t n;                     /* number of parameters, >= 1 */
  const double *lower, *upper;  /* finite, lower <= upper; equal: the parameter is fixed */
  const char *const *names;     /* unique, non-empty; NULL: x1, x2... */
  const double *start;          /* a known good start point, or NULL */
  const uint8_t *integer;       /* 1 where only whole numbers make sense, or NULL */
} GlompoParameters;

/* Type of the numbers of an extra; all travel as doubles. */
typedef enum GlompoExtraType {
  GLOMPO_EXTRA_REAL = 0,
  GLOMPO_EXTRA_INTEGER = 1, /* whole, at most 2^53 in size */
  GLOMPO_EXTRA_BOOLEAN = 2  /* 0 or 1 */
} GlompoExtraType;

/* A further result of each evaluation, logged beside f. */
typedef struct GlompoExtra {
  const char *name; /* unique, non-empty */
  uint32_t type;    /* a GlompoExtraType */
  uint32_t count;   /* how many numbers it is, >= 1 */
} GlompoExtra;

/* A known minimum. Zeroed by the host before the call. */
typedef struct GlompoTarget {
  size_t struct_size; /* bytes of this struct as the host knows it */
  bool has_f;         /* f is known */
  double f;           /* the least value */
  const double *x;    /* one point that has it, or NULL */
} GlompoTarget;

/* What evaluate() is given and what it gives back. */
typedef struct GlompoResult {
  size_t struct_size; /* bytes of this struct as the host knows it */
  uint64_t seed;      /* in: differs for every evaluation of the run and is the same when the run is
                         repeated; a function with noise draws it from here */
  double f;           /* out: the value; NaN or an infinity counts as failed */
  int32_t status;     /* out: a GlompoStatus; EVALUATED when evaluate() is entered */
  double *extras;     /* out: all extras one behind the other; NULL: not wanted */
  double *residuals;  /* out: NULL: not wanted */
  double *gradient;   /* out: NULL: not wanted */
} GlompoResult;

/* How a task bears company. The compatibility check and the evaluators act on this word. */
typedef enum GlompoConcurrency {
  GLOMPO_CONCURRENT = 1,    /* thread-safe: instances work in several threads at once */
  GLOMPO_GLOBAL_LOCK = 2,   /* safe, but only one evaluation of the process makes progress at a time */
  GLOMPO_PROCESS_LOCAL = 3, /* not thread-safe: at most one evaluation in a process at a time */
  GLOMPO_EXTERNAL = 4       /* thread-safe, and the work is done in child processes */
} GlompoConcurrency;

typedef struct GlompoTaskVTable {
  size_t struct_size; /* sizeof (GlompoTaskVTable) */

  /* Makes an instance: one for every evaluator, with the same options and seed, so that all are the
   * same function; with GLOMPO_CAP_SHAREABLE one instance may serve several. NULL: failed. */
  void *(*create) (const void *options, uint64_t seed, const GlompoHost *host);

  /* Describes the search space. The arrays belong to the instance. False: failed. */
  bool (*parameters) (void *self, GlompoParameters *out);

  /* Evaluates the point x. Failure is a status, not an end. */
  void (*evaluate) (void *self, const double *x, GlompoResult *result);

  void (*destroy) (void *self);

  /* Optional. Evaluates the m points in the rows of x; results[i] belongs to row i. Used where the
   * optimizer has one worker; for tasks that are faster when they see several points. */
  void (*evaluate_batch) (void *self, size_t m, const double *x, GlompoResult *const *results);

  /* Optional. The extras of an evaluation: sets *out to an array and returns its length. */
  size_t (*extras) (void *self, const GlompoExtra **out);

  /* Optional. The number of residuals r_i; f is then expected to be their sum of squares. */
  size_t (*residuals) (void *self);

  /* Optional. The gradient of f at x. False: failed. evaluate() fills result->gradient where it is
   * wanted and the task has GLOMPO_CAP_GRADIENT; otherwise this slot is called. */
  bool (*gradient) (void *self, const double *x, double *gradient);

  /* Optional. The known minimum, if any. */
  void (*target) (void *self, GlompoTarget *out);

  /* Optional. The concurrency of this instance where it depends on the options; a GlompoConcurrency. */
  uint32_t (*concurrency) (void *self);

  /* Optional, since 1.1. Whether this instance gives gradients, where it depends on the options; otherwise
   * a task with the gradient slot or GLOMPO_CAP_GRADIENT does. */
  bool (*has_gradient) (void *self);
} GlompoTaskVTable;

/* ------------------------------------------------------------------------------------------------
 * Policies: generators, selectors, hunters, checkers. They see the run through read-only views and
 * decide; they run in the manager's thread, between two evaluations, and must be quick.
 * ------------------------------------------------------------------------------------------------ */

/* One optimizer of the run, alive or ended. */
typedef struct GlompoTrace {
  size_t struct_size;         /* bytes of this struct as the host knows it */
  uint64_t id;                /* 1, 2, 3... in the order of starting */
  const char *type;           /* name of its plugin */
  const char *group;          /* NAME of its group [optimizer NAME] */
  bool alive;                 /* it occupies slots, and is not about to give them up as frozen */
  bool hunted;                /* a hunter ordered its end */
  uint64_t evaluations;       /* accepted so far */
  uint64_t failures;          /* of these, without a value */
  double best_f;              /* +INFINITY before the first value */
  const double *best_x;       /* n numbers; meaningless while best_f is infinite */
  double last_f;              /* value of the last evaluation; +INFINITY if it failed */
  const double *last_x;       /* n numbers; meaningless while evaluations is 0 */
  double seconds;             /* since its start, up to its end */
  double seconds_silent;      /* since its last evaluation or start */
  /* The newest evaluations, oldest first, as many as the hunters of the run asked for and as exist. */
  size_t n_window_f;          /* length of window_f */
  const double *window_f;     /* their values */
  size_t n_window_best;       /* length of window_best */
  const double *window_best;  /* the best value up to each of them */
  size_t n_window_x;          /* rows of window_x */
  const double *window_x;     /* their points */

  /* Since 1.2. */
  bool frozen;        /* a hunter froze it: it keeps its state, occupies no slots, and may be revived */
  uint64_t workers;   /* slots that it occupies while it is alive */
  size_t group_index; /* of its group in run->groups */
} GlompoTrace;

/* One group [optimizer NAME] of the configuration. Never grows: it is the element of an array. */
typedef struct GlompoGroup {
  size_t struct_size;    /* bytes of this struct as the host knows it */
  const char *name;      /* NAME */
  const char *type;      /* name of the plugin */
  uint64_t workers;      /* slots that one optimizer of this group occupies */
  uint64_t started;      /* optimizers of this group started so far */
  uint64_t alive;        /* of these, alive */
  uint64_t evaluations;  /* of all of them */
  double best_f;         /* of all of them */
} GlompoGroup;

/* The run. */
typedef struct GlompoRun {
  size_t struct_size;                /* bytes of this struct as the host knows it */
  size_t n;                          /* number of parameters */
  const double *lower, *upper;       /* bounds */
  uint64_t evaluations;              /* accepted so far */
  uint64_t failures;                 /* of these, without a value */
  uint64_t started;                  /* optimizers started */
  uint64_t converged;                /* optimizers that ended by themselves, and not badly */
  uint64_t hunted;                   /* optimizers stopped by hunters or by the user */
  uint64_t crashed;                  /* optimizers that failed */
  uint64_t hunts;                    /* times the hunters were asked */
  double seconds;                    /* since the start of this session */
  double seconds_before;             /* of earlier sessions of a resumed run */
  double best_f;                     /* incumbent's value, +INFINITY before there is one */
  const double *best_x;              /* incumbent's point */
  uint64_t best_id;                  /* optimizer that found it, 0: none */
  uint64_t best_evaluation;          /* number of the evaluation that found it, from 1 */
  uint64_t max_jobs;                 /* slots of the run */
  uint64_t busy;                     /* slots in use */
  size_t n_traces;                   /* optimizers ever started */
  const GlompoTrace *const *traces;  /* trace i has id i + 1 */
  size_t n_groups;                   /* groups of the configuration */
  const GlompoGroup *groups;

  /* Since 1.2. */
  bool spawning;                     /* new optimizers may still be started */
  uint64_t frozen;                   /* optimizers that are frozen at present */
  uint64_t freezes;                  /* times that one was frozen */
  uint64_t revivals;                 /* times that a frozen one went on */
} GlompoRun;

/* The figures a condition compared, for its explanation. Meaning and order are the plugin's. */
#define GLOMPO_N_FIGURES 4u

/* What a hunter wants to be kept of each optimizer. Zeroed by the host before the call; 0: nothing. */
typedef struct GlompoWindow {
  size_t struct_size; /* bytes of this struct as the host knows it */
  size_t f;           /* newest values */
  size_t best;        /* newest best values */
  size_t x;           /* newest points */
} GlompoWindow;

/* create() of every policy: x0 of the problem is NULL, host->evaluate too. NULL: failed. */
typedef void *(*GlompoPolicyCreate) (const GlompoProblem *problem, const void *options, uint64_t seed,
                                     const GlompoHost *host);

/* A hunter judges one victim against the optimizer that holds the best value (which is never judged). */
typedef struct GlompoHunterVTable {
  size_t struct_size;
  GlompoPolicyCreate create;
  void (*destroy) (void *self);
  /* True: the condition holds, the victim should go. Both have at least one evaluation. figures has
   * GLOMPO_N_FIGURES places, zeroed. Called at every hunt for every victim: O(window), no more. */
  bool (*test) (void *self, const GlompoRun *run, const GlompoTrace *best, const GlompoTrace *victim,
                double *figures);
  /* Optional. What must be kept for test(). Called once, after create(). */
  void (*window) (void *self, GlompoWindow *out);
  /* Optional. Writes the comparison behind figures as text, as in "std 3e-4 <= 0.01 x 12.5 = 0.125". */
  void (*explain) (void *self, const double *figures, char *text, size_t size);
  /* Optional. The optimizer id has ended: forget what was kept about it. */
  void (*forget) (void *self, uint64_t id);
} GlompoHunterVTable;

/* A checker judges the run. */
typedef struct GlompoCheckerVTable {
  size_t struct_size;
  GlompoPolicyCreate create;
  void (*destroy) (void *self);
  /* True: the condition holds. figures as for hunters. Called after every evaluation, and now and then; where the
   * time of a session is limited also with the run as it would be later in it, or in the next session: what it
   * answers is to follow from run. */
  bool (*test) (void *self, const GlompoRun *run, double *figures);
  /* Optional, as for hunters. */
  void (*explain) (void *self, const double *figures, char *text, size_t size);
  /* Optional. The condition cannot hold before, and holds from, this number of evaluations of the run:
   * the host then never starts one more. 0: not such a condition. */
  uint64_t (*budget) (void *self);
  /* Optional, since 1.1. Seconds from now until the condition holds by the clock alone; negative: it never
   * does. For display and for ending in time. */
  double (*seconds_left) (void *self, const GlompoRun *run);
} GlompoCheckerVTable;

/* A generator gives the start point of a new optimizer. */
typedef struct GlompoGeneratorVTable {
  size_t struct_size;
  GlompoPolicyCreate create;
  void (*destroy) (void *self);
  /* Fills x (n numbers, within the bounds). False: failed, say why with host->fail(). */
  bool (*generate) (void *self, const GlompoRun *run, double *x);
  /* Optional, since 1.2. Writes how the last point came about, for the journal. */
  void (*explain) (void *self, char *text, size_t size);
  /* Optional, since 1.2, both or neither: a generator that needs evaluations. They are made by the worker of
   * each new optimizer, never in the manager's thread, and are the first ones of that optimizer. search
   * is used as those of optimizers are, with create, ask, tell and destroy, which get the options of the
   * generator; x0 of its problem is the point of generate(). It is told all that it gave before it is
   * asked again. When it has ended, found() gives the point at which the optimizer itself is created:
   * n numbers within the bounds; self is the search. */
  const GlompoOptimizerVTable *search;
  void (*found) (void *self, double *x);
} GlompoGeneratorVTable;

/* Answers of a selector other than the index of a group. */
#define GLOMPO_SELECT_NONE_FITS (-1) /* not now: no group fits in the free slots */
#define GLOMPO_SELECT_NEVER (-2)     /* no optimizer is to be started any more in this run */

/* A selector chooses the group of the next optimizer. */
typedef struct GlompoSelectorVTable {
  size_t struct_size;
  GlompoPolicyCreate create;
  void (*destroy) (void *self);
  /* Index into run->groups of a group with workers <= free_slots, or one of the answers above. */
  int64_t (*select) (void *self, const GlompoRun *run, uint64_t free_slots);
  /* Optional, since 1.2. Asked before select() while a hunter's victim is frozen, even when no new optimizer
   * is to be started any more: the id of a trace that is frozen and has workers <= free_slots, which then
   * goes on where it was; 0: none. */
  uint64_t (*revive) (void *self, const GlompoRun *run, uint64_t free_slots);
  /* Optional, since 1.2. Writes why the last select() or revive() answered as it did, for the journal. */
  void (*explain) (void *self, char *text, size_t size);
} GlompoSelectorVTable;

/* ------------------------------------------------------------------------------------------------
 * The descriptor
 * ------------------------------------------------------------------------------------------------ */

/* Level-1 backends under which an optimizer may run: where the manager puts each optimizer. */
#define GLOMPO_LEVEL1_THREADS (1u << 0)          /* a thread of the manager's process */
#define GLOMPO_LEVEL1_PROCESSES (1u << 1)        /* a process of its own that may have no children */
#define GLOMPO_LEVEL1_PROCESSES_FORCED (1u << 2) /* a process of its own that may have children */
#define GLOMPO_LEVEL1_MPI (1u << 3)              /* a process on perhaps another machine */
#define GLOMPO_LEVEL1_ANY 0xfu

/* Level-2 backends it may use: how the points of one optimizer are evaluated. */
#define GLOMPO_LEVEL2_SERIAL (1u << 0)    /* one after the other */
#define GLOMPO_LEVEL2_THREADS (1u << 1)   /* on threads of the optimizer's process */
#define GLOMPO_LEVEL2_PROCESSES (1u << 2) /* on processes */
#define GLOMPO_LEVEL2_ANY 0x7u

/* Capabilities of optimizers. */
#define GLOMPO_CAP_ASYNCHRONOUS (1u << 0)    /* may be asked with points out, told in any order */
#define GLOMPO_CAP_SINGLE_INSTANCE (1u << 1) /* two instances in one process disturb each other */
#define GLOMPO_CAP_INTEGER (1u << 2)         /* makes use of problem->integer */
#define GLOMPO_CAP_WANTS_RESIDUALS (1u << 3) /* works only on tasks with residuals */
#define GLOMPO_CAP_WANTS_GRADIENT (1u << 4)  /* works only on tasks with gradients, and is told them */
#define GLOMPO_CAP_INDEPENDENT (1u << 5)     /* its points do not depend on results: it may be asked for many
                                                ahead. Since 1.2; GLOMPO_CAP_ASYNCHRONOUS goes with it */
/* Capabilities of tasks. */
#define GLOMPO_CAP_SHAREABLE (1u << 16)    /* one instance may be used by several threads at once */
#define GLOMPO_CAP_SHARED_FILES (1u << 17) /* evaluations at once disturb each other's files */
#define GLOMPO_CAP_GRADIENT (1u << 18)     /* evaluate() fills result->gradient */

typedef struct GlompoPlugin {
  uint32_t abi_major, abi_minor; /* GLOMPO_ABI_MAJOR, GLOMPO_ABI_MINOR */
  size_t struct_size;            /* sizeof (GlompoPlugin) */
  uint32_t kind;                 /* a GlompoKind */

  const char *name;      /* [A-Za-z][A-Za-z0-9_-]*, the base name of the file */
  const char *version;   /* of the plugin, as in "1.2" */
  const char *summary;   /* one line */
  const char *author;    /* who wrote it */
  const char *licence;   /* SPDX expression */
  const char *reference; /* the paper or page behind it, or NULL */

  const GlompoOption *options; /* table of n_options rows; NULL if none */
  size_t n_options;
  size_t option_size;  /* sizeof (GlompoOption) */
  size_t options_size; /* bytes of the options struct that create() is given */

  uint32_t capabilities; /* GLOMPO_CAP_ bits */
  uint32_t level1;       /* optimizer: GLOMPO_LEVEL1_ bits, at least one */
  uint32_t level2;       /* optimizer: GLOMPO_LEVEL2_ bits, at least one */
  uint32_t concurrency;  /* task: a GlompoConcurrency */
  uint64_t max_batch;    /* optimizer: most points that one ask() can give; 0: any number */

  const char *const *metrics; /* optimizer: names of the metrics, ended by NULL; or NULL */

  /* The slots of the plugin's kind; the others are NULL. */
  const GlompoOptimizerVTable *optimizer;
  const GlompoTaskVTable *task;
  const GlompoGeneratorVTable *generator;
  const GlompoSelectorVTable *selector;
  const GlompoHunterVTable *hunter;
  const GlompoCheckerVTable *checker;
} GlompoPlugin;

/* The first members of a descriptor: `static const GlompoPlugin plugin = { GLOMPO_PLUGIN_HEADER (KIND),
 * .name = ... };` in C, the same without designators in C++. */
#define GLOMPO_PLUGIN_HEADER(KIND) GLOMPO_ABI_MAJOR, GLOMPO_ABI_MINOR, sizeof (GlompoPlugin), KIND

/* The options members: table and options struct. */
#define GLOMPO_PLUGIN_OPTIONS(S, TABLE)                                                        \
  .options = (TABLE), .n_options = sizeof (TABLE) / sizeof *(TABLE),                           \
  .option_size = sizeof (GlompoOption), .options_size = sizeof (S)

#if defined(__GNUC__)
#define GLOMPO_PLUGIN_EXPORT __attribute__ ((visibility ("default")))
#else
#define GLOMPO_PLUGIN_EXPORT
#endif

#ifdef __cplusplus
#define GLOMPO_PLUGIN_C_LINKAGE extern "C"
#else
#define GLOMPO_PLUGIN_C_LINKAGE
#endif

/* The one exported function. host_major and host_minor are the ABI of the host; a plugin that can do
 * without a newer host ignores them. NULL: the plugin refuses this host. */
typedef const GlompoPlugin *(*GlompoPluginEntry) (uint32_t host_major, uint32_t host_minor);
#define GLOMPO_PLUGIN_ENTRY_NAME "glompo_plugin_entry"
GLOMPO_PLUGIN_EXPORT const GlompoPlugin *glompo_plugin_entry (uint32_t host_major, uint32_t host_minor);

/* Defines it: GLOMPO_PLUGIN (plugin) at the end of the file, without a semicolon. */
#define GLOMPO_PLUGIN(PLUGIN)                                                                  \
  GLOMPO_PLUGIN_C_LINKAGE GLOMPO_PLUGIN_EXPORT const GlompoPlugin *glompo_plugin_entry (       \
      uint32_t host_major, uint32_t host_minor)                                                \
  {                                                                                            \
    (void) host_major;                                                                         \
    (void) host_minor;                                                                         \
    return &(PLUGIN);                                                                          \
  }

#ifdef __cplusplus
}
#endif

#endif /* GLOMPO_PLUGIN_H */
