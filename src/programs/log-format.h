/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the formats of glompo-log have in common: what is known so far from earlier records, and the output,
 * which goes out in large pieces. Thread: one.
 */
#pragma once

#include <glompo/glompo.h>

/* Output is written once it has so many bytes. */
#define LOG_PIECE (256u * 1024u)

/* Who an optimizer is. */
typedef struct {
  char *group;
  char *type;
} LogOptimizer;

typedef struct {
  GString *out;
  GHashTable *optimizers;  /* LogOptimizer by id */
  char **parameters;       /* names, NULL-terminated; NULL: not known */
  GPtrArray *extras;       /* names, one for each value */
  gint64 start;            /* of the run, microseconds since 1970 UTC; G_MININT64: not known */
  gboolean learned;        /* the first record of the run was seen */
  gboolean run_printed;    /* and printed by log_lasting() */
  gboolean header_printed; /* the header line of the CSV format */
  gboolean better;         /* the present record is an evaluation that found a new best value */
} Log;

/* What a format makes of a record: appends to log->out. */
typedef void (*LogFormat) (Log *log, const GlompoRecord *record);

Log *log_new (void);
void log_free (Log *log);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Log, log_free)

/* Learns names from a record; before it is formatted. */
void log_learn (Log *log, const GlompoRecord *record);

/* Both "" for an optimizer whose start is not in the journal. */
const LogOptimizer *log_optimizer (const Log *log, guint64 id);

/* Of a record's details; "" and 0 where there is none. */
const char *log_text_of (GVariant *details, const char *key);
guint64 log_count_of (GVariant *details, const char *key);

void log_put (Log *log, const char *text);
void log_put_real (Log *log, double value);
void log_put_count (Log *log, guint64 value);

/* "evaluated", "failed", "timed-out". */
const char *log_status (gint32 status);

/* One line for each event. */
void log_text (Log *log, const GlompoRecord *record);
/* The decisions about optimizers; and why the run ended: several lines each. */
void log_why (Log *log, const GlompoRecord *record);
void log_why_end (Log *log, const GlompoRecord *record);
/* Evaluations only, each one line, after a header line. */
void log_csv (Log *log, const GlompoRecord *record);
void log_csv_header (Log *log, gsize n, gsize n_extras);
/* Every record as one JSON object. Infinities and NaN are the strings "inf", "-inf", "nan". */
void log_jsonl (Log *log, const GlompoRecord *record);
/* The same without what depends on time and machine: equal for repetitions of a deterministic run. */
void log_lasting (Log *log, const GlompoRecord *record);
