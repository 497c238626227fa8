/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The error domains of the library. Any thread. */
#include <glompo/glompo-error.h>

G_DEFINE_QUARK (glompo-plugin-error-quark, glompo_plugin_error)
G_DEFINE_QUARK (glompo-config-error-quark, glompo_config_error)
G_DEFINE_QUARK (glompo-journal-error-quark, glompo_journal_error)
G_DEFINE_QUARK (glompo-run-error-quark, glompo_run_error)
G_DEFINE_QUARK (glompo-control-error-quark, glompo_control_error)
