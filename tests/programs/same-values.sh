#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# One fit done in five ways, as plugin, function, command, server and in Python: the same points from the same
# seed, and the same values to the last bit.
. "${GLOMPO_TEST_SRCDIR:-.}/tests/lib.sh"
PYTHONDONTWRITEBYTECODE=1; export PYTHONDONTWRITEBYTECODE

cp "$srcdir/data/furs.c" "$srcdir/data/furs.py" "$scratch"
cc=$(sed -n 's/^CC = //p' "$builddir/Makefile" | head -n 1)
# shellcheck disable=SC2086
compile () { ${cc:-cc} -O2 -ffp-contract=off "$@" "$scratch/furs.c" -lm; }
if ! compile -o "$scratch/furs" || ! compile -shared -fPIC -o "$scratch/libfurs.so"; then
  skip 'no compiler here'
  finish
fi

# first FILE: values and points of the first 100 evaluations; numbers read back to the same bits.
first () { "$builddir/glompo-log" --csv "$1" | sed -n '2,101p' | cut -d, -f7-14; }

# fit NAME OPTIMIZER: lines of [task] on standard input.
fit () {
  cat >"$scratch/$1.ini" <<END
[glompo]
max_jobs = 1
seed = 11
convergence = MaxFuncCalls(100)
backend = $backend

[optimizer it]
plugin = $2

[task]
$(cat)
END
  if [ "$1" != plugin ] && [ "$1" != python ]; then
    cat >>"$scratch/$1.ini" <<END

[parameters]
alpha = 0.1, 1.5
beta = 0.002, 0.1
gamma = 0.1, 1.5
delta = 0.002, 0.1
hare0 = 5, 100
lynx0 = 1, 30
END
  fi
  rm -rf "$scratch/run"
  run timeout 500 "$builddir/glompo-run" --quiet --json --overwrite --output "$scratch/run" "$scratch/$1.ini"
  expect "$2 in $backend: $1" 0 '"evaluations":100'
  first "$scratch/run" >"$scratch/values-$1"
  check "$2 in $backend: $1: 100 values" test "$(grep -c '^evaluated,' "$scratch/values-$1")" = 100
  check "$2 in $backend: $1: they are the plugin's to the last bit" cmp "$scratch/values-plugin" "$scratch/values-$1"
}

in_all_ways () {
  fit plugin "$1" <<END
plugin = lynx-hare
END
  fit function "$1" <<END
plugin = function
file = libfurs.so
END
  fit command "$1" <<END
plugin = command
program = ./furs
END
  fit server "$1" <<END
plugin = server
program = ./furs
protocol = text
END
  if [ -e "$builddir/plugins/.libs/python.so" ]; then
    fit python "$1" <<END
plugin = python
module = furs
END
  else
    skip "$1: the task python was not built"
  fi
}

backend=processes
in_all_ways cmaes
in_all_ways random
backend=threads
in_all_ways neldermead

finish
