/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "program.h"
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void
program_begin (void)
{
  /* A standard stream that is closed would be the next file that is opened. In its place comes one that
   * cannot be used either. */
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    if (fcntl (fd, F_GETFD) < 0 && errno == EBADF
        && open ("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
      abort ();
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

const char *
program_number (double value, char buffer[GLOMPO_DOUBLE_TEXT_SIZE])
{
  return g_ascii_formatd (buffer, GLOMPO_DOUBLE_TEXT_SIZE, "%.10g", value);
}
