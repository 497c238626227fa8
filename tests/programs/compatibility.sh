#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# glompo-run --check on every job of tests/fixtures/compat/jobs.table: exit code and codes of the findings,
# exactly; the plan; what a run makes of it; glompo-inspect --compatibility.
. "${GLOMPO_TEST_SRCDIR:-.}/tests/lib.sh"
GLOMPO_PLUGIN_PATH=$builddir/tests/fixtures/compat/.libs${GLOMPO_PLUGIN_PATH:+:$GLOMPO_PLUGIN_PATH}
export GLOMPO_PLUGIN_PATH
OPENBLAS_NUM_THREADS=1; export OPENBLAS_NUM_THREADS
run_program=$builddir/glompo-run
inspector=$builddir/glompo-inspect
table=$srcdir/tests/fixtures/compat/jobs.table
fake=$builddir/tests/unit/.libs/libopenblas-fake.so

# keys WORD...: a line KEY = VALUE for each KEY=VALUE.
keys () { for key in "$@"; do echo "${key%%=*} = ${key#*=}"; done; }

# job GLOMPO TASK OPTIMIZERS: prints the ini file.
job () {
  echo '[glompo]'
  # shellcheck disable=SC2086
  keys $1
  # shellcheck disable=SC2086
  set -- "$2" "$3" $2
  echo '[task]'; echo "plugin = $3"
  optimizers=$2; shift 3; keys "$@"
  group=0 rest=$optimizers
  while [ -n "$rest" ]; do
    one=${rest%%+*} group=$((group + 1))
    case $rest in *+*) rest=${rest#*+} ;; *) rest= ;; esac
    # shellcheck disable=SC2086
    set -- $one
    echo "[optimizer opt$group]"; echo "plugin = $1"; shift; keys "$@"
  done
}

# codes: those that the last run printed, in a line. How many cores there are is the machine's affair.
codes () { sed -nE 's/^(note|warning|error) ([A-Z][0-9]+): .*/\2/p' "$scratch/err" | grep -vxF "$1" | paste -sd ' ' -; }

trim () { echo "$1" | sed 's/^ *//; s/ *$//'; }

n=0
while IFS='|' read -r name exit_code wanted glompo task optimizers library; do
  case $name in '#'* | '') continue ;; esac
  n=$((n + 1)) name=$(trim "$name") wanted=$(trim "$wanted") library=$(trim "$library") preload=
  if [ "$library" = openblas ]; then
    case ${GLOMPO_TEST_CFLAGS:-} in *sanitize*) skip "$name: nothing can be loaded first"; continue ;; esac
    preload=$fake
  fi
  job "$glompo" "$task" "$optimizers" >"$scratch/$n.ini"
  run env ${preload:+LD_PRELOAD="$preload"} "$run_program" --check "$scratch/$n.ini"
  case $wanted in *S2*) found=$(codes none) ;; *) found=$(codes S2) ;; esac
  if [ "$code" = "$(trim "$exit_code")" ] && [ "${found:--}" = "$wanted" ]; then
    pass "$name"
  else
    fail "$name: exit $code, found ${found:--}, wanted $wanted"
    sed 's/^/  | /' "$scratch/$n.ini" "$scratch/out" "$scratch/err"
  fi
done <"$table"
check "at least forty jobs" [ "$n" -ge 40 ]

# Every code is in some job of the table, but for what is only found when a run or a task has begun.
"$inspector" --compatibility >"$scratch/all"
sed -nE 's/^([A-Z][0-9]+) (note|warning|error): .*/\1/p' "$scratch/all" | grep -vxE 'M1|D7' | sort >"$scratch/rules"
grep -v '^#' "$table" | cut -d '|' -f 3 | tr ' ' '\n' | grep -E '^[A-Z][0-9]+$' | sort -u >"$scratch/used"
check "every rule is in a job" diff "$scratch/rules" "$scratch/used"

# The plan tells what is used, not what was written.
job "conflict_policy=adjust backend=processes max_jobs=2" work \
  "declares-all workers=2 workers_backend=processes" >"$scratch/plan.ini"
run "$run_program" --check "$scratch/plan.ini"
expect "the plan" 0 "[optimizer opt1] plugin declares-all" "level 1  processes, room for 1 at once" \
  "level 2  threads" "slots    2" "killed with its optimizer (evaluation_timeout is not set)" "by replay of the journal" \
  "workers_backend = threads is used instead of processes: P6, "
run "$run_program" --check --set "optimizer opt1.workers=9" "$scratch/plan.ini"
expect "each change has its own reason" 0 "workers_backend = threads is used instead of processes: P6, " \
  "workers = 2 is used instead of 9: S1, "
run "$run_program" --check --set glompo.conflict_policy=refuse --set glompo.backend=processes_forced \
  --set glompo.evaluation_timeout=5 --set glompo.journal_points=best "$scratch/plan.ini"
