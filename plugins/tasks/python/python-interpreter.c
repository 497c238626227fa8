/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Starting the interpreter, and texts of its exceptions. The lock below is the only state that is shared by
 * the instances, as the interpreter is. It is never waited for with the GIL held.
 */
#include "python-interpreter.h"
#include "tasks/common/process.h"
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DESCRIPTION_MAX 100
/* Bytes that a version has at most, and seconds to wait for it. */
#define VERSION_MAX 100
#define VERSION_SECONDS 30

static pthread_mutex_t starting = PTHREAD_MUTEX_INITIALIZER;

char *
text_format (const char *format, ...)
{
  char *text = NULL;
  va_list arguments;
  va_start (arguments, format);
  if (vasprintf (&text, format, arguments) < 0)
    text = NULL;
  va_end (arguments);
  return text;
}

/* Extension modules expect the interpreter's functions among the global symbols, but a plugin and what it
 * needs are loaded with local ones. */
static void
make_symbols_global (void)
{
  Dl_info info;
  int (*symbol) (void) = Py_IsInitialized;
  void *address;
  memcpy (&address, &symbol, sizeof address);
  if (dladdr (address, &info) != 0 && info.dli_fname != NULL)
    dlopen (info.dli_fname, RTLD_NOLOAD | RTLD_GLOBAL | RTLD_LAZY); /* kept, as the interpreter is */
}

/* The program of the active virtual environment, if it is one for this version of Python. */
static char *
find_virtual_environment (void)
{
  const char *root = getenv ("VIRTUAL_ENV");
  if (root == NULL || *root == '\0')
    return NULL;
  char *library = text_format ("%s/lib/python%d.%d", root, PY_MAJOR_VERSION, PY_MINOR_VERSION);
  char *program = text_format ("%s/bin/python3", root);
  if (library != NULL && program != NULL && access (library, F_OK) == 0 && access (program, X_OK) == 0)
    {
      free (library);
      return program;
    }
  free (library);
  free (program);
  return NULL;
}

/* Locale and the streams of C belong to the host. Everything is UTF-8, whatever the locale. */
static PyStatus
configure_process (void)
{
  PyPreConfig config;
  PyPreConfig_InitPythonConfig (&config);
  config.parse_argv = 0;
  config.configure_locale = 0;
  config.coerce_c_locale = 0;
  config.utf8_mode = 1;
  return Py_PreInitialize (&config);
}

/* Signals belong to the host as well. Unbuffered, because a worker process ends without notice. */
static PyStatus
configure_interpreter (const char *program)
{
  PyConfig config;
  PyConfig_InitPythonConfig (&config);
  config.parse_argv = 0;
  config.install_signal_handlers = 0;
  config.configure_c_stdio = 0;
  config.buffered_stdio = 0;
  config.pathconfig_warnings = 0;
  PyStatus status = PyConfig_SetBytesString (&config, &config.program_name, program);
  if (!PyStatus_Exception (status))
    status = Py_InitializeFromConfig (&config);
  PyConfig_Clear (&config);
  return status;
}

/* What the program says of its version, as in "3.11"; or what it does instead. The caller frees it. */
static char *
ask_version (const char *program)
{
  static const char *const variables[] = { NULL };
  const char *const argv[]
      = { program, "-I", "-S", "-c", "import sys; print('%d.%d' % sys.version_info[:2])", NULL };
  const ProcessPlan plan = { .argv = argv, .environ = variables };
  Process process;
  g_autoptr (GError) error = NULL;
  if (!process_start (&process, &plan, &error))
    return strdup (error->message);
  ProcessEvent event = process_talk (&process, "", 0, TRUE, VERSION_MAX,
                                     g_get_monotonic_time () + VERSION_SECONDS * G_USEC_PER_SEC);
  size_t length = event == PROCESS_LINE ? strcspn (process.said->str, "\n") : 0;
  char *line = strndup (process.said->str, length);
  g_autofree char *how = process_describe (process_stop (&process, 0.0));
  if (event == PROCESS_LINE)
    return line;
  free (line);
  return event == PROCESS_ENDED ? text_format ("nothing that tells its version: it %s", how)
                                : strdup ("nothing that tells its version");
}

