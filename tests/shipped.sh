#!/usr/bin/env bash
# Checks the models of models/: RAM and flash are within their bounds, and a photograph is recognised through each model, also
# by the demo over its lossy link. Decoders for eyes are nearer to the photograph than those for vision models.
#
# usage: shipped.sh LIMITNET
set -euo pipefail
cd "$(dirname "$0")/.."
program=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

fail() {
    echo "shipped.sh: $*" >&2
    exit 1
}

# number NAME BEFORE AFTER: the number between two words in the output of `model info`
number() {
    "$program" model info "models/$1/encoder.lnm" | sed -n "s/.*$2 *\([0-9][0-9]*\) $3.*/\1/p" | head -n 1
}

# check NAME CAMERA_BYTES TABLE_BYTES PICTURE CLASS: checks a model, with bounds for the camera's RAM and for the tables
# in its flash. CLASS ends the name of what is seen in the picture.
check() {
    local ram tables measured
    ram=$(number "$1" camera "bytes of RAM")
    tables=$(number "$1" "weights," tables)
    [ "$ram" -le "$2" ] || fail "$1: a camera takes $ram bytes of RAM, more than $2"
    [ "$tables" -le "$3" ] || fail "$1: the tables take $tables bytes of flash, more than $3"
    measured=$(sed -n "s/^$1,m7,dsp,ram,//p" firmware/figures.csv)
    [ "$ram" = "$measured" ] || fail "$1: a camera takes $ram bytes of RAM; measured were $measured"
    "$program" encode --model "$1" "tests/pictures/$4" -o "$dir/sent.lnp" 2>/dev/null
    "$program" infer --model "$1" --json --top 1 "$dir/sent.lnp" 2>/dev/null >"$dir/found"
    grep -q "$5\"" "$dir/found" || fail "$1: $4 is not recognised: $(cat "$dir/found")"
}

# psnr MODEL: of the photograph in 300 bytes, as `decode` shows it
psnr() {
    "$program" encode --model "$1" tests/pictures/cat.jpg -o "$dir/cat.lnp" 2>/dev/null
    "$program" decode --model "$1" --max-bytes 300 "$dir/cat.lnp" -o "$dir/cat.png" 2>/dev/null
    .cache/venv/bin/python lab/tests/fidelity.py tests/pictures/cat.jpg "$dir/cat.png" | cut -d' ' -f1
}

# check_eyes FOLDER: the decoder for eyes, if the model has one, is nearer to the photograph than the other one
check_eyes() {
    local vision eyes
    [ -e "$1/eyes.onnx" ] || return 0
    mkdir "$dir/vision"
    cp "$1/encoder.lnm" "$1/decoder.onnx" "$dir/vision"
    vision=$(psnr "$dir/vision")
    eyes=$(psnr "$1")
    rm -r "$dir/vision"
    awk "BEGIN { exit !($eyes > $vision) }" || fail "$1: for eyes $eyes dB, for vision models $vision dB"
}

check pyramid-224 40960 8192 cat.jpg cat
check pyramid-224-small 16384 6144 cat.jpg cat
check paper-224 24576 6144 cat.jpg cat
check pyramid-32 6656 8192 rocket.png rocket # by its own classifier
for model in pyramid-224 pyramid-224-small pyramid-224-detect paper-224; do
    check_eyes "models/$model"
done
[ ! -e models/pyramid-224/eyes.onnx ] || [ -e models/pyramid-224-detect/eyes.onnx ] ||
    fail "pyramid-224-detect has the encoder of pyramid-224: link its eyes.onnx there, too"
.cache/venv/bin/python tools/demo.py "$program" "$dir/demo" >"$dir/table"
[ "$(grep -c 'packets  ' "$dir/table")" = 5 ] || fail "the demo's table: $(cat "$dir/table")"
[ -s "$dir/demo/demo.png" ] || fail "the demo draws no picture"
