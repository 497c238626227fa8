/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/source.h"

void
source_drop (GSource **source)
{
  if (*source != NULL)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}
