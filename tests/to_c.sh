#!/usr/bin/env bash
# Models as C (`limitnet model to-c`): the memory that the header reserves is just what a camera needs, here and on 32-bit Arm
# with and without the DSP extension; firmware/run.sh checks Cortex-M. A program has the kernels that its model lists, and
# no others, also where the linker does not look into object files.
#
# usage: tests/to_c.sh LIMITNET      exit: 0 all right, 1 not, 77 Arm not tried
set -euo pipefail
cd "$(dirname "$0")/.."

program=$1
arm=arm-linux-gnueabihf-gcc
emulator=$(command -v qemu-arm || command -v qemu-arm-static || true)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "to_c.sh: $*" >&2
    exit 1
}

cat >"$work/main.c" <<'END'
#include <stdio.h>
static uint32_t memory[(CAMERA_BYTES + 3) / 4];
int main(void)
{
    ln_model model;
    ln_camera *camera;
    if (ln_model_open(&model, MODEL, sizeof MODEL) != LN_OK)
        return 1;
    printf("%zu %zu\n", (size_t)(CAMERA_BYTES), ln_camera_size(&model, KERNELS));
    return ln_camera_size(&model, KERNELS) != CAMERA_BYTES ||
           ln_camera_init(&camera, &model, KERNELS, memory, CAMERA_BYTES) != LN_OK;
}
END

# library COMPILER OPTIONS: core and device as $work/libdevice.a
library() {
    rm -rf "$work/objects" "$work/libdevice.a"
    mkdir "$work/objects"
    (root=$PWD && cd "$work/objects" &&
        "$1" -std=c99 $2 -I"$root/include" -I"$root/src" -c "$root"/src/core/*.c "$root"/src/device/*.c \
            "$root"/src/device/kernels/*.c)
    ar rcs "$work/libdevice.a" "$work"/objects/*.o
}

# check WHAT COMPILER OPTIONS [EMULATOR]: every model
check() {
    local file name
    library "$2" "$3"
    for file in models/pyramid-224/encoder.lnm models/pyramid-32/encoder.lnm models/paper-224/encoder.lnm tests/models/*.lnm; do
        name=$("$program" model to-c "$file" -o "$work" | sed -n 's|.*/\(.*\)\.c$|\1|p')
        "$2" -std=c99 $3 -Iinclude -I"$work" -include "$name.h" -DMODEL="${name}_model" \
            -DKERNELS="${name}_kernels" -DCAMERA_BYTES="${name^^}_CAMERA_BYTES" "$work/main.c" "$work/$name.c" \
            "$work/libdevice.a" -o "$work/main"
        ${4:-} "$work/main" >"$work/sizes" || fail "$1: $name: reserved and needed: $(cat "$work/sizes")"
        nm "$work/main" | sed -n 's/.* ln_kernel_//p' | sort >"$work/linked"
        grep -o 'ln_kernel_[a-z]*' "$work/$name.c" | sed 's/ln_kernel_//' | sort | cmp -s - "$work/linked" ||
            fail "$1: $name: linked are $(tr '\n' ' ' <"$work/linked")"
    done
    echo "to_c.sh: $1: as much memory as needed, no kernel too many"
}

check "this machine" "${CC:-cc}" -O1
"$program" model to-c models/pyramid-224/encoder.lnm -o "$work" >/dev/null
! grep -q lanes "$work/pyramid_224.c" || fail "pyramid-224 has the kernel by lanes"
"$program" model to-c models/paper-224/encoder.lnm -o "$work" >/dev/null
grep -q lanes "$work/paper_224.c" || fail "paper-224 lacks the kernel by lanes"
if ! command -v "$arm" >/dev/null || [ -z "$emulator" ]; then
    echo "to_c.sh: Arm not tried: to do so, apt-get install --no-install-recommends qemu-user gcc-arm-linux-gnueabihf libc6-dev-armhf-cross"
    exit 77
fi
options="-mcpu=cortex-a7 -mthumb -O1 -static"
check "Arm, DSP" "$arm" "$options" "$emulator"
check "Arm, portable" "$arm" "$options -U__ARM_FEATURE_DSP" "$emulator"
