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

bench: all $(BENCHES)
	@for b in $(BENCHES); do echo "== $$b"; ./$$b || exit 1; done
.PHONY: bench
