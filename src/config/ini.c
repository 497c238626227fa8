/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Goes through the lines once, notes where each group and key stands, and hands GKeyFile a text of the same
 * lines in which the faulty ones are blank comments: so that it can read the rest. Thread: any; no state.
 */
#include "config/ini.h"
#include "base/text.h"
#include <string.h>

typedef struct {
  Ini *ini;
  Faults *faults;
  GHashTable *entries; /* "GROUP]KEY" -> IniEntry: a file of a million keys is read in no time */
  GHashTable *groups;  /* name -> IniGroup */
  IniGroup *group;     /* of the present line; NULL: behind a faulty heading, or before the first */
  gboolean any_heading;
  gboolean rewritten; /* a line of clean is not as it was, and no fault */
  GString *clean;
} Reader;

static void
entry_free (IniEntry *entry)
{
  g_free (entry->key);
  g_free (entry->token);
  g_free (entry->value);
  g_free (entry);
}

static void
group_free (IniGroup *group)
{
  g_free (group->name);
  g_ptr_array_unref (group->entries);
  g_free (group);
}

void
ini_free (Ini *ini)
{
  if (ini == NULL)
    return;
  g_ptr_array_unref (ini->groups);
  g_free (ini->text);
  g_free (ini);
}

IniGroup *
ini_find_group (const Ini *ini, const char *name)
{
  for (guint i = 0; i < ini->groups->len; i++)
    if (g_str_equal (((IniGroup *) ini->groups->pdata[i])->name, name))
      return ini->groups->pdata[i];
  return NULL;
}

IniEntry *
ini_find_entry (const IniGroup *group, const char *key)
{
  for (guint i = 0; i < group->entries->len; i++)
    if (g_str_equal (((IniEntry *) group->entries->pdata[i])->key, key))
      return group->entries->pdata[i];
  return NULL;
}

static IniGroup *
add_group (Reader *reader, const char *name, guint line)
{
  IniGroup *group = g_new0 (IniGroup, 1);
  group->name = g_strdup (name);
  group->line = line;
  group->entries = g_ptr_array_new_with_free_func ((GDestroyNotify) entry_free);
  g_ptr_array_add (reader->ini->groups, group);
  g_hash_table_insert (reader->groups, group->name, group);
  return group;
}

/* ---- keys ---- */

static gboolean
is_plain (const char *key)
{
  return g_ascii_isalnum (key[0])
         && strspn (key, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "_-") == strlen (key);
}

/* Parameters may have any name, in double quotes with the escapes of C where they need them. */
static gboolean
has_names (const char *group)
{
  return g_str_equal (group, "parameters");
}

/* A key as GKeyFile bears it: in double quotes, without =, [ and ], unless it is a plain word. */
static char *
key_to_token (const char *key)
{
  if (is_plain (key))
    return g_strdup (key);
  GString *out = g_string_new ("\"");
  for (; *key != '\0'; key++)
    if (*key == '"' || *key == '\\')
      g_string_append_printf (out, "\\%c", *key);
    else if (g_ascii_iscntrl (*key) || strchr ("=[]", *key) != NULL)
      g_string_append_printf (out, "\\%03o", (guchar) *key);
    else
      g_string_append_c (out, *key);
  return g_string_free (g_string_append_c (out, '"'), FALSE);
}

/* Where the key ends that text begins with: behind its closing quote, else at the first =. */
static const char *
end_of_key (const char *text)
{
  const char *end = text + 1;
  if (*text != '"')
    return text + strcspn (text, "=");
  while (*end != '\0' && *end != '"')
    end += end[0] == '\\' && end[1] != '\0' ? 2 : 1;
  return *end == '"' ? end + 1 : text + strcspn (text, "=");
}

/* What a written key stands for; NULL: it is none. (transfer full) */
static char *
read_token (const char *group, const char *token)
{
  gsize length = strlen (token);
  if (is_plain (token))
    return g_strdup (token);
  if (group == NULL || !has_names (group) || length == 0)
    return NULL;
  if (token[0] == ';' || g_str_has_prefix (token, "//"))
    return NULL; /* meant as a comment */
  if (token[0] != '"')
    return strpbrk (token, "\"\t") == NULL ? g_strdup (token) : NULL;
  if (length < 3 || end_of_key (token) != token + length || token[length - 1] != '"')
    return NULL;
  g_autofree char *raw = g_strndup (token + 1, length - 2);
  g_autofree char *key = g_strcompress (raw);
  return *key != '\0' && g_utf8_validate (key, -1, NULL) ? g_steal_pointer (&key) : NULL;
}

