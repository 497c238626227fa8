/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files in the run directory that are commands: STOP_ID, CHKPT, EXIT. Thread: the control's, on its default
 * context.
 */
#pragma once

#include <glompo/glompo-manager.h>

typedef struct _Watcher Watcher;

/* Obeys what is there, and what comes. Files from before the run are told of and left alone. The directory
 * stays the caller's and must stay open. (transfer full) */
Watcher *watcher_new (GlompoManager *manager, int directory, const char *path);

/* NULL is accepted. */
void watcher_free (Watcher *watcher);

/* What a file name means, as words for order_obey(); NULL: nothing. *out_fault is what is wrong with a name
 * that is nearly one of them, or NULL. (transfer full) */
char **watcher_read_name (const char *name, char **out_fault);
