# SPDX-License-Identifier: LGPL-2.1-or-later
libglompo_core_la_SOURCES += \
	%D%/change.c \
	%D%/chronicle.c \
	%D%/control.c \
	%D%/convergence.c \
	%D%/durable.c \
	%D%/freeze.c \
	%D%/inspect.c \
	%D%/launch.c \
	%D%/life.c \
	%D%/life.h \
	%D%/manager-private.h \
	%D%/manager.c \
	%D%/order.c \
	%D%/resume-config.c \
	%D%/resume.c \
	%D%/schedule.c \
	%D%/schedule.h \
	%D%/set-up.c \
	%D%/shelf.c \
	%D%/snapshots.c \
	%D%/snapshots.h \
	%D%/status.c \
	%D%/status.h \
	%D%/tape.c \
	%D%/tape.h \
	%D%/turn.c \
	%D%/watch.c
