/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a journal says about its run as a whole, gathered in one pass; memory grows with the number of
 * optimizers, not of evaluations. Thread: one at a time.
 */
#pragma once

#include "journal/in-force.h"
#include <glib.h>
#include <glompo/glompo-journal.h>

/* Number, mean and sum of squared deviations of samples. */
typedef struct {
  guint64 n;
  double mean;
  double squares;
} SummarySamples;

/* From one record that starts the run, or goes on with it, to its end. */
typedef struct {
  gint64 start;    /* microseconds since 1970 UTC */
  gint64 end;      /* of the last record of the session */
  gboolean ended;  /* the session has its last record */
} SummarySession;

/* A setting that became another one. */
typedef struct {
  char *key, *value;
  guint64 evaluations; /* of the run, at that */
  char *by;            /* who gave the command, or NULL: it was not a command */
  gboolean in_run;     /* otherwise between two sessions */
} SummaryChange;

typedef struct {
  guint64 id;
  gint64 start;
  gint64 end;        /* 0: it has not ended */
  GVariant *started; /* details of the record that says so */
  GVariant *ended;   /* the same, or NULL */
  guint64 evaluations;
  guint64 failures;
  double best_f;     /* +INFINITY before the first value */
  gboolean frozen;   /* at the end of the journal, unless it has ended */
  guint64 freezes;
  GPtrArray *verdicts; /* GVariant: details of the hunts that condemned it; or NULL */
  GVariant *rest;    /* details of its last freeze or revival, or NULL */
  GPtrArray *revivals; /* GVariant: details of all; or NULL */
} SummaryOptimizer;

typedef struct {
  GVariant *started;     /* details of the run's first record, or NULL */
  GVariant *ended;       /* details of its last record; NULL: it has not ended */
  GVariant *spawn_end;   /* details of the last record that no new optimizer is started, or NULL */
  GArray *sessions;      /* SummarySession */
  GPtrArray *optimizers; /* SummaryOptimizer, in the order of their start */
  GPtrArray *findings;   /* GVariant: details */
  InForce *settings;     /* at the end of the journal */
  GPtrArray *changes;    /* SummaryChange, in the order of time */
  guint64 max_jobs;      /* slots, at the end of the journal; 0: not known */
  char *setter;          /* who gave the last command to set something, or NULL */
  guint64 evaluations;
  guint64 failures;
  guint64 hunts;
  guint64 freezes;
  guint64 revivals;
  double best_f;         /* +INFINITY before the first value */
  guint64 best_id;
  guint64 best_evaluation;
  GArray *best_x;        /* double */
  SummarySamples memory; /* bytes */
  guint64 memory_max;
  SummarySamples cpu;    /* percent of one core */
  SummarySamples load[3];
  double cpu_seconds;    /* of the latest sample */
  gint64 cpu_time;       /* when that was */
  GlompoJournalResult result; /* END, TORN or FAILED */
  guint64 good_bytes;
  char *damage;          /* what is wrong with the journal, or NULL */
  GHashTable *by_id;     /* SummaryOptimizer by id */
} Summary;

/* Reads the journal of a run directory. A torn or damaged one gives what is before the tear.
 * (transfer full) */
Summary *summary_new (const char *directory, GError **error);
void summary_free (Summary *summary);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Summary, summary_free)

/* NULL without optimizer of that id. */
const SummaryOptimizer *summary_find (const Summary *summary, guint64 id);

/* Counts optimizers by the word that says how they ended. */
guint64 summary_count (const Summary *summary, const char *state);

/* 0 with fewer than two samples. */
double summary_deviation (const SummarySamples *samples);

/* Values of details, which may be NULL: NULL or the other value given when they are not there. */
const char *detail_string (GVariant *details, const char *key);
guint64 detail_count (GVariant *details, const char *key, guint64 missing);
double detail_real (GVariant *details, const char *key, double missing);
