/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * glompo-inspect - lists all plugins, or tells all that some of them declare. A plugin file is looked at in
 * a child process only, several at a time; what is shown comes out of the JSON description, for built-in
 * plugins too. Exit codes: 0 good, 1 a plugin that was asked for is broken, 2 wrong use or unknown name.
 */
#include "program.h"
#include <config.h>
#include <glompo/glompo.h>
#include <json-glib/json-glib.h>
#include <stdio.h>
#include <string.h>

#define DEFAULT_TIMEOUT_S 5.0
#define PROBES_AT_ONCE 4

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
  char **names;
} Arguments;

/* One plugin, looked at. */
typedef struct {
  char *name;
  char *file;         /* NULL: built in */
  char *json;         /* what it declares; NULL: broken */
  JsonObject *object; /* the same */
  GError *error;      /* why it is broken */
  guint timeout_ms;
} Entry;

static void
entry_free (gpointer data)
{
  Entry *entry = data;
  g_free (entry->name);
  g_free (entry->file);
  g_free (entry->json);
  g_clear_pointer (&entry->object, json_object_unref);
  g_clear_error (&entry->error);
  g_free (entry);
}

/* Takes json. */
static void
entry_parse (Entry *entry, char *json)
{
  g_autofree char *text = json;
  g_autoptr (JsonNode) root = json_from_string (text, &entry->error);
  if (root != NULL && JSON_NODE_HOLDS_OBJECT (root))
    {
      entry->object = json_object_ref (json_node_get_object (root));
      entry->json = g_steal_pointer (&text);
    }
  else if (entry->error == NULL)
    g_set_error (&entry->error, GLOMPO_PLUGIN_ERROR, GLOMPO_PLUGIN_ERROR_CRASHED, "%s: no description",
                 entry->file);
}

static Entry *
entry_new_built_in (const GlompoPlugin *plugin)
{
  Entry *entry = g_new0 (Entry, 1);
  entry->name = g_strdup (plugin->name);
  entry_parse (entry, glompo_plugin_to_json (plugin, NULL));
  return entry;
}

static Entry *
entry_new_file (const char *file, const Arguments *arguments)
{
  Entry *entry = g_new0 (Entry, 1);
  entry->file = g_canonicalize_filename (file, NULL);
  entry->name = g_path_get_basename (file);
  if (g_str_has_suffix (entry->name, ".so"))
    entry->name[strlen (entry->name) - strlen (".so")] = '\0';
  entry->timeout_ms = (guint) (arguments->timeout * 1000.0);
  return entry;
}

/* Runs in a thread of the pool. */
static void
entry_probe (gpointer data, gpointer unused)
{
  Entry *entry = data;
  char *json = glompo_plugin_probe (entry->file, entry->timeout_ms, &entry->error);
  if (json != NULL)
    entry_parse (entry, json);
}

static void
probe_all (GPtrArray *entries)
{
  GThreadPool *pool = g_thread_pool_new (entry_probe, NULL, PROBES_AT_ONCE, FALSE, NULL);
  for (guint i = 0; i < entries->len; i++)
    if (((Entry *) entries->pdata[i])->file != NULL)
      g_thread_pool_push (pool, entries->pdata[i], NULL);
  g_thread_pool_free (pool, FALSE, TRUE);
}

static const char *
get_text (JsonObject *object, const char *key)
{
  return json_object_get_string_member_with_default (object, key, NULL);
}

static gboolean
is_of_kind (const Entry *entry, GlompoKind kind)
{
  return kind == 0 || entry->object == NULL
         || g_strcmp0 (get_text (entry->object, "kind"), glompo_kind_to_string (kind)) == 0;
}

/* The reason without the file name before it. */
static const char *
get_reason (const Entry *entry)
{
  const char *message = entry->error->message;
  if (entry->file != NULL && g_str_has_prefix (message, entry->file))
    {
      message += strlen (entry->file);
      message += strspn (message, ": ");
    }
  return message;
}

/* ------------------------------------------------------------------------------------------------
 * JSON
 * ------------------------------------------------------------------------------------------------ */

/* The description as it came, or why there is none. (transfer full) */
static char *
entry_to_json (const Entry *entry)
{
  if (entry->json != NULL)
    return g_strdup (entry->json);
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  JsonObject *object = json_object_new ();
  json_object_set_string_member (object, "name", entry->name);
  json_object_set_string_member (object, "file", entry->file);
  json_object_set_int_member (object, "error", entry->error->code);
  json_object_set_string_member (object, "message", get_reason (entry));
  json_node_take_object (node, object);
  return json_to_string (node, TRUE);
}

