/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An event count: a thread, or a process through shared memory, sleeps until something has happened, and
 * whoever makes it happen pays a system call only when somebody sleeps. Use:
 *   ticket = eventcount_ticket (e); if (!condition) eventcount_wait (e, ticket, timeout);
 * and on the other side: make the condition true, then eventcount_signal (e).
 */
#pragma once

#include <glib.h>
#include <stdatomic.h>
#include <stdint.h>

typedef struct {
  _Atomic uint32_t word;    /* counts events; the futex */
  _Atomic uint32_t waiting; /* sleepers; too high after a sleeper was killed, which costs only calls */
} EventCount;

/* Of so many sleepers each can be woken for itself: that of that index sleeps under this bit. */
#define EVENTCOUNT_BITS 32
#define EVENTCOUNT_BIT(INDEX) (UINT32_C (1) << (INDEX) % EVENTCOUNT_BITS)

uint32_t eventcount_ticket (EventCount *event);

/* Sleeps until an event after the ticket was drawn, or timeout_us microseconds (negative: no limit), or
 * now and then for no reason. */
void eventcount_wait (EventCount *event, uint32_t ticket, gint64 timeout_us);
void eventcount_signal (EventCount *event);

/* The same without a limit, for those who sleep under one of the bits: one system call wakes all of them. */
void eventcount_wait_under (EventCount *event, uint32_t ticket, uint32_t bits);
void eventcount_signal_under (EventCount *event, uint32_t bits);
