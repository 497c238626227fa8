/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See declaration.h. Question and answer are GVariants of the types below. */
#include "model/declaration.h"
#include "model/task.h"
#include "plugin/probe.h"
#include <sys/random.h>

/* base_dir, seed, the options that are set. */
#define REQUEST_TYPE "(ayta{ss})"
/* Code of the error, -1: none; its message; what the task said; the space. */
#define ANSWER_TYPE "(isa(us)mv)"

struct _Declaration {
  gatomicrefcount refs;
  const GlompoPlugin *task;
  char *file;
  Options *options;
  char *base_dir;
  double timeout;
  GMutex lock; /* for the rest */
  gboolean has_seed;
  guint64 seed;      /* see declaration_get_seed() */
  guint64 learnt;    /* the seed for which there is an answer */
  GVariant *answer;  /* or NULL */
};

Declaration *
declaration_new (const GlompoPlugin *task, const char *file, Options *options, const char *base_dir,
                 double timeout)
{
  Declaration *declaration = g_new0 (Declaration, 1);
  g_atomic_ref_count_init (&declaration->refs);
  declaration->task = task;
  declaration->file = g_strdup (file);
  declaration->options = options != NULL ? options_ref (options) : NULL;
  declaration->base_dir = g_strdup (base_dir);
  declaration->timeout = timeout;
  g_mutex_init (&declaration->lock);
  return declaration;
}

Declaration *
declaration_ref (Declaration *declaration)
{
  g_atomic_ref_count_inc (&declaration->refs);
  return declaration;
}

void
declaration_unref (Declaration *declaration)
{
  if (declaration == NULL || !g_atomic_ref_count_dec (&declaration->refs))
    return;
  g_clear_pointer (&declaration->answer, g_variant_unref);
  g_mutex_clear (&declaration->lock);
  options_unref (declaration->options);
  g_free (declaration->base_dir);
  g_free (declaration->file);
  g_free (declaration);
}

/* ---- the seed ---- */

/* Kept within 53 bits so that every reader of the result shows it exactly. */
static guint64
draw_seed (void)
{
  guint64 seed = 0;
  if (getrandom (&seed, sizeof seed, 0) != (gssize) sizeof seed)
    seed = (guint64) g_get_real_time ();
  return seed >> 11;
}

static guint64
get_seed (Declaration *declaration, gboolean keep)
{
  g_mutex_lock (&declaration->lock);
  guint64 seed = declaration->has_seed ? declaration->seed : draw_seed ();
  declaration->seed = seed;
  declaration->has_seed = keep;
  g_mutex_unlock (&declaration->lock);
  return seed;
}

guint64
declaration_get_seed (Declaration *declaration)
{
  return get_seed (declaration, TRUE);
}

guint64
declaration_take_seed (Declaration *declaration)
{
  return get_seed (declaration, FALSE);
}

void
declaration_set_seed (Declaration *declaration, guint64 seed)
{
  g_mutex_lock (&declaration->lock);
  declaration->seed = seed;
  declaration->has_seed = TRUE;
  g_mutex_unlock (&declaration->lock);
}

/* ---- an instance ---- */

static void
keep_log (gpointer data, GlompoLogLevel level, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_variant_builder_add (data, "(us)", (guint32) level, valid);
}

/* The error is taken. (transfer full) */
static GVariant *
answer_new (GError *error, GVariantBuilder *log, GVariant *space)
{
  g_autofree char *message = g_utf8_make_valid (error != NULL ? error->message : "", -1);
  GVariant *answer = g_variant_new ("(isa(us)mv)", error != NULL ? error->code : -1, message, log, space);
  g_clear_error (&error);
  return g_variant_ref_sink (answer);
}

/* Makes an instance in this process and lets it tell of itself. (transfer full) */
static GVariant *
ask_here (const TaskRecipe *recipe)
{
  GVariantBuilder log;
  GError *error = NULL;
  g_variant_builder_init (&log, G_VARIANT_TYPE ("a(us)"));
  Task *task = task_new (recipe, NULL, keep_log, &log, &error);
  g_autoptr (Space) space = task != NULL ? space_new (recipe->plugin, task->self, &error) : NULL;
  task_free (task);
  return answer_new (error, &log, space != NULL ? space_to_variant (space) : NULL);
}

/* ---- in the helper ---- */

static Options *
read_options (const GlompoPlugin *plugin, GVariant *values, GError **error)
{
  g_autoptr (Options) options = options_new (plugin->options, plugin->n_options, plugin->options_size);
  return options_take_variant (options, values, error) ? g_steal_pointer (&options) : NULL;
}

