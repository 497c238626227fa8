# SPDX-License-Identifier: LGPL-2.1-or-later

EXTRA_PROGRAMS += tests/bench/bench-neldermead
BENCHES += tests/bench/bench-neldermead
tests_bench_bench_neldermead_SOURCES = %D%/bench-neldermead.c
tests_bench_bench_neldermead_LDADD = libglompo-core.la $(GLIB_LIBS) -lm
EXTRA_PROGRAMS += tests/bench/bench-cmaes
BENCHES += tests/bench/bench-cmaes
tests_bench_bench_cmaes_SOURCES = %D%/bench-cmaes.c tests/unit/cmaes-run.c tests/unit/cmaes-run.h
tests_bench_bench_cmaes_CPPFLAGS = $(TEST_CPPFLAGS)
tests_bench_bench_cmaes_LDADD = plugins/optimizers/cmaes/libcmaes.la libglompo-core.la $(GLIB_LIBS) -lm


EXTRA_PROGRAMS += tests/bench/bench-hunters
BENCHES += tests/bench/bench-hunters
tests_bench_bench_hunters_SOURCES = %D%/bench-hunters.c
tests_bench_bench_hunters_LDADD = libglompo-core.la $(GLIB_LIBS) -lm
EXTRA_PROGRAMS += tests/bench/bench-hunting
BENCHES += tests/bench/bench-hunting
tests_bench_bench_hunting_SOURCES = %D%/bench-hunting.c
tests_bench_bench_hunting_LDADD = libglompo-core.la $(GLIB_LIBS) -lm
EXTRA_PROGRAMS += tests/bench/bench-journal
BENCHES += tests/bench/bench-journal
tests_bench_bench_journal_SOURCES = %D%/bench-journal.c
tests_bench_bench_journal_LDADD = libglompo-core.la $(GLIB_LIBS) -lm

# A program and a shared object of the same work; not among BENCHES, as it takes a minute and two idle cores.
EXTRA_PROGRAMS += tests/bench/busy
tests_bench_busy_SOURCES = %D%/busy.c
tests_bench_busy_LDADD =
EXTRA_LTLIBRARIES += tests/bench/busy.la
tests_bench_busy_la_SOURCES = %D%/busy.c
tests_bench_busy_la_CPPFLAGS = $(AM_CPPFLAGS)
tests_bench_busy_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -rpath /nowhere
EXTRA_DIST += %D%/bench-parallelism.sh %D%/busy.py

bench-parallelism: all tests/bench/busy tests/bench/busy.la
	@GLOMPO_BENCH_SRCDIR='$(abs_top_srcdir)' GLOMPO_BENCH_BUILDDIR='$(abs_top_builddir)' \
	  PYTHON_PROGRAM='$(PYTHON_PROGRAM)' $(SHELL) $(srcdir)/tests/bench/bench-parallelism.sh
.PHONY: bench-parallelism

# The functions of numpy and scipy in every cell of the table for as long as is promised; memory is watched.
bench-python: all
	@GLOMPO_PYTHON_EVALUATIONS=10000 GLOMPO_TEST_SRCDIR='$(abs_top_srcdir)' GLOMPO_TEST_BUILDDIR='$(abs_top_builddir)' \
	  $(SHELL) $(srcdir)/tests/programs/python.sh
.PHONY: bench-python

EXTRA_PROGRAMS += tests/bench/bench-processes
BENCHES += tests/bench/bench-processes
tests_bench_bench_processes_SOURCES = %D%/bench-processes.c
tests_bench_bench_processes_LDADD = libglompo-core.la $(GLIB_LIBS) -lm

# Management against restarts that are left alone: ten minutes. Not among BENCHES: it counts evaluations, not time.
# Shorter: make bench-managed SEEDS=5 BUDGETS=20000; longer: make bench-managed CONFIGURATIONS=all
EXTRA_PROGRAMS += tests/bench/bench-managed
tests_bench_bench_managed_SOURCES = %D%/bench-managed.c
tests_bench_bench_managed_LDADD = libglompo-1.la $(GLIB_LIBS) -lm

bench-managed: all tests/bench/bench-managed
	@SEEDS='$(SEEDS)' BUDGETS='$(BUDGETS)' JOBS='$(JOBS)' FUNCTIONS='$(FUNCTIONS)' \
	  CONFIGURATIONS='$(or $(CONFIGURATIONS),paper race settled)' GLOMPO_PLUGIN_PATH='$(abs_builddir)/plugins/.libs' \
	  tests/bench/bench-managed
.PHONY: bench-managed

EXTRA_PROGRAMS += tests/bench/bench-durability
BENCHES += tests/bench/bench-durability
tests_bench_bench_durability_SOURCES = %D%/bench-durability.c tests/unit/cmaes-run.c tests/unit/cmaes-run.h
tests_bench_bench_durability_CPPFLAGS = $(TEST_CPPFLAGS)
tests_bench_bench_durability_LDADD = plugins/optimizers/cmaes/libcmaes.la libglompo-core.la $(GLIB_LIBS) -lm
