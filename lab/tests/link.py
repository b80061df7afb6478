#!/usr/bin/env python3
"""Checks lab/link: scenarios that the program takes, bursts of the length that was asked for, comparisons, and a whole
report of results that it makes itself in place of the program: its figures, and that it goes on where it stopped.

usage: lab/tests/link.py PROGRAM
"""

import csv
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "lab/link"), str(ROOT / "lab/report"), str(ROOT / "lab/tools")]

import ideal_code
import losses
import simulate

PHOTOS = ("cat.jpg", "rocket.png", "coffee.webp")
SMALL = {"camera.model": "./model"}


def small_set(work):
    """Photographs, a small model and a small classifier."""
    for folder in ("photos/images", "build/link/model", "build/lab", "src/device"):
        (work / folder).mkdir(parents=True)
    for name in PHOTOS:
        shutil.copy(ROOT / "tests/pictures" / name, work / "photos/images")
    (work / "photos/labels.csv").write_text("file,class_index\n" + "".join(f"{name},1\n" for name in PHOTOS))
    shutil.copy(ROOT / "tests/models/random-cifar.lnm", work / "build/link/model/encoder.lnm")
    shutil.copy(ROOT / "tests/onnx/random-cifar-decoder.onnx", work / "build/link/model/decoder.onnx")
    shutil.copy(ROOT / "tests/onnx/colours-softmax.onnx", work / "colours.onnx")
    (work / "colours.vision").write_text("width = 24\nheight = 16\n")
    (work / "models").symlink_to(ROOT / "models")
    (work / "lab").mkdir()
    (work / "lab/models").symlink_to(ROOT / "lab/models")
    return simulate.Photos("small", pathlib.Path("photos"), 2, 1, "colours.onnx")


def run_once(photos, name, *settings):
    run = simulate.plan(name, photos, losses.LINK, SMALL, *settings)
    problem = simulate.execute(run)
    assert problem is None, problem
    return run, simulate.result(run)


def check_scenarios(photos):
    free, found = run_once(photos, "free")
    assert [row["file"].rsplit("/", 1)[1] for row in found.pictures] == list(PHOTOS[:2])    # the limit
    assert found.mean("bytes_arrived") == found.mean("bytes_sent") > 100
    assert abs(found.seconds() - 8 * found.mean("bytes_sent") / 2000) < 0.01
    nothing = run_once(photos, "nothing", {"link.loss": 1})[1]
    assert nothing.mean("bytes_arrived") == 0 and nothing.end["mean_bytes_arrived"] == 0
    wrong = simulate.plan("wrong", photos, losses.LINK, SMALL, {"link.loss": 2})
    problem = simulate.execute(wrong)
    assert "wrong" in problem and "loss: '2' is no share" in problem, problem
    assert simulate.result(wrong) is None


def check_bursts(photos, length):
    """Behind a lost frame, the next of its picture is lost with 1 - 1 / length; a little more, since some are short."""
    bursts = losses.Bursts(photos)
    run = simulate.plan("bursts", photos, dict(bursts.run(length).settings), SMALL, {"scenario.duration": "10 d"})
    run.file("conf").write_text(run.text())
    subprocess.run([simulate.PROGRAM, "sim", "-o", "frames", run.file("conf")], check=True, stdout=subprocess.DEVNULL)
    with open("frames/frames.csv") as file:
        frames = list(csv.DictReader(file))
    lost = [(row["picture"], row["fate"] == "lost") for row in frames]
    behind = [b[1] for a, b in zip(lost, lost[1:]) if a[1] and a[0] == b[0]]
    assert len(behind) > 10000
    assert abs(sum(behind) / len(behind) - (1 - 1 / length)) < 0.04, (length, sum(behind) / len(behind))
    assert abs(sum(hit for _, hit in lost) / len(lost) - bursts.LOSS) < 0.02


class Fixed(simulate.Result):
    def __init__(self, right):
        self.pictures = [{"file": f"{number}.jpg", "right": hit} for number, hit in enumerate(right)]
        self.end = {"accuracy": sum(right) / len(right)}


def check_comparisons():
    one, other = Fixed([1] * 30 + [0] * 70), Fixed([1] * 60 + [0] * 40)
    value, low, high = simulate.compare(one, other, simulate.points)
    assert abs(value + 30) < 1e-9 and -42 < low < -35 and -25 < high < -18, (value, low, high)
    value, low, high = simulate.compare(one, other, simulate.share)
    assert abs(value - 50) < 1e-9 and 35 < low < 45 < 55 < high < 65, (value, low, high)
    assert simulate.compare(one, one, simulate.points) == (0, 0, 0)     # the same photographs are drawn for both
    assert simulate.share(1, 0) == 0


