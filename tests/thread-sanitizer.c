/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Tells ThreadSanitizer of the locks and the reference counts of GLib, which work inside a library that it does not
 * see: what was written under a lock, or before somebody else gave back the last reference, would look like a race.
 * Only in builds with --enable-sanitizers=thread. Thread: any.
 */
#include <dlfcn.h>
#include <glib.h>
#include <sanitizer/tsan_interface.h>

/* The function of that name in GLib. */
static gpointer
original (const char *name)
{
  gpointer symbol = dlsym (RTLD_NEXT, name);
  g_assert (symbol != NULL);
  return symbol;
}

#define CALL(RETURN, NAME, TYPES, ...) ((RETURN (*) TYPES) original (NAME)) (__VA_ARGS__)

void
g_mutex_lock (GMutex *mutex)
{
  CALL (void, "g_mutex_lock", (GMutex *), mutex);
  __tsan_acquire (mutex);
}

gboolean
g_mutex_trylock (GMutex *mutex)
{
  gboolean locked = CALL (gboolean, "g_mutex_trylock", (GMutex *), mutex);
  if (locked)
    __tsan_acquire (mutex);
  return locked;
}

void
g_mutex_unlock (GMutex *mutex)
{
  __tsan_release (mutex);
  CALL (void, "g_mutex_unlock", (GMutex *), mutex);
}

void
g_cond_wait (GCond *cond, GMutex *mutex)
{
  __tsan_release (mutex);
  CALL (void, "g_cond_wait", (GCond *, GMutex *), cond, mutex);
  __tsan_acquire (mutex);
}

gboolean
g_cond_wait_until (GCond *cond, GMutex *mutex, gint64 end_time)
{
  __tsan_release (mutex);
  gboolean woken = CALL (gboolean, "g_cond_wait_until", (GCond *, GMutex *, gint64), cond, mutex, end_time);
  __tsan_acquire (mutex);
  return woken;
}

/* Who gives back the last reference may read and free what all the others wrote before they gave back theirs. */
#undef g_atomic_ref_count_dec

gboolean
g_atomic_ref_count_dec (gatomicrefcount *refs)
{
  __tsan_release (refs);
  gboolean last = CALL (gboolean, "g_atomic_ref_count_dec", (gatomicrefcount *), refs);
  if (last)
    __tsan_acquire (refs);
  return last;
}
