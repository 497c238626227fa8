/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Snapshots: one file with the states of optimizers as their plugins save them, so that a run that goes on
 * need not let them live through all of their past. The journal stays the truth: a snapshot belongs to a
 * prefix of it, which it names by its length and a checksum of its last bytes, and without one nothing is
 * lost but time.
 *
 * A worker writes the state of its optimizer into a part of its own; the manager joins the parts. All numbers
 * are in the order of the machine, like the states themselves. Pure functions, any thread.
 */
#pragma once

#include "base/random.h"
#include <glib.h>

/* Folder of the run directory that has the snapshots. Names with a dot in front are unfinished. */
#define SNAPSHOT_FOLDER "checkpoints"
#define SNAPSHOT_NAME_MAX 128

/* The state of one optimizer, at a moment when it had been told every point that it had asked for. */
typedef struct {
  guint64 magic;
  guint64 id;
  guint64 points;      /* that it had asked for; all are evaluated */
  guint64 n;           /* parameters */
  guint64 position;    /* in the journal: its points up to there, and no later one, are recorded before */
  RandomStream random; /* of its host */
  char plugin[64];
  char version[32];    /* of the plugin */
  guint64 size;        /* of the state that follows, padded with zeros to a multiple of 8 */
  guint32 state_crc;   /* CRC-32C of the state */
  guint32 crc;         /* CRC-32C of all before */
} SnapshotEntry;

typedef struct {
  char magic[8];       /* "GLOMPOS1" */
  guint64 order;       /* of the bytes of the machine */
  guint64 position;    /* bytes of the journal */
  guint64 evaluations; /* of the run, in them */
  gint64 time;         /* microseconds since 1970 UTC */
  guint64 file_size;   /* of the snapshot */
  guint32 tail_size;   /* bytes of the journal before position that tail_crc covers */
  guint32 tail_crc;    /* CRC-32C */
  guint32 n_entries;
  guint32 crc;         /* CRC-32C of all before */
} SnapshotHead;

/* A part, or an entry of a snapshot that was read. */
typedef struct {
  SnapshotEntry entry;
  GBytes *state;
} SnapshotPart;

typedef struct {
  SnapshotHead head;
  GPtrArray *parts; /* SnapshotPart */
} Snapshot;

/* Where worker and manager meet: the part of optimizer id for one order to save. (transfer full) */
char *snapshot_part_path (const char *run_directory, guint32 order, guint64 id);

/* An entry without position and checksums, which are filled in. */
SnapshotEntry snapshot_entry (guint64 id, guint64 points, gsize n, const RandomStream *random,
                              const char *plugin, const char *version);

/* TRUE: it is the state of an optimizer of this plugin, version and number of parameters. */
gboolean snapshot_entry_fits (const SnapshotEntry *entry, gsize n, const char *plugin, const char *version);

/* Error: G_FILE_ERROR; GLOMPO_JOURNAL_ERROR_CORRUPT for bytes that are no part or no snapshot. */
gboolean snapshot_write_part (const char *path, const SnapshotEntry *entry, const GByteArray *state,
                              GError **error);
SnapshotPart *snapshot_read_part (const char *path, GError **error);
void snapshot_part_free (SnapshotPart *part);

/* The head of a snapshot for so many bytes of that journal, which must be on the disk. */
gboolean snapshot_head_for (const char *journal, guint64 position, guint64 evaluations, SnapshotHead *out,
                            GError **error);

/* TRUE: the first end bytes of the journal begin with those that the snapshot belongs to. */
gboolean snapshot_head_matches (const SnapshotHead *head, const char *journal, guint64 end);

/* Writes under a temporary name, syncs, renames. parts: SnapshotPart. */
gboolean snapshot_write (const char *path, const SnapshotHead *head, const GPtrArray *parts, GError **error);

/* Only the head; the whole file, every checksum compared. */
gboolean snapshot_read_head (const char *path, SnapshotHead *out, GError **error);
Snapshot *snapshot_read (const char *path, GError **error);
void snapshot_free (Snapshot *snapshot);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Snapshot, snapshot_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SnapshotPart, snapshot_part_free)

/* NULL: it has none of that optimizer. */
const SnapshotPart *snapshot_find (const Snapshot *snapshot, guint64 id);
