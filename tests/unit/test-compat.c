/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The compatibility check: every cell of the table of the two levels, every other rule on both of its
 * sides, and the texts.
 */
#include "compat-case.h"
#include <string.h>

/* The codes that are found, with a blank between them. */
static char *
get_codes (const CompatInput *input)
{
  g_autoptr (GPtrArray) findings = compat_findings_new ();
  g_autoptr (GString) codes = g_string_new (NULL);
  compat_check_group (input, findings);
  for (guint i = 0; i < findings->len; i++)
    g_string_append_printf (codes, "%s%s", i > 0 ? " " : "", ((GlompoFinding *) findings->pdata[i])->code);
  return g_strdup (codes->str);
}

static void
expect_codes (const CompatInput *input, const char *expected)
{
  g_autofree char *codes = get_codes (input);
  if (!TEST_STR (codes, expected))
    g_print ("  backend %d, workers_backend %d, workers %u, max_jobs %u, concurrency %u\n", input->backend,
             input->workers_backend, input->workers, input->max_jobs, input->concurrency);
}

/* What must be found with 4 slots, for tasks that are concurrent, global-lock, process-local, external. */
static const struct {
  BackendChoice backend;
  WorkersChoice workers_backend;
  guint workers;
  const char *codes[4];
} cells[] = {
  { BACKEND_THREADS, WORKERS_SERIAL, 1, { "T1", "P1 T1", "P2 T1", "T1" } },
  { BACKEND_THREADS, WORKERS_THREADS, 1, { "T1", "P1 T1", "P2 T1", "T1" } },
  { BACKEND_THREADS, WORKERS_PROCESSES, 1, { "P3 T1", "P3 T1", "P3 T1", "P3 T1" } },
  { BACKEND_THREADS, WORKERS_AUTO, 1, { "T1", "P1 T1", "P2 T1", "T1" } },
  { BACKEND_PROCESSES, WORKERS_SERIAL, 1, { "", "", "", "" } },
  { BACKEND_PROCESSES, WORKERS_THREADS, 1, { "", "", "", "" } },
  { BACKEND_PROCESSES, WORKERS_PROCESSES, 1, { "P6", "P6", "P6", "P6" } },
  { BACKEND_PROCESSES, WORKERS_AUTO, 1, { "", "", "", "" } },
  { BACKEND_PROCESSES_FORCED, WORKERS_SERIAL, 1, { "", "", "", "" } },
  { BACKEND_PROCESSES_FORCED, WORKERS_THREADS, 1, { "", "", "", "" } },
  { BACKEND_PROCESSES_FORCED, WORKERS_PROCESSES, 1, { "P7", "P7", "P7", "P7" } },
  { BACKEND_PROCESSES_FORCED, WORKERS_AUTO, 1, { "", "", "", "" } },
  { BACKEND_THREADS, WORKERS_SERIAL, 4, { "P8 T1", "P1 P8 T1", "P2 P8 T1", "P8 T1" } },
  { BACKEND_THREADS, WORKERS_THREADS, 4, { "T1", "P1 T1", "P2 T1", "T1" } },
  { BACKEND_THREADS, WORKERS_PROCESSES, 4, { "P3 T1", "P3 T1", "P3 T1", "P3 T1" } },
  { BACKEND_THREADS, WORKERS_AUTO, 4, { "T1", "P1 T1", "P2 T1", "T1" } },
  { BACKEND_PROCESSES, WORKERS_SERIAL, 4, { "P8", "P8", "P8", "P8" } },
  { BACKEND_PROCESSES, WORKERS_THREADS, 4, { "", "P4", "P5", "" } },
  { BACKEND_PROCESSES, WORKERS_PROCESSES, 4, { "P6", "P6", "P6", "P6" } },
  { BACKEND_PROCESSES, WORKERS_AUTO, 4, { "", "P4", "P5", "" } },
  { BACKEND_PROCESSES_FORCED, WORKERS_SERIAL, 4, { "P8", "P8", "P8", "P8" } },
  { BACKEND_PROCESSES_FORCED, WORKERS_THREADS, 4, { "", "P4", "P5", "" } },
  { BACKEND_PROCESSES_FORCED, WORKERS_PROCESSES, 4, { "P7", "P7", "P7", "P7" } },
  { BACKEND_PROCESSES_FORCED, WORKERS_AUTO, 4, { "", "P4", "P5", "" } },
};

