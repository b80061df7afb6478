#!/usr/bin/env bash
# limitnet sim from the outside, or limitnet-lab sim: budgets of airtime, checked by other code (budgets.py); the same seed, the same files;
# JSON; progress; and scenarios that are wrong, which give one line with file and line.
#
# usage: tests/sim/command.sh PROGRAM
set -euo pipefail
cd "$(dirname "$0")/../.."

program=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "command.sh: $*" >&2
    exit 1
}

mkdir "$work/model"
cp tests/models/random-cifar.lnm "$work/model/encoder.lnm"
cp tests/onnx/random-cifar-decoder.onnx "$work/model/decoder.onnx"
cp tests/onnx/colours-softmax.onnx "$work/colours.onnx"
printf 'width = 24\nheight = 16\n' >"$work/colours.vision"
mkdir "$work/photos"
cp tests/pictures/cat.jpg tests/pictures/rocket.png "$work/photos"
export PHOTOS=$work/photos

# scenario CAMERA REST: writes a.conf
scenario() {
    local model='model = ./model'
    [[ $1 != *'codec = '* ]] || model='# no model'
    printf '[pictures]\nfolder = $PHOTOS\nvision = colours.onnx\n[camera]\n%s\n%b\n%b\n' "$model" "$1" "$2" >"$work/a.conf"
}

simulate() {
    "$program" sim "$@" >"$work/stdout" 2>"$work/stderr" || fail "$* ($(cat "$work/stderr"))"
}

# --- Budgets: small pictures often, and all airtime for each, so that limits are met -------------
# within NETWORK-LINES LIMITS...: and the busiest window comes close to what is allowed
within() {
    scenario "count = 3\ninterval = 2 min\ndeadline = 20 min\nairtime a picture = all\nprotection = none\nexpected loss = 0.8" \
        "[scenario]\nduration = 30 h\ntimes = 1 min\n[link]\nloss = 0.8\n[network]\n$1"
    shift
    simulate -o "$work/out" "$work/a.conf"
    python3 tests/link/budgets.py "$work/out/frames.csv" "$@" || fail "a limit was broken"
}
# near SECONDS: the check would have seen a limit that is so much lower broken
near() {
    ! python3 tests/link/budgets.py "$work/out/frames.csv" "$@" >/dev/null 2>&1 || fail "$*: the limit was never near"
}
within 'name = eu868\ndata rate = 0' --hour 36
near --hour 33
within 'name = eu868\ndata rate = 5, 0, 3\nrepeats = 3\nmac commands = 0.3' --hour 36
near --hour 33
within 'name = eu868\ndata rate = 3\nband = 869.5 MHz\nairtime a day = 30 s' --hour 360 --day 30
near --day 29
within 'name = us915\ndata rate = 0\nmac commands = 0.2\nairtime a day = 60 s' --day 60 --dwell 0.4
near --day 58
within 'name = sigfox-eu' --hour 36 --messages 140
near --hour 31
within 'name = sigfox-us' --messages 140
near --messages 139
within 'name = as923\ndata rate = 2, 3' --hour 36 --dwell 0.4
near --hour 35

# --- The same seed, the same files ---------------------------------------------------------------
scenario 'count = 3\ninterval = 10 min' \
    '[scenario]\nduration = 12 h\n[network]\nname = eu868\ndata rate = 5\n[link]\nburst = building\n[gateway]\nchannels = 1'
simulate -o "$work/one" --seed 3 "$work/a.conf"
cp "$work/stdout" "$work/summary"
simulate -o "$work/two" --seed 3 "$work/a.conf"
diff -r "$work/one" "$work/two" >&2 || fail "the same seed gives other files"
cmp "$work/summary" "$work/one/summary.txt" || fail "summary.txt is not what was printed"
simulate -o "$work/two" --seed 4 "$work/a.conf"
! cmp -s "$work/one/pictures.csv" "$work/two/pictures.csv" || fail "another seed gives the same"
for file in summary.txt pictures.csv time.csv airtime.csv frames.csv accuracy.svg arrival.png; do
    [ -s "$work/one/$file" ] || fail "no $file"
done

# --- JSON: the rows of the tables -----------------------------------------------------------------
simulate --json -o "$work/one" --seed 3 "$work/a.conf"
python3 - "$work" <<'END' || fail "JSON"
import csv, json, sys, xml.dom.minidom
work = sys.argv[1]
found = json.load(open(work + "/stdout"))
assert found["codec"] == "limitnet" and found["order"] == "importance" and found["retransmission"] is False
assert found["seed"] == 3 and found["scenario"] == work + "/a.conf"
for key, name in ("times", "time"), ("airtime", "airtime"), ("pictures", "pictures"):
    rows = list(csv.DictReader(open(f"{work}/one/{name}.csv")))
    assert rows and len(rows) == len(found[key])
    for row, other in zip(rows, found[key]):
        assert list(row) == list(other)
        for column, text in row.items():
            value = other[column]
            assert (value is None and not text) or value == text or value == float(text), (column, text, value)
