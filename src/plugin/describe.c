/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A descriptor in words and as JSON. Expects a checked descriptor. Thread: any; no state. */
#include "plugin/describe.h"
#include "base/json-text.h"
#include "base/options.h"
#include <glompo/glompo-registry.h>

typedef struct {
  guint32 bit;
  const char *word;
} Word;

/* Those that there are: GLOMPO_LEVEL1_MPI says only what an optimizer would be good for. */
static const Word level1_words[] = {
  { GLOMPO_LEVEL1_THREADS, "threads" },
  { GLOMPO_LEVEL1_PROCESSES, "processes" },
  { GLOMPO_LEVEL1_PROCESSES_FORCED, "processes_forced" },
};

static const Word level2_words[] = {
  { GLOMPO_LEVEL2_SERIAL, "serial" },
  { GLOMPO_LEVEL2_THREADS, "threads" },
  { GLOMPO_LEVEL2_PROCESSES, "processes" },
};

static const Word capability_words[] = {
  { GLOMPO_CAP_ASYNCHRONOUS, "asynchronous" },
  { GLOMPO_CAP_SINGLE_INSTANCE, "single-instance" },
  { GLOMPO_CAP_INTEGER, "integer" },
  { GLOMPO_CAP_WANTS_RESIDUALS, "wants-residuals" },
  { GLOMPO_CAP_WANTS_GRADIENT, "wants-gradient" },
  { GLOMPO_CAP_INDEPENDENT, "independent" },
  { GLOMPO_CAP_SHAREABLE, "shareable" },
  { GLOMPO_CAP_SHARED_FILES, "shared-files" },
  { GLOMPO_CAP_GRADIENT, "gradient" },
};

static const char *const type_words[] = {
  [GLOMPO_OPTION_BOOLEAN] = "boolean", [GLOMPO_OPTION_INTEGER] = "integer",
  [GLOMPO_OPTION_REAL] = "real",       [GLOMPO_OPTION_STRING] = "string",
  [GLOMPO_OPTION_CHOICE] = "choice",   [GLOMPO_OPTION_REALS] = "reals",
  [GLOMPO_OPTION_CONDITION] = "condition",
};

static const char **
pick_words (const Word *words, gsize n, guint32 bits)
{
  const char **picked = g_new0 (const char *, n + 1);
  gsize count = 0;
  for (gsize i = 0; i < n; i++)
    if ((bits & words[i].bit) != 0)
      picked[count++] = words[i].word;
  return picked;
}

const char **
plugin_level1_words (guint32 level1)
{
  return pick_words (level1_words, G_N_ELEMENTS (level1_words), level1);
}

const char **
plugin_level2_words (guint32 level2)
{
  return pick_words (level2_words, G_N_ELEMENTS (level2_words), level2);
}

const char **
plugin_capability_words (guint32 capabilities)
{
  return pick_words (capability_words, G_N_ELEMENTS (capability_words), capabilities);
}

const char *
plugin_concurrency_word (guint32 concurrency)
{
  switch (concurrency)
    {
    case GLOMPO_CONCURRENT:
      return "concurrent";
    case GLOMPO_GLOBAL_LOCK:
      return "global-lock";
    case GLOMPO_PROCESS_LOCAL:
      return "process-local";
    case GLOMPO_EXTERNAL:
      return "external";
    default:
      return NULL;
    }
}

/* A NULL list is written as an empty one. */
static void
add_texts (JsonText *json, const char *key, const char *const *texts)
{
  json_text_open (json, key, '[');
  for (; texts != NULL && *texts != NULL; texts++)
    json_text_string (json, NULL, *texts);
  json_text_close (json, ']');
}

static void
add_option (JsonText *json, const GlompoOption *option)
{
  gboolean has_range = option->type == GLOMPO_OPTION_INTEGER || option->type == GLOMPO_OPTION_REAL
                       || option->type == GLOMPO_OPTION_REALS;
  g_autofree char *description = option_describe (option);
  json_text_open (json, NULL, '{');
  json_text_string (json, "name", option->name);
  json_text_string (json, "type", type_words[option->type]);
  json_text_boolean (json, "auto", (option->flags & GLOMPO_OPTION_AUTO) != 0);
  if (has_range)
    {
      json_text_number (json, "minimum", option->minimum);
      json_text_number (json, "maximum", option->maximum);
    }
  json_text_string (json, "default_text", option->default_text);
  if (option->type == GLOMPO_OPTION_CHOICE)
    add_texts (json, "choices", option->choices);
  json_text_string (json, "accepts", description);
  json_text_string (json, "summary", option->summary);
  json_text_close (json, '}');
}

