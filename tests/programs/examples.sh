#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The example runs: each is in order, and each finds what its comments promise.
. "${GLOMPO_TEST_SRCDIR:-.}/tests/lib.sh"

# value KEY: the number that the last run printed for a key of its JSON object.
value () { sed -n "s/.*\"$1\":\\([-+0-9.eE]*\\)[,}].*/\\1/p" "$scratch/out"; }

# They are run where a user would copy them to, with what a user would compile.
examples=$scratch/examples
mkdir "$examples"
cp "$srcdir"/data/*.ini "$srcdir"/data/*.py "$srcdir"/data/*.in "$srcdir"/data/*.sh "$srcdir"/data/*.c "$examples"
rm -f "$examples/glompo-1.pc.in"
cc=$(sed -n 's/^CC = //p' "$builddir/Makefile" | head -n 1)
# compile FILE: by the line that its comments tell.
compile () {
  line=$(sed -n 's/^#     cc //p' "$examples/$1" | head -n 1)
  # shellcheck disable=SC2086
  (cd "$examples" && ${cc:-cc} $line)
}
compiled=no
if compile function.ini && compile server.ini; then compiled=yes; fi

# finds NAME SEED MOST [CONVERGENCE]: the run ends well with a best value of at most MOST. In the order of its seed:
# in that of time it might be found or not, as busy as the machine is.
finds () {
  run "$builddir/glompo-run" --json --quiet --seed "$2" --output "$scratch/$1-$2" --set glompo.deterministic=true \
    ${4:+--set "glompo.convergence=$4"} "$examples/$1.ini"
  expect "$1 with seed $2 finishes" 0 '"state":"finished"'
  check "$1 with seed $2 finds $(value fx), wanted at most $3" \
    awk -v found="$(value fx)" -v most="$3" 'BEGIN { exit !(found != "" && found + 0 <= most + 0) }'
}

# Python is optional.
with_python=no
if [ -e "$builddir/plugins/.libs/python.so" ]; then with_python=yes; fi
PYTHONDONTWRITEBYTECODE=1; export PYTHONDONTWRITEBYTECODE

for file in "$examples"/*.ini; do
  if [ "$(basename "$file")" = python.ini ] && [ "$with_python" = no ]; then
    skip "python.ini: the task python was not built"
    continue
  fi
  case "$compiled $(basename "$file")" in
    no\ function.ini | no\ server.ini) skip "$(basename "$file"): no compiler here"; continue ;;
  esac
  run "$builddir/glompo-run" --check "$file"
  expect "$(basename "$file") is in order" 0
done

# The optimum is 2.01866116.
finds lynx-hare 1 2.0187
finds lynx-hare 2 2.0187
finds sir 1 3590.28192
finds alpha-pinene 1 19.87217 'TargetCost(19.8721669342, atol=1e-6) | MaxFuncCalls(50000)'
finds schwefel 1 -8379.656
finds rastrigin 1 1e-8
finds lennard-jones 1 -44.3267
finds command 1 2.03
if [ "$compiled" = yes ]; then
  finds function 1 2.0187
  finds server 1 2.0187
fi
if [ "$with_python" = yes ]; then finds python 1 0.1918712; fi

finish
