#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every command of glompo-ctl, and the files that are commands, on runs that go on in both backends.
. "${GLOMPO_TEST_SRCDIR:-.}/tests/lib.sh"

glompo=$builddir/glompo-run
ctl=$builddir/glompo-ctl
log=$builddir/glompo-log
cd "$scratch" || exit 99
trap 'kill $pid 2>/dev/null; rm -rf "$scratch"' EXIT
pid=

endless_job >endless.ini

# begin DIR OPTION...: a run that is up, and listens.
begin () {
  dir=$1; shift
  "$glompo" --quiet --output "$dir" "$@" endless.ini >"$dir.out" 2>"$dir.err" & pid=$!
  eventually "$ctl" "$dir" status || fail "$dir does not listen"
}
# of KEY: in the status, as the text that stands there
of () { "$ctl" "$dir" status --json | sed -n "s/.*\"$1\":\([^,}]*\).*/\1/p"; }
is () { [ "$(of "$1")" = "$2" ]; }
above () { [ "$(of "$1")" -gt "$2" ]; }
alive () { "$ctl" "$dir" status --json | grep -q "\"id\":$1,"; }
gone () { ! alive "$1"; }
in_state () { "$ctl" "$dir" status --json | grep -q "\"id\":$1,[^}]*\"state\":\"$2\""; }
removed () { [ ! -e "$1" ]; }
told () { "$log" "$dir" | grep -qF -e "$1"; }
# rests: no evaluation comes any more.
rests () { before=$(of evaluations); sleep 0.2; [ "$(of evaluations)" = "$before" ]; }
end_code () { wait $pid; code=$?; pid=; same $code "$1"; }

# ---- what needs no run ----
run "$ctl" --help
expect 'help' 0 --json 'stop ID' 'set KEY VALUE' 'Exit codes: 0 done'
run "$ctl" --version
expect 'version' 0 'glompo-ctl '
run "$ctl"
expect 'no words' 2 'wanted a run directory and a command'
run "$ctl" .
expect 'no command' 2 'wanted a run directory and a command'
for wrong in 'dance' 'stop' 'stop x' 'stop 0' 'stop 1 2' 'pause x' 'set max_jobs' 'exit later' 'status 1' \
  'checkpoint now' 'freeze' 'revive' '--json stop 1'; do
  # shellcheck disable=SC2086
  run "$ctl" . $wrong
  expect "usage: $wrong" 2 glompo-ctl
done
for wrong in stop freeze revive pause resume; do
  run "$ctl" . $wrong -1
  expect "usage: $wrong -1" 2 "found \"$wrong -1\", wanted $wrong " 'the number of an optimizer, from 1'
done
run "$ctl" --quiet . stop -- -1
expect 'usage: after --' 2 'found "stop -1"'
run "$ctl" . status
expect 'a directory without a run' 1 'no run goes on there'
run "$ctl" missing status
expect 'no directory' 1 missing 'No such file'
run "$ctl" endless.ini status
expect 'a file' 1 'Not a directory'

