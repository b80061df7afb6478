#!/usr/bin/env bash
# How much of src/core the tests of the camera's library run: lines and branches of each file.
set -euo pipefail
cd "$(dirname "$0")/.."
build=build/coverage
cmake --preset coverage -Wno-dev >/dev/null
cmake --build --preset coverage >/dev/null
find $build -name '*.gcda' -delete
ctest --test-dir $build -R '^test_(core|device|link)' >/dev/null || { echo "coverage: a test fails: make test" >&2; exit 1; }
for what in "" --branches; do
    gcovr --root . --filter src/core/ --object-directory $build $what "$@" $build/src/CMakeFiles/limitnet.dir/core
done
