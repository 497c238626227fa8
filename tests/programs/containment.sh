#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Whatever an evaluation or an optimizer does to its process costs that optimizer, or that evaluation, and
# nothing else; and it is told: in the messages, in the journal, in the summary.
. "${GLOMPO_TEST_SRCDIR:-.}/tests/lib.sh"

GLOMPO_PLUGIN_PATH=$builddir/tests/fixtures/.libs
export GLOMPO_PLUGIN_PATH
dir=$scratch/run
summary=$dir/glompo_manager_log.yml
streams=$dir/optimizer_printstreams
grep -q '^#define GLOMPO_SANITIZED 1' "$builddir/config.h" && sanitized=1 || sanitized=
unset OMP_NUM_THREADS OPENBLAS_NUM_THREADS MKL_NUM_THREADS

cat >"$scratch/usual.ini" <<'END'
[glompo]
max_jobs = 4
backend = processes
seed = 1
convergence = MaxFuncCalls(2000)
end_timeout = 60

[task]
plugin = task-trouble
every = 400

[optimizer some]
plugin = random
iters = 500
END

# An optimizer that does not return from its second tell.
cat >"$scratch/silent.ini" <<'END'
[glompo]
max_jobs = 1
backend = processes
seed = 1
convergence = MaxFuncCalls(100)
force_terminations_after = 0.3

[task]
plugin = task-trouble

[optimizer broken]
plugin = never-returns
END
ini=$scratch/usual.ini

# job [KEY=VALUE]...: runs the job with these keys; a hang ends with exit code 124.
job () {
  for pair; do shift; set -- "$@" --set "$pair"; done
  run env GLOMPO_CONTAINMENT=$$ timeout -k 5 300 "$builddir/glompo-run" --verbose --output "$dir" --overwrite \
    "$@" "$ini"
  after_job
}

after_job () {
  if [ -e "$summary" ]; then tr -s '\n ' ' ' <"$summary" >"$scratch/summary"; fi
  "$builddir/glompo-log" "$dir" >"$scratch/log" 2>"$scratch/log.err" || fail 'the journal can be read'
  eventually no_offspring || fail "something of the job is left: $(offspring | tr '\n' ' ')"
}

# What bears the mark of our jobs: nothing, soon after the end.
offspring () { grep -lsa "GLOMPO_CONTAINMENT=$$" /proc/[0-9]*/environ; }
no_offspring () { [ -z "$(offspring)" ]; }

# told NAME TEXT: the messages, the journal and the summary say it.
told () {
  check "$1: told in the messages" grep -qF -e "$2" "$scratch/err"
  check "$1: told in the journal" grep -qF -e "$2" "$scratch/log"
  # A long line is folded there.
  check "$1: told in the summary" grep -qF -e "$2" "$scratch/summary"
}

# count TEXT FILE
count () { grep -cF -e "$1" "$2"; }

# ---- deaths of an optimizer's process ----

# (lib.sh has its own name, text and wanted.)
death () { # TROUBLE TEXT [KEY=VALUE]...
  trouble=$1 words=$2; shift 2
  job task.trouble="$trouble" "$@"
  expect "$trouble: the run goes on" 0 'Finished' 'Evaluations: 2000 in'
  told "$trouble" "$words"
}

death exit0 'its process left in mid-run with exit code 0'
death exit3 'its process exited in mid-run with code 3'
death abort 'its process was killed by signal 6'
death segfault 'its process was killed by signal 11'
death bus 'its process was killed by signal 7'
death cpu 'its process was killed by signal 24' task.every=1000 glompo.max_jobs=1
if [ -z "$sanitized" ]; then
  death overflow 'its process was killed by signal 11'
  death memory 'its process was killed by signal 11' glompo.worker_memory_limit=100
  sed 's/= random/= cmaes/; /^iters/d' "$ini" >"$scratch/cmaes.ini"
  ini=$scratch/cmaes.ini
  job glompo.worker_memory_limit=60
  ini=$scratch/usual.ini
  expect 'a memory limit below what OpenBLAS takes for itself' 0 'Finished' ' 0 failed'
else
  skip 'a stack overflow: the sanitizer has stacks of its own'
  skip 'a memory limit: the sanitizer needs more than any'
fi
job task.trouble=segfault 'optimizer some.workers=2'
expect 'a death with threads beside it' 0 'Finished' 'Evaluations: 2000 in'

