# SPDX-License-Identifier: LGPL-2.1-or-later
# Built only where configure found a Python to embed.
if HAVE_PYTHON
plugin_LTLIBRARIES += plugins/python.la
plugins_python_la_SOURCES = \
	%D%/python.c \
	%D%/python-call.c \
	%D%/python-children.c \
	%D%/python-interpreter.c \
	%D%/python-interpreter.h \
	%D%/python-load.c \
	%D%/python-space.c \
	%D%/python-task.h
plugins_python_la_CPPFLAGS = $(PLUGIN_CPPFLAGS) $(PYTHON_CFLAGS) -DPYTHON_PROGRAM=\"$(PYTHON_PROGRAM)\"
plugins_python_la_LDFLAGS = -module $(PLUGIN_LDFLAGS)
plugins_python_la_LIBADD = $(PYTHON_LIBS) $(USER_TASK_LIBS)
endif