static void
add_identity (JsonText *json, const GlompoPlugin *plugin, const char *file)
{
  json_text_string (json, "kind", glompo_kind_to_string (plugin->kind));
  json_text_string (json, "name", plugin->name);
  json_text_string (json, "version", plugin->version);
  json_text_string (json, "summary", plugin->summary);
  json_text_string (json, "author", plugin->author);
  json_text_string (json, "licence", plugin->licence);
  json_text_string (json, "reference", plugin->reference);
  json_text_string (json, "file", file);
  json_text_number (json, "abi_major", plugin->abi_major);
  json_text_number (json, "abi_minor", plugin->abi_minor);
}

/* What only optimizers or only tasks declare. */
static void
add_declarations (JsonText *json, const GlompoPlugin *plugin)
{
  g_autofree const char **capabilities = plugin_capability_words (plugin->capabilities);
  add_texts (json, "capabilities", capabilities);
  if (plugin->kind == GLOMPO_KIND_OPTIMIZER)
    {
      g_autofree const char **level1 = plugin_level1_words (plugin->level1);
      g_autofree const char **level2 = plugin_level2_words (plugin->level2);
      add_texts (json, "level1", level1);
      add_texts (json, "level2", level2);
      json_text_number (json, "max_batch", (double) plugin->max_batch);
      add_texts (json, "metrics", plugin->metrics);
    }
  if (plugin->kind == GLOMPO_KIND_TASK)
    json_text_string (json, "concurrency", plugin_concurrency_word (plugin->concurrency));
}

static void
add_function (JsonText *json, const char *name, gboolean there)
{
  if (there)
    json_text_string (json, NULL, name);
}

/* The optional functions that are there. */
static void
add_functions (JsonText *json, const GlompoPlugin *plugin)
{
#define FUNCTION(KIND, NAME) add_function (json, #NAME, plugin->KIND != NULL && plugin->KIND->NAME != NULL)
  json_text_open (json, "functions", '[');
  FUNCTION (optimizer, ask);
  FUNCTION (optimizer, tell);
  FUNCTION (optimizer, run);
  FUNCTION (optimizer, inject);
  FUNCTION (optimizer, save);
  FUNCTION (optimizer, load);
  FUNCTION (optimizer, stop_reason);
  FUNCTION (optimizer, metrics);
  FUNCTION (task, evaluate_batch);
  FUNCTION (task, extras);
  FUNCTION (task, residuals);
  FUNCTION (task, gradient);
  FUNCTION (task, has_gradient);
  FUNCTION (task, target);
  FUNCTION (task, concurrency);
  FUNCTION (hunter, window);
  FUNCTION (hunter, explain);
  FUNCTION (hunter, forget);
  FUNCTION (checker, explain);
  FUNCTION (checker, budget);
  FUNCTION (checker, seconds_left);
  FUNCTION (generator, explain);
  FUNCTION (generator, search);
  FUNCTION (generator, found);
  FUNCTION (selector, revive);
  FUNCTION (selector, explain);
  json_text_close (json, ']');
#undef FUNCTION
}

char *
glompo_plugin_to_json (const GlompoPlugin *plugin, const char *file)
{
  g_return_val_if_fail (plugin != NULL, NULL);
  JsonText json;
  json_text_init (&json);
  json_text_open (&json, NULL, '{');
  add_identity (&json, plugin, file);
  add_declarations (&json, plugin);
  add_functions (&json, plugin);
  json_text_open (&json, "options", '[');
  for (gsize i = 0; i < plugin->n_options; i++)
    add_option (&json, &plugin->options[i]);
  json_text_close (&json, ']');
  json_text_close (&json, '}');
  return json_text_finish (&json);
}
