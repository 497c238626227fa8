#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A deterministic run is the same in every backend, under load, and interrupted at any byte of its journal; a run
# that is not deterministic loses nothing and pays for nothing twice. TRIALS=N tries N interruptions of each kind.
. "${GLOMPO_TEST_SRCDIR:-.}/tests/lib.sh"
LC_ALL=C; export LC_ALL
run_program=$builddir/glompo-run
log_program=$builddir/glompo-log
trials=${TRIALS:-3}
seed=${RESUME_SEED:-$$}
cd "$scratch" || exit 1

job () { # DETERMINISTIC DELAY
  cat <<END
[glompo]
max_jobs = 4
backend = threads
seed = 7
deterministic = $1
convergence = MaxFuncCalls(1500)
hunters = EvaluationsUnmoving(50, tol=0.05)
hunt_frequency = 40
share_best_solutions = true
END
  three_optimizers "$2"; echo 'workers = 2'
}
job true 0 >fixed.ini
job true 0.001 >slow.ini
job false 0.001 >free.ini

# A number below $1; the sequence follows from the seed.
below () { seed=$(((seed * 1103515245 + 12345) % 2147483648)); number=$((seed / 8 % $1)); }

"$run_program" -q -o whole fixed.ini
journal whole >wanted.txt
check "there is something to compare" [ "$(wc -l <wanted.txt)" -gt 1500 ]
for backend in threads processes processes_forced; do
  rm -rf other; "$run_program" -q -o other --set glompo.backend=$backend slow.ini
  check "a deterministic run is the same in $backend" as_wanted other
done
for how in serial threads; do
  rm -rf other
  "$run_program" -q -o other --set "optimizer rnd.workers_backend=$how" fixed.ini 2>/dev/null
  check "and with workers_backend = $how" as_wanted other
done

# The journal ends anywhere, in the middle of a record and of anything.
size=$(wc -c <whole/journal.glompo)
i=0
while [ $i -lt "$trials" ]; do
  i=$((i + 1)); rm -rf cut; mkdir cut; times=0
  below "$size"; head -c "$number" whole/journal.glompo >cut/journal.glompo
  cut=$number
  while [ $times -lt 3 ]; do
    times=$((times + 1))
    run "$run_program" -q --resume-or-start -o cut fixed.ini
    [ $times = 3 ] && break
    now=$(wc -c <cut/journal.glompo); below "$now"
    head -c "$number" cut/journal.glompo >shorter && mv shorter cut/journal.glompo
    cut="$cut, $number"
  done
  if [ "$code" = 0 ] && as_wanted cut; then pass "cut at $cut"; else
    fail "cut at $cut: exit $code"; cat "$scratch/err"; diff now.txt wanted.txt | head -4 | cut -c 1-200; fi
  # One byte is another one.
  rm -rf bad; mkdir bad; below "$size"
  python3 - whole/journal.glompo bad/journal.glompo "$number" <<'END' 2>/dev/null || { skip "no python3"; continue; }
import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[int(sys.argv[3])] ^= 0x10
open(sys.argv[2], "wb").write(data)
END
  if [ "$number" -lt 8 ]; then continue; fi # no journal at all
  run "$run_program" -q --resume-or-start -o bad fixed.ini
  if [ "$code" = 0 ] && as_wanted bad; then pass "a byte flipped at $number"; else
    fail "a byte flipped at $number: exit $code"; cat "$scratch/err"; fi
done

# killed_four_times DIR FILE MS: each time within so many milliseconds; then it runs to its end.
killed_four_times () {
  for time in 1 2 3 4; do
    "$run_program" -q --resume-or-start -o "$1" --set glompo.backend=$backend "$2" >/dev/null 2>&1 &
    pid=$!
    below "$3"; sleep "$(printf '0.%03d' "$number")"
    kill -KILL $pid 2>/dev/null; wait $pid 2>/dev/null
  done
  run "$run_program" -q --resume-or-start -o "$1" --set glompo.backend=$backend "$2"
}

