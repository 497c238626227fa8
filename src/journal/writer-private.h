/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The inside of the journal's writer, see writer.h. The owner fills `active`, which it alone touches; full or
 * flushed buffers go into `queue`, from which the writer's thread takes them in order. Under `lock`: queue,
 * spare and what follows them in the struct. Invariant: the file holds the first `written` bytes of the
 * journal, then come the rest of the thread's buffer, the queue, and `active`. What is written stays in
 * memory until it is synced. Locks are those of POSIX and not of GLib, so that a thread sanitizer sees them.
 */
#pragma once

#include <pthread.h>

#include "journal/records.h"
#include "journal/writer.h"

/* Large enough that a system call costs nothing per record, small enough for the processor's cache. */
#define BUFFER_SIZE (1024u * 1024u)

typedef struct {
  guint8 *bytes;
  gsize size;
  gsize capacity;
  guint64 offset; /* in the file, once the thread has begun with it */
} Buffer;

struct _JournalWriter {
  char *path;
  int fd;
  pthread_t thread;

  /* The owner's alone. */
  Buffer *active;
  guint64 size;
  gint64 time;      /* of the last record: no later one has an earlier time */
  JournalCut cut;

  pthread_mutex_t lock;
  pthread_cond_t wake;     /* for the thread: there is work */
  pthread_cond_t progress; /* for the owner: something was written, synced, or failed */
  GQueue queue;         /* Buffer, not yet begun */
  GQueue spares;        /* Buffer of BUFFER_SIZE, free */
  guint64 written;      /* bytes in the file */
  guint64 synced;       /* bytes on the disk */
  guint64 sync_wanted;  /* bytes that should be */
  int failure;          /* errno that stopped the thread until the next flush, 0: none */
  const char *failed;   /* what failed then: "write" or "sync"... */
  gboolean quit;
};

/* writer.c */
Buffer *buffer_new (gsize capacity);
void buffer_free (Buffer *buffer);

/* writer-thread.c: the writer's thread, a JournalWriter is its argument; and what it does to files. These
 * return errno, 0: done. */
void *writer_write_and_sync (void *data);
int writer_sync_file (int fd);

/* writer-open.c: puts back a file that was removed: a new one of that path gets the first size bytes of it
 * and takes its descriptor. Returns errno. */
int writer_restore (int fd, const char *path, guint64 size);

/* writer-open.c. Returns FALSE. */
gboolean writer_set_error (GError **error, const char *path, const char *what, int number);