static GVariant *
obey (GlompoRegistry *registry, const char *file, GVariant *request)
{
  g_autofree char *base_dir = NULL;
  g_autoptr (GVariant) values = NULL;
  GError *error = NULL;
  TaskRecipe recipe = { 0 };
  g_variant_get (request, "(^ayt@a{ss})", &base_dir, &recipe.seed, &values);
  recipe.base_dir = base_dir[0] != '\0' ? base_dir : NULL;
  recipe.plugin = glompo_registry_load_file (registry, file, &error);
  g_autoptr (Options) options = recipe.plugin != NULL ? read_options (recipe.plugin, values, &error) : NULL;
  if (options == NULL)
    {
      GVariantBuilder log;
      g_variant_builder_init (&log, G_VARIANT_TYPE ("a(us)"));
      return answer_new (error, &log, NULL);
    }
  recipe.options = options_data (options);
  return ask_here (&recipe);
}

GBytes *
declaration_answer (GlompoRegistry *registry, const char *file, GBytes *request)
{
  g_autoptr (GVariant) question
      = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (REQUEST_TYPE), request, FALSE));
  g_autoptr (GVariant) answer = obey (registry, file, question);
  return g_variant_get_data_as_bytes (answer);
}

/* ---- from the run's process ---- */

static GBytes *
make_request (const Declaration *declaration, guint64 seed)
{
  const GlompoPlugin *task = declaration->task;
  Options *options = declaration->options;
  g_autoptr (Options) none
      = options == NULL ? options_new (task->options, task->n_options, task->options_size) : NULL;
  const char *base_dir = declaration->base_dir != NULL ? declaration->base_dir : "";
  g_autoptr (GVariant) request = g_variant_ref_sink (
      g_variant_new ("(^ayt@a{ss})", base_dir, seed, options_to_variant (options != NULL ? options : none)));
  return g_variant_get_data_as_bytes (request);
}

/* (transfer full) */
static GVariant *
ask_elsewhere (const Declaration *declaration, guint64 seed)
{
  g_autoptr (GBytes) request = make_request (declaration, seed);
  g_autofree char *subject = g_strdup_printf ("task %s", declaration->task->name);
  GError *error = NULL;
  const ProbeQuestion question = {
    .path = declaration->file,
    .mode = DECLARATION_MODE,
    .request = request,
    .timeout_ms = probe_milliseconds (declaration->timeout),
    .loud = TRUE,
    .subject = subject,
    .late = "did not say what its parameters are",
    .what = "it was asked for its parameters",
    .mend = "; a task that needs longer to be made is given it by [glompo] task_timeout",
  };
  g_autoptr (GBytes) answer = probe_ask (&question, &error);
  if (answer != NULL)
    return g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (ANSWER_TYPE), answer, FALSE));
  GVariantBuilder log;
  g_variant_builder_init (&log, G_VARIANT_TYPE ("a(us)"));
  return answer_new (error, &log, NULL);
}

static void
learn (Declaration *declaration, guint64 seed)
{
  g_clear_pointer (&declaration->answer, g_variant_unref);
  declaration->learnt = seed;
  if (declaration->file != NULL)
    {
      declaration->answer = ask_elsewhere (declaration, seed);
      return;
    }
  gconstpointer options = declaration->options != NULL ? options_data (declaration->options) : NULL;
  TaskRecipe recipe = { declaration->task, options, seed, declaration->base_dir };
  declaration->answer = ask_here (&recipe);
}

static Space *
read_answer (const Declaration *declaration, GVariant *answer, DeclarationLog log, gpointer data,
             GError **error)
{
  gint code;
  guint32 level;
  const char *message, *text;
  g_autoptr (GVariantIter) lines = NULL;
  g_autoptr (GVariant) value = NULL;
  g_variant_get (answer, "(i&sa(us)mv)", &code, &message, &lines, &value);
  while (log != NULL && g_variant_iter_next (lines, "(u&s)", &level, &text))
    log (data, (GlompoLogLevel) level, text);
  if (code >= 0)
    {
      g_set_error_literal (error, GLOMPO_PLUGIN_ERROR, code, message);
      return NULL;
    }
  Space *space = value != NULL ? space_from_variant (value) : NULL;
  if (space == NULL)
    g_set_error (error, GLOMPO_PLUGIN_ERROR, GLOMPO_PLUGIN_ERROR_CREATE,
                 "task %s: what it said of its parameters makes no sense", declaration->task->name);
  return space;
}

static Space *
make_space (Declaration *declaration, guint64 seed, gboolean any, DeclarationLog log, gpointer data,
            GError **error)
{
  g_mutex_lock (&declaration->lock);
  if (declaration->answer == NULL || (!any && declaration->learnt != seed))
    learn (declaration, seed);
  g_autoptr (GVariant) answer = g_variant_ref (declaration->answer);
  g_mutex_unlock (&declaration->lock);
  return read_answer (declaration, answer, log, data, error);
}

Space *
declaration_make_space (Declaration *declaration, guint64 seed, DeclarationLog log, gpointer data,
                        GError **error)
{
  return make_space (declaration, seed, FALSE, log, data, error);
}

Space *
declaration_make_any_space (Declaration *declaration, guint64 seed, DeclarationLog log, gpointer data,
                            GError **error)
{
  return make_space (declaration, seed, TRUE, log, data, error);
}
