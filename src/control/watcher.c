/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Events of the directory come from GFileMonitor. On network file systems, which tell nothing of what other
 * machines do, and where there is no monitor to be had, the directory is read every now and then.
 */
#include "control/watcher.h"
#include "base/text.h"
#include "control/order.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define POLL_SECONDS 2
/* Written when the run directory is made and not touched again: files that are older are not of this run. */
#define REFERENCE "glompo_job.ini"
/* Until the file is gone: its time may still change while it is being made. */
#define FOR_GOOD G_MAXINT64
/* A file that was refused and is changed within this time is taken to be still in the making: it is tried
 * again, but not told of again. */
#define MAKING_NS (1000 * (gint64) 1000000)

struct _Watcher {
  GlompoManager *manager;
  int directory;
  struct timespec begun; /* time of the reference; 0: unknown */
  GHashTable *answered;  /* names that are done with: gint64, the time up to which they are, or FOR_GOOD */
  GFileMonitor *monitor;
  GSource *poll;
};

/* ---- names ---- */

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

/* What follows the word, in any case, if nothing but letters of the word comes before it; else NULL. */
static const char *
behind_word (const char *name, const char *word)
{
  gsize n = strlen (word);
  return strspn (name, LETTERS) == n && g_ascii_strncasecmp (name, word, n) == 0 ? name + n : NULL;
}

/* Nothing, or a number, with or without something between: nobody calls another file so. */
static gboolean
is_number_or_nothing (const char *text)
{
  const char *number = text + (*text != '\0' && strchr ("_-. ", *text) != NULL);
  return *text == '\0' || (*number != '\0' && strspn (number, DIGITS) == strlen (number));
}

static char **
read_stop (const char *behind, char **out_fault)
{
  gint64 id;
  const char *number = behind + (*behind == '_');
  if (number > behind && *number != '\0' && strspn (number, DIGITS) == strlen (number)
      && text_to_int64 (number, &id) && id >= 1)
    {
      char **words = g_new0 (char *, 3);
      words[0] = g_strdup ("stop");
      words[1] = g_strdup_printf ("%" G_GINT64_FORMAT, id);
      return words;
    }
  *out_fault = g_strdup ("wanted STOP_ and the id of an optimizer, as in STOP_3");
  return NULL;
}

char **
watcher_read_name (const char *name, char **out_fault)
{
  static const struct {
    const char *word;
    const char *wanted;  /* NULL: the id of an optimizer behind it */
    const char *command; /* NULL: none */
    gboolean small;      /* nobody calls another file so in small letters either */
  } words[] = {
    { "STOP", NULL, NULL, TRUE },
    { "EXIT", "EXIT", "exit", TRUE },
    { "CHKPT", "CHKPT", "checkpoint", TRUE },
    { "CHECKPOINT", "CHKPT", NULL, FALSE },
  };
  *out_fault = NULL;
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    {
      const char *behind = behind_word (name, words[i].word);
      if (behind == NULL)
        continue;
      gboolean capital = g_str_has_prefix (name, words[i].word);
      if (capital && words[i].wanted == NULL)
        return read_stop (behind, out_fault);
      if (capital && words[i].command != NULL && *behind == '\0')
        return g_strsplit (words[i].command, " ", -1);
      if (capital)
        *out_fault = g_strdup_printf ("wanted %s, and nothing behind it", words[i].wanted);
      else if (words[i].small && is_number_or_nothing (behind))
        *out_fault = g_strdup ("wanted EXIT, CHKPT or STOP_ID in capital letters");
    }
  return NULL;
}

/* ---- files ---- */

static gint64
nanoseconds (const struct timespec *time)
{
  return (gint64) time->tv_sec * 1000000000 + time->tv_nsec;
}

static void
settle (Watcher *watcher, const char *name, gint64 time)
{
  g_hash_table_replace (watcher->answered, g_strdup (name), g_memdup2 (&time, sizeof time));
}

