/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Deterministic mode: whose results are taken next, and who gets leave. Optimizers have turns in the order of
 * their ids; a turn is one portion of leave used up, for which the manager waits whatever others have ready.
 * Each has two portions at a time, so that it works on while others have their turns. All of it follows from
 * the order in which results were taken, nothing from time: orders (stop, pause, injection) thus take effect
 * where the leave that was given ends. Thread: the manager's.
 */
#pragma once

#include "manager/manager-private.h"

/* A new optimizer; one that is gone. */
void schedule_joined (GlompoManager *manager, Optimizer *optimizer);
void schedule_gone (GlompoManager *manager, Optimizer *optimizer);

/* Whose turn it is, or NULL: nobody can do anything. */
Optimizer *schedule_current (GlompoManager *manager);

/* It is this one's turn, whatever the order says. */
void schedule_set_current (GlompoManager *manager, Optimizer *optimizer);

/* TRUE: its worker has the leave that its turn needs, or is to end. */
gboolean schedule_is_served (const Optimizer *optimizer);

/* An evaluation of the optimizer was taken. TRUE: its turn is over. */
gboolean schedule_took (GlompoManager *manager, Optimizer *optimizer);

/* The incumbent is to be offered to it; it took an offer. In both modes. */
void schedule_offer (GlompoManager *manager, Optimizer *optimizer);
void schedule_offer_taken (GlompoManager *manager, Optimizer *optimizer, double f, guint64 from);

/* A worker was started for it: gives it the leave, or the offer, that is still open. */
void schedule_go_live (GlompoManager *manager, Optimizer *optimizer);

void schedule_clear (Optimizer *optimizer);
