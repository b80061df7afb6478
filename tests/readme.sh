#!/usr/bin/env bash
# Checks the C examples of README.md. The camera's example is compiled against a model written by `limitnet model to-c`. The
# server's example becomes a program with the installed libraries, and must give the result of `limitnet infer`.
#
# usage: readme.sh LIMITNET     the program, in its build folder
set -euo pipefail
cd "$(dirname "$0")/.."
program=$1
build=$(dirname "$program")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

fail() {
    echo "readme.sh: $*" >&2
    exit 1
}

# example NUMBER FILE: writes the README's C example of this number into a file
example() {
    awk -v number="$1" '/^```c$/ { n++; inside = 1; next } /^```$/ { inside = 0 } inside && n == number' README.md >"$2"
    [ -s "$2" ] || fail "README.md has no C example $1"
}

"$program" model to-c models/pyramid-224/encoder.lnm -o "$dir"
example 1 "$dir/camera.c"
cc -std=c99 -Wall -Wextra -Werror -Iinclude -I"$dir" -c "$dir/camera.c" -o "$dir/camera.o"

mkdir "$dir/server"
example 2 "$dir/server/see.c"
cat >"$dir/server/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.22)
project(see LANGUAGES C)
find_package(limitnet 0.1 CONFIG REQUIRED COMPONENTS cloud)
add_executable(see see.c)
set_target_properties(see PROPERTIES C_STANDARD 99 C_EXTENSIONS OFF)
target_compile_options(see PRIVATE -Wall -Wextra -Werror)
target_link_libraries(see PRIVATE limitnet::cloud)
END
flags=$(sed -n 's/^CMAKE_C_FLAGS:[A-Z]*=//p' "$build/CMakeCache.txt") # the sanitizers' flags, which the libraries need
{
    cmake --install "$build" --prefix "$dir/installed"
    cmake -S "$dir/server" -B "$dir/built" -DCMAKE_PREFIX_PATH="$dir/installed" -DOpenVINO_DIR="$PWD/.cache/openvino/cmake" \
        -DCMAKE_C_FLAGS="$flags"
    cmake --build "$dir/built"
} >"$dir/log" 2>&1 || { cat "$dir/log"; fail "the server's example cannot be built"; }
"$program" encode tests/pictures/cat.jpg -o "$dir/cat.lnp" 2>/dev/null
seen=$("$dir/built/see" "$dir/cat.lnp" models/pyramid-224 .cache/vision/efficientnet-lite0.onnx)
"$program" infer --json --top 1 "$dir/cat.lnp" 2>/dev/null | grep -qF "\"label\":\"${seen% *}\",\"score\":${seen##* }" ||
    fail "the server's example sees '$seen'"
