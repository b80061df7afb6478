#!/usr/bin/env bash
# Checks the kernels for Helium, as dsp.sh checks those for the DSP extension. QEMU emulates Helium only without an operating
# system, so the tests are firmware for a Cortex-M55.
#
# usage: tests/helium.sh      exit: 0 passed, 1 failed, 77 no compiler or emulator
set -euo pipefail
cd "$(dirname "$0")/.."

compiler=arm-none-eabi-gcc
if ! command -v "$compiler" >/dev/null || ! qemu-system-arm -M help 2>/dev/null | grep -q mps3-an547; then
    echo "helium: not tried: to try it, apt-get install --no-install-recommends qemu-system-arm gcc-arm-none-eabi libnewlib-arm-none-eabi"
    exit 77
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
flags="-mcpu=cortex-m55+nofp -mfloat-abi=hard -mthumb -O3 -Wall -Wextra -Iinclude -Isrc"
(cd "$work" && for source in "$OLDPWD"/src/core/*.c "$OLDPWD"/src/device/*.c \
        "$OLDPWD"/src/device/kernels/*.c; do
    "$compiler" -std=c99 $flags -I"$OLDPWD/include" -I"$OLDPWD/src" -c "$source"
done)
for test in network kernels golden scaler; do
    "$compiler" -std=c17 -D_XOPEN_SOURCE=700 $flags -Itests/small -Itests -Dmain=test_main -c \
        "tests/device/test_device_$test.c" -o "$work/test"
    "$compiler" -std=gnu17 $flags -nostartfiles --specs=rdimon.specs -Wl,--gc-sections,--no-warn-rwx-segments \
        -Wl,--defsym=end=bss_end -Lfirmware -T m55.ld tests/bare.c firmware/start.c firmware/semihosting.c \
        "$work/test" "$work"/*.o -lm -o "$work/test.elf"
    qemu-system-arm -M mps3-an547 -display none -serial none -monitor none -kernel "$work/test.elf" \
        -semihosting-config enable=on,target=native
    echo "helium: test_device_$test passed"
done
