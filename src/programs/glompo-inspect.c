/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * glompo-inspect - lists all plugins, or tells all that some of them declare. A plugin file is looked at in
 * a child process only, several at a time; what is shown comes out of the JSON description, for built-in
 * plugins too. Exit codes: 0 good, 1 a plugin that was asked for is broken, or nothing can be printed, 2
 * wrong use or unknown name.
 */
#include "inspect-entry.h"
#include "inspect-print.h"
#include "program.h"
#include <config.h>
#include <glompo/glompo.h>
#include <string.h>

#define DEFAULT_TIMEOUT_S 5.0

enum { EXIT_GOOD = 0, EXIT_BROKEN = 1, EXIT_USAGE = 2 };

/* The command line. */
typedef struct {
  gboolean json;
  gboolean version;
  gboolean compatibility;
  char *exists;
  char *kind_word;
  GlompoKind kind; /* 0: any */
  double timeout;  /* seconds */
  guint timeout_ms;
  char **names;
} Arguments;

/* ------------------------------------------------------------------------------------------------
 * The list
 * ------------------------------------------------------------------------------------------------ */

static int
list_all (GlompoRegistry *registry, const Arguments *arguments)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (entry_free);
  g_autoptr (GPtrArray) entries = g_ptr_array_new ();
  g_autoptr (GPtrArray) built_in = glompo_registry_list_built_in (registry, arguments->kind);
  g_auto (GStrv) files = glompo_registry_list_files (registry);
  for (guint i = 0; i < built_in->len; i++)
    g_ptr_array_add (all, entry_new_built_in (built_in->pdata[i]));
  for (char **file = files; *file != NULL; file++)
    g_ptr_array_add (all, entry_new_file (*file, arguments->timeout_ms));
  entries_probe (all);
  for (guint i = 0; i < all->len; i++)
    if (entry_is_of_kind (all->pdata[i], arguments->kind))
      g_ptr_array_add (entries, all->pdata[i]);
  g_ptr_array_sort (entries, entries_compare);
  if (arguments->json)
    inspect_print_json (entries, TRUE);
  else
    inspect_print_list (entries);
  return EXIT_GOOD;
}

/* ------------------------------------------------------------------------------------------------
 * One plugin
 * ------------------------------------------------------------------------------------------------ */

static Entry *
find_built_in (GlompoRegistry *registry, GlompoKind kind, const char *name)
{
  g_autoptr (GPtrArray) plugins = glompo_registry_list_built_in (registry, kind);
  for (guint i = 0; i < plugins->len; i++)
    if (g_str_equal (((const GlompoPlugin *) plugins->pdata[i])->name, name))
      return entry_new_built_in (plugins->pdata[i]);
  return NULL;
}

static Entry *
find_file (GlompoRegistry *registry, const char *name, const Arguments *arguments)
{
  if (strchr (name, '/') != NULL || g_str_has_suffix (name, ".so"))
    return entry_new_file (name, arguments->timeout_ms);
  g_autofree char *wanted = g_strconcat (name, ".so", NULL);
  g_auto (GStrv) files = glompo_registry_list_files (registry);
  for (char **file = files; *file != NULL; file++)
    {
      g_autofree char *base = g_path_get_basename (*file);
      if (g_str_equal (base, wanted))
        return entry_new_file (*file, arguments->timeout_ms);
    }
  return NULL;
}

/* The plugin that name means, looked at; NULL with an error: there is none. */
static Entry *
look_up (GlompoRegistry *registry, const char *name, const Arguments *arguments, GError **error)
{
  Entry *entry = find_built_in (registry, arguments->kind, name);
  if (entry != NULL)
    return entry;
  entry = find_file (registry, name, arguments);
  if (entry == NULL)
    {
      /* There is no such file, so nothing is loaded: this only makes the message. */
      if (glompo_registry_find (registry, arguments->kind, name, error) != NULL)
        g_set_error (error, GLOMPO_PLUGIN_ERROR, GLOMPO_PLUGIN_ERROR_NOT_FOUND,
                     "the plugin \"%s\" appeared just now; try again", name);
      return NULL;
    }
  entry_probe (entry);
  if (entry_is_of_kind (entry, arguments->kind))
    return entry;
  g_set_error (error, GLOMPO_PLUGIN_ERROR, GLOMPO_PLUGIN_ERROR_KIND,
               "%s: the plugin is of kind %s, wanted %s", entry->file, entry_text (entry->object, "kind"),
               arguments->kind_word);
  entry_free (entry);
  return NULL;
}

