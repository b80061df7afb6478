#!/usr/bin/env bash
# Compiles the C example of README.md against the model as `limitnet model to-c` writes it.
# usage: readme.sh LIMITNET
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$1" model to-c "$root/models/pyramid-224/encoder.lnm" -o "$dir"
sed -n '/^```c$/,/^```$/p' "$root/README.md" | sed '/^```/d' >"$dir/example.c"
[ -s "$dir/example.c" ] || { echo "README.md has no C example" >&2; exit 1; }
cc -std=c99 -Wall -Wextra -Werror -I "$root/include" -I "$dir" -c "$dir/example.c" -o "$dir/example.o"
