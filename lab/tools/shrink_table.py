#!/usr/bin/env python3
"""Chooses the sides to which the codecs shrink+webp and shrink+jpeg shrink pictures, and writes lab/codecs/shrink_table.h.

usage: lab/tools/shrink_table.py --images DIR [--count N]

DIR holds pictures of any training set, never of a test set. The vision model's answer to the uncompressed picture is its
label. The table holds the sides that keep most of these labels, growing with the budget. Runs build/lab/limitnet-lab (or
$LIMITNET_LAB).
"""

import argparse
import csv
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy
import openvino
from PIL import Image

PROGRAM = os.environ.get("LIMITNET_LAB", "build/lab/limitnet-lab")
VISION = ".cache/vision/efficientnet-lite0.onnx"
FORMATS = ["webp", "jpeg"]
SIDES = [24, 32, 48, 64, 80, 96, 128, 160, 192, 224]
BYTES = [150, 200, 300, 450, 600, 900, 1200, 1800, 2500, 4000, 6000]


def pictures(folder, count):
    """Names of pictures, spread evenly over the folder."""
    names = sorted(p.name for p in pathlib.Path(folder).iterdir())
    return names[:: max(1, len(names) // count)][:count]


def classes(folder, names):
    network = openvino.Core().compile_model(VISION, "CPU", {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1})
    for name in names:
        rgb = Image.open(pathlib.Path(folder) / name).convert("RGB").resize((224, 224), Image.Resampling.BICUBIC)
        planes = ((numpy.asarray(rgb, numpy.float32) - 127) / 128).transpose(2, 0, 1)
        yield name, int(network(planes[None])[0].argmax())


def measure(folder, names):
    """{codec: {budget: share of labels kept}}"""
    codecs = [f"shrink+{f}:{s}" for f in FORMATS for s in SIDES]
    with tempfile.TemporaryDirectory() as work:
        labels, out = pathlib.Path(work, "labels.csv"), pathlib.Path(work, "out.csv")
        labels.write_text("file,class_index\n" + "".join(f"{n},{c}\n" for n, c in classes(folder, names)))
        subprocess.run([PROGRAM, "eval", "--images", folder, "--labels", labels, "--codec", ",".join(codecs),
                        "--bytes", ",".join(map(str, BYTES)), "--vision", VISION, "-o", out], check=True)
        kept = {}
        for row in csv.DictReader(out.open()):
            kept.setdefault(row["codec"], {})[int(row["param"])] = float(row["top1"])
    return kept


def best_sides(share):
    """The growing list of sides, one for each budget, with the largest sum of share[side][budget]."""
    best = {s: (0.0, []) for s in SIDES}  # of lists that end at this side
    for b in BYTES:
        best = {s: max(((v + share[s][b], path + [s]) for t, (v, path) in best.items() if t <= s), key=lambda x: x[0])
                for s in SIDES}
    return max(best.values(), key=lambda x: x[0])[1]


def table(name, sides):
    """A C table of the budgets where the side changes."""
    rows = [(0 if i == 0 else b, s) for i, (b, s) in enumerate(zip(BYTES, sides)) if i == 0 or s != sides[i - 1]]
    return f"static const ln_shrink {name}_sides[] = {{\n" + "".join(f"    {{{b}, {s}}},\n" for b, s in rows) + "};\n"


def main():
    parser = argparse.ArgumentParser(description="Chooses the sides of shrink+webp and shrink+jpeg.")
    parser.add_argument("--images", required=True)
    parser.add_argument("--count", type=int, default=200)
    args = parser.parse_args()
    names = pictures(args.images, args.count)
    kept = measure(args.images, names)
    for codec, share in kept.items():
        print(codec, *(f"{100 * share[b]:.0f}" for b in BYTES))
    tables = [table(f, best_sides({s: kept[f"shrink+{f}:{s}"] for s in SIDES})) for f in FORMATS]
    pathlib.Path("lab/codecs/shrink_table.h").write_text(f"""/* Made by lab/tools/shrink_table.py --images DUTS-TR --count {len(names)}: do not edit. */
#ifndef LN_EVAL_SHRINK_TABLE_H
#define LN_EVAL_SHRINK_TABLE_H

#include "codecs/file_codec.h"

{"".join(tables)}
#endif
""")
    return 0


if __name__ == "__main__":
    sys.exit(main())
