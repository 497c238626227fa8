/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "backend/client.h"
#include "backend/proc.h"
#include "base/files.h"
#include "backend/protocol.h"
#include "base/paths.h"
#include "worker/shared.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* The supervisor loads plugins only that the manager has loaded before it: this is for very slow disks. */
#define READY_MS 30000
#define PING_US (1 * G_USEC_PER_SEC)
/* It does nothing that takes long: one that is silent for so long was stopped, and is told to go on; after
 * the second time it is given up. */
#define WAKE_US (2 * G_USEC_PER_SEC)
#define SILENT_US (10 * G_USEC_PER_SEC)
/* How long it may leave our messages lying. */
#define SEND_MS 10000
/* At the end it kills and reaps; then it is killed itself. */
#define EXIT_MS 5000

#define WHAT_NOW "what was found is kept and the run can be resumed"

typedef struct {
  guint64 id;
  GlompoLogLevel level;
  char *text;
} News;

struct _Client {
  GPid pid;
  int socket, budget;
  gboolean owner;  /* this process is nothing but the run: all that descends from it belongs to the run */
  gboolean guards; /* the supervisor runs nothing, it only looks after the end */
  char *rubbish;   /* directory to remove when all is over, or NULL */
  char *session;
  char *failure;
  GHashTable *gone; /* id -> how */
  GQueue news;      /* News */
  gint64 last_ping, last_word;
};

