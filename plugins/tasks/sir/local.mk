# SPDX-License-Identifier: LGPL-2.1-or-later
plugin_LTLIBRARIES += plugins/sir.la
plugins_sir_la_SOURCES = \
	%D%/sir.c \
	plugins/tasks/ode/dopri5.c \
	plugins/tasks/ode/dopri5.h \
	plugins/tasks/ode/fit.h
plugins_sir_la_CPPFLAGS = $(PLUGIN_CPPFLAGS)
plugins_sir_la_LDFLAGS = -module $(PLUGIN_LDFLAGS)
plugins_sir_la_LIBADD = -lm
