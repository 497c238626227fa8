/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Removing what a task has left in its directory, whatever it has made there. */
#include "base/files.h"
#include "harness.h"
#include <fcntl.h>
#include <glib/gstdio.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOBODY 65534

static void
write_file (int folder, const char *name)
{
  int fd = openat (folder, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  CU_ASSERT_FATAL (fd >= 0);
  close (fd);
}

/* A folder in another one, opened. */
static int
make_folder (int parent, const char *name)
{
  CU_ASSERT_FATAL (mkdirat (parent, name, 0777) == 0);
  int fd = openat (parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  CU_ASSERT_FATAL (fd >= 0);
  return fd;
}

static void
close_all (const int *fds, gsize n)
{
  for (gsize i = 0; i < n; i++)
    close (fds[i]);
}

static void
check_removal (const char *path)
{
  CU_ASSERT (files_remove_tree (path));
  CU_ASSERT (!g_file_test (path, G_FILE_TEST_EXISTS));
}

static void
usual_trees_are_removed (void)
{
  g_autofree char *path = g_dir_make_tmp ("glompo-files-XXXXXX", NULL);
  int root = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int a = make_folder (root, "a"), b = make_folder (a, "b"), empty = make_folder (b, "empty");
  write_file (root, "file");
  write_file (a, ".remove-0"); /* a name that is used on the way */
  write_file (root, ".remove-0");
  close (make_folder (root, ".remove-1"));
  write_file (b, "file");
  close_all ((int[]){ root, a, b, empty }, 4);
  check_removal (path);
  check_removal (path); /* nothing to do */
}

/* Longer as a path than any path may be, and deeper than files may be open. */
static void
deep_trees_are_removed (void)
{
  static const char name[] = "a-folder-with-a-rather-long-name-in-itself-and-again-and-again";
  g_autofree char *path = g_dir_make_tmp ("glompo-files-XXXXXX", NULL);
  int folder = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  guint depth = 3 * PATH_MAX / sizeof name;
  for (guint i = 0; i < depth; i++)
    {
      int next = make_folder (folder, name);
      write_file (folder, "file");
      close (folder);
      folder = next;
    }
  close (folder);
  check_removal (path);
}

/* For root they are none anyway. */
static void
modes_are_no_hindrance (void)
{
  gboolean is_root = geteuid () == 0;
  if (is_root)
    CU_ASSERT_FATAL (seteuid (NOBODY) == 0);
  g_autofree char *path = g_strdup ("/tmp/glompo-files-XXXXXX"); /* where nobody may make one */
  CU_ASSERT_FATAL (g_mkdtemp (path) != NULL);
  int root = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int locked = make_folder (root, "locked"), inner = make_folder (locked, "inner");
  write_file (locked, "file");
  write_file (inner, "file");
  fchmod (inner, 0);
  fchmod (locked, 0500);
  fchmod (root, 0);
  close_all ((int[]){ root, locked, inner }, 3);
  check_removal (path);
  if (is_root)
    CU_ASSERT (seteuid (0) == 0);
}

static void
links_are_not_followed (void)
{
  g_autofree char *path = g_dir_make_tmp ("glompo-files-XXXXXX", NULL);
  g_autofree char *other = g_dir_make_tmp ("glompo-files-XXXXXX", NULL);
  g_autofree char *kept = g_build_filename (other, "kept", NULL);
  CU_ASSERT_FATAL (g_file_set_contents (kept, "", 0, NULL));
  CU_ASSERT_FATAL (g_chmod (other, 0500) == 0);
  int root = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), folder = make_folder (root, "folder");
  CU_ASSERT (symlinkat (other, root, "link") == 0 && symlinkat (other, folder, "link") == 0);
  CU_ASSERT (symlinkat ("..", folder, "up") == 0 && symlinkat ("nowhere", root, "dangling") == 0);
  close (folder);
  close (root);
  check_removal (path);
  struct stat info;
  CU_ASSERT (g_file_test (kept, G_FILE_TEST_EXISTS));
  CU_ASSERT (stat (other, &info) == 0 && (info.st_mode & 0777) == 0500);
  CU_ASSERT (symlink (other, path) == 0); /* the path itself */
  check_removal (path);
  CU_ASSERT (g_file_test (kept, G_FILE_TEST_EXISTS));
  check_removal (other);
}

static const TestCase cases[] = {
  { "usual trees are removed", usual_trees_are_removed },
  { "deep trees are removed", deep_trees_are_removed },
  { "modes are no hindrance", modes_are_no_hindrance },
  { "links are not followed", links_are_not_followed },
};

TEST_MAIN ("files", cases)
