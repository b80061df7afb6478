"""The figures of the report. Each class plans its runs and, when they are done, makes its section."""

import csv
import pathlib
import subprocess

from measure import WORK, Run, is_trained, laboratory, rows
from page import REPORT, Section, plot

MODELS = ("limitnet:pyramid-224", "limitnet:paper-224")
CUT = ("pjpeg", "jpeg2000", "jxl")
WHOLE = ("jpeg", "webp", "avif")
SHRUNK = ("shrink+webp", "shrink+jpeg")
FIXED = tuple(f"learned:fixed-{channels}" for channels in (2, 4, 8, 12))
FEATURES = ("learned:bottlenet++", "learned:deepcod")
LEARNED = ("learned:starfish", *FIXED, *FEATURES, "learned:balle")
REFERENCE = "pjpeg,cut"           # of Bjontegaard's deltas: what the paper compares with
EVERYTHING = 60000                # bytes that no stream needs

WAYS = "cut: one stream, made without knowing the size, is cut there. fit: the sender knew the size and chose the largest file that fits."
BARE = "A name that ends in -bare does not count the bytes that are the same in every file."


def bare(codecs):
    return tuple(f"{c}-bare" for c in codecs)


def label(codec, way):
    return f"{codec}, {way}" if way in ("cut", "fit") else codec


def percent(row, measure, original):
    """A share of the original's value with its interval of 95 %."""
    value, low, high = (100 * float(row[measure + end]) / original for end in ("", "_low", "_high"))
    return f"{value:.0f} ({low:.0f}–{high:.0f})"


def described(pictures, original, share):
    what = {"top1": "top-1", "map50": "mAP@0.5"}[pictures.measure]
    return f"Share of the {what} on the untouched pictures ({100 * share:.1f} %, {original['n']} pictures of {pictures.name}) that is kept, in %, with intervals of 95 % (bootstrap over the pictures)."


class Figure:
    def runs(self):
        return []

    def later(self):
        """Runs that need the results of others."""
        return []


class Curves(Figure):
    """Accuracy against bytes: Fig. 8 of the paper."""

    def __init__(self, title, pictures, codecs, bytes, plotted, paper=None, notes=()):
        self.title, self.pictures, self.codecs, self.bytes, self.plotted = title, pictures, codecs, bytes, plotted
        self.paper, self.notes = paper, list(notes)
        self.original = Run(pictures, "original", ())

    def runs(self):
        return [self.original] + [self.run(codec) for codec in self.codecs]

    def run(self, codec):
        return Run(self.pictures, codec, self.bytes)

    def curves(self):
        """{(codec, way): {budget: row}}"""
        found = {}
        for codec in self.codecs:
            for row in rows(self.run(codec)):
                found.setdefault((codec, row["way"]), {})[int(row["param"])] = row
        return found

    def section(self):
        original = rows(self.original)
        if not original:
            return None
        share, found = float(original[0][self.pictures.measure]), self.curves()
        name = f"accuracy-{self.pictures.name}"
        self.write_data(name, found)
        images = [plot(name, self.points(found, share), "bytes a picture, at most", "% kept")]
        tables = [self.table(found, share), self.deltas(name)]
        text = [described(self.pictures, original[0], share), WAYS + " " + BARE, *self.notes, "Most at each size, all bytes counted:", self.winners(found, share)]
        return Section(self.title, text, images, tables)

    def write_data(self, name, found):
        every = [row for points in found.values() for row in points.values()]
        with open(REPORT / f"{name}.csv", "w", newline="") as file:
            writer = csv.DictWriter(file, every[0].keys(), lineterminator="\n")
            writer.writeheader()
            writer.writerows(every)

    def points(self, found, share):
        """The plot's lines; of a codec that has both ways, the cut one."""
        measure, lines = self.pictures.measure, {}
        for (codec, way), points in found.items():
            if codec in self.plotted and (way == "cut" or (codec, "cut") not in found):
                lines[label(codec, way)] = [(b, 100 * float(r[measure]) / share) for b, r in points.items() if float(r[measure]) > 0]
        if self.paper:
            points, original = self.paper
            lines["the paper"] = [(b, 100 * v / original) for b, v in points.items()]
        return lines

    def table(self, found, share):
        lines = [["codec"] + [f"{b:,} B" for b in self.bytes]]
        for (codec, way), points in found.items():
            lines.append([label(codec, way)] + [percent(points[b], self.pictures.measure, share) for b in self.bytes])
        return lines + [[codec] + ["not trained"] * len(self.bytes) for codec in self.codecs if not is_trained(codec)]

    def deltas(self, name):
        printed = laboratory("bd", "--reference", REFERENCE, REPORT / f"{name}.csv")
        lines = [line.split(",") for line in printed.splitlines()[1:]]
        what = {"top1": "top-1", "map50": "mAP@0.5"}[self.pictures.measure]
        return [[f"Bjontegaard's deltas against {REFERENCE.replace(',', ', ')}", f"bytes at the same {what}, %", f"points of {what} at the same bytes"]] + \
            [[label(c, w), b, a] for c, w, b, a in lines]

    def winners(self, found, share):
        measure, lines = self.pictures.measure, []
        counted = {key: points for key, points in found.items() if not key[0].partition(":")[0].endswith("-bare")}
        for b in self.bytes:
            value = {key: 100 * float(points[b][measure]) / share for key, points in counted.items()}
            best, ours = max(value, key=value.get), max((k for k in value if k[0].startswith("limitnet:")), key=lambda k: value[k])
            rest = "" if best == ours else f"; ours, {label(*ours)}, {value[ours]:.0f} %"
            lines.append(f"{b:,} B: {label(*best)}, {value[best]:.0f} %{rest}")
        return lines


