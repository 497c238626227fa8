/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/snapshot.h"
#include "journal/crc32c.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <glompo/glompo-error.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENTRY_MAGIC 0x5041525453474c47u
#define ORDER_MARK 0x0102030405060708u
#define HEAD_MAGIC "GLOMPOS1"
/* Journals have times in microseconds: so many bytes are in no two of them. */
#define TAIL_MOST 4096u
G_STATIC_ASSERT (sizeof (SnapshotEntry) == 6 * 8 + 32 + 64 + 32 + 8);
G_STATIC_ASSERT (sizeof (SnapshotHead) == 8 * 8);

static gsize
padding (gsize size)
{
  return (8 - size % 8) % 8;
}

static gboolean
set_corrupt (GError **error, const char *path, const char *what)
{
  g_set_error (error, GLOMPO_JOURNAL_ERROR, GLOMPO_JOURNAL_ERROR_CORRUPT, "%s: %s", path, what);
  return FALSE;
}

static gboolean
set_failed (GError **error, const char *path, const char *doing)
{
  int code = errno;
  g_set_error (error, G_FILE_ERROR, (int) g_file_error_from_errno (code), "cannot %s %s: %s", doing, path,
               g_strerror (code));
  return FALSE;
}

char *
snapshot_part_path (const char *run_directory, guint32 order, guint64 id)
{
  g_autofree char *name = g_strdup_printf (".part-%u-%" G_GUINT64_FORMAT, order, id);
  return g_build_filename (run_directory, SNAPSHOT_FOLDER, name, NULL);
}

SnapshotEntry
snapshot_entry (guint64 id, guint64 points, gsize n, const RandomStream *random, const char *plugin,
                const char *version)
{
  SnapshotEntry entry;
  memset (&entry, 0, sizeof entry);
  entry.magic = ENTRY_MAGIC;
  entry.id = id;
  entry.points = points;
  entry.n = n;
  entry.random = *random;
  g_strlcpy (entry.plugin, plugin, sizeof entry.plugin);
  g_strlcpy (entry.version, version, sizeof entry.version);
  return entry;
}

gboolean
snapshot_entry_fits (const SnapshotEntry *entry, gsize n, const char *plugin, const char *version)
{
  SnapshotEntry wanted = snapshot_entry (0, 0, n, &entry->random, plugin, version);
  return entry->n == n && strcmp (entry->plugin, wanted.plugin) == 0
         && strcmp (entry->version, wanted.version) == 0;
}

/* ---- writing ---- */

static gboolean
write_all (int fd, gconstpointer data, gsize size)
{
  const guint8 *at = data;
  while (size > 0)
    {
      gssize n = write (fd, at, size);
      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return FALSE;
      at += n;
      size -= (gsize) n;
    }
  return TRUE;
}

static gboolean
write_entry (int fd, const SnapshotEntry *entry, gconstpointer state, gsize size)
{
  static const guint8 zeros[8];
  SnapshotEntry sealed = *entry;
  sealed.size = size;
  sealed.state_crc = crc32c (0, state, size);
  sealed.crc = crc32c (0, &sealed, offsetof (SnapshotEntry, crc));
  return write_all (fd, &sealed, sizeof sealed) && write_all (fd, state, size)
         && write_all (fd, zeros, padding (size));
}

/* The name goes if the content is not whole. */
static gboolean
close_file (int fd, const char *path, gboolean good, gboolean sync, GError **error)
{
  good = good && (!sync || fsync (fd) == 0);
  if (!good)
    set_failed (error, path, "write");
  if (close (fd) != 0 && good)
    good = set_failed (error, path, "write");
  if (!good)
    g_unlink (path);
  return good;
}

static int
create_file (const char *path, GError **error)
{
  int fd = g_open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (fd < 0)
    set_failed (error, path, "make");
  return fd;
}

/* Not synced: what is kept of it is copied. */
gboolean
snapshot_write_part (const char *path, const SnapshotEntry *entry, const GByteArray *state, GError **error)
{
  int fd = create_file (path, error);
  return fd >= 0 && close_file (fd, path, write_entry (fd, entry, state->data, state->len), FALSE, error);
}

