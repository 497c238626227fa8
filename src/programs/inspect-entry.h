/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One plugin, looked at by glompo-inspect: a file in a child process only. Thread: one at a time, but for
 * entry_probe() of different ones.
 */
#pragma once

#include <glompo/glompo.h>
#include <json-glib/json-glib.h>

typedef struct {
  char *name;
  char *file;         /* NULL: built in */
  char *json;         /* what it declares; NULL: broken */
  JsonObject *object; /* the same */
  GError *error;      /* why it is broken */
  guint timeout_ms;
} Entry;

Entry *entry_new_built_in (const GlompoPlugin *plugin);
Entry *entry_new_file (const char *file, guint timeout_ms); /* not looked at yet */
void entry_free (gpointer entry);

void entry_probe (Entry *entry);

/* Probes all that are files, several at a time. (element-type Entry) */
void entries_probe (GPtrArray *entries);

/* A member of a description, or NULL. */
const char *entry_text (JsonObject *object, const char *key);

/* A broken one is of any kind, and 0 is every kind. */
gboolean entry_is_of_kind (const Entry *entry, GlompoKind kind);

/* Why it is broken, without the file name before it. */
const char *entry_reason (const Entry *entry);

/* For g_ptr_array_sort(): by kind as in GlompoKind, then by name; broken ones last. */
int entries_compare (gconstpointer a, gconstpointer b);
