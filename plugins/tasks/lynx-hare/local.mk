# SPDX-License-Identifier: LGPL-2.1-or-later
plugin_LTLIBRARIES += plugins/lynx-hare.la
plugins_lynx_hare_la_SOURCES = \
	%D%/lynx-hare.c \
	plugins/tasks/ode/dopri5.c \
	plugins/tasks/ode/dopri5.h \
	plugins/tasks/ode/fit.h
# Without fused operations its values are the same in every language.
plugins_lynx_hare_la_CPPFLAGS = $(PLUGIN_CPPFLAGS) -ffp-contract=off
plugins_lynx_hare_la_LDFLAGS = -module $(PLUGIN_LDFLAGS)
plugins_lynx_hare_la_LIBADD = -lm
