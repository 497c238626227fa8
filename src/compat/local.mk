# SPDX-License-Identifier: LGPL-2.1-or-later
libglompo_core_la_SOURCES += \
	%D%/compat.c \
	%D%/compat.h \
	%D%/rules.c
