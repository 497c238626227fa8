# SPDX-License-Identifier: LGPL-2.1-or-later
# One convenience library holds all parts; the shared library and the tests are made from it.
noinst_LTLIBRARIES += libglompo-core.la
libglompo_core_la_SOURCES =
libglompo_core_la_CPPFLAGS = $(AM_CPPFLAGS) -DGLOMPO_PLUGIN_DIR=\"$(plugindir)\" \
	-DGLOMPO_HELPER_DIR=\"$(helperdir)\"
libglompo_core_la_CFLAGS = $(AM_CFLAGS) $(YAML_CFLAGS)
libglompo_core_la_LIBADD = $(GLIB_LIBS) $(YAML_LIBS) -lm

lib_LTLIBRARIES += libglompo-1.la
libglompo_1_la_SOURCES =
libglompo_1_la_LIBADD = libglompo-core.la
libglompo_1_la_LDFLAGS = $(AM_LDFLAGS) -version-info 0:0:0 -no-undefined -export-symbols-regex '^glompo_'

glompoincludedir = $(includedir)/glompo-1/glompo
glompoinclude_HEADERS = \
	include/glompo/glompo.h \
	include/glompo/glompo-config.h \
	include/glompo/glompo-control.h \
	include/glompo/glompo-error.h \
	include/glompo/glompo-hunts.h \
	include/glompo/glompo-journal.h \
	include/glompo/glompo-manager.h \
	include/glompo/glompo-plugin.h \
	include/glompo/glompo-registry.h \
	include/glompo/glompo-report.h

include src/base/local.mk
include src/plugin/local.mk
include src/model/local.mk
include src/config/local.mk
include src/compat/local.mk
include src/policy/local.mk
include src/journal/local.mk
include src/worker/local.mk
include src/backend/local.mk
include src/manager/local.mk
include src/report/local.mk
include src/control/local.mk
include src/programs/local.mk
