/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See trial.h. Question and answer are GVariants of the types below. */
#include "model/trial.h"
#include "plugin/host.h"
#include "plugin/probe.h"
#include <math.h>

/* Options that are set; space; start point; points in flight; seed of the run. */
#define REQUEST_TYPE "(a{ss}vadtt)"
/* Code of the error, -1: none; its message. */
#define ANSWER_TYPE "(is)"

/* ---- in the helper ---- */

/* One with a loop of its own may not begin it yet. */
static const GlompoTrials *
evaluate_nothing (const GlompoHost *host, size_t n, const double *x)
{
  return NULL;
}

static bool
inject_nothing (const GlompoHost *host, double *x, double *f)
{
  return false;
}

static gboolean
make_instance (const Trial *trial, const double *x0, GError **error)
{
  PluginHost host;
  RandomStream random;
  GlompoProblem problem = space_to_problem (trial->space);
  problem.x0 = x0;
  problem.max_in_flight = trial->max_in_flight;
  problem.id = 1;
  random_init (&random, trial->seed, RANDOM_OPTIMIZER, problem.id);
  plugin_host_init (&host, random);
  if (trial->plugin->optimizer->run != NULL)
    {
      host.table.evaluate = evaluate_nothing;
      host.table.injected = inject_nothing;
    }
  if (trial->plugin->optimizer->create (&problem, options_data (trial->options), random_bits (&random),
                                        &host.table)
      != NULL)
    return TRUE; /* it ends with this process */
  g_autofree char *why = plugin_host_take_failure (&host, "its create failed and did not say why");
  plugin_host_clear (&host);
  g_set_error (error, GLOMPO_PLUGIN_ERROR, GLOMPO_PLUGIN_ERROR_CREATE, "optimizer %s: %s",
               trial->plugin->name, why);
  return FALSE;
}

static gboolean
obey (GlompoRegistry *registry, const char *file, GVariant *request, GError **error)
{
  g_autoptr (GVariant) values = NULL, description = NULL, start = NULL;
  gsize n;
  Trial trial = { .plugin = glompo_registry_load_file (registry, file, error) };
  if (trial.plugin == NULL)
    return FALSE;
  g_variant_get (request, "(@a{ss}v@adtt)", &values, &description, &start, &trial.max_in_flight, &trial.seed);
  g_autoptr (Options) options
      = options_new (trial.plugin->options, trial.plugin->n_options, trial.plugin->options_size);
  g_autoptr (Space) space = space_from_variant (description);
  trial.options = options;
  trial.space = space;
  const double *x0 = g_variant_get_fixed_array (start, &n, sizeof *x0);
  return space != NULL && n == space->n && options_take_variant (options, values, error)
         && make_instance (&trial, x0, error);
}

GBytes *
trial_answer (GlompoRegistry *registry, const char *file, GBytes *request)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) question
      = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (REQUEST_TYPE), request, FALSE));
  gboolean good = obey (registry, file, question, &error);
  g_autofree char *message = g_utf8_make_valid (error != NULL ? error->message : "", -1);
  gint code = good ? -1 : error != NULL ? error->code : GLOMPO_PLUGIN_ERROR_CREATE;
  g_autoptr (GVariant) answer = g_variant_ref_sink (g_variant_new ("(is)", code, message));
  return g_variant_get_data_as_bytes (answer);
}

/* ---- from the run's process ---- */

/* A start point as the run could have it. (transfer floating) */
static GVariant *
make_start (const Space *space)
{
  g_autofree double *x = g_new (double, space->n);
  for (gsize i = 0; i < space->n; i++)
    x[i] = isnan (space->given_start[i]) ? 0.5 * space->lower[i] + 0.5 * space->upper[i]
                                         : space->given_start[i];
  return g_variant_new_fixed_array (G_VARIANT_TYPE_DOUBLE, x, space->n, sizeof *x);
}

gboolean
trial_run (const Trial *trial, GError **error)
{
  g_autofree char *subject = g_strdup_printf ("optimizer %s", trial->plugin->name);
  g_autoptr (GVariant) question = g_variant_ref_sink (
      g_variant_new ("(@a{ss}v@adtt)", options_to_variant (trial->options), space_to_variant (trial->space),
                     make_start (trial->space), trial->max_in_flight, trial->seed));
  g_autoptr (GBytes) request = g_variant_get_data_as_bytes (question);
  const ProbeQuestion probe = {
    .path = trial->file,
    .mode = TRIAL_MODE,
    .request = request,
    .timeout_ms = probe_milliseconds (trial->timeout),
    .subject = subject,
    .late = "did not make an instance",
    .what = "an instance was made",
    .mend = "; one that needs longer is given it by [glompo] task_timeout",
  };
  g_autoptr (GBytes) bytes = probe_ask (&probe, error);
  if (bytes == NULL)
    return FALSE;
  g_autoptr (GVariant) answer
      = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (ANSWER_TYPE), bytes, FALSE));
  gint code;
  const char *message;
  g_variant_get (answer, "(i&s)", &code, &message);
  if (code >= 0)
    g_set_error_literal (error, GLOMPO_PLUGIN_ERROR, code, message);
  return code < 0;
}
