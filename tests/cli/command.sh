#!/usr/bin/env bash
# limitnet encode, decode, infer, model and help from the outside: exit codes, messages of one line,
# sizes, no file left behind.
#
# usage: tests/cli/command.sh PROGRAM
set -euo pipefail
cd "$(dirname "$0")/../.."

program=$1
python=.cache/venv/bin/python
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "command.sh: $*" >&2
    exit 1
}

# add_model NAME [OPTION]: a folder with a test model and a decoder that fits it.
add_model() {
    mkdir "$work/models/$1"
    cp "tests/models/$1.lnm" "$work/models/$1/encoder.lnm"
    "$python" tests/make_decoder.py "tests/models/$1.lnm" "$work/models/$1/decoder.onnx"
}
mkdir "$work/models" "$work/out"
add_model random-pyramid
add_model random-nomap
add_model random-paper
add_model random-cifar
export LIMITNET_MODELS=$work/models
model="--model random-pyramid"
photo=tests/pictures/cat.jpg

# run CODE ARGUMENT...: expects this exit code; what was printed lies in stdout and stderr.
run() {
    local expected=$1 code=0
    shift
    "$program" "$@" >"$work/stdout" 2>"$work/stderr" || code=$?
    [ "$code" = "$expected" ] ||
        fail "exit code $code instead of $expected: $* ($(cat "$work/stderr"))"
}

# refused CODE TEXT ARGUMENT...: the same; the message is one line with this text, nothing else is
# printed, and no file appears.
refused() {
    local code=$1 text=$2 before
    shift 2
    before=$(ls -A "$work/out")
    run "$code" "$@"
    [ "$(wc -l <"$work/stderr")" = 1 ] || fail "not one line: $* ($(cat "$work/stderr"))"
    grep -qF -- "$text" "$work/stderr" || fail "'$text' is not in: $(cat "$work/stderr")"
    [ ! -s "$work/stdout" ] || fail "wrote to standard output: $*"
    [ "$(ls -A "$work/out")" = "$before" ] || fail "left a file: $*"
}

said() {
    grep -qF -- "$1" "$work/stderr" || fail "'$1' is not in: $(cat "$work/stderr")"
}

# packet_bytes FILE.lnp: bytes of its packets, and the largest packet.
packet_bytes() {
    "$python" -c '
import sys
data, at, sizes = open(sys.argv[1], "rb").read(), 8, []
assert data[:4] == b"LNP\2"
while at < len(data):
    sizes.append(data[at] << 8 | data[at + 1])
    at += 2 + sizes[-1]
assert at == len(data)
print(sum(sizes), max(sizes))' "$1"
}

# --- Help ---------------------------------------------------------------------------------------
run 0 --version
grep -q '^limitnet [0-9.]*, packets and model files of version 2$' "$work/stdout" || fail "--version"
run 0 help
for command in encode decode infer pictures export sim replay model; do
    grep -q "^  $command " "$work/stdout" || fail "help does not name $command"
done
for command in encode decode infer pictures export sim replay model; do
    run 0 help $command
    grep -q "^limitnet $command " "$work/stdout" || fail "help $command"
    awk 'length > 100 { exit 1 }' "$work/stdout" || fail "help $command is too wide"
    cp "$work/stdout" "$work/help"
    run 0 $command --help
    cmp -s "$work/help" "$work/stdout" || fail "$command --help"
done
refused 2 "a command is missing"
refused 2 "there is no command 'paint'" paint
refused 2 "there is no command 'paint'" help paint

# --- Options ------------------------------------------------------------------------------------
out=$work/out/a.lnp
refused 2 "give one picture" encode -o "$out"
refused 2 "give one picture" encode $photo $photo -o "$out"
refused 2 "Give -o FILE.lnp" encode $photo
refused 2 "unknown option --fast" encode --fast $photo -o "$out"
refused 2 "unknown option -m" encode -m x $photo -o "$out"
refused 2 "-o needs a value" encode $photo -o
refused 2 "--crop takes no value" encode --crop=1 $photo -o "$out"
for mtu in 10 256 -1 51x 0x33 ' 51' '' 18446744073709551667; do
    refused 2 "--mtu: '$mtu' is not a whole number from 11 to 255" encode --mtu "$mtu" $photo -o "$out"
done
refused 2 "--max-bytes: '10'" encode --max-bytes 10 $photo -o "$out"
refused 2 "--protect: '81'" encode --protect 81 $photo -o "$out"
for loss in 1.1 2 -0.1 30% . '' 0.3.1 1e-1; do
    refused 2 "--loss: '$loss' is not a share" decode --loss "$loss" x.lnp -o "$work/out/a.png"
done
refused 2 "Give -o OUT.png" decode x.lnp

# Every number: not one, outside its range, or with something behind it.
wrong=("" " 1" 1x 1,2 -1 +1 1e2 1.5 0x10 nan inf 1e400 18446744073709551616 99999999999999999999999)
for value in "${wrong[@]}"; do
    for option in --mtu --max-bytes --protect; do
        refused 2 "$option: '$value' is not a whole number from " encode $option "$value" $photo -o "$work/out/n.lnp"
    done
    for option in --max-bytes --seed; do
        refused 2 "$option: '$value' is not a whole number from " decode $option "$value" x.lnp -o "$work/out/n.png"
    done
    for option in --top --mtu --max-bytes --protect --seed; do
        refused 2 "$option: '$value' is not a whole number from " infer $option "$value" $photo
    done
