/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plugin/host.h"

static PluginHost *
get_host (const GlompoHost *table)
{
  return table->context;
}

static void
host_log (const GlompoHost *table, GlompoLogLevel level, const char *text)
{
  PluginHost *host = get_host (table);
  if (host->log != NULL && text != NULL)
    host->log (host->data, level, text);
}

static void
host_fail (const GlompoHost *table, const char *text)
{
  PluginHost *host = get_host (table);
  g_free (host->failure);
  host->failure = g_utf8_make_valid (text != NULL ? text : "", -1);
}

static void
host_uniform (const GlompoHost *table, size_t n, double *out)
{
  random_uniforms (&get_host (table)->random, n, out);
}

static void
host_normal (const GlompoHost *table, size_t n, double *out)
{
  random_normals (&get_host (table)->random, n, out);
}

static void
host_bits (const GlompoHost *table, size_t n, uint64_t *out)
{
  for (size_t i = 0; i < n; i++)
    out[i] = random_bits (&get_host (table)->random);
}

static bool
host_should_stop (const GlompoHost *table)
{
  PluginHost *host = get_host (table);
  return host->should_stop != NULL && host->should_stop (host->data);
}

static const char *
host_directory (const GlompoHost *table)
{
  return get_host (table)->directory;
}

static const char *
host_base_directory (const GlompoHost *table)
{
  PluginHost *host = get_host (table);
  if (host->base_directory == NULL)
    host->base_directory = g_get_current_dir ();
  return host->base_directory;
}

void
plugin_host_init (PluginHost *host, RandomStream random)
{
  *host = (PluginHost){
    .table = { .struct_size = sizeof (GlompoHost),
               .context = host,
               .log = host_log,
               .fail = host_fail,
               .uniform = host_uniform,
               .normal = host_normal,
               .bits = host_bits,
               .should_stop = host_should_stop,
               .directory = host_directory,
               .base_directory = host_base_directory },
    .random = random,
  };
}

void
plugin_host_clear (PluginHost *host)
{
  g_clear_pointer (&host->failure, g_free);
  g_clear_pointer (&host->directory, g_free);
  g_clear_pointer (&host->base_directory, g_free);
}

char *
plugin_host_take_failure (PluginHost *host, const char *fallback)
{
  char *text = g_steal_pointer (&host->failure);
  return text != NULL ? text : g_strdup (fallback);
}
