# SPDX-License-Identifier: LGPL-2.1-or-later
check_PROGRAMS += tests/unit/test-random
tests_unit_test_random_SOURCES = %D%/test-random.c
tests_unit_test_random_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_random_LDADD = $(TEST_LIBS)
