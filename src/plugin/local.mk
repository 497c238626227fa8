# SPDX-License-Identifier: LGPL-2.1-or-later
libglompo_core_la_SOURCES += \
	%D%/host.c \
	%D%/host.h
