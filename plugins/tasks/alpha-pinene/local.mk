# SPDX-License-Identifier: LGPL-2.1-or-later
plugin_LTLIBRARIES += plugins/alpha-pinene.la
plugins_alpha_pinene_la_SOURCES = \
	%D%/alpha-pinene.c \
	plugins/tasks/ode/compartments.c \
	plugins/tasks/ode/compartments.h \
	plugins/tasks/ode/fit.h
plugins_alpha_pinene_la_CPPFLAGS = $(PLUGIN_CPPFLAGS)
plugins_alpha_pinene_la_LDFLAGS = -module $(PLUGIN_LDFLAGS)
plugins_alpha_pinene_la_LIBADD = -lm
