/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * glompo-probe FILE - loads one plugin and prints what it declares as JSON, or why it is refused as
 * {"error": code, "message": text}. Helper of glompo_plugin_probe(): the plugin may crash, hang, exit or
 * print, the parent sees to it. The answer goes out through a descriptor that the plugin does not know.
 */
#include <fcntl.h>
#include <glompo/glompo.h>
#include <json-glib/json-glib.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* Moves standard output out of the plugin's reach. Returns the descriptor for the answer, or -1. */
static int
hide_output (void)
{
  int answer = fcntl (STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  int nowhere = open ("/dev/null", O_WRONLY | O_CLOEXEC);
  if (answer < 0 || nowhere < 0 || dup2 (nowhere, STDOUT_FILENO) < 0)
    return -1;
  return answer;
}

/* A crash is to end this process at once by its signal, without a core file and without the report of a
 * sanitizer; the death of the parent ends it too, and what it has started can be killed with it. */
static void
prepare_for_the_worst (void)
{
  static const int deadly[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
  const struct rlimit none = { 0, 0 };
  setpgid (0, 0);
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  setrlimit (RLIMIT_CORE, &none);
  for (gsize i = 0; i < G_N_ELEMENTS (deadly); i++)
    signal (deadly[i], SIG_DFL);
}

static char *
refusal_to_json (const GError *error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autofree char *message = g_utf8_make_valid (error->message, -1);
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "error");
  json_builder_add_int_value (builder, error->code);
  json_builder_set_member_name (builder, "message");
  json_builder_add_string_value (builder, message);
  json_builder_end_object (builder);
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  return json_to_string (root, FALSE);
}

static gboolean
write_all (int descriptor, const char *text)
{
  for (gsize size = strlen (text); size > 0;)
    {
      gssize written = write (descriptor, text, size);
      if (written < 0)
        return FALSE;
      text += written;
      size -= (gsize) written;
    }
  return TRUE;
}

int
main (int argc, char **argv)
{
  if (argc != 2)
    {
      g_printerr ("usage: glompo-probe FILE\n");
      return 2;
    }
  prepare_for_the_worst ();
  int answer = hide_output ();
  if (answer < 0)
    return 1;
  g_autoptr (GError) error = NULL;
  GlompoRegistry *registry = glompo_registry_new ();
  const GlompoPlugin *plugin = glompo_registry_load_file (registry, argv[1], &error);
  g_autofree char *text = plugin != NULL ? glompo_plugin_to_json (plugin, argv[1]) : refusal_to_json (error);
  /* Nothing of the plugin runs any more: neither its destructors nor what it has left for exit(). */
  _exit (write_all (answer, text) ? 0 : 1);
}
