/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Texts with places for parameters: {name}, {name:.6f}, {2} (the second one), {*} (all, with blanks between),
 * {seed}, {directory}. Braces around anything else stand for themselves. Formats are those of printf for a
 * real number, and d, which rounds; without one, the fewest digits that read back to the same bits.
 *
 * Thread: any; constant once made.
 */
#pragma once

#include "tasks/common/space.h"

typedef struct _Pattern Pattern;

/* What the places are filled with. */
typedef struct {
  const double *x;
  guint64 seed;
  const char *directory; /* or NULL */
} PatternValues;

/* Parameters that stand somewhere in it are marked in used, of space->n places. With space NULL it is plain
 * text. (transfer full), NULL: error. */
Pattern *pattern_new (const char *text, const TaskSpace *space, guint8 *used, GError **error);
void pattern_free (Pattern *pattern);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Pattern, pattern_free)

/* Whether it is {*} and nothing else, and whether {directory} is in it. */
gboolean pattern_is_all (const Pattern *pattern);
gboolean pattern_has_directory (const Pattern *pattern);

/* quote: what is no number is quoted for a shell. */
void pattern_fill (const Pattern *pattern, const PatternValues *values, gboolean quote, GString *out);

/* {"id":1,"seed":2,"x":[...]} or the numbers with blanks between; one line. */
void pattern_request (const TaskSpace *space, const PatternValues *values, guint64 id, gboolean json,
                      GString *out);
