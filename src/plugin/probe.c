/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See probe.h; and the question what a plugin declares, which is answered with one JSON object: the
 * description, or {"error": code, "message": text}. */
#include "plugin/probe.h"
#include "base/files.h"
#include "base/paths.h"
#include <gio/gio.h>
#include <glompo/glompo-registry.h>
#include <json-glib/json-glib.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROBE "glompo-probe"

/* One probe under way. */
typedef struct {
  GSubprocess *process;
  pid_t group; /* the child leads a process group: what the plugin starts is in it */
  GCancellable *cancellable;
  int request, answer; /* files in memory: a pipe would stay open in whatever the plugin leaves behind */
  gboolean expired;
  gboolean done;
} Probe;

static void
probe_clear (Probe *probe)
{
  if (probe->request >= 0)
    close (probe->request);
  if (probe->answer >= 0)
    close (probe->answer);
  g_clear_object (&probe->cancellable);
  g_clear_object (&probe->process);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Probe, probe_clear)

static gboolean
expire (gpointer data)
{
  Probe *probe = data;
  probe->expired = TRUE;
  if (probe->group > 1)
    kill (-probe->group, SIGKILL);
  g_subprocess_force_exit (probe->process);
  g_cancellable_cancel (probe->cancellable);
  return G_SOURCE_REMOVE;
}

static void
finish (GObject *source, GAsyncResult *result, gpointer data)
{
  Probe *probe = data;
  g_subprocess_wait_finish (G_SUBPROCESS (source), result, NULL);
  probe->done = TRUE;
}

/* Waits until the child has ended or the time is over; never leaves a child behind. */
static void
wait_for_answer (Probe *probe, const ProbeQuestion *question)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_main_context_push_thread_default (context);
  g_autoptr (GSource) timer = g_timeout_source_new (question->timeout_ms);
  g_source_set_callback (timer, expire, probe, NULL);
  if (question->timeout_ms > 0)
    g_source_attach (timer, context);
  g_subprocess_wait_async (probe->process, probe->cancellable, finish, probe);
  while (!probe->done)
    g_main_context_iteration (context, TRUE);
  g_source_destroy (timer);
  g_main_context_pop_thread_default (context);
  if (!probe->expired)
    g_subprocess_force_exit (probe->process);
  g_subprocess_wait (probe->process, NULL, NULL);
}

static GBytes *
refuse (const ProbeQuestion *question, GlompoPluginError code, char *reason, GError **error)
{
  g_set_error (error, GLOMPO_PLUGIN_ERROR, (int) code, "%s: %s", question->subject, reason);
  g_free (reason);
  return NULL;
}

static gsize
answer_size (const Probe *probe)
{
  struct stat info;
  return fstat (probe->answer, &info) == 0 ? (gsize) info.st_size : 0;
}

/* All that the child has said; NULL: nothing. */
static GBytes *
read_answer (const Probe *probe)
{
  gsize size = answer_size (probe);
  if (size == 0)
    return NULL;
  g_autofree guint8 *data = g_malloc (size);
  gssize got = pread (probe->answer, data, size, 0);
  return got == (gssize) size ? g_bytes_new_take (g_steal_pointer (&data), size) : NULL;
}

static GBytes *
judge (Probe *probe, const ProbeQuestion *question, GError **error)
{
  if (probe->expired)
    return refuse (
        question, GLOMPO_PLUGIN_ERROR_HUNG,
        g_strdup_printf ("%s within %g s%s", question->late, question->timeout_ms / 1000.0, question->mend),
        error);
  if (g_subprocess_get_if_signaled (probe->process))
    {
      int number = g_subprocess_get_term_sig (probe->process);
      return refuse (question, GLOMPO_PLUGIN_ERROR_CRASHED,
                     g_strdup_printf ("crashed with signal %d (%s) while %s", number, strsignal (number),
                                      question->what),
                     error);
    }
  g_autoptr (GBytes) answer = read_answer (probe);
  if (answer == NULL || g_subprocess_get_exit_status (probe->process) != 0)
    {
      /* which the answer has reached */
      g_autofree char *limit = files_describe_limit (answer_size (probe) + 1);
      return refuse (question, GLOMPO_PLUGIN_ERROR_CRASHED,
                     g_strdup_printf ("ended the process with exit code %d while %s%s",
                                      g_subprocess_get_exit_status (probe->process), question->what, limit),
                     error);
    }
  return g_steal_pointer (&answer);
}

