#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# glompo-run as a user sees it: options, exit codes, what goes where, signals, run directories.
. "${GLOMPO_TEST_SRCDIR:-.}/tests/lib.sh"

glompo=$builddir/glompo-run
log=$builddir/glompo-log
GLOMPO_PLUGIN_PATH=$builddir/tests/fixtures/.libs
export GLOMPO_PLUGIN_PATH
cd "$scratch" || exit 99
trap 'kill $pid 2>/dev/null; rm -rf "$scratch"' EXIT
pid=

cat >job.ini <<'INI'
[glompo]
backend = threads
max_jobs = 1
seed = 7
convergence = MaxFuncCalls(300)
[task]
plugin = benchmark
function = sphere
dims = 3
[optimizer walk]
plugin = random
iters = 100
INI
endless_job 'backend = threads' >endless.ini
sed 's/plugin = random/plugin = never-returns/; /iters/d' endless.ini >hangs.ini

silent_but_json () { [ "$(wc -l <"$scratch/out")" = 1 ] && grep -q '^{.*}$' "$scratch/out" && ! grep -q 'not what the host' "$scratch/out"; }
silent () { test ! -s "$scratch/$1"; }
has () { grep -qF -e "$2" "$scratch/$1"; }
# value KEY: of the JSON object on standard output, as the text that stands there
value () { sed -n "s/.*\"$1\":\([^,}]*\).*/\1/p" "$scratch/out"; }
calls () { "$log" --csv "$1" | tail -n +2 | wc -l; }
# What does not depend on the time, of all evaluations.
points () { "$log" --csv "$1" | cut -d, -f1-5,7- | cksum; }

cat >vain.ini <<'END'
[glompo]
max_jobs = 1
convergence = MaxFuncCalls(40)
[task]
plugin = task-trouble
[optimizer one]
plugin = random
END

# ---- what needs no run ----
run "$glompo" --help
expect 'help' 0 --set --seed --output --overwrite --check --json --quiet --verbose 'Exit codes: 0 finished'
check 'help goes to standard output' silent err
run "$glompo" --version
expect 'version' 0 'glompo-run '
run "$glompo"
expect 'no file' 2 'wanted one ini file, found none'
check 'complaints go to standard error' silent out
run "$glompo" job.ini endless.ini
expect 'two files' 2 'found several'
run "$glompo" --no-such-option job.ini
expect 'unknown option' 2 'no-such-option'
run "$glompo" --quiet --verbose job.ini
expect 'quiet and verbose' 2 'exclude each other'
run "$glompo" missing.ini
expect 'missing file' 2 'missing.ini' 'No such file'
run "$glompo" "$scratch"
expect 'a directory instead of a file' 2
run "$glompo" --set nonsense job.ini
expect 'malformed --set' 2 nonsense
run "$glompo" --set glompo.max_job=3 job.ini
expect 'unknown key in --set' 2 max_job max_jobs
run "$glompo" --seed abc job.ini
expect 'malformed seed' 2 abc
run "$glompo" --seed 9223372036854775808 job.ini
expect 'a seed of more than 63 bits' 2 'the largest number there is is 9223372036854775807'
run "$glompo" --set glompo.convergence=none job.ini
expect 'a run without end' 2 "convergence: found 'none', but a run needs an end"
run "$glompo" --set glompo.selector=none job.ini
expect 'no selector' 2 "selector: found 'none', wanted a selector"
run "$glompo" --check --set 'glompo.selector=ChainSelector([10, 20])' job.ini
expect 'thresholds for more groups than there are' 2 'selector: ChainSelector: fcall_thresholds has 2 numbers for 1 groups'
for key in hunters freezers; do
  run "$glompo" --check --set "glompo.$key=BestUnmoving(9) & Patience(TypeHunter(rand), 2)" job.ini
  expect "$key of an optimizer that there is not" 2 "$key: optimizer of TypeHunter: found 'rand'" 'did you mean random?'
