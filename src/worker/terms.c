/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/terms.h"
#include <string.h>

gsize
terms_size (gsize n)
{
  return sizeof (Terms) + (TERMS_PORTIONS + 1) * n * sizeof (double);
}

double *
terms_start_point (Terms *terms, gsize n)
{
  return terms->points + TERMS_PORTIONS * n;
}

gboolean
terms_give (Terms *terms, gsize n, const TermsPortion *portion, const double *x)
{
  guint64 head = atomic_load_explicit (&terms->head, memory_order_relaxed);
  if (head - atomic_load_explicit (&terms->tail, memory_order_acquire) >= TERMS_PORTIONS)
    return FALSE;
  guint place = head % TERMS_PORTIONS;
  terms->portions[place] = *portion;
  if (portion->injects)
    memcpy (terms->points + place * n, x, n * sizeof *x);
  atomic_store_explicit (&terms->head, head + 1, memory_order_release);
  return TRUE;
}

gboolean
terms_peek (Terms *terms, gsize n, TermsPortion *out, const double **out_x)
{
  guint64 tail = atomic_load_explicit (&terms->tail, memory_order_relaxed);
  if (tail == atomic_load_explicit (&terms->head, memory_order_acquire))
    return FALSE;
  guint place = tail % TERMS_PORTIONS;
  *out = terms->portions[place];
  *out_x = terms->points + place * n;
  return TRUE;
}

void
terms_pop (Terms *terms)
{
  atomic_fetch_add_explicit (&terms->tail, 1, memory_order_release);
}
