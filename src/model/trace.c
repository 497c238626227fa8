/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Thread: the manager's. Each window is a ring whose rows are written twice, at place i and at i + rows of
 * a buffer of twice the length: then the newest rows always lie in one piece, oldest first, and neither
 * writing nor reading ever moves old ones.
 */
#include "model/trace.h"
#include <math.h>
#include <string.h>

typedef struct {
  gsize rows;   /* length of the window, 0: none */
  gsize width;  /* doubles in a row */
  gsize filled; /* rows so far, at most rows */
  gsize next;   /* where the next row goes: below rows */
  double *data; /* 2 * rows rows */
} Ring;

struct _Trace {
  GlompoTrace view;
  gsize n;
  double *points; /* best_x and last_x */
  gboolean points_known; /* last_x is that of the last evaluation */
  Ring f, best, x;
};

static void
ring_init (Ring *ring, gsize rows, gsize width)
{
  *ring = (Ring){ .rows = rows, .width = width };
  if (rows > 0)
    ring->data = g_malloc_n (2 * rows, width * sizeof (double));
}

static void
ring_clear (Ring *ring)
{
  g_free (ring->data);
  *ring = (Ring){ 0 };
}

static void
ring_push (Ring *ring, const double *row)
{
  if (ring->rows == 0)
    return;
  gsize size = ring->width * sizeof (double);
  memcpy (ring->data + ring->next * ring->width, row, size);
  memcpy (ring->data + (ring->next + ring->rows) * ring->width, row, size);
  ring->next = ring->next + 1 == ring->rows ? 0 : ring->next + 1;
  ring->filled += ring->filled < ring->rows;
}

/* The oldest row of a full ring is the one that the next push overwrites. */
static const double *
ring_oldest (const Ring *ring)
{
  gboolean full = ring->rows > 0 && ring->filled == ring->rows;
  return full ? ring->data + ring->next * ring->width : ring->data;
}

static void
show_windows (Trace *trace)
{
  GlompoTrace *view = &trace->view;
  view->n_window_f = trace->f.filled;
  view->window_f = ring_oldest (&trace->f);
  view->n_window_best = trace->best.filled;
  view->window_best = ring_oldest (&trace->best);
  view->n_window_x = trace->x.filled;
  view->window_x = ring_oldest (&trace->x);
}

Trace *
trace_new (guint64 id, const char *group, const char *type, gsize n, const GlompoWindow *window)
{
  Trace *trace = g_new0 (Trace, 1);
  trace->n = n;
  trace->points = g_new0 (double, 2 * n);
  trace->view = (GlompoTrace){ .struct_size = sizeof (GlompoTrace),
                               .id = id,
                               .type = type,
                               .group = group,
                               .best_f = INFINITY,
                               .best_x = trace->points,
                               .last_f = INFINITY,
                               .last_x = trace->points + n };
  ring_init (&trace->f, window->f, 1);
  ring_init (&trace->best, window->best, 1);
  ring_init (&trace->x, window->x, n);
  show_windows (trace);
  return trace;
}

void
trace_free (Trace *trace)
{
  if (trace == NULL)
    return;
  trace_end (trace);
  g_free (trace->points);
  g_free (trace);
}

gboolean
trace_add (Trace *trace, double f, gint32 status, const double *x)
{
  GlompoTrace *view = &trace->view;
  double *best_x = trace->points, *last_x = trace->points + trace->n;
  gboolean valid = status == GLOMPO_STATUS_EVALUATED && isfinite (f);
  if (!valid)
    f = INFINITY;

  view->evaluations++;
  view->failures += !valid;
  view->last_f = f;
  if (x != NULL)
    memcpy (last_x, x, trace->n * sizeof (double));
  else if (trace->points_known)
    for (gsize i = 0; i < trace->n; i++)
      last_x[i] = NAN;
  trace->points_known = x != NULL;
  gboolean better = f < view->best_f;
  if (better && x != NULL)
    {
      view->best_f = f;
      memcpy (best_x, x, trace->n * sizeof (double));
    }
  ring_push (&trace->f, &f);
  ring_push (&trace->best, &view->best_f);
  if (x != NULL)
    ring_push (&trace->x, x);
  else
    trace->x.filled = trace->x.next = 0;
  show_windows (trace);
  return better;
}

static void
ring_widen (Ring *ring, gsize rows, gsize width)
{
  if (rows <= ring->rows)
    return;
  Ring wider;
  ring_init (&wider, rows, width);
  const double *row = ring_oldest (ring);
  for (gsize i = 0; i < ring->filled; i++)
    ring_push (&wider, row + i * width);
  ring_clear (ring);
  *ring = wider;
}

void
trace_widen (Trace *trace, const GlompoWindow *window)
{
  ring_widen (&trace->f, window->f, 1);
  ring_widen (&trace->best, window->best, 1);
  ring_widen (&trace->x, window->x, trace->n);
  show_windows (trace);
}

void
trace_end (Trace *trace)
{
  ring_clear (&trace->f);
  ring_clear (&trace->best);
  ring_clear (&trace->x);
  show_windows (trace);
}

GlompoTrace *
trace_view (Trace *trace)
{
  return &trace->view;
}
