#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# glompo-run with broken plugins: each gives its own message and none takes the program down.
. "${GLOMPO_TEST_SRCDIR:-.}/tests/lib.sh"

GLOMPO_PLUGIN_PATH=$builddir/tests/fixtures/.libs
export GLOMPO_PLUGIN_PATH
fixtures=$srcdir/tests/fixtures

# job NAME [ARGUMENT...]: runs the ini file of that fixture; a hang ends with exit code 124.
job () {
  name=$1; shift
  run timeout -k 5 20 "$builddir/glompo-run" --output "$scratch/run" --overwrite "$@" "$fixtures/$name.ini"
}

# refused NAME TEXT...: nothing starts with a plugin that cannot be loaded.
refused () {
  plugin=$1; shift
  rm -rf "$scratch/run"
  job never-stops --set "optimizer broken.plugin=$plugin"
  expect "$plugin is refused" 2 "$plugin.so: " "$@"
  check "$plugin: nothing was started" test ! -e "$scratch/run"
}

refused no-symbol 'does not export glompo_plugin_entry'
refused wrong-major 'built for plugin ABI 2.7, wanted 1.x'
refused newer-minor 'built for plugin ABI 1.3, wanted at most 1.2'
refused short-struct 'a struct size of'
refused wrong-name 'calls itself "another-name", wanted "wrong-name"'
refused missing-slot 'the function "tell" is missing'
refused both-ways 'it has both the function "run" and the function "ask"'
refused bad-options 'option population: the default'
refused crash-constructor 'crashed with signal' 'while it was loaded'
refused hang-constructor 'did not finish loading'

job nan-points
expect 'points that are NaN' 0 'optimizer 1 (nan-points) failed after 16 evaluations' \
  'asked for a point that is not finite: x3 = nan' '4 started' 'optimizer 3 (nan-points) failed'
job nan-points --set 'optimizer broken.value=inf'
expect 'points that are infinite' 0 'asked for a point that is not finite: x3 = inf' 'optimizer 3 (nan-points) failed'
job outside-points
expect 'points outside the bounds' 0 'asked for a point outside the bounds: x1 = 5.1, wanted -5 to 5' 'optimizer 3 (outside-points) failed'
job wrong-count
expect 'more points than asked for' 0 'ask returned 1025 for a room of 1024 points' 'optimizer 3 (wrong-count) failed'
job wrong-count --set 'optimizer broken.count=negative'
expect 'a number of points that means nothing' 0 'ask returned -7 for a room of 1024 points' 'optimizer 3 (wrong-count) failed'

job never-stops --set 'optimizer broken.plugin=same-id' --set 'optimizer broken.workers=2' \
  --set glompo.max_jobs=2 --set glompo.convergence='MaxFuncCalls(500) | MaxOptsStarted(4)'
expect 'the same id for two points that are out' 0 \
  'its ask gave the id 7 to a point, which another one has that is out' 'failed after 0 evaluations, best none'

job never-stops
expect 'an optimizer without end' 0 'Evaluations: 500 in' '1 started' '0 failed'
job never-returns
expect 'an optimizer that hangs' 0 'did not end in time' 'Evaluations: 16 in' '1 failed'

# The compatibility check says what threads cannot do; the processes backend can.
job crash-create
expect 'crash in create: found before anything starts' 2 \
  'crash-create.ini:14: [optimizer broken]: optimizer crash-create: crashed with signal' 'while an instance was made'
for part in create ask tell; do
  [ $part = create ] && set -- --set 'optimizer broken.where=run' || set --
  job crash-$part "$@" --check
  expect "crash in $part: announced for threads" 0 'a crash there takes the whole program down'
  job crash-$part "$@" --set glompo.backend=processes
  if grep -qF 'runs optimizers as threads only' "$scratch/err"; then
    skip "crash in $part: there is no processes backend yet"
  else
    expect "crash in $part: costs one optimizer" 0 '4 started' "optimizer 3 (crash-$part) failed"
  fi
done

job never-stops --set 'optimizer broken.plugin=crash-destroy' --set glompo.backend=processes \
  --set glompo.convergence='NOptConverged(2)'
expect 'crash in destroy: is told, and costs nothing' 0 '2 converged' \
  'optimizer 1 (crash-destroy): its process was killed by signal 6' 'after its end, when it was freed'

# What it makes of signals while it is loaded is undone: neither the manager nor the supervisor misses a death.
printf '%s\n' '[glompo]' 'max_jobs = 2' 'seed = 1' 'convergence = NOptConverged(4)' '[task]' 'plugin = load-deaf' \
  'label = x' '[optimizer some]' 'plugin = random' 'iters = 50' >"$scratch/deaf.ini"
for backend in threads processes; do
  run timeout -k 5 120 "$builddir/glompo-run" --output "$scratch/run" --overwrite --set glompo.backend=$backend \
    "$scratch/deaf.ini"
  expect "$backend: one that wants to hear of no signal" 0 'Finished: NOptConverged' ' 0 failed'
done
finish
