/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The compatibility check of a whole configuration, and what it asks of a task that tells its concurrency
 * only when it is there. */
#include "compat-case.h"
#include <string.h>

static guint created, destroyed;

static void *
counted_create (const void *options, uint64_t seed, const GlompoHost *host)
{
  created++;
  return &created;
}

static bool
one_parameter (void *self, GlompoParameters *out)
{
  static const double lower = 0, upper = 1;
  out->n = 1;
  out->lower = &lower;
  out->upper = &upper;
  return true;
}

static void *
failing_create (const void *options, uint64_t seed, const GlompoHost *host)
{
  host->fail (host, "the file is gone");
  return NULL;
}

static void
counted_destroy (void *self)
{
  destroyed++;
}

static uint32_t
says_process_local (void *self)
{
  return GLOMPO_PROCESS_LOCAL;
}

/* Two groups, of one and of two workers, under threads. */
typedef struct {
  Case c;
  Settings settings;
  GlompoConfig config;
  OptimizerGroup groups[2];
} ConfigCase;

static void
config_case_init (ConfigCase *self)
{
  memset (self, 0, sizeof *self);
  case_init (&self->c);
  const GlompoPlugin *optimizer = &self->c.optimizer.plugin;
  self->c.optimizer.options[0].name = "population";
  self->c.task.plugin.concurrency = GLOMPO_CONCURRENT;
  self->settings = (Settings){ .max_jobs = 4, .backend = BACKEND_THREADS, .seed = 1 };
  self->config.settings = &self->settings;
  self->config.task = &self->c.task.plugin;
  self->config.declaration = declaration_new (self->config.task, NULL, NULL, NULL, 0);
  self->config.groups = g_ptr_array_new ();
  for (gsize i = 0; i < G_N_ELEMENTS (self->groups); i++)
    {
      self->groups[i] = (OptimizerGroup){
        .name = (char *) (i == 0 ? "one" : "two"),
        .plugin = optimizer,
        .options = options_new (optimizer->options, optimizer->n_options, optimizer->options_size),
        .workers = (int64_t) i + 1,
      };
      g_ptr_array_add (self->config.groups, &self->groups[i]);
    }
}

static void
config_case_clear (ConfigCase *self)
{
  for (gsize i = 0; i < G_N_ELEMENTS (self->groups); i++)
    options_unref (self->groups[i].options);
  g_ptr_array_unref (self->config.groups);
  declaration_unref (self->config.declaration);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ConfigCase, config_case_clear)

/* The instance is asked, once, and its word counts. The most severe come first; what is true of the whole
 * run is said once. */
static void
instance_is_asked (void)
{
  g_auto (ConfigCase) self;
  config_case_init (&self);
  self.c.task.task.create = counted_create;
  self.c.task.task.parameters = one_parameter;
  self.c.task.task.destroy = counted_destroy;
  self.c.task.task.concurrency = says_process_local;
  self.groups[0].workers_backend = WORKERS_PROCESSES;
  created = destroyed = 0;
  g_autoptr (GPtrArray) findings = glompo_config_check (&self.config);
  TEST_INT (created, 1);
  TEST_INT (destroyed, 1);
  g_autoptr (GPtrArray) again = glompo_config_check (&self.config);
  TEST_INT (again->len, findings->len);
  TEST_INT (created, 1);
  CU_ASSERT_FATAL (findings->len >= 3);
  const GlompoFinding *first = findings->pdata[0];
  TEST_STR (first->code, "P2");
  TEST_CONTAINS (first->where, "[optimizer two]");
  guint notes = 0;
  for (guint i = 0; i < findings->len; i++)
    {
      const GlompoFinding *finding = findings->pdata[i];
      notes += strcmp (finding->code, "T1") == 0;
      if (i > 0)
        CU_ASSERT (finding->severity <= ((GlompoFinding *) findings->pdata[i - 1])->severity);
    }
  TEST_INT (notes, 1);
}

/* A task that has nothing to tell is not created. */
static void
instance_is_not_made_in_vain (void)
{
  g_auto (ConfigCase) self;
  config_case_init (&self);
  self.c.task.task.create = counted_create;
  created = 0;
  g_autoptr (GPtrArray) findings = glompo_config_check (&self.config);
  TEST_INT (created, 0);
  CU_ASSERT (case_find (findings, "P2") == NULL);
  CU_ASSERT (case_find (findings, "T1") != NULL);
}