expect "the plan of processes in processes" 0 "level 2  processes" "an evaluation can be killed alone, " \
  "resume   no: "
run "$run_program" --check --set "optimizer opt1.workers=4" --set glompo.conflict_policy=refuse "$scratch/plan.ini"
expect "no plan of what is refused" 2
check "no plan is printed then" [ ! -s "$scratch/out" ]
run "$run_program" --check --quiet --json "$scratch/plan.ini"
expect "the plan as JSON" 0 '"code":"A2"' '"level2":"threads"' '"good":true'
check "nothing but JSON is printed" [ "$(wc -l <"$scratch/out")" = 1 ] && [ ! -s "$scratch/err" ]

# A run uses the plan and keeps what was changed.
run "$run_program" --set 'glompo.convergence=MaxFuncCalls(40)' --output "$scratch/adjusted" "$scratch/plan.ini"
expect "an adjusted job runs" 0 "warning A2: "
"$builddir/glompo-log" --jsonl "$scratch/adjusted" >"$scratch/journal"
check "the change is in the journal" grep -q '"code":"A2"' "$scratch/journal"
check "the run has threads" grep -qE '"groups":.*"threads"' "$scratch/journal"
check "the summary tells the change" grep -q "Code: A2" "$scratch/adjusted/glompo_manager_log.yml"

# ignore-warnings: a run does not show them, and keeps them.
job "conflict_policy=ignore-warnings backend=processes max_jobs=2 convergence=MaxFuncCalls(40)" \
  "work declares=global-lock" "declares-all workers=2 workers_backend=threads" >"$scratch/ignore.ini"
run "$run_program" --output "$scratch/ignored" "$scratch/ignore.ini"
expect "warnings are ignored" 0
check "and not shown" sh -c "! grep -q 'warning P4' '$scratch/err'"
check "but kept" grep -q "Code: P4" "$scratch/ignored/glompo_manager_log.yml"
run "$run_program" --set glompo.conflict_policy=refuse --output "$scratch/shown" "$scratch/ignore.ini"
expect "warnings are shown otherwise" 0 "warning P4: "
run "$run_program" --set "optimizer opt1.workers_backend=processes" --output "$scratch/refused" "$scratch/ignore.ini"
expect "errors are not ignored" 2 "error P6: "
check "nothing was started" [ ! -e "$scratch/refused" ]

# A task that calls itself concurrent and holds a lock is found out, and that is said everywhere. When, is a matter
# of the machine: the meter's own test has a clock of its own; here the run goes on until it is said, a minute at
# the most.
# measured BACKEND WORKERS_BACKEND WORKERS
measured () {
  job "backend=$1 max_jobs=2 convergence=MaxSeconds(60)" "work lock=mutex sleep=0.005" \
    "declares-all workers=$3 workers_backend=$2" >"$scratch/lock.ini"
  "$run_program" --overwrite --output "$scratch/lock" "$scratch/lock.ini" >"$scratch/out" 2>"$scratch/err" </dev/null &
  pid=$!
  while kill -0 "$pid" 2>/dev/null && ! grep -q 'M1: ' "$scratch/err"; do sleep 0.1; done
  kill -INT "$pid" 2>/dev/null
  wait "$pid"
}
for cell in "threads threads 2" "threads serial 1" "processes threads 2"; do
  # shellcheck disable=SC2086
  measured $cell
  name="a hidden lock is found, $cell"
  if ! grep -q 'M1: ' "$scratch/err"; then skip "$name: not certain within a minute on this machine"; continue; fi
  check "$name" grep -qE 'M1: .* are serialised: .* at once give .* one at a time gives .* likely cause: ' "$scratch/err"
  check "it is said once" [ "$(grep -c 'M1: ' "$scratch/err")" = 1 ]
  "$builddir/glompo-log" --jsonl "$scratch/lock" >"$scratch/journal"
  check "it is in the journal" grep -q '"code":"M1"' "$scratch/journal"
  check "and in the summary" grep -q "Code: M1" "$scratch/lock/glompo_manager_log.yml"
done

# The table of one optimizer and one task.
run "$inspector" --compatibility declares-serial benchmark
expect "the table of a pair" 0 "processes         serial     fine" "D2 error: "
check "the task's concurrency is the only column" grep -qx "level 1           level 2    concurrent" "$scratch/out"
run "$inspector" --compatibility --json declares-serial work
expect "the table of a pair as JSON" 0 '"process-local"' '"verdicts"'
run "$inspector" --compatibility work declares-serial
expect "a task is no optimizer" 2
run "$inspector" --compatibility declares-serial
expect "one name is not enough" 2 "wanted none or the names"
run "$inspector" --compatibility no-such-plugin work
expect "an unknown name" 2 "no-such-plugin"
finish
