#!/usr/bin/env bash
# Frames of cameras that restart, on links of all sorts, checked by a ledger that shares no code with ours.
#
# usage: budgets.sh TEST_LINK_PROPERTIES
set -euo pipefail
log=$(mktemp)
trap 'rm -f "$log"' EXIT
"$1" 8000 7 "$log"
"$(dirname "$0")/budgets.py" "$log" --hour 36 --day 200
