#!/usr/bin/env bash
# Whole programs, linked with fault.c: each allocation fails once, and so does each call that changes the disk. Then a
# program says so in one line, leaks nothing, and leaves files that are as they were, or complete.
#
# usage: programs.sh memory|disk codec|service|lab PROGRAM   PROGRAM is limitnet, or limitnet-lab for `lab`
#
# Where each run takes long, only some of the calls fail, each third say; with LN_EVERY_FAULT=1, all do.
set -uo pipefail
cd "$(dirname "$0")/../.."
kind=$1
commands=$2
program=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

fail() {
    echo "faults: $*" >&2
    failures=$((failures + 1))
}

# Each command writes into $out, which begins as $work/before: an older file has its last output's name.
out=$work/out
begin() {
    rm -rf "$out" "$work/mark"
    cp -r "$work/before" "$out"
}

# run FAULT COMMAND...: sets code.
run() {
    local fault=$1
    shift
    begin
    FAULT=$fault FAULT_MARK=$work/mark "$@" >"$work/stdout" 2>"$work/stderr" <"$work/stdin"
    code=$?
}

# Each file is one of before, or complete. A journal stays, so that the run can go on (lab/tests/test_journal.c).
check_files() {
    local file name
    for file in "$out"/*; do
        name=${file##*/}
        [ -e "$file" ] && [[ $name != *.journal ]] || continue
        [ -f "$file" ] || fail "$1: left the folder $name"
        cmp -s "$file" "$work/right/$name" || cmp -s "$file" "$work/before/$name" || fail "$1: left $name"
    done
    for file in "$work/before"/*; do
        [ ! -e "$file" ] || [ -e "$out/${file##*/}" ] || fail "$1: ${file##*/} is gone"
    done
}

# check_failure WHAT MESSAGE: the last run failed as it should.
check_failure() {
    [ "$code" = 1 ] || fail "$1: exit code $code: $(head -c 2000 "$work/stderr")"
    [ "$(wc -l <"$work/stderr")" = 1 ] && grep -qE "$2" "$work/stderr" || fail "$1: $(head -c 2000 "$work/stderr")"
    check_files "$1"
}

# What does not fail after all has done everything.
check_success() {
    diff -r "$work/right" "$out" >/dev/null && cmp -s "$work/stdout" "$work/right-stdout" || fail "$1: other output"
}

# each FAULT ERRNO MESSAGE NAME COMMAND...: lets the first call fail, then the second, until none is left. $first: begins
# with that one, since another command has had those before. $step: only each so many. Sets calls: how many there were.
each() {
    local fault=$1 errno=$2 message=$3 name=$4 n=${first:-1} step=${LN_EVERY_FAULT:-${step:-1}}
    shift 4
    for (( ; ; n += step)); do
        run "$fault $n $errno" "$@"
        [ -e "$work/mark" ] || break
        if [ "$code" = 0 ]; then check_success "$name, $fault $n"; else check_failure "$name, $fault $n" "$message"; fi
        [ $failures -lt 5 ] || exit 1
    done
    [ "$code" = 0 ] || fail "$name: $(cat "$work/stderr")"
    calls=$((n - 1))
    [ $n -gt "${first:-1}" ] || [ $fault != memory ] || fail "$name: nothing failed"
    echo "$name: $(((n - ${first:-1}) / step)) x $fault"
}

# faults NAME OLD COMMAND...: OLD is the name of an older file in $out, or -.
faults() {
    local name=$1 old=$2
    shift 2
    rm -rf "$work/before" "$work/right"
    mkdir "$work/before"
    [ "$old" = - ] || echo "older" >"$work/before/$old"
    run "none 0 0" "$@"
    [ $code = 0 ] || fail "$name: $(cat "$work/stderr")"
    cp -r "$out" "$work/right"
    cp "$work/stdout" "$work/right-stdout"
    if [ $kind = memory ]; then
        each memory 12 "(not enough|out of) memory" "$name" "$@"
    else
        each disk 28 ": cannot be (written|made): No space left on device$" "$name" "$@"
        each disk 5 ": cannot be (written|made): Input/output error$" "$name" "$@"
        each short 28 ": cannot be written: No space left on device$" "$name" "$@"
    fi
}

# Small models: most of the time goes to starting programs.
model=$work/model
mkdir "$model" "$work/pictures" "$work/masks"
cp tests/models/random-cifar.lnm "$model/encoder.lnm"
cp tests/onnx/random-cifar-decoder.onnx "$model/decoder.onnx"
cp tests/onnx/random-cifar-eyes.onnx "$model/eyes.onnx"
cp tests/onnx/mean.onnx "$work/mean.onnx"
printf '%s\n' "width = 24" "height = 16" "output = logits" >"$work/mean.vision"
cp tests/golden/photo-50x30.ppm "$work/stdin"
cp tests/golden/random-cifar-photo-protected.lnp "$work/sent.lnp"

cp tests/pictures/odd/rgb.png "$work/pictures/1.png"
printf '%s\n' "[scenario]" "duration = 10 min" "[pictures]" "folder = pictures" "vision = mean.onnx" "[camera]" \
    "model = ./model" "interval = 10 min" "[network]" "name = eu868" "data rate = 5" >"$work/sim.conf"