# ---- deaths of evaluators: each costs one evaluation ----

evaluator_death () { # BACKEND TROUBLE TEXT [KEY=VALUE]...
  what="$1, $2 of evaluators" words="evaluation failed: its process $3" backend=$1 trouble=$2; shift 3
  job glompo.backend=$backend task.trouble=$trouble 'optimizer some.workers=2' \
    'optimizer some.workers_backend=processes' "$@"
  expect "$what" 0 'Finished' 'Evaluations: 2000 in' ' 0 failed'
  deaths=$(count "$words" "$scratch/err")
  check "$what: told" test "$deaths" -gt 0
  check "$what: each is one failed evaluation" grep -qF ", $deaths of them without a value" "$scratch/out"
  check "$what: each in the journal" test "$(count "$words" "$scratch/log")" = "$deaths"
}

for backend in threads processes_forced; do
  evaluator_death $backend exit0 'exited in mid-run with code 0'
  evaluator_death $backend exit3 'exited in mid-run with code 3'
  evaluator_death $backend abort 'was killed by signal 6'
  evaluator_death $backend segfault 'was killed by signal 11'
done

if [ -z "$sanitized" ]; then
  evaluator_death threads memory 'was killed by signal 11' glompo.worker_memory_limit=100
fi

# ---- twenty thousand evaluations, a crash in 1 of 500 ----

job task.trouble=segfault task.every=500 'glompo.convergence=MaxFuncCalls(20000)' 'optimizer some.iters=0'
expect 'a crash in 1 of 500 evaluations' 0 'Finished' 'Evaluations: 20000 in'
deaths=$(sed -n 's/.* stopped by hunters, \([0-9]*\) failed$/\1/p' "$scratch/out")
words='its process was killed by signal 11'
check 'a crash in 1 of 500: there were about 40' test "$deaths" -ge 15 -a "$deaths" -le 80
check 'a crash in 1 of 500: each in the messages' test "$(count "$words" "$scratch/err")" = "$deaths"
check 'a crash in 1 of 500: each in the summary' test "$(count "$words" "$summary")" = "$deaths"
ends=$("$builddir/glompo-log" --jsonl "$dir" | grep '"optimizer-ended"' | count "$words" -)
check 'a crash in 1 of 500: each in the journal' test "$ends" = "$deaths"
advice='a crash of the task costs one evaluation only'
check 'a crash in 1 of 500: what it need not cost is said once' test "$(count "$advice" "$scratch/err")" = 1
check 'a crash in 1 of 500: but is no reason of an end' \
  sh -c "! '$builddir/glompo-log' --jsonl '$dir' | grep '\"optimizer-ended\"' | grep -qF '$advice'"
run "$builddir/glompo-run" --resume "$dir" --set 'glompo.convergence=MaxFuncCalls(30000)'
expect 'resumed, it crashes again' 0 'Evaluations: 30000 in' "$words"
check 'and nothing is said twice' test "$(count "$advice" "$scratch/err")" = 0
job task.trouble=exit3
check 'there is no such advice for an exit' test "$(count "$advice" "$scratch/err")" = 0
ini=$scratch/silent.ini
job glompo.backend=processes_forced glompo.force_terminations_after=0 'optimizer broken.plugin=crash-tell' \
  'optimizer broken.workers_backend=processes'
check 'an optimizer crashes with its evaluators in processes' \
  grep -qF 'its process was killed by signal 6' "$scratch/err"
check 'there is no advice for what is so already' test "$(count "$advice" "$scratch/err")" = 0
ini=$scratch/usual.ini

# ---- time limits ----

job glompo.backend=processes_forced task.trouble=hang task.every=500 glompo.evaluation_timeout=0.2 \
  'glompo.convergence=MaxFuncCalls(6000)' 'optimizer some.workers=2' 'optimizer some.workers_backend=processes'
expect 'a hang in 1 of 500 evaluations' 0 'Finished' 'Evaluations: 6000 in' ' 0 failed'
words='took longer than evaluation_timeout and was killed'
check 'a hang in 1 of 500: told in the messages' grep -qF "$words" "$scratch/err"
check 'a hang in 1 of 500: each in the journal' test "$(count "$words" "$scratch/log")" = "$(count "$words" "$scratch/err")"

