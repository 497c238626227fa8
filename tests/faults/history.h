/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a journal says was evaluated, and what the task says. */
#pragma once

#include "faults.h"

/* Parameters of the task, evaluations of a whole run. */
#define HISTORY_N 3
#define HISTORY_LENGTH 1200

typedef struct {
  guint64 optimizer, point, call;
  double f, x[HISTORY_N];
} HistoryItem;

typedef struct {
  guint64 seed;    /* of the run */
  GArray *items;   /* HistoryItem, as far as the journal is good */
  guint64 counted; /* evaluations by the record that ends the run; 0: there is none */
  char *fault;     /* what does not hold in it, or NULL */
} History;

History *history_read (const char *directory);
void history_free (History *history);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (History, history_free)

/* What of the one is missing in the other, or is another thing; NULL: nothing. (transfer full) */
char *history_compare (const History *before, const History *now);

/* What was made again although it was in the one, or is new in the other and was not made, by the file that
 * the task wrote in the session between them; NULL: nothing. (transfer full) */
char *history_check_witness (const History *before, const History *now, const char *witness);
