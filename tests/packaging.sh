#!/usr/bin/env bash
# Checks the ways into other build systems (docs/EMBEDDED.md). Installs the camera's library and builds a program against it.
# Builds the Zephyr module with its sample, the ESP-IDF component, and the Arduino library with its example, against small
# stand-ins for these systems. Compares the packets that all of them make of the same model and picture. Checks versions and
# syntax of all descriptions.
#
# usage: tests/packaging.sh [LIMITNET]     without the program there is no model as C, so no Arduino library
# exit: 0 passed, 1 failed, 77 something could not be tried
set -euo pipefail
cd "$(dirname "$0")/.."

program=${1:-}
root=$PWD
stand_ins=$root/tests/packaging
model=$root/models/pyramid-224/encoder.lnm
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
missing=""

fail() {
    echo "packaging: $*" >&2
    exit 1
}

# have COMMAND PACKAGE WHAT: whether the command is installed; if not, notes that WHAT was not tried
have() {
    command -v "$1" >/dev/null && return
    missing+=" $2"
    echo "packaging: $3 not tried: no $1"
    return 1
}

# quietly COMMAND...: runs it; shows its output only if it fails
quietly() {
    "$@" >"$work/log" 2>&1 || { cat "$work/log"; fail "failed: $*"; }
}

# make_in FOLDER SOURCE OPTION...: configures and builds
make_in() {
    local folder=$work/$1 source=$2
    shift 2
    quietly cmake -S "$source" -B "$folder" "$@"
    quietly cmake --build "$folder"
}

# same WHAT A B: fails unless two files are equal
same() {
    cmp "$2" "$3" || fail "$1 differs"
    echo "packaging: $1"
}

# objects FOLDER: names of the objects in the folder's liblimitnet.a
objects() {
    ar t "$(find "$work/$1" -name liblimitnet.a)" | sort
}

