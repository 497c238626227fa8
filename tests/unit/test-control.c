/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Callers of the control socket that do not behave, on a run that goes on: it takes no notice, and others are
 * served. Waits are for states and not for times; a deadline only keeps a broken program from hanging. */
#include "control/wire.h"
#include "control/watcher.h"
#include "harness.h"
#include <glib/gstdio.h>
#include <glompo/glompo.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define DEADLINE_S 60

typedef struct {
  GlompoRegistry *registry;
  GlompoConfig *config;
  GlompoManager *manager;
  GlompoControl *control;
  char *directory;
} Run;

static void
on_started (GlompoManager *manager, const char *directory, gpointer data)
{
  ((Run *) data)->control = glompo_control_new (manager, directory);
}

static void
start (Run *run)
{
  static guint number;
  g_autoptr (GError) error = NULL;
  const GlompoObserver observer = { .started = on_started };
  *run = (Run){ .directory = g_strdup_printf ("%s/c%u", test_scratch_dir (), number++) };
  run->registry = glompo_registry_new ();
  run->config = glompo_config_new_from_text (
      "[glompo]\nmax_jobs = 2\nbackend = threads\nseed = 1\n"
      "convergence = MaxSeconds(100000)\n"
      "[task]\nplugin = benchmark\nfunction = sphere\ndims = 3\ndelay = 0.002\n"
      "[optimizer r]\nplugin = random\niters = 0\n",
      "control.ini", NULL, NULL, run->registry, &error);
  TEST_NO_ERROR (error);
  CU_ASSERT_FATAL (run->config != NULL);
  run->manager = glompo_manager_new (run->config, run->directory, FALSE);
  glompo_manager_set_observer (run->manager, &observer, run);
  CU_ASSERT_FATAL (glompo_manager_start (run->manager, &error));
  gint64 deadline = g_get_monotonic_time () + DEADLINE_S * G_USEC_PER_SEC;
  g_autoptr (GlompoRunStatus) status = NULL;
  while ((status = glompo_control_get_status (run->directory, NULL)) == NULL)
    {
      CU_ASSERT_FATAL (g_get_monotonic_time () < deadline);
      g_usleep (2000);
    }
}

/* It answers, and works. */
static void
audit (Run *run)
{
  gint64 deadline = g_get_monotonic_time () + DEADLINE_S * G_USEC_PER_SEC;
  guint64 first = 0, now = 0;
  while (now <= first)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GlompoRunStatus) status = glompo_control_get_status (run->directory, &error);
      /* A listener with a full queue has the caller come again. */
      CU_ASSERT_FATAL (g_get_monotonic_time () < deadline);
      if (status == NULL)
        continue;
      TEST_INT (status->state, GLOMPO_RUN_NOT_ENDED);
      now = status->evaluations;
      first = first == 0 ? now : first;
    }
}

static void
finish (Run *run)
{
  const char *const words[] = { "exit", NULL };
  g_autoptr (GError) error = NULL, interrupted = NULL;
  g_autofree char *answer = glompo_control_send (run->directory, words, &error);
  TEST_NO_ERROR (error);
  TEST_STR (answer, "the run is told to end");
  CU_ASSERT_FALSE (glompo_manager_wait (run->manager, &interrupted));
  CU_ASSERT (g_error_matches (interrupted, GLOMPO_RUN_ERROR, GLOMPO_RUN_ERROR_INTERRUPTED));
  glompo_control_free (run->control);
  glompo_manager_unref (run->manager);
  glompo_config_unref (run->config);
  glompo_registry_unref (run->registry);
  g_free (run->directory);
}

static int
call (const Run *run)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_snprintf (address.sun_path, sizeof address.sun_path, "%s/%s", run->directory, GLOMPO_CONTROL_SOCKET);
  CU_ASSERT_FATAL (connect (fd, (struct sockaddr *) &address, sizeof address) == 0);
  return fd;
}

/* Sends as much as is taken, up to size bytes. Returns how much that was. */
static gsize
pour (int fd, const void *header, gsize header_size, gsize size)
{
  static guint8 piece[65536];
  gsize sent = 0;
  ssize_t n = header_size > 0 ? send (fd, header, header_size, MSG_NOSIGNAL) : 0;
  while (n >= 0 && sent < size)
    {
      n = send (fd, piece, MIN (sizeof piece, size - sent), MSG_NOSIGNAL);
      sent += n > 0 ? (gsize) n : 0;
    }
  return sent;
}

/* What is said before it hangs up: nothing, or the sentence of an answer. (transfer full) */
static char *
hear_out (int fd)
{
  g_autoptr (GByteArray) all = g_byte_array_new ();
  guint8 piece[4096];
  char *text = NULL;
  for (ssize_t n = recv (fd, piece, sizeof piece, 0); n > 0; n = recv (fd, piece, sizeof piece, 0))
    g_byte_array_append (all, piece, (guint) n);
  close (fd);
  if (all->len < WIRE_HEADER_SIZE)
    return g_strdup ("");
  g_autoptr (GBytes) payload = g_bytes_new (all->data + WIRE_HEADER_SIZE, all->len - WIRE_HEADER_SIZE);
  g_autoptr (GVariant) answer = wire_unpack (payload, WIRE_ANSWER_TYPE);
  CU_ASSERT_FATAL (answer != NULL);
  g_variant_get (answer, "(bs@a{sv})", NULL, &text, NULL);
  return text;
}

