/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What glompo-run shows while a run goes on: messages, and on a terminal one line that is drawn anew. All
 * of it on standard error; any thread.
 */
#pragma once

#include <glompo/glompo.h>

typedef enum { VERBOSITY_QUIET, VERBOSITY_NORMAL, VERBOSITY_VERBOSE } Verbosity;

typedef struct _Progress Progress;

Progress *progress_new (Verbosity verbosity);
void progress_free (Progress *progress);

/* TRUE: standard error is a terminal and wants progress_draw() a few times a second. */
gboolean progress_is_live (const Progress *progress);

/* Draws the line for that status; progress_clear() removes it. */
void progress_draw (Progress *progress, const GlompoRunStatus *status);
void progress_clear (Progress *progress);

/* A message of the run, and a full status, as an observer gets them. */
void progress_message (Progress *progress, GLogLevelFlags level, const char *text);
void progress_status (Progress *progress, const GlompoRunStatus *status);
