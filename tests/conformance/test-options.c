/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Options of any plugin: what the table accepts and refuses at its edges, and instances made there. The
 * table itself was checked when the plugin was loaded.
 */
#include "base/text.h"
#include "conformance.h"
#include <math.h>
#include <string.h>

/* Instances are made with whole numbers up to here; a larger one may ask for more memory than there is. */
#define LARGEST_CREATED 1000.0

static gboolean
has_range (const GlompoOption *option)
{
  return option->type == GLOMPO_OPTION_INTEGER || option->type == GLOMPO_OPTION_REAL
         || option->type == GLOMPO_OPTION_REALS;
}

static char *
number_text (const GlompoOption *option, double value)
{
  char buffer[TEXT_DOUBLE_SIZE];
  if (option->type == GLOMPO_OPTION_INTEGER && fabs (value) < 9e18)
    return g_strdup_printf ("%" G_GINT64_FORMAT, (gint64) value);
  return g_strdup (text_from_double (value, buffer));
}

/* The nearest value beyond a limit, or NULL where there is none. */
static char *
beyond (const GlompoOption *option, gboolean above)
{
  const double edge = above ? option->maximum : option->minimum;
  if (!isfinite (edge) || (option->type == GLOMPO_OPTION_INTEGER && fabs (edge) >= 9e15))
    return NULL;
  if (option->type == GLOMPO_OPTION_INTEGER)
    return number_text (option, above ? floor (edge) + 1.0 : ceil (edge) - 1.0);
  const double next = nextafter (edge, above ? INFINITY : -INFINITY);
  return isfinite (next) ? number_text (option, next) : NULL;
}

static gboolean
accepts (Subject *subject, const GlompoOption *option, const char *text)
{
  g_autoptr (Options) options
      = options_new (subject->plugin->options, subject->plugin->n_options, subject->plugin->options_size);
  return options_set (options, option->name, text, NULL);
}

/* Whether a text is treated as it should be. */
static gboolean
expect (Subject *subject, const GlompoOption *option, const char *text, gboolean wanted)
{
  if (text == NULL || accepts (subject, option, text) == wanted)
    return TRUE;
  failed (subject, "option %s: '%s' is %s", option->name, text, wanted ? "refused" : "accepted");
  return FALSE;
}

static gboolean
check_edges (Subject *subject, const GlompoOption *option)
{
  if (!has_range (option))
    return TRUE;
  g_autofree char *least = number_text (option, option->minimum);
  g_autofree char *most = number_text (option, option->maximum);
  g_autofree char *below = beyond (option, FALSE);
  g_autofree char *above = beyond (option, TRUE);
  const gboolean finite = option->type == GLOMPO_OPTION_REAL;
  return (!isfinite (option->minimum) || expect (subject, option, least, TRUE))
         && (!isfinite (option->maximum) || (!finite && fabs (option->maximum) >= 9e15)
             || expect (subject, option, most, TRUE))
         && expect (subject, option, below, FALSE) && expect (subject, option, above, FALSE)
         && expect (subject, option, "nan", FALSE) && expect (subject, option, "some", FALSE)
         && expect (subject, option, "auto", (option->flags & GLOMPO_OPTION_AUTO) != 0);
}

static gboolean
check_words (Subject *subject, const GlompoOption *option)
{
  if (option->type == GLOMPO_OPTION_BOOLEAN)
    return expect (subject, option, "true", TRUE) && expect (subject, option, "false", TRUE)
           && expect (subject, option, "perhaps", FALSE);
  if (option->type != GLOMPO_OPTION_CHOICE)
    return TRUE;
  for (const char *const *choice = option->choices; *choice != NULL; choice++)
    if (!expect (subject, option, *choice, TRUE))
      return FALSE;
  return expect (subject, option, "no-such-choice", FALSE);
}

static Verdict
defaults_are_valid (Subject *subject)
{
  const GlompoPlugin *plugin = subject->plugin;
  if (plugin->n_options == 0)
    return skipped (subject, "no options");
  for (gsize i = 0; i < plugin->n_options; i++)
    if (plugin->options[i].default_text != NULL
        && !expect (subject, &plugin->options[i], plugin->options[i].default_text, TRUE))
      return FAILED;
  return PASSED;
}

