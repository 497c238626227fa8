/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/meter.h"
#include "base/cores.h"
#include <math.h>
#include <sys/resource.h>

/* A window ends after so many evaluations for each that may be under way, and at least so many. */
#define WINDOW_TIMES 2
#define WINDOW_LEAST 8
/* And not before this time, so that looking at the processors at its end is not felt. */
#define WINDOW_LEAST_US 20000
/* Fewer than this under way on average tell nothing about many at once. A batch of two that is done one after
 * the other has 1.5. */
#define IN_FLIGHT_LEAST 1.35
/* Share of the time of all slots that trials may cost: where about one processor or less is used, a lock is
 * likely; where more are, hardly. */
#define SUSPICIOUS_SHARE 0.05
#define USUAL_SHARE 0.015
#define SUSPICIOUS_BUSY 1.25
/* The gate closes as soon as no more than this share of the usual number is under way, as between two
 * batches, for then little is lost; or at the end of the next window. */
#define CALM_SHARE 0.25
/* The gate opens again when one alone has taken so many times as long as they do together. */
#define PATIENCE 3
/* How certain: standard errors of the logarithm of the gain, trials and windows at least. Where so many
 * trials have not made it certain, as many again may cost half as much, then a third, and so on. */
#define SIGMAS 3.0
#define TRIALS_LEAST 4
#define WINDOWS_LEAST 4
#define TRIALS_DEAR 24
/* Rounds that must find them not serialised before that is believed: what is said ends the search for good,
 * and a few trials in a bad moment of the machine may look like anything. */
#define ROUNDS_CLEAR 2
/* Fewer trials are enough to clear those whose gain is this plain: that is more than a bad moment makes of
 * it. */
#define TRIALS_PLAIN 2
#define GAIN_PLAIN 3.5
/* One is enough where the gain is so great, and the trial took so long, that the machine would have had to stand still
 * meanwhile: with a function that takes an hour, a trial costs an hour of all slots but one. */
#define GAIN_OBVIOUS 10
#define OBVIOUS_LEAST_US 200000
/* Durations do not scatter less than this, whatever a few of them look like. */
#define SCATTER_LEAST 0.05
/* Nothing is said when more threads than this, on average, were ready and had no processor although enough of
 * them may be used: others have them. */
#define STARVING 0.75
/* Below this gain they are serialised, above it they are not. */
#define GAIN_LEAST 1.25

typedef enum { GATE_OPEN, GATE_CLOSED, GATE_ALONE } Gate;

/* Mean and scatter (Welford 1962). */
typedef struct {
  guint n;
  double mean, squares;
} Sample;

struct _Meter {
  gatomicrefcount refs;
  MeterSource source;
  guint most;
  double timeout_us;      /* of one evaluation; infinite: none */
  gboolean own_process;
  double cores;
  _Atomic guint32 *judged;
  guint32 bit;
  _Atomic gboolean off;
  GMutex lock;            /* for all below */
  GCond moved;
  Gate gate;
  gboolean due;           /* it shall close */
  gint64 closed_at, opens_at;
  gint64 closed_area;
  guint in_flight;
  gint64 now;             /* microseconds, when area was brought up to date */
  gint64 area;            /* integral of in_flight over time */
  gint64 active;          /* time with any under way */
  double lost;            /* slot-microseconds that trials have cost */
  gint64 window_active, window_area, window_start;
  double window_cpu, window_waited;
  guint window_n;
  Sample rates;           /* of windows, evaluations per microsecond */
  Sample in_flights, busy, starved; /* of the same windows */
  Sample durations;       /* of one alone, microseconds */
  guint rounds_clear;
  gboolean serialised, taken;
};

static void
sample_add (Sample *sample, double value)
{
  double delta = value - sample->mean;
  sample->n++;
  sample->mean += delta / sample->n;
  sample->squares += delta * (value - sample->mean);
}

/* Square of the standard error of the mean, as a share of the mean. */
static double
sample_error (const Sample *sample)
{
  double variance = sample->n > 1 ? sample->squares / (sample->n - 1) : 0;
  return MAX (variance / (sample->mean * sample->mean), SCATTER_LEAST * SCATTER_LEAST) / sample->n;
}

