/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between fork() and the first evaluation: what a worker or evaluator process makes of itself. */
#include "backend/supervisor.h"
#include "backend/directories.h"
#include "base/blas.h"
#include "compat/compat.h"
#include "worker/driver.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define EXIT_NO_TASK 70

static void
limit_resources (const Settings *settings)
{
  if (settings->worker_memory_limit > 0)
    {
      rlim_t bytes = (rlim_t) (settings->worker_memory_limit * 1024 * 1024) + blas_take_memory ();
      struct rlimit limit = { bytes, bytes };
      setrlimit (RLIMIT_DATA, &limit);
    }
  if (settings->nice > 0)
    setpriority (PRIO_PROCESS, 0, getpriority (PRIO_PROCESS, 0) + (int) settings->nice);
}

/* They may have read the environment already when the plugin was loaded, so they are told as well. */
void
child_limit_library_threads (guint threads)
{
  static const char *const variables[] = { "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS" };
  g_autofree char *text = g_strdup_printf ("%u", threads);
  for (guint i = 0; i < G_N_ELEMENTS (variables); i++)
    g_setenv (variables[i], text, TRUE);
  blas_set_threads (threads);
}

/* The marks are written over those of our first environment, which is what /proc shows, of this process and
 * of whatever it forks. */
static void
set_marks (Supervisor *supervisor, const Charge *charge, gint place)
{
  g_autofree char *optimizer = g_strdup_printf ("%" G_GUINT64_FORMAT, charge->id);
  g_autofree char *evaluator = place < 0 ? g_strdup ("") : g_strdup_printf ("%d", place + 1);
  const char *const names[] = { PROTOCOL_OPTIMIZER, PROTOCOL_EVALUATOR };
  const char *const values[] = { optimizer, evaluator };
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (supervisor->marks[i] != NULL && strlen (supervisor->marks[i]) >= strlen (values[i]))
      strncpy (supervisor->marks[i], values[i], strlen (supervisor->marks[i]));
    else
      g_setenv (names[i], values[i], TRUE);
}

static void
close_if_open (int fd)
{
  if (fd >= 0)
    close (fd);
}

/* The streams of other optimizers are not this process's: it cannot harm them. Their memory it does not
 * have. */
static void
leave_others (Supervisor *supervisor, const Charge *mine)
{
  for (guint i = 0; i < supervisor->charges->len; i++)
    {
      Charge *other = supervisor->charges->pdata[i];
      if (other == mine)
        continue;
      for (guint k = 0; k < 2; k++)
        {
          close_if_open (other->ends[k]);
          close_if_open (other->streams[k].pipe);
          close_if_open (other->streams[k].file);
          close_if_open (other->log[k]);
        }
    }
}

/* Own process group, dies with the supervisor, default signals, streams of its own. */
static void
become_worker (Supervisor *supervisor, Charge *charge, gint place, const char *directory)
{
  sigset_t none;
  setpgid (0, 0);
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  if (getppid () != supervisor->self) /* it died before the line above */
    _exit (0);
  for (int signal_number = 1; signal_number < NSIG; signal_number++)
    if (sigismember (&supervisor->handled, signal_number) > 0)
      signal (signal_number, SIG_DFL);
  sigemptyset (&none);
  sigprocmask (SIG_SETMASK, &none, NULL);
  dup2 (supervisor->null, STDIN_FILENO);
  dup2 (charge->ends[0], STDOUT_FILENO);
  dup2 (charge->ends[1], STDERR_FILENO);
  close (supervisor->signals);
  close (PROTOCOL_FD_BUDGET); /* that it is mapped will do */
  setvbuf (stdout, NULL, _IOLBF, 0); /* what was printed before a crash is kept */
  set_marks (supervisor, charge, place);
  leave_others (supervisor, charge);
  setrlimit (RLIMIT_NOFILE, &supervisor->files);
  limit_resources (supervisor->config->settings);
  if (directory != NULL && chdir (directory) != 0)
    {
      fprintf (stderr, "cannot go to the private directory %s: %s\n", directory, g_strerror (errno));
      _exit (EXIT_NO_TASK);
    }
}

static TaskRecipe
recipe_of (const Supervisor *supervisor)
{
  return (TaskRecipe){ supervisor->config->task, options_data (supervisor->config->task_options),
                       supervisor->run_seed, supervisor->config->base_dir };
}

void
child_drive (Supervisor *supervisor, Charge *charge)
{
  WorkersChoice level2 = compat_resolve_workers (charge->group);
  g_autofree char *directory
      = directories_path (supervisor->config->settings, supervisor->directory, charge->id, -1);
  become_worker (supervisor, charge, -1, level2 == WORKERS_PROCESSES ? NULL : directory);
  if (level2 == WORKERS_SERIAL && charge->group->workers > 1)
    child_limit_library_threads ((guint) charge->group->workers);
  close (supervisor->socket);
  const Space *space = supervisor->space;
  Channel channel;
  channel_open (&channel, charge->memory, space->n, driver_values_size (space, charge->group),
                supervisor->bell);
  WorkerSpec spec = {
    .id = charge->id,
    .group = charge->group,
    .workers_backend = level2,
    .space = supervisor->space,
    .task = recipe_of (supervisor),
    .run_seed = supervisor->run_seed,
    .seed = charge->seed,
    .x0 = channel_start_point (&channel),
    .generator = supervisor->config->generator,
    .budget = supervisor->budget,
    .evaluation_timeout = supervisor->config->settings->evaluation_timeout,
    .deterministic = supervisor->config->settings->deterministic,
    .run_directory = supervisor->directory,
    .directory = level2 == WORKERS_PROCESSES ? NULL : directory,
    .shared = charge->shared,
  };
  settings_parse_on_failure (supervisor->config->settings->on_failure, &spec.on_failure, &spec.retries);
  driver_run (&spec, &channel);
  fflush (NULL);
  _exit (0);
}

/* Lines for the log go by way of the supervisor. */
static void
log_of_evaluator (gpointer data, GlompoLogLevel level, const char *text)
{
  const Charge *charge = data;
  char packet[PROTOCOL_TEXT];
  if (level == GLOMPO_LOG_DEBUG)
    return;
  packet[0] = (char) CLAMP ((int) level, GLOMPO_LOG_INFO, GLOMPO_LOG_ERROR);
  gsize length = 1 + MIN (strlen (text), sizeof packet - 1);
  memcpy (packet + 1, text, length - 1);
  while (write (charge->log[1], packet, length) < 0 && errno == EINTR)
    ;
}

static gboolean
should_evaluator_stop (gpointer data)
{
  const Charge *charge = data;
  return channel_command (&charge->channel) == CHANNEL_STOP;
}

void
child_evaluate (Supervisor *supervisor, Charge *charge, guint place)
{
  g_autofree char *directory
      = directories_path (supervisor->config->settings, supervisor->directory, charge->id, (gint) place);
  become_worker (supervisor, charge, (gint) place, directory);
  close (supervisor->socket);
  TaskRecipe recipe = recipe_of (supervisor);
  g_autoptr (GError) error = NULL;
  Task *task = task_new (&recipe, directory, log_of_evaluator, charge, &error);
  if (task == NULL)
    {
      log_of_evaluator (charge, GLOMPO_LOG_WARNING, error->message);
      _exit (EXIT_NO_TASK);
    }
  if (!supervisor->config->settings->deterministic) /* there all leave is used, whatever the order */
    task->host.should_stop = should_evaluator_stop;
  shared_evaluate (charge->shared, place, &charge->shape, task, supervisor->space, &charge->channel);
}
