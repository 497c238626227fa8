/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The place in the file for what is found wrong after it was read. Thread: one at a time; no state. */
#include "config/config.h"
#include <string.h>

static gboolean
is_word_character (char c)
{
  return g_ascii_isalnum (c) || c == '_';
}

/* Where the word begins in the text, or NULL. */
static const char *
find_word (const char *text, const char *word)
{
  gsize length = strlen (word);
  for (const char *at = text; (at = strstr (at, word)) != NULL; at++)
    if ((at == text || !is_word_character (at[-1])) && !is_word_character (at[length]))
      return at;
  return NULL;
}

/* The key of the group that the message names first, or NULL. One letter may be a word of the language. */
static const IniEntry *
find_culprit (const IniGroup *group, const char *message)
{
  const IniEntry *found = NULL;
  gsize least = G_MAXSIZE;
  for (guint i = 0; i < group->entries->len; i++)
    {
      const IniEntry *entry = group->entries->pdata[i];
      const char *at = find_word (message, entry->key);
      gsize distance
          = at == NULL ? G_MAXSIZE : (gsize) (at - message) + (entry->key[1] == '\0' ? strlen (message) : 0);
      if (distance >= least)
        continue;
      least = distance;
      found = entry;
    }
  return found;
}

void
config_add_fault (const GlompoConfig *config, Faults *faults, const char *group, const char *key,
                  const char *message)
{
  const IniGroup *place = ini_find_group (config->ini, group);
  const IniEntry *entry = place != NULL && key != NULL ? ini_find_entry (place, key) : NULL;
  guint line = entry != NULL ? entry->line : place != NULL ? place->line : INI_WHOLE_FILE;
  faults_add (faults, line, "[%s]%s%s: %s", group, key != NULL ? " " : "", key != NULL ? key : "", message);
}

void
config_add_refusal (const GlompoConfig *config, Faults *faults, const char *group, const char *message)
{
  const IniGroup *place = ini_find_group (config->ini, group);
  const IniEntry *entry = place != NULL ? find_culprit (place, message) : NULL;
  g_autofree char *value = entry != NULL ? text_quote (entry->value) : NULL;
  g_autofree char *text
      = entry != NULL ? g_strdup_printf ("found %s; %s", value, message) : g_strdup (message);
  config_add_fault (config, faults, group, entry != NULL ? entry->key : NULL, text);
}
