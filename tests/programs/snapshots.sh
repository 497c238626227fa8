#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Snapshots: when they are made, what becomes of old ones, that a resumed run goes on from them to the same journal,
# and that one which is damaged or of another run is passed over.
. "${GLOMPO_TEST_SRCDIR:-.}/tests/lib.sh"
LC_ALL=C; export LC_ALL
run_program=$builddir/glompo-run
log_program=$builddir/glompo-log
ctl=$builddir/glompo-ctl
cd "$scratch" || exit 1

job () { # DETERMINISTIC DELAY EVALUATIONS
  cat <<END
[glompo]
max_jobs = 3
backend = threads
seed = 11
deterministic = $1
convergence = MaxFuncCalls($3)
hunters = EvaluationsUnmoving(50, tol=0.001)
hunt_frequency = 40
share_best_solutions = true
[checkpoint]
checkpoint_iter_frequency = 100
naming_format = point_%(count)
END
  three_optimizers "$2"
}
job true 0 1500 >fixed.ini
job true 0.001 1500 >slow.ini
job false 0.002 100000 >long.ini
count () { set -- "$1"/checkpoints/[!.]*; [ -e "$1" ] || shift; echo $#; }
says () { "$log_program" "$1" | grep -qF -e "$2"; }
newest () { ls "$1/checkpoints" | sort | tail -1; }
has_ended () { case $(cut -d " " -f 3 "/proc/$pid/stat" 2>/dev/null) in Z | "") return 0 ;; esac; return 1; }
has_come_to () { has_snapshot "$@" || has_ended; }
has_snapshot () { [ "$(count "$1")" -ge "${2:-1}" ]; }

# They change nothing.
"$run_program" -q -o without --set checkpoint.checkpoint_iter_frequency=0 fixed.ini
journal without >wanted.txt
check "there is something to compare" [ "$(wc -l <wanted.txt)" -gt 1500 ]
check "without an order there are none" [ ! -e without/checkpoints ]
"$run_program" -q -o whole slow.ini
check "there are snapshots by evaluations" has_snapshot whole 2
check "the run is the same with them" as_wanted whole
check "their names are numbered" [ -e whole/checkpoints/point_000 -a -e whole/checkpoints/point_001 ]
check "nothing unfinished is left" [ -z "$(ls -A whole/checkpoints | grep '^\.')" ]

# The run goes on from them, and ends as the one that was not interrupted.
size=$(wc -c <whole/journal.glompo)
interrupted () { # DIR BYTES: the run as it was at so many bytes of its journal, with all snapshots of then and later
  rm -rf "$1"; mkdir "$1"; cp -r whole/checkpoints "$1"; head -c "$2" whole/journal.glompo >"$1/journal.glompo"
}
for part in 3 6; do
  interrupted cut $((size * part / 8))
  run "$run_program" -q --resume cut
  expect "cut at $part/8" 0
  check "  it goes on from a snapshot" says cut "go on from a snapshot"
  check "  later ones are passed over" says cut "it belongs to another journal, or to a part that the journal has lost"
  check "  and the journal is the same" as_wanted cut
done
# Cut, gone on with, cut again: snapshots of a future that was lost do not count.
interrupted cut $((size / 2))
"$run_program" -q --resume cut
head -c $((size * 3 / 4)) cut/journal.glompo >shorter && mv shorter cut/journal.glompo
run "$run_program" -q --resume cut
expect "cut twice" 0
check "  the journal is the same" as_wanted cut
for backend in processes processes_forced; do
  interrupted cut $((size * 5 / 8))
  run "$run_program" -q --resume cut --set glompo.backend=$backend
  expect "cut, and resumed in $backend" 0
  check "  from a snapshot" says cut "go on from a snapshot"
  check "  the journal is the same" as_wanted cut
done
for backend in threads processes; do
  rm -rf killed
  for at in 1 2 4; do
    "$run_program" -q --resume-or-start -o killed --set glompo.backend=$backend slow.ini >/dev/null 2>&1 & pid=$!
    eventually has_come_to killed $at
    kill -KILL $pid 2>/dev/null; wait $pid 2>/dev/null
  done
  run "$run_program" -q --resume-or-start -o killed slow.ini
  expect "killed three times in $backend" 0
  check "  the journal is the same" as_wanted killed
done

# What cannot be used is passed over for the one before.
damaged () { # NAME TEXT
  run "$run_program" --resume bad
  expect "$1" 0 "a snapshot is passed over" "$2"
  check "  the one before is used" says bad "go on from a snapshot"
  check "  and the journal is the same" as_wanted bad
}
interrupted bad $((size * 5 / 8)); "$run_program" -q --resume bad
later=$("$log_program" bad | sed -n 's/.*passed over: .*checkpoints\/\([^:]*\): it belongs.*/\1/p')
fresh () { # The run at a part of its journal, with the snapshots that fit; $last is the newest.
  interrupted bad $((size * 5 / 8))
  for name in $later; do rm -f "bad/checkpoints/$name"; done
  last=bad/checkpoints/$(newest bad)
}
fresh
check "two snapshots are of that part" [ "$(count bad)" -ge 2 ]
length=$(wc -c <"$last")
head -c $((length - 9)) "$last" >x && mv x "$last"; damaged "a snapshot that is cut off" "it is cut off"
fresh; head -c 20 "$last" >x && mv x "$last"; damaged "one that is hardly begun" "found no snapshot in it"
fresh; echo more >>"$last"; damaged "one with something behind it" "something stands behind its end"
fresh; : >"$last"; damaged "an empty one" "found no snapshot in it"
fresh; rm "$last"; mkfifo "$last"; damaged "a pipe" "found no snapshot in it"
fresh; rm "$last"; mkdir "$last"; damaged "a folder" "found no snapshot in it"
if command -v python3 >/dev/null; then
  for at in 3 100 300 "$((length - 20))"; do
    fresh
    python3 -c 'import sys; d = bytearray(open(sys.argv[1], "rb").read()); d[int(sys.argv[2])] ^= 4
