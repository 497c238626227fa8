# SPDX-License-Identifier: LGPL-2.1-or-later
libglompo_core_la_SOURCES += \
	%D%/adjust.c \
	%D%/compat-private.h \
	%D%/compat.c \
	%D%/compat.h \
	%D%/findings.c \
	%D%/measured.c \
	%D%/plan.c \
	%D%/rules.c \
	%D%/table.c
