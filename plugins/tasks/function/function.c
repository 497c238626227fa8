/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Task `function`: a function of the user's in a shared object, called as it is. Its C declaration depends on
 * the options and is one of
 *
 *   double f (const double *x, size_t n);
 *   double f (const double *x, size_t n, void *context);                    with context
 *   double f (const double *x, size_t n, double *extras);                   with extras
 *   double f (const double *x, size_t n, void *context, double *extras);    with both
 *
 * and the context is what void *init (const char *argument) gives, once for each evaluator, and what
 * void free (void *context) takes. NaN or an infinity as value is a failed evaluation. How the function bears
 * company is what the user says it is.
 *
 * Thread: as the option concurrency has it. The object is never unloaded: what it has started may still run.
 */
#include "tasks/common/space.h"
#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <math.h>

typedef double (*Plain) (const double *x, size_t n);
typedef double (*WithContext) (const double *x, size_t n, void *context);
typedef double (*WithExtras) (const double *x, size_t n, double *extras);
typedef double (*WithBoth) (const double *x, size_t n, void *context, double *extras);

static const char *const words[] = { "process-local", "concurrent", "global-lock", NULL };
static const GlompoConcurrency concurrencies[]
    = { GLOMPO_PROCESS_LOCAL, GLOMPO_CONCURRENT, GLOMPO_GLOBAL_LOCK };

typedef struct {
  const char *file, *symbol;
  bool context;
  const char *init, *argument, *free;
  int32_t concurrency;
  TASK_SPACE_PART;
} FunctionOptions;

static const GlompoOption options[] = {
  GLOMPO_OPT_STRING (FunctionOptions, file, NULL, "path of the shared object"),
  GLOMPO_OPT_STRING (FunctionOptions, symbol, "f",
                     "name of the function: double f(const double *x, size_t n)"),
  GLOMPO_OPT_BOOLEAN (FunctionOptions, context, "false",
                      "the function has a further argument, void *context: what init has returned"),
  GLOMPO_OPT_STRING (
      FunctionOptions, init, "",
      "name of a function void *init(const char *argument) that makes the context, NULL if it fails; "
      "empty: the context is NULL"),
  GLOMPO_OPT_STRING (FunctionOptions, argument, "", "the text that init is given"),
  GLOMPO_OPT_STRING (FunctionOptions, free, "", "name of a function void free(void *context); empty: none"),
  GLOMPO_OPT_CHOICE (
      FunctionOptions, concurrency, words, "process-local",
      "concurrent: thread-safe; process-local: one call in a process at a time; global-lock: safe, "
      "but calls in a process wait for each other"),
  TASK_SPACE_OPTIONS (FunctionOptions),
};

typedef struct {
  TaskSpace *space;
  gpointer call; /* the user's function */
  gboolean has_context;
  gpointer context;
  void (*free_context) (void *context);
  GlompoConcurrency concurrency;
  double *extras; /* where it writes them when nobody wants them; NULL: it has none */
} Function;

static gpointer
open_file (const char *path, GError **error)
{
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      task_refuse (error, "file: found no file %s", path);
      return NULL;
    }
  gpointer handle = dlopen (path, RTLD_NOW | RTLD_LOCAL);
  if (handle == NULL)
    {
      const char *why = dlerror ();
      task_refuse (error,
                   "file: %s cannot be loaded, wanted a shared object (cc -shared -fPIC -o F.so F.c): %s",
                   path, why != NULL ? why : "no reason given");
    }
  return handle;
}

/* Data cannot be called; of what the table of symbols does not tell, as the choice of an indirect function,
 * it is taken that it can. */
static gboolean
is_data (gconstpointer address)
{
  Dl_info info;
  const ElfW (Sym) *found = NULL;
  if (dladdr1 (address, &info, (void **) &found, RTLD_DL_SYMENT) == 0)
    return TRUE; /* of no object at all: a variable of a thread */
  guchar type = found != NULL ? ELF64_ST_TYPE (found->st_info) : STT_FUNC; /* the same for 32 bits */
  return type != STT_FUNC && type != STT_GNU_IFUNC && type != STT_NOTYPE;
}

/* The name of the file that it lies in, if that is not the one of the handle; else NULL. */
static const char *
find_stranger (gpointer handle, gconstpointer address)
{
  Dl_info info;
  struct link_map *own = NULL, *its = NULL;
  if (dlinfo (handle, RTLD_DI_LINKMAP, &own) != 0
      || dladdr1 (address, &info, (void **) &its, RTLD_DL_LINKMAP) == 0 || own == its)
    return NULL;
  return info.dli_fname;
}

/* The address of a function; NULL: error. option is what named it. */
static gpointer
find_symbol (gpointer handle, const char *option, const char *symbol, const char *path, GError **error)
{
  gpointer address = symbol[0] != '\0' ? dlsym (handle, symbol) : NULL;
  if (address == NULL)
    task_refuse (error, "%s: %s does not export '%s'; in C++ a function is declared extern \"C\"", option,
                 path, symbol);
  else if (is_data (address))
    {
      task_refuse (error, "%s: found data called '%s' in %s, wanted a function", option, symbol, path);
      return NULL;
    }
  return address;
}

