/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The refusals. Each message reads "WHERE: what was found, what was wanted; what mends it". Nothing behind
 * the declared size of a struct is ever read. A pointer that leads nowhere cannot be caught here; the
 * probe is for that. Thread: any; no state.
 */
#include "plugin/check.h"
#include "base/options.h"
#include <glompo/glompo-registry.h>
#include <string.h>

#define MEMBER_END(S, M) (offsetof (S, M) + sizeof (((S *) NULL)->M))

/* Sizes of the structs of ABI 1.0: they stay as they are when members are appended. */
#define PLUGIN_SIZE_1_0 MEMBER_END (GlompoPlugin, checker)
#define OPTION_SIZE_1_0 MEMBER_END (GlompoOption, summary)
/* No struct of this ABI will ever come near; a larger size is an uninitialized member. */
#define SIZE_LIMIT ((gsize) 65536)
/* The same for counts of options and metrics. */
#define COUNT_LIMIT ((gsize) 4096)

#define OPTIMIZER_CAPABILITIES                                                                 \
  (GLOMPO_CAP_ASYNCHRONOUS | GLOMPO_CAP_SINGLE_INSTANCE | GLOMPO_CAP_INTEGER                   \
   | GLOMPO_CAP_WANTS_RESIDUALS | GLOMPO_CAP_WANTS_GRADIENT | GLOMPO_CAP_INDEPENDENT)
#define TASK_CAPABILITIES (GLOMPO_CAP_SHAREABLE | GLOMPO_CAP_SHARED_FILES | GLOMPO_CAP_GRADIENT)

#define SLOT(S, M) { #M, offsetof (S, M) }

typedef struct {
  const char *name;
  gsize offset;
} Slot;

/* What is known of a kind: its vtable in the descriptor, and the functions that must be there. */
typedef struct {
  const char *name;
  gsize member;   /* offset of the vtable's pointer in GlompoPlugin */
  gsize size;     /* of the vtable here */
  gsize size_1_0; /* of the vtable in ABI 1.0 */
  guint32 capabilities;
  Slot required[8]; /* ended by a row without name */
} Kind;

static const Kind kinds[] = {
  [GLOMPO_KIND_OPTIMIZER]
  = { "optimizer",
      offsetof (GlompoPlugin, optimizer),
      sizeof (GlompoOptimizerVTable),
      MEMBER_END (GlompoOptimizerVTable, metrics),
      OPTIMIZER_CAPABILITIES,
      { SLOT (GlompoOptimizerVTable, create), SLOT (GlompoOptimizerVTable, destroy) } },
  [GLOMPO_KIND_TASK] = { "task",
                         offsetof (GlompoPlugin, task),
                         sizeof (GlompoTaskVTable),
                         MEMBER_END (GlompoTaskVTable, concurrency),
                         TASK_CAPABILITIES,
                         { SLOT (GlompoTaskVTable, create), SLOT (GlompoTaskVTable, parameters),
                           SLOT (GlompoTaskVTable, evaluate), SLOT (GlompoTaskVTable, destroy) } },
  [GLOMPO_KIND_GENERATOR]
  = { "generator",
      offsetof (GlompoPlugin, generator),
      sizeof (GlompoGeneratorVTable),
      MEMBER_END (GlompoGeneratorVTable, generate),
      0,
      { SLOT (GlompoGeneratorVTable, create), SLOT (GlompoGeneratorVTable, destroy),
        SLOT (GlompoGeneratorVTable, generate) } },
  [GLOMPO_KIND_SELECTOR]
  = { "selector",
      offsetof (GlompoPlugin, selector),
      sizeof (GlompoSelectorVTable),
      MEMBER_END (GlompoSelectorVTable, select),
      0,
      { SLOT (GlompoSelectorVTable, create), SLOT (GlompoSelectorVTable, destroy),
        SLOT (GlompoSelectorVTable, select) } },
  [GLOMPO_KIND_HUNTER] = { "hunter",
                           offsetof (GlompoPlugin, hunter),
                           sizeof (GlompoHunterVTable),
                           MEMBER_END (GlompoHunterVTable, forget),
                           0,
                           { SLOT (GlompoHunterVTable, create), SLOT (GlompoHunterVTable, destroy),
                             SLOT (GlompoHunterVTable, test) } },
  [GLOMPO_KIND_CHECKER] = { "checker",
                            offsetof (GlompoPlugin, checker),
                            sizeof (GlompoCheckerVTable),
                            MEMBER_END (GlompoCheckerVTable, budget),
                            0,
                            { SLOT (GlompoCheckerVTable, create), SLOT (GlompoCheckerVTable, destroy),
                              SLOT (GlompoCheckerVTable, test) } },
};

