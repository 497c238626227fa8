/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finds plugin files by name, loads the one that is asked for, keeps it. A module that was accepted is
 * never unloaded: its descriptor, its threads and the stacks in a report stay good. A module that was
 * refused is closed and leaves no trace in the registry. Thread: one at a time.
 */
#include "plugin/registry.h"
#include "base/options.h"
#include "base/paths.h"
#include "plugin/check.h"
#include <gmodule.h>
#include <signal.h>
#include <string.h>

/* A plugin that has not loaded after so many milliseconds hangs. */
#define PROBE_MS 5000u

#define SUFFIX ".so"

struct _GlompoRegistry {
  gboolean trusts_files; /* see registry_trust_files() */
  gatomicrefcount refs;
  GPtrArray *built_in;     /* PluginCopy, owned */
  GHashTable *files;       /* absolute file name -> PluginCopy, owned */
  GHashTable *descriptors; /* const GlompoPlugin -> file name or NULL, borrowed */
};

GlompoRegistry *
registry_new_empty (void)
{
  GlompoRegistry *registry = g_new0 (GlompoRegistry, 1);
  g_atomic_ref_count_init (&registry->refs);
  registry->built_in = g_ptr_array_new_with_free_func ((GDestroyNotify) plugin_copy_free);
  registry->files = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) plugin_copy_free);
  registry->descriptors = g_hash_table_new (NULL, NULL);
  return registry;
}

GlompoRegistry *
glompo_registry_ref (GlompoRegistry *registry)
{
  g_return_val_if_fail (registry != NULL, NULL);
  g_atomic_ref_count_inc (&registry->refs);
  return registry;
}

void
glompo_registry_unref (GlompoRegistry *registry)
{
  if (registry == NULL || !g_atomic_ref_count_dec (&registry->refs))
    return;
  g_hash_table_unref (registry->descriptors);
  g_hash_table_unref (registry->files);
  g_ptr_array_unref (registry->built_in);
  g_free (registry);
}

static const GlompoPlugin *
keep (GlompoRegistry *registry, PluginCopy *copy)
{
  if (copy->file != NULL)
    g_hash_table_insert (registry->files, copy->file, copy);
  else
    g_ptr_array_add (registry->built_in, copy);
  g_hash_table_insert (registry->descriptors, &copy->plugin, copy->file);
  return &copy->plugin;
}

void
registry_add_built_in (GlompoRegistry *registry, const GlompoPlugin *plugin)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *where = g_strdup_printf ("built in: %s", plugin->name);
  PluginCopy *copy = plugin_copy_new (plugin, where, plugin->name, &error);
  if (copy == NULL)
    g_error ("%s", error->message);
  keep (registry, copy);
}

/* "cmaes" of "/x/cmaes.so", NULL when the file is not called so. */
static char *
plugin_name_of_file (const char *path)
{
  g_autofree char *base = g_path_get_basename (path);
  if (!g_str_has_suffix (base, SUFFIX))
    return NULL;
  base[strlen (base) - strlen (SUFFIX)] = '\0';
  return g_steal_pointer (&base);
}

/* Asks an open module for its descriptor and checks it. */
static PluginCopy *
check_module (GModule *module, const char *path, const char *name, GError **error)
{
  gpointer symbol = NULL;
  if (!g_module_symbol (module, GLOMPO_PLUGIN_ENTRY_NAME, &symbol) || symbol == NULL)
    {
      g_set_error (error, GLOMPO_PLUGIN_ERROR, GLOMPO_PLUGIN_ERROR_SYMBOL,
                   "%s: it does not export %s, wanted in every plugin; "
                   "end its source with GLOMPO_PLUGIN (descriptor)",
                   path, GLOMPO_PLUGIN_ENTRY_NAME);
      return NULL;
    }
  GlompoPluginEntry entry;
  memcpy (&entry, &symbol, sizeof entry);
  const GlompoPlugin *theirs = entry (GLOMPO_ABI_MAJOR, GLOMPO_ABI_MINOR);
  if (theirs == NULL)
    {
      g_set_error (error, GLOMPO_PLUGIN_ERROR, GLOMPO_PLUGIN_ERROR_SYMBOL,
                   "%s: %s returned NULL, wanted a descriptor; the plugin refuses plugin ABI %u.%u: "
                   "look for another version of it, or of GloMPO",
                   path, GLOMPO_PLUGIN_ENTRY_NAME, GLOMPO_ABI_MAJOR, GLOMPO_ABI_MINOR);
      return NULL;
    }
  return plugin_copy_new (theirs, path, name, error);
}

/* What the file and the libraries that it brings make of signals while they are loaded is undone: whoever loads them
 * has children to hear of, and is to hear of its end. */
static GModule *
open_module (const char *path, GError **error)
{
  sigset_t mask;
  struct sigaction children;
  pthread_sigmask (SIG_SETMASK, NULL, &mask);
  sigaction (SIGCHLD, NULL, &children);
  GModule *module = g_module_open_full (path, G_MODULE_BIND_LOCAL, error);
  sigaction (SIGCHLD, &children, NULL);
  pthread_sigmask (SIG_SETMASK, &mask, NULL);
  return module;
}

