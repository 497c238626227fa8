/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the manager and the supervisor say to each other, over one SOCK_SEQPACKET socket: a packet is one
 * fixed struct, checked for length, magic and version; memory travels as descriptors beside
 * it. */
#pragma once

#include <glib.h>
#include <stdint.h>

#define PROTOCOL_MAGIC 0x474c5355u /* "GLSU" */
#define PROTOCOL_VERSION 1u
#define PROTOCOL_TEXT 1024
#define PROTOCOL_MAX_FDS 2

/* Descriptors that the supervisor is started with. Its arguments are "owner" if the manager's process is
 * nothing but the run, so that all that descends from it belongs to the run, else "guest"; and a directory to
 * remove in the end, if any. */
enum { PROTOCOL_FD_SOCKET = 3, PROTOCOL_FD_BELL = 4, PROTOCOL_FD_BUDGET = 5 };

/* Environment variables that mark every process of a run, and of an optimizer and of one of its evaluators. A
 * program that is nothing but one run, as glompo-run, sets the first one itself, to its process id, a colon
 * and anything unique; then the processes that it starts without the supervisor end with the run as well. */
#define PROTOCOL_SESSION "GLOMPO_SESSION"
#define PROTOCOL_OPTIMIZER "GLOMPO_OPTIMIZER"
#define PROTOCOL_EVALUATOR "GLOMPO_EVALUATOR"
/* What the supervisor finds in the latter two: room for the values. */
#define PROTOCOL_MARK_ROOM "                        "

typedef enum {
  /* manager to supervisor */
  PROTOCOL_SET_UP = 1, /* fd: a serialised GVariant, see supervisor.c */
  PROTOCOL_START = 2,  /* id, group, seed, places, drive; fds: channel, places (if any) */
  PROTOCOL_KILL = 3,   /* id: the worker and everything it started */
  PROTOCOL_PING = 4,
  PROTOCOL_QUIT = 5,   /* kill everything, then exit */
  /* supervisor to manager */
  PROTOCOL_READY = 16,  /* set up; or text: why not */
  PROTOCOL_GONE = 17,   /* id; how: status of waitpid() of the driver */
  PROTOCOL_PONG = 18,
  PROTOCOL_MESSAGE = 19 /* id, text: a line for the log; how: a GlompoLogLevel */
} ProtocolType;

typedef struct {
  uint32_t magic, version;
  uint32_t size; /* of this struct */
  uint32_t type; /* a ProtocolType */
  uint64_t id;
  uint64_t seed;
  uint32_t group;
  uint32_t places; /* evaluator processes */
  uint32_t drive;  /* 1: the driver runs in a process as well */
  int32_t how;
  char text[PROTOCOL_TEXT]; /* NUL-terminated */
} ProtocolMessage;

/* A message with the fixed members filled. */
ProtocolMessage protocol_message (ProtocolType type, guint64 id);

/* Sends with up to PROTOCOL_MAX_FDS descriptors. FALSE with errno: EAGAIN when the other side does not
 * read, or the system has no memory at present. */
gboolean protocol_send (int socket, const ProtocolMessage *message, const int *fds, guint n_fds);

typedef enum { PROTOCOL_GOT, PROTOCOL_NOTHING, PROTOCOL_CLOSED, PROTOCOL_BAD } ProtocolResult;

/* Receives without waiting. out_fds has room for PROTOCOL_MAX_FDS; unused ones are -1; the caller closes. */
ProtocolResult protocol_receive (int socket, ProtocolMessage *out, int *out_fds);
