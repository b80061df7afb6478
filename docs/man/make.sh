#!/bin/sh
# Writes man pages: limitnet.3, and, from the help of each program, PROGRAM.1 and a page for each of its commands.
# Needs scdoc.
#
# usage: make.sh FOLDER [PROGRAM...]
set -eu
source=$(dirname "$0")
folder=$1
shift

# summary < PAGE: what a program's own page says of it, "NAME: summary" behind the usage
summary() {
    awk '/^$/ { getline; sub(/^[^:]*: /, ""); print; exit }'
}

# commands < PAGE: the lines "NAME summary" of a program's own page
commands() {
    awk '/^commands$/ { inside = 1; next } /^$/ { inside = 0 } inside && $1 != "help"'
}

# write NAME SUMMARY SEE-ALSO < PAGE
write() {
    awk -v name="$1" -v summary="$2" -v see_also="$3" -f "$source/page.awk" >"$folder/$1.scd"
    scdoc <"$folder/$1.scd" >"$folder/$1.1"
    rm "$folder/$1.scd"
}

mkdir -p "$folder"
rm -f "$folder"/*.[13]
scdoc <"$source/limitnet.3.scd" >"$folder/limitnet.3"
for program; do
    name=$(basename "$program")
    "$program" help >"$folder/page"
    write "$name" "$(summary <"$folder/page")" \
        "$(commands <"$folder/page" | awk -v name="$name" '{ printf "%s-%s(1), ", name, $1 }')limitnet(3)" <"$folder/page"
    commands <"$folder/page" | while read -r command what; do
        "$program" help "$command" | write "$name-$command" "$what" "$name(1), limitnet(3)"
    done
    rm "$folder/page"
done
