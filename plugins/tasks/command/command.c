/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Task `command`: a program that is run once for each evaluation. The parameters reach it in its arguments,
 * its environment, its standard input or in files that are filled in; the value is in what it prints or in a
 * file that it writes. A program that fails, prints no value, takes too long or writes too much is a failed
 * evaluation. Its standard error is the evaluator's.
 *
 * Thread: one at a time for each instance. Nothing is started before the first evaluation.
 */
#include "tasks/command/scratch.h"
#include "tasks/common/answer.h"
#include "tasks/common/runner.h"
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

typedef enum { INPUT_NONE, INPUT_LINE, INPUT_JSON } Input;
static const char *const inputs[] = { "none", "line", "json", NULL };
static const char *const results[] = { "number", "line", "json", NULL }; /* AnswerKind */
typedef enum { SCRATCH_AUTO, SCRATCH_ALWAYS, SCRATCH_NEVER } Scratch;
static const char *const scratches[] = { "auto", "always", "never", NULL };
typedef enum { KEEP_NEVER, KEEP_FAILED, KEEP_ALWAYS } Keep;
static const char *const keeps[] = { "never", "failed", "always", NULL };

typedef struct {
  TASK_PROGRAM_PART;
  int32_t input, result;
  const char *label, *output;
  const char *templates, *files, *links;
  int32_t scratch, keep;
  const char *scratch_in;
  TASK_SPACE_PART;
} CommandOptions;

static const GlompoOption options[] = {
  TASK_PROGRAM_OPTIONS (
      CommandOptions,
      "its arguments, separated by blanks, '...' and \"...\" as in a shell; {NAME} is a parameter, "
      "{NAME:.6f} in a format, {2} the second one, {*} all, {seed} the seed of the evaluation, "
      "{directory} its directory; all parameters if these are told nowhere else"),
  GLOMPO_OPT_CHOICE (CommandOptions, input, inputs, "none",
                     "its standard input: nothing, a line of all parameters, or a line of JSON"),
  GLOMPO_OPT_CHOICE (
      CommandOptions, result, results, "number",
      "the value: the first number (then the extras), the number behind a label, or fx in JSON"),
  GLOMPO_OPT_STRING (
      CommandOptions, label, "fx",
      "with result = line: how the line begins that has the value; lines of extras begin with their names"),
  GLOMPO_OPT_STRING (CommandOptions, output, "",
                     "file in its working directory that has the result; empty: it prints the result"),
  GLOMPO_OPT_STRING (
      CommandOptions, templates, "",
      "files that are filled in: {NAME} as in arguments; put into its directory without their ending .in "
      "or .template"),
  GLOMPO_OPT_STRING (CommandOptions, files, "",
                     "files that are copied into its directory, separated by blanks"),
  GLOMPO_OPT_STRING (CommandOptions, links, "",
                     "files and directories that are linked to from its directory, separated by blanks"),
  GLOMPO_OPT_CHOICE (
      CommandOptions, scratch, scratches, "auto",
      "a fresh working directory for each evaluation; auto: if files are put there or read from there"),
  GLOMPO_OPT_CHOICE (CommandOptions, keep, keeps, "never", "which of these directories are left behind"),
  GLOMPO_OPT_STRING (
      CommandOptions, scratch_in, "",
      "directory in which they are made; empty: the evaluator's own, or that of temporary files"),
  TASK_SPACE_OPTIONS (CommandOptions),
};

typedef struct {
  Runner runner;
  const CommandOptions *options;
  Furniture *furniture;
  AnswerFormat format;
  char *label, *output;
  char *parent; /* of scratch directories; NULL: none are made */
} Command;

/* ---- create ---- */

static gboolean
give_parameters (Command *self, guint8 *used, GError **error)
{
  const CommandOptions *o = self->options;
  const TaskSpace *space = self->runner.space;
  GPtrArray *arguments = self->runner.program->arguments;
  const guint8 *unused = memchr (used, 0, space->n);
  if (unused == NULL || o->input != INPUT_NONE)
    return TRUE;
  if (memchr (used, 1, space->n) == NULL && arguments->len == 0 && !o->shell)
    {
      g_ptr_array_add (arguments, pattern_new ("{*}", space, used, NULL));
      return TRUE;
    }
  g_set_error (
      error, TASK_ERROR, TASK_ERROR_FAILED,
      "the program does not learn the parameter '%s': wanted {%s} in arguments, environment or templates, or "
      "input = line or json",
      space->names[unused - used], space->names[unused - used]);
  return FALSE;
}

