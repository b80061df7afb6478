#!/usr/bin/env bash
# The camera as firmware in QEMU: on a Cortex-M7 and a Cortex-M33 with the DSP extension, on a Cortex-M55 with Helium, and
# on each of them in portable C. It encodes a picture, compares the packets byte by byte with this machine's, and prints
# what that cost: instructions (exact), bytes of RAM and of stack. Each image has the kernels that `limitnet model to-c`
# lists for its model, and just the memory that it reserves. An image with all kernels must make the same packets.
#
# Then a camera with a sender sends pictures over a simulated LoRaWAN stack: what goes out, and when, must be what the same
# program sends on this machine. It counts what sender and ledgers cost, also for a Cortex-M0+, whose instructions the M7 runs.
#
# Then it measures the scaler for frames of other sizes and formats and, as a yardstick, libjpeg-turbo, if
# tools/setup.sh firmware has fetched its source. All figures go to build/firmware/figures.csv.
#
# usage: [LIMITNET=PROGRAM] firmware/run.sh [MODEL.lnm...]     default: build/release/limitnet, the models of models/
set -euo pipefail
cd "$(dirname "$0")/.."

shopt -s extglob
source firmware/sender.sh
work=build/firmware
jpeg=.cache/libjpeg-turbo
picture=tests/golden/photo-224x224.ppm # of the scaler and of JPEG
mkdir -p "$work"
program=${LIMITNET:-build/release/limitnet}
[ -x "$program" ] || { echo "firmware: $program is not there: build it with \`make build\`" >&2; exit 1; }
[ $# -gt 0 ] || set -- $(find models/*/encoder.lnm -type f) # no links to others

host() {
    "${CC:-cc}" -O2 -Wall -Wextra -shared -fPIC firmware/count.c -o "$work/count.so"
    "${CC:-cc}" -std=c99 -O2 -Iinclude -Isrc src/core/*.c src/device/*.c src/device/kernels/*.c \
        tests/tool_dump.c -o "$work/dump"
}

# kinds CPU: its instruction set, and portable C
kinds() {
    case $1 in
    m55) echo helium portable ;;
    m0plus) echo portable ;;
    *) echo dsp portable ;;
    esac
}

# target CPU: the compiler's flags. They allow no floating point, so that any use of it becomes a call, which
# freestanding.sh finds. Vector registers need the ABI of processors with floating point.
target() {
    case $1 in
    m55) echo "-mcpu=cortex-m55+nofp -mthumb -mfloat-abi=hard" ;;
    *) echo "-mcpu=cortex-$1 -mthumb -mfloat-abi=soft" ;;
    esac
}

# library CPU KIND [OPTIMISATION]: core, device and link as a library, and the objects of the firmware that do not depend on a model
library() {
    local flags folder=$work/$1-$2${3:-} sources=(src/core/*.c src/device/*.c src/device/kernels/*.c src/link/*.c) source
    flags="$(target "$1") ${3:--O3} -ffunction-sections -fdata-sections -Wall -Wextra"
    [ "$2" != portable ] || flags+=" -U__ARM_FEATURE_DSP -U__ARM_FEATURE_MVE"
    rm -rf "$folder"
    mkdir -p "$folder"
    echo "$flags" >"$folder/flags"
    (cd "$folder" && root=../../.. &&
        arm-none-eabi-gcc -std=c99 $flags -fcallgraph-info=su -I$root/include -I$root/src -c "${sources[@]/#/$root/}" &&
        NM=arm-none-eabi-nm $root/tests/freestanding.sh *.o &&
        arm-none-eabi-ar rcs libdevice.a *.o &&
        for source in start semihosting text picture; do
            arm-none-eabi-gcc -std=gnu99 $flags -c $root/firmware/$source.c -o firmware-$source.o
        done)
}

# link CPU-KIND IMAGE ARGUMENT...
link() {
    local kind=$1 image=$2
    shift 2
    arm-none-eabi-gcc $(target "${kind%-*}") -nostartfiles --specs=nano.specs --specs=nosys.specs \
        -Wl,--gc-sections,--no-warn-rwx-segments,-Map="$work/$image.map" -Lfirmware -T "${kind%-*}.ld" "$@" \
        -o "$work/$image.elf"
}

# compile CPU-KIND NAME OBJECT ARGUMENT...: a program of the firmware for the model NAME
compile() {
    local kind=$1 name=$2 object=$3
    shift 3
    arm-none-eabi-gcc -std=gnu99 $(cat "$work/$kind/flags") -Iinclude -Isrc -I"$work" -include "$name.h" -c "$@" \
        -o "$work/$object"
}

# camera CPU-KIND NAME [all]: the image `camera` for a model, with the kernels that it needs, or with all of them
camera() {
    local kernels=$2_kernels bytes=${2^^}_CAMERA_BYTES
    [ "${3:-}" != all ] || { kernels=ln_all_kernels; bytes=65536; }
    compile "$1" "$2" model.o "$work/$2.c"
    compile "$1" "$2" camera.o firmware/camera.c "-DMODEL=$2_model" "-DKERNELS=$kernels" "-DCAMERA_BYTES=($bytes)"
    link "$1" camera "$work/model.o" "$work/camera.o" "$work/$1"/firmware-*.o "$work/$1/libdevice.a"
}

camera_functions="$(printf 'ln_camera_%s ' begin push_rows finish protect next packet)"
sender_functions="$(printf 'ln_sender_%s ' init add drop loss feedback next store restore)"
sender_functions+="ln_ledger_init ln_ledger_wait ln_ledger_charge ln_airtime"

# stack_bound CPU-KIND IMAGE FUNCTION...: the deepest stack of these functions, from the call graphs of the objects that the
# image holds
stack_bound() {
    local kind=$1 image=$2
    shift 2
    awk -v functions="$*" -f firmware/stack.awk $(grep -o 'libdevice\.a([a-z_0-9]*\.o)' "$work/$image.map" | sort -u |
        sed "s|.*(\(.*\)\.o)|$work/$kind/\1.ci|")
}

# marks IMAGE: the plugin's arguments for the image's functions mark_*
marks() {
    arm-none-eabi-nm "$work/$1.elf" | awk '$3 ~ /^mark_/ { printf ",%s=0x%s", substr($3, 6), $1 }'
}

# run CPU IMAGE ARGUMENT...
run() {
    local machine image=$2 arguments
    case $1 in
    m0plus | m7) machine=mps2-an500 ;;
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

# counted: "WHAT NUMBER" for everything that was counted or that the image printed
counted() {
    awk '$1 != "other" && $2 > 0 { print $1, $2; print $1 "_loads", $3 }' "$work/counts"
    cat "$work/figures"
}

# figures CPU-KIND: those of the image `camera`
figures() {
    counted | grep -v ^reserved
    echo "stack_bound $(stack_bound "$1" camera $camera_functions)"
    arm-none-eabi-size -A "$work/camera.elf" | awk '$1 ~ /^\.(library|model)/ { print substr($1, 2), $2 }'
}

# note MODEL CPU KERNELS: figures become lines of figures.csv
note() {
    sed "s/ /,/; s|^|$1,$2,$3,|" >>"$work/figures.csv"
}

# frames CPU: measures the scaler; a wrapped ln_camera_push_rows tells its work from the camera's
frames() {
    compile "$1-dsp" pyramid_224 model.o "$work/pyramid_224.c"
    compile "$1-dsp" pyramid_224 frames.o firmware/frames.c
    link "$1-dsp" frames -Wl,--wrap=ln_camera_push_rows "$work/model.o" "$work/frames.o" "$work/$1-dsp"/firmware-*.o \
        "$work/$1-dsp/libdevice.a"
    run "$1" frames "$picture"
    counted | note scaler "$1" portable
}

# jpeg_library CPU: objects of libjpeg-turbo's compressor, configured as by its CMakeLists.txt, without SIMD
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

# yardstick CPU: measures JPEG
yardstick() {
    jpeg_library "$1"
    arm-none-eabi-gcc -std=gnu99 -mcpu="cortex-$1" -mthumb -O3 -Wall -Wextra -I"$work/jpeg-$1" -I"$jpeg" -c \
        firmware/jpeg.c -o "$work/jpeg.o"
    link "$1-dsp" jpeg "$work/jpeg.o" "$work/jpeg-$1"/*.o "$work/$1-dsp"/firmware-*.o
    run "$1" jpeg "$picture" "$work/out.jpg"
    counted | note jpeg "$1" libjpeg-turbo
}

# steady NAME: the work on a picture must hardly depend on what it shows. A flat picture and noise may take 1 % more or
# less than the photograph.
steady() {
    local name
    { printf 'P6\n224 224\n255\n'; head -c 150528 /dev/zero; } >"$work/flat.ppm"
    { printf 'P6\n224 224\n255\n'; LC_ALL=C awk 'BEGIN { for (s = 1; n < 150528; n++) {
        s = (16807 * s) % 2147483647; printf "%c", 1 + s % 255 } }'; } >"$work/noise.ppm"
    camera m7-dsp "$1"
    for name in "$picture" "$work/flat.ppm" "$work/noise.ppm"; do
        run m7 camera "$name" "$work/out.lnp"
        awk '$1 == "rows" || $1 == "finish" { sum += $2 } END { print sum }' "$work/counts"
    done | awk '
        NR == 1 { first = $1 }
        $1 > 1.01 * first || $1 < 0.99 * first {
            print "firmware: another picture takes " $1 " instructions instead of " first
            bad = 1
        }
        END { exit bad }'
}

# line NAME: a line of the table
line() {
    awk -v name="$1" '{ figure[$1] = $2 }
        END { printf "%-32s %12d %12d %12d %8d %8d\n", name, figure["rows"], figure["finish"],
              figure["packets"], figure["ram"], figure["stack"] }'
}

host
for cpu in m0plus m7 m33 m55; do
    for kind in $(kinds "$cpu"); do
        library "$cpu" "$kind"
    done
done
echo "model,cpu,kernels,figure,value" >"$work/figures.csv"
printf '%-32s %12s %12s %12s %8s %8s\n' instructions rows "map, order" packets RAM stack
for model in "$@"; do
    # Bytes 24 to 27 of a model file are the width and height of its picture.
    size=$(od -An -tu1 -j24 -N4 "$model" | awk '{print $1 + 256 * $2 "x" $3 + 256 * $4}')
    name=$(basename "$(dirname "$model")")
    own=$("$program" model info "$model" | sed -n '1s/^model *\([^,]*\),.*/\1/p') # as the file and its C call it
    photo=tests/golden/photo-$size.ppm
    "$work/dump" "$model" "$photo" 0 0 4096 0 250 "$work/host"
    "$program" model to-c "$model" -o "$work" >/dev/null
    for cpu in m7 m33 m55; do
        for kind in $(kinds "$cpu"); do
            camera "$cpu-$kind" "${own//-/_}" all
            run "$cpu" camera "$photo" "$work/out.lnp"
            cmp --ignore-initial=8:0 "$work/host.lnp" "$work/out.lnp" # without the head of the file
            camera "$cpu-$kind" "${own//-/_}"
            run "$cpu" camera "$photo" "$work/out.lnp"
            cmp --ignore-initial=8:0 "$work/host.lnp" "$work/out.lnp" # without the head of the file
            awk '$1 == "ram" { ram = $2 } $1 == "reserved" && $2 != ram {
                print "firmware: to-c reserves " $2 " bytes, and a camera takes " ram; exit 1 }' "$work/figures"
            figures "$cpu-$kind" >"$work/all"
            line "$name $cpu $kind" <"$work/all"
            note "$name" "$cpu" "$kind" <"$work/all"
        done
    done
done
steady pyramid_224
sender_here
for cpu in m0plus m7 m33; do
    kind=$(kinds "$cpu")
    sender "$cpu" "${kind%% *}"
    [ "$cpu" != m7 ] || scenarios "$cpu"
    sender_costs "$cpu" "${kind%% *}"
done
for cpu in m7 m33; do
    frames "$cpu"
    [ ! -d "$jpeg" ] || yardstick "$cpu"
done
echo "All packets equal those of this machine, senders send the same at the same times, and what a picture costs does not depend on it."
