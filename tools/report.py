#!/usr/bin/env python3
"""Writes docs/report/: accuracy against bytes of every codec, on a folder of labelled pictures.

usage: tools/report.py --images DIR --labels CSV [--limit N]

Runs build/release/limitnet and gnuplot. What a codec has done is kept in build/report/, so that the report goes on
where it was stopped; delete that folder to measure everything anew.
"""

import argparse
import csv
import html
import pathlib
import subprocess
import sys

PROGRAM = "build/release/limitnet"
WORK = pathlib.Path("build/report")
REPORT = pathlib.Path("docs/report")
BYTES = [150, 300, 600, 900, 1200, 2000, 2500, 4000, 6000]
REFERENCE = "pjpeg,cut"
MODELS = ["pyramid-224", "paper-224"]
FILES = ["jpeg", "pjpeg", "webp", "avif", "jpeg2000", "jxl"]
SHRUNK = ["shrink+webp", "shrink+jpeg"]
CODECS = ["original"] + [f"limitnet:{m}" for m in MODELS] + SHRUNK + FILES + [f"{c}-bare" for c in SHRUNK + FILES]
PLOTTED = ["limitnet:pyramid-224,cut", "limitnet:paper-224,cut", "pjpeg,cut", "jpeg2000,cut", "jpeg,fit", "webp,fit", "avif,fit", "jxl,fit", "shrink+webp,fit"]
NOT_TRAINED = ["Starfish", "fixed-rate autoencoders", "BottleNet++", "DeepCOD", "Ballé 2018"]
WAYS = {"cut": "one stream, cut at the size", "fit": "encoded for the size", "-": ""}
# The paper's curve on ImageNet (EfficientNet-B0, about 77 % uncompressed), top-1 in % by bytes.
PAPER = {1200: 49.4, 1730: 55.2, 2250: 58.6, 2740: 60.9, 3200: 62.4, 3900: 63.5}
PAPER_ORIGINAL = 77.0


def is_current(out, codec, signature):
    """Whether this table was made from the same pictures and, for a model, from its present files."""
    if not out.exists() or signature != out.with_suffix(".txt").read_text():
        return False
    folder = pathlib.Path("models") / codec.partition(":")[2]
    return ":" not in codec or all(f.stat().st_mtime < out.stat().st_mtime for f in folder.iterdir())


def measure(args, codec):
    """The rows of one codec."""
    out = WORK / (codec.replace(":", "_") + ".csv")
    signature = f"{args.images} {args.labels} {args.limit} {BYTES}"
    if not is_current(out, codec, signature):
        print(f"report: {codec}", file=sys.stderr)
        limit = ["--limit", str(args.limit)] if args.limit else []
        subprocess.run([PROGRAM, "eval", "--images", args.images, "--labels", args.labels, "--codec", codec,
                        "--bytes", ",".join(map(str, BYTES)), "--mtu", "242", *limit, "--resume", "-o", out], check=True)
        out.with_suffix(".txt").write_text(signature)
    return list(csv.DictReader(out.open()))


def curves(rows):
    """{"codec,way": {budget: row}}"""
    found = {}
    for row in rows:
        if row["param"] != "-":
            found.setdefault(f"{row['codec']},{row['way']}", {})[int(row["param"])] = row
    return found


def cell(row, original):
    value, low, high = (100 * float(row[k]) / original for k in ("top1", "top1_low", "top1_high"))
    return f"{value:.0f} ({low:.0f}–{high:.0f})"


def accuracy_table(found, original):
    table = [["codec", "way"] + [f"{b:,} B" for b in BYTES]]
    for name, points in found.items():
        codec, way = name.split(",")
        table.append([codec, way] + [cell(points[b], original) for b in BYTES])
    return table + [[name, ""] + ["not trained"] * len(BYTES) for name in NOT_TRAINED]


def bd_table(data):
    printed = subprocess.run([PROGRAM, "bd", "--reference", REFERENCE, data], check=True, capture_output=True, text=True).stdout
    return [["codec", "way", "bytes at the same top-1, %", "points of top-1 at the same bytes"]] + list(csv.reader(printed.splitlines()))[1:]


def winners(found):
    """A sentence for each size: which codec keeps most, all bytes counted."""
    lines = []
    for b in BYTES:
        counted = {n: float(p[b]["top1"]) for n, p in found.items() if "-bare," not in n}
        best = max(counted, key=counted.get)
        ours = max((n for n in counted if n.startswith("limitnet")), key=counted.get)
        lines.append(f"{b:,} B: {best.replace(',', ', ')} ({100 * counted[best]:.0f} %)" +
                     ("" if best == ours else f"; the best limitnet has {100 * counted[ours]:.0f} %"))
    return lines