class Everything(Figure):
    """All data received: Fig. 9."""

    def __init__(self, pictures):
        self.pictures = pictures
        self.original = Run(pictures, "original", ())

    def runs(self):
        return [self.original] + [Run(self.pictures, codec, (EVERYTHING,)) for codec in (*MODELS, *CUT[:2], *LEARNED)]

    def section(self):
        found = [r for run in self.runs() for r in rows(run) if r["way"] in ("cut", "-") or r["codec"] in LEARNED]
        if not found:
            return None
        measure = self.pictures.measure
        lines = [["codec", "bytes a picture", "top-1, %", "interval of 95 %"]]
        lines += [[r["codec"], f"{float(r['bytes']):,.0f}", f"{100 * float(r[measure]):.1f}", f"{100 * float(r[measure + '_low']):.1f}–{100 * float(r[measure + '_high']):.1f}"]
                  for r in sorted(found, key=lambda r: float(r["bytes"]))]
        lines += [[codec, "not trained", "", ""] for codec in LEARNED if not is_trained(codec)]
        text = [f"Fig. 9 of the paper: what every codec is worth when its whole stream has arrived ({self.pictures.name}). pjpeg is a progressive JPEG of quality 60; "
                "of files that are made for a size there is no whole."]
        return Section("All data received", text, [], [lines])


class Incomplete(Figure):
    """A share of the data received: Fig. 10a. Fixed-rate autoencoders were not made for it; missing values are zero."""
    SHARES = (0.1, 0.2, 0.4, 0.6, 0.8, 1.0)

    def __init__(self, pictures):
        self.pictures = pictures
        self.whole = {codec: Run(pictures, codec, (EVERYTHING,)) for codec in (*MODELS, "learned:starfish", *FIXED)}

    def runs(self):
        return list(self.whole.values())

    def later(self):
        """The runs that need to know how long whole streams are."""
        return [self.partial(codec) for codec in self.whole if rows(self.whole[codec])]

    def partial(self, codec):
        size = float(rows(self.whole[codec])[0]["bytes"])
        return Run(self.pictures, codec, tuple(max(11, round(size * share)) for share in self.SHARES))

    def section(self):
        lines, curves = [["codec", "all, B"] + [f"{share:.0%}" for share in self.SHARES]], {}
        for codec, whole in self.whole.items():
            if not rows(whole):
                lines.append([codec, "not trained"] + [""] * len(self.SHARES))
                continue
            top1 = [100 * float(r["top1"]) for r in rows(self.partial(codec))]
            curves[codec] = list(zip((100 * s for s in self.SHARES), top1))
            lines.append([codec, f"{float(rows(whole)[0]['bytes']):,.0f}"] + [f"{v:.1f}" for v in top1])
        text = [f"Fig. 10a of the paper: top-1 in % on {self.pictures.name} when only a share of a codec's own mean stream has arrived, in order and without losses. "
                "fixed-N: autoencoders with N channels, whose missing values are taken for zero."]
        return Section("Incomplete data", text, [plot("incomplete", curves, "% of the data received", "top-1, %", logarithmic=False)], [lines])


