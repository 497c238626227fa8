/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One evaluation: the point as a Python object, the call, numbers out of what it returns. What goes wrong
 * is a failed evaluation; a kind of failure is logged when it has happened 1, 10, 100... times.
 */
#include "python-task.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A fresh object each time: the function may keep or change it. */
static PyObject *
make_point (const PythonTask *self, const double *x)
{
  if (self->frombuffer != NULL)
    {
      PyObject *bytes = PyByteArray_FromStringAndSize ((const char *) x, (Py_ssize_t) (self->n * sizeof *x));
      PyObject *array = bytes != NULL ? PyObject_CallOneArg (self->frombuffer, bytes) : NULL;
      Py_XDECREF (bytes); /* the array keeps it */
      return array;
    }
  PyObject *list = PyList_New ((Py_ssize_t) self->n);
  for (size_t i = 0; list != NULL && i < self->n; i++)
    {
      PyObject *number = PyFloat_FromDouble (x[i]);
      if (number == NULL)
        {
          Py_DECREF (list);
          return NULL;
        }
      PyList_SET_ITEM (list, (Py_ssize_t) i, number);
    }
  return list;
}

/* Raises a TypeError that says what was returned and what was wanted. */
static bool
refuse (const PythonTask *self, PyObject *found, const char *wanted)
{
  char *description = interpreter_describe (found);
  PyErr_Format (PyExc_TypeError, "%s returned %s, wanted %s", self->options->function, description, wanted);
  free (description);
  return false;
}

static bool
take_number (PyObject *object, double *out)
{
  double value = PyFloat_AsDouble (object);
  if (value == -1.0 && PyErr_Occurred ())
    {
      PyErr_Clear ();
      return false;
    }
  *out = value;
  return true;
}

/* n numbers: one, or a sequence of so many. */
static bool
take_numbers (PyObject *object, size_t n, double *out)
{
  if (n == 1 && take_number (object, out))
    return true;
  bool good
      = PySequence_Check (object) && !PyUnicode_Check (object) && PySequence_Size (object) == (Py_ssize_t) n;
  for (size_t i = 0; good && i < n; i++)
    {
      PyObject *item = PySequence_GetItem (object, (Py_ssize_t) i);
      good = item != NULL && take_number (item, &out[i]);
      Py_XDECREF (item);
    }
  PyErr_Clear ();
  return good;
}

/* Extra i as the function returned it: of a dictionary, of a sequence, or alone; NULL: it is not there. */
static PyObject *
get_extra (const PythonTask *self, PyObject *extras, size_t i)
{
  PyObject *value = NULL;
  if (PyDict_Check (extras))
    value = Py_XNewRef (PyDict_GetItemString (extras, self->extra_names[i]));
  else if (self->n_extras == 1 && !(PySequence_Check (extras) && PySequence_Size (extras) == 1))
    value = Py_NewRef (extras);
  else if (PySequence_Check (extras) && !PyUnicode_Check (extras)
           && PySequence_Size (extras) == (Py_ssize_t) self->n_extras)
    value = PySequence_GetItem (extras, (Py_ssize_t) i);
  PyErr_Clear ();
  return value;
}

static bool
take_extras (const PythonTask *self, PyObject *extras, GlompoResult *result)
{
  bool good = true;
  for (size_t i = 0, at = 0; good && i < self->n_extras; at += self->extras[i++].count)
    {
      PyObject *value = get_extra (self, extras, i);
      double *room
          = result->extras != NULL ? result->extras + at : calloc (self->extras[i].count, sizeof *room);
      good = value != NULL && room != NULL && take_numbers (value, self->extras[i].count, room);
      if (result->extras == NULL)
        free (room);
      Py_XDECREF (value);
    }
  if (good)
    return true;
  char *wanted = text_format ("(value, extras) with the %zu declared extras %s", self->n_extras,
                              PyDict_Check (extras) ? "by their names" : "in their order");
  refuse (self, extras, wanted != NULL ? wanted : "extras");
  free (wanted);
  return false;
}

static bool
take_result (const PythonTask *self, PyObject *returned, GlompoResult *result)
{
  if (!PyTuple_Check (returned))
    {
      if (self->n_extras > 0)
        return refuse (self, returned, "(value, extras), as extras are declared");
      return take_number (returned, &result->f) || refuse (self, returned, "a number or (number, extras)");
    }
  if (PyTuple_GET_SIZE (returned) != 2 || !take_number (PyTuple_GET_ITEM (returned, 0), &result->f))
    return refuse (self, returned, "a number or (number, extras)");
  return self->n_extras == 0 || take_extras (self, PyTuple_GET_ITEM (returned, 1), result);
}

/* ---- failures ---- */

/* Counts a failure of the kind; the number of them, 0 when too many kinds are known. */
static uint64_t
count_failure (PythonTask *self, const char *kind)
{
  for (size_t i = 0; i < N_FAILURES; i++)
    {
      Failure *failure = &self->failures[i];
      if (failure->kind == NULL)
        failure->kind = strdup (kind);
      if (failure->kind != NULL && strcmp (failure->kind, kind) == 0)
        return ++failure->count;
    }
  return 0;
}

static bool
is_power_of_ten (uint64_t n)
{
  while (n >= 10 && n % 10 == 0)
    n /= 10;
  return n == 1;
}

/* The kind of the exception that is set, which stays set. */
static char *
describe_kind (void)
{
  PyObject *type, *value, *traceback;
  PyErr_Fetch (&type, &value, &traceback);
  PyErr_NormalizeException (&type, &value, &traceback);
  PyTracebackObject *frame = (PyTracebackObject *) traceback;
  while (frame != NULL && frame->tb_next != NULL)
    frame = frame->tb_next;
  PyObject *line = frame != NULL ? PyObject_GetAttrString ((PyObject *) frame, "tb_lineno") : NULL;
  char *kind = text_format ("%s in line %ld", value != NULL ? Py_TYPE (value)->tp_name : "?",
                            line != NULL ? PyLong_AsLong (line) : 0L);
  Py_XDECREF (line);
  PyErr_Clear ();
  PyErr_Restore (type, value, traceback);
  return kind;
}

/* Clears the exception. A text when it is this failure's turn to be logged. */
static char *
report_failure (PythonTask *self)
{
  char *kind = describe_kind ();
  uint64_t count = kind != NULL ? count_failure (self, kind) : 0;
  free (kind);
  if (count == 0 || !is_power_of_ten (count))
    {
      PyErr_Clear ();
      return NULL;
    }
  char *exception = interpreter_take_exception (true);
  char *text = text_format ("%s.%s failed, the evaluation has no value (failure %llu of this kind here):\n%s",
                            self->options->module, self->options->function, (unsigned long long) count,
                            exception != NULL ? exception : "no memory");
  free (exception);
  return text;
}

char *
python_call (PythonTask *self, const double *x, GlompoResult *result)
{
  pid_t process = getpid ();
  PyObject *point = make_point (self, x);
  PyObject *returned = point != NULL ? PyObject_CallOneArg (self->function, point) : NULL;
  if (getpid () != process)
    children_end ();
  bool good = returned != NULL && take_result (self, returned, result);
  Py_XDECREF (returned);
  Py_XDECREF (point);
  if (good)
    return NULL;
  result->f = NAN;
  result->status = GLOMPO_STATUS_FAILED;
  return report_failure (self);
}
