# SPDX-License-Identifier: LGPL-2.1-or-later
# What the tasks share that run the user's code: function, command, server.
noinst_LTLIBRARIES += plugins/tasks/common/libcommon.la
plugins_tasks_common_libcommon_la_SOURCES = \
	%D%/answer.c \
	%D%/answer.h \
	%D%/pattern.c \
	%D%/pattern.h \
	%D%/process.c \
	%D%/process.h \
	%D%/program.c \
	%D%/program.h \
	%D%/runner.c \
	%D%/runner.h \
	%D%/space.c \
	%D%/space.h \
	%D%/words.c \
	%D%/words.h
plugins_tasks_common_libcommon_la_CPPFLAGS = $(PLUGIN_CPPFLAGS) -D_GNU_SOURCE
USER_TASK_LIBS = plugins/tasks/common/libcommon.la $(GLIB_LIBS) -lm