def plot(found, original):
    blocks = {n: [(r["param"], 100 * float(r["top1"]) / original) for r in found[n].values() if float(r["top1"]) > 0] for n in PLOTTED}
    blocks["the paper"] = [(b, 100 * v / PAPER_ORIGINAL) for b, v in PAPER.items()]
    script = ["set terminal svg size 900,560 background '#ffffff'", f"set output '{REPORT}/accuracy.svg'", "set logscale x", "set grid",
              "set key bottom right", "set xlabel 'bytes a picture, at most'", "set ylabel '% of the original top-1 kept'",
              "set xtics (150, 300, 600, 1200, 2500, 4000, 6000)", "set yrange [0:100]"]
    for i, points in enumerate(blocks.values()):
        script += [f"$data{i} << end", *(f"{x} {y}" for x, y in points), "end"]
    script.append("plot " + ", ".join(f"$data{i} with linespoints title '{n.replace(',', ', ')}' noenhanced" for i, n in enumerate(blocks) if blocks[n]))
    subprocess.run(["gnuplot"], input="\n".join(script) + "\n", text=True, check=True)


def markdown(table):
    lines = ["| " + " | ".join(row) + " |" for row in table]
    return "\n".join([lines[0], "|---" * len(table[0]) + "|", *lines[1:]])


def as_html(table):
    rows = ["".join(f"<{tag}>{html.escape(c)}</{tag}>" for c in row) for tag, row in zip(["th"] + ["td"] * len(table), table)]
    return "<table>" + "".join(f"<tr>{r}</tr>" for r in rows) + "</table>"


def write(args, rows, found):
    original = next(r for r in rows if r["codec"] == "original")
    top1 = 100 * float(original["top1"])
    REPORT.mkdir(parents=True, exist_ok=True)
    data = REPORT / "accuracy.csv"
    with data.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    plot(found, top1 / 100)
    tables = accuracy_table(found, top1 / 100), bd_table(data)
    folder = pathlib.Path(args.images).resolve().parent.name
    intro = (f"Share of its top-1 on the untouched pictures ({top1:.1f} %) that the vision model keeps, in %, with intervals of 95 % (bootstrap); "
             f"{original['n']} pictures of {folder}. `cut`: {WAYS['cut']}, whose sender did not know it; `fit`: {WAYS['fit']}. "
             "A codec whose name ends in -bare does not count the bytes that are the same in every file. limitnet: packets of 242 bytes, no losses.")
    command = "make report IMAGES=DIR LABELS=CSV" + (f" LIMIT={args.limit}" if args.limit else "")
    (REPORT / "README.md").write_text("\n\n".join([
        "# Accuracy against bytes", intro, f"    {command}", "![Accuracy against bytes](accuracy.svg)", markdown(tables[0]),
        "## Most top-1 at each size", "\n".join(f"- {line}" for line in winners(found)),
        f"## Bjontegaard's deltas against {REFERENCE.replace(',', ', ')}", markdown(tables[1])]) + "\n")
    (REPORT / "index.html").write_text(
        "<!doctype html><meta charset='utf-8'><title>Accuracy against bytes</title>"
        "<style>body{font:15px sans-serif;max-width:70em;margin:2em auto}table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:.2em .5em}</style>"
        f"<h1>Accuracy against bytes</h1><p>{html.escape(intro)}</p><pre>{html.escape(command)}</pre><img src='accuracy.svg' alt='Accuracy against bytes'>"
        f"{as_html(tables[0])}<h2>Most top-1 at each size</h2><ul>{''.join(f'<li>{html.escape(line)}</li>' for line in winners(found))}</ul>"
        f"<h2>Bjontegaard's deltas against {REFERENCE.replace(',', ', ')}</h2>{as_html(tables[1])}\n")


def main():
    parser = argparse.ArgumentParser(description="Writes docs/report/: accuracy against bytes of every codec.")
    parser.add_argument("--images", required=True)
    parser.add_argument("--labels", required=True)
    parser.add_argument("--limit", type=int, default=0)
    args = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    rows = [row for codec in CODECS for row in measure(args, codec)]
    write(args, rows, curves(rows))
    print(f"wrote {REPORT}/index.html and README.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
