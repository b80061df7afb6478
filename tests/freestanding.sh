#!/bin/sh
# Whether object files need nothing from a C library but the four functions that every compiler asks
# for, and keep no variables of their own.
#
# usage: freestanding.sh OBJECT...
[ $# -gt 0 ] || { echo "no object files given"; exit 2; }
nm -A "$@" | awk '
    $2 == "U" && $3 !~ /^(ln_|memcpy$|memset$|memmove$|memcmp$)/ { print $1 " needs " $3; bad = 1 }
    $(NF - 1) ~ /^[bBcCdDsS]$/ { print $1 " has the variable " $NF; bad = 1 }
    END { exit bad }'
