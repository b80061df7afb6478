#!/usr/bin/env bash
# The examples' LoRaWAN stacks: each file that puts sender.c on a stack compiles without warnings. The stacks are stand-ins in
# tests/boards, which declare just what is used; or the real headers, where these variables name a checkout:
# LORAMAC_NODE, RADIOLIB.
#
# usage: tests/boards.sh
set -euo pipefail
cd "$(dirname "$0")/.."
warnings="-Wall -Wextra -Werror -Iinclude"

# compiled NAME COMPILER ARGUMENT...
compiled() {
    local name=$1
    shift
    "$@" $warnings -fsyntax-only "examples/sender_$name" || { echo "boards: examples/sender_$name: it does not compile" >&2; exit 1; }
    echo "boards: $name"
}

compiled zephyr.c "${CC:-cc}" -std=gnu17 -Wno-unused-parameter -Itests/boards/zephyr # as Zephyr compiles

loramac=-Itests/boards/loramac
[ -z "${LORAMAC_NODE:-}" ] || loramac=$(printf -- "-I$LORAMAC_NODE/src/%s " mac mac/region system boards)
compiled loramac.c "${CC:-cc}" -std=gnu11 $loramac

if command -v g++ >/dev/null; then
    radiolib=-Itests/boards/radiolib
    [ -z "${RADIOLIB:-}" ] || radiolib="-isystem $RADIOLIB/src"
    compiled radiolib.cpp g++ -std=gnu++17 $radiolib -include tests/boards/clock.h
else
    echo "boards: RadioLib not tried: no g++"
    exit 77
fi
