#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A task is asked for its parameters once, in another process: whatever it does there is told, with exit code 2,
# and nothing was started.
. "${GLOMPO_TEST_SRCDIR:-.}/tests/lib.sh"

# A file of our own, so that its processes can be told from those of other tests.
mkdir "$scratch/plugins"
cp "$builddir/tests/fixtures/.libs/task-trouble.so" "$scratch/plugins"
GLOMPO_PLUGIN_PATH=$scratch/plugins
export GLOMPO_PLUGIN_PATH
left="*glompo-probe $scratch/plugins/task-trouble.so*"

cat >"$scratch/job.ini" <<END
[glompo]
max_jobs = 2
convergence = MaxFuncCalls(50)
[task]
plugin = task-trouble
note = $scratch/note
[optimizer points]
plugin = random
iters = 0
END

# look WORDS...: runs the job, a word being GROUP.KEY=VALUE or an option; what hangs ends with exit code 124.
look () {
  rm -rf "$scratch/note" "$scratch/run"
  for word in "$@"; do
    shift
    case $word in
      --*) set -- "$@" "$word" ;;
      *) set -- "$@" --set "$word" ;;
    esac
  done
  run timeout -k 5 300 "$builddir/glompo-run" --output "$scratch/run" "$@" "$scratch/job.ini"
}

# refused NAME TEXT...: the last run ended with exit code 2, said TEXT, and started nothing.
refused () {
  name=$1; shift
  expect "$name" 2 "$@"
  check "$name: nothing was started" test ! -e "$scratch/run"
}

looks () { grep -c glompo-probe "$scratch/note"; }

# is_gone GROUP: only zombies are left of that process group.
is_gone () {
  ! ps -e -o pgid= -o stat= | awk -v group="$1" '$1 == group && $2 !~ /^Z/ { found = 1 } END { exit !found }'
}

while read -r trouble text; do
  look task.at=look "task.trouble=$trouble"
  refused "$trouble when a run begins" 'task task-trouble: ' "$text" 'while it was asked for its parameters'
  look --check task.at=look "task.trouble=$trouble"
  refused "$trouble when a job is checked" 'task task-trouble: ' "$text" 'while it was asked for its parameters'
done <<'END'
exit0 ended the process with exit code 0
exit3 ended the process with exit code 3
segfault crashed with signal 11
abort crashed with signal 6
END
look --check task.at=look task.trouble=hang glompo.task_timeout=0.5
refused 'hang when a job is checked' 'did not say what its parameters are within 0.5 s' 'task_timeout'
look task.at=look task.trouble=hang glompo.task_timeout=0.5 glompo.backend=threads
refused 'hang when a run in threads begins' 'did not say what its parameters are within 0.5 s'

# What it starts and leaves behind keeps nobody waiting, and is gone afterwards.
# A signal that comes meanwhile ends the program as it would end a run.
at_look () { [ -n "$(marked "$left")" ]; }
for signal in TERM USR1 INT; do
  "$builddir/glompo-run" --resume-or-start --output "$scratch/never" --set task.at=look --set task.trouble=hang \
    "$scratch/job.ini" >"$scratch/out" 2>"$scratch/err" </dev/null & pid=$!
  eventually at_look
  kill -$signal $pid
  code=0; wait $pid || code=$?
  expect "SIG$signal before the run" 3 'stopped by a signal before the run began'
  gone '  nothing of it is left' "$left"
done

look --check task.at=look task.children=fork task.ignore_term=true
expect 'a child that is left behind' 0 'good'
check 'only one instance was made' test "$(looks)" = 1
check 'the child is gone' eventually is_gone "$(sed -n 's/^glompo-probe //p' "$scratch/note")"

look --check task.at=look task.children=daemon
expect 'a daemon that is left behind' 0 'good'
check 'it lives on, as daemons do' test -n "$(marked "$left")"
# shellcheck disable=SC2046
kill -9 $(marked "$left")
gone 'until it is killed' "$left"

look --check --json task.at=look
expect 'what it prints' 0 'printed while looked at' '"good":true'
check 'what it prints is not in the result' test "$(grep -c printed "$scratch/out")" = 0

# What it warns of while it is made is told by a check as in a run, also by one that refuses the job.
warning='warning: task: the file is old'
look --check task.at=look 'task.warning=the file is old'
expect 'a warning when a job is checked' 0 "$warning" 'good'
check 'it is told once' test "$(grep -c "$warning" "$scratch/err")" = 1
check 'one look is enough for it' test "$(looks)" = 1
look --check 'task.warning=the file is old' 'optimizer points.workers=9' glompo.conflict_policy=refuse
expect 'a warning beside an error' 2 "$warning" 'error S1'
look --check --quiet 'task.warning=the file is old'
check 'not when quiet' test ! -s "$scratch/err"
look --check --json 'task.warning=the "file" is old'
expect 'a warning as JSON' 0 '"warnings":["the \"file\" is old"],"good":true'
look --check --json
expect 'no warning as JSON' 0 '"warnings":[],"good":true'
look 'task.warning=the file is old'
expect 'a warning in a run' 0 "$warning"

for backend in processes threads; do
  look "glompo.backend=$backend" --quiet
  expect "backend = $backend" 0
  check "$backend: one look is enough" test "$(looks)" = 1
  check "$backend: the run makes its own" test "$(grep -vc glompo-probe "$scratch/note")" -ge 1
done
rm "$scratch/note"
run timeout 300 "$builddir/glompo-run" --quiet --resume "$scratch/run" --set 'glompo.convergence=MaxFuncCalls(80)'
expect 'resume' 0
check 'resume: one look is enough' test "$(looks)" = 1

# A change of the slots is checked against what is known.
rm -rf "$scratch/note" "$scratch/run"
"$builddir/glompo-run" --quiet --output "$scratch/run" --set task.seconds=0.01 --set glompo.convergence='MaxSeconds(300)' \
  "$scratch/job.ini" 2>"$scratch/err" & pid=$!
check 'a run goes on' eventually "$builddir/glompo-ctl" "$scratch/run" status
run "$builddir/glompo-ctl" "$scratch/run" set max_jobs 1
expect 'fewer slots' 0
run "$builddir/glompo-ctl" "$scratch/run" exit now
wait $pid
check 'a change asks nobody' test "$(looks)" = 1

# With adjust, the job that is really run is another one; its task is the same.
look --check glompo.conflict_policy=adjust 'optimizer points.workers=9'
expect 'adjust' 0 'good'
check 'adjust: one look is enough' test "$(looks)" = 1

# Options, seed and directory are those of the run.
GLOMPO_PLUGIN_PATH=''
cat >"$scratch/job.ini" <<END
[glompo]
seed = 5
convergence = TargetCost(0.5) | MaxFuncCalls(20)
[task]
plugin = benchmark
function = michalewicz
dims = 4
[optimizer points]
plugin = random
END
look --quiet
expect 'options' 0
check 'options arrive' grep -q 'x4' "$scratch/run/glompo_manager_log.yml"
finish