done
for value in "" " 0" 0x 0,1 -0 -1e-9 +0 1.0000001 1.00000001 2 0.0000001 0.00000001 0.3.1 . nan inf 1e400 1e-3; do
    refused 2 "--loss: '$value' is not a share from 0 to 1" decode --loss "$value" x.lnp -o "$work/out/n.png"
    refused 2 "--loss: '$value' is not a share from 0 to 1" infer --loss "$value" $photo
done
for value in "" 0 2049 -1 1.5 1x nan 99999999999999999999; do
    refused 2 "--vision-width: '$value' is no value" infer --vision-width "$value" $photo
    refused 2 "--vision-height: '$value' is no value" infer --vision-height "$value" $photo
done
for value in "" 1,2 1,2,3,4 1x nan inf 1e400; do
    refused 2 "--vision-mean: '$value' is no value" infer --vision-mean "$value" $photo
    refused 2 "--vision-divisor: '$value' is no value" infer --vision-divisor "$value" $photo
done
refused 2 "--vision-divisor: '0' is no value" infer --vision-divisor 0 $photo
for value in "" -1e-9 1.0000001 1x nan inf 1e400; do
    refused 2 "--vision-score: '$value' is no value" infer --task detect --vision-score "$value" $photo
    refused 2 "--vision-overlap: '$value' is no value" infer --task detect --vision-overlap "$value" $photo
done
refused 2 "-o and --map cannot both be standard output" encode $photo -o - --map -
refused 2 "-o and --map cannot both be standard output" decode x.lnp -o - --map -
refused 2 "-o and --map cannot both be $work/a.png" decode x.lnp -o "$work/a.png" --map "$work/a.png"
for name in a.jpg A.JPEG a.webp a.lnp; do # a file that is not what its name says misleads
    refused 2 "$name: what is written is of another kind: end the name with .png" decode x.lnp -o "$work/out/$name"
    refused 2 "end the name with .png" decode x.lnp -o "$work/out/a.png" --map "$work/out/$name"
    refused 2 "end the name with .png" encode $photo -o "$work/out/b.lnp" --map "$work/out/$name"
    refused 2 "end the name with .png" infer --task detect $photo -o "$work/out/$name"
done
refused 2 "$photo: what is written is of another kind: end the name with .lnp" encode $photo -o $photo
cp tests/pictures/rocket.png "$work/rocket.png"
refused 2 "-o would overwrite $work/rocket.png" infer --task detect "$work/rocket.png" -o "$work/rocket.png"
cmp "$work/rocket.png" tests/pictures/rocket.png
refused 2 "standard input can be read only once" infer - $photo -
refused 2 "give a file, not standard input" sim -
refused 2 "--vision: its settings are beside it: give a file" infer --vision - $photo
refused 2 "--top is about classes" infer --task detect --top 3 $photo
refused 2 "-o draws objects" infer $photo -o "$work/out/a.png"
refused 2 "-o takes one picture or file of packets, not 2" infer --task detect $photo $photo -o "$work/out/a.png"
refused 2 "--vision-score: '2' is no value" infer --task detect --vision-score 2 $photo
refused 2 "'paint' is not a task" infer --task paint $photo
refused 2 "give pictures or files of packets" infer
refused 2 "--top: '0'" infer --top 0 $photo
refused 2 "--vision-layout" infer --vision-layout NCWH $photo
refused 2 "give info or to-c" model
refused 2 "neither info nor to-c" model rename tiny
refused 2 "Give -o DIR" model to-c tests/models/tiny.lnm
refused 2 "to-c writes two files" model to-c tests/models/tiny.lnm -o -
refused 2 "omit -o" model info tests/models/tiny.lnm -o "$work/out"

# --- encode -------------------------------------------------------------------------------------
run 0 encode $model $photo -o "$out"
said "a.lnp: "
[ ! -s "$work/stdout" ] || fail "encode wrote to standard output"
read -r bytes largest < <(packet_bytes "$out")
[ "$largest" = 51 ] || fail "the largest packet has $largest bytes"
said " packets, $bytes bytes"
run 0 encode $model --mtu=242 --max-bytes 1000 --protect 0 --crop -o "$work/b.lnp" -- $photo
read -r bytes largest < <(packet_bytes "$work/b.lnp")
[ "$bytes" = 1000 ] && [ "$largest" = 242 ] || fail "--max-bytes 1000: $bytes, $largest"
run 0 encode $model --max-bytes 112 $photo -o "$work/b.lnp" # 51 + 51 + 10: 10 hold no packet
read -r bytes largest < <(packet_bytes "$work/b.lnp")
[ "$bytes" = 102 ] || fail "--max-bytes 112: $bytes"
head -c 114 "$out" | cmp -s - "$work/b.lnp" || fail "a cut stream is not the beginning of the whole"

refused 1 "$work/none.jpg: cannot be opened" encode $model "$work/none.jpg" -o "$out"
refused 1 "README.md: " encode $model README.md -o "$out"
refused 1 "one-pixel.png: the picture has only 1 x 1 pixels" \
    encode $model tests/pictures/odd/one-pixel.png -o "$out"
refused 1 "huge.png: the picture has 20000 x 20000 pixels" \
    encode $model tests/pictures/odd/huge.png -o "$out"
