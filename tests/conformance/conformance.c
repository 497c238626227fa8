/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * conformance [OPTION...] [PLUGIN.so...] - tests plugins against the rules of glompo-plugin.h; without a
 * file, all that the registry finds. Each plugin is tested in a child process, so that a crash or a hang
 * is one failure more and not the end. What a plugin does not offer is skipped and printed.
 *
 * Thread: main. Output: a line per test, at last "N passed, N failed, N skipped"; exit code 0 if none
 * failed and some passed.
 */
#include "conformance.h"
#include "plugin/registry.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* Shared with the child, which may die at any moment. */
typedef struct {
  guint passed, failed, skipped;
  char current[128]; /* test that is running, or "" */
} Progress;

static char *only;
static char **settings;
static gboolean list_only;
/* A plugin that is not through after so many seconds hangs; sanitizers on a busy machine are slow. */
static int deadline = 900;

static void G_GNUC_PRINTF (2, 0)
keep_reason (Subject *subject, const char *format, va_list arguments)
{
  g_free (subject->why);
  subject->why = g_strdup_vprintf (format, arguments);
}

Verdict
failed (Subject *subject, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  keep_reason (subject, format, arguments);
  va_end (arguments);
  return FAILED;
}

Verdict
skipped (Subject *subject, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  keep_reason (subject, format, arguments);
  va_end (arguments);
  return SKIPPED;
}

/* Gives the first of its words to every option that must be given and that the user left out. FALSE: one
 * of them has no words. */
static gboolean
choose_required (const GlompoPlugin *plugin, Options *options, const char **out_missing)
{
  for (gsize i = 0; i < plugin->n_options; i++)
    {
      const GlompoOption *option = &plugin->options[i];
      if (option->default_text != NULL || options_is_set (options, option->name))
        continue;
      *out_missing = option->name;
      if (option->type != GLOMPO_OPTION_CHOICE
          || !options_set (options, option->name, option->choices[0], NULL))
        return FALSE;
    }
  return TRUE;
}

Options *
subject_options (Subject *subject, Verdict *verdict)
{
  const GlompoPlugin *plugin = subject->plugin;
  const char *missing = NULL;
  g_autoptr (Options) options = options_new (plugin->options, plugin->n_options, plugin->options_size);
  for (char **setting = subject->settings; setting != NULL && *setting != NULL; setting++)
    {
      g_autoptr (GError) error = NULL;
      g_auto (GStrv) parts = g_strsplit (*setting, "=", 2);
      if (g_strv_length (parts) != 2 || !options_set (options, parts[0], parts[1], &error))
        {
          *verdict = failed (subject, "--set %s: %s", *setting,
                             error != NULL ? error->message : "wanted NAME=VALUE");
          return NULL;
        }
    }
  if (!choose_required (plugin, options, &missing))
    {
      *verdict = skipped (subject, "it needs the option %s; give --set %s=VALUE", missing, missing);
      return NULL;
    }
  return g_steal_pointer (&options);
}

static gboolean
is_selected (const Test *test)
{
  return only == NULL || g_pattern_match_simple (only, test->name);
}

static void
run_one (Subject *subject, const Test *test, Progress *progress)
{
  static const char *const words[] = { "ok", "FAILED", "skipped" };
  g_strlcpy (progress->current, test->name, sizeof progress->current);
  const Verdict verdict = test->run (subject);
  guint *counts[] = { &progress->passed, &progress->failed, &progress->skipped };
  (*counts[verdict])++;
  printf ("%s: %s %s%s%s\n", words[verdict], subject->plugin->name, test->name, verdict != PASSED ? ": " : "",
          verdict != PASSED && subject->why != NULL ? subject->why : "");
  g_clear_pointer (&subject->why, g_free);
  progress->current[0] = '\0';
}

static void
run_family (Subject *subject, const Test *tests, Progress *progress)
{
  for (const Test *test = tests; test->name != NULL; test++)
    if (is_selected (test))
      run_one (subject, test, progress);
}

