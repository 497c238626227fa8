/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A program that the user names by options, with its arguments and environment.
 *
 * Thread: any; constant once made.
 */
#pragma once

#include "tasks/common/pattern.h"
#include "tasks/common/process.h"

#define TASK_PROGRAM_MEMBERS                                                                                 \
  const char *program, *arguments, *environment;                                                             \
  bool shell;                                                                                                \
  double timeout, output_limit, file_limit;

typedef struct {
  TASK_PROGRAM_MEMBERS
} TaskProgramOptions;
#define TASK_PROGRAM_PART                                                                                    \
  union {                                                                                                    \
    TaskProgramOptions command;                                                                              \
    struct {                                                                                                 \
      TASK_PROGRAM_MEMBERS                                                                                   \
    };                                                                                                       \
  }

#define TASK_PROGRAM_OPTIONS(S, ARGUMENTS)                                                                   \
  GLOMPO_OPT_STRING (S, program, NULL,                                                                       \
                     "the program: a path with a slash, or a name that is looked for in PATH"),              \
      GLOMPO_OPT_STRING (S, arguments, "", ARGUMENTS),                                                       \
      GLOMPO_OPT_STRING (S, environment, "",                                                                 \
                         "environment variables for it: words NAME=VALUE separated by blanks"),              \
      GLOMPO_OPT_BOOLEAN (S, shell, "false",                                                                 \
                          "program is a command line for /bin/sh, the arguments are its $1, $2..."),         \
      GLOMPO_OPT_REAL (S, timeout, 0.0, 1e9, "0",                                                            \
                       "seconds that one evaluation may take, then the program is killed; 0: no limit"),     \
      GLOMPO_OPT_REAL (S, output_limit, 1e-3, 1e3, "16", "MiB that it may write for one evaluation"),        \
      GLOMPO_OPT_REAL (S, file_limit, 0.0, 1e9, "0",                                                         \
                       "MiB that a file which it writes may have; 0: no limit")

typedef struct {
  char *path;           /* what is executed */
  Pattern *line;        /* shell: the command line, else NULL */
  GPtrArray *arguments; /* Pattern */
  char **environ;       /* ours */
  char **variables;     /* names of further ones... */
  GPtrArray *values;    /* ...and their Pattern */
  gsize output_limit;   /* bytes */
  guint64 file_limit;   /* bytes */
} Program;

/* Relative paths start at base. Places for parameters are filled if space is not NULL; used as in
 * pattern_new(). (transfer full) */
Program *program_new (const TaskProgramOptions *options, const char *base, const TaskSpace *space,
                      guint8 *used, GError **error);
void program_free (Program *program);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Program, program_free)

/* Whether {directory} stands somewhere in it. */
gboolean program_has_directory (const Program *program);

/* Starts it in directory. values may be NULL without space. */
gboolean program_start (const Program *program, const PatternValues *values, const char *directory,
                        Process *process, GError **error);

/* The monotonic time at which an evaluation that starts now has taken too long; 0: never. */
gint64 program_deadline (double timeout);