static void G_GNUC_PRINTF (2, 3) tell (Watcher *watcher, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  glompo_manager_log_message (watcher->manager, G_LOG_LEVEL_WARNING, text);
}

static gboolean
is_leftover (const Watcher *watcher, const struct stat *file)
{
  return watcher->begun.tv_sec != 0 && nanoseconds (&file->st_ctim) < nanoseconds (&watcher->begun);
}

/* Why a file is not obeyed, or NULL. (transfer full) */
static char *
object_to (const Watcher *watcher, const struct stat *file)
{
  if (S_ISDIR (file->st_mode))
    return g_strdup ("found a directory, wanted a file");
  if (!caller_may_command (file->st_uid))
    {
      g_autoptr (Caller) owner = caller_new ("file", file->st_uid, 0);
      return g_strdup_printf ("it belongs to %s, to whom this run does not listen", owner->user);
    }
  if (is_leftover (watcher, file))
    return g_strdup ("it is older than this run; remove it, and make it again if it is meant");
  return NULL;
}

/* Returns why it is not obeyed and what to do, or NULL. (transfer full) */
static char *
obey (Watcher *watcher, const char *name, const struct stat *file, char **words)
{
  g_autoptr (Caller) caller = caller_new ("file", file->st_uid, 0);
  g_autoptr (GError) error = NULL;
  GVariant *details = NULL;
  g_autofree char *answer
      = order_obey (watcher->manager, caller, (const char *const *) words, &details, &error);
  if (details != NULL)
    g_variant_unref (g_variant_ref_sink (details));
  if (answer == NULL)
    return g_strdup_printf ("%s; touch it to have it tried again, or remove it", error->message);
  if (unlinkat (watcher->directory, name, 0) != 0 && errno != ENOENT)
    {
      tell (watcher, "the file '%s' is obeyed, but cannot be removed: %s", name, g_strerror (errno));
      settle (watcher, name, FOR_GOOD);
    }
  return NULL;
}

static void
look_at (Watcher *watcher, const char *name)
{
  struct stat file;
  g_autofree char *fault = NULL;
  g_auto (GStrv) words = watcher_read_name (name, &fault);
  if (words == NULL && fault == NULL)
    return;
  if (fstatat (watcher->directory, name, &file, AT_SYMLINK_NOFOLLOW) != 0)
    {
      g_hash_table_remove (watcher->answered, name);
      return;
    }
  const gint64 *answered = g_hash_table_lookup (watcher->answered, name);
  if (answered != NULL && *answered >= nanoseconds (&file.st_ctim))
    return;
  gint64 time = nanoseconds (&file.st_ctim);
  gboolean told = answered != NULL && time - *answered < MAKING_NS;
  if (fault == NULL)
    fault = object_to (watcher, &file);
  gboolean objected = fault != NULL;
  if (fault == NULL)
    fault = obey (watcher, name, &file, words);
  if (fault == NULL)
    return;
  g_autofree char *quoted = text_quote (name);
  if (!told)
    tell (watcher, "the file %s is not obeyed: %s", quoted, fault);
  settle (watcher, name, objected && !is_leftover (watcher, &file) ? FOR_GOOD : time);
}

static gboolean
is_gone (gpointer name, gpointer time, gpointer data)
{
  struct stat file;
  (void) time;
  return fstatat (((Watcher *) data)->directory, name, &file, AT_SYMLINK_NOFOLLOW) != 0;
}

