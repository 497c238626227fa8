/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See order.h. */
#include "control/order.h"
#include "base/text.h"
#include "control/status-wire.h"
#include <glompo/glompo-control.h>
#include <string.h>

/* Longest value of `set`, and so of any word, in bytes of the journal's record. */
#define LONGEST_COMMAND 60000u

typedef struct {
  GlompoManager *manager;
  const Caller *caller;
  const char *const *words; /* behind the command */
  guint n;
  guint64 id; /* the optimizer that the first of them names; 0: none is named */
  GVariant *details;
} Order;

typedef char *(*Obey) (Order *order, GError **error);

static char *
obey_status (Order *order, GError **error)
{
  (void) error;
  g_autoptr (GlompoRunStatus) status = glompo_manager_get_status (order->manager);
  order->details = status_to_wire (status);
  return g_strdup ("here it is");
}

/* As a reason in the journal. (transfer full) */
static char *
reason_of (const Order *order, const char *what)
{
  const Caller *caller = order->caller;
  if (caller->pid == 0)
    return g_strdup_printf ("%s: file made by %s", what, caller->user);
  return g_strdup_printf ("%s: command of %s (process %d)", what, caller->user, (int) caller->pid);
}

static char *
answer_about (const Order *order, const char *what)
{
  return order->id == 0 ? g_strdup_printf ("the run %s", what)
                        : g_strdup_printf ("optimizer %" G_GUINT64_FORMAT " %s", order->id, what);
}

static char *
obey_stop (Order *order, GError **error)
{
  g_autofree char *reason = reason_of (order, "stopped by the user");
  if (!glompo_manager_stop_optimizer (order->manager, order->id, reason, error))
    return NULL;
  return answer_about (order, "is told to end");
}

static char *
obey_freeze (Order *order, GError **error)
{
  g_autofree char *reason = reason_of (order, "frozen by the user");
  if (!glompo_manager_freeze_optimizer (order->manager, order->id, reason, error))
    return NULL;
  return answer_about (order, "is frozen");
}

static char *
obey_revive (Order *order, GError **error)
{
  if (!glompo_manager_revive_optimizer (order->manager, order->id, error))
    return NULL;
  return answer_about (order, "goes on as soon as there is room");
}

static char *
obey_pause (Order *order, GError **error)
{
  return glompo_manager_pause (order->manager, order->id, error) ? answer_about (order, "is told to rest")
                                                                 : NULL;
}

static char *
obey_resume (Order *order, GError **error)
{
  return glompo_manager_resume (order->manager, order->id, error) ? answer_about (order, "goes on") : NULL;
}

static char *
obey_checkpoint (Order *order, GError **error)
{
  guint64 n;
  if (!glompo_manager_sync (order->manager, &n, error))
    return NULL;
  g_autofree char *name = NULL;
  if (!glompo_manager_checkpoint (order->manager, &name, error))
    return NULL;
  return g_strdup_printf ("the journal is on the disk with %" G_GUINT64_FORMAT " evaluations%s%s", n,
                          name != NULL
                              ? "; as soon as its optimizers rest there is the snapshot "
                              : ", from which all is replayed: there is no optimizer that can be saved",
                          name != NULL ? name : "");
}

static char *
obey_set (Order *order, GError **error)
{
  g_autofree char *value = g_strjoinv (" ", (char **) order->words + 1);
  if (!glompo_manager_set (order->manager, order->words[0], value, error))
    return NULL;
  return g_strdup_printf ("%s = %s", order->words[0], value);
}

static char *
obey_exit (Order *order, GError **error)
{
  gboolean at_once = order->n > 0;
  if (at_once && strcmp (order->words[0], "now") != 0)
    {
      g_autofree char *found = text_quote (order->words[0]);
      g_set_error (error, GLOMPO_CONTROL_ERROR, GLOMPO_CONTROL_ERROR_COMMAND,
                   "exit: found %s, wanted now, or nothing", found);
      return NULL;
    }
  g_autofree char *reason = reason_of (order, "exit");
  glompo_manager_stop (order->manager, reason, at_once);
  return g_strdup ("the run is told to end");
}

