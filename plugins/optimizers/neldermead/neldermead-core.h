/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Nelder-Mead simplex search in a box as a state machine: it says which points it wants to know and is told
 * their values. The coefficients grow with the dimension as in Gao & Han, "Implementing the Nelder-Mead
 * simplex algorithm with adaptive parameters", Comput. Optim. Appl. 51 (2012) 259-277.
 *
 * Thread: any, one at a time. Invariants: every vertex and every wanted point lies in the box; value[] is
 * ascending and value[k] belongs to row order[k] of simplex, except while a batch is out; nothing is
 * allocated after nm_new(). A step costs O(n) operations on average, an evaluation of a shrink as well.
 */
#ifndef NELDERMEAD_CORE_H
#define NELDERMEAD_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NM_UNLIMITED UINT64_MAX

typedef struct {
  size_t n;
  const double *lower, *upper; /* the box; must outlive the search */
  const double *x0;            /* the first vertex; read by nm_new() only */
  double size;                 /* edges of the first simplex as a fraction of the box, 0 < size <= 1 */
  double tol_x;                /* stop below this distance of the vertices, as a fraction of the box... */
  double tol_f;                /* ...once their values differ by no more than tol_f (1 + |best value|) */
  uint64_t max_evaluations;
  uint64_t max_iterations;
  uint64_t max_restarts;
} NmSettings;

/* What comes next. */
typedef enum {
  NM_BATCH = 0,    /* the vertices order[next..n] are to be evaluated: at the start, after a shrink, after a
                      restart */
  NM_STEP,         /* an iteration begins: a reflection is wanted */
  NM_EXPAND,       /* the reflection was the best point so far: the expansion is wanted */
  NM_CONTRACT_OUT, /* a point between centroid and reflection is wanted */
  NM_CONTRACT_IN,  /* a point between centroid and worst vertex is wanted */
  NM_DONE
} NmPhase;

typedef enum {
  NM_RUNNING = 0,
  NM_CONVERGED,       /* size and spread are within the tolerances */
  NM_ROUNDING,        /* the simplex is as small as the numbers allow, but its values still differ */
  NM_MAX_EVALUATIONS,
  NM_MAX_ITERATIONS,
  NM_NO_VALUE         /* no vertex of the first simplex has a value */
} NmEnd;

/* Everything that changes and is not a number per coordinate. Plain data: to be saved as it is. */
typedef struct {
  uint64_t evaluations;
  uint64_t iterations;
  uint64_t restarts;
  uint64_t shrinks;
  uint64_t next_review;     /* iteration at which size and centroid are worked out afresh */
  uint64_t next_rank_check; /* iteration at which the simplex is examined for degeneracy */
  uint64_t next;            /* NM_BATCH: place in order[] of the next vertex to be evaluated */
  uint64_t moved;           /* 1: the box moved the reflection */
  double reflected_f;       /* value of the reflection while a second point is wanted */
  double restart_f;         /* best value at the last restart */
  double size;              /* at the last review: largest distance from the best vertex, box */
  double injected_f;        /* value of a foreign point that waits to be taken in, else +INFINITY */
  int32_t phase;            /* NmPhase */
  int32_t end;              /* NmEnd */
} NmState;

typedef struct {
  NmSettings settings;
  NmState state;
  double expansion, contraction, shrink;
  /* One block of n_numbers doubles, in this order; the part up to injected is the state to be saved. */
  double *numbers;
  size_t n_numbers, n_saved;
  double *simplex;   /* n + 1 rows */
  double *value;     /* n + 1, ascending */
  double *sum;       /* sum of the vertices; n times the centroid and the worst vertex */
  double *trial;     /* the point that is out */
  double *reflected; /* the reflection while a second point is wanted */
  double *injected;
  double *inverse_width;
  double *work;      /* n x n */
  uint32_t *order;   /* n + 1: row of the k-th best vertex */
} Nm;

/* NULL: not enough memory. */
Nm *nm_new (const NmSettings *settings);
void nm_free (Nm *nm);

/* Gives up to max points (rows of x); returns their number, 0 once the search has ended. Each call must be
 * followed by nm_tell() with the values of all its points, in order, +INFINITY where there is none. */
size_t nm_ask (Nm *nm, size_t max, double *x);
void nm_tell (Nm *nm, size_t n, const double *f);

/* Offers a foreign point. It takes the place of the worst vertex if it is better than the best. */
void nm_inject (Nm *nm, const double *x, double f);

/* Largest difference between the values of two vertices; +INFINITY while a vertex has none. */
double nm_spread (const Nm *nm);

/* For neldermead-restart.c and the search itself. */

/* The edges no longer span the space: the thinnest direction is below 1e-3 of the thickest. O(n^3). */
bool nm_is_degenerate (const Nm *nm);

/* Replaces all vertices but the best by steps of scale (fraction of the box) along the axes, each to the
 * side to which the old simplex fell; they are then to be evaluated. */
void nm_orient (Nm *nm, double scale);

#endif
