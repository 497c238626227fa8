/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the manager lays down for one worker beside its channel, in the same memory: how much of its past is
 * to be replayed, orders to save its state, and, in deterministic mode, the leave that it may use, in
 * portions.
 *
 * A portion may carry an injection. It is drawn when the leave before it is used up, thus at a point of the
 * worker's own count and not of time; so leave and injections take effect at the same evaluation in every
 * repetition of the run. One producer (the manager), one consumer (the driver).
 */
#pragma once

#include <glib.h>
#include <stdalign.h>
#include <stdatomic.h>

/* Portions that may wait. */
#define TERMS_PORTIONS 4u
#define TERMS_NAME_MAX 240

/* The past of a worker that goes on where an earlier one of the same optimizer was interrupted. */
typedef struct {
  guint64 from, until;  /* bytes of the journal between which its records are; until 0: there is no past */
  guint64 evaluations;  /* how many of its evaluations these are */
  char snapshot[TERMS_NAME_MAX]; /* snapshot to begin with, relative to the run directory, or "" */
} TermsPast;

typedef struct {
  gint64 n; /* evaluations; 0: only an injection */
  gboolean injects;
  double f;
  guint64 from;
} TermsPortion;

typedef struct {
  TermsPast past;
  alignas (64) _Atomic guint64 head; /* portions given */
  _Atomic guint32 save_order;        /* number of the last order to save; 0: none */
  alignas (64) _Atomic guint64 tail; /* portions taken */
  TermsPortion portions[TERMS_PORTIONS];
  double points[]; /* TERMS_PORTIONS rows of n, then the start point */
} Terms;

/* Bytes for a problem of n parameters. */
gsize terms_size (gsize n);

/* n numbers; set before the worker starts. */
double *terms_start_point (Terms *terms, gsize n);

/* FALSE: too many wait. x is NULL when the portion does not inject. */
gboolean terms_give (Terms *terms, gsize n, const TermsPortion *portion, const double *x);

/* The next portion, whose point stays valid until terms_pop(). FALSE: there is none. */
gboolean terms_peek (Terms *terms, gsize n, TermsPortion *out, const double **out_x);
void terms_pop (Terms *terms);
