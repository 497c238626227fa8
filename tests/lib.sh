# SPDX-License-Identifier: LGPL-2.1-or-later
# Sourced by the shell tests. Each check is one test; finish prints the count and exits.
srcdir=${GLOMPO_TEST_SRCDIR:-$PWD}
builddir=${GLOMPO_TEST_BUILDDIR:-$PWD}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/glompo-test.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0 skipped=0

pass () { passed=$((passed + 1)); echo "ok: $1"; }
fail () { failed=$((failed + 1)); echo "FAILED: $1"; }
skip () { skipped=$((skipped + 1)); echo "skipped: $1"; }

# check NAME COMMAND...: the command succeeds.
check () { name=$1; shift; if "$@"; then pass "$name"; else fail "$name"; fi; }

# run COMMAND...: keeps exit code, standard output and standard error in $code, $scratch/out, $scratch/err.
run () { code=0; "$@" >"$scratch/out" 2>"$scratch/err" </dev/null || code=$?; }

# eventually COMMAND...: goes on when it succeeds; gives up after two minutes.
eventually () {
  tries=0
  until "$@" >/dev/null 2>&1; do
    tries=$((tries + 1)); [ $tries -lt 2400 ] || return 1; sleep 0.05
  done
}

# same FOUND WANTED
same () { [ "$1" = "$2" ] || { echo "  | found $1, wanted $2"; return 1; }; }

# marked PATTERN: the programs whose command line the pattern fits.
marked () {
  for process in /proc/[0-9]*; do
    # shellcheck disable=SC2254
    case "$(tr '\0' ' ' 2>/dev/null <"$process/cmdline" || :)" in $1) echo "${process#/proc/}" ;; esac
  done 2>/dev/null
}
none_marked () { [ -z "$(marked "$1")" ]; }

# gone NAME PATTERN: none is left, soon.
gone () { check "$1" eventually none_marked "$2"; }

# expect NAME CODE [TEXT...]: the last run exited with CODE and printed each TEXT somewhere.
expect () {
  name=$1 wanted=$2; shift 2
  if [ "$code" != "$wanted" ]; then
    fail "$name: exit $code, wanted $wanted"; sed 's/^/  | /' "$scratch/out" "$scratch/err"; return
  fi
  for text in "$@"; do
    if ! cat "$scratch/out" "$scratch/err" | grep -qF -e "$text"; then
      fail "$name: nothing says \"$text\""; sed 's/^/  | /' "$scratch/out" "$scratch/err"; return
    fi
  done
  pass "$name"
}

# endless_job [LINE...]: a job that goes on until it is told to end; lines of [glompo].
endless_job () {
  printf '%s\n' '[glompo]' "$@" 'max_jobs = 2' 'seed = 7' 'convergence = MaxSeconds(100000)' 'end_timeout = 100000' \
    '[task]' 'plugin = benchmark' 'function = sphere' 'dims = 2' 'delay = 0.002' \
    '[optimizer walk]' 'plugin = random' 'iters = 0'
}

# three_optimizers DELAY: the groups of a job behind [glompo]; one evaluation takes that long.
three_optimizers () {
  printf '%s\n' '[task]' 'plugin = benchmark' 'function = rastrigin' 'dims = 3' "delay = $1" \
    '[optimizer cma]' 'plugin = cmaes' '[optimizer nm]' 'plugin = neldermead' '[optimizer rnd]' 'plugin = random'
}

# journal DIR: of a run, without what is another one when it is repeated.
journal () { "$builddir/glompo-log" --jsonl --no-times "$1"; }

# as_wanted DIR: that is what stands in the file wanted.txt.
as_wanted () { journal "$1" >now.txt && cmp -s now.txt wanted.txt; }

finish () {
  echo "$passed passed, $failed failed, $skipped skipped"
  [ "$failed" = 0 ] && [ $((passed + skipped)) != 0 ]
  exit
}
