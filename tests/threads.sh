#!/usr/bin/env bash
# tests/threads.c under the thread sanitizer, in a build of its own.
set -euo pipefail
cd "$(dirname "$0")/.."
cmake --preset tsan -Wno-dev >/dev/null
cmake --build --preset tsan --target threads >/dev/null
# The runtime's last calls into the system seem to be ours (tail calls), so its locks would be taken for misused ones.
options="suppressions=$PWD/tests/tsan.supp halt_on_error=1 report_mutex_bugs=0"
# The sanitizer needs its part of the address space, which random addresses may lie in.
TBB_ENABLE_SANITIZERS=1 TSAN_OPTIONS=$options setarch -R build/tsan/tests/threads
