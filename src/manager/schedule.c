/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "manager/schedule.h"

/* An optimizer has this many portions at a time. */
#define AHEAD 2u
/* A portion is this part of what the optimizer has evaluated, but not more than LARGEST unless it has more
 * workers: little is evaluated in vain when it is stopped, and quick functions need not wait for each
 * other. */
#define PART 32u
#define LARGEST 64u

typedef struct {
  gint64 n, left;
  gboolean given; /* to the worker */
  Offer offer;
} Portion;

static void
offer_clear (Offer *offer)
{
  g_free (offer->x);
  *offer = (Offer){ 0 };
}

static void
offer_move (Offer *to, Offer *from)
{
  offer_clear (to);
  *to = *from;
  *from = (Offer){ 0 };
}

static void
portion_free (Portion *portion)
{
  offer_clear (&portion->offer);
  g_free (portion);
}

static gboolean
give (Optimizer *optimizer, const Portion *portion, const Offer *offer)
{
  const TermsPortion terms = {
    .n = portion != NULL ? portion->left : 0, .injects = offer->x != NULL, .f = offer->f, .from = offer->from
  };
  return channel_give_portion (worker_get_channel (optimizer->worker), &terms, offer->x);
}

static gint64
portion_size (const Optimizer *optimizer)
{
  guint64 workers = (guint64) MAX (optimizer->group->workers, 1);
  return (gint64) MIN (MAX (workers, optimizer->view->evaluations / PART), MAX (workers, LARGEST));
}

/* One portion more, as large as the budget allows. FALSE: there is no leave. */
static gboolean
grant (GlompoManager *manager, Optimizer *optimizer)
{
  gint64 n = portion_size (optimizer);
  if (manager->leave_left != BUDGET_UNLIMITED)
    n = MIN (n, manager->leave_left);
  if (n <= 0)
    return FALSE;
  if (manager->leave_left != BUDGET_UNLIMITED)
    manager->leave_left -= n;
  Portion *portion = g_new0 (Portion, 1);
  portion->n = portion->left = n;
  offer_move (&portion->offer, &optimizer->next);
  g_queue_push_tail (&optimizer->portions, portion);
  if (optimizer->worker != NULL && !manager->draining)
    portion->given = give (optimizer, portion, &portion->offer);
  return TRUE;
}

static gboolean
may_have_leave (const GlompoManager *manager, const Optimizer *optimizer)
{
  return optimizer->state == LIFE_ACTIVE && !manager->ending;
}

static void
top_up (GlompoManager *manager, Optimizer *optimizer)
{
  while (may_have_leave (manager, optimizer) && g_queue_get_length (&optimizer->portions) < AHEAD
         && grant (manager, optimizer))
    ;
}

void
schedule_joined (GlompoManager *manager, Optimizer *optimizer)
{
  top_up (manager, optimizer);
}

void
schedule_gone (GlompoManager *manager, Optimizer *optimizer)
{
  for (Portion *portion; (portion = g_queue_pop_head (&optimizer->portions)) != NULL; portion_free (portion))
    if (manager->leave_left != BUDGET_UNLIMITED)
      manager->leave_left += portion->left;
  if (manager->turn == optimizer->id)
    {
      manager->served = optimizer->id;
      manager->turn = 0;
    }
}

/* One that is frozen gives up its slots when its leave is used up, whenever its worker says so. */
static void
rest_if_frozen (GlompoManager *manager, Optimizer *optimizer)
{
  if (optimizer->state == LIFE_FROZEN && g_queue_is_empty (&optimizer->portions) && optimizer->holds_slots)
    manager_note_rest (manager, optimizer, optimizer->pause_order);
}

static gboolean
can_have_turn (GlompoManager *manager, Optimizer *optimizer)
{
  if (g_queue_is_empty (&optimizer->portions))
    top_up (manager, optimizer);
  rest_if_frozen (manager, optimizer);
  return !g_queue_is_empty (&optimizer->portions) || optimizer->state == LIFE_STOPPING;
}

