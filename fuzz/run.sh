#!/usr/bin/env bash
# Runs every fuzz target, or one, for some seconds each, from its corpus in fuzz/corpus. What it finds on the way stays in
# build/fuzz/found, from which the next run goes on; inputs that break something are kept in build/fuzz/crashes.
#
# usage: fuzz/run.sh SECONDS [TARGET]     in parallel: JOBS=2
set -euo pipefail
cd "$(dirname "$0")/.."
build=build/fuzz
most_bytes=4096

fail() {
    echo "fuzz: $*" >&2
    exit 1
}

seconds=${1:-}
[[ $seconds =~ ^[1-9][0-9]*$ ]] || fail "usage: fuzz/run.sh SECONDS [TARGET]"
targets=$(cd $build/fuzz && ls fuzz_* | sed 's/^fuzz_//')
if [ -n "${2:-}" ]; then
    echo "$targets" | grep -qx -- "$2" || fail "there is no target '$2': name one of" $targets
    targets=$2
fi

# A folder for the files that targets read; in memory where there is one.
TMPDIR=$(mktemp -d -p "$([ -w /dev/shm ] && echo /dev/shm || echo "${TMPDIR:-/tmp}")" limitnet-fuzz-XXXXXX)
export TMPDIR build seconds most_bytes
trap 'rm -rf "$TMPDIR"' EXIT

run_one() {
    local name=$1 dictionary=
    mkdir -p "$build/found/$name" "$build/crashes/$name" "$build/logs"
    [ -f "fuzz/dictionaries/$name" ] && dictionary=-dict=fuzz/dictionaries/$name
    if "$build/fuzz/fuzz_$name" -max_total_time="$seconds" -max_len=$most_bytes -timeout=25 -rss_limit_mb=2048 \
        -print_final_stats=1 -artifact_prefix="$build/crashes/$name/" $dictionary \
        "$build/found/$name" "fuzz/corpus/$name" >"$build/logs/$name" 2>&1; then
        echo "fuzz: $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$build/logs/$name") runs, nothing found"
        return
    fi
    local input
    input=$(sed -n 's/^artifact_prefix=.*Test unit written to //p' "$build/logs/$name" | tail -1)
    if [ -n "$input" ]; then
        echo "fuzz: $name fails on $input: repeat it with $build/fuzz/fuzz_$name $input"
    else
        echo "fuzz: $name ended early without an input: read $build/logs/$name"
    fi >>"$TMPDIR/failures"
}
export -f run_one

echo "$targets" | xargs -P "${JOBS:-1}" -I NAME bash -c 'run_one NAME'
if [ -f "$TMPDIR/failures" ]; then
    cat "$TMPDIR/failures" >&2
    exit 1
fi
