/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect-print.h"
#include <stdio.h>

/* ---- JSON ---- */

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
  json_object_set_string_member (object, "message", entry_reason (entry));
  json_node_take_object (node, object);
  return json_to_string (node, TRUE);
}

void
inspect_print_json (GPtrArray *entries, gboolean is_array)
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

/* ---- the list ---- */

enum { COLUMN_KIND, COLUMN_NAME, COLUMN_VERSION, COLUMN_SUMMARY, COLUMN_FILE, N_COLUMNS };

static void
get_row (const Entry *entry, const char *row[N_COLUMNS])
{
  row[COLUMN_KIND] = entry_text (entry->object, "kind");
  row[COLUMN_NAME] = entry->name;
  row[COLUMN_VERSION] = entry_text (entry->object, "version");
  row[COLUMN_SUMMARY] = entry_text (entry->object, "summary");
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
      g_print ("%s  %s\n    %s\n", entry->name, entry->file, entry_reason (entry));
    }
}

void
inspect_print_list (GPtrArray *entries)
{
  print_good (entries);
  print_broken (entries);
}

/* ---- one plugin ---- */

static void
print_line (const char *label, const char *text)
{
  g_print ("  %-13s %s\n", label, text);
}

static void
print_text (JsonObject *object, const char *label, const char *key)
{
  const char *text = entry_text (object, key);
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
      const char *word = entry_text (object, "concurrency");
      print_line ("concurrency", word != NULL ? word : "depends on the options");
    }
  print_words (object, "capabilities", "capabilities");
  print_words (object, "functions", "functions");
  print_words (object, "metrics", "metrics");
}

static void
print_option (JsonObject *option)
{
  const char *value = entry_text (option, "default_text");
  g_print ("  %s: %s", entry_text (option, "name"), entry_text (option, "accepts"));
  if (value == NULL)
    g_print ("; must be given\n");
  else
    g_print ("; default %s\n", *value != '\0' ? value : "empty");
  g_print ("      %s\n", entry_text (option, "summary"));
}

void
inspect_print_entry (const Entry *entry)
{
  JsonObject *object = entry->object;
  JsonArray *options = json_object_get_array_member (object, "options");
  g_autofree char *abi = g_strdup_printf ("%" G_GINT64_FORMAT ".%" G_GINT64_FORMAT,
                                          json_object_get_int_member (object, "abi_major"),
                                          json_object_get_int_member (object, "abi_minor"));
  g_print ("%s - %s\n", entry->name, entry_text (object, "summary"));
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