const char *
glompo_kind_to_string (GlompoKind kind)
{
  guint index = (guint) kind;
  return index < G_N_ELEMENTS (kinds) ? kinds[index].name : NULL;
}

gboolean
plugin_name_is_valid (const char *name)
{
  if (!g_ascii_isalpha (name[0]))
    return FALSE;
  for (const char *c = name; *c != '\0'; c++)
    if (!g_ascii_isalnum (*c) && *c != '_' && *c != '-')
      return FALSE;
  return TRUE;
}

/* Whatever the type of the pointer at that offset is. */
static gconstpointer
pointer_at (gconstpointer base, gsize offset)
{
  gconstpointer pointer;
  memcpy (&pointer, (const char *) base + offset, sizeof pointer);
  return pointer;
}

static gboolean refuse (GError **error, GlompoPluginError code, const char *where, const char *format, ...)
    G_GNUC_PRINTF (4, 5);

static gboolean
refuse (GError **error, GlompoPluginError code, const char *where, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, GLOMPO_PLUGIN_ERROR, (int) code, "%s: %s", where, text);
  return FALSE;
}

static gboolean
check_abi (const GlompoPlugin *theirs, const char *where, GError **error)
{
  if (theirs->abi_major != GLOMPO_ABI_MAJOR)
    return refuse (error, GLOMPO_PLUGIN_ERROR_ABI, where,
                   "it was built for plugin ABI %u.%u, wanted %u.x with x up to %u; "
                   "build it again with the header of this GloMPO",
                   theirs->abi_major, theirs->abi_minor, GLOMPO_ABI_MAJOR, GLOMPO_ABI_MINOR);
  if (theirs->abi_minor > GLOMPO_ABI_MINOR)
    return refuse (error, GLOMPO_PLUGIN_ERROR_ABI, where,
                   "it was built for plugin ABI %u.%u, wanted at most %u.%u; "
                   "update GloMPO, or build the plugin with the header of this one",
                   theirs->abi_major, theirs->abi_minor, GLOMPO_ABI_MAJOR, GLOMPO_ABI_MINOR);
  if (theirs->struct_size < PLUGIN_SIZE_1_0 || theirs->struct_size > SIZE_LIMIT)
    return refuse (error, GLOMPO_PLUGIN_ERROR_ABI, where,
                   "its descriptor has a struct size of %zu bytes, wanted %zu; "
                   "start the descriptor with GLOMPO_PLUGIN_HEADER (KIND)",
                   theirs->struct_size, sizeof (GlompoPlugin));
  return TRUE;
}

/* Identity texts are shown on one line and kept in the journal. */
static gboolean
check_text (const char *text, gboolean required, const char *member, const char *where, GError **error)
{
  if (text == NULL && !required)
    return TRUE;
  if (text == NULL || *text == '\0')
    return refuse (error, GLOMPO_PLUGIN_ERROR_SLOT, where,
                   "the descriptor's member \"%s\" is %s, wanted a text; fill it in", member,
                   text == NULL ? "NULL" : "empty");
  if (!g_utf8_validate (text, -1, NULL))
    return refuse (error, GLOMPO_PLUGIN_ERROR_SLOT, where,
                   "the descriptor's member \"%s\" is not UTF-8, wanted one line of UTF-8 text", member);
  for (const char *c = text; *c != '\0'; c++)
    if (g_ascii_iscntrl (*c))
      return refuse (error, GLOMPO_PLUGIN_ERROR_SLOT, where,
                     "the descriptor's member \"%s\" contains the control character 0x%02x, "
                     "wanted one line of text",
                     member, (guint) (guchar) *c);
  return TRUE;
}

