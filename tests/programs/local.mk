# SPDX-License-Identifier: LGPL-2.1-or-later
PROGRAM_TESTS = \
	%D%/broken-ini.sh \
	%D%/broken-plugins.sh \
	%D%/command.sh \
	%D%/compatibility.sh \
	%D%/conformance.sh \
	%D%/containment.sh \
	%D%/control.sh \
	%D%/declaration.sh \
	%D%/divergence.sh \
	%D%/evaluation-timeout.sh \
	%D%/examples.sh \
	%D%/full-disk.sh \
	%D%/inspect.sh \
	%D%/install.sh \
	%D%/log.sh \
	%D%/parameters.sh \
	%D%/policies.sh \
	%D%/python.sh \
	%D%/repetitions.sh \
	%D%/resume.sh \
	%D%/rude-tasks.sh \
	%D%/run.sh \
	%D%/same-values.sh \
	%D%/server.sh \
	%D%/sessions.sh \
	%D%/snapshots.sh \
	%D%/why.sh
TESTS += $(PROGRAM_TESTS)
EXTRA_DIST += $(PROGRAM_TESTS)
