# SPDX-License-Identifier: LGPL-2.1-or-later
libglompo_core_la_SOURCES += \
	%D%/address.c \
	%D%/address.h \
	%D%/caller.c \
	%D%/caller.h \
	%D%/connection.c \
	%D%/connection.h \
	%D%/control-order.c \
	%D%/control-thread.c \
	%D%/control-client.c \
	%D%/listener.c \
	%D%/listener.h \
	%D%/order.h \
	%D%/status-json.c \
	%D%/status-wire.c \
	%D%/status-wire.h \
	%D%/watcher.c \
	%D%/watcher.h \
	%D%/wire.c \
	%D%/wire.h
