/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tasks/common/program.h"
#include <stdio.h>
#include <string.h>

#define SHELL "/bin/sh"
#define MIB (1024.0 * 1024.0)
/* No system reads a longer first line of a script. */
#define LONGEST_FIRST_LINE 255

static gboolean
refuse (GError **error, const char *found, const char *wanted)
{
  g_autofree char *quoted = words_excerpt (found, strlen (found));
  g_set_error (error, TASK_ERROR, TASK_ERROR_FAILED, "program: found %s, %s", quoted, wanted);
  return FALSE;
}

/* What a script names in its first line, if that has the line end of DOS and nothing can come of it: the end
 * would be part of the interpreter's name, or of the name that env(1) looks for. (transfer full) */
static char *
find_dos_interpreter (const char *path)
{
  char line[LONGEST_FIRST_LINE + 1] = "";
  FILE *file = fopen (path, "re");
  if (file == NULL)
    return NULL;
  line[fread (line, 1, sizeof line - 1, file)] = '\0';
  fclose (file);
  char *end = strchr (line, '\n');
  if (!g_str_has_prefix (line, "#!") || end == NULL || end[-1] != '\r')
    return NULL;
  *end = '\0';
  char *interpreter = line + 2 + strspn (line + 2, " \t");
  gsize length = strcspn (interpreter, " \t");
  gboolean alone = interpreter[length] == '\0';
  gboolean by_env = length >= 4 && memcmp (interpreter + length - 4, "/env", 4) == 0;
  if (!alone && !by_env)
    return NULL; /* the end of the line is in an argument, which it may bear */
  return words_excerpt (interpreter, strlen (interpreter));
}

/* The path of what will be executed. (transfer full) */
static char *
find_program (const char *text, const char *base, GError **error)
{
  g_autofree char *name = words_text (text, error);
  if (name == NULL)
    {
      g_prefix_error (error, "program: ");
      return NULL;
    }
  if (strchr (name, '/') == NULL)
    {
      char *found = g_find_program_in_path (name);
      if (found == NULL)
        refuse (error, name, "which is not in PATH; a file is written with its directory, as in ./NAME");
      return found;
    }
  g_autofree char *path = g_canonicalize_filename (name, base);
  g_autofree char *dos = NULL;
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    refuse (error, path, "which does not exist");
  else if (g_file_test (path, G_FILE_TEST_IS_DIR))
    refuse (error, path, "which is a directory");
  else if (!g_file_test (path, G_FILE_TEST_IS_EXECUTABLE))
    refuse (error, path, "which is not executable; chmod +x makes it so");
  else if ((dos = find_dos_interpreter (path)) != NULL)
    {
      g_autofree char *why
          = g_strdup_printf ("whose interpreter %s does not exist: its lines end as in DOS (\\r\\n), "
                             "wanted \\n alone, as sed -i 's/\\r$//' FILE makes it",
                             dos);
      refuse (error, path, why);
    }
  else
    return g_steal_pointer (&path);
  return NULL;
}

static gboolean
take_command (Program *program, const TaskProgramOptions *o, const char *base, const TaskSpace *space,
              guint8 *used, GError **error)
{
  if (!o->shell)
    return (program->path = find_program (o->program, base, error)) != NULL;
  g_autofree char *text = words_text (o->program, error);
  program->path = g_strdup (SHELL);
  program->line = text != NULL ? pattern_new (text, space, used, error) : NULL;
  if (program->line == NULL)
    g_prefix_error (error, "program: ");
  return program->line != NULL;
}

static gboolean
take_arguments (Program *program, const char *text, const TaskSpace *space, guint8 *used, GError **error)
{
  g_auto (GStrv) words = words_split (text, error);
  program->arguments = g_ptr_array_new_with_free_func ((GDestroyNotify) pattern_free);
  for (gsize i = 0; words != NULL && words[i] != NULL; i++)
    {
      Pattern *pattern = pattern_new (words[i], space, used, error);
      if (pattern == NULL)
        break;
      g_ptr_array_add (program->arguments, pattern);
    }
  if (words != NULL && program->arguments->len == g_strv_length (words))
    return TRUE;
  g_prefix_error (error, "arguments: ");
  return FALSE;
}

