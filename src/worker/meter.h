/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finds out whether evaluations that go on at once bring more than one alone, by letting a few run alone. It
 * counts what is under way and how fast it is done; now and then it closes the gate: those who come wait,
 * one goes in when the last has left, and the gate opens again. Every such trial costs slots that are idle
 * for a while; it is made only when all of them together cost a small share of the time. Once it is certain
 * which way it is, nothing is measured any more.
 *
 * By Little's law (Little 1961) the throughput of m under way, each for a time D, is m/D; gain is that times
 * the mean duration of one alone. Thread: any, but where said otherwise.
 */
#pragma once

#include <glib.h>
#include <stdatomic.h>

/* Evaluations quicker than this are not measured: the clock would be felt, and so would the gate. */
#define METER_LEAST_US 100

typedef struct _Meter Meter;

/* What it found; the processors used are NaN where they are not known. */
typedef struct {
  double in_flight; /* under way at once, on average */
  double together;  /* evaluations per second */
  double alone;     /* the same, of one at a time */
  double busy;      /* processors used meanwhile */
  double cores;     /* processors that may be used */
} MeterFinding;

/* Where figures of time come from; data is handed to each. now: microseconds of a clock that is never set
 * back, that of g_get_monotonic_time() where meter_enter may wait. processor_time: what the evaluations of
 * this process have used, and waited_for: for how long its threads were ready and had no processor,
 * microseconds in all. lacking: threads of the machine that are ready beyond its processors. */
typedef struct {
  gint64 (*now) (gpointer data);
  double (*processor_time) (gpointer data);
  double (*waited_for) (gpointer data);
  double (*lacking) (gpointer data);
  gpointer data;
} MeterSource;

/* One evaluation inside. */
typedef struct {
  gint64 start;
  gint64 area;
  gboolean counted, alone;
} MeterStay;

/* most: evaluations that may go on at once. timeout: that of one evaluation, seconds, 0: none; what waits at
 * the gate may be counted as its evaluation, so it never waits as long. judged: shared with others that
 * measure the same; bit is set in it once one of them is certain, and then none goes on. own_process:
 * evaluations use this process's time. (transfer full) */
Meter *meter_new (guint most, double timeout, _Atomic guint32 *judged, guint32 bit, gboolean own_process);
/* The same with figures of another source than this machine, on which cores processors may be used. */
Meter *meter_new_from (guint most, double timeout, _Atomic guint32 *judged, guint32 bit, gboolean own_process,
                       const MeterSource *source, double cores);
Meter *meter_ref (Meter *meter);
void meter_unref (Meter *meter);

/* TRUE: still measuring. Cheap. */
gboolean meter_is_on (const Meter *meter);

/* Around an evaluation. enter may wait at the gate if it may; else it goes in all the same. */
void meter_enter (Meter *meter, MeterStay *stay, gboolean may_wait);
void meter_leave (Meter *meter, MeterStay *stay);

/* TRUE: who comes now would have to wait. Never while nothing is under way. */
gboolean meter_is_closed (Meter *meter);

/* Somebody is to end: the present trial is given up, so that nobody waits for it. */
void meter_cancel (Meter *meter);

/* TRUE, once in its life: the evaluations give the throughput of one, and *out says how that shows. */
gboolean meter_take_finding (Meter *meter, MeterFinding *out);
