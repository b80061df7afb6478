"""Writes docs/link/: what pictures are worth over links that lose packets. Parts without their pictures are left out.

usage: lab/link [--imagenet DIR] [--cifar DIR] [--limit N] [--seed S]

    --imagenet DIR   images/ and labels.csv (file, class_index of ImageNet-1k)
    --cifar DIR      train and test: the files of cifar-100-python, or folders of mosaics (lab/tools/cifar.py)
    --limit N        at most N pictures of each
    --seed S         of the losses (1)

Runs build/lab/limitnet-lab sim and gnuplot. Scenarios and results are kept in build/link/, so a report that was stopped
goes on. Runs of another code or another model are done again.
"""

import argparse
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "report"))

import feedback
import losses
import networks
import page
import paper
import sections
from cifar_set import CIFAR, VISION, prepare_cifar
from simulate import WORK, Photos, simulate

CIFAR_PICTURES = 1000                     # of 10,000, in random order


def whole_number(text):
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number")
    return int(text)


def parse():
    parser = argparse.ArgumentParser(prog="lab/link", description="Writes docs/link/: pictures over lossy links.")
    parser.add_argument("--imagenet", default="")
    parser.add_argument("--cifar", default="")
    parser.add_argument("--limit", type=whole_number, default=0)
    parser.add_argument("--seed", type=whole_number, default=1)
    args = parser.parse_args()
    for name in ("imagenet", "cifar"):
        folder = getattr(args, name)
        if folder and not pathlib.Path(folder).is_dir():
            parser.error(f"--{name}: {folder} is no folder")
    if not args.imagenet and not args.cifar:
        parser.error("give --imagenet DIR or --cifar DIR")
    return args


def planned(args):
    parts = []
    if args.cifar:
        prepare_cifar(args.cifar.rstrip("/"))
        few = min(args.limit or CIFAR_PICTURES, CIFAR_PICTURES)
        parts.append(paper.Paper(Photos("cifar", CIFAR, few, args.seed, VISION)))
    if args.imagenet:
        photos = Photos("imagenet", pathlib.Path(args.imagenet), args.limit, args.seed)
        parts += [losses.Bursts(photos), losses.Strategies(photos), feedback.Hints(photos), feedback.Stop(photos),
                  networks.Networks(photos)]
    return parts


def command(args):
    given = [f"{name.upper()}=DIR" for name in ("imagenet", "cifar") if getattr(args, name)]
    given += [f"LIMIT={args.limit}"] if args.limit else []
    given += [f"SEED={args.seed}"] if args.seed != 1 else []
    return "    make link-report " + " ".join(given)


def main():
    args = parse()
    WORK.mkdir(parents=True, exist_ok=True)
    sections.REPORT.mkdir(parents=True, exist_ok=True)
    parts = planned(args)
    simulate([run for part in parts for run in part.runs()])
    simulate([run for part in parts for run in part.later()])
    written = [part.section() for part in parts if sections.is_complete(part)]
    if len(written) < len(parts):
        sys.exit("report: some simulations failed, so nothing is written; the lines above say why")
    written[0].text.insert(0, command(args))
    page.write("Pictures over links that lose packets", written, sections.REPORT)
    print(f"wrote {sections.REPORT}/index.html and README.md")


if __name__ == "__main__":
    try:
        main()
    except OSError as error:
        sys.exit(f"report: {error.filename or sections.REPORT}: {error.strerror}")
    except subprocess.CalledProcessError as error:
        sys.exit(f"report: {error.cmd[0]} failed: {(error.stderr or '').strip()}")