/* NULL: the program is the interpreter that is embedded here, or another with the same packages. */
static char *
check_version (const char *program)
{
  char *wanted = text_format ("%d.%d", PY_MAJOR_VERSION, PY_MINOR_VERSION);
  char *found = ask_version (program);
  char *why = NULL;
  if (wanted != NULL && found != NULL && strcmp (wanted, found) != 0)
    why = text_format ("interpreter = %s: found %s%s, wanted a python of version %s", program,
                       g_ascii_isdigit (found[0]) ? "version " : "", found, wanted);
  free (found);
  free (wanted);
  return why;
}

static char *
start (const char *program)
{
  if (access (program, X_OK) != 0)
    return text_format ("interpreter = %s: no such program, wanted a python of version %d.%d", program,
                        PY_MAJOR_VERSION, PY_MINOR_VERSION);
  make_symbols_global ();
  struct sigaction interrupt;
  sigaction (SIGINT, NULL, &interrupt);
  PyStatus status = configure_process ();
  if (!PyStatus_Exception (status))
    status = configure_interpreter (program);
  if (PyStatus_Exception (status))
    return text_format ("the Python interpreter (%s) does not start: %s", program,
                        status.err_msg != NULL ? status.err_msg : "it does not say why");
  /* The first import of this module takes the signal over, whatever was configured. */
  Py_XDECREF (PyImport_ImportModule ("_signal"));
  PyErr_Clear ();
  sigaction (SIGINT, &interrupt, NULL);
  children_watch ();
  PyEval_SaveThread ();
  return NULL;
}

char *
interpreter_start (const char *program)
{
  char *why = NULL;
  pthread_mutex_lock (&starting);
  if (!Py_IsInitialized ())
    {
      bool given = strcmp (program, "auto") != 0;
      char *environment = given ? NULL : find_virtual_environment ();
      const char *chosen = given ? program : environment != NULL ? environment : PYTHON_PROGRAM;
      why = given && access (program, X_OK) == 0 ? check_version (program) : NULL;
      why = why != NULL ? why : start (chosen);
      free (environment);
    }
  pthread_mutex_unlock (&starting);
  return why;
}

bool
interpreter_add_path (const char *directory)
{
  PyObject *path = PySys_GetObject ("path"); /* borrowed */
  PyObject *entry = PyUnicode_DecodeFSDefault (directory);
  if (path == NULL && entry != NULL)
    PyErr_SetString (PyExc_RuntimeError, "there is no sys.path");
  int there = path != NULL && entry != NULL ? PySequence_Contains (path, entry) : -1;
  bool done = there == 1 || (there == 0 && PyList_Insert (path, 0, entry) == 0);
  Py_XDECREF (entry);
  return done;
}

/* ---- texts ---- */

/* The exception object with its traceback, or NULL. */
static PyObject *
take_exception (void)
{
#if PY_VERSION_HEX >= 0x030c0000
  return PyErr_GetRaisedException ();
#else
  PyObject *type, *value, *traceback;
  PyErr_Fetch (&type, &value, &traceback);
  PyErr_NormalizeException (&type, &value, &traceback);
  if (value != NULL && traceback != NULL)
    PyException_SetTraceback (value, traceback);
  Py_XDECREF (type);
  Py_XDECREF (traceback);
  return value;
#endif
}

/* The lines that a function of the module traceback makes of an exception. */
static PyObject *
format_exception (const char *function, PyObject *exception)
{
  PyObject *module = PyImport_ImportModule ("traceback");
  PyObject *traceback = PyException_GetTraceback (exception);
  PyObject *lines = NULL;
  if (module != NULL && strcmp (function, "format_exception") == 0)
    lines = PyObject_CallMethod (module, function, "OOO", (PyObject *) Py_TYPE (exception), exception,
                                 traceback != NULL ? traceback : Py_None);
  else if (module != NULL)
    lines = PyObject_CallMethod (module, function, "OO", (PyObject *) Py_TYPE (exception), exception);
  Py_XDECREF (traceback);
  Py_XDECREF (module);
  return lines;
}

