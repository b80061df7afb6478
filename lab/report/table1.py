"""Table 1 of the paper: what its rivals published, beside ours at the same bytes.

table1.csv has what they say of themselves, table1-points.csv their accuracy at a number of bytes; each figure has a
mark that says how it was found, and its source.
"""

import csv
import math
import pathlib

from figures import MODELS, Figure
from measure import ADAPTED
from page import REPORT, Section, plot

DATA = pathlib.Path(__file__).parent
COSTS = pathlib.Path("firmware/figures.csv")
ASPECTS = {"sent": "bytes sent", "kept": "accuracy kept", "cost": "cost on the device", "partial": "a part of the data",
           "unfair": "why it is not like for like"}
MARKS = ("T: printed in a paper or in files beside its program. F: read off a figure (about a point, about 50 bytes). "
         "A: from an abstract; the paper could not be read. D: follows from shapes or times that are published. "
         "2nd: another paper says so.")
UNFAIR = [
    "Classifiers, pictures and measures differ from paper to paper, so only shares of the uncompressed pictures' "
    "accuracy stand side by side. A * marks a share of the accuracy that the classifier is known for: the source "
    "prints none of its own.",
    "Ours are few and easy pictures: see above. Theirs are mostly the 50,000 of ImageNet's validation part.",
    "Some receivers were trained for the codec, some even for each size. Ours is frozen, unless the row says adapted.",
    "Our bytes hold all heads of all packets. No published figure of ImageNet does, and most of theirs end with one "
    "lost byte.",
    "At 384 pixels a side a picture has three times the pixels of one of 224.",
    "Who wants only a label needs no picture: MCUNet on a microcontroller keeps 40.4 to 68.0 % top-1 and sends two "
    "bytes (T, mit-han-lab/mcunet). A picture pays where people look at it, and where classes change.",
]


def read(path):
    with path.open() as file:
        return list(csv.DictReader(file))


class Sources:
    """Numbers of sources, in the order in which they are named."""

    def __init__(self):
        self.names = []

    def number(self, name):
        if name not in self.names:
            self.names.append(name)
        return f"[{self.names.index(name) + 1}]"

    def list(self):
        return "Sources: " + "; ".join(f"[{i + 1}] {name}" for i, name in enumerate(self.names)) + "."


class Ours:
    """What one of our models keeps, from the report's own tables."""

    def __init__(self, pictures, codec):
        self.points = [row for row in read(REPORT / f"accuracy-{pictures}.csv") if row["codec"] == codec]
        self.original = read(REPORT / f"original-{pictures}.csv")[0]

    def share(self, row, measure):
        return 100 * float(row[measure]) / float(self.original[measure])

    def kept(self, size, measure):
        """In %, between two measured sizes on a logarithmic scale; at more bytes than were measured, that of the
        most. None below the least."""
        points = sorted((int(row["param"]), self.share(row, measure)) for row in self.points)
        if not points or size < points[0][0]:
            return None
        for (low, a), (high, b) in zip(points, points[1:]):
            if size <= high:
                return a + (b - a) * math.log(size / low) / math.log(high / low)
        return points[-1][1]


def rounded(share):
    return "-" if share is None else f"{share:.0f}"


class Table1(Figure):
    """Made after the figures whose tables it reads."""

    def __init__(self):
        self.said, self.points = read(DATA / "table1.csv"), read(DATA / "table1-points.csv")

    def section(self):
        if not all((REPORT / f"accuracy-{name}.csv").exists() for name in ("imagenet", "cifar")):
            return None
        sources = Sources()
        tables = [self.claims(sources), self.beside(sources)]
        text = ["What the paper's rivals published, with marks for how each figure was found and the number of its "
                "source, and ours. Below it, all that can be put on one axis, also from papers that the paper does "
                "not name.", MARKS, UNFAIR, "The plot has top-1 on ImageNet. Ours between two measured sizes is "
                "interpolated; beyond the largest it is that of the largest.", sources.list()]
        return Section("Table 1: what others published", text, [self.plot()], tables)

    def claims(self, sources):
        lines = [["method", *ASPECTS.values()]]
        for method in dict.fromkeys(row["method"] for row in self.said):
            lines.append([method] + [self.cell(method, aspect, sources) for aspect in ASPECTS])
        return lines + [self.own_row()]

    def cell(self, method, aspect, sources):
        rows = [row for row in self.said if (row["method"], row["aspect"]) == (method, aspect)]
        marked = (f"{row['figure']} ({row['mark']}, {sources.number(row['source'])})" if row["mark"] else row["figure"]
                  for row in rows)
        return "; ".join(marked) or "not found"

    def own_row(self):
        ours = Ours("imagenet", MODELS[0])
        kept = "; ".join(f"{ours.share(row, 'top1'):.0f} % at {int(row['param']):,} B" for row in ours.points)
        return [f"ours: {MODELS[0]}", "any size", f"of top-1, ImageNet: {kept}", self.own_cost(),
                "every packet that arrives; a stream may be cut anywhere", "see above"]

    @staticmethod
    def own_cost():
        found = {row["figure"]: int(row["value"]) for row in read(COSTS)
                 if (row["model"], row["cpu"], row["kernels"]) == (MODELS[0].partition(":")[2], "m7", "dsp")}
        if not found:
            return "not measured"
        instructions = sum(found[part] for part in ("rows", "finish", "packets")) / 1e6
        return (f"Cortex-M7: {instructions:.1f} M instructions with 4,000 B of packets, {found['ram'] / 1000:.1f} KB "
                f"of RAM, {found['model'] / 1000:.1f} KB of flash for the model")

    def beside(self, sources):
        """Every published point, and ours at its bytes."""
        models = [MODELS[0], f"{MODELS[0]}{ADAPTED}"]
        ours = {(name, codec): Ours(name, codec) for name in ("imagenet", "cifar") for codec in models}
        models = [codec for codec in models if ours["imagenet", codec].points]
        lines = [["method", "pictures", "receiver", "bytes", "accuracy, %", "kept, %", *models, "source"]]
        for p in self.points:
            own = [rounded(ours[p["pictures"], codec].kept(int(p["bytes"]), p["measure"])) for codec in models]
            lines.append([p["method"], f"{p['pictures']}, {p['side']}", p["receiver"], f"{int(p['bytes']):,}",
                          f"{p['accuracy']} {p['measure'].replace('top', 'top-')}", self.share(p), *own,
                          f"{p['mark']}, {sources.number(p['source'])}"])
        return lines

    @staticmethod
    def share(p):
        """What a published point keeps, in %."""
        star = "*" if p["original_from"] == "classifier" else ""
        return f"{100 * float(p['accuracy']) / float(p['original']):.0f}{star}"

    def plot(self):
        ours, lines = Ours("imagenet", MODELS[0]), {}
        lines[MODELS[0]] = [(int(row["param"]), ours.share(row, "top1")) for row in ours.points]
        for p in self.points:
            if (p["pictures"], p["measure"]) == ("imagenet", "top1"):
                share = 100 * float(p["accuracy"]) / float(p["original"])
                lines.setdefault(p["method"], []).append((int(p["bytes"]), share))
        return plot("table1", lines, "bytes a picture", "% of top-1 kept")
