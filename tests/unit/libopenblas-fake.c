/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A library that looks like OpenBLAS from outside, with as many threads as the test wants. */

extern int fake_parallel, fake_threads;
int openblas_get_parallel (void);
int openblas_get_num_threads (void);
void openblas_set_num_threads (int n);

__attribute__ ((visibility ("default"))) int fake_parallel = 1;
__attribute__ ((visibility ("default"))) int fake_threads = 4;

__attribute__ ((visibility ("default"))) int
openblas_get_parallel (void)
{
  return fake_parallel;
}

__attribute__ ((visibility ("default"))) int
openblas_get_num_threads (void)
{
  return fake_threads;
}

__attribute__ ((visibility ("default"))) void
openblas_set_num_threads (int n)
{
  fake_threads = n;
}
