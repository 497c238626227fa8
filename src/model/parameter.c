/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/parameter.h"
#include "base/text.h"
#include <math.h>
#include <string.h>

void
parameter_setting_free (ParameterSetting *setting)
{
  if (setting != NULL)
    g_free (setting->name);
  g_free (setting);
}

static void
fault_free (ParameterFault *fault)
{
  g_free (fault->name);
  g_free (fault->found);
  g_free (fault->wanted);
  g_free (fault);
}

GPtrArray *
parameter_faults_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) fault_free);
}

void
parameter_faults_add (GPtrArray *faults, const char *name, char *found, char *wanted)
{
  ParameterFault *fault = g_new (ParameterFault, 1);
  *fault = (ParameterFault){ g_strdup (name), found, wanted };
  g_ptr_array_add (faults, fault);
}

static gboolean
read_number (const char *text, double *out)
{
  return text_to_double (text, out) && isfinite (*out);
}

/* One "key=value" behind the numbers. */
static gboolean
read_word (ParameterSetting *setting, const char *word)
{
  const char *equals = strchr (word, '=');
  if (equals == NULL)
    return FALSE;
  g_autofree char *key = g_strstrip (g_strndup (word, (gsize) (equals - word)));
  g_autofree char *value = g_strstrip (g_strdup (equals + 1));
  if (g_str_equal (key, "start") && isnan (setting->start))
    return read_number (value, &setting->start);
  if (!g_str_equal (key, "type"))
    return FALSE;
  setting->typed = TRUE;
  setting->integer = g_str_equal (value, "integer");
  return setting->integer || g_str_equal (value, "real");
}

static char *
judge (const ParameterSetting *s)
{
  char low[TEXT_DOUBLE_SIZE], high[TEXT_DOUBLE_SIZE], start[TEXT_DOUBLE_SIZE];
  text_from_double (s->lower, low);
  text_from_double (s->upper, high);
  if (s->lower > s->upper)
    return g_strdup_printf ("found the bounds %s and %s, wanted the lower one first", low, high);
  if (!isfinite (s->upper - s->lower))
    return g_strdup_printf (
        "found the bounds %s and %s, whose distance is more than the largest number, 1.8e308; "
        "wanted them closer together",
        low, high);
  if (s->start < s->lower || s->start > s->upper)
    return g_strdup_printf ("found start=%s, wanted a value from %s to %s",
                            text_from_double (s->start, start), low, high);
  if (s->integer && ceil (s->lower) > floor (s->upper))
    return g_strdup_printf ("found no whole number from %s to %s, wanted bounds around at least one", low,
                            high);
  return NULL;
}

ParameterSetting *
parameter_setting_parse (const char *name, const char *text, char **out_fault)
{
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);
  ParameterSetting *s = g_new0 (ParameterSetting, 1);
  double numbers[2];
  guint n = 0, i = 0;
  gboolean good = TRUE;
  s->start = NAN;
  for (; parts[i] != NULL && n < 2 && strchr (parts[i], '=') == NULL; i++)
    good = good && read_number (parts[i], &numbers[n++]);
  for (; good && parts[i] != NULL; i++)
    good = read_word (s, parts[i]);
  if (good && n > 0)
    {
      s->name = g_strdup (name);
      s->lower = numbers[0];
      s->upper = numbers[n - 1];
      *out_fault = judge (s);
    }
  else
    {
      g_autofree char *found = text_quote (text);
      *out_fault = g_strdup_printf ("found %s, wanted LOWER, UPPER (or one VALUE to fix it), then "
                                    "start=VALUE and type=integer or type=real as needed",
                                    found);
    }
  if (*out_fault == NULL)
    return s;
  parameter_setting_free (s);
  return NULL;
}
