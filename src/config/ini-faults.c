/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Collects the faults of a file. Thread: one at a time. */
#include "config/ini.h"
#include <glompo/glompo-error.h>

/* A file that is no ini file at all should not fill the screen. */
#define MOST_FAULTS 100u

typedef struct {
  guint line;
  char *text;
} Fault;

static void
fault_free (Fault *fault)
{
  g_free (fault->text);
  g_free (fault);
}

void
faults_init (Faults *faults, const char *name)
{
  faults->name = name;
  faults->list = g_ptr_array_new_with_free_func ((GDestroyNotify) fault_free);
}

void
faults_clear (Faults *faults)
{
  g_clear_pointer (&faults->list, g_ptr_array_unref);
}

void
faults_add (Faults *faults, guint line, const char *format, ...)
{
  va_list list;
  va_start (list, format);
  g_autofree char *message = g_strdup_vprintf (format, list);
  va_end (list);
  Fault *fault = g_new (Fault, 1);
  fault->line = line;
  if (line == INI_OVERRIDE)
    fault->text = g_strdup_printf ("--set: %s", message);
  else if (line == INI_WHOLE_FILE)
    fault->text = g_strdup_printf ("%s: %s", faults->name, message);
  else
    fault->text = g_strdup_printf ("%s:%u: %s", faults->name, line, message);
  g_ptr_array_add (faults->list, fault);
}

static int
compare_lines (gconstpointer a, gconstpointer b)
{
  const Fault *const *left = a, *const *right = b;
  return ((*left)->line > (*right)->line) - ((*left)->line < (*right)->line);
}

gboolean
faults_touch (const Faults *faults, guint first, guint last)
{
  for (guint i = 0; i < faults->list->len; i++)
    {
      guint line = ((const Fault *) faults->list->pdata[i])->line;
      if (line == INI_OVERRIDE || (line >= first && line <= last))
        return TRUE;
    }
  return FALSE;
}

gboolean
faults_to_error (Faults *faults, GError **error)
{
  guint n = faults->list->len;
  if (n == 0)
    return FALSE;
  g_ptr_array_sort (faults->list, compare_lines); /* stable */
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint i = 0; i < MIN (n, MOST_FAULTS); i++)
    g_string_append_printf (text, "%s%s", i > 0 ? "\n" : "", ((Fault *) faults->list->pdata[i])->text);
  if (n > MOST_FAULTS)
    g_string_append_printf (text, "\n%s: and %u more", faults->name, n - MOST_FAULTS);
  g_set_error_literal (error, GLOMPO_CONFIG_ERROR, GLOMPO_CONFIG_ERROR_INVALID, text->str);
  return TRUE;
}
