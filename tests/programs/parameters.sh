#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Bounds, names, start points, fixed and whole parameters are the manager's work: the same for every task that
# runs the user's code and for every optimizer.
. "${GLOMPO_TEST_SRCDIR:-.}/tests/lib.sh"
PYTHONDONTWRITEBYTECODE=1; export PYTHONDONTWRITEBYTECODE

# The function is the same in all: its terms are whole or halves, so that every arithmetic agrees.
cat >"$scratch/f.py" <<'END'
def f(x):
    return abs(x[0] - 3) + abs(x[1]) * 8 + abs(x[2] - 2.5)
END
cat >"$scratch/f.awk" <<'END'
function abs(v) { return v < 0 ? -v : v }
{ printf "%.17g\n", abs($1 - 3) + abs($2) * 8 + abs($3 - 2.5); exit }
END
# awk may wait for more input than a line, so each line gets its own.
cat >"$scratch/serve.sh" <<'END'
#!/bin/sh
while read -r line; do printf '%s\n' "$line" | awk -f "$0.awk"; done
END
cp "$scratch/f.awk" "$scratch/serve.sh.awk"
chmod +x "$scratch/serve.sh"
cat >"$scratch/f.c" <<'END'
#include <math.h>
#include <stddef.h>
double f (const double *x, size_t n) { (void) n; return fabs (x[0] - 3) + fabs (x[1]) * 8 + fabs (x[2] - 2.5); }
END

# job TASK OPTIMIZER: its lines of [task] are on standard input.
job () {
  cat >"$scratch/job.ini" <<END
[glompo]
max_jobs = 1
convergence = MaxFuncCalls(60)
seed = 5

[task]
plugin = $1
$(cat)

[parameters]
"whole one" = -10, 10, start=7, type=integer
fixed = 0.5
other = -4, 4, start=-1.25

[optimizer it]
plugin = $2
END
}

# point: the numbers of it in the last JSON.
point () { sed -n 's/.*"x":\[\([^]]*\)\].*/\1/p' "$scratch/out"; }

# columns: value and parameters of all evaluations.
columns () { "$builddir/glompo-log" --csv "$scratch/run" | sed 1d | cut -d, -f8-; }

# same_everywhere TASK OPTIMIZER: runs it; the first task of an optimizer is what the others are compared with.
same_everywhere () {
  job "$1" "$2"
  rm -rf "$scratch/run"
  run timeout 300 "$builddir/glompo-run" --json --quiet --overwrite --output "$scratch/run" "$scratch/job.ini"
  expect "$1, $2" 0 '"parameters":["whole one","fixed","other"],"fixed":["fixed"]'
  columns >"$scratch/columns-$2-$1"
  if [ ! -e "$scratch/columns-$2" ]; then cp "$scratch/columns-$2-$1" "$scratch/columns-$2"; fi
  check "$1, $2: 60 evaluations" test "$(wc -l <"$scratch/columns-$2-$1")" = 60
  check "$1, $2: the same points and values as in every task" cmp "$scratch/columns-$2" "$scratch/columns-$2-$1"
  check "$1, $2: the whole one is whole" \
    awk -F, '$2 != int($2) || $2 < -10 || $2 > 10 { bad = 1 } END { exit bad }' "$scratch/columns-$2-$1"
  check "$1, $2: the best point is shown with the fixed one: $(point)" \
    sh -c 'case "$1" in *,0.5,*) ;; *) exit 1 ;; esac' sh "$(point)"
}

in_all_tasks () {
  same_everywhere command "$1" <<END
program = awk
arguments = -f '$scratch/f.awk'
input = line
END
  same_everywhere server "$1" <<END
program = ./serve.sh
protocol = text
timeout = 60
END
  if [ -e "$scratch/terms.so" ]; then
    same_everywhere function "$1" <<END
file = terms.so
END
  fi
  if [ -e "$builddir/plugins/.libs/python.so" ]; then
    same_everywhere python "$1" <<END
module = f
names = [parameters]
END
  else
    skip "python: the task was not built"
  fi
}

# The compiler that built this, without what it sanitizes.
cc=$(sed -n 's/^CC = //p' "$builddir/Makefile" | head -n 1)
# shellcheck disable=SC2086
${cc:-cc} -shared -fPIC -o "$scratch/terms.so" "$scratch/f.c" 2>/dev/null || skip 'function: no compiler'

for optimizer in random neldermead cmaes; do in_all_tasks "$optimizer"; done
check 'the simplex begins at the start point' test "$(sed -n 's/^[^,]*,//;1p' "$scratch/columns-neldermead")" = 7,-1.25

# What people read: the summary and the YAML file.
run "$builddir/glompo-run" --overwrite --output "$scratch/run" "$scratch/job.ini"
expect 'the summary has all parameters' 0 '  fixed      0.5 (fixed)' '  whole one  '
yaml=$scratch/run/glompo_manager_log.yml
check 'the YAML has all parameters' grep -qE '^  parameters: \{whole one: [^,]*, fixed: 0\.5, other: ' "$yaml"
check 'and the point is as long' grep -qE '^  x: \[[^,]*, 0\.5, [^,]*\]' "$yaml"

# Everything may be fixed but one, and a fixed one may be given as lower = upper in the task.
job command neldermead <<END
program = awk
arguments = -f '$scratch/f.awk'
input = line
END
sed -i -e 's/^"whole one" = .*/"whole one" = 3, 3/' "$scratch/job.ini"
run "$builddir/glompo-run" --overwrite --output "$scratch/run" "$scratch/job.ini"
expect 'all fixed but one' 0 '  whole one  3 (fixed)' 'Best value: 4'
sed -i -e 's/^other = .*/other = 2/' "$scratch/job.ini"
run "$builddir/glompo-run" --overwrite --output "$scratch/run" "$scratch/job.ini"
expect 'all fixed' 2 'every parameter fixed'

job command neldermead <<END
program = awk
arguments = -f '$scratch/f.awk'
input = line
names = a, b, c
lower = -9, 1, 2.5
upper = 9, 1, 2.5
start = 4, 1, 2.5
END
sed -i -e '/^\[parameters\]/,/^$/d' "$scratch/job.ini"
run "$builddir/glompo-run" --json --quiet --overwrite --output "$scratch/run" "$scratch/job.ini"
expect 'fixed by the task' 0 '"fixed":["b","c"]'
check 'the start point of the task is that of the first optimizer' test "$(columns | head -n 1)" = 9,4

finish