static gboolean
is_variable (const char *word)
{
  gsize length = strcspn (word, "=");
  return word[length] == '=' && length > 0 && !g_ascii_isdigit (word[0])
         && strspn (word, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_") == length;
}

static gboolean
take_variables (Program *program, const char *text, const TaskSpace *space, guint8 *used, GError **error)
{
  g_auto (GStrv) words = words_split (text, error);
  gsize n = words != NULL ? g_strv_length (words) : 0;
  program->environ = g_get_environ ();
  program->variables = g_new0 (char *, n + 1);
  program->values = g_ptr_array_new_with_free_func ((GDestroyNotify) pattern_free);
  for (gsize i = 0; i < n; i++)
    {
      Pattern *pattern = NULL;
      if (!is_variable (words[i]))
        {
          g_autofree char *quoted = words_excerpt (words[i], strlen (words[i]));
          g_set_error (error, TASK_ERROR, TASK_ERROR_FAILED, "found %s, wanted NAME=VALUE", quoted);
        }
      else
        pattern = pattern_new (strchr (words[i], '=') + 1, space, used, error);
      if (pattern == NULL)
        break;
      g_ptr_array_add (program->values, pattern);
      program->variables[i] = g_strndup (words[i], strcspn (words[i], "="));
    }
  if (words != NULL && program->values->len == n)
    return TRUE;
  g_prefix_error (error, "environment: ");
  return FALSE;
}

Program *
program_new (const TaskProgramOptions *options, const char *base, const TaskSpace *space, guint8 *used,
             GError **error)
{
  g_autoptr (Program) program = g_new0 (Program, 1);
  program->output_limit = (gsize) (options->output_limit * MIB);
  program->file_limit = (guint64) (options->file_limit * MIB);
  if (options->program[0] == '\0')
    {
      refuse (error, "", "wanted the program of the task");
      return NULL;
    }
  if (!take_command (program, options, base, space, used, error)
      || !take_arguments (program, options->arguments, space, used, error)
      || !take_variables (program, options->environment, space, used, error))
    return NULL;
  return g_steal_pointer (&program);
}

void
program_free (Program *program)
{
  if (program == NULL)
    return;
  g_free (program->path);
  pattern_free (program->line);
  g_clear_pointer (&program->arguments, g_ptr_array_unref);
  g_clear_pointer (&program->values, g_ptr_array_unref);
  g_strfreev (program->environ);
  g_strfreev (program->variables);
  g_free (program);
}

static gboolean
any_has_directory (const GPtrArray *patterns)
{
  for (guint i = 0; i < patterns->len; i++)
    if (pattern_has_directory (patterns->pdata[i]))
      return TRUE;
  return FALSE;
}

gboolean
program_has_directory (const Program *program)
{
  return (program->line != NULL && pattern_has_directory (program->line))
         || any_has_directory (program->arguments) || any_has_directory (program->values);
}

static char *
fill (const Pattern *pattern, const PatternValues *values, gboolean quote)
{
  GString *out = g_string_new (NULL);
  pattern_fill (pattern, values, quote, out);
  return g_string_free (out, FALSE);
}

/* {*} alone is an argument for each parameter. */
static char **
make_arguments (const Program *program, const PatternValues *values)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_ptr_array_add (argv, g_strdup (program->path));
  if (program->line != NULL)
    {
      g_ptr_array_add (argv, g_strdup ("-c"));
      g_ptr_array_add (argv, fill (program->line, values, TRUE));
      g_ptr_array_add (argv, g_strdup ("sh"));
    }
  for (guint i = 0; i < program->arguments->len; i++)
    {
      const Pattern *pattern = program->arguments->pdata[i];
      char *text = fill (pattern, values, FALSE);
      if (!pattern_is_all (pattern))
        {
          g_ptr_array_add (argv, text);
          continue;
        }
      g_auto (GStrv) numbers = g_strsplit (text, " ", -1);
      for (gsize k = 0; numbers[k] != NULL; k++)
        g_ptr_array_add (argv, g_strdup (numbers[k]));
      g_free (text);
    }
  g_ptr_array_add (argv, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&argv), FALSE);
}

gboolean
program_start (const Program *program, const PatternValues *values, const char *directory, Process *process,
               GError **error)
{
  static const PatternValues nothing = { 0 };
  values = values != NULL ? values : &nothing;
  g_auto (GStrv) argv = make_arguments (program, values);
  g_auto (GStrv) variables = g_strdupv (program->environ);
  for (guint i = 0; i < program->values->len; i++)
    {
      g_autofree char *value = fill (program->values->pdata[i], values, FALSE);
      variables = g_environ_setenv (variables, program->variables[i], value, TRUE);
    }
  const ProcessPlan plan = { .argv = (const char *const *) argv,
                             .environ = (const char *const *) variables,
                             .directory = directory,
                             .file_limit = program->file_limit };
  return process_start (process, &plan, error);
}

gint64
program_deadline (double timeout)
{
  return timeout > 0.0 ? g_get_monotonic_time () + (gint64) (timeout * G_USEC_PER_SEC) + 1 : 0;
}