head -c 3000 $photo >"$work/cut.jpg"
refused 1 "cut.jpg: " encode $model "$work/cut.jpg" -o "$out"
refused 1 "no-folder/a.lnp: cannot be written" encode $model $photo -o "$work/no-folder/a.lnp"
refused 1 "/dev/full: cannot be written" encode $model $photo -o /dev/full
cp "$out" "$work/before.lnp"
(
    trap '' XFSZ # a file that may not grow is as good as a full disk
    ulimit -f 2
    refused 1 "c.lnp: cannot be written" encode $model $photo -o "$work/out/c.lnp"
    refused 1 "a.lnp: cannot be written" encode $model --mtu 242 $photo -o "$out"
)
cmp -s "$out" "$work/before.lnp" || fail "a failed encode changed the file that was there"

# A picture that is stored turned gives the packets of the upright one, unless it is wanted as it is stored.
turned=tests/pictures/turned
run 0 encode $model $turned/1.png -o "$work/upright.lnp"
run 0 encode $model --as-stored $turned/1.png -o "$work/b.lnp"
cmp "$work/b.lnp" "$work/upright.lnp" || fail "--as-stored of an upright picture"
for file in {2..8}.png {2..8}.webp long-number.png behind-pixels.png; do
    run 0 encode $model $turned/$file -o "$work/b.lnp"
    [ "$(wc -l <"$work/stderr")" = 1 ] || fail "$file: $(cat "$work/stderr")"
    cmp "$work/b.lnp" "$work/upright.lnp" || fail "$file is not turned"
    run 0 encode $model --as-stored $turned/$file -o "$work/b.lnp"
    ! cmp -s "$work/b.lnp" "$work/upright.lnp" || fail "--as-stored: $file is turned"
done
run 0 encode $model --as-stored $turned/6.png -o "$work/stored.lnp"
run 0 encode $model $turned/broken-noise.png -o "$work/b.lnp"
cmp "$work/b.lnp" "$work/stored.lnp" || fail "broken EXIF data turn a picture"

# A file without its end is read and named; one without a pixel is not read.
head -c -2 $photo >"$work/no-end.jpg"
head -c -12 $turned/1.png >"$work/no-end.png"
for file in no-end.jpg no-end.png; do
    run 0 encode $model "$work/$file" -o "$work/b.lnp"
    said "$file: the end of the file is missing or damaged, but no pixel is missing"
    [ "$(wc -l <"$work/stderr")" = 2 ] || fail "$file: $(cat "$work/stderr")"
done
cmp "$work/b.lnp" "$work/upright.lnp" || fail "no-end.png is another picture"

# Standard input and output.
"$program" encode $model - -o - <$photo >"$work/b.lnp" 2>"$work/stderr" || fail "encode - -o -"
said "encode: standard output: "
cmp "$work/b.lnp" "$out" || fail "standard input is another picture"
cat $photo | "$program" encode $model - -o "$work/b.lnp" 2>"$work/stderr" || fail "encode - of a pipe"
cmp "$work/b.lnp" "$out" || fail "a pipe is another picture"
refused 1 "standard input: the file is empty" encode $model - -o "$work/out/b.lnp" </dev/null
refused 1 "standard input: not a picture" encode $model - -o "$work/out/b.lnp" <README.md
code=0
"$program" encode $model $photo -o - >/dev/full 2>"$work/stderr" || code=$?
[ "$code" = 1 ] || fail "encode -o - does not notice a full disk"
said "standard output: cannot be written"

# --- A vision model that a model brings ---------------------------------------------------------------------
# It is the usual one with another divisor, so that it sees colours turned round.
brings=$work/brings
mkdir -p "$brings/vision"
cp models/pyramid-224-small/*.lnm models/pyramid-224-small/*.onnx "$brings"
cp .cache/vision/efficientnet-lite0.onnx "$brings/vision/vision.onnx"
sed 's/^divisor.*/divisor = -128\nbelow = 600/; s/^labels.*//' .cache/vision/efficientnet-lite0.vision >"$brings/vision/vision.vision"

# best OPTION...: what infer sees in the photograph
best() {
    run 0 infer --json --top 1 "$@" $photo
    sed 's/.*"label"/"label"/' "$work/stdout"
}
usual=.cache/vision/efficientnet-lite0.onnx
saved=${LIMITNET_VISION-}
unset LIMITNET_VISION
[ "$(best --model "$brings" --max-bytes 2000)" = "$(best --model pyramid-224-small --max-bytes 2000)" ] || fail "many bytes"
[ "$(best --model "$brings" --max-bytes 500)" != "$(best --model pyramid-224-small --max-bytes 500)" ] || fail "few bytes"
own=$(best --model pyramid-224-small --max-bytes 500)
[ "$(best --model "$brings" --max-bytes 500 --vision $usual)" = "$own" ] || fail "--vision does not look at few bytes"
[ "$(best --model "$brings" --max-bytes 500 --vision-divisor 128 --vision-labels models/imagenet-labels.txt)" = "$own" ] ||
    fail "--vision-divisor does not choose"
[ "$(LIMITNET_VISION=$usual best --model "$brings" --max-bytes 500)" = "$own" ] || fail "LIMITNET_VISION does not choose"
[ -z "$saved" ] || export LIMITNET_VISION=$saved
run 0 model info "$brings"
grep -qx "vision   $brings/vision/vision.onnx" "$work/stdout" || fail "model info does not name the vision model"