static void
complain (const GError *error)
{
  g_printerr ("glompo-inspect: %s\n", error->message);
}

static int
show_some (GlompoRegistry *registry, const Arguments *arguments)
{
  g_autoptr (GPtrArray) entries = g_ptr_array_new_with_free_func (entry_free);
  int code = EXIT_GOOD;
  for (char **name = arguments->names; *name != NULL; name++)
    {
      g_autoptr (GError) error = NULL;
      Entry *entry = look_up (registry, *name, arguments, &error);
      if (entry != NULL)
        g_ptr_array_add (entries, entry);
      if (entry == NULL || entry->object == NULL)
        {
          gboolean known = entry != NULL
                           && !g_error_matches (entry->error, GLOMPO_PLUGIN_ERROR,
                                                GLOMPO_PLUGIN_ERROR_NOT_FOUND);
          complain (entry != NULL ? entry->error : error);
          code = MAX (code, known ? EXIT_BROKEN : EXIT_USAGE);
        }
    }
  gboolean is_array = g_strv_length (arguments->names) > 1;
  if (arguments->json && (is_array || entries->len > 0))
    inspect_print_json (entries, is_array);
  for (guint i = 0, shown = 0; i < entries->len && !arguments->json; i++)
    if (((const Entry *) entries->pdata[i])->object != NULL)
      {
        g_print ("%s", shown++ > 0 ? "\n" : "");
        inspect_print_entry (entries->pdata[i]);
      }
  return code;
}

static int
answer_exists (GlompoRegistry *registry, const Arguments *arguments)
{
  Entry *entry = look_up (registry, arguments->exists, arguments, NULL);
  gboolean good = entry != NULL && entry->object != NULL;
  g_clear_pointer (&entry, entry_free);
  return good ? EXIT_GOOD : EXIT_BROKEN;
}

/* ------------------------------------------------------------------------------------------------
 * What goes together
 * ------------------------------------------------------------------------------------------------ */

/* The plugin of that name in this process; it was loaded in another one before, and did not harm that. NULL:
 * it has complained, and *out_code says how to exit. */
static const GlompoPlugin *
take_in (GlompoRegistry *registry, const Arguments *arguments, const char *name, GlompoKind kind,
         int *out_code)
{
  g_autoptr (GError) error = NULL;
  Arguments of_kind = *arguments;
  of_kind.kind = kind;
  of_kind.kind_word = (char *) glompo_kind_to_string (kind);
  Entry *entry = look_up (registry, name, &of_kind, &error);
  const GlompoPlugin *plugin = NULL;
  *out_code = entry != NULL ? EXIT_BROKEN : EXIT_USAGE;
  if (entry != NULL && entry->object == NULL)
    error = g_error_copy (entry->error);
  else if (entry != NULL && entry->file != NULL)
    plugin = glompo_registry_load_file (registry, entry->file, &error);
  else if (entry != NULL)
    plugin = glompo_registry_find (registry, kind, name, &error);
  if (plugin == NULL)
    complain (error);
  g_clear_pointer (&entry, entry_free);
  return plugin;
}

static int
show_compatibility (GlompoRegistry *registry, const Arguments *arguments)
{
  const GlompoPlugin *optimizer = NULL, *task = NULL;
  int code = EXIT_GOOD;
  guint n = arguments->names != NULL ? g_strv_length (arguments->names) : 0;
  if (n != 0 && n != 2)
    {
      g_printerr (
          "glompo-inspect: --compatibility: found one name or more than two, wanted none or the names "
          "of an optimizer and a task\n");
      return EXIT_USAGE;
    }
  if (n == 2)
    optimizer = take_in (registry, arguments, arguments->names[0], GLOMPO_KIND_OPTIMIZER, &code);
  if (optimizer != NULL)
    task = take_in (registry, arguments, arguments->names[1], GLOMPO_KIND_TASK, &code);
  if (n == 2 && task == NULL)
    return code;
  g_autofree char *text = arguments->json ? glompo_compatibility_to_json (optimizer, task)
                                          : glompo_compatibility_to_text (optimizer, task);
  g_print ("%s%s", text, arguments->json ? "\n" : "");
  return EXIT_GOOD;
}