static void
test_plugin (const char *path, Progress *progress)
{
  g_autoptr (GlompoRegistry) registry = registry_new_empty ();
  g_autoptr (GError) error = NULL;
  g_strlcpy (progress->current, "load", sizeof progress->current);
  const GlompoPlugin *plugin = glompo_registry_load_file (registry, path, &error);
  progress->current[0] = '\0';
  if (plugin == NULL)
    {
      printf ("FAILED: load: %s\n", error->message);
      progress->failed++;
      return;
    }
  Subject subject = { .plugin = plugin, .settings = settings };
  run_family (&subject, option_tests, progress);
  if (plugin->kind == GLOMPO_KIND_OPTIMIZER)
    {
      run_family (&subject, optimizer_tests, progress);
      run_family (&subject, state_tests, progress);
    }
  else if (plugin->kind == GLOMPO_KIND_TASK)
    run_family (&subject, task_tests, progress);
}

/* shared is memory that the child writes too: what it counted outlives it, however it ends. */
static void
test_in_child (const char *path, Progress *total, Progress *shared)
{
  memset (shared, 0, sizeof *shared);
  fflush (stdout);
  const pid_t child = fork ();
  if (child == 0)
    {
      alarm ((unsigned) deadline);
      test_plugin (path, shared);
      fflush (stdout);
      exit (EXIT_SUCCESS);
    }
  int status = 0;
  while (child > 0 && waitpid (child, &status, 0) < 0)
    ;
  if (child < 0 || !WIFEXITED (status) || WEXITSTATUS (status) != 0)
    {
      const char *how = child < 0                      ? "cannot make a process"
                        : WIFEXITED (status)           ? "ended the process"
                        : WTERMSIG (status) == SIGALRM ? "hung"
                                                       : strsignal (WTERMSIG (status));
      printf ("FAILED: %s: %s in %s\n", path, how, shared->current[0] != '\0' ? shared->current : "exit");
      shared->failed++;
    }
  total->passed += shared->passed;
  total->failed += shared->failed;
  total->skipped += shared->skipped;
}

static void
print_names (void)
{
  const Test *const families[] = { option_tests, optimizer_tests, state_tests, task_tests };
  for (gsize i = 0; i < G_N_ELEMENTS (families); i++)
    for (const Test *test = families[i]; test->name != NULL; test++)
      if (is_selected (test))
        printf ("%s\n", test->name);
}

static gboolean
parse (int *argc, char ***argv)
{
  const GOptionEntry entries[] = {
    { "list", 0, 0, G_OPTION_ARG_NONE, &list_only, "Print the names of the tests", NULL },
    { "only", 0, 0, G_OPTION_ARG_STRING, &only, "Run the tests whose name matches", "GLOB" },
    { "set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &settings, "Set an option of the plugin", "NAME=VALUE" },
    { "deadline", 0, 0, G_OPTION_ARG_INT, &deadline, "Time for one plugin, by default 900", "SECONDS" },
    { 0 },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("[PLUGIN.so...] - test plugins against the ABI");
  g_autoptr (GError) error = NULL;
  g_option_context_add_main_entries (context, entries, NULL);
  if (g_option_context_parse (context, argc, argv, &error))
    return TRUE;
  fprintf (stderr, "conformance: %s\n", error->message);
  return FALSE;
}

static int
test_files (char **files)
{
  Progress total = { 0 };
  Progress *shared = mmap (NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED)
    {
      perror ("conformance");
      return 99;
    }
  for (char **file = files; *file != NULL; file++)
    test_in_child (*file, &total, shared);
  munmap (shared, sizeof *shared);
  printf ("%u passed, %u failed, %u skipped\n", total.passed, total.failed, total.skipped);
  return total.failed == 0 && total.passed > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
main (int argc, char **argv)
{
  if (!parse (&argc, &argv))
    return 2;
  if (list_only)
    {
      print_names ();
      return EXIT_SUCCESS;
    }
  setvbuf (stdout, NULL, _IOLBF, 0);
  if (argc > 1)
    return test_files (argv + 1);
  g_autoptr (GlompoRegistry) registry = registry_new_empty ();
  g_auto (GStrv) files = glompo_registry_list_files (registry);
  return test_files (files);
}
