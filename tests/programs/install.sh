#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# An installation from the outside: installs into a scratch directory, makes a plugin and a program from what
# is there and pkg-config alone, and runs the installed programs. The plugin and the program are those of the
# README, word for word, and so are the commands that make and run them.
. "${GLOMPO_TEST_SRCDIR:-.}/tests/lib.sh"

for tool in make pkg-config; do
  if ! command -v "$tool" >/dev/null; then skip "no program $tool"; finish; fi
done
real_cc=${GLOMPO_TEST_CC:-cc}
if ! command -v "${real_cc%% *}" >/dev/null; then skip "no compiler ${real_cc%% *}"; finish; fi
unset MAKEFLAGS MFLAGS MAKELEVEL DESTDIR
LC_ALL=C; export LC_ALL

# makefile NAME: value of a variable of the build tree's Makefile.
makefile () {
  printf 'include Makefile\nglompo-print:\n\t@echo "$(%s)"\n' "$1" \
    | make -s -C "$builddir" -f - glompo-print 2>/dev/null | tail -n 1
}
prefix=$(makefile prefix) bindir=$(makefile bindir) libdir=$(makefile libdir) plugindir=$(makefile plugindir)

root=$scratch/root
run make -C "$builddir" install "DESTDIR=$root"
expect "make install with DESTDIR" 0
check "nothing is installed outside the prefix" [ "$(find "$root" -type f ! -path "$root$prefix/*")" = "" ]
for file in "$bindir/glompo-run" "$bindir/glompo-inspect" "$bindir/glompo-log" "$libdir/libglompo-1.so.0" \
  "$plugindir/cmaes.so" "$plugindir/helpers/glompo-probe" "$prefix/include/glompo-1/glompo/glompo-plugin.h" \
  "$libdir/pkgconfig/glompo-1.pc"; do
  check "$file is there" [ -s "$root$file" ]
done

# Places of the build in what is installed: debugging information has a right to them, nothing else.
mkdir "$scratch/bare"
find "$root" -type f | while IFS= read -r file; do
  bare=$scratch/bare/$(basename "$file")
  strip -S -o "$bare" "$file" 2>/dev/null || cp "$file" "$bare"
  # The prefix may be a place of the build, as in make distcheck.
  sed "s|$prefix||g" "$bare" >"$bare.out" && mv "$bare.out" "$bare"
done
if [ "$(makefile SAN_CFLAGS)" != "" ]; then
  skip "sanitizers keep names of source files"
else
  run grep -rlF -e "$builddir" -e "$(cd "$srcdir" && pwd)" "$scratch/bare"
  expect "no installed file names a place of the build" 1
fi

# The description for pkg-config, which is then moved to where the files are.
pc=$root$libdir/pkgconfig/glompo-1.pc
PKG_CONFIG_PATH=$root$libdir/pkgconfig; export PKG_CONFIG_PATH
header=$srcdir/include/glompo/glompo-plugin.h
abi=$(sed -n 's/^#define GLOMPO_ABI_M[A-Z]*OR \([0-9]*\)u$/\1/p' "$header" | tr '\n' '.')
check "prefix of the .pc file" [ "$(pkg-config --variable=prefix glompo-1)" = "$prefix" ]
check "plugindir of the .pc file" [ "$(pkg-config --variable=plugindir glompo-1)" = "$plugindir" ]
check "ABI of the .pc file" [ "$(pkg-config --variable=abi glompo-1)." = "$abi" ]
sed "s|^\([a-z_]*\)=$prefix|\1=$root$prefix|" "$pc" >"$pc.moved" && mv "$pc.moved" "$pc"

# The compiler of this build, with what only this build needs: sanitizers, whose libraries come first. Every
# library on the command line is linked to, as some systems do by default.
mkdir "$scratch/bin"
printf '#!/bin/sh\nexec %s %s -Wall -Werror -Wl,--no-as-needed "$@"\n' "$real_cc" "${GLOMPO_TEST_CFLAGS:-}" \
  >"$scratch/bin/cc"
chmod +x "$scratch/bin/cc"
PATH=$scratch/bin:$root$bindir:$PATH LD_LIBRARY_PATH=$root$libdir; export PATH LD_LIBRARY_PATH
unset GLOMPO_PLUGIN_PATH

# Installed programs find what was installed with them.
run glompo-inspect --timeout 120
expect "the installed inspector" 0 "$root$plugindir/cmaes.so" "$root$plugindir/lynx-hare.so" "MaxFuncCalls"
check "knows nothing of the build tree" sh -c "! grep -qF '$builddir/plugins' '$scratch/out'"
for backend in threads processes; do
  run glompo-run --output "$scratch/run-$backend" --set "glompo.backend=$backend" --set glompo.seed=1 \
    --set glompo.deterministic=true "$root$prefix/share/glompo-1/examples/sir.ini"
  expect "the installed program runs an installed example, $backend" 0 "Finished" "Best value: 3590.28"
done
run glompo-log --csv "$scratch/run-threads"
expect "the installed log" 0 "evaluation,optimizer,"

# GLOMPO_PLUGIN_PATH comes first.
mkdir "$scratch/first"
cp "$root$plugindir/random.so" "$scratch/first"
run env GLOMPO_PLUGIN_PATH="$scratch/first" glompo-inspect random
expect "GLOMPO_PLUGIN_PATH comes before the installed plugins" 0 "$scratch/first/random.so"
run glompo-inspect random
expect "without it the installed ones" 0 "$root$plugindir/random.so"

# ---- the README ----

# blocks KIND: unpacks what stands behind <!-- KIND: NAME -->, between the fences, into the file NAME.
blocks () {
  awk -v kind="$1" -v sq="'" '
    $1 == "<!--" && $2 == kind ":" { name = $3; next }
    /^```/ { if (name == "") next; if (inside) { close (name); name = "" }; inside = !inside; next }
    inside { print > name }' "$srcdir/README.md"
}
mkdir "$scratch/readme"
cd "$scratch/readme" || exit 99
blocks file
blocks run
for file in job.ini one-plus-one.c rosenbrock.ini plugin epidemic.c library; do
  check "the README has $file" [ -s "$file" ]
done
run glompo-run --check job.ini
expect "its job is in order" 0
run sh -ec ". ./plugin"
expect "its plugin is made, found and runs" 0 "kind          optimizer" "$PWD/one-plus-one.so" "smallest_step: " \
  "Finished: TargetCost" "plugin one-plus-one"
if command -v readelf >/dev/null; then
  run readelf -d one-plus-one.so
  check "the plugin is not tied to the library" sh -c "! grep -q 'NEEDED.*libglompo' '$scratch/out'"
fi
for backend in processes processes_forced; do
  run env GLOMPO_PLUGIN_PATH="$PWD" glompo-run --output "run-$backend" --set "glompo.backend=$backend" rosenbrock.ini
  expect "its plugin in $backend" 0 "Finished: TargetCost"
done
run sh -ec ". ./library"
expect "its program is made and runs" 0 "beta = 1.669" "gamma = 0.443"

# What the README says there is.
for folder in "$srcdir"/src/*/ "$srcdir"/plugins "$srcdir"/data "$srcdir"/tests; do
  name=${folder#"$srcdir"/}
  check "the README tells of ${name%/}" grep -qF "| \`${name%/}\` |" "$srcdir/README.md"
done
run glompo-run --check --set 'glompo.no_such_key=1' job.ini
keys=$(sed -n 's/.*wanted one of //p' "$scratch/err" | tr -d ' ' | tr ',' ' ')
for key in $(sed -n '/^| key | default/,/^$/s/^| `\([a-z_]*\)`.*/\1/p' "$srcdir/README.md"); do
  case " $keys " in *" $key "*) pass "the key $key of the README exists" ;; *) fail "there is no key $key" ;; esac
done
check "the README has keys" [ -n "$keys" ]
for option in check set json output csv jsonl optimizer; do
  { glompo-run --help; glompo-log --help; } >"$scratch/help"
  check "the option --$option of the README exists" grep -q -e "--${option}[= ]" "$scratch/help"
done
finish
