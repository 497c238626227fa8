/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The search space and the extras. Each fact comes from an option or, when that is not set, from the
 * module's attribute of the same name: dims, bounds, names, start, extras. The number of parameters is the
 * length of whatever has a length; all must agree.
 */
#include "python-task.h"
#include "tasks/common/words.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A number of parameters, and where it was said. */
typedef struct {
  size_t n;
  const char *where;
} Count;

/* Numbers as they were given. */
typedef struct {
  size_t n;
  double *values;
} Numbers;

/* The module's attribute; NULL: it has none. A function, a class or a module that is called start, say, is
 * meant for something else. */
static PyObject *
get_attribute (PythonTask *self, const char *name)
{
  PyObject *value = PyObject_GetAttrString (self->module, name);
  PyErr_Clear ();
  if (value != NULL && (value == Py_None || PyCallable_Check (value) || PyModule_Check (value)))
    Py_CLEAR (value);
  return value;
}

static bool
agree (PythonTask *self, Count *count, size_t n, const char *where)
{
  if (count->n == 0)
    *count = (Count){ n, where };
  if (count->n == n)
    return true;
  return python_fail (self, "%s stands for %zu parameters, but %s for %zu", count->where, count->n, where, n);
}

/* ---- numbers and names of the module ---- */

static bool
take_numbers (PyObject *object, Numbers *out)
{
  PyObject *list = PySequence_List (object);
  Py_ssize_t n = list != NULL ? PyList_GET_SIZE (list) : 0;
  double *values = n > 0 ? calloc ((size_t) n, sizeof *values) : NULL;
  bool good = values != NULL;
  for (Py_ssize_t i = 0; good && i < n; i++)
    {
      values[i] = PyFloat_AsDouble (PyList_GET_ITEM (list, i));
      good = !PyErr_Occurred ();
    }
  Py_XDECREF (list);
  PyErr_Clear ();
  if (good)
    *out = (Numbers){ (size_t)n, values };
  else
    free (values);
  return good;
}

static bool
refuse_attribute (PythonTask *self, const char *name, PyObject *found, const char *wanted)
{
  char *description = interpreter_describe (found);
  python_fail (
      self,
      "%s of the module %s is %s, wanted %s; if it is meant for something else, give it another name, or "
      "%s in [task]",
      name, self->options->module, description, wanted, name);
  free (description);
  return false;
}

/* The texts of a list of Python's; NULL: it is something else. */
static char **
take_names (PyObject *object)
{
  PyObject *list = PyUnicode_Check (object) ? NULL : PySequence_List (object);
  Py_ssize_t n = list != NULL ? PyList_GET_SIZE (list) : 0;
  GPtrArray *names = g_ptr_array_new ();
  for (Py_ssize_t i = 0; i < n && names->len == (guint) i; i++)
    {
      PyObject *item = PyList_GET_ITEM (list, i);
      const char *text = PyUnicode_Check (item) ? PyUnicode_AsUTF8 (item) : NULL;
      if (text != NULL)
        g_ptr_array_add (names, g_strdup (text));
    }
  bool good = n > 0 && names->len == (guint) n;
  g_ptr_array_add (names, NULL);
  char **texts = (char **) g_ptr_array_free (names, FALSE);
  Py_XDECREF (list);
  PyErr_Clear ();
  if (good)
    return texts;
  g_strfreev (texts);
  return NULL;
}

/* Names from the option, else from the attribute. *out stays NULL when neither is there. */
static bool
find_names (PythonTask *self, const char *name, const char *option, GArray *counts, char ***out)
{
  g_autoptr (GError) error = NULL;
  PyObject *object = *option == '\0' ? get_attribute (self, name) : NULL;
  if (object == NULL && *option == '\0')
    return true;
  char **given = object != NULL ? take_names (object) : NULL;
  bool good = object == NULL || given != NULL || refuse_attribute (self, name, object, "a list of names");
  Py_XDECREF (object);
  /* A name of the module may carry a count as well. */
  g_autofree char *text = given != NULL && counts != NULL ? g_strjoinv (",", given) : NULL;
  if (good && given != NULL && counts == NULL)
    *out = g_steal_pointer (&given);
  else if (good)
    *out = words_list (text != NULL ? text : option, counts, &error);
  g_strfreev (given);
  if (error != NULL)
    return python_fail (self, "%s: %s", name, error->message);
  return good;
}

/* ---- counting ---- */

