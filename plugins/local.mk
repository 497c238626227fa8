# SPDX-License-Identifier: LGPL-2.1-or-later
# Every plugin is plugins/NAME.la, so that plugins/.libs holds all of them and nothing else. A new plugin is
# its folder with a local.mk, and one line here. Plugins see the ABI header only.
PLUGIN_CPPFLAGS = -I$(top_srcdir)/include -I$(top_srcdir)/plugins
PLUGIN_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -no-undefined $(PLUGIN_DEFS) \
	-export-symbols-regex '^glompo_plugin_entry$$'
if !SANITIZED
PLUGIN_DEFS = -Wl,-z,defs
endif

