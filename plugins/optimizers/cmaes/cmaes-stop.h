/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The stop criteria of the CMA-ES. Names and defaults are those of pycma's options; stagnation is judged as
 * in appendix B.3 of arXiv:1604.00772. Lengths are in widths of the box.
 */
#pragma once

#include "cmaes-core.h"

/* Replaces what is to be chosen automatically among the tolerances. */
void cmaes_stop_choose (CmaesSettings *settings, size_t n, size_t lambda);

/* Generations of which values are kept: for tolfun and tolfunhist; for tolstagnation. */
size_t cmaes_stop_n_values (size_t n, size_t lambda);
size_t cmaes_stop_n_window (const CmaesSettings *settings);

/* Notes the values of the generation just finished, ranked by order, and says whether they, or the number
 * of generations, call for an end. */
CmaesStop cmaes_stop_check_values (Cmaes *cmaes);

/* Whether the distribution after its update calls for an end. */
CmaesStop cmaes_stop_check_shape (Cmaes *cmaes);

/* A sentence with the figures of state.stop. */
void cmaes_stop_describe (const Cmaes *cmaes, char *text, size_t size);
