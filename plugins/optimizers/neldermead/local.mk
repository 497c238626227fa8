# SPDX-License-Identifier: LGPL-2.1-or-later
plugin_LTLIBRARIES += plugins/neldermead.la
plugins_neldermead_la_SOURCES = \
	%D%/neldermead-core.c \
	%D%/neldermead-core.h \
	%D%/neldermead-restart.c \
	%D%/neldermead.c
plugins_neldermead_la_CPPFLAGS = $(PLUGIN_CPPFLAGS)
plugins_neldermead_la_LDFLAGS = -module $(PLUGIN_LDFLAGS)
plugins_neldermead_la_LIBADD = -lm
