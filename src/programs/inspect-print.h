/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What glompo-inspect prints of plugins on standard output. Thread: the main one. */
#pragma once

#include "inspect-entry.h"

/* Their descriptions as they came, or why there are none: one object, or an array of all.
 * (element-type Entry) */
void inspect_print_json (GPtrArray *entries, gboolean is_array);

/* A table of the good ones, then the broken ones. (element-type Entry) */
void inspect_print_list (GPtrArray *entries);

/* All that one declares; it is not broken. */
void inspect_print_entry (const Entry *entry);
