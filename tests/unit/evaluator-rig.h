/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An evaluator in threads or in processes by itself: the test is the driver and, for processes, the supervisor. The
 * point of a job is its serial number, its value one more. An evaluation waits until the test lets it end, unless
 * the gate is open.
 */
#pragma once

#include "harness.h"
#include "worker/channel.h"
#include "worker/evaluator.h"

#define RIG_JOBS 12
#define RIG_SERIALS 8192
#define RIG_PLACES_MAX 3
#define RIG_POLL_US 200

/* By serial number, in memory that evaluators in processes share. */
typedef struct {
  _Atomic guint begun[RIG_SERIALS], end[RIG_SERIALS];
  _Atomic gboolean open;
} RigAccount;

typedef struct {
  WorkersChoice kind;
  guint places;
  RigAccount *account;
  GlompoTaskVTable vtable;
  GlompoPlugin plugin;
  Space *space;
  ChannelMemory *memory;
  Channel channel;
  SharedShape shape;
  gpointer shared;
  pid_t pids[RIG_PLACES_MAX];
  double x[RIG_JOBS];
  Job jobs[RIG_JOBS];
  Evaluator *evaluator;
} Rig;

/* Each job has its index as serial number. */
Rig *rig_new (WorkersChoice kind, guint places);
void rig_free (Rig *rig);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Rig, rig_free)

/* The evaluator of a place; kill also waits for its end. */
SharedPlace *rig_place (Rig *rig, guint place);
void rig_start_process (Rig *rig, guint place);
void rig_kill_process (Rig *rig, guint place);

/* The next job that comes back; there must be one within a minute. */
Job *rig_wait_for_job (Rig *rig);