pictures, totals = found["pictures"], found["totals"]
assert totals["pictures"] == len(pictures)
assert totals["right"] == sum(picture["right"] for picture in pictures)
assert totals["packets_arrived"] == sum(picture["packets_arrived"] for picture in pictures)
assert round(found["times"][-1]["accuracy"] * len(pictures)) == totals["right"]
frames = list(csv.DictReader(open(work + "/one/frames.csv")))
assert sum(frame["fate"] == "arrived" for frame in frames) == totals["packets_arrived"]
assert len(frames) == totals["frames"]
xml.dom.minidom.parse(work + "/one/accuracy.svg")
END

# --- Order ----------------------------------------------------------------------------------------
scenario 'interval = 10 min\norder = index' '[scenario]\nduration = 1 h\n[network]\nname = eu868\ndata rate = 5'
simulate "$work/a.conf"
grep -q '^codec  *limitnet, in index order$' "$work/stdout" || fail "$(head -4 "$work/stdout")"
simulate --json "$work/a.conf"
grep -qF '"codec":"limitnet","order":"index","retransmission":false' "$work/stdout" || fail "JSON of the order"

# --- Progress, on a terminal ----------------------------------------------------------------------
scenario 'count = 100\ninterval = 10 s' '[scenario]\nduration = 1 d\n[network]\nname = us915\ndata rate = 0\n[gateway]\nchannels = 1'
script -qfec "$program sim $work/a.conf" "$work/terminal" >/dev/null 2>&1 &
script=$!
for ((i = 0; i < 200; i++)); do
    ! grep -qaE '[0-9]+ of 1440 simulated minutes, [0-9]+:[0-9]{2} left' "$work/terminal" 2>/dev/null || break
    sleep 0.1
done
kill "$script" 2>/dev/null || true
wait "$script" || true
((i < 200)) || fail "no progress on a terminal: $(head -c 300 "$work/terminal")"

# --- Wrong scenarios -----------------------------------------------------------------------------
# refused TEXT CAMERA REST: one line with this text, and no output
refused() {
    local code=0
    scenario "$2" "$3"
    "$program" sim "$work/a.conf" >"$work/stdout" 2>"$work/stderr" || code=$?
    [ "$code" = 1 ] || fail "exit code $code: $1"
    [ "$(wc -l <"$work/stderr")" = 1 ] && [ ! -s "$work/stdout" ] || fail "not one line: $(cat "$work/stderr")"
    grep -qF -- "$1" "$work/stderr" || fail "'$1' is not in: $(cat "$work/stderr")"
}
good='[scenario]\nduration = 1 h\n[network]\nname = eu868\ndata rate = 5'
refused "a.conf:6: interval: 'soon' is no time from 0.1 to 1728000 s in whole ms, such as '10 min'" 'interval = soon' "$good"
refused "a.conf:6: interval: '10' is no time" 'interval = 10' "$good"
refused "a.conf:6: interval: '-1 s' is no time" 'interval = -1 s' "$good"
refused "a.conf:6: interval: '111111111111111 h' is no time" 'interval = 111111111111111 h' "$good"
refused "a.conf:6: interval: '0 s' is no time" 'interval = 0 s' "$good"
refused "a.conf:6: [camera] has no setting 'intervall'" 'intervall = 1 h' "$good"
refused "a.conf:7: 'interval' was given in line 6 already" 'interval = 1 h\ninterval = 2 h' "$good"
refused "a.conf:6: is neither [section], nor 'key = value', nor '# comment'" 'interval' "$good"
refused "a.conf:7: there is no section [camra]" '[camra]\ninterval = 1 h' "$good"
refused "a.conf:6: is longer than 197 characters" "$(printf '%0300d' 1)" "$good"
refused "a.conf: [camera] needs a 'interval'" 'count = 2' "$good"
refused "a.conf:6: count: '0' is no whole number from 1 to 10000" 'count = 0' "$good"
refused "a.conf:6: queue: 'oldest' is none of: newest fair priority" 'queue = oldest' "$good"
refused "[camera] codec: 'pjpeg' is not known here: use 'limitnet-lab sim'" 'interval = 1 h\ncodec = pjpeg' "$good"
refused "a.conf:6: order: 'random' is none of: importance index" 'order = random' "$good"
refused "a.conf:7: retransmission: the codec limitnet sends no packet again" 'interval = 1 h\nretransmission = yes' "$good"
for ours in 'model = x' 'order = index' 'queue = fair' 'protection = none' 'expected loss = 0' 'pictures kept = 1'; do
    refused "a.conf:8: ${ours%% =*}: means something for the codec limitnet only" "interval = 1 h\ncodec = pjpeg\n$ours" "$good"
done
refused "data rate: changes the payload inside a picture" 'interval = 1 h\ncodec = pjpeg' "$good, 3"
refused "mac commands: changes the payload inside a picture" 'interval = 1 h\ncodec = pjpeg' "$good\nmac commands = 0.1"
refused "a.conf:6: protection: '81' is no whole number from 0 to 80, such as '10', nor any of: auto none" \
    'protection = 81' "$good"
