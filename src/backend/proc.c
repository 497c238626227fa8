/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "backend/proc.h"
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* A family that grows while it is counted must not keep us for ever. */
#define FAMILY_MAX 100000u

/* What is in a file of /proc, which has no size. (transfer full) */
static GByteArray *
read_proc (pid_t pid, const char *file)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/%s", (int) pid, file);
  GByteArray *bytes = g_byte_array_new ();
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  guint8 buffer[4096];
  for (gssize got; fd >= 0 && (got = read (fd, buffer, sizeof buffer)) > 0;)
    g_byte_array_append (bytes, buffer, (guint) got);
  if (fd >= 0)
    close (fd);
  g_byte_array_append (bytes, (const guint8 *) "", 1);
  return bytes;
}

static pid_t
parent_of (pid_t pid)
{
  g_autoptr (GByteArray) bytes = read_proc (pid, "stat");
  /* "pid (name) state ppid": the name may hold anything, so from its last parenthesis. */
  const char *end = strrchr ((const char *) bytes->data, ')');
  int parent = 0;
  return end != NULL && sscanf (end + 1, " %*c %d", &parent) == 1 ? parent : 0;
}

static GArray *
all_processes (void)
{
  GArray *pids = g_array_new (FALSE, FALSE, sizeof (pid_t));
  DIR *dir = opendir ("/proc");
  for (struct dirent *entry; dir != NULL && (entry = readdir (dir)) != NULL;)
    {
      pid_t pid = (pid_t) atoi (entry->d_name);
      if (pid > 0)
        g_array_append_val (pids, pid);
    }
  if (dir != NULL)
    closedir (dir);
  return pids;
}

GArray *
proc_descendants_of (const pid_t *ancestors, gsize n)
{
  g_autoptr (GArray) all = all_processes ();
  g_autoptr (GArray) parents = g_array_sized_new (FALSE, FALSE, sizeof (pid_t), all->len);
  g_autoptr (GHashTable) family = g_hash_table_new (NULL, NULL);
  GArray *found = g_array_new (FALSE, FALSE, sizeof (pid_t));
  for (gsize i = 0; i < n; i++)
    g_hash_table_add (family, GINT_TO_POINTER (ancestors[i]));
  for (guint i = 0; i < all->len; i++)
    {
      pid_t parent = parent_of (g_array_index (all, pid_t, i));
      g_array_append_val (parents, parent);
    }
  for (guint before = G_MAXUINT; before != found->len;)
    {
      before = found->len;
      for (guint i = 0; i < all->len; i++)
        {
          pid_t pid = g_array_index (all, pid_t, i), parent = g_array_index (parents, pid_t, i);
          if (g_hash_table_contains (family, GINT_TO_POINTER (parent))
              && g_hash_table_add (family, GINT_TO_POINTER (pid)))
            g_array_append_val (found, pid);
        }
    }
  return found;
}

GArray *
proc_descendants (pid_t ancestor)
{
  return proc_descendants_of (&ancestor, 1);
}

/* The numbers in a file of children. FALSE: there is no such file. */
static gboolean
read_children (pid_t pid, const char *thread, GArray *out)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/task/%s/children", (int) pid, thread);
  g_autofree char *text = NULL;
  if (!g_file_get_contents (path, &text, NULL, NULL))
    return FALSE;
  char *at = text;
  for (char *end; *at != '\0'; at = end)
    {
      pid_t child = (pid_t) strtol (at, &end, 10);
      if (end == at)
        break;
      g_array_append_val (out, child);
    }
  return TRUE;
}

GArray *
proc_children (void)
{
  g_autofree char *self = g_strdup_printf ("%d", (int) getpid ());
  GArray *children = g_array_new (FALSE, FALSE, sizeof (pid_t));
  if (read_children (getpid (), self, children))
    return children;
  g_autoptr (GArray) all = all_processes (); /* a kernel without that file */
  for (guint i = 0; i < all->len; i++)
    if (parent_of (g_array_index (all, pid_t, i)) == getpid ())
      g_array_append_vals (children, &g_array_index (all, pid_t, i), 1);
  return children;
}

/* The children of all threads of a process. */
static void
add_children (pid_t pid, GArray *out)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/task", (int) pid);
  DIR *dir = opendir (path);
  for (struct dirent *entry; dir != NULL && (entry = readdir (dir)) != NULL;)
    if (entry->d_name[0] != '.')
      read_children (pid, entry->d_name, out);
  if (dir != NULL)
    closedir (dir);
}

GArray *
proc_family (void)
{
  g_autoptr (GArray) probe = g_array_new (FALSE, FALSE, sizeof (pid_t));
  g_autofree char *self = g_strdup_printf ("%d", (int) getpid ());
  if (!read_children (getpid (), self, probe))
    return proc_descendants (getpid ());
  GArray *family = g_array_new (FALSE, FALSE, sizeof (pid_t));
  add_children (getpid (), family);
  for (guint i = 0; i < family->len && i < FAMILY_MAX; i++)
    add_children (g_array_index (family, pid_t, i), family);
  return family;
}

