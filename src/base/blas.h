/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Threads that BLAS and OpenMP libraries of this process start on their own, and memory that they take. They come
 * with plugins, whose symbols are not global, so each library is asked by its own handle. Thread: any, one at a time.
 */
#pragma once

#include <glib.h>

/* How many threads one call of the greediest BLAS library may use; 1: there is none, or all are serial. */
guint blas_get_threads (void);

/* Tells all of them to use n. */
void blas_set_threads (guint n);

/* Before memory is limited: lets a library that would ask for ever take what it wants for itself, most of which is
 * never touched. Returns by how many bytes the data of this process grew. */
gsize blas_take_memory (void);
