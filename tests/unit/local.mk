# SPDX-License-Identifier: LGPL-2.1-or-later
check_PROGRAMS += tests/unit/test-random
tests_unit_test_random_CPPFLAGS = $(TEST_CPPFLAGS)

check_PROGRAMS += tests/unit/test-neldermead
tests_unit_test_neldermead_SOURCES = \
	%D%/test-neldermead.c \
	plugins/optimizers/neldermead/neldermead-core.c \
	plugins/optimizers/neldermead/neldermead-restart.c
tests_unit_test_neldermead_CPPFLAGS = $(TEST_CPPFLAGS) -I$(top_srcdir)/plugins

check_PROGRAMS += tests/unit/test-journal
tests_unit_test_journal_CPPFLAGS = $(TEST_CPPFLAGS)

check_PROGRAMS += tests/unit/test-crc32c
tests_unit_test_crc32c_CPPFLAGS = $(TEST_CPPFLAGS)

check_PROGRAMS += tests/unit/test-broken-plugins
tests_unit_test_broken_plugins_CPPFLAGS = $(TEST_CPPFLAGS)

TASK_TEST_CPPFLAGS = $(TEST_CPPFLAGS) -I$(top_srcdir)/plugins
check_PROGRAMS += tests/unit/test-tasks-benchmark
tests_unit_test_tasks_benchmark_SOURCES = %D%/test-tasks-benchmark.c %D%/task-fixture.h $(BENCHMARK_SOURCES)
tests_unit_test_tasks_benchmark_CPPFLAGS = $(TASK_TEST_CPPFLAGS)

check_PROGRAMS += tests/unit/test-tasks-lennard-jones
tests_unit_test_tasks_lennard_jones_SOURCES = %D%/test-tasks-lennard-jones.c %D%/task-fixture.h \
	$(BENCHMARK_SOURCES)
tests_unit_test_tasks_lennard_jones_CPPFLAGS = $(TASK_TEST_CPPFLAGS)

check_PROGRAMS += tests/unit/test-tasks-lynx-hare
tests_unit_test_tasks_lynx_hare_SOURCES = %D%/test-tasks-lynx-hare.c %D%/fit-fixture.h \
	plugins/tasks/lynx-hare/lynx-hare.c plugins/tasks/ode/dopri5.c
tests_unit_test_tasks_lynx_hare_CPPFLAGS = $(TASK_TEST_CPPFLAGS)

check_PROGRAMS += tests/unit/test-tasks-sir
tests_unit_test_tasks_sir_SOURCES = %D%/test-tasks-sir.c plugins/tasks/sir/sir.c plugins/tasks/ode/dopri5.c
tests_unit_test_tasks_sir_CPPFLAGS = $(TASK_TEST_CPPFLAGS)

check_PROGRAMS += tests/unit/test-tasks-alpha-pinene
tests_unit_test_tasks_alpha_pinene_SOURCES = %D%/test-tasks-alpha-pinene.c \
	plugins/tasks/alpha-pinene/alpha-pinene.c plugins/tasks/ode/compartments.c
tests_unit_test_tasks_alpha_pinene_CPPFLAGS = $(TASK_TEST_CPPFLAGS)

check_PROGRAMS += tests/unit/test-descriptor
tests_unit_test_descriptor_SOURCES = \
	%D%/plugin-sample.c \
	%D%/plugin-sample.h \
	%D%/test-descriptor.c
tests_unit_test_descriptor_CPPFLAGS = $(TEST_CPPFLAGS)

check_PROGRAMS += tests/unit/test-registry
tests_unit_test_registry_SOURCES = \
	%D%/plugin-sample.c \
	%D%/plugin-sample.h \
	%D%/test-registry.c
tests_unit_test_registry_CPPFLAGS = $(TEST_CPPFLAGS)

check_PROGRAMS += tests/unit/test-compat
tests_unit_test_compat_SOURCES = \
	%D%/compat-case.c \
	%D%/compat-case.h \
	%D%/plugin-sample.c \
	%D%/plugin-sample.h \
	%D%/test-compat.c
tests_unit_test_compat_CPPFLAGS = $(TEST_CPPFLAGS)

