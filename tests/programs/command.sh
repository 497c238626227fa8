#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The task `command` in whole runs: names and paths of any kind, and programs that do what programs do.
. "${GLOMPO_TEST_SRCDIR:-.}/tests/lib.sh"

# A directory whose name has blanks, quotes, a line break and letters of other alphabets.
odd="$scratch/it's a \"place\"
with ünïcödé {a} \$(reboot)"
mkdir "$odd"

# go [ARG...]: runs the job of the odd directory from another one.
go () {
  rm -rf "$scratch/run"
  run timeout 300 "$builddir/glompo-run" --overwrite --output "$scratch/run" "$@" "$odd/job 'x'.ini"
}

# ---- 200 evaluations with odd names, told in every way ----

cat >"$odd/sum \"it\".sh" <<'END'
#!/bin/sh
# Each parameter comes in a way of its own; all four must be there, and as the same numbers on standard input.
read -r line
set -- "$1" "$BLANK" "$(sed -n '1s/^.*= //p' 'in put')" "$(sed -n '2p' 'in put')" $line
[ "$#" = 8 ] && [ "$1" = "$5" ] && [ "$2" = "$6" ] && [ "$3" = "$7" ] && [ "$4" = "$8" ] || exit 9
awk -v a="$1" -v b="$2" -v c="$3" -v d="$4" 'BEGIN { printf "%.17g\n", a * a + b * b + c * c + d * d }' >"the 'result'"
END
chmod +x "$odd/sum \"it\".sh"
printf 'c = {new\nline}\n{grüße, "du" = [1]}\n{not a parameter}\n' >"$odd/in put.template"
cat >"$odd/job 'x'.ini" <<'END'
[glompo]
max_jobs = 2
convergence = MaxFuncCalls(200)

[task]
plugin = command
program = "./sum \"it\".sh"
arguments = "{it's a}"
environment = "BLANK={\"b\"}"
templates = 'in put.template'
input = line
output = the 'result'

[parameters]
"it's a" = -1, 1
"\"b\"" = -1, 1
"new\nline" = -1, 1
"grüße, \"du\" = [1]" = 0, 1

[optimizer it]
plugin = random
iters = 0
END
for backend in threads processes; do
  (cd / && go --set "glompo.backend=$backend"; echo "$code" >"$scratch/code")
  code=$(cat "$scratch/code")
  expect "200 evaluations with odd names in $backend" 0 'Evaluations: 200 in' '  new\nline  ' '  it'"'"'s a  '
  check "$backend: each has a value" test "$(grep -c 'without a value' "$scratch/out")" = 0
done
run "$builddir/glompo-log" --csv "$scratch/run"
expect 'the log has the names' 0 "it's a" '"""b"""' '"grüße, ""du"" = [1]"'

# ---- programs that misbehave ----

cat >"$odd/trouble" <<'END'
#!/bin/sh
case "$1" in
  fails) echo 1; exit 3 ;;
  garbage) head -c 3000 /dev/urandom | tr -d '0-9' ;;
  nothing) ;;
  gigabyte) exec head -c 1000000000 /dev/zero ;;
  hangs) sleep 98761 & sleep 98761 ;;
  daemon) setsid sleep 98761 & sleep 98761 ;;
  deaf) trap '' TERM INT HUP; sleep 98761 ;;
  fills) i=0; while [ "$i" -lt 300 ]; do : >"file $i"; i=$((i + 1)); done; exec head -c 30000000 /dev/zero >big ;;
  closes) exec >&-; sleep 0.1 ;;
  closes-after) echo 5; exec >&-; sleep 0.1 ;;
  background) sleep 98761 & echo 5 ;;
  crashes) kill -SEGV $$ ;;
  stops) kill -STOP $$ ;;
  says) shift; shift; printf -- "$1" ;;
esac
END
chmod +x "$odd/trouble"

# trouble KIND BACKEND [LINE...]: a job of six evaluations of that kind; lines of [task].
trouble () {
  kind=$1
  cat >"$odd/job 'x'.ini" <<END
[glompo]
max_jobs = 1
backend = $2
convergence = MaxFuncCalls(6)

[optimizer it]
plugin = random
iters = 0

[task]
plugin = command
program = ./trouble
dims = 1
bounds = -1, 1
END
  shift 2
  case "$*" in *arguments*) ;; *) set -- "arguments = $kind {x1}" "$@" ;; esac
  printf '%s\n' "$@" >>"$odd/job 'x'.ini"
}

# fails KIND TEXT [LINE...]: no evaluation has a value, the log says why, and the run ends well.
fails () {
  kind=$1 text=$2; shift 2
  for backend in threads processes; do
    trouble "$kind" "$backend" "$@"
    go
    expect "$kind ($*) in $backend" 1 'Evaluations: 6 in' '6 of them without a value' "$text"
  done
}

# gives KIND VALUE [LINE...]: every evaluation has this value.
gives () {
  kind=$1 value=$2; shift 2
  trouble "$kind" threads "$@"
  go
  expect "$kind ($*) gives $value" 0 'Evaluations: 6 in' "Best value: $value "
  check "$kind ($*): each time" test "$(grep -c 'without a value' "$scratch/out")" = 0
}

fails fails 'exited with code 3'
fails garbage 'wanted a number'
fails nothing 'wanted a number'
fails gigabyte 'printed more than 1 MiB' 'output_limit = 1'
fails hangs 'took longer than 0.2 s' 'timeout = 0.2'
gone 'nothing is left of those that hung' 'sleep 98761*'
fails deaf 'took longer than 0.2 s' 'timeout = 0.2'
fails stops 'took longer than 0.2 s' 'timeout = 0.2'
fails fills 'was killed by signal 25' 'file_limit = 1' 'scratch = always'
check 'their directories are gone' test -z "$(find "$scratch/run" "$odd" -name 'evaluation-*' -o -name 'file *')"
fails closes 'wanted a number'
gives closes-after 5
gives background 5
gone 'nothing is left in the background' 'sleep 98761*'
fails crashes 'was killed by signal 11'

# Numbers and what looks like them.
fails says 'the value nan' 'arguments = says {x1} nan'
fails says 'the value inf' 'arguments = says {x1} inf'
fails says 'the value -inf' 'arguments = says {x1} -1e400'
fails says 'a decimal point' 'arguments = says {x1} 1,5'
gives says 8 'arguments = says {x1} 0x1p3'
gives says 1500 'arguments = says {x1} 1.5D3'
gives says 2.5 'arguments = says {x1} "E = 2.5, done"'
gives says -7 "arguments = says {x1} 'a\\\\000b -7'"

# A file of an earlier evaluation is no result.
printf '4\n' >"$odd/result"
fails nothing 'left no file' 'output = result' 'scratch = never'

# The limit of the manager ends a program with all that it has started.
for kind in hangs daemon; do
  trouble "$kind" threads
  sed -i -e 's/^max_jobs.*/&\nevaluation_timeout = 0.4/' -e 's/Calls(6)/Calls(2)/' \
    -e 's/^iters.*/&\nworkers_backend = processes/' "$odd/job 'x'.ini"
  go
  expect "evaluation_timeout: $kind" 1 'Evaluations: 2 in' '2 of them without a value'
  gone "evaluation_timeout: nothing is left of it ($kind)" 'sleep 98761*'
done

finish