# --- Which models -------------------------------------------------------------------------------
# What happens to lie in models/ here is none of them.
mkdir -p "$work/here/models/pyramid-224" "$work/here/models/mine"
echo rubbish | tee "$work/here/models/pyramid-224/encoder.lnm" >"$work/here/models/mine/encoder.lnm"
root=$PWD
cd "$work/here"
run 0 model info pyramid-224
grep -qx "file     $root/models/pyramid-224/encoder.lnm" "$work/stdout" || fail "$(cat "$work/stdout")"
refused 1 "there is no model 'mine'" model info mine
refused 1 "models/mine/encoder.lnm: not a model file" model info models/mine
cp -r "$work/models/random-pyramid" "$work/models/pyramid-224"
run 0 encode -v "$root/$photo" -o "$work/v.lnp"
said "limitnet encode: model $work/models/pyramid-224/encoder.lnm"
rm -r "$work/models/pyramid-224"
cd "$root"
run 0 decode -v "$work/v.lnp" -o "$work/v.png"
said "limitnet decode: model $work/models/random-pyramid/encoder.lnm"
run 0 infer -v $model "$work/v.lnp"
said "limitnet infer: model $work/models/random-pyramid/encoder.lnm"

# --- Models that do not fit ---------------------------------------------------------------------
refused 1 "there is no model 'none'" encode --model none $photo -o "$out"
head -c 5000 tests/models/random-pyramid.lnm >"$work/short.lnm"
refused 1 "short.lnm: not a model file, or a damaged one: copy or export it again" encode --model "$work/short.lnm" $photo -o "$out"
refused 1 "$photo: not a model file" encode --model $photo $photo -o "$out"
refused 1 "encoder.lnm: cannot be opened" encode --model "$work/out" $photo -o "$out"
cp -r "$work/models/random-pyramid" "$work/models/later"
printf '\x03' | dd of="$work/models/later/encoder.lnm" bs=1 seek=3 conv=notrunc status=none
refused 1 "a model file of another version" model info later

# --- decode -------------------------------------------------------------------------------------
png=$work/out/a.png
run 0 decode $model "$out" -o "$png"
said "a.lnp: used "
[ ! -s "$work/stdout" ] || fail "decode wrote to standard output"
run 0 decode $model --max-bytes 160 "$out" -o "$work/b.png" # 3 x 51 fit, a fourth does not
said "used 3 of "
said " packets, 153 of "
! cmp -s "$png" "$work/b.png" || fail "the packets make no difference"
run 0 encode $model --protect 40 --max-bytes 2000 $photo -o "$work/b.lnp"
run 0 decode $model "$work/b.lnp" --loss 0.3 --seed 3 -o "$work/b.png"
said "lost packets were recovered"
run 0 decode $model --max-bytes 0 "$out" -o "$work/none.png"
said "used 0 of "
run 0 decode $model --loss 1 "$out" -o "$work/c.png"
said "used 0 of "
cmp -s "$work/none.png" "$work/c.png" || fail "nothing received makes two different pictures"
run 0 encode $model --protect 0 --max-bytes 3060 $photo -o "$work/b.lnp"
{ head -c 8 "$work/b.lnp"; tail -c +2129 "$work/b.lnp"; } >"$work/tail.lnp" # without the first 40 packets, and so without the map
run 0 decode $model "$work/tail.lnp" -o "$work/c.png"
said "used 20 of 20 "
said "20 of these cannot be read without the map"
run 0 decode $model --loss 0.3 --seed 9 "$out" -o "$work/c.png"
cp "$work/stderr" "$work/first"
run 0 decode $model --loss .3 --seed=9 "$out" -o "$work/d.png"
cmp -s "$work/first" "$work/stderr" && cmp -s "$work/c.png" "$work/d.png" || fail "the same seed, other losses"

# Maps: the camera's own and what is sent of it, pictures of the model's size. An activity is sent as it is.
for which in random-paper random-pyramid; do
    run 0 encode --model $which --crop $photo --map "$work/full.png" -o "$work/b.lnp"
    run 0 decode --model $which "$work/b.lnp" --map "$work/sent.png" -o "$work/b.png"
    "$python" -c '
import sys
from PIL import Image
full, sent = (Image.open(path) for path in sys.argv[2:])
assert full.size == sent.size == (224, 224)
assert (full.tobytes() == sent.tobytes()) == (sys.argv[1] == "random-pyramid")' \
        $which "$work/full.png" "$work/sent.png" || fail "--map of $which"
done
refused 1 "model random-nomap has no map: omit --map" \
    encode --model random-nomap $photo --map "$work/out/m.png" -o "$work/out/b.lnp"
refused 1 "no-folder/m.png: cannot be written" \
    encode $model $photo --map "$work/no-folder/m.png" -o "$work/out/b.lnp"
run 0 encode --model random-nomap $photo -o "$work/b.lnp"
refused 1 "model random-nomap sends no map" \
    decode --model random-nomap "$work/b.lnp" --map "$work/out/m.png" -o "$work/out/b.png"
refused 1 "the map did not arrive, so " decode $model --max-bytes 0 "$out" --map "$work/out/m.png" -o "$work/out/b.png"