done
run "$glompo" --check --set "glompo.hunters=TypeHunter(random) & BestUnmoving(9)" job.ini
expect 'a plugin of the job' 0
run "$glompo" --check job.ini
expect 'check' 0 'job.ini: good'
run "$glompo" --check --set 'task.function=spere' job.ini
expect 'check finds faults' 2 spere sphere
run "$glompo" --check --quiet job.ini
expect 'check and quiet' 0
check 'says nothing' silent out
check 'at all' silent err
check 'nothing was started' test -z "$(find . -name 'journal*' -o -name 'glompo-2*')"

# ---- a run ----
run "$glompo" --output one job.ini
expect 'a run' 0 'Finished: MaxFuncCalls(fmax=300): 300 >= 300: true' 'Best value: ' 'Evaluations: 300 in' 'Seed: 7' \
  "Files: $scratch/one"
check 'the summary goes to standard output' has out 'Best value'
check 'journal, YAML and ini are there' test -s one/journal.glompo -a -s one/glompo_manager_log.yml -a -s one/glompo_job.ini
check 'the journal has all evaluations' same "$(calls one)" 300
cp one/journal.glompo kept
for place in /dev/null/run job.ini /proc/run; do
  run "$glompo" --output "$place" job.ini
  expect "a run directory that cannot be made: $place" 2 "cannot make the run directory" "$place"
  check 'there is no summary of nothing' silent out
done
if [ "$(id -u)" != 0 ]; then
  mkdir sealed && chmod 555 sealed
  run "$glompo" --output sealed job.ini
  expect 'a run directory that cannot be written in' 2 'sealed cannot be written in'
  chmod 755 sealed
else
  skip 'a run directory that cannot be written in: root may'
fi
for option in --output --resume; do
  run "$glompo" "$option" '' job.ini
  expect "$option without a name" 2 "$option"
done
check 'the working directory is no run directory' test ! -e journal.glompo
run "$glompo" --output one job.ini
expect 'an existing run is refused' 2 'holds a run already' --overwrite
check 'and left alone' cmp -s kept one/journal.glompo
run "$glompo" --output one --overwrite --set 'glompo.convergence=MaxFuncCalls(50)' job.ini
expect 'it is replaced when asked for' 0 'Evaluations: 50 in'
check 'all of it' same "$(calls one)" 50
check 'the kept ini has what was set' grep -q 'MaxFuncCalls(50)' one/glompo_job.ini
run "$glompo" --quiet job.ini
expect 'a run without a name' 0
check 'quiet: nothing on standard output' silent out
check 'quiet: nothing on standard error' silent err
check 'a dated directory' test -s "$(echo glompo-2*/journal.glompo)"
run "$glompo" --quiet --set glompo.max_jobs=50 --output warned job.ini
expect 'a warning does not end a run' 0
check 'quiet drops warnings' silent err
run "$glompo" --verbose --output verbose job.ini
expect 'verbose' 0 'optimizer 1 (random)' 'run started in'
check 'verbose: on standard error' has err 'run started in'
check 'the summary is the same' has out 'Evaluations: 300 in'

# ---- nothing has a value ----
for kind in random neldermead; do
  for trouble in nan segfault; do
    run env GLOMPO_PLUGIN_PATH="$builddir/tests/fixtures/.libs" "$glompo" --quiet --output vain --overwrite \
      --set task.plugin=task-trouble --set "task.trouble=$trouble" --set task.every=1 \
      --set "optimizer one.plugin=$kind" vain.ini
    case $trouble in
      nan) text='the first failure: the task gave NaN' ;;
      *) text='signal 11' ;;
    esac
    expect "nothing has a value: $kind, $trouble" 1 "$text"
    check 'that is the last word' test "$(tail -1 "$scratch/err" | grep -cF "$text")" = 1
  done
done

# ---- JSON ----
run "$glompo" --json --output json --seed 12 -s glompo.max_jobs=1 job.ini
expect 'json' 0
check 'one line' same "$(wc -l <"$scratch/out")" 1
# Plugins that print, even as they are loaded.
printf '%s\n' '[glompo]' 'convergence = MaxFuncCalls(30)' '[task]' 'plugin = load-noisy' 'label = x' '[optimizer walk]' 'plugin = random' \
  >noisy.ini
