#!/usr/bin/env bash
# Checks limitnet-lab eval, bd, saliency and sim from the outside: exit codes, messages of one line, no file left behind.
#
# usage: lab/tests/command.sh PROGRAM LIMITNET
set -euo pipefail
cd "$(dirname "$0")/../.."

program=$1
limitnet=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
model=$work/random-pyramid
mkdir "$model"
cp tests/models/random-pyramid.lnm "$model/encoder.lnm"
.cache/venv/bin/python tests/make_decoder.py tests/models/random-pyramid.lnm "$model/decoder.onnx"
printf 'file,class_index\ncat.jpg,281\nREADME.md,0\nrocket.png,657\n' >"$work/labels.csv"

fail() {
    echo "command.sh: $*" >&2
    exit 1
}

# run CODE [OPTION...]: runs eval with the usual options and these, and expects this exit code
run() {
    local expected=$1 code=0
    shift
    "$program" eval --images tests/pictures --labels "$work/labels.csv" --model "$model" \
        -o "$work/out.csv" "$@" >"$work/stdout" 2>"$work/stderr" || code=$?
    [ "$code" = "$expected" ] || fail "exit code $code instead of $expected: $* ($(cat "$work/stderr"))"
    [ ! -s "$work/stdout" ] || fail "wrote to standard output: $*"
}

# refused CODE TEXT [OPTION...]: the same; expects a message of one line with this text, and no output file
refused() {
    local code=$1 text=$2
    shift 2
    run "$code" "$@"
    [ "$(wc -l <"$work/stderr")" = 1 ] || fail "more than one line: $(cat "$work/stderr")"
    grep -qF -- "$text" "$work/stderr" || fail "'$text' is not in: $(cat "$work/stderr")"
    [ ! -e "$work/out.csv" ] || fail "left a file: $*"
}

# Every command has a page of help.
"$program" help >"$work/stdout"
for command in eval bd saliency sim report; do
    grep -q "^  $command " "$work/stdout" || fail "help does not name $command"
    "$program" help $command >"$work/help"
    grep -q "^limitnet-lab $command " "$work/help" || fail "help $command"
    awk 'length > 120 { exit 1 }' "$work/help" || fail "help $command is too wide"
    "$program" $command --help | cmp -s "$work/help" || fail "$command --help"
done
code=0
(cd "$work" && "$program" report) 2>"$work/stderr" || code=$?
[ "$code" = 1 ] && grep -qF "run it in the project's folder" "$work/stderr" || fail "report: $(cat "$work/stderr")"

refused 2 "--codec NAME is missing"
refused 2 "how many bytes for limitnet?" --codec original,limitnet
refused 2 "there is no codec 'jpg'" --codec original,jpg --bytes 300
refused 2 "there is no codec ''" --codec original, --bytes 300
refused 2 "--bytes: '300,10'" --codec limitnet --bytes 300,10
refused 2 "--bytes: '300,'" --codec limitnet --bytes 300,
refused 2 "--bytes: '3e2'" --codec limitnet --bytes 3e2
refused 2 "what is 'more'?" --codec original more
refused 2 "--bytes: '300,0300' names a number twice" --codec limitnet --bytes 300,0300
refused 2 "--codec: webp is named twice" --codec webp,original,webp --bytes 300
for value in "" " 33" 33x -33 1e3 1e400 nan 18446744073709551616; do
    refused 2 "--bytes: '$value' is not a list" --codec limitnet --bytes "$value"
    refused 2 "--mtu: '$value' is not a list" --codec limitnet --bytes 300 --mtu "$value"
    for option in --protect --seed --limit; do
        refused 2 "$option: '$value' is not a whole number from " --codec original $option "$value"
    done
done
for value in "" 1.0000001 -1e-9 nan 1e400 0.5x; do
    refused 2 "--loss: '$value' is not a share from 0 to 1" --codec original --loss "$value"
done
for mtu in 10 256 51, 51,,51 51x '' 11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27; do
    refused 2 "--mtu: '$mtu' is not a list" --codec original --mtu "$mtu"