check_PROGRAMS += tests/unit/test-compat-config
tests_unit_test_compat_config_SOURCES = \
	%D%/compat-case.c \
	%D%/compat-case.h \
	%D%/plugin-sample.c \
	%D%/plugin-sample.h \
	%D%/test-compat-config.c
tests_unit_test_compat_config_CPPFLAGS = $(TEST_CPPFLAGS)

check_PROGRAMS += tests/unit/test-declaration
tests_unit_test_declaration_SOURCES = \
	%D%/plugin-sample.c \
	%D%/plugin-sample.h \
	%D%/test-declaration.c
tests_unit_test_declaration_CPPFLAGS = $(TEST_CPPFLAGS)

check_PROGRAMS += tests/unit/test-trial
tests_unit_test_trial_CPPFLAGS = $(TEST_CPPFLAGS)

check_PROGRAMS += tests/unit/test-trace
tests_unit_test_trace_CPPFLAGS = $(TEST_CPPFLAGS)

check_PROGRAMS += tests/unit/test-hunters
tests_unit_test_hunters_SOURCES = %D%/test-hunters.c %D%/policy-fixture.c %D%/policy-fixture.h
tests_unit_test_hunters_CPPFLAGS = $(TEST_CPPFLAGS)

check_PROGRAMS += tests/unit/test-patience
tests_unit_test_patience_SOURCES = %D%/test-patience.c %D%/policy-fixture.c %D%/policy-fixture.h
tests_unit_test_patience_CPPFLAGS = $(TEST_CPPFLAGS)

check_PROGRAMS += tests/unit/test-checkers
tests_unit_test_checkers_SOURCES = %D%/test-checkers.c %D%/policy-fixture.c %D%/policy-fixture.h
tests_unit_test_checkers_CPPFLAGS = $(TEST_CPPFLAGS)

check_PROGRAMS += tests/unit/test-condition
tests_unit_test_condition_SOURCES = %D%/test-condition.c %D%/policy-fixture.c %D%/policy-fixture.h
tests_unit_test_condition_CPPFLAGS = $(TEST_CPPFLAGS)
check_PROGRAMS += tests/unit/test-cmaes-core tests/unit/test-cmaes
tests_unit_test_cmaes_core_CPPFLAGS = $(TEST_CPPFLAGS) -I$(top_srcdir)/plugins
tests_unit_test_cmaes_core_LDADD = plugins/optimizers/cmaes/libcmaes.la $(TEST_LIBS)
tests_unit_test_cmaes_SOURCES = \
	%D%/cmaes-run.c \
	%D%/cmaes-run.h \
	%D%/test-cmaes.c
tests_unit_test_cmaes_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_cmaes_LDADD = plugins/optimizers/cmaes/libcmaes.la $(TEST_LIBS)

check_PROGRAMS += tests/unit/test-yaml
tests_unit_test_yaml_CPPFLAGS = $(TEST_CPPFLAGS) $(YAML_CFLAGS)
tests_unit_test_yaml_LDADD = $(TEST_LIBS) $(YAML_LIBS)

check_PROGRAMS += tests/unit/test-generators
tests_unit_test_generators_SOURCES = %D%/test-generators.c %D%/policy-fixture.c %D%/policy-fixture.h
tests_unit_test_generators_CPPFLAGS = $(TEST_CPPFLAGS)

check_PROGRAMS += tests/unit/test-generators-why
tests_unit_test_generators_why_SOURCES = %D%/test-generators-why.c %D%/policy-fixture.c %D%/policy-fixture.h
tests_unit_test_generators_why_CPPFLAGS = $(TEST_CPPFLAGS)

check_PROGRAMS += tests/unit/test-selectors
tests_unit_test_selectors_SOURCES = %D%/test-selectors.c %D%/policy-fixture.c %D%/policy-fixture.h
tests_unit_test_selectors_CPPFLAGS = $(TEST_CPPFLAGS)
check_PROGRAMS += tests/unit/test-text
tests_unit_test_text_CPPFLAGS = $(TEST_CPPFLAGS)

check_PROGRAMS += tests/unit/test-options
tests_unit_test_options_CPPFLAGS = $(TEST_CPPFLAGS)

check_PROGRAMS += tests/unit/test-expression
tests_unit_test_expression_SOURCES = \
	%D%/fake-plugins.c \
	%D%/fake-plugins.h \
	%D%/test-expression.c