run "$glompo" --check --json noisy.ini
expect 'a plugin prints: --check --json' 0
check 'it does not go to standard output' silent_but_json
run "$glompo" --json --output noisy --overwrite noisy.ini
check 'a plugin prints: --json' silent_but_json
for streams in '<&-' '<&- >&-' '<&- >&- 2>&-'; do
  run sh -c "\"\$0\" --quiet --output closed --overwrite job.ini $streams" "$glompo"
  expect "closed standard streams ($streams)" 0
done
run "$glompo" --json --output json --overwrite --seed 12 -s glompo.max_jobs=1 job.ini
check 'json: evaluations' same "$(value evaluations)" 300
check 'json: seed' same "$(value seed)" 12
check 'json: directory' same "$(value run_directory)" "\"$scratch/json\""
for key in fx x optimizers_started optimizers_converged optimizers_stopped end_reason; do
  check "json: has $key" has out "\"$key\":"
done
if python3 -c 'import json' 2>/dev/null; then
  check 'json: valid' python3 -m json.tool "$scratch/out" "$scratch/tool"
else
  skip 'json: valid: there is no python3'
fi
fx=$(value fx)
run "$glompo" --json --output json --overwrite --seed 12 job.ini
check 'the same seed finds the same' same "$(value fx)" "$fx"
run "$glompo" --json --output json --overwrite --seed 13 job.ini
check 'another seed finds something else' test "$(value fx)" != "$fx"
run "$glompo" --json --output json job.ini
expect 'json: an error is on standard error' 2 'holds a run already'
check 'json: and nothing on standard output' silent out
if [ -w /dev/full ]; then
  code=0; "$glompo" --json --output full job.ini >/dev/full 2>"$scratch/err" || code=$?
  : >"$scratch/out"
  expect 'a result that cannot be printed' 1 'standard output'
  code=0; "$glompo" --check job.ini >/dev/full 2>"$scratch/err" || code=$?
  expect 'an answer of --check that cannot be printed' 1 'glompo-run: cannot write to the standard output'
else
  skip 'a result that cannot be printed: no /dev/full'
fi

# ---- failures ----
sed '/iters/d; s/plugin = random/plugin = crash-create\nwhere = run/; s/= threads/= processes/' job.ini >crash.ini
run "$glompo" --output bad crash.ini
expect 'a run that fails' 1 'in a row' 'glompo-run: ' 'Failed: '
check 'its journal can be read' sh -c "'$log' bad >/dev/null"

# ---- signals ----
# Evaluations are in the journal.
started () { size=$(wc -c <run/journal.glompo) && [ "$size" -gt 2000 ]; }
finish_run () { code=0; wait $pid || code=$?; pid=; }
for signal in INT TERM HUP; do
  rm -rf run
  "$glompo" --output run endless.ini >"$scratch/out" 2>"$scratch/err" </dev/null &
  pid=$!
  eventually started
  kill -$signal $pid
  finish_run
  expect "SIG$signal" 3 "Interrupted: SIG$signal" 'Best value' 'stopping; once more ends at once'
  check "SIG$signal: the journal is whole" has out "Evaluations: $(calls run) in"
  check "SIG$signal: the YAML is there" grep -q "SIG$signal" run/glompo_manager_log.yml
done

rm -rf run
"$glompo" --json --quiet --output run endless.ini >"$scratch/out" 2>"$scratch/err" </dev/null &
pid=$!
eventually started
kill -TERM $pid
finish_run
expect 'an interrupted run with --json' 3 '"state":"interrupted"'
check 'quiet: nothing is said' silent err

# What still goes on is not replaced, whatever is asked for; and nohup keeps it going.
rm -rf run
(trap '' HUP; exec "$glompo" --output run endless.ini) >"$scratch/out" 2>"$scratch/err" </dev/null &
pid=$!
eventually started
code=0; "$glompo" --output run --overwrite job.ini >"$scratch/out2" 2>"$scratch/err2" </dev/null || code=$?
check 'a run that goes on is not replaced' same "$code" 2
check 'and it is said why' has err2 'goes on'
kill -HUP $pid
eventually sh -c "[ \"\$(wc -c <run/journal.glompo)\" -gt $(($(wc -c <run/journal.glompo) + 2000)) ]"
check 'nohup keeps a run going' kill -0 $pid
kill -TERM $pid
finish_run
expect 'until it is told otherwise' 3 'Interrupted: SIGTERM'
check 'its journal is whole' has out "Evaluations: $(calls run) in"

