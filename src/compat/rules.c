/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The rules. A rule is a row: it applies where the two backends and the task's concurrency are among its
 * words and its condition holds. Codes are stable: a rule that goes takes its code with it. P: the table
 * of the two levels; D: against what is declared; S: numbers of slots; T: worth knowing of the backend;
 * A: what conflict_policy = adjust has changed; M: what was measured in the run. In the texts $name stands
 * for a value of the group that is looked at. Thread: any; no state.
 */
#include "compat/compat-private.h"

#define L1(CHOICE) (1u << (BACKEND_##CHOICE))
#define L2(CHOICE) (1u << (WORKERS_##CHOICE))
#define TASK(WORD) (1u << (GLOMPO_##WORD))
#define ANY RULE_ANY
#define SAID_ELSEWHERE 0, 0, 0, NULL

#define IN_THREADS (L2 (SERIAL) | L2 (THREADS))
#define IN_PROCESSES (L1 (PROCESSES) | L1 (PROCESSES_FORCED))

#define AT_BACKENDS "[glompo] backend, [optimizer $group] workers_backend"
#define AT_WORKERS "[optimizer $group] workers"

static gboolean
has_several_workers (const CompatInput *input)
{
  return input->workers > 1;
}

/* At least two evaluations could be under way in the whole run. More workers than slots never start: S1. */
static gboolean
has_several_slots (const CompatInput *input)
{
  return input->max_jobs > 1;
}

static gboolean
lacks_level1 (const CompatInput *input)
{
  static const guint32 bits[] = {
    [BACKEND_THREADS] = GLOMPO_LEVEL1_THREADS,
    [BACKEND_PROCESSES] = GLOMPO_LEVEL1_PROCESSES,
    [BACKEND_PROCESSES_FORCED] = GLOMPO_LEVEL1_PROCESSES_FORCED,
  };
  return (input->optimizer->level1 & bits[input->backend]) == 0;
}

static gboolean
lacks_level2 (const CompatInput *input)
{
  static const guint32 bits[] = {
    [WORKERS_SERIAL] = GLOMPO_LEVEL2_SERIAL,
    [WORKERS_THREADS] = GLOMPO_LEVEL2_THREADS,
    [WORKERS_PROCESSES] = GLOMPO_LEVEL2_PROCESSES,
  };
  return (input->optimizer->level2 & bits[input->workers_backend]) == 0;
}

static gboolean
lacks_residuals (const CompatInput *input)
{
  return (input->optimizer->capabilities & GLOMPO_CAP_WANTS_RESIDUALS) != 0 && !input->has_residuals;
}

static gboolean
lacks_gradient (const CompatInput *input)
{
  return (input->optimizer->capabilities & GLOMPO_CAP_WANTS_GRADIENT) != 0 && !input->has_gradient;
}

/* Two optimizers of this group fit into the run, and so into the one process. */
static gboolean
is_crowded (const CompatInput *input)
{
  return (input->optimizer->capabilities & GLOMPO_CAP_SINGLE_INSTANCE) != 0
         && input->max_jobs / MAX (input->workers, 1) > 1;
}

static gboolean
shares_files (const CompatInput *input)
{
  return (input->task->capabilities & GLOMPO_CAP_SHARED_FILES) != 0 && has_several_slots (input)
         && !input->private_directories;
}

static gboolean
exceeds_slots (const CompatInput *input)
{
  return input->workers > input->max_jobs;
}

static gboolean
exceeds_cores (const CompatInput *input)
{
  return input->cores > 0 && input->max_jobs > input->cores;
}

static gboolean
exceeds_batch (const CompatInput *input)
{
  return input->optimizer->max_batch > 0 && input->workers > input->optimizer->max_batch;
}

static gboolean
exceeds_population (const CompatInput *input)
{
  return input->population > 0 && input->workers > input->population && !exceeds_batch (input);
}

static gboolean
has_blas_threads (const CompatInput *input)
{
  return input->blas_threads && has_several_slots (input);
}