# Killed at any time, again and again.
i=0
while [ $i -lt "$trials" ]; do
  i=$((i + 1)); rm -rf killed
  backend=$(echo threads processes processes_forced | cut -d ' ' -f $((i % 3 + 1)))
  killed_four_times killed slow.ini 400
  if [ "$code" = 0 ] && as_wanted killed; then pass "killed four times in $backend"; else
    fail "killed four times in $backend: exit $code"; cat "$scratch/err"; diff now.txt wanted.txt | head -4 | cut -c 1-200; fi

  rm -rf free
  killed_four_times free free.ini 600
  expect "a free run is killed four times in $backend" 0
  "$log_program" --csv free | tail -n +2 >rows
  check "  every evaluation is counted once" [ "$(cut -d, -f 1 rows | sort -n | uniq -d | wc -l)" = 0 ]
  check "  none is there twice" [ "$(cut -d, -f 2,5 rows | sort | uniq -d | wc -l)" = 0 ]
  check "  none is missing" [ "$(wc -l <rows)" = 1500 ]
  check "  no optimizer did something else" \
    [ "$("$log_program" --jsonl free | grep -c 'something else than before')" = 0 ]
done

# A signal, then the rest.
rm -rf told
"$run_program" -q -o told slow.ini >/dev/null 2>&1 & pid=$!
while [ ! -s told/journal.glompo ]; do sleep 0.05; done
sleep 0.3; kill -TERM $pid 2>/dev/null; code=0; wait $pid || code=$?
check "SIGTERM gives exit code 3, or it was too late" [ $code = 3 -o $code = 0 ]
run "$run_program" -q --resume told
expect "and the run goes on" 0
check "as if nothing had happened" as_wanted told

# What is finished.
cp told/journal.glompo before
run "$run_program" --resume told
expect "a run that has finished has nothing to do" 0 "had finished before"
check "and stays as it is" cmp -s before told/journal.glompo
run "$run_program" --resume told --set glompo.backend=processes
expect "so has it in another backend" 0 "had finished before"
check "and stays as it is" cmp -s before told/journal.glompo
# Before the first optimizer: what starts then belongs to the session.
"$run_program" -q -o begun --set "glompo.convergence=MaxFuncCalls(300)" free.ini
at=$("$log_program" --jsonl begun | sed -n '/"optimizer-started"/{s/.*"offset":\([0-9]*\).*/\1/p;q;}')
head -c "$at" begun/journal.glompo >shorter && mv shorter begun/journal.glompo
run "$run_program" -q --resume begun
expect "a run that was interrupted before its first optimizer" 0
check "  keeps to its budget" [ "$("$log_program" --csv begun | wc -l)" = 301 ]
run "$run_program" -q --resume told --set "glompo.convergence=MaxFuncCalls(2000)"
expect "with a larger budget it goes on" 0
check "to its end" [ "$("$log_program" --csv told | wc -l)" = 2001 ]

rm -rf told
"$run_program" -q -o told --session 0.2 slow.ini; code=$?
check "the end of --session gives exit code 3, or it was too late" [ $code = 3 -o $code = 0 ]
run "$run_program" -q --resume-or-start -o told --session 3600 slow.ini
expect "and the run goes on" 0
check "as if nothing had happened" as_wanted told
run "$run_program" --session -1 slow.ini
expect "a session of no time" 2 "--session: wanted"

# A journal without a beginning is no run, but it is kept.
for content in 'GLOMPOJ1 and no record of a run at all, but long enough for the head of one' 'my own notes'; do
  rm -rf lost; mkdir lost; echo "$content" >lost/journal.glompo
  run "$run_program" --resume-or-start -o lost fixed.ini
  expect "no journal: $content" 0 "lost/journal.glompo" "it is kept as lost/journal.glompo.damaged-0, and the run starts anew"
  check "  it is there" [ "$(cat lost/journal.glompo.damaged-0)" = "$content" ]
  check "  and the run as well" as_wanted lost
done

