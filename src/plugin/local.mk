# SPDX-License-Identifier: LGPL-2.1-or-later
libglompo_core_la_SOURCES += \
	%D%/check.c \
	%D%/check.h \
	%D%/describe.c \
	%D%/describe.h \
	%D%/host.c \
	%D%/host.h \
	%D%/probe.c \
	%D%/probe.h \
	%D%/registry.c \
	%D%/registry.h