cp job.ini "$(printf 'n\344me.ini')"
for backend in threads processes; do
  run "$glompo" --quiet --set glompo.backend=$backend --output "$(printf 'dir\344')" --overwrite "$(printf 'n\344me.ini')"
  expect "names that are not UTF-8, $backend" 0
done

# A run that goes on after it was killed is steered as before.
rm -rf run
"$glompo" --output run endless.ini >"$scratch/out" 2>"$scratch/err" </dev/null &
pid=$!
eventually started
kill -KILL $pid
finish_run 2>/dev/null
"$glompo" --resume run >"$scratch/out" 2>"$scratch/err" </dev/null &
pid=$!
eventually sh -c "'$builddir/glompo-ctl' run status >'$scratch/told'"
check 'a resumed run answers' has told 'State: running'
check 'and obeys' "$builddir/glompo-ctl" run exit
finish_run
expect 'as told' 3 'command of'

# With threads a task that leaves takes the run with it, and is no success.
sed -e '/function/d' -e '/dims/d' -e 's/= benchmark/= task-trouble/' job.ini >leaves.ini
run "$glompo" --output leaves --set task.trouble=exit0 --set task.every=50 leaves.ini
expect 'exit() of a task in threads' 1 'called exit() in this process'

# The optimizers never end: only the second signal ends the run.
rm -rf run
"$glompo" --output run hangs.ini >"$scratch/out" 2>"$scratch/err" </dev/null &
pid=$!
eventually started
kill -INT $pid
eventually has err 'once more ends at once'
check 'the first signal waits' kill -0 $pid
kill -INT $pid
finish_run
expect 'the second SIGINT ends at once' 3 'Interrupted: SIGINT' 'ending at once'
check 'the journal can be read' sh -c "'$log' run >/dev/null"
check 'and has its end' has out 'Evaluations: '

# ---- terminals and locales ----
if script -qec true /dev/null >/dev/null 2>&1 </dev/null; then
  TERM=xterm script -qec "$glompo --output terminal --set 'glompo.convergence=MaxSeconds(overall_max=2)' endless.ini" /dev/null \
    >"$scratch/out" 2>&1 </dev/null
  : >"$scratch/err"
  check 'a progress line on a terminal' grep -q 'evaluations | best .* alive | 2/2 slots' "$scratch/out"
  check 'it is taken away in the end' grep -q 'Finished: MaxSeconds' "$scratch/out"
  TERM=dumb script -qec "$glompo --output dumb job.ini" /dev/null >"$scratch/out" 2>&1 </dev/null
  check 'none on a dumb one' sh -c "! grep -q 'evaluations |' '$scratch/out'"
else
  skip 'a progress line: no script(1) or no pseudo terminals'
fi
run "$glompo" --output status --set glompo.status_frequency=0.2 --set 'glompo.convergence=MaxSeconds(overall_max=1)' endless.ini
expect 'status messages where there is no terminal' 0 'Optimizers alive' 'Slots filled'
check 'no line is drawn there' sh -c "! grep -q 'evaluations |' '$scratch/err'"

if localedef -i de_DE -f UTF-8 "$scratch/de_DE.UTF-8" >/dev/null 2>&1; then LOCPATH=$scratch; export LOCPATH; fi
if [ "$(LC_ALL=de_DE.UTF-8 locale decimal_point 2>/dev/null)" = , ]; then
  run "$glompo" --json --output c job.ini
  cp "$scratch/out" c.json
  LC_ALL=de_DE.UTF-8; export LC_ALL
  run "$glompo" --json --output de job.ini
  expect 'a locale with a decimal comma' 0
  check 'the same numbers' same "$(value fx)" "$(sed -n 's/.*"fx":\([^,}]*\).*/\1/p' c.json)"
  check 'the same journal' same "$(points de)" "$(points c)"
  LC_ALL=C; export LC_ALL
else
  skip 'a locale with a decimal comma: there is none'
fi
finish
