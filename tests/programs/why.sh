#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Decisions explained and tried again: glompo-log --why, the trees in the summary, glompo-hunt.
. "${GLOMPO_TEST_SRCDIR:-.}/tests/lib.sh"

glompo=$builddir/glompo-run
log=$builddir/glompo-log
hunt=$builddir/glompo-hunt
cd "$scratch" || exit 99

hunters='(EvaluationsUnmoving(20, tol=0.5) | ValueAnnealing(0.3)) & MinFuncCalls(30)'
cat >job.ini <<INI
[glompo]
max_jobs = 4
backend = threads
seed = 11
hunt_frequency = 7
hunters = $hunters
convergence = MaxFuncCalls(4000) | (MaxKills(1000) & NOptConverged(1000))
[task]
plugin = benchmark
function = rastrigin
dims = 3
[optimizer cma]
plugin = cmaes
[optimizer walk]
plugin = random
iters = 300
INI

same () { diff -u "$1" "$2"; }
equal () { [ "$1" = "$2" ] || { echo "  | found $1, wanted $2"; return 1; }; }
# Whom the run stopped: optimizer, its evaluations, those of the run. Its own count is taken from the evaluations.
verdicts_of_run () {
  "$log" --jsonl "$1" | awk '
    /^{"record":"evaluation"/ { sub (/.*"optimizer":/, ""); sub (/,.*/, ""); own[$0]++; call++ }
    /^{"record":"hunt"/ && !/"verdict":"freeze"/ { sub (/.*"time":"[^"]*","optimizer":/, ""); sub (/,.*/, ""); print $0, own[$0], call }'
}
verdicts_of_replay () { "$hunt" "$@" | awk '$1 == "ID" { on = 1; next } /^Hunters:/ { on = 0 } on { print $1, $3, $4 }'; }

for backend in threads processes; do
  run "$glompo" --quiet --output "$backend" --set glompo.backend=$backend --set glompo.deterministic=true job.ini
  expect "$backend: a run that hunts" 0
  verdicts_of_run "$backend" >run
  verdicts_of_replay "$backend" "$hunters" >replay
  check "$backend: there are verdicts" [ "$(wc -l <run)" -ge 5 ]
  check "$backend: its own hunters stop the same optimizers at the same evaluations" same run replay
  run "$hunt" "$backend" "$hunters"
  expect "$backend: nothing is saved by them, and the winner stays" 0 'Saved: 0 of 4000 evaluations (0.0 %)' ': kept'
done

# Those that are frozen are not alive: the range of ValueAnnealing is without them until they are revived.
hunters_of_range='MinFuncCalls(50) & ValueAnnealing(0.2, range) & TimeAnnealing(2)'
for seed in 1 2 3 4; do
  run "$glompo" --quiet --output "frozen-$seed" --set glompo.seed=$seed --set glompo.deterministic=true \
    --set "glompo.hunters=$hunters_of_range" \
    --set 'glompo.freezers=MinFuncCalls(60) & ValueAnnealing(0.5)' --set glompo.max_frozen=3 \
    --set 'glompo.selector=CycleSelector(turns)' job.ini
  expect "seed $seed: a run that freezes and revives" 0
  verdicts_of_run "frozen-$seed" >run
  verdicts_of_replay "frozen-$seed" "$hunters_of_range" >replay
  check "seed $seed: the same verdicts, whoever is frozen" same run replay
done
"$log" frozen-1 >text
check 'some were revived' grep -q ' revived by ' text

# ---- settings that change ----
steady='EvaluationsUnmoving(20, tol=0.5) & MinFuncCalls(30)'
hunts_of_run () { "$log" --jsonl "$1" | sed -n 's/^{"record":"run-ended".*"hunts":\([0-9]*\).*/\1/p' | tail -n 1; }
hunts_of_replay () { "$hunt" "$@" | sed -n 's/^Hunters: .*, \([0-9]*\) hunts$/\1/p'; }
in_use () { "$log" --jsonl "$1" | grep '^{"record":"run-started"' | tail -n 1 | sed -n "s/.*\"settings\":{[^}]*\"$2\":\"\([^\"]*\)\".*/\1/p"; }
as_in_run () { # NAME DIR
  verdicts_of_run "$2" >run
  verdicts_of_replay "$2" "$steady" >replay
  check "$1: the same verdicts" same run replay
}

run "$glompo" --quiet --output sessions --set glompo.deterministic=true --set "glompo.hunters=$steady" \
  --set 'glompo.convergence=MaxFuncCalls(1500)' job.ini
expect 'a first session' 0
first=$(verdicts_of_run sessions | wc -l)
alone=$(hunts_of_run sessions)
run "$glompo" --quiet --resume sessions --set 'glompo.convergence=MaxFuncCalls(4000)' --set glompo.hunt_frequency=31
expect 'a second one, that hunts less often' 0
as_in_run 'two sessions' sessions
check 'both stopped some' [ "$first" -gt 0 -a "$(wc -l <run)" -gt "$first" ]
check 'and it hunts as often' equal "$(hunts_of_replay sessions "$steady")" "$(hunts_of_run sessions)"
check 'which is as often as the first one did, and then less often' \
  [ "$(hunts_of_run sessions)" -ge $((alone + 2500 / 31 - 1)) -a "$(hunts_of_run sessions)" -le $((alone + 2500 / 31 + 2)) ]
run "$hunt" sessions "$steady"
expect 'the last frequency is told' 0 'every 31 evaluations'

# In any order of results, and in any number of sessions: also when an optimizer has said that it ends, and its end is
# in the journal only later; and where it is the session that ends.
random='MinFuncCalls(5) & ValueAnnealing(0.3) & TimeAnnealing(2)'
for seed in 1 2 3 4 5 6; do
  code=3 times=0
  while [ "$code" = 3 ]; do
    # From the start of the program: longer and longer, so that some get to work on any machine.
    times=$((times + 1)); session=$(printf '0.%03d' $((60 + 15 * times))); [ $times -lt 25 ] || session=100000
    run "$glompo" --quiet --output "free-$seed" --resume-or-start --session $session --set glompo.seed=$seed \
      --set glompo.hunt_frequency=1 --set "glompo.hunters=$random" --set task.delay=0.0001 \
      --set 'optimizer cma.plugin=neldermead' --set 'optimizer cma.max_evaluations=40' --set 'optimizer walk.iters=30' job.ini
  done
  expect "seed $seed: sessions without an order" 0
  verdicts_of_run "free-$seed" >run
  verdicts_of_replay "free-$seed" "$random" >replay
  check "seed $seed: the same verdicts, over $times sessions" same run replay
done
check 'there are many' [ "$(wc -l <run)" -ge 20 ]

# Changed while the run goes on, kept when it is resumed, and changed again.
ctl=$builddir/glompo-ctl
hunted () { [ "$(verdicts_of_run live | wc -l)" -ge "$1" ]; }
for order in true false; do
  rm -rf live
  "$glompo" --quiet --output live --set glompo.deterministic=$order --set "glompo.hunters=$steady" --set glompo.hunt_frequency=1000000000 \
    --set 'glompo.convergence=MaxFuncCalls(100000000)' --set task.delay=0.0005 job.ini 2>live.err & pid=$!
  eventually "$ctl" live status
  check 'it is changed' eventually "$ctl" live set hunt_frequency 5
  "$ctl" live set max_jobs 5 >/dev/null
  check 'it hunts' eventually hunted 3
  "$ctl" live exit >/dev/null
  code=0; wait $pid || code=$?
  check 'it is interrupted' equal $code 3
  as_in_run "deterministic = $order: changed in the run" live
  yml=live/glompo_manager_log.yml
  check 'the summary has the settings in force' grep -q '^  Max Jobs: 5$' $yml
  check 'and tells of the change' grep -q '^    Key: hunt_frequency$\|- Key: hunt_frequency$' $yml
  check 'and whose it was' grep -q "By: $(id -un) (process" $yml
  before=$("$log" --csv live | tail -n +2 | wc -l)
  run "$glompo" --quiet --resume live --set "glompo.convergence=MaxFuncCalls($((before + 800)))"
  expect 'it goes on' 0
  check 'with what was changed' equal "$(in_use live hunt_frequency) $(in_use live max_jobs)" '5 5'
  as_in_run "deterministic = $order: changed in the run, and resumed" live
  check 'it hunts as often as in the replay' equal "$(hunts_of_replay live "$steady")" "$(hunts_of_run live)"
  cp live/journal.glompo kept
  run "$glompo" --resume live
  expect 'what has finished with changed settings has finished' 0 'had finished before'
  check 'and stays as it is' cmp -s kept live/journal.glompo
  run "$glompo" --quiet --resume live --set "glompo.convergence=MaxFuncCalls($((before + 1600)))" --set glompo.hunt_frequency=50
  expect 'what is set when it is resumed comes first' 0
  check 'and is in use' equal "$(in_use live hunt_frequency) $(in_use live max_jobs)" '50 5'
  as_in_run "deterministic = $order: three sessions" live
done

# ---- other hunters ----
run "$hunt" threads 'MinFuncCalls(1000000)'
expect 'hunters that stop nobody' 0 'Stopped: 0 of ' 'Saved: 0 of 4000' ': kept' 'Not known: what '
run "$hunt" -f 1 threads 'MinFuncCalls(10)'
expect 'hunters that stop all but the best' 0 'every 1 evaluations' 'MinFuncCalls(min_pts=10)'
check 'each at its tenth evaluation, or later if it was the best' \
  [ "$(awk '/ cma | walk / && $3 < 10' "$scratch/out" | wc -l)" = 0 ]
saved=$(awk '$1 ~ /^[0-9]+$/ { n += $5 } END { print n }' "$scratch/out")
check 'the savings add up' grep -qF "Saved: $saved of 4000" "$scratch/out"
check 'and are some' [ "$saved" -gt 0 ]
run "$hunt" --json -f 1 threads 'MinFuncCalls(10)'
expect 'as JSON' 0 '"hunt_frequency":1,' "\"saved\":$saved," '"verdicts":[{"id":'
run "$hunt" --why -f 1 threads 'MinFuncCalls(10)'
expect 'with reasons' 0 'MinFuncCalls(min_pts=10): 10 evaluations >= 10: true'

cat >walks <<'INI'
[task]
plugin = benchmark
function = sphere
dims = 2
[optimizer walk]
plugin = random
iters = 100
INI
# Counted by hand: two optimizers at a time, and a hunt at every evaluation.
cat - walks >hand.ini <<'INI'
[glompo]
max_jobs = 2
backend = threads
hunt_frequency = 1
seed = 3
convergence = MaxFuncCalls(200)
INI
run "$glompo" --quiet --output hand hand.ini
expect 'a run that does not hunt' 0
# With MinFuncCalls(1) at every evaluation only the holder of the best value is left after each.
"$log" --csv hand | tail -n +2 | awk -F, '
  { own[$2]++; if (!($2 in out)) { if (holder == "" || $8 < best) { best = $8; holder = $2 }
      for (id in own) if (id != holder && !(id in out)) { out[id] = 1; print id, own[id], $1 } } }' | sort >wanted
verdicts_of_replay -f 1 hand 'MinFuncCalls(1)' | sort >found
check 'counted by hand' same wanted found
check 'there is something to count' [ -s wanted ]

# ---- what cannot be told ----
run "$hunt" threads 'MinFuncCall(10)'
expect 'an unknown hunter' 2 '[glompo] hunters: column 1' 'did you mean "MinFuncCalls"?'
run "$hunt" threads 'MinFuncCalls(10) & (TypeHunter(walks) | TypeHunter(neldermead))'
expect 'names that the run does not have' 2 "optimizer of TypeHunter: found 'walks', wanted" 'did you mean walk?' \
  "found 'neldermead', wanted one of the groups and plugins of this job: cma, cmaes, walk, random"
run "$hunt" threads 'MinFuncCalls(10) & (TypeHunter(walk) | TypeHunter(cmaes))'
expect 'names that it has' 0 'Stopped: '
run "$hunt" threads none
expect 'no hunters' 2
run "$hunt" threads 'MaxKills(3)'
expect 'a checker' 2
run "$hunt" missing 'MinFuncCalls(10)'
expect 'no journal' 2 missing
run "$hunt" threads
expect 'no expression' 2 'wanted a run directory and an expression'
run "$hunt" -f 0 threads 'MinFuncCalls(10)'
expect 'a wrong frequency' 2 'at least 1'
for points in best none; do
  run "$glompo" --quiet --output "points-$points" --set glompo.journal_points=$points job.ini
  run "$hunt" "points-$points" 'MinFuncCalls(10)'
  expect "a journal with journal_points = $points" 1 "journal_points = $points" 'journal_points = all'
done
head -c 60000 threads/journal.glompo >torn.glompo
run "$hunt" torn.glompo "$hunters"
expect 'a torn journal' 0 'The run has not ended, or its journal is cut off'
{ head -c 20000 threads/journal.glompo; printf XXXXXXXX; tail -c +20009 threads/journal.glompo; } >bad.glompo
run "$hunt" bad.glompo "$hunters"
expect 'a damaged journal' 1 'glompo-hunt: '
echo 'no journal' >"$scratch/no-journal"
run "$hunt" "$scratch/no-journal" 'BestUnmoving(10)'
expect 'what is no journal' 2 'not a journal'

# ---- why no more are started, and why those that were frozen go on ----
cat - walks >spawn.ini <<'INI'
[glompo]
max_jobs = 2
backend = threads
seed = 3
deterministic = true
hunt_frequency = 1
freezers = MinFuncCalls(20)
convergence = MaxFuncCalls(5000)
spawn = IterSpawnStop(1000000) | NOptimizersSpawnStop(4)
INI
run "$glompo" --quiet --output spawn spawn.ini
expect 'a run that starts four' 0
run "$log" --why end spawn
expect 'why no more were started' 0 'no further optimizers are started, by spawn, at evaluation ' 'and 4 started, for this held' \
  'or: true' 'IterSpawnStop(max_calls=1000000): ' 'NOptimizersSpawnStop(max_opts=4): 4 >= 4: true  [4, 4, 0, 0]' \
  'no optimizers alive, spawning stopped: IterSpawnStop('
run "$log" --jsonl spawn
expect 'it is a record' 0 '"record":"spawning-stopped"' '"by":"spawn"' '"started":4'
check 'one' [ "$(grep -c '"record":"spawning-stopped"' "$scratch/out")" = 1 ]
run "$log" spawn
expect 'and a line' 0 'no further optimizers are started, by spawn: IterSpawnStop(' ': no new one may start; best value '
check 'it is in the summary' grep -q '^  spawning stopped:' spawn/glompo_manager_log.yml
check 'with its tree' grep -q 'condition: NOptimizersSpawnStop(max_opts=4)' spawn/glompo_manager_log.yml
revived=$("$log" --jsonl spawn | sed -n '/"record":"revive"/{s/.*"optimizer":\([0-9]*\).*/\1/p;q}')
run "$log" --why "${revived:-0}" spawn
expect 'why one was revived' 0 'revived by selector: CycleSelector(revive=last): no new one may start; best value '
if python3 -c 'import yaml' 2>/dev/null; then
  check 'both as YAML' python3 - spawn/glompo_manager_log.yml <<'PY'
import sys, yaml
d = yaml.safe_load (open (sys.argv[1]))
stopped = d["Solution"]["spawning stopped"]
assert stopped["by"] == "spawn" and stopped["optimizers started"] == 4, stopped
assert stopped["condition"]["or"][1] == {"condition": "NOptimizersSpawnStop(max_opts=4)", "figures": "4 >= 4",
                                         "values": [4, 4, 0, 0], "holds": "true"}, stopped
revivals = [r for o in d["Optimizers"] for r in o.get ("Revivals", [])]
assert len (revivals) == d["Counters"]["Optimizers"]["Revivals"] > 0
assert all (r["By"] == "selector" and "; best value " in r["Reason"] for r in revivals), revivals
PY
else
  skip 'the summary as YAML: there is no python3 with yaml'
fi
lasting () { "$log" --jsonl --no-times "$1" | grep -v '"record":"run-ended"'; }
lasting spawn >whole
size=$(wc -c <spawn/journal.glompo)
for part in 10 30 50 70 90; do
  rm -rf cut && mkdir cut && head -c $((size * part / 100)) spawn/journal.glompo >cut/journal.glompo
  run "$glompo" --quiet --resume cut
  expect "cut off at $part %, it goes on" 0
  lasting cut >again
  check 'as if nothing had been' same whole again
done
# With another condition than before more are started, and that holds for what is gone through again.
for deterministic in true false; do
  run "$glompo" --quiet --output more --overwrite --set glompo.deterministic=$deterministic spawn.ini
  expect "deterministic = $deterministic: four again" 0
  for n in 6 8; do
    run "$glompo" --quiet --resume more --set "glompo.spawn=NOptimizersSpawnStop($n)"
    expect "then up to $n" 0
    run "$log" --why end more
    expect 'each time it is told' 0 "NOptimizersSpawnStop(max_opts=$n): $n >= $n: true  [$n, $n, 0, 0]" "of $n optimizers"
  done
  check 'three times' [ "$(grep -c 'no further optimizers are started, by spawn' "$scratch/out")" = 3 ]
  run "$glompo" --quiet --resume more --set 'glompo.spawn=NOptimizersSpawnStop(7)'
  expect 'with one that has been reached long ago' 0
  run "$glompo" --quiet --resume more --set 'glompo.convergence=MaxFuncCalls(6000)'
  expect 'with the same one' 0
  run "$log" --why end more
  check 'it is told once for each' [ "$(grep -c 'no further optimizers are started, by spawn' "$scratch/out")" = 4 ]
  check 'and none is started' \
    [ "$(grep -c 'of 8 optimizers: no optimizers alive, spawning stopped: NOptimizersSpawnStop(max_opts=7): 8 >= 7' "$scratch/out")" = 2 ]
done
run "$glompo" --quiet --output chain --set 'glompo.selector=ChainSelector([150])' --set glompo.spawn=none spawn.ini
expect 'a selector that ends it' 0
run "$log" --why end chain
expect 'why it does' 0 'no further optimizers are started, by selector, at evaluation ' \
  ': ChainSelector(fcall_thresholds=150, revive=last): behind the last group: ' ' evaluations >= 150'

# ---- why ----
victim=$(verdicts_of_run processes | head -n 1 | cut -d ' ' -f 1)
run "$log" --why "$victim" processes
expect 'why an optimizer was stopped' 0 "optimizer $victim started: " 'chosen by CycleSelector' 'its start by RandomGenerator' \
  'verdict of hunt ' 'held the best value' 'and: true' 'or: true' 'EvaluationsUnmoving(calls=20, tol=0.5' \
  'MinFuncCalls(min_pts=30): ' ': true  [' 'told to end by the hunters' 'hunted after '
check 'nothing of others' [ "$(grep -c ' started: ' "$scratch/out")" = 1 ]
run "$log" --why end processes
expect 'why the run ended' 0 'the run finished after 4000 evaluations' 'or: true' \
  'MaxFuncCalls(fmax=4000): 4000 >= 4000: true  [4000, 4000, 0, 0]' 'and: not asked' 'MaxKills(kills_max=1000): not asked'
run "$log" --why 1 processes
expect 'why the first one was started' 0 'CycleSelector(revive=last): the turn of group 1 of 2, its workers 1 <= 4 free slots' \
  'RandomGenerator(): random point number 1'
run "$log" --why 100000 processes
expect 'why nobody' 1 'there is no optimizer 100000'
for wrong in 0 x -1 ''; do
  run "$log" --why "$wrong" processes
  expect "why \"$wrong\"" 2 'wanted the id of an optimizer, from 1, or end'
done
run "$log" --why 1 --csv processes
expect 'why, and something else' 2 '--why'
yml=processes/glompo_manager_log.yml
check 'the summary has the tree of the end' grep -q '^  end condition:' $yml
check 'with its leaves' grep -q 'condition: MaxFuncCalls(fmax=4000)' $yml
check 'and those of the hunts' grep -q 'condition: MinFuncCalls(min_pts=30)' $yml
if python3 -c 'import yaml' 2>/dev/null; then
  check 'as YAML' python3 - $yml <<'PY'
import sys, yaml
d = yaml.safe_load (open (sys.argv[1]))
tree = d["Solution"]["end condition"]
assert tree["holds"] == "true" and tree["or"][0]["condition"] == "MaxFuncCalls(fmax=4000)", tree
assert tree["or"][0]["values"][:2] == [4000, 4000] and tree["or"][1]["and"][0]["holds"] == "none", tree
hunted = [o for o in d["Optimizers"] if o["State"] == "hunted"]
assert hunted and all (o["Verdicts"][-1]["Tree"]["holds"] == "true" for o in hunted)
PY
else
  skip 'the summary as YAML: there is no python3 with yaml'
fi
finish
