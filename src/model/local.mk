# SPDX-License-Identifier: LGPL-2.1-or-later
libglompo_core_la_SOURCES += \
	%D%/parameter.c \
	%D%/parameter.h \
	%D%/space.c \
	%D%/space.h \
	%D%/trace.c \
	%D%/trace.h
