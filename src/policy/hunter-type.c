/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* TypeHunter: the victim is of a plugin, or of a group [optimizer NAME], of that name. */
#include "policy/component.h"

typedef struct {
  const char *optimizer;
} Settings;

static const GlompoOption options[] = {
  GLOMPO_OPT_STRING (Settings, optimizer, NULL,
                     "name of an optimizer plugin, or of a group [optimizer NAME]"),
};

static void *
type_create (const GlompoProblem *problem, const void *given, uint64_t seed, const GlompoHost *host)
{
  if (*((const Settings *) given)->optimizer == '\0')
    return component_refuse (host, "optimizer is empty, wanted the name of a plugin or of a group");
  return g_memdup2 (given, sizeof (Settings)); /* the text lives as long as the instance */
}

static bool
type_test (void *self, const GlompoRun *run, const GlompoTrace *best, const GlompoTrace *victim,
           double *figures)
{
  const char *name = ((Settings *) self)->optimizer;
  return g_str_equal (victim->type, name) || g_str_equal (victim->group, name);
}

static const GlompoHunterVTable vtable = {
  .struct_size = sizeof vtable,
  .create = type_create,
  .destroy = g_free,
  .test = type_test,
};

const GlompoPlugin hunter_type = {
  COMPONENT (GLOMPO_KIND_HUNTER, "TypeHunter", "it is of that plugin or group; to be used with &"),
  GLOMPO_PLUGIN_OPTIONS (Settings, options),
  .hunter = &vtable,
};