# A run that cannot be read now, or not by this program, is not replaced.
rm -rf newer closed; cp -r told newer; printf GLOMPOJ9 | dd of=newer/journal.glompo conv=notrunc 2>/dev/null
cp newer/journal.glompo before
run "$run_program" --resume-or-start -o newer fixed.ini
expect "a journal of another version" 2 "of another version" "neither gone on with nor replaced"
check "  stays" cmp -s before newer/journal.glompo
check "  alone" [ "$(ls newer | grep -c damaged)" = 0 ]
mkdir -p closed/journal.glompo
run "$run_program" --resume-or-start -o closed fixed.ini
expect "one that cannot be read" 2 "closed/journal.glompo: cannot" "neither gone on with nor replaced"
check "  stays" [ -d closed/journal.glompo ]
run "$run_program" --resume told/journal.glompo
expect "the journal in place of its directory" 2 "found the name of a file, wanted that of a run directory"

# Whoever writes the journal yet may be gone in a moment.
if command -v flock >/dev/null; then
  after_a_moment () {
    rm -f held; flock told/journal.glompo sh -c ': >held; sleep 0.3' & pid=$!
    eventually test -e held
    run "$run_program" --resume told; wait $pid
    [ "$code" = 0 ]
  }
  check "a run whose journal is let go of soon" eventually after_a_moment
else
  skip "a run whose journal is let go of soon: no flock"
fi

# What is refused, and says why.
run "$run_program" --resume told --set glompo.seed=3
expect "another seed" 2 "glompo.seed=3" "keeps this setting"
for same in glompo.seed=7 'task.dims = 3' "optimizer rnd.workers=2"; do
  run "$run_program" --check --resume told --set "$same"
  expect "$same, as it is" 0
done
run "$run_program" --resume told --set "task.dims=4"
expect "another task" 2 "task.dims=4" "keeps this setting"
for typo in 'glmpo.max_jobs=2:[glompo]' 'glompo.max_job=2:max_jobs' 'optimizer rdn.workers=2:[optimizer rnd]'; do
  run "$run_program" --check --resume told --set "${typo%%:*}"
  expect "${typo%%:*} is mistyped" 2 "did you mean ${typo#*:}?"
done
run "$run_program" --resume nowhere
expect "no run" 2 "nowhere"
run "$run_program" --resume told free.ini
expect "a file beside a run" 2 "--resume takes the file"
run "$run_program" --resume-or-start free.ini
expect "no directory" 2 "--output DIR"
# The file that is given with the directory again must be that of the run.
run "$run_program" --resume-or-start -o told nofile.ini
expect "no file beside the directory" 2 "nofile.ini: No such file"
run "$run_program" --resume-or-start -o told
expect "none is given" 2 "wanted one ini file"
cp slow.ini other.ini
sed -i 's/^dims = .*/dims = 4/; s/^convergence = .*/convergence = MaxFuncCalls(77)/' other.ini
run "$run_program" --resume-or-start -o told other.ini
expect "the file of another task" 2 "other.ini:" "[task] dims: found 4, the run has 3" "not the file of the run in told"
sed -i 's/^dims = .*/dims = 3/' other.ini
run "$run_program" --check --resume-or-start -o told other.ini
expect "a file with another budget" 0 "[glompo] convergence: found MaxFuncCalls(77), the run has" "--set changes it"
run "$run_program" --check --resume-or-start -o told --set 'glompo.convergence=MaxFuncCalls(77)' other.ini
expect "  which may be given" 0
check "  and then nothing is said" [ "$(grep -c 'the run has' err)" = 0 ]
run "$run_program" --check --set glompo.max_jobs=auto fixed.ini
expect "as many slots as there are processors in deterministic mode" 2 "max_jobs: found auto"
run "$run_program" --check --set "glompo.convergence=MaxSeconds(overall_max=5)" fixed.ini
expect "a limit of time in deterministic mode" 2 "depends on time" "MaxSeconds"
for policy in 'convergence=MaxFuncCalls(9) | Signal(USR2)' 'freezers=MinSeconds(1)' 'spawn=Signal(USR1)' \
  'hunters=Patience(MinSeconds(1), n=2)' 'hunters=MinFuncCalls(9) & MinSeconds(1)'; do
  run "$run_program" --check --set "glompo.$policy" fixed.ini
  expect "$policy in deterministic mode" 2 "[glompo] ${policy%%=*}: found" "depends on time"