ini=$scratch/silent.ini
job
expect 'an optimizer that falls silent' 0 'Finished' 'Evaluations: 100 in'
told 'an optimizer that falls silent' 'it gave no sign of life within force_terminations_after'
for kind in threads processes; do
  job glompo.backend=processes_forced glompo.max_jobs=2 'glompo.convergence=MaxFuncCalls(40)' \
    'optimizer broken.workers=2' "optimizer broken.workers_backend=$kind"
  expect "one with evaluators in $kind that falls silent" 0 'Finished' 'Evaluations: 40 in'
  told "one with evaluators in $kind that falls silent" 'it gave no sign of life within force_terminations_after'
done
job 'glompo.convergence=MaxFuncCalls(16)' glompo.end_timeout=60
expect 'a stop that is not obeyed' 0 'Finished' 'Evaluations: 16 in'
told 'a stop that is not obeyed' 'it did not obey a stop within force_terminations_after'
job glompo.force_terminations_after=0 glompo.end_timeout=0.3 'glompo.convergence=MaxFuncCalls(16)'
expect 'an end that takes too long' 0 'Finished'
told 'an end that takes too long' 'it did not end in time'
ini=$scratch/usual.ini
job task.seconds=2.5 glompo.force_terminations_after=1.2 'glompo.convergence=MaxFuncCalls(6)' glompo.max_jobs=2
expect 'an evaluation under way is no silence' 0 'Evaluations: 6 in' ' 0 failed'

# The one that hangs in its tell is hunted; only killing it lets the run go on. One that hangs and has the best value
# of all is spared, and may be waited for at the end.
cat >"$scratch/hunted.ini" <<'END'
[glompo]
max_jobs = 2
backend = processes
seed = 1
aggressive_kill = true
hunters = MinSeconds(0.05) & Stalled(0.05)
hunt_frequency = 1
convergence = MaxFuncCalls(300)
end_timeout = 5

[task]
plugin = task-trouble
seconds = 0.01

[optimizer broken]
plugin = never-returns

[optimizer some]
plugin = random
iters = 0
END
ini=$scratch/hunted.ini
job
expect 'hunted ones are killed at once' 0 'Finished' 'Evaluations: 300 in'
told 'hunted ones are killed at once' '; then: its process was killed by the manager'
ini=$scratch/usual.ini

# ---- failed evaluations ----

job task.trouble=nan task.every=20
expect 'NaN: penalty' 0 'Evaluations: 2000 in' 'of them without a value' ' 0 failed'
job task.trouble=nan task.every=20 'glompo.on_failure=retry(5)'
expect 'NaN: tried again' 0 'Evaluations: 2000 in' ' 0 failed'
check 'NaN: tried again until there was a value' test "$(count 'without a value' "$scratch/out")" = 0
job task.trouble=nan glompo.on_failure=stop
expect 'NaN: stop' 0 'Evaluations: 2000 in'
told 'NaN: stop' 'failed and on_failure is stop'

# ---- a loop of crashes ----

job task.trouble=segfault task.every=1
expect 'every optimizer dies at once' 1 'optimizers in a row ended before their first evaluation' \
  'was killed by signal 11'
job task.trouble=abort task.at=create
expect 'every optimizer dies before it is made' 1 'optimizers in a row ended before their first evaluation' \
  'was killed by signal 6'
job glompo.backend=processes_forced task.trouble=exit3 task.at=create 'optimizer some.workers=2' \
  'optimizer some.workers_backend=processes'
expect 'every evaluator dies at once' 1 'optimizers in a row ended before their first evaluation' \
  'all its evaluators died, one after the other; the process of one exited in mid-run with code 3'

# The point that it was given is evaluated by the other one, with the leave that there is for it.
sed '/^iters/d; s/= random/= cmaes/' "$ini" >"$scratch/batches.ini"
for points in usual batches; do
  ini=$scratch/$points.ini
  for deterministic in false true; do
    job glompo.backend=processes_forced task.trouble=exit3 task.at=second task.seconds=0.02 \
      'glompo.convergence=MaxFuncCalls(9)' glompo.max_jobs=2 glompo.deterministic=$deterministic \
      'optimizer some.workers=2' 'optimizer some.workers_backend=processes'
    expect "an evaluator is never made: $points, deterministic $deterministic" 0 'Evaluations: 9 in' ' 0 failed'
  done
