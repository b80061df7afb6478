"""What the parts of the report are made of."""

import csv
import io
import pathlib

from page import plot, save
from simulate import conf, result

REPORT = pathlib.Path("docs/link")


class Part:
    """Plans its runs and makes its section from their results."""

    def runs(self):
        raise NotImplementedError

    def later(self):
        """Runs that need the results of others."""
        return []

    def section(self):
        raise NotImplementedError


def is_complete(part):
    return all(result(run) for run in part.runs()) and all(result(run) for run in part.later())


def scenario(settings):
    """The settings that the runs of a section share, as text of a scenario."""
    return "    " + conf(settings).rstrip().replace("\n", "\n    ")


def of_photos(photos):
    times = f", each {photos.rounds} times with other losses" if photos.rounds > 1 else ""
    return f"{len(photos.files())} pictures of {photos.name}{times}, seed {photos.seed}"


def number(value, digits=0):
    return f"{value:,.{digits}f}"


def percent(row):
    """The top-1 of a row of times, with its interval (Wilson)."""
    return f"{100 * row['accuracy']:.1f} ({100 * row['low']:.1f}–{100 * row['high']:.1f})"


def interval(values):
    value, low, high = values
    return f"{value:.1f} ({low:.1f} to {high:.1f})"


def save_runs(name, runs):
    """A CSV file of these runs, {what differs: run}. Returns a sentence about it."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["run", "scenario", "pictures", "time_s", "top1", "top1_low", "top1_high", "bytes_arrived_by_then",
                   "bytes_sent", "airtime_s"])
    for title, run in runs.items():
        found = result(run)
        for row in found.times:
            shares = [f"{100 * row[column]:.2f}" for column in ("accuracy", "low", "high")]
            rows.writerow([title, run.file("conf").name, len(found.pictures), row["time_s"], *shares,
                           row["mean_bytes_arrived"], f"{found.mean('bytes_sent'):.1f}", f"{found.seconds():.3f}"])
    save(f"{name}.csv", text.getvalue(), REPORT)
    return f"{name}.csv has a row for each time of each run, and its scenario: `limitnet-lab sim build/link/SCENARIO`."


def draw(name, curves, x, y, top=100):
    return plot(name, curves, x, y, logarithmic=False, top=top, folder=REPORT)