tests_unit_test_expression_CPPFLAGS = $(TEST_CPPFLAGS) -I$(srcdir)/tests/unit

check_PROGRAMS += tests/unit/test-config-parameters
tests_unit_test_config_parameters_SOURCES = \
	%D%/fake-plugins.c \
	%D%/fake-plugins.h \
	%D%/test-config-parameters.c
tests_unit_test_config_parameters_CPPFLAGS = $(TEST_CPPFLAGS) -I$(srcdir)/tests/unit

check_PROGRAMS += tests/unit/test-config
tests_unit_test_config_SOURCES = \
	%D%/fake-plugins.c \
	%D%/fake-plugins.h \
	%D%/test-config.c
tests_unit_test_config_CPPFLAGS = $(TEST_CPPFLAGS) -I$(srcdir)/tests/unit

check_PROGRAMS += tests/unit/test-shortest
tests_unit_test_shortest_CPPFLAGS = $(TEST_CPPFLAGS)

check_PROGRAMS += tests/unit/test-eventcount
tests_unit_test_eventcount_CPPFLAGS = $(TEST_CPPFLAGS)

check_PROGRAMS += tests/unit/test-files
tests_unit_test_files_CPPFLAGS = $(TEST_CPPFLAGS)

check_PROGRAMS += tests/unit/test-batch
tests_unit_test_batch_CPPFLAGS = $(TEST_CPPFLAGS)

check_PROGRAMS += tests/unit/test-channel
tests_unit_test_channel_SOURCES = %D%/test-channel.c %D%/channel-pair.c %D%/channel-pair.h
tests_unit_test_channel_CPPFLAGS = $(TEST_CPPFLAGS)

check_PROGRAMS += tests/unit/test-channel-damage
tests_unit_test_channel_damage_SOURCES = %D%/test-channel-damage.c %D%/channel-pair.c %D%/channel-pair.h
tests_unit_test_channel_damage_CPPFLAGS = $(TEST_CPPFLAGS)

check_PROGRAMS += tests/unit/test-channel-brief
tests_unit_test_channel_brief_SOURCES = %D%/test-channel-brief.c
tests_unit_test_channel_brief_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_channel_brief_LDADD = $(TEST_LIBS)

check_PROGRAMS += tests/unit/test-journal-disk
tests_unit_test_journal_disk_CPPFLAGS = $(TEST_CPPFLAGS)
check_PROGRAMS += tests/unit/test-driver
tests_unit_test_driver_SOURCES = \
	%D%/driver-rig-plugins.c \
	%D%/driver-rig-plugins.h \
	%D%/driver-rig.c \
	%D%/driver-rig.h \
	%D%/test-driver.c
tests_unit_test_driver_CPPFLAGS = $(TEST_CPPFLAGS)

check_PROGRAMS += tests/unit/test-driver-control
tests_unit_test_driver_control_SOURCES = \
	%D%/driver-rig-plugins.c \
	%D%/driver-rig-plugins.h \
	%D%/driver-rig.c \
	%D%/driver-rig.h \
	%D%/test-driver-control.c
tests_unit_test_driver_control_CPPFLAGS = $(TEST_CPPFLAGS)

check_PROGRAMS += tests/unit/test-parameter
tests_unit_test_parameter_CPPFLAGS = $(TEST_CPPFLAGS)

check_LTLIBRARIES += tests/unit/libopenblas-fake.la
tests_unit_libopenblas_fake_la_SOURCES = %D%/libopenblas-fake.c
tests_unit_libopenblas_fake_la_LDFLAGS = -module -avoid-version -rpath /nowhere
check_PROGRAMS += tests/unit/test-blas
tests_unit_test_blas_CPPFLAGS = $(TEST_CPPFLAGS)

check_PROGRAMS += tests/unit/test-manager
tests_unit_test_manager_SOURCES = %D%/test-manager.c %D%/manager-rig.c %D%/manager-rig.h %D%/manager-fakes.c
tests_unit_test_manager_CPPFLAGS = $(TEST_CPPFLAGS)
check_PROGRAMS += tests/unit/test-manager-control
tests_unit_test_manager_control_CPPFLAGS = $(TEST_CPPFLAGS)


