# SPDX-License-Identifier: LGPL-2.1-or-later
plugin_LTLIBRARIES += plugins/random.la
plugins_random_la_SOURCES = \
	%D%/random.c
plugins_random_la_CPPFLAGS = $(PLUGIN_CPPFLAGS)
plugins_random_la_LDFLAGS = -module $(PLUGIN_LDFLAGS)
