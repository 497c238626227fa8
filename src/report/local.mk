# SPDX-License-Identifier: LGPL-2.1-or-later
libglompo_core_la_SOURCES += \
	%D%/hunt-json.c \
	%D%/hunt-private.h \
	%D%/hunt-quarry.c \
	%D%/hunt-replay.c \
	%D%/summary.c \
	%D%/summary.h \
	%D%/yaml-out.c \
	%D%/yaml-out.h \
	%D%/yaml-settings.c \
	%D%/yaml-settings.h \
	%D%/yaml-tree.c \
	%D%/yaml-tree.h \
	%D%/yaml.c
