#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The shared library exports exactly what tests/symbols.list says and the public headers declare; each
# plugin exports its entry function and nothing else.
. "${GLOMPO_TEST_SRCDIR:-.}/tests/lib.sh"

if ! command -v nm >/dev/null; then skip "no program nm"; finish; fi

# exported FILE: names of what the dynamic linker can find in it.
exported () { nm -D --defined-only "$1" | awk '{ sub (/@.*/, "", $NF); print $NF }' | sort -u; }

# declared: the functions that the public headers mark as exported. A declaration ends at its semicolon.
declared () {
  cat "$srcdir"/include/glompo/*.h | grep -v '^#' | tr '\n' ' ' | tr ';' '\n' \
    | sed -n 's/.*GLOMPO_API[^(]*[ *]\(glompo_[a-z0-9_]*\) *(.*/\1/p' | sort -u
}

same () { diff -u "$1" "$2"; }

grep -v '^#' "$srcdir/tests/symbols.list" | sort -u >"$scratch/list"
declared >"$scratch/declared"
exported "$builddir/.libs/libglompo-1.so" >"$scratch/library"
check "the list is what the headers declare" same "$scratch/list" "$scratch/declared"
check "the library exports the list" same "$scratch/list" "$scratch/library"

echo glompo_plugin_entry >"$scratch/entry"
plugins=0
for plugin in "$builddir"/plugins/.libs/*.so; do
  if [ ! -f "$plugin" ]; then continue; fi
  plugins=$((plugins + 1))
  exported "$plugin" >"$scratch/plugin"
  check "$(basename "$plugin") exports its entry" same "$scratch/entry" "$scratch/plugin"
done
check "there are plugins" [ "$plugins" -gt 0 ]
finish
