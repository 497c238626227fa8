#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# glompo-inspect from the outside: the list with broken plugins in it, one plugin, JSON, exit codes.
. "${GLOMPO_TEST_SRCDIR:-.}/tests/lib.sh"

inspect=$builddir/glompo-inspect
fixtures=$builddir/tests/fixtures/.libs
plugins=$scratch/plugins
mkdir "$plugins" "$scratch/hanging"
cp "$fixtures/load-good.so" "$fixtures/load-noisy.so" "$fixtures/load-leaves.so" "$fixtures/wrong-major.so" \
  "$fixtures/crash-constructor.so" "$plugins"
cp "$fixtures/hang-constructor.so" "$scratch/hanging"
GLOMPO_PLUGIN_PATH=$plugins; export GLOMPO_PLUGIN_PATH
LC_ALL=C; export LC_ALL

# silent FILE: it is empty.
silent () { [ ! -s "$1" ]; }
# line PATTERN...: one line of the last run's output matches each basic regular expression.
line () {
  for pattern in "$@"; do
    grep -q "$pattern" "$scratch/out" || { echo "  no line: $pattern"; return 1; }
  done
}
lacks () { ! grep -q "$1" "$scratch/out"; }

# The list. The deadline is far off: no answer depends on how fast this machine is.
run "$inspect" --timeout 120
expect "the list comes with broken plugins in it" 0
check "a good file is listed" line "^task  *load-good  *1\.5  *parabola for tests  *$plugins/load-good.so\$"
check "a plugin that prints is listed" line "^task  *load-noisy  *1\.5 "
check "a plugin of the build tree is listed" line "^optimizer  *neldermead "
check "a built-in policy is listed" line "^checker  *MaxFuncCalls .*built in\$" \
  "^hunter  *BestUnmoving .*built in\$"
check "broken ones are listed with their file" line "^crash-constructor  $plugins/crash-constructor.so\$"
check "and with their reason" line "^    crashed with signal [0-9]* (.*) while it was loaded\$" \
  "^    ended the process with exit code 3 while it was loaded\$" \
  "^    it was built for plugin ABI 2\.[0-9]*, wanted 1\.x"
check "the list says nothing on standard error" silent "$scratch/err"
check "the columns are aligned" awk '
  /^KIND/ { at = index ($0, "SUMMARY") }
  /load-good/ { good = index ($0, "parabola for tests") }
  END { exit !(at > 0 && at == good) }' "$scratch/out"

# A plugin that hangs: the rest is there all the same. Files that are looked at may miss so short a
# deadline too, but what is built in may not.
run env GLOMPO_PLUGIN_PATH="$scratch/hanging" "$inspect" --timeout 0.2
expect "the list comes with a hanging plugin in it" 0 "did not finish loading within 0.2 s" "MaxFuncCalls"
run "$inspect" --timeout 0.2 "$scratch/hanging/hang-constructor.so"
expect "a hanging plugin is broken" 1 "hang-constructor.so: did not finish loading within 0.2 s"

run "$inspect" --timeout 120 --kind optimizer
expect "the list of one kind" 0
check "has this kind" line "^optimizer  *neldermead "
check "has no other" lacks "^task \|^checker "

# One plugin.
run "$inspect" load-good
expect "one by name" 0 "parabola for tests" "LGPL-2.1-or-later" "concurrent" "shareable" \
  "height: " "default 0.25" "value of the minimum" "label: " "must be given"
run "$inspect" neldermead
expect "an optimizer" 0
check "shows its backends" line "^  level 1  *threads" "^  level 2  *serial, threads"
check "shows its metrics" line "^  metrics  *[a-z]"
run "$inspect" Bandit
expect "a selector" 0
check "shows its functions" line "^  functions  *revive, explain\$"
run "$inspect" Annealing
expect "a generator" 0
check "shows its own" line "^  functions  *explain, search, found\$"
run "$inspect" MaxSeconds
expect "a checker" 0
check "shows that it knows how long" line "^  functions  *explain, seconds_left\$"
run "$inspect" "$plugins/load-good.so" MaxFuncCalls
expect "several, by file and name" 0 "load-good" "MaxFuncCalls" "built in"
if [ -w /dev/full ]; then
  run sh -c '"$1" --kind checker >/dev/full' - "$inspect"
  expect "a list that cannot be printed" 1 "glompo-inspect: cannot write to the standard output"