refused "burst: has no value" 'interval = 1 h' "$good\n[link]\nburst ="
PHOTOS= refused "a.conf:2: folder: is empty" 'interval = 1 h' "$good"
refused "a.conf:6: deadline: is more than 1000 times the interval" 'deadline = 20 d\ninterval = 1 s' "$good"
refused "name: give eu868" 'interval = 1 h' '[scenario]\nduration = 1 h\n[network]\nname = lora'
refused "a.conf:10: name: has several data rates" 'interval = 1 h' '[scenario]\nduration = 1 h\n[network]\nname = eu868'
refused "data rate: the network has no such" 'interval = 1 h' '[scenario]\nduration = 1 h\n[network]\nname = au915\ndata rate = 1'
refused "name: stream needs 'payload' and 'rate'" 'interval = 1 h' '[scenario]\nduration = 1 h\n[network]\nname = stream'
refused "band: the network has no band" 'interval = 1 h' "$good\nband = 900 MHz"
refused "times: must rise" 'interval = 1 h' "$good\n[scenario]\ntimes = 1 min, 1 s"
refused "loss: '1.5' is no share from 0 to 1" 'interval = 1 h' "$good\n[link]\nloss = 1.5"
refused "loss: '1.0000001' is no share from 0 to 1 in at most six decimals" 'interval = 1 h' "$good\n[link]\nloss = 1.0000001"
refused "loss: '0.0000004' is no share" 'interval = 1 h' "$good\n[link]\nloss = 0.0000004"
refused "interval: '0.1234567 h' is no time" 'interval = 0.1234567 h' "$good"
refused "capture: '6.5 dB' is no ratio from 0 to 60 dB in whole dB" 'interval = 1 h' "$good\n[gateway]\nchannels = 1\ncapture = 6.5 dB"
refused "loss: '30 %' is no share" 'interval = 1 h' "$good\n[link]\nloss = 30 %"
refused "burst: give eynard-indoor" 'interval = 1 h' "$good\n[link]\nburst = train"
refused "trace: give only one of loss, burst and trace" 'interval = 1 h' "$good\n[link]\nloss = 0.1\ntrace = x.csv"
refused "gone.csv" 'interval = 1 h' "$good\n[link]\ntrace = gone.csv"
refused "swing: means nothing without 'spells'" 'interval = 1 h' "$good\n[link]\nburst = mobile\nswing = 0.5"
refused "gamma: needs the network nb-iot" 'interval = 1 h' "$good\n[link]\ngamma = 5 kbit/s"
refused "capture: means nothing without 'channels'" 'interval = 1 h' "$good\n[gateway]\ncapture = 6 dB"
refused "expiry: means nothing without 'stop'" 'interval = 1 h' "$good\n[feedback]\nexpiry = 1 min"
refused "a.conf:13: the environment has no variable 'NO_SUCH_VARIABLE'" 'interval = 1 h' \
    "$good\n[pictures]\nlabels = \$NO_SUCH_VARIABLE/labels.csv"
refused "a.conf:13: burst length: means nothing without 'loss'" 'interval = 1 h' "$good\n[link]\nburst length = 1 s"
refused "duration: gives more than ten million pictures" 'interval = 1 s\ncount = 10000' "${good/1 h/1 d}"
printf 'arrived\n1\n2\n' >"$work/t.csv"
refused "t.csv:3: must be 0 or 1" 'interval = 1 h' "$good\n[link]\ntrace = t.csv"
printf '1\n' >"$work/t.csv"
refused "t.csv:1: the first line must be 'arrived'" 'interval = 1 h' "$good\n[link]\ntrace = t.csv"
mkdir "$work/empty"
PHOTOS=$work/empty refused "empty: has no pictures" 'interval = 1 h' "$good"
PHOTOS=$work/gone refused "gone: cannot be opened" 'interval = 1 h' "$good"
scenario 'interval = 1 h' "$good"
code=0
PHOTOS=$work/gone "$program" sim -o "$work/none" "$work/a.conf" 2>"$work/stderr" || code=$?
[ "$code" = 1 ] && [ -z "$(ls "$work/none")" ] || fail "a simulation that failed left $(ls "$work/none")"
code=0
"$program" sim "$work/a.conf" >/dev/full 2>"$work/stderr" || code=$?
[ "$code" = 1 ] && grep -qF "standard output: cannot be written" "$work/stderr" || fail "a full disk: $code $(cat "$work/stderr")"
code=0
"$program" sim "$work/gone.conf" >"$work/stdout" 2>"$work/stderr" || code=$?
[ "$code" = 1 ] && [ "$(wc -l <"$work/stderr")" = 1 ] && grep -qF gone.conf "$work/stderr" || fail "a missing scenario"
code=0
"$program" sim >"$work/stdout" 2>"$work/stderr" || code=$?
[ "$code" = 2 ] && grep -qF "give one scenario" "$work/stderr" || fail "no scenario"
