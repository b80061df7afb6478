#!/usr/bin/env bash
# The main job on a real photograph; pictures go to build/demo.
set -euo pipefail
cd "$(dirname "$0")/.."
.cache/venv/bin/python tools/demo.py build/release/limitnet build/demo
