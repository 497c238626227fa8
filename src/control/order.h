/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Commands: which there are, and what each of them calls. Every one is written into the journal with who
 * gave it before it is obeyed. Thread: the control's.
 */
#pragma once

#include "control/caller.h"
#include <glompo/glompo-manager.h>

/* Obeys the words (NULL-terminated). Returns a sentence for the caller; *out_details is a{sv} or NULL,
 * floating. NULL with GLOMPO_CONTROL_ERROR_COMMAND, or whatever the manager objects to. (transfer full) */
char *order_obey (GlompoManager *manager, const Caller *caller, const char *const *words,
                  GVariant **out_details, GError **error);