/* ------------------------------------------------------------------------------------------------
 * The command line
 * ------------------------------------------------------------------------------------------------ */

static gboolean
parse_kind (Arguments *arguments, GError **error)
{
  const char *word;
  g_autoptr (GString) words = g_string_new (NULL);
  if (arguments->kind_word == NULL)
    return TRUE;
  for (int kind = 1; (word = glompo_kind_to_string ((GlompoKind) kind)) != NULL; kind++)
    {
      if (g_str_equal (word, arguments->kind_word))
        arguments->kind = (GlompoKind) kind;
      g_string_append_printf (words, "%s%s", kind > 1 ? ", " : "", word);
    }
  if (arguments->kind != 0)
    return TRUE;
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "--kind: found \"%s\", wanted one of %s",
               arguments->kind_word, words->str);
  return FALSE;
}

static gboolean
parse (Arguments *arguments, int *argc, char ***argv, GError **error)
{
  const GOptionEntry table[] = {
    { "json", 'j', 0, G_OPTION_ARG_NONE, &arguments->json,
      "Print JSON: an array for the list, an object for one plugin", NULL },
    { "kind", 'k', 0, G_OPTION_ARG_STRING, &arguments->kind_word,
      "Only optimizers, tasks, generators, selectors, hunters or checkers", "KIND" },
    { "exists", 'e', 0, G_OPTION_ARG_STRING, &arguments->exists,
      "Print nothing; exit with 0 if the plugin is there and good, else with 1", "NAME" },
    { "compatibility", 'c', 0, G_OPTION_ARG_NONE, &arguments->compatibility,
      "Which backends go together: the table and the rules, or the table of an OPTIMIZER and a TASK", NULL },
    { "timeout", 't', 0, G_OPTION_ARG_DOUBLE, &arguments->timeout,
      "Seconds after which a plugin that is still loading counts as hung (5)", "SECONDS" },
    { "version", 'V', 0, G_OPTION_ARG_NONE, &arguments->version, "Print the version", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &arguments->names, NULL, "[NAME|FILE...]" },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_option_context_set_summary (context, "Lists all plugins, or tells all that the named ones declare.");
  g_option_context_add_main_entries (context, table, NULL);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (!(arguments->timeout >= 0.001 && arguments->timeout <= 86400.0))
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   "--timeout: found %g, wanted a number of seconds from 0.001 to 86400", arguments->timeout);
      return FALSE;
    }
  arguments->timeout_ms = (guint) (arguments->timeout * 1000.0);
  return parse_kind (arguments, error);
}

static int
run (const Arguments *arguments)
{
  if (arguments->version)
    {
      g_print ("glompo-inspect %s (plugin ABI %u.%u)\n", PACKAGE_VERSION, GLOMPO_ABI_MAJOR, GLOMPO_ABI_MINOR);
      return EXIT_GOOD;
    }
  g_autoptr (GlompoRegistry) registry = glompo_registry_new ();
  if (arguments->exists != NULL)
    return answer_exists (registry, arguments);
  if (arguments->compatibility)
    return show_compatibility (registry, arguments);
  if (arguments->names != NULL)
    return show_some (registry, arguments);
  return list_all (registry, arguments);
}

int
main (int argc, char **argv)
{
  program_begin ();
  Arguments arguments = { .timeout = DEFAULT_TIMEOUT_S };
  g_autoptr (GError) error = NULL;
  int code = EXIT_USAGE;
  if (parse (&arguments, &argc, &argv, &error))
    code = run (&arguments);
  else
    complain (error);
  g_strfreev (arguments.names);
  g_free (arguments.exists);
  g_free (arguments.kind_word);
  return program_flush ("glompo-inspect") ? code : MAX (code, EXIT_BROKEN);
}
