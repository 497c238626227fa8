#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A limit on the time of a session ends that and not the run: there is a snapshot, the exit code is 3, and a job
# script that submits itself again comes to the end of the run.
. "${GLOMPO_TEST_SRCDIR:-.}/tests/lib.sh"
LC_ALL=C; export LC_ALL
run_program=$builddir/glompo-run
log_program=$builddir/glompo-log
cd "$scratch" || exit 1

job () { # CONVERGENCE [LINE...]
  convergence=$1; shift
  printf '%s\n' '[glompo]' 'max_jobs = 2' 'seed = 7' "convergence = $convergence" "$@" '[task]' 'plugin = benchmark' \
    'function = rastrigin' 'dims = 3' 'delay = 0.002' '[optimizer cma]' 'plugin = cmaes' '[optimizer walk]' \
    'plugin = random' 'iters = 0'
}
ended () { "$log_program" --jsonl "$1" | grep '"record":"run-ended"' | tail -1; }
rows () { "$log_program" --csv "$1" | tail -n +2 | wc -l; }
says () { ended "$1" | grep -qF -e "$2"; }
snapshots () { set -- "$1"/checkpoints/[!.]*; [ -e "$1" ] || shift; echo $#; }

# Without an end of its own the run has one session after the other.
job 'MaxSeconds(0.5)' >endless.ini
run "$run_program" -o endless endless.ini
expect "the time of a session is over" 3 "Interrupted: the time of this session is over: MaxSeconds(session_max=0.5"
check "  the journal has it" says endless '"state":"interrupted"'
check "  and what held" says endless '"tree":[[0,"MaxSeconds(session_max=0.5, overall_max=auto)","true"'
check "  the summary has it" grep -q 'interrupted' endless/glompo_manager_log.yml
run "$log_program" --why end endless
expect "  and so does the answer to why" 0 "the run interrupted after" "MaxSeconds(session_max=0.5, overall_max=auto): "
before=$(rows endless)
another () { run "$run_program" -v --resume endless; [ "$code" != 3 ] || [ "$(rows endless)" -gt "$before" ]; }
check "one of the next goes on" eventually another
has_snapshot () { [ "$(snapshots endless)" -ge 1 ] || { another; false; }; }
check "  and leaves a snapshot" eventually has_snapshot
run "$run_program" -v --resume endless
expect "  the next one has as much time" 3 "the time of this session is over" "run resumed"
check "  nothing is evaluated twice" [ -z "$("$log_program" --csv endless | tail -n +2 | cut -d , -f 2,5 | sort | uniq -d)" ]
before=$(rows endless)
run "$run_program" --resume endless --set 'glompo.convergence=MaxSeconds(overall_max=0.01)'
expect "a limit on all of them counts all" 0 'Finished: MaxSeconds(session_max=auto, overall_max=0.01)'
check "  at once" [ "$(rows endless)" = "$before" ]
run "$run_program" --resume endless
expect "  and ends the run" 0 "had finished before"

# What decides is what would hold in the next session as well.
while IFS='/' read -r convergence wanted state; do
  rm -rf tree; job "$convergence" >tree.ini
  run "$run_program" -q -o tree tree.ini
  expect "$convergence" "$wanted"
  check "  the run is $state" says tree "\"state\":\"$state\""
done <<'END'
MaxFuncCalls(100) | MaxSeconds(1000)/0/finished
MaxSeconds(0.01) | MaxOptsStarted(1)/0/finished
MaxSeconds(0.01) & MaxFuncCalls(20)/3/interrupted
MaxSeconds(0.01) & MaxFuncCalls(1000000) | MaxSeconds(overall_max=0.2)/0/finished
MaxSeconds(0.2) | MaxSeconds(overall_max=1000)/3/interrupted
END
job 'MaxSeconds(0.3)' 'journal_points = best' >best.ini
run "$run_program" -q -o best best.ini
expect "a run that cannot be resumed has one session" 0
check "  and is finished" says best '"state":"finished"'

# As a job script does it, which is submitted again while the exit code is 3.
job 'MaxFuncCalls(3000) | MaxSeconds(1)' >job.ini
times=0 code=3
while [ "$code" = 3 ] && [ $times -lt 300 ]; do
  times=$((times + 1))
  run "$run_program" -q --resume-or-start -o queue job.ini
done
expect "sessions of limited time" 0
check "  come to the end of the run" [ "$(rows queue)" = 3000 ]
check "  not in one" [ $times -gt 1 ]
check "  each is in the journal" [ "$("$log_program" --jsonl queue | grep -c '"record":"run-started"')" = $times ]
check "  and the last says why" says queue '"state":"finished"'
check "  nothing was paid for twice" [ -z "$("$log_program" --csv queue | tail -n +2 | cut -d , -f 2,5 | sort | uniq -d)" ]

# In deterministic mode what has leave is finished first, but not for longer than end_timeout.
cat >hangs.ini <<'END'
[glompo]
max_jobs = 2
seed = 7
deterministic = true
end_timeout = 1
convergence = MaxFuncCalls(1000)
[task]
plugin = task-trouble
trouble = hang
every = 20
[optimizer some]
plugin = random
END
GLOMPO_PLUGIN_PATH=$builddir/tests/fixtures/.libs; export GLOMPO_PLUGIN_PATH
for backend in threads processes; do
  run timeout 300 "$run_program" -o hangs --overwrite --session 1 --set glompo.backend=$backend hangs.ini
  expect "$backend: an evaluation that hangs does not keep the session from its end" 3 'Interrupted'
  run timeout 300 "$run_program" -v --resume hangs --session 1
  expect "  nor the next one" 3 'run resumed' 'Interrupted'
done

# Another limit may be given each time.
rm -rf other
run "$run_program" -q --resume-or-start -o other --set 'glompo.convergence=MaxSeconds(0.2)' job.ini
expect "a short session" 3
run "$run_program" -q --resume-or-start -o other --set 'glompo.convergence=MaxFuncCalls(1500) | MaxSeconds(1000)' job.ini
expect "  and a long one" 0
check "  end with the budget" [ "$(rows other)" = 1500 ]

job 'MaxSeconds(0.1)' 'end_timeout = 0.1' 'backend = processes' | sed 's/^delay.*/delay = 100000/' >slow.ini
run "$run_program" -o slow slow.ini
expect "a session that is shorter than an evaluation" 3 "this session was too short to evaluate anything"
check "  evaluates nothing" [ "$(rows slow)" = 0 ]

# A session in which nothing can be evaluated is no progress, and says so.
cp -r other vain
run "$run_program" --resume vain --set 'glompo.convergence=MaxFuncCalls(3000) | MaxSeconds(1e-9)'
expect "a session of no time" 3 "this session was too short to evaluate anything"
check "  evaluates nothing" [ "$(rows vain)" = 1500 ]

finish
