#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# evaluation_timeout where the evaluation shares the process of its optimizer. (Evaluators in processes of
# their own are the subject of tests/faults.)
. "${GLOMPO_TEST_SRCDIR:-.}/tests/lib.sh"

# job DELAY LIMIT EVALUATIONS [GROUP-LINE...]: evaluations that sleep for DELAY seconds.
job () {
  cat >"$scratch/job.ini" <<EOF
[glompo]
max_jobs = 6
seed = 1
backend = processes
evaluation_timeout = $2
end_timeout = 20
convergence = MaxFuncCalls($3)
[task]
plugin = benchmark
function = sphere
dims = 2
delay = $1
[optimizer a]
plugin = random
EOF
  shift 3
  printf '%s\n' "$@" >>"$scratch/job.ini"
  run timeout -k 5 60 "$builddir/glompo-run" --overwrite --output "$scratch/run" "$scratch/job.ini"
}

why='an evaluation took longer than evaluation_timeout and was killed with the process of its optimizer'
job 1000 0.2 100
expect 'serial: the optimizer is killed' 1 "$why" 'ended before their first evaluation'
job 1000 0.2 100 'workers = 3'
expect 'threads: the optimizer is killed' 1 "$why" 'ended before their first evaluation'
run "$builddir/glompo-run" --check "$scratch/job.ini"
expect 'the check says so' 0 'T5' 'the whole optimizer is lost with it' 'workers_backend = processes'

# Each evaluation has the whole time; that of several together is no matter.
job 0.1 1.5 25 'workers = 6' 'workers_backend = serial'
expect 'serial: quick ones are left alone' 0 'Evaluations: 25 in' '0 failed'
job 0.1 1.5 150 'workers = 6'
expect 'threads: quick ones are left alone' 0 'Evaluations: 150 in' '0 failed'
finish