static bool
count_dims (PythonTask *self, Count *count)
{
  if (self->options->dims != GLOMPO_AUTO_INTEGER)
    return agree (self, count, (size_t) self->options->dims, "dims");
  PyObject *dims = get_attribute (self, "dims");
  if (dims == NULL)
    return true;
  PyObject *whole = PyNumber_Index (dims); /* numpy has whole numbers of its own */
  long long n = whole != NULL ? PyLong_AsLongLong (whole) : 0;
  Py_XDECREF (whole);
  PyErr_Clear ();
  bool good = n >= 1 && n <= 1000000
                  ? agree (self, count, (size_t) n, "dims of the module")
                  : refuse_attribute (self, "dims", dims, "a whole number from 1 to 1000000");
  Py_DECREF (dims);
  return good;
}

/* A list of one number also stands for any number of parameters. */
static bool
count_lists (PythonTask *self, Count *count)
{
  const PythonOptions *o = self->options;
  const struct
  {
    const GlompoReals *list;
    const char *name;
  } lists[] = { { &o->lower, "lower" }, { &o->upper, "upper" }, { &o->start, "start" } };
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
    if (lists[i].list->n > 1 && !agree (self, count, lists[i].list->n, lists[i].name))
      return false;
  return true;
}

/* ---- bounds ---- */

/* The attribute bounds: a pair of numbers for all parameters, or a pair for each. rows becomes the number
 * of pairs of a list of pairs, 0 for one pair. */
static bool
take_bounds (PythonTask *self, PyObject *bounds, Numbers *lower, Numbers *upper, size_t *rows)
{
  static const char wanted[] = "(lower, upper), or a list of such pairs, one for each parameter";
  Numbers pair = { 0 };
  PyObject *list = PyUnicode_Check (bounds) ? NULL : PySequence_List (bounds);
  PyErr_Clear ();
  size_t n = list != NULL ? (size_t) PyList_GET_SIZE (list) : 0;
  bool one = n == 2 && take_numbers (bounds, &pair);
  *rows = one ? 0 : n;
  *lower = (Numbers){ one ? 1 : n, calloc (n + 1, sizeof (double)) };
  *upper = (Numbers){ one ? 1 : n, calloc (n + 1, sizeof (double)) };
  bool good = n > 0 && lower->values != NULL && upper->values != NULL;
  for (size_t i = 0; good && i < lower->n; i++)
    {
      if (!one)
        good = take_numbers (PyList_GET_ITEM (list, (Py_ssize_t) i), &pair) && pair.n == 2;
      if (good)
        lower->values[i] = pair.values[0], upper->values[i] = pair.values[1];
      free (pair.values);
      pair = (Numbers){ 0 };
    }
  Py_XDECREF (list);
  return good || refuse_attribute (self, "bounds", bounds, wanted);
}

static Numbers
copy_numbers (const double *values, size_t n)
{
  Numbers copy = { n, calloc (n + 1, sizeof *values) };
  if (copy.values != NULL && n > 0)
    memcpy (copy.values, values, n * sizeof *values);
  return copy;
}

/* Bounds as given; one number stands for all parameters. */
static bool
find_bounds (PythonTask *self, Count *count, Numbers *lower, Numbers *upper)
{
  const PythonOptions *o = self->options;
  if (o->bounds.n > 0 && (o->lower.n > 0 || o->upper.n > 0))
    return python_fail (self, "bounds and lower, upper are both set, wanted one way or the other");
  if (o->bounds.n > 0 && o->bounds.n != 2)
    return python_fail (self,
                        "bounds has %zu numbers, wanted two, for all parameters; bounds that differ are "
                        "given as lower and upper",
                        o->bounds.n);
  if ((o->lower.n > 0) != (o->upper.n > 0))
    return python_fail (self, "%s is set but %s is not, wanted both", o->lower.n > 0 ? "lower" : "upper",
                        o->lower.n > 0 ? "upper" : "lower");
  if (o->bounds.n > 0 || o->lower.n > 0)
    {
      *lower
          = o->bounds.n > 0 ? copy_numbers (o->bounds.values, 1) : copy_numbers (o->lower.values, o->lower.n);
      *upper = o->bounds.n > 0 ? copy_numbers (o->bounds.values + 1, 1)
                               : copy_numbers (o->upper.values, o->upper.n);
      return (lower->values != NULL && upper->values != NULL) || python_fail (self, "no memory");
    }
  PyObject *bounds = get_attribute (self, "bounds");
  if (bounds == NULL)
    return python_fail (self,
                        "there are no bounds: set bounds = LOWER, UPPER, or lower and upper, or lines in "
                        "[parameters], or give the module %s a list bounds of pairs",
                        o->module);
  size_t rows = 0;
  bool good = take_bounds (self, bounds, lower, upper, &rows)
              && (rows == 0 || agree (self, count, rows, "bounds of the module"));
  Py_DECREF (bounds);
  return good;
}

