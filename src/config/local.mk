# SPDX-License-Identifier: LGPL-2.1-or-later
libglompo_core_la_SOURCES += \
	%D%/expression-parse.c \
	%D%/expression-resolve.c \
	%D%/expression.c \
	%D%/expression.h
