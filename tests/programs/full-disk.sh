#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A disk that is full, a limit on the size of files, a directory that is removed: a run says so, rests, goes on when
# it can, and misses nothing; or ends when it is told to, and says what is missing.
. "${GLOMPO_TEST_SRCDIR:-.}/tests/lib.sh"
small=$scratch/small0
pid=
clean () { [ -z "$pid" ] || kill -9 "$pid"; for d in "$scratch"/small*; do umount -l "$d"; done; rm -rf "$scratch"; }
trap 'clean 2>/dev/null' EXIT

cat >"$scratch/job.ini" <<'END'
[glompo]
max_jobs = 2
seed = 5
backend = threads
convergence = MaxFuncCalls(20000)
[task]
plugin = benchmark
function = rastrigin
dims = 20
[optimizer a]
plugin = random
iters = 0
END

# begin DIRECTORY ARGUMENT...: starts a run.
begin () {
  directory=$1; shift
  : >"$scratch/err" # nothing of the run before
  "$builddir/glompo-run" --output "$directory" "$@" "$scratch/job.ini" >"$scratch/out" 2>"$scratch/err" </dev/null &
  pid=$!
}
# await TEXT [N]: until the run has said it N times.
await () {
  for i in $(seq 1200); do
    [ "$(grep -cF -e "$1" "$scratch/err")" -ge "${2:-1}" ] && return
    kill -0 "$pid" 2>/dev/null || return
    sleep 0.05
  done
}
end () { code=0; wait "$pid" || code=$?; pid=; }
rests='the run rests until the journal can be written again'
goes='the journal can be written again, nothing of it is missing'

# whole NAME DIRECTORY N: its journal holds evaluations 1 to N, each once, in order.
whole () {
  "$builddir/glompo-log" --csv "$2" 2>&1 | cut -d, -f1 | sed 1d >"$scratch/calls"
  seq "$3" | cmp -s - "$scratch/calls" && pass "$1" || { fail "$1"; tail -3 "$scratch/calls"; }
}

# once NAME: the run has said that it rests once, and that it goes on once.
once () {
  [ "$(grep -cF "$rests" "$scratch/err")" = 1 ] && [ "$(grep -cF "$goes" "$scratch/err")" = 1 ] \
    && pass "$1" || { fail "$1"; sed 's/^/  | /' "$scratch/err"; }
}

# mount_small: a file system of 2 MiB of its own.
mount_small () {
  small=${small}0
  mkdir "$small" && mount -t tmpfs -o size=2m tmpfs "$small" 2>/dev/null
}
full_disk () {
  begin "$small/run" "$@"
  await "$rests"
  sleep 0.5 # a while of rest
  mount -o remount,size=64m "$small"
  await "$goes"
  end
  expect "a full disk: the run ends well ($*)" 0 "Evaluations: 20000" "cannot write: No space left on device"
  once "a full disk is told of once ($*)"
  whole "a full disk costs no evaluation ($*)" "$small/run" 20000
}

if [ "$(id -u)" = 0 ] && mount_small; then
  full_disk
  mount_small
  full_disk --set glompo.journal_sync=each --set glompo.backend=processes
  mount_small
  begin "$small/run"
  await "$rests"
  kill -TERM "$pid"
  end
  expect "a full disk: the run ends when it is told to" 1 "No space left on device" "bytes may be missing"
  run "$builddir/glompo-log" --csv "$small/run"
  expect "what is in its journal is good" 0 "ends inside a record"
  mount -o remount,ro "$small"
  run "$builddir/glompo-run" --resume "$small/run"
  expect "a file system that is read-only: nothing can be gone on with" 2 "Read-only file system"
  mount -o remount,size=64m,rw "$small"
  run "$builddir/glompo-run" --resume "$small/run"
  expect "writable again and with room: the run goes on" 0 "Evaluations: 20000"
  whole "it costs no evaluation" "$small/run" 20000
else
  skip "a full disk: this takes a file system of its own, which only root may mount"
