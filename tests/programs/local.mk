# SPDX-License-Identifier: LGPL-2.1-or-later
TESTS += tests/programs/conformance.sh
EXTRA_DIST += tests/programs/conformance.sh

TESTS += tests/programs/inspect.sh
EXTRA_DIST += tests/programs/inspect.sh

TESTS += %D%/broken-ini.sh
EXTRA_DIST += %D%/broken-ini.sh

TESTS += tests/programs/broken-plugins.sh
EXTRA_DIST += tests/programs/broken-plugins.sh

TESTS += %D%/declaration.sh
EXTRA_DIST += %D%/declaration.sh

TESTS += tests/programs/log.sh
EXTRA_DIST += tests/programs/log.sh

TESTS += tests/programs/examples.sh
EXTRA_DIST += tests/programs/examples.sh

TESTS += tests/programs/evaluation-timeout.sh
EXTRA_DIST += tests/programs/evaluation-timeout.sh

TESTS += tests/programs/python.sh
EXTRA_DIST += tests/programs/python.sh

TESTS += tests/programs/run.sh
EXTRA_DIST += tests/programs/run.sh

TESTS += %D%/install.sh
EXTRA_DIST += %D%/install.sh

TESTS += %D%/compatibility.sh
EXTRA_DIST += %D%/compatibility.sh

TESTS += %D%/containment.sh
EXTRA_DIST += %D%/containment.sh

TESTS += %D%/full-disk.sh
EXTRA_DIST += %D%/full-disk.sh

TESTS += %D%/policies.sh
EXTRA_DIST += %D%/policies.sh

TESTS += %D%/control.sh
EXTRA_DIST += %D%/control.sh

TESTS += %D%/why.sh
EXTRA_DIST += %D%/why.sh

TESTS += %D%/parameters.sh
EXTRA_DIST += %D%/parameters.sh

TESTS += %D%/same-values.sh
EXTRA_DIST += %D%/same-values.sh

TESTS += %D%/command.sh
EXTRA_DIST += %D%/command.sh

TESTS += %D%/server.sh
EXTRA_DIST += %D%/server.sh

TESTS += %D%/resume.sh
EXTRA_DIST += %D%/resume.sh

TESTS += %D%/snapshots.sh
EXTRA_DIST += %D%/snapshots.sh