for backend in threads processes; do
  # ---- status, stop, pause, resume, exit ----
  begin "$backend" --set glompo.backend=$backend
  check "$backend: the socket is the user's alone" same "$(stat -c %a "$dir/glompo_control")" 600
  run "$ctl" "$dir" status
  expect "$backend: status" 0 'State: running' 'Evaluations: ' 'of 2 slots' walk active
  run "$ctl" "$dir" status --json
  expect "$backend: status as JSON" 0 '{"state":"running"' '"max_jobs":2' '"group":"walk"'
  if python3 -c 'import json' 2>/dev/null; then
    check "$backend: it is JSON" python3 -m json.tool "$scratch/out" /dev/null
  fi
  eventually alive 1
  run "$ctl" "$dir" stop 1
  expect "$backend: stop" 0 'optimizer 1 is told to end'
  check "$backend: it ends" eventually gone 1
  check "$backend: another comes" eventually alive 3
  run "$ctl" "$dir" stop 1
  expect "$backend: none is stopped twice" 1 'no optimizer 1'
  run "$ctl" "$dir" stop 4000000000000000000
  expect "$backend: stop of nobody" 1 'no optimizer 4000000000000000000'
  run "$ctl" "$dir" pause
  expect "$backend: pause" 0 'the run is told to rest'
  check "$backend: it says so" is paused true
  check "$backend: it rests" eventually rests
  run "$ctl" "$dir" status
  expect "$backend: status of a paused run" 0 'State: paused'
  run "$ctl" "$dir" resume
  expect "$backend: resume" 0 'the run goes on'
  check "$backend: it goes on" eventually above evaluations "$(of evaluations)"
  run "$ctl" "$dir" pause 2
  expect "$backend: pause of one" 0 'optimizer 2 is told to rest'
  check "$backend: it rests alone" eventually in_state 2 paused
  run "$ctl" "$dir" resume 2
  expect "$backend: resume of one" 0 'optimizer 2 goes on'
  check "$backend: it goes on with the others" eventually in_state 2 active

  # ---- freeze, revive ----
  run "$ctl" "$dir" freeze 2
  expect "$backend: freeze" 0 'optimizer 2 is frozen'
  check "$backend: it is" eventually is frozen 1
  check "$backend: another takes its slot" eventually alive 4
  run "$ctl" "$dir" status
  expect "$backend: status of a frozen one" 0 ', 1 frozen' frozen
  run "$ctl" "$dir" revive 3
  expect "$backend: what is not frozen is not revived" 1 'optimizer 3'
  run "$ctl" "$dir" revive 2
  expect "$backend: revive" 0 'optimizer 2 goes on'
  check "$backend: it waits for room, and that is seen" eventually in_state 2 reviving
  run "$ctl" "$dir" stop 4
  expect "$backend: there is room" 0
  check "$backend: it goes on" eventually in_state 2 active

  run "$ctl" "$dir" checkpoint
  expect "$backend: checkpoint" 0 'the journal is on the disk with'
  kept=$(sed 's/.*with \([0-9]*\) evaluations.*/\1/' "$scratch/out")
  check "$backend: with what it says" [ "$("$log" --csv "$dir" | tail -n +2 | wc -l)" -ge "$kept" ]
  touch "$dir/CHKPT"
  check "$backend: CHKPT is obeyed, and removed" eventually removed "$dir/CHKPT"

  # ---- set ----
  run "$ctl" "$dir" set max_jobs 4
  expect "$backend: set max_jobs" 0 'max_jobs = 4'
  check "$backend: the slots are filled" eventually is busy 4
  run "$ctl" "$dir" set max_jobs 1
  expect "$backend: fewer slots" 0
  check "$backend: nobody is stopped for it" is busy 4
  for wrong in 'max_jobs=0' 'max_jobs=-1' 'max_jobs=many' 'freezers=TypeHunter(nobody)' 'hunters=BestUnmovin(5)' 'hunters=BestUnmoving(' 'convergence=none' \
    'hunt_frequency=1.5' 'hunters=-BestUnmoving(5)' 'status_frequency=-.5' 'status_frequency=0'; do
    run "$ctl" "$dir" set "${wrong%%=*}" "${wrong#*=}"
    expect "$backend: set $wrong" 1 "[glompo] ${wrong%%=*}: "
    cp err set.err
    run "$glompo" --check --set "glompo.$wrong" endless.ini
    check "$backend: as glompo-run says it" grep -qF -e "$(sed '1s/glompo-ctl: //; q' set.err)" err
  done
  run "$ctl" "$dir" set seed 3
  expect "$backend: set of what cannot change" 1 "'seed'" 'max_jobs, convergence, hunters'
  run "$ctl" "$dir" set hunt_freq 3
  expect "$backend: set of a misspelt key" 1 'did you mean hunt_frequency?'
  run "$ctl" "$dir" set hunt_frequency 1
  expect "$backend: set hunt_frequency" 0
  run "$ctl" "$dir" set status_frequency 0.01
  expect "$backend: set status_frequency" 0
  check "$backend: status records come" eventually told 'status '
  run "$ctl" "$dir" set hunters 'MinFuncCalls(5) & BestUnmoving(2, tol=1)'
  expect "$backend: set hunters" 0
  check "$backend: they hunt" eventually told 'hunted for optimizer'
  run "$ctl" "$dir" set hunters none
  expect "$backend: no hunters" 0
  run "$ctl" "$dir" set max_jobs 2
  run "$ctl" "$dir" set freezers 'MinFuncCalls(5) & BestUnmoving(2, tol=1)'
  expect "$backend: set freezers" 0
  check "$backend: they freeze" eventually told 'frozen by hunter'
  run "$ctl" "$dir" set freezers none
  expect "$backend: no freezers" 0
  now=$(of evaluations)
  run "$ctl" "$dir" set convergence "MaxFuncCalls($((now + 100)))"
  expect "$backend: set convergence" 0
  check "$backend: and the run ends by it" end_code 0
  check "$backend: by it" told "MaxFuncCalls(fmax=$((now + 100)))"
  check "$backend: the socket is gone" removed "$dir/glompo_control"
  run "$ctl" "$dir" status
  expect "$backend: after the end" 1 'no run goes on there'
  for command in 'stop 1' 'freeze 2' 'revive 2' checkpoint pause 'set max_jobs 4' status; do
    check "$backend: $command is in the journal" told "$command; given by $(id -un) (process "
  done

  # ---- a budget that grows, exit, and files ----
  begin "$backend-files" --set glompo.backend=$backend --set 'glompo.convergence=MaxFuncCalls(1000000)'
  run "$ctl" "$dir" set convergence 'MaxFuncCalls(10000000) | MaxSeconds(100000)'
  expect "$backend: a greater budget" 0
  check "$backend: is seen" is budget 10000000
  run "$ctl" "$dir" set convergence 'MaxSeconds(100000)'
  expect "$backend: no budget" 0
  check "$backend: is seen, too" is budget null
  check "$backend: the run goes on with it" eventually above evaluations "$(of evaluations)"
  eventually alive 2
  touch "$dir/STOP_0002"
  check "$backend: STOP_0002 is obeyed" eventually gone 2
  check "$backend: and removed" eventually removed "$dir/STOP_0002"
  touch "$dir/STOP_x" "$dir/STOP_77" "$dir/exit" "$dir/STOP" "$dir/STOP-3" "$dir/EXIT.txt" "$dir/CHKPT_1" "$dir/CHECKPOINT" \
    "$dir/stop_words.txt"
  for name in STOP_x STOP_77 exit STOP STOP-3 EXIT.txt CHKPT_1 CHECKPOINT; do
    check "$backend: $name is answered" eventually told "the file '$name' is not obeyed"
  done
  for late in 4 6 8; do # too early, and then touched, written to, or made again
    touch "$dir/STOP_$late"
    check "$backend: STOP_$late is too early" eventually told "the file 'STOP_$late' is not obeyed: found no optimizer $late that"
    check "$backend: and it is said what to do" told 'touch it to have it tried again'
    touch "$dir/STOP_$((late - 1))"
    check "$backend: now is its time" eventually alive $late
    case $late in
      4) touch "$dir/STOP_4" ;;
      6) echo again >>"$dir/STOP_6" ;;
      8) rm "$dir/STOP_8"; touch "$dir/STOP_8" ;;
    esac
    check "$backend: it is obeyed" eventually gone $late
    check "$backend: and removed" eventually removed "$dir/STOP_$late"
  done
  touch other && mv other "$dir/EXIT"
  check "$backend: EXIT is obeyed" end_code 3
  check "$backend: and is removed" removed "$dir/EXIT"
  check "$backend: wrong names are left alone" [ -e "$dir/STOP_x" ]
  check "$backend: other files are not answered" same "$("$log" "$dir" | grep -c "the file 'stop_words")" 0
  check "$backend: and answered once" same "$("$log" "$dir" | grep -c "file 'STOP_x' is not obeyed")" 1
  check "$backend: EXIT is in the journal" told "exit; given by $(id -un) as a file"

  begin "$backend-exit" --set glompo.backend=$backend
  run "$ctl" "$dir" exit
  expect "$backend: exit" 0 'told to end'
  check "$backend: it ends" end_code 3
  check "$backend: the reason has who it was" told "exit: command of $(id -un)"