# What is not damaged is used; what is cut off or of another picture is said.
head -c 1000 "$out" >"$work/cut.lnp"
run 0 encode $model --max-bytes 400 tests/pictures/rocket.png -o "$work/b.lnp"
{ head -c 8 "$out"; tail -c +9 "$work/b.lnp"; tail -c +9 "$work/cut.lnp"; } >"$work/two.lnp"
run 0 decode $model "$work/two.lnp" -o "$work/c.png"
said "ends inside a packet"
said "of other pictures"

: >"$work/empty.lnp"
refused 1 "empty.lnp: not a file of packets" decode $model "$work/empty.lnp" -o "$work/out/e.png"
head -c 8 "$out" >"$work/none.lnp"
refused 1 "none.lnp: there is no whole packet" decode $model "$work/none.lnp" -o "$work/out/e.png"
rm "$work/none.lnp"
refused 1 "cat.jpg: not a file of packets" decode $model $photo -o "$work/out/e.png"
{ head -c 8 "$out"; printf '\x00\x08\x00\x03\xff\xffdama'; } >"$work/garbage.lnp"
refused 1 "garbage.lnp: none of its packets can be read" decode $model "$work/garbage.lnp" -o "$work/out/e.png"
{ head -c 8 "$out"; printf '\x00\x08\xff\x00\x00later'; } >"$work/later.lnp"
refused 1 "later.lnp: its packets are of a later version" decode $model "$work/later.lnp" -o "$work/out/e.png"
printf 'LNP\x03later' >"$work/later.lnp"
refused 1 "later.lnp: a file of packets of version 3" decode $model "$work/later.lnp" -o "$work/out/e.png"
refused 1 "a.lnp: encoded with another model (checksum" decode --model random-cifar "$out" -o "$work/out/e.png"
refused 1 "a.lnp: encoded with another model (checksum" infer --task detect --model random-cifar --vision tests/onnx/objects.onnx "$out"

# Without --model the file names it.
run 0 decode "$out" -o "$work/c.png"
cmp -s "$work/c.png" "$png" || fail "the model is not found by its checksum"
printf 'LNP\x02\x01\x02\x03\x04\x00\x05abcde' >"$work/unknown.lnp"
refused 1 "there is no model with the checksum 01020304" decode "$work/unknown.lnp" -o "$work/out/e.png"

# For each file of packets; pictures take the default.
run 0 infer $model --json --top 1 "$out"
cp "$work/stdout" "$work/named"
run 1 infer --json --top 1 "$out" $photo "$work/unknown.lnp" "$out"
said "there is no model with the checksum 01020304"
[ "$(wc -l <"$work/stdout")" = 3 ] || fail "infer: $(cat "$work/stderr")"
for line in 1 3; do
    sed -n ${line}p "$work/stdout" | cmp - "$work/named" || fail "infer takes another model than packets name"
done

# Standard input and output.
"$program" decode - -o - <"$out" >"$work/c.png" 2>"$work/stderr" || fail "decode - -o -"
said "decode: standard input: used "
cmp "$work/c.png" "$png" || fail "decode - -o - makes another picture"
"$program" decode - -o "$work/c.png" --map - <"$out" >"$work/d.png" 2>"$work/stderr" || fail "decode --map -"
run 0 decode "$out" -o "$work/c.png" --map "$work/map.png"
cmp "$work/d.png" "$work/map.png" || fail "decode --map - makes another map"
refused 1 "standard input: not a file of packets" decode - -o "$work/out/e.png" <$photo

# Checks.
run 0 encode $model --check $photo -o "$work/checked.lnp"
run 0 decode $model "$work/checked.lnp" -o "$work/c.png"
cmp "$work/c.png" "$png" || fail "checks change the picture"
printf '\xff' | dd of="$work/checked.lnp" bs=1 seek=30 conv=notrunc status=none
run 0 decode $model "$work/checked.lnp" -o "$work/c.png"
said "1 packets were refused: damaged"
refused 2 "with --protect and --check give 13 bytes or more" \
    encode $model --check --protect 40 --mtu 12 $photo -o "$work/out/b.lnp"
refused 2 "with --protect and --check give 13 bytes or more" \
    encode $model --check --protect 40 --max-bytes 12 $photo -o "$work/out/b.lnp"
refused 2 "with --protect and --check give 13 bytes or more" infer $model --check --protect 40 --max-bytes 12 $photo
run 0 encode $model --check --protect 40 --mtu 13 --max-bytes 1000 $photo -o "$work/b.lnp"

refused 1 "none.lnp: cannot be opened" decode $model "$work/none.lnp" -o "$work/out/e.png"
refused 1 "/dev/full: cannot be written" decode $model "$out" -o /dev/full
(
    trap '' XFSZ
    ulimit -f 1
    refused 1 "e.png: cannot be written" decode $model "$out" -o "$work/out/e.png"
)

