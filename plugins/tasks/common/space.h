/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The search space of a task whose parameters are told by options: the rows for the option table, and what
 * they make.
 *
 * Thread: any; constant once made.
 */
#pragma once

#include "tasks/common/words.h"
#include <glompo/glompo-plugin.h>

#define TASK_SPACE_MEMBERS                                                                                   \
  int64_t dims;                                                                                              \
  GlompoReals bounds, lower, upper, start;                                                                   \
  const char *names, *extras;

/* In an options struct: `TASK_SPACE_PART;`. The members are then there by name and as the member space. */
typedef struct {
  TASK_SPACE_MEMBERS
} TaskSpaceOptions;
#define TASK_SPACE_PART                                                                                      \
  union {                                                                                                    \
    TaskSpaceOptions space;                                                                                  \
    struct {                                                                                                 \
      TASK_SPACE_MEMBERS                                                                                     \
    };                                                                                                       \
  }

/* The host puts the names of the group of the ini in its place, and with them lower and upper. */
#define TASK_SPACE_NAMES "[parameters]"

#define TASK_SPACE_OPTIONS(S)                                                                                \
  GLOMPO_OPT_INTEGER_AUTO (S, dims, 1, 1e6, "auto",                                                          \
                           "number of parameters; auto: as many as names, lower, upper or start tell"),      \
      GLOMPO_OPT_REALS_AUTO (                                                                                \
          S, bounds, -1e300, 1e300, "auto",                                                                  \
          "lower and upper bound of every parameter, as in -5, 5; auto: see lower and upper"),               \
      GLOMPO_OPT_REALS_AUTO (S, lower, -1e300, 1e300, "auto",                                                \
                             "lower bounds, one for each parameter or one for all; auto: from bounds"),      \
      GLOMPO_OPT_REALS_AUTO (S, upper, -1e300, 1e300, "auto",                                                \
                             "upper bounds, one for each parameter or one for all; auto: from bounds"),      \
      GLOMPO_OPT_STRING (                                                                                    \
          S, names, TASK_SPACE_NAMES,                                                                        \
          "names of the parameters, separated by commas, in double quotes where a name needs it; "           \
          "[parameters]: those of that group; none there, or empty: x1, x2..."),                             \
      GLOMPO_OPT_REALS_AUTO (                                                                                \
          S, start, -1e300, 1e300, "auto",                                                                   \
          "a known good point, one number for each parameter or one for all; auto: none"),                   \
      GLOMPO_OPT_STRING (                                                                                    \
          S, extras, "",                                                                                     \
          "names of further results of each evaluation, separated by commas; NAME[K] is K numbers")

typedef struct {
  gsize n;
  double *lower, *upper;
  double *start; /* or NULL */
  char **names;
  GHashTable *index; /* name -> position + 1 */
  GlompoExtra *extras;
  gsize n_extras;
  gsize extras_size; /* numbers */
} TaskSpace;

/* (transfer full), NULL: error. */
TaskSpace *task_space_new (const TaskSpaceOptions *options, GError **error);
void task_space_free (TaskSpace *space);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TaskSpace, task_space_free)

void task_space_describe (const TaskSpace *space, GlompoParameters *out);

/* Makes the result that of an evaluation without a value. */
void task_space_fail (const TaskSpace *space, GlompoStatus status, GlompoResult *result);
