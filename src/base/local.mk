# SPDX-License-Identifier: LGPL-2.1-or-later
libglompo_core_la_SOURCES += \
	%D%/blas.c \
	%D%/blas.h \
	%D%/cores.c \
	%D%/cores.h \
	%D%/error.c \
	%D%/files.c \
	%D%/files.h \
	%D%/json-text.c \
	%D%/json-text.h \
	%D%/options-table.c \
	%D%/options.c \
	%D%/options.h \
	%D%/paths.c \
	%D%/paths.h \
	%D%/prompt.h \
	%D%/random-ziggurat.h \
	%D%/random.c \
	%D%/random.h \
	%D%/shortest-powers.h \
	%D%/shortest.c \
	%D%/shortest.h \
	%D%/source.c \
	%D%/source.h \
	%D%/text.c \
	%D%/text.h
