#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Tasks that turn on what their process has from its parent: they harm nobody, or cost one evaluation.
. "${GLOMPO_TEST_SRCDIR:-.}/tests/lib.sh"

GLOMPO_PLUGIN_PATH=$builddir/tests/fixtures/.libs
export GLOMPO_PLUGIN_PATH

cat >"$scratch/rude.ini" <<'END'
[glompo]
max_jobs = 4
backend = processes_forced
seed = 1
convergence = MaxFuncCalls(400)
end_timeout = 60

[task]
plugin = task-rude

[optimizer some]
plugin = random
END

# job MANNER LEVEL2 [KEY=VALUE]...: a hang ends with exit code 124.
job () {
  manner=$1 level2=$2; shift 2
  for pair; do shift; set -- "$@" --set "$pair"; done
  [ "$level2" = serial ] && workers=1 || workers=4
  run timeout -k 5 300 "$builddir/glompo-run" --output "$scratch/run" --overwrite \
    --set task.manner="$manner" --set "optimizer some.workers=$workers" \
    --set "optimizer some.workers_backend=$level2" "$@" "$scratch/rude.ini"
}

# Memory that is shared with the manager can neither be cut off nor written to by its descriptor, and no copy of
# a process has it.
for level2 in serial processes; do
  for manner in cut scribble close copy trace-me; do
    job $manner $level2
    expect "$manner, $level2" 0 'Finished' 'Evaluations: 400 in' ' 0 failed'
    check "$manner, $level2: costs nothing" test "$(grep -c 'without a value' "$scratch/out")" = 0
  done
done

# One that is traced stays a zombie for its parent as long as the tracer wants.
job be-traced processes glompo.evaluation_timeout=0.5 task.every=100
expect 'evaluators that are held by another process' 0 'Finished' 'Evaluations: 400 in' ' 0 failed'
job be-traced serial glompo.evaluation_timeout=0.5 task.every=100
expect 'optimizers that are held by another process' 0 'Finished' 'Evaluations: 400 in'

# An evaluator that dies between two evaluations, after good ones, is replaced however often that happens:
# with four points in a generation each of four has one to the end.
job die-later processes 'optimizer some.plugin=cmaes' 'optimizer some.population=4' task.every=8 \
  'glompo.convergence=MaxFuncCalls(240)'
expect 'evaluators that die when they have nothing to do' 0 'Finished' 'Evaluations: 240 in' ' 0 failed'
at_work=$(tail -n 40 "$scratch/run/optimizer_printstreams/0001.out" | sort -u | wc -l)
check 'evaluators that die when they have nothing to do: all are replaced' same "$at_work" 4

# The point that waits at the place of an evaluator which is never made waits for the next one.
job hang-once processes 'optimizer some.plugin=cmaes' task.note="$scratch/note" glompo.task_timeout=5
expect 'an evaluator that hangs while it is made' 0 'Finished' 'Evaluations: 400 in' ' 0 failed' \
  'an evaluator of it was not made within task_timeout, and was killed'
check 'an evaluator that hangs while it is made: costs no evaluation' \
  test "$(grep -c 'without a value' "$scratch/out")" = 0
finish