static void
every_cell (void)
{
  static const guint32 words[]
      = { GLOMPO_CONCURRENT, GLOMPO_GLOBAL_LOCK, GLOMPO_PROCESS_LOCAL, GLOMPO_EXTERNAL };
  for (gsize i = 0; i < G_N_ELEMENTS (cells); i++)
    for (gsize j = 0; j < G_N_ELEMENTS (words); j++)
      {
        Case c;
        case_init (&c);
        c.input.backend = cells[i].backend;
        c.input.workers_backend = cells[i].workers_backend;
        c.input.workers = cells[i].workers;
        c.input.concurrency = words[j];
        expect_codes (&c.input, cells[i].codes[j]);
      }
}

/* One evaluation at a time disturbs nobody. */
static void
one_slot_is_quiet (void)
{
  for (guint32 word = GLOMPO_CONCURRENT; word <= GLOMPO_EXTERNAL; word++)
    {
      Case c;
      case_init (&c);
      c.input.backend = BACKEND_THREADS;
      c.input.max_jobs = 1;
      c.input.concurrency = word;
      c.task.plugin.capabilities = GLOMPO_CAP_SHARED_FILES;
      c.input.blas_threads = TRUE;
      expect_codes (&c.input, "T1");
    }
}

static void
undeclared_backends (void)
{
  static const guint32 level1[]
      = { GLOMPO_LEVEL1_THREADS, GLOMPO_LEVEL1_PROCESSES, GLOMPO_LEVEL1_PROCESSES_FORCED };
  static const guint32 level2[] = { GLOMPO_LEVEL2_SERIAL, GLOMPO_LEVEL2_THREADS, GLOMPO_LEVEL2_PROCESSES };
  for (guint i = 0; i < 3; i++)
    for (guint j = 0; j < 3; j++)
      {
        Case c;
        case_init (&c);
        c.optimizer.plugin.level1 = level1[i];
        c.input.backend = (BackendChoice) j;
        g_autofree char *first = get_codes (&c.input);
        CU_ASSERT (i == j ? strstr (first, "D1") == NULL : strstr (first, "D1") != NULL);
        case_init (&c);
        c.optimizer.plugin.level2 = level2[i];
        c.input.workers_backend = (WorkersChoice) (WORKERS_SERIAL + j);
        g_autofree char *second = get_codes (&c.input);
        CU_ASSERT (i == j ? strstr (second, "D2") == NULL : strstr (second, "D2") != NULL);
      }
}

/* "auto" means serial for one worker and threads for more, declared or not. */
static void
auto_is_checked_too (void)
{
  Case c;
  case_init (&c);
  c.optimizer.plugin.level2 = GLOMPO_LEVEL2_SERIAL;
  c.input.workers_backend = WORKERS_AUTO;
  expect_codes (&c.input, "");
  c.input.workers = 2;
  expect_codes (&c.input, "D2");
  OptimizerGroup group = { .workers = 1, .workers_backend = WORKERS_AUTO };
  TEST_INT (compat_resolve_workers (&group), WORKERS_SERIAL);
  group.workers = 2;
  TEST_INT (compat_resolve_workers (&group), WORKERS_THREADS);
  group.workers_backend = WORKERS_PROCESSES;
  TEST_INT (compat_resolve_workers (&group), WORKERS_PROCESSES);
  group.workers_backend = WORKERS_THREADS;
  TEST_INT (compat_resolve_workers (&group), WORKERS_THREADS);
  group.workers = 1;
  TEST_INT (compat_resolve_workers (&group), WORKERS_SERIAL);
}

