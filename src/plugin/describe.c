/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A descriptor in words and as JSON. Expects a checked descriptor. Thread: any; no state. */
#include "plugin/describe.h"
#include "base/options.h"
#include <glompo/glompo-registry.h>
#include <json-glib/json-glib.h>
#include <math.h>

typedef struct {
  guint32 bit;
  const char *word;
} Word;

static const Word level1_words[] = {
  { GLOMPO_LEVEL1_THREADS, "threads" },
  { GLOMPO_LEVEL1_PROCESSES, "processes" },
  { GLOMPO_LEVEL1_PROCESSES_FORCED, "processes_forced" },
  { GLOMPO_LEVEL1_MPI, "mpi" },
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
  { GLOMPO_CAP_SHAREABLE, "shareable" },
  { GLOMPO_CAP_SHARED_FILES, "shared-files" },
  { GLOMPO_CAP_GRADIENT, "gradient" },
};

static const char *const type_words[] = {
  [GLOMPO_OPTION_BOOLEAN] = "boolean", [GLOMPO_OPTION_INTEGER] = "integer",
  [GLOMPO_OPTION_REAL] = "real",       [GLOMPO_OPTION_STRING] = "string",
  [GLOMPO_OPTION_CHOICE] = "choice",   [GLOMPO_OPTION_REALS] = "reals",
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

/* JSON is UTF-8; nobody has checked the texts of options for that. */
static void
add_string (JsonBuilder *builder, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  json_builder_add_string_value (builder, valid);
}

static void
add_text (JsonBuilder *builder, const char *key, const char *text)
{
  json_builder_set_member_name (builder, key);
  if (text != NULL)
    add_string (builder, text);
  else
    json_builder_add_null_value (builder);
}

/* A NULL list is written as null. */
static void
add_texts (JsonBuilder *builder, const char *key, const char *const *texts)
{
  json_builder_set_member_name (builder, key);
  if (texts == NULL)
    {
      json_builder_add_null_value (builder);
      return;
    }
  json_builder_begin_array (builder);
  for (; *texts != NULL; texts++)
    add_string (builder, *texts);
  json_builder_end_array (builder);
}

/* JSON has no infinity: such an end of a range is written as null. */
static void
add_number (JsonBuilder *builder, const char *key, double value)
{
  json_builder_set_member_name (builder, key);
  if (!isfinite (value))
    json_builder_add_null_value (builder);
  else if (value == floor (value) && fabs (value) <= 0x1p53)
    json_builder_add_int_value (builder, (gint64) value);
  else
    json_builder_add_double_value (builder, value);
}

static void
add_option (JsonBuilder *builder, const GlompoOption *option)
{
  gboolean has_range = option->type == GLOMPO_OPTION_INTEGER || option->type == GLOMPO_OPTION_REAL
                       || option->type == GLOMPO_OPTION_REALS;
  g_autofree char *description = option_describe (option);
  json_builder_begin_object (builder);
  add_text (builder, "name", option->name);
  add_text (builder, "type", type_words[option->type]);
  json_builder_set_member_name (builder, "auto");
  json_builder_add_boolean_value (builder, (option->flags & GLOMPO_OPTION_AUTO) != 0);
  if (has_range)
    {
      add_number (builder, "minimum", option->minimum);
      add_number (builder, "maximum", option->maximum);
    }
  add_text (builder, "default_text", option->default_text);
  if (option->type == GLOMPO_OPTION_CHOICE)
    add_texts (builder, "choices", option->choices);
  add_text (builder, "accepts", description);
  add_text (builder, "summary", option->summary);
  json_builder_end_object (builder);
}

static void
add_identity (JsonBuilder *builder, const GlompoPlugin *plugin, const char *file)
{
  add_text (builder, "kind", glompo_kind_to_string (plugin->kind));
  add_text (builder, "name", plugin->name);
  add_text (builder, "version", plugin->version);
  add_text (builder, "summary", plugin->summary);
  add_text (builder, "author", plugin->author);
  add_text (builder, "licence", plugin->licence);
  add_text (builder, "reference", plugin->reference);
  add_text (builder, "file", file);
  add_number (builder, "abi_major", plugin->abi_major);
  add_number (builder, "abi_minor", plugin->abi_minor);
}

/* What only optimizers or only tasks declare. */
static void
add_declarations (JsonBuilder *builder, const GlompoPlugin *plugin)
{
  g_autofree const char **capabilities = plugin_capability_words (plugin->capabilities);
  add_texts (builder, "capabilities", capabilities);
  if (plugin->kind == GLOMPO_KIND_OPTIMIZER)
    {
      static const char *const none[] = { NULL };
      g_autofree const char **level1 = plugin_level1_words (plugin->level1);
      g_autofree const char **level2 = plugin_level2_words (plugin->level2);
      add_texts (builder, "level1", level1);
      add_texts (builder, "level2", level2);
      add_number (builder, "max_batch", (double) plugin->max_batch);
      add_texts (builder, "metrics", plugin->metrics != NULL ? plugin->metrics : none);
    }
  if (plugin->kind == GLOMPO_KIND_TASK)
    add_text (builder, "concurrency", plugin_concurrency_word (plugin->concurrency));
}

static void
add_function (JsonBuilder *builder, const char *name, gboolean there)
{
  if (there)
    json_builder_add_string_value (builder, name);
}

/* The optional functions that are there. */
static void
add_functions (JsonBuilder *builder, const GlompoPlugin *plugin)
{
#define FUNCTION(KIND, NAME) add_function (builder, #NAME, plugin->KIND != NULL && plugin->KIND->NAME != NULL)
  json_builder_set_member_name (builder, "functions");
  json_builder_begin_array (builder);
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
  FUNCTION (task, target);
  FUNCTION (task, concurrency);
  FUNCTION (hunter, window);
  FUNCTION (hunter, explain);
  FUNCTION (hunter, forget);
  FUNCTION (checker, explain);
  FUNCTION (checker, budget);
  json_builder_end_array (builder);
#undef FUNCTION
}

char *
glompo_plugin_to_json (const GlompoPlugin *plugin, const char *file)
{
  g_return_val_if_fail (plugin != NULL, NULL);
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  add_identity (builder, plugin, file);
  add_declarations (builder, plugin);
  add_functions (builder, plugin);
  json_builder_set_member_name (builder, "options");
  json_builder_begin_array (builder);
  for (gsize i = 0; i < plugin->n_options; i++)
    add_option (builder, &plugin->options[i]);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  return json_to_string (root, TRUE);
}