# Commands of cameras and receivers.
codec() {
    faults encode a.lnp "$program" encode --model "$model" --protect 40 --check tests/pictures/turned/6.jpg \
        --map "$out/map.png" -o "$out/a.lnp"
    faults "encode from standard input" - "$program" encode --model "$model" - -o "$out/a.lnp"
    faults decode a.png env LIMITNET_MODELS="$work" "$program" decode --loss 0.2 "$work/sent.lnp" --map "$out/map.png" \
        -o "$out/a.png"
    faults "infer --task detect" a.png "$program" infer --model "$model" --task detect \
        --vision tests/onnx/objects.onnx "$work/sent.lnp" -o "$out/a.png"
    faults "model to-c" - "$program" model to-c "$model" -o "$out/new"
    if [ $kind = disk ]; then
        faults "sim --events" a.jsonl "$program" sim --events "$out/a.jsonl" "$work/sim.conf"
    fi
    if [ $kind = memory ]; then
        faults infer - "$program" infer --model "$model" --json --vision "$work/mean.onnx" tests/pictures/odd/rgb.png
        faults "model info" - "$program" model info "$model"
        faults "model info of a vision model" - "$program" model info tests/onnx/objects.onnx
    fi
}

account() {
    echo "a long password" | "$program" account "$@" --config "$work/serve.conf"
}

fill_store() {
    "$program" sim --events "$work/events.jsonl" "$work/sim.conf" && account add eve --role admin &&
        "$program" replay --speed 1000000 --config "$work/serve.conf" "$work/events.jsonl" || return 1
    "$program" serve --roles work --config "$work/serve.conf" &
    local worker=$! tries
    for ((tries = 0; tries < 300; tries++)); do
        "$program" pictures --config "$work/serve.conf" | grep -q packets && break
        sleep 0.1
    done
    kill $worker
    wait $worker && [ $tries -lt 300 ]
}

# changed_account ARGUMENT...: of the store as it was.
changed_account() {
    rm -f "$work"/a.db*
    cp "$work/store"/* "$work/"
    account "$@"
}

# Its files hold the time, so where a run can succeed after all, they are not compared.
export_zip() {
    "$program" export --config "$work/serve.conf" --form "$1" -o - >/dev/null
}

# Those of the service, whose store holds an account, and a picture that was looked at.
service() {
    printf '%s\n' "[service]" "store = a.db" "model = ./model" "vision = mean.onnx" "[web]" "port = 0" \
        "[source chirpstack]" "kind = webhook" "form = chirpstack" "secret = x" \
        "[rule any]" "kind = seen" "score = 0.01" \
        "[project]" "title = t" "contributor = c" "sampling design = targeted" "capture method = timeLapse" \
        "[camera chirpstack/0200000000000001]" "latitude = 48" "longitude = 9" \
        "[species class 2]" "scientific name = Felis catus" >"$work/serve.conf"
    fill_store >"$work/log" 2>&1 || fail "the store is not filled: $(tail -n 5 "$work/log")"
    mkdir "$work/store"
    cp "$work"/a.db* "$work/store/"
    if [ $kind = memory ]; then
        faults "serve --check" - env MQTT_PASSWORD=x TELEGRAM_TOKEN=x MAIL_PASSWORD=x "$program" serve --check \
            --config packaging/serve.conf
        step=4 # most are SQLite's own, which reads the schema
        faults "account list" - account list
        first=$((calls - 150)) step=1 # nearly all of those open the store
        faults "account add" - changed_account add adam --role viewer
        faults "account password" - changed_account password eve
        faults "account remove" - changed_account remove eve
        first=$((calls - 50)) step=3
    fi
    faults "export --form csv" a.csv "$program" export --config "$work/serve.conf" --form csv -o "$out/a.csv"
    if [ $kind = memory ]; then
        first=$((calls - 50)) step=7 # the form before had those, and each run opens a model
        faults "export --form camtrap-dp" - export_zip camtrap-dp
        first=$((calls - 250)) step=3
        faults "export --form coco" - export_zip coco
    else
        faults "export --form coco" a.zip "$program" export --config "$work/serve.conf" --form coco -o "$out/a.zip"
    fi
}

# The laboratory.
lab() {
    printf '%s\n' "file,class_index" photo-8x8.ppm,1 >"$work/labels.csv"
    faults eval a.csv "$program" eval --images tests/golden --labels "$work/labels.csv" --vision "$work/mean.onnx" \
        --codec "limitnet:$model" --bytes 300 --loss 0.2 --seed 1 -o "$out/a.csv"
    faults "eval --task fidelity" a.csv "$program" eval --task fidelity --images "$work/pictures" \
        --codec "limitnet:$model+eyes" --bytes 300 -o "$out/a.csv"
    cp tests/pictures/odd/grey.png "$work/masks/1.png"
    faults saliency a.csv "$program" saliency --images "$work/pictures" --masks "$work/masks" --model paper-224 \
        -o "$out/a.csv"
    step=3
    for camera in 'codec = pjpeg:32\nretransmission = yes' "model = $model\norder = index"; do
        printf '%b\n' "[scenario]" "duration = 1 s" "[pictures]" "folder = $work/pictures" "vision = $work/mean.onnx" \
            "[camera]" "interval = 1 s" "$camera" "[network]" "name = stream" "payload = 255" "rate = 20 kbit/s" \
            "[link]" "loss = 0.3" >"$work/a.conf"
        faults "sim with ${camera%%\\*}" - "$program" sim "$work/a.conf"
    done
}

"$commands"
[ $failures = 0 ]
