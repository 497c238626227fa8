/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The directory of one evaluation: made, furnished with copied, linked and filled-in files, removed with
 * whatever a program has left in it.
 *
 * Thread: any; a Furniture is constant once made.
 */
#pragma once

#include "tasks/common/pattern.h"

typedef struct _Furniture Furniture;

/* What directories get, each a text of words that are paths, relative ones from base on. */
typedef struct {
  const char *base;
  const char *copies, *links;
  const char *templates; /* are filled in; their names lose .in or .template */
} FurnitureLists;

/* (transfer full), NULL: error. */
Furniture *furniture_new (const FurnitureLists *lists, const TaskSpace *space, guint8 *used, GError **error);
void furniture_free (Furniture *furniture);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Furniture, furniture_free)
gboolean furniture_is_empty (const Furniture *furniture);

/* A fresh directory in parent. (transfer full), NULL: error. */
char *scratch_make (const char *parent, GError **error);
gboolean scratch_furnish (const char *directory, const Furniture *furniture, const PatternValues *values,
                          GError **error);

/* Removes it whatever it has become: no depth, number of files or mode keeps it. Links are not followed.
 * FALSE: something is left. */
gboolean scratch_remove (const char *directory);
