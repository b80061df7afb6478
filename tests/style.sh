#!/usr/bin/env bash
# How files look: C as clang-format writes it, within 110 columns; Markdown within 120, but for tables and code.
set -euo pipefail
cd "$(dirname "$0")/.."
export LC_ALL=C.UTF-8
failed=0

c=$(git ls-files '*.c' '*.h')
clang-format --dry-run -Werror $c || failed=1
if grep -nE '^.{111,}' $c; then
    echo "style: these lines have more than 110 columns"
    failed=1
fi
for file in *.md docs/*.md; do
    if awk '/^```/ { code = !code } { print code || /^\|/ || /^    / ? "" : $0 }' "$file" |
        grep -nE '^.{121,}' | sed "s|^|$file:|" | grep .; then
        echo "style: these lines have more than 120 columns"
        failed=1
    fi
done
exit $failed