static gboolean
has_evaluation_timeout (const CompatInput *input)
{
  return input->evaluation_timeout;
}

static gboolean
wants_kills (const CompatInput *input)
{
  return input->kill_keys != NULL;
}

static gboolean
wants_processes (const CompatInput *input)
{
  return input->process_keys != NULL;
}

/* Evaluations of one process could be under way at once, and want directories. */
static gboolean
shares_working_directory (const CompatInput *input)
{
  return input->private_directories
         && (input->backend == BACKEND_THREADS ? has_several_slots (input) : has_several_workers (input));
}

static const Rule rules[] = {
  { "P1", GLOMPO_SEVERITY_WARNING, L1 (THREADS), IN_THREADS, TASK (GLOBAL_LOCK), has_several_slots,
    AT_BACKENDS,
    "the task $task lets only one evaluation of a process make progress at a time (global-lock), and those "
    "of this group run in the process of the manager: nothing is gained by several slots",
    "let evaluations run in processes of their own: backend = processes with workers = 1, or "
    "workers_backend = processes" },
  { "P2", GLOMPO_SEVERITY_ERROR, L1 (THREADS), IN_THREADS, TASK (PROCESS_LOCAL), has_several_slots,
    AT_BACKENDS ", workers, [glompo] max_jobs",
    "the task $task is not thread-safe (process-local), but up to $max_jobs evaluations would run in one "
    "process at once",
    "let evaluations run in processes of their own: backend = processes with workers = 1, or "
    "workers_backend = processes; or set max_jobs = 1" },
  { "P3", GLOMPO_SEVERITY_NOTE, L1 (THREADS), L2 (PROCESSES), ANY, NULL, AT_BACKENDS,
    "evaluations of this group run in processes of their own, but the manager and all optimizers share one, "
    "which becomes the bottleneck when evaluations are fast",
    "nothing when one evaluation takes more than some milliseconds; otherwise backend = processes with "
    "workers_backend = threads" },
  { "P4", GLOMPO_SEVERITY_WARNING, IN_PROCESSES, L2 (THREADS), TASK (GLOBAL_LOCK), has_several_workers,
    AT_BACKENDS,
    "the task $task lets only one evaluation of a process make progress at a time (global-lock): the "
    "$workers threads of an optimizer bring nothing",
    "set workers = 1, so that more optimizers run at once, or backend = processes_forced with "
    "workers_backend = processes" },
  { "P5", GLOMPO_SEVERITY_ERROR, IN_PROCESSES, L2 (THREADS), TASK (PROCESS_LOCAL), has_several_workers,
    AT_BACKENDS ", workers",
    "the task $task is not thread-safe (process-local), but $workers evaluations would run in one process "
    "at once",
    "set workers = 1, or backend = processes_forced with workers_backend = processes" },
  { "P6", GLOMPO_SEVERITY_ERROR, L1 (PROCESSES), L2 (PROCESSES), ANY, NULL, AT_BACKENDS,
    "an optimizer under backend = processes may have no child processes, but its evaluations are to run "
    "in some",
    "set backend = processes_forced, or workers_backend = threads" },
  { "P7", GLOMPO_SEVERITY_WARNING, L1 (PROCESSES_FORCED), L2 (PROCESSES), ANY, NULL, AT_BACKENDS,
    "optimizers that may have child processes outlive a manager that crashed on other systems; here the "
    "supervisor process kills the whole tree when the manager ends",
    "nothing, unless the supervisor may be killed as well; backend = processes with workers_backend = "
    "threads avoids the question" },
  { "P8", GLOMPO_SEVERITY_WARNING, ANY, L2 (SERIAL), ANY, has_several_workers,
    AT_WORKERS ", workers_backend",
    "the optimizer occupies $workers slots but evaluates its points one after the other",
    "set workers = 1, or workers_backend = threads" },

  { "D1", GLOMPO_SEVERITY_ERROR, ANY, ANY, ANY, lacks_level1, "[glompo] backend, [optimizer $group] plugin",
    "the optimizer $optimizer does not run under backend = $backend", "it declares: $level1" },
  { "D2", GLOMPO_SEVERITY_ERROR, ANY, ANY, ANY, lacks_level2,
    "[optimizer $group] workers_backend, workers",
    "the optimizer $optimizer does not run with workers_backend = $workers_backend",
    "it declares: $level2" },
  { "D3", GLOMPO_SEVERITY_ERROR, ANY, ANY, ANY, lacks_residuals, "[optimizer $group] plugin, [task] plugin",
    "the optimizer $optimizer works only on residuals, and the task $task gives none",
    "choose another optimizer, or a task with residuals" },
  { "D4", GLOMPO_SEVERITY_ERROR, ANY, ANY, ANY, lacks_gradient, "[optimizer $group] plugin, [task] plugin",
    "the optimizer $optimizer works only with gradients, and the task $task gives none",
    "choose another optimizer, or a task with gradients" },
  { "D5", GLOMPO_SEVERITY_ERROR, L1 (THREADS), ANY, ANY, is_crowded,
    "[glompo] backend, max_jobs, [optimizer $group] plugin",
    "two optimizers of the type $optimizer disturb each other in one process (single-instance), and "
    "max_jobs = $max_jobs has room for several",
    "set backend = processes, or let one of them occupy all slots: workers = $max_jobs" },
  { "D6", GLOMPO_SEVERITY_WARNING, ANY, ANY, ANY, shares_files, "[task] plugin, [glompo] max_jobs",
    "evaluations of the task $task that run at once disturb each other's files (shared-files)",
    "set private_directories = true with evaluations in processes of their own, or max_jobs = 1" },

  { "S1", GLOMPO_SEVERITY_ERROR, ANY, ANY, ANY, exceeds_slots, AT_WORKERS ", [glompo] max_jobs",
    "an optimizer with workers = $workers never fits into max_jobs = $max_jobs slots",
    "set workers to at most $max_jobs, or max_jobs to at least $workers" },
  { "S2", GLOMPO_SEVERITY_WARNING, ANY, ANY,
    TASK (CONCURRENT) | TASK (GLOBAL_LOCK) | TASK (PROCESS_LOCAL), exceeds_cores, "[glompo] max_jobs",
    "$max_jobs slots share $cores processor cores: evaluations slow each other down",
    "set max_jobs to at most $cores, unless evaluations mostly wait" },
  { "S3", GLOMPO_SEVERITY_WARNING, ANY, ANY, ANY, exceeds_batch, AT_WORKERS,
    "the optimizer $optimizer gives at most $max_batch points at once: of its $workers slots the rest "
    "stays idle",
    "set workers to at most $max_batch" },
  { "S4", GLOMPO_SEVERITY_WARNING, ANY, ANY, ANY, exceeds_population, AT_WORKERS ", population",
    "a generation has $population points: of the $workers slots of the optimizer the rest stays idle",
    "set workers to at most $population, best to a divisor of it" },

  { "T1", GLOMPO_SEVERITY_NOTE, L1 (THREADS), ANY, ANY, NULL, "[glompo] backend",
    "all optimizers run in the process of the manager, and so do evaluations but those of groups with "
    "workers_backend = processes: a crash there takes the whole program down, and what hangs there cannot be "
    "killed",
    "nothing when the plugins are trusted; otherwise backend = processes, or workers_backend = processes if "
    "only the task is not" },
  { "T2", GLOMPO_SEVERITY_NOTE, L1 (THREADS), ANY, ANY, has_blas_threads, "[glompo] max_jobs",
    "the BLAS library starts threads of its own, which compete with the $max_jobs slots",
    "set OPENBLAS_NUM_THREADS=1 (or OMP_NUM_THREADS=1, MKL_NUM_THREADS=1) in the environment" },
  { "T3", GLOMPO_SEVERITY_WARNING, L1 (THREADS), IN_THREADS, ANY, has_evaluation_timeout,
    "[glompo] evaluation_timeout, " AT_BACKENDS,
    "evaluation_timeout cannot be enforced in this group: its evaluations run in threads, which cannot be "
    "killed",
    "set workers_backend = processes, where a late evaluation costs only itself; or backend = processes, "
    "where it costs its optimizer" },
  { "T4", GLOMPO_SEVERITY_WARNING, L1 (THREADS), ANY, ANY, wants_kills, "[glompo] backend, $kill_keys",
    "$kill_keys cannot be enforced: optimizers run in threads, which cannot be killed",
    "set backend = processes" },
  { "T5", GLOMPO_SEVERITY_NOTE, IN_PROCESSES, IN_THREADS, ANY, has_evaluation_timeout,
    "[glompo] evaluation_timeout, " AT_BACKENDS,
    "an evaluation that exceeds evaluation_timeout is killed with its process, and the whole optimizer is "
    "lost with it",
    "to lose only the evaluation, set workers_backend = processes with backend = threads or "
    "processes_forced" },
  { "T6", GLOMPO_SEVERITY_WARNING, L1 (THREADS), IN_THREADS, ANY, wants_processes,
    "[glompo] $process_keys, " AT_BACKENDS,
    "$process_keys: no effect on this group, which runs in the process of the manager",
    "set backend = processes, or workers_backend = processes for its evaluations; or leave it out, unless "
    "it is for other groups" },
  { "T7", GLOMPO_SEVERITY_WARNING, ANY, IN_THREADS, ANY, shares_working_directory,
    "[glompo] private_directories, " AT_BACKENDS,
    "evaluations in threads of one process share its working directory: the task is told of a directory "
    "for each, but does not start in it",
    "nothing if the task asks for its directory; otherwise let evaluations run in processes of their own: "
    "backend = processes with workers = 1, or workers_backend = processes" },

  /* Said by others than the check of a group. */
  { "D7", GLOMPO_SEVERITY_ERROR, SAID_ELSEWHERE, "[task]", "the task cannot be used: $why",
    "correct the options of the task" },
  { "A1", GLOMPO_SEVERITY_WARNING, SAID_ELSEWHERE, "[glompo] backend, conflict_policy",
    "backend = $backend is used instead of $instead: $why", "write backend = $backend, or heed the reason" },
  { "A2", GLOMPO_SEVERITY_WARNING, SAID_ELSEWHERE,
    "[optimizer $group] workers_backend, [glompo] conflict_policy",
    "workers_backend = $workers_backend is used instead of $instead: $why",
    "write workers_backend = $workers_backend, or heed the reason" },
  { "A3", GLOMPO_SEVERITY_WARNING, SAID_ELSEWHERE, AT_WORKERS ", [glompo] conflict_policy",
    "workers = $workers is used instead of $instead: $why", "write workers = $workers, or heed the reason" },
  { "A4", GLOMPO_SEVERITY_WARNING, SAID_ELSEWHERE, "[glompo] max_jobs, conflict_policy",
    "max_jobs = $max_jobs is used instead of $instead: $why",
    "write max_jobs = $max_jobs, or heed the reason" },
  { "A5", GLOMPO_SEVERITY_WARNING, SAID_ELSEWHERE, "[glompo] conflict_policy",
    "adjust was tried in vain: no backend, no workers_backend and no smaller number of workers or slots "
    "makes this job work",
    "heed the errors" },
  { "M1", GLOMPO_SEVERITY_WARNING, SAID_ELSEWHERE, AT_BACKENDS ", workers, [task] plugin",
    "parallel evaluations are serialised: $figures; likely cause: $cause", "$advice" },
};

const Rule *
rules_table (gsize *out_n)
{
  *out_n = G_N_ELEMENTS (rules);
  return rules;
}

gboolean
rule_applies (const Rule *rule, const CompatInput *input)
{
  if ((rule->level1 & (1u << input->backend)) == 0 || (rule->level2 & (1u << input->workers_backend)) == 0)
    return FALSE;
  if (rule->concurrency != ANY && (rule->concurrency & (1u << input->concurrency)) == 0)
    return FALSE;
  return rule->holds == NULL || rule->holds (input);
}
