# SPDX-License-Identifier: LGPL-2.1-or-later
AM_TESTS_ENVIRONMENT = G_DEBUG=fatal-criticals; export G_DEBUG; \
	MALLOC_PERTURB_=$${MALLOC_PERTURB_:-165}; export MALLOC_PERTURB_; \
	GLOMPO_TEST_SRCDIR='$(abs_top_srcdir)'; export GLOMPO_TEST_SRCDIR; \
	GLOMPO_TEST_BUILDDIR='$(abs_top_builddir)'; export GLOMPO_TEST_BUILDDIR; \
	GLOMPO_TEST_CC='$(CC)'; export GLOMPO_TEST_CC; \
	GLOMPO_TEST_CFLAGS='$(SAN_CFLAGS)'; export GLOMPO_TEST_CFLAGS; \
	OMP_NUM_THREADS=1; export OMP_NUM_THREADS; \
	LSAN_OPTIONS='suppressions="$(abs_top_srcdir)/tests/lsan.supp":print_suppressions=0'; export LSAN_OPTIONS;
# What a program is linked with that says nothing else: a test.
LDADD = $(TEST_LIBS)
TEST_LIBS = tests/libharness.la libglompo-core.la $(CUNIT_LIBS) $(GLIB_LIBS) -lm

check_LTLIBRARIES += tests/libharness.la
tests_libharness_la_SOURCES = tests/harness.c tests/harness.h
if THREAD_SANITIZED
tests_libharness_la_SOURCES += tests/thread-sanitizer.c
else
EXTRA_DIST += tests/thread-sanitizer.c
endif
tests_libharness_la_CPPFLAGS = $(TEST_CPPFLAGS)

include tests/unit/local.mk
include tests/conformance/local.mk
include tests/fixtures/local.mk
include tests/programs/local.mk
include tests/faults/local.mk
include tests/fuzz/local.mk
include tests/bench/local.mk

TESTS += $(check_PROGRAMS)
TREE_CHECKS = \
	tests/check-headers.sh \
	tests/check-layers.sh \
	tests/check-man.sh \
	tests/check-symbols.sh
TESTS += $(TREE_CHECKS)
EXTRA_DIST += $(TREE_CHECKS) tests/lib.sh tests/limited tests/lsan.supp tests/symbols.list
TEST_EXTENSIONS = .sh
LOG_COMPILER = $(SHELL) $(srcdir)/tests/limited
SH_LOG_COMPILER = $(LOG_COMPILER)

# What hands things from thread to thread, for a build with --enable-sanitizers=thread. The others have threads of GIO
# in them, or write over memory that is read, on purpose.
THREAD_TESTS = \
	tests/unit/test-channel \
	tests/unit/test-channel-brief \
	tests/unit/test-driver \
	tests/unit/test-driver-control \
	tests/unit/test-evaluator \
	tests/unit/test-evaluator-storm \
	tests/unit/test-eventcount \
	tests/unit/test-journal \
	tests/unit/test-journal-disk \
	tests/unit/test-manager-life \
	tests/unit/test-meter
check-threads: $(THREAD_TESTS)
	G_SLICE=always-malloc TSAN_OPTIONS=report_thread_leaks=0:$$TSAN_OPTIONS \
	  $(MAKE) $(AM_MAKEFLAGS) check-TESTS VERBOSE=1 TESTS='$(THREAD_TESTS)'
.PHONY: check-threads

bench: all $(BENCHES)
	@for b in $(BENCHES); do echo "== $$b"; ./$$b || exit 1; done
.PHONY: bench