Optimizer *
schedule_current (GlompoManager *manager)
{
  GPtrArray *alive = manager->alive; /* in the order of ids */
  guint first = 0;
  guint64 after = manager->turn != 0 ? manager->turn - 1 : manager->served;
  while (first < alive->len && ((Optimizer *) alive->pdata[first])->id <= after)
    first++;
  for (guint i = 0; i < alive->len; i++)
    {
      Optimizer *optimizer = alive->pdata[(first + i) % alive->len];
      if (!can_have_turn (manager, optimizer))
        continue;
      manager->turn = optimizer->id;
      return optimizer;
    }
  manager->turn = 0;
  return NULL;
}

void
schedule_set_current (GlompoManager *manager, Optimizer *optimizer)
{
  manager->turn = optimizer->id;
}

gboolean
schedule_is_served (const Optimizer *optimizer)
{
  const Portion *portion = g_queue_peek_head ((GQueue *) &optimizer->portions);
  return optimizer->worker != NULL && (portion == NULL || portion->given);
}

gboolean
schedule_took (GlompoManager *manager, Optimizer *optimizer)
{
  Portion *portion = g_queue_peek_head (&optimizer->portions);
  if (portion == NULL)
    return TRUE;
  if (portion->offer.x != NULL)
    offer_move (&optimizer->drawn, &portion->offer);
  if (--portion->left > 0)
    return FALSE;
  portion_free (g_queue_pop_head (&optimizer->portions));
  top_up (manager, optimizer);
  rest_if_frozen (manager, optimizer);
  manager->served = optimizer->id;
  manager->turn = 0;
  return TRUE;
}

void
schedule_offer (GlompoManager *manager, Optimizer *optimizer)
{
  offer_clear (&optimizer->next);
  optimizer->next = (Offer){ .f = manager->run.best_f,
                             .from = manager->run.best_id,
                             .x = g_memdup2 (manager->best_x, manager->run.n * sizeof (double)) };
}

static gboolean
is_offer (const Offer *offer, double f, guint64 from)
{
  return offer->x != NULL && offer->f == f && offer->from == from;
}

void
schedule_offer_taken (GlompoManager *manager, Optimizer *optimizer, double f, guint64 from)
{
  Portion *head = g_queue_peek_head (&optimizer->portions);
  if (!manager->config->settings->deterministic)
    {
      if (is_offer (&optimizer->next, f, from))
        offer_clear (&optimizer->next);
    }
  else if (head != NULL && is_offer (&head->offer, f, from))
    {
      offer_clear (&head->offer);
      offer_clear (&optimizer->drawn);
    }
  else
    offer_clear (&optimizer->drawn);
}

void
schedule_go_live (GlompoManager *manager, Optimizer *optimizer)
{
  Channel *channel = worker_get_channel (optimizer->worker);
  if (!manager->config->settings->deterministic)
    {
      if (optimizer->next.x != NULL)
        channel_inject (channel, optimizer->next.x, optimizer->next.f, optimizer->next.from);
      return;
    }
  /* What was drawn and not taken comes first, so that it is there as it was. */
  const Portion *head = g_queue_peek_head (&optimizer->portions);
  if (optimizer->drawn.x != NULL && (head == NULL || head->offer.x == NULL))
    give (optimizer, NULL, &optimizer->drawn);
  for (GList *l = optimizer->portions.head; l != NULL && !manager->draining; l = l->next)
    ((Portion *) l->data)->given = give (optimizer, l->data, &((Portion *) l->data)->offer);
}

void
schedule_clear (Optimizer *optimizer)
{
  g_queue_clear_full (&optimizer->portions, (GDestroyNotify) portion_free);
  offer_clear (&optimizer->next);
  offer_clear (&optimizer->drawn);
}