done

# ---- whom the user stopped ----
"$glompo" --output by-user --set glompo.backend=threads endless.ini >by-user.out 2>/dev/null & pid=$!
dir=by-user
eventually alive 1
run "$ctl" "$dir" stop 1
expect 'stop' 0
check 'it ends' eventually gone 1
run "$ctl" "$dir" exit
check 'the run ends' end_code 3
check 'the summary tells it apart' grep -q ' 0 stopped by hunters, 1 by the user, ' by-user.out

# ---- a run that is stopped ----
begin stopped --set glompo.backend=threads
kill -STOP $pid
"$ctl" stopped status >ctl.out 2>ctl.err & asker=$!
check 'a stopped run: it is said what may be' \
  eventually grep -qxF "glompo-ctl: no answer yet from the run in stopped (process $pid): is it stopped? kill -CONT $pid lets it go on" ctl.err
kill -CONT $pid
wait $asker; code=$?
check 'its answer comes when it goes on' same "$code $(grep -c 'State: running' ctl.out)" '0 1'
check 'that is all that was said' same "$(wc -l <ctl.err)" 1
run "$ctl" stopped exit
check 'and it ends' end_code 3

# ---- polling, as on a network file system ----
GLOMPO_CONTROL_POLL=1 begin polled --set glompo.backend=threads
touch polled/EXIT
check 'polling: EXIT is obeyed' end_code 3

