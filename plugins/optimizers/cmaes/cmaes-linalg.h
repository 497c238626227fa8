/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Linear algebra of the CMA-ES: loops of its own for small dimensions, BLAS and LAPACK for the others.
 * An n x n matrix is stored column after column; of a symmetric or triangular one the lower half counts. A
 * group of m vectors is stored vector after vector.
 *
 * The same input gives the same bits: memory is aligned by the caller, and which way is taken depends on n
 * alone.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* y_k = A z_k for m vectors; A lower triangular. */
void cmaes_linalg_lower_times (size_t n, size_t m, const double *a, const double *z, double *y);

/* y_k = A z_k for m vectors; A any square matrix. */
void cmaes_linalg_times (size_t n, size_t m, const double *a, const double *z, double *y);

/* y = A' z for one vector; A any square matrix. */
void cmaes_linalg_transposed_times (size_t n, const double *a, const double *z, double *y);

/* Solves A x = b in place, A lower triangular. */
void cmaes_linalg_lower_solve (size_t n, const double *a, double *x);

/* C <- decay C + sum over k of scales[k] v_k v_k'. rows[k] is the place of v_k in v; scales may have both
 * signs. pack is memory for m n numbers. */
void cmaes_linalg_rank_update (size_t n, size_t m, double decay, const double *v, const size_t *rows,
                               const double *scales, double *c, double *pack);

/* a = Cholesky factor of C. False: C is not positive definite, and a is of no use. */
bool cmaes_linalg_cholesky (size_t n, const double *c, double *a);

/* Numbers of each kind that cmaes_linalg_eigen() needs as workspace. */
void cmaes_linalg_eigen_workspace (size_t n, bool vectors, size_t *reals, size_t *integers);

/* values: eigenvalues of b in ascending order; b: destroyed, or its eigenvectors if wanted. */
bool cmaes_linalg_eigen (size_t n, bool vectors, double *b, double *values, double *work, size_t n_work,
                         int *iwork, size_t n_iwork);
