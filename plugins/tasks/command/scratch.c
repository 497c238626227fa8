/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tasks/command/scratch.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK 65536
/* A template is read once and kept. */
#define LARGEST_TEMPLATE (64u << 20)

typedef enum { PIECE_COPY, PIECE_LINK, PIECE_TEMPLATE } PieceKind;

typedef struct {
  PieceKind kind;
  char *source; /* absolute */
  char *name;   /* in the directory */
  Pattern *pattern;
  mode_t mode;
} Piece;

struct _Furniture {
  GPtrArray *pieces;
};

static void
piece_free (gpointer data)
{
  Piece *piece = data;
  g_free (piece->source);
  g_free (piece->name);
  pattern_free (piece->pattern);
  g_free (piece);
}

static gboolean
refuse (GError **error, const char *what, const char *path, int code)
{
  g_set_error (error, TASK_ERROR, TASK_ERROR_FAILED, "cannot %s %s: %s", what, path, g_strerror (code));
  return FALSE;
}

/* ---- furniture ---- */

static gboolean
read_template (Piece *piece, gsize size, const TaskSpace *space, guint8 *used, GError **error)
{
  g_autofree char *text = NULL;
  gsize length = 0;
  if (size > LARGEST_TEMPLATE)
    return refuse (error, "fill in", piece->source, EFBIG);
  if (!g_file_get_contents (piece->source, &text, &length, error))
    return FALSE;
  if (strlen (text) != length)
    {
      g_set_error (error, TASK_ERROR, TASK_ERROR_FAILED, "found a NUL byte in %s, wanted text",
                   piece->source);
      return FALSE;
    }
  piece->pattern = pattern_new (text, space, used, error);
  if (piece->pattern == NULL)
    g_prefix_error (error, "%s: ", piece->source);
  return piece->pattern != NULL;
}

static char *
target_name (const char *source, PieceKind kind)
{
  static const char *const endings[] = { ".in", ".template" };
  char *name = g_path_get_basename (source);
  for (gsize i = 0; kind == PIECE_TEMPLATE && i < G_N_ELEMENTS (endings); i++)
    if (g_str_has_suffix (name, endings[i]) && strlen (name) > strlen (endings[i]))
      {
        name[strlen (name) - strlen (endings[i])] = '\0';
        break;
      }
  return name;
}

static gboolean
add_piece (Furniture *furniture, PieceKind kind, const char *path, const TaskSpace *space, guint8 *used,
           GError **error)
{
  struct stat info;
  Piece *piece = g_new0 (Piece, 1);
  g_ptr_array_add (furniture->pieces, piece);
  piece->kind = kind;
  piece->source = g_strdup (path);
  piece->name = target_name (piece->source, kind);
  if (stat (piece->source, &info) != 0)
    return refuse (error, "find", piece->source, errno);
  if (kind != PIECE_LINK && !S_ISREG (info.st_mode))
    {
      g_set_error (error, TASK_ERROR, TASK_ERROR_FAILED,
                   "found %s, wanted a file; a directory can be linked to", piece->source);
      return FALSE;
    }
  for (guint i = 0; i + 1 < furniture->pieces->len; i++)
    if (strcmp (((Piece *) furniture->pieces->pdata[i])->name, piece->name) == 0)
      {
        g_set_error (error, TASK_ERROR, TASK_ERROR_FAILED,
                     "found two files that would be '%s' in the directory", piece->name);
        return FALSE;
      }
  piece->mode = info.st_mode & 0777;
  return kind != PIECE_TEMPLATE || read_template (piece, (gsize) info.st_size, space, used, error);
}

Furniture *
furniture_new (const FurnitureLists *given, const TaskSpace *space, guint8 *used, GError **error)
{
  const struct {
    const char *option, *text;
    PieceKind kind;
  } lists[] = { { "files", given->copies, PIECE_COPY },
                { "links", given->links, PIECE_LINK },
                { "templates", given->templates, PIECE_TEMPLATE } };
  g_autoptr (Furniture) furniture = g_new0 (Furniture, 1);
  furniture->pieces = g_ptr_array_new_with_free_func (piece_free);
  for (gsize i = 0; i < G_N_ELEMENTS (lists); i++)
    {
      g_auto (GStrv) words = words_split (lists[i].text, error);
      gboolean good = words != NULL;
      for (gsize k = 0; good && words[k] != NULL; k++)
        {
          g_autofree char *path = g_canonicalize_filename (words[k], given->base);
          good = add_piece (furniture, lists[i].kind, path, space, used, error);
        }
      if (!good)
        {
          g_prefix_error (error, "%s: ", lists[i].option);
          return NULL;
        }
    }
  return g_steal_pointer (&furniture);
}

void
furniture_free (Furniture *furniture)
{
  if (furniture == NULL)
    return;
  g_ptr_array_unref (furniture->pieces);
  g_free (furniture);
}

gboolean
furniture_is_empty (const Furniture *furniture)
{
  return furniture->pieces->len == 0;
}

/* ---- making ---- */

