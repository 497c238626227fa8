/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See the header. The limits below which loops are used were found with bench-cmaes on an AMD EPYC. */
#include "cmaes-linalg.h"

#include "cmaes-simd.h"
#include <math.h>
#include <string.h>

#define LOOP_N_PRODUCT 24u
#define LOOP_N_UPDATE 24u
#define LOOP_N_CHOLESKY 32u

/* Fortran passes the length of each character argument behind the others. */
void dtrmm_ (const char *side, const char *uplo, const char *trans, const char *diag, const int *m,
             const int *n, const double *alpha, const double *a, const int *lda, double *b, const int *ldb,
             size_t, size_t, size_t, size_t);
void dtrsv_ (const char *uplo, const char *trans, const char *diag, const int *n, const double *a,
             const int *lda, double *x, const int *incx, size_t, size_t, size_t);
void dgemm_ (const char *transa, const char *transb, const int *m, const int *n, const int *k,
             const double *alpha, const double *a, const int *lda, const double *b, const int *ldb,
             const double *beta, double *c, const int *ldc, size_t, size_t);
void dgemv_ (const char *trans, const int *m, const int *n, const double *alpha, const double *a,
             const int *lda, const double *x, const int *incx, const double *beta, double *y, const int *incy,
             size_t);
void dsyrk_ (const char *uplo, const char *trans, const int *n, const int *k, const double *alpha,
             const double *a, const int *lda, const double *beta, double *c, const int *ldc, size_t, size_t);
void dpotrf_ (const char *uplo, const int *n, double *a, const int *lda, int *info, size_t);
void dsyevd_ (const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w,
              double *work, const int *lwork, int *iwork, const int *liwork, int *info, size_t, size_t);

static const int one = 1;
static const double plus = 1.0, minus = -1.0, zero = 0.0;

void
cmaes_linalg_lower_times (size_t n, size_t m, const double *a, const double *z, double *y)
{
  if (n > LOOP_N_PRODUCT)
    {
      int rows = (int) n, columns = (int) m;
      memcpy (y, z, n * m * sizeof *y);
      dtrmm_ ("L", "L", "N", "N", &rows, &columns, &plus, a, &rows, y, &rows, 1, 1, 1, 1);
      return;
    }
  for (size_t k = 0; k < m; k++, z += n, y += n)
    {
      memset (y, 0, n * sizeof *y);
      for (size_t j = 0; j < n; j++)
        {
          const double *restrict column = a + j * n;
          double *restrict out = y;
          double factor = z[j];
          CMAES_SIMD
          for (size_t i = j; i < n; i++)
            out[i] += factor * column[i];
        }
    }
}

void
cmaes_linalg_times (size_t n, size_t m, const double *a, const double *z, double *y)
{
  int rows = (int) n, columns = (int) m;
  if (n > LOOP_N_PRODUCT)
    {
      dgemm_ ("N", "N", &rows, &columns, &rows, &plus, a, &rows, z, &rows, &zero, y, &rows, 1, 1);
      return;
    }
  for (size_t k = 0; k < m; k++, z += n, y += n)
    {
      memset (y, 0, n * sizeof *y);
      for (size_t j = 0; j < n; j++)
        {
          const double *restrict column = a + j * n;
          double *restrict out = y;
          double factor = z[j];
          CMAES_SIMD
          for (size_t i = 0; i < n; i++)
            out[i] += factor * column[i];
        }
    }
}

void
cmaes_linalg_transposed_times (size_t n, const double *a, const double *z, double *y)
{
  int rows = (int) n;
  dgemv_ ("T", &rows, &rows, &plus, a, &rows, z, &one, &zero, y, &one, 1);
}

void
cmaes_linalg_lower_solve (size_t n, const double *a, double *x)
{
  int rows = (int) n;
  dtrsv_ ("L", "N", "N", &rows, a, &rows, x, &one, 1, 1, 1);
}

