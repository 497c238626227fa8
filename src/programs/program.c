/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "program.h"
#include <locale.h>
#include <signal.h>
#include <stdio.h>

void
program_begin (void)
{
  setlocale (LC_ALL, "");
  signal (SIGPIPE, SIG_IGN);
}

gboolean
program_flush (const char *name)
{
  if (fflush (stdout) == 0 && !ferror (stdout))
    return TRUE;
  g_printerr ("%s: cannot write to the standard output\n", name);
  return FALSE;
}
