/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/files.h"
#include <dirent.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* All names are read first: a folder that changes under its reader may hide some. */
static GPtrArray *
list_folder (int folder)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  int own = openat (folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *dir = own >= 0 ? fdopendir (own) : NULL;
  for (struct dirent *entry; dir != NULL && (entry = readdir (dir)) != NULL;)
    if (strcmp (entry->d_name, ".") != 0 && strcmp (entry->d_name, "..") != 0)
      g_ptr_array_add (names, g_strdup (entry->d_name));
  if (dir != NULL)
    closedir (dir);
  else if (own >= 0)
    close (own);
  return names;
}

static gboolean
is_folder (int parent, const char *name)
{
  struct stat info;
  return fstatat (parent, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR (info.st_mode);
}

/* A folder, whatever its mode: whoever may remove it may change that. */
static int
open_folder (int parent, const char *name)
{
  fchmodat (parent, name, 0700, 0);
  return openat (parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Moves a folder of parent up to root; its mode must allow that. */
static gboolean
move_up (int parent, const char *name, int root, guint number)
{
  g_autofree char *above = g_strdup_printf (".remove-%u", number);
  fchmodat (parent, name, 0700, 0);
  return renameat (parent, name, root, above) == 0;
}

/* Files of a folder of root are removed; folders are moved up to root, where they have their turn: so a tree may be
 * deeper than a path may be long, or than files may be open. TRUE: something was moved. */
static gboolean
empty_into (int root, const char *name, guint *number)
{
  gboolean moved = FALSE;
  int folder = open_folder (root, name);
  if (folder < 0)
    return FALSE;
  g_autoptr (GPtrArray) names = list_folder (folder);
  for (guint i = 0; i < names->len; i++)
    if (!is_folder (folder, names->pdata[i]))
      unlinkat (folder, names->pdata[i], 0);
    else if (unlinkat (folder, names->pdata[i], AT_REMOVEDIR) != 0)
      moved |= move_up (folder, names->pdata[i], root, (*number)++);
  close (folder);
  return moved;
}

/* Empties a folder; what cannot be removed stays. */
static void
empty (int root)
{
  guint number = 0;
  for (gboolean progress = TRUE; progress;)
    {
      g_autoptr (GPtrArray) names = list_folder (root);
      progress = FALSE;
      for (guint i = 0; i < names->len; i++)
        {
          gboolean folder = is_folder (root, names->pdata[i]);
          progress |= folder && empty_into (root, names->pdata[i], &number);
          progress |= unlinkat (root, names->pdata[i], folder ? AT_REMOVEDIR : 0) == 0;
        }
    }
}

gboolean
files_remove_tree (const char *path)
{
  struct stat info;
  if (lstat (path, &info) != 0)
    return TRUE;
  int root = S_ISDIR (info.st_mode) ? open_folder (AT_FDCWD, path) : -1;
  if (root >= 0)
    {
      empty (root);
      close (root);
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
