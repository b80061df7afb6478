# The sender's part of run.sh: a camera with a sender on a simulated LoRaWAN stack. Functions only; run.sh has the others.

# sender_flags: what the sender's program needs to see the camera's work from outside
sender_flags() {
    echo "-DMODEL=pyramid224_small_model -DKERNELS=pyramid224_small_kernels -Wl,--wrap=ln_camera_next,--wrap=ln_camera_packet"
}

# sender_here: the sender's program, on this machine
sender_here() {
    "${CC:-cc}" -std=gnu99 -O2 -Wall -Wextra -Iinclude -Isrc -Ifirmware -I"$work" -include pyramid224_small.h $(sender_flags) \
        -DCAMERA_BYTES=65536 -Dmain=firmware_main firmware/sender.c -c -o "$work/sender-here.o"
    "${CC:-cc}" -std=gnu99 -O2 -Wall -Wextra -Iinclude -Isrc $(sender_flags) src/core/*.c src/device/*.c src/device/kernels/*.c \
        src/link/*.c firmware/{here,text,picture,lorawan,lines}.c "$work/pyramid224_small.c" \
        "$work/sender-here.o" -o "$work/sender-here"
}

# sender CPU KIND: the image `sender`
sender() {
    compile "$1-$2" pyramid224_small model.o "$work/pyramid224_small.c"
    compile "$1-$2" pyramid224_small lorawan.o firmware/lorawan.c
    compile "$1-$2" pyramid224_small lines.o firmware/lines.c
    compile "$1-$2" pyramid224_small sender.o firmware/sender.c $(sender_flags) "-DCAMERA_BYTES=PYRAMID224_SMALL_CAMERA_BYTES"
    link "$1-$2" sender $(sender_flags) "$work"/{model,lorawan,lines,sender}.o "$work/$1-$2"/firmware-*.o "$work/$1-$2/libdevice.a"
}

# scenario CPU NETWORK HIGHEST_DATA_RATE PROTECTION PICTURES GAP: on this machine and in QEMU, with the same lines
scenario() {
    local cpu=$1
    shift
    "$work/sender-here" "$picture" "$work/sender-here.txt" "$@" 2>"$work/sender-here.log" || { cat "$work/sender-here.log"; return 1; }
    run "$cpu" sender "$picture" "$work/sender.txt" "$@"
    cmp "$work/sender-here.txt" "$work/sender.txt"
}

# happened LINE...: the last scenario has lines that begin so. Without them it would test less than it says.
happened() {
    local line
    for line in "$@"; do
        grep -q "^$line" "$work/sender.txt" || { echo "firmware: no line '$line' in $work/sender.txt" >&2; return 1; }
    done
}

# scenarios CPU: data rates that ADR changes within a picture, payloads down to 11 bytes, repeats, frames of MAC commands only
scenarios() {
    local share send="send [0-9]*"
    for share in 0 40; do
        scenario "$1" eu868 5 $share 2 10
        happened "$send "{0,1,2,3,4,5} "$send . "{1,2,3}" "{lost,came} flush wait restart feedback "picture 1" done
        scenario "$1" us915 4 $share 2 10
        happened "$send "{0,1,2,3,4} "$send 0 . .... [0-9a-f]\{22\}$" flush restart feedback "picture 1" done
        scenario "$1" sigfox-eu 0 $share 2 10
        happened "$send 0 1 .... [0-9a-f]\{24\}$" wait restart feedback "picture 1" done
    done
}

# root_size CPU-KIND[OPTIMISATION] FUNCTION...: flash of these functions, with all that they call
root_size() {
    local kind=$1
    shift
    arm-none-eabi-gcc $(target "${kind%%-*}") -nostartfiles --specs=nano.specs --specs=nosys.specs -Wl,--gc-sections \
        -Wl,-e,ln_camera_next $(printf -- '-Wl,-u,%s ' "$@") "$work/$kind/libdevice.a" -lc -o "$work/roots.elf" 2>/dev/null
    arm-none-eabi-size "$work/roots.elf" | awk 'NR == 2 { print $1 + $2 }'
}

# sender_flash CPU-KIND[OPTIMISATION]: what the sender, its ledgers and airtime add to a camera's flash; and the list of networks
sender_flash() {
    local camera sender networks
    camera=$(root_size "$1" $camera_functions)
    sender=$(root_size "$1" $camera_functions $sender_functions)
    networks=$(root_size "$1" $camera_functions $sender_functions ln_network_find)
    echo "flash $((sender - camera))"
    echo "networks $((networks - sender))"
}

# sender_costs CPU KIND: with eight pictures in a fair queue, which is the most work
sender_costs() {
    scenario "$1" eu868 5 0 8 0
    {
        awk '{ sum[$1] = $2 } FILENAME ~ /figures$/ { calls[$1] = $2 }
            END {
                print "next", int(sum["next"] / calls["next_calls"])
                print "ledger", int(sum["ledger"] / calls["ledger_calls"])
            }' \
            "$work/counts" "$work/figures"
        grep '^ram ' "$work/figures"
        echo "stack_bound $(stack_bound "$1-$2" sender $sender_functions)"
        sender_flash "$1-$2"
    } >"$work/all"
    note sender "$1" O3 <"$work/all"
    library "$1" "$2" -Os
    sender_flash "$1-$2-Os" | note sender "$1" Os
}
