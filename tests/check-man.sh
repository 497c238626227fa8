#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The manual pages say what the programs say: options, keys with their defaults, policies, record types, the
# plugin ABI; and they are well-formed. The completions for bash complete.
. "${GLOMPO_TEST_SRCDIR:-.}/tests/lib.sh"
LC_ALL=C; export LC_ALL
man=$srcdir/data/man
run_program=$builddir/glompo-run

# plain FILE: without the escapes of minus signs.
plain () { sed 's/\\-/-/g' "$1"; }
same () { diff -u "$1" "$2"; }

for page in "$man"/*.[1-8]; do
  short=$(basename "$page")
  if command -v groff >/dev/null; then
    run groff -t -man -ww -z -Tutf8 "$page"
    expect "$short is well-formed" 0
    check "$short: groff has nothing to say" [ ! -s "$scratch/err" ]
  else
    skip "$short: no groff to read it with"
  fi
  # What it refers to is there.
  for other in $(plain "$page" | sed -n 's/^\.BR \(glompo[a-z.-]*\) (\([1-8]\)).*/\1.\2/p' | sort -u); do
    check "$short refers to $other" [ -e "$man/$other" ]
  done
done

for program in glompo-run glompo-inspect glompo-log glompo-ctl glompo-hunt; do
  "$builddir/$program" --help | grep -oE '^  (-[a-zA-Z], )?--[a-z-]+' | sed 's/^ *//' | sort -u >"$scratch/help"
  plain "$man/$program.1" | sed -n '/^\.SH OPTIONS/,/^\.SH EXIT/s/^\.BR\{0,1\} \(-.*\)/\1/p' \
    | sed 's/ ", " /, /; s/ *=.*//; s/ *$//' | sort -u >"$scratch/page"
  check "$program.1 has the options of $program --help" same "$scratch/help" "$scratch/page"
  check "$program has options" grep -q -e --version "$scratch/help"
done

# Keys of [glompo] and their defaults, from the table that the program reads them with.
tr '\n' ' ' <"$srcdir/src/config/settings.c" | sed 's/GLOMPO_OPT_/\n/g' \
  | sed -n 's/^[A-Z_]* (Settings, \([a-z_]*\),[^"]*"\([^"]*\)".*/\1 (\2)/p' | sort >"$scratch/table"
sed -n '/^\.SH \[glompo\]/,/^\.SH \[checkpoint\]/s/^\.BR \([a-z_]*\) " \((.*)\)"/\1 \2/p' "$man/glompo.ini.5" \
  | sort >"$scratch/page"
check "glompo.ini.5 has the keys of [glompo] with their defaults" same "$scratch/table" "$scratch/page"
run "$run_program" --check --set glompo.no_such_key_at_all=1 "$srcdir/data/sir.ini"
sed -n 's/.*wanted one of //p' "$scratch/err" | tr -d ' ' | tr ',' '\n' | sort >"$scratch/keys"
cut -d ' ' -f 1 "$scratch/page" >"$scratch/names"
check "glompo.ini.5 has the keys that glompo-run knows" same "$scratch/keys" "$scratch/names"
sed -n 's/^| `\([a-z_]*\)` | `\(.*\)` | .*/\1 (\2)/p' "$srcdir/README.md" | sort >"$scratch/readme"
check "the README has defaults" grep -q "^hunters (none)" "$scratch/readme"
check "the defaults of the README are those" [ "$(comm -13 "$scratch/table" "$scratch/readme")" = "" ]

# Keys of [checkpoint], in the same way.
tr '\n' ' ' <"$srcdir/src/config/checkpoint.c" | sed 's/GLOMPO_OPT_/\n/g' \
  | sed -n 's/^[A-Z_]* (CheckpointSettings, \([a-z_]*\),[^"]*"\([^"]*\)".*/\1 (\2)/p' | sort >"$scratch/table"
plain "$man/glompo.ini.5" | sed -n '/^\.SH \[checkpoint\]/,/^\.SH \[task\]/s/^\.BR \([a-z_]*\) " \((.*)\)"/\1 \2/p' \
  | sort >"$scratch/page"
check "glompo.ini.5 has the keys of [checkpoint] with their defaults" same "$scratch/table" "$scratch/page"
check "of which there are some" [ -s "$scratch/table" ]

