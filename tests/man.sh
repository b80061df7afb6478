#!/usr/bin/env bash
# The man pages say what the programs and headers say: a page for each command, every option that a command takes in its
# help and in its page, and in limitnet(3) every header, and no name that the headers do not have.
#
# usage: man.sh LIMITNET [LIMITNET-LAB]
# Exit: 0 all right, 1 something is not, 77 there is no scdoc.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v scdoc >/dev/null || { echo "man.sh: no scdoc"; exit 77; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

fail() {
    echo "man.sh: $*" >&2
    exit 1
}

# page FILE: its text
page() {
    sed -E 's/\\(f[A-Z]|&)//g; s/\\(.)/\1/g' "$1"
}

docs/man/make.sh "$dir/pages" "$@"
for program; do
    name=$(basename "$program")
    case $name in
    limitnet) sources=src/cli ;;
    *) sources=lab/commands ;;
    esac
    commands=$("$program" help | awk '/^commands$/ { inside = 1; next } /^$/ { inside = 0 } inside && $1 != "help" { print $1 }')
    for command in $commands; do
        page "$dir/pages/$name.1" | grep -q "^$command$" || fail "$name.1 does not name $command"
        "$program" help "$command" >"$dir/help"
        page "$dir/pages/$name-$command.1" >"$dir/page"
        case $command in
        sim) source=src/cli/simulate.c ;; # of both programs
        *) source=$sources/$command.c ;;
        esac
        for option in $(grep -ohE '"--?[a-z]([a-z-]*[a-z])?"' "$source" | tr -d '"' | sort -u); do
            grep -qE -e "(^|[ ([])$option( |,|]|$)" "$dir/help" || fail "$name help $command: no $option"
            grep -qE -e "^(.*, )?$option( |,|$)" "$dir/page" || fail "$name-$command.1: no $option"
        done
    done
done

page "$dir/pages/limitnet.3" >"$dir/page"
for header in include/limitnet/*.h; do
    grep -qF "limitnet/$(basename "$header")" "$dir/page" || fail "limitnet.3: no $header"
done
for word in $(grep -oiE '\bln_[a-z_]+' "$dir/page" | sort -u); do
    grep -qw -- "$word" include/limitnet/*.h || fail "limitnet.3: the headers have no $word"
done
