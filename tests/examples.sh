#!/usr/bin/env bash
# The examples, built with the library as it is installed: the camera sends what `limitnet encode` sends, the sender the
# beginning of that, within its budgets of airtime, the server sees what `limitnet infer` sees, and the lines of C in README.md
# and docs/EMBEDDED.md are lines of them.
#
# usage: examples.sh LIMITNET     the program, in the folder where it was built
set -euo pipefail
cd "$(dirname "$0")/.."
program=$1
build=$(dirname "$program")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

fail() {
    echo "examples.sh: $*" >&2
    exit 1
}

# quoted PAGE NUMBER FILE: the C lines of the page's block NUMBER must be in FILE, in this order; indentation does not count.
quoted() {
    awk -v number="$2" '
        FNR == 1 { file++ }
        { sub(/^ +/, "") }
        file == 1 && $0 == "```c" { block++; inside = 1; next }
        file == 1 && $0 == "```" { inside = 0 }
        file == 1 && inside && block == number && $0 != "" { line[++count] = $0 }
        file == 2 && found < count && $0 == line[found + 1] { found++ }
        END { if (!count || found < count) { print line[found + 1]; exit 1 } }' "$1" "$3" >"$dir/line" ||
        fail "$1: not in $3: $(cat "$dir/line")"
}
quoted README.md 1 examples/camera.c
quoted README.md 2 examples/server.c
quoted docs/EMBEDDED.md 1 examples/sender.c

# README.md's memory of a camera is the one that `make firmware-report` measured.
ram=$(sed -n 's/^pyramid-224,m7,dsp,ram,\([0-9]*\)\([0-9]\{3\}\)$/\1,\2/p' firmware/figures.csv)
grep -qF "$ram bytes of RAM" README.md || fail "README.md: firmware/figures.csv has $ram bytes of RAM"

# So are those of a sender in docs/EMBEDDED.md.
for what in "m7,O3,ram bytes of RAM" "m7,Os,flash bytes of flash" "m0plus,Os,flash on a Cortex-M0+"; do
    line="$(sed -n "s/^sender,${what%% *},\([0-9]*\)\([0-9]\{3\}\)$/\1,\2/p" firmware/figures.csv) ${what#* }"
    grep -qF "$line" docs/EMBEDDED.md || fail "docs/EMBEDDED.md: firmware/figures.csv has $line"
done

flags=$(sed -n 's/^CMAKE_C_FLAGS:[A-Z]*=//p' "$build/CMakeCache.txt") # the sanitizers', which the libraries need
{
    cmake --install "$build" --prefix "$dir/installed"
    cmake -S examples -B "$dir/built" -DCMAKE_PREFIX_PATH="$dir/installed" -DOpenVINO_DIR="$PWD/.cache/openvino/cmake" \
        -DCMAKE_C_STANDARD=99 -DCMAKE_C_EXTENSIONS=OFF -DCMAKE_C_FLAGS="$flags -Wall -Wextra -Wpedantic -Werror"
    cmake --build "$dir/built"
} >"$dir/log" 2>&1 || { cat "$dir/log"; fail "they cannot be built"; }

! command -v scdoc >/dev/null || [ -s "$dir/installed/share/man/man1/limitnet.1" ] || fail "no man page was installed"

# camera PAYLOAD MTU: packets for the payload must be those of this MTU.
photo=tests/golden/photo-224x224.ppm
camera() {
    tail -c $((3 * 224 * 224)) $photo | "$dir/built/camera" "$1" >"$dir/camera.lnp"
    "$program" encode --protect 40 --mtu "$2" $photo -o "$dir/encode.lnp" 2>/dev/null
    cmp "$dir/camera.lnp" "$dir/encode.lnp" || fail "the camera sends other packets than limitnet encode"
}
camera 500 255
camera 51 51
tail -c $((3 * 224 * 224)) $photo | "$dir/built/camera" 10 | tail -c +9 | cmp - /dev/null || fail "a packet for a payload of 10 bytes"

# The sender: packets for 115 bytes, the first ones of the camera's, within an hour's and a day's airtime.
tail -c $((3 * 224 * 224)) $photo | "$dir/built/sender" >"$dir/sender.lnp" 2>"$dir/frames" || fail "the sender failed"
"$program" encode --protect 40 --mtu 115 $photo -o "$dir/encode.lnp" 2>/dev/null
size=$(stat -c %s "$dir/sender.lnp")
[ "$size" -gt 10000 ] && cmp -n "$size" "$dir/sender.lnp" "$dir/encode.lnp" || fail "the sender sends other packets, or too few"
[ "$(wc -l <"$dir/frames")" = 101 ] || fail "the receiver has seen enough after 100 frames"
tests/link/budgets.py "$dir/frames" --hour 36 --day 30 >"$dir/log" || fail "the sender takes too much airtime: $(cat "$dir/log")"

seen=$("$dir/built/server" "$dir/camera.lnp" models/pyramid-224 .cache/vision/efficientnet-lite0.onnx)
"$program" infer --json --top 1 "$dir/camera.lnp" 2>/dev/null | grep -qF "\"label\":\"${seen% *}\",\"score\":${seen##* }" ||
    fail "the server sees '$seen'"
