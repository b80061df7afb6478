#!/usr/bin/env python3
"""Draws figures 1 and 11 of the paper from your own pictures.

usage: .cache/venv/bin/python lab/tools/panels.py progress PICTURE [--model M] -o OUT.png
       .cache/venv/bin/python lab/tools/panels.py maps PICTURE... [--masks DIR] [--model M] -o OUT.png

    progress   one picture after more and more bytes, with the classifier's answer to each (Fig. 1)
    maps       a row for each picture: the camera's saliency map on its own grid, the 8x8 levels that are sent, enlarged
               as by a receiver, and the picture after 600 bytes (Fig. 11)

    --masks DIR   people's masks of salient objects, shown beside each picture: DIR/12.png belongs to 12.jpg

Runs only build/lab/limitnet, with packets of at most 242 bytes.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

from PIL import Image

sys.path.insert(0, "tools")
import sheet

PROGRAM = "build/lab/limitnet"
BYTES = [100, 300, 600, 1200, 2500, None]     # of the progress; None: all
MAPS_BYTES = 600
PROGRESS_SIDE, MAPS_SIDE = 176, 144           # pixels: files stay below 500 KB


def limitnet(*arguments):
    result = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True)
    if result.returncode:
        sys.exit(result.stderr.strip())
    return result.stdout


def encode(model, picture, size, packets, *options):
    """Writes the first `size` bytes of a picture's packets; all of them for None."""
    limit = ["--max-bytes", size] if size else []
    limitnet("encode", "--model", model, "--mtu", 242, *limit, *options, picture, "-o", packets)


def best(*arguments):
    """(bytes or None for a picture, class with its score)"""
    found = json.loads(limitnet("infer", "--json", "--top", 1, *arguments))
    return found.get("bytes"), [found["top"][0]["label"], f"{found['top'][0]['score']:.0%}"]


def received(model, picture, size, work):
    packets, out = work / "picture.lnp", work / "received.png"
    encode(model, picture, size, packets)
    limitnet("decode", "--model", model, packets, "-o", out)
    count, words = best("--model", model, packets)
    return Image.open(out).copy(), [f"{count:,} bytes", *words]


def draw_progress(args, work):
    picture = args.pictures[0]
    words = best(picture)[1]
    original = Image.open(picture), ["original", *words]
    sheet.draw([[original] + [received(args.model, picture, size, work) for size in BYTES]], args.output, PROGRESS_SIDE)


def mask_of(picture, folder):
    """The mask with the picture's stem; None without one."""
    found = [path for path in sorted(folder.iterdir()) if path.stem == picture.stem]
    return Image.open(found[0]) if found else None


def maps_row(args, picture, work):
    packets, full, sent, out = (work / name for name in ("picture.lnp", "full.png", "sent.png", "received.png"))
    encode(args.model, picture, MAPS_BYTES, packets, "--map", full)
    limitnet("decode", "--model", args.model, packets, "--map", sent, "-o", out)
    mask = [mask_of(picture, args.masks)] if args.masks else []
    return [Image.open(picture), *mask, *(Image.open(path).copy() for path in (full, sent, out))]


def draw_maps(args, work):
    rows = [[(panel, []) for panel in maps_row(args, picture, work)] for picture in args.pictures]
    names = ["picture"] + ["human mask"] * bool(args.masks) + ["camera's map", "sent: 8x8 levels", f"after {MAPS_BYTES} bytes"]
    rows[-1] = [(panel, [name]) for (panel, _), name in zip(rows[-1], names)]
    sheet.draw(rows, args.output, MAPS_SIDE)


def main():
    parser = argparse.ArgumentParser(prog="lab/tools/panels.py", description="Draws figures 1 and 11 of the paper from your own pictures.")
    figures = parser.add_subparsers(required=True)
    for name, draw, count in (("progress", draw_progress, 1), ("maps", draw_maps, "+")):
        figure = figures.add_parser(name)
        figure.add_argument("pictures", nargs=count, type=pathlib.Path, metavar="PICTURE")
        figure.add_argument("--model", default="pyramid-224")
        figure.add_argument("-o", dest="output", required=True)
        figure.set_defaults(draw=draw)
        if draw == draw_maps:
            figure.add_argument("--masks", type=pathlib.Path)
    args = parser.parse_args()
    if args.draw == draw_maps and args.masks and not args.masks.is_dir():
        parser.error(f"--masks: {args.masks} is no folder")
    with tempfile.TemporaryDirectory() as work:
        args.draw(args, pathlib.Path(work))


if __name__ == "__main__":
    main()