static void
rank_update_loops (size_t n, size_t m, double decay, const double *v, const size_t *rows,
                   const double *scales, double *c)
{
  for (size_t j = 0; j < n; j++)
    {
      double *restrict column = c + j * n;
      CMAES_SIMD
      for (size_t i = j; i < n; i++)
        column[i] *= decay;
      for (size_t k = 0; k < m; k++)
        {
          const double *restrict y = v + rows[k] * n;
          double factor = scales[k] * y[j];
          CMAES_SIMD
          for (size_t i = j; i < n; i++)
            column[i] += factor * y[i];
        }
    }
}

/* Gathers the vectors with scales of the given sign, each times the root of its scale. */
static int
pack_vectors (size_t n, size_t m, double sign, const double *v, const size_t *rows, const double *scales,
              double *restrict pack)
{
  int count = 0;
  for (size_t k = 0; k < m; k++)
    {
      if (!(sign * scales[k] > 0.0))
        continue;
      const double *restrict y = v + rows[k] * n;
      double *restrict out = pack + (size_t) count++ * n;
      double root = sqrt (sign * scales[k]);
      CMAES_SIMD
      for (size_t i = 0; i < n; i++)
        out[i] = root * y[i];
    }
  return count;
}

void
cmaes_linalg_rank_update (size_t n, size_t m, double decay, const double *v, const size_t *rows,
                          const double *scales, double *c, double *pack)
{
  if (n <= LOOP_N_UPDATE)
    {
      rank_update_loops (n, m, decay, v, rows, scales, c);
      return;
    }
  int order = (int) n;
  int count = pack_vectors (n, m, 1.0, v, rows, scales, pack);
  dsyrk_ ("L", "N", &order, &count, &plus, pack, &order, &decay, c, &order, 1, 1);
  count = pack_vectors (n, m, -1.0, v, rows, scales, pack);
  if (count > 0)
    dsyrk_ ("L", "N", &order, &count, &minus, pack, &order, &plus, c, &order, 1, 1);
}

static bool
cholesky_loops (size_t n, double *a)
{
  for (size_t j = 0; j < n; j++)
    {
      double *restrict column = a + j * n;
      if (!(column[j] > 0.0) || isinf (column[j]))
        return false;
      double inverse = 1.0 / sqrt (column[j]);
      CMAES_SIMD
      for (size_t i = j; i < n; i++)
        column[i] *= inverse;
      for (size_t k = j + 1; k < n; k++)
        {
          double *restrict target = a + k * n;
          double factor = column[k];
          CMAES_SIMD
          for (size_t i = k; i < n; i++)
            target[i] -= factor * column[i];
        }
    }
  return true;
}

bool
cmaes_linalg_cholesky (size_t n, const double *c, double *a)
{
  memcpy (a, c, n * n * sizeof *a);
  if (n <= LOOP_N_CHOLESKY)
    return cholesky_loops (n, a);
  int order = (int) n, info = 0;
  dpotrf_ ("L", &order, a, &order, &info, 1);
  return info == 0;
}

void
cmaes_linalg_eigen_workspace (size_t n, bool vectors, size_t *reals, size_t *integers)
{
  int order = (int) n, query = -1, info = 0, n_integers = 0;
  double n_reals = 0.0, unused = 0.0;
  dsyevd_ (vectors ? "V" : "N", "L", &order, &unused, &order, &unused, &n_reals, &query, &n_integers, &query,
           &info, 1, 1);
  *reals = (size_t)n_reals;
  *integers = (size_t)n_integers;
}

bool
cmaes_linalg_eigen (size_t n, bool vectors, double *b, double *values, double *work, size_t n_work,
                    int *iwork, size_t n_iwork)
{
  int order = (int) n, lwork = (int) n_work, liwork = (int) n_iwork, info = 0;
  dsyevd_ (vectors ? "V" : "N", "L", &order, b, &order, values, work, &lwork, iwork, &liwork, &info, 1, 1);
  return info == 0;
}
