/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A program as a child: standard input and output are pipes to us, standard error is ours. It leads a process
 * group of its own, which is killed as a whole when we are through with it, and the kernel kills it when the
 * thread that started it ends, however that ends.
 *
 * Thread: one at a time for each process; any number of processes in several threads. No GLib source, no
 * thread and no signal handler is made, and nobody else's children are waited for.
 */
#pragma once

#include <glib.h>
#include <sys/types.h>

typedef struct {
  const char *const *argv; /* argv[0] is a path */
  const char *const *environ;
  const char *directory; /* working directory; NULL: ours */
  guint64 file_limit;    /* bytes of the largest file that it may write; 0: no limit */
} ProcessPlan;

typedef struct {
  pid_t pid;     /* 0: none */
  int handle;    /* pidfd, or -1 */
  int in, out;   /* our ends of the pipes, or -1 */
  GString *said; /* what came out of it and was not taken */
  gsize given;   /* bytes of the last input that the pipe has taken */
} Process;
#define PROCESS_NONE ((Process){ .pid = 0, .handle = -1, .in = -1, .out = -1 })

typedef enum {
  PROCESS_ENDED,     /* it has ended, or closed what it talks through */
  PROCESS_LINE,      /* a whole line is in said */
  PROCESS_TOO_MUCH,  /* it wrote more than the limit */
  PROCESS_TIMED_OUT, /* the deadline has passed */
} ProcessEvent;

/* Error: what could not be done, with the system's reason. */
gboolean process_start (Process *process, const ProcessPlan *plan, GError **error);

/* Gives it input, the whole of it if it reads, and takes what it writes, until it has ended (closing its
 * output is no end then) or, with wants_line, until it has written a line. deadline in microseconds of the
 * monotonic clock; 0: none. */
ProcessEvent process_talk (Process *process, const char *input, gsize length, gboolean wants_line,
                           gsize limit, gint64 deadline);

/* Bytes of its input that it has not taken yet. */
gsize process_unread (const Process *process);

/* Whether it has taken anything of its last input. */
gboolean process_has_read (const Process *process);

/* Takes what it has written up to now. FALSE: it has ended. */
gboolean process_peek (Process *process);

/* No more input; kills it, if it has not ended, after so many seconds, with its group in any case. Returns
 * the status as waitpid() gives it. */
int process_stop (Process *process, double patience);

/* "exited with code 3", "was killed by signal 9 (Killed)". (transfer full) */
char *process_describe (int status);
