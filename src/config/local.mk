# SPDX-License-Identifier: LGPL-2.1-or-later
libglompo_core_la_SOURCES += \
	%D%/checkpoint.c \
	%D%/config-change.c \
	%D%/config-faults.c \
	%D%/config-load.c \
	%D%/config-names.c \
	%D%/config-parameters.c \
	%D%/config.c \
	%D%/config.h \
	%D%/expression-parse.c \
	%D%/expression-resolve.c \
	%D%/expression.c \
	%D%/expression.h \
	%D%/ini-faults.c \
	%D%/ini.c \
	%D%/ini.h \
	%D%/settings.c
