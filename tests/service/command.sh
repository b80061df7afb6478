#!/usr/bin/env bash
# limitnet serve from the outside: --check of the example, also with every key that it shows as a comment; what is
# wrong; and whether example and docs/SERVICE.md have every key that the program knows.
#
# usage: tests/service/command.sh PROGRAM
set -euo pipefail
cd "$(dirname "$0")/../.."

program=$1
example=packaging/serve.conf
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export MQTT_PASSWORD=hunter2 TELEGRAM_TOKEN=1:hunter2 MAIL_PASSWORD=hunter2 SEA_SECRET=hunter2 HOUSE_SECRET=hunter2

fail() {
    echo "command.sh: $*" >&2
    exit 1
}

# run CODE TEXT ARGUMENT...: ends with this code and, after an error, one line that has this text
run() {
    local wanted=$1 text=$2 code=0
    shift 2
    "$program" serve "$@" >"$work/stdout" 2>"$work/stderr" || code=$?
    [ "$code" = "$wanted" ] || fail "$*: exit code $code: $(cat "$work/stderr")"
    ! grep -q hunter2 "$work/stdout" "$work/stderr" || fail "$*: a secret is shown"
    [ "$wanted" = 0 ] || { [ "$(wc -l <"$work/stderr")" = 1 ] && [ ! -s "$work/stdout" ]; } || fail "$*: not one line"
    grep -qF -- "$text" "$work/stderr" || [ "$wanted" = 0 ] || fail "'$text' is not in: $(cat "$work/stderr")"
}

run 0 "" --check --config $example
for line in "password = (not shown)" "silent after = 6 h" "url = mqtts://broker.example.org"; do
    grep -qxF "$line" "$work/stdout" || fail "no '$line' in: $(cat "$work/stdout")"
done

# Every key of the example is allowed where it stands. A secret stands there or in a file; a rule has looks or pictures;
# who looks for people needs the vision model.
sed -E '/^#[a-z ]+ file = .*-(password|secret|token)$/d; /^#(pictures|people classes|people score)/d
    s/^#(\[|[a-z ]+ = )/\1/
    s|^labels = .*|labels = labels.txt|; s/^metrics port = 0/metrics port = 9464/
    s/^hints = no/hints = yes/' $example >"$work/a.conf"
printf 'red fox\ngrey fox\n' >"$work/labels.txt"
run 0 "" --check --config "$work/a.conf"
for line in "workers = 1" "[target broker]" "[source sea]" "zone = 0, 0.5, 1, 1"; do
    grep -qxF "$line" "$work/stdout" || fail "no '$line' in: $(cat "$work/stdout")"
done

keys=$(grep -oE '^ *(LN_[A-Z]+_KEY|NUMBER|TEXT|SOURCE|RULE|TARGET)\(("[a-z]+", )?"[a-z ]+"' src/service/settings/keys.c |
    grep -oE '"[a-z ]+"$' | tr -d '"' | grep -vx rule | sort -u)
[ "$(wc -l <<<"$keys")" -gt 40 ] || fail "these are not all keys: $keys"
while read -r key; do
    grep -qE "^#?$key = " $example || fail "$example: no '$key'"
    grep -qF "\`$key\`" docs/SERVICE.md || fail "docs/SERVICE.md: no '$key'"
done <<<"$keys"

printf '[service]\nstore = x\n[source a]\nkind = mqtt\nform = chirpstack\nurl = mqtt://me:hunter2@h\n' >"$work/a.conf"
run 1 "a.conf:6: url: is no mqtt://HOST" --check --config "$work/a.conf"
run 1 "gone.conf" --check --config "$work/gone.conf"
run 2 "give the settings" --check
for list in "" work, ,work works ingest,,work "ingest, work"; do
    run 2 "--roles: '$list' is no list" --config $example --roles "$list"
done
run 2 "'x' is not understood" --check --config $example x
code=0
"$program" serve --check --config $example >/dev/full 2>"$work/stderr" || code=$?
[ "$code" = 1 ] && grep -qF "standard output: cannot be written" "$work/stderr" ||
    fail "a full disk: $code $(cat "$work/stderr")"
