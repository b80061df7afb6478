#!/usr/bin/env bash
# What more processes and more cores bring, over a PostgreSQL that is started for it: answers a second of one worker and
# of two, on one core and on two; uplinks a second of one process that takes webhooks and of two. All of it, the server
# and the load too, is on this machine, so the second core is not free for the second process.
#
# usage: bench/scale.sh [PICTURES [SECONDS]]     to be answered, 200; of each measurement of uplinks, 10
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -z "${LN_TEST_DATABASE:-}" ]; then
    [ -x build/release/limitnet ] || { echo "bench: build/release is missing: run make build" >&2; exit 1; }
    cmake --build --preset release --target bench-worker >/dev/null
    work=$(mktemp -d build/bench-scale-XXXXXX)
    trap 'rm -rf "$work"' EXIT
    build/release/limitnet encode tests/pictures/cat.jpg -o "$work/cat.lnp"
    export INGEST_WORK=$PWD/$work SCALE_PICTURES=${1:-200} INGEST_SECONDS=${2:-10} LN_TEST_FLUSH="-c fsync=on"
    tests/service/postgres.sh bench/scale.sh # runs this script again
    exit
fi

empty() {
    psql -q "$LN_TEST_DATABASE" -c 'DROP SCHEMA public CASCADE; CREATE SCHEMA public' 2>/dev/null
}

load() {
    echo "load $(cut -d' ' -f1 /proc/loadavg)"
}

for cores in 0 0,1; do
    for workers in 1 2; do
        empty
        printf 'cores %-4s %d worker(s): %s; %s\n' $cores $workers "$(taskset -c $cores build/release/bench-worker answers \
            "$LN_TEST_DATABASE" $workers "$SCALE_PICTURES")" "$(load)"
    done
done
/usr/bin/python3 bench/scale.py "$LN_TEST_DATABASE"