static gboolean
check_identity (const GlompoPlugin *plugin, const char *where, const char *name, GError **error)
{
  if (plugin->name == NULL || !plugin_name_is_valid (plugin->name))
    {
      g_autofree char *shown = plugin->name != NULL ? g_strescape (plugin->name, NULL) : NULL;
      return refuse (error, GLOMPO_PLUGIN_ERROR_NAME, where,
                     "the plugin calls itself \"%s\", wanted a letter followed by letters, digits, "
                     "\"_\" or \"-\"; rename it",
                     shown != NULL ? shown : "(NULL)");
    }
  if (!g_str_equal (plugin->name, name))
    return refuse (error, GLOMPO_PLUGIN_ERROR_NAME, where,
                   "the plugin calls itself \"%s\", wanted \"%s\" as its file is called; "
                   "rename the file to %s.so, or the plugin",
                   plugin->name, name, plugin->name);
  return check_text (plugin->version, TRUE, "version", where, error)
         && check_text (plugin->summary, TRUE, "summary", where, error)
         && check_text (plugin->author, TRUE, "author", where, error)
         && check_text (plugin->licence, TRUE, "licence", where, error)
         && check_text (plugin->reference, FALSE, "reference", where, error);
}

static gboolean
check_kind (const GlompoPlugin *plugin, const char *where, GError **error)
{
  const Kind *kind = plugin->kind < G_N_ELEMENTS (kinds) ? &kinds[plugin->kind] : &kinds[0];
  if (kind->name == NULL)
    return refuse (error, GLOMPO_PLUGIN_ERROR_KIND, where,
                   "the plugin's kind is the number %u, wanted one of GlompoKind (1 to %u)", plugin->kind,
                   (guint) G_N_ELEMENTS (kinds) - 1);
  for (gsize i = 1; i < G_N_ELEMENTS (kinds); i++)
    {
      gboolean filled = pointer_at (plugin, kinds[i].member) != NULL;
      if (i == plugin->kind && !filled)
        return refuse (error, GLOMPO_PLUGIN_ERROR_SLOT, where,
                       "the plugin is of kind %s, but its descriptor's member \"%s\" is NULL; "
                       "point it to the function table",
                       kind->name, kind->name);
      if (i != plugin->kind && filled)
        return refuse (error, GLOMPO_PLUGIN_ERROR_SLOT, where,
                       "the plugin is of kind %s, but its descriptor fills the member \"%s\" too, "
                       "wanted NULL there; a plugin is of one kind",
                       kind->name, kinds[i].name);
    }
  guint32 foreign = plugin->capabilities & ~kind->capabilities;
  if (foreign != 0)
    return refuse (error, GLOMPO_PLUGIN_ERROR_SLOT, where,
                   "\"capabilities\" has bits that mean nothing for the kind %s: 0x%x of 0x%x", kind->name,
                   foreign, plugin->capabilities);
  return TRUE;
}

/* Copies the function table, whose size is its first member. */
static gboolean
widen_vtable (PluginCopy *copy, const char *where, GError **error)
{
  const Kind *kind = &kinds[copy->plugin.kind];
  const gsize *theirs = pointer_at (&copy->plugin, kind->member);
  const void *ours = &copy->vtable;
  gsize size = *theirs;
  if (size < kind->size_1_0 || size > SIZE_LIMIT)
    return refuse (error, GLOMPO_PLUGIN_ERROR_ABI, where,
                   "the struct size in its %s function table is %zu bytes, wanted %zu; "
                   "set it with sizeof",
                   kind->name, size, kind->size);
  memcpy (&copy->vtable, theirs, MIN (size, kind->size));
  memcpy (&copy->vtable, &kind->size, sizeof kind->size);
  memcpy ((char *) &copy->plugin + kind->member, &ours, sizeof ours);
  for (const Slot *slot = kind->required; slot->name != NULL; slot++)
    if (pointer_at (&copy->vtable, slot->offset) == NULL)
      return refuse (error, GLOMPO_PLUGIN_ERROR_SLOT, where,
                     "the function \"%s\" is missing, wanted in every %s", slot->name, kind->name);
  return TRUE;
}

