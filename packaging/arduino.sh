#!/usr/bin/env bash
# Writes the camera's library as Arduino wants one, with its example and the default model, into FOLDER/LimitNet. There
# everything lies in src/, and all of it is compiled; so the repository itself cannot be the library.
#
# usage: packaging/arduino.sh FOLDER [LIMITNET]     FOLDER: e.g. ~/Arduino/libraries; LIMITNET: the program, which
#                                                   writes the model as C; default: build/release/limitnet
set -euo pipefail
[ $# -gt 0 ] || { sed -n '5,6s/^# //p' "$0" >&2; exit 2; }
root=$(cd "$(dirname "$0")/.." && pwd)
library=$1/LimitNet
program=${2:-$root/build/release/limitnet}

[ -x "$program" ] || { echo "arduino: $program is not there: build it with \`make build\`" >&2; exit 1; }
rm -rf "$library"
mkdir -p "$library/src/limitnet" "$library/examples/Camera"
cp "$root/LICENSE" "$root/packaging/arduino/library.properties" "$library"
cp "$root/packaging/arduino/LimitNet.h" "$library/src"
cp "$root/include/limitnet/version.h" "$library/src/limitnet"
for room in core device link; do
    cp "$root/include/limitnet/$room.h" "$library/src/limitnet"
    mkdir "$library/src/$room"
    cp "$root/src/$room"/*.[ch] "$library/src/$room"
done
cp "$root/packaging/arduino/Camera.ino" "$library/examples/Camera"
"$program" model to-c "$root/models/pyramid-224/encoder.lnm" -o "$library/examples/Camera" >/dev/null
