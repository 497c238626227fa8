/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * glompo-probe FILE: loads one plugin and prints what it declares as JSON, or why it is refused as
 * {"error": code, "message": text}. With --task or --optimizer it makes an instance of that kind as standard
 * input says, and answers as declaration.h or trial.h does. Helper of probe_ask(): the plugin may crash,
 * hang, exit or print, the parent sees to it. The answer goes out through a descriptor that the plugin does
 * not know.
 */
#include "model/declaration.h"
#include "model/trial.h"
#include <fcntl.h>
#include <glompo/glompo.h>
#include <json-glib/json-glib.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* Moves standard output out of the plugin's reach: what it prints there goes to standard error, which the
 * parent may have closed. Returns the descriptor for the answer, or -1. */
static int
hide_output (void)
{
  int answer = fcntl (STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  return answer >= 0 && dup2 (STDERR_FILENO, STDOUT_FILENO) >= 0 ? answer : -1;
}

/* All of standard input, which is then empty for the plugin. */
static GBytes *
read_request (void)
{
  g_autoptr (GByteArray) all = g_byte_array_new ();
  guint8 buffer[4096];
  gssize got;
  while ((got = read (STDIN_FILENO, buffer, sizeof buffer)) > 0)
    g_byte_array_append (all, buffer, (guint) got);
  return g_byte_array_free_to_bytes (g_steal_pointer (&all));
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

/* What the plugin has started ends with it, and keeps nothing of ours open: we leave the group that is
 * killed. */
static void
end_group (void)
{
  pid_t group = getpgrp ();
  if (group == getpid () && setpgid (0, getpgid (getppid ())) == 0)
    kill (-group, SIGKILL);
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

static GBytes *
describe (GlompoRegistry *registry, const char *path)
{
  g_autoptr (GError) error = NULL;
  const GlompoPlugin *plugin = glompo_registry_load_file (registry, path, &error);
  char *text = plugin != NULL ? glompo_plugin_to_json (plugin, path) : refusal_to_json (error);
  return g_bytes_new_take (text, strlen (text));
}

static gboolean
write_all (int descriptor, GBytes *answer)
{
  gsize size;
  const char *data = g_bytes_get_data (answer, &size);
  while (size > 0)
    {
      gssize written = write (descriptor, data, size);
      if (written < 0)
        return FALSE;
      data += written;
      size -= (gsize) written;
    }
  return TRUE;
}

int
main (int argc, char **argv)
{
  gboolean task = argc == 3 && g_str_equal (argv[2], DECLARATION_MODE);
  gboolean optimizer = argc == 3 && g_str_equal (argv[2], TRIAL_MODE);
  if (argc != 2 && !task && !optimizer)
    {
      g_printerr ("usage: glompo-probe FILE [" DECLARATION_MODE "|" TRIAL_MODE "]\n");
      return 2;
    }
  prepare_for_the_worst ();
  int answer = hide_output ();
  if (answer < 0)
    return 1;
  GlompoRegistry *registry = glompo_registry_new ();
  g_autoptr (GBytes) request = task || optimizer ? read_request () : NULL;
  g_autoptr (GBytes) text = task        ? declaration_answer (registry, argv[1], request)
                            : optimizer ? trial_answer (registry, argv[1], request)
                                        : describe (registry, argv[1]);
  fflush (stdout);
  end_group ();
  /* Nothing of the plugin runs any more: neither its destructors nor what it has left for exit(). */
  _exit (write_all (answer, text) ? 0 : 1);
}
