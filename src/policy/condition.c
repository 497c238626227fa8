/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Thread: the manager's. The tree is kept as its leaves from left to right, each with the leaf at which to go
 * on when it is true and when it is false, which is always one further right. A test is then a loop that
 * neither allocates nor recurses.
 */
#include "policy/condition.h"
#include "policy/instance.h"
#include <math.h>
#include <string.h>

/* Where a test ends. */
#define END_TRUE (-1)
#define END_FALSE (-2)

typedef enum { RESULT_NONE, RESULT_FALSE, RESULT_TRUE } Result;

typedef struct {
  const Expression *call;
  Instance instance;
  gint on_true, on_false; /* next leaf, or one of the ends */
  Result result;          /* of the last test, with its figures */
  double figures[GLOMPO_N_FIGURES];
} Leaf;

struct _Condition {
  const Expression *expression;
  GlompoProblem problem;
  guint64 budget;
  gboolean keeps_time; /* a leaf tells how much time is left */
  gint n_leaves;
  Leaf *leaves;
};

static gint
count_leaves (const Expression *expression)
{
  if (expression->type == EXPRESSION_CALL)
    return 1;
  gint n = 0;
  for (guint i = 0; i < expression->children->len; i++)
    n += count_leaves (g_ptr_array_index (expression->children, i));
  return n;
}

/* Places the leaves of the expression from `first` on; returns the number after the last. */
static gint
link_leaves (Condition *condition, const Expression *expression, gint first, gint on_true, gint on_false)
{
  if (expression->type == EXPRESSION_CALL)
    {
      Leaf *leaf = &condition->leaves[first];
      leaf->call = expression;
      leaf->on_true = on_true;
      leaf->on_false = on_false;
      return first + 1;
    }
  for (guint i = 0; i < expression->children->len; i++)
    {
      const Expression *child = g_ptr_array_index (expression->children, i);
      gint next = first + count_leaves (child);
      gboolean last = i + 1 == expression->children->len;
      if (expression->type == EXPRESSION_AND)
        link_leaves (condition, child, first, last ? on_true : next, on_false);
      else
        link_leaves (condition, child, first, on_true, last ? on_false : next);
      first = next;
    }
  return first;
}

/* What a leaf knows of when it will hold, in some measure; INFINITY: nothing. */
typedef double (*LeafMeasure) (const Instance *leaf, gconstpointer data);

/* The same for a tree: "|" holds as soon as one child does, "&" not before all do. */
static double
measure (const Condition *condition, const Expression *expression, gint *inout_leaf, LeafMeasure of_leaf,
         gconstpointer data)
{
  if (expression->type == EXPRESSION_CALL)
    return of_leaf (&condition->leaves[(*inout_leaf)++].instance, data);
  gboolean all = expression->type == EXPRESSION_AND;
  double found = all ? -INFINITY : INFINITY;
  for (guint i = 0; i < expression->children->len; i++)
    {
      double value
          = measure (condition, g_ptr_array_index (expression->children, i), inout_leaf, of_leaf, data);
      found = all ? fmax (found, value) : fmin (found, value);
    }
  return found;
}

static double
budget_of (const Instance *leaf, gconstpointer data)
{
  (void) data;
  const GlompoCheckerVTable *checker = leaf->plugin->checker;
  guint64 budget = checker != NULL && checker->budget != NULL ? checker->budget (leaf->self) : 0;
  return budget != 0 ? (double) budget : INFINITY;
}

static double
seconds_of (const Instance *leaf, gconstpointer data)
{
  const GlompoCheckerVTable *checker = leaf->plugin->checker;
  double seconds
      = checker != NULL && checker->seconds_left != NULL ? checker->seconds_left (leaf->self, data) : -1;
  return seconds >= 0 ? seconds : INFINITY;
}

