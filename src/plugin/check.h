/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Checks a descriptor as a plugin gives it, and makes the copy that the host works with: as long as the
 * host's own structs, with zeros behind what an older plugin does not have, and with its option rows in an
 * array of the host's row size. Thread: any; no state.
 */
#pragma once

#include <glib.h>
#include <glompo/glompo-error.h>
#include <glompo/glompo-plugin.h>

/* A checked descriptor. The texts, choices and functions still belong to the plugin. */
typedef struct {
  GlompoPlugin plugin; /* its pointers to tables lead into this struct and to options */
  union {
    GlompoOptimizerVTable optimizer;
    GlompoTaskVTable task;
    GlompoGeneratorVTable generator;
    GlompoSelectorVTable selector;
    GlompoHunterVTable hunter;
    GlompoCheckerVTable checker;
  } vtable;
  GlompoOption *options; /* owned */
  char *file;            /* where it came from, NULL: built in; owned */
} PluginCopy;

/* where stands before every message: the file. name is what the plugin must be called.
 * NULL with GLOMPO_PLUGIN_ERROR. (transfer full) */
PluginCopy *plugin_copy_new (const GlompoPlugin *theirs, const char *where, const char *name,
                             GError **error);
void plugin_copy_free (PluginCopy *copy);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PluginCopy, plugin_copy_free)

/* [A-Za-z][A-Za-z0-9_-]* */
gboolean plugin_name_is_valid (const char *name);
