# SPDX-License-Identifier: LGPL-2.1-or-later
# In `make check` each target runs over its seeds with a driver of our own. `make fuzz` runs them under
# libFuzzer, in a tree configured with CC=clang CFLAGS='-g -O1 -fsanitize=fuzzer-no-link,address,undefined';
# FUZZ_SECONDS says how long each.
FUZZ_CPPFLAGS = $(TEST_CPPFLAGS) -I$(srcdir)/tests/unit
FUZZ_TARGETS = expression config journal
FUZZ_SECONDS = 60

check_PROGRAMS += tests/fuzz/fuzz-expression
tests_fuzz_fuzz_expression_SOURCES = \
	%D%/driver.c \
	%D%/fuzz-expression.c \
	%D%/fuzz.h \
	tests/unit/fake-plugins.c
tests_fuzz_fuzz_expression_CPPFLAGS = $(FUZZ_CPPFLAGS) -DFUZZ_SEEDS=\"tests/fuzz/seeds/expression\"

check_PROGRAMS += tests/fuzz/fuzz-config
tests_fuzz_fuzz_config_SOURCES = \
	%D%/driver.c \
	%D%/fuzz-config.c \
	%D%/fuzz.h \
	tests/unit/fake-plugins.c
tests_fuzz_fuzz_config_CPPFLAGS = $(FUZZ_CPPFLAGS) \
	-DFUZZ_SEEDS=\"tests/fuzz/seeds/config:tests/fixtures/ini\"

EXTRA_PROGRAMS += tests/fuzz/libfuzzer-expression
tests_fuzz_libfuzzer_expression_SOURCES = \
	%D%/fuzz-expression.c \
	tests/unit/fake-plugins.c
tests_fuzz_libfuzzer_expression_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_libfuzzer_expression_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer

EXTRA_PROGRAMS += tests/fuzz/libfuzzer-config
tests_fuzz_libfuzzer_config_SOURCES = \
	%D%/fuzz-config.c \
	tests/unit/fake-plugins.c
tests_fuzz_libfuzzer_config_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_libfuzzer_config_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer

check_PROGRAMS += tests/fuzz/fuzz-journal
tests_fuzz_fuzz_journal_SOURCES = \
	%D%/driver.c \
	%D%/fuzz-journal.c \
	%D%/fuzz.h
tests_fuzz_fuzz_journal_CPPFLAGS = $(FUZZ_CPPFLAGS) -DFUZZ_SEEDS=\"tests/fuzz/seeds/journal\"

EXTRA_PROGRAMS += tests/fuzz/libfuzzer-journal
tests_fuzz_libfuzzer_journal_SOURCES = %D%/fuzz-journal.c
tests_fuzz_libfuzzer_journal_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_libfuzzer_journal_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer

# A corpus of its own in the build tree, begun with the seeds.
fuzz:
	@$(CC) --version | grep -q clang || { echo "make fuzz needs clang: see tests/fuzz/local.mk"; exit 1; }
	$(MAKE) $(FUZZ_TARGETS:%=tests/fuzz/libfuzzer-%)
	for t in $(FUZZ_TARGETS); do mkdir -p tests/fuzz/corpus/$$t && \
	  tests/fuzz/libfuzzer-$$t -max_total_time=$(FUZZ_SECONDS) -timeout=10 tests/fuzz/corpus/$$t \
	    $(srcdir)/tests/fuzz/seeds/$$t || exit 1; done
.PHONY: fuzz

EXTRA_DIST += \
	tests/fuzz/seeds/config/crlf.ini \
	tests/fuzz/seeds/config/job.ini \
	tests/fuzz/seeds/config/overrides.bin \
	tests/fuzz/seeds/config/small.ini \
	tests/fuzz/seeds/expression/convergence.txt \
	tests/fuzz/seeds/expression/hunters.txt \
	tests/fuzz/seeds/expression/list.txt \
	tests/fuzz/seeds/expression/name.txt \
	tests/fuzz/seeds/expression/nested.txt \
	tests/fuzz/seeds/expression/open.txt \
	tests/fuzz/seeds/expression/quoted.txt \
	tests/fuzz/seeds/journal/damaged.glompo \
	tests/fuzz/seeds/journal/empty.glompo \
	tests/fuzz/seeds/journal/garbage.glompo \
	tests/fuzz/seeds/journal/magic.glompo \
	tests/fuzz/seeds/journal/torn.glompo \
	tests/fuzz/seeds/journal/whole.glompo \
	tests/fuzz/seeds/journal/zeros.glompo