Condition *
condition_new (const Expression *expression, const GlompoProblem *problem, guint64 seed, PolicyLog log,
               gpointer log_data, GError **error)
{
  g_autoptr (Condition) condition = g_new0 (Condition, 1);
  condition->expression = expression;
  condition->problem = *problem;
  condition->problem.x0 = NULL;
  condition->n_leaves = count_leaves (expression);
  condition->leaves = g_new0 (Leaf, (gsize) condition->n_leaves);
  link_leaves (condition, expression, 0, END_TRUE, END_FALSE);
  for (gint i = 0; i < condition->n_leaves; i++)
    {
      Leaf *leaf = &condition->leaves[i];
      InstanceContext context = { .seed = seed, .id = (guint64) i, .log = log, .log_data = log_data };
      if (!instance_init (&leaf->instance, leaf->call, &condition->problem, &context, error))
        return NULL;
      const GlompoCheckerVTable *checker = leaf->instance.plugin->checker;
      condition->keeps_time |= checker != NULL && checker->seconds_left != NULL;
    }
  gint leaf = 0;
  double budget = measure (condition, expression, &leaf, budget_of, NULL);
  condition->budget = budget < 0x1p63 ? (guint64) budget : G_MAXUINT64;
  return g_steal_pointer (&condition);
}

void
condition_list_faults (const Expression *expression, const GlompoProblem *problem, GPtrArray *faults)
{
  guint before = faults->len;
  gboolean call = expression->type == EXPRESSION_CALL;
  const GPtrArray *below = call ? expression->conditions : expression->children;
  for (guint i = 0; below != NULL && i < below->len; i++)
    condition_list_faults (below->pdata[i], problem, faults);
  if (!call || faults->len > before)
    return;
  Instance instance = { 0 };
  g_autoptr (GError) error = NULL;
  if (instance_init (&instance, expression, problem, &(InstanceContext){ 0 }, &error))
    instance_clear (&instance);
  else
    g_ptr_array_add (faults, g_strdup (error->message));
}

void
condition_free (Condition *condition)
{
  if (condition == NULL)
    return;
  for (gint i = 0; i < condition->n_leaves; i++)
    instance_clear (&condition->leaves[i].instance);
  g_free (condition->leaves);
  g_free (condition);
}

static void
reset_leaves (Condition *condition)
{
  for (gint i = 0; i < condition->n_leaves; i++)
    {
      Leaf *leaf = &condition->leaves[i];
      leaf->result = RESULT_NONE;
      for (gsize k = 0; k < leaf->instance.n_conditions; k++)
        reset_leaves (leaf->instance.conditions[k]);
    }
}

static gint
settle_leaf (Leaf *leaf, gboolean holds)
{
  leaf->result = holds ? RESULT_TRUE : RESULT_FALSE;
  return holds ? leaf->on_true : leaf->on_false;
}

static gboolean
ask (const Leaf *leaf, const GlompoRun *run, double *figures)
{
  const Instance *instance = &leaf->instance;
  memset (figures, 0, GLOMPO_N_FIGURES * sizeof *figures);
  return instance->plugin->checker->test (instance->self, run, figures);
}

gboolean
condition_test_run (Condition *condition, const GlompoRun *run)
{
  reset_leaves (condition);
  gint i = 0;
  while (i >= 0)
    {
      Leaf *leaf = &condition->leaves[i];
      i = settle_leaf (leaf, ask (leaf, run, leaf->figures));
    }
  return i == END_TRUE;
}

/* The same run at the same moment, but for what of it belongs to this session. */
static GlompoRun
with_session_of (const GlompoRun *run, double seconds)
{
  GlompoRun other = *run;
  other.seconds = seconds;
  other.seconds_before += run->seconds - seconds;
  return other;
}

gboolean
condition_outlasts_session (Condition *condition, const GlompoRun *run)
{
  const GlompoRun next = with_session_of (run, 0);
  double figures[GLOMPO_N_FIGURES];
  gint i = 0;
  while (i >= 0)
    {
      Leaf *leaf = &condition->leaves[i];
      if (leaf->result == RESULT_NONE)
        settle_leaf (leaf, ask (leaf, run, leaf->figures));
      i = ask (leaf, &next, figures) ? leaf->on_true : leaf->on_false;
    }
  return i == END_TRUE;
}

