/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "policy/instance.h"
#include "base/random.h"

/* Of one window of one optimizer, bytes. */
#define MOST_MEMORY (256u << 20)

/* What is the same in all kinds of policies. */
typedef struct {
  RandomPurpose purpose;
  GlompoPolicyCreate create;
  void (*destroy) (void *self);
} Kind;

static Kind
kind_of (const GlompoPlugin *plugin)
{
  switch (plugin->kind)
    {
    case GLOMPO_KIND_HUNTER:
      return (Kind){ RANDOM_HUNTER, plugin->hunter->create, plugin->hunter->destroy };
    case GLOMPO_KIND_CHECKER:
      return (Kind){ RANDOM_CHECKER, plugin->checker->create, plugin->checker->destroy };
    case GLOMPO_KIND_GENERATOR:
      return (Kind){ RANDOM_GENERATOR, plugin->generator->create, plugin->generator->destroy };
    case GLOMPO_KIND_SELECTOR:
      return (Kind){ RANDOM_SELECTOR, plugin->selector->create, plugin->selector->destroy };
    default:
      g_assert_not_reached ();
    }
}

static bool
host_holds (const GlompoHost *table, size_t index, const GlompoRun *run, const GlompoTrace *best,
            const GlompoTrace *victim)
{
  PluginHost *host = table->context;
  Instance *instance = (Instance *) (gpointer) ((char *) host - offsetof (Instance, host));
  if (index >= instance->n_conditions)
    return false;
  Condition *condition = instance->conditions[index];
  return instance->plugin->hunter != NULL ? condition_test_victim (condition, run, best, victim)
                                          : condition_test_run (condition, run);
}

/* Their random streams are apart from all those of the tree around. */
static gboolean
init_conditions (Instance *instance, const Expression *call, const GlompoProblem *problem,
                 const InstanceContext *context, GError **error)
{
  if (call->conditions == NULL)
    return TRUE;
  instance->host.table.holds = host_holds;
  instance->conditions = g_new0 (Condition *, call->conditions->len);
  for (guint i = 0; i < call->conditions->len; i++, instance->n_conditions++)
    {
      guint64 seed = random_mix (context->seed, kind_of (call->plugin).purpose, context->id, i + 1);
      instance->conditions[i]
          = condition_new (call->conditions->pdata[i], problem, seed, context->log, context->log_data, error);
      if (instance->conditions[i] == NULL)
        return FALSE;
    }
  return TRUE;
}

/* With the place of the call, where it was read from a text. Returns FALSE. */
static gboolean
refuse_call (const Expression *call, const char *why, GError **error)
{
  g_autofree char *fault = g_strdup_printf ("%s: %s", call->plugin->name, why);
  g_autofree char *text
      = call->text != NULL ? expression_fault (call->text, call->column, fault) : g_strdup (fault);
  g_set_error_literal (error, GLOMPO_PLUGIN_ERROR, GLOMPO_PLUGIN_ERROR_CREATE, text);
  return FALSE;
}

/* What a hunter wants to remember is kept for each optimizer, twice. */
static gboolean
check_window (const Instance *instance, const Expression *call, gsize n, GError **error)
{
  const GlompoPlugin *plugin = instance->plugin;
  GlompoWindow wish = { .struct_size = sizeof wish };
  if (plugin->kind != GLOMPO_KIND_HUNTER || plugin->hunter->window == NULL)
    return TRUE;
  plugin->hunter->window (instance->self, &wish);
  const struct {
    const char *name;
    gsize wanted, width;
  } windows[] = { { "values", wish.f, 1 }, { "best values", wish.best, 1 }, { "points", wish.x, n } };
  for (guint i = 0; i < G_N_ELEMENTS (windows); i++)
    {
      gsize most = MOST_MEMORY / (2 * sizeof (double) * MAX (windows[i].width, 1));
      if (windows[i].wanted <= most)
        continue;
      g_autofree char *why
          = g_strdup_printf ("found a window of %" G_GSIZE_FORMAT
                             " %s of each optimizer, wanted at most %" G_GSIZE_FORMAT ", which take %u MiB",
                             windows[i].wanted, windows[i].name, most, MOST_MEMORY >> 20);
      return refuse_call (call, why, error);
    }
  return TRUE;
}

gboolean
instance_init (Instance *instance, const Expression *call, const GlompoProblem *problem,
               const InstanceContext *context, GError **error)
{
  Kind kind = kind_of (call->plugin);
  RandomStream stream;
  random_init (&stream, context->seed, kind.purpose, context->id);
  plugin_host_init (&instance->host, stream);
  instance->host.log = context->log;
  instance->host.data = context->log_data;
  instance->plugin = call->plugin;
  if (!init_conditions (instance, call, problem, context, error))
    {
      instance_clear (instance);
      return FALSE;
    }
  instance->self = kind.create (problem, options_data (call->options),
                                random_mix (context->seed, kind.purpose, context->id, 0),
                                &instance->host.table);
  g_autofree char *why
      = instance->self == NULL
            ? plugin_host_take_failure (&instance->host, "it could not be created and did not say why")
            : NULL;
  if (why != NULL ? refuse_call (call, why, error) : check_window (instance, call, problem->n, error))
    return TRUE;
  instance_clear (instance);
  return FALSE;
}

void
instance_clear (Instance *instance)
{
  if (instance->self != NULL)
    kind_of (instance->plugin).destroy (instance->self);
  instance->self = NULL;
  for (gsize i = 0; i < instance->n_conditions; i++)
    condition_free (instance->conditions[i]);
  g_clear_pointer (&instance->conditions, g_free);
  instance->n_conditions = 0;
  plugin_host_clear (&instance->host);
}

gboolean
instance_fail (Instance *instance, const char *fallback, GError **error)
{
  g_autofree char *why = plugin_host_take_failure (&instance->host, fallback);
  g_set_error (error, GLOMPO_PLUGIN_ERROR, GLOMPO_PLUGIN_ERROR_CREATE, "%s: %s", instance->plugin->name, why);
  return FALSE;
}
