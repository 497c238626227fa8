/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the tests of the conformance program share: the plugin under test, verdicts, and the rig that plays
 * the host for one optimizer. All tests of one plugin run in one child process, one after the other.
 * Thread: main, but for the task test that says otherwise.
 */
#pragma once

#include "base/options.h"
#include "plugin/host.h"
#include <glib.h>
#include <glompo/glompo-plugin.h>

typedef enum { PASSED, FAILED, SKIPPED } Verdict;

typedef struct {
  const GlompoPlugin *plugin;
  char **settings; /* NAME=VALUE of the user, for all instances */
  char *why;       /* of a verdict that is not PASSED */
} Subject;

typedef struct {
  const char *name; /* FAMILY.SUITE.TEST */
  Verdict (*run) (Subject *subject);
} Test;

extern const Test option_tests[], optimizer_tests[], state_tests[], task_tests[]; /* each ended by NULL */

/* Keep the reason; `return failed (s, "...")`. */
Verdict failed (Subject *subject, const char *format, ...) G_GNUC_PRINTF (2, 3);
Verdict skipped (Subject *subject, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* An options struct with the user's settings; NULL with *verdict set when one is missing or refused. */
Options *subject_options (Subject *subject, Verdict *verdict);

/* ---- the rig ---- */

typedef enum { SPHERE, FAIL_ALL, FAIL_SOME, FAIL_ALTERNATELY } Objective;

typedef struct {
  const GlompoOptimizerVTable *slots;
  PluginHost host;
  GlompoProblem problem;
  double *lower, *upper, *x0, *centre; /* centre: where the sphere is 0 */
  Options *options;
  gpointer self; /* NULL when create() failed */
  guint64 seed;
  gboolean wants_residuals, wants_gradient;

  guint64 random_calls; /* of the host's streams */
  void (*real_uniform) (const GlompoHost *host, size_t n, double *out);
  void (*real_normal) (const GlompoHost *host, size_t n, double *out);
  void (*real_bits) (const GlompoHost *host, size_t n, uint64_t *out);

  GByteArray *store; /* what write() wrote */
  gsize read_at;

  /* One ask and its answer. */
  gsize n_out;       /* points out */
  GArray *x;         /* double: their rows */
  GArray *ids;       /* uint64_t */
  GArray *f;         /* double */
  GArray *status;    /* int32_t */
  GArray *residuals; /* double */
  GArray *gradients; /* double */

  Objective objective;
  guint64 budget;      /* for run(): evaluations until the end */
  guint64 evaluations;
  double best;
  GArray *trace;       /* double: all points in the order of asking, if wanted */
  gboolean done;
  char *fault;         /* what the plugin did wrong */
} Rig;

/* A box of n parameters with different, asymmetric bounds, and an instance in it. NULL with *verdict set
 * when the options are not complete. rig->self is NULL, and fault set, if create() failed. */
Rig *rig_new (Subject *subject, gsize n, guint64 seed, Verdict *verdict);

/* The same without an instance, for changes to problem, bounds or options; then rig_create(). */
Rig *rig_prepare (Subject *subject, gsize n, guint64 seed, Verdict *verdict);
gboolean rig_create (Rig *rig);
void rig_free (Rig *rig);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Rig, rig_free)

/* Asks for at most room points into the free rows behind those that are out, and checks them. Number of
 * new points; 0: none; -1: done, or a fault. */
gssize rig_ask (Rig *rig, gsize room);

/* Evaluates the points that are out from row first on, m of them, and tells them. */
void rig_tell (Rig *rig, gsize first, gsize m);

/* One ask and its tell. FALSE: done, or a fault. */
gboolean rig_step (Rig *rig, gsize room);

/* Steps, or run(), until done, a fault, or the budget is used. */
void rig_drive (Rig *rig, guint64 budget, gsize room);

/* Saves into rig->store, restores from it. */
gboolean rig_save (Rig *rig);
gboolean rig_load (Rig *rig);

double rig_evaluate (Rig *rig, const double *x, double *residuals, double *gradient);
