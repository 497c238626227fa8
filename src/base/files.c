/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/files.h"
#include <dirent.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

/* All names are read first: a folder that changes under its reader may hide some. */
static GPtrArray *
list_folder (const char *path)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  DIR *dir = opendir (path);
  for (struct dirent *entry; dir != NULL && (entry = readdir (dir)) != NULL;)
    if (strcmp (entry->d_name, ".") != 0 && strcmp (entry->d_name, "..") != 0)
      g_ptr_array_add (names, g_build_filename (path, entry->d_name, NULL));
  if (dir != NULL)
    closedir (dir);
  return names;
}

gboolean
files_remove_tree (const char *path)
{
  struct stat info;
  if (lstat (path, &info) != 0)
    return TRUE;
  if (S_ISDIR (info.st_mode))
    {
      g_autoptr (GPtrArray) names = list_folder (path);
      for (guint i = 0; i < names->len; i++)
        files_remove_tree (names->pdata[i]);
    }
  return g_remove (path) == 0;
}

char *
files_describe_limit (gsize wanted)
{
  struct rlimit limit;
  if (getrlimit (RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= wanted)
    return g_strdup ("");
  return g_strdup_printf ("; the size of files is limited to %" G_GUINT64_FORMAT
                          " bytes: raise it with ulimit -f",
                          (guint64) limit.rlim_cur);
}
