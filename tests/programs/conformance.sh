#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The conformance program finds the faults of the broken plugins, and survives them.
. "${GLOMPO_TEST_SRCDIR:-.}/tests/lib.sh"

conformance=$builddir/tests/conformance/conformance
fixtures=$builddir/tests/fixtures/.libs

# fault NAME TEXT: the plugin NAME fails, and TEXT says why.
fault () {
  run "$conformance" --deadline 20 "$fixtures/$1.so"
  expect "$1 is found out" 1 "$2"
}

fault no-symbol 'FAILED: load:'
fault wrong-major 'it was built for plugin ABI 2.7'
fault nan-points 'asked for a point that is not finite'
fault outside-points 'asked for a point outside the bounds'
fault wrong-count 'for a room of'
fault crash-create 'in options.create'
fault crash-ask 'in optimizer.'
fault crash-tell 'in optimizer.'
fault crash-constructor 'in load'

run "$conformance" --deadline 1 "$fixtures/hang-constructor.so"
expect 'a hang at load is ended' 1 'hung in load' '0 passed, 1 failed, 0 skipped'
run "$conformance" --deadline 1 --only 'optimizer.points.*' "$fixtures/never-returns.so"
expect 'a hang in tell is ended' 1 'hung in optimizer.points.'

run "$conformance" "$fixtures/never-stops.so"
expect 'a sound plugin passes, what it lacks is skipped' 0 \
  'skipped: never-stops optimizer.metrics.count: no metrics' '0 failed'
run "$conformance" "$fixtures/crash-tell.so" "$fixtures/never-stops.so"
expect 'a crash does not keep the next plugin from its tests' 1 \
  'FAILED: ' 'ok: never-stops optimizer.points.n-100'
run "$conformance" --list --only 'task.*'
expect 'names are listed' 0 'task.target.minimum'
check 'and only those that match' test "$(grep -c '^optimizer' "$scratch/out")" = 0
run "$conformance" --no-such-option
expect 'a wrong option is a usage error' 2 'no-such-option'
finish