static void
test_silent (void)
{
  Run run;
  int fds[40];
  start (&run);
  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    {
      fds[i] = call (&run);
      if (i % 3 == 0)
        CU_ASSERT (send (fds[i], "GLCP", i % 4 + 1, MSG_NOSIGNAL) > 0);
      if (i % 10 == 9)
        audit (&run);
    }
  audit (&run);
  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    close (fds[i]);
  audit (&run);
  finish (&run);
}

static void
test_flood (void)
{
  Run run;
  const gsize gigabyte = (gsize) 1 << 30;
  guint8 header[WIRE_HEADER_SIZE] = { 'G', 'L', 'C', 'P' };
  guint32 length = (guint32) gigabyte;
  memcpy (header + 4, &length, sizeof length);
  start (&run);
  int fd = call (&run);
  CU_ASSERT (pour (fd, NULL, 0, gigabyte) < gigabyte);
  g_autofree char *nothing = hear_out (fd);
  TEST_STR (nothing, "");
  fd = call (&run);
  CU_ASSERT (pour (fd, header, sizeof header, gigabyte) < gigabyte);
  close (fd);
  audit (&run);
  fd = call (&run);
  CU_ASSERT (send (fd, header, sizeof header, MSG_NOSIGNAL) == sizeof header);
  g_autofree char *refusal = hear_out (fd);
  TEST_CONTAINS (refusal, "found a message of 1073741824 bytes");
  audit (&run);
  finish (&run);
}

static void
test_nonsense (void)
{
  Run run;
  GRand *random = g_rand_new_with_seed (5);
  start (&run);
  for (guint i = 0; i < 300; i++)
    {
      guint8 message[WIRE_HEADER_SIZE + 64] = { 'G', 'L', 'C', 'P' };
      guint32 length = (guint32) g_rand_int_range (random, 0, 65);
      memcpy (message + 4, &length, sizeof length);
      for (guint j = 0; j < length; j++)
        message[WIRE_HEADER_SIZE + j] = (guint8) (g_rand_boolean (random) ? g_rand_int (random) : j % 5);
      int fd = call (&run);
      send (fd, message, WIRE_HEADER_SIZE + length, MSG_NOSIGNAL);
      if (i % 2 == 0)
        {
          g_autofree char *refusal = hear_out (fd);
          CU_ASSERT (*refusal != '\0');
        }
      else
        close (fd);
    }
  g_rand_free (random);
  audit (&run);
  finish (&run);
}

/* In pieces of one byte; and whoever asks but does not listen. */
static void
test_slow (void)
{
  Run run;
  const char *const words[] = { "status", NULL };
  start (&run);
  g_autoptr (GBytes) message = wire_pack (g_variant_new_strv (words, -1));
  gsize size;
  const guint8 *bytes = g_bytes_get_data (message, &size);
  int deaf[20];
  for (guint i = 0; i < G_N_ELEMENTS (deaf); i++)
    {
      deaf[i] = call (&run);
      CU_ASSERT (send (deaf[i], bytes, size, MSG_NOSIGNAL) == (ssize_t) size);
    }
  int fd = call (&run);
  for (gsize i = 0; i < size; i++)
    {
      CU_ASSERT (send (fd, bytes + i, 1, MSG_NOSIGNAL) == 1);
      g_usleep (500);
    }
  g_autofree char *answer = hear_out (fd);
  TEST_STR (answer, "here it is");
  for (guint i = 0; i < G_N_ELEMENTS (deaf); i++)
    close (deaf[i]);
  audit (&run);
  finish (&run);
}

static gpointer
talk (gpointer data)
{
  const Run *run = data;
  guint good = 0;
  for (guint i = 0; i < 100; i++)
    {
      const char *const words[] = { i % 2 == 0 ? "pause" : "resume", "2", NULL };
      g_autofree char *answer = glompo_control_send (run->directory, words, NULL);
      good += answer != NULL;
    }
  return GUINT_TO_POINTER (good);
}

static void
test_two_at_once (void)
{
  Run run;
  GThread *threads[2];
  start (&run);
  audit (&run);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("talk", talk, &run);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    TEST_INT (GPOINTER_TO_UINT (g_thread_join (threads[i])), 100);
  audit (&run);
  finish (&run);
}

