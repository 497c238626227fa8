/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An ini file as groups of keys with the lines they stand on. GKeyFile reads the values; what it lets pass
 * without a word (a group or key given twice) or stops at (a line that is none) is found here before, so that
 * all faults of a file are known after one reading.
 */
#pragma once

#include <glib.h>

/* Places that are no line of the file. */
#define INI_OVERRIDE 0u          /* given with --set */
#define INI_WHOLE_FILE G_MAXUINT /* what is missing stands nowhere */

typedef struct {
  char *key;   /* what it means: one in double quotes without them */
  char *token; /* as GKeyFile knows it */
  char *value; /* as written, without blanks around it; backslashes are kept */
  guint line;  /* or INI_OVERRIDE */
} IniEntry;

typedef struct {
  char *name;
  guint line;         /* or INI_OVERRIDE */
  GPtrArray *entries; /* IniEntry, in the order of the file */
} IniGroup;

/* Faults of one file, to be shown in the order of its lines. */
typedef struct {
  const char *name; /* of the file; not owned */
  GPtrArray *list;
} Faults;

typedef struct {
  GPtrArray *groups; /* IniGroup, in the order of the file */
  char *text;        /* the file with the overrides worked in, comments kept; GKeyFile can read it */
} Ini;

void faults_init (Faults *faults, const char *name);
void faults_clear (Faults *faults);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Faults, faults_clear)

/* Adds "FILE:LINE: MESSAGE". */
void faults_add (Faults *faults, guint line, const char *format, ...) G_GNUC_PRINTF (3, 4);

/* TRUE: one of the faults is in these lines, or in an override, which may be of anything. */
gboolean faults_touch (const Faults *faults, guint first, guint last);

/* FALSE: there are none. Else GLOMPO_CONFIG_ERROR_INVALID with all of them, one behind the other, sorted by
 * line. */
gboolean faults_to_error (Faults *faults, GError **error);

/* Reads text (UTF-8, no NUL inside) and applies the overrides "GROUP.KEY=VALUE" (nullable). Lines with
 * faults are left out of the result. (transfer full) */
Ini *ini_read (const char *text, const char *const *overrides, Faults *faults);
void ini_free (Ini *ini);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Ini, ini_free)

/* NULL: there is none. */
IniGroup *ini_find_group (const Ini *ini, const char *name);
IniEntry *ini_find_entry (const IniGroup *group, const char *key);
