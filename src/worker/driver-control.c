/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the manager wants of a driver, and how it hears of it. Thread: the driver's. */
#include "worker/driver-private.h"
#include <string.h>

/* How often a worker that waits for leave looks again: leave given back by others rings no bell. */
#define LEAVE_WAIT_US 5000
/* Evaluations quicker than this are timed in groups, for reading the clock would be felt: in larger and larger
 * ones while a group takes less than GROUP_US. */
#define QUICK_US 2
#define QUICK_GROUP 64u
#define QUICK_GROUP_MAX 512u
#define GROUP_US 16
/* The manager is woken at the latest when this much time went by since it was last; later where results are so
 * quick that waking it is felt. */
#define ANNOUNCE_US 200
#define ANNOUNCE_QUICK_US 500
/* Results over which the time between two is smoothed. */
#define USUAL_WEIGHT 8
G_STATIC_ASSERT (sizeof (MeterFinding) == CHANNEL_MEASURED_N * sizeof (double));

void
driver_log (gpointer data, GlompoLogLevel level, const char *text)
{
  Driver *driver = data;
  if (level == GLOMPO_LOG_DEBUG)
    return;
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  channel_post_text (driver->channel, CHANNEL_MESSAGE, CLAMP ((int) level, GLOMPO_LOG_INFO, GLOMPO_LOG_ERROR),
                     FALSE, valid);
}

void
driver_drain_log (Driver *driver)
{
  log_queue_drain (&driver->log, driver_log, driver);
}

void
driver_wait (Driver *driver, uint32_t ticket, gint64 timeout_us)
{
  evaluator_balance (driver->evaluator);
  evaluator_call (driver->evaluator);
  if (evaluator_get_busy (driver->evaluator) > 0)
    driver_set_longest (driver, evaluator_get_longest (driver->evaluator), 1);
  if (driver->meter != NULL && channel_command (driver->channel) == CHANNEL_STOP)
    meter_cancel (driver->meter);
  channel_announce (driver->channel);
  eventcount_wait (channel_event (driver->channel), ticket, timeout_us);
}

/* The next portion, if it is there. */
static gboolean
draw_portion (Driver *driver)
{
  gboolean injects;
  gint64 n;
  while (driver->leave.n <= 0 && channel_draw_portion (driver->channel, &n, &injects))
    {
      driver->leave.n = n;
      driver->pending |= injects;
    }
  return driver->leave.n > 0;
}

ChannelCommand
driver_command (Driver *driver)
{
  if (G_LIKELY (!driver->spec->deterministic && driver->replay == NULL))
    return channel_command (driver->channel);
  if (channel_is_abandoned (driver->channel))
    return CHANNEL_STOP;
  if (driver->replay != NULL || driver->leave.n > 0)
    return CHANNEL_RUN;
  gint32 number;
  ChannelCommand command = channel_order (driver->channel, &number);
  /* All leave was given before the order: what is not there now never comes. */
  return command != CHANNEL_RUN && draw_portion (driver) ? CHANNEL_RUN : command;
}

gboolean
driver_take_leave (Driver *driver)
{
  if (G_LIKELY (!driver->spec->deterministic))
    return leave_take (&driver->leave);
  if (driver->leave.n <= 0 && !draw_portion (driver))
    return FALSE;
  driver->leave.n--;
  return TRUE;
}

gboolean
driver_get_ready (Driver *driver)
{
  if (driver->replay != NULL && driver_is_replaying (driver))
    return !channel_is_abandoned (driver->channel);
  driver_save_if_ordered (driver);
  if (G_LIKELY (!driver->spec->deterministic))
    return driver_obey (driver);
  if (!driver_draw_leave (driver))
    return FALSE;
  driver->leave.n++; /* it was only to be there */
  return TRUE;
}

gboolean
driver_find_injection (Driver *driver)
{
  if (driver->injecting)
    return TRUE;
  driver->recorded = driver->replay != NULL && driver_is_replaying (driver);
  if (driver->recorded)
    driver->injecting = replay_injection (driver->replay, driver->points, driver->looks, &driver->injection,
                                          &driver->injection_f);
  else if (!driver->spec->deterministic)
    driver->injecting = channel_injection (driver->channel, &driver->injection, &driver->injection_f);
  else if (driver->pending)
    {
      channel_drawn_injection (driver->channel, &driver->injection, &driver->injection_f);
      driver->injecting = TRUE;
      driver->pending = FALSE;
    }
  return driver->injecting;
}

