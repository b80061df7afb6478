"""Runs `limitnet-lab sim` and keeps the results, so that a report that was stopped goes on."""

import csv
import dataclasses
import functools
import hashlib
import json
import pathlib
import random
import subprocess

from measure import is_current, work_off

PROGRAM = "build/lab/limitnet-lab"
WORK = pathlib.Path("build/link")
CODE = [pathlib.Path("src", room) for room in ("core", "device", "link", "cloud", "host", "sim")]
CODE += [pathlib.Path("include"), pathlib.Path("lab/codecs")]     # all that decides what a simulation gives, beside models
PROCESSES = 1                   # at once; the networks in each use several cores
RESAMPLES = 1000                # of a bootstrap


@functools.cache
def code():
    """A digest of the sources."""
    files = sorted(file for folder in CODE for file in folder.rglob("*.[ch]"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


@dataclasses.dataclass(frozen=True)
class Photos:
    """Photographs with their labels, and the losses that they meet."""
    name: str
    folder: pathlib.Path        # has images/ and labels.csv
    limit: int                  # the first so many are used; 0: all
    seed: int                   # of the losses
    vision: str = ""            # a classifier; empty: that of the set-up
    rounds: int = 1             # how often each is taken, with other losses

    @functools.cache
    def files(self):
        with (self.folder / "labels.csv").open(newline="") as file:
            rows = [(row["file"], row["class_index"]) for row in csv.DictReader(file)]
        return rows[:self.limit or None]

    def labels(self):
        """Writes the labels of those that are used."""
        path = WORK / f"{self.name}-{len(self.files())}.csv"
        path.write_text("file,class_index\n" + "".join(f"{name},{index}\n" for name, index in self.files()))
        return path

    def settings(self):
        given = {"scenario.seed": self.seed, "pictures.folder": (self.folder / "images").resolve(),
                 "pictures.labels": self.labels().resolve()}
        return {**given, "pictures.vision": pathlib.Path(self.vision).resolve()} if self.vision else given


def conf(settings):
    """A scenario's text, of settings by "section.key"."""
    sections = {}
    for key, value in sorted(settings.items()):
        section, _, name = key.partition(".")
        sections.setdefault(section, []).append(f"{name} = {value}\n")
    return "".join(f"[{section}]\n{''.join(lines)}" for section, lines in sections.items())


@dataclasses.dataclass(frozen=True)
class Run:
    """A scenario. The number of photographs gives its duration."""
    name: str
    photos: Photos
    settings: tuple             # of pairs: "section.key", value

    def text(self):
        minutes = int(dict(self.settings)["camera.interval"].removesuffix(" min"))
        duration = {"scenario.duration": f"{minutes * len(self.photos.files()) * self.photos.rounds} min"}
        return conf({**self.photos.settings(), **duration, **dict(self.settings)})

    def scenario(self):
        """What the program reads: the text, and which code it was for."""
        return f"# code {code()}\n{self.text()}"

    def file(self, kind):
        key = hashlib.sha256(self.text().encode()).hexdigest()[:8]
        return WORK / f"{self.name}-{key}.{kind}"

    def model(self):
        settings = dict(self.settings)
        return settings.get("camera.codec", "limitnet:" + settings.get("camera.model", "pyramid-224"))

    def __str__(self):
        return self.name


def plan(name, photos, *parts):
    """A run of these settings; later parts stand above earlier ones."""
    return Run(name, photos, tuple((key, value) for part in parts for key, value in part.items()))


def execute(run):
    run.file("json").unlink(missing_ok=True)
    run.file("conf").write_text(run.scenario())
    result = subprocess.run([PROGRAM, "sim", "--json", run.file("conf")], capture_output=True, text=True)
    if result.returncode != 0:
        return f"report: {run}: {result.stderr.strip().splitlines()[-1]}"
    new = run.file("new")
    new.write_text(result.stdout)
    new.replace(run.file("json"))
    return None


def is_done(run):
    """Whether a run has a result, of this code and this model."""
    conf = run.file("conf")
    return conf.exists() and conf.read_text() == run.scenario() and is_current(run.file("json"), run.model())


def simulate(runs):
    """Does the runs that are not done yet, and reports failures. A failed run has no result."""
    waiting = [run for run in dict.fromkeys(runs) if not is_done(run)]
    work_off(waiting, execute, PROCESSES)


# ---- Results ----------------------------------------------------------------------------------------------------

class Result:
    """What `limitnet-lab sim --json` printed."""

    def __init__(self, found):
        self.times, self.pictures, self.totals = found["times"], found["pictures"], found["totals"]
        self.airtime = sum(row["airtime_s"] for row in found["airtime"])
        self.end = self.times[-1]               # at the deadline

    def mean(self, column, keep=lambda number: True):
        """Mean of a column over the pictures, or over some of them, by their number."""
        values = [row[column] for number, row in enumerate(self.pictures) if keep(number)]
        return sum(values) / len(values)

    def top1(self):
        return 100 * self.end["accuracy"]

    def seconds(self):
        """Airtime of a picture."""
        return self.airtime / len(self.pictures)

    def right_by_file(self):
        found = {}
        for row in self.pictures:
            hits, count = found.get(row["file"], (0, 0))
            found[row["file"]] = hits + row["right"], count + 1
        return found


@functools.cache
def result(run):
    """None for a run that failed."""
    path = run.file("json")
    return Result(json.loads(path.read_text())) if path.exists() else None


def top1_of(right, files):
    return 100 * sum(right[name][0] for name in files) / sum(right[name][1] for name in files)


def compare(one, other, measure):
    """A measure of two runs' top-1 with its 95 % interval: a bootstrap over the photographs, which both share."""
    right = one.right_by_file(), other.right_by_file()
    files, dice = sorted(right[0]), random.Random(1)
    drawn = sorted(measure(*(top1_of(by_file, sample) for by_file in right))
                   for sample in (dice.choices(files, k=len(files)) for _ in range(RESAMPLES)))
    return measure(one.top1(), other.top1()), drawn[RESAMPLES // 40], drawn[-RESAMPLES // 40 - 1]


def share(one, other):
    """Percentage that is kept; 0 of nothing."""
    return 100 * one / other if other else 0.0


def points(one, other):
    return one - other