def check_ideal_code():
    """Its packets arrive as often as they should. If it is certain that 30 do, it makes full use of them."""
    for redraw in (1, 0.2):
        likely = ideal_code.arrivals(redraw)
        assert abs(sum(likely) - 1) < 1e-9
        assert abs(sum(count * share for count, share in enumerate(likely)) - 0.7 * ideal_code.WIDTH) < 1e-9
    spread = [sum((count - 27.3) ** 2 * share for count, share in enumerate(ideal_code.arrivals(redraw)))
              for redraw in (1, 0.2)]
    assert abs(spread[0] - 39 * 0.3 * 0.7) < 1e-9 and spread[1] > 5 * spread[0]
    certain = [float(count == 30) for count in range(ideal_code.WIDTH + 1)]
    line = [(0.0, 0.0), (39.0, 78.0)]
    assert 59 < ideal_code.ideal(line, certain, ideal_code.PLAIN) < 60.01
    assert ideal_code.ideal(line, certain, ideal_code.PROTECTED) < 60 * 43 / 47 + 0.01


def report(expected, *options, fails="no such run"):
    command = [sys.executable, ROOT / "lab/link", *options]
    environment = {**os.environ, "STUB_LOG": "log", "STUB_FAILS": fails}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == expected, done.stderr
    return done.stderr


def check_report(work):
    (work / "build/lab/limitnet-lab").unlink()
    shutil.copy(ROOT / "lab/tests/link_stub.py", work / "build/lab/limitnet-lab")
    cifar = work / ".cache/cifar"
    cifar.mkdir(parents=True)
    names = [f"{number}.png" for number in range(20)]
    for folder in (cifar, work / "twenty"):
        folder.mkdir(exist_ok=True)
        (folder / "labels.csv").write_text("file,class_index\n" + "".join(f"{name},0\n" for name in names))
    both = "--imagenet", "twenty", "--cifar", "photos", "--limit", "10"
    assert "bursts-4-close: limitnet sim: out of paper" in report(1, *both, fails="bursts-4-close")
    assert not (work / "docs/link/README.md").exists()
    count = len((work / "log").read_text().splitlines())
    report(0, *both)
    done = (work / "log").read_text().splitlines()[count:]
    assert len([name for name in done if "bursts-4-close" in name]) == 1 and len(done) < 5, done   # it went on
    report(0, *both)
    assert len((work / "log").read_text().splitlines()) == count + len(done)
    (work / "src/device/sender.c").write_text("/* another sender */")
    report(0, *both)
    assert len((work / "log").read_text().splitlines()) == 2 * count + 2 * len(done) - 1     # all but the failed one
    text = (work / "docs/link/README.md").read_text()
    for line in ("    make link-report IMAGENET=DIR CIFAR=DIR LIMIT=10", "10 pictures of imagenet, seed 1", "10 pictures of imagenet, each 4 times with other losses, seed 1",
                 "Independent losses keep 70.0 % of the loss-free top-1 at the bytes that arrived. The goal of 90 % is "
                 "not met.",
                 "| 10 % | 0.6 | 60.0, 80.0 | 1,200, 2,000 | 40 |"):
        assert line in text, line
    for name in ("paper.csv", "bursts.csv", "repair.csv", "hints.csv", "stop.csv", "networks.csv", "fig13-a.svg",
                 "bursts.svg", "repair.svg", "stop.svg"):
        assert (work / "docs/link" / name).stat().st_size > 0, name
    with open("docs/link/bursts.csv") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["run"] == "independent" and float(rows[0]["top1"]) == 70
    assert (work / "build/link" / rows[0]["scenario"]).exists()
    assert "loss-free, free-28" in [row["run"] for row in rows]     # as many frames as arrived: 70 % of 40


def check_wrong_use():
    assert "give --imagenet DIR or --cifar DIR" in report(2)
    assert "--imagenet: nowhere is no folder" in report(2, "--imagenet", "nowhere")
    assert "'-1' is not a whole number" in report(2, "--imagenet", "twenty", "--limit=-1")
    assert "photos/images/labels.csv: No such file" in report(1, "--imagenet", "photos/images")


def main():
    program = pathlib.Path(sys.argv[1]).resolve()
    os.environ.setdefault("LIMITNET_VISION", str(ROOT / ".cache/vision/efficientnet-lite0.onnx"))
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        os.chdir(work)
        photos = small_set(work)
        (work / "build/lab/limitnet-lab").symlink_to(program)
        check_scenarios(photos)
        for length in (2, 8):
            check_bursts(photos, length)
        check_comparisons()
        check_ideal_code()
        check_report(work)
        check_wrong_use()


if __name__ == "__main__":
    main()
