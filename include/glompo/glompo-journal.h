/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * glompo-journal.h - reads the journal of a run: the one file from which everything that a run did can
 * be told. It may be read while the run goes on.
 *
 * The file "journal.glompo" in the run directory, all numbers little-endian:
 *   bytes 0-7   "GLOMPOJ1"
 *   then records, each a multiple of 8 bytes long:
 *     u32  length of the payload in bytes, without padding; at most 64 MiB
 *     u32  type, a GlompoRecordType
 *     u64  id of the optimizer that the record is about, 0: the run
 *     i64  time, microseconds since 1970 UTC
 *     u32  CRC-32C (Castagnoli) of the payload with its padding
 *     u32  CRC-32C of the 28 bytes before this number
 *     payload, padded with zero bytes to a multiple of 8
 * The payload of an evaluation is
 *     f64 f, u64 call, u64 point, u32 status, u32 n_extras, f64 x[n], f64 extras[n_extras]
 * with n from the length. Its extras are those that the task declares; behind them come the residuals, where
 * the task has some, and the gradient, where the optimizer uses it. Every other payload is a GVariant of type
 * a{sv} in little-endian normal form; its keys are listed at the record types below. A reader passes over
 * records of a type, and keys, that it does not know.
 *
 * A torn tail is what a crash leaves: the file ends inside a record whose length, where it is there, has
 * a good checksum; or all bytes from the start of a disk sector (a multiple of 512) inside the first bad
 * record to the end of the file are zero, as some file systems leave them after a power cut. Everything
 * before the tail is good. Any other bad record is damage: GLOMPO_JOURNAL_ERROR_CORRUPT.
 */
#ifndef GLOMPO_JOURNAL_H
#define GLOMPO_JOURNAL_H

#include <glib.h>
#include <glompo/glompo-error.h>

G_BEGIN_DECLS

#define GLOMPO_JOURNAL_FILE "journal.glompo"

/* What a record says. The keys of the details and their GVariant types are in brackets. */
typedef enum {
  /* First record of a session: of a run, and again each time that it is resumed. [config s: the ini text;
     config_name s; base_directory s: what relative file names are relative to; seed t; version s; abi s;
     host s; user s; directory s: run directory; pid u; cores u; task s: plugin; task_version s; task_file s;
     parameters as: names; lower ad; upper ad; fixed a(sd): parameters outside the search; task_parameters
     as: the names of both in the order of the task; extras a(suu): name, type, count; groups
     a(sssts): name, plugin, version, workers, level-2 backend; backend s; max_jobs t. Where known:
     settings a{ss}: every key of [glompo] with the value in use; memory t: bytes of the machine; core_ids
     au; frequency d: MHz; records u: the highest type of record that the program knows, none: up to 16] */
  GLOMPO_RECORD_RUN_STARTED = 1,
  /* A finding of the compatibility check. [code s; severity s; where s; what s; mend s] */
  GLOMPO_RECORD_FINDING = 2,
  /* An optimizer starts. [group s; type s: plugin; version s; workers t; seed t; x0 ad; selector s,
     generator s: their calls, and why they answered so; evaluations t: of the run] */
  GLOMPO_RECORD_OPTIMIZER_STARTED = 3,
  /* One evaluation; see GlompoEvaluation. */
  GLOMPO_RECORD_EVALUATION = 4,
  /* A hunter's condition held. The record is about the victim. [hunter t: id of the holder of the best
     value; reason s: the condition with the value of each part and its figures; evaluations t: of the
     run; hunt t: number of the hunt; verdict s: stop, freeze; tree a(ysssad): the same as a tree, a node
     before those below it: depth; "and", "or" or a call; "true", "false" or "none" where the test did not
     come so far; the figures as text; the figures] */
  GLOMPO_RECORD_HUNT = 5,
  /* The manager tells an optimizer to end. [by s: hunter, user, convergence, interrupt, limit, crash;
     reason s] */
  GLOMPO_RECORD_STOP = 6,
  /* An optimizer took the incumbent that was offered to it. [x ad; f d; from t: id of its finder;
     point t: number of points that the optimizer had asked for by then; look u: how often it had looked for
     one in vain since its last evaluation, where it asks by itself] */
  GLOMPO_RECORD_INJECTION = 7,
  /* A line of the log. [level s: info, warning, error; text s. In a session whose RUN_STARTED has no records,
     about optimizer 0, "changed in the run: KEY = VALUE" says what SETTING_CHANGED does] */
  GLOMPO_RECORD_MESSAGE = 8,
  /* A look at the run. [evaluations t; best_f d; best_id t; alive t; frozen t; busy t; max_jobs t; seconds d;
     optimizers a(td): id and last value of those alive or frozen; memory t: bytes, all processes of the run;
     cpu d: seconds used by them; load ad: 1, 5, 15 minutes] */
  GLOMPO_RECORD_STATUS = 9,
  /* An optimizer ended. [state s: converged, hunted, stopped, failed; reason_code i: GlompoStopReason;
     reason s; evaluations t; failures t; best_f d; seconds d; metrics a{sd};
     said t: evaluations of the run when it said that it ends, if it did] */
  GLOMPO_RECORD_OPTIMIZER_ENDED = 10,
  /* Last record of a session. [state s: finished, failed, interrupted; reason s: with the condition that
     held; evaluations t; failures t; started t; converged t; hunted t; crashed t; hunts t; freezes t;
     revivals t; seconds d; best_f d; best_id t; best_evaluation t; best_x ad. Where a condition held: tree
     a(ysssad), as for a hunt] */
  GLOMPO_RECORD_RUN_ENDED = 11,
  /* An optimizer is frozen: it keeps its state and gives up its slots. [by s: hunter, user; reason s;
     evaluations t: of the run] */
  GLOMPO_RECORD_FREEZE = 12,
  /* A frozen optimizer goes on. [by s: selector, user; reason s; evaluations t: of the run] */
  GLOMPO_RECORD_REVIVE = 13,
  /* From now on no new optimizer is started. [by s: spawn, selector; reason s: the spawn condition with its
     figures, or the call of the selector and why; evaluations t, started t: of the run. Where the condition
     held: tree a(ysssad), as for a hunt] */
  GLOMPO_RECORD_SPAWNING_STOPPED = 14,
  /* A command was given from outside; whether it was obeyed shows in what follows. [command s: its words;
     from s: socket, file; uid u; user s; pid i: 0 for a file] */
  GLOMPO_RECORD_COMMAND = 16,
  /* From here on a setting has another value; the COMMAND before it, if there is one, says who wanted it.
     [key s: of [glompo]; value s; evaluations t: of the run. With the key max_jobs: max_jobs t: slots] */
  GLOMPO_RECORD_SETTING_CHANGED = 17
} GlompoRecordType;

