# SPDX-License-Identifier: LGPL-2.1-or-later
# The mathematics is a convenience library, so that its tests and benchmarks use the same objects.
# -fopenmp-simd lets loops that are marked for it be vectorised; it brings no threads and no library.
noinst_LTLIBRARIES += plugins/optimizers/cmaes/libcmaes.la
plugins_optimizers_cmaes_libcmaes_la_SOURCES = \
	%D%/cmaes-bounds.c \
	%D%/cmaes-bounds.h \
	%D%/cmaes-core.c \
	%D%/cmaes-core.h \
	%D%/cmaes-linalg.c \
	%D%/cmaes-linalg.h \
	%D%/cmaes-options.h \
	%D%/cmaes-simd.h \
	%D%/cmaes-stop.c \
	%D%/cmaes-stop.h \
	%D%/cmaes-strategy.c \
	%D%/cmaes-strategy.h \
	%D%/cmaes-update.c \
	%D%/cmaes.c
plugins_optimizers_cmaes_libcmaes_la_CPPFLAGS = $(PLUGIN_CPPFLAGS)
plugins_optimizers_cmaes_libcmaes_la_CFLAGS = $(AM_CFLAGS) -fopenmp-simd
plugins_optimizers_cmaes_libcmaes_la_LIBADD = $(LAPACK_LIBS) -lm

plugin_LTLIBRARIES += plugins/cmaes.la
plugins_cmaes_la_SOURCES =
plugins_cmaes_la_LDFLAGS = -module $(PLUGIN_LDFLAGS)
plugins_cmaes_la_LIBADD = plugins/optimizers/cmaes/libcmaes.la $(LAPACK_LIBS) -lm