ProcUsage
proc_usage (void)
{
  ProcUsage usage = { 0 };
  struct rusage own;
  const int who[] = { RUSAGE_SELF, RUSAGE_CHILDREN };
  double page = (double) sysconf (_SC_PAGESIZE), tick = 1.0 / (double) sysconf (_SC_CLK_TCK);
  g_autoptr (GArray) family = proc_family ();
  pid_t self = getpid ();
  g_array_append_val (family, self);
  for (guint i = 0; i < family->len; i++)
    {
      pid_t pid = g_array_index (family, pid_t, i);
      g_autoptr (GByteArray) bytes = read_proc (pid, "stat");
      const char *end = strrchr ((const char *) bytes->data, ')');
      unsigned long long user = 0, system = 0;
      long long gone_user = 0, gone_system = 0, pages = 0;
      /* From the third word on: see proc(5), "stat". */
      if (end == NULL
          || sscanf (end + 1,
                     " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %lld %lld %*d %*d %*d %*d %*u "
                     "%*u %lld",
                     &user, &system, &gone_user, &gone_system, &pages)
                 != 5)
        continue;
      usage.memory += (guint64) (MAX (pages, 0) * (long long) page);
      if (pid != self)
        usage.cpu += ((double) user + (double) system + (double) gone_user + (double) gone_system) * tick;
    }
  for (guint i = 0; i < G_N_ELEMENTS (who); i++)
    if (getrusage (who[i], &own) == 0)
      usage.cpu += (double) own.ru_utime.tv_sec + (double) own.ru_stime.tv_sec
                   + (double) (own.ru_utime.tv_usec + own.ru_stime.tv_usec) / G_USEC_PER_SEC;
  return usage;
}

gboolean
proc_is_stopped (pid_t pid)
{
  g_autoptr (GByteArray) bytes = read_proc (pid, "stat");
  const char *end = strrchr ((const char *) bytes->data, ')');
  char state = 0;
  return end != NULL && sscanf (end + 1, " %c", &state) == 1 && state == 'T';
}

gboolean
proc_has_environment (pid_t pid, const char *name, const char *value)
{
  g_autofree char *wanted = g_strdup_printf ("%s=%s", name, value);
  g_autoptr (GByteArray) bytes = read_proc (pid, "environ");
  for (gsize at = 0; at < bytes->len; at += strlen ((const char *) bytes->data + at) + 1)
    if (strcmp ((const char *) bytes->data + at, wanted) == 0)
      return TRUE;
  return FALSE;
}

guint64
proc_started (pid_t pid)
{
  g_autoptr (GByteArray) bytes = read_proc (pid, "stat");
  const char *end = strrchr ((const char *) bytes->data, ')');
  unsigned long long ticks = 0;
  /* The twenty-second word: see proc(5), "stat". */
  return end != NULL
                 && sscanf (
                        end + 1,
                        " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
                        &ticks)
                        == 1
             ? ticks
             : 0;
}

/* All but this one that were started no earlier. (transfer full) */
static GArray *
processes_since (guint64 since)
{
  g_autoptr (GArray) all = all_processes ();
  GArray *found = g_array_new (FALSE, FALSE, sizeof (pid_t));
  for (guint i = 0; i < all->len; i++)
    {
      pid_t pid = g_array_index (all, pid_t, i);
      if (pid != getpid () && proc_started (pid) >= since)
        g_array_append_val (found, pid);
    }
  return found;
}

GArray *
proc_with_environment (const char *name, const char *value, guint64 since)
{
  g_autoptr (GArray) all = processes_since (since);
  GArray *found = g_array_new (FALSE, FALSE, sizeof (pid_t));
  for (guint i = 0; i < all->len; i++)
    {
      pid_t pid = g_array_index (all, pid_t, i);
      if (proc_has_environment (pid, name, value))
        g_array_append_val (found, pid);
    }
  return found;
}

GArray *
proc_with_mapping (int fd, guint64 since)
{
  struct stat info;
  GArray *found = g_array_new (FALSE, FALSE, sizeof (pid_t));
  if (fstat (fd, &info) != 0)
    return found;
  /* "address permissions offset device inode path" */
  g_autofree char *wanted = g_strdup_printf (" %02x:%02x %" G_GUINT64_FORMAT " ", major (info.st_dev),
                                             minor (info.st_dev), (guint64) info.st_ino);
  g_autoptr (GArray) all = processes_since (since);
  for (guint i = 0; i < all->len; i++)
    {
      pid_t pid = g_array_index (all, pid_t, i);
      g_autoptr (GByteArray) maps = read_proc (pid, "maps");
      if (strstr ((const char *) maps->data, wanted) != NULL)
        g_array_append_val (found, pid);
    }
  return found;
}

void
proc_kill_all (const GArray *pids)
{
  for (guint i = 0; i < pids->len; i++)
    kill (g_array_index (pids, pid_t, i), SIGKILL);
}