static const struct {
  const char *word;
  guint least, most; /* words behind it */
  gboolean id;       /* the first of them is the id of an optimizer */
  Obey obey;
  const char *usage;
} commands[] = {
  { "status", 0, 0, FALSE, obey_status, "status" },
  { "stop", 1, 1, TRUE, obey_stop, "stop ID" },
  { "freeze", 1, 1, TRUE, obey_freeze, "freeze ID" },
  { "revive", 1, 1, TRUE, obey_revive, "revive ID" },
  { "pause", 0, 1, TRUE, obey_pause, "pause [ID]" },
  { "resume", 0, 1, TRUE, obey_resume, "resume [ID]" },
  { "checkpoint", 0, 0, FALSE, obey_checkpoint, "checkpoint" },
  { "set", 2, G_MAXUINT, FALSE, obey_set, "set KEY VALUE" },
  { "exit", 0, 1, FALSE, obey_exit, "exit [now]" },
};

static gint
find_command (const char *word, GError **error)
{
  const char *names[G_N_ELEMENTS (commands) + 1] = { NULL };
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      names[i] = commands[i].word;
      if (word != NULL && strcmp (word, commands[i].word) == 0)
        return (gint) i;
    }
  g_autofree char *found = text_quote (word != NULL ? word : "");
  g_autofree char *all = g_strjoinv (", ", (char **) names);
  g_set_error (error, GLOMPO_CONTROL_ERROR, GLOMPO_CONTROL_ERROR_COMMAND,
               "found the command %s, wanted one of %s", found, all);
  return -1;
}

static gboolean
read_id (const char *word, guint64 *out, GError **error)
{
  gint64 id;
  if (text_to_int64 (word, &id) && id >= 1)
    {
      *out = (guint64) id;
      return TRUE;
    }
  g_autofree char *found = text_quote (word);
  g_set_error (error, GLOMPO_CONTROL_ERROR, GLOMPO_CONTROL_ERROR_COMMAND,
               "found %s, wanted the id of an optimizer, a whole number from 1", found);
  return FALSE;
}

static gboolean
read_order (Order *order, gint which, GError **error)
{
  if (order->n < commands[which].least || order->n > commands[which].most)
    {
      g_set_error (error, GLOMPO_CONTROL_ERROR, GLOMPO_CONTROL_ERROR_COMMAND,
                   "found %u words behind %s, wanted %s", order->n, commands[which].word,
                   commands[which].usage);
      return FALSE;
    }
  return !commands[which].id || order->n == 0 || read_id (order->words[0], &order->id, error);
}

static gboolean
log_command (Order *order, const char *const *words, GError **error)
{
  const Caller *caller = order->caller;
  GlompoCaller who = { caller->from, caller->uid, caller->user, caller->pid };
  g_autofree char *command = g_strjoinv (" ", (char **) words);
  if (strlen (command) > LONGEST_COMMAND)
    {
      g_set_error (error, GLOMPO_CONTROL_ERROR, GLOMPO_CONTROL_ERROR_COMMAND,
                   "found a command of %" G_GSIZE_FORMAT " bytes, wanted at most %u", strlen (command),
                   LONGEST_COMMAND);
      return FALSE;
    }
  return glompo_manager_log_command (order->manager, &who, command, error);
}

/* Who made a file is told of it by whoever found the file. */
static void
report_refusal (const Order *order, const char *const *words, const GError *fault)
{
  const Caller *caller = order->caller;
  g_autofree char *command = g_strjoinv (" ", (char **) words);
  g_autofree char *quoted = text_quote (command);
  g_autofree char *text = g_strdup_printf ("the command %s of %s (process %d) is refused: %s", quoted,
                                           caller->user, (int) caller->pid, fault->message);
  if (caller->pid != 0)
    glompo_manager_log_message (order->manager, G_LOG_LEVEL_INFO, text);
}

char *
order_obey (GlompoManager *manager, const Caller *caller, const char *const *words, GVariant **out_details,
            GError **error)
{
  Order order = { .manager = manager, .caller = caller };
  g_autoptr (GError) fault = NULL;
  char *answer = NULL;
  *out_details = NULL;
  if (!log_command (&order, words, error))
    return NULL;
  gint which = find_command (words[0], &fault);
  if (which >= 0)
    {
      order.words = words + 1;
      order.n = g_strv_length ((char **) words) - 1;
      if (read_order (&order, which, &fault))
        answer = commands[which].obey (&order, &fault);
    }
  *out_details = order.details;
  if (answer == NULL)
    report_refusal (&order, words, fault);
  if (answer == NULL)
    g_propagate_error (error, g_steal_pointer (&fault));
  return answer;
}