/* One object, or an array of all. */
static void
print_json (GPtrArray *entries, gboolean is_array)
{
  if (is_array)
    printf ("[");
  for (guint i = 0; i < entries->len; i++)
    {
      g_autofree char *text = entry_to_json (entries->pdata[i]);
      printf ("%s%s%s", i > 0 ? "," : "", is_array ? "\n" : "", text);
    }
  puts (is_array ? "\n]" : "");
}

/* ------------------------------------------------------------------------------------------------
 * The list
 * ------------------------------------------------------------------------------------------------ */

enum { COLUMN_KIND, COLUMN_NAME, COLUMN_VERSION, COLUMN_SUMMARY, COLUMN_FILE, N_COLUMNS };

static void
get_row (const Entry *entry, const char *row[N_COLUMNS])
{
  row[COLUMN_KIND] = get_text (entry->object, "kind");
  row[COLUMN_NAME] = entry->name;
  row[COLUMN_VERSION] = get_text (entry->object, "version");
  row[COLUMN_SUMMARY] = get_text (entry->object, "summary");
  row[COLUMN_FILE] = entry->file != NULL ? entry->file : "built in";
}

static void
print_row (const char *const row[N_COLUMNS], const glong widths[N_COLUMNS])
{
  for (int column = 0; column < N_COLUMNS - 1; column++)
    g_print ("%s%*s  ", row[column], (int) (widths[column] - g_utf8_strlen (row[column], -1)), "");
  g_print ("%s\n", row[N_COLUMNS - 1]);
}

static void
print_good (GPtrArray *entries)
{
  const char *row[N_COLUMNS] = { "KIND", "NAME", "VERSION", "SUMMARY", "FILE" };
  glong widths[N_COLUMNS];
  for (int column = 0; column < N_COLUMNS; column++)
    widths[column] = g_utf8_strlen (row[column], -1);
  for (guint i = 0; i < entries->len; i++)
    {
      const Entry *entry = entries->pdata[i];
      const char *texts[N_COLUMNS];
      if (entry->object == NULL)
        continue;
      get_row (entry, texts);
      for (int column = 0; column < N_COLUMNS; column++)
        widths[column] = MAX (widths[column], g_utf8_strlen (texts[column], -1));
    }
  print_row (row, widths);
  for (guint i = 0; i < entries->len; i++)
    if (((const Entry *) entries->pdata[i])->object != NULL)
      {
        get_row (entries->pdata[i], row);
        print_row (row, widths);
      }
}

static void
print_broken (GPtrArray *entries)
{
  gboolean first = TRUE;
  for (guint i = 0; i < entries->len; i++)
    {
      const Entry *entry = entries->pdata[i];
      if (entry->object != NULL)
        continue;
      if (first)
        g_print ("\nbroken:\n");
      first = FALSE;
      g_print ("%s  %s\n    %s\n", entry->name, entry->file, get_reason (entry));
    }
}

/* Order of the list: by kind as in GlompoKind, then by name; broken ones last. */
static int
compare_entries (gconstpointer a, gconstpointer b)
{
  const Entry *const *left = a, *const *right = b;
  int kinds[2] = { 0, 0 };
  for (int i = 0; i < 2; i++)
    {
      JsonObject *object = (i == 0 ? *left : *right)->object;
      const char *word = object != NULL ? get_text (object, "kind") : NULL;
      const char *kind;
      for (kinds[i] = 1; (kind = glompo_kind_to_string ((GlompoKind) kinds[i])) != NULL; kinds[i]++)
        if (g_strcmp0 (kind, word) == 0)
          break;
    }
  return kinds[0] != kinds[1] ? kinds[0] - kinds[1] : strcmp ((*left)->name, (*right)->name);
}

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
    g_ptr_array_add (all, entry_new_file (*file, arguments));
  probe_all (all);
  for (guint i = 0; i < all->len; i++)
    if (is_of_kind (all->pdata[i], arguments->kind))
      g_ptr_array_add (entries, all->pdata[i]);
  g_ptr_array_sort (entries, compare_entries);
  if (arguments->json)
    print_json (entries, TRUE);
  else
    {
      print_good (entries);
      print_broken (entries);
    }
  return EXIT_GOOD;
}

/* ------------------------------------------------------------------------------------------------
 * One plugin
 * ------------------------------------------------------------------------------------------------ */

static void
print_line (const char *label, const char *text)
{
  g_print ("  %-13s %s\n", label, text);
}

