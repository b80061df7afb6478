#!/usr/bin/env python3
"""Writes CIFAR-100 as `limitnet-lab eval` reads it: OUT/images/NUMBER-CLASS.png of 32x32 and OUT/labels.csv. The order is random, so
that the first pictures are a fair sample.

usage: lab/tools/cifar.py SOURCE OUT

SOURCE is one half of the data set: the file `train` or `test` of cifar-100-python, or a folder with one mosaic of 32x32 tiles for each class.
"""

import csv
import pathlib
import pickle
import sys

import numpy as np
from PIL import Image

SIDE, CLASSES, SEED = 32, 100, 1


def from_python(path):
    """(class, picture) of the official file, a pickle of byte arrays. Unpickling runs code: use only the file from its own site."""
    batch = pickle.loads(path.read_bytes(), encoding="bytes")
    pictures = batch[b"data"].reshape(-1, 3, SIDE, SIDE).transpose(0, 2, 3, 1)
    return list(zip(batch[b"fine_labels"], pictures))


def from_mosaics(folder):
    """(class, picture). Classes are numbered in alphabetical order, like the official ones."""
    files = sorted(p for p in folder.iterdir() if p.suffix in (".webp", ".png"))
    if len(files) != CLASSES:
        sys.exit(f"cifar: {folder} has {len(files)} mosaics, not {CLASSES}: give the folder of one half of CIFAR-100")
    found = []
    for number, path in enumerate(files):
        mosaic = np.asarray(Image.open(path).convert("RGB"))
        rows, columns = mosaic.shape[0] // SIDE, mosaic.shape[1] // SIDE
        tiles = mosaic.reshape(rows, SIDE, columns, SIDE, 3).swapaxes(1, 2).reshape(-1, SIDE, SIDE, 3)
        found += [(number, tile) for tile in tiles]
    return found


def read(source):
    source = pathlib.Path(source)
    if not source.exists():
        sys.exit(f"cifar: {source} does not exist: give the file or folder of one half of CIFAR-100")
    pictures = from_mosaics(source) if source.is_dir() else from_python(source)
    return [pictures[i] for i in np.random.default_rng(SEED).permutation(len(pictures))]


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: lab/tools/cifar.py SOURCE OUT")
    out = pathlib.Path(sys.argv[2])
    (out / "images").mkdir(parents=True, exist_ok=True)
    with open(out / "labels.csv", "w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["file", "class_index"])
        for number, (label, picture) in enumerate(read(sys.argv[1])):
            name = f"{number:05d}-{label:02d}.png"
            Image.fromarray(picture).save(out / "images" / name)
            rows.writerow([name, label])


if __name__ == "__main__":
    main()
