/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See yaml-tree.h. */
#include "report/yaml-tree.h"
#include <string.h>

static void put_node (YamlOut *out, GVariant *tree, gsize *inout_at);

/* The nodes below one of that depth, as a list; nothing where there are none. */
static void
put_below (YamlOut *out, const char *key, GVariant *tree, gsize *inout_at, guint8 depth)
{
  gboolean any = FALSE;
  for (guint8 next; *inout_at < g_variant_n_children (tree); any = TRUE)
    {
      g_variant_get_child (tree, *inout_at, "(ysss@ad)", &next, NULL, NULL, NULL, NULL);
      if (next <= depth)
        break;
      if (!any)
        {
          yaml_out_key (out, key);
          yaml_out_list (out, FALSE);
        }
      put_node (out, tree, inout_at);
    }
  if (any)
    yaml_out_list_end (out);
}

/* The node at *inout_at and all below it. */
static void
put_node (YamlOut *out, GVariant *tree, gsize *inout_at)
{
  const char *what, *result, *text;
  guint8 depth;
  gsize n;
  g_autoptr (GVariant) figures = NULL;
  g_variant_get_child (tree, *inout_at, "(y&s&s&s@ad)", &depth, &what, &result, &text, &figures);
  const double *values = g_variant_get_fixed_array (figures, &n, sizeof (double));
  gboolean is_operator = strcmp (what, "and") == 0 || strcmp (what, "or") == 0;
  ++*inout_at;
  yaml_out_mapping (out, FALSE);
  if (!is_operator)
    {
      yaml_put_string (out, "condition", what);
      yaml_put_string (out, "figures", *text != '\0' ? text : NULL);
      yaml_put_reals (out, "values", values, n);
    }
  yaml_put_string (out, "holds", result);
  put_below (out, is_operator ? what : "of", tree, inout_at, depth);
  yaml_out_mapping_end (out);
}

void
yaml_put_tree (YamlOut *out, const char *key, GVariant *details)
{
  gsize at = 0;
  g_autoptr (GVariant) tree
      = details != NULL ? g_variant_lookup_value (details, "tree", G_VARIANT_TYPE ("a(ysssad)")) : NULL;
  if (tree == NULL || g_variant_n_children (tree) == 0)
    {
      yaml_put_null (out, key);
      return;
    }
  yaml_out_key (out, key);
  put_node (out, tree, &at);
}