static void
print_text (JsonObject *object, const char *label, const char *key)
{
  const char *text = get_text (object, key);
  if (text != NULL)
    print_line (label, text);
}

/* A list of words on one line; nothing for a key that the kind does not have. */
static void
print_words (JsonObject *object, const char *label, const char *key)
{
  if (!json_object_has_member (object, key))
    return;
  JsonArray *array = json_object_get_array_member (object, key);
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint i = 0; i < json_array_get_length (array); i++)
    g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", json_array_get_string_element (array, i));
  print_line (label, text->len > 0 ? text->str : "none");
}

static void
print_declarations (JsonObject *object)
{
  print_words (object, "level 1", "level1");
  print_words (object, "level 2", "level2");
  if (json_object_has_member (object, "max_batch"))
    {
      gint64 batch = json_object_get_int_member (object, "max_batch");
      g_autofree char *text = batch > 0 ? g_strdup_printf ("%" G_GINT64_FORMAT " points", batch)
                                        : g_strdup ("any number of points");
      print_line ("max batch", text);
    }
  if (json_object_has_member (object, "concurrency"))
    {
      const char *word = get_text (object, "concurrency");
      print_line ("concurrency", word != NULL ? word : "depends on the options");
    }
  print_words (object, "capabilities", "capabilities");
  print_words (object, "functions", "functions");
  print_words (object, "metrics", "metrics");
}

static void
print_option (JsonObject *option)
{
  const char *value = get_text (option, "default_text");
  g_print ("  %s: %s", get_text (option, "name"), get_text (option, "accepts"));
  if (value == NULL)
    g_print ("; must be given\n");
  else
    g_print ("; default %s\n", *value != '\0' ? value : "empty");
  g_print ("      %s\n", get_text (option, "summary"));
}

static void
print_entry (const Entry *entry)
{
  JsonObject *object = entry->object;
  JsonArray *options = json_object_get_array_member (object, "options");
  g_autofree char *abi = g_strdup_printf ("%" G_GINT64_FORMAT ".%" G_GINT64_FORMAT,
                                          json_object_get_int_member (object, "abi_major"),
                                          json_object_get_int_member (object, "abi_minor"));
  g_print ("%s - %s\n", entry->name, get_text (object, "summary"));
  print_text (object, "kind", "kind");
  print_text (object, "version", "version");
  print_text (object, "author", "author");
  print_text (object, "licence", "licence");
  print_text (object, "reference", "reference");
  print_line ("file", entry->file != NULL ? entry->file : "built in");
  print_line ("plugin ABI", abi);
  print_declarations (object);
  if (json_array_get_length (options) == 0)
    g_print ("no options\n");
  else
    g_print ("options:\n");
  for (guint i = 0; i < json_array_get_length (options); i++)
    print_option (json_array_get_object_element (options, i));
}

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
    return entry_new_file (name, arguments);
  g_autofree char *wanted = g_strconcat (name, ".so", NULL);
  g_auto (GStrv) files = glompo_registry_list_files (registry);
  for (char **file = files; *file != NULL; file++)
    {
      g_autofree char *base = g_path_get_basename (*file);
      if (g_str_equal (base, wanted))
        return entry_new_file (*file, arguments);
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
  entry_probe (entry, NULL);
  if (is_of_kind (entry, arguments->kind))
    return entry;
  g_set_error (error, GLOMPO_PLUGIN_ERROR, GLOMPO_PLUGIN_ERROR_KIND,
               "%s: the plugin is of kind %s, wanted %s", entry->file, get_text (entry->object, "kind"),
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
    print_json (entries, is_array);
  for (guint i = 0, shown = 0; i < entries->len && !arguments->json; i++)
    if (((const Entry *) entries->pdata[i])->object != NULL)
      {
        g_print ("%s", shown++ > 0 ? "\n" : "");
        print_entry (entries->pdata[i]);
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

/* The plugin of that name in this process; it was loaded in another one before, and did not harm that. NULL: it
 * has complained, and *out_code says how to exit. */
static const GlompoPlugin *
take_in (GlompoRegistry *registry, const Arguments *arguments, const char *name, GlompoKind kind, int *out_code)
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
      g_printerr ("glompo-inspect: --compatibility: found one name or more than two, wanted none or the names "
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
  if (!(arguments->timeout > 0.0 && arguments->timeout <= 86400.0))
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   "--timeout: found %g, wanted a number of seconds from 0.001 to 86400", arguments->timeout);
      return FALSE;
    }
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
  return code;
}
