#!/usr/bin/env bash
# The camera as firmware in QEMU: for a Cortex-M7 and a Cortex-M33 with the kernels for the DSP extension, for a Cortex-M55
# with those for Helium, and for each with the portable ones. Encodes a picture, compares the packets with this machine's,
# byte by byte, and prints what it cost: instructions executed (exact), bytes of RAM and of stack. A model without a map
# shows what the stages alone cost. Then the scaler for frames of other sizes and formats, and as a yardstick libjpeg-turbo,
# if tools/setup.sh firmware could get its source. More figures lie in build/firmware/figures.csv afterwards.
#
# usage: firmware/run.sh [MODEL.lnm...]     default: the models of models/
set -euo pipefail
cd "$(dirname "$0")/.."

shopt -s extglob
work=build/firmware
jpeg=.cache/libjpeg-turbo
picture=tests/golden/photo-224x224.ppm # of the scaler and of JPEG
mkdir -p "$work"
[ $# -gt 0 ] || set -- $(find models/*/encoder.lnm models/first-stage/*/encoder.lnm -type f) # no links to others

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
        for source in start semihosting picture camera; do
            arm-none-eabi-gcc -std=gnu99 $flags -I$root/include -I$root/src -c $root/firmware/$source.c \
                -o firmware-$source.o
        done)
}

# link CPU IMAGE ARGUMENT...
link() {
    local cpu=$1 image=$2
    shift 2
    arm-none-eabi-gcc $(target "$cpu") -nostartfiles --specs=nano.specs --specs=nosys.specs \
        -Wl,--gc-sections,--no-warn-rwx-segments -Lfirmware -T "$cpu.ld" "$@" -o "$work/$image.elf"
}

# marks IMAGE: the plugin's argument for each function mark_* of the image
marks() {
    arm-none-eabi-nm "$work/$1.elf" | awk '$3 ~ /^mark_/ { printf ",%s=0x%s", substr($3, 6), $1 }'
}

# run CPU IMAGE ARGUMENT...
run() {
    local machine image=$2 arguments
    case $1 in
    m7) machine=mps2-an500 ;;
    m33) machine=mps2-an505 ;;
    m55) machine=mps3-an547 ;;
    esac
    shift 2
    arguments=$(printf ',arg=%s' "$@")
    qemu-system-arm -M "$machine" -display none -serial none -monitor none -kernel "$work/$image.elf" \
        -semihosting-config "enable=on,target=native$arguments" \
        -plugin "$work/count.so,out=$work/counts$(marks "$image")" >"$work/figures" 2>&1 ||
        { cat "$work/figures"; return 1; }
}

# counted: "WHAT NUMBER" for each thing that was counted or that the image printed; a layer's instructions are those of its
# sums alone
counted() {
    awk '$1 != "other" && $2 > 0 { print $1, $2; print $1 "_loads", $3 }' "$work/counts"
    cat "$work/figures"
}

# figures CPU KIND: the camera's
figures() {
    counted
    echo "stack_bound $(cat "$work/$1-$2/stack")"
    arm-none-eabi-size -A "$work/camera.elf" | awk '$1 ~ /^\.(library|model)/ { print substr($1, 2), $2 }'
}

# note MODEL CPU KERNELS: figures become lines of figures.csv
note() {
    sed "s/ /,/; s|^|$1,$2,$3,|" >>"$work/figures.csv"
}

# frames CPU: the scaler; ln_camera_push_rows is wrapped to tell the scaler from the camera
frames() {
    arm-none-eabi-gcc -std=gnu99 -mcpu="cortex-$1" -mthumb -O3 -Wall -Wextra -Iinclude -c firmware/frames.c \
        -o "$work/frames.o"
    link "$1" frames -Wl,--wrap=ln_camera_push_rows -DMODEL='"models/pyramid-224/encoder.lnm"' firmware/model.S \
        "$work/frames.o" "$work/$1-dsp"/!(firmware-camera).o
    run "$1" frames "$picture"
    counted | note scaler "$1" portable
}

