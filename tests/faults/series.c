/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A series of trials, each in a process of its own, a few at a time. */
#include "faults.h"
#include "base/files.h"
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define SEED 1
#define AT_ONCE 2

typedef struct {
  guint passed, failed, running;
} Count;

static void
collect (Count *count)
{
  int status;
  if (wait (&status) <= 0)
    return;
  count->running--;
  if (WIFEXITED (status) && WEXITSTATUS (status) == EXIT_SUCCESS)
    count->passed++;
  else
    count->failed++;
}

static guint
read_number (const char *text, guint otherwise)
{
  return text != NULL && *text != '\0' ? (guint) g_ascii_strtoull (text, NULL, 10) : otherwise;
}

guint
series_number (const char *variable, guint otherwise)
{
  return read_number (g_getenv (variable), otherwise);
}

char *
series_program (const char *name)
{
  const char *build = g_getenv ("GLOMPO_TEST_BUILDDIR");
  return g_build_filename (build != NULL ? build : ".", name, NULL);
}

void
series_become_job (const char *mark, const char *out, const char *err)
{
  g_autofree char *plugins = series_program ("tests/fixtures/.libs");
  int to[] = { open ("/dev/null", O_RDONLY), open (out, O_CREAT | O_WRONLY | O_APPEND, 0666),
               open (err, O_CREAT | O_WRONLY | O_APPEND, 0666) };
  for (int i = 0; i < 3; i++)
    dup2 (to[i], i);
  setpgid (0, 0);
  g_setenv (MARK, mark, TRUE);
  g_setenv ("GLOMPO_PLUGIN_PATH", plugins, TRUE);
}

void
series_blame (GString *faults, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_string_append (faults, faults->len > 0 ? "; " : "");
  g_string_append_vprintf (faults, format, arguments);
  va_end (arguments);
}

gboolean
series_report (const char *what, GString *faults, const char *directory)
{
  gboolean good = faults->len == 0;
  if (good)
    printf ("ok: %s\n", what);
  else
    printf ("FAILED: %s: %s; see %s\n", what, faults->str, directory);
  g_string_free (faults, TRUE);
  return good;
}

/* The directory stays only if the trial failed. */
static int
run_one (SeriesTrial trial, guint seed, guint number, const char *scratch)
{
  g_autofree char *directory = g_strdup_printf ("%s/%u", scratch, number);
  g_mkdir (directory, 0777);
  prctl (PR_SET_CHILD_SUBREAPER, 1);
  gboolean good = trial (seed, number, directory);
  fflush (stdout);
  if (good)
    files_remove_tree (directory);
  return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
series_run (int argc, char **argv, guint n, SeriesTrial trial)
{
  signal (SIGINT, SIG_DFL); /* a shell without job control lets what runs in the background ignore it */
  guint trials = read_number (argc > 1 ? argv[1] : NULL, series_number ("TRIALS", n));
  guint seed = read_number (argc > 2 ? argv[2] : NULL, series_number ("SEED", SEED));
  guint only = read_number (argc > 3 ? argv[3] : NULL, series_number ("ONLY", G_MAXUINT));
  g_autofree char *scratch = g_dir_make_tmp ("glompo-faults.XXXXXX", NULL);
  Count count = { 0 };
  for (guint i = 0; i < trials && scratch != NULL; i++)
    {
      if (only != G_MAXUINT && only != i)
        continue;
      while (count.running >= AT_ONCE)
        collect (&count);
      pid_t pid = fork ();
      if (pid == 0)
        _exit (run_one (trial, seed, i, scratch));
      count.running += pid > 0;
      count.failed += pid < 0;
    }
  while (count.running > 0)
    collect (&count);
  if (count.failed == 0 && scratch != NULL)
    g_rmdir (scratch);
  printf ("%u passed, %u failed, 0 skipped\n", count.passed, count.failed);
  return count.failed == 0 && count.passed > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
