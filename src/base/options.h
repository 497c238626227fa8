/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Option tables at work: turns text into the options struct of a plugin, checks it, and writes it back as
 * text. This is the only code that parses or checks the value of an option.
 */
#pragma once

#include "base/text.h"
#include <glib.h>
#include <glompo/glompo-error.h>
#include <glompo/glompo-plugin.h>

/*
 * An options struct for a plugin. The pointers in it live as long as the last reference, or until the same
 * option is set again. Thread: one at a time while it is being filled; then any number may read it.
 */
typedef struct _Options Options;

/* An options struct of size bytes with every default filled in. The table (n rows) must be valid, see
 * options_check_table(), and must outlive it. With n = 0 there is nothing to set. (transfer full) */
Options *options_new (const GlompoOption *table, gsize n, gsize size);
Options *options_ref (Options *options);
void options_unref (Options *options);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Options, options_unref)

/* Sets one option from text. Message: "found 'abc', wanted a real number from 0 to 1"; an unknown name
 * names the nearest one. A text option takes the text as it is; around all others blanks do not count.
 * Setting again replaces the value. Error: GLOMPO_CONFIG_ERROR_INVALID, nothing is changed. */
gboolean options_set (Options *options, const char *name, const char *text, GError **error);

/* TRUE once options_set() succeeded for that name. */
gboolean options_is_set (const Options *options, const char *name);

/* Names of options without default that were never set, NULL-terminated, empty if none.
 * (transfer full) */
char **options_missing (const Options *options);

/* The struct for create(), NULL when its size is 0. Owned by options. */
gconstpointer options_data (const Options *options);

/* The present value as a user would write it; NULL for an unknown name or a missing value. Numbers come
 * back to the same bits. (transfer full) */
char *options_get_text (const Options *options, const char *name);

/* The options that are set, as text, of type a{ss}; and their way back. (transfer floating) */
GVariant *options_to_variant (const Options *options);
gboolean options_take_variant (Options *options, GVariant *values, GError **error);

/* Checks a table as a plugin brings it: names well-formed and unique, types known, ranges not empty,
 * defaults within them, members inside size bytes and not overlapping, choices present, summaries not
 * empty. Error: GLOMPO_PLUGIN_ERROR_OPTIONS. */
gboolean options_check_table (const GlompoOption *table, gsize n, gsize size, GError **error);

/* The least and the greatest value in a table that mean "above 0" and "below 1", and are described so. */
#define OPTIONS_ABOVE_0 G_MINDOUBLE
#define OPTIONS_BELOW_1 0x1.fffffffffffffp-1

/* "a real number from 0 to 1, or auto". (transfer full) */
char *option_describe (const GlompoOption *option);
