/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * glompo-registry.h - finds, loads and checks plugins.
 *
 * Search path, first match wins: what is built in; the directories of GLOMPO_PLUGIN_PATH (colon
 * separated); the plugins of the build tree when the library runs from there, else the installed ones.
 * The plugin NAME is the file NAME.so. A file is loaded only when it is asked for, with its symbols
 * bound at once and kept to itself, and stays loaded to the end of the process.
 *
 * A registry is used by one thread at a time. The descriptors it gives out are constant, may be read by
 * any thread, and live as long as the registry.
 */
#ifndef GLOMPO_REGISTRY_H
#define GLOMPO_REGISTRY_H

#include <glib.h>
#include <glompo/glompo-error.h>
#include <glompo/glompo-plugin.h>

G_BEGIN_DECLS

typedef struct _GlompoRegistry GlompoRegistry;

/* A registry with the search path above and everything built in. (transfer full) */
GLOMPO_API GlompoRegistry *glompo_registry_new (void);
GLOMPO_API GlompoRegistry *glompo_registry_ref (GlompoRegistry *registry);
GLOMPO_API void glompo_registry_unref (GlompoRegistry *registry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GlompoRegistry, glompo_registry_unref)

/* The plugin of that kind (0: of whatever kind) and name, loaded and checked if it was not yet; NULL with
 * GLOMPO_PLUGIN_ERROR. What the descriptor lacks because it is older reads as zero. (transfer none) */
GLOMPO_API const GlompoPlugin *glompo_registry_find (GlompoRegistry *registry, GlompoKind kind,
                                                     const char *name, GError **error);

/* The plugin in that file, of whatever kind; NULL with GLOMPO_PLUGIN_ERROR. (transfer none) */
GLOMPO_API const GlompoPlugin *glompo_registry_load_file (GlompoRegistry *registry, const char *path,
                                                          GError **error);

/* Absolute names of all plugin files on the search path, sorted by name; of two with the same base name
 * only the one that find() would take. Nothing is loaded. (transfer full) */
GLOMPO_API char **glompo_registry_list_files (GlompoRegistry *registry);

/* What is built in, of one kind or (kind 0) of all, sorted by name. (transfer container) */
GLOMPO_API GPtrArray *glompo_registry_list_built_in (GlompoRegistry *registry, GlompoKind kind);

/* The file that a plugin came from, or NULL for one that is built in. (transfer none) */
GLOMPO_API const char *glompo_registry_get_file (GlompoRegistry *registry, const GlompoPlugin *plugin);

/* "optimizer", "task", "generator", "selector", "hunter", "checker"; NULL for any other number. */
GLOMPO_API const char *glompo_kind_to_string (GlompoKind kind);

/* Everything that a plugin declares, as JSON text: an object whose keys are the member names of
 * GlompoPlugin as far as they mean something for its kind, and "file" (may be NULL) and "functions" (the
 * optional ones that are there). Bits and enumerations are written as words, those of backends as in the
 * ini file; an open end of a range as null. (transfer full) */
GLOMPO_API char *glompo_plugin_to_json (const GlompoPlugin *plugin, const char *file);

/* The same for a file, loaded in a child process that is killed after timeout_ms milliseconds: a plugin
 * that crashes or hangs while it is loaded costs nothing but its own entry. NULL with
 * GLOMPO_PLUGIN_ERROR. (transfer full) */
GLOMPO_API char *glompo_plugin_probe (const char *path, guint timeout_ms, GError **error);

G_END_DECLS

#endif /* GLOMPO_REGISTRY_H */
