#!/usr/bin/env bash
# How many frames a second the service's store adds on this machine's disk, each on the disk before it is acknowledged:
# SQLite, and a PostgreSQL that is started for it (left out where there is none).
#
# usage: bench/store.sh [SECONDS]     of each measurement, 10 by default
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -z "${LN_TEST_DATABASE:-}" ]; then
    library=build/release/src/service/liblimitnet-service.a
    work=$(mktemp -d build/bench-store-XXXXXX)
    trap 'rm -rf "$work"' EXIT
    [ -f "$library" ] || { echo "bench: $library is missing: run make build" >&2; exit 1; }
    "${CC:-cc}" -std=c17 -O2 -D_XOPEN_SOURCE=700 -Iinclude -Isrc bench/store.c "$library" \
        build/release/src/cloud/liblimitnet-cloud.a build/release/src/liblimitnet.a \
        -lsqlite3 -lpq -lsodium -lm -o "$work/store"
    export STORE_BENCH=$PWD/$work/store STORE_SECONDS=${1:-10} LN_TEST_FLUSH="-c fsync=on"
    where=$work/store.db name=SQLite
else
    where=$LN_TEST_DATABASE name=PostgreSQL # started by tests/service/postgres.sh, which runs this script again
fi

for frames in 1 16; do
    for connections in 1 4 16; do
        printf '%-10s %2d connections, %2d frames a call: %6s frames a second\n' "$name" $connections $frames \
            "$("$STORE_BENCH" "$where" $connections $frames "$STORE_SECONDS")"
    done
done
[ "$name" = PostgreSQL ] || tests/service/postgres.sh bench/store.sh || [ $? = 77 ]