fi

if command -v prlimit >/dev/null 2>&1; then
  : >"$scratch/err"
  (ulimit -S -f 4096 && exec "$builddir/glompo-run" --output "$scratch/limited" --set glompo.convergence='MaxFuncCalls(40000)' \
    "$scratch/job.ini" >"$scratch/out" 2>"$scratch/err" </dev/null) &
  pid=$!
  await "$rests"
  prlimit --fsize=unlimited --pid "$pid"
  await "$goes"
  end
  expect "a limit on the size of files: the run ends well" 0 "Evaluations: 40000" "cannot write: File too large"
  whole "it costs no evaluation" "$scratch/limited" 40000
  : >"$scratch/err"
  (ulimit -S -f 4096 && exec "$builddir/glompo-run" --output "$scratch/ordered" --set glompo.convergence='MaxFuncCalls(40000)' \
    --set glompo.deterministic=true "$scratch/job.ini" >"$scratch/out" 2>"$scratch/err" </dev/null) &
  pid=$!
  await "$rests"
  run "$builddir/glompo-ctl" "$scratch/ordered" status
  expect "deterministic mode: the status tells of the rest" 0 "State: resting until the journal can be written again"
  run "$builddir/glompo-ctl" "$scratch/ordered" status --json
  expect "  also as JSON" 0 '"held":true'
  kill -TERM "$pid"
  end
  expect "deterministic mode: the run ends when it is told to" 1 "cannot write: File too large"
  run "$builddir/glompo-run" --resume "$scratch/ordered"
  expect "and goes on where there is room" 0 "Evaluations: 40000"
  whole "it costs no evaluation" "$scratch/ordered" 40000
else
  skip "a limit on the size of files: there is no prlimit"
fi

begin "$scratch/removed" --set task.delay=0.001 --set glompo.convergence='MaxFuncCalls(8000)'
eventually test -s "$scratch/removed/journal.glompo"
rm "$scratch/removed/journal.glompo"
check "a journal that was removed is put back" eventually test -s "$scratch/removed/journal.glompo"
end
expect "and the run ends well" 0 "Evaluations: 8000"
whole "it costs no evaluation" "$scratch/removed" 8000
has_evaluations () { [ "$(wc -c <"$1")" -gt 20000 ]; }
for deterministic in false true; do
  dir=$scratch/gone-$deterministic
  begin "$dir" --set glompo.deterministic=$deterministic --set glompo.convergence='MaxFuncCalls(1000000000)' \
    --set task.delay=0.001
  eventually has_evaluations "$dir/journal.glompo"
  mv "$dir" "$scratch/elsewhere" && rm -r "$scratch/elsewhere"
  end
  expect "a directory that was removed ends the run (deterministic = $deterministic)" 1 \
    "cannot put back the file, which was removed" "the run directory $dir was removed, and the journal with it"
  check "  and is not made again" [ ! -e "$dir" ]
done

# Where the limit is below what a run needs from the beginning, it is the limit that is named.
limited () { run sh -c 'ulimit -f "$1" && shift && exec "$@"' - "$@"; }
for backend in threads processes; do
  limited 60 "$builddir/glompo-run" -o "$scratch/below-$backend" --set glompo.backend=$backend "$scratch/job.ini"
  expect "backend = $backend: a limit below a channel" 1 "bytes of shared memory (glompo-channel): File too large" \
    "; the size of files is limited to" "raise it with ulimit -f"
done
limited 4 "$builddir/glompo-run" -q -o "$scratch/below-answers" "$scratch/job.ini"
expect "a limit below what a plugin declares" 2 "; the size of files is limited to"

if [ "$(id -u)" != 0 ]; then
  mkdir "$scratch/closed"
  chmod 500 "$scratch/closed"
  begin "$scratch/closed"
  end
  expect "a directory without permission" 2 "cannot create: Permission denied"
else
  skip "a directory without permission: root may write everywhere"
fi
finish
