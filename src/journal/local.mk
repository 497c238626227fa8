# SPDX-License-Identifier: LGPL-2.1-or-later
libglompo_core_la_SOURCES += \
	%D%/crc32c.c \
	%D%/crc32c.h \
	%D%/endings.c \
	%D%/endings.h \
	%D%/in-force.c \
	%D%/in-force.h \
	%D%/reader.c \
	%D%/reader.h \
	%D%/records.c \
	%D%/records.h \
	%D%/writer-open.c \
	%D%/writer-private.h \
	%D%/writer-thread.c \
	%D%/writer.c \
	%D%/writer.h
