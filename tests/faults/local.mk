# SPDX-License-Identifier: LGPL-2.1-or-later
# In `make check` a fixed number of trials, which may take their time; `make faults TRIALS=N SEED=S` for more, in
# which nothing may be left a second after the end, and `make resumptions TRIALS=N SEED=S`.
check_PROGRAMS += tests/faults/faults
tests_faults_faults_SOURCES = \
	%D%/faults.c \
	%D%/faults.h \
	%D%/series.c \
	%D%/survivors.c \
	%D%/trial.c
tests_faults_faults_CPPFLAGS = $(TEST_CPPFLAGS)
tests_faults_faults_LDADD = libglompo-core.la $(GLIB_LIBS) -lm

check_PROGRAMS += tests/faults/resumptions
tests_faults_resumptions_SOURCES = \
	%D%/faults.h \
	%D%/history.c \
	%D%/history.h \
	%D%/resumptions.c \
	%D%/series.c \
	%D%/survivors.c
tests_faults_resumptions_CPPFLAGS = $(TEST_CPPFLAGS)
tests_faults_resumptions_LDADD = libglompo-core.la $(GLIB_LIBS) -lm

TRIALS = 300
SEED = 1
SURVIVE_MS = 1000
HUNG_MS = 20000
FAULTS_NEED = tests/faults/faults tests/fixtures/task-trouble.la
faults: all $(FAULTS_NEED)
	$(AM_TESTS_ENVIRONMENT) SURVIVE_MS=$(SURVIVE_MS) HUNG_MS=$(HUNG_MS) tests/faults/faults $(TRIALS) $(SEED)
RESUMPTIONS_NEED = tests/faults/resumptions tests/fixtures/task-witness.la tests/fixtures/blocking.la
resumptions: all $(RESUMPTIONS_NEED)
	$(AM_TESTS_ENVIRONMENT) tests/faults/resumptions $(TRIALS) $(SEED)
.PHONY: faults resumptions