check_PROGRAMS += tests/unit/test-annealing
tests_unit_test_annealing_SOURCES = \
	%D%/test-annealing.c \
	%D%/manager-rig.c \
	%D%/manager-rig.h \
	%D%/manager-fakes.c
tests_unit_test_annealing_CPPFLAGS = $(TEST_CPPFLAGS)
check_PROGRAMS += tests/unit/test-manager-freeze
tests_unit_test_manager_freeze_SOURCES = \
	%D%/test-manager-freeze.c \
	%D%/manager-rig.c \
	%D%/manager-rig.h \
	%D%/manager-fakes.c
tests_unit_test_manager_freeze_CPPFLAGS = $(TEST_CPPFLAGS)
check_PROGRAMS += tests/unit/test-manager-life
tests_unit_test_manager_life_SOURCES = \
	%D%/test-manager-life.c \
	%D%/manager-rig.c \
	%D%/manager-rig.h \
	%D%/manager-fakes.c
tests_unit_test_manager_life_CPPFLAGS = $(TEST_CPPFLAGS)

check_PROGRAMS += tests/unit/test-task-python
tests_unit_test_task_python_CPPFLAGS = $(TEST_CPPFLAGS)
check_PROGRAMS += tests/unit/test-task-common
tests_unit_test_task_common_CPPFLAGS = $(TEST_CPPFLAGS) -I$(top_srcdir)/plugins
tests_unit_test_task_common_LDADD = $(TEST_LIBS) $(USER_TASK_LIBS)

check_LTLIBRARIES += tests/unit/user-function.la
tests_unit_user_function_la_SOURCES = %D%/user-function.c
tests_unit_user_function_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -rpath /nowhere

check_PROGRAMS += tests/unit/test-task-function
tests_unit_test_task_function_SOURCES = \
	%D%/test-task-function.c \
	%D%/user-task.h \
	plugins/tasks/function/function.c
tests_unit_test_task_function_CPPFLAGS = $(TEST_CPPFLAGS) -I$(top_srcdir)/plugins
tests_unit_test_task_function_LDADD = $(TEST_LIBS) $(USER_TASK_LIBS)

check_PROGRAMS += tests/unit/test-task-command
tests_unit_test_task_command_SOURCES = \
	%D%/test-task-command.c \
	%D%/user-task.h \
	plugins/tasks/command/command.c \
	plugins/tasks/command/scratch.c \
	plugins/tasks/command/scratch.h
tests_unit_test_task_command_CPPFLAGS = $(TEST_CPPFLAGS) -I$(top_srcdir)/plugins
tests_unit_test_task_command_LDADD = $(TEST_LIBS) $(USER_TASK_LIBS)

check_PROGRAMS += tests/unit/test-task-server
tests_unit_test_task_server_SOURCES = \
	%D%/test-task-server.c \
	%D%/user-task.h \
	plugins/tasks/server/server.c
tests_unit_test_task_server_CPPFLAGS = $(TEST_CPPFLAGS) -I$(top_srcdir)/plugins
tests_unit_test_task_server_LDADD = $(TEST_LIBS) $(USER_TASK_LIBS)

check_PROGRAMS += tests/unit/test-durable
tests_unit_test_durable_CPPFLAGS = $(TEST_CPPFLAGS)

check_PROGRAMS += tests/unit/test-control
tests_unit_test_control_CPPFLAGS = $(TEST_CPPFLAGS)

check_PROGRAMS += tests/unit/test-meter
tests_unit_test_meter_SOURCES = %D%/test-meter.c %D%/plugin-sample.c %D%/plugin-sample.h
tests_unit_test_meter_CPPFLAGS = $(TEST_CPPFLAGS)

check_PROGRAMS += tests/unit/test-snapshot
tests_unit_test_snapshot_CPPFLAGS = $(TEST_CPPFLAGS)

EVALUATOR_RIG = %D%/evaluator-rig.c %D%/evaluator-rig.h
check_PROGRAMS += tests/unit/test-evaluator tests/unit/test-evaluator-storm
tests_unit_test_evaluator_SOURCES = %D%/test-evaluator.c $(EVALUATOR_RIG)
tests_unit_test_evaluator_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_evaluator_storm_SOURCES = %D%/test-evaluator-storm.c $(EVALUATOR_RIG)
tests_unit_test_evaluator_storm_CPPFLAGS = $(TEST_CPPFLAGS)
