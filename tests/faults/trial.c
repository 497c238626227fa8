/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a trial is: the choices, and the job made from them. */
#include "faults.h"
#include <signal.h>

/* Latest instant of the fault, and how long a job goes on: long enough to be hit, and to recover. */
#ifdef GLOMPO_SANITIZED
#define AT_MAX_MS (TRIAL_LEAST_MS - 1500)
#else
#define AT_MAX_MS (TRIAL_LEAST_MS - 500)
#endif

/* What may be combined without a warning that stops it. */
static const struct {
  const char *backend, *workers;
} combinations[] = {
  { "threads", "serial" },          { "threads", "threads" },          { "threads", "processes" },
  { "processes", "serial" },        { "processes", "threads" },        { "processes_forced", "serial" },
  { "processes_forced", "threads" }, { "processes_forced", "processes" },
};

static const char *const victims[]
    = { "manager", "supervisor", "worker", "keeper", "manager and supervisor", "nobody" };
static const int signals[] = { SIGKILL, SIGTERM, SIGINT, SIGSTOP };

#define PICK(RANDOM, TABLE) ((TABLE)[g_rand_int_range (RANDOM, 0, G_N_ELEMENTS (TABLE))])

gboolean
trial_has_workers (const char *backend, const char *workers)
{
  return !g_str_equal (backend, "threads") || g_str_equal (workers, "processes");
}

/* Troubles that need a process around them. */
static const char *
choose_trouble (GRand *random, const Trial *trial)
{
  static const char *const harmless[] = { "none", "none", "nan" };
  static const char *const crashes[] = { "none", "nan", "segfault", "abort", "exit0", "exit3" };
  gboolean contained = trial_has_workers (trial->backend, trial->workers);
  gboolean level2 = g_str_equal (trial->workers, "processes");
  if (level2 && g_rand_int_range (random, 0, 4) == 0)
    return "hang";
  return contained ? PICK (random, crashes) : PICK (random, harmless);
}

static const char *
choose_children (GRand *random, const Trial *trial)
{
  static const char *const all[] = { "none", "none", "fork", "exec", "daemon", "daemon-exec", "daemon-bare" };
  const char *children = PICK (random, all);
  /* Where the task runs in the manager's own process, and that is killed, nothing leads to a process that
   * left the family and threw its environment away. */
  if (g_str_equal (children, "daemon-bare") && g_str_equal (trial->backend, "threads")
      && !g_str_equal (trial->workers, "processes"))
    return "daemon-exec";
  return children;
}

Trial
trial_choose (guint seed, guint number)
{
  const guint32 seeds[] = { seed, number };
  GRand *random = g_rand_new_with_seed_array (seeds, G_N_ELEMENTS (seeds));
  guint combination = (guint) g_rand_int_range (random, 0, G_N_ELEMENTS (combinations));
  Trial trial = { .number = number,
                  .backend = combinations[combination].backend,
                  .workers = combinations[combination].workers };
  trial.trouble = choose_trouble (random, &trial);
  trial.children = choose_children (random, &trial);
  trial.spin = g_rand_boolean (random);
  trial.ignore_term = g_rand_boolean (random);
  trial.private_directories = g_rand_boolean (random);
  trial.timeout = g_str_equal (trial.trouble, "hang");
  trial.force = g_rand_boolean (random);
  trial.victim = (Victim) g_rand_int_range (random, 0, VICTIM_NOBODY + 1);
  if (trial.victim == VICTIM_WORKER && !trial_has_workers (trial.backend, trial.workers))
    trial.victim = VICTIM_MANAGER;
  if (trial.victim == VICTIM_NOBODY && g_rand_int_range (random, 0, 4) != 0)
    trial.victim = VICTIM_MANAGER;
  trial.signal = PICK (random, signals);
  if (trial.victim == VICTIM_BOTH)
    trial.signal = SIGKILL;
  trial.release = g_rand_boolean (random);
  trial.at_ms = (guint) g_rand_int_range (random, 0, AT_MAX_MS);
  g_rand_free (random);
  return trial;
}

gboolean
trial_loses_supervisor (const Trial *trial)
{
  return trial->victim == VICTIM_SUPERVISOR || trial->victim == VICTIM_KEEPER;
}

const char *
trial_victim (const Trial *trial)
{
  return victims[trial->victim];
}

char *
trial_describe (const Trial *trial)
{
  return g_strdup_printf (
      "%u: %s/%s, task %s%s%s children %s%s%s, %s to the %s after %u ms%s", trial->number, trial->backend,
      trial->workers, trial->trouble, trial->spin ? " spin" : " sleep", trial->ignore_term ? " stubborn" : "",
      trial->children, trial->private_directories ? ", directories" : "", trial->force ? ", forced ends" : "",
      trial->victim == VICTIM_NOBODY ? "nothing"
      : trial->signal == SIGKILL     ? "SIGKILL"
      : trial->signal == SIGTERM     ? "SIGTERM"
      : trial->signal == SIGINT      ? "SIGINT"
                                     : "SIGSTOP",
      victims[trial->victim], trial->at_ms,
      trial->victim == VICTIM_MANAGER && trial->signal == SIGSTOP
          ? (trial->release ? ", then SIGCONT" : ", then SIGKILL")
          : "");
}

char *
trial_job (const Trial *trial)
{
  gboolean serial = g_str_equal (trial->workers, "serial");
  return g_strdup_printf ("[glompo]\n"
                          "max_jobs = 4\n"
                          "backend = %s\n"
                          "seed = %u\n"
                          "convergence = MaxSeconds(overall_max=" TRIAL_SECONDS ")\n"
                          "end_timeout = 1\n"
                          "status_frequency = 0.2\n"
                          "private_directories = %s\n"
                          "evaluation_timeout = %s\n"
                          "force_terminations_after = %s\n"
                          "\n[task]\n"
                          "plugin = task-trouble\n"
                          "%s = %s\n"
                          "trouble = %s\n"
                          "every = 50\n"
                          "children = %s\n"
                          "ignore_term = %s\n"
                          "print = 10\n"
                          "write = %s\n"
                          "\n[optimizer some]\n"
                          "plugin = random\n"
                          "iters = 60\n"
                          "workers = %s\n"
                          "workers_backend = %s\n",
                          trial->backend, trial->number + 1, trial->private_directories ? "true" : "false",
                          trial->timeout ? "0.1" : "0", trial->force ? "0.5" : "0",
                          trial->spin ? "spin" : "seconds", trial->spin ? "0.001" : "0.004", trial->trouble,
                          trial->children, trial->ignore_term ? "true" : "false",
                          trial->private_directories && trial_has_workers (trial->backend, trial->workers)
                              ? "true"
                              : "false",
                          serial ? "1" : "2", trial->workers);
}
