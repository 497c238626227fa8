#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Includes point downwards only. A file of src/ includes from its own folder and from folders before it; a
# program only public headers; a plugin only the ABI header, its own folder and the folders beside it that
# are no plugins themselves. The public ABI header includes neither GLib nor another header of ours.
. "${GLOMPO_TEST_SRCDIR:-.}/tests/lib.sh"

layers="base plugin model config compat policy journal worker backend manager report control programs"

# ours FILE: its includes in quotes, without the quotes and without what configure makes; theirs FILE: those
# in angle brackets.
ours () {
  sed -n 's/^[[:blank:]]*#[[:blank:]]*include[[:blank:]]*"\([^"]*\)".*/\1/p' "$1" | grep -vx config.h
}
theirs () { sed -n 's/^[[:blank:]]*#[[:blank:]]*include[[:blank:]]*<\([^>]*\)>.*/\1/p' "$1"; }

# rank FOLDER: its place among the layers, nothing if it is none.
rank () {
  place=0
  for layer in $layers; do
    place=$((place + 1))
    if [ "$layer" = "$1" ]; then echo $place; return; fi
  done
}

# Each checker prints the includes that it objects to.
check_library_file () { # ROOT FOLDER FILE
  for include in $(ours "$3"); do
    case $include in
      */*)
        mine=$(rank "$2") other=$(rank "${include%%/*}")
        if [ -z "$other" ] || [ "$other" -gt "$mine" ]; then echo "$3: \"$include\""; fi ;;
      *) if [ ! -f "$1/src/$2/$include" ]; then echo "$3: \"$include\""; fi ;;
    esac
  done
}

check_program_file () { # ROOT FILE
  for include in $(ours "$2"); do
    case $include in
      programs/*) ;;
      */*) echo "$2: \"$include\"" ;;
      *) if [ ! -f "$1/src/programs/$include" ]; then echo "$2: \"$include\""; fi ;;
    esac
  done
}

is_plugin_folder () { grep -qs 'GLOMPO_PLUGIN (' "$1"/*.c; }

check_plugin_file () { # ROOT FILE
  folder=$(dirname "$2")
  for include in $(ours "$2"); do
    case $include in
      */*)
        shared=$1/plugins/$(dirname "$include")
        if [ "$shared" != "$folder" ] \
           && { [ "$(dirname "$shared")" != "$(dirname "$folder")" ] || is_plugin_folder "$shared"; }; then
          echo "$2: \"$include\""
        fi ;;
      *) if [ ! -f "$folder/$include" ]; then echo "$2: \"$include\""; fi ;;
    esac
  done
  for include in $(theirs "$2"); do
    case $include in
      glompo/glompo-plugin.h) ;;
      glompo/*) echo "$2: <$include>" ;;
      glib* | gio/* | gmodule.h)
        if ! grep -qs GLIB_LIBS "$folder/local.mk"; then echo "$2: <$include>"; fi ;;
    esac
  done
}

check_abi_header () { # ROOT
  header=$1/include/glompo/glompo-plugin.h
  for include in $(ours "$header") $(theirs "$header"); do
    case $include in
      stdbool.h | stddef.h | stdint.h) ;;
      *) echo "$header: $include" ;;
    esac
  done
}

check_tree () { # ROOT
  for folder in "$1"/src/*/; do
    layer_name=$(basename "$folder")
    if [ -z "$(rank "$layer_name")" ]; then echo "$folder: not among the layers"; continue; fi
    for file in "$folder"*.[ch]; do
      if [ ! -f "$file" ]; then continue; fi
      if [ "$layer_name" = programs ]; then check_program_file "$1" "$file"
      else check_library_file "$1" "$layer_name" "$file"; fi
    done
  done
  for file in "$1"/plugins/*/*/*.[ch]; do
    if [ -f "$file" ]; then check_plugin_file "$1" "$file"; fi
  done
  check_abi_header "$1"
}

is_clean () { check_tree "$1" >"$scratch/found"; cat "$scratch/found"; [ ! -s "$scratch/found" ]; }
check "the tree has its layers" is_clean "$srcdir"

# The check finds what it is for: a tree with one include that is wrong.
catches () { # NAME FILE INCLUDE
  tree=$scratch/tree
  rm -rf "$tree"
  mkdir -p "$tree/include/glompo" "$tree/src/base" "$tree/src/config" "$tree/src/programs" \
    "$tree/plugins/optimizers/one" "$tree/plugins/optimizers/two" "$tree/plugins/tasks/three"
  : >"$tree/include/glompo/glompo-plugin.h"
  echo 'GLOMPO_PLUGIN (plugin)' >"$tree/plugins/optimizers/two/two.c"
  : >"$tree/$2"
  check_tree "$tree" >"$scratch/before"
  echo "#include $3" >>"$tree/$2"
  check_tree "$tree" >"$scratch/after"
  if [ ! -s "$scratch/before" ] && [ -s "$scratch/after" ]; then pass "$1"; else fail "$1"; fi
}
catches "upwards is found" src/base/text.c '"config/config.h"'
catches "an unknown folder is found" src/config/a.c '"nowhere/a.h"'
catches "a program with an inner header is found" src/programs/run.c '"base/text.h"'
catches "a plugin with GLib is found" plugins/optimizers/one/one.c '<glib.h>'
catches "a plugin with a library header is found" plugins/optimizers/one/one.c '<glompo/glompo-config.h>'
catches "a plugin with another plugin's header is found" plugins/optimizers/one/one.c '"optimizers/two/two.h"'
catches "a plugin with a header of the other kind is found" \
  plugins/optimizers/one/one.c '"tasks/three/three.h"'
catches "an ABI header with GLib is found" include/glompo/glompo-plugin.h '<glib.h>'
finish
