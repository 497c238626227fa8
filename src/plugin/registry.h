/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside of the registry; the public part is glompo-registry.h. */
#pragma once

#include <glompo/glompo-registry.h>

/* A registry with nothing built in. glompo_registry_new(), in policy/, adds the built-in policies. */
GlompoRegistry *registry_new_empty (void);

/* Registers a descriptor that is part of the library; the same checks as for a file. A malformed one is a
 * bug and aborts. */
void registry_add_built_in (GlompoRegistry *registry, const GlompoPlugin *plugin);

/* For the supervisor: its files were tried by the manager a moment ago, and it must not start processes of
 * other kinds. glompo_registry_find() otherwise loads a file in a child process first. */
void registry_trust_files (GlompoRegistry *registry);

/* All names of one kind that find() would accept, built in or as a file (files are not opened: all names
 * of files count), sorted, NULL-terminated: for suggestions. (transfer full) */
char **registry_list_names (GlompoRegistry *registry, GlompoKind kind);
