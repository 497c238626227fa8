/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The settings of a run as its journal has them: those that each session began with, and what was changed
 * since.
 * Thread: one at a time.
 */
#pragma once

#include <glib.h>
#include <glompo/glompo-journal.h>

typedef struct _InForce InForce;

/* A setting is another from here on. in_run: it was changed in a run that went on, otherwise between
 * sessions. */
typedef void (*InForceChanged) (const char *key, const char *value, gboolean in_run, gpointer data);

/* Of a journal that has not begun. (transfer full) */
InForce *in_force_new (void);

/* NULL is accepted. */
void in_force_free (InForce *in_force);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (InForce, in_force_free)

/* The next record. changed may be NULL. TRUE: settings may be others. */
gboolean in_force_take (InForce *in_force, const GlompoRecord *record, InForceChanged changed, gpointer data);

/* As text; NULL: not known. Valid until the next record. */
const char *in_force_get (const InForce *in_force, const char *key);

/* Evaluations between hunts; 0: nobody hunts; G_MAXUINT64: not known. */
guint64 in_force_get_hunt_frequency (const InForce *in_force);

/* Slots, also where max_jobs is auto; 0: not known. */
guint64 in_force_get_max_jobs (const InForce *in_force);

/* What was changed since the last session began, as for --set, NULL-terminated. (transfer full) */
char **in_force_list_overrides (const InForce *in_force);
