/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tree of a condition, as the journal has it, in the summary. Thread: one at a time. */
#pragma once

#include "report/yaml-out.h"

/* A key, and below it the tree in the details (which may be NULL); null where there is none. An operator is a
 * mapping of "and" or "or" to a list and "holds"; a leaf one of "condition", "figures", "values", "holds",
 * and "of": the conditions among its arguments. */
void yaml_put_tree (YamlOut *out, const char *key, GVariant *details);