/* The function itself. That of a library which the file needs is hardly what is meant, and is called in
 * another way: sin(x), say, takes a number. */
static gpointer
find_function (gpointer handle, const char *symbol, const char *path, GError **error)
{
  gpointer address = find_symbol (handle, "symbol", symbol, path, error);
  const char *stranger = address != NULL ? find_stranger (handle, address) : NULL;
  if (stranger == NULL)
    return address;
  task_refuse (
      error,
      "symbol: '%s' is not in %s but in %s, which that needs; wanted a function of the file, or file = %s",
      symbol, path, stranger, stranger);
  return NULL;
}

static gboolean
make_context (Function *self, const FunctionOptions *o, gpointer handle, const char *path, GError **error)
{
  void *(*init) (const char *argument) = NULL;
  self->has_context = o->context;
  if (!o->context && (o->init[0] != '\0' || o->free[0] != '\0'))
    return task_refuse (error, "%s: found '%s' without context = true", o->init[0] != '\0' ? "init" : "free",
                        o->init[0] != '\0' ? o->init : o->free);
  if (o->argument[0] != '\0' && o->init[0] == '\0')
    return task_refuse (error, "argument: found '%s' without init, wanted the function that is given it",
                        o->argument);
  if (o->init[0] != '\0'
      && (*(gpointer *) &init = find_symbol (handle, "init", o->init, path, error)) == NULL)
    return FALSE;
  if (o->free[0] != '\0'
      && (*(gpointer *) &self->free_context = find_symbol (handle, "free", o->free, path, error)) == NULL)
    return FALSE;
  if (init == NULL)
    return TRUE;
  self->context = init (o->argument);
  return self->context != NULL
         || task_refuse (error, "%s(\"%s\") of %s returned NULL", o->init, o->argument, path);
}

static void
function_destroy (void *instance)
{
  Function *self = instance;
  if (self->free_context != NULL && self->context != NULL)
    self->free_context (self->context);
  task_space_free (self->space);
  g_free (self->extras);
  g_free (self);
}

static gboolean
set_up (Function *self, const FunctionOptions *o, const GlompoHost *host, GError **error)
{
  g_autofree char *path = NULL;
  self->concurrency = concurrencies[o->concurrency];
  self->space = task_space_new (&o->space, error);
  if (self->space == NULL)
    return FALSE;
  if (o->file[0] == '\0')
    return task_refuse (error, "file: wanted the path of a shared object");
  path = words_path (o->file, host->base_directory (host), error);
  gpointer handle = path != NULL ? open_file (path, error) : NULL;
  if (handle == NULL)
    return FALSE;
  self->call = find_function (handle, o->symbol, path, error);
  self->extras = self->space->extras_size > 0 ? g_new0 (double, self->space->extras_size) : NULL;
  return self->call != NULL && make_context (self, o, handle, path, error);
}

static void *
function_create (const void *values, uint64_t seed, const GlompoHost *host)
{
  g_autoptr (GError) error = NULL;
  Function *self = g_new0 (Function, 1);
  if (set_up (self, values, host, &error))
    return self;
  host->fail (host, error->message);
  function_destroy (self);
  return NULL;
}

static bool
function_parameters (void *instance, GlompoParameters *out)
{
  task_space_describe (((Function *) instance)->space, out);
  return true;
}

static double
call (const Function *self, const double *x, double *extras)
{
  union {
    gpointer address;
    Plain plain;
    WithContext with_context;
    WithExtras with_extras;
    WithBoth with_both;
  } f = { .address = self->call };
  size_t n = self->space->n;
  if (self->has_context)
    return extras != NULL ? f.with_both (x, n, self->context, extras) : f.with_context (x, n, self->context);
  return extras != NULL ? f.with_extras (x, n, extras) : f.plain (x, n);
}

/* The function must not find the extras of another call where it forgets to write one. */
static void
function_evaluate (void *instance, const double *x, GlompoResult *result)
{
  const Function *self = instance;
  double *extras = result->extras != NULL ? result->extras : self->extras;
  for (gsize i = 0; self->extras != NULL && i < self->space->extras_size; i++)
    extras[i] = NAN;
  result->f = call (self, x, self->extras != NULL ? extras : NULL);
}

static size_t
function_extras (void *instance, const GlompoExtra **out)
{
  const Function *self = instance;
  *out = self->space->extras;
  return self->space->n_extras;
}

static uint32_t
function_concurrency (void *instance)
{
  return ((Function *) instance)->concurrency;
}

static const GlompoTaskVTable vtable = {
  .struct_size = sizeof vtable,
  .create = function_create,
  .parameters = function_parameters,
  .evaluate = function_evaluate,
  .destroy = function_destroy,
  .extras = function_extras,
  .concurrency = function_concurrency,
};

static const GlompoPlugin plugin = {
  GLOMPO_PLUGIN_HEADER (GLOMPO_KIND_TASK),
  .name = "function",
  .version = "1.0",
  .summary = "a C function in a shared object of the user's",
  .author = "the GloMPO authors",
  .licence = "LGPL-2.1-or-later",
  GLOMPO_PLUGIN_OPTIONS (FunctionOptions, options),
  .task = &vtable,
};

GLOMPO_PLUGIN (plugin)