# jpeg_library CPU: objects of libjpeg-turbo's compressor, configured as its CMakeLists.txt does, without SIMD
jpeg_library() {
    local sources="jcapimin jcapistd jccoefct jccolor jcdctmgr jchuff jcinit jcmainct jcmarker jcmaster jcomapi jcparam
        jcphuff jcprepct jcsample jfdctflt jfdctfst jfdctint jmemmgr jmemnobs jsimd_none jutils" header
    rm -rf "$work/jpeg-$1"
    mkdir -p "$work/jpeg-$1"
    for header in jconfig.h jconfigint.h; do
        sed 's/@JPEG_LIB_VERSION@/62/; s/@BITS_IN_JSAMPLE@/8/; s/@INLINE@/inline/; s/@SIZE_T@/4/
            s/^#cmakedefine HAVE_BUILTIN_CTZL/#define HAVE_BUILTIN_CTZL/; /^#cmakedefine/d' \
            "$jpeg/$header.in" >"$work/jpeg-$1/$header"
    done
    (cd "$work/jpeg-$1" &&
        arm-none-eabi-gcc -mcpu="cortex-$1" -mthumb -O3 -ffunction-sections -fdata-sections -w -DNO_GETENV -DNO_PUTENV -I. \
            -I"../../../$jpeg" -c $(printf "../../../$jpeg/%s.c " $sources))
}

# yardstick CPU: JPEG
yardstick() {
    jpeg_library "$1"
    arm-none-eabi-gcc -std=gnu99 -mcpu="cortex-$1" -mthumb -O3 -Wall -Wextra -I"$work/jpeg-$1" -I"$jpeg" -c \
        firmware/jpeg.c -o "$work/jpeg.o"
    link "$1" jpeg "$work/jpeg.o" "$work/jpeg-$1"/*.o "$work/$1-dsp"/firmware-!(camera).o
    run "$1" jpeg "$picture" "$work/out.jpg"
    counted | note jpeg "$1" libjpeg-turbo
}

# steady MODEL: the work on a picture must not depend on what it shows: a flat one and noise take within 1 % of the photograph's
steady() {
    local name
    { printf 'P6\n224 224\n255\n'; head -c 150528 /dev/zero; } >"$work/flat.ppm"
    { printf 'P6\n224 224\n255\n'; LC_ALL=C awk 'BEGIN { for (s = 1; n < 150528; n++) {
        s = (16807 * s) % 2147483647; printf "%c", 1 + s % 255 } }'; } >"$work/noise.ppm"
    link m7 camera -DMODEL="\"$1\"" firmware/model.S "$work/m7-dsp"/*.o
    for name in "$picture" "$work/flat.ppm" "$work/noise.ppm"; do
        run m7 camera "$name" "$work/out.lnp"
        grep -E '^(rows|finish) ' "$work/counts"
    done | awk '
        !($1 in first) { first[$1] = $2 }
        $2 > 1.01 * first[$1] || $2 < 0.99 * first[$1] {
            print "firmware: " $1 " takes " $2 " instructions on another picture instead of " first[$1]
            bad = 1
        }
        END { exit bad }'
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
    name=${name#models/}
    photo=tests/golden/photo-$size.ppm
    "$work/dump" "$model" "$photo" 0 0 0 255 "$work/host"
    for cpu in m7 m33 m55; do
        for kind in $(kinds "$cpu"); do
            link "$cpu" camera -DMODEL="\"$model\"" firmware/model.S "$work/$cpu-$kind"/*.o
            run "$cpu" camera "$photo" "$work/out.lnp"
            cmp --ignore-initial=8:0 "$work/host.lnp" "$work/out.lnp" # without the head of the file
            figures "$cpu" "$kind" >"$work/all"
            line "$name $cpu $kind" <"$work/all"
            note "$name" "$cpu" "$kind" <"$work/all"
        done
    done
done
steady models/pyramid-224/encoder.lnm
for cpu in m7 m33; do
    frames "$cpu"
    [ ! -d "$jpeg" ] || yardstick "$cpu"
done
echo "All packets equal those of this machine, and what a picture costs does not depend on it."