done
ini=$scratch/usual.ini

# ---- print streams ----

job
check 'nothing printed, no streams' test ! -e "$streams"
job task.print=100 glompo.printstream_limit=0.001 'glompo.convergence=MaxFuncCalls(500)' glompo.max_jobs=1
check 'a stream of each kind' test -s "$streams/0001.out" -a -s "$streams/0001.err"
check 'a stream is cut, and says so' grep -qF 'more bytes, printstream_limit]' "$streams/0001.out"
size=$(wc -c <"$streams/0001.out")
check 'a stream is cut at its limit' test "$size" -gt 1000 -a "$size" -lt 1200
job glompo.backend=processes_forced task.print=64 'glompo.convergence=MaxFuncCalls(10)' \
  'optimizer some.workers=2' 'optimizer some.workers_backend=processes'
check 'evaluators print into the stream of their optimizer' test "$(cat "$streams"/*.out | wc -c)" -ge 640

# ---- surroundings ----

# A name that is not UTF-8, as any bytes may be one.
odd=$scratch/$(printf 'caf\351')
mkdir "$odd"
cp "$scratch/usual.ini" "$odd/"
usual=$dir
for backend in processes processes_forced; do
  dir=$odd/run ini=$odd/usual.ini summary=$odd/run/glompo_manager_log.yml
  job glompo.backend=$backend task.print=10 glompo.private_directories=true task.write=true \
    "optimizer some.workers_backend=$([ $backend = processes ] && echo threads || echo processes)" \
    'optimizer some.workers=2'
  expect "$backend: names that are not UTF-8" 0 'Finished' 'Evaluations: 2000 in' ' 0 failed'
  check "$backend: names that are not UTF-8: streams" test -s "$dir/optimizer_printstreams/0001.out"
done
dir=$usual ini=$scratch/usual.ini summary=$usual/glompo_manager_log.yml

# What a task has to say reaches the journal, wherever it runs; and it learns that it is to end.
for way in threads/serial threads/threads threads/processes processes/serial processes/threads \
  processes_forced/processes; do
  [ "${way#*/}" = serial ] && workers=1 || workers=2
  job glompo.backend="${way%/*}" "optimizer some.workers_backend=${way#*/}" "optimizer some.workers=$workers" \
    task.tell=true task.trouble=wait task.every=100 'glompo.convergence=MaxSeconds(overall_max=0.5)' glompo.end_timeout=60
  expect "$way: a task that waits for its end" 0 'Finished' ' 0 failed'
  if [ "${way%/*}" = threads ] && [ "${way#*/}" != processes ]; then continue; fi # it looks for a process of its own
  check "$way: a line of the task in the journal" grep -q 'info.*optimizer 1.*: here is the task' "$scratch/log"
done

# Optimizer 1 has a share in these jobs even if the others are at work long before it.
all='glompo.spawn=MaxOptsStarted(4)'
nice=$(nice) # the tests may be run with some already
if [ -z "$sanitized" ]; then
  job "$all" task.tell=true glompo.nice=5 glompo.worker_memory_limit=4000 'optimizer some.workers=2' \
    'optimizer some.workers_backend=serial'
  check 'niceness, memory limit and thread counts reach the worker' \
    grep -qF "nice=$((nice + 5)) data=4194304000 omp=2 openblas=2" "$streams/0001.out"
fi
for backend in processes_forced threads; do
  job "$all" task.tell=true glompo.backend=$backend 'optimizer some.workers=2' \
    'optimizer some.workers_backend=processes' glompo.nice=3
  check "and the evaluators, $backend" grep -q "nice=$((nice + 3)) .* omp=1 openblas=1" "$streams/0001.out"
done

job "$all" task.tell=true task.write=true glompo.private_directories=true
check 'a directory for each optimizer' grep -qF "cwd=$dir/work/0001 " "$streams/0001.out"
check 'they are removed' test ! -e "$dir/work"
job "$all" task.write=true glompo.private_directories=true glompo.keep_directories=true
check 'or kept' test -n "$(ls "$dir/work/0001")"
job "$all" task.tell=true task.write=true glompo.private_directories=true glompo.backend=processes_forced \
  'optimizer some.workers=2' 'optimizer some.workers_backend=processes'
