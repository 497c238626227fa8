/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Processes that the user's function forks, as multiprocessing does, are copies of this one. Two things must
 * not be copied: the host's handlers, which would swallow the signals that are to end the child, so that a
 * pool of processes waited for ever for its own; and a life beyond that of the run. For the latter each child
 * holds the reading end of a pipe whose writing end only this process has, and has the kernel kill it when
 * that closes, however this process ends. (The signal at the death of the parent is no way: it comes at the
 * end of the thread that forked.)
 *
 * And a child that comes back from the function must not go on here: it would be a second evaluator that
 * writes its answers where the first one does.
 *
 * Thread: in the child, the only one there is.
 */
#include "python-interpreter.h"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static const int signals[] = { SIGTERM, SIGHUP };
#define N_SIGNALS (sizeof signals / sizeof *signals)

/* As the interpreter is, one for the process; written once, before the first fork. */
static int lifeline[2] = { -1, -1 };
/* The signals that were blocked before the fork; the GIL is held from there on to behind it. */
static sigset_t blocked;

/* Gives the signals back their meaning unless the function has given them another. */
static void
release_signals (void)
{
  PyObject *module = PyImport_ImportModule ("_signal");
  for (size_t i = 0; module != NULL && i < N_SIGNALS; i++)
    {
      struct sigaction action;
      PyObject *handler = PyObject_CallMethod (module, "getsignal", "i", signals[i]);
      bool of_host = handler != NULL && !PyCallable_Check (handler)
                     && sigaction (signals[i], NULL, &action) == 0 && action.sa_handler != SIG_DFL
                     && action.sa_handler != SIG_IGN;
      if (of_host)
        signal (signals[i], SIG_DFL);
      Py_XDECREF (handler);
    }
  Py_XDECREF (module);
  PyErr_Clear ();
}

/* The owner of a signal belongs to the open file, which all children share, so each opens the pipe anew. */
static void
hold_lifeline (void)
{
  char path[64];
  struct pollfd end = { .fd = -1 };
  if (lifeline[1] >= 0)
    close (lifeline[1]);
  lifeline[1] = -1;
  snprintf (path, sizeof path, "/proc/self/fd/%d", lifeline[0]);
  int fd = lifeline[0] >= 0 ? open (path, O_RDONLY | O_NONBLOCK | O_CLOEXEC) : -1;
  if (fd < 0)
    return;
  fcntl (fd, F_SETOWN, getpid ());
  fcntl (fd, F_SETSIG, SIGKILL);
  fcntl (fd, F_SETFL, O_NONBLOCK | O_ASYNC);
  end.fd = fd;
  if (poll (&end, 1, 0) > 0) /* too late for the signal */
    _exit (1);
}

/* What comes between the fork and its end waits until the child has its handlers. */
static PyObject *
before_fork (PyObject *self, PyObject *unused)
{
  sigset_t set;
  (void) self;
  (void) unused;
  sigemptyset (&set);
  for (size_t i = 0; i < N_SIGNALS; i++)
    sigaddset (&set, signals[i]);
  pthread_sigmask (SIG_BLOCK, &set, &blocked);
  Py_RETURN_NONE;
}

static PyObject *
after_in_parent (PyObject *self, PyObject *unused)
{
  (void) self;
  (void) unused;
  pthread_sigmask (SIG_SETMASK, &blocked, NULL);
  Py_RETURN_NONE;
}

static PyObject *
after_in_child (PyObject *self, PyObject *unused)
{
  (void) self;
  (void) unused;
  release_signals ();
  hold_lifeline ();
  pthread_sigmask (SIG_SETMASK, &blocked, NULL);
  Py_RETURN_NONE;
}

/* The exit code that an exception stands for; shows it if it is not a call of sys.exit(). */
static int
code_of_exception (void)
{
  if (!PyErr_ExceptionMatches (PyExc_SystemExit))
    {
      PyErr_PrintEx (0);
      return 1;
    }
  PyObject *type, *value, *traceback;
  PyErr_Fetch (&type, &value, &traceback);
  PyErr_NormalizeException (&type, &value, &traceback);
  PyObject *code = value != NULL ? PyObject_GetAttrString (value, "code") : NULL;
  if (code == NULL || code == Py_None)
    return 0;
  if (PyLong_Check (code))
    return (int) PyLong_AsLong (code);
  PyObject *stream = PySys_GetObject ("stderr"); /* borrowed */
  if (stream != NULL && PyFile_WriteObject (code, stream, Py_PRINT_RAW) == 0)
    PyFile_WriteString ("\n", stream);
  return 1;
}

void
children_end (void)
{
  _exit (PyErr_Occurred () != NULL ? code_of_exception () : 0);
}

void
children_watch (void)
{
  static PyMethodDef methods[] = {
    { "before", before_fork, METH_NOARGS, NULL },
    { "after_in_parent", after_in_parent, METH_NOARGS, NULL },
    { "after_in_child", after_in_child, METH_NOARGS, NULL },
  };
  PyObject *module = PyImport_ImportModule ("os");
  PyObject *enrol = module != NULL ? PyObject_GetAttrString (module, "register_at_fork") : NULL;
  PyObject *nothing = PyTuple_New (0), *keywords = PyDict_New ();
  if (pipe2 (lifeline, O_CLOEXEC) != 0)
    lifeline[0] = lifeline[1] = -1;
  for (size_t i = 0; keywords != NULL && i < sizeof methods / sizeof *methods; i++)
    {
      PyObject *function = PyCFunction_New (&methods[i], NULL);
      if (function == NULL || PyDict_SetItemString (keywords, methods[i].ml_name, function) != 0)
        Py_CLEAR (keywords); /* all of them or none */
      Py_XDECREF (function);
    }
  if (enrol != NULL && nothing != NULL && keywords != NULL)
    Py_XDECREF (PyObject_Call (enrol, nothing, keywords));
  Py_XDECREF (keywords);
  Py_XDECREF (nothing);
  Py_XDECREF (enrol);
  Py_XDECREF (module);
  PyErr_Clear ();
}