# Its example, and what it lists.
sed -n '/^\.SH EXAMPLE/,/^\.fi/p' "$man/glompo.ini.5" | grep -v '^\.' >"$scratch/example.ini"
run "$run_program" --check "$scratch/example.ini"
expect "the example of glompo.ini.5 is in order" 0
for kind in Hunter Checker Generator Selector; do
  "$builddir/glompo-inspect" --timeout 120 --kind "$(echo $kind | tr HCGS hcgs)" \
    | awk '/built in$/ { print $2 }' | sort >"$scratch/inspector"
  sed -n "/^\.SS ${kind}s/,/^\.S[SH] [^${kind%"${kind#?}"}]/s/^\.BR \([A-Z][A-Za-z]*\).*/\1/p" "$man/glompo.ini.5" \
    | sort >"$scratch/page"
  check "glompo.ini.5 has every $kind" same "$scratch/inspector" "$scratch/page"
done

# The compatibility table and its rules are those of the program. Between the two comments the page has exactly
# this: ./glompo-inspect --compatibility through the awk below.
"$builddir/glompo-inspect" --compatibility | awk '
  BEGIN { print ".in 0\n.TS\nl1 l1 l1 l1 l1 l." }
  !rules && NF == 0 { print ".TE\n.in"; rules = 1 }
  !rules { gsub (/note |warning |error /, ""); gsub (/  +/, "\t"); print; next }
  /^[A-Z][0-9]+ / { code = $1; word = $2; sub (/:/, "", word); sub (/^[^:]*: /, ""); \
    print ".TP\n.BR " code " \" (" word ")\"\n.I \"" $0 "\"\n.br"; next }
  /^  / { sub (/^  /, ""); sub (/^Mend: /, "To mend: "); print }' >"$scratch/table.roff"
sed -n '/^\.\\" compatibility begins/,/^\.\\" compatibility ends/p' "$man/glompo.ini.5" | sed '1d;$d' >"$scratch/page"
check "glompo.ini.5 has the compatibility table and its rules" same "$scratch/table.roff" "$scratch/page"

header=$srcdir/include/glompo/glompo-journal.h
sed -n 's/^ *GLOMPO_RECORD_\([A-Z_]*\) = \([0-9]*\).*/\2 \1/p' "$header" | tr 'A-Z_' 'a-z-' >"$scratch/header"
awk -F '\t' '/^[0-9]+\t[a-z]+(-[a-z]+)?\t/ { print $1 " " $2 }' "$man/glompo-journal.5" >"$scratch/page"
check "glompo-journal.5 has every type of record" same "$scratch/header" "$scratch/page"

header=$srcdir/include/glompo/glompo-plugin.h
abi=$(sed -n 's/^#define GLOMPO_ABI_M[A-Z]*OR \([0-9]*\)u$/\1/p' "$header" | tr '\n' '.')
last=$(sed -n '/^\.SH VERSIONS/,/^\.SH ENV/s/^\.B \([0-9.]*\)$/\1/p' "$man/glompo-plugin.7" | tail -n 1)
check "glompo-plugin.7 has ABI ${abi%.}" [ "$last" = "${abi%.}" ]
compiler=${GLOMPO_TEST_CC:-cc}
if command -v "${compiler%% *}" >/dev/null; then
  plain "$man/glompo-plugin.7" | sed -n '/^#include/,/^GLOMPO_PLUGIN (/p' >"$scratch/bowl.c"
  # shellcheck disable=SC2086
  run $compiler -Wall -Werror -shared -fPIC "-I$srcdir/include" -o "$scratch/bowl.so" "$scratch/bowl.c"
  expect "the example of glompo-plugin.7 compiles" 0
  run env GLOMPO_PLUGIN_PATH="$scratch" "$run_program" --check --set task.plugin=bowl \
    --set "optimizer a.plugin=random" /dev/null
  expect "the example of glompo-plugin.7 is a task" 0
else
  skip "no compiler for the example of glompo-plugin.7"
fi

# offer WORD...: what is offered for the last word, after those before.
offer () {
  bash -c '
    source "$1"; shift
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
    "_${1//-/_}" "$1"
    printf "%s\n" "${COMPREPLY[@]}"' complete "$srcdir/data/completion/$1" "$@" >"$scratch/out" 2>"$scratch/err"
}
# offers WORD...: the last completion has each of them as a line, and bash did not complain.
offers () {
  for word in "$@"; do
    grep -qxF -e "$word" "$scratch/out" || { echo "  not offered: $word"; cat "$scratch/err"; return 1; }
  done
  [ ! -s "$scratch/err" ]
}
if command -v bash >/dev/null; then
  PATH=$builddir:$PATH
  cd "$scratch" || exit 99
  mkdir a-directory && : >job.ini && : >other.txt
  offer glompo-run --
  check "glompo-run: options" offers --check --set --output --help
  offer glompo-run --set glompo.hunt
  check "glompo-run: keys" offers glompo.hunters= glompo.hunt_frequency=
  offer glompo-run --set = glompo.conv
  check "glompo-run: keys behind =" offers glompo.convergence=
  offer glompo-run ""
  check "glompo-run: ini files and directories" offers job.ini a-directory
  check "glompo-run: no other files" sh -c "! grep -q other '$scratch/out'"
  offer glompo-run --output a
  check "glompo-run: directories" offers a-directory
  offer glompo-inspect BestUn
  check "glompo-inspect: names" offers BestUnmoving
  offer glompo-inspect --kind h
  check "glompo-inspect: kinds" offers hunter
  offer glompo-ctl a-directory pa
  check "glompo-ctl: commands" offers pause
  offer glompo-ctl a-directory set hunt
  check "glompo-ctl: keys" offers hunters hunt_frequency
  offer glompo-hunt --hunt
  check "glompo-hunt: options" offers --hunt-frequency
  offer glompo-log --js
  check "glompo-log: options" offers --jsonl
  offer glompo-log a-
  check "glompo-log: directories" offers a-directory
else
  skip "no bash to complete with"
fi
finish
