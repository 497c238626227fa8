/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * See paths.h. Nothing is kept: every call looks at the file system again, so that a test may change the
 * environment between two calls. Thread: any.
 */
#include <config.h>
#include "base/paths.h"
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/auxv.h>

#define BUILD_TREE_PARENTS 3

/* Directory of the file that this code was loaded from, symbolic links resolved; NULL: unknown. */
static char *
own_directory (void)
{
  Dl_info own, program;
  if (dladdr (&own_directory, &own) == 0 || own.dli_fname == NULL)
    return NULL;
  /* For the program itself dladdr() gives argv[0], which need not be a file name. */
  gboolean in_program = dladdr ((void *) getauxval (AT_PHDR), &program) != 0
                        && program.dli_fbase == own.dli_fbase;
  char *real = realpath (in_program ? "/proc/self/exe" : own.dli_fname, NULL);
  char *directory = real != NULL ? g_path_get_dirname (real) : NULL;
  free (real);
  return directory;
}

static gboolean
is_directory (const char *parent, const char *name)
{
  g_autofree char *path = g_build_filename (parent, name, NULL);
  return g_file_test (path, G_FILE_TEST_IS_DIR);
}

/* The top of the build tree that directory is part of, or NULL. */
static char *
find_build_tree (const char *directory)
{
  g_autofree char *here = g_strdup (directory);
  for (int i = 0; i <= BUILD_TREE_PARENTS; i++)
    {
      g_autofree char *status = g_build_filename (here, "config.status", NULL);
      if (g_file_test (status, G_FILE_TEST_IS_REGULAR) && is_directory (here, "plugins"))
        return g_steal_pointer (&here);
      char *parent = g_path_get_dirname (here);
      g_free (here);
      here = parent;
    }
  return NULL;
}

/* The directory glompo-1 of an installation that directory is part of, or NULL: beside the library, or
 * above a helper program. */
static char *
find_installation (const char *directory)
{
  if (is_directory (directory, "glompo-1"))
    return g_build_filename (directory, "glompo-1", NULL);
  g_autofree char *name = g_path_get_basename (directory);
  g_autofree char *parent = g_path_get_dirname (directory);
  g_autofree char *parent_name = g_path_get_basename (parent);
  if (g_str_equal (name, "helpers") && g_str_equal (parent_name, "glompo-1"))
    return g_steal_pointer (&parent);
  return NULL;
}

/* Fills what is asked for: the directory of our plugins, that of our helpers. */
static void
find_own (char **out_plugins, char **out_helpers)
{
  g_autofree char *directory = own_directory ();
  g_autofree char *installed = directory != NULL ? find_installation (directory) : NULL;
  g_autofree char *build = directory != NULL && installed == NULL ? find_build_tree (directory) : NULL;
  if (installed != NULL)
    {
      *out_helpers = g_build_filename (installed, "helpers", NULL);
      *out_plugins = g_steal_pointer (&installed);
    }
  else if (build != NULL)
    {
      *out_plugins = g_build_filename (build, "plugins", ".libs", NULL);
      *out_helpers = g_steal_pointer (&build);
    }
  else
    {
      *out_plugins = g_strdup (GLOMPO_PLUGIN_DIR);
      *out_helpers = g_strdup (GLOMPO_HELPER_DIR);
    }
}

char **
paths_plugin_dirs (void)
{
  g_autoptr (GStrvBuilder) dirs = g_strv_builder_new ();
  const char *path = g_getenv ("GLOMPO_PLUGIN_PATH");
  g_auto (GStrv) parts = g_strsplit (path != NULL ? path : "", G_SEARCHPATH_SEPARATOR_S, -1);
  for (char **part = parts; *part != NULL; part++)
    if (**part != '\0')
      {
        g_autofree char *absolute = g_canonicalize_filename (*part, NULL);
        g_strv_builder_add (dirs, absolute);
      }
  g_autofree char *plugins = NULL;
  g_autofree char *helpers = NULL;
  find_own (&plugins, &helpers);
  g_strv_builder_add (dirs, plugins);
  return g_strv_builder_end (dirs);
}

char *
paths_helper (const char *name)
{
  g_autofree char *plugins = NULL;
  g_autofree char *helpers = NULL;
  find_own (&plugins, &helpers);
  return g_build_filename (helpers, name, NULL);
}
