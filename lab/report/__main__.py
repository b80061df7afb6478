"""Writes docs/report/: every claim against every peer, on your pictures. Sections whose pictures are not given are left out.

usage: lab/report [--imagenet DIR] [--cifar DIR] [--coco DIR] [--duts DIR] [--limit N]

    --imagenet DIR   images/ and labels.csv (file, class_index of ImageNet-1k)
    --cifar DIR      test: the file of cifar-100-python, or a folder of mosaics (lab/tools/cifar.py)
    --coco DIR       images/ and labels/ in YOLO form
    --duts DIR       images/ and masks/
    --limit N        at most N pictures of each

Runs build/lab/limitnet-lab and gnuplot. Results are kept in build/report/, so a report that was stopped goes on; delete that folder to measure everything again.
"""

import argparse
import pathlib
import subprocess
import sys

import figures
import page
from cifar_set import CIFAR, VISION, prepare_cifar
from measure import Pictures, measure
from table1 import Table1

CIFAR_PICTURES = 1000                     # of 10,000, in random order, where pictures are enlarged
CIFAR_SIZES = (50, 100, 150, 200, 300, 600, 1200)
CLASSIFIER = "The classifier is that of pyramid-32, EfficientNet-Lite0 trained for CIFAR-100, at the end also with pictures as codecs leave them (a third pyramid-32's packets, a ninth each WebP, AVIF and JPEG files), and sees 96x96 pixels (models/pyramid-32). No other codec was trained behind it."
DETECTOR = pathlib.Path(".cache/vision/yolov5s.onnx")
SIZES = (150, 300, 600, 900, 1200, 2000, 2500, 4000, 6000)
PLOTTED = ("limitnet:pyramid-224", "limitnet:paper-224", "pjpeg", "jpeg2000", "jpeg", "webp", "avif", "shrink+webp", "learned:starfish")
# The paper's curves (EfficientNet-B0): top-1 in % by bytes, and the original's, about.
PAPER_IMAGENET = ({1200: 49.4, 1730: 55.2, 2250: 58.6, 2740: 60.9, 3200: 62.4, 3900: 63.5}, 77.0)
PAPER_CIFAR = ({650: 77.1, 1190: 83.3, 1680: 84.1, 3500: 84.4}, 86.0)


def limited(options, most):
    return (*options, "--limit", str(most)) if most else options


def imagenet(folder, limit):
    pictures = Pictures("imagenet", limited(("--images", f"{folder}/images", "--labels", f"{folder}/labels.csv"), limit))
    files = figures.SHRUNK + figures.WHOLE + figures.CUT
    codecs = figures.MODELS + figures.SEEN + files + figures.bare(("shrink+webp", "webp", "avif", "pjpeg", "jpeg2000")) + figures.LEARNED
    curves = figures.Curves("ImageNet: accuracy against bytes", pictures, codecs, SIZES, PLOTTED + figures.SEEN, PAPER_IMAGENET,
                            ["Fig. 8 of the paper. It states 61.24 % fewer bytes and 14.01 points more than its best peer; cut progressive JPEG is one of them.", *figures.SEEN_NOTE])
    return [curves, figures.Rivals(curves), figures.Everything(pictures), figures.Incomplete(pictures), figures.Fidelity("imagenet", f"{folder}/images", limit)]


