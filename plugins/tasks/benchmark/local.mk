# SPDX-License-Identifier: LGPL-2.1-or-later
plugin_LTLIBRARIES += plugins/benchmark.la
BENCHMARK_SOURCES = \
	%D%/benchmark.c \
	%D%/benchmark.h \
	%D%/exp-least-squares.c \
	%D%/functions.c \
	%D%/functions.h \
	%D%/functions-coupled.c \
	%D%/functions-separable.c \
	%D%/functions-wells.c \
	%D%/lennard-jones.c \
	%D%/lennard-jones-table.c \
	%D%/noise.h
plugins_benchmark_la_SOURCES = $(BENCHMARK_SOURCES)
plugins_benchmark_la_CPPFLAGS = $(PLUGIN_CPPFLAGS)
plugins_benchmark_la_LDFLAGS = -module $(PLUGIN_LDFLAGS)
plugins_benchmark_la_LIBADD = -lm
