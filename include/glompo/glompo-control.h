/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * glompo-control.h - steers a run while it goes on: from another program, through a socket in the run
 * directory, or by files made there.
 *
 * The commands, each a list of words:
 *     status                  how the run stands
 *     stop ID                 end that optimizer, as a hunter would
 *     freeze ID, revive ID    let it give up its slots with its state kept; let it go on
 *     pause [ID], resume [ID] let the run, or one optimizer, rest and go on
 *     checkpoint              put the journal on the disk now, all that a run is gone on with, and order
 *                             a snapshot
 *     set KEY VALUE           change a key of [glompo]: see glompo_manager_set()
 *     exit [now]              end the run; now: without waiting for its optimizers
 * The files: STOP_ID, CHKPT and EXIT, which are removed once they are obeyed.
 *
 * The socket is GLOMPO_CONTROL_SOCKET in the run directory. Only the user whose run it is, and root, are
 * listened to. A message is 4 bytes "GLCP", its length as u32 in the byte order of the machine, and a
 * GVariant in normal form: "as", the words of the command, to the run, which answers with "(bsa{sv})":
 * whether it was obeyed, a sentence, and details. One command, one answer, and the connection is closed.
 */
#ifndef GLOMPO_CONTROL_H
#define GLOMPO_CONTROL_H

#include <glib.h>
#include <glompo/glompo-error.h>
#include <glompo/glompo-manager.h>

G_BEGIN_DECLS

#define GLOMPO_CONTROL_SOCKET "glompo_control"

/* ---- the side of the run ---- */

typedef struct _GlompoControl GlompoControl;

/* Obeys commands and files for the manager (referenced) from now on, in a thread of its own; to be called
 * in the callback `started` of a GlompoObserver, with the directory that it gives. What cannot be had, as a
 * socket in a file system that knows none, is told as a warning of the run, which goes on without.
 * (transfer full) */
GLOMPO_API GlompoControl *glompo_control_new (GlompoManager *manager, const char *directory);

/* Removes the socket. Not in a callback of the manager. NULL is accepted. */
GLOMPO_API void glompo_control_free (GlompoControl *control);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GlompoControl, glompo_control_free)

/* ---- the side of another program ---- */

/* Gives a command (words, NULL-terminated) to the run in the directory and waits for its answer, a sentence,
 * for a minute at the most. NULL with GLOMPO_CONTROL_ERROR. (transfer full) */
GLOMPO_API char *glompo_control_send (const char *directory, const char *const *words, GError **error);

/* How the run in the directory stands. NULL with GLOMPO_CONTROL_ERROR. (transfer full) */
GLOMPO_API GlompoRunStatus *glompo_control_get_status (const char *directory, GError **error);

/* The process of the run in the directory, which need not answer for that; 0: one that cannot be seen from
 * here. -1 with GLOMPO_CONTROL_ERROR. */
GLOMPO_API gint64 glompo_control_get_process (const char *directory, GError **error);

/* A status as one JSON object on one line: state, paused, seconds, seconds_left, evaluations, budget, fx,
 * best_optimizer, started, alive, frozen, busy, max_jobs, memory, load, optimizers [{id, group, type, state,
 * workers, evaluations, best_f, last_f}]. What is not there is null. (transfer full) */
GLOMPO_API char *glompo_run_status_to_json (const GlompoRunStatus *status);

G_END_DECLS

#endif /* GLOMPO_CONTROL_H */
