# SPDX-License-Identifier: LGPL-2.1-or-later
libglompo_core_la_SOURCES += \
	%D%/backend-private.h \
	%D%/backend.c \
	%D%/backend.h \
	%D%/client.c \
	%D%/client.h \
	%D%/directories.c \
	%D%/directories.h \
	%D%/proc.c \
	%D%/proc.h \
	%D%/processes.c \
	%D%/protocol.c \
	%D%/protocol.h \
	%D%/threads.c

# A program of its own, not a fork of the manager: it must have one thread only, whatever the manager has.
helper_PROGRAMS += glompo-supervisor
glompo_supervisor_SOURCES = \
	%D%/charge.c \
	%D%/child.c \
	%D%/deaths.c \
	%D%/keeper.c \
	%D%/keeper.h \
	%D%/streams.c \
	%D%/supervisor-probe.c \
	%D%/supervisor.c \
	%D%/supervisor.h
# As few mappings as can be, and nothing left to be looked up: both cost every worker time.
glompo_supervisor_LDFLAGS = $(AM_LDFLAGS) -Wl,--as-needed -Wl,-z,now
glompo_supervisor_LDADD = libglompo-core.la $(GLIB_LIBS) -lm
