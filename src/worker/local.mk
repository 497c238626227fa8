# SPDX-License-Identifier: LGPL-2.1-or-later
libglompo_core_la_SOURCES += \
	%D%/batch.c \
	%D%/batch.h \
	%D%/budget.c \
	%D%/budget.h \
	%D%/channel.c \
	%D%/channel.h \
	%D%/desk.h \
	%D%/driver-control.c \
	%D%/driver-evaluate.c \
	%D%/driver-loops.c \
	%D%/driver-private.h \
	%D%/driver-replay.c \
	%D%/driver-snapshot.c \
	%D%/driver.c \
	%D%/driver.h \
	%D%/evaluator.c \
	%D%/evaluator.h \
	%D%/eventcount.c \
	%D%/eventcount.h \
	%D%/log-queue.c \
	%D%/log-queue.h \
	%D%/search.c \
	%D%/search.h \
	%D%/meter.c \
	%D%/meter.h \
	%D%/replay.c \
	%D%/replay.h \
	%D%/shared.c \
	%D%/shared.h \
	%D%/snapshot.c \
	%D%/snapshot.h \
	%D%/tally.h \
	%D%/terms.c \
	%D%/terms.h
