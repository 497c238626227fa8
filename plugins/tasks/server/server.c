/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Task `server`: a program that is started once for each evaluator, reads a line for each point and answers
 * it with a line.
 *
 *   protocol = json: {"id":1,"seed":2,"x":[0.5,1]}  ->  {"fx":3.5}, {"id":1,"fx":3.5,"extras":{"a":1}} or
 *                                                        {"error":"why"}
 *   protocol = text: 0.5 1  ->  3.5, or 3.5 and the extras, or error and why
 *
 * One that dies, answers nonsense, too late or unasked costs the evaluation in its hands, and the next one
 * gets a fresh program. A point is in its hands once it has read some of it, for then the point may be why it
 * died; one that has ended after its last answer, without a look at the next point, is replaced, and that
 * point is given to the new one. Its standard input ends when there are no more points. Its standard error is
 * the evaluator's.
 *
 * Thread: one at a time for each instance. Nothing is started before the first evaluation.
 */
#include "tasks/common/answer.h"
#include "tasks/common/runner.h"
#include <string.h>

/* Seconds that it has to end by itself when there are no more points. */
#define PATIENCE 2.0

typedef enum { PROTOCOL_JSON, PROTOCOL_TEXT } ServerProtocol;
static const char *const protocols[] = { "json", "text", NULL };

typedef struct {
  TASK_PROGRAM_PART;
  int32_t protocol;
  TASK_SPACE_PART;
} ServerOptions;

static const GlompoOption options[] = {
  TASK_PROGRAM_OPTIONS (ServerOptions, "its arguments, separated by blanks, '...' and \"...\" as in a shell"),
  GLOMPO_OPT_CHOICE (ServerOptions, protocol, protocols, "json",
                     "a line of JSON for each point and answer, or numbers separated by blanks"),
  TASK_SPACE_OPTIONS (ServerOptions),
};

typedef struct {
  Runner runner;
  const ServerOptions *options;
  AnswerFormat format;
  Process process;
  guint64 id; /* of the last request */
  guint replaced;
} Server;

static void
server_destroy (void *instance)
{
  Server *self = instance;
  process_stop (&self->process, PATIENCE);
  runner_clear (&self->runner);
  g_free (self);
}

static void *
server_create (const void *values, uint64_t seed, const GlompoHost *host)
{
  g_autoptr (GError) error = NULL;
  const ServerOptions *o = values;
  Server *self = g_new0 (Server, 1);
  Runner *runner = &self->runner;
  runner_init (runner, host);
  self->options = o;
  self->process = PROCESS_NONE;
  runner->space = task_space_new (&o->space, &error);
  if (runner->space != NULL)
    runner->program = program_new (&o->command, host->base_directory (host), NULL, NULL, &error);
  if (runner->program != NULL)
    {
      AnswerKind kind = o->protocol == PROTOCOL_JSON ? ANSWER_JSON : ANSWER_NUMBER;
      self->format = (AnswerFormat){ kind, NULL, runner->space };
      return self;
    }
  host->fail (host, error->message);
  server_destroy (self);
  return NULL;
}

static gboolean
start (Server *self, GError **error)
{
  return program_start (self->runner.program, NULL, self->runner.home, &self->process, error);
}

/* Another one instead of the one that there is; what: what is wrong with that, NULL: it has ended. */
static gboolean
replace (Server *self, const char *what, GError **error)
{
  int status = process_stop (&self->process, 0.0);
  g_autofree char *how = process_describe (status);
  g_autofree char *text
      = what != NULL ? g_strdup_printf ("%s %s; it is started anew", self->runner.program->path, what)
                     : g_strdup_printf ("%s %s between two points; it is started anew",
                                        self->runner.program->path, how);
  runner_tell (&self->runner, &self->replaced, text, "further restarts");
  return start (self, error);
}

/* Sees to a program that waits for a line. One that has died while it had nothing to do is replaced, and so
 * is one that has said something unasked: its next line would be taken for the answer to another point. */
static gboolean
have_server (Server *self, gboolean *out_fresh, GError **error)
{
  gboolean alive = self->process.pid != 0 && process_peek (&self->process);
  *out_fresh = !alive || self->process.said->len > 0;
  if (!*out_fresh)
    return TRUE;
  if (self->process.pid == 0)
    return start (self, error);
  return replace (self, alive ? "wrote more than one line for a point" : NULL, error);
}

static ProcessEvent
talk (Server *self, const GString *line)
{
  return process_talk (&self->process, line->str, line->len, TRUE, self->runner.program->output_limit,
                       program_deadline (self->options->timeout));
}

