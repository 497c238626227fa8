/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Threads of BLAS libraries: a fake one that is loaded as plugins load theirs, with local symbols. */
#include "base/blas.h"
#include "harness.h"
#include <dlfcn.h>

static void *
load_fake (void)
{
  g_autofree char *path = test_build_file ("tests/unit/.libs/libopenblas-fake.so");
  return dlopen (path, RTLD_NOW | RTLD_LOCAL);
}

static void
threads_are_found (void)
{
  TEST_INT (blas_get_threads (), 1);
  void *fake = load_fake ();
  CU_ASSERT_FATAL (fake != NULL);
  int *parallel = dlsym (fake, "fake_parallel"), *threads = dlsym (fake, "fake_threads");
  CU_ASSERT_FATAL (parallel != NULL && threads != NULL);
  TEST_INT (blas_get_threads (), 4);
  *parallel = 0; /* the serial build, whatever number it tells */
  TEST_INT (blas_get_threads (), 1);
  *parallel = 2; /* OpenMP */
  TEST_INT (blas_get_threads (), 4);
  *threads = 1;
  TEST_INT (blas_get_threads (), 1);
  blas_set_threads (3);
  TEST_INT (*threads, 3);
  TEST_INT (blas_get_threads (), 3);
  blas_set_threads (0); /* none is not possible */
  TEST_INT (*threads, 1);
  dlclose (fake);
  TEST_INT (blas_get_threads (), 1);
}

static const TestCase cases[] = {
  { "threads are found", threads_are_found },
};

TEST_MAIN ("blas", cases)
