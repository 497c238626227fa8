/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Configurations: any bytes are a configuration or a list of faults. What stands behind a NUL byte are
 * overrides, separated by NUL bytes. The text of a good configuration is good again.
 */
#include "fake-plugins.h"
#include "fuzz.h"
#include <glompo/glompo-config.h>
#include <stdlib.h>
#include <string.h>

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autoptr (GPtrArray) overrides = g_ptr_array_new_with_free_func (g_free);
  for (size_t at = strlen (text) + 1; at < size; at += strlen (overrides->pdata[overrides->len - 1]) + 1)
    g_ptr_array_add (overrides, g_strndup ((const char *) data + at, size - at));
  g_ptr_array_add (overrides, NULL);
  g_autoptr (GlompoRegistry) registry = fake_registry_new ();
  g_autoptr (GlompoConfig) config = glompo_config_new_from_text (
      text, "fuzz.ini", "/", (const char *const *) overrides->pdata, registry, &error);
  if ((config == NULL) != (error != NULL))
    abort ();
  if (error != NULL && (error->message[0] == '\0' || !g_utf8_validate (error->message, -1, NULL)))
    abort ();
  if (config == NULL)
    return 0;
  g_autoptr (GlompoConfig) again
      = glompo_config_new_from_text (glompo_config_get_text (config), "fuzz.ini", "/", NULL, registry, NULL);
  if (again == NULL || strcmp (glompo_config_get_text (again), glompo_config_get_text (config)) != 0)
    abort ();
  return 0;
}
