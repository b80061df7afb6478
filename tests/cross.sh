#!/usr/bin/env bash
# Checks that the same input gives the same bytes everywhere: builds core, device and tests/tool_dump.c for this machine,
# 32-bit Arm and a big-endian machine, runs every golden vector on each, and compares.
#
# usage: tests/cross.sh [TARGET...]     targets: native, arm, s390x (default: all)
# exit: 0 all equal, 1 something differs or does not build, 77 a target could not be tried
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
missing=""

# rooms LABEL: packet sizes of the golden streams with this label (tests/golden/README.md)
rooms() {
    case $1 in
    protected | checked) echo 51 ;;
    checked*varying) echo 13,51,242,21,115,33,222,255 ;;
    *turns) echo 51,242,11,115,48,222 ;;
    *varying) echo 11,51,242,12,115,33,20,222,255 ;;
    *) echo "$1" ;;
    esac
}

# build TARGET COMPILER
build() {
    "$2" -std=c99 -O2 -static -Wall -Wextra -Iinclude -Isrc src/core/*.c src/device/*.c src/device/kernels/*.c \
        tests/tool_dump.c -o "$work/$1"
}

# vectors TARGET [EMULATOR]: runs all golden vectors, compares them and counts the differences
vectors() {
    local target=$1 stream stem label model picture size ending bad=0 count=0
    shift
    for stream in tests/golden/*.lnp; do
        stem=$(basename "$stream" .lnp)
        label=${stem##*-photo-}
        label=${label##*-synthetic-}
        stem=${stem%-"$label"}
        picture=${stem##*-}
        model=${stem%-*}
        # Bytes 24 to 27 of a model file are the width and height of its picture.
        size=$(od -An -tu1 -j24 -N4 "tests/models/$model.lnm" | awk '{print $1 + 256 * $2 "x" $3 + 256 * $4}')
        if ! "$@" "$work/$target" "tests/models/$model.lnm" "tests/golden/$picture-$size.ppm" \
            "$([ "$picture" = photo ] && echo 1285 || echo 2042)" \
            "$([[ "$label" = *protected* ]] && echo 40 || echo 0)" \
            "$([[ "$label" = *varying ]] && echo 2048 || echo 4096)" \
            "$([[ "$label" = checked* ]] && echo 1 || echo 0)" \
            "$(rooms "$label")" "$work/out"; then
            bad=$((bad + 1))
            continue
        fi
        for ending in latent map; do
            # Some models have no map: neither file is there.
            if [ -e "tests/golden/$stem.$ending" ] || [ -e "$work/out.$ending" ]; then
                cmp "$work/out.$ending" "tests/golden/$stem.$ending" || bad=$((bad + 1))
            fi
        done
        cmp "$work/out.lnp" "$stream" || bad=$((bad + 1))
        rm -f "$work"/out.*
        count=$((count + 1))
    done
    echo "cross: $target: $count golden streams, $bad differences"
    [ "$count" -gt 0 ] && [ "$bad" = 0 ]
}

# try TARGET COMPILER PACKAGES [EMULATOR]
try() {
    local target=$1 compiler=$2 packages=$3 emulator=${4:-} found=""
    if [ -n "$emulator" ]; then
        found=$(command -v "$emulator" || command -v "$emulator-static") ||
            { missing+=" qemu-user"; echo "cross: $target not tried: no $emulator"; return 0; }
    fi
    command -v "$compiler" >/dev/null ||
        { missing+=" $packages"; echo "cross: $target not tried: no $compiler"; return 0; }
    build "$target" "$compiler" || return 1
    vectors "$target" $found
}

[ $# -gt 0 ] || set -- native arm s390x
for target in "$@"; do
    case $target in
    native) try native "${CC:-cc}" gcc || exit 1 ;;
    arm) try arm arm-linux-gnueabihf-gcc "gcc-arm-linux-gnueabihf libc6-dev-armhf-cross" qemu-arm || exit 1 ;;
    s390x) try s390x s390x-linux-gnu-gcc "gcc-s390x-linux-gnu libc6-dev-s390x-cross" qemu-s390x || exit 1 ;;
    *)
        echo "cross: unknown target '$target': use native, arm or s390x" >&2
        exit 2
        ;;
    esac
done

if [ -n "$missing" ]; then
    echo "cross: to try all targets: apt-get install --no-install-recommends$(tr ' ' '\n' <<<"$missing" | sort -u | tr '\n' ' ')"
    exit 77
fi