static gboolean
sync_folder (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  int fd = g_open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  gboolean good = fd >= 0 && fsync (fd) == 0;
  if (fd >= 0)
    close (fd);
  return good;
}

gboolean
snapshot_write (const char *path, const SnapshotHead *head, const GPtrArray *parts, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *base = g_path_get_basename (path);
  g_autofree char *hidden = g_strconcat (".new-", base, NULL);
  g_autofree char *temporary = g_build_filename (folder, hidden, NULL);
  SnapshotHead sealed = *head;
  sealed.file_size = sizeof sealed;
  sealed.n_entries = parts->len;
  for (guint i = 0; i < parts->len; i++)
    {
      gsize size = g_bytes_get_size (((const SnapshotPart *) parts->pdata[i])->state);
      sealed.file_size += sizeof (SnapshotEntry) + size + padding (size);
    }
  sealed.crc = crc32c (0, &sealed, offsetof (SnapshotHead, crc));
  int fd = create_file (temporary, error);
  if (fd < 0)
    return FALSE;
  gboolean good = write_all (fd, &sealed, sizeof sealed);
  for (guint i = 0; good && i < parts->len; i++)
    {
      const SnapshotPart *part = parts->pdata[i];
      gsize size;
      gconstpointer state = g_bytes_get_data (part->state, &size);
      good = write_entry (fd, &part->entry, state, size);
    }
  if (!close_file (fd, temporary, good, TRUE, error))
    return FALSE;
  if (g_rename (temporary, path) == 0)
    return sync_folder (path) || set_failed (error, folder, "sync");
  set_failed (error, path, "make");
  g_unlink (temporary);
  return FALSE;
}

/* ---- the journal that it belongs to ---- */

/* FALSE: the journal has not so many bytes, or cannot be read. */
static gboolean
checksum_tail (const char *journal, guint64 position, guint32 size, guint32 *out)
{
  guint8 bytes[TAIL_MOST];
  int fd = size <= position && size <= TAIL_MOST ? g_open (journal, O_RDONLY | O_CLOEXEC, 0) : -1;
  gsize have = 0;
  errno = fd < 0 ? errno : 0;
  while (fd >= 0 && have < size)
    {
      gssize n = pread (fd, bytes + have, size - have, (off_t) (position - size + have));
      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        break;
      have += (gsize) n;
    }
  if (fd >= 0)
    close (fd);
  *out = crc32c (0, bytes, have);
  return fd >= 0 && have == size;
}

gboolean
snapshot_head_for (const char *journal, guint64 position, guint64 evaluations, SnapshotHead *out,
                   GError **error)
{
  *out = (SnapshotHead){
    .magic = HEAD_MAGIC, .order = ORDER_MARK, .position = position, .evaluations = evaluations
  };
  memcpy (out->magic, HEAD_MAGIC, sizeof out->magic);
  out->time = g_get_real_time ();
  out->tail_size = (guint32) MIN (position, TAIL_MOST);
  return checksum_tail (journal, position, out->tail_size, &out->tail_crc)
         || set_corrupt (error, journal, "it has fewer bytes than were written to it");
}

gboolean
snapshot_head_matches (const SnapshotHead *head, const char *journal, guint64 end)
{
  guint32 crc;
  return head->position <= end && checksum_tail (journal, head->position, head->tail_size, &crc)
         && crc == head->tail_crc;
}

/* ---- reading ---- */

static gboolean
check_head (const SnapshotHead *head, guint64 file_size, const char *path, GError **error)
{
  const char *fault = NULL;
  if (memcmp (head->magic, HEAD_MAGIC, sizeof head->magic) != 0)
    fault = "found no snapshot in it";
  else if (head->order != ORDER_MARK)
    fault = "found a snapshot of another kind of machine, wanted one of this";
  else if (head->crc != crc32c (0, head, offsetof (SnapshotHead, crc)) || head->tail_size > TAIL_MOST)
    fault = "its head is damaged";
  else if (head->file_size != file_size)
    fault = head->file_size > file_size ? "it is cut off" : "something stands behind its end";
  return fault == NULL || set_corrupt (error, path, fault);
}