/* Processor time of this process and of those that it has waited for, microseconds. */
static double
processor_time (gpointer data)
{
  double sum = 0;
  struct rusage usage;
  static const int whose[] = { RUSAGE_SELF, RUSAGE_CHILDREN };
  (void) data;
  for (gsize i = 0; i < G_N_ELEMENTS (whose); i++)
    if (getrusage (whose[i], &usage) == 0)
      sum += 1e6 * (double) (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
             + (double) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
  return sum;
}

static gint64
machine_now (gpointer data)
{
  (void) data;
  return g_get_monotonic_time ();
}

static double
waited_for (gpointer data)
{
  (void) data;
  return cores_waited_for ();
}

static double
lacking (gpointer data)
{
  (void) data;
  return cores_lacking ();
}

static const MeterSource machine = {
  .now = machine_now, .processor_time = processor_time, .waited_for = waited_for, .lacking = lacking,
};

Meter *
meter_new (guint most, double timeout, _Atomic guint32 *judged, guint32 bit, gboolean own_process)
{
  return meter_new_from (most, timeout, judged, bit, own_process, &machine, cores_available ());
}

Meter *
meter_new_from (guint most, double timeout, _Atomic guint32 *judged, guint32 bit, gboolean own_process,
                const MeterSource *source, double cores)
{
  Meter *meter = g_new0 (Meter, 1);
  meter->source = *source;
  g_atomic_ref_count_init (&meter->refs);
  meter->most = most;
  meter->timeout_us = timeout > 0 ? timeout * G_USEC_PER_SEC : INFINITY;
  meter->own_process = own_process;
  meter->cores = cores;
  meter->judged = judged;
  meter->bit = bit;
  meter->now = source->now (source->data);
  g_mutex_init (&meter->lock);
  g_cond_init (&meter->moved);
  return meter;
}

Meter *
meter_ref (Meter *meter)
{
  g_atomic_ref_count_inc (&meter->refs);
  return meter;
}

void
meter_unref (Meter *meter)
{
  if (meter == NULL || !g_atomic_ref_count_dec (&meter->refs))
    return;
  g_mutex_clear (&meter->lock);
  g_cond_clear (&meter->moved);
  g_free (meter);
}

gboolean
meter_is_on (const Meter *meter)
{
  return !atomic_load_explicit (&meter->off, memory_order_relaxed);
}

static gint64
now_of (const Meter *meter)
{
  return meter->source.now (meter->source.data);
}

static void
advance (Meter *meter)
{
  gint64 now = now_of (meter);
  meter->area += (now - meter->now) * meter->in_flight;
  if (meter->in_flight > 0)
    meter->active += now - meter->now;
  meter->now = now;
}

/* ---- the gate ---- */

static void
begin_window (Meter *meter)
{
  meter->window_n = 0;
  meter->window_start = meter->now;
  meter->window_active = meter->active;
  meter->window_area = meter->area;
}

/* Many files are read for it, one for each thread. */
static void
look_at_clocks (Meter *meter)
{
  if (!meter->own_process)
    return;
  meter->window_cpu = meter->source.processor_time (meter->source.data);
  meter->window_waited = meter->source.waited_for (meter->source.data);
}

static void
open_gate (Meter *meter)
{
  if (meter->gate == GATE_OPEN)
    return;
  double possible = meter->in_flights.mean * (double) (meter->now - meter->closed_at);
  meter->lost += MAX (possible - (double) (meter->area - meter->closed_area), 0);
  meter->gate = GATE_OPEN;
  begin_window (meter);
  if (meter_is_on (meter))
    look_at_clocks (meter);
  g_cond_broadcast (&meter->moved);
}

static void
close_gate (Meter *meter)
{
  double together = meter->in_flights.mean / meter->rates.mean; /* duration of each */
  meter->due = FALSE;
  if (PATIENCE * together >= meter->timeout_us * 0.75)
    return;
  meter->gate = GATE_CLOSED;
  meter->closed_at = meter->now;
  meter->closed_area = meter->area;
  meter->opens_at = meter->now + (gint64) (PATIENCE * together);
}

static gboolean
must_wait (Meter *meter)
{
  return meter->gate != GATE_OPEN && meter->in_flight > 0;
}

/* ---- judgement ---- */

static void
end_measurement (Meter *meter, gboolean serialised)
{
  meter->serialised = serialised;
  atomic_fetch_or (meter->judged, meter->bit);
  atomic_store (&meter->off, TRUE);
  open_gate (meter);
}

/* What was measured may have been a bad moment of the machine: anew. */
static void
begin_round (Meter *meter)
{
  meter->rates = meter->in_flights = meter->busy = meter->starved = meter->durations = (Sample){ 0 };
  meter->rounds_clear++;
  meter->due = FALSE;
}

static void
judge (Meter *meter)
{
  if (meter->durations.n == 0)
    return;
  double gain = meter->rates.mean * meter->durations.mean;
  double factor = exp (SIGMAS * sqrt (sample_error (&meter->rates) + sample_error (&meter->durations)));
  gboolean starving = meter->starved.mean > STARVING && meter->cores > meter->in_flights.mean - 0.5;
  gboolean clear = gain / factor > GAIN_LEAST;
  gboolean plain = gain / factor > GAIN_PLAIN && meter->durations.n >= TRIALS_PLAIN;
  gboolean obvious = gain / factor > GAIN_OBVIOUS && meter->durations.mean >= OBVIOUS_LEAST_US;
  if (plain || obvious)
    end_measurement (meter, FALSE);
  else if (meter->durations.n < TRIALS_LEAST || meter->rates.n < WINDOWS_LEAST)
    return;
  else if (gain * factor < GAIN_LEAST && !starving)
    end_measurement (meter, TRUE);
  else if (clear && meter->rounds_clear + 1 >= ROUNDS_CLEAR)
    end_measurement (meter, FALSE);
  else if (clear)
    begin_round (meter);
}

/* Makes a trial if it is worth its cost: at most, slots empty for half a duration and one is used for a whole
 * one. */
static void
consider_trial (Meter *meter)
{
  gboolean suspicious = meter->busy.n > 0 && meter->busy.mean < SUSPICIOUS_BUSY;
  double share = suspicious ? SUSPICIOUS_SHARE : USUAL_SHARE;
  share /= 1 + meter->durations.n / TRIALS_DEAR;
  if (meter->rates.n < 2 || meter->lost > share * (double) meter->area)
    return;
  if (meter->due)
    close_gate (meter);
  else
    meter->due = TRUE;
}

static void
look_at_processors (Meter *meter, double length)
{
  double cpu = meter->window_cpu, waited = meter->window_waited;
  look_at_clocks (meter);
  if (meter->own_process)
    {
      sample_add (&meter->busy, (meter->window_cpu - cpu) / length);
      sample_add (&meter->starved, MAX (meter->window_waited - waited, 0) / length);
    }
  else
    sample_add (&meter->starved, MAX (meter->source.lacking (meter->source.data), 0));
}

static void
end_window (Meter *meter)
{
  /* Time in which the optimizers themselves compute does not count: one alone has none either. */
  double length = (double) MAX (meter->active - meter->window_active, 1);
  double in_flight = (double) (meter->area - meter->window_area) / length;
  double rate = meter->window_n / length;
  begin_window (meter);
  if (in_flight < IN_FLIGHT_LEAST)
    look_at_clocks (meter);
  else
    {
      sample_add (&meter->rates, rate);
      sample_add (&meter->in_flights, in_flight);
      look_at_processors (meter, length);
      judge (meter);
      if (meter_is_on (meter))
        consider_trial (meter);
    }
  if ((atomic_load (meter->judged) & meter->bit) != 0)
    atomic_store (&meter->off, TRUE);
}

/* ---- evaluations ---- */

void
meter_enter (Meter *meter, MeterStay *stay, gboolean may_wait)
{
  g_mutex_lock (&meter->lock);
  while (may_wait && must_wait (meter))
    if (!g_cond_wait_until (&meter->moved, &meter->lock, meter->opens_at) && must_wait (meter))
      {
        advance (meter);
        if (meter->now >= meter->opens_at)
          open_gate (meter);
      }
  advance (meter);
  *stay = (MeterStay){ .start = meter->now, .area = meter->area, .counted = TRUE,
                       .alone = meter->gate == GATE_CLOSED && meter->in_flight == 0 };
  if (stay->alone)
    meter->gate = GATE_ALONE;
  meter->in_flight++;
  g_mutex_unlock (&meter->lock);
}

void
meter_leave (Meter *meter, MeterStay *stay)
{
  if (!stay->counted)
    return;
  stay->counted = FALSE;
  g_mutex_lock (&meter->lock);
  advance (meter);
  meter->in_flight--;
  gint64 length = meter->now - stay->start;
  if (!meter_is_on (meter))
    open_gate (meter);
  else if (stay->alone && meter->gate == GATE_ALONE)
    {
      if (length > 0 && meter->area - stay->area <= length + length / 50)
        sample_add (&meter->durations, (double) length);
      open_gate (meter);
      judge (meter);
    }
  else if (meter->gate == GATE_OPEN && ++meter->window_n >= MAX (WINDOW_TIMES * meter->most, WINDOW_LEAST)
           && meter->now - meter->window_start >= WINDOW_LEAST_US)
    end_window (meter);
  if (meter->due && meter_is_on (meter) && meter->in_flight <= CALM_SHARE * meter->in_flights.mean)
    close_gate (meter);
  if (meter->gate == GATE_CLOSED && meter->in_flight == 0)
    g_cond_signal (&meter->moved);
  g_mutex_unlock (&meter->lock);
}

gboolean
meter_is_closed (Meter *meter)
{
  if (!meter_is_on (meter))
    return FALSE;
  g_mutex_lock (&meter->lock);
  if (meter->gate != GATE_OPEN && now_of (meter) >= meter->opens_at)
    {
      advance (meter);
      open_gate (meter);
    }
  gboolean closed = must_wait (meter);
  g_mutex_unlock (&meter->lock);
  return closed;
}

void
meter_cancel (Meter *meter)
{
  if (!meter_is_on (meter))
    return;
  g_mutex_lock (&meter->lock);
  advance (meter);
  open_gate (meter);
  g_mutex_unlock (&meter->lock);
}

gboolean
meter_take_finding (Meter *meter, MeterFinding *out)
{
  if (meter_is_on (meter))
    return FALSE;
  g_mutex_lock (&meter->lock);
  gboolean take = meter->serialised && !meter->taken;
  if (take)
    *out = (MeterFinding){
      .in_flight = meter->in_flights.mean,
      .together = G_USEC_PER_SEC * meter->rates.mean,
      .alone = G_USEC_PER_SEC / meter->durations.mean,
      .busy = meter->busy.n > 0 ? meter->busy.mean : NAN,
      .cores = meter->cores,
    };
  meter->taken = meter->taken || take;
  g_mutex_unlock (&meter->lock);
  return take;
}
