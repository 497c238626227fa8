#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Hunters, checkers, generators and selectors of somebody else: shared objects built against the header alone,
# found by name on GLOMPO_PLUGIN_PATH, used in expressions like those that are built in, and inspected.
. "${GLOMPO_TEST_SRCDIR:-.}/tests/lib.sh"

fixtures=$builddir/tests/fixtures/policies/.libs
sources=$srcdir/tests/fixtures/policies
mkdir "$scratch/plugins"
cp "$fixtures/WorseBy.so" "$fixtures/Twice.so" "$fixtures/Enough.so" "$fixtures/Corner.so" "$fixtures/Rarest.so" \
  "$fixtures/AllBut.so" "$scratch/plugins"

is_short () { [ "$(wc -l <"$1")" -le 60 ]; }
check 'a hunter has at most 60 lines' is_short "$sources/WorseBy.c"

cat >"$scratch/job.ini" <<'END'
[glompo]
max_jobs = 3
seed = 5
hunt_frequency = 10
convergence = Enough(kills=3, below=1e6) | MaxFuncCalls(3000000)
hunters = MinFuncCalls(20) & (WorseBy(0.001) | Patience(WorseBy, 3)) | Twice(condition=WorseBy(2) & MinFuncCalls(30))
generator = Corner
selector = Rarest()
[task]
plugin = benchmark
function = sphere
dims = 4
delay = 0.0002
[optimizer a]
plugin = random
iters = 0
[optimizer b]
plugin = cmaes
END

run "$builddir/glompo-run" --check "$scratch/job.ini"
expect 'without the path they are not there' 2 'there is no hunter "WorseBy"' 'there is no checker "Enough"' \
  'there is no generator "Corner"' 'there is no selector "Rarest"'

GLOMPO_PLUGIN_PATH=$scratch/plugins; export GLOMPO_PLUGIN_PATH
for backend in threads processes; do
  run "$builddir/glompo-run" --set glompo.backend=$backend --output "$scratch/$backend" "$scratch/job.ini"
  expect "a job with all of them, $backend" 0 'Enough(kills=3, below=1000000): true'
  run "$builddir/glompo-log" "$scratch/$backend"
  expect "and what they compared is told, $backend" 0 'WorseBy(margin=0.001): worse by '
  run grep -c 'Start Point By: .*Corner(): corner number' "$scratch/$backend/glompo_manager_log.yml"
  expect "and where the optimizers started, $backend" 0
done

for backend in threads processes; do
  run "$builddir/glompo-run" --set glompo.backend=$backend --set glompo.generator=Annealing --set glompo.hunters=none \
    --set 'glompo.convergence=MaxFuncCalls(500)' --set task.delay=0 --output "$scratch/annealing-$backend" "$scratch/job.ini"
  expect "a generator that evaluates, $backend" 0 '500 >= 500: true'
done

# Where nothing comes any more those are hunted all the same whom the clock accuses.
cat >"$scratch/stalls" <<'END'
#!/bin/sh
printf x >>"$COUNT.$PPID"
[ "$(wc -c <"$COUNT.$PPID")" -le 2 ] || exec sleep 98763
echo 1
END
chmod +x "$scratch/stalls"
cat >"$scratch/stalls.ini" <<END
[glompo]
max_jobs = 2
backend = processes
hunters = Stalled(0.5)
aggressive_kill = true
convergence = MaxOptsStarted(3)
end_timeout = 1
[task]
plugin = command
program = $scratch/stalls
environment = COUNT=$scratch/count
dims = 2
bounds = -1, 1
[optimizer some]
plugin = random
iters = 0
END
run timeout 300 "$builddir/glompo-run" --output "$scratch/stalled" "$scratch/stalls.ini"
expect 'a hunt by the clock' 0 'MaxOptsStarted(omax=3)'
check 'is told as any other' sh -c '"$1" "$2" | grep -qF "hunted for optimizer"' x "$builddir/glompo-log" "$scratch/stalled"
gone 'and nothing is left' 'sleep 98763*'

run "$builddir/glompo-run" --check --set 'glompo.hunters=StepSize(100000)' --set task.dims=1000 "$scratch/job.ini"
expect 'a window that does not fit into memory' 2 'StepSize: found a window of 100000 points' 'wanted at most 16777,'

run "$builddir/glompo-run" --set 'glompo.hunters=AllBut(optimizer=3)' --set 'glompo.convergence=MaxFuncCalls(300)' \
  --output "$scratch/all-but" "$scratch/job.ini"
expect 'a number that is called optimizer is no name of one' 0 '300 >= 300: true'
run "$builddir/glompo-log" "$scratch/all-but"
expect 'and hunts' 0 'AllBut(optimizer=3): '
run "$builddir/glompo-run" --check --set 'glompo.hunters=Twice(AllBut(3) & TypeHunter(nobody))' "$scratch/job.ini"
expect 'built-in ones inside its conditions are still looked at' 2 "optimizer of TypeHunter: found 'nobody'"
run "$builddir/glompo-run" --check --set 'glompo.hunters=Twice(WorseBy(x))' "$scratch/job.ini"
expect 'a fault inside a condition is found' 2 "margin of WorseBy: found 'x', wanted a real number"
run "$builddir/glompo-run" --check --set 'glompo.hunters=Enough(1)' "$scratch/job.ini"
expect 'a checker is no hunter' 2 'Enough' 'checker' 'hunter'

run "$builddir/glompo-inspect" --timeout 120
expect 'all are listed' 0 'WorseBy' 'Enough' 'Corner' 'Rarest' 'Patience' 'Bandit' 'Signal'
run "$builddir/glompo-inspect" WorseBy
expect 'one is shown' 0 'somebody else' 'how much worse it may be' 'hunter'
run "$builddir/glompo-inspect" Patience
expect 'a built-in one is shown alike' 0 'condition: a condition, as in' 'n: a whole number' 'built in'
finish
