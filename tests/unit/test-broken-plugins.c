/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Broken plugins against the registry and against the probe. Those that are sound on the outside must be
 * accepted here: they show their fault only when they run, see tests/programs/broken-plugins.sh.
 */
#include "harness.h"
#include "plugin/registry.h"

#define PARTS 5

/* What the refusal of a file must be. */
typedef struct {
  const char *name;
  int code;
  const char *parts[PARTS]; /* of the message: what was found, what was wanted, what mends it */
} Refusal;

static const Refusal refusals[] = {
  { "no-symbol", GLOMPO_PLUGIN_ERROR_SYMBOL,
    { "does not export glompo_plugin_entry", "wanted in every plugin", "GLOMPO_PLUGIN (descriptor)" } },
  { "wrong-major", GLOMPO_PLUGIN_ERROR_ABI, { "plugin ABI 2.7", "wanted 1.x", "build it again" } },
  { "newer-minor", GLOMPO_PLUGIN_ERROR_ABI, { "plugin ABI 1.3", "wanted at most 1.2", "update GloMPO" } },
  { "short-struct", GLOMPO_PLUGIN_ERROR_ABI, { "struct size of", "bytes, wanted", "GLOMPO_PLUGIN_HEADER" } },
  { "wrong-name", GLOMPO_PLUGIN_ERROR_NAME,
    { "calls itself \"another-name\"", "wanted \"wrong-name\"", "rename the file to another-name.so" } },
  { "missing-slot", GLOMPO_PLUGIN_ERROR_SLOT, { "function \"tell\" is missing", "wanted both" } },
  { "both-ways", GLOMPO_PLUGIN_ERROR_SLOT, { "both the function \"run\" and the function \"ask\"" } },
  { "bad-options", GLOMPO_PLUGIN_ERROR_OPTIONS,
    { "option population", "the default", "'1'", "from 2 to 100" } },
};

static const char *const runtime_faults[]
    = { "crash-create",   "crash-ask",   "crash-tell",  "nan-points",
        "outside-points", "wrong-count", "never-stops", "never-returns" };

static char *
fixture (const char *name)
{
  g_autofree char *relative = g_strdup_printf ("tests/fixtures/.libs/%s.so", name);
  return test_build_file (relative);
}

static void
expect_refusal (const Refusal *wanted, const char *path, const GError *error)
{
  g_autofree char *file = g_canonicalize_filename (path, NULL);
  CU_ASSERT_FATAL (error != NULL);
  CU_ASSERT (error->domain == GLOMPO_PLUGIN_ERROR);
  TEST_INT (error->code, wanted->code);
  TEST_CONTAINS (error->message, file);
  for (gsize i = 0; i < PARTS && wanted->parts[i] != NULL; i++)
    TEST_CONTAINS (error->message, wanted->parts[i]);
}

static void
registry_refuses (void)
{
  g_autoptr (GlompoRegistry) registry = registry_new_empty ();
  for (gsize i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      g_autofree char *path = fixture (refusals[i].name);
      g_autoptr (GError) error = NULL;
      CU_ASSERT (glompo_registry_load_file (registry, path, &error) == NULL);
      expect_refusal (&refusals[i], path, error);
    }
}

/* One that was refused stays refused, and in the same words. */
static void
refusal_is_repeated (void)
{
  g_autoptr (GlompoRegistry) registry = registry_new_empty ();
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *path = fixture ("wrong-major");
      g_autoptr (GError) error = NULL;
      CU_ASSERT (glompo_registry_load_file (registry, path, &error) == NULL);
      expect_refusal (&refusals[1], path, error);
    }
}

static void
older_minor_loads (void)
{
  g_autoptr (GlompoRegistry) registry = registry_new_empty ();
  g_autofree char *path = fixture ("older-minor");
  g_autoptr (GError) error = NULL;
  const GlompoPlugin *plugin = glompo_registry_load_file (registry, path, &error);
  TEST_NO_ERROR (error);
  CU_ASSERT_FATAL (plugin != NULL);
  TEST_STR (plugin->name, "older-minor");
  TEST_INT (plugin->struct_size, sizeof (GlompoPlugin));
  TEST_INT (plugin->optimizer->struct_size, sizeof (GlompoOptimizerVTable));
  CU_ASSERT (plugin->optimizer->create != NULL && plugin->optimizer->destroy != NULL);
  /* Whatever a later minor version appends behind the members of 1.0 reads as zero. */
  const gsize end = offsetof (GlompoPlugin, checker) + sizeof plugin->checker;
  for (gsize i = end; i < sizeof *plugin; i++)
    TEST_INT (((const char *) plugin)[i], 0);
}

static void
runtime_faults_load (void)
{
  g_autoptr (GlompoRegistry) registry = registry_new_empty ();
  for (gsize i = 0; i < G_N_ELEMENTS (runtime_faults); i++)
    {
      g_autofree char *path = fixture (runtime_faults[i]);
      g_autoptr (GError) error = NULL;
      const GlompoPlugin *plugin = glompo_registry_load_file (registry, path, &error);
      TEST_NO_ERROR (error);
      CU_ASSERT_FATAL (plugin != NULL);
      TEST_STR (plugin->name, runtime_faults[i]);
    }
}

static void
probe_refuses (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      g_autofree char *path = fixture (refusals[i].name);
      g_autoptr (GError) error = NULL;
      g_autofree char *json = glompo_plugin_probe (path, 60000, &error);
      CU_ASSERT (json == NULL);
      expect_refusal (&refusals[i], path, error);
    }
}

static void
probe_survives_a_crash (void)
{
  static const Refusal wanted
      = { "crash-constructor", GLOMPO_PLUGIN_ERROR_CRASHED,
          { "crashed with signal 6", "while it was loaded" } };
  g_autofree char *path = fixture (wanted.name);
  g_autoptr (GError) error = NULL;
  g_autofree char *json = glompo_plugin_probe (path, 60000, &error);
  CU_ASSERT (json == NULL);
  expect_refusal (&wanted, path, error);
}

/* However short the deadline is, it is always missed: the outcome does not depend on timing. */
static void
probe_survives_a_hang (void)
{
  static const Refusal wanted
      = { "hang-constructor", GLOMPO_PLUGIN_ERROR_HUNG, { "did not finish loading within 0.3 s" } };
  g_autofree char *path = fixture (wanted.name);
  g_autoptr (GError) error = NULL;
  g_autofree char *json = glompo_plugin_probe (path, 300, &error);
  CU_ASSERT (json == NULL);
  expect_refusal (&wanted, path, error);
}

static void
probe_describes (void)
{
  g_autofree char *path = fixture ("never-stops");
  g_autoptr (GError) error = NULL;
  g_autofree char *json = glompo_plugin_probe (path, 60000, &error);
  TEST_NO_ERROR (error);
  TEST_CONTAINS (json, "never-stops");
}

static const TestCase cases[] = {
  { "the registry refuses", registry_refuses },
  { "a refusal is repeated", refusal_is_repeated },
  { "older minor version loads", older_minor_loads },
  { "faults at run time load", runtime_faults_load },
  { "the probe refuses", probe_refuses },
  { "the probe survives a crash", probe_survives_a_crash },
  { "the probe survives a hang", probe_survives_a_hang },
  { "the probe describes", probe_describes },
};
TEST_MAIN ("broken plugins", cases)
