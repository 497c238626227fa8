/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What an instance of the task declares, learnt once for each seed and kept for all who ask. Nobody knows
 * what a user's code does while an instance is made, so one is made in another process, the helper
 * glompo-probe, with a deadline; a task that is part of this program, in no file, is asked here.
 *
 * Thread: any.
 */
#pragma once

#include "base/options.h"
#include "model/space.h"
#include <glib.h>
#include <glompo/glompo-registry.h>

typedef struct _Declaration Declaration;

/* Called for each thing that the task said while it was made. */
typedef void (*DeclarationLog) (gpointer data, GlompoLogLevel level, const char *text);

/* file: that of the plugin, NULL: none. timeout: seconds, 0: no limit. options may be NULL.
 * (transfer full) */
Declaration *declaration_new (const GlompoPlugin *task, const char *file, Options *options,
                              const char *base_dir, double timeout);
Declaration *declaration_ref (Declaration *declaration);
void declaration_unref (Declaration *declaration);

/* The seed of the next run that has none of its own. It stays the same until a run takes it, so that what was
 * learnt before the run serves in it. */
guint64 declaration_get_seed (Declaration *declaration);
guint64 declaration_take_seed (Declaration *declaration);
void declaration_set_seed (Declaration *declaration, guint64 seed);

/* A space of the caller's own, in which nothing of the user's is worked in yet. log may be NULL.
 * Error: GLOMPO_PLUGIN_ERROR. (transfer full) */
Space *declaration_make_space (Declaration *declaration, guint64 seed, DeclarationLog log, gpointer data,
                               GError **error);

/* The same for whoever looks at nothing that depends on the seed: what was learnt for another one will do. */
Space *declaration_make_any_space (Declaration *declaration, guint64 seed, DeclarationLog log, gpointer data,
                                   GError **error);

/* ---- in the helper ---- */

/* How it is called for this. */
#define DECLARATION_MODE "--task"

/* Makes an instance of the task in the file as the request says, and writes down what it declares, or what
 * went wrong. (transfer full) */
GBytes *declaration_answer (GlompoRegistry *registry, const char *file, GBytes *request);