def cifar(folder, limit):
    prepare_cifar(folder)
    given = ("--images", f"{CIFAR}/images", "--labels", f"{CIFAR}/labels.csv", "--vision", str(VISION))
    own = Pictures("cifar-32", limited(given, limit))
    enlarged = Pictures("cifar", limited(given, min(limit or CIFAR_PICTURES, CIFAR_PICTURES)))
    files = ("webp:32", "webp-bare:32", "jpeg-bare:32", "avif:32", "avif-bare:32")
    codecs = figures.MODELS + ("limitnet:pyramid-32", "pjpeg", "webp", "avif", "shrink+webp", "learned:starfish")
    return [
        figures.Curves("CIFAR-100 at its own size: accuracy against bytes", own, ("limitnet:pyramid-32", *files), CIFAR_SIZES, ("limitnet:pyramid-32", *files), None,
                       ["Pictures are coded at their own 32x32 pixels, in packets of 51 bytes. The paper did not try this, but it is the obvious choice.", CLASSIFIER], 51, "webp:32,fit"),
        figures.Curves("CIFAR-100 enlarged: accuracy against bytes", enlarged, codecs, (100, 150, 300, 600, 1200, 2000, 3500), codecs, PAPER_CIFAR, [
            "Fig. 8 of the paper. It states 83.68 % fewer bytes and 18.01 points more than its peers. Pictures are enlarged from 32 to 224 pixels and coded at that size, as in the paper; "
            "only pyramid-32, for comparison, codes them at their own. The paper's classifier sees pictures of 224 pixels, this one sees them reduced to 96.", CLASSIFIER]),
        figures.Losses(enlarged),
    ]


def coco(folder, limit):
    if not DETECTOR.exists():
        subprocess.run(["tools/setup.sh", "detector"], check=True)
    given = ("--task", "detect", "--images", f"{folder}/images", "--labels", f"{folder}/labels")
    pictures = Pictures("coco", limited(given, limit), "map50")
    codecs = ("limitnet:pyramid-224-detect",) + figures.MODELS + ("pjpeg", "jpeg2000", "webp", "avif", "shrink+webp", "learned:starfish")
    return [figures.Curves("COCO: detection against bytes", pictures, codecs, (600, 1200, 2500, 5000), codecs, None,
                           ["Fig. 8 of the paper. It states 42.25 % fewer bytes and 0.1 mAP more than its peers. Pictures are coded at 224x224 and enlarged for YOLOv5s. "
                            "pyramid-224-detect reads the packets of pyramid-224 with a decoder trained for edges and textures. The other learned codecs were trained for a classifier, none for a detector."])]


def duts(folder, limit):
    return [figures.Saliency(folder, limit)]


def planned(args):
    sets = [(imagenet, args.imagenet), (cifar, args.cifar), (coco, args.coco), (duts, args.duts)]
    measured = [figure for make, folder in sets if folder for figure in make(folder.rstrip("/"), args.limit)]
    return [figures.Panels(), *measured, Table1(), figures.Gradual(), figures.FirstStage()]


def command(args):
    given = [f"{name.upper()}=DIR" for name in ("imagenet", "cifar", "coco", "duts") if getattr(args, name)]
    return "    make report " + " ".join(given + ([f"LIMIT={args.limit}"] if args.limit else []))


def whole_number(text):
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number")
    return int(text)


def main():
    parser = argparse.ArgumentParser(prog="lab/report", description="Writes docs/report/: every claim against every peer.")
    for name in ("imagenet", "cifar", "coco", "duts"):
        parser.add_argument(f"--{name}", default="")
    parser.add_argument("--limit", type=whole_number, default=0)
    args = parser.parse_args()
    for name in ("imagenet", "cifar", "coco", "duts"):
        folder = getattr(args, name)
        if folder and not pathlib.Path(folder).is_dir():
            parser.error(f"--{name}: {folder} is no folder")
    parts = planned(args)
    page.REPORT.mkdir(parents=True, exist_ok=True)
    measure([run for part in parts for run in part.runs()])
    measure([run for part in parts for run in part.later()])
    sections = [section for section in (part.section() for part in parts) if section]
    sections[0].text.insert(0, command(args))
    page.write("The laboratory's report", sections)
    print(f"wrote {page.REPORT}/index.html and README.md")


if __name__ == "__main__":
    try:
        main()
    except OSError as error:
        sys.exit(f"report: {error.filename or page.REPORT}: {error.strerror}")
    except subprocess.CalledProcessError as error:
        sys.exit(f"report: {error.cmd[0]} failed: {(error.stderr or '').strip()}")