static void
wishes_of_optimizers (void)
{
  Case c;
  case_init (&c);
  c.optimizer.plugin.capabilities = GLOMPO_CAP_WANTS_RESIDUALS | GLOMPO_CAP_WANTS_GRADIENT;
  expect_codes (&c.input, "D3 D4");
  c.input.has_residuals = TRUE;
  expect_codes (&c.input, "D4");
  c.input.has_gradient = TRUE;
  expect_codes (&c.input, "");
}

static void
single_instances (void)
{
  Case c;
  case_init (&c);
  c.optimizer.plugin.capabilities = GLOMPO_CAP_SINGLE_INSTANCE;
  expect_codes (&c.input, "");
  c.input.backend = BACKEND_THREADS;
  expect_codes (&c.input, "D5 T1");
  c.input.workers = 2;
  expect_codes (&c.input, "D5 T1");
  c.input.workers = 3;
  expect_codes (&c.input, "T1");
}

static void
shared_files (void)
{
  Case c;
  case_init (&c);
  c.task.plugin.capabilities = GLOMPO_CAP_SHARED_FILES;
  expect_codes (&c.input, "D6");
  c.input.private_directories = TRUE;
  expect_codes (&c.input, "");
  c.input.workers = 2; /* threads */
  expect_codes (&c.input, "T7");
  c.input.backend = BACKEND_THREADS;
  c.input.workers = 1;
  expect_codes (&c.input, "T1 T7");
  c.input.max_jobs = 1; /* one evaluation at a time */
  expect_codes (&c.input, "T1");
  c.input.max_jobs = 4;
  c.input.workers_backend = WORKERS_PROCESSES;
  expect_codes (&c.input, "P3 T1");
}