char *
scratch_make (const char *parent, GError **error)
{
  g_autofree char *path = g_build_filename (parent, "evaluation-XXXXXX", NULL);
  if (g_mkdtemp (path) != NULL)
    return g_steal_pointer (&path);
  refuse (error, "make a directory in", parent, errno);
  return NULL;
}

static gboolean
write_all (int fd, const char *data, gsize size)
{
  while (size > 0)
    {
      gssize written = write (fd, data, size);
      if (written < 0 && errno == EINTR)
        continue;
      if (written <= 0)
        return FALSE;
      data += written;
      size -= (gsize) written;
    }
  return TRUE;
}

static gboolean
copy_all (int from, int to)
{
  char chunk[CHUNK];
  for (;;)
    {
      gssize size = read (from, chunk, sizeof chunk);
      if (size == 0)
        return TRUE;
      if (size < 0 && errno == EINTR)
        continue;
      if (size < 0 || !write_all (to, chunk, (gsize) size))
        return FALSE;
    }
}

static gboolean
write_piece (const Piece *piece, int to, const PatternValues *values)
{
  if (piece->kind == PIECE_TEMPLATE)
    {
      g_autoptr (GString) text = g_string_new (NULL);
      pattern_fill (piece->pattern, values, FALSE, text);
      return write_all (to, text->str, text->len);
    }
  int from = open (piece->source, O_RDONLY | O_CLOEXEC);
  gboolean good = from >= 0 && copy_all (from, to);
  int code = errno;
  if (from >= 0)
    close (from);
  errno = code;
  return good;
}

static gboolean
place_piece (const char *directory, const Piece *piece, const PatternValues *values)
{
  g_autofree char *path = g_build_filename (directory, piece->name, NULL);
  if (piece->kind == PIECE_LINK)
    return symlink (piece->source, path) == 0;
  int fd = open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, piece->mode | S_IWUSR);
  gboolean good = fd >= 0 && write_piece (piece, fd, values);
  int code = errno;
  if (fd >= 0 && close (fd) != 0 && good)
    return FALSE;
  errno = code;
  return good;
}

gboolean
scratch_furnish (const char *directory, const Furniture *furniture, const PatternValues *values,
                 GError **error)
{
  for (guint i = 0; i < furniture->pieces->len; i++)
    {
      const Piece *piece = furniture->pieces->pdata[i];
      if (!place_piece (directory, piece, values))
        return refuse (error, "put into the directory of the evaluation", piece->source, errno);
    }
  return TRUE;
}

/* ---- removing ---- */

/* Opens a directory in another whatever its mode. */
static DIR *
open_directory (int parent, const char *name)
{
  int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  struct stat info;
  if (fstatat (parent, name, &info, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR (info.st_mode))
    return NULL;
  if ((info.st_mode & 0700) != 0700)
    fchmodat (parent, name, 0700, 0);
  int fd = openat (parent, name, flags);
  DIR *directory = fd >= 0 ? fdopendir (fd) : NULL;
  if (fd >= 0 && directory == NULL)
    close (fd);
  return directory;
}

static gboolean
is_dots (const char *name)
{
  return strcmp (name, ".") == 0 || strcmp (name, "..") == 0;
}

/* Empties one subdirectory of the root: files go, directories move up into the root, so that depth costs
 * neither stack nor descriptors. */
static gboolean
flatten (int root, const char *name, guint64 *moved)
{
  DIR *directory = open_directory (root, name);
  gboolean good = directory != NULL;
  if (directory == NULL)
    return FALSE;
  for (struct dirent *entry; good && (entry = readdir (directory)) != NULL;)
    {
      if (is_dots (entry->d_name) || unlinkat (dirfd (directory), entry->d_name, 0) == 0)
        continue;
      char up[64];
      g_snprintf (up, sizeof up, ".glompo-removed-%" G_GUINT64_FORMAT, (*moved)++);
      /* To move a directory its entry ".." is written. */
      fchmodat (dirfd (directory), entry->d_name, 0700, 0);
      good = renameat (dirfd (directory), entry->d_name, root, up) == 0;
    }
  closedir (directory);
  return good && unlinkat (root, name, AT_REMOVEDIR) == 0;
}

/* One pass over the root. Returns how many entries are gone, or -1: one cannot be removed. */
static gint64
sweep (const char *path, guint64 *moved)
{
  gint64 gone = 0;
  DIR *root = open_directory (AT_FDCWD, path);
  if (root == NULL)
    return -1;
  for (struct dirent *entry; gone >= 0 && (entry = readdir (root)) != NULL;)
    {
      if (is_dots (entry->d_name))
        continue;
      if (unlinkat (dirfd (root), entry->d_name, 0) == 0 || flatten (dirfd (root), entry->d_name, moved))
        gone++;
      else
        gone = -1;
    }
  closedir (root);
  return gone;
}

gboolean
scratch_remove (const char *directory)
{
  guint64 moved = 0;
  gint64 gone;
  do
    gone = sweep (directory, &moved);
  while (gone > 0);
  return rmdir (directory) == 0;
}