cp -r "$work/models/random-pyramid" "$work/models/odd"
cp "$work/models/random-cifar/decoder.onnx" "$work/models/odd/decoder.onnx"
refused 1 "the decoder of another model (checksum" decode --model odd "$out" -o "$work/out/e.png"
"$python" tests/make_decoder.py tests/models/random-pyramid.lnm "$work/models/odd/decoder.onnx" --without-map
refused 1 "6 inputs instead of 7" decode --model odd "$out" -o "$work/out/e.png"
"$python" tests/make_decoder.py tests/models/random-pyramid.lnm "$work/models/odd/decoder.onnx" --encoder none
refused 1 "does not name the model that it belongs to" decode --model odd "$out" -o "$work/out/e.png"
cp "$work/models/random-pyramid/decoder.onnx" "$work/models/odd/decoder.onnx"
printf '\x7f' | dd of="$work/models/odd/decoder.onnx" bs=1 seek=900 conv=notrunc status=none
refused 1 "decoder.onnx: damaged" decode --model odd "$out" -o "$work/out/e.png"
echo "no network" >"$work/models/odd/decoder.onnx"
refused 1 "decoder.onnx: " decode --model odd "$out" -o "$work/out/e.png"
rm "$work/models/odd/decoder.onnx"
refused 1 "decoder.onnx: " decode --model odd "$out" -o "$work/out/e.png"

# --- A decoder for eyes -------------------------------------------------------------------------
cp -r "$work/models/random-pyramid" "$work/models/eyes"
"$python" tests/make_decoder.py tests/models/random-pyramid.lnm "$work/models/eyes/eyes.onnx" --eyes
run 0 decode $model "$out" -o "$work/usual.png"
run 0 decode --model eyes "$out" -o "$work/eyes.png"
! cmp -s "$work/usual.png" "$work/eyes.png" || fail "decode does not use the decoder for eyes"
run 0 infer $model --json "$out"
mv "$work/stdout" "$work/usual"
run 0 infer --model eyes --json "$out"
cmp "$work/stdout" "$work/usual" || fail "infer uses the decoder for eyes"
run 0 model info eyes
grep -qx "eyes     $work/models/eyes/eyes.onnx" "$work/stdout" || fail "model info does not name the decoder for eyes"
run 0 model info random-pyramid
! grep -q "^eyes" "$work/stdout" || fail "model info names a decoder for eyes that is not there"
"$python" tests/make_decoder.py tests/models/random-pyramid.lnm "$work/models/eyes/eyes.onnx" --eyes --encoder 01234567
refused 1 "eyes.onnx: the decoder of another model (checksum" decode --model eyes "$out" -o "$work/out/e.png"
rm "$work/models/eyes/decoder.onnx"
"$python" tests/make_decoder.py tests/models/random-pyramid.lnm "$work/models/eyes/eyes.onnx" --eyes
run 0 decode --model eyes "$out" -o "$work/alone.png"
cmp "$work/alone.png" "$work/eyes.png" || fail "decode needs decoder.onnx beside eyes.onnx"

# --- infer --------------------------------------------------------------------------------------
refused 1 "none.onnx: cannot be opened" infer $model --vision "$work/none.onnx" $photo
refused 1 "two.onnx" infer $model --vision tests/onnx/two.onnx --vision-mean 0 $photo

# A file that fails does not stop the others, but counts. Names are quoted as JSON wants it.
name=$'quo"te\\tab\t\xff.lnp'
cp "$out" "$work/$name"
run 1 infer $model --json --top 2 --max-bytes 500 --loss 0.5 --seed 2 $photo README.md "$work/$name"
said "README.md: "
said "cat.jpg: used "
"$python" - "$work/stdout" "$work/stderr" <<'CHECK' || fail "infer --json: $(cat "$work/stdout")"
import json, re, sys
lines = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
assert [line["file"].rsplit("/")[-1] for line in lines] == ["cat.jpg", 'quo"te\\tab\t\ufffd.lnp']
for line in lines:
    assert list(line) == ["file", "bytes", "packets", "top"]
    assert 0 < line["bytes"] <= 500 and 0 < line["packets"] <= 10
    assert len(line["top"]) == 2 and line["top"][0]["score"] >= line["top"][1]["score"]
    for guess in line["top"]:
        assert list(guess) == ["class", "label", "score"]
        assert 0 <= guess["class"] < 1000 and guess["label"] and 0 <= guess["score"] <= 1
note = re.search(r"cat.jpg: used (\d+) of \d+ packets, (\d+) of 4\d\d bytes", open(sys.argv[2], errors="replace").read())
assert (int(note[1]), int(note[2])) == (lines[0]["packets"], lines[0]["bytes"])
CHECK
# A file is told by what it holds, and a damaged one by its name, in capitals too.
cp "$out" "$work/IMG0001.LNP"
cp "$out" "$work/packets.bin"
for file in "$out" "$work/IMG0001.LNP" "$work/packets.bin" -; do
    run 0 infer $model --json --top 1 "$file" <"$out"
    sed 's/"file":"[^"]*"//' "$work/stdout" >"$work/line"
    [ -e "$work/first-line" ] || cp "$work/line" "$work/first-line"
    cmp "$work/line" "$work/first-line" || fail "infer $file is another result"
