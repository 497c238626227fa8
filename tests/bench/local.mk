# SPDX-License-Identifier: LGPL-2.1-or-later

EXTRA_PROGRAMS += tests/bench/bench-neldermead
BENCHES += tests/bench/bench-neldermead
tests_bench_bench_neldermead_SOURCES = %D%/bench-neldermead.c
tests_bench_bench_neldermead_LDADD = libglompo-core.la $(GLIB_LIBS) -lm
