#!/usr/bin/env python3
"""Sends a photograph over a link that loses 30 % of the packets, and recognises it at several budgets.

It only runs the program `limitnet`, prints a table and draws one picture of the results.
"""

import json
import pathlib
import subprocess
import sys

from PIL import Image

import sheet

PHOTOGRAPH = "tests/pictures/cat.jpg"
LOSS, SEED, MTU, PROTECTION = "0.3", "7", "51", "40"
BYTES = [100, 300, 1000, 2000, None]      # bytes sent; None: everything
SIDE = 224


def limitnet(program, *arguments):
    return subprocess.run([program, *map(str, arguments)], check=True, capture_output=True, text=True).stdout


def receive(program, packets, sent, out):
    """Receives the first `sent` bytes: writes the picture to `out`; returns (bytes, packets, best class, score)."""
    link = ["--loss", LOSS, "--seed", SEED] + (["--max-bytes", sent] if sent else [])
    limitnet(program, "decode", *link, packets, "-o", out)
    found = json.loads(limitnet(program, "infer", "--json", "--top", 1, *link, packets))
    best = found["top"][0]
    return found["bytes"], found["packets"], best["label"], best["score"]


def main():
    program, out = sys.argv[1], pathlib.Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    packets = out / "cat.lnp"
    limitnet(program, "encode", "--mtu", MTU, "--protect", PROTECTION, PHOTOGRAPH, "-o", packets)
    size = packets.stat().st_size
    limitnet(program, "decode", packets, "-o", out / "lossless.png", "--map", out / "map.png")
    panels = [(Image.open(PHOTOGRAPH), [f"original, {SIDE}x{SIDE} sent", f"{3 * SIDE * SIDE:,} bytes of pixels"]),
              (Image.open(out / "map.png"), ["map of activity, sent with it", "8x8 levels: bright is much"])]
    print(f"{PHOTOGRAPH} in packets of at most {MTU} bytes; {float(LOSS):.0%} of them are lost, {PROTECTION} % are repair packets\n")
    print(f"{'sent':>12}  {'arrived':>22}  recognised as")
    for n, sent in enumerate(BYTES):
        target = out / f"received-{n + 1}.png"
        got, count, label, score = receive(program, packets, sent, target)
        name = f"{sent:,} bytes" if sent else "everything"
        print(f"{name:>12}  {got:6,} B in {count:3} packets  {label} ({score:.0%})")
        panels.append((Image.open(target), [f"{name} sent, {got:,} arrived", label, f"{score:.0%}"]))
    sheet.draw([panels], out / "demo.png", SIDE)
    print(f"\nThe whole stream with its two-byte lengths: {size:,} bytes. Pictures: {out}/demo.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
