# SPDX-License-Identifier: LGPL-2.1-or-later
plugin_LTLIBRARIES += plugins/server.la
plugins_server_la_SOURCES = %D%/server.c
plugins_server_la_CPPFLAGS = $(PLUGIN_CPPFLAGS) -D_GNU_SOURCE
plugins_server_la_LDFLAGS = -module $(PLUGIN_LDFLAGS)
plugins_server_la_LIBADD = $(USER_TASK_LIBS)
