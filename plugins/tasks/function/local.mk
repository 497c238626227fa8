# SPDX-License-Identifier: LGPL-2.1-or-later
plugin_LTLIBRARIES += plugins/function.la
plugins_function_la_SOURCES = %D%/function.c
plugins_function_la_CPPFLAGS = $(PLUGIN_CPPFLAGS) -D_GNU_SOURCE
plugins_function_la_LDFLAGS = -module $(PLUGIN_LDFLAGS)
plugins_function_la_LIBADD = $(USER_TASK_LIBS)