done
refused 1 "there is no model 'none'" --codec limitnet:none --bytes 300
refused 1 "there is no peer 'none'" --codec learned:none --bytes 300
refused 1 "none.csv: cannot be opened" --codec original --labels "$work/none.csv"
refused 1 "none.onnx: cannot be opened" --codec original --vision "$work/none.onnx"
refused 1 "nowhere/out.csv: cannot be written" --codec original -o "$work/nowhere/out.csv"
refused 1 "$work: cannot be written" --codec original -o "$work"
printf 'file,class_index\nREADME.md,0\n' >"$work/broken.csv"
run 1 --codec original --labels "$work/broken.csv"
tail -1 "$work/stderr" | grep -qF "none of the 1 pictures can be read" || fail "$(cat "$work/stderr")"
[ ! -e "$work/out.csv" ] || fail "left a file"
# Where standard error is closed, messages must not go into the journal that is opened then.
code=0
"$program" eval --images tests/pictures --labels "$work/broken.csv" --codec original -o "$work/out.csv" 2>&- || code=$?
[ "$code" = 1 ] || fail "exit code $code with a closed standard error"
! grep -q "limitnet-lab eval: " "$work/out.csv.journal" || fail "a message went into the journal"
rm "$work/out.csv.journal"

# Budgets keep their order. The broken picture is named once, whatever the number of codecs.
run 0 --codec "limitnet,original,limitnet:$model" --bytes 1000,20 --loss 0.5 --seed 3
printf '%s\n' "codec param n" "limitnet 1000 2" "limitnet 20 2" "original - 2" \
    "limitnet:$model 1000 2" "limitnet:$model 20 2" >"$work/expected"
cut -d, -f1,2,6 "$work/out.csv" | tr , ' ' | diff "$work/expected" - || fail "other rows"
[ "$(cut -d, -f2- "$work/out.csv" | sed -n 2,3p)" = "$(cut -d, -f2- "$work/out.csv" | sed -n 5,6p)" ] ||
    fail "the same model gave two results"
grep -q '^original,-,150528.0,' "$work/out.csv" || fail "the original has another size"
awk -F, '$2 > 0 && $3 > $2 { exit 1 }' "$work/out.csv" || fail "more bytes than the budget"
[ "$(grep -c README.md "$work/stderr")" = 1 ] || fail "$(cat "$work/stderr")"
grep -qF "1 of 3 pictures were left out" "$work/stderr" || fail "$(cat "$work/stderr")"

# A second run replaces the file; --limit takes the first rows.
run 0 --codec original --limit 1
[ "$(wc -l <"$work/out.csv")" = 2 ] && [ "$(cut -d, -f6 "$work/out.csv" | tail -1)" = 1 ] || fail "--limit"
[ ! -e "$work/out.csv.journal" ] || fail "left its journal"

# Files are cut or fitted; each way has its own rows.
run 0 --codec pjpeg,webp-bare --bytes 700,3000 --limit 1
printf '%s\n' "codec param way" "pjpeg 700 cut" "pjpeg 3000 cut" "pjpeg 700 fit" "pjpeg 3000 fit" \
    "webp-bare 700 fit" "webp-bare 3000 fit" >"$work/expected"
cut -d, -f1,2,7 "$work/out.csv" | tr , ' ' | diff "$work/expected" - || fail "other ways"

# Fidelity needs neither labels nor a vision model. What it says of whole streams is what fidelity.py says of the program's
# pictures.
mkdir "$work/photos"
cp tests/pictures/cat.jpg "$work/photos/cat.jpg"
cp -r "$model" "$work/eyed"
.cache/venv/bin/python tests/make_decoder.py tests/models/random-pyramid.lnm "$work/eyed/eyes.onnx" --eyes
rm "$work/out.csv"
refused 2 "--labels: --task fidelity has no use for it" --task fidelity --codec original

# fidelity CODE [OPTION...]: runs eval with --task fidelity and expects this exit code
fidelity() {
    local expected=$1 code=0
    shift
    "$program" eval --task fidelity --images "$work/photos" -o "$work/out.csv" "$@" 2>"$work/stderr" || code=$?
    [ "$code" = "$expected" ] || fail "exit code $code instead of $expected: $* ($(cat "$work/stderr"))"
}
fidelity_refused() {
    local text=$1
    shift
    fidelity 2 "$@"
    grep -qF -- "$text" "$work/stderr" || fail "'$text' is not in: $(cat "$work/stderr")"
}
fidelity_refused "--vision: --task fidelity has no use for it" --codec original --vision x.onnx
fidelity_refused "'faith' is not a task: give classify, detect or fidelity" --codec original --task faith
fidelity_refused "the model has no decoder for eyes: omit +eyes" --codec "limitnet:$model+eyes" --bytes 300
fidelity_refused "measure it with --task classify" --codec learned:deepcod --bytes 300
fidelity 0 --codec "original,limitnet:$work/eyed,limitnet:$work/eyed+eyes,webp" --bytes 30000,11
grep -q '^original,-,150528.0,100.0000,1.0000,1,-,' "$work/out.csv" || fail "$(cat "$work/out.csv")"
"$limitnet" encode --model "$model" "$work/photos/cat.jpg" -o "$work/cat.lnp" 2>/dev/null
mv "$work/eyed/eyes.onnx" "$work/eyes.onnx"
"$limitnet" decode --model "$work/eyed" "$work/cat.lnp" -o "$work/usual.png" 2>/dev/null
mv "$work/eyes.onnx" "$work/eyed/eyes.onnx"
"$limitnet" decode --model "$work/eyed" "$work/cat.lnp" -o "$work/eyes.png" 2>/dev/null
grey='import PIL.Image, sys; PIL.Image.new("RGB", (224, 224), (128, 128, 128)).save(sys.argv[1])'
.cache/venv/bin/python -c "$grey" "$work/grey.png"

