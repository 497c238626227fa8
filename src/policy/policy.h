/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Generators and selectors at work. Thread: the manager's. */
#pragma once

#include "config/expression.h"
#include "policy/condition.h"
#include <glib.h>

/* One generator or selector: an instance of the single call of a resolved expression. */
typedef struct _Policy Policy;

/* The expression and the arrays of the problem must outlive the policy.
 * Error: GLOMPO_PLUGIN_ERROR_CREATE. (transfer full) */
Policy *policy_new (const Expression *expression, const GlompoProblem *problem, guint64 seed,
                    PolicyLog log, gpointer log_data, GError **error);
void policy_free (Policy *policy);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Policy, policy_free)

/* A start point, finite and within the bounds: what the generator gives is checked here.
 * Error: GLOMPO_PLUGIN_ERROR_CREATE. */
gboolean policy_generate (Policy *policy, const GlompoRun *run, double *out_x, GError **error);

/* Index of a group that fits, GLOMPO_SELECT_NONE_FITS or GLOMPO_SELECT_NEVER; an answer that is none of
 * these, or does not fit, is an error. */
gboolean policy_select (Policy *policy, const GlompoRun *run, guint64 free_slots, gint64 *out_index,
                        GError **error);

/* The id of a frozen optimizer that fits and is to go on, 0: none; any other answer is an error. */
gboolean policy_revive (Policy *policy, const GlompoRun *run, guint64 free_slots, guint64 *out_id,
                        GError **error);

/* The call and, where the policy tells it, why its last answer was what it was: "CALL: TEXT".
 * (transfer full) */
char *policy_explain (const Policy *policy);

/* TRUE: a policy of the resolved expression may look at the last points of optimizers. A plugin from outside
 * may look at anything. expression may be NULL. */
gboolean policy_needs_last_points (const Expression *expression);

/* Descriptors of all built-in policies, ended by NULL. */
const GlompoPlugin *const *policy_built_in (void);
