#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The task python in whole runs: every cell of the parallelism table, with numpy and scipy, for 3,000
# evaluations each, or 10,000 in "make bench-python"; failures, printing, child processes. Skipped where the
# task was not built.
. "${GLOMPO_TEST_SRCDIR:-.}/tests/lib.sh"
# Sanitizers see nothing of memory that the interpreter carves up itself, and numpy never frees its tables.
PYTHONMALLOC=malloc; export PYTHONMALLOC
PYTHONDONTWRITEBYTECODE=1; export PYTHONDONTWRITEBYTECODE
modules=$srcdir/tests/fixtures/python
evaluations=${GLOMPO_PYTHON_EVALUATIONS:-3000}
sanitized=no
if grep -q '^#define GLOMPO_SANITIZED' "$builddir/config.h"; then sanitized=yes; fi

if [ ! -e "$builddir/plugins/.libs/python.so" ]; then
  skip 'the task python was not built'
  finish
fi

# job FILE MODULE FUNCTION BACKEND WORKERS_BACKEND EVALUATIONS [LINE...]: writes an ini file; the lines are
# keys of [task], or further groups. Serial evaluations leave room for a second optimizer.
job () {
  file=$1
  workers=2
  if [ "$5" = serial ]; then workers=1; fi
  cat >"$file" <<END
[glompo]
max_jobs = 2
backend = $4
convergence = MaxFuncCalls($6)

[optimizer points]
plugin = random
iters = 0
workers = $workers
workers_backend = $5

[task]
plugin = python
path = $modules
module = $2
function = $3
END
  shift 6
  for line in "$@"; do echo "$line" >>"$file"; done
}

# go ARG...: runs job.ini.
go () { run timeout 300 "$builddir/glompo-run" --seed 3 --overwrite --output "$scratch/run" "$@" "$scratch/job.ini"; }

# Growth of memory in a process from its 1000th evaluation on (or the middle, if it had fewer than 2000) to its
# last, as the function itself saw it: the largest of all processes, in percent.
growth () {
  "$builddir/glompo-log" --csv "$scratch/run" | awk -F, '
    NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
    { p = $column["process"]; pages[p, ++n[p]] = $column["pages"] }
    END {
      for (p in n) {
        first = pages[p, n[p] < 2000 ? int((n[p] + 1) / 2) : 1000]; last = pages[p, n[p]]
        if ((last - first) / first > most) most = (last - first) / first
      }
      printf "%.2f\n", 100 * most
    }'
}

# in_cell MODULE BACKEND WORKERS_BACKEND [TEXT]: a run there ends well, says TEXT, and needs no more memory.
in_cell () {
  cell="$1 in $2 x $3"
  job "$scratch/job.ini" "$1" f "$2" "$3" "$evaluations"
  go
  expect "$cell" 0 "Evaluations: $evaluations in" "${4:-Finished}"
  check "$cell: every evaluation has a value" test "$(grep -c 'without a value' "$scratch/out")" = 0
  if [ "$sanitized" = yes ]; then skip "$cell: a sanitizer keeps freed memory"; return; fi
  grown=$(growth)
  check "$cell: memory grew by $grown %" awk -v g="$grown" 'BEGIN { exit !(g <= 5) }'
}

in_all_cells () {
  in_cell "$1" threads serial 'warning P1'
  in_cell "$1" threads threads 'warning P1'
  in_cell "$1" threads processes
  in_cell "$1" processes serial
  in_cell "$1" processes threads 'warning P4'
  in_cell "$1" processes_forced processes 'warning P7'
}

# available MODULE: it can be imported.
available () {
  job "$scratch/job.ini" "$1" f threads serial 1
  go
  if [ "$code" = 0 ]; then return 0; fi
  if grep -q 'No module named' "$scratch/err"; then
    skip "$1: $(grep -o 'No module named.*' "$scratch/err" | head -n 1)"
  else
    expect "$1 can be imported" 0
  fi
  return 1
}

for module in arrays science; do
  if available $module; then in_all_cells $module; fi
done

job "$scratch/job.ini" plain f processes processes 10
go
expect 'processes x processes is refused' 2 'error P6' 'processes_forced'

# ---- faults ----

job "$scratch/job.ini" plain fails processes serial 500
go
expect 'a function that always fails' 1 'none, no evaluation gave a value' 'ValueError: no value at' 'plain.py", line'
check 'its tracebacks are few' test "$(grep -c 'Traceback' "$scratch/err")" -le 8
job "$scratch/job.ini" talks complains processes serial 10
go
expect 'a message that is no text' 1 'talks.py", line' 'ValueError: a file \udcff and more'
job "$scratch/job.ini" nowhere f threads serial 10
go
expect 'a module that is missing' 2 'there is no such module in'
job "$scratch/job.ini" plain g threads serial 10
go
expect 'a function that is missing' 2 'has no such name; functions in it: '
job "$scratch/job.ini" plain f threads serial 10 'interpreter = /nowhere/python3'
go
expect 'an interpreter that is missing' 2 'interpreter = /nowhere/python3: no such program'
for wrong in /bin/false "$scratch/python2"; do
  printf '#!/bin/sh\necho 2.7\n' >"$scratch/python2"
  chmod +x "$scratch/python2"
  job "$scratch/job.ini" plain f threads serial 10 "interpreter = $wrong"
  go
  expect "an interpreter that is none of ours: $wrong" 2 "interpreter = $wrong: found " ', wanted a python of version 3.'
