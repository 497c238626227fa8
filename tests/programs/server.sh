#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The task `server` in whole runs: what comes over the pipe in pieces, in bulk or not at all, and what comes
# besides.
. "${GLOMPO_TEST_SRCDIR:-.}/tests/lib.sh"

cat >"$scratch/serve" <<'END'
#!/bin/sh
echo "served by $$" >&2
n=0
while read -r line; do
  n=$((n + 1))
  case "$1" in
    pieces) printf 1; sleep 0.02; printf '2.'; sleep 0.02; printf '5\n' ;;
    returns) printf '12.5\r\n' ;;
    json-returns) printf '{"fx": 12.5, "more": [1, "x"]}\r\n' ;;
    half) printf '12.5'; sleep 98762 ;;
    last) printf '12.5'; exit 0 ;;
    huge) head -c 1500000 /dev/zero | tr '\0' ' '; echo 12.5 ;;
    too-huge) exec head -c 1000000000 /dev/zero ;;
    hangs) sleep 98762 & sleep 98762 ;;
    garbage) head -c 1000 /dev/urandom | tr -d '\n0-9'; echo ;;
    empty) echo ;;
    dies) [ "$n" = 1 ] || exit 3; echo 12.5 ;;
    closes) exec >&-; sleep 98762 ;;
    unasked)
      id=$(echo "$line" | sed 's/.*"id":\([0-9]*\).*/\1/')
      echo "{\"id\":$id,\"fx\":12.5}"
      echo "{\"id\":$id,\"fx\":0}"
      ;;
    pretty) printf '{\n"fx": 12.5\n}\n' ;;
    deaf) exec <&-; echo 12.5; sleep 98762 ;;
  esac
done
END
chmod +x "$scratch/serve"

# job KIND BACKEND [LINE...]: six evaluations; lines of [task].
job () {
  kind=$1
  cat >"$scratch/job.ini" <<END
[glompo]
max_jobs = 1
backend = $2
convergence = MaxFuncCalls(6)

[optimizer it]
plugin = random
iters = 0

[parameters]
a = -1, 1
b = -1, 1

[task]
plugin = server
program = ./serve
arguments = $kind
END
  shift 2
  case "$*" in *protocol*) ;; *) set -- 'protocol = text' "$@" ;; esac
  printf '%s\n' "$@" >>"$scratch/job.ini"
  rm -rf "$scratch/run"
  run timeout 300 "$builddir/glompo-run" --overwrite --output "$scratch/run" "$scratch/job.ini"
}

# gives KIND FAILURES [LINE...]: the run goes to its end, so many evaluations (or some, or none) have no value, the
# others 12.5.
gives () {
  kind=$1 failures=$2; shift 2
  for backend in threads processes; do
    job "$kind" "$backend" "$@"
    text="$failures of them without a value"
    vain=0
    case "$failures" in
      0 | some) text='Best value: 12.5 ' ;;
      6) vain=1 ;;
    esac
    expect "$kind in $backend: $failures of 6 fail" "$vain" 'Evaluations: 6 in' "$text"
    bad=$("$builddir/glompo-log" --csv "$scratch/run" | sed 1d | grep -vcE ',evaluated,12\.5,|,failed,|,timed.out,')
    check "$kind in $backend: no other value" test "$bad" = 0
  done
}

gives pieces 0
gives returns 0
gives json-returns 0 'protocol = json'
gives huge 0
gives unasked some 'protocol = json'
gives dies 3
gives half 6 'timeout = 0.2'
gives last 6
gives too-huge 6 'output_limit = 1'
gives hangs 6 'timeout = 0.2'
gives garbage 6
gives empty 6
gives closes 6 'timeout = 20'
gives pretty 6 'protocol = json' 'timeout = 20'
gives deaf 0 'timeout = 20'

gone 'no server is left, nor what it has started' 'sleep 98762*'

job returns processes
check 'its standard error is in the print streams' grep -rq 'served by' "$scratch/run/optimizer_printstreams"
job returns threads
expect 'or, in threads, on that of the program' 0 'served by'

finish
