# SPDX-License-Identifier: LGPL-2.1-or-later
libglompo_core_la_SOURCES += \
	%D%/declaration.c \
	%D%/declaration.h \
	%D%/parameter.c \
	%D%/parameter.h \
	%D%/space.c \
	%D%/space.h \
	%D%/task.c \
	%D%/task.h \
	%D%/trace.c \
	%D%/trace.h \
	%D%/trial.c \
	%D%/trial.h

# A helper is linked with the parts themselves, so that it is a program and no script in the build tree too.
helper_PROGRAMS += glompo-probe
glompo_probe_SOURCES = %D%/probe-main.c
glompo_probe_LDADD = libglompo-core.la $(GLIB_LIBS) -lm