/* One evaluation. */
typedef struct {
  guint64 call;          /* number of the evaluation in the run, from 1, in the order of acceptance */
  guint64 point;         /* number among the points that its optimizer asked for, from 1 */
  gint32 status;         /* a GlompoStatus */
  double f;              /* the value, +INFINITY unless the status is EVALUATED */
  gsize n;               /* length of x */
  const double *x;       /* the point */
  gsize n_extras;        /* length of extras */
  const double *extras;  /* further values of the task, one behind the other */
} GlompoEvaluation;

/* One record. Valid until the next call with the same reader. */
typedef struct {
  GlompoRecordType type;
  guint64 optimizer;           /* id, 0: the run */
  gint64 time;                 /* microseconds since 1970 UTC */
  guint64 offset;              /* of the record in the file, in bytes */
  GlompoEvaluation evaluation; /* for GLOMPO_RECORD_EVALUATION */
  GVariant *details;           /* for all others: a{sv}; NULL for an evaluation */
} GlompoRecord;

/* How a reader came to the end. */
typedef enum {
  GLOMPO_JOURNAL_RECORD, /* a record was read */
  GLOMPO_JOURNAL_END,    /* the file ends behind a whole record */
  GLOMPO_JOURNAL_TORN,   /* the file ends inside a record */
  GLOMPO_JOURNAL_FAILED  /* error is set: reading failed, or the journal is damaged here */
} GlompoJournalResult;

typedef struct _GlompoJournalReader GlompoJournalReader;

/* Opens a journal: path is the file or its run directory. NULL with GLOMPO_JOURNAL_ERROR.
 * (transfer full) */
GLOMPO_API GlompoJournalReader *glompo_journal_reader_new (const char *path, GError **error);
GLOMPO_API void glompo_journal_reader_free (GlompoJournalReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GlompoJournalReader, glompo_journal_reader_free)

/* Reads the next record. After END or TORN a later call tries again, as a running run may have written
 * more meanwhile. On FAILED the reader stays where it is. */
GLOMPO_API GlompoJournalResult glompo_journal_reader_next (GlompoJournalReader *reader,
                                                           const GlompoRecord **out_record,
                                                           GError **error);

/* Byte offset behind the last whole record that was read: where a torn tail is to be cut. */
GLOMPO_API guint64 glompo_journal_reader_get_offset (GlompoJournalReader *reader);

/* Gives the journal of a run directory another name, which is free, so that a new run can begin there: what
 * is damaged may still be of use. NULL with GLOMPO_JOURNAL_ERROR_IO: it is where it was. (transfer full) */
GLOMPO_API char *glompo_journal_put_aside (const char *directory, GError **error);

/* "run-started", "evaluation"...; NULL for an unknown number. */
GLOMPO_API const char *glompo_record_type_to_string (GlompoRecordType type);

/* Room for any number of a journal as text. */
#define GLOMPO_DOUBLE_TEXT_SIZE 32

/* Writes the shortest decimal number that reads back to the same bits, in every locale: "0.1", "1e+300",
 * "-0", "nan", "inf", "-inf". Returns buffer, which has GLOMPO_DOUBLE_TEXT_SIZE bytes. */
GLOMPO_API const char *glompo_double_to_text (double value, char *buffer);

G_END_DECLS

#endif /* GLOMPO_JOURNAL_H */