open(sys.argv[1], "wb").write(d)' "$last" "$at"
    damaged "one with a wrong byte at $at" "$(basename "$last")"
  done
else skip "no python3 to damage a snapshot with"; fi
"$run_program" -q -o other --set glompo.seed=12 fixed.ini
fresh; cp other/checkpoints/point_000 bad/checkpoints/stranger
damaged "one of another run" "stranger: it belongs to another journal"
interrupted none $((size / 2)); rm -r none/checkpoints
run "$run_program" -q --resume none
expect "without any" 0
check "all is replayed" as_wanted none

# How many are kept, and when they are made.
"$run_program" -q -o kept --set checkpoint.keep_past=1 fixed.ini
check "keep_past = 1 leaves two" [ "$(count kept)" = 2 ]
"$run_program" -q -o newest --set checkpoint.keep_past=0 fixed.ini
check "keep_past = 0 leaves one" [ "$(count newest)" = 1 ]
"$run_program" -q -o init --set checkpoint.checkpoint_at_init=true --set checkpoint.checkpoint_iter_frequency=0 slow.ini
check "one at the start" [ "$(count init)" = 1 ]
"$run_program" -q -o conv --set checkpoint.checkpoint_at_conv=true --set checkpoint.checkpoint_iter_frequency=0 fixed.ini
check "one at the end" [ "$(count conv)" = 1 ]
run "$run_program" -q --resume conv --set "glompo.convergence=MaxFuncCalls(1800)"
expect "from which a larger budget goes on" 0
check "  to its end" [ "$("$log_program" --csv conv | wc -l)" = 1801 ]
"$run_program" -q -o timed --set checkpoint.checkpoint_time_frequency=0.1 --set checkpoint.checkpoint_iter_frequency=0 \
  --set 'checkpoint.naming_format=%(year)-%(date)_%(time)' slow.ini
check "some by time" has_snapshot timed
check "with the date in their names" [ -n "$(ls timed/checkpoints | grep -E '^([0-9]{4})-\1[0-9]{4}_[0-9]{6}')" ]
run "$run_program" -q -o kept --overwrite --set checkpoint.checkpoint_iter_frequency=0 fixed.ini
check "a new run removes those of the old one" [ ! -e kept/checkpoints ]
mkdir kept/checkpoints; echo mine >kept/checkpoints/mine
run "$run_program" -q -o kept --overwrite fixed.ini
check "but no file of the user" [ "$(cat kept/checkpoints/mine)" = mine ]

# Files that cannot be made.
for raise in false true; do
  rm -rf blocked; mkdir blocked; echo mine >blocked/checkpoints
  run "$run_program" -o blocked --set checkpoint.raise_checkpoint_fail=$raise fixed.ini
  [ $raise = false ] && expect "a failure is said" 0 "no snapshot was made"
  [ $raise = true ] && expect "or ends the run" 1 "no snapshot was made"
done
for format in '' 'a/b' '.hidden' '%(century)' '%d' '%('; do
  run "$run_program" --check --set "checkpoint.naming_format=$format" fixed.ini
  expect "the name $format" 2 "[checkpoint] naming_format: found"
done
run "$run_program" --check --set checkpoint.keep_pats=1 fixed.ini
expect "a key that is none" 2 "did you mean keep_past?"
run "$run_program" --check --set checkpoint.keep_past=-2 fixed.ini
expect "a number out of range" 2 "[checkpoint] keep_past"

# On request, and by signals.
start () {
  dir=$1; shift; rm -rf "$dir"
  "$run_program" -q -o "$dir" --set checkpoint.checkpoint_iter_frequency=0 "$@" long.ini >/dev/null 2>log & pid=$!
  eventually [ -S "$dir/glompo_control" ]
}
start asked
run "$ctl" asked checkpoint
expect "a command asks for one" 0 'the journal is on the disk with' 'there is the snapshot point_000'
check "  and it comes" eventually has_snapshot asked 1
touch asked/CHKPT
check "a file does as well" eventually has_snapshot asked 2
kill -USR1 $pid; code=0; wait $pid || code=$?
check "SIGUSR1 gives exit code 3" [ $code = 3 ]
more () { echo "glompo.convergence=MaxFuncCalls($(($("$log_program" --csv "$1" | wc -l) + 200)))"; }
run "$run_program" -q --resume asked --set "$(more asked)"
expect "and the run goes on" 0
check "  from a snapshot" says asked "go on from a snapshot"
check "  nobody does something else than before" [ "$("$log_program" asked | grep -c 'something else than before')" = 0 ]
"$log_program" --csv asked | tail -n +2 >rows
check "  every evaluation is there once" [ "$(cut -d, -f 1 rows | sort -n | uniq -d | wc -l)" = 0 ]
start signal --set 'glompo.convergence=Signal(USR1)'
kill -USR1 $pid; code=0; wait $pid || code=$?
check "a condition that waits for SIGUSR1 has it" [ $code = 0 ]
start told
kill -TERM $pid; code=0; wait $pid || code=$?
check "SIGTERM gives exit code 3" [ $code = 3 ]
run "$run_program" -q --resume told --set "$(more told)" 
expect "and the run goes on" 0
finish
