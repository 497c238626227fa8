/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Task `python`: a function of a Python module, evaluated in this process by an embedded interpreter. The
 * interpreter runs one thread at a time (the GIL), hence the word global-lock; a function that spends its
 * time outside of the interpreter may be given another word by the user.
 *
 * Instances of a process share the interpreter and with it the module and its variables.
 */
#include "python-task.h"
#include <stdlib.h>

static const char *const inputs[] = { "auto", "list", "numpy", NULL };
static const char *const words[] = { "global-lock", "external", "concurrent", "process-local", NULL };
static const uint32_t concurrencies[]
    = { GLOMPO_GLOBAL_LOCK, GLOMPO_EXTERNAL, GLOMPO_CONCURRENT, GLOMPO_PROCESS_LOCAL };

#define LARGE 1e300

static const GlompoOption options[] = {
  GLOMPO_OPT_STRING (PythonOptions, module, NULL, "the module to import, without .py"),
  GLOMPO_OPT_STRING (PythonOptions, function, "f", "the function of it, which is given one point"),
  GLOMPO_OPT_STRING (PythonOptions, path, ".", "directory of the module, put first in sys.path"),
  GLOMPO_OPT_STRING (PythonOptions, interpreter, "auto",
                     "program whose packages are used; auto: of VIRTUAL_ENV, else of the system"),
  GLOMPO_OPT_INTEGER_AUTO (PythonOptions, dims, 1, 1e6, "auto",
                           "number of parameters; auto: dims of the module or the length of the bounds"),
  GLOMPO_OPT_REALS_AUTO (PythonOptions, bounds, -LARGE, LARGE, "auto",
                         "lower and upper bound of all parameters; auto: bounds of the module"),
  GLOMPO_OPT_REALS_AUTO (PythonOptions, lower, -LARGE, LARGE, "auto",
                         "lower bound of each parameter, or of all"),
  GLOMPO_OPT_REALS_AUTO (PythonOptions, upper, -LARGE, LARGE, "auto",
                         "upper bound of each parameter, or of all"),
  GLOMPO_OPT_REALS_AUTO (PythonOptions, start, -LARGE, LARGE, "auto",
                         "start point; auto: start of the module, if any"),
  GLOMPO_OPT_STRING (PythonOptions, names, "",
                     "names of the parameters, separated by commas; [parameters]: those of that group; "
                     "empty: names of the module"),
  GLOMPO_OPT_STRING (
      PythonOptions, extras, "",
      "names of the extras, if the function returns (value, extras); NAME[K] is K numbers; empty: extras of "
      "the module"),
  GLOMPO_OPT_CHOICE (PythonOptions, input, inputs, "auto",
                     "the point as list or numpy array; auto: array if the module imports numpy or scipy"),
  GLOMPO_OPT_CHOICE (
      PythonOptions, concurrency, words, "global-lock",
      "external: it waits for child processes; concurrent: it releases the GIL; process-local: one "
      "evaluation at a time in a process"),
};

static void
python_destroy (void *instance)
{
  PyGILState_STATE state = PyGILState_Ensure ();
  python_free (instance);
  PyGILState_Release (state);
}

static void *
python_create (const void *values, uint64_t seed, const GlompoHost *host)
{
  (void) seed;
  PythonTask *self = calloc (1, sizeof *self);
  if (self == NULL)
    return host->fail (host, "no memory"), NULL;
  self->options = values;
  self->host = host;
  char *why = interpreter_start (self->options->interpreter);
  if (why != NULL)
    {
      host->fail (host, why);
      free (why);
      free (self);
      return NULL;
    }
  PyGILState_STATE state = PyGILState_Ensure ();
  bool made = python_load (self) && python_find_space (self);
  if (!made)
    python_free (self);
  PyGILState_Release (state);
  return made ? self : NULL;
}

static bool
python_parameters (void *instance, GlompoParameters *out)
{
  const PythonTask *self = instance;
  out->n = self->n;
  out->lower = self->lower;
  out->upper = self->upper;
  out->start = self->start;
  out->names = (const char *const *) self->names;
  return true;
}

/* The log is written without the GIL, so that no other thread waits for it. */
static void
python_evaluate (void *instance, const double *x, GlompoResult *result)
{
  PythonTask *self = instance;
  PyGILState_STATE state = PyGILState_Ensure ();
  char *text = python_call (self, x, result);
  PyGILState_Release (state);
  if (text != NULL)
    self->host->log (self->host, GLOMPO_LOG_WARNING, text);
  free (text);
}

static size_t
python_extras (void *instance, const GlompoExtra **out)
{
  const PythonTask *self = instance;
  *out = self->extras;
  return self->n_extras;
}

static uint32_t
python_concurrency (void *instance)
{
  const PythonTask *self = instance;
  return concurrencies[self->options->concurrency];
}

static const GlompoTaskVTable table = {
  .struct_size = sizeof table,
  .create = python_create,
  .parameters = python_parameters,
  .evaluate = python_evaluate,
  .destroy = python_destroy,
  .extras = python_extras,
  .concurrency = python_concurrency,
};

static const GlompoPlugin plugin = {
  GLOMPO_PLUGIN_HEADER (GLOMPO_KIND_TASK),
  .name = "python",
  .version = "1.0",
  .summary = "a function of a Python module",
  .author = "the GloMPO authors",
  .licence = "LGPL-2.1-or-later",
  .reference = NULL,
  GLOMPO_PLUGIN_OPTIONS (PythonOptions, options),
  .concurrency = GLOMPO_GLOBAL_LOCK,
  .task = &table,
};

GLOMPO_PLUGIN (plugin)