gboolean
condition_nears_end_of_session (Condition *condition, const GlompoRun *run, double seconds)
{
  const GlompoRun later = with_session_of (run, run->seconds + seconds);
  return condition->keeps_time && condition_test_run (condition, &later);
}

gboolean
condition_test_victim (Condition *condition, const GlompoRun *run, const GlompoTrace *best,
                       const GlompoTrace *victim)
{
  reset_leaves (condition);
  gint i = 0;
  while (i >= 0)
    {
      Leaf *leaf = &condition->leaves[i];
      memset (leaf->figures, 0, sizeof leaf->figures);
      const GlompoHunterVTable *hunter = leaf->instance.plugin->hunter;
      i = settle_leaf (leaf, hunter->test (leaf->instance.self, run, best, victim, leaf->figures));
    }
  return i == END_TRUE;
}

static const char *const results[] = { "none", "false", "true" };

/* What the leaf compared, on one line; "" where it says nothing. (transfer full) */
static char *
compare_text (const Leaf *leaf)
{
  char text[256] = "";
  const GlompoPlugin *plugin = leaf->instance.plugin;
  void (*explain) (void *, const double *, char *, size_t)
      = plugin->hunter != NULL ? plugin->hunter->explain : plugin->checker->explain;
  if (leaf->result != RESULT_NONE && explain != NULL)
    explain (leaf->instance.self, leaf->figures, text, sizeof text);
  text[sizeof text - 1] = '\0';
  char *valid = g_utf8_make_valid (text, -1);
  for (char *c = valid; *c != '\0'; c++)
    if (g_ascii_iscntrl (*c))
      *c = ' ';
  return valid;
}

/* The comparison with those of the conditions among the options in braces behind it. (transfer full) */
static char *
add_inner (const Leaf *leaf, const char *own)
{
  GString *text = g_string_new (own);
  for (gsize i = 0; leaf->result != RESULT_NONE && i < leaf->instance.n_conditions; i++)
    {
      g_autofree char *inner = condition_explain (leaf->instance.conditions[i]);
      g_string_append_printf (text, "%s{%s}", text->len > 0 ? " " : "", inner);
    }
  return g_string_free (text, FALSE);
}

static void
explain_leaf (const Leaf *leaf, GString *out)
{
  g_autofree char *call = expression_to_string (leaf->call);
  g_autofree char *own = compare_text (leaf);
  g_autofree char *valid = add_inner (leaf, own);
  g_string_append_printf (out, "%s: %s%s%s", call, valid, *valid != '\0' ? ": " : "", results[leaf->result]);
}

/* A child in parentheses where the expression would read differently without: an "|" inside an "&", and what
 * the user grouped with the operator that is outside already. */
static void
explain_tree (const Condition *condition, const Expression *expression, gint *inout_leaf, GString *out)
{
  if (expression->type == EXPRESSION_CALL)
    {
      explain_leaf (&condition->leaves[(*inout_leaf)++], out);
      return;
    }
  gboolean and = expression->type == EXPRESSION_AND;
  for (guint i = 0; i < expression->children->len; i++)
    {
      const Expression *child = g_ptr_array_index (expression->children, i);
      gboolean group = child->type == expression->type || (and && child->type == EXPRESSION_OR);
      g_string_append (out, i == 0 ? "" : and ? " & " : " | ");
      g_string_append (out, group ? "(" : "");
      explain_tree (condition, child, inout_leaf, out);
      g_string_append (out, group ? ")" : "");
    }
}

char *
condition_explain (const Condition *condition)
{
  GString *out = g_string_new (NULL);
  gint leaf = 0;
  explain_tree (condition, condition->expression, &leaf, out);
  return g_string_free (out, FALSE);
}

static void
describe_tree (const Condition *condition, const Expression *expression, guint8 depth, gint *inout_leaf,
               GVariantBuilder *out);

