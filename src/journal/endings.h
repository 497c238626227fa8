/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * When each optimizer of a journal said that it ends, which is before its end is recorded: between the two
 * nobody judges it. Known in advance to those who live through a run again. Thread: one at a time.
 */
#pragma once

#include <glib.h>
#include <glompo/glompo-journal.h>

typedef struct _Endings Endings;

/* (transfer full) */
Endings *endings_new (void);

/* NULL is accepted. */
void endings_free (Endings *endings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Endings, endings_free)

/* The next record. */
void endings_take (Endings *endings, const GlompoRecord *record);

/* Evaluations of the run when the optimizer said so; G_MAXUINT64: never, or only its session ended. */
guint64 endings_get (const Endings *endings, guint64 id);

/* Of a STOP: it is only that of the session, for all that live. */
gboolean endings_is_of_session (GVariant *details);

/* Of an end: it does not live in the next session either, whatever ended this one. */
gboolean endings_is_for_good (GVariant *details);
