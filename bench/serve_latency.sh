#!/usr/bin/env bash
# How long an alarm takes through the whole service on this machine: from a picture's last packet, posted as a webhook,
# to the alarm in the outbox, at ten cameras. SQLite in one process; PostgreSQL with a process for each role.
#
# usage: bench/serve_latency.sh [PICTURES]     of each camera, 10 by default
set -euo pipefail
cd "$(dirname "$0")/.."
[ -x build/release/limitnet ] || { echo "bench: build/release is missing: run make build" >&2; exit 1; }
exec /usr/bin/python3 bench/serve_latency.py build/release/limitnet "${1:-10}"
