/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The status of a run as the details of an answer, and back. Pure functions. */
#pragma once

#include <glompo/glompo-manager.h>

/* (transfer floating) */
GVariant *status_to_wire (const GlompoRunStatus *status);

/* What is missing, or of another type, is as if nothing was known. (transfer full) */
GlompoRunStatus *status_from_wire (GVariant *details);
