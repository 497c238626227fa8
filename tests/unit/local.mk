# SPDX-License-Identifier: LGPL-2.1-or-later
check_PROGRAMS += tests/unit/test-random
tests_unit_test_random_SOURCES = %D%/test-random.c
tests_unit_test_random_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_random_LDADD = $(TEST_LIBS)

check_PROGRAMS += tests/unit/test-neldermead
tests_unit_test_neldermead_SOURCES = \
	%D%/test-neldermead.c \
	plugins/optimizers/neldermead/neldermead-core.c \
	plugins/optimizers/neldermead/neldermead-restart.c
tests_unit_test_neldermead_CPPFLAGS = $(TEST_CPPFLAGS) -I$(top_srcdir)/plugins
tests_unit_test_neldermead_LDADD = $(TEST_LIBS)

check_PROGRAMS += tests/unit/test-journal
tests_unit_test_journal_SOURCES = %D%/test-journal.c
tests_unit_test_journal_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_journal_LDADD = $(TEST_LIBS)

check_PROGRAMS += tests/unit/test-crc32c
tests_unit_test_crc32c_SOURCES = %D%/test-crc32c.c
tests_unit_test_crc32c_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_crc32c_LDADD = $(TEST_LIBS)

check_PROGRAMS += tests/unit/test-broken-plugins
tests_unit_test_broken_plugins_SOURCES = %D%/test-broken-plugins.c
tests_unit_test_broken_plugins_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_broken_plugins_LDADD = $(TEST_LIBS)