static void
failing_task_is_found (void)
{
  g_auto (ConfigCase) self;
  config_case_init (&self);
  self.c.task.task.create = failing_create;
  self.c.task.task.concurrency = says_process_local;
  g_autoptr (GPtrArray) findings = glompo_config_check (&self.config);
  const GlompoFinding *finding = case_find (findings, "D7");
  CU_ASSERT_FATAL (finding != NULL);
  TEST_INT (finding->severity, GLOMPO_SEVERITY_ERROR);
  TEST_CONTAINS (finding->what, "landscape");
  TEST_CONTAINS (finding->what, "the file is gone");
}

static void
population_is_read (void)
{
  g_auto (ConfigCase) self;
  config_case_init (&self);
  g_autoptr (GPtrArray) open = glompo_config_check (&self.config);
  CU_ASSERT (case_find (open, "S4") == NULL);
  self.groups[1].workers = 4;
  CU_ASSERT (options_set (self.groups[1].options, "population", "3", NULL));
  g_autoptr (GPtrArray) set = glompo_config_check (&self.config);
  const GlompoFinding *finding = case_find (set, "S4");
  CU_ASSERT_FATAL (finding != NULL);
  TEST_CONTAINS (finding->where, "[optimizer two]");
  TEST_CONTAINS (finding->what, "3 points");
}

static void
settings_are_named (void)
{
  g_auto (ConfigCase) self;
  config_case_init (&self);
  g_autoptr (GPtrArray) none = glompo_config_check (&self.config);
  CU_ASSERT (case_find (none, "T3") == NULL && case_find (none, "T4") == NULL
             && case_find (none, "T6") == NULL);
  self.settings.evaluation_timeout = 0.5;
  self.settings.force_terminations_after = 1;
  self.settings.aggressive_kill = true;
  self.settings.worker_memory_limit = 100;
  self.settings.nice = 5;
  self.settings.private_directories = true;
  g_autoptr (GPtrArray) findings = glompo_config_check (&self.config);
  const GlompoFinding *kills = case_find (findings, "T4"), *limits = case_find (findings, "T6");
  CU_ASSERT_FATAL (kills != NULL && limits != NULL);
  TEST_CONTAINS (kills->what, "force_terminations_after, aggressive_kill cannot be enforced");
  TEST_CONTAINS (limits->what, "worker_memory_limit, nice: no effect");
  CU_ASSERT (case_find (findings, "T3") != NULL && case_find (findings, "T7") != NULL);
}

/* Of two groups one has its evaluations in processes: each finding is true of the group that it names. */
static void
groups_are_told_apart (void)
{
  g_auto (ConfigCase) self;
  config_case_init (&self);
  self.settings.worker_memory_limit = 100;
  self.settings.evaluation_timeout = 1;
  self.groups[1].workers_backend = WORKERS_PROCESSES;
  g_autoptr (GPtrArray) mixed = glompo_config_check (&self.config);
  const GlompoFinding *limits = case_find (mixed, "T6"), *late = case_find (mixed, "T3");
  const GlompoFinding *bottleneck = case_find (mixed, "P3"), *crash = case_find (mixed, "T1");
  CU_ASSERT_FATAL (limits != NULL && late != NULL && bottleneck != NULL && crash != NULL);
  TEST_CONTAINS (limits->where, "[optimizer one]");
  TEST_CONTAINS (limits->what, "worker_memory_limit: no effect on this group");
  TEST_CONTAINS (late->where, "[optimizer one]");
  TEST_CONTAINS (late->what, "cannot be enforced in this group");
  TEST_CONTAINS (bottleneck->where, "[optimizer two]");
  TEST_CONTAINS (bottleneck->what, "evaluations of this group run in processes of their own");
  TEST_CONTAINS (crash->what, "and so do evaluations but those of groups with workers_backend = processes");

  self.groups[0].workers_backend = WORKERS_PROCESSES;
  g_autoptr (GPtrArray) processes = glompo_config_check (&self.config);
  CU_ASSERT (case_find (processes, "T6") == NULL && case_find (processes, "T3") == NULL);
  self.groups[0].workers_backend = self.groups[1].workers_backend = WORKERS_THREADS;
  g_autoptr (GPtrArray) threads = glompo_config_check (&self.config);
  guint n_limits = 0;
  for (guint i = 0; i < threads->len; i++)
    n_limits += strcmp (((GlompoFinding *) threads->pdata[i])->code, "T6") == 0;
  TEST_INT (n_limits, 2);
  CU_ASSERT (case_find (threads, "P3") == NULL);
}

static const TestCase cases[] = {
  { "the instance is asked", instance_is_asked },
  { "the instance is not made in vain", instance_is_not_made_in_vain },
  { "a failing task is found", failing_task_is_found },
  { "the population is read", population_is_read },
  { "settings are named", settings_are_named },
  { "groups are told apart", groups_are_told_apart },
};

TEST_MAIN ("compat-config", cases)
