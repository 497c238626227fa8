#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every broken ini file of tests/fixtures/ini and tests/fixtures/tried: exit 2, nothing started, each text that it
# expects is printed.
. "${GLOMPO_TEST_SRCDIR:-.}/tests/lib.sh"

run_check () { run "$builddir/glompo-run" --check "$1"; }

# Everything that the last run printed and $1 expects.
says_all () {
  sed -n 's/^# expect: //p' "$1" | while IFS= read -r text; do
    cat "$scratch/out" "$scratch/err" | grep -qF -e "$text" || { echo "nothing says \"$text\""; exit 1; }
  done
}

cd "$scratch" || exit 99
n=0
for file in "$srcdir"/tests/fixtures/ini/*.ini "$srcdir"/tests/fixtures/tried/*.ini; do
  n=$((n + 1)) base=$(basename "$file")
  run_check "$file"
  check "$base: exit 2" test "$code" = 2
  check "$base: what it expects" says_all "$file"
done
check "at least thirty files" test "$n" -ge 30
check "nothing was left behind" test "$(ls "$scratch")" = "err
out"

run_check "$scratch/missing.ini"
expect "no file" 2 "missing.ini: No such file or directory"
run_check "$scratch"
expect "a directory" 2 "Is a directory"
printf '[task]\n' >"$scratch/secret.ini"
chmod 0 "$scratch/secret.ini"
if [ -r "$scratch/secret.ini" ]; then
  skip "a file that may not be read: this user may read every file"
else
  run_check "$scratch/secret.ini"
  expect "a file that may not be read" 2 "secret.ini: Permission denied"
fi

# An optimizer that cannot be read may be the one that is meant.
while read -r faulty; do
  printf '%s\n' '[glompo]' 'hunters = TypeHunter(b)' '[task]' 'plugin = benchmark' 'function = sphere' '[optimizer a]' \
    'plugin = random' "$faulty" 'plugin = cmaes' >"$scratch/unread.ini"
  run_check "$scratch/unread.ini"
  check "$faulty: exit 2" test "$code" = 2
  check "$faulty: nothing about names" test "$(grep -c TypeHunter "$scratch/err")" = 0
done <<'END'
[optimizer b
[optimiser b]
[optimizer  b]
[optimizer b]x
END
printf '[glompo]\nhunters = TypeHunter(b)\n[task]\nplugin = benchmark\nfunction = sphere\n[optimizer a]\nplugin = cmas\n' \
  >"$scratch/unread.ini"
run_check "$scratch/unread.ini"
check 'an unknown plugin: nothing about names' test "$(grep -c TypeHunter "$scratch/err")" = 0

# --set goes the same way.
printf '[task]\nplugin = benchmark\nfunction = sphere\n[optimizer a]\nplugin = random\n' >"$scratch/good.ini"
run "$builddir/glompo-run" --check --set seed=1 --set glompo.sede=1 --set glompo.seed=x "$scratch/good.ini"
expect "--set" 2 "--set: found 'seed=1', wanted GROUP.KEY=VALUE" \
  "--set: [glompo] sede: found an unknown key with the value '1'; did you mean seed?" \
  "--set: [glompo] seed: found 'x', wanted a whole number"
run "$builddir/glompo-run" --check --set glmpo.seed=1 --set "optimizer A.workers=2" --set tsk.dims=2 "$scratch/good.ini"
expect "--set with a mistyped group" 2 "--set: found the unknown group 'glmpo'; did you mean [glompo]?" \
  "--set: [optimizer A]: found no key plugin, wanted plugin = NAME of an optimizer; did you mean [optimizer a]?" \
  "--set: found the unknown group 'tsk'; did you mean [task]?"
run "$builddir/glompo-run" --check --set "optimizer other.workers=2" "$scratch/good.ini"
expect "--set with a group that is like no other" 2 "wanted plugin = NAME of an optimizer"
check "  nothing is offered" sh -c '! grep -q "did you mean" "$1"' - "$scratch/err"

# --seed is refused by its own name.
for seed in abc '' -1 nan; do
  run "$builddir/glompo-run" --check --seed "$seed" "$scratch/good.ini"
  expect "--seed '$seed'" 2 "--seed: found '$seed', wanted a whole number of at least 0, or auto"
done
run "$builddir/glompo-run" --check --set glompo.seed=x --seed 1e3 "$scratch/good.ini"
expect "--seed is the last word" 0
finish
