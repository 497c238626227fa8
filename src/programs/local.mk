# SPDX-License-Identifier: LGPL-2.1-or-later

bin_PROGRAMS += glompo-run
glompo_run_SOURCES = \
	%D%/glompo-run.c \
	%D%/progress.c \
	%D%/progress.h
glompo_run_LDADD = libglompo-1.la $(GLIB_LIBS)
