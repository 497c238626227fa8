/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The supervisor: a small process with one thread, started before any worker, which forks every worker
 * and evaluator, is the parent or the reaper of all that they start, and kills the whole tree when the
 * manager ends, however it ends. Also here: the streams it keeps for each optimizer.
 *
 * The manager talks to it by protocol.h. It dies last.
 */
#pragma once

#include "backend/keeper.h"
#include "backend/protocol.h"
#include "config/config.h"
#include "model/space.h"
#include "worker/budget.h"
#include "worker/channel.h"
#include "worker/shared.h"
#include <signal.h>
#include <sys/resource.h>
#include <sys/types.h>

/* One print stream of an optimizer: the reading end of a pipe, and a file that is made when there is
 * something to put into it. */
typedef struct {
  int pipe;     /* -1: closed */
  int file;     /* -1: not made yet */
  char *path;
  guint64 size; /* bytes in the file */
  guint64 cut;  /* bytes beyond the limit */
} Stream;

/* Makes the pipe; *out_end is the writing end. */
gboolean stream_open (Stream *stream, const char *directory, guint64 id, const char *ending, int *out_end);
/* Moves what is in the pipe into the file, at most limit bytes of it. */
void stream_pump (Stream *stream, guint64 limit);
void stream_close (Stream *stream, guint64 limit);

/* One optimizer in the supervisor's care. */
typedef struct {
  guint64 id;
  const OptimizerGroup *group;
  guint64 seed;
  gboolean drive;  /* its driver is a process; else only its evaluators are */
  pid_t driver;    /* 0: gone or never there */
  ChannelMemory *memory;
  gsize memory_size;
  void *shared;
  gsize shared_size;
  SharedShape shape;
  guint places;
  pid_t *evaluators;
  guint *futile;        /* evaluators in a row that died before they evaluated anything */
  guint64 *completed;   /* evaluations of the place when its evaluator was started */
  gint64 *timed_out;    /* since when the evaluation ran for which it was killed, or 0 */
  Channel channel;      /* for its event count only */
  Stream streams[2];
  int ends[2];          /* writing ends of the streams, for evaluators that come later */
  int log[2];           /* pipe of packets: lines of evaluators, the first byte is the level; or -1 */
} Charge;

/* A child that somebody has stopped. */
typedef struct {
  pid_t pid;
  gint64 since; /* monotonic microseconds */
} Stopped;

typedef struct {
  int socket, bell, signals;
  int null;            /* "/dev/null", for whatever is forked to read from */
  sigset_t handled;    /* signals that are not treated as usual */
  pid_t self;
  Keeper keeper;
  gboolean over;       /* the keeper says that the manager is gone */
  GlompoRegistry *registry;
  GlompoConfig *config;
  Space *space;
  guint64 run_seed;
  char *directory;     /* of the run */
  Budget *budget;
  GPtrArray *charges;
  GQueue outbox;       /* ProtocolMessage: what the manager has not taken yet */
  GArray *stopped;     /* Stopped */
  GArray *suspended;   /* pid_t: stopped by us, because the manager is stopped; NULL: it is not */
  gint64 manager_seen; /* monotonic microseconds: last look whether it is */
  gint64 resumed_at;   /* the same: when it was continued last */
  struct rlimit files; /* of descriptors, as it was given to us */
  char *marks[2];      /* values of PROTOCOL_OPTIMIZER and PROTOCOL_EVALUATOR in our first environment */
} Supervisor;

/* Tells the manager, sooner or later. */
void supervisor_tell (Supervisor *supervisor, ProtocolType type, guint64 id, gint32 how, const char *text);

/* Passes on lines of evaluators for the log: all, or as many as the manager seems to take now. */
void supervisor_pump_log (Supervisor *supervisor, Charge *charge, gboolean all);
gboolean supervisor_is_behind (const Supervisor *supervisor);

/* charge.c */
void charge_free (Charge *charge);
/* Closes the descriptors that it uses, and marks them as -1. */
void charge_start (Supervisor *supervisor, const ProtocolMessage *message, int *fds);
void charge_kill (Supervisor *supervisor, guint64 id);
void charge_end (Supervisor *supervisor, Charge *charge);
/* As fork(), into a process group of its own; the child has the memory of this charge and of no other. */
pid_t charge_fork (const Charge *charge);
guint64 charge_stream_limit (const Supervisor *supervisor);

/* deaths.c: takes in what has happened to children; kills evaluations that take too long, and evaluators that take
 * too long to be made; goes on with children that were stopped for a while. */
void deaths_reap (Supervisor *supervisor);
void deaths_of_slow_evaluations (Supervisor *supervisor);
void deaths_continue_stopped (Supervisor *supervisor, gint64 now);
/* Stops all descendants while the manager is stopped, as by Ctrl-Z, which reaches no other process group. */
void deaths_follow_manager (Supervisor *supervisor, gint64 now);
void deaths_evaluator_start (Supervisor *supervisor, Charge *charge, guint place);
/* Kills processes that lost their parents and bear the mark of the optimizer, and of the place if >= 0. */
void deaths_of_orphans (Supervisor *supervisor, guint64 id, gint place);

/* child.c */

/* Libraries with threads of their own get as many as the evaluation owns slots. */
void child_limit_library_threads (guint threads);

/* What a forked process does; neither returns. */
void child_drive (Supervisor *supervisor, Charge *charge) G_GNUC_NORETURN;
void child_evaluate (Supervisor *supervisor, Charge *charge, guint place) G_GNUC_NORETURN;
