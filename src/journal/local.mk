# SPDX-License-Identifier: LGPL-2.1-or-later
libglompo_core_la_SOURCES += \
	%D%/crc32c.c \
	%D%/crc32c.h \
	%D%/reader.c \
	%D%/records.c \
	%D%/records.h \
	%D%/writer.c \
	%D%/writer.h
