#!/usr/bin/env bash
# What the service's workers do on this machine: answers a second of one worker and of two processes, and how long an
# alarm takes at ten cameras. SQLite, and a PostgreSQL that is started for it (left out where there is none).
#
# usage: bench/worker.sh [PICTURES]     to be answered, 300 by default
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -z "${LN_TEST_DATABASE:-}" ]; then
    [ -d build/release ] || { echo "bench: build/release is missing: run make build" >&2; exit 1; }
    cmake --build --preset release --target bench-worker >/dev/null
    work=$(mktemp -d build/bench-worker-XXXXXX)
    trap 'rm -rf "$work"' EXIT
    export WORKER_PICTURES=${1:-300} LN_TEST_FLUSH="-c fsync=on"
    name=SQLite
else
    name=PostgreSQL # started by tests/service/postgres.sh, which runs this script again
fi

# Where an empty store is.
empty() {
    if [ $name = SQLite ]; then
        rm -f "$work"/store.db*
        where=$work/store.db
    else
        where=$LN_TEST_DATABASE
        psql -q "$where" -c 'DROP SCHEMA public CASCADE; CREATE SCHEMA public' 2>/dev/null
    fi
}

for processes in 1 2; do
    empty
    printf '%-10s %d process(es): %s\n' $name $processes \
        "$(build/release/bench-worker answers "$where" $processes "$WORKER_PICTURES")"
done
empty
printf '%-10s last frame to alarm, ms: median, 90 %%, worst: %s\n' $name \
    "$(build/release/bench-worker latency "$where" 5)"
[ $name = PostgreSQL ] || tests/service/postgres.sh bench/worker.sh || [ $? = 77 ]
