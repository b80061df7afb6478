#!/usr/bin/env bash
# How many uplinks a second the service takes on this machine, each acknowledged after its commit: webhooks (wrk) and
# MQTT (mosquitto) with 1, 4 and 16 connections, beside a worker process that looks at the pictures. SQLite, and a
# PostgreSQL that is started for it (left out where there is none).
#
# usage: bench/ingest.sh [SECONDS]     of each measurement, 10 by default
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -z "${LN_TEST_DATABASE:-}" ]; then
    [ -x build/release/limitnet ] || { echo "bench: build/release is missing: run make build" >&2; exit 1; }
    work=$(mktemp -d build/bench-ingest-XXXXXX)
    trap 'rm -rf "$work"' EXIT
    build/release/limitnet encode tests/pictures/cat.jpg -o "$work/cat.lnp"
    export INGEST_WORK=$PWD/$work INGEST_SECONDS=${1:-10} LN_TEST_FLUSH="-c fsync=on"
    /usr/bin/python3 bench/ingest.py SQLite "$INGEST_WORK/store.db"
    tests/service/postgres.sh bench/ingest.sh || [ $? = 77 ]
else # started by tests/service/postgres.sh, which runs this script again
    /usr/bin/python3 bench/ingest.py PostgreSQL "$LN_TEST_DATABASE"
fi
