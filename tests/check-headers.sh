#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every public header compiles alone and twice, without a warning: the plugin ABI as C11, C17 and C++17
# without any other library, the others as C17 and C++17 with GLib. A plugin in C++ compiles as well.
. "${GLOMPO_TEST_SRCDIR:-.}/tests/lib.sh"

flags="-Wall -Wextra -pedantic -Werror -fsyntax-only"
# GLib's own headers are not ours to judge.
glib=$(pkg-config --cflags glib-2.0 | sed 's/\(^\| \)-I/\1-isystem /g')

# compile COMPILER STANDARD LANGUAGE FILE [FLAG...]
compile () {
  compiler=$1 standard=$2 language=$3 file=$4; shift 4
  # shellcheck disable=SC2086
  "$compiler" -x "$language" "-std=$standard" $flags "-I$srcdir/include" "$@" "$file" 2>"$scratch/err" \
    || { sed 's/^/  | /' "$scratch/err"; return 1; }
}

# alone COMPILER STANDARD LANGUAGE HEADER [FLAG...]
alone () {
  case_name="$4 alone with $1 -std=$2"
  if ! command -v "$1" >/dev/null; then skip "$case_name: no such compiler"; return; fi
  printf '#include <glompo/%s>\n#include <glompo/%s>\nextern int nothing;\n' "$4" "$4" >"$scratch/alone"
  compiler=$1 standard=$2 language=$3; shift 4
  check "$case_name" compile "$compiler" "$standard" "$language" "$scratch/alone" "$@"
}

for compiler in gcc clang; do
  alone $compiler c11 c glompo-plugin.h
  alone $compiler c17 c glompo-plugin.h
done
for compiler in g++ clang++; do
  alone $compiler c++17 c++ glompo-plugin.h
done
for header in "$srcdir"/include/glompo/*.h; do
  header=$(basename "$header")
  if [ "$header" = glompo-plugin.h ]; then continue; fi
  # shellcheck disable=SC2086
  for compiler in gcc clang; do alone $compiler c17 c "$header" $glib; done
  # shellcheck disable=SC2086
  for compiler in g++ clang++; do alone $compiler c++17 c++ "$header" $glib; done
done

cat >"$scratch/plugin.cc" <<'END'
#include <cmath>
#include <glompo/glompo-plugin.h>

namespace {
struct Options { double height; int64_t count; int32_t mode; GlompoReals list; bool flag; const char *text; };
const char *const modes[] = { "a", "b", nullptr };
const GlompoOption table[] = {
  GLOMPO_OPT_REAL (Options, height, -INFINITY, INFINITY, "0", "height"),
  GLOMPO_OPT_INTEGER_AUTO (Options, count, 1, 10, "auto", "count"),
  GLOMPO_OPT_CHOICE (Options, mode, modes, "a", "mode"),
  GLOMPO_OPT_REALS (Options, list, 0, 1, "", "list"),
  GLOMPO_OPT_BOOLEAN (Options, flag, "true", "flag"),
  GLOMPO_OPT_STRING (Options, text, "", "text"),
};
const GlompoPlugin plugin = { GLOMPO_PLUGIN_HEADER (GLOMPO_KIND_TASK),
  "cpp", "1.0", "a plugin in C++", "author", "MIT", nullptr,
  table, sizeof table / sizeof *table, sizeof (GlompoOption), sizeof (Options),
  0, 0, 0, GLOMPO_CONCURRENT, 0, nullptr,
  nullptr, nullptr, nullptr, nullptr, nullptr, nullptr };
}
GLOMPO_PLUGIN (plugin)
END
for compiler in g++ clang++; do
  if ! command -v $compiler >/dev/null; then
    skip "a plugin in C++ with $compiler: no such compiler"; continue
  fi
  check "a plugin in C++ with $compiler" compile $compiler c++17 c++ "$scratch/plugin.cc"
done
finish