/* Each setting that needs a process, with every place where evaluations may run. */
static void
what_threads_cannot_do (void)
{
  static const struct {
    BackendChoice backend;
    WorkersChoice workers_backend;
    const char *timeout, *kill, *limits;
  } expected[] = {
    { BACKEND_THREADS, WORKERS_SERIAL, "T1 T3", "T1 T4", "T1 T6" },
    { BACKEND_THREADS, WORKERS_THREADS, "T1 T3", "T1 T4", "T1 T6" },
    { BACKEND_THREADS, WORKERS_PROCESSES, "P3 T1", "P3 T1 T4", "P3 T1" },
    { BACKEND_PROCESSES, WORKERS_SERIAL, "T5", "", "" },
    { BACKEND_PROCESSES, WORKERS_THREADS, "T5", "", "" },
    { BACKEND_PROCESSES_FORCED, WORKERS_AUTO, "T5", "", "" },
    { BACKEND_PROCESSES_FORCED, WORKERS_PROCESSES, "P7", "P7", "P7" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
    for (guint what = 0; what < 3; what++)
      {
        Case c;
        case_init (&c);
        c.input.backend = expected[i].backend;
        c.input.workers_backend = expected[i].workers_backend;
        c.input.evaluation_timeout = what == 0;
        c.input.kill_keys = what == 1 ? "aggressive_kill" : NULL;
        c.input.process_keys = what == 2 ? "nice" : NULL;
        expect_codes (&c.input, what == 0   ? expected[i].timeout
                                : what == 1 ? expected[i].kill
                                            : expected[i].limits);
      }
}

static void
numbers_of_slots (void)
{
  Case c;
  case_init (&c);
  c.input.workers = 5;
  expect_codes (&c.input, "S1");
  c.input.workers = 4;
  expect_codes (&c.input, "");
  c.input.cores = 3;
  expect_codes (&c.input, "S2");
  c.input.concurrency = GLOMPO_EXTERNAL;
  expect_codes (&c.input, "");
  c.input.concurrency = GLOMPO_CONCURRENT;
  c.input.cores = 0; /* not known */
  expect_codes (&c.input, "");
  c.optimizer.plugin.max_batch = 3;
  expect_codes (&c.input, "S3");
  c.optimizer.plugin.max_batch = 4;
  expect_codes (&c.input, "");
  c.input.population = 3;
  expect_codes (&c.input, "S4");
  c.optimizer.plugin.max_batch = 2; /* said once */
  expect_codes (&c.input, "S3");
  c.optimizer.plugin.max_batch = 0;
  c.input.population = 4;
  expect_codes (&c.input, "");
}

static void
blas_threads (void)
{
  Case c;
  case_init (&c);
  c.input.blas_threads = TRUE;
  expect_codes (&c.input, ""); /* each process is told how many it may have */
  c.input.backend = BACKEND_THREADS;
  expect_codes (&c.input, "T1 T2");
}

/* Severity and texts of each rule that the cases above have shown to hold. */
static const struct {
  const char *code;
  GlompoSeverity severity;
} severities[] = {
  { "P1", GLOMPO_SEVERITY_WARNING }, { "P2", GLOMPO_SEVERITY_ERROR },   { "P3", GLOMPO_SEVERITY_NOTE },
  { "P4", GLOMPO_SEVERITY_WARNING }, { "P5", GLOMPO_SEVERITY_ERROR },   { "P6", GLOMPO_SEVERITY_ERROR },
  { "P7", GLOMPO_SEVERITY_WARNING }, { "P8", GLOMPO_SEVERITY_WARNING }, { "D1", GLOMPO_SEVERITY_ERROR },
  { "D2", GLOMPO_SEVERITY_ERROR },   { "D3", GLOMPO_SEVERITY_ERROR },   { "D4", GLOMPO_SEVERITY_ERROR },
  { "D5", GLOMPO_SEVERITY_ERROR },   { "D6", GLOMPO_SEVERITY_WARNING }, { "S1", GLOMPO_SEVERITY_ERROR },
  { "S2", GLOMPO_SEVERITY_WARNING }, { "S3", GLOMPO_SEVERITY_WARNING }, { "S4", GLOMPO_SEVERITY_WARNING },
  { "T1", GLOMPO_SEVERITY_NOTE },    { "T2", GLOMPO_SEVERITY_NOTE },    { "T3", GLOMPO_SEVERITY_WARNING },
  { "T4", GLOMPO_SEVERITY_WARNING }, { "T5", GLOMPO_SEVERITY_NOTE },    { "T6", GLOMPO_SEVERITY_WARNING },
  { "T7", GLOMPO_SEVERITY_WARNING },
};

static gboolean
check_finding (const GlompoFinding *finding)
{
  CU_ASSERT (*finding->where != '\0' && *finding->what != '\0' && *finding->mend != '\0');
  CU_ASSERT (strchr (finding->where, '$') == NULL);
  CU_ASSERT (strchr (finding->what, '$') == NULL);
  CU_ASSERT (strchr (finding->mend, '$') == NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (severities); i++)
    if (strcmp (severities[i].code, finding->code) == 0)
      {
        TEST_INT (finding->severity, severities[i].severity);
        return TRUE;
      }
  CU_FAIL ("unknown code");
  return FALSE;
}

/* All backends with a plugin that declares nothing and a run that has everything wrong, so that every rule
 * speaks at least once. */
static void
texts_and_severities (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint cell = 0; cell < 3 * 3 * 4 * 2; cell++)
    {
      Case c;
      case_init (&c);
      g_autoptr (GPtrArray) findings = compat_findings_new ();
      c.input.backend = (BackendChoice) (cell % 3);
      c.input.workers_backend = (WorkersChoice) (WORKERS_SERIAL + cell / 3 % 3);
      c.input.concurrency = 1 + cell / 9 % 4;
      c.input.workers = 3;
      c.input.cores = 1;
      c.input.blas_threads = TRUE;
      c.input.population = 2;
      c.input.evaluation_timeout = TRUE;
      c.input.private_directories = cell % 2 == 0;
      c.input.kill_keys = "force_terminations_after";
      c.input.process_keys = "worker_memory_limit, nice";
      c.input.max_jobs = cell >= 36 ? 2 : 6;
      c.optimizer.plugin.max_batch = cell >= 36 ? 2 : 0;
      c.optimizer.plugin.level1 = c.optimizer.plugin.level2 = 0;
      c.optimizer.plugin.capabilities
          = GLOMPO_CAP_SINGLE_INSTANCE | GLOMPO_CAP_WANTS_GRADIENT | GLOMPO_CAP_WANTS_RESIDUALS;
      c.task.plugin.capabilities = GLOMPO_CAP_SHARED_FILES;
      compat_check_group (&c.input, findings);
      for (guint i = 0; i < findings->len; i++)
        if (check_finding (findings->pdata[i]))
          g_hash_table_add (seen, (gpointer) ((GlompoFinding *) findings->pdata[i])->code);
    }
  TEST_INT (g_hash_table_size (seen), G_N_ELEMENTS (severities));
}

/* The mends that matter most name what to write. */
static void
texts_name_what_to_write (void)
{
  Case c;
  case_init (&c);
  g_autoptr (GPtrArray) findings = compat_findings_new ();
  c.optimizer.plugin.level1 = GLOMPO_LEVEL1_THREADS | GLOMPO_LEVEL1_PROCESSES_FORCED;
  c.input.workers_backend = WORKERS_PROCESSES;
  c.input.workers = 7;
  compat_check_group (&c.input, findings);
  const GlompoFinding *daemons = case_find (findings, "P6");
  const GlompoFinding *undeclared = case_find (findings, "D1");
  const GlompoFinding *slots = case_find (findings, "S1");
  CU_ASSERT_FATAL (daemons != NULL && undeclared != NULL && slots != NULL);
  TEST_CONTAINS (daemons->where, "[optimizer cma] workers_backend");
  TEST_CONTAINS (daemons->mend, "backend = processes_forced");
  TEST_CONTAINS (daemons->mend, "workers_backend = threads");
  TEST_CONTAINS (undeclared->what, "searcher");
  TEST_CONTAINS (undeclared->what, "backend = processes");
  TEST_CONTAINS (undeclared->mend, "threads, processes_forced");
  TEST_CONTAINS (slots->what, "workers = 7");
  TEST_CONTAINS (slots->what, "max_jobs = 4");

  g_autoptr (GPtrArray) elsewhere = compat_findings_new ();
  c.optimizer.plugin.level1 = GLOMPO_LEVEL1_MPI; /* which is declared and not there */
  compat_check_group (&c.input, elsewhere);
  TEST_CONTAINS (case_find (elsewhere, "D1")->mend, "it declares: none of those that there are");
}

static void
severities_have_words (void)
{
  TEST_STR (glompo_severity_to_string (GLOMPO_SEVERITY_NOTE), "note");
  TEST_STR (glompo_severity_to_string (GLOMPO_SEVERITY_WARNING), "warning");
  TEST_STR (glompo_severity_to_string (GLOMPO_SEVERITY_ERROR), "error");
}

static const TestCase cases[] = {
  { "every cell of the table", every_cell },
  { "one slot is quiet", one_slot_is_quiet },
  { "undeclared backends", undeclared_backends },
  { "auto is checked too", auto_is_checked_too },
  { "wishes of optimizers", wishes_of_optimizers },
  { "single instances", single_instances },
  { "shared files", shared_files },
  { "numbers of slots", numbers_of_slots },
  { "what threads cannot do", what_threads_cannot_do },
  { "BLAS threads", blas_threads },
  { "texts and severities", texts_and_severities },
  { "texts name what to write", texts_name_what_to_write },
  { "severities have words", severities_have_words },
};

TEST_MAIN ("compat", cases)
