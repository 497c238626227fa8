# SPDX-License-Identifier: LGPL-2.1-or-later
# In `make check` a fixed number of trials, which may take their time; `make faults TRIALS=N SEED=S` for more, in
# which nothing may be left a second after the end.
check_PROGRAMS += tests/faults/faults
tests_faults_faults_SOURCES = \
	%D%/faults.c \
	%D%/faults.h \
	%D%/survivors.c \
	%D%/trial.c
tests_faults_faults_CPPFLAGS = $(TEST_CPPFLAGS)
tests_faults_faults_LDADD = libglompo-core.la $(GLIB_LIBS) -lm

TRIALS = 300
SEED = 1
SURVIVE_MS = 1000
HUNG_MS = 20000
FAULTS_NEED = tests/faults/faults tests/fixtures/task-trouble.la
faults: all $(FAULTS_NEED)
	$(AM_TESTS_ENVIRONMENT) SURVIVE_MS=$(SURVIVE_MS) HUNG_MS=$(HUNG_MS) tests/faults/faults $(TRIALS) $(SEED)
.PHONY: faults