done
job "$scratch/job.ini" plain f processes serial 10 "interpreter = $(sed -n 's/^PYTHON_PROGRAM = //p' "$builddir/Makefile")"
go
expect 'an interpreter that is named' 0 'Evaluations: 10 in'
job "$scratch/job.ini" plain f threads serial 10
sed -i "s|^path = .*|&/plain.py|" "$scratch/job.ini"
go
expect 'a path that is a file' 2 'plain.py is a file, wanted the directory that it is in'
job "$scratch/job.ini" plain nan processes serial 10
go
expect 'a function that gives NaN' 1 \
  'the task gave NaN: such an evaluation has no value (said once by each instance of the task)'
check 'said once by each optimizer' test "$(grep -c 'optimizer .*: the task gave NaN' "$scratch/err")" -le 2

# ---- the function and the process around it ----

for cell in 'processes serial' 'processes_forced processes'; do
  # shellcheck disable=SC2086
  job "$scratch/job.ini" talks prints $cell 20
  go
  expect "printing in $cell" 0 'Finished'
  for text in 'a line of output' 'a line of error' 'a line past python'; do
    check "$cell: the print stream has $text" grep -rq "$text" "$scratch/run/optimizer_printstreams"
  done
done

# leftovers: the numbers of programs of ours that have the scratch directory in their arguments.
has_evaluation () { "$builddir/glompo-log" --csv "$scratch/run" | grep -q "^$1,"; }
leftovers="*glompo-run*$scratch/job.ini*"

for cell in 'threads threads' 'processes serial' 'processes_forced processes'; do
  # shellcheck disable=SC2086
  job "$scratch/job.ini" talks with_pool $cell 20
  go
  expect "a pool of processes that nobody closes, in $cell" 0 'Evaluations: 20 in'
  check "$cell: every evaluation has a value" test "$(grep -c 'without a value' "$scratch/out")" = 0
  gone "$cell: nothing is left of the pools" "$leftovers"
done

for cell in 'threads threads' 'processes serial'; do
  # shellcheck disable=SC2086
  job "$scratch/job.ini" talks terminates $cell 10
  go
  expect "a child that is told to end, in $cell" 0 'Evaluations: 10 in'
done

# Nor when the run is killed.
job "$scratch/job.ini" talks with_pool threads threads 100000000
rm -rf "$scratch/run" # else has_evaluation may see the run before
"$builddir/glompo-run" --quiet --overwrite --output "$scratch/run" "$scratch/job.ini" >/dev/null 2>&1 &
check 'the run to be killed has begun' eventually has_evaluation 9
kill -KILL $!
wait 2>/dev/null || :
gone 'nothing is left of a run that was killed' "$leftovers"
# A child that the function forks and lets come back must not answer in its place.
for cell in 'threads threads' 'threads processes' 'processes serial' 'processes_forced processes'; do
  # shellcheck disable=SC2086
  job "$scratch/job.ini" talks forks $cell 20
  go
  expect "children that come back from the function, in $cell" 0 'Evaluations: 20 in' ' 0 failed'
  check "$cell: every evaluation has a value" test "$(grep -c 'without a value' "$scratch/out")" = 0
  check "$cell: none of them is a child's" sh -c "! grep -q 'Best value: -100' '$scratch/out'"
done

# Relative names start where the ini file is, wherever the evaluation works.
cp "$modules/talks.py" "$scratch/near.py"
job "$scratch/job.ini" near creates processes serial 20
sed -i -e 's/^path = .*/path = ./' -e 's/^max_jobs/private_directories = true\nkeep_directories = true\n&/' "$scratch/job.ini"
go
expect 'a module beside the ini file, in private directories' 0 'Evaluations: 20 in'
check 'the function worked there' test "$(find "$scratch/run" -name made-here | wc -l)" -ge 1

# Ctrl-C is the program's, not the interpreter's.
job "$scratch/job.ini" talks sleeps threads serial 100000
rm -rf "$scratch/run"
timeout -s KILL 300 "$builddir/glompo-run" --overwrite --output "$scratch/run" "$scratch/job.ini" >"$scratch/out" 2>&1 &
background=$!
eventually has_evaluation 3
runner=$(cat "/proc/$background/task/$background/children" 2>/dev/null || echo)
# shellcheck disable=SC2086
kill -INT $runner 2>/dev/null || true
code=0
wait "$background" || code=$?
check "SIGINT ends a run in threads (exit $code)" test "$code" -ne 137 -a -n "$runner"

# ---- the rules for every plugin, with a module ----

run "$builddir/tests/conformance/conformance" --set "path=$modules" --set module=plain \
  "$builddir/plugins/.libs/python.so"
expect 'conformance' 0 ' 0 failed' 'ok: python task.evaluate.threads' 'ok: python task.evaluate.repeatable'

finish