class Gradual(Curves):
    """The parameter of Gradual Scoring: Fig. 10b."""
    FACTORS = {"0": "0", "01": "0.1", "02": "0.2", "04": "0.4", "1": "1.0"}

    def __init__(self, pictures):
        codecs = tuple(f"limitnet:models/gradual/{name}" for name in self.FACTORS)
        super().__init__("Gradual Scoring", pictures, codecs, (300, 600, 1200, 2000, 3000), codecs)

    def factor(self, codec):
        return self.FACTORS[codec.rpartition("/")[2]]

    def section(self):
        found = self.curves()
        if not rows(self.original) or not found:
            return None
        share = float(rows(self.original)[0]["top1"])
        named = {f"G = {self.factor(codec)}": points for (codec, _), points in found.items()}
        lines = [["model"] + [f"{b:,} B" for b in self.bytes]]
        lines += [[name] + [percent(points[b], "top1", share) for b in self.bytes] for name, points in named.items()]
        lines += [[f"G = {self.factor(c)}"] + ["not trained"] * len(self.bytes) for c in self.codecs if not is_trained(c)]
        curves = {name: [(b, 100 * float(r["top1"]) / share) for b, r in points.items()] for name, points in named.items()}
        text = ["Fig. 10b of the paper: the encoder of the paper, trained five times alike (train/configs/gradual: less than paper-224), with another weight G of the "
                f"channel's number beside the saliency in the order. Share of the original's top-1 kept, in %, on {self.pictures.name}. The paper chose 0.2."]
        return Section(self.title, text, [plot("gradual", curves, "bytes a picture, at most", "% kept", top=60)], [lines])


class FirstStage(Curves):
    """What a first stage costs a camera, and what it keeps: why the default has the one it has."""
    ALIKE = {"8": "8x8", "8-half-chroma": "8x8, chroma halved", "12": "12x12", "16": "16x16"}
    LONGER = {"pyramid-224": "8x8, `pyramid-224`", "models/first-stage/16-longer": "16x16, trained as `pyramid-224`"}
    COUNTS = pathlib.Path("firmware/figures.csv")

    def __init__(self, pictures):
        self.alike = {f"limitnet:models/first-stage/{name}": label for name, label in self.ALIKE.items()}
        self.named = self.alike | {f"limitnet:{name}": label for name, label in self.LONGER.items()}
        super().__init__("First stages", pictures, tuple(self.named), (300, 1200, 2500), tuple(self.named))

    def instructions(self):
        """Millions by model: a picture and its whole stream on the M7 with DSP kernels, as `make firmware-report` counted them."""
        found = {}
        with self.COUNTS.open() as file:
            for row in csv.DictReader(file):
                if (row["cpu"], row["kernels"]) == ("m7", "dsp") and row["figure"] in ("rows", "finish", "packets"):
                    found[row["model"]] = found.get(row["model"], 0) + int(row["value"]) / 1e6
        return found

    def section(self):
        found, counted = self.curves(), self.instructions()
        if not rows(self.original) or not found:
            return None
        share = float(rows(self.original)[0]["top1"])
        named = {codec: points for (codec, _), points in found.items()}
        cost = {codec: counted[codec.removeprefix("limitnet:").removeprefix("models/")] for codec in named}
        lines = [["first stage", "instructions"] + [f"{b:,} B" for b in self.bytes]]
        lines += [[self.named[c], f"{cost[c]:.2f} M"] + [percent(points[b], "top1", share) for b in self.bytes] for c, points in named.items()]
        curves = {f"{b:,} B": [(cost[c], 100 * float(points[b]["top1"]) / share) for c, points in named.items() if c in self.alike] for b in self.bytes}
        text = ["Pyramids that differ in the first stage, trained alike (train/configs/first-stage: less than pyramid-224): the share of the original's top-1 kept, in %, "
                f"on {self.pictures.name}, beside a camera's work on a picture and its whole stream (Cortex-M7 with DSP kernels, firmware/figures.csv). All kernels are even or odd along rows and "
                "columns. The one with chroma halved is counted as it stands, as kernels on RGB: kernels on YCbCr would have half the multiplications, but most cameras' pixels would have to be converted first.",
                "The last two rows: the default, and the 16x16 model that it began as, given the same pictures in the same phases again. They are not in the picture."]
        image = plot("first-stage", curves, "million instructions", "% kept", logarithmic=False)
        return Section(self.title, text, [image], [lines])