/* ---- entries ---- */

static IniEntry *
find_entry (Reader *reader, const IniGroup *group, const char *key)
{
  g_autofree char *path = g_strconcat (group->name, "]", key, NULL);
  return g_hash_table_lookup (reader->entries, path);
}

static IniEntry *
add_entry (Reader *reader, IniGroup *group, const char *key, guint line)
{
  IniEntry *entry = g_new0 (IniEntry, 1);
  entry->key = g_strdup (key);
  entry->token = key_to_token (key);
  entry->line = line;
  g_ptr_array_add (group->entries, entry);
  g_hash_table_insert (reader->entries, g_strconcat (group->name, "]", key, NULL), entry);
  return entry;
}


/* As GKeyFile has it. */
static gboolean
is_group_name (const char *name)
{
  if (name[0] == '\0')
    return FALSE;
  for (; *name != '\0'; name++)
    if (*name == '[' || *name == ']' || g_ascii_iscntrl (*name))
      return FALSE;
  return TRUE;
}

/* A line that begins with "[". FALSE: it is not to be kept. */
static gboolean
read_heading (Reader *reader, const char *line, guint number)
{
  const char *end = strchr (line, ']');
  g_autofree char *quoted = text_quote (line);
  g_autofree char *name = end != NULL ? g_strndup (line + 1, (gsize) (end - line - 1)) : NULL;
  reader->any_heading = TRUE;
  reader->group = NULL;
  if (name == NULL || end[1] != '\0' || !is_group_name (name))
    {
      faults_add (reader->faults, number,
                  "found %s, wanted [GROUP] and nothing else on the line; what follows is not read", quoted);
      return FALSE;
    }
  reader->group = g_hash_table_lookup (reader->groups, name);
  if (reader->group == NULL)
    reader->group = add_group (reader, name, number);
  else
    faults_add (reader->faults, number,
                "[%s]: found the group a second time, wanted it once; first in line %u", name,
                reader->group->line);
  return TRUE;
}

/* A line that is to be KEY = VALUE. *out_clean is what GKeyFile is to read instead, or NULL. */
static gboolean
read_key (Reader *reader, const char *line, guint number, char **out_clean)
{
  const char *group = reader->group != NULL ? reader->group->name : NULL;
  const char *end = end_of_key (line), *equals = end + strspn (end, " \t");
  g_autofree char *quoted = text_quote (line);
  if (*equals != '=' && (equals = strchr (line, '=')) == NULL)
    {
      gboolean comment = line[0] == ';' || g_str_has_prefix (line, "//");
      faults_add (reader->faults, number, "found %s, wanted KEY = VALUE, [GROUP] or a comment%s", quoted,
                  comment ? "; a comment begins with #" : " that begins with #");
      return FALSE;
    }
  g_autofree char *token = g_strstrip (g_strndup (line, (gsize) (equals - line)));
  g_autofree char *key = read_token (group, token);
  if (key == NULL)
    {
      g_autofree char *found = text_quote (token);
      faults_add (reader->faults, number, "found %s before =, wanted %s%s", found,
                  group != NULL && has_names (group)
                      ? "the name of a parameter, in double quotes where it needs them"
                      : "a key of letters, digits, _ and -",
                  token[0] == ';' ? "; a comment begins with #" : "");
      return FALSE;
    }
  if (reader->group == NULL)
    {
      if (!reader->any_heading)
        faults_add (reader->faults, number, "found the key %s before any [GROUP], wanted it in a group", key);
      return FALSE;
    }
  if (g_str_equal (key, "Encoding")) /* which would make GKeyFile stop here */
    {
      faults_add (reader->faults, number, "[%s] %s: found a key that is not wanted: the file is UTF-8",
                  reader->group->name, key);
      return FALSE;
    }
  IniEntry *first = find_entry (reader, reader->group, key);
  if (first != NULL)
    {
      faults_add (reader->faults, number,
                  "[%s] %s: found the key a second time, wanted it once; first in line %u",
                  reader->group->name, key, first->line);
      return FALSE;
    }
  IniEntry *entry = add_entry (reader, reader->group, key, number);
  if (!g_str_equal (entry->token, token))
    *out_clean = g_strconcat (entry->token, " ", equals, NULL);
  return TRUE;
}