done
run "$run_program" --check --set "glompo.evaluation_timeout=5" fixed.ini
expect "a time-out in deterministic mode" 2 "evaluation_timeout" "depends on time"
"$run_program" -q -o few --set glompo.journal_points=best free.ini
run "$run_program" --resume few
expect "evaluations that are not recorded" 1 "journal_points = all"
# What an optimizer cannot go on without is missing for a while: then it goes on later.
GLOMPO_PLUGIN_PATH=$builddir/tests/fixtures/.libs; export GLOMPO_PLUGIN_PATH
# go_on BUDGET; both_go_on: with a hundred evaluations more.
go_on () { run "$run_program" --resume two --set "glompo.convergence=MaxFuncCalls($1)"; }
both_go_on () {
  n=$("$log_program" --jsonl two | grep -c '"record":"evaluation"')
  n=$((n + 100))
  go_on $n
  expect "$job: both go on" 0 "Evaluations: $n in" 'Optimizers: 2 started' ' 0 failed'
}
for backend in threads processes processes_forced; do
  level2=serial workers=1
  [ $backend = processes_forced ] && level2=processes workers=2
  for deterministic in false true; do
    job="$backend, deterministic = $deterministic"
    printf '%s\n' '[glompo]' "max_jobs = $((2 * workers))" "backend = $backend" "deterministic = $deterministic" \
      'convergence = MaxFuncCalls(200)' 'private_directories = true' '[task]' 'plugin = task-witness' 'delay = 0.001' \
      '[optimizer walk]' 'plugin = random' 'iters = 0' "workers = $workers" "workers_backend = $level2" >two.ini
    run "$run_program" -q --overwrite -o two two.ini
    expect "$job: two optimizers" 0
    touch two/work
    go_on 100000
    expect "$job: no private directory can be made" 1 'cannot make its private directory' 'can be resumed'
    rm -f two/work
    both_go_on
    if [ $level2 != serial ] || ! command -v flock >/dev/null; then continue; fi
    run "$run_program" -q --overwrite -o two two.ini
    mkdir -p licences; (flock 9 && : >licences/held && exec sleep 1000) 9>licences/licence-0 & holder=$!
    eventually test -e licences/held
    GLOMPO_LICENCES=$scratch/licences go_on 100000
    expect "$job: one has no licence" 1 'cannot go on' 'Too many users' 'can be resumed'
    kill $holder; wait $holder 2>/dev/null; rm -f licences/held
    GLOMPO_LICENCES=$scratch/licences both_go_on
    (flock 9 && : >licences/held && exec sleep 1000) 9>licences/licence-0 & holder=$!
    eventually test -e licences/held
    GLOMPO_LICENCES=$scratch/licences run "$run_program" -q --overwrite -o two \
      --set 'glompo.convergence=MaxFuncCalls(1000000)' two.ini
    expect "$job: there is a licence for one only" 1 '6 optimizers in a row ended before their first evaluation'
    kill $holder; wait $holder 2>/dev/null; rm -f licences/held
    n=$("$log_program" --jsonl two | grep -c '"record":"evaluation"')
    GLOMPO_LICENCES=$scratch/licences go_on $((n + 200))
    expect "$job: when there are two it goes on" 0 "Evaluations: $((n + 200)) in"
  done
done
unset GLOMPO_PLUGIN_PATH

# A worker that cannot be started, here for want of memory, ends the run; it is the first to go on.
count_records () { "$log_program" --jsonl poor | grep -c "\"record\":\"$1\""; }
poor () { # in a shell of its own: the limit stays
  (trap '' XFSZ; ulimit -f 150; exec "$run_program" -q -o poor --set glompo.backend=processes free.ini)
}
run poor
if grep -q "cannot make [0-9]* bytes" err; then
  expect "without its worker the run ends" 1 "cannot make"
  check "who was to start has ended" [ "$(count_records optimizer-started) $(count_records optimizer-ended)" = "1 1" ]
  run "$run_program" --resume poor
  expect "and goes on with the run" 0 'Evaluations: 1500 '
  check "under its own number" [ "$("$log_program" --jsonl --optimizer 1 poor | grep -c '"record":"optimizer-started"')" = 1 ]
else
  skip "a worker that cannot be started: the limit did not hold"
fi

finish
