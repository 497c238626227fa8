/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the library itself can do with a reader beyond glompo-journal.h. */
#pragma once

#include <glompo/glompo-journal.h>

/* As glompo_journal_reader_new(), but the first record is the one that begins offset bytes into the file (at
 * an offset where none begins, reading fails); 0: the first of all. (transfer full) */
GlompoJournalReader *journal_reader_new_at (const char *path, guint64 offset, GError **error);