static void
read_lines (Reader *reader, const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_autofree char *line = g_strstrip (g_strdup (lines[i])), *clean = NULL;
      gboolean good = TRUE;
      if (line[0] == '[')
        good = read_heading (reader, line, i + 1);
      else if (line[0] != '\0' && line[0] != '#')
        good = read_key (reader, line, i + 1, &clean);
      if (i > 0)
        g_string_append_c (reader->clean, '\n');
      g_string_append (reader->clean, clean != NULL ? clean : good ? lines[i] : "#");
      reader->rewritten |= clean != NULL;
    }
}

/* "GROUP.KEY=VALUE" in its three parts; FALSE: it is something else. The last "." before "=" counts, or that
 * before a key in double quotes. */
static gboolean
split_override (const char *text, char **group, char **key, char **value)
{
  const char *quote = strstr (text, ".\""), *equals = strchr (text, '=');
  gboolean quoted = quote != NULL && quote < equals;
  if (quoted)
    equals = strchr (end_of_key (quote + 1), '=');
  g_autofree char *path = equals != NULL ? g_strndup (text, (gsize) (equals - text)) : NULL;
  char *dot = path == NULL ? NULL : quoted ? path + (quote - text) : strrchr (path, '.');
  if (dot == NULL || !g_utf8_validate (text, -1, NULL) || strpbrk (text, "\n\r") != NULL)
    return FALSE;
  *dot = '\0';
  g_strstrip (path);
  g_strstrip (dot + 1);
  if (!is_group_name (path) || (*key = read_token (path, dot + 1)) == NULL)
    return FALSE;
  *group = g_strdup (path);
  *value = g_strstrip (g_strdup (equals + 1));
  return TRUE;
}

static void
apply_override (Reader *reader, GKeyFile *file, const char *text)
{
  g_autofree char *name = NULL, *key = NULL, *value = NULL;
  if (!split_override (text, &name, &key, &value))
    {
      g_autofree char *quoted = text_quote (text);
      faults_add (reader->faults, INI_OVERRIDE, "found %s, wanted GROUP.KEY=VALUE, as in glompo.seed=1",
                  quoted);
      return;
    }
  IniGroup *group = g_hash_table_lookup (reader->groups, name);
  if (group == NULL)
    group = add_group (reader, name, INI_OVERRIDE);
  IniEntry *entry = find_entry (reader, group, key);
  if (entry == NULL)
    entry = add_entry (reader, group, key, INI_OVERRIDE);
  entry->line = INI_OVERRIDE;
  g_key_file_set_value (file, name, entry->token, value);
}

/* Every entry that was noted is in the file: whatever is not would have been a fault. */
static void
take_values (Reader *reader, GKeyFile *file)
{
  for (guint i = 0; i < reader->ini->groups->len; i++)
    {
      IniGroup *group = reader->ini->groups->pdata[i];
      for (guint j = 0; j < group->entries->len; j++)
        {
          IniEntry *entry = group->entries->pdata[j];
          entry->value = g_key_file_get_value (file, group->name, entry->token, NULL);
          if (entry->value == NULL)
            entry->value = g_strdup ("");
        }
    }
}

Ini *
ini_read (const char *text, const char *const *overrides, Faults *faults)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (Ini) ini = g_new0 (Ini, 1);
  g_autoptr (GHashTable) entries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) groups = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GString) clean = g_string_new (NULL);
  ini->groups = g_ptr_array_new_with_free_func ((GDestroyNotify) group_free);
  Reader reader = { .ini = ini, .faults = faults, .entries = entries, .groups = groups, .clean = clean };
  read_lines (&reader, text);
  if (!g_key_file_load_from_data (file, clean->str, clean->len,
                                  G_KEY_FILE_KEEP_COMMENTS | G_KEY_FILE_KEEP_TRANSLATIONS, &error))
    faults_add (faults, INI_WHOLE_FILE, "%s", error->message);
  gboolean changed = overrides != NULL && *overrides != NULL;
  for (; overrides != NULL && *overrides != NULL; overrides++)
    apply_override (&reader, file, *overrides);
  take_values (&reader, file);
  ini->text = changed            ? g_key_file_to_data (file, NULL, NULL)
              : reader.rewritten ? g_strdup (clean->str)
                                 : g_strdup (text);
  return g_steal_pointer (&ini);
}
