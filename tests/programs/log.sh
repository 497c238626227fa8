#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# glompo-log on a journal that was written once and is kept, so that it also shows that old journals stay
# readable; and on cut, damaged and wrong files.
. "${GLOMPO_TEST_SRCDIR:-.}/tests/lib.sh"

log=$builddir/glompo-log
whole=$srcdir/tests/fuzz/seeds/journal/whole.glompo
size=$(wc -c <"$whole")

# lines FILE N: FILE has N lines.
lines () { [ "$(wc -l <"$1")" = "$2" ]; }

run "$log" --help
expect 'help' 0 'DIRECTORY|FILE' '--csv' '--jsonl'
run "$log" --version
expect 'version' 0 'glompo-log '
run "$log"
expect 'no file' 2 'wanted one run directory'
run "$log" --frobnicate "$whole"
expect 'unknown option' 2 'frobnicate'
run "$log" --csv --jsonl "$whole"
expect 'two formats' 2 'one of them at most'
run "$log" --optimizer -3 "$whole"
expect 'negative optimizer' 2 'negative number'
run "$log" "$scratch/nowhere"
expect 'no such file' 2 'nowhere: cannot open: '
run "$log" "$scratch"
expect 'directory without a run' 2 'journal.glompo: cannot open'
run "$log" "$srcdir/Makefile.am"
expect 'not a journal' 2 'Makefile.am: not a journal'

run "$log" "$whole"
expect 'text' 0 'started 2023-11-14 22:13:20 UTC: job.ini on host' \
  'evaluation 3: new best -1e+20 at (0.3333333333333333, 1)' 'warning: the task failed: no licence ü' \
  'hunted after 3 evaluations, best 2.25' 'finished after 6 evaluations of 2 optimizers' \
  "record of type 77: {'from': <'the future'>}"
check 'text: a line for each event but other evaluations' lines "$scratch/out" 15
run "$log" --all "$whole"
expect 'every evaluation as text' 0 'evaluation 4: timed-out at (0, 1)'
check 'text: a line for each record' lines "$scratch/out" 19
run "$log" --all --optimizer 1 "$whole"
expect 'one optimizer' 0 'evaluation 5: new best 2.25'
check 'one optimizer: nothing else' lines "$scratch/out" 8
run "$log" --best "$whole"
check 'best values only' lines "$scratch/out" 2

cat >"$scratch/csv" <<'END'
evaluation,optimizer,group,type,point,time,status,fx,alpha,"beta, the ""second""",cost,curve[0],curve[1]
1,1,fast,cmaes,1,1.000000,evaluated,3.5,0.1,0.2,0.001,1,2
2,2,fast,cmaes,1,1.000001,failed,inf,0.30000000000000004,1e-300,nan,nan,nan
3,2,fast,cmaes,2,2.000000,evaluated,-1e+20,0.3333333333333333,1,0.002,-0,5e-324
4,1,fast,cmaes,2,2.500000,timed-out,inf,0,1,0,0,0
5,1,fast,cmaes,3,3.000000,evaluated,2.25,0.125,0.5,0.003,1,1
6,2,fast,cmaes,3,5.000000,evaluated,-1e+19,1,1,0,0,0
END
run "$log" --csv "$whole"
check 'csv' diff "$scratch/csv" "$scratch/out"
run "$log" --csv --optimizer 2 --best "$whole"
check 'csv of the best of one optimizer' lines "$scratch/out" 2
if locale -a 2>/dev/null | grep -q '^de_DE.utf8$'; then
  run env LC_ALL=de_DE.utf8 "$log" --csv "$whole"
  check 'csv in a locale with a decimal comma' diff "$scratch/csv" "$scratch/out"
else
  skip 'csv in a locale with a decimal comma: no de_DE.utf8'
fi

run "$log" --jsonl "$whole"
expect 'jsonl' 0 '"record":"evaluation"' \
  '"f":"inf","x":[0.30000000000000004,1e-300],"extras":["nan","nan","nan"]' \
  '"seed":18446744073709551615' '"record":"type-77"' '"metrics":{' '"condition":"inf"'
check 'jsonl: a line for each record' lines "$scratch/out" 19
if command -v python3 >/dev/null; then
  check 'jsonl: every line is JSON' python3 -c '
import json, sys
records = [json.loads(line) for line in open(sys.argv[1])]
assert records[0]["details"]["parameters"] == ["alpha", "beta, the \"second\""]
assert records[4]["x"] == [0.1, 0.2] and records[4]["status"] == "evaluated"
assert records[6]["details"]["text"] == "the task failed:\nno licence \u00fc"
' "$scratch/out"
else
  skip 'jsonl: every line is JSON: no python3'
fi

# cut N: the journal's first N bytes in a run directory.
mkdir "$scratch/run"
cut () { head -c "$1" "$whole" >"$scratch/run/journal.glompo"; }
cut $((size - 5))
run "$log" "$scratch/run"
expect 'torn tail' 0 'note: the journal ends inside a record' 'converged after 3 evaluations'
check 'torn tail: all before it' lines "$scratch/out" 14
cut 8
run "$builddir/glompo-log" "$scratch/run"
expect 'a journal without a record' 0 'note: the journal holds no record'
cut 12
run "$log" --csv "$scratch/run"
expect 'nothing but a torn tail' 0 'evaluation,optimizer,' 'at byte 8'
cut 2000
printf 'x' | dd of="$scratch/run/journal.glompo" bs=1 seek=1500 conv=notrunc 2>/dev/null
run "$log" --csv "$scratch/run"
expect 'damaged' 1 'damaged at byte 1408' '1,1,fast,cmaes'
check 'damaged: all before it' lines "$scratch/out" 2

run sh -c '"$1" --jsonl "$2" | head -n 1' - "$log" "$whole"
check 'a reader that has seen enough is no fault' [ ! -s "$scratch/err" ]
if [ -w /dev/full ]; then
  run sh -c '"$1" --csv "$2" >/dev/full' - "$log" "$whole"
  expect 'full disk' 1 'cannot write to the standard output'
else
  skip 'full disk: no /dev/full'
fi

cut "$size"
run "$log" --summary "$scratch/run"
expect 'summary' 0
check 'summary: nothing printed' [ ! -s "$scratch/out" ]
check 'summary: the file' grep -q '^  fx: -1.0e+20$' "$scratch/run/glompo_manager_log.yml"
if command -v python3 >/dev/null && python3 -c 'import yaml' 2>/dev/null; then
  check 'summary: loads with PyYAML' python3 -c '
import datetime, sys, yaml
log = yaml.safe_load(open(sys.argv[1]))
keys = ["Assignment", "Settings", "Compatibility Findings", "Counters", "Run Information", "Optimizers",
        "Journal", "Solution"]
assert list(log) == keys, list(log)
assert log["Solution"]["fx"] == -1e20 and log["Solution"]["origin"]["opt_id"] == 2
assert log["Solution"]["x"] == [1 / 3, 1.0]
assert log["Settings"]["Optimizer Selector"]["Available Optimizers"][0]["init_kwargs"] == {"population": 12}
assert log["Settings"]["Bounds"] == {"(0, 1)": [0, 1]}
assert log["Optimizers"][0]["Metrics"] == {"sigma": 0.125, "condition": float("inf")}
assert isinstance(log["Assignment"]["Time"]["Optimization Periods"][0]["Start"], datetime.datetime)
' "$scratch/run/glompo_manager_log.yml"
else
  skip 'summary: loads with PyYAML: no python3 with yaml'
fi
finish
