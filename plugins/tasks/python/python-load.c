/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From the names in the options to a function that can be called. */
#include "python-task.h"
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define N_SUGGESTIONS 8

bool
python_fail (const PythonTask *self, const char *format, ...)
{
  char *text = NULL;
  va_list arguments;
  va_start (arguments, format);
  if (vasprintf (&text, format, arguments) < 0)
    text = NULL;
  va_end (arguments);
  self->host->fail (self->host, text != NULL ? text : "no memory");
  free (text);
  return false;
}

bool
python_fail_exception (const PythonTask *self, const char *what)
{
  char *line = interpreter_take_exception (false);
  python_fail (self, "%s: %s", what, line != NULL ? line : "no memory");
  free (line);
  return false;
}

/* The directory of the option path, absolute; NULL after a failure. */
static char *
resolve_path (PythonTask *self)
{
  const char *path = self->options->path;
  const char *base = self->host->base_directory (self->host);
  char *joined = path[0] == '/' ? strdup (path) : text_format ("%s/%s", base, path);
  char *resolved = joined != NULL ? realpath (joined, NULL) : NULL;
  struct stat info;
  if (resolved == NULL)
    python_fail (self, "path = %s: there is no %s, wanted the directory of the module", path,
                 joined != NULL ? joined : "memory");
  else if (stat (resolved, &info) == 0 && !S_ISDIR (info.st_mode))
    {
      python_fail (
          self,
          "path = %s: %s is a file, wanted the directory that it is in; the file itself, without .py, is "
          "the module",
          path, resolved);
      free (resolved);
      resolved = NULL;
    }
  free (joined);
  return resolved;
}

/* Whether the exception that is set says that this very module is missing, not one that it imports. */
static bool
is_missing (const char *module)
{
  if (!PyErr_ExceptionMatches (PyExc_ModuleNotFoundError))
    return false;
  PyObject *type, *value, *traceback;
  PyErr_Fetch (&type, &value, &traceback);
  PyErr_NormalizeException (&type, &value, &traceback);
  PyObject *name = value != NULL ? PyObject_GetAttrString (value, "name") : NULL;
  const char *text = name != NULL && PyUnicode_Check (name) ? PyUnicode_AsUTF8 (name) : NULL;
  bool missing = text != NULL && strncmp (module, text, strlen (text)) == 0
                 && (module[strlen (text)] == '\0' || module[strlen (text)] == '.');
  Py_XDECREF (name);
  PyErr_Clear ();
  PyErr_Restore (type, value, traceback);
  return missing;
}

static bool
import_module (PythonTask *self, const char *directory)
{
  const char *name = self->options->module;
  if (!interpreter_add_path (directory))
    return python_fail_exception (self, "sys.path");
  self->module = PyImport_ImportModule (name);
  if (self->module != NULL)
    return true;
  if (is_missing (name))
    {
      PyErr_Clear ();
      size_t length = strlen (name);
      bool file = length > 3 && strcmp (name + length - 3, ".py") == 0;
      return python_fail (
          self, "module = %s: there is no such module in %s nor among the packages of Python %d.%d; %s", name,
          directory, PY_MAJOR_VERSION, PY_MINOR_VERSION,
          file ? "leave out the ending .py" : "set path to the directory that it is in");
    }
  char *what = text_format ("module = %s cannot be imported", name);
  python_fail_exception (self, what != NULL ? what : name);
  free (what);
  return false;
}

/* Names of what can be called in the module and was made there, for a message. */
static char *
list_functions (PyObject *module)
{
  PyObject *names = PyObject_Dir (module);
  PyObject *own = PyObject_GetAttrString (module, "__name__");
  char *text = strdup ("");
  int found = 0;
  for (Py_ssize_t i = 0; text != NULL && names != NULL && own != NULL && i < PyList_GET_SIZE (names); i++)
    {
      PyObject *name = PyList_GET_ITEM (names, i);
      PyObject *value = PyObject_GetAttr (module, name);
      PyObject *origin
          = value != NULL && PyCallable_Check (value) ? PyObject_GetAttrString (value, "__module__") : NULL;
      const char *bytes = PyUnicode_AsUTF8 (name);
      if (origin != NULL && bytes != NULL && bytes[0] != '_'
          && PyObject_RichCompareBool (origin, own, Py_EQ) == 1 && found++ < N_SUGGESTIONS)
        {
          char *longer = text_format ("%s%s%s", text, found > 1 ? ", " : "", bytes);
          free (text);
          text = longer;
        }
      Py_XDECREF (origin);
      Py_XDECREF (value);
      PyErr_Clear ();
    }
  Py_XDECREF (own);
  Py_XDECREF (names);
  PyErr_Clear ();
  return text;
}

static bool
find_function (PythonTask *self)
{
  const PythonOptions *o = self->options;
  self->function = PyObject_GetAttrString (self->module, o->function);
  if (self->function == NULL)
    {
      PyErr_Clear ();
      char *others = list_functions (self->module);
      python_fail (self, "function = %s: the module %s has no such name; functions in it: %s", o->function,
                   o->module, others != NULL && *others != '\0' ? others : "none");
      free (others);
      return false;
    }
  if (PyCallable_Check (self->function))
    return true;
  char *found = interpreter_describe (self->function);
  python_fail (self, "function = %s: %s.%s is %s, wanted something that can be called", o->function,
               o->module, o->function, found);
  free (found);
  return false;
}

/* Whether an object is, or comes from, numpy or a package that works on its arrays. */
static bool
is_of_numpy (PyObject *object)
{
  PyObject *origin = PyObject_GetAttrString (object, PyModule_Check (object) ? "__name__" : "__module__");
  const char *name = origin != NULL && PyUnicode_Check (origin) ? PyUnicode_AsUTF8 (origin) : NULL;
  bool found = name != NULL && (strncmp (name, "numpy", 5) == 0 || strncmp (name, "scipy", 5) == 0)
               && (name[5] == '\0' || name[5] == '.');
  Py_XDECREF (origin);
  PyErr_Clear ();
  return found;
}

/* Whether one of the names that the function sees stands for something of numpy's. */
static bool
uses_numpy (PythonTask *self)
{
  PyObject *names = PyObject_GetAttrString (self->function, "__globals__");
  PyErr_Clear ();
  if (names == NULL || !PyDict_Check (names))
    {
      Py_XDECREF (names);
      names = PyObject_GetAttrString (self->module, "__dict__");
    }
  PyObject *values = names != NULL && PyDict_Check (names)
                         ? PyDict_Values (names)
                         : NULL; /* a copy: looking at an attribute may run code */
  bool found = false;
  for (Py_ssize_t i = 0; values != NULL && !found && i < PyList_GET_SIZE (values); i++)
    found = is_of_numpy (PyList_GET_ITEM (values, i));
  Py_XDECREF (values);
  Py_XDECREF (names);
  PyErr_Clear ();
  return found;
}

static bool
find_numpy (PythonTask *self)
{
  if (self->options->input == INPUT_LIST || (self->options->input == INPUT_AUTO && !uses_numpy (self)))
    return true;
  PyObject *numpy = PyImport_ImportModule ("numpy");
  self->frombuffer = numpy != NULL ? PyObject_GetAttrString (numpy, "frombuffer") : NULL;
  Py_XDECREF (numpy);
  return self->frombuffer != NULL
         || python_fail_exception (self, "input = numpy, but numpy cannot be imported");
}

bool
python_load (PythonTask *self)
{
  char *directory = resolve_path (self);
  bool loaded
      = directory != NULL && import_module (self, directory) && find_function (self) && find_numpy (self);
  free (directory);
  return loaded;
}
