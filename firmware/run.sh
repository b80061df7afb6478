#!/usr/bin/env bash
# The camera as firmware in QEMU: for a Cortex-M7 and a Cortex-M33 with the kernels for the DSP extension, for a Cortex-M55
# with those for Helium, and for each with the portable ones. Encodes a picture, compares the packets with this machine's,
# byte by byte, and prints what it cost: instructions executed (exact), bytes of RAM and of stack. A model without a map
# shows what the stages alone cost. More figures lie in build/firmware/figures.csv afterwards.
#
# usage: firmware/run.sh [MODEL.lnm...]     default: the models of models/
set -euo pipefail
cd "$(dirname "$0")/.."

work=build/firmware
mkdir -p "$work"
[ $# -gt 0 ] || set -- models/*/encoder.lnm

host() {
    "${CC:-cc}" -O2 -Wall -Wextra -shared -fPIC firmware/count.c -o "$work/count.so"
    "${CC:-cc}" -std=c99 -O2 -Iinclude -Isrc src/core/*.c src/device/*.c tests/tool_dump.c -o "$work/dump"
}

# kinds CPU: the kernels that the compiler chooses for it, and the portable ones
kinds() {
    case $1 in
    m55) echo helium portable ;;
    *) echo dsp portable ;;
    esac
}

# target CPU: the compiler's flags. Without floating point, so that any use of it is a call, which freestanding.sh finds.
# Vector registers need the ABI of processors that have it.
target() {
    case $1 in
    m55) echo "-mcpu=cortex-m55+nofp -mthumb -mfloat-abi=hard" ;;
    *) echo "-mcpu=cortex-$1 -mthumb -mfloat-abi=soft" ;;
    esac
}

# library CPU KIND: objects of core and device, and of the firmware but for the model
library() {
    local flags
    flags="$(target "$1") -O3 -ffunction-sections -fdata-sections -Wall -Wextra"
    [ "$2" != portable ] || flags+=" -U__ARM_FEATURE_DSP -U__ARM_FEATURE_MVE"
    rm -rf "$work/$1-$2"
    mkdir -p "$work/$1-$2"
    (cd "$work/$1-$2" && root=../../.. &&
        arm-none-eabi-gcc -std=c99 $flags -fcallgraph-info=su -I$root/include -I$root/src -c $root/src/core/*.c \
            $root/src/device/*.c &&
        NM=arm-none-eabi-nm $root/tests/freestanding.sh *.o &&
        awk -f $root/firmware/stack.awk *.ci >stack &&
        for source in start semihosting camera; do
            arm-none-eabi-gcc -std=gnu99 $flags -I$root/include -I$root/src -c $root/firmware/$source.c \
                -o firmware-$source.o
        done)
}

# link CPU KIND MODEL
link() {
    arm-none-eabi-gcc $(target "$1") -nostartfiles --specs=nano.specs --specs=nosys.specs \
        -Wl,--gc-sections,--no-warn-rwx-segments -Lfirmware -T "$1.ld" -DMODEL="\"$3\"" firmware/model.S "$work/$1-$2"/*.o \
        -o "$work/camera.elf"
}

# marks: the plugin's argument for each function mark_* of the image
marks() {
    arm-none-eabi-nm "$work/camera.elf" | awk '$3 ~ /^mark_/ { printf ",%s=0x%s", substr($3, 6), $1 }'
}

# run CPU PICTURE
run() {
    local machine
    case $1 in
    m7) machine=mps2-an500 ;;
    m33) machine=mps2-an505 ;;
    m55) machine=mps3-an547 ;;
    esac
    qemu-system-arm -M "$machine" -display none -serial none -monitor none -kernel "$work/camera.elf" \
        -semihosting-config "enable=on,target=native,arg=$2,arg=$work/out.lnp" \
        -plugin "$work/count.so,out=$work/counts$(marks)" >"$work/figures" 2>&1 ||
        { cat "$work/figures"; return 1; }
}

# figures: "WHAT NUMBER" for each thing that was measured or counted; a layer's instructions are those of its sums alone
figures() {
    awk 'NF == 3 && $1 !~ /^(other|layer)/ { print $1, $2; print $1 "_loads", $3 }
         $1 ~ /^layer/ && $2 > 0 { print $1, $2 }' "$work/counts"
    cat "$work/figures"
    echo "stack_bound $(cat "$work/$1-$2/stack")"
    arm-none-eabi-size -A "$work/camera.elf" | awk '$1 ~ /^\.(library|model)/ { print substr($1, 2), $2 }'
}

# line NAME: one of the table
line() {
    awk -v name="$1" '{ figure[$1] = $2 }
        END { printf "%-32s %12d %12d %12d %8d %8d\n", name, figure["rows"], figure["finish"],
              figure["packets"], figure["ram"], figure["stack"] }'
}

host
for cpu in m7 m33 m55; do
    for kind in $(kinds "$cpu"); do
        library "$cpu" "$kind"
    done
done
echo "model,cpu,kernels,figure,value" >"$work/figures.csv"
printf '%-32s %12s %12s %12s %8s %8s\n' instructions rows "map, order" packets RAM stack
for model in "$@"; do
    # Bytes 24 to 27 of a model file are the width and height of its picture.
    size=$(od -An -tu1 -j24 -N4 "$model" | awk '{print $1 + 256 * $2 "x" $3 + 256 * $4}')
    name=${model%/encoder.lnm}
    picture=tests/golden/photo-$size.ppm
    "$work/dump" "$model" "$picture" 0 0 242 "$work/host"
    for cpu in m7 m33 m55; do
        for kind in $(kinds "$cpu"); do
            link "$cpu" "$kind" "$model"
            run "$cpu" "$picture"
            cmp "$work/host.lnp" "$work/out.lnp"
            figures "$cpu" "$kind" >"$work/all"
            line "${name##*/} $cpu $kind" <"$work/all"
            sed "s/ /,/; s/^/${name##*/},$cpu,$kind,/" "$work/all" >>"$work/figures.csv"
        done
    done
done
echo "All packets equal those of this machine."