else
  skip "a list that cannot be printed: no /dev/full"
fi
run "$inspect" "$plugins/wrong-major.so"
expect "a broken one" 1 "$plugins/wrong-major.so: it was built for plugin ABI 2."
check "the complaint is on standard error" silent "$scratch/out"
run "$inspect" crash-constructor
expect "one that crashes" 1 "crashed with signal"
run "$inspect" MaxFuncCals
expect "an unknown name" 2 'there is no plugin "MaxFuncCals"' 'did you mean "MaxFuncCalls"?' "$plugins"
run "$inspect" "$scratch/none.so"
expect "a file that is not there" 2 "no such file"
run "$inspect" --kind hunter load-good
expect "one of another kind" 2 "of kind task, wanted hunter"

# --exists answers by its exit code alone.
for case in "0 load-good" "0 MaxFuncCalls" "1 nothing-of-this-name" "1 crash-constructor" "1 load-leaves"; do
  run "$inspect" --timeout 120 --exists "${case#* }"
  expect "--exists ${case#* }" "${case% *}"
  check "says nothing" silent "$scratch/out"
  check "nor on standard error" silent "$scratch/err"
done

# JSON.
run "$inspect" --json load-good
expect "JSON of one" 0 '"name": "load-good"' '"concurrency": "concurrent"' '"minimum": null' \
  '"default_text": "0.25"'
cp "$scratch/out" "$scratch/one.json"
run "$inspect" --json --timeout 120
expect "JSON of all" 0 '"name": "MaxFuncCalls"' '"name": "load-noisy"' '"message" : "crashed with signal'
cp "$scratch/out" "$scratch/all.json"
if command -v python3 >/dev/null; then
  check "it is JSON, one object, and an array" python3 -c '
import json, sys
one, every = (json.load (open (name)) for name in sys.argv[1:])
assert isinstance (one, dict) and isinstance (every, list)
assert next (p for p in every if p["name"] == "load-good") == one
assert next (p for p in every if p["name"] == "wrong-major")["error"] == 3
' "$scratch/one.json" "$scratch/all.json"
else
  skip "no python3 to read JSON with"
fi

# An installation finds its own plugins and helpers wherever it has been moved to.
if [ -x "$builddir/.libs/glompo-inspect" ]; then
  moved=$scratch/moved
  mkdir -p "$moved/bin" "$moved/lib/glompo-1/helpers"
  cp "$builddir/.libs/glompo-inspect" "$moved/bin"
  cp "$builddir/.libs/libglompo-1.so.0" "$moved/lib"
  cp "$fixtures/load-good.so" "$moved/lib/glompo-1"
  cp "$builddir/glompo-probe" "$moved/lib/glompo-1/helpers"
  run env GLOMPO_PLUGIN_PATH= LD_LIBRARY_PATH="$moved/lib" "$moved/bin/glompo-inspect" --timeout 120
  expect "a moved installation lists plugins" 0
  check "its own" line "^task  *load-good .* $moved/lib/glompo-1/load-good.so\$"
  check "and not those of the build tree" lacks neldermead
else
  skip "no shared program to move"
fi

# The command line.
run "$inspect" --version
expect "--version" 0 "glompo-inspect " "plugin ABI 1."
run "$inspect" --help
expect "--help" 0 --json --kind --exists --timeout --version
run "$inspect" --nonsense
expect "an unknown option" 2 "nonsense"
run "$inspect" --kind weapon
expect "an unknown kind" 2 '"weapon"' "optimizer, task, generator, selector, hunter, checker"
run "$inspect" --timeout -1
expect "a deadline in the past" 2 "--timeout"
run "$inspect" --timeout nan
expect "a deadline that is no number" 2 "--timeout"
finish