static const GlompoPlugin *
load (GlompoRegistry *registry, const char *path, const char *name, GError **error)
{
  g_autoptr (GError) linker = NULL;
  GModule *module = open_module (path, &linker);
  if (module == NULL)
    {
      gboolean prefixed = g_str_has_prefix (linker->message, path);
      g_set_error (error, GLOMPO_PLUGIN_ERROR, GLOMPO_PLUGIN_ERROR_LOAD,
                   "%s%s%s; wanted a shared object for this machine with everything that it needs",
                   prefixed ? "" : path, prefixed ? "" : ": ", linker->message);
      return NULL;
    }
  g_autoptr (PluginCopy) copy = check_module (module, path, name, error);
  if (copy == NULL)
    {
      g_module_close (module);
      return NULL;
    }
  g_module_make_resident (module);
  copy->file = g_strdup (path);
  return keep (registry, g_steal_pointer (&copy));
}

const GlompoPlugin *
glompo_registry_load_file (GlompoRegistry *registry, const char *path, GError **error)
{
  g_return_val_if_fail (registry != NULL && path != NULL, NULL);
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  PluginCopy *known = g_hash_table_lookup (registry->files, absolute);
  if (known != NULL)
    return &known->plugin;
  g_autofree char *name = plugin_name_of_file (absolute);
  if (!g_file_test (absolute, G_FILE_TEST_IS_REGULAR))
    {
      g_set_error (error, GLOMPO_PLUGIN_ERROR, GLOMPO_PLUGIN_ERROR_NOT_FOUND, "%s: %s, wanted a plugin file",
                   absolute, g_file_test (absolute, G_FILE_TEST_EXISTS) ? "not a file" : "no such file");
      return NULL;
    }
  if (name == NULL || !plugin_name_is_valid (name))
    {
      g_set_error (error, GLOMPO_PLUGIN_ERROR, GLOMPO_PLUGIN_ERROR_NAME,
                   "%s: a plugin's file is called NAME%s, where NAME is a letter followed by letters, "
                   "digits, \"_\" or \"-\"; rename it as the plugin calls itself",
                   absolute, SUFFIX);
      return NULL;
    }
  return load (registry, absolute, name, error);
}

/* The file that a name stands for: the first on the search path, or NULL. */
static char *
find_file (const char *const *dirs, const char *name)
{
  g_autofree char *base = g_strconcat (name, SUFFIX, NULL);
  for (; *dirs != NULL; dirs++)
    {
      g_autofree char *path = g_build_filename (*dirs, base, NULL);
      if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
        return g_steal_pointer (&path);
    }
  return NULL;
}

static const GlompoPlugin *
find_built_in (GlompoRegistry *registry, guint32 kind, const char *name)
{
  for (guint i = 0; i < registry->built_in->len; i++)
    {
      const PluginCopy *copy = registry->built_in->pdata[i];
      if ((kind == 0 || copy->plugin.kind == kind) && g_str_equal (copy->plugin.name, name))
        return &copy->plugin;
    }
  return NULL;
}

static void
set_not_found (GlompoRegistry *registry, guint32 kind, const char *name, char **dirs, GError **error)
{
  g_auto (GStrv) names = registry_list_names (registry, kind);
  g_autofree char *searched = g_strjoinv (", ", dirs);
  const char *nearest = text_nearest (name, (const char *const *) names);
  g_autofree char *hint = nearest != NULL ? g_strdup_printf ("; did you mean \"%s\"?", nearest) : NULL;
  const char *wanted = kind != 0 ? glompo_kind_to_string (kind) : "plugin";
  g_set_error (error, GLOMPO_PLUGIN_ERROR, GLOMPO_PLUGIN_ERROR_NOT_FOUND,
               "there is no %s \"%s\": nothing built in, and no %s%s in %s%s", wanted, name, name, SUFFIX,
               searched, hint != NULL ? hint : "");
}

static gboolean
check_kind (const GlompoPlugin *plugin, guint32 kind, const char *where, GError **error)
{
  if (kind == 0 || plugin->kind == kind)
    return TRUE;
  g_set_error (error, GLOMPO_PLUGIN_ERROR, GLOMPO_PLUGIN_ERROR_KIND,
               "%s: the plugin is of kind %s, wanted %s", where, glompo_kind_to_string (plugin->kind),
               glompo_kind_to_string (kind));
  return FALSE;
}