# ---- a run directory that is not as usual ----
mkdir leftover && touch leftover/EXIT leftover/STOP_1 && sleep 0.1
begin leftover --set glompo.backend=threads
check 'files from before the run are told of' eventually told 'is not obeyed: it is older than this run'
check 'and it runs' eventually above evaluations 10
touch leftover/EXIT
check 'made again, they are obeyed' end_code 3

long=$scratch/$(printf '%0200d' 0)/$(printf '%0150d' 1)
mkdir -p "$long"
begin "$long/run" --set glompo.backend=threads
run "$ctl" "$long/run" stop 1
expect 'a long name: stop' 0
cd "$long" && run "$ctl" run exit
expect 'a relative name: exit' 0
check 'it ends' end_code 3
cd "$scratch" || exit 99

begin killed --set glompo.backend=threads
kill -9 $pid; wait $pid 2>/dev/null; pid=
check 'a killed run leaves its socket' [ -S killed/glompo_control ]
run "$ctl" killed status
expect 'nobody is there' 1 'it was killed'
begin killed --overwrite --set glompo.backend=threads
run "$ctl" killed exit now
expect 'the next run takes its place' 0
check 'and ends' end_code 3

mkdir taken && echo mine >taken/glompo_control
"$glompo" --quiet --output taken --set glompo.backend=threads --set 'glompo.convergence=MaxFuncCalls(50)' endless.ini \
  >/dev/null 2>err; code=$?
check 'a file in the place of the socket does not matter' same $code 0
check 'and is kept' grep -q mine taken/glompo_control
dir=taken
check 'it is told' told 'there is no control socket'

# ---- what a change of the conditions brings with it ----
for backend in threads processes; do
  begin "points-$backend" --set glompo.backend=$backend --set glompo.journal_points=none --set task.delay=0
  eventually above evaluations 1000
  run "$ctl" "$dir" set hunters 'StepSize(5, 0.9)'
  expect "$backend: hunters may come that look at points" 0
  check "$backend: they hunt" eventually told 'StepSize(calls=5'
  run "$ctl" "$dir" set hunters 'ParameterDistance(0.9)'
  check "$backend: others as well" eventually told 'ParameterDistance(relative_distance=0.9'
  run "$ctl" "$dir" set convergence 'Signal(USR1)'
  expect "$backend: a signal may become the end" 0
  kill -USR1 $pid
  check "$backend: it is, then" end_code 0
done

# ---- others ----
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null && setpriv --reuid=65534 --clear-groups true 2>/dev/null; then
  chmod 755 "$scratch"
  begin guarded --set glompo.backend=threads
  chmod 777 guarded
  if setpriv --reuid=65534 --clear-groups "$ctl" --version >/dev/null 2>&1; then
    run setpriv --reuid=65534 --clear-groups "$ctl" guarded exit
    expect 'another user is not listened to' 1 'belongs to another user'
    chmod 666 guarded/glompo_control
    run setpriv --reuid=65534 --clear-groups "$ctl" guarded exit
    expect 'not even where the mode of the socket lets them' 1
  else
    skip 'another user cannot run the program here'
  fi
  setpriv --reuid=65534 --clear-groups touch guarded/EXIT
  check 'nor their files' eventually told 'to whom this run does not listen'
  check 'the run goes on' eventually above evaluations "$(of evaluations)"
  rm -f guarded/EXIT
  run "$ctl" guarded exit
  expect 'its own user is' 0
  check 'and it ends' end_code 3
else
  skip 'commands of another user: not root, or no setpriv'
fi
finish
