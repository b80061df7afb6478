#!/usr/bin/env bash
# The cost of the camera: memory by parts, and the instructions of each step for a picture, counted by callgrind beside
# libjpeg-turbo's (quality 50, 4:2:0) for the same picture. Counts repeat exactly on one machine; another compiler or
# libjpeg gives other counts.
#
# usage: bench/run.sh [MODEL.lnm...]     default: the models of models/
set -euo pipefail
cd "$(dirname "$0")/.."

library=build/release/src/liblimitnet.a
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

[ -f "$library" ] || { echo "bench: $library is missing: run make build" >&2; exit 1; }
cc=${CC:-cc}
"$cc" -std=c17 -O2 -g -Iinclude -Isrc bench/camera.c "$library" -o "$work/camera"
"$cc" -std=c17 -O2 -g bench/jpeg.c -o "$work/jpeg" -ljpeg

[ $# -gt 0 ] || set -- $(find models/*/encoder.lnm -type f) # real files, no links

# count FUNCTION COMMAND...: instructions executed in a function and in the functions that it calls
count() {
    local function=$1
    shift
    valgrind --tool=callgrind --callgrind-out-file=/dev/null --toggle-collect="$function" "$@" 2>&1 >/dev/null |
        sed -n 's/.*Collected : //p'
}

# row NAME COUNT: a row, with the ratios to JPEG
row() {
    awk -v name="$1" -v n="$2" -v simd="$simd" -v plain="$plain" \
        'BEGIN { printf "  %-52s %12d %7.2f %7.2f\n", name, n, n / simd, n / plain }'
}

for model in "$@"; do
    read -r name size < <("$work/camera" about "$model" | head -n 1)
    picture=tests/golden/photo-$size.ppm
    echo "$name, $size"
    "$work/camera" about "$model" | tail -n +2 | sed 's/^/  /'
    [ -f "$picture" ] || { echo "  ($picture is missing: instructions not counted)"; continue; }

    simd=$(count encode_picture "$work/jpeg" "$picture")
    plain=$(JSIMD_FORCENONE=1 count encode_picture "$work/jpeg" "$picture")
    printf '  %-52s %12s %7s %7s\n' "instructions" "" "/ JPEG" "/ plain"
    row "JPEG, $("$work/jpeg" "$picture")" "$simd"
    row "JPEG without SIMD" "$plain"
    n=0
    while read -r layer; do
        row "$layer" "$(count run_layer "$work/camera" layer "$model" $n)"
        n=$((n + 1))
    done < <("$work/camera" layers "$model")
    encode=$(count encode_picture "$work/camera" encode "$model" "$picture")
    send=$(count send_picture "$work/camera" encode "$model" "$picture")
    row "encoding: rows and finish" "$encode"
    row "sending: $("$work/camera" encode "$model" "$picture")" "$send"
    row "encoding and sending" $((encode + send))
    echo
done
