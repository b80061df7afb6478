#!/usr/bin/env bash
# The kernels for the DSP extension against the reference of the tests: every geometry, extreme weights, real pictures. QEMU's
# Cortex-A7 has that extension as well as an operating system.
#
# usage: tests/dsp.sh      exit: 0 all right, 1 not, 77 no compiler or emulator
set -euo pipefail
cd "$(dirname "$0")/.."

compiler=arm-linux-gnueabihf-gcc
emulator=$(command -v qemu-arm || command -v qemu-arm-static || true)
if ! command -v "$compiler" >/dev/null || [ -z "$emulator" ]; then
    echo "dsp: not tried: to do so, apt-get install --no-install-recommends qemu-user gcc-arm-linux-gnueabihf libc6-dev-armhf-cross"
    exit 77
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# check OPTIONS TEST...: tests with the compiler's options
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
