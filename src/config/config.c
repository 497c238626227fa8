/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Configurations as objects, and the reading of files. Immutable once made: any thread. */
#include "config/config.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

/* No ini file is as long as this; a device is. */
#define LONGEST_FILE (4u << 20)

GlompoConfig *
glompo_config_ref (GlompoConfig *config)
{
  g_return_val_if_fail (config != NULL, NULL);
  g_atomic_ref_count_inc (&config->refs);
  return config;
}

void
glompo_config_unref (GlompoConfig *config)
{
  if (config == NULL || !g_atomic_ref_count_dec (&config->refs))
    return;
  g_clear_pointer (&config->groups, g_ptr_array_unref);
  g_clear_pointer (&config->adjustments, g_ptr_array_unref);
  g_clear_pointer (&config->declaration, declaration_unref);
  options_unref (config->task_options);
  g_clear_pointer (&config->parameters, g_ptr_array_unref);
  gsize n;
  const ConfigDecision *decisions = config_decisions (&n);
  for (gsize i = 0; i < n; i++)
    expression_free (G_STRUCT_MEMBER (Expression *, config, decisions[i].expression));
  g_free ((gpointer) config->settings);
  options_unref (config->settings_options);
  options_unref (config->checkpoint);
  g_clear_pointer (&config->registry, glompo_registry_unref);
  g_free (config->text);
  ini_free (config->ini);
  g_free (config->base_dir);
  g_free (config->name);
  g_free (config);
}

guint64
config_get_seed (const GlompoConfig *config)
{
  gint64 seed = config->settings->seed;
  return seed != GLOMPO_AUTO_INTEGER ? (guint64) seed : declaration_get_seed (config->declaration);
}

guint64
config_take_seed (const GlompoConfig *config)
{
  gint64 seed = config->settings->seed;
  return seed != GLOMPO_AUTO_INTEGER ? (guint64) seed : declaration_take_seed (config->declaration);
}

const char *
glompo_config_get_text (const GlompoConfig *config)
{
  g_return_val_if_fail (config != NULL, NULL);
  return config->text;
}

static void
keep_warning (gpointer data, GlompoLogLevel level, const char *text)
{
  if (level >= GLOMPO_LOG_WARNING)
    g_ptr_array_add (data, g_strdup (text));
}

char **
glompo_config_list_warnings (const GlompoConfig *config)
{
  g_return_val_if_fail (config != NULL, NULL);
  GPtrArray *warnings = g_ptr_array_new ();
  space_unref (declaration_make_any_space (config->declaration, config_get_seed (config), keep_warning,
                                           warnings, NULL)); /* only what it says is wanted */
  g_ptr_array_add (warnings, NULL);
  return (char **) g_ptr_array_free (warnings, FALSE);
}

gboolean
glompo_config_ignores_warnings (const GlompoConfig *config)
{
  g_return_val_if_fail (config != NULL, FALSE);
  return config->settings->conflict_policy == CONFLICT_IGNORE_WARNINGS;
}

static guint
line_of (const char *text, const char *at)
{
  guint line = 1;
  for (; text < at; text++)
    line += *text == '\n';
  return line;
}

static GlompoConfig *
new_from_text (const char *text, const char *name, const char *base_dir, const char *const *overrides,
               GlompoRegistry *registry, ConfigInspector inspect, GError **error)
{
  const char *invalid = NULL;
  if (!g_utf8_validate (text, -1, &invalid))
    {
      g_set_error (error, GLOMPO_CONFIG_ERROR, GLOMPO_CONFIG_ERROR_FILE,
                   "%s:%u: found the byte \\x%02x, wanted a text file in UTF-8", name,
                   line_of (text, invalid), (guchar) *invalid);
      return NULL;
    }
  if (g_str_has_prefix (text, "\xef\xbb\xbf")) /* the mark that some editors put first */
    text += 3;
  g_auto (Faults) faults = { 0 };
  faults_init (&faults, name);
  g_autoptr (GlompoConfig) config = config_load (text, name, base_dir, overrides, registry, &faults);
  if (inspect != NULL)
    inspect (config, &faults);
  return faults_to_error (&faults, error) ? NULL : g_steal_pointer (&config);
}

GlompoConfig *
glompo_config_new_from_text (const char *text, const char *name, const char *base_dir,
                             const char *const *overrides, GlompoRegistry *registry, GError **error)
{
  g_return_val_if_fail (text != NULL && name != NULL && registry != NULL, NULL);
  return new_from_text (text, name, base_dir, overrides, registry, NULL, error);
}

/* Not g_file_get_contents(): that reads a device until memory ends. */
static char *
read_file (const char *path, gsize *out_length, GError **error)
{
  FILE *file = g_fopen (path, "re");
  g_autofree char *data = g_malloc (LONGEST_FILE + 1);
  gsize length = file != NULL ? fread (data, 1, LONGEST_FILE + 1, file) : 0;
  gboolean failed = file == NULL || ferror (file);
  int code = errno;
  if (file != NULL)
    fclose (file);
  if (failed || length > LONGEST_FILE)
    {
      g_set_error (error, GLOMPO_CONFIG_ERROR, GLOMPO_CONFIG_ERROR_FILE, "%s: %s, wanted an ini file", path,
                   failed ? g_strerror (code) : "longer than 4 MiB");
      return NULL;
    }
  data[length] = '\0';
  *out_length = length;
  return g_realloc (g_steal_pointer (&data), length + 1);
}

char *
config_read_text (const char *path, GError **error)
{
  gsize length = 0;
  g_autofree char *text = read_file (path, &length, error);
  if (text == NULL || strlen (text) == length)
    return g_steal_pointer (&text);
  g_set_error (error, GLOMPO_CONFIG_ERROR, GLOMPO_CONFIG_ERROR_FILE,
               "%s:%u: found a NUL byte, wanted a text file in UTF-8", path,
               line_of (text, text + strlen (text)));
  return NULL;
}

GlompoConfig *
config_new_from_file (const char *path, const char *const *overrides, GlompoRegistry *registry,
                      ConfigInspector inspect, GError **error)
{
  g_autofree char *text = config_read_text (path, error);
  if (text == NULL)
    return NULL;
  g_autofree char *base_dir = g_path_get_dirname (path);
  return new_from_text (text, path, base_dir, overrides, registry, inspect, error);
}

GlompoConfig *
glompo_config_new_from_file (const char *path, const char *const *overrides, GlompoRegistry *registry,
                             GError **error)
{
  g_return_val_if_fail (path != NULL && registry != NULL, NULL);
  return config_new_from_file (path, overrides, registry, NULL, error);
}