gboolean
snapshot_read_head (const char *path, SnapshotHead *out, GError **error)
{
  struct stat info;
  /* Whatever lies in the folder: a pipe without a writer must not be waited for. */
  int fd = g_open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
  if (fd < 0)
    return set_failed (error, path, "open");
  gboolean good
      = fstat (fd, &info) == 0 && S_ISREG (info.st_mode) && read (fd, out, sizeof *out) == sizeof *out;
  close (fd);
  if (!good)
    return set_corrupt (error, path, "found no snapshot in it");
  return check_head (out, (guint64) info.st_size, path, error);
}

/* The entry at *inout_at, which moves behind it. */
static SnapshotPart *
parse_entry (const guint8 *data, gsize length, gsize *inout_at, const char *path, GError **error)
{
  SnapshotEntry entry;
  const guint8 *at = data + *inout_at;
  gsize left = length - *inout_at;
  if (left >= sizeof entry)
    memcpy (&entry, at, sizeof entry);
  if (left < sizeof entry || entry.magic != ENTRY_MAGIC
      || entry.crc != crc32c (0, &entry, offsetof (SnapshotEntry, crc)) || entry.size > left - sizeof entry
      || padding (entry.size) > left - sizeof entry - entry.size
      || memchr (entry.plugin, '\0', sizeof entry.plugin) == NULL
      || memchr (entry.version, '\0', sizeof entry.version) == NULL)
    {
      set_corrupt (error, path, "the head of a state in it is damaged");
      return NULL;
    }
  if (crc32c (0, at + sizeof entry, entry.size) != entry.state_crc)
    {
      set_corrupt (error, path, "a state in it is damaged");
      return NULL;
    }
  SnapshotPart *part = g_new0 (SnapshotPart, 1);
  part->entry = entry;
  part->state = g_bytes_new (at + sizeof entry, entry.size);
  *inout_at += sizeof entry + entry.size + padding (entry.size);
  return part;
}

void
snapshot_part_free (SnapshotPart *part)
{
  g_bytes_unref (part->state);
  g_free (part);
}

SnapshotPart *
snapshot_read_part (const char *path, GError **error)
{
  g_autofree char *data = NULL;
  gsize length, at = 0;
  if (!g_file_get_contents (path, &data, &length, error))
    return NULL;
  g_autoptr (SnapshotPart) part = parse_entry ((const guint8 *) data, length, &at, path, error);
  if (part != NULL && at != length)
    {
      set_corrupt (error, path, "something stands behind its end");
      return NULL;
    }
  return g_steal_pointer (&part);
}

Snapshot *
snapshot_read (const char *path, GError **error)
{
  g_autofree char *data = NULL;
  gsize length;
  SnapshotHead head;
  if (!snapshot_read_head (path, &head, error) || !g_file_get_contents (path, &data, &length, error)
      || !check_head (&head, length, path, error))
    return NULL;
  g_autoptr (Snapshot) snapshot = g_new0 (Snapshot, 1);
  snapshot->head = head;
  snapshot->parts = g_ptr_array_new_with_free_func ((GDestroyNotify) snapshot_part_free);
  gsize at = sizeof head;
  for (guint i = 0; i < head.n_entries; i++)
    {
      SnapshotPart *part = parse_entry ((const guint8 *) data, length, &at, path, error);
      if (part == NULL)
        return NULL;
      g_ptr_array_add (snapshot->parts, part);
    }
  if (at != length)
    {
      set_corrupt (error, path, "something stands behind its end");
      return NULL;
    }
  return g_steal_pointer (&snapshot);
}

void
snapshot_free (Snapshot *snapshot)
{
  if (snapshot == NULL)
    return;
  g_ptr_array_unref (snapshot->parts);
  g_free (snapshot);
}

const SnapshotPart *
snapshot_find (const Snapshot *snapshot, guint64 id)
{
  for (guint i = 0; i < snapshot->parts->len; i++)
    {
      const SnapshotPart *part = snapshot->parts->pdata[i];
      if (part->entry.id == id)
        return part;
    }
  return NULL;
}
