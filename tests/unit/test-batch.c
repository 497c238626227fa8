/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The check of points as they come from an optimizer: every coordinate counts, wherever it stands. */
#include "harness.h"
#include "worker/batch.h"
#include <math.h>
#include <string.h>

#define MOST 11u
#define ROWS 3u

/* A box that is different in every direction. */
typedef struct {
  Space space;
  double lower[MOST], upper[MOST];
  char *names[MOST + 1];
  Batch batch;
} Box;

static Box *
box_new (gsize n)
{
  Box *box = g_new0 (Box, 1);
  for (gsize i = 0; i < n; i++)
    {
      box->lower[i] = -1.0 - (double) i;
      box->upper[i] = 2.0 + (double) i;
      box->names[i] = g_strdup_printf ("x%" G_GSIZE_FORMAT, i + 1);
    }
  box->space.n = n;
  box->space.lower = box->lower;
  box->space.upper = box->upper;
  box->space.names = box->names;
  batch_init (&box->batch, &box->space, FALSE, ROWS);
  for (gsize i = 0; i < n * ROWS; i++)
    box->batch.x[i] = i % 2 == 0 ? box->lower[i % n] : box->upper[i % n];
  return box;
}

static void
box_free (Box *box)
{
  batch_clear (&box->batch);
  for (gsize i = 0; i < MOST; i++)
    g_free (box->names[i]);
  g_free (box);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Box, box_free)

static void
test_on_the_bounds (void)
{
  for (gsize n = 1; n <= MOST; n++)
    {
      g_autoptr (Box) box = box_new (n);
      g_autofree double *before = g_memdup2 (box->batch.x, n * ROWS * sizeof (double));
      g_autofree char *fault = batch_check (&box->batch, 0, ROWS);
      CU_ASSERT_PTR_NULL (fault);
      CU_ASSERT (memcmp (before, box->batch.x, n * ROWS * sizeof (double)) == 0);
    }
}

/* Puts the value at one place of the middle row; returns what the check says. (transfer full) */
static char *
check_with (gsize n, gsize place, double value, double *out_after)
{
  g_autoptr (Box) box = box_new (n);
  box->batch.x[n + place] = value;
  char *fault = batch_check (&box->batch, 1, 1);
  *out_after = box->batch.x[n + place];
  return fault;
}

static void
test_every_place (void)
{
  double after;
  for (gsize n = 1; n <= MOST; n++)
    for (gsize i = 0; i < n; i++)
      {
        double lower = -1.0 - (double) i, upper = 2.0 + (double) i;
        const double bad[] = { NAN, -NAN, INFINITY, -INFINITY, lower - 1e-6, upper + 1e-6, -1e300, 1e300 };
        g_autofree char *name = g_strdup_printf ("x%" G_GSIZE_FORMAT " =", i + 1);
        for (gsize k = 0; k < G_N_ELEMENTS (bad); k++)
          {
            g_autofree char *fault = check_with (n, i, bad[k], &after);
            CU_ASSERT_FATAL (fault != NULL);
            TEST_CONTAINS (fault, name);
          }
        g_autofree char *below = check_with (n, i, nextafter (lower, -INFINITY), &after);
        CU_ASSERT (below == NULL && after == lower);
        g_autofree char *above = check_with (n, i, nextafter (upper, INFINITY), &after);
        CU_ASSERT (above == NULL && after == upper);
      }
}

static void
test_jobs (void)
{
  g_autoptr (Box) box = box_new (2);
  Job *job = batch_job (&box->batch, 2, 77);
  CU_ASSERT (job->seed == 77 && job->attempts == 0 && job->x == box->batch.x + 4);
  job->attempts = 3;
  job->result.f = 1.5;
  job->result.status = GLOMPO_STATUS_EVALUATED;
  batch_store (&box->batch, job);
  TEST_NEAR (box->batch.f[2], 1.5, 0);
  batch_reserve (&box->batch, 50); /* everything may move */
  job = batch_job (&box->batch, 2, 78);
  CU_ASSERT (job->seed == 78 && job->attempts == 0 && job->x == box->batch.x + 4 && job->tag == 2);
  CU_ASSERT_PTR_NULL (job->result.extras);
}

static const TestCase cases[] = {
  { "on the bounds", test_on_the_bounds },
  { "every place", test_every_place },
  { "jobs", test_jobs },
};

TEST_MAIN ("batch", cases)