metadata() {
    local version file
    version=$(sed -n 's/^project(limitnet VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
    [ -n "$version" ] || fail "CMakeLists.txt: no version"
    for file in 'library.json:    "version": "@",' 'idf_component.yml:version: "@"' \
        packaging/arduino/library.properties:version=@; do
        grep -qxF "$(sed "s/@/$version/" <<<"${file#*:}")" "${file%%:*}" || fail "${file%%:*}: not version $version"
    done
    [ -z "$(grep -vE '^[a-z]+=.+$' packaging/arduino/library.properties)" ] || fail "library.properties: not key=value"
    have python3 python3 "syntax of JSON and YAML" || return 0
    python3 - library.json <<'END' || fail "library.json"
import json, os, sys
about = json.load(open(sys.argv[1]))
build = about["build"]
folders = [os.path.join(build["srcDir"], folder[2:-2]) for folder in build["srcFilter"] if folder[0] == "+"]
lost = [path for path in folders + [build["includeDir"], *about["export"]["include"]] if not os.path.exists(path)]
if lost or sorted(folders) != ["src/core", "src/device", "src/link"]:
    sys.exit(f"library.json: folders {folders}, missing {lost}")
END
    python3 -c 'import yaml' 2>/dev/null ||
        { missing+=" python3-yaml"; echo "packaging: syntax of YAML not tried: no python3-yaml"; return 0; }
    python3 - <<'END' || fail "YAML"
import os, yaml
module = yaml.safe_load(open("zephyr/module.yml"))
for path in [module["build"]["cmake"] + "/CMakeLists.txt", module["build"]["kconfig"], *module["samples"]]:
    assert os.path.exists(path), path
assert yaml.safe_load(open("idf_component.yml"))["files"]["include"]
assert yaml.safe_load(open("zephyr/samples/camera/sample.yaml"))["tests"]
END
    echo "packaging: versions and syntax"
}

# Installs the library into $work/installed and finds it by CMake and by pkg-config.
installed() {
    make_in build "$root" -DLIMITNET_CLOUD=OFF -DBUILD_TESTING=OFF
    quietly cmake --install "$work/build" --prefix "$work/installed"
    make_in found "$stand_ins/use" -DCMAKE_PREFIX_PATH="$work/installed"
    "$work/found/use" "$model" >"$work/found.txt"
    echo "packaging: find_package: $(cat "$work/found.txt")"

    have pkg-config pkg-config "pkg-config" || return 0
    local flags
    flags=$(PKG_CONFIG_PATH=$(dirname "$(find "$work/installed" -name limitnet.pc)") pkg-config --cflags --libs limitnet)
    "${CC:-cc}" -std=c99 "$stand_ins/use/use.c" $flags -o "$work/use"
    "$work/use" "$model" >"$work/pkg-config.txt"
    same "pkg-config" "$work/found.txt" "$work/pkg-config.txt"
}

# The same for a processor without an operating system: linked, not run.
installed_arm() {
    have arm-none-eabi-gcc "gcc-arm-none-eabi libnewlib-arm-none-eabi" "find_package on Cortex-M33" || return 0
    local arm="-DCMAKE_SYSTEM_NAME=Generic -DCMAKE_SYSTEM_PROCESSOR=arm -DCMAKE_C_COMPILER=arm-none-eabi-gcc"
    arm+=" -DCMAKE_TRY_COMPILE_TARGET_TYPE=STATIC_LIBRARY -DCMAKE_C_FLAGS=-mcpu=cortex-m33"
    make_in arm "$root" $arm -DLIMITNET_CLOUD=OFF -DBUILD_TESTING=OFF
    quietly cmake --install "$work/arm" --prefix "$work/arm-installed"
    make_in arm-found "$stand_ins/use" $arm -Dlimitnet_ROOT="$work/arm-installed" \
        -DCMAKE_EXE_LINKER_FLAGS="--specs=nosys.specs"
    echo "packaging: find_package on Cortex-M33"
}

# As a folder of another project, which builds neither the receiver nor these tests.
subfolder() {
    mkdir "$work/outer"
    cat >"$work/outer/CMakeLists.txt" <<END
cmake_minimum_required(VERSION 3.22)
project(outer LANGUAGES C)
add_subdirectory($root limitnet)
add_executable(use $stand_ins/use/use.c)
target_link_libraries(use PRIVATE limitnet::limitnet)
END
    make_in outer-build "$work/outer"
    "$work/outer-build/use" "$model" >"$work/outer.txt"
    same "add_subdirectory" "$work/found.txt" "$work/outer.txt"
}

zephyr() {
    make_in zephyr "$root/zephyr/samples/camera" -DZephyr_DIR="$stand_ins/zephyr"
    [ "$(objects zephyr)" = "$(objects build)" ] || fail "Zephyr: other sources than CMake's"
    "$work/zephyr/app" >"$work/zephyr.txt"
    grep -qE '^0033[0-9a-f]+$' "$work/zephyr.txt" || fail "Zephyr: $(cat "$work/zephyr.txt")"
    echo "packaging: Zephyr: $(wc -l <"$work/zephyr.txt") packets"
}

esp_idf() {
    make_in esp-idf "$stand_ins/esp-idf" -DCOMPONENT="$root"
    [ "$(objects esp-idf)" = "$(objects build)" ] || fail "ESP-IDF: other sources than CMake's"
    "$work/esp-idf/use" "$model" >"$work/esp-idf.txt"
    same "ESP-IDF" "$work/found.txt" "$work/esp-idf.txt"
}

# arduino_build KIND CC CXX FLAGS: compiles all of src/, with src/ as the only folder of headers, and the sketch as C++, as the
# IDE does
arduino_build() {
    local library=$work/LimitNet objects=$work/arduino-$1 flags="-Os $4 -I$work/LimitNet/src"
    mkdir "$objects"
    (echo '#include <Arduino.h>' && cat "$library/examples/Camera/Camera.ino") >"$objects/Camera.ino.cpp"
    (cd "$objects" &&
        "$2" -std=gnu11 -Wall -Wextra -Werror $flags -c $(find "$library" -name '*.c') &&
        "$3" -std=gnu++11 -Wall -Wextra -Werror -fno-exceptions -fno-rtti $flags -I"$stand_ins/arduino" \
            -I"$library/examples/Camera" -c Camera.ino.cpp)
}

arduino() {
    [ -n "$program" ] || { echo "packaging: Arduino not tried: no program given"; missing+=" -"; return 0; }
    packaging/arduino.sh "$work" "$program"
    if have arm-none-eabi-g++ gcc-arm-none-eabi "Arduino on Cortex-M4"; then
        arduino_build arm arm-none-eabi-gcc arm-none-eabi-g++ "-mcpu=cortex-m4 -mthumb"
        echo "packaging: Arduino on Cortex-M4"
    fi
    have g++ g++ "Arduino" || return 0
    arduino_build here "${CC:-cc}" g++ ""
    g++ "$work/arduino-here"/*.o -o "$work/sketch"
    "$work/sketch" | tr A-F a-f >"$work/arduino.txt"
    same "Arduino: the packets of the Zephyr sample" "$work/zephyr.txt" "$work/arduino.txt"
}

metadata
installed
installed_arm
subfolder
zephyr
esp_idf
arduino
if [ -n "$missing" ]; then
    missing=$(tr ' ' '\n' <<<"$missing" | grep -vx -e - -e '' | sort -u | tr '\n' ' ' || true)
    [ -z "$missing" ] || echo "packaging: to try all: apt-get install --no-install-recommends $missing"
    exit 77
fi