# figures CODEC PARAM PICTURE: compares a row with fidelity.py, to the last digit but one
figures() {
    local row
    row=$(grep -F "$1,$2," "$work/out.csv" | cut -d, -f4,5 | tr , ' ')
    .cache/venv/bin/python lab/tests/fidelity.py "$work/photos/cat.jpg" "$3" >"$work/due"
    awk 'function near(a, b) { return a - b < 0.00011 && b - a < 0.00011 } { exit !(near($1, $3) && near($2, $4)) }' \
        <<<"$row $(cat "$work/due")" || fail "fidelity of $1: $row, not $(cat "$work/due")"
}
figures "limitnet:$work/eyed" 30000 "$work/usual.png"
figures "limitnet:$work/eyed+eyes" 30000 "$work/eyes.png"
figures webp 11 "$work/grey.png"

# Peers are found by name.
run 0 --codec learned:deepcod --bytes 300 --limit 1

# A journal of another run is refused, and so is a journal that cannot be written.
rm "$work/out.csv"
mkdir "$work/out.csv.journal"
refused 1 "out.csv.journal: cannot be written" --codec original
rmdir "$work/out.csv.journal"
run 0 --codec original --resume
grep -qF "1 of 3 pictures were left out" "$work/stderr" || fail "$(cat "$work/stderr")"
printf 'limitnet eval journal of something else\n= 4c19c001\n' >"$work/out.csv.journal"
rm "$work/out.csv"
refused 1 "out.csv.journal: is of a run with other options" --codec original --resume
echo "limitnet eval journal, damaged" >"$work/out.csv.journal"
run 0 --codec original --resume
grep -qF "out.csv.journal: its last 31 bytes are damaged: the results of 0 pictures are used" "$work/stderr" ||
    fail "$(cat "$work/stderr")"

