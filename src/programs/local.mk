# SPDX-License-Identifier: LGPL-2.1-or-later
PROGRAM_SOURCES = %D%/program.c %D%/program.h

bin_PROGRAMS += glompo-run
glompo_run_SOURCES = \
	$(PROGRAM_SOURCES) \
	%D%/glompo-run.c \
	%D%/progress.c \
	%D%/progress.h \
	%D%/run-directory.c \
	%D%/run-directory.h \
	%D%/run-print.c \
	%D%/run-print.h
glompo_run_LDADD = libglompo-1.la $(GLIB_LIBS) -lm

bin_PROGRAMS += glompo-inspect
glompo_inspect_SOURCES = \
	$(PROGRAM_SOURCES) \
	%D%/glompo-inspect.c \
	%D%/inspect-entry.c \
	%D%/inspect-entry.h \
	%D%/inspect-print.c \
	%D%/inspect-print.h
glompo_inspect_LDADD = libglompo-1.la $(GLIB_LIBS)

bin_PROGRAMS += glompo-log
glompo_log_SOURCES = \
	$(PROGRAM_SOURCES) \
	%D%/glompo-log.c \
	%D%/log-csv.c \
	%D%/log-format.c \
	%D%/log-format.h \
	%D%/log-jsonl.c \
	%D%/log-text.c \
	%D%/log-why.c
glompo_log_LDADD = libglompo-1.la $(GLIB_LIBS)

bin_PROGRAMS += glompo-ctl
glompo_ctl_SOURCES = $(PROGRAM_SOURCES) %D%/glompo-ctl.c
glompo_ctl_LDADD = libglompo-1.la $(GLIB_LIBS)

bin_PROGRAMS += glompo-hunt
glompo_hunt_SOURCES = $(PROGRAM_SOURCES) %D%/glompo-hunt.c
glompo_hunt_LDADD = libglompo-1.la $(GLIB_LIBS)
