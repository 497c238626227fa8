#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A deterministic run is the same to the last bit in every backend, on one core and on two, in every repetition: with
# optimizers that block, are frozen and revived, want residuals and gradients, work on several points at once; and
# whatever part of it is gone through again; and where optimizers end with the first evaluation that fails.
# REPETITIONS=N repeats each N times.
. "${GLOMPO_TEST_SRCDIR:-.}/tests/lib.sh"
GLOMPO_PLUGIN_PATH=$builddir/tests/fixtures/.libs; export GLOMPO_PLUGIN_PATH
cd "$scratch" || exit 1

job () { # HUNTING GENERATOR SELECTOR [SEED EVALUATIONS]
  cat <<END
[glompo]
max_jobs = 4
seed = ${4:-11}
deterministic = true
convergence = MaxFuncCalls(${5:-1500})
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
# Here one ends by itself while others have all the leave that is left.
job 'hunters = EvaluationsUnmoving(50, tol=0.05)' 'IncumbentGenerator()' 'CycleSelector()' 833328 1200 >ended.ini

# On which processors a run may be, as far as there are some.
cores=all
for set in 0 0,1; do
  if taskset -c $set true 2>/dev/null; then cores="$cores $set"; fi
done

# resume_cut KIND: how often the run differs when it goes on from a place in its journal.
resume_cut () {
  size=$(stat -c %s "$1/journal.glompo") at=20000 differ=0
  while [ $at -lt "$size" ]; do
    rm -rf cut; mkdir cut; head -c $at "$1/journal.glompo" >cut/journal.glompo
    "$builddir/glompo-run" -q --resume cut 2>err || cat err
    journal cut | cmp -s - "$1.txt" || differ=$((differ + 1))
    at=$((at + 15777))
  done
  echo $differ
}

for kind in frozen hunted ended; do
  "$builddir/glompo-run" -q -o "$kind" "$kind.ini" 2>err || cat err
  journal "$kind" >"$kind.txt"
  calls=$(sed -n 's/.*MaxFuncCalls(\(.*\))/\1/p' "$kind.ini")
  check "$kind: there is something to compare" [ "$(grep -c '"record":"evaluation"' "$kind.txt")" = "$calls" ]
  check "$kind: the same when it goes on from anywhere" same "$(resume_cut "$kind")" 0
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

# repeat NAME: how often the run differs with the time that evaluations take.
repeat () {
  i=0 differ=0
  while [ $i -lt $((3 * ${REPETITIONS:-1})) ]; do
    i=$((i + 1)); rm -rf again
    "$builddir/glompo-run" -q -o again --set task.seconds=0.000$((i % 3)) "$1.ini" 2>err || cat err >&2
    journal again >again.txt
    [ $i != 1 ] || cp again.txt "$1.txt"
    cmp -s again.txt "$1.txt" || differ=$((differ + 1))
  done
  echo $differ
}

# on_failure = stop: which evaluations are recorded does not depend on which of those made at once ended first.
for backend in threads processes_forced; do
  for group in 'cmaes threads' 'random processes'; do
    cat >failing.ini <<END
[glompo]
max_jobs = 8
seed = 5
deterministic = true
backend = $backend
convergence = MaxFuncCalls(400)
on_failure = stop
[task]
plugin = task-trouble
trouble = nan
every = 30
[optimizer many]
plugin = ${group% *}
workers = 4
workers_backend = ${group#* }
END
    differ=$(repeat failing)
    check "$backend, ${group#* }: optimizers end with the failed evaluation" \
      [ "$(grep -c 'failed and on_failure is stop' failing.txt)" -ge 8 ]
    check "$backend, ${group#* }: the same however long evaluations take" [ $differ = 0 ]
  done
done

# What is hunted gets the order at any time: it shows neither in a further attempt nor in the last metrics.
for kind in 'threads threads' 'processes_forced processes' 'threads serial'; do
  cat >retried.ini <<END
[glompo]
max_jobs = 12
seed = 4
deterministic = true
backend = ${kind% *}
convergence = MaxFuncCalls(600)
hunters = MinFuncCalls(8)
hunt_frequency = 7
on_failure = retry(50)
[task]
plugin = task-trouble
trouble = nan
every = 2
[optimizer many]
plugin = cmaes
population = 4
workers = 2
workers_backend = ${kind#* }
END
  differ=$(repeat retried)
  check "$kind: hunted, the same however long evaluations take" [ $differ = 0 ]
  check "$kind: many were" [ "$(grep -c '"state":"hunted"' retried.txt)" -ge 20 ]
  check "$kind: every point was tried again until it had a value" [ "$(grep -c '"status":"failed"' retried.txt)" = 0 ]
done
GLOMPO_WITNESS=$scratch/witness "$builddir/glompo-run" -q -o late --set task.late=1197 ended.ini 2>err || cat err
journal late >late.txt
check "ended: the same when the last evaluations take their time" cmp -s late.txt ended.txt
check "one of them froze and revived" grep -q '"record":"revive"' frozen.txt
check "the other hunted" grep -q '"verdict":"stop"' hunted.txt
finish
