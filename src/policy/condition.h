/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A tree of hunters or of checkers at work: instances of the plugins of a resolved expression, tested
 * lazily from left to right. Thread: the manager's.
 */
#pragma once

#include "config/expression.h"
#include <glib.h>
#include <glompo/glompo-plugin.h>

typedef struct _Condition Condition;

/* Receives what policies log. */
typedef void (*PolicyLog) (gpointer data, GlompoLogLevel level, const char *text);

/* Creates an instance of every leaf; leaf i (from 0, left to right) draws from stream i of the run's seed.
 * The expression must be resolved and all of one kind; it and the arrays of the problem must outlive the
 * condition.
 * Error: GLOMPO_PLUGIN_ERROR_CREATE. (transfer full) */
Condition *condition_new (const Expression *expression, const GlompoProblem *problem, guint64 seed,
                          PolicyLog log, gpointer log_data, GError **error);

/* Appends a message (char *) for every call of the expression of which no instance can be made, as
 * condition_new() would. */
void condition_list_faults (const Expression *expression, const GlompoProblem *problem, GPtrArray *faults);
void condition_free (Condition *condition);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Condition, condition_free)

/* Checkers: whether the condition holds for the run. */
gboolean condition_test_run (Condition *condition, const GlompoRun *run);

/* After a test that found that it holds: whether it would in a session that begins now as well, which has
 * lasted no time. FALSE: what holds is a limit of this session. What the leaves found stays; those that the
 * test did not reach are asked now. */
gboolean condition_outlasts_session (Condition *condition, const GlompoRun *run);

/* Whether it would hold if the session had lasted so many seconds longer, and the run as long as it has.
 * Spoils what the last test found. */
gboolean condition_nears_end_of_session (Condition *condition, const GlompoRun *run, double seconds);

/* Hunters: whether it holds for the victim. */
gboolean condition_test_victim (Condition *condition, const GlompoRun *run, const GlompoTrace *best,
                                const GlompoTrace *victim);

/* The expression on one line with what the last test found, as in
 *
 *   StepSize(calls=9, relative_tol=0.05): mean step 0.2 <= 0.25: true & MinFuncCalls(min_pts=50): none
 *
 * Each leaf is its call as expression_to_string() prints it, a colon, the figures that it compared and a
 * colon (both left out where there are none), and "true", "false", or "none" where the test did not reach it.
 * Leaves are joined by " & " and " | " with parentheses as in the expression; no figures of a built-in
 * policy contain these. No control characters. (transfer full) */
char *condition_explain (const Condition *condition);

/* The same as a tree of type a(ysssad), see the record of a hunt in glompo-journal.h.
 * (transfer floating) */
GVariant *condition_describe (const Condition *condition);

/* Raises each member of inout_window to the greatest wish of the leaves. */
void condition_window (const Condition *condition, GlompoWindow *inout_window);

/* The number of evaluations of the run from which the condition holds for certain: the least of the children
 * of an "|", the greatest of those of an "&" if all have one. The manager starts no evaluation beyond it.
 * G_MAXUINT64: none. */
guint64 condition_budget (const Condition *condition);

/* Seconds until the condition holds by the clock alone, by the same reckoning; negative: never. */
double condition_seconds_left (const Condition *condition, const GlompoRun *run);

/* Hunters: the optimizer has ended. */
void condition_forget (Condition *condition, guint64 id);
