/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * glompo-hunts.h - what other hunters would have done to a run: its journal is replayed against them, and no
 * evaluation is spent.
 *
 * The hunters judge what the journal says, in its order. An optimizer that they stop is taken out of the run
 * from there on: its later evaluations count as saved, and its later best values are not found. What the
 * slots that it gives up would have been used for is not known, nor what an optimizer would have done
 * behind the end of its own evaluations in the journal. With the hunters of the run itself the verdicts are
 * those of the run, but for hunters that look at the clock: the journal has the time of each evaluation only.
 */
#ifndef GLOMPO_HUNTS_H
#define GLOMPO_HUNTS_H

#include <glib.h>
#include <glompo/glompo-error.h>
#include <glompo/glompo-registry.h>

G_BEGIN_DECLS

/* One optimizer that the hunters would have stopped. */
typedef struct {
  guint64 id;
  char *group;             /* NAME of its group */
  char *type;              /* its plugin */
  guint64 evaluations;     /* its own, when it was stopped */
  guint64 run_evaluations; /* number of the evaluation of the run at which it was stopped */
  guint64 saved;           /* evaluations that it made in the run behind that */
  guint64 hunter;          /* optimizer that held the best value */
  double best_f;           /* its best value then */
  double last_best_f;      /* and at its end in the run */
  char *reason;            /* the condition that held, with figures */
} GlompoHuntVerdict;

typedef struct {
  char *hunters; /* the expression, with every argument */
  guint64 hunt_frequency; /* the last one, if it was changed */
  char *own_hunters;   /* those of the run, the last ones if they were changed, or NULL */
  guint64 evaluations; /* in the journal */
  guint64 optimizers;  /* started in the journal */
  guint64 hunts;
  GPtrArray *verdicts;     /* GlompoHuntVerdict, in the order of time */
  guint64 saved;           /* evaluations of all of them together */
  guint64 winner;          /* optimizer that found the best value of the run, 0: none */
  double best_f;           /* that value; +INFINITY: none */
  guint64 best_evaluation; /* number of that evaluation */
  gboolean winner_lost;    /* the winner would have been stopped before it found it */
  double best_f_left;      /* best value that would have been found; +INFINITY: none */
  guint64 best_id_left;    /* and by whom, 0: none */
  guint64 stopped;         /* optimizers that the run's own hunters, or its user, stopped */
  guint64 spared;          /* those of them that these hunters would not have stopped until there */
  gboolean ended;          /* the journal has the end of the run */
} GlompoHuntReplay;

/* Replays the journal (path: file or run directory) against hunters. hunt_frequency 0: that of the run, with
 * its changes. NULL with GLOMPO_JOURNAL_ERROR (there is no journal, or evaluations are missing in it, as
 * journal_points = best leaves them out), GLOMPO_CONFIG_ERROR_INVALID or GLOMPO_PLUGIN_ERROR (the
 * expression). (transfer full) */
GLOMPO_API GlompoHuntReplay *glompo_hunt_replay_new (const char *path, const char *hunters,
                                                     guint64 hunt_frequency, GlompoRegistry *registry,
                                                     GError **error);
GLOMPO_API void glompo_hunt_replay_free (GlompoHuntReplay *replay);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GlompoHuntReplay, glompo_hunt_replay_free)

/* As one JSON object on one line, with the names of the members above. (transfer full) */
GLOMPO_API char *glompo_hunt_replay_to_json (const GlompoHuntReplay *replay);

G_END_DECLS

#endif /* GLOMPO_HUNTS_H */
