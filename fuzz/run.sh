#!/usr/bin/env bash
# Runs every fuzz target, or one, for some seconds each, from its corpus in fuzz/corpus. What it finds on the way stays in
# build/fuzz/found, from which the next run goes on; inputs that break something are kept in build/fuzz/crashes.
#
# usage: fuzz/run.sh SECONDS [TARGET]             in parallel: JOBS=2
#        fuzz/run.sh --up-to SECONDS [TARGET]     only what each target lacks, at its present code, of so many seconds.
#                                                 fuzz/had counts them, over several runs; they may be side by side
set -euo pipefail
cd "$(dirname "$0")/.."
build=build/fuzz
most_bytes=4096
slice=300 # seconds that count only as a whole

fail() {
    echo "fuzz: $*" >&2
    exit 1
}

job=run_all
[ "${1:-}" != --up-to ] || { job=run_rest && shift; }
seconds=${1:-}
[[ $seconds =~ ^[1-9][0-9]*$ ]] || fail "usage: fuzz/run.sh [--up-to] SECONDS [TARGET]"
targets=$(cd $build/fuzz && ls fuzz_* | sed 's/^fuzz_//')
if [ -n "${2:-}" ]; then
    echo "$targets" | grep -qx -- "$2" || fail "there is no target '$2': name one of" $targets
    targets=$2
fi
mkdir -p $build/locks fuzz/had

# A folder for the files that targets read; in memory where there is one.
TMPDIR=$(mktemp -d -p "$([ -w /dev/shm ] && echo /dev/shm || echo "${TMPDIR:-/tmp}")" limitnet-fuzz-XXXXXX)
export TMPDIR build seconds most_bytes slice
trap 'rm -rf "$TMPDIR"' EXIT

# run_one NAME SECONDS: fails, and notes it, if something was found.
run_one() {
    local name=$1 dictionary=
    mkdir -p "$build/found/$name" "$build/crashes/$name" "$build/logs"
    [ -f "fuzz/dictionaries/$name" ] && dictionary=-dict=fuzz/dictionaries/$name
    "$build/fuzz/fuzz_$name" -max_total_time="$2" -max_len=$most_bytes -timeout=25 -rss_limit_mb=2048 \
        -print_final_stats=1 -artifact_prefix="$build/crashes/$name/" $dictionary \
        "$build/found/$name" "fuzz/corpus/$name" >"$build/logs/$name" 2>&1 && return
    local input
    input=$(sed -n 's/^artifact_prefix=.*Test unit written to //p' "$build/logs/$name" | tail -1)
    if [ -n "$input" ]; then
        echo "fuzz: $name fails on $input: repeat it with $build/fuzz/fuzz_$name $input"
    else
        echo "fuzz: $name ended early without an input: read $build/logs/$name"
    fi >>"$TMPDIR/failures"
    return 1
}

run_all() {
    ! run_one "$1" "$seconds" ||
        echo "fuzz: $1: $(sed -n 's/^stat::number_of_executed_units: *//p' "$build/logs/$1") runs, nothing found"
}

# code NAME: the same for the same program, built in a folder of the same name, whatever its comments: the information
# for debuggers has a checksum of each source file. had NAME: the seconds that it has been run.
code() {
    objcopy --strip-debug --remove-section=.note.gnu.build-id "$build/fuzz/fuzz_$1" "$TMPDIR/program-$1"
    sha256sum <"$TMPDIR/program-$1" | cut -c1-64
    rm "$TMPDIR/program-$1"
}
had() {
    local code= count=0
    [ ! -f "fuzz/had/$1" ] || read -r code count <"fuzz/had/$1"
    [ "$code" = "$(code "$1")" ] && echo "$count" || echo 0
}

run_rest() {
    local part code
    exec 9>"$build/locks/$1"
    flock -n 9 || { echo "fuzz: $1: another process is at it" && return; }
    while part=$((seconds - $(had "$1"))) && [ $part -gt 0 ]; do
        [ $part -le $slice ] || part=$slice
        code=$(code "$1")
        run_one "$1" $part || return 0
        echo "$code $(($(had "$1") + part))" >"fuzz/had/$1"
    done
    echo "fuzz: $1: has had $(had "$1") seconds, nothing found"
}
export -f run_one run_all code had run_rest

# Those that had least come first.
for name in $targets; do echo "$(had "$name") $name"; done | sort -n | cut -d' ' -f2 |
    xargs -P "${JOBS:-1}" -I NAME bash -c "$job NAME"
if [ -f "$TMPDIR/failures" ]; then
    cat "$TMPDIR/failures" >&2
    exit 1
fi