# Objects: in every picture, the model finds a cat in the left upper quarter and a dog in the right lower quarter. The
# pictures show two cats, both of which are found, and two dogs, of which the first is found.
mkdir "$work/images" "$work/texts"
cp tests/pictures/cat.jpg "$work/images/1.jpg"
cp tests/pictures/coffee.webp "$work/images/2.webp"
cp README.md "$work/images/3.jpg"
printf '0 0.25 0.25 0.5 0.5\n1 0.75 0.75 0.5 0.5\n' >"$work/texts/1.txt"
printf '0 0.25 0.25 0.5 0.4\n1 0.25 0.75 0.5 0.5\n' >"$work/texts/2.txt"
detect="--task detect --vision tests/onnx/objects.onnx --images $work/images --labels $work/texts"
run 0 --codec original,limitnet $detect --bytes 300
printf '%s\n' "codec,param,bytes,map50,n,way" "original,-,150528.0,0.7525,2,-" >"$work/expected"
cut -d, -f1-6 "$work/out.csv" | head -2 | diff "$work/expected" - || fail "other objects"
head -1 "$work/out.csv" | grep -q ',way,map50_low,map50_high$' || fail "other columns: $(head -1 "$work/out.csv")"
[ "$(sed -n 3p "$work/out.csv" | cut -d, -f1,2,4-6)" = limitnet,300,0.7525,2,cut ] || fail "$(cat "$work/out.csv")"
grep -qF "1 of 3 pictures were left out" "$work/stderr" || fail "$(cat "$work/stderr")"
run 0 --codec original $detect --limit 1
[ "$(tail -1 "$work/out.csv")" = original,-,150528.0,1.0000,1,-,1.0000,1.0000 ] || fail "$(cat "$work/out.csv")"
# labelImg leaves pictures, texts and a list of classes, here in another order, in one folder.
cp "$work"/images/* "$work/texts"
printf 'dog\ncat\n' >"$work/texts/classes.txt"
printf '1 0.25 0.25 0.5 0.5\n0 0.75 0.75 0.5 0.5\n' >"$work/texts/1.txt"
run 0 --codec original $detect --images "$work/texts" --limit 1
[ "$(tail -1 "$work/out.csv")" = original,-,150528.0,1.0000,1,-,1.0000,1.0000 ] || fail "$(cat "$work/out.csv")"
grep -qF "$work/texts: 3 files are no pictures and are left out" "$work/stderr" || fail "$(cat "$work/stderr")"
rm "$work"/texts/{classes.txt,1.jpg,2.webp,3.jpg,1.txt}
# The same objects as XML, and as JSON.
cat >"$work/texts/1.xml" <<XML
<annotation><size><width>451</width><height>300</height></size>
<object><name>cat</name><bndbox><xmin>0</xmin><ymin>0</ymin><xmax>225</xmax><ymax>150</ymax></bndbox></object>
<object><name>dog</name><bndbox><xmin>226</xmin><ymin>150</ymin><xmax>451</xmax><ymax>300</ymax></bndbox></object>
</annotation>
XML
run 0 --codec original $detect
cut -d, -f1-6 "$work/out.csv" | head -2 | diff "$work/expected" - || fail "other objects in XML"
cat >"$work/all.json" <<JSON
{"images": [{"id": 1, "file_name": "1.jpg", "width": 451, "height": 300}, {"id": 5, "file_name": "2.webp", "width": 600, "height": 400}],
 "categories": [{"id": 18, "name": "dog"}, {"id": 17, "name": "cat"}],
 "annotations": [
  {"image_id": 1, "category_id": 17, "bbox": [0, 0, 225.5, 150]}, {"image_id": 1, "category_id": 18, "bbox": [225.5, 150, 225.5, 150]},
  {"image_id": 5, "category_id": 17, "bbox": [0, 20, 300, 160]}, {"image_id": 5, "category_id": 18, "bbox": [0, 200, 300, 200]}]}
JSON
run 0 --codec original $detect --labels "$work/all.json"
cut -d, -f1-6 "$work/out.csv" | head -2 | diff "$work/expected" - || fail "other objects in JSON"
grep -qF "$work/images: 1 pictures are not listed in $work/all.json and are left out" "$work/stderr" || fail "$(cat "$work/stderr")"
rm "$work/texts/1.xml" "$work/out.csv"
refused 2 "'paint' is not a task" --codec original --task paint
refused 1 "objects.onnx: is a detector: name a classifier" --codec original --vision tests/onnx/objects.onnx
refused 1 "efficientnet-lite0.onnx: is a classifier: name a detector" --codec original $detect \
    --vision .cache/vision/efficientnet-lite0.onnx
refused 1 "none: cannot be opened" --codec original $detect --images "$work/none"
refused 1 "$work: has no NAME.txt" --codec original $detect --labels "$work"
echo "2 0.5 0.5 0.5 0.5" >"$work/texts/3.txt"
refused 1 "3.txt:1: '2' is no class" --codec original $detect

# bd compares the curves of tables.
printf '%s\n' "codec,param,bytes,top1,top5,n,way" "a,300,300,0.1,0.2,9,cut" "a,600,600,0.3,0.4,9,cut" \
    "b,200,200,0.1,0.2,9,fit" "b,400,400,0.3,0.4,9,fit" "c,600,600,0,0,9,fit" >"$work/table.csv"
printf '%s\n' "codec,way,bd_rate,bd_accuracy" "b,fit,-33.3,11.7" "c,fit,-,-" >"$work/expected"
"$program" bd --reference a,cut "$work/table.csv" | diff "$work/expected" - || fail "other deltas"
sed 's/top1,top5/map50,x/' "$work/table.csv" >"$work/objects.csv"
"$program" bd --reference a "$work/objects.csv" | diff "$work/expected" - || fail "other deltas of objects"
"$program" bd --reference a --measure top5 "$work/table.csv" | diff "$work/expected" - || fail "other deltas of top-5"

# bd_refused CODE TEXT [OPTION...]
bd_refused() {
    local expected=$1 text=$2 code=0
    shift 2
    "$program" bd "$@" >"$work/stdout" 2>"$work/stderr" || code=$?
    [ "$code" = "$expected" ] && [ "$(wc -l <"$work/stderr")" = 1 ] && [ ! -s "$work/stdout" ] &&
        grep -qF -- "$text" "$work/stderr" || fail "bd, exit code $code: $(cat "$work/stderr")"
}
bd_refused 2 "--reference CODEC is missing" "$work/table.csv"
bd_refused 2 "give a table of 'limitnet-lab eval'" --reference a
bd_refused 2 "'a,fit' is in none of these tables" --reference a,fit "$work/table.csv"
bd_refused 2 "'top3' is none of" --reference a --measure top3 "$work/table.csv"
bd_refused 1 "has no column 'map50'" --reference a "$work/objects.csv" "$work/table.csv"
bd_refused 1 "none.csv: cannot be opened" --reference a "$work/none.csv"
bd_refused 1 "has no column 'codec'" --reference a "$work/labels.csv"
bd_refused 2 "standard input can be read only once" --reference a - -

# "-" is standard output, without a journal, and standard input of bd.
run 0 --codec jpeg --bytes 900,2000
"$program" eval --images tests/pictures --labels "$work/labels.csv" --codec jpeg --bytes 900,2000 -o - 2>/dev/null |
    cmp - "$work/out.csv" || fail "eval -o -: another table"
[ ! -e "./-.journal" ] || fail "eval -o - left a journal"
rm "$work/out.csv"
refused 2 "--resume: standard output has no journal" --codec jpeg --bytes 900 --resume -o -
refused 2 "--labels: standard input cannot be read again" --codec jpeg --bytes 900 --labels -
"$program" bd --reference a - <"$work/table.csv" >"$work/stdout"
"$program" bd --reference a "$work/table.csv" | cmp - "$work/stdout" || fail "bd -: other figures"
{ printf '\357\273\277' && sed 's/$/\r/' "$work/table.csv"; } >"$work/spreadsheet.csv"
"$program" bd --reference a "$work/spreadsheet.csv" | cmp - "$work/stdout" || fail "bd of a spreadsheet's file"
echo nonsense | "$program" bd --reference a - 2>"$work/stderr" && fail "bd took nonsense"
grep -qF "standard input: has no column 'codec'" "$work/stderr" || fail "$(cat "$work/stderr")"

# saliency compares maps with masks: here of two pictures, and of a file that is no picture.
salient=tests/models/random-cifar.lnm
mkdir "$work/masks"
printf 'P5 8 8 255 %032d%032d' 0 0 | tr 0 '\377' >"$work/masks/cat.pgm"
cp tests/pictures/odd/grey.pgm "$work/masks/rocket.pgm"
cp "$work/masks/cat.pgm" "$work/masks/README.pgm"
cp "$work/masks/cat.pgm" "$work/masks/nobody.pgm"

# saliency CODE [OPTION...]: runs saliency with the usual options and these, and expects this exit code
saliency() {
    local expected=$1 code=0
    shift
    "$program" saliency --images tests/pictures --masks "$work/masks" --model "$salient" \
        -o "$work/map.csv" "$@" >"$work/stdout" 2>"$work/stderr" || code=$?
    [ "$code" = "$expected" ] || fail "saliency, exit code $code instead of $expected: $* ($(cat "$work/stderr"))"
    [ ! -s "$work/stdout" ] || fail "saliency wrote to standard output: $*"
}

# saliency_refused CODE TEXT [OPTION...]
saliency_refused() {
    local code=$1 text=$2
    shift 2
    saliency "$code" "$@"
    [ "$(wc -l <"$work/stderr")" = 1 ] || fail "more than one line: $(cat "$work/stderr")"
    grep -qF -- "$text" "$work/stderr" || fail "'$text' is not in: $(cat "$work/stderr")"
    [ ! -e "$work/map.csv" ] || fail "left a file: $*"
}
saliency_refused 2 "what is 'more'?" more
for value in 0 -1 1x 1e3 nan ""; do
    saliency_refused 2 "--limit: '$value' is not a whole number" --limit "$value"
done
saliency_refused 2 "--model: $salient is named twice" --model "$salient,$salient"
saliency_refused 2 "a name is missing in '$salient,'" --model "$salient,"
saliency_refused 2 "has no map of saliency" --model "$salient,$model"
saliency_refused 1 "there is no model 'none'" --model none
saliency_refused 1 "nowhere/out.csv: cannot be written" -o "$work/nowhere/out.csv" --masks none
saliency_refused 1 "none: cannot be read" --masks "$work/none"
saliency_refused 1 "README.md: cannot be read" --images README.md
saliency_refused 1 "no picture there has a mask" --masks tests/models
code=0
"$program" saliency --images tests/pictures -o "$work/map.csv" 2>"$work/stderr" || code=$?
[ "$code" = 2 ] && grep -qF -- "--masks DIR is missing" "$work/stderr" || fail "$code: $(cat "$work/stderr")"

saliency 0 --model "$salient,tests/models/random-paper.lnm"
printf '%s\n' "model map n" "$salient full 2" "$salient sent 2" "tests/models/random-paper.lnm full 2" \
    "tests/models/random-paper.lnm sent 2" "- centre 2" "- none 2" >"$work/expected"
cut -d, -f1,2,6 "$work/map.csv" | tr , ' ' | diff "$work/expected" - || fail "other rows"
awk -F, 'NR > 1 { for (i = 3; i <= NF; i++) if ($i < 0 || i != 6 && $i > 1) exit 1 }' "$work/map.csv" || fail "no share"
grep -qF "README.md: " "$work/stderr" || fail "$(cat "$work/stderr")"
grep -qF "1 of 3 pictures were left out" "$work/stderr" || fail "$(cat "$work/stderr")"
cp "$work/map.csv" "$work/again.csv"
saliency 0 --model "$salient,tests/models/random-paper.lnm"
cmp -s "$work/map.csv" "$work/again.csv" || fail "saliency: two runs, two tables"
saliency 0 --limit 2
[ "$(cut -d, -f6 "$work/map.csv" | tail -1)" = 1 ] || fail "saliency --limit"
"$program" saliency --images tests/pictures --masks "$work/masks" --model "$salient" --limit 2 -o - 2>/dev/null |
    cmp - "$work/map.csv" || fail "saliency -o -: another table"

# sim: limitnet's command, with more codecs.
# scenario CAMERA: writes a.conf
scenario() {
    printf '[scenario]\nduration = 20 min\n[pictures]\nfolder = %s/tests/pictures\nvision = %s/lab/tests/peers/mean.onnx\n[camera]
interval = 10 min\n%b\n[network]\nname = us915\ndata rate = 3\n[link]\nloss = 0.2\n' "$PWD" "$PWD" "$1" >"$work/a.conf"
}
# sim_refused TEXT CAMERA: one line with this text, and no output
sim_refused() {
    local code=0
    scenario "$2"
    "$program" sim "$work/a.conf" >"$work/stdout" 2>"$work/stderr" || code=$?
    [ "$code" = 1 ] || fail "exit code $code: $2"
    [ "$(wc -l <"$work/stderr")" = 1 ] && [ ! -s "$work/stdout" ] || fail "not one line: $(cat "$work/stderr")"
    grep -qF -- "$1" "$work/stderr" || fail "'$1' is not in: $(cat "$work/stderr")"
}
scenario "model = $model"
for of in "$program" "$limitnet"; do
    "$of" sim -o "$work/$(basename "$of")" "$work/a.conf" >"$work/stdout" 2>"$work/stderr" || fail "$(cat "$work/stderr")"
done
diff -r "$work/$(basename "$program")" "$work/$(basename "$limitnet")" >&2 || fail "sim: two programs, two results"
scenario 'codec = pjpeg\nretransmission = yes'
"$program" sim "$work/a.conf" >"$work/stdout" 2>"$work/stderr" || fail "$(cat "$work/stderr")"
grep -q '^codec  *pjpeg, lost packets are sent again$' "$work/stdout" || fail "$(head -4 "$work/stdout")"
"$program" sim --json "$work/a.conf" >"$work/stdout" 2>"$work/stderr" || fail "$(cat "$work/stderr")"
grep -qF '"codec":"pjpeg","order":null,"retransmission":true' "$work/stdout" || fail "sim: JSON of the codec"
# Paths of a peer begin at the scenario's folder.
cp -r lab/tests/peers/random "$work/peer"
scenario 'codec = learned:./peer'
(cd / && "$program" sim "$work/a.conf" >"$work/stdout" 2>"$work/stderr") || fail "$(cat "$work/stderr")"
grep -q "^codec  *learned:$work/./peer, lost packets stay lost$" "$work/stdout" || fail "$(head -4 "$work/stdout")"
sim_refused "[camera] codec: 'webp' cannot be sent packet by packet" 'codec = webp'
sim_refused "there is no peer '$work/./none'" 'codec = learned:./none'
