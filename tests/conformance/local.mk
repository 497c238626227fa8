# SPDX-License-Identifier: LGPL-2.1-or-later
# Without an argument it tests every plugin that the registry finds: in make check, those of this tree.
check_PROGRAMS += tests/conformance/conformance
tests_conformance_conformance_SOURCES = \
	%D%/conformance.c \
	%D%/conformance.h \
	%D%/rig.c \
	%D%/test-optimizers.c \
	%D%/test-options.c \
	%D%/test-states.c \
	%D%/test-tasks.c
tests_conformance_conformance_LDADD = libglompo-core.la $(GLIB_LIBS) -lm