/* Joins lines, or takes the last one, which is the one without quoted source. */
static char *
lines_to_text (PyObject *lines, bool all)
{
  PyObject *text = NULL;
  Py_ssize_t n = lines != NULL && PyList_Check (lines) ? PyList_GET_SIZE (lines) : 0;
  if (n > 0 && !all)
    text = Py_NewRef (PyList_GET_ITEM (lines, n - 1));
  else if (n > 0)
    {
      PyObject *nothing = PyUnicode_FromString ("");
      text = nothing != NULL ? PyUnicode_Join (nothing, lines) : NULL;
      Py_XDECREF (nothing);
    }
  /* A message may quote what is no text, such as the name of a file, or hold a NUL. */
  PyObject *encoded = text != NULL ? PyUnicode_AsEncodedString (text, "utf-8", "backslashreplace") : NULL;
  size_t size = encoded != NULL ? (size_t) PyBytes_GET_SIZE (encoded) : 0;
  char *copy = encoded != NULL ? malloc (size + 1) : NULL;
  if (copy != NULL)
    memcpy (copy, PyBytes_AS_STRING (encoded), size + 1);
  for (char *nul = copy; nul != NULL && (nul = memchr (nul, '\0', size - (size_t) (nul - copy))) != NULL;)
    *nul = ' ';
  Py_XDECREF (encoded);
  Py_XDECREF (text);
  for (size_t length = copy != NULL ? strlen (copy) : 0; length > 0 && copy[length - 1] == '\n';)
    copy[--length] = '\0';
  return copy;
}

/* The innermost frame of a traceback as the module traceback describes it, or NULL. */
static PyObject *
innermost_frame (PyObject *exception)
{
  PyObject *module = PyImport_ImportModule ("traceback");
  PyObject *traceback = PyException_GetTraceback (exception);
  PyObject *frames = module != NULL && traceback != NULL
                         ? PyObject_CallMethod (module, "extract_tb", "O", traceback)
                         : NULL;
  Py_ssize_t n = frames != NULL ? PySequence_Size (frames) : 0;
  PyObject *frame = n > 0 ? PySequence_GetItem (frames, n - 1) : NULL;
  Py_XDECREF (frames);
  Py_XDECREF (traceback);
  Py_XDECREF (module);
  return frame;
}

/* Where an exception was raised; a fault of syntax knows that itself. False: not known. */
static bool
find_place (PyObject *exception, char **out_file, long *out_line)
{
  PyObject *teller = PyObject_TypeCheck (exception, (PyTypeObject *) PyExc_SyntaxError)
                         ? Py_NewRef (exception)
                         : innermost_frame (exception);
  PyObject *file = teller != NULL ? PyObject_GetAttrString (teller, "filename") : NULL;
  PyObject *line = teller != NULL ? PyObject_GetAttrString (teller, "lineno") : NULL;
  const char *name = file != NULL && PyUnicode_Check (file) ? PyUnicode_AsUTF8 (file) : NULL;
  *out_file = name != NULL ? strdup (name) : NULL;
  *out_line = line != NULL && PyLong_Check (line) ? PyLong_AsLong (line) : 0;
  Py_XDECREF (line);
  Py_XDECREF (file);
  Py_XDECREF (teller);
  PyErr_Clear ();
  return *out_file != NULL;
}

char *
interpreter_take_exception (bool with_traceback)
{
  PyObject *exception = take_exception ();
  if (exception == NULL)
    return strdup ("no exception");
  PyObject *lines
      = format_exception (with_traceback ? "format_exception" : "format_exception_only", exception);
  char *text = lines_to_text (lines, with_traceback), *file = NULL;
  PyErr_Clear ();
  long line = 0;
  if (text == NULL)
    text = strdup (Py_TYPE (exception)->tp_name);
  if (!with_traceback && text != NULL && find_place (exception, &file, &line)
      && strncmp (file, "<frozen", strlen ("<frozen")) != 0)
    {
      char *longer = text_format ("%s (%s, line %ld)", text, file, line);
      free (text);
      text = longer;
    }
  free (file);
  Py_XDECREF (lines);
  Py_DECREF (exception);
  return text;
}

char *
interpreter_describe (PyObject *object)
{
  PyObject *text = object != Py_None ? PyObject_Repr (object) : NULL;
  const char *bytes = text != NULL ? PyUnicode_AsUTF8 (text) : NULL;
  int length = bytes != NULL ? (int) strnlen (bytes, DESCRIPTION_MAX) : 0;
  while (bytes != NULL && length == DESCRIPTION_MAX && length > 0
         && ((unsigned char) bytes[length] & 0xc0) == 0x80)
    length--; /* not within a character */
  char *description = object == Py_None ? strdup ("None")
                      : bytes == NULL
                          ? text_format ("an object of the type %s", Py_TYPE (object)->tp_name)
                          : text_format ("%.*s%s of the type %s", length, bytes,
                                         bytes[length] != '\0' ? "..." : "", Py_TYPE (object)->tp_name);
  PyErr_Clear ();
  Py_XDECREF (text);
  return description != NULL ? description : strdup ("?");
}
