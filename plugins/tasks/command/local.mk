# SPDX-License-Identifier: LGPL-2.1-or-later
plugin_LTLIBRARIES += plugins/command.la
plugins_command_la_SOURCES = \
	%D%/command.c \
	%D%/scratch.c \
	%D%/scratch.h
plugins_command_la_CPPFLAGS = $(PLUGIN_CPPFLAGS) -D_GNU_SOURCE
plugins_command_la_LDFLAGS = -module $(PLUGIN_LDFLAGS)
plugins_command_la_LIBADD = $(USER_TASK_LIBS)
