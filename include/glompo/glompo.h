/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * glompo.h - the GloMPO library, for programs written with GLib. Includes everything public.
 *
 * The order of use: a GlompoRegistry knows the plugins; a GlompoConfig is an ini file checked against
 * them; a GlompoManager runs it; a GlompoJournalReader reads what a run wrote.
 */
#ifndef GLOMPO_H
#define GLOMPO_H

#include <glompo/glompo-config.h>
#include <glompo/glompo-control.h>
#include <glompo/glompo-error.h>
#include <glompo/glompo-hunts.h>
#include <glompo/glompo-journal.h>
#include <glompo/glompo-manager.h>
#include <glompo/glompo-plugin.h>
#include <glompo/glompo-registry.h>
#include <glompo/glompo-report.h>

#endif /* GLOMPO_H */
