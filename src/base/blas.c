/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>
#include "base/blas.h"
#include <dlfcn.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A library is known by the beginning of its file name. parallel: 0 means that it was built serial. */
typedef struct {
  const char *prefix, *parallel, *get, *set;
  gboolean counts; /* as BLAS; else it is only told */
  gboolean wide;   /* the number is an int64_t, not an int */
} Library;

static const Library libraries[] = {
  { "libopenblas", "openblas_get_parallel", "openblas_get_num_threads", "openblas_set_num_threads", TRUE,
    FALSE },
  { "libmkl_", NULL, "MKL_Get_Max_Threads", "MKL_Set_Num_Threads", TRUE, FALSE },
  { "libblis", NULL, "bli_thread_get_num_threads", "bli_thread_set_num_threads", TRUE, TRUE },
  { "libgomp", NULL, "omp_get_max_threads", "omp_set_num_threads", FALSE, FALSE },
  { "libomp", NULL, "omp_get_max_threads", "omp_set_num_threads", FALSE, FALSE },
  { "libiomp5", NULL, "omp_get_max_threads", "omp_set_num_threads", FALSE, FALSE },
};

typedef struct {
  char *path;
  const Library *library;
} Found;

static int
find (struct dl_phdr_info *info, size_t size, void *data)
{
  const char *slash = strrchr (info->dlpi_name, '/');
  const char *name = slash != NULL ? slash + 1 : info->dlpi_name;
  for (gsize i = 0; i < G_N_ELEMENTS (libraries); i++)
    if (g_str_has_prefix (name, libraries[i].prefix))
      {
        Found found = { g_strdup (info->dlpi_name), &libraries[i] };
        g_array_append_val (data, found);
      }
  return 0;
}

typedef union {
  void *address;
  int (*get) (void);
  int64_t (*get_wide) (void);
  void (*set) (int);
  void (*set_wide) (int64_t);
  void *(*take) (int position);
  void (*put_back) (void *buffer);
} Function;

static Function
get_function (void *handle, const char *name)
{
  return (Function){ .address = name != NULL ? dlsym (handle, name) : NULL };
}

static guint
get_threads (const Library *library, void *handle)
{
  Function parallel = get_function (handle, library->parallel), get = get_function (handle, library->get);
  if (!library->counts || get.address == NULL || (parallel.address != NULL && parallel.get () == 0))
    return 1;
  int64_t n = library->wide ? get.get_wide () : get.get ();
  return (guint) CLAMP (n, 1, 1 << 20); /* BLIS says -1 where nobody asked for threads */
}

static void
set_threads (const Library *library, void *handle, guint n)
{
  Function set = get_function (handle, library->set);
  if (set.address != NULL && library->wide)
    set.set_wide (n);
  else if (set.address != NULL)
    set.set ((int) n);
}

/* OpenBLAS takes memory for its own use at the first call that needs some, and where it is refused asks again
 * for ever (driver/others/memory.c of it, 0.3). */
static void
take_memory (void *handle)
{
  Function alloc = get_function (handle, "blas_memory_alloc");
  Function back = get_function (handle, "blas_memory_free");
  if (alloc.address != NULL && back.address != NULL)
    back.put_back (alloc.take (0)); /* it stays the library's */
}

typedef struct {
  guint set; /* 0: only asks */
  gboolean take_memory;
} Wish;

/* Not inside dl_iterate_phdr(), which holds the loader's lock. */
static guint
visit (Wish wish)
{
  guint most = 1;
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (Found));
  dl_iterate_phdr (find, all);
  for (guint i = 0; i < all->len; i++)
    {
      Found *found = &g_array_index (all, Found, i);
      void *handle = dlopen (found->path, RTLD_LAZY | RTLD_NOLOAD);
      g_free (found->path);
      if (handle == NULL)
        continue;
      if (wish.set > 0)
        set_threads (found->library, handle, wish.set);
      if (wish.take_memory && g_str_equal (found->library->prefix, "libopenblas"))
        take_memory (handle);
      most = MAX (most, get_threads (found->library, handle));
      dlclose (handle);
    }
  return most;
}

guint
blas_get_threads (void)
{
  return visit ((Wish){ 0 });
}

void
blas_set_threads (guint n)
{
  visit ((Wish){ .set = MAX (n, 1) });
}

/* Bytes that this process may write to and has for itself. */
static gsize
data_size (void)
{
  gsize pages = 0;
  FILE *file = fopen ("/proc/self/statm", "re");
  if (file == NULL || fscanf (file, "%*u %*u %*u %*u %*u %" G_GSIZE_FORMAT, &pages) != 1)
    pages = 0;
  if (file != NULL)
    fclose (file);
  return pages * (gsize) sysconf (_SC_PAGESIZE);
}

gsize
blas_take_memory (void)
{
  gsize before = data_size ();
  visit ((Wish){ .take_memory = TRUE });
  gsize after = data_size ();
  return after > before ? after - before : 0;
}