static gboolean
check_metrics (const GlompoPlugin *plugin, const char *where, GError **error)
{
  gboolean has_function = plugin->optimizer->metrics != NULL;
  if ((plugin->metrics != NULL) != has_function)
    return refuse (error, GLOMPO_PLUGIN_ERROR_SLOT, where,
                   has_function ? "it has the function \"metrics\" but no names for what it fills; "
                                  "list them in the descriptor's member \"metrics\""
                                : "it lists metrics but the function \"metrics\" is missing");
  for (gsize i = 0; plugin->metrics != NULL && plugin->metrics[i] != NULL; i++)
    {
      g_autofree char *member = g_strdup_printf ("metrics[%zu]", i);
      if (i >= COUNT_LIMIT)
        return refuse (error, GLOMPO_PLUGIN_ERROR_SLOT, where,
                       "its list of metrics has more than %zu names; end it with NULL", COUNT_LIMIT);
      if (!check_text (plugin->metrics[i], TRUE, member, where, error))
        return FALSE;
      for (gsize j = 0; j < i; j++)
        if (g_str_equal (plugin->metrics[i], plugin->metrics[j]))
          return refuse (error, GLOMPO_PLUGIN_ERROR_SLOT, where, "it lists the metric \"%s\" twice",
                         plugin->metrics[i]);
    }
  return TRUE;
}

static gboolean
check_levels (guint32 bits, guint32 known, const char *member, const char *where, GError **error)
{
  if (bits == 0)
    return refuse (error, GLOMPO_PLUGIN_ERROR_SLOT, where,
                   "the descriptor's member \"%s\" is 0, wanted at least one backend that the optimizer "
                   "can run under",
                   member);
  if ((bits & ~known) != 0)
    return refuse (error, GLOMPO_PLUGIN_ERROR_SLOT, where,
                   "the descriptor's member \"%s\" has bits that this ABI does not know: 0x%x", member,
                   bits & ~known);
  return TRUE;
}

static gboolean
check_optimizer (const GlompoPlugin *plugin, const char *where, GError **error)
{
  const GlompoOptimizerVTable *table = plugin->optimizer;
  if (table->run == NULL && (table->ask == NULL || table->tell == NULL))
    return refuse (error, GLOMPO_PLUGIN_ERROR_SLOT, where,
                   "the function \"%s\" is missing, wanted both \"ask\" and \"tell\", or else \"run\"",
                   table->ask != NULL ? "tell" : "ask");
  if (table->run != NULL && (table->ask != NULL || table->tell != NULL))
    return refuse (
        error, GLOMPO_PLUGIN_ERROR_SLOT, where,
        "it has both the function \"run\" and the function \"%s\", wanted \"ask\" and \"tell\", or else "
        "\"run\"; leave out what is not to be called",
        table->ask != NULL ? "ask" : "tell");
  if ((table->save != NULL) != (table->load != NULL))
    return refuse (error, GLOMPO_PLUGIN_ERROR_SLOT, where,
                   "the function \"%s\" is there but \"%s\" is missing, wanted both or neither",
                   table->save != NULL ? "save" : "load", table->save != NULL ? "load" : "save");
  return check_levels (plugin->level1, GLOMPO_LEVEL1_ANY, "level1", where, error)
         && check_levels (plugin->level2, GLOMPO_LEVEL2_ANY, "level2", where, error)
         && check_metrics (plugin, where, error);
}

static gboolean
check_task (const GlompoPlugin *plugin, const char *where, GError **error)
{
  /* The word may be left open where the instance tells it. */
  guint32 least = plugin->task->concurrency != NULL ? 0 : GLOMPO_CONCURRENT;
  if (plugin->concurrency < least || plugin->concurrency > GLOMPO_EXTERNAL)
    return refuse (error, GLOMPO_PLUGIN_ERROR_SLOT, where,
                   "the descriptor's member \"concurrency\" is %u, wanted one of GlompoConcurrency "
                   "(%u to %u)",
                   plugin->concurrency, (guint) GLOMPO_CONCURRENT, (guint) GLOMPO_EXTERNAL);
  return TRUE;
}

static gboolean
check_search (const GlompoGeneratorVTable *table, const char *where, GError **error)
{
  const GlompoOptimizerVTable *search = table->search;
  if ((search != NULL) != (table->found != NULL))
    return refuse (error, GLOMPO_PLUGIN_ERROR_SLOT, where,
                   "\"%s\" is there but \"%s\" is missing, wanted both or neither",
                   search != NULL ? "search" : "found", search != NULL ? "found" : "search");
  if (search == NULL)
    return TRUE;
  if (search->struct_size < kinds[GLOMPO_KIND_OPTIMIZER].size_1_0 || search->struct_size > SIZE_LIMIT)
    return refuse (error, GLOMPO_PLUGIN_ERROR_ABI, where,
                   "the struct size in its \"search\" is %zu bytes, wanted %zu; set it with sizeof",
                   search->struct_size, sizeof *search);
  if (search->create == NULL || search->ask == NULL || search->tell == NULL || search->destroy == NULL)
    return refuse (error, GLOMPO_PLUGIN_ERROR_SLOT, where,
                   "its \"search\" misses a function, wanted create, ask, tell and destroy");
  return TRUE;
}

