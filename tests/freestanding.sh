#!/bin/sh
# Checks that object files need no function from elsewhere but memcpy and memset, and memmove and memcmp where a compiler puts
# them in place of loops and assignments: no other C library, no allocation, no helpers for floating point. A compiler's helpers for
# integers, which a Cortex-M has for wide divisions, are allowed. Also checks that they have no variables.
#
# usage: [NM=nm of another processor] freestanding.sh OBJECT...
[ $# -gt 0 ] || { echo "no object files given"; exit 2; }
"${NM:-nm}" -A "$@" | awk '
    $2 == "U" && $3 !~ /^(ln_|memcpy$|memset$|memmove$|memcmp$)/ &&
        $3 !~ /^__(aeabi_(u?[il]div(mod)?|lmul|l(as|ls)[lr]|u?lcmp)|gnu_thumb1_case_[us][qh]i|clz[sd]i2)$/ { print $1 " needs " $3; bad = 1 }
    $(NF - 1) ~ /^[bBcCdDsS]$/ { print $1 " has the variable " $NF; bad = 1 }
    END { exit bad }'
