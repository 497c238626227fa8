/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Failed evaluations in the log: the first ones of an instance, so that a program that always fails does not
 * fill the journal with its reason.
 */
#pragma once

#include <glib.h>
#include <glompo/glompo-plugin.h>

#define FAILURES_TOLD 5u

static inline void
failures_tell (guint *count, const GlompoHost *host, const char *what)
{
  g_autofree char *text = NULL;
  if (*count >= FAILURES_TOLD)
    return;
  *count += 1;
  text = g_strdup_printf ("evaluation failed: %s%s", what,
                          *count == FAILURES_TOLD ? "; further failures of this evaluator are not told" : "");
  host->log (host, GLOMPO_LOG_WARNING, text);
}
