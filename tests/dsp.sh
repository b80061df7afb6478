#!/usr/bin/env bash
# Checks the kernels for the DSP extension against the tests' reference: every geometry, extreme weights, real pictures.
# They run on QEMU's Cortex-A7, which has the extension and can run programs of an operating system.
#
# usage: tests/dsp.sh      exit: 0 passed, 1 failed, 77 no compiler or emulator
set -euo pipefail
cd "$(dirname "$0")/.."

compiler=arm-linux-gnueabihf-gcc
emulator=$(command -v qemu-arm || command -v qemu-arm-static || true)
if ! command -v "$compiler" >/dev/null || [ -z "$emulator" ]; then
    echo "dsp: not tried: to try it, apt-get install --no-install-recommends qemu-user gcc-arm-linux-gnueabihf libc6-dev-armhf-cross"
    exit 77
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# check OPTIONS TEST...: builds with these compiler options and runs the tests
check() {
    local flags="-mcpu=cortex-a7 -mthumb $1 -Wall -Wextra -Iinclude -Isrc" options=$1 source test
    shift
    rm -f "$work"/*.o
    (cd "$work" && for source in "$OLDPWD"/src/core/*.c "$OLDPWD"/src/device/*.c \
        "$OLDPWD"/src/device/kernels/*.c; do
        "$compiler" -std=c99 $flags -I"$OLDPWD/include" -I"$OLDPWD/src" -c "$source"
    done)
    for test in "$@"; do
        "$compiler" -std=c17 -D_XOPEN_SOURCE=700 $flags -Itests/small -Itests -static \
            "tests/device/test_device_$test.c" "$work"/*.o -o "$work/test" -lm
        "$emulator" "$work/test"
        echo "dsp: test_device_$test passed, $options"
    done
}

check -O3 network kernels golden scaler
# A user's build may leave the kernels fewer registers.
check "-Os -fno-omit-frame-pointer" golden
check -O0 golden
