#!/bin/sh
# Whether object files need nothing from elsewhere but memcpy, memset and, where a compiler makes them of loops and
# assignments, memmove and memcmp: no other C library, no allocation, no helpers for floating point; and whether they keep no
# variables of their own.
#
# usage: [NM=nm of another processor] freestanding.sh OBJECT...
[ $# -gt 0 ] || { echo "no object files given"; exit 2; }
"${NM:-nm}" -A "$@" | awk '
    $2 == "U" && $3 !~ /^(ln_|memcpy$|memset$|memmove$|memcmp$)/ { print $1 " needs " $3; bad = 1 }
    $(NF - 1) ~ /^[bBcCdDsS]$/ { print $1 " has the variable " $NF; bad = 1 }
    END { exit bad }'
