/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who gives a command. Thread: any. */
#pragma once

#include <glib.h>
#include <sys/types.h>

typedef struct {
  const char *from; /* "socket", "file" */
  uid_t uid;
  pid_t pid;  /* 0: not known */
  char *user; /* name of uid, or the number */
} Caller;

Caller *caller_new (const char *from, uid_t uid, pid_t pid);
void caller_free (Caller *caller);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Caller, caller_free)

/* Whether someone is listened to: the user whose run it is, and root. */
gboolean caller_may_command (uid_t uid);
