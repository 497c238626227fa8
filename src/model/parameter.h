/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a user says about single parameters, group [parameters] of the ini: bounds, a start value, whole
 * numbers only, or a fixed value, which takes the parameter out of the search.
 */
#pragma once

#include <glib.h>

/* Name that stands for every parameter without a line of its own. */
#define PARAMETER_DEFAULT "default"

typedef struct {
  char *name;
  double lower, upper; /* equal: fixed */
  double start;        /* NaN: not given */
  gboolean typed;      /* whether it is said which numbers are meant; if not, those of the task are */
  gboolean integer;
} ParameterSetting;

void parameter_setting_free (ParameterSetting *setting);

/* What is wrong with a parameter; with name NULL, with all of them together. */
typedef struct {
  char *name;
  char *found;
  char *wanted; /* what follows behind it: ", wanted ..." */
} ParameterFault;

/* Of ParameterFault. (transfer full) */
GPtrArray *parameter_faults_new (void);
/* The texts are taken. */
void parameter_faults_add (GPtrArray *faults, const char *name, char *found, char *wanted);

/* Reads "LOWER, UPPER", "VALUE" (fixed), each with ", start=VALUE" and ", type=integer" or "type=real".
 * NULL: *out_fault is what was wrong, as "found ..., wanted ...". (transfer full) */
ParameterSetting *parameter_setting_parse (const char *name, const char *text, char **out_fault);
