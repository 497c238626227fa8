#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Optimizers that do something else when a run is resumed: they are found out, what they had evaluated stays, and
# resume_policy says what follows.
. "${GLOMPO_TEST_SRCDIR:-.}/tests/lib.sh"
LC_ALL=C; export LC_ALL
GLOMPO_PLUGIN_PATH=$builddir/tests/fixtures/.libs
export GLOMPO_PLUGIN_PATH
run_program=$builddir/glompo-run
log_program=$builddir/glompo-log
cd "$scratch" || exit 1

job () { # PLUGIN [LINE...]
  plugin=$1; shift
  printf '%s\n' '[glompo]' 'seed = 7' 'convergence = MaxFuncCalls(40)' "$@" '[task]' 'plugin = benchmark' \
    'function = rosenbrock' 'dims = 3' '[optimizer a]' "plugin = $plugin"
}
records () { "$log_program" --jsonl "$1" | grep "\"record\":\"$2\""; }
count () { records "$1" "$2" | grep -c -e "${3:-.}"; }
rows () { "$log_program" --csv "$1" | tail -n +2; }
# The point of evaluation N, and the numbers that optimizer ID started at, as text.
point () { rows "$1" | awk -F , -v call="$2" '$1 == call { print $(NF - 2) "," $(NF - 1) "," $NF }'; }
start_of () { records "$1" optimizer-started | sed -n "s/.*\"optimizer\":$2,.*\"x0\":\[\([^]]*\)\].*/\1/p"; }
best_of () { rows "$1" | awk -F , -v last="$2" '$1 <= last { print $(NF - 3), $1 }' | sort -g | head -n 1 | cut -d ' ' -f 2; }
once () { [ "$(rows "$1" | cut -d , -f 2,5 | sort | uniq -d)" = "" ] && same "$(rows "$1" | cut -d , -f 1)" "$(seq "$2")"; }
end_of () { records "$1" optimizer-ended | grep "\"optimizer\":$2,"; }
resumed () { dir=$1; shift; run env $change "$run_program" --resume "$dir" "$@"; }

for how in drift-ask/threads/1 drift-ask/processes/3 drift-run/processes/1 drift-run/threads/3; do
  plugin=${how%%/*} workers=${how##*/} backend=${how#*/}; backend=${backend%/*}
  job "$plugin" "backend = $backend" "max_jobs = $workers" 'deterministic = true' >job.ini
  echo "workers = $workers" >>job.ini
  rm -rf whole run-* ; "$run_program" -q -o whole job.ini 2>/dev/null
  check "$how: a run" [ "$(rows whole | wc -l)" = 40 ]

  # Nothing has changed.
  cp -r whole run-good; change=
  resumed run-good --set 'glompo.convergence=MaxFuncCalls(60)'
  expect "$how: the same points" 0
  check "  go on" same "$(count run-good optimizer-started) $(rows run-good | cut -d , -f 2 | sort -u)" '1 1'

  # strict
  cp -r whole run-strict; change=DRIFT=10
  resumed run-strict --set 'glompo.convergence=MaxFuncCalls(60)'
  expect "$how: another point" 1 "optimizer 1 ($plugin): resumed, it does something else than before the interruption" \
    'in its evaluation 10 it asks for x2 = ' ', recorded is ' 'with resume_policy = restart-at-incumbent'
  check "  it has failed" [ "$(count run-strict optimizer-ended '"state":"failed"')" = 1 ]
  check "  and so has the run" [ "$(count run-strict run-ended '"state":"failed"')" = 1 ]
  check "  nothing was evaluated" once run-strict 40
  resumed run-strict
  expect "  the next time it goes on without it" 0
  check "  with what it had evaluated" once run-strict 60
  check "  and another one" same "$(rows run-strict | tail -n 20 | cut -d , -f 2 | sort -u)" 2

  # restart-at-incumbent
  cp -r whole run-restart
  resumed run-restart --set 'glompo.convergence=MaxFuncCalls(60)' --set glompo.resume_policy=restart-at-incumbent
  expect "$how: a restart" 0 'in its evaluation 10 it asks for x2 = '
  check "  it has failed" [ "$(end_of run-restart 1 | grep -c '"state":"failed"')" = 1 ]
  check "  what it had evaluated stays" once run-restart 60
  check "  another one starts at the best point" same "$(start_of run-restart 2)" "$(point run-restart "$(best_of run-restart 40)")"
  check "  which is its first" same "$(point run-restart 41)" "$(start_of run-restart 2)"
  check "  the log says so" [ "$(count run-restart optimizer-started 'instead of it the best point, of optimizer 1')" = 1 ]
  check "  the counters as well" grep -q '"started":2,.*\|"crashed":1,' <<END
$(records run-restart run-ended | tail -n 1)
END
  # Again, with another one that is found out.
  resumed run-restart --set 'glompo.convergence=MaxFuncCalls(80)'
  expect "  resumed again it goes on with that" 0
  check "  without another" [ "$(count run-restart optimizer-started)" = 2 ]
  change=DRIFT=5
  resumed run-restart --set 'glompo.convergence=MaxFuncCalls(100)'
  expect "  and once more, changed again" 0 'optimizer 2' 'in its evaluation 5 it asks for x2 = '
  check "  the third one starts at the best point" same "$(start_of run-restart 3)" "$(point run-restart "$(best_of run-restart 80)")"
  check "  nothing is missing" once run-restart 100
  check "  the first is left alone" [ "$(count run-restart optimizer-ended '"optimizer":1,')" = 2 ]

  # It ends before what is recorded.
  cp -r whole run-early; change=DRIFT_END=9
  resumed run-early --set 'glompo.convergence=MaxFuncCalls(60)'
  expect "$how: an end before its time" 1 'it ends after 8 points, evaluation 9 is recorded'
  check "  is no convergence" [ "$(end_of run-early 1 | grep -c '"state":"failed"')" = 1 ]
done

# Several at the same moment: each is replaced by one at the best point.
job drift-ask 'backend = processes' 'max_jobs = 3' 'deterministic = true' >job.ini
"$run_program" -q -o several job.ini 2>/dev/null
change=DRIFT=3
resumed several --set 'glompo.convergence=MaxFuncCalls(80)' --set glompo.resume_policy=restart-at-incumbent
expect "all three differ" 0
check "  three take their places" same "$(count several optimizer-started) $(count several optimizer-started 'instead of it the best')" '6 3'
check "  nothing is missing" once several 80

# Where the order is that of time: they differ before anything new is there.
job drift-ask 'backend = threads' 'max_jobs = 3' >job.ini
printf 'delay = 0.002\n' >delay
sed '/^dims/r delay' job.ini >free.ini
"$run_program" -q -o free free.ini 2>/dev/null
change=DRIFT=1
resumed free --set 'glompo.convergence=MaxFuncCalls(1000)' --set glompo.resume_policy=restart-at-incumbent
expect "in any order" 0
replaced=$(records free optimizer-ended | grep -c 'resumed, it does something else')
check "  all that differ" [ "$replaced" = "$(rows free | head -n 40 | cut -d , -f 2 | sort -u | wc -l)" ]
check "  are replaced" same "$(count free optimizer-started 'instead of it the best')" "$replaced"
check "  nothing is missing" once free 1000

finish
