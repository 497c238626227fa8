# SPDX-License-Identifier: LGPL-2.1-or-later
# Every plugin is plugins/NAME.la, so that plugins/.libs holds all of them and nothing else. A new plugin is
# its folder with a local.mk, and one line here. Plugins see the ABI header only.
include plugins/optimizers/cmaes/local.mk
include plugins/optimizers/neldermead/local.mk
include plugins/optimizers/random/local.mk
include plugins/tasks/alpha-pinene/local.mk
include plugins/tasks/benchmark/local.mk
include plugins/tasks/common/local.mk
include plugins/tasks/command/local.mk
include plugins/tasks/function/local.mk
include plugins/tasks/lynx-hare/local.mk
include plugins/tasks/python/local.mk
include plugins/tasks/server/local.mk
include plugins/tasks/sir/local.mk
