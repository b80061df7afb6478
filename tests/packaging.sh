#!/usr/bin/env bash
# Installing, and the ways into other build systems (docs/EMBEDDED.md): installs the libraries, static and shared, and
# builds a program against them; runs the installed program `limitnet`; builds the Zephyr module with its sample, the
# ESP-IDF component, and the Arduino library with its example, against small stand-ins for those systems. All must make
# the same of one model and picture. Checks the versions and the syntax of all descriptions.
#
# usage: tests/packaging.sh [LIMITNET]     LIMITNET: the built program. Without it the cloud library, the installed
#                                          program and the Arduino library are not tried
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
    quietly cmake --build "$folder" --parallel 2
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

# The one place where the version is written. CMake reads it there; the files that registries read must have the same.
version=$(sed -n 's/^#define LN_VERSION_[MP][A-Z]* \([0-9]*\)$/\1/p' include/limitnet/version.h | paste -sd.)
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || fail "include/limitnet/version.h: no version"

metadata() {
    local file
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

# declared HEADER...: names of the functions and variables that public headers declare, each in its own lines
declared() {
    local header
    for header in "$@"; do
        echo "#include <limitnet/$header>" | "${CC:-cc}" -E -Iinclude - |
            awk -v file="\"include/limitnet/$header\"" '/^# [0-9]/ { inside = $3 == file; next } inside'
    done | tr '\n' ' ' | sed 's/;/;\n/g' | grep -oE '\bln_[a-z0-9_]+ ?\(|^ *extern const [^(]*;' |
        grep -oE '\bln_[a-z0-9_]+( ?\(|(\[\])?;)' | tr -d ' ([];' | sort
}

# shows_only LIBRARY HEADER...: a shared library has the right soname, and shows what these headers declare
shows_only() {
    local library=$work/shared-installed/lib/$1.so
    shift
    nm -D --defined-only "$library" | awk '{ print $3 }' | sort >"$work/shown"
    declared "$@" >"$work/declared"
    diff "$work/declared" "$work/shown" >&2 || fail "$library shows (>) other names than $* declare (<)"
    [[ $(objdump -p "$library") =~ SONAME\ +$(basename "$library")\.${version%.*}$'\n' ]] || fail "$library: soname"
    echo "packaging: $(basename "$library"): $(wc -l <"$work/shown") names"
}

# Shared libraries, with the program where its parts can be built.
shared() {
    make_in shared "$root" -DBUILD_SHARED_LIBS=ON -DBUILD_TESTING=OFF -DCMAKE_INSTALL_LIBDIR=lib \
        $([ -n "$program" ] || echo -DLIMITNET_CLOUD=OFF)
    quietly cmake --install "$work/shared" --prefix "$work/shared-installed"
    shows_only liblimitnet version.h core.h device.h link.h
    make_in shared-found "$stand_ins/use" -DCMAKE_PREFIX_PATH="$work/shared-installed"
    [[ $(ldd "$work/shared-found/use") == *"liblimitnet.so.${version%.*} => $work"* ]] || fail "find_package: not shared"
    "$work/shared-found/use" "$model" >"$work/shared.txt"
    same "find_package, shared" "$work/found.txt" "$work/shared.txt"

    have pkg-config pkg-config "pkg-config, shared" || return 0
    local flags lib=$work/shared-installed/lib
    flags=$(PKG_CONFIG_PATH=$lib/pkgconfig pkg-config --cflags --libs limitnet)
    [ "$(PKG_CONFIG_PATH=$lib/pkgconfig pkg-config --modversion limitnet)" = "$version" ] || fail "limitnet.pc: version"
    "${CC:-cc}" -std=c99 "$stand_ins/use/use.c" $flags -o "$work/use-shared"
    LD_LIBRARY_PATH=$lib "$work/use-shared" "$model" >"$work/shared.txt"
    same "pkg-config, shared" "$work/found.txt" "$work/shared.txt"
}

# The program, its models and the cloud library as they are installed, in a prefix that was not known when they were built.
installed_program() {
    [ -n "$program" ] || { echo "packaging: installed program not tried: no program given"; missing+=" -"; return 0; }
    local prefix=$work/moved
    shows_only liblimitnet-cloud cloud.h
    mv "$work/shared-installed" "$prefix"
    mkdir "$work/empty"
    cd "$work/empty"
    unset LIMITNET_MODELS
    mkdir -p models/pyramid-224 # not among the installed models
    echo rubbish >models/pyramid-224/encoder.lnm
    [[ $("$prefix/bin/limitnet" --version) == "limitnet $version,"* ]] || fail "the installed program: not version $version"
    quietly "$prefix/bin/limitnet" encode "$root/tests/pictures/cat.jpg" -o cat.lnp
    quietly "$prefix/bin/limitnet" decode cat.lnp -o cat.png
    # This name is in the prefix only.
    cp -r "$prefix/share/limitnet/models/pyramid-224" "$prefix/share/limitnet/models/moved"
    quietly "$prefix/bin/limitnet" encode --model moved "$root/tests/pictures/cat.jpg" -o moved.lnp
    quietly "$prefix/bin/limitnet" decode --model moved moved.lnp -o moved.png
    cmp cat.png moved.png || fail "the installed program: another picture"
    for name in paper-224 pyramid-224-detect pyramid-32; do
        quietly "$prefix/bin/limitnet" encode --model $name "$root/tests/pictures/cat.jpg" -o $name.lnp
        quietly "$prefix/bin/limitnet" decode --model $name $name.lnp -o $name.png
    done
    # Another program finds the cloud library, and the models, if it is in the same prefix.
    make_in cloud-found "$stand_ins/use-cloud" -DCMAKE_PREFIX_PATH="$prefix"
    cp "$work/cloud-found/use" "$prefix/bin/use-cloud"
    quietly "$prefix/bin/use-cloud" moved moved.lnp
    grep -qE '^([0-9]+) of \1 symbols$' "$work/log" || fail "find_package COMPONENTS cloud: $(cat "$work/log")"
    ! ldd "$prefix/bin/limitnet" | grep -iE 'avif|aom|dav1d|openjp2|jxl|heif|tiff|gif' ||
        fail "the installed program needs a peer's library"
    cd "$root"
    echo "packaging: the installed program; find_package COMPONENTS cloud"
}

# headers: each public header compiles alone, as C99 and as C++
headers() {
    local header
    for header in include/limitnet/*.h; do
        printf '#include <%s>\nint none;\n' "${header#include/}" >"$work/header.c"
        quietly "${CC:-cc}" -std=c99 -pedantic -Wall -Wextra -Werror -Iinclude -fsyntax-only "$work/header.c"
        ! command -v g++ >/dev/null ||
            quietly g++ -std=c++11 -pedantic -Wall -Wextra -Werror -Iinclude -fsyntax-only -x c++ "$work/header.c"
    done
    echo "packaging: headers"
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
headers
installed
shared
installed_program
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