/* Hands the line over, to a second program if the first has gone without a look at it. FALSE: there is
 * none. */
static gboolean
hand_over (Server *self, const GString *line, ProcessEvent *out_event, GError **error)
{
  gboolean fresh;
  if (!have_server (self, &fresh, error))
    return FALSE;
  *out_event = talk (self, line);
  if (*out_event != PROCESS_ENDED || fresh || process_has_read (&self->process))
    return TRUE;
  if (!replace (self, process_peek (&self->process) ? "reads no further points" : NULL, error))
    return FALSE;
  *out_event = talk (self, line);
  return TRUE;
}

/* The words of a program that has no value for a point. */
static gboolean
says_error (const Server *self, const char *line, gsize length, GError **error)
{
  if (self->options->protocol != PROTOCOL_TEXT || length < 5 || g_ascii_strncasecmp (line, "error", 5) != 0)
    return FALSE;
  g_autofree char *excerpt = words_excerpt (line, length);
  g_set_error (error, TASK_ERROR, TASK_ERROR_FAILED, "the program says %s", excerpt);
  return TRUE;
}

/* Reads and takes the first line. One that came before the program had read the point (but for the end of its
 * line) is a second answer to the point before. */
static AnswerVerdict
take_answer (Server *self, GlompoResult *result, GError **error)
{
  GString *said = self->process.said;
  if (process_unread (&self->process) > 1)
    {
      g_set_error (error, TASK_ERROR, TASK_ERROR_FAILED, "%s answered before it had read the point",
                   self->runner.program->path);
      return ANSWER_NONSENSE;
    }
  gsize length = (gsize) ((char *) memchr (said->str, '\n', said->len) - said->str);
  AnswerVerdict verdict = ANSWER_REFUSED;
  if (!says_error (self, said->str, length, error))
    verdict = answer_read (&self->format, said->str, length, self->id, &result->f, result->extras, error);
  g_string_erase (said, 0, (gssize) length + 1);
  return verdict;
}

static gboolean
ask (Server *self, const PatternValues *values, GlompoResult *result, GError **error)
{
  double timeout = self->options->timeout;
  g_autoptr (GString) line = g_string_new (NULL);
  ProcessEvent event;
  pattern_request (self->runner.space, values, ++self->id, self->options->protocol == PROTOCOL_JSON, line);
  if (!hand_over (self, line, &event, error))
    return FALSE;
  AnswerVerdict verdict = event == PROCESS_LINE ? take_answer (self, result, error) : ANSWER_NONSENSE;
  if (verdict != ANSWER_NONSENSE)
    return verdict == ANSWER_GOOD;
  int status = process_stop (&self->process, event == PROCESS_ENDED ? PATIENCE : 0.0);
  g_autofree char *how = process_describe (status);
  const char *path = self->runner.program->path;
  if (event == PROCESS_ENDED)
    g_set_error (error, TASK_ERROR, TASK_ERROR_FAILED, "%s %s before it had answered", path, how);
  else if (event == PROCESS_TIMED_OUT)
    g_set_error (error, TASK_ERROR, TASK_ERROR_TIMED_OUT,
                 "%s took longer than %g s for its answer and was killed", path, timeout);
  else if (event == PROCESS_TOO_MUCH)
    g_set_error (error, TASK_ERROR, TASK_ERROR_FAILED,
                 "%s wrote more than %g MiB (output_limit) without an end of line and was killed", path,
                 self->options->output_limit);
  return FALSE;
}

static void
server_evaluate (void *instance, const double *x, GlompoResult *result)
{
  Server *self = instance;
  g_autoptr (GError) error = NULL;
  const PatternValues values = runner_values (&self->runner, x, result);
  if (!ask (self, &values, result, &error))
    runner_fail (&self->runner, result, error);
}

static const GlompoTaskVTable vtable = {
  .struct_size = sizeof vtable,
  .create = server_create,
  .parameters = runner_parameters,
  .evaluate = server_evaluate,
  .destroy = server_destroy,
  .extras = runner_extras,
};

static const GlompoPlugin plugin = {
  GLOMPO_PLUGIN_HEADER (GLOMPO_KIND_TASK),
  .name = "server",
  .version = "1.0",
  .summary = "a program that answers a line for each point",
  .author = "the GloMPO authors",
  .licence = "LGPL-2.1-or-later",
  GLOMPO_PLUGIN_OPTIONS (ServerOptions, options),
  .concurrency = GLOMPO_EXTERNAL,
  .task = &vtable,
};

GLOMPO_PLUGIN (plugin)