static gboolean
choose_directories (Command *self, GError **error)
{
  const CommandOptions *o = self->options;
  const char *own = self->runner.host->directory (self->runner.host);
  gboolean needed = !furniture_is_empty (self->furniture) || self->output[0] != '\0'
                    || program_has_directory (self->runner.program);
  const char *base = self->runner.host->base_directory (self->runner.host);
  if (o->scratch == SCRATCH_NEVER && !furniture_is_empty (self->furniture))
    return task_refuse (
        error, "scratch: found never together with templates, files or links, which need a directory");
  if (o->scratch == SCRATCH_NEVER || (o->scratch == SCRATCH_AUTO && !needed))
    return TRUE;
  if (o->scratch_in[0] != '\0')
    self->parent = words_path (o->scratch_in, base, error);
  else
    self->parent = g_strdup (own != NULL ? own : g_get_tmp_dir ());
  if (self->parent == NULL || access (self->parent, W_OK | X_OK) == 0)
    return self->parent != NULL;
  g_set_error (error, TASK_ERROR, TASK_ERROR_FAILED,
               "scratch_in: found %s, wanted a directory that can be written", self->parent);
  return FALSE;
}

static char *
take_text (const char *option, const char *text, GError **error)
{
  char *taken = words_text (text, error);
  if (taken == NULL)
    g_prefix_error (error, "%s: ", option);
  return taken;
}

static gboolean
set_up (Command *self, GError **error)
{
  const CommandOptions *o = self->options;
  const char *base = self->runner.host->base_directory (self->runner.host);
  const FurnitureLists lists = { base, o->files, o->links, o->templates };
  self->runner.space = task_space_new (&o->space, error);
  if (self->runner.space == NULL)
    return FALSE;
  g_autofree guint8 *used = g_new0 (guint8, self->runner.space->n);
  self->runner.program = program_new (&o->command, base, self->runner.space, used, error);
  if (self->runner.program == NULL)
    return FALSE;
  self->furniture = furniture_new (&lists, self->runner.space, used, error);
  if (self->furniture == NULL || (self->label = take_text ("label", o->label, error)) == NULL
      || (self->output = take_text ("output", o->output, error)) == NULL)
    return FALSE;
  if (o->result == ANSWER_LINE && self->label[0] == '\0')
    return task_refuse (error, "label: found none, wanted the beginning of the line that has the value");
  self->format = (AnswerFormat){ (AnswerKind) o->result, self->label, self->runner.space };
  return give_parameters (self, used, error) && choose_directories (self, error);
}

static void
command_destroy (void *instance)
{
  Command *self = instance;
  runner_clear (&self->runner);
  furniture_free (self->furniture);
  g_free (self->label);
  g_free (self->output);
  g_free (self->parent);
  g_free (self);
}

static void *
command_create (const void *values, uint64_t seed, const GlompoHost *host)
{
  g_autoptr (GError) error = NULL;
  Command *self = g_new0 (Command, 1);
  runner_init (&self->runner, host);
  self->options = values;
  if (set_up (self, &error))
    return self;
  host->fail (host, error->message);
  command_destroy (self);
  return NULL;
}

/* ---- evaluate ---- */

/* Runs the program to its end. TRUE: it exited with 0; out has what it printed. */
static gboolean
run (const Command *self, const PatternValues *values, const char *directory, GString *out, GError **error)
{
  const CommandOptions *o = self->options;
  Process process;
  g_autoptr (GString) input = g_string_new (NULL);
  if (o->input != INPUT_NONE)
    pattern_request (self->runner.space, values, 0, o->input == INPUT_JSON, input);
  gint64 deadline = program_deadline (o->timeout);
  if (!program_start (self->runner.program, values, directory, &process, error))
    return FALSE;
  ProcessEvent event
      = process_talk (&process, input->str, input->len, FALSE, self->runner.program->output_limit, deadline);
  g_string_append_len (out, process.said->str, (gssize) process.said->len);
  int status = process_stop (&process, 0.0);
  if (event == PROCESS_ENDED && status == 0)
    return TRUE;
  g_autofree char *how = process_describe (status);
  if (event == PROCESS_TIMED_OUT)
    g_set_error (error, TASK_ERROR, TASK_ERROR_TIMED_OUT, "%s took longer than %g s and was killed",
                 self->runner.program->path, o->timeout);
  else if (event == PROCESS_TOO_MUCH)
    g_set_error (error, TASK_ERROR, TASK_ERROR_FAILED,
                 "%s printed more than %g MiB (output_limit) and was killed", self->runner.program->path,
                 o->output_limit);
  else
    g_set_error (error, TASK_ERROR, TASK_ERROR_FAILED, "%s %s", self->runner.program->path, how);
  return FALSE;
}

