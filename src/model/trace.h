/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the manager remembers of one optimizer's evaluations: counters, best, last, and windows of the
 * newest ones as long as the hunters of the run asked for. The cost and memory of an evaluation do not
 * depend on how many there were before. Thread: the manager's.
 */
#pragma once

#include <glib.h>
#include <glompo/glompo-plugin.h>

typedef struct _Trace Trace;

/* n: parameters; window: greatest wish of all hunters. The strings must outlive the trace. */
Trace *trace_new (guint64 id, const char *group, const char *type, gsize n, const GlompoWindow *window);
void trace_free (Trace *trace);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Trace, trace_free)

/* Adds an evaluation. f is +INFINITY unless status is GLOMPO_STATUS_EVALUATED; then it is finite. O(n),
 * no allocation. x may be NULL where f is no better than the best: then the last point
 * is not known, all its coordinates are NaN, and a window of points begins anew. Returns TRUE when it is a
 * new best of this optimizer. */
gboolean trace_add (Trace *trace, double f, gint32 status, const double *x);

/* From now on remembers as many newest evaluations as in window, at least as many as before; those that are
 * forgotten already stay so. Not after trace_end(). */
void trace_widen (Trace *trace, const GlompoWindow *window);

/* The optimizer has ended: the windows are freed; best, last and counters stay, and late evaluations still
 * count in them. */
void trace_end (Trace *trace);

/* The view for policies, always up to date, every window contiguous. The view itself stays at its place as
 * long as the trace lives; what its windows point to is valid until the next trace_add() or trace_end(). The
 * members alive, hunted, frozen, workers, group_index, seconds and seconds_silent are the caller's to set.
 * O(1). */
GlompoTrace *trace_view (Trace *trace);