static gboolean
look_around (gpointer data)
{
  Watcher *watcher = data;
  int fd = openat (watcher->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *all = fd >= 0 ? fdopendir (fd) : NULL;
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  if (all == NULL)
    {
      if (fd >= 0)
        close (fd);
      return G_SOURCE_CONTINUE;
    }
  for (const struct dirent *entry = readdir (all); entry != NULL; entry = readdir (all))
    if (strchr ("SECsec", entry->d_name[0]) != NULL)
      g_ptr_array_add (names, g_strdup (entry->d_name));
  closedir (all);
  for (guint i = 0; i < names->len; i++)
    look_at (watcher, names->pdata[i]);
  g_hash_table_foreach_remove (watcher->answered, is_gone, watcher);
  return G_SOURCE_CONTINUE;
}

static void
on_event (GFileMonitor *monitor, GFile *file, GFile *other, GFileMonitorEvent event, gpointer data)
{
  GFile *const both[] = { file, other };
  (void) monitor;
  /* One of the same name may be there by now. */
  g_autofree char *old = g_file_get_basename (file);
  if (event == G_FILE_MONITOR_EVENT_DELETED || event == G_FILE_MONITOR_EVENT_MOVED_OUT
      || event == G_FILE_MONITOR_EVENT_RENAMED)
    g_hash_table_remove (((Watcher *) data)->answered, old);
  for (guint i = 0; i < G_N_ELEMENTS (both); i++)
    {
      g_autofree char *name = both[i] != NULL ? g_file_get_basename (both[i]) : NULL;
      if (name != NULL)
        look_at (data, name);
    }
}

/* ---- the directory ---- */

/* statfs(2), and the kernel's sources for those that it does not list. */
static gboolean
is_remote (int directory)
{
  static const guint32 remote[] = {
    0x6969,     /* NFS */
    0xff534d42, /* CIFS */
    0xfe534d42, /* SMB2 */
    0x517b,     /* SMB */
    0x5346414f, /* AFS */
    0x00c36400, /* Ceph */
    0x0bd00bd0, /* Lustre */
    0x47504653, /* GPFS */
    0x19830326, /* BeeGFS */
    0x01021997, /* 9P */
    0x65735546, /* FUSE */
    0x73757245, /* Coda */
  };
  struct statfs system;
  if (fstatfs (directory, &system) != 0)
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (remote); i++)
    if ((guint32) system.f_type == remote[i])
      return TRUE;
  return FALSE;
}

/* GLOMPO_CONTROL_POLL is for tests of what happens on a network file system. */
static void
watch (Watcher *watcher, const char *path)
{
  gboolean must_poll = is_remote (watcher->directory) || g_getenv ("GLOMPO_CONTROL_POLL") != NULL;
  /* The local file system only: no extension of GIO has a say in it. */
  g_autoptr (GFile) file = must_poll ? NULL : g_vfs_get_file_for_path (g_vfs_get_local (), path);
  if (file != NULL)
    watcher->monitor = g_file_monitor_directory (file, G_FILE_MONITOR_WATCH_MOVES, NULL, NULL);
  if (watcher->monitor != NULL)
    {
      g_signal_connect (watcher->monitor, "changed", G_CALLBACK (on_event), watcher);
      return;
    }
  watcher->poll = g_timeout_source_new_seconds (POLL_SECONDS);
  g_source_set_callback (watcher->poll, look_around, watcher, NULL);
  g_source_attach (watcher->poll, g_main_context_get_thread_default ());
}

Watcher *
watcher_new (GlompoManager *manager, int directory, const char *path)
{
  struct stat reference;
  Watcher *watcher = g_new0 (Watcher, 1);
  watcher->manager = manager;
  watcher->directory = directory;
  watcher->answered = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (fstatat (directory, REFERENCE, &reference, 0) == 0)
    watcher->begun = reference.st_ctim;
  watch (watcher, path);
  look_around (watcher);
  return watcher;
}

void
watcher_free (Watcher *watcher)
{
  if (watcher == NULL)
    return;
  if (watcher->monitor != NULL)
    {
      g_signal_handlers_disconnect_by_data (watcher->monitor, watcher);
      g_file_monitor_cancel (watcher->monitor);
      g_object_unref (watcher->monitor);
    }
  if (watcher->poll != NULL)
    g_source_destroy (watcher->poll);
  g_clear_pointer (&watcher->poll, g_source_unref);
  g_hash_table_unref (watcher->answered);
  g_free (watcher);
}
