/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the built-in policies share: their descriptors, and a few functions on points. Each of them sees only
 * what a plugin would see. Thread: the manager's.
 */
#pragma once

#include "base/options.h"
#include <glib.h>
#include <glompo/glompo-plugin.h>

extern const GlompoPlugin hunter_best_unmoving, hunter_evaluations_unmoving, hunter_last_points_invalid,
    hunter_min_func_calls, hunter_min_seconds, hunter_parameter_distance, hunter_patience, hunter_stalled,
    hunter_step_size, hunter_time_annealing, hunter_type, hunter_value_annealing;
extern const GlompoPlugin checker_iter_spawn_stop, checker_kills_after_convergence, checker_max_failures,
    checker_max_func_calls, checker_max_kills, checker_max_opts_started, checker_max_seconds,
    checker_n_opt_converged, checker_n_optimizers_spawn_stop, checker_no_improvement, checker_signal,
    checker_target_cost;
extern const GlompoPlugin generator_annealing, generator_basin_hopping, generator_exploit_explore,
    generator_incumbent, generator_latin_hypercube, generator_perturbation, generator_random,
    generator_repelling, generator_single_point, generator_sobol;
extern const GlompoPlugin selector_bandit, selector_chain, selector_cycle, selector_random;

/* The members of a descriptor that are the same for all of them. */
#define COMPONENT(KIND, NAME, SUMMARY)                                                         \
  GLOMPO_PLUGIN_HEADER (KIND), .name = NAME, .version = "1.0", .summary = SUMMARY,             \
                               .author = "the GloMPO developers", .licence = "LGPL-2.1-or-later"

/* Greatest whole number of an option: all up to it are exact as real numbers. */
#define COMPONENT_MAX_COUNT 9007199254740992.0
/* Longest windows of numbers and of points: what a trace can hold for every optimizer alive. */
#define COMPONENT_MAX_WINDOW 10000000.0
#define COMPONENT_MAX_POINTS 100000.0

/* What a tolerance is relative to. */
typedef enum { SCALE_VALUE, SCALE_RANGE } ComponentScale;
extern const char *const component_scales[];

/* The create() of a policy whose instance is a copy of its options struct of S. */
#define COMPONENT_COPY_OPTIONS(S, PREFIX)                                                      \
  static void *PREFIX##_create (const GlompoProblem *problem, const void *given,               \
                                uint64_t seed, const GlompoHost *host)                         \
  {                                                                                            \
    return g_memdup2 (given, sizeof (S));                                                      \
  }

/* Says why create() or generate() fails; printf format, numbers as text. Returns NULL. */
void *component_refuse (const GlompoHost *host, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* Writes template to text with each '%' replaced by the next double, in every locale in six digits, whole
 * numbers in all. */
void component_print (char *text, size_t size, const char *template, ...);

/* Why an instance of a generator or selector answered as it did: its first member. */
typedef struct {
  char text[256];
} ComponentWhy;

/* As component_print(), for the ComponentWhy at self. Costs a microsecond: for an answer that is a start. */
void component_why (void *self, const char *template, ...);

/* The slot explain of those that begin with a ComponentWhy. */
void component_explain (void *self, char *text, size_t size);

/* Euclidean distance of two points, and of the two extreme corners of the box. */
double component_distance (size_t n, const double *a, const double *b);
double component_diagonal (const GlompoProblem *problem);

/* FALSE, after component_refuse(), when the option of that name is not a point of the box. */
gboolean component_check_point (const GlompoProblem *problem, const GlompoHost *host, const char *name,
                                GlompoReals point);

/* A point uniform in the box. */
void component_random_point (const GlompoProblem *problem, const GlompoHost *host, double *x);

/* What a selector does about frozen optimizers; a member `revive` of its option table, and the first member
 * of its instance. */
typedef enum { REVIVE_NEVER, REVIVE_LAST, REVIVE_TURNS } ComponentRevive;
extern const char *const component_revives[];
#define COMPONENT_OPT_REVIVE(S)                                                                \
  GLOMPO_OPT_CHOICE (S, revive, component_revives, "last",                                     \
                     "when frozen optimizers go on, the best one first: last: when no new one may "  \
                     "start any more; turns: in turns with new ones")
typedef struct {
  ComponentWhy why;
  int32_t mode;      /* a ComponentRevive */
  uint64_t started;  /* run->started at the last revival */
} ComponentReviver;

/* For the slot revive of a selector: the id of the frozen optimizer that goes on now, 0: none. */
uint64_t component_revive (ComponentReviver *reviver, const GlompoRun *run, uint64_t free_slots);

/* A whole number uniform in 0..n-1, n >= 1. */
size_t component_random_index (const GlompoHost *host, size_t n);
