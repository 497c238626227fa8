/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * glompo-error.h - the error domains of the library.
 *
 * Every function that can fail takes a GError ** last, leaves its outputs untouched on failure, and
 * says in the message what failed, where, what was found and what was wanted.
 */
#ifndef GLOMPO_ERROR_H
#define GLOMPO_ERROR_H

#include <glib.h>

G_BEGIN_DECLS

/* Marks what the shared library exports. */
#define GLOMPO_API __attribute__ ((visibility ("default")))

/* Finding, loading and creating plugins. */
#define GLOMPO_PLUGIN_ERROR (glompo_plugin_error_quark ())
GLOMPO_API GQuark glompo_plugin_error_quark (void);
typedef enum {
  GLOMPO_PLUGIN_ERROR_NOT_FOUND, /* no such plugin on the search path */
  GLOMPO_PLUGIN_ERROR_LOAD,      /* the dynamic linker refused the file */
  GLOMPO_PLUGIN_ERROR_SYMBOL,    /* the entry function is missing or returned NULL */
  GLOMPO_PLUGIN_ERROR_ABI,       /* another ABI version or struct size */
  GLOMPO_PLUGIN_ERROR_NAME,      /* the name is malformed or differs from the file's */
  GLOMPO_PLUGIN_ERROR_KIND,      /* another kind than wanted */
  GLOMPO_PLUGIN_ERROR_SLOT,      /* a required member or function is missing */
  GLOMPO_PLUGIN_ERROR_OPTIONS,   /* the option table is malformed */
  GLOMPO_PLUGIN_ERROR_CREATE,    /* create() failed, or what it made contradicts itself */
  GLOMPO_PLUGIN_ERROR_CRASHED,   /* the plugin crashed while it was looked at in a child process */
  GLOMPO_PLUGIN_ERROR_HUNG       /* the same, but it did not come back in time */
} GlompoPluginError;

/* Reading a configuration. */
#define GLOMPO_CONFIG_ERROR (glompo_config_error_quark ())
GLOMPO_API GQuark glompo_config_error_quark (void);
typedef enum {
  GLOMPO_CONFIG_ERROR_FILE,    /* the file cannot be read or is not UTF-8 */
  GLOMPO_CONFIG_ERROR_INVALID, /* it has faults; the message lists all of them, a line each */
  GLOMPO_CONFIG_ERROR_CONFLICT /* the compatibility check found what cannot work */
} GlompoConfigError;

/* Reading and writing a journal. */
#define GLOMPO_JOURNAL_ERROR (glompo_journal_error_quark ())
GLOMPO_API GQuark glompo_journal_error_quark (void);
typedef enum {
  GLOMPO_JOURNAL_ERROR_IO,      /* the operating system refused */
  GLOMPO_JOURNAL_ERROR_FORMAT,  /* not a journal */
  GLOMPO_JOURNAL_ERROR_CORRUPT, /* damaged before its end; the message has the offset */
  GLOMPO_JOURNAL_ERROR_EXISTS,  /* the directory holds a run already */
  GLOMPO_JOURNAL_ERROR_VERSION  /* a journal of another version */
} GlompoJournalError;

/* Running. */
#define GLOMPO_RUN_ERROR (glompo_run_error_quark ())
GLOMPO_API GQuark glompo_run_error_quark (void);
typedef enum {
  GLOMPO_RUN_ERROR_FAILED,      /* the run could not go on */
  GLOMPO_RUN_ERROR_INTERRUPTED, /* stopped from outside, or its session is over; it can be resumed */
  GLOMPO_RUN_ERROR_STATE,       /* called at the wrong moment */
  GLOMPO_RUN_ERROR_DIRECTORY    /* the run directory cannot be made, or written in; nothing was started */
} GlompoRunError;

/* Steering a run from outside. */
#define GLOMPO_CONTROL_ERROR (glompo_control_error_quark ())
GLOMPO_API GQuark glompo_control_error_quark (void);
typedef enum {
  GLOMPO_CONTROL_ERROR_UNREACHABLE, /* no run goes on there, or it does not listen to this user */
  GLOMPO_CONTROL_ERROR_REFUSED,     /* the run answered that it does not obey, and why */
  GLOMPO_CONTROL_ERROR_COMMAND,     /* no command is written so */
  GLOMPO_CONTROL_ERROR_ANSWER       /* the answer made no sense, or did not come */
} GlompoControlError;

G_END_DECLS

#endif /* GLOMPO_ERROR_H */