class Losses(Figure):
    """One duty cycle of a link that loses packets, as in the paper's runs over LoRaWAN."""
    BUDGET, MTU, LOSSES = 1850, 51, ("0", "0.1", "0.4", "0.7")     # 0.74 s at 2.5 KB/s
    PAPER = {"LimitNet": ("82.1", "81.2", "71.4"), "progressive JPEG": ("61.7", "43.1", "0"), "Starfish": ("10.2", "2.6", "1.0")}

    def __init__(self, pictures):
        self.pictures = pictures
        self.kinds = [(f"{MODELS[0]}, repair packets a third more than the losses", MODELS[0], "cut", ())]
        self.kinds += [(f"{MODELS[0]}, no repair packets", MODELS[0], "cut", ("--protect", "0"))]
        self.kinds += [(label(c, w), c, w, ()) for c, w in (("learned:starfish", "cut"), ("pjpeg", "cut"), ("webp:32", "fit"))]

    def run(self, codec, options, loss):
        return Run(self.pictures, codec, (self.BUDGET,), self.MTU, (*options, "--loss", loss, "--seed", "1"))

    def runs(self):
        return [self.run(codec, options, loss) for _, codec, _, options in self.kinds for loss in self.LOSSES]

    def section(self):
        lines = [["top-1, %"] + [f"{float(loss):.0%} lost" for loss in self.LOSSES]]
        for name, codec, way, options in self.kinds:
            missing = "not measured" if is_trained(codec) else "not trained"
            cells = [next((f"{100 * float(r['top1']):.1f}" for r in rows(self.run(codec, options, loss)) if r["way"] == way), missing) for loss in self.LOSSES]
            lines.append([name] + cells)
        lines += [[f"the paper's {name} (EfficientNet-B0)", "", *values] for name, values in self.PAPER.items()]
        text = [f"One duty cycle of the paper's link runs: {self.BUDGET:,} bytes are sent in one go (0.74 s at 2.5 KB/s), in packets of {self.MTU} bytes, of which so many get lost; {self.pictures.name}. "
                "Files are sent once, and nothing behind a gap is of use; the numbers that their packets would need are not counted. The losses (seed 1) are the same for all."]
        return Section("Packets lost", text, [], [lines])


class Saliency(Figure):
    """The map that the camera makes and the one it sends, against masks that people drew."""
    MAPS = {"full": "the branch's own map", "sent": "the 8x8 levels that are sent", "centre": "a bright spot in the middle of every picture", "none": "grey"}
    MEASURES = {"mae": "mean absolute error", "max_f": "max F-measure", "s_measure": "S-measure"}

    def __init__(self, folder, limit):
        self.folder, self.limit = folder, ["--limit", limit] if limit else []

    def section(self):
        out = WORK / "saliency.csv"
        models = ",".join(model.partition(":")[2] for model in MODELS)
        laboratory("saliency", "--images", f"{self.folder}/images", "--masks", f"{self.folder}/masks", "--model", models, *self.limit, "-o", out)
        with out.open() as file:
            found = list(csv.DictReader(file))
        lines = [["model", "map", *self.MEASURES.values()]]
        lines += [[r["model"], self.MAPS[r["map"]], *(f"{float(r[m]):.3f} ({float(r[m + '_low']):.3f}–{float(r[m + '_high']):.3f})" for m in self.MEASURES)] for r in found]
        text = [f"Maps of {found[0]['n']} pictures against people's masks (limitnet saliency; DUTS-TE), with intervals of 95 %: a small error, a large F- and S-measure are good. "
                "People's objects lie in the middle, so a map is worth only what it has above the spot there."]
        return Section("Saliency", text, [], [lines])


class Panels(Figure):
    """Figures 1 and 11 of the paper on the repository's own photographs."""
    PROGRESS, MAPS = "tests/pictures/cat.jpg", ("tests/pictures/cat.jpg", "tests/pictures/coffee.webp", "tests/pictures/rocket.png", "tests/pictures/astronaut.ppm")
    TOOL = (".cache/venv/bin/python", "lab/tools/panels.py")

    def draw(self, kind, pictures, name):
        subprocess.run([*self.TOOL, kind, *pictures, "-o", REPORT / name], check=True)
        return name

    def section(self):
        text = ["Fig. 1 of the paper: one picture while its stream comes in, and what the classifier makes of it.",
                "Fig. 11 of the paper: a picture, the camera's map of saliency, the map that is sent, and what 600 bytes show."]
        return Section("What arrives", text, [self.draw("progress", [self.PROGRESS], "progress.png"), self.draw("maps", self.MAPS, "maps.png")], [])
