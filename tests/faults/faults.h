/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Fault injection: real jobs of glompo-run, something of which is killed at a random instant. A trial is
 * decided by two numbers, the seed of the series and its own, but for the timing of the machine.
 */
#pragma once

#include "config.h"
#include <glib.h>
#include <sys/types.h>

/* Marks everything that descends from a trial. */
#define MARK "GLOMPO_FAULTS"

/* How long a job goes on unless something is done to it. Sanitized programs do everything later. */
#ifdef GLOMPO_SANITIZED
#define TRIAL_LEAST_MS 4000
#define TRIAL_SECONDS "4"
#else
#define TRIAL_LEAST_MS 1200
#define TRIAL_SECONDS "1.2"
#endif

typedef enum {
  VICTIM_MANAGER,
  VICTIM_SUPERVISOR,
  VICTIM_WORKER,
  VICTIM_KEEPER,
  VICTIM_BOTH,
  VICTIM_NOBODY
} Victim;
/* VICTIM_BOTH: manager and supervisor at the same instant, always by SIGKILL. */

/* What is run, and what is done to it. */
typedef struct {
  guint number;
  const char *backend;  /* level 1 */
  const char *workers;  /* level 2 */
  const char *children; /* what evaluations leave behind */
  const char *trouble;
  gboolean spin, ignore_term, private_directories, timeout, force;
  Victim victim;
  int signal;
  gboolean release;     /* a manager that was stopped is continued, not killed */
  guint at_ms;          /* after the start */
} Trial;

Trial trial_choose (guint seed, guint number);
const char *trial_victim (const Trial *trial);

/* How a manager may end whose supervisor is killed. */
gboolean trial_loses_supervisor (const Trial *trial);

/* One line about it. (transfer full) */
char *trial_describe (const Trial *trial);

/* The ini file of its job. (transfer full) */
char *trial_job (const Trial *trial);

/* Optimizers or evaluators are processes. */
gboolean trial_has_workers (const char *backend, const char *workers);

/* All processes that descend from this one or bear the mark, but this one. (transfer full) */
GArray *survivors_find (const char *mark);
void survivors_kill (const char *mark);

/* Their names, for a report. (transfer full) */
char *survivors_describe (const GArray *pids);

/* The children of a process. (transfer full) */
GArray *survivors_children (pid_t parent);

/* A random process of that kind; 0: there is none at present. */
pid_t victim_find (Victim victim, pid_t job, GRand *random);

/* The end of a job, in waiting for which orphans of ours are reaped as well. FALSE: the time is over. */
gboolean job_wait (pid_t pid, guint timeout_ms, int *out_status);

/* One trial, decided by the two numbers, in a directory of its own, by a process that reaps orphans. Prints a
 * line. FALSE: something does not hold. */
typedef gboolean (*SeriesTrial) (guint seed, guint number, const char *directory);

/* The main function of PROGRAM [TRIALS [SEED [ONLY]]]; n: TRIALS where nobody says. */
int series_run (int argc, char **argv, guint n, SeriesTrial trial);

/* What a variable of the environment says. */
guint series_number (const char *variable, guint otherwise);

/* A program of the build. (transfer full) */
char *series_program (const char *name);

/* In the process that becomes a job: it bears the mark, has the plugins of the tests, reads nothing and
 * writes into files, to whose ends it appends. */
void series_become_job (const char *mark, const char *out, const char *err);

/* One thing more that does not hold. */
void series_blame (GString *faults, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* Prints the line of a trial. (transfer full) faults. TRUE: there are none. */
gboolean series_report (const char *what, GString *faults, const char *directory);
