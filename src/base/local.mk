# SPDX-License-Identifier: LGPL-2.1-or-later
libglompo_core_la_SOURCES += \
	%D%/random-ziggurat.h \
	%D%/random.c \
	%D%/random.h