check 'a directory for each evaluator' grep -qF "cwd=$dir/work/0001-2 " "$streams/0001.out"
check 'they are removed as well' test ! -e "$dir/work"
job glompo.private_directories=true 'optimizer some.workers=2'
check 'those of threads in a process are removed' test ! -e "$dir/work"
job glompo.private_directories=true glompo.backend=threads 'optimizer some.workers=2'
check 'those of threads are removed' test ! -e "$dir/work"

# ---- signals ----

# start [KEY=VALUE]...: the job in a process group of its own, as a shell with job control does it; returns when
# it has workers. ($keeper, $supervisor, $worker)
start () {
  for pair; do shift; set -- "$@" --set "$pair"; done
  GLOMPO_CONTAINMENT=$$ setsid "$builddir/glompo-run" --verbose --output "$dir" --overwrite \
    --set 'glompo.convergence=MaxSeconds(600)' --set task.seconds=0.01 "$@" "$ini" \
    >"$scratch/out" 2>"$scratch/err" </dev/null &
  manager=$!
  eventually has_workers || fail 'the job has workers'
}
has_workers () {
  keeper=$(pgrep -P "$manager" glompo-keeper)
  supervisor=$(pgrep -P "${keeper:-0}" glompo-supervi)
  worker=$(pgrep -P "${supervisor:-0}" | head -n 1)
  [ -n "$supervisor" ] && [ -n "$worker" ]
}

state_of () { sed 's/.*) //; s/ .*//' "/proc/$1/stat"; }
stopped () { [ "$(state_of "$1")" = T ]; }
goes_on () { ! stopped "$1"; }
finished () { code=0; wait "$manager" || code=$?; after_job; }

if ! command -v pgrep >/dev/null; then
  skip 'signals: there is no pgrep'
  finish
fi

start; kill -INT -"$manager"; finished
expect 'SIGINT to the whole foreground group' 3 'Interrupted' ' 0 failed'
check 'SIGINT: the journal says it' grep -qF 'SIGINT' "$scratch/log"

# An optimizer whose evaluation hangs keeps the run from its end; the second signal does not wait. Each evaluation
# leaves a byte when it begins, so that those that ended and were not recorded would be missed.
start task.trouble=hang task.every=20 task.print=1 task.seconds=0.002 'optimizer some.iters=0' \
  'glompo.convergence=MaxSeconds(600)'