static void
test_long_command (void)
{
  Run run;
  g_autoptr (GError) error = NULL;
  g_autofree char *much = g_strnfill (100000, 'x');
  const char *const words[] = { "set", "hunters", much, NULL };
  start (&run);
  CU_ASSERT (glompo_control_send (run.directory, words, &error) == NULL);
  CU_ASSERT (g_error_matches (error, GLOMPO_CONTROL_ERROR, GLOMPO_CONTROL_ERROR_COMMAND));
  const char *const bad[] = { "stop", "\xff", NULL };
  g_clear_error (&error);
  CU_ASSERT (glompo_control_send (run.directory, bad, &error) == NULL);
  TEST_CONTAINS (error->message, "word 2 is no text in UTF-8");
  const char *const none[] = { NULL };
  g_clear_error (&error);
  CU_ASSERT (glompo_control_send (run.directory, none, &error) == NULL);
  TEST_CONTAINS (error->message, "found the command ''");
  finish (&run);
}

static void
test_process (void)
{
  Run run;
  g_autoptr (GError) error = NULL;
  start (&run);
  TEST_INT (glompo_control_get_process (run.directory, &error), getpid ());
  TEST_NO_ERROR (error);
  TEST_INT (glompo_control_get_process ("/nowhere", &error), -1);
  CU_ASSERT (g_error_matches (error, GLOMPO_CONTROL_ERROR, GLOMPO_CONTROL_ERROR_UNREACHABLE));
  finish (&run);
}

static void
test_directory_goes (void)
{
  Run run;
  start (&run);
  g_autofree char *elsewhere = g_strconcat (run.directory, "-moved", NULL);
  CU_ASSERT_FATAL (g_rename (run.directory, elsewhere) == 0);
  g_free (run.directory);
  run.directory = g_steal_pointer (&elsewhere);
  audit (&run);
  finish (&run);
}

static void
test_names (void)
{
  static const struct {
    const char *name, *words, *fault;
  } cases[] = {
    { "EXIT", "exit", NULL },
    { "CHKPT", "checkpoint", NULL },
    { "STOP_3", "stop 3", NULL },
    { "STOP_0042", "stop 42", NULL },
    { "STOP_9223372036854775807", "stop 9223372036854775807", NULL },
    { "STOP_9223372036854775808", NULL, "wanted STOP_ and" },
    { "STOP_", NULL, "wanted STOP_ and" },
    { "STOP_0", NULL, "wanted STOP_ and" },
    { "STOP_-1", NULL, "wanted STOP_ and" },
    { "STOP_1e3", NULL, "wanted STOP_ and" },
    { "STOP_ 1", NULL, "wanted STOP_ and" },
    { "STOP_1.txt", NULL, "wanted STOP_ and" },
    { "stop_1", NULL, "capital letters" },
    { "Exit", NULL, "capital letters" },
    { "STOP", NULL, "wanted STOP_ and" },
    { "STOP3", NULL, "wanted STOP_ and" },
    { "STOP-3", NULL, "wanted STOP_ and" },
    { "STOP_3~", NULL, "wanted STOP_ and" },
    { "stop3", NULL, "capital letters" },
    { "Stop-3", NULL, "capital letters" },
    { "exit", NULL, "capital letters" },
    { "EXIT.txt", NULL, "wanted EXIT, and nothing behind it" },
    { "EXIT_", NULL, "wanted EXIT, and nothing behind it" },
    { "CHKPT_1", NULL, "wanted CHKPT, and nothing behind it" },
    { "CHECKPOINT", NULL, "wanted CHKPT, and nothing behind it" },
    { "checkpoints", NULL, NULL },
    { "checkpoint", NULL, NULL },
    { "checkpoint_1.npz", NULL, NULL },
    { "chkpt.dat", NULL, NULL },
    { "EXITS", NULL, NULL },
    { "exit_codes.csv", NULL, NULL },
    { "exit.log", NULL, NULL },
    { "stop.words", NULL, NULL },
    { "stop_words.txt", NULL, NULL },
    { "stopwatch", NULL, NULL },
    { "STOPPED_3", NULL, NULL },
    { "Cost.dat", NULL, NULL },
    { "journal.glompo", NULL, NULL },
    { "glompo_manager_log.yml", NULL, NULL },
    { "glompo_control", NULL, NULL },
    { "glompo_optimizer_printstreams", NULL, NULL },
    { "", NULL, NULL },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *fault = NULL;
      g_auto (GStrv) words = watcher_read_name (cases[i].name, &fault);
      g_autofree char *text = words != NULL ? g_strjoinv (" ", words) : NULL;
      TEST_STR (text, cases[i].words);
      if (cases[i].fault != NULL)
        TEST_CONTAINS (fault, cases[i].fault);
      else
        CU_ASSERT_PTR_NULL (fault);
    }
}

static const TestCase cases[] = {
  { "callers that say nothing", test_silent },
  { "a caller that sends a gigabyte", test_flood },
  { "callers that talk nonsense", test_nonsense },
  { "slow callers, and deaf ones", test_slow },
  { "two callers at once", test_two_at_once },
  { "commands that are none", test_long_command },
  { "the process of a run", test_process },
  { "a run directory that is moved", test_directory_goes },
  { "names of files", test_names },
};

TEST_MAIN ("control", cases)
