# SPDX-License-Identifier: LGPL-2.1-or-later
libglompo_core_la_SOURCES += \
	%D%/backend-private.h \
	%D%/backend.c \
	%D%/backend.h \
	%D%/threads.c
