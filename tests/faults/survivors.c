/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Looks for what is left. The harness is a sub-reaper, so that whatever lost its parents is found below it;
 * the marks find what is not.
 */
#include "faults.h"
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
  pid_t pid, parent;
  char state;
} Process;

/* Zeros are turned into line feeds. (transfer full) */
static char *
read_proc (pid_t pid, const char *file)
{
  char *text = NULL;
  gsize length = 0;
  g_autofree char *path = g_strdup_printf ("/proc/%d/%s", (int) pid, file);
  if (!g_file_get_contents (path, &text, &length, NULL))
    return g_strdup ("");
  for (gsize i = 0; i < length; i++)
    if (text[i] == '\0')
      text[i] = '\n';
  return text;
}

static GArray *
list_processes (void)
{
  GArray *all = g_array_new (FALSE, FALSE, sizeof (Process));
  DIR *dir = opendir ("/proc");
  for (struct dirent *entry; dir != NULL && (entry = readdir (dir)) != NULL;)
    {
      Process process = { .pid = (pid_t) atoi (entry->d_name) };
      if (process.pid <= 0)
        continue;
      g_autofree char *stat = read_proc (process.pid, "stat");
      const char *end = strrchr (stat, ')');
      if (end != NULL && sscanf (end + 1, " %c %d", &process.state, &process.parent) == 2)
        g_array_append_val (all, process);
    }
  if (dir != NULL)
    closedir (dir);
  return all;
}

static gboolean
contains (const GArray *pids, pid_t pid)
{
  for (guint i = 0; i < pids->len; i++)
    if (g_array_index (pids, pid_t, i) == pid)
      return TRUE;
  return FALSE;
}

static gboolean
is_marked (pid_t pid, const char *mark)
{
  g_autofree char *environment = read_proc (pid, "environ");
  g_autofree char *wanted = g_strdup_printf ("%s=%s\n", MARK, mark);
  g_autofree char *command = read_proc (pid, "cmdline");
  g_autofree char *name = g_strdup_printf ("trouble-%s\n", mark);
  return strstr (environment, wanted) != NULL || g_str_has_prefix (command, name);
}

GArray *
survivors_find (const char *mark)
{
  while (waitpid (-1, NULL, WNOHANG) > 0)
    ; /* orphans that came to us and have ended are no survivors */
  g_autoptr (GArray) all = list_processes ();
  GArray *found = g_array_new (FALSE, FALSE, sizeof (pid_t));
  for (guint before = G_MAXUINT; before != found->len;)
    {
      before = found->len;
      for (guint i = 0; i < all->len; i++)
        {
          const Process *p = &g_array_index (all, Process, i);
          if (p->pid == getpid () || p->state == 'Z' || contains (found, p->pid))
            continue;
          if (p->parent == getpid () || contains (found, p->parent)
              || (before == 0 && is_marked (p->pid, mark)))
            g_array_append_val (found, p->pid);
        }
    }
  return found;
}

void
survivors_kill (const char *mark)
{
  for (guint tries = 0; tries < 200; tries++)
    {
      g_autoptr (GArray) left = survivors_find (mark);
      if (left->len == 0)
        return;
      for (guint i = 0; i < left->len; i++)
        kill (g_array_index (left, pid_t, i), SIGKILL);
      g_usleep (5000);
    }
}

char *
survivors_describe (const GArray *pids)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < MIN (pids->len, 4); i++)
    {
      pid_t pid = g_array_index (pids, pid_t, i);
      g_autofree char *stat = read_proc (pid, "stat");
      g_autofree char *command = read_proc (pid, "cmdline");
      g_string_append_printf (text, " [%.40s: %s]", stat, g_strdelimit (g_strstrip (command), "\n", ' '));
    }
  return g_string_free (text, FALSE);
}

GArray *
survivors_children (pid_t parent)
{
  g_autoptr (GArray) all = list_processes ();
  GArray *children = g_array_new (FALSE, FALSE, sizeof (pid_t));
  for (guint i = 0; i < all->len; i++)
    {
      const Process *p = &g_array_index (all, Process, i);
      if (p->parent == parent && p->state != 'Z')
        g_array_append_val (children, p->pid);
    }
  return children;
}

/* The child of that name; 0: there is none. */
static pid_t
child_named (pid_t parent, const char *wanted)
{
  g_autoptr (GArray) children = survivors_children (parent);
  for (guint i = 0; i < children->len; i++)
    {
      pid_t pid = g_array_index (children, pid_t, i);
      g_autofree char *path = g_strdup_printf ("/proc/%d/comm", (int) pid);
      g_autofree char *name = NULL;
      if (g_file_get_contents (path, &name, NULL, NULL) && g_str_has_prefix (name, wanted))
        return pid;
    }
  return 0;
}

pid_t
victim_find (Victim victim, pid_t job, GRand *random)
{
  if (victim == VICTIM_MANAGER)
    return job;
  pid_t keeper = child_named (job, "glompo-keeper");
  if (victim == VICTIM_KEEPER || keeper == 0)
    return keeper;
  pid_t supervisor = child_named (keeper, "glompo-supervi");
  if (victim != VICTIM_WORKER || supervisor == 0)
    return supervisor;
  g_autoptr (GArray) workers = survivors_children (supervisor);
  return workers->len > 0
             ? g_array_index (workers, pid_t, g_rand_int_range (random, 0, (gint32) workers->len))
             : 0;
}

gboolean
job_wait (pid_t pid, guint timeout_ms, int *out_status)
{
  gint64 end = g_get_monotonic_time () + (gint64) timeout_ms * 1000;
  for (;;)
    {
      int status;
      for (pid_t who; (who = waitpid (-1, &status, WNOHANG)) > 0;)
        if (who == pid)
          {
            *out_status = status;
            return TRUE;
          }
      if (kill (pid, 0) != 0)
        return TRUE; /* who looked for survivors has reaped it */
      if (g_get_monotonic_time () >= end)
        return FALSE;
      g_usleep (2000);
    }
}
