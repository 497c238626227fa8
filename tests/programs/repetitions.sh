#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A deterministic run is the same to the last bit in every backend, on one core and on two, in every repetition: with
# optimizers that block, are frozen and revived, want residuals and gradients, work on several points at once.
# REPETITIONS=N repeats each N times.
. "${GLOMPO_TEST_SRCDIR:-.}/tests/lib.sh"
GLOMPO_PLUGIN_PATH=$builddir/tests/fixtures/.libs; export GLOMPO_PLUGIN_PATH
cd "$scratch" || exit 1

job () { # HUNTING GENERATOR SELECTOR
  cat <<END
[glompo]
max_jobs = 4
seed = 11
deterministic = true
convergence = MaxFuncCalls(1500)
$1
generator = $2
selector = $3
hunt_frequency = 40
share_best_solutions = true
[task]
plugin = task-witness
[optimizer blk]
plugin = blocking
[optimizer cma]
plugin = cmaes
[optimizer nm]
plugin = neldermead
[optimizer rnd]
plugin = random
workers = 2
workers_backend = threads
[optimizer two]
plugin = blocking
workers = 2
workers_backend = threads
END
}
job 'freezers = EvaluationsUnmoving(30, tol=0.1)' 'RandomGenerator()' 'CycleSelector(revive=turns)' >frozen.ini
job 'hunters = ValueAnnealing(0.2) | Patience(BestUnmoving(30), n=2)' 'Annealing()' 'Bandit()' >hunted.ini

# On which processors a run may be, as far as there are some.
cores=all
for set in 0 0,1; do
  if taskset -c $set true 2>/dev/null; then cores="$cores $set"; fi
done

for kind in frozen hunted; do
  "$builddir/glompo-run" -q -o "$kind" "$kind.ini" 2>err || cat err
  journal "$kind" >"$kind.txt"
  check "$kind: there is something to compare" [ "$(grep -c '"record":"evaluation"' "$kind.txt")" = 1500 ]
  for backend in threads processes processes_forced; do
    for set in $cores; do
      pinned="taskset -c $set"; [ "$set" = all ] && pinned=
      i=0 differ=0
      while [ $i -lt "${REPETITIONS:-1}" ]; do
        i=$((i + 1)); rm -rf again
        $pinned "$builddir/glompo-run" -q -o again --set glompo.backend=$backend --set task.delay=0.000$((i % 3)) \
          "$kind.ini" 2>err
        journal again | cmp -s - "$kind.txt" || differ=$((differ + 1))
      done
      check "$kind: the same in $backend on processors: $set, $i times" [ $differ = 0 ]
    done
  done
done
check "one of them froze and revived" grep -q '"record":"revive"' frozen.txt
check "the other hunted" grep -q '"verdict":"stop"' hunted.txt
finish
