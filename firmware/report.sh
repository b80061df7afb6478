#!/usr/bin/env bash
# Measures by firmware/run.sh, and writes the figures to firmware/figures.csv and docs/firmware.md.
#
# usage: firmware/report.sh            measures and writes
#        firmware/report.sh --check    measures; fails if a figure is over 2 % worse than in firmware/figures.csv
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
            for (key in was) # the yardstick may be missing
                if (key in is ? is[key] > 1.02 * was[key] : key !~ /^jpeg,/) {
                    print "firmware: " key ": " was[key] " became " (key in is ? is[key] : "nothing")
                    bad = 1
                }
            if (bad)
                print "firmware: if that is intended, run make firmware-report"
            exit bad
        }' "$kept" "$new"
    echo "No figure is over 2 % worse than in $kept."
    exit
fi
grep -q '^jpeg,' "$new" || { echo "firmware: libjpeg-turbo was not measured: tools/setup.sh firmware fetches its source" >&2; exit 1; }
cp "$new" "$kept"
version=$(arm-none-eabi-gcc -dumpversion)
turbo=$(sed -n 's/^set(VERSION \(.*\))$/\1/p' .cache/libjpeg-turbo/CMakeLists.txt)
awk -F, -v compiler="$version" -v turbo="$turbo" -f firmware/energy.awk -f firmware/report.awk firmware/boards.csv "$kept" >"$page"
echo "$kept and $page are written."
