#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The parallelism table, measured: three functions of 20 ms in every cell, on 2 slots, at equal numbers of
# evaluations; what was gained over one slot beside what the table says, and what the run itself says.
#
# It fails when a run fails, or is not refused where the table refuses it. Whether the gains agree with the
# table is printed: on a busy machine they cannot. There WORK=sleep helps: the functions then sleep for 20 ms
# instead of computing, the one in Python without letting go of the lock.
set -eu
: "${GLOMPO_BENCH_SRCDIR:?}" "${GLOMPO_BENCH_BUILDDIR:?}"
evaluations=${EVALUATIONS:-300}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/glompo-bench.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
PYTHONDONTWRITEBYTECODE=1; export PYTHONDONTWRITEBYTECODE
bench=$GLOMPO_BENCH_BUILDDIR/tests/bench
GLOMPO_BUSY_PROGRAM=$bench/busy; export GLOMPO_BUSY_PROGRAM
work=${WORK:-compute}
GLOMPO_BUSY_LOOPS=0 GLOMPO_BUSY_PYTHON=0; export GLOMPO_BUSY_LOOPS GLOMPO_BUSY_PYTHON
if [ "$work" = compute ]; then GLOMPO_BUSY_LOOPS=$("$GLOMPO_BUSY_PROGRAM" calibrate); fi
agreeing=0 cells=0 failed=0

# job TASK BACKEND WORKERS_BACKEND SLOTS: writes job.ini.
job () {
  workers=$4
  if [ "$3" = serial ]; then workers=1; fi
  cat >"$scratch/job.ini" <<END
[glompo]
max_jobs = $4
backend = $2
convergence = MaxFuncCalls($evaluations)

[optimizer points]
plugin = random
iters = 0
workers = $workers
workers_backend = $3

[task]
END
  case "$1" in
    pure) printf 'plugin = python\npath = %s\nmodule = busy\nfunction = pure\n' "$GLOMPO_BENCH_SRCDIR/tests/bench" ;;
    child)
      printf 'plugin = python\npath = %s\nmodule = busy\nfunction = child\nconcurrency = external\n' \
        "$GLOMPO_BENCH_SRCDIR/tests/bench" ;;
    native)
      printf 'plugin = function\nfile = %s\ndims = 2\nbounds = -1, 1\nconcurrency = concurrent\n' \
        "$bench/.libs/busy.so" ;;
  esac >>"$scratch/job.ini"
}

# The run; its seconds in $seconds, its exit code in $code.
go () {
  code=0
  "$GLOMPO_BENCH_BUILDDIR/glompo-run" --json --seed 1 --overwrite --output "$scratch/run" "$scratch/job.ini" \
    >"$scratch/out" 2>"$scratch/err" </dev/null || code=$?
  seconds=$(sed -n 's/.*"seconds":\([0-9.eE+-]*\)[,}].*/\1/p' "$scratch/out")
}

# What the run says of its parallelism: codes of findings, and what it measured.
said () {
  { grep -oE '^(note|warning|error) [A-Z][0-9]+' "$scratch/err" | grep -vE ' (S2|T2)$' || true
    grep -qiE 'serialised|throughput of one' "$scratch/err" && echo 'found serialised' || true
  } | sort -u | paste -sd, - | sed 's/,/, /g'
}

# cell TASK BACKEND WORKERS_BACKEND WORDS LEAST MOST: measures; the gain should be from LEAST to MOST.
cell () {
  job "$1" "$2" "$3" 2
  go
  cells=$((cells + 1))
  if [ "$5" = refused ]; then
    verdict=agrees gain=- seconds=-
    if [ "$code" != 2 ]; then verdict="NOT REFUSED"; failed=1; fi
  elif [ "$code" != 0 ]; then
    verdict="RUN FAILED" gain=- seconds=- failed=1
    cat "$scratch/err" >&2
  else
    gain=$(awk -v a="$serial" -v b="$seconds" 'BEGIN { printf "%.2f", a / b }')
    verdict=$(awk -v g="$gain" -v l="$5" -v m="$6" 'BEGIN { print ((g >= l && g <= m) ? "agrees" : "differs") }')
  fi
  if [ "$verdict" = agrees ]; then agreeing=$((agreeing + 1)); fi
  printf '  %-16s x %-9s  %7s s  %5s  %-34s %-8s %s\n' "$2" "$3" "$seconds" "$gain" "$4" "$verdict" "$(said)"
}

# serial TASK TITLE: the run on one slot.
serial () {
  job "$1" threads serial 1
  go
  if [ "$code" != 0 ]; then
    cat "$scratch/err" >&2
    exit 1
  fi
  serial=$seconds
  printf '%s\n  one slot, serial            %7s s, %s ms for an evaluation\n' "$2" "$seconds" \
    "$(awk -v s="$seconds" -v n="$evaluations" 'BEGIN { printf "%.1f", 1000 * s / n }')"
}

# table TASK THREADS...: words and limits for the cells with level-2 threads.
table () {
  cell "$1" threads serial "$2" "$3" "$4"
  cell "$1" threads threads "$2" "$3" "$4"
  cell "$1" threads processes 'fine for slow evaluations' 1.6 2.3
  cell "$1" processes serial 'full use of the slots' 1.6 2.3
  cell "$1" processes threads "$5" "$6" "$7"
  cell "$1" processes processes 'refused: no children' refused -
  cell "$1" processes_forced processes 'full use of the slots' 1.8 2.3
}

echo "$evaluations evaluations of 20 ms ($work) on 2 slots, $(getconf _NPROCESSORS_ONLN) processors, load $(cut -d' ' -f1-3 /proc/loadavg)"
printf '  %-28s  %9s  %5s  %-34s %-8s %s\n' 'level 1 x level 2' time gain 'the table says' verdict 'the run says'
if [ -e "$GLOMPO_BENCH_BUILDDIR/plugins/.libs/python.so" ]; then
  if [ "$work" = compute ]; then
    GLOMPO_BUSY_PYTHON=$("$PYTHON_PROGRAM" "$GLOMPO_BENCH_SRCDIR/tests/bench/busy.py" calibrate)
  fi
  serial pure 'a function in Python (global-lock)'
  table pure 'total lock: nothing gained' 0 1.2 'threads bring nothing' 0 1.2
  serial child 'a function in Python that works in a child process (external)'
  table child 'fine: no lock in the way' 1.6 2.3 'fine: no lock in the way' 1.6 2.3
else
  echo 'skipped: the task python was not built'
fi
serial native 'a function in C (concurrent)'
table native 'fine: thread-safe' 1.6 2.3 'fine: thread-safe' 1.6 2.3
echo "$agreeing of $cells cells as the table says"
exit "$failed"
