#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The example runs: each is in order, and each finds what its comments promise.
. "${GLOMPO_TEST_SRCDIR:-.}/tests/lib.sh"

# value KEY: the number that the last run printed for a key of its JSON object.
value () { sed -n "s/.*\"$1\":\\([-+0-9.eE]*\\)[,}].*/\\1/p" "$scratch/out"; }

# finds NAME SEED MOST: the run ends well with a best value of at most MOST.
finds () {
  run "$builddir/glompo-run" --json --quiet --seed "$2" --output "$scratch/$1-$2" "$srcdir/data/$1.ini"
  expect "$1 with seed $2 finishes" 0 '"state":"finished"'
  check "$1 with seed $2 finds $(value fx), wanted at most $3" \
    awk -v found="$(value fx)" -v most="$3" 'BEGIN { exit !(found != "" && found + 0 <= most + 0) }'
}

# Python is optional.
with_python=no
if [ -e "$builddir/plugins/.libs/python.so" ]; then with_python=yes; fi
PYTHONDONTWRITEBYTECODE=1; export PYTHONDONTWRITEBYTECODE

for file in "$srcdir"/data/*.ini; do
  if [ "$(basename "$file")" = python.ini ] && [ "$with_python" = no ]; then
    skip "python.ini: the task python was not built"
    continue
  fi
  run "$builddir/glompo-run" --check "$file"
  expect "$(basename "$file") is in order" 0
done

# The optimum is 2.01866116.
finds lynx-hare 1 2.0187
finds lynx-hare 2 2.0187
finds sir 1 3590.28192
finds alpha-pinene 1 19.87217
finds schwefel 1 -8379.656
finds rastrigin 1 1e-8
finds lennard-jones 1 -44.3267
if [ "$with_python" = yes ]; then finds python 1 0.1918712; fi

finish
