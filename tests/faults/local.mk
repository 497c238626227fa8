# SPDX-License-Identifier: LGPL-2.1-or-later
# In `make check` a fixed number of trials; `make faults TRIALS=N SEED=S` for more.
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
FAULTS_NEED = tests/faults/faults tests/fixtures/task-trouble.la
faults: all $(FAULTS_NEED)
	$(AM_TESTS_ENVIRONMENT) tests/faults/faults $(TRIALS) $(SEED)
.PHONY: faults
