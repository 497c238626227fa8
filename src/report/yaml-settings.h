/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The part of the YAML summary that repeats what was configured. Thread: one at a time. */
#pragma once

#include "report/summary.h"
#include "report/yaml-out.h"

/* The key "Settings" with all that belongs to it. */
void yaml_put_settings (YamlOut *out, const Summary *summary);

/* A count out of details; null where it is missing. */
void yaml_put_detail_count (YamlOut *out, const char *key, GVariant *details, const char *name);

/* Names of the parameters, NULL-terminated; NULL: not known. (transfer container) */
const char **yaml_parameter_names (const Summary *summary);
