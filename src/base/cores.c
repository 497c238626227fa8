/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/cores.h"
#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>
#include <string.h>

/* Numbers at the beginning of a file, as many as there are. */
static int
read_numbers (const char *path, gint64 numbers[2])
{
  g_autofree char *text = NULL;
  if (!g_file_get_contents (path, &text, NULL, NULL))
    return 0;
  char *end;
  int n = 0;
  for (const char *at = text; n < 2; at = end, n++)
    {
      numbers[n] = g_ascii_strtoll (at, &end, 10);
      if (end == at) /* "max" */
        break;
    }
  return n;
}

/* Cores that the control group of this process may use the time of; G_MAXINT: no limit is known. */
static double
quota (void)
{
  gint64 v2[2], v1_quota[2], v1_period[2];
  g_autofree char *text = NULL;
  double least = G_MAXINT;
  if (read_numbers ("/sys/fs/cgroup/cpu.max", v2) == 2 && v2[0] > 0 && v2[1] > 0)
    least = (double) v2[0] / (double) v2[1];
  if (read_numbers ("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", v1_quota) >= 1 && v1_quota[0] > 0
      && read_numbers ("/sys/fs/cgroup/cpu/cpu.cfs_period_us", v1_period) >= 1 && v1_period[0] > 0)
    least = MIN (least, (double) v1_quota[0] / (double) v1_period[0]);
  if (!g_file_get_contents ("/proc/self/cgroup", &text, NULL, NULL))
    return least;
  char *line = strstr (text, "0::/");
  if (line == NULL)
    return least;
  line[strcspn (line, "\n")] = '\0';
  g_autofree char *path = g_strconcat ("/sys/fs/cgroup", line + strlen ("0::"), "/cpu.max", NULL);
  if (read_numbers (path, v2) == 2 && v2[0] > 0 && v2[1] > 0)
    least = MIN (least, (double) v2[0] / (double) v2[1]);
  return least;
}

double
cores_available (void)
{
  cpu_set_t set;
  double cores = sched_getaffinity (0, sizeof set, &set) == 0 ? CPU_COUNT (&set) : g_get_num_processors ();
  return MIN (cores, quota ());
}

double
cores_waited_for (void)
{
  double sum = 0;
  DIR *tasks = opendir ("/proc/self/task");
  for (struct dirent *entry; tasks != NULL && (entry = readdir (tasks)) != NULL;)
    {
      gint64 numbers[2]; /* nanoseconds that it ran, and that it waited */
      g_autofree char *path = g_build_filename ("/proc/self/task", entry->d_name, "schedstat", NULL);
      if (entry->d_name[0] != '.' && read_numbers (path, numbers) == 2)
        sum += (double) numbers[1] / 1000;
    }
  if (tasks != NULL)
    closedir (tasks);
  return sum;
}

double
cores_lacking (void)
{
  g_autofree char *text = NULL;
  int running = 0;
  if (!g_file_get_contents ("/proc/loadavg", &text, NULL, NULL)
      || sscanf (text, "%*s %*s %*s %d/", &running) != 1)
    return 0;
  return running - (double) sysconf (_SC_NPROCESSORS_ONLN);
}