done
grep -q '^{"file":"-",' "$work/stdout" || fail "infer -: $(cat "$work/stdout")"
said "infer: standard input: used "
run 0 infer $model --json --top 1 $photo - <$photo
[ "$(sed 's/"file":"[^"]*"//' "$work/stdout" | sort -u | wc -l)" = 1 ] || fail "infer - of a picture"
cp README.md "$work/README.LNP"
refused 1 "README.LNP: not a file of packets" infer $model "$work/README.LNP"
run 0 infer $model --json --as-stored $turned/6.png
cp "$work/stdout" "$work/first"
run 0 infer $model --json $turned/6.png
! cmp -s "$work/first" "$work/stdout" || fail "infer --as-stored"
# Objects: this vision model finds a cat in the left upper quarter and a dog in the right lower one.
finds="infer $model --task detect --vision tests/onnx/objects.onnx"
run 0 $finds --json --max-bytes 500 $photo
used=$(sed 's/.*used \([0-9]*\) of [0-9]* packets, \([0-9]*\) of.*/"bytes":\2,"packets":\1/' "$work/stderr")
cat >"$work/expected" <<JSON
{"file":"$photo",$used,"objects":[{"class":0,"label":"cat","score":0.9000,"box":[0.0,0.0,112.0,112.0]},\
{"class":1,"label":"dog","score":0.4000,"box":[112.0,112.0,112.0,112.0]}]}
JSON
diff "$work/expected" "$work/stdout" || fail "infer --task detect --json"
run 0 $finds $photo -o "$work/objects.png"
grep -q '^   90.0 %     0  at   0,0    112 x 112  cat$' "$work/stdout" || fail "objects: $(cat "$work/stdout")"
cp "$work/stdout" "$work/table"
run 0 $finds $photo -o -
cmp "$work/stdout" "$work/objects.png" || fail "infer -o - writes another picture"
tail -n +2 "$work/stderr" | cmp - "$work/table" || fail "infer -o -: $(cat "$work/stderr")"
run 0 $finds --json $photo -o -
cmp "$work/stdout" "$work/objects.png" || fail "infer --json -o -"
grep -q '^{"file":"'$photo'",.*"objects":\[{"class":0,"label":"cat"' "$work/stderr" || fail "infer --json -o -: $(cat "$work/stderr")"
run 0 encode $model $photo -o "$work/photo.lnp"
run 0 decode $model "$work/photo.lnp" -o "$work/plain.png"
"$python" - "$work/objects.png" "$work/plain.png" <<'CHECK' || fail "the boxes are not where they should be"
import sys
from PIL import Image, ImageChops
drawn, plain = (Image.open(name) for name in sys.argv[1:])
assert drawn.size == plain.size == (224, 224)
def same(*box): return ImageChops.difference(drawn, plain).crop(box).getbbox() is None
assert same(114, 0, 224, 99) and same(2, 11, 110, 110) and same(0, 114, 110, 224) and same(114, 114, 222, 222)
for edges in ((0, 20), (111, 20), (20, 111)), ((112, 200), (223, 200), (200, 223)):
    assert len({drawn.getpixel(at) for at in edges}) == 1
assert drawn.getpixel((0, 20)) != drawn.getpixel((112, 200))
assert (0, 0, 0) in {drawn.getpixel((x, y)) for x in range(60) for y in range(11)}
CHECK
run 0 $finds --json --vision-width 8 --vision-height 8 --vision-boxes shares --vision-output yolov5 --vision-score 0.5 $photo
[ "$(grep -o '"label":""' "$work/stdout" | wc -l)" = 1 ] || fail "settings of a detector: $(cat "$work/stdout")"
# Without --model objects are looked for behind a decoder of their own, which reads the same packets.
run 0 encode $photo -o "$work/shipped.lnp"
for which in "" "--model pyramid-224-detect" "--model pyramid-224"; do
    run 0 infer --task detect --vision tests/onnx/objects.onnx $which "$work/shipped.lnp" -o "$work/shipped${which#--model }.png"
done
cmp -s "$work/shipped.png" "$work/shippedpyramid-224-detect.png" || fail "--task detect does not take its own decoder"
! cmp -s "$work/shipped.png" "$work/shippedpyramid-224.png" || fail "the decoder for detectors is that for classifiers"
refused 1 "objects.onnx: is a detector: name a classifier" infer $model --vision tests/onnx/objects.onnx $photo
refused 1 "no/a.png: cannot be written" $finds $photo -o "$work/no/a.png"
detector=.cache/vision/yolov5s.onnx
if [ ! -e $detector ]; then
    refused 1 "there is no detector yet: run 'make detector'" infer $model --task detect $photo
fi

code=0
"$program" infer $model --max-bytes 100 $photo >/dev/full 2>"$work/stderr" || code=$?
[ "$code" = 1 ] || fail "infer does not notice a full disk"
said "standard output cannot be written"

# --- Closed streams -----------------------------------------------------------------------------
# A file that is opened then must not become the stream.
code=0
"$program" model info random-pyramid >&- 2>"$work/stderr" || code=$?
[ "$code" = 1 ] || fail "model info does not notice that standard output is closed"
said "standard output cannot be written"
code=0
"$program" encode $model $photo -o - >&- 2>"$work/stderr" || code=$?
[ "$code" = 1 ] || fail "encode -o - does not notice that standard output is closed"
said "standard output: cannot be written"
"$program" encode $model $photo -o "$work/right.lnp" 2>/dev/null
"$program" encode $model $photo -o "$work/closed.lnp" <&- >&- 2>&- || fail "encode needs standard streams"
cmp "$work/right.lnp" "$work/closed.lnp" || fail "a message went into the file"
code=0
"$program" infer $model - <&- 2>"$work/stderr" || code=$?
[ "$code" = 1 ] || fail "infer does not notice that standard input is closed"
said "standard input: cannot be read"

# --- model --------------------------------------------------------------------------------------
run 0 model info random-pyramid
grep -q '^model    random-pyramid, version 2, checksum ' "$work/stdout" || fail "model info"
grep -q '^camera   [0-9]* bytes of RAM on a Cortex-M4' "$work/stdout" || fail "model info"
grep -q '^kernels  .*portable$' "$work/stdout" || fail "model info"
run 0 model info tests/onnx/objects.onnx
cat >"$work/expected" <<INFO
file     tests/onnx/objects.onnx
input    x, ?x3x8x8, floats
output   y, ?x4x7, floats
task     detect
gives    yolov5
boxes    shares; score 0.25, overlap 0.45
classes  2
labels   tests/onnx/objects.txt: 'cat' to 'dog'
picture  8 x 8, RGB, NCHW, 8 at a time
scale    (x - 127) / 128: -0.992 to 1
INFO
diff "$work/expected" "$work/stdout" || fail "model info of a vision model"
run 0 model info tests/tflite/colours-signed.tflite
for line in "input    image, 1x16x24x3, int8, n stands for (n +128) " "write .*task = classify, width = 24, height = 16" \
    "gives    probabilities" "doubtful there is no file of settings" "doubtful there are no labels"; do
    grep -q "^$line" "$work/stdout" || fail "model info lacks '$line': $(cat "$work/stdout")"
done
run 0 model info tests/onnx/grey-nhwc.onnx
for line in "write .*width = 24, height = 16, layout = NHWC, channels = grey" "picture  24 x 16, grey, NHWC"; do
    grep -q "^$line" "$work/stdout" || fail "model info lacks '$line': $(cat "$work/stdout")"
done
cp tests/onnx/grey-nhwc.onnx "$work/network" # by content, whatever its name
run 0 model info "$work/network"
grep -q "^write    $work/network.vision: " "$work/stdout" || fail "model info of a vision model without an ending"
printf '%s\n' "width = 24" "height = 16" "layout = NHWC" "channels = grey" >"$work/network.vision"
cd "$work"
run 0 model info network
grep -q '^picture  24 x 16, grey, NHWC' "$work/stdout" || fail "settings beside a vision model without an ending"
cd "$root"
cp tests/onnx/objects.onnx tests/onnx/objects.vision "$work"
printf '%s\n' cat Cat >"$work/objects.txt"
run 0 model info "$work/objects.onnx"
grep -q "^doubtful classes 0 and 1 are both labelled 'cat'" "$work/stdout" || fail "two labels of the same name"
cp tests/models/tiny.lnm "$work/tiny.bin"
run 0 model info "$work/tiny.bin"
grep -q '^model    tiny' "$work/stdout" || fail "model info of a model file with another ending"
printf 'PK\003\004' >"$work/best.pt"
refused 1 "best.pt: a file of PyTorch or Keras: export it as ONNX" model info "$work/best.pt"
: >"$work/empty.onnx"
refused 1 "empty.onnx: the file is empty: copy or export it again" model info "$work/empty.onnx"
refused 1 "short.lnm: not a model file, or a damaged one: copy" model info "$work/short.lnm"
run 1 model info tests/onnx/ssd-converted.onnx
said "with output = ssd the shape does not tell how many classes there are: give labels"
grep -q '^write .*task = detect' "$work/stdout" || fail "model info of four outputs"
run 1 model info tests/onnx/boxes-pair.onnx # what the file says is printed all the same
said "boxes-pair.onnx: 'boxes' are boxes"
grep -q '^output   scores, ?x4x2, floats' "$work/stdout" || fail "model info of what is not sure"
run 0 model info tests/models/tiny-nomap.lnm
grep -q '^map      none' "$work/stdout" || fail "model info without a map"

run 0 model info - <tests/models/random-pyramid.lnm
grep -q '^model    random-pyramid, version 2' "$work/stdout" || fail "model info -"
refused 1 "standard input: not a model file" model info - <README.md
run 0 model to-c - -o "$work" <tests/models/random-pyramid.lnm
cp "$work/random_pyramid.c" "$work/first"

run 0 model to-c random-pyramid -o "$work"
cmp "$work/random_pyramid.c" "$work/first" || fail "to-c -"
printf '%s\n' "$work/random_pyramid.h" "$work/random_pyramid.c" | cmp -s - "$work/stdout" || fail "to-c names its files"
cat >"$work/main.c" <<'SOURCE'
#include "random_pyramid.h"
#include <stdio.h>
struct ln_kernel { int nothing; }; /* so that no library is needed */
#define DEFINE(name) const ln_kernel ln_kernel_##name = {0};
LN_KERNELS(DEFINE)
int main(void) {
    return fwrite(random_pyramid_model, 1, RANDOM_PYRAMID_MODEL_BYTES, stdout) != RANDOM_PYRAMID_MODEL_BYTES;
}
SOURCE
cc -std=c99 -Wall -Wextra -Wpedantic -Werror -Iinclude -o "$work/main" "$work/main.c" "$work/random_pyramid.c"
"$work/main" >"$work/again.lnm"
cmp -s "$work/again.lnm" tests/models/random-pyramid.lnm || fail "to-c: not the bytes of the file"
refused 1 "no/folder: cannot be made" model to-c random-pyramid -o "$work/no/folder"
mkdir "$work/out/random_pyramid.h" # so that the second of the two files fails
refused 1 "random_pyramid.h: cannot be written" model to-c random-pyramid -o "$work/out"