/* Rows of a newer plugin may be longer than ours: they are walked by its row size. */
static gboolean
widen_options (PluginCopy *copy, const char *where, GError **error)
{
  GlompoPlugin *plugin = &copy->plugin;
  if (plugin->n_options > 0 && plugin->options == NULL)
    return refuse (error, GLOMPO_PLUGIN_ERROR_OPTIONS, where,
                   "the option table is NULL, wanted %zu rows as \"n_options\" says", plugin->n_options);
  if (plugin->n_options > COUNT_LIMIT)
    return refuse (error, GLOMPO_PLUGIN_ERROR_OPTIONS, where,
                   "\"n_options\" is %zu, wanted at most %zu; fill it with GLOMPO_PLUGIN_OPTIONS",
                   plugin->n_options, COUNT_LIMIT);
  if (plugin->n_options > 0
      && (plugin->option_size < OPTION_SIZE_1_0 || plugin->option_size > SIZE_LIMIT
          || plugin->option_size % _Alignof (GlompoOption) != 0))
    return refuse (error, GLOMPO_PLUGIN_ERROR_OPTIONS, where,
                   "\"option_size\" is %zu bytes, wanted %zu; fill it with GLOMPO_PLUGIN_OPTIONS",
                   plugin->option_size, sizeof (GlompoOption));
  copy->options = g_new0 (GlompoOption, MAX (plugin->n_options, 1));
  for (gsize i = 0; i < plugin->n_options; i++)
    memcpy (&copy->options[i], (const char *) plugin->options + i * plugin->option_size,
            MIN (plugin->option_size, sizeof (GlompoOption)));
  plugin->options = plugin->n_options > 0 ? copy->options : NULL;
  plugin->option_size = sizeof (GlompoOption);
  for (gsize i = 0; i < plugin->n_options; i++)
    if (copy->options[i].type == GLOMPO_OPTION_CONDITION && plugin->kind != GLOMPO_KIND_HUNTER
        && plugin->kind != GLOMPO_KIND_CHECKER)
      return refuse (error, GLOMPO_PLUGIN_ERROR_OPTIONS, where,
                     "option table: row %zu is a condition, wanted one only in a hunter or a checker", i + 1);
  if (options_check_table (plugin->options, plugin->n_options, plugin->options_size, error))
    return TRUE;
  g_prefix_error (error, "%s: option table: ", where);
  return FALSE;
}

static gboolean
check_copy (PluginCopy *copy, const char *where, const char *name, GError **error)
{
  const GlompoPlugin *plugin = &copy->plugin;
  if (!check_identity (plugin, where, name, error) || !check_kind (plugin, where, error)
      || !widen_vtable (copy, where, error))
    return FALSE;
  if (plugin->kind == GLOMPO_KIND_OPTIMIZER && !check_optimizer (plugin, where, error))
    return FALSE;
  if (plugin->kind == GLOMPO_KIND_TASK && !check_task (plugin, where, error))
    return FALSE;
  if (plugin->kind == GLOMPO_KIND_GENERATOR && !check_search (plugin->generator, where, error))
    return FALSE;
  return widen_options (copy, where, error);
}

PluginCopy *
plugin_copy_new (const GlompoPlugin *theirs, const char *where, const char *name, GError **error)
{
  if (!check_abi (theirs, where, error))
    return NULL;
  g_autoptr (PluginCopy) copy = g_new0 (PluginCopy, 1);
  memcpy (&copy->plugin, theirs, MIN (theirs->struct_size, sizeof copy->plugin));
  copy->plugin.struct_size = sizeof copy->plugin;
  if (!check_copy (copy, where, name, error))
    return NULL;
  return g_steal_pointer (&copy);
}

void
plugin_copy_free (PluginCopy *copy)
{
  if (copy == NULL)
    return;
  g_free (copy->options);
  g_free (copy->file);
  g_free (copy);
}