/* n numbers from n or from one. */
static double *
spread (const Numbers *numbers, size_t n)
{
  double *values = calloc (n, sizeof *values);
  for (size_t i = 0; values != NULL && i < n; i++)
    values[i] = numbers->values[numbers->n == 1 ? 0 : i];
  return values;
}

static bool
check_bounds (PythonTask *self)
{
  for (size_t i = 0; i < self->n; i++)
    if (!isfinite (self->lower[i]) || !isfinite (self->upper[i]) || !(self->lower[i] <= self->upper[i]))
      return python_fail (self,
                          "the bounds of parameter %zu are %g and %g, wanted finite numbers, the first not "
                          "above the second",
                          i + 1, self->lower[i], self->upper[i]);
  return true;
}

/* ---- start ---- */

static bool
find_start (PythonTask *self, Count *count, Numbers *start)
{
  if (self->options->start.n > 0)
    {
      *start = copy_numbers (self->options->start.values, self->options->start.n);
      return start->values != NULL || python_fail (self, "no memory");
    }
  PyObject *object = get_attribute (self, "start");
  if (object == NULL)
    return true;
  bool good = (!PyUnicode_Check (object) && take_numbers (object, start))
              || refuse_attribute (self, "start", object, "a list of numbers, one for each parameter");
  Py_DECREF (object);
  return good && agree (self, count, start->n, "start of the module");
}

static bool
check_start (PythonTask *self)
{
  for (size_t i = 0; self->start != NULL && i < self->n; i++)
    if (!(self->start[i] >= self->lower[i] && self->start[i] <= self->upper[i]))
      return python_fail (self, "start[%zu] = %g is outside the bounds %g to %g", i, self->start[i],
                          self->lower[i], self->upper[i]);
  return true;
}

/* ---- together ---- */

static bool
check_unique (PythonTask *self, char **names, size_t n, const char *what)
{
  for (size_t i = 0; i < n; i++)
    {
      if (names[i] == NULL || *names[i] == '\0')
        return python_fail (self, "%s: name %zu of %zu is empty", what, i + 1, n);
      for (size_t k = 0; k < i; k++)
        if (strcmp (names[i], names[k]) == 0)
          return python_fail (self, "%s: the name %s is given twice", what, names[i]);
    }
  return true;
}

static bool
find_extras (PythonTask *self)
{
  g_autoptr (GArray) counts = g_array_new (FALSE, FALSE, sizeof (guint32));
  if (!find_names (self, "extras", self->options->extras, counts, &self->extra_names))
    return false;
  self->n_extras = counts->len;
  self->extras = g_new0 (GlompoExtra, self->n_extras + 1);
  for (size_t i = 0; i < self->n_extras; i++)
    self->extras[i]
        = (GlompoExtra){ self->extra_names[i], GLOMPO_EXTRA_REAL, g_array_index (counts, guint32, i) };
  return check_unique (self, self->extra_names, self->n_extras, "extras");
}

static bool
fill_space (PythonTask *self, const Count *count, const Numbers *lower, const Numbers *upper,
            const Numbers *start)
{
  if (count->n == 0)
    return python_fail (
        self,
        "the number of parameters is not known: set dims = NUMBER, or names = [parameters] with "
        "a line for each in that group, or give the module %s a list bounds of one pair (lower, "
        "upper) for each",
        self->options->module);
  self->n = count->n;
  self->lower = spread (lower, self->n);
  self->upper = spread (upper, self->n);
  self->start = start->n > 0 ? spread (start, self->n) : NULL;
  if (self->lower == NULL || self->upper == NULL || (start->n > 0 && self->start == NULL))
    return python_fail (self, "no memory for %zu parameters", self->n);
  return check_bounds (self) && check_start (self);
}

bool
python_find_space (PythonTask *self)
{
  Count count = { 0 };
  Numbers lower = { 0 }, upper = { 0 }, start = { 0 };
  bool good = count_dims (self, &count) && count_lists (self, &count)
              && find_bounds (self, &count, &lower, &upper) && find_start (self, &count, &start)
              && find_names (self, "names", self->options->names, NULL, &self->names)
              && (self->names == NULL || agree (self, &count, g_strv_length (self->names), "names"))
              && (self->names == NULL || check_unique (self, self->names, count.n, "names"))
              && fill_space (self, &count, &lower, &upper, &start) && find_extras (self);
  free (lower.values);
  free (upper.values);
  free (start.values);
  return good;
}

void
python_free (PythonTask *self)
{
  Py_XDECREF (self->frombuffer);
  Py_XDECREF (self->function);
  Py_XDECREF (self->module);
  for (size_t i = 0; i < N_FAILURES; i++)
    free (self->failures[i].kind);
  g_strfreev (self->names);
  g_strfreev (self->extra_names);
  g_free (self->extras);
  free (self->lower);
  free (self->upper);
  free (self->start);
  free (self);
}