static char *
path_of_output (const Command *self, const char *directory)
{
  if (self->output[0] == '\0')
    return NULL;
  return g_canonicalize_filename (self->output, directory);
}

/* Not g_file_get_contents(): the file may be anything, a pipe or an endless one too. */
static gboolean
read_output (const char *path, gsize limit, GString *out, GError **error)
{
  char chunk[65536];
  gssize size = -1;
  int fd = open (path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  g_string_truncate (out, 0);
  while (fd >= 0 && out->len <= limit && (size = read (fd, chunk, sizeof chunk)) > 0)
    g_string_append_len (out, chunk, size);
  if (fd >= 0)
    close (fd);
  if (size == 0 && out->len <= limit)
    return TRUE;
  g_set_error (error, TASK_ERROR, TASK_ERROR_FAILED, "%s",
               fd < 0             ? "the program left no file with its result"
               : out->len > limit ? "the file with the result is too long"
                                  : "the file with the result cannot be read");
  return FALSE;
}

static gboolean
evaluate_in (Command *self, const PatternValues *values, const char *directory, GlompoResult *result,
             GError **error)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autofree char *path = path_of_output (self, directory);
  if (path != NULL && self->parent == NULL)
    unlink (path); /* of the evaluation before */
  if (!run (self, values, directory, out, error)
      || (path != NULL && !read_output (path, self->runner.program->output_limit, out, error)))
    return FALSE;
  return answer_read (&self->format, out->str, out->len, ANSWER_NO_ID, &result->f, result->extras, error)
         == ANSWER_GOOD;
}

static gboolean
evaluate_in_scratch (Command *self, PatternValues *values, GlompoResult *result, GError **error)
{
  g_autofree char *directory = scratch_make (self->parent, error);
  if (directory == NULL)
    return FALSE;
  values->directory = directory;
  gboolean good = scratch_furnish (directory, self->furniture, values, error)
                  && evaluate_in (self, values, directory, result, error);
  if (self->options->keep == KEEP_ALWAYS || (self->options->keep == KEEP_FAILED && !good))
    {
      if (!good)
        g_prefix_error (error, "in %s: ", directory);
      return good;
    }
  if (!scratch_remove (directory))
    {
      g_autofree char *text = g_strdup_printf ("the directory %s could not be removed", directory);
      self->runner.host->log (self->runner.host, GLOMPO_LOG_WARNING, text);
    }
  return good;
}

static void
command_evaluate (void *instance, const double *x, GlompoResult *result)
{
  Command *self = instance;
  g_autoptr (GError) error = NULL;
  PatternValues values = runner_values (&self->runner, x, result);
  gboolean good = self->parent != NULL ? evaluate_in_scratch (self, &values, result, &error)
                                       : evaluate_in (self, &values, self->runner.home, result, &error);
  if (!good)
    runner_fail (&self->runner, result, error);
}

static const GlompoTaskVTable vtable = {
  .struct_size = sizeof vtable,
  .create = command_create,
  .parameters = runner_parameters,
  .evaluate = command_evaluate,
  .destroy = command_destroy,
  .extras = runner_extras,
};

static const GlompoPlugin plugin = {
  GLOMPO_PLUGIN_HEADER (GLOMPO_KIND_TASK),
  .name = "command",
  .version = "1.0",
  .summary = "a program that is run for each evaluation",
  .author = "the GloMPO authors",
  .licence = "LGPL-2.1-or-later",
  GLOMPO_PLUGIN_OPTIONS (CommandOptions, options),
  .concurrency = GLOMPO_EXTERNAL,
  .task = &vtable,
};

GLOMPO_PLUGIN (plugin)
