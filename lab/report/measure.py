"""Runs `limitnet-lab` and keeps the results, so that a report that was stopped goes on."""

import concurrent.futures
import csv
import dataclasses
import hashlib
import os
import pathlib
import subprocess
import sys

PROGRAM = "build/lab/limitnet-lab"
WORK = pathlib.Path("build/report")


@dataclasses.dataclass(frozen=True)
class Pictures:
    """A set of pictures with their labels, and the network that looks at them."""
    name: str
    options: tuple                # of `limitnet-lab eval`
    measure: str = "top1"         # the column that counts


@dataclasses.dataclass(frozen=True)
class Run:
    """One codec on one set of pictures."""
    pictures: Pictures
    codec: str
    bytes: tuple
    mtu: int = 242
    options: tuple = ()

    def command(self):
        sizes = ["--bytes", ",".join(map(str, self.bytes))] if self.bytes else []
        return ["eval", *self.pictures.options, "--codec", self.codec, *sizes, "--mtu", str(self.mtu), *self.options]

    def out(self):
        key = hashlib.sha256(" ".join(self.command()).encode()).hexdigest()[:10]
        name = self.codec.replace(":", "_").replace("/", "_")
        return WORK / f"{self.pictures.name}-{name}-{key}.csv"

    def __str__(self):
        return f"{self.pictures.name}, {self.codec}"


ADAPTED = "+adapted"          # behind a model's name: seen by the vision model that it brings
EYES = "+eyes"                # shown by its decoder for eyes


def model_folder(codec):
    """The folder of a trained codec's files; None for a codec without files."""
    kind, _, name = codec.removesuffix(ADAPTED).removesuffix(EYES).partition(":")
    places = {"limitnet": "models", "learned": "lab/models/peers"}
    if kind not in places or not name:
        return None
    return pathlib.Path(name) if "/" in name else pathlib.Path(places[kind]) / name


def is_trained(codec):
    folder = model_folder(codec)
    if codec.endswith(ADAPTED):
        return (folder / "vision").is_dir()
    if codec.endswith(EYES):
        return (folder / "eyes.onnx").is_file()
    return folder is None or folder.is_dir()


def is_current(out, codec):
    """Whether this result is there and, for a trained codec, younger than the codec's files (card and log aside)."""
    folder = model_folder(codec)
    if not out.exists():
        return False
    return folder is None or all(f.stat().st_mtime < out.stat().st_mtime for f in folder.rglob("*") if f.suffix not in (".md", ".log"))


def execute(run):
    result = subprocess.run([PROGRAM, *run.command(), "--resume", "-o", run.out()], capture_output=True, text=True)
    if result.returncode == 0:
        return None
    return f"report: {run}: {result.stderr.strip().splitlines()[-1]}"


def work_off(waiting, execute, processes):
    """Executes runs, some at a time, and shows how far they are. `execute` returns what went wrong, if anything."""
    with concurrent.futures.ThreadPoolExecutor(processes) as pool:
        going = {pool.submit(execute, run): run for run in waiting}
        for number, done in enumerate(concurrent.futures.as_completed(going), 1):
            print(done.result() or f"report: {number} of {len(waiting)}: {going[done]}", file=sys.stderr)


def measure(runs):
    """Does the runs that are not done yet, one process a core, and reports failures. A failed run has no rows."""
    WORK.mkdir(parents=True, exist_ok=True)
    waiting = [run for run in dict.fromkeys(runs) if is_trained(run.codec) and not is_current(run.out(), run.codec)]
    work_off(waiting, execute, os.cpu_count())


def rows(run):
    """The rows that `limitnet-lab eval` wrote; none for a codec that is not trained or a run that failed."""
    if not run.out().exists() or not is_trained(run.codec):
        return []
    with run.out().open() as file:
        return list(csv.DictReader(file))


def laboratory(*arguments):
    return subprocess.run([PROGRAM, *map(str, arguments)], check=True, capture_output=True, text=True).stdout