static Verdict
edges_are_kept (Subject *subject)
{
  const GlompoPlugin *plugin = subject->plugin;
  if (plugin->n_options == 0)
    return skipped (subject, "no options");
  for (gsize i = 0; i < plugin->n_options; i++)
    if (!check_edges (subject, &plugin->options[i]) || !check_words (subject, &plugin->options[i]))
      return FAILED;
  return PASSED;
}

/* The values of an option at which an instance is made. (transfer full) */
static GPtrArray *
worth_creating (const GlompoOption *option)
{
  GPtrArray *texts = g_ptr_array_new_with_free_func (g_free);
  const double edges[] = { option->minimum, option->maximum };
  for (gsize i = 0; has_range (option) && i < G_N_ELEMENTS (edges); i++)
    if (isfinite (edges[i]) && fabs (edges[i]) <= LARGEST_CREATED)
      g_ptr_array_add (texts, number_text (option, edges[i]));
  if (option->flags & GLOMPO_OPTION_AUTO)
    g_ptr_array_add (texts, g_strdup ("auto"));
  if (option->type == GLOMPO_OPTION_BOOLEAN)
    {
      g_ptr_array_add (texts, g_strdup ("true"));
      g_ptr_array_add (texts, g_strdup ("false"));
    }
  for (gsize i = 0; option->type == GLOMPO_OPTION_CHOICE && option->choices[i] != NULL; i++)
    g_ptr_array_add (texts, g_strdup (option->choices[i]));
  return texts;
}

/* create() may refuse a combination, with a reason; what it makes must work. */
static Verdict
try_optimizer (Subject *subject, const GlompoOption *option, const char *text)
{
  Verdict verdict = PASSED;
  g_autoptr (Rig) rig = rig_prepare (subject, 3, 1, &verdict);
  if (rig == NULL)
    return verdict;
  if (!options_set (rig->options, option->name, text, NULL))
    return PASSED; /* the test of the edges says so */
  if (!rig_create (rig))
    return strstr (rig->fault, "did not say why") != NULL
               ? failed (subject, "%s = %s: %s", option->name, text, rig->fault)
               : PASSED;
  rig_drive (rig, 150, 16);
  return rig->fault != NULL ? failed (subject, "%s = %s: %s", option->name, text, rig->fault) : PASSED;
}

static Verdict
try_task (Subject *subject, const GlompoOption *option, const char *text)
{
  Verdict verdict = PASSED;
  const GlompoTaskVTable *slots = subject->plugin->task;
  g_autoptr (Options) options = subject_options (subject, &verdict);
  if (options == NULL)
    return verdict;
  if (!options_set (options, option->name, text, NULL))
    return PASSED;
  PluginHost host;
  RandomStream random;
  random_init (&random, 1, RANDOM_TASK, 0);
  plugin_host_init (&host, random);
  gpointer self = slots->create (options_data (options), 1, &host.table);
  GlompoParameters space = { .struct_size = sizeof space };
  gboolean refused = self == NULL || !slots->parameters (self, &space);
  if (refused && host.failure == NULL)
    verdict = failed (subject, "%s = %s: it fails and does not say why", option->name, text);
  else if (!refused && (space.n == 0 || space.lower == NULL || space.upper == NULL))
    verdict = failed (subject, "%s = %s: it describes no parameters", option->name, text);
  if (self != NULL)
    slots->destroy (self);
  plugin_host_clear (&host);
  return verdict;
}

static Verdict
instances_at_the_edges (Subject *subject)
{
  const GlompoPlugin *plugin = subject->plugin;
  if (plugin->kind != GLOMPO_KIND_OPTIMIZER && plugin->kind != GLOMPO_KIND_TASK)
    return skipped (subject, "a policy");
  guint tried = 0;
  for (gsize i = 0; i < plugin->n_options; i++)
    {
      g_autoptr (GPtrArray) texts = worth_creating (&plugin->options[i]);
      for (guint k = 0; k < texts->len; k++, tried++)
        {
          const Verdict verdict = plugin->kind == GLOMPO_KIND_TASK
                                      ? try_task (subject, &plugin->options[i], texts->pdata[k])
                                      : try_optimizer (subject, &plugin->options[i], texts->pdata[k]);
          if (verdict != PASSED)
            return verdict;
        }
    }
  return tried > 0 ? PASSED : skipped (subject, "no option with edges");
}

const Test option_tests[] = {
  { "options.table.defaults", defaults_are_valid },
  { "options.table.edges", edges_are_kept },
  { "options.create.edges", instances_at_the_edges },
  { NULL, NULL },
};