/* Files for question and answer; FALSE with an error: there are none. */
static gboolean
make_files (Probe *probe, const ProbeQuestion *question, GError **error)
{
  gsize size = 0;
  const guint8 *data = question->request != NULL ? g_bytes_get_data (question->request, &size) : NULL;
  probe->request = memfd_create ("glompo-question", MFD_CLOEXEC);
  probe->answer = memfd_create ("glompo-answer", MFD_CLOEXEC);
  if (probe->request >= 0 && probe->answer >= 0 && pwrite (probe->request, data, size, 0) == (gssize) size)
    return TRUE;
  int number = errno;
  g_autofree char *limit = files_describe_limit (size);
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (number), "%s%s", g_strerror (number), limit);
  return FALSE;
}

static void
spawn (Probe *probe, const ProbeQuestion *question, const char *helper, GError **error)
{
  GSubprocessFlags flags = question->loud ? G_SUBPROCESS_FLAGS_NONE : G_SUBPROCESS_FLAGS_STDERR_SILENCE;
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (flags);
  g_subprocess_launcher_take_stdin_fd (launcher, fcntl (probe->request, F_DUPFD_CLOEXEC, 0));
  g_subprocess_launcher_take_stdout_fd (launcher, fcntl (probe->answer, F_DUPFD_CLOEXEC, 0));
  probe->process
      = g_subprocess_launcher_spawn (launcher, error, helper, question->path, question->mode, NULL);
}

guint
probe_milliseconds (double seconds)
{
  return (guint) CLAMP (ceil (seconds * 1000.0), 0.0, (double) G_MAXINT);
}

GBytes *
probe_ask (const ProbeQuestion *question, GError **error)
{
  g_autofree char *helper = paths_helper (PROBE);
  g_autoptr (GError) failure = NULL;
  g_auto (Probe) probe = { .cancellable = g_cancellable_new (), .request = -1, .answer = -1 };
  if (make_files (&probe, question, &failure))
    spawn (&probe, question, helper, &failure);
  if (probe.process == NULL)
    return refuse (
        question, GLOMPO_PLUGIN_ERROR_LOAD,
        g_strdup_printf ("cannot be looked at: %s; wanted the program %s", failure->message, helper), error);
  const char *id = g_subprocess_get_identifier (probe.process);
  probe.group = id != NULL ? (pid_t) g_ascii_strtoll (id, NULL, 10) : 0;
  wait_for_answer (&probe, question);
  return judge (&probe, question, error);
}

/* ---- what it declares ---- */

/* TRUE with the error that the child found; FALSE when the answer is a description. */
static gboolean
read_refusal (const char *text, GError **error)
{
  g_autoptr (JsonNode) root = json_from_string (text, NULL);
  JsonObject *object = root != NULL && JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root) : NULL;
  if (object == NULL || !json_object_has_member (object, "error"))
    return FALSE;
  g_set_error_literal (error, GLOMPO_PLUGIN_ERROR, (int) json_object_get_int_member (object, "error"),
                       json_object_get_string_member_with_default (object, "message", "refused"));
  return TRUE;
}

char *
glompo_plugin_probe (const char *path, guint timeout_ms, GError **error)
{
  g_return_val_if_fail (path != NULL, NULL);
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  const ProbeQuestion question = { .path = absolute,
                                   .timeout_ms = timeout_ms,
                                   .subject = absolute,
                                   .late = "did not finish loading",
                                   .what = "it was loaded",
                                   .mend = "" };
  g_autoptr (GBytes) answer = probe_ask (&question, error);
  if (answer == NULL)
    return NULL;
  gsize size;
  const char *bytes = g_bytes_get_data (answer, &size);
  g_autofree char *text = g_strndup (bytes, size);
  return read_refusal (text, error) ? NULL : g_steal_pointer (&text);
}
