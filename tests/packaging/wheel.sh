#!/usr/bin/env bash
# Installs the wheel, and a clone of this repository, each into a Python of its own with nothing else, and uses them
# from another folder. The wheel must neither find nor need a compiler.
#
# usage: wheel.sh FOLDER
set -euo pipefail
cd "$(dirname "$0")/../.."
source=$PWD wheel=$(echo "$PWD/$1"/limitnet-*.whl)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

install() { # NAME WHAT
    /usr/bin/python3 -m venv "$work/$1"
    "$work/$1/bin/pip" install --quiet --disable-pip-version-check "$2" pillow
}

use() { # NAME
    cd "$work"
    "$work/$1/bin/python" "$source/python/tests/installed.py"
}

mkdir "$work/bin"
for tool in mkdir rm cat; do ln -s "$(command -v $tool)" "$work/bin"; done
PATH=$work/bin install bare "$wheel"
(PATH=$work/bin use bare)
git clone --quiet "$source" "$work/clone"
install built "$work/clone"
(use built)
echo "wheel and clone: installed and used"