/* Nobody knows what a file does to the process that loads it: another process tries first. */
static gboolean
survives_loading (GlompoRegistry *registry, const char *path, GError **error)
{
  if (registry->trusts_files || g_hash_table_contains (registry->files, path))
    return TRUE;
  g_autoptr (GError) found = NULL;
  g_free (glompo_plugin_probe (path, PROBE_MS, &found));
  if (!g_error_matches (found, GLOMPO_PLUGIN_ERROR, GLOMPO_PLUGIN_ERROR_CRASHED)
      && !g_error_matches (found, GLOMPO_PLUGIN_ERROR, GLOMPO_PLUGIN_ERROR_HUNG))
    return TRUE; /* any other fault is found here as well */
  g_propagate_error (error, g_steal_pointer (&found));
  return FALSE;
}

void
registry_trust_files (GlompoRegistry *registry)
{
  registry->trusts_files = TRUE;
}

const GlompoPlugin *
glompo_registry_find (GlompoRegistry *registry, GlompoKind kind, const char *name, GError **error)
{
  g_return_val_if_fail (registry != NULL && name != NULL, NULL);
  const GlompoPlugin *plugin = find_built_in (registry, kind, name);
  if (plugin != NULL)
    return plugin;
  g_auto (GStrv) dirs = paths_plugin_dirs ();
  g_autofree char *path
      = plugin_name_is_valid (name) ? find_file ((const char *const *) dirs, name) : NULL;
  if (path != NULL)
    {
      if (!survives_loading (registry, path, error))
        return NULL;
      plugin = glompo_registry_load_file (registry, path, error);
      return plugin != NULL && check_kind (plugin, kind, path, error) ? plugin : NULL;
    }
  plugin = find_built_in (registry, 0, name);
  if (plugin != NULL)
    {
      g_autofree char *where = g_strdup_printf ("%s (built in)", name);
      check_kind (plugin, kind, where, error);
      return NULL;
    }
  set_not_found (registry, kind, name, dirs, error);
  return NULL;
}

static int
compare_base_names (gconstpointer a, gconstpointer b)
{
  const char *const *left = a, *const *right = b;
  g_autofree char *left_name = g_path_get_basename (*left);
  g_autofree char *right_name = g_path_get_basename (*right);
  return strcmp (left_name, right_name);
}

char **
glompo_registry_list_files (GlompoRegistry *registry)
{
  g_return_val_if_fail (registry != NULL, NULL);
  g_auto (GStrv) dirs = paths_plugin_dirs ();
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GPtrArray *files = g_ptr_array_new ();
  for (char **dir = dirs; *dir != NULL; dir++)
    {
      g_autoptr (GDir) handle = g_dir_open (*dir, 0, NULL);
      for (const char *name; handle != NULL && (name = g_dir_read_name (handle)) != NULL;)
        {
          g_autofree char *path = g_build_filename (*dir, name, NULL);
          if (g_str_has_suffix (name, SUFFIX) && !g_hash_table_contains (seen, name)
              && g_file_test (path, G_FILE_TEST_IS_REGULAR))
            {
              g_hash_table_add (seen, g_strdup (name));
              g_ptr_array_add (files, g_steal_pointer (&path));
            }
        }
    }
  g_ptr_array_sort (files, compare_base_names);
  g_ptr_array_add (files, NULL);
  return (char **) g_ptr_array_free (files, FALSE);
}

static int
compare_plugins (gconstpointer a, gconstpointer b)
{
  const GlompoPlugin *const *left = a, *const *right = b;
  return strcmp ((*left)->name, (*right)->name);
}

GPtrArray *
glompo_registry_list_built_in (GlompoRegistry *registry, GlompoKind kind)
{
  g_return_val_if_fail (registry != NULL, NULL);
  GPtrArray *plugins = g_ptr_array_new ();
  for (guint i = 0; i < registry->built_in->len; i++)
    {
      PluginCopy *copy = registry->built_in->pdata[i];
      if (kind == 0 || copy->plugin.kind == kind)
        g_ptr_array_add (plugins, &copy->plugin);
    }
  g_ptr_array_sort (plugins, compare_plugins);
  return plugins;
}

const char *
glompo_registry_get_file (GlompoRegistry *registry, const GlompoPlugin *plugin)
{
  g_return_val_if_fail (registry != NULL, NULL);
  return g_hash_table_lookup (registry->descriptors, plugin);
}

static int
compare_strings (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

char **
registry_list_names (GlompoRegistry *registry, GlompoKind kind)
{
  g_autoptr (GPtrArray) built_in = glompo_registry_list_built_in (registry, kind);
  g_auto (GStrv) files = glompo_registry_list_files (registry);
  GPtrArray *names = g_ptr_array_new ();
  for (guint i = 0; i < built_in->len; i++)
    g_ptr_array_add (names, g_strdup (((const GlompoPlugin *) built_in->pdata[i])->name));
  for (char **file = files; *file != NULL; file++)
    {
      g_autofree char *name = plugin_name_of_file (*file);
      if (name != NULL && plugin_name_is_valid (name)
          && (built_in->len == 0 || find_built_in (registry, kind, name) == NULL))
        g_ptr_array_add (names, g_steal_pointer (&name));
    }
  g_ptr_array_sort (names, compare_strings);
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (names, FALSE);
}