/* The conditions among its options stand below it. */
static void
describe_leaf (const Leaf *leaf, guint8 depth, GVariantBuilder *out)
{
  g_autofree char *call = expression_to_string (leaf->call);
  g_autofree char *figures = compare_text (leaf);
  gsize n = leaf->result != RESULT_NONE ? GLOMPO_N_FIGURES : 0;
  g_variant_builder_add (
      out, "(ysss@ad)", depth, call, results[leaf->result], figures,
      g_variant_new_fixed_array (G_VARIANT_TYPE_DOUBLE, leaf->figures, n, sizeof (double)));
  for (gsize i = 0; i < leaf->instance.n_conditions; i++)
    {
      gint inner = 0;
      const Condition *condition = leaf->instance.conditions[i];
      describe_tree (condition, condition->expression, (guint8) (depth + 1), &inner, out);
    }
}

/* What the leaves found makes of the tree below: a false child decides an "and", a true one an "or". */
static Result
result_of (const Condition *condition, const Expression *expression, gint leaf)
{
  if (expression->type == EXPRESSION_CALL)
    return condition->leaves[leaf].result;
  Result result = RESULT_NONE, decisive = expression->type == EXPRESSION_AND ? RESULT_FALSE : RESULT_TRUE;
  for (guint i = 0; i < expression->children->len; i++)
    {
      const Expression *child = g_ptr_array_index (expression->children, i);
      Result found = result_of (condition, child, leaf);
      if (found != RESULT_NONE && result != decisive)
        result = found;
      leaf += count_leaves (child);
    }
  return result;
}

static void
describe_tree (const Condition *condition, const Expression *expression, guint8 depth, gint *inout_leaf,
               GVariantBuilder *out)
{
  if (expression->type == EXPRESSION_CALL)
    {
      describe_leaf (&condition->leaves[(*inout_leaf)++], depth, out);
      return;
    }
  g_variant_builder_add (out, "(ysss@ad)", depth, expression->type == EXPRESSION_AND ? "and" : "or",
                         results[result_of (condition, expression, *inout_leaf)], "",
                         g_variant_new_array (G_VARIANT_TYPE_DOUBLE, NULL, 0));
  for (guint i = 0; i < expression->children->len; i++)
    describe_tree (condition, g_ptr_array_index (expression->children, i), (guint8) (depth + 1), inout_leaf,
                   out);
}

GVariant *
condition_describe (const Condition *condition)
{
  GVariantBuilder out;
  gint leaf = 0;
  g_variant_builder_init (&out, G_VARIANT_TYPE ("a(ysssad)"));
  describe_tree (condition, condition->expression, 0, &leaf, &out);
  return g_variant_builder_end (&out);
}

void
condition_window (const Condition *condition, GlompoWindow *inout_window)
{
  for (gint i = 0; i < condition->n_leaves; i++)
    {
      const Instance *leaf = &condition->leaves[i].instance;
      GlompoWindow wish = { .struct_size = sizeof wish };
      for (gsize k = 0; k < leaf->n_conditions; k++)
        condition_window (leaf->conditions[k], inout_window);
      if (leaf->plugin->hunter == NULL || leaf->plugin->hunter->window == NULL)
        continue;
      leaf->plugin->hunter->window (leaf->self, &wish);
      inout_window->f = MAX (inout_window->f, wish.f);
      inout_window->best = MAX (inout_window->best, wish.best);
      inout_window->x = MAX (inout_window->x, wish.x);
    }
}

guint64
condition_budget (const Condition *condition)
{
  return condition->budget;
}

void
condition_forget (Condition *condition, guint64 id)
{
  for (gint i = 0; i < condition->n_leaves; i++)
    {
      const Instance *leaf = &condition->leaves[i].instance;
      for (gsize k = 0; k < leaf->n_conditions; k++)
        condition_forget (leaf->conditions[k], id);
      if (leaf->plugin->hunter != NULL && leaf->plugin->hunter->forget != NULL)
        leaf->plugin->hunter->forget (leaf->self, id);
    }
}

double
condition_seconds_left (const Condition *condition, const GlompoRun *run)
{
  gint leaf = 0;
  double seconds = measure (condition, condition->expression, &leaf, seconds_of, run);
  return isfinite (seconds) ? seconds : -1;
}
