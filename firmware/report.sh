#!/usr/bin/env bash
# Measures what firmware/run.sh measures, and writes it into firmware/figures.csv and docs/firmware.md.
#
# usage: firmware/report.sh            measures and writes
#        firmware/report.sh --check    measures; fails where a figure is over 2 % worse than in firmware/figures.csv
set -euo pipefail
cd "$(dirname "$0")/.."

kept=firmware/figures.csv
new=build/firmware/figures.csv
page=docs/firmware.md

firmware/run.sh
if [ "${1:-}" = --check ]; then
    awk -F, '
        FNR == 1 { next }
        { key = $1 "," $2 "," $3 "," $4 }
        NR == FNR { was[key] = $5; next }
        { is[key] = $5 }
        END {
            for (key in was)
                if (!(key in is) || is[key] > 1.02 * was[key]) {
                    print "firmware: " key ": " was[key] " became " (key in is ? is[key] : "nothing")
                    bad = 1
                }
            if (bad)
                print "firmware: if that is meant, run make firmware-report"
            exit bad
        }' "$kept" "$new"
    echo "No figure is over 2 % worse than those of $kept."
    exit
fi
cp "$new" "$kept"
version=$(arm-none-eabi-gcc -dumpversion)
awk -F, -v compiler="$version" -f firmware/report.awk "$kept" >"$page"
echo "$kept and $page are written."
