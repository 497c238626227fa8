/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What was measured in a run, as a finding: that evaluations at once give the throughput of one, the likely
 * cause by what the processors did meanwhile, and the mend. Thread: any; no state. */
#include "compat/compat-private.h"
#include <math.h>

/* Processors in use are nearly as many as there are; nearly one; fewer than one. */
#define NEARLY_ALL 0.75
#define HARDLY_MORE_THAN_ONE 1.3
#define NEARLY_ONE 0.7

typedef struct {
  const char *cause, *advice;
} Diagnosis;

#define OWN_PROCESSES \
  "let evaluations run in processes of their own: backend = processes with workers = 1, or " \
  "workers_backend = processes with backend = threads or processes_forced"

static const Diagnosis few_cores
    = { "fewer processor cores may be used than evaluations are under way",
        "set max_jobs to at most the number of cores, or give the program more of them" };
static const Diagnosis declared_lock = {
  "the task lets only one evaluation of a process make progress at a time, as it declares (global-lock)",
  OWN_PROCESSES
};
static const Diagnosis hidden_lock = {
  "a lock in the task or in a library that it uses, although the task does not declare one (global-lock): "
  "one processor is busy and the others are not",
  OWN_PROCESSES
};
static const Diagnosis held_while_waiting = {
  "evaluations wait for the same thing, input and output or a lock that is held while waiting: hardly a "
  "processor is busy",
  "find what they share (a file, a disk, a service, a lock); a lock of the process only goes away in "
  "processes of their own: backend = processes with workers = 1, or workers_backend = processes"
};
static const Diagnosis shared_outside
    = { "evaluations in processes of their own wait for the same thing: a lock file, a disk, a service",
        "find what they share; until then set workers = 1" };
static const Diagnosis bandwidth
    = { "memory bandwidth, or a lock that is waited for by spinning: several processors are busy and nothing "
        "is gained",
        "set workers or max_jobs to fewer evaluations at once" };

static const Diagnosis *
diagnose (const CompatInput *input, WorkersChoice level2, const CompatMeasure *m)
{
  gboolean unknown = isnan (m->busy);
  if (m->cores < m->in_flight - 0.5 && m->cores < HARDLY_MORE_THAN_ONE
      && (unknown || m->busy > NEARLY_ALL * m->cores))
    return &few_cores;
  if (level2 != WORKERS_PROCESSES && input->concurrency == GLOMPO_GLOBAL_LOCK)
    return &declared_lock;
  if (!unknown && m->busy > HARDLY_MORE_THAN_ONE)
    return &bandwidth;
  if (level2 == WORKERS_PROCESSES)
    return &shared_outside;
  return !unknown && m->busy < NEARLY_ONE ? &held_while_waiting : &hidden_lock;
}

static char *
format_number (double value)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];
  return g_strdup (g_ascii_formatd (buffer, sizeof buffer, "%.3g", value));
}

/* (transfer full) */
static char *
format_figures (const CompatMeasure *m)
{
  g_autofree char *in_flight = format_number (m->in_flight);
  g_autofree char *together = format_number (m->together);
  g_autofree char *alone = format_number (m->alone);
  g_autofree char *gain = format_number (m->together / m->alone);
  g_autofree char *busy = format_number (m->busy);
  g_autofree char *cores = format_number (m->cores);
  return g_strdup_printf ("%s at once give %s evaluations per second, one at a time gives %s, a gain of %s; "
                          "%s of %s processors were busy",
                          in_flight, together, alone, gain, isnan (m->busy) ? "an unknown number" : busy,
                          cores);
}

GlompoFinding *
compat_measured (const GlompoConfig *config, const OptimizerGroup *group, double concurrency,
                 const CompatMeasure *measure)
{
  CompatInput input;
  gboolean known = concurrency >= GLOMPO_CONCURRENT && concurrency <= GLOMPO_EXTERNAL;
  const TaskFacts facts = { .concurrency = known ? (guint32) concurrency : 0 };
  WorkersChoice level2 = compat_resolve_workers (group);
  input_init (&input, config, group, &facts);
  g_autofree char *figures = format_figures (measure);
  const Diagnosis *diagnosis = diagnose (&input, level2, measure);
  GlompoFinding *finding = finding_new (
      "M1", &input,
      &(CompatWords){ .figures = figures, .cause = diagnosis->cause, .advice = diagnosis->advice });
  input_clear (&input);
  return finding;
}