begun () { cat "$streams"/*.err 2>/dev/null | wc -c; }
hangs () { before=$(begun); sleep 1; [ "$before" -gt 0 ] && [ "$(begun)" = "$before" ]; }
eventually hangs; kill -INT -"$manager"
eventually grep -q 'once more ends at once' "$scratch/err"; kill -INT -"$manager"; finished
expect 'two SIGINT' 3 'Interrupted' 'ending at once' 'the run ended at once and did not wait for it'
begun=$(begun) recorded=$("$builddir/glompo-log" --jsonl "$dir" | grep -c '"record":"evaluation"')
check "two SIGINT: no evaluation is lost ($begun begun, $recorded recorded)" test "$((begun - recorded))" -le 4

start; kill -TERM -"$manager"; finished
expect 'SIGTERM to the whole group' 3 'Interrupted: SIGTERM' ' 0 failed'
start; kill -TERM "$manager" "$supervisor"; finished
expect 'SIGTERM to manager and supervisor' 3 'Interrupted: SIGTERM' ' 0 failed'

start; kill -KILL "$supervisor"; finished
expect 'the supervisor is killed' 1 'the supervisor of the worker processes ended unexpectedly' 'can be resumed'
check 'the supervisor is killed: the journal says it' grep -qF 'ended unexpectedly' "$scratch/log"
start glompo.backend=threads 'optimizer some.workers=2' 'optimizer some.workers_backend=processes' task.seconds=0.3
has_results () { "$builddir/glompo-log" --csv "$dir" | grep -q evaluated; }
eventually has_results; kill -KILL "$supervisor"; finished
expect 'the supervisor of evaluators is killed' 1 'the supervisor of the worker processes ended unexpectedly'
check 'what they were at is not recorded as failed' test "$("$builddir/glompo-log" --csv "$dir" | grep -c failed)" = 0
run "$builddir/glompo-run" --resume "$dir" --set 'glompo.convergence=MaxFuncCalls(24)'
expect 'but made when the run goes on' 0 'Evaluations: 24 in' ' 0 failed'

# Evaluators that die with no point in their hands are replaced as long as they make evaluations in between.
evaluators () { pgrep -P "$supervisor" | sort | tr '\n' ' '; }
evaluations () { "$builddir/glompo-log" --csv "$dir" | grep -c evaluated; }
start glompo.backend=threads glompo.max_jobs=2 'optimizer some.workers=2' 'optimizer some.workers_backend=processes' \
  'optimizer some.iters=0'
for death in 1 2 3 4; do
  wanted=$(($(evaluations) + 60)); go_on () { [ "$(evaluations)" -ge "$wanted" ]; }
  check "evaluators work after $((death - 1)) deaths" eventually go_on
  "$builddir/glompo-ctl" "$dir" pause >"$scratch/ctl"
  rests () { "$builddir/glompo-ctl" "$dir" status | grep -q 'State: paused'; }
  eventually rests || fail 'the run rests'
  before=$(evaluators); replaced () { [ "$(evaluators | wc -w)" = 2 ] && [ "$(evaluators)" != "$before" ]; }
  # shellcheck disable=SC2086
  kill -KILL $before
  eventually replaced || fail 'they are replaced'
  "$builddir/glompo-ctl" "$dir" resume >"$scratch/ctl"
done
kill -INT "$manager"; finished
expect 'evaluators that die while they rest' 3 'Interrupted: SIGINT' ' 0 failed'

# Whoever is left of these ends the rest, also what has left its family.
for victims in 'manager supervisor' 'manager keeper' 'keeper supervisor' keeper; do
  for children in daemon daemon-bare; do
    start glompo.backend=processes_forced 'optimizer some.workers=2' 'optimizer some.workers_backend=processes' \
      task.children=$children task.ignore_term=true glompo.private_directories=true 'glompo.convergence=MaxSeconds(600)'
    # shellcheck disable=SC2046
    kill -KILL $(for victim in $victims; do eval echo "\$$victim"; done)
    # shellcheck disable=SC2015
    code=0; wait "$manager" 2>/dev/null || code=$?
    after_job
    case "$victims" in manager*) wanted_code=137 ;; *) wanted_code=1 ;; esac
    check "$victims are killed, children $children: exit code $wanted_code, not $code" test $code = $wanted_code
    check "$victims are killed, children $children: directories are removed" test ! -e "$dir/work"
  done
done

# As Ctrl-Z and fg do it: the workers stop as well.
start 'glompo.convergence=MaxSeconds(600)' 'optimizer some.iters=0' task.seconds=0.3 glompo.force_terminations_after=6 \
  glompo.backend=processes_forced 'optimizer some.workers=2' 'optimizer some.workers_backend=processes' \
  glompo.evaluation_timeout=6
kill -STOP -"$manager" # SIGTSTP does nothing to a group without a shell
check 'Ctrl-Z stops the workers' eventually stopped "$worker"
sleep 8 # longer than the limits
kill -CONT -"$manager"; sleep 1; kill -INT -"$manager"; finished
expect 'Ctrl-Z is no fault of the optimizers' 3 'Interrupted: SIGINT' ' 0 failed'
check 'Ctrl-Z is no fault of the evaluations' test "$(grep -c 'of them without a value' "$scratch/out")" = 0

kill_after_start () { start 'optimizer some.iters=0'; kill "$1" "$(eval echo "\$$2")"; }
# then_told NAME TEXT: after a while; then the job is ended.
then_told () {
  eventually grep -qF -e "$2" "$scratch/err"
  kill -INT "$manager"; finished
  expect "$1" 3 'Interrupted: SIGINT' "$2"
}

kill_after_start -STOP supervisor
eventually goes_on "$supervisor"
kill -INT "$manager"; finished
expect 'the supervisor is stopped' 3 'Interrupted: SIGINT' ' 0 failed'
kill_after_start -STOP worker
then_told 'a worker is stopped' 'a process of it was stopped by somebody; it goes on'
kill_after_start -KILL worker
then_told 'a worker is killed, as by the kernel without memory' \
  'its process was killed by signal 9 (Killed), perhaps for lack of memory'
kill_after_start -TERM worker
then_told 'a worker is ended' 'its process was killed by signal 15'
finish
