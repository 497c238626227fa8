/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Plugins of every kind that can be configured but do nothing, under the names of real ones: for tests of
 * what happens before anything is created.
 *   tasks: benchmark (function, dims=auto, delay=0, p_range=auto), shadow (plugin: a key that is taken)
 *   optimizers: cmaes (population=auto, sigma0=0.3, covariance=full), random (iters=100)
 *   checkers: MaxFuncCalls (fmax), TargetCost (target, atol=1e-6), KillsAfterConvergence (n_killed=0,
 *   n_converged=1); hunters: EvaluationsUnmoving (calls, tol=0), BestUnmoving (calls, tol=0),
 *   ValueAnnealing (med_kill_chance=0.5), TypeHunter (text); generators: RandomGenerator (),
 *   SinglePointGenerator (x=auto); selectors: CycleSelector (), RandomSelector ()
 */
#pragma once

#include "plugin/registry.h"

/* (transfer full) */
GlompoRegistry *fake_registry_new (void);
