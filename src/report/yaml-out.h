/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writes one YAML document of plain values: what any loader reads back as text, numbers, truth values,
 * times, lists and mappings, without tags. Failures are kept until the end. Thread: one at a time.
 */
#pragma once

#include <glib.h>
#include <stdio.h>

typedef struct _YamlOut YamlOut;

/* Begins a document in file, which must stay open until the end. (transfer full) */
YamlOut *yaml_out_new (FILE *file);

/* Ends the document and frees. FALSE: something could not be written. */
gboolean yaml_out_close (YamlOut *out);

/* A mapping takes a key before each value. flow: on one line. */
void yaml_out_mapping (YamlOut *out, gboolean flow);
void yaml_out_mapping_end (YamlOut *out);
void yaml_out_list (YamlOut *out, gboolean flow);
void yaml_out_list_end (YamlOut *out);

void yaml_out_key (YamlOut *out, const char *key);
void yaml_out_string (YamlOut *out, const char *text); /* NULL: null */
void yaml_out_block (YamlOut *out, const char *text);  /* as lines of its own; NULL: null */
void yaml_out_count (YamlOut *out, guint64 value);
void yaml_out_real (YamlOut *out, double value);
void yaml_out_null (YamlOut *out);
void yaml_out_time (YamlOut *out, gint64 microseconds); /* since 1970 UTC */

/* Text of an ini file as the value that it means: truth value, number, list of numbers, or text. */
void yaml_out_ini_value (YamlOut *out, const char *text);

/* A key with its value. A time of 0 is not known: null. The mapping is left open. */
void yaml_put_string (YamlOut *out, const char *key, const char *text);
void yaml_put_count (YamlOut *out, const char *key, guint64 value);
void yaml_put_real (YamlOut *out, const char *key, double value);
void yaml_put_null (YamlOut *out, const char *key);
void yaml_put_time (YamlOut *out, const char *key, gint64 microseconds);
void yaml_put_mapping (YamlOut *out, const char *key);
void yaml_put_reals (YamlOut *out, const char *key, const double *values, gsize n);
