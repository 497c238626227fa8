# SPDX-License-Identifier: LGPL-2.1-or-later
libglompo_core_la_SOURCES += \
	%D%/builtins.c \
	%D%/checker-counts.c \
	%D%/checker-kills-after-convergence.c \
	%D%/checker-max-seconds.c \
	%D%/checker-no-improvement.c \
	%D%/checker-target-cost.c \
	%D%/component.c \
	%D%/component.h \
	%D%/condition.c \
	%D%/condition.h \
	%D%/generator-basin-hopping.c \
	%D%/generator-exploit-explore.c \
	%D%/generator-latin-hypercube.c \
	%D%/generator-perturbation.c \
	%D%/generator-random.c \
	%D%/generator-repelling.c \
	%D%/generator-single-point.c \
	%D%/generator-sobol.c \
	%D%/hunter-best-unmoving.c \
	%D%/hunter-counts.c \
	%D%/hunter-evaluations-unmoving.c \
	%D%/hunter-last-points-invalid.c \
	%D%/hunter-parameter-distance.c \
	%D%/hunter-step-size.c \
	%D%/hunter-time-annealing.c \
	%D%/hunter-type.c \
	%D%/hunter-value-annealing.c \
	%D%/instance.c \
	%D%/instance.h \
	%D%/policy.c \
	%D%/policy.h \
	%D%/selector-chain.c \
	%D%/selector-cycle.c \
	%D%/selector-random.c
