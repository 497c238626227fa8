/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The (mu/mu_w, lambda)-CMA-ES with active covariance update, cumulative step-size adaptation and a lazily
 * renewed square root of the covariance matrix C.
 *
 * A generation: the caller fills z with normal numbers, cmaes_core_sample() makes of it lambda points x,
 * the caller stores each value with cmaes_core_tell(), and with the last one the distribution is updated.
 * The search runs over t, the parameters scaled to the unit box and unfolded (cmaes-bounds.h):
 * t_k = mean + sigma y_k, y_k = A z_k, A A' = C.
 *
 * Threads: an instance is used by one thread at a time. Nothing is allocated between new and free.
 *
 * References: N. Hansen, "The CMA Evolution Strategy: A Tutorial", arXiv:1604.00772; O. Krause, D. R.
 * Arbones, C. Igel, "CMA-ES with optimal covariance update and storage complexity", NIPS 2016 (step-size
 * path with a Cholesky factor); N. Hansen, "Injecting external solutions into CMA-ES", arXiv:1110.4181.
 */
#pragma once

#include "cmaes-bounds.h"
#include "cmaes-strategy.h"

/* Which criterion ended the search. */
typedef enum {
  CMAES_RUNNING = 0,
  CMAES_TOLFUN,
  CMAES_TOLFUNHIST,
  CMAES_TOLX,
  CMAES_TOLSTAGNATION,
  CMAES_TOLCONDITIONCOV,
  CMAES_TOLFACUPX,
  CMAES_TOLUPSIGMA,
  CMAES_TOLFLATFITNESS,
  CMAES_MAXITER,
  CMAES_TOLFAILED,
  CMAES_BREAKDOWN, /* C has no root any more */
  CMAES_N_STOPS
} CmaesStop;

typedef struct {
  size_t n;
  const double *lower, *upper, *x0; /* must outlive the instance */
  size_t at_once;                   /* points that can be evaluated at the same time */
} CmaesProblem;

/* The numbers that change, apart from the arrays. Saved as they are. */
typedef struct {
  uint64_t generation;           /* finished */
  uint64_t asked;                /* points of the present generation that were handed out */
  uint64_t told;                 /* of these, with a value */
  uint64_t factored;             /* generation after which A was last renewed */
  uint64_t roots;                /* times A was renewed */
  uint64_t n_history;            /* generations in the records */
  uint64_t flat;                 /* generations in sequence with equal values */
  uint64_t failed;               /* generations in sequence without a value */
  uint64_t injected;             /* points of others that took part */
  uint64_t pending;              /* 1: a point waits to be injected */
  uint64_t stop;                 /* a CmaesStop */
  double stop_found, stop_limit; /* figures of the criterion */
  double sigma;
  double fading;    /* (1 - c_sigma)^(2 generation) */
  double condition; /* of C, when it was last worked out */
  double best_f;
} CmaesState;

typedef struct {
  CmaesSettings settings;
  CmaesStrategy strategy;
  CmaesBounds bounds;
  CmaesState state;
  bool separable, eigen; /* eigen only if not separable */
  double sigma_start;    /* sigma at the beginning */
  size_t n_matrix;       /* numbers in C: n or n^2 */
  size_t n_values;       /* capacity of values */
  size_t n_window;       /* capacity of best and median */

  double *memory;  /* all arrays below, each aligned */
  size_t n_saved;  /* numbers at its beginning that are part of the state */
  double *mean;    /* n */
  double *p_sigma; /* n: evolution path of the step size */
  double *c;       /* n_matrix */
  double *a;       /* n_matrix: A; if separable, its diagonal */
  double *b;       /* n_matrix if eigen: eigenvectors */
  double *z;       /* lambda x n */
  double *y;       /* (lambda + 1) x n: the last row is p_c, the evolution path of C */
  double *p_c;
  double *x;         /* lambda x n: points as given to the caller */
  double *f;         /* lambda: +INFINITY where there is no value */
  double *pending_x; /* n */
  double *d;         /* n: eigenvalues when they were last worked out */
  double *values;    /* best value of each of the newest generations, a ring */
  double *best;      /* the same over a longer time, a ring */
  double *median;    /* median value of each of these generations, a ring */

  double *sigma0;   /* n: first standard deviations over t */
  double *width;    /* n */
  double *weights;  /* lambda */
  double *scales;   /* lambda + 1 */
  double *t, *step; /* n each */
  double *pack;     /* (lambda + 1) x n, or room for the windows */
  double *scratch;  /* n_matrix: eigenvalue computations */
  double *work;     /* n_work */
  size_t n_work, n_iwork;
  int *iwork;
  size_t *order; /* lambda + 1: rows by rank; then the row of p_c */
} Cmaes;

/* NULL: failed, and *why says in what. */
Cmaes *cmaes_core_new (const CmaesSettings *settings, const CmaesProblem *problem, const char **why);
void cmaes_core_free (Cmaes *cmaes);

/* Turns z into y and x, and puts a pending injection in the first row. */
void cmaes_core_sample (Cmaes *cmaes);

/* Stores the value of the next point of the generation. x is the point that was evaluated. f must be
 * finite or +INFINITY, which means that there is no value. */
void cmaes_core_tell (Cmaes *cmaes, const double *x, double f);

/* Keeps x for the next generation if it is better than all that was seen here. */
void cmaes_core_inject (Cmaes *cmaes, const double *x, double f);

/* Greatest standard deviation over t. */
double cmaes_core_max_std (const Cmaes *cmaes);

/* The state as two blocks of plain memory: the struct state, and n_saved numbers at memory. After the
 * blocks were read back: NULL, or what is wrong with them. */
const char *cmaes_core_check_state (const Cmaes *cmaes);

/* cmaes-update.c: the update after a generation. */
void cmaes_core_update (Cmaes *cmaes);
/* Renews A; works out the condition number now and then. False: C is not positive definite. */
bool cmaes_core_renew_root (Cmaes *cmaes);