void
driver_injected (Driver *driver)
{
  driver->injecting = FALSE;
  if (!driver->recorded)
    channel_post_injected (driver->channel, driver->points, driver->looks);
}

gboolean
driver_rest (Driver *driver)
{
  driver_drain_log (driver);
  driver_save_if_ordered (driver);
  if (driver_command (driver) == CHANNEL_RUN)
    return TRUE;
  for (gint32 confirmed = 0;;)
    {
      uint32_t ticket = eventcount_ticket (channel_event (driver->channel));
      gint32 order;
      ChannelCommand command = channel_order (driver->channel, &order);
      driver_save_if_ordered (driver); /* the order comes before the command */
      if (command != CHANNEL_PAUSE)
        return command == CHANNEL_RUN || driver_command (driver) == CHANNEL_RUN; /* leave may be left */
      if (order != confirmed)
        {
          if (!driver->spec->deterministic)
            leave_give_back (&driver->leave);
          channel_post_text (driver->channel, CHANNEL_PAUSED, order, FALSE, "");
        }
      confirmed = order;
      driver_wait (driver, ticket, -1);
    }
}

gboolean
driver_wait_for_leave (Driver *driver)
{
  while (driver_obey (driver))
    {
      driver_save_if_ordered (driver);
      if (driver_take_leave (driver))
        return TRUE;
      uint32_t ticket = eventcount_ticket (channel_event (driver->channel));
      if (driver_command (driver) != CHANNEL_RUN)
        continue;
      if (driver->spec->deterministic && driver_take_leave (driver)) /* given before the ticket was drawn */
        return TRUE;
      atomic_store (driver->waits, 1);
      channel_announce (driver->channel);
      eventcount_wait (channel_event (driver->channel), ticket, LEAVE_WAIT_US);
      atomic_store (driver->waits, 0);
    }
  return FALSE;
}

gboolean
driver_may_start (Driver *driver, gboolean *out_go_on)
{
  if (evaluator_get_busy (driver->evaluator) > 0)
    return driver_command (driver) == CHANNEL_RUN && driver_take_leave (driver);
  *out_go_on = driver_draw_leave (driver);
  return *out_go_on;
}

/* After so many microseconds without a result. */
static void
measure (Driver *driver, double elapsed)
{
  double values[CHANNEL_MEASURED_N + 1];
  MeterFinding finding;
  driver->usual_us += (elapsed - driver->usual_us) / USUAL_WEIGHT;
  gboolean slow = driver->usual_us >= METER_LEAST_US;
  evaluator_set_slow (driver->evaluator, slow);
  if (!slow || !meter_take_finding (driver->meter, &finding))
    return;
  memcpy (values, &finding, sizeof finding);
  values[CHANNEL_MEASURED_N] = evaluator_get_concurrency (driver->evaluator);
  channel_post_values (driver->channel, CHANNEL_MEASURED, G_N_ELEMENTS (values), values);
}

void
driver_look_at_clock (Driver *driver)
{
  gint64 now = g_get_monotonic_time ();
  gint64 elapsed = now - driver->clock;
  driver->clock = now;
  if (driver->meter != NULL)
    measure (driver, (double) elapsed / MAX (driver->clock_group, 1));
  if (elapsed > (gint64) QUICK_US * driver->clock_group)
    driver->clock_group = 1;
  else if (elapsed >= GROUP_US)
    driver->clock_group = QUICK_GROUP;
  else
    driver->clock_group = CLAMP (2 * driver->clock_group, QUICK_GROUP, QUICK_GROUP_MAX);
  driver->until_clock = driver->clock_group;
  driver->channel->quick = driver->clock_group > 1;
  channel_show (driver->channel);
  gint64 patience = driver->channel->quick ? ANNOUNCE_QUICK_US : ANNOUNCE_US;
  if (now - driver->announced < patience && !channel_is_filling (driver->channel))
    return;
  driver->announced = now;
  channel_announce (driver->channel);
}
