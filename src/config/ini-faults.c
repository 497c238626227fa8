/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Collects the faults of a file. Thread: one at a time. */
#include "config/ini.h"

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

char *
faults_to_text (Faults *faults)
{
  guint n = faults->list->len;
  if (n == 0)
    return NULL;
  g_ptr_array_sort (faults->list, compare_lines); /* stable */
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < MIN (n, MOST_FAULTS); i++)
    g_string_append_printf (text, "%s%s", i > 0 ? "\n" : "", ((Fault *) faults->list->pdata[i])->text);
  if (n > MOST_FAULTS)
    g_string_append_printf (text, "\n%s: and %u more", faults->name, n - MOST_FAULTS);
  return g_string_free (text, FALSE);
}