gboolean
client_make_memory (const char *name, gsize size, int *out_fd, void **out_memory, GError **error)
{
  int fd = memfd_create (name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  void *memory = MAP_FAILED;
  /* Nobody may cut it short: that would kill whoever reads the rest. */
  if (fd >= 0 && ftruncate (fd, (off_t) size) == 0
      && fcntl (fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
    memory = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED)
    {
      const char *reason = g_strerror (errno);
      g_autofree char *limit = files_describe_limit (size);
      g_set_error (error, GLOMPO_RUN_ERROR, GLOMPO_RUN_ERROR_FAILED,
                   "cannot make %" G_GSIZE_FORMAT " bytes of shared memory (%s): %s%s", size, name, reason,
                   limit);
      if (fd >= 0)
        close (fd);
      return FALSE;
    }
  *out_fd = fd;
  *out_memory = memory;
  return TRUE;
}

/* Everything that is left of the run: by its marks, and as what came to us when the supervisor died. */
static GArray *
find_left (const Client *client)
{
  guint64 since = proc_started (getpid ()); /* nothing of the run is older */
  GArray *left = proc_with_environment (PROTOCOL_SESSION, client->session, since);
  if (!client->owner)
    return left;
  g_autoptr (GArray) forks = proc_with_mapping (client->budget, since);
  g_autoptr (GArray) descendants = proc_descendants (getpid ());
  g_array_append_vals (left, forks->data, forks->len);
  g_array_append_vals (left, descendants->data, descendants->len);
  return left;
}

static void
kill_left (const Client *client)
{
  for (guint tries = 0; tries < 200; tries++)
    {
      g_autoptr (GArray) left = find_left (client);
      proc_kill_all (left);
      for (guint i = 0; i < left->len; i++)
        waitpid (g_array_index (left, pid_t, i), NULL, WNOHANG); /* if it is a child of ours by now */
      if (left->len == 0)
        break;
      g_usleep (2000);
    }
  if (client->rubbish != NULL)
    files_remove_tree (client->rubbish);
}

static gboolean
wait_for_exit (const Client *client)
{
  for (guint ms = 0; ms < EXIT_MS; ms++)
    {
      pid_t pid = waitpid (client->pid, NULL, WNOHANG);
      if (pid == client->pid || (pid < 0 && errno == ECHILD))
        return TRUE;
      g_usleep (1000);
    }
  return FALSE;
}

/* The keeper, which is our child, kills the supervisor and all below it. */
static void
end_supervisor (Client *client)
{
  kill (client->pid, SIGUSR1);
  kill (client->pid, SIGCONT);
  if (!wait_for_exit (client))
    {
      kill (client->pid, SIGKILL);
      waitpid (client->pid, NULL, 0);
    }
  client->pid = 0;
}

static void
fail (Client *client, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
fail (Client *client, const char *format, ...)
{
  if (client->failure != NULL)
    return;
  va_list arguments;
  va_start (arguments, format);
  client->failure = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  if (client->pid > 0)
    end_supervisor (client);
  if (!client->guards)
    kill_left (client);
}

static void
take (Client *client, const ProtocolMessage *message)
{
  client->last_word = g_get_monotonic_time ();
  if (message->type == PROTOCOL_GONE)
    {
      guint64 *id = g_memdup2 (&message->id, sizeof message->id);
      g_hash_table_insert (client->gone, id, GINT_TO_POINTER (message->how));
    }
  else if (message->type == PROTOCOL_MESSAGE)
    {
      News *news = g_new (News, 1);
      *news = (News){ message->id, (GlompoLogLevel) CLAMP (message->how, GLOMPO_LOG_INFO, GLOMPO_LOG_ERROR),
                      g_utf8_make_valid (message->text, -1) };
      g_queue_push_tail (&client->news, news);
    }
}

void
client_read (Client *client)
{
  ProtocolMessage message;
  int fds[PROTOCOL_MAX_FDS];
  while (client->failure == NULL)
    {
      ProtocolResult result = protocol_receive (client->socket, &message, fds);
      for (guint i = 0; i < PROTOCOL_MAX_FDS; i++)
        if (fds[i] >= 0)
          close (fds[i]);
      if (result == PROTOCOL_NOTHING)
        return;
      if (result == PROTOCOL_GOT)
        take (client, &message);
      else
        fail (client, "the supervisor of the worker processes %s; %s",
              result == PROTOCOL_BAD ? "spoke nonsense" : "ended unexpectedly", WHAT_NOW);
    }
}

static GVariant *
describe_setting (const BackendSetting *setting)
{
  /* Names of files are bytes, in no particular encoding. */
  return g_variant_ref_sink (
      g_variant_new ("(s^ay^ayt^ayv)", setting->config->text, setting->config->name,
                     setting->config->base_dir != NULL ? setting->config->base_dir : ".", setting->run_seed,
                     setting->directory, space_to_variant (setting->space)));
}

static gboolean
send_setting (Client *client, const BackendSetting *setting, GError **error)
{
  g_autoptr (GVariant) value = describe_setting (setting);
  int fd;
  void *memory;
  gsize size = g_variant_get_size (value);
  if (!client_make_memory ("glompo-setting", size, &fd, &memory, error))
    return FALSE;
  g_variant_store (value, memory);
  munmap (memory, size);
  ProtocolMessage message = protocol_message (PROTOCOL_SET_UP, 0);
  gboolean good = protocol_send (client->socket, &message, &fd, 1);
  close (fd);
  if (!good)
    g_set_error (error, GLOMPO_RUN_ERROR, GLOMPO_RUN_ERROR_FAILED, "cannot talk to the supervisor: %s",
                 g_strerror (errno));
  return good;
}

/* The answer to the setting; a supervisor that was stopped meanwhile is told to go on. */
static ProtocolResult
receive_answer (const Client *client, ProtocolMessage *out)
{
  int fds[PROTOCOL_MAX_FDS];
  for (guint ms = 0; ms < READY_MS; ms += READY_MS / 30)
    {
      struct pollfd p = { .fd = client->socket, .events = POLLIN };
      if (poll (&p, 1, READY_MS / 30) > 0)
        return protocol_receive (client->socket, out, fds);
      kill (client->pid, SIGCONT);
    }
  return PROTOCOL_NOTHING;
}

static gboolean
wait_until_ready (Client *client, GError **error)
{
  ProtocolMessage message;
  ProtocolResult result = receive_answer (client, &message);
  client->last_word = g_get_monotonic_time ();
  if (result == PROTOCOL_GOT && message.type == PROTOCOL_READY && message.text[0] == '\0')
    return TRUE;
  g_set_error (error, GLOMPO_RUN_ERROR, GLOMPO_RUN_ERROR_FAILED, "the supervisor did not start: %s",
               result == PROTOCOL_GOT       ? message.text
               : result == PROTOCOL_NOTHING ? "it gave no answer"
                                            : "it ended at once");
  return FALSE;
}

/* It starts with the usual signals blocked, until it has made up its mind about them. */
static gboolean
spawn_blocked (Client *client, const char *const *argv, const int *from, const int *to, gsize n,
               char **environment, GError **error)
{
  sigset_t usual, before;
  sigemptyset (&usual);
  sigaddset (&usual, SIGINT);
  sigaddset (&usual, SIGTERM);
  sigaddset (&usual, SIGHUP);
  pthread_sigmask (SIG_BLOCK, &usual, &before);
  gboolean good = g_spawn_async_with_pipes_and_fds (
      NULL, argv, (const char *const *) environment, G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_CHILD_INHERITS_STDIN,
      NULL, NULL, -1, -1, -1, from, to, n, &client->pid, NULL, NULL, NULL, error);
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  return good;
}

static gboolean
spawn (Client *client, int socket, int bell, GError **error)
{
  g_autofree char *path = paths_helper ("glompo-supervisor");
  const int from[] = { socket, bell, client->budget };
  const int to[] = { PROTOCOL_FD_SOCKET, PROTOCOL_FD_BELL, PROTOCOL_FD_BUDGET };
  const char *const argv[] = { path, client->owner ? "owner" : "guest", client->rubbish, NULL };
  char **environment = g_environ_setenv (g_get_environ (), PROTOCOL_SESSION, client->session, TRUE);
  /* Room that workers write their marks into. */
  environment = g_environ_setenv (environment, PROTOCOL_OPTIMIZER, PROTOCOL_MARK_ROOM, TRUE);
  environment = g_environ_setenv (environment, PROTOCOL_EVALUATOR, PROTOCOL_MARK_ROOM, TRUE);
  gboolean good = spawn_blocked (client, argv, from, to, G_N_ELEMENTS (from), environment, error);
  g_strfreev (environment);
  if (!good)
    g_prefix_error (error, "cannot start the supervisor: ");
  return good;
}

/* TRUE: the program says that it is nothing but this run; see PROTOCOL_SESSION. */
static gboolean
is_owner (void)
{
  const char *session = g_getenv (PROTOCOL_SESSION);
  g_autofree char *own = g_strdup_printf ("%d:", (int) getpid ());
  return session != NULL && g_str_has_prefix (session, own);
}

static gboolean
open_socket (Client *client, int bell, GError **error)
{
  int ends[2];
  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    {
      g_set_error (error, GLOMPO_RUN_ERROR, GLOMPO_RUN_ERROR_FAILED, "cannot make a socket: %s",
                   g_strerror (errno));
      return FALSE;
    }
  client->socket = ends[0];
  gboolean good = spawn (client, ends[1], bell, error);
  close (ends[1]);
  return good;
}

Client *
client_new (const BackendSetting *setting, int bell, int budget, gboolean guards, GError **error)
{
  const Settings *settings = setting->config->settings;
  Client *client = g_new0 (Client, 1);
  client->socket = -1;
  client->budget = budget;
  client->guards = guards;
  client->owner = is_owner ();
  client->session = client->owner ? g_strdup (g_getenv (PROTOCOL_SESSION)) : g_uuid_string_random ();
  client->gone = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  client->last_ping = client->last_word = g_get_monotonic_time ();
  if (settings->private_directories && !settings->keep_directories)
    client->rubbish = g_build_filename (setting->directory, BACKEND_WORK_FOLDER, NULL);
  if (client->owner && !guards)
    prctl (PR_SET_CHILD_SUBREAPER, 1); /* if the supervisor dies, what it looked after comes to us */
  gboolean good = open_socket (client, bell, error);
  if (good && (guards || (send_setting (client, setting, error) && wait_until_ready (client, error))))
    return client;
  client_free (client);
  return NULL;
}

gboolean
client_is_wanted (void)
{
  return is_owner ();
}

void
client_free (Client *client)
{
  if (client == NULL)
    return;
  if (client->pid > 0)
    {
      kill (client->pid, SIGCONT);
      ProtocolMessage message = protocol_message (PROTOCOL_QUIT, 0);
      protocol_send (client->socket, &message, NULL, 0);
      shutdown (client->socket, SHUT_RDWR); /* says the same if it could not be sent */
      if (wait_for_exit (client))
        client->pid = 0;
      else
        fail (client, "it did not end");
    }
  if (client->guards && client->failure != NULL)
    kill_left (client); /* what it should have done */
  if (client->socket >= 0)
    close (client->socket);
  if (client->owner && !client->guards)
    prctl (PR_SET_CHILD_SUBREAPER, 0);
  g_hash_table_unref (client->gone);
  for (News *news; (news = g_queue_pop_head (&client->news)) != NULL;)
    {
      g_free (news->text);
      g_free (news);
    }
  g_free (client->session);
  g_free (client->failure);
  g_free (client->rubbish);
  g_free (client);
}

int
client_get_fd (const Client *client)
{
  return client->socket;
}

/* Its socket does not tell while a process that it forked holds a copy. */
static void
check_pulse (Client *client)
{
  if (client->pid <= 0 || waitpid (client->pid, NULL, WNOHANG) != client->pid)
    return;
  client->pid = 0;
  client_read (client);
  fail (client, "the supervisor of the worker processes ended unexpectedly; %s", WHAT_NOW);
}

void
client_tick (Client *client)
{
  gint64 now = g_get_monotonic_time ();
  if (client->failure == NULL)
    check_pulse (client);
  if (client->failure != NULL || now - client->last_ping < PING_US)
    return;
  /* A manager that was stopped itself, or starved, has no right to complain. */
  if (now - client->last_ping > SILENT_US / 2)
    client->last_word = now;
  client->last_ping = now;
  ProtocolMessage message = protocol_message (PROTOCOL_PING, 0);
  protocol_send (client->socket, &message, NULL, 0);
  client_read (client);
  if (now - client->last_word > WAKE_US && client->pid > 0)
    kill (client->pid, SIGCONT);
  if (now - client->last_word > SILENT_US)
    fail (client, "the supervisor of the worker processes does not answer; %s", WHAT_NOW);
}

const char *
client_get_failure (const Client *client)
{
  return client->guards ? NULL : client->failure; /* a run can do without a guard */
}

/* A message that must not be lost. FALSE: it was. */
static gboolean
send_surely (Client *client, const ProtocolMessage *message, const int *fds, guint n_fds)
{
  gint64 end = g_get_monotonic_time () + SEND_MS * 1000;
  while (client->failure == NULL && !protocol_send (client->socket, message, fds, n_fds))
    {
      struct pollfd p = { .fd = client->socket, .events = POLLOUT };
      if (errno != EAGAIN || g_get_monotonic_time () > end)
        {
          client_read (client); /* if it has ended, that is the reason to tell */
          return FALSE;
        }
      if (poll (&p, 1, SEND_MS / 10) == 0)
        kill (client->pid, SIGCONT);
      client_read (client);
    }
  return client->failure == NULL;
}

gboolean
client_start (Client *client, guint64 id, guint group, guint64 seed, gboolean drive, guint places,
              int channel, int shared, GError **error)
{
  ProtocolMessage message = protocol_message (PROTOCOL_START, id);
  message.group = group;
  message.seed = seed;
  message.drive = drive != FALSE;
  message.places = places;
  const int fds[] = { channel, shared };
  if (send_surely (client, &message, fds, places > 0 ? 2 : 1))
    return TRUE;
  if (client->failure != NULL)
    g_set_error_literal (error, GLOMPO_RUN_ERROR, GLOMPO_RUN_ERROR_FAILED, client->failure);
  else
    g_set_error (error, GLOMPO_RUN_ERROR, GLOMPO_RUN_ERROR_FAILED,
                 "optimizer %" G_GUINT64_FORMAT " cannot start: %s", id, g_strerror (errno));
  return FALSE;
}

void
client_kill (Client *client, guint64 id)
{
  ProtocolMessage message = protocol_message (PROTOCOL_KILL, id);
  send_surely (client, &message, NULL, 0);
}

gboolean
client_is_gone (Client *client, guint64 id, gint32 *out_how)
{
  gpointer how;
  if (g_hash_table_lookup_extended (client->gone, &id, NULL, &how))
    {
      *out_how = GPOINTER_TO_INT (how);
      return TRUE;
    }
  *out_how = SHARED_GONE;
  return client->failure != NULL;
}

void
client_forget (Client *client, guint64 id)
{
  g_hash_table_remove (client->gone, &id);
}

char *
client_take_message (Client *client, guint64 *out_id, GlompoLogLevel *out_level)
{
  g_autofree News *news = g_queue_pop_head (&client->news);
  if (news == NULL)
    return NULL;
  *out_id = news->id;
  *out_level = news->level;
  return news->text;
}
