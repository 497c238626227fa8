/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See caller.h. */
#include "control/caller.h"
#include <pwd.h>
#include <unistd.h>

#define ENTRY_SIZE 16384

Caller *
caller_new (const char *from, uid_t uid, pid_t pid)
{
  struct passwd entry, *found = NULL;
  g_autofree char *buffer = g_malloc (ENTRY_SIZE);
  Caller *caller = g_new0 (Caller, 1);
  *caller = (Caller){ .from = from, .uid = uid, .pid = pid };
  if (getpwuid_r (uid, &entry, buffer, ENTRY_SIZE, &found) == 0 && found != NULL)
    caller->user = g_utf8_make_valid (found->pw_name, -1);
  else
    caller->user = g_strdup_printf ("%u", (guint) uid);
  return caller;
}

void
caller_free (Caller *caller)
{
  g_free (caller->user);
  g_free (caller);
}

gboolean
caller_may_command (uid_t uid)
{
  return uid == geteuid () || uid == 0;
}
