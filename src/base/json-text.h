/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writes JSON (RFC 8259). json-glib, which reads it everywhere else, writes numbers such as 1e-100 as
 * 1e-100.0, which is not JSON. Thread: one at a time.
 */
#pragma once

#include <glib.h>

typedef struct {
  GString *text;
  guint depth;
  gboolean compact;    /* all on one line; set after json_text_init() */
  gboolean has_member; /* something stands in the innermost object or array already */
} JsonText;

void json_text_init (JsonText *json);

/* The finished text; json is as before json_text_init(). (transfer full) */
char *json_text_finish (JsonText *json);

/* bracket is '{' or '[', and what closes it. key is NULL in an array and at the top, here and below. */
void json_text_open (JsonText *json, const char *key, char bracket);
void json_text_close (JsonText *json, char bracket);

/* NULL is written as null, bytes that are not UTF-8 as U+FFFD. */
void json_text_string (JsonText *json, const char *key, const char *value);

/* The shortest digits that read back to the same bits; null for an infinity and for NaN. */
void json_text_number (JsonText *json, const char *key, double value);
void json_text_integer (JsonText *json, const char *key, guint64 value);
void json_text_boolean (JsonText *json, const char *key, gboolean value);
