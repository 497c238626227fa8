/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Expressions: any text is read or refused; what was read prints as a text that gives the same tree. */
#include "config/expression.h"
#include "fake-plugins.h"
#include "fuzz.h"
#include <stdlib.h>

static void
resolve (const char *text, GlompoKind kind, GlompoRegistry *registry)
{
  g_autoptr (Expression) expression = expression_parse (text, NULL);
  g_autoptr (GPtrArray) faults = g_ptr_array_new_with_free_func (g_free);
  expression_resolve (expression, kind, registry, text, faults);
  if (faults->len > 0)
    return;
  g_autofree char *printed = expression_to_string (expression);
  g_autoptr (Expression) back = expression_parse (printed, NULL);
  if (back == NULL)
    abort ();
  expression_resolve (back, kind, registry, printed, faults);
  g_autofree char *again = faults->len == 0 ? expression_to_string (back) : NULL;
  if (g_strcmp0 (printed, again) != 0)
    abort ();
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autoptr (Expression) expression = expression_parse (text, &error);
  if ((expression == NULL) != (error != NULL)
      || (error != NULL && !g_utf8_validate (error->message, -1, NULL)))
    abort ();
  if (expression == NULL)
    return 0;
  g_autofree char *printed = expression_to_string (expression);
  g_autoptr (Expression) back = expression_parse (printed, NULL);
  g_autofree char *again = back != NULL ? expression_to_string (back) : NULL;
  if (g_strcmp0 (printed, again) != 0)
    abort ();
  g_autoptr (GlompoRegistry) registry = fake_registry_new ();
  resolve (text, GLOMPO_KIND_CHECKER, registry);
  resolve (text, GLOMPO_KIND_HUNTER, registry);
  resolve (text, GLOMPO_KIND_GENERATOR, registry);
  return 0;
}
