"""The figures of the report. Each class plans its runs and makes its section from their results."""

import csv
import io
import subprocess

from measure import ADAPTED, EYES, WORK, Pictures, Run, is_trained, laboratory, rows
from page import REPORT, Section, plot, save

MODELS = ("limitnet:pyramid-224", "limitnet:pyramid-224-small", "limitnet:paper-224")
# Models that bring a vision model, seen by that.
SEEN = tuple(f"{model}{ADAPTED}" for model in MODELS if is_trained(f"{model}{ADAPTED}"))
SEEN_NOTE = ("All rows are frozen: a vision model that no codec has shown anything looks. Only in +adapted the vision model "
             "that the model brings looks at few bytes.",) if SEEN else ()
CUT = ("pjpeg", "jpeg2000", "jxl")
WHOLE = ("jpeg", "webp", "avif")
SHRUNK = ("shrink+webp", "shrink+jpeg")
FIXED = tuple(f"learned:fixed-{channels}" for channels in (2, 4, 8, 12))
FEATURES = ("learned:bottlenet++", "learned:deepcod")
LEARNED = ("learned:starfish", *FIXED, *FEATURES, "learned:balle")
REFERENCE = "pjpeg,cut"           # of Bjontegaard's deltas, as in the paper; pictures of 32x32 have another
EVERYTHING = 60000                # bytes: more than any stream has

WAYS = "cut: the sender made one stream without knowing the size, and the stream is cut there. fit: the sender knew the size and chose the largest file that fits."
BARE = "-bare: bytes that are the same in every file are not counted."


def bare(codecs):
    return tuple(f"{c}-bare" for c in codecs)


def label(codec, way):
    return f"{codec}, {way}" if way in ("cut", "fit") else codec


def percent(row, measure, original):
    """A share of the original's value with its 95 % interval."""
    value, low, high = (100 * float(row[measure + end]) / original for end in ("", "_low", "_high"))
    return f"{value:.0f} ({low:.0f}–{high:.0f})"


def described(pictures, original, share):
    what = {"top1": "top-1", "map50": "mAP@0.5"}[pictures.measure]
    return f"Share of the {what} on the uncompressed pictures ({100 * share:.1f} %, {original['n']} pictures of {pictures.name}) that each codec keeps, in %, with 95 % intervals (bootstrap over the pictures)."


class Figure:
    def runs(self):
        return []

    def later(self):
        """Runs that need the results of others."""
        return []


class Curves(Figure):
    """Accuracy against bytes: Fig. 8 of the paper."""

    def __init__(self, title, pictures, codecs, bytes, plotted, paper=None, notes=(), mtu=242, reference=REFERENCE):
        self.title, self.pictures, self.codecs, self.bytes, self.plotted = title, pictures, codecs, bytes, plotted
        self.paper, self.notes, self.mtu, self.reference = paper, list(notes), mtu, reference
        self.original = Run(pictures, "original", ())

    def runs(self):
        return [self.original] + [self.run(codec) for codec in self.codecs]

    def run(self, codec):
        return Run(self.pictures, codec, self.bytes, self.mtu)

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
        self.write_data(name, [row for points in found.values() for row in points.values()])
        self.write_data(f"original-{self.pictures.name}", original)
        images = [plot(name, self.points(found, share), "bytes a picture, at most", "% kept")]
        tables = [self.table(found, share), self.deltas(name)]
        text = [described(self.pictures, original[0], share), WAYS + " " + BARE, *self.notes, "The best codec at each size, all bytes counted:", self.winners(found, share)]
        return Section(self.title, text, images, tables)

    @staticmethod
    def write_data(name, every):
        text = io.StringIO()
        writer = csv.DictWriter(text, every[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(every)
        save(f"{name}.csv", text.getvalue())

    def points(self, found, share):
        """The plot's lines. A codec that has both ways is drawn as cut."""
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
        printed = laboratory("bd", "--reference", self.reference, REPORT / f"{name}.csv")
        lines = [line.split(",") for line in printed.splitlines()[1:]]
        what = {"top1": "top-1", "map50": "mAP@0.5"}[self.pictures.measure]
        return [[f"Bjontegaard's deltas against {self.reference.replace(',', ', ')}", f"bytes at the same {what}, %", f"points of {what} at the same bytes"]] + \
            [[label(c, w), b, a] for c, w, b, a in lines]

    def winners(self, found, share):
        measure, lines = self.pictures.measure, []
        counted = {key: points for key, points in found.items() if not key[0].partition(":")[0].endswith("-bare") and key[0] not in SEEN}
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
        return [self.original] + [Run(self.pictures, codec, (EVERYTHING,)) for codec in (*MODELS, *SEEN, *CUT[:2], *LEARNED)]

    def section(self):
        found = [r for run in self.runs() for r in rows(run) if r["way"] in ("cut", "-") or r["codec"] in LEARNED]
        if not found:
            return None
        measure = self.pictures.measure
        lines = [["codec", "bytes a picture", "top-1, %", "95 % interval"]]
        lines += [[r["codec"], f"{float(r['bytes']):,.0f}", f"{100 * float(r[measure]):.1f}", f"{100 * float(r[measure + '_low']):.1f}–{100 * float(r[measure + '_high']):.1f}"]
                  for r in sorted(found, key=lambda r: float(r["bytes"]))]
        lines += [[codec, "not trained", "", ""] for codec in LEARNED if not is_trained(codec)]
        text = [f"Fig. 9 of the paper: accuracy when a codec's whole stream has arrived ({self.pictures.name}). pjpeg is a progressive JPEG of quality 60. "
                "Codecs that make a file for each size have no whole stream."]
        return Section("All data received", text, [], [lines])


class Incomplete(Figure):
    """Only a share of the data received: Fig. 10a. Fixed-rate autoencoders are not made for this; missing values are zero."""
    SHARES = (0.1, 0.2, 0.4, 0.6, 0.8, 1.0)

    def __init__(self, pictures):
        self.pictures = pictures
        self.whole = {codec: Run(pictures, codec, (EVERYTHING,)) for codec in (*MODELS, *SEEN, "learned:starfish", *FIXED)}

    def runs(self):
        return list(self.whole.values())

    def later(self):
        """Runs that need the length of the whole streams."""
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
        text = [f"Fig. 10a of the paper: top-1 in % on {self.pictures.name} when only a share of a codec's mean stream has arrived, in order and without losses. "
                "fixed-N: autoencoders with N channels; missing values count as zero."]
        return Section("Incomplete data", text, [plot("incomplete", curves, "% of the data received", "top-1, %", logarithmic=False)], [lines])


class Fidelity(Figure):
    """What people see, in figures: how like the originals pictures are."""
    BYTES = (150, 300, 600, 1200, 2500, 4000, 6000)
    PICTURES = 200                        # at most: MS-SSIM takes time
    CODECS = (MODELS[0] + EYES, MODELS[0], "jpeg", "pjpeg", "webp", "avif", *SHRUNK, "avif:128")
    MEASURES = {"psnr": ("PSNR, dB", 10, 36, "{:.1f}"), "ms_ssim": ("MS-SSIM", 0.5, 1, "{:.3f}")}

    def __init__(self, name, folder, limit):
        options = ("--task", "fidelity", "--images", folder, "--limit", str(min(limit or self.PICTURES, self.PICTURES)))
        self.name, self.pictures = name, Pictures("fidelity", options, "psnr")

    def runs(self):
        return [Run(self.pictures, codec, self.BYTES) for codec in self.CODECS]

    def section(self):
        found = {}                        # {(codec, way): {budget: row}}
        for row in (row for run in self.runs() for row in rows(run)):
            found.setdefault((row["codec"], row["way"]), {})[int(row["param"])] = row
        if not found:
            return None
        Curves.write_data("fidelity", [row for points in found.values() for row in points.values()])
        count = next(iter(next(iter(found.values())).values()))["n"]
        text = [f"How like the originals pictures of 224x224 are, on average over {count} pictures of {self.name} (limitnet-lab eval --task fidelity): PSNR, and MS-SSIM over red, green and blue, "
                "with 95 % intervals. No classifier looks here. +eyes: limitnet decode and the service's page show the decoder for eyes, which is trained for the smallest error; vision models look at the other one.",
                WAYS + " shrink+: shrunken before it is coded, and enlarged again; so is avif:128, to 128x128. Where no file fits, the picture is grey."]
        return Section("What people see", text, [self.draw(measure, found) for measure in self.MEASURES], [self.table(measure, found) for measure in self.MEASURES])

    def draw(self, measure, found):
        title, bottom, top, _ = self.MEASURES[measure]
        lines = {label(*key): [(b, float(r[measure])) for b, r in points.items()] for key, points in found.items()}
        return plot(f"fidelity-{measure.replace('_', '-')}", lines, "bytes a picture, at most", title, bottom=bottom, top=top)

    def table(self, measure, found):
        title, _, _, form = self.MEASURES[measure]
        lines = [[title] + [f"{b:,} B" for b in self.BYTES]]
        for key, points in found.items():
            cells = ([form.format(float(points[b][measure + end])) for end in ("", "_low", "_high")] for b in self.BYTES)
            lines.append([label(*key)] + [f"{value} ({low}–{high})" for value, low, high in cells])
        return lines + [[codec] + ["not trained"] * len(self.BYTES) for codec in self.CODECS if not is_trained(codec)]


class Finished(Figure):
    """A finished experiment: its models are not kept, the rows that `limitnet-lab eval` wrote of them are (docs/report/finished.md)."""
    DATE = "2026-11-27"

    def __init__(self, name):
        with (REPORT / f"finished-{name}.csv").open() as file:
            found = list(csv.DictReader(file))
        self.original = next(row for row in found if row["model"] == "original")
        self.points = {}                  # {model: {budget: row}}
        for row in found:
            if row is not self.original:
                self.points.setdefault(row["model"], {})[int(row["param"])] = row
        self.bytes = sorted(next(iter(self.points.values())))

    def kept(self, model, budget):
        """Share of the original's top-1, in %."""
        return 100 * float(self.points[model][budget]["top1"]) / float(self.original["top1"])

    def cells(self, model):
        return [percent(self.points[model][b], "top1", float(self.original["top1"])) for b in self.bytes]

    def text(self):
        return (f"Share of the top-1 on the uncompressed pictures ({100 * float(self.original['top1']):.1f} %, {self.original['n']} pictures of imagenet) that each model keeps, in %. "
                f"A kept result, measured on {self.DATE}: make report does not measure it again. finished.md says how.")


class Gradual(Finished):
    """The parameter of Gradual Scoring: Fig. 10b."""

    def __init__(self):
        super().__init__("gradual")

    def section(self):
        lines = [["model"] + [f"{b:,} B" for b in self.bytes]] + [[model, *self.cells(model)] for model in self.points]
        curves = {model: [(b, self.kept(model, b)) for b in self.bytes] for model in self.points}
        text = ["Fig. 10b of the paper: the paper's encoder, trained five times in the same way (train/configs/gradual: less than paper-224). Each has another G, the weight of the channel's number beside the "
                "saliency in the order. The paper chose 0.2.", self.text()]
        return Section("Gradual Scoring", text, [plot("gradual", curves, "bytes a picture, at most", "% kept", top=60)], [lines])


class FirstStage(Finished):
    """What a first stage costs a camera, and what it keeps: why the default has the one it has."""
    LONGER = ("8x8, pyramid-224", "16x16, trained as pyramid-224")

    def __init__(self):
        super().__init__("first-stage")

    def cost(self, model):
        """Million instructions for a picture and its whole stream."""
        return int(self.points[model][self.bytes[0]]["instructions"]) / 1e6

    def section(self):
        lines = [["first stage", "instructions", "camera RAM"] + [f"{b:,} B" for b in self.bytes]]
        lines += [[model, f"{self.cost(model):.2f} M", f"{int(points[self.bytes[0]]['ram']):,} B", *self.cells(model)] for model, points in self.points.items()]
        alike = [model for model in self.points if model not in self.LONGER]
        curves = {f"{b:,} B": [(self.cost(model), self.kept(model, b)) for model in alike] for b in self.bytes}
        text = ["Pyramids with different first stages, trained in the same way (train/configs/first-stage: less than pyramid-224-small): what they keep, and what a camera pays for a picture and its whole stream "
                "(Cortex-M7 with DSP kernels). All kernels are even or odd along rows and columns. The count for halved chroma is that of kernels on RGB. Kernels on YCbCr would need half the "
                "multiplications, but most cameras would have to convert their pixels first.",
                "The last two rows are the default of that time, now pyramid-224-small, and the 16x16 model that it began as; both saw the same further pictures in the same phases. The plot leaves them out.", self.text()]
        return Section("First stages", text, [plot("first-stage", curves, "million instructions", "% kept", logarithmic=False)], [lines])


class Rivals(Finished):
    """Rivals whose receiver has a vision model of its own, beside the default with its own."""
    DATE = "2026-11-29"

    def __init__(self, curves):
        super().__init__("rivals")
        self.curves = curves              # of the same pictures: the default's rows are measured again

    def section(self):
        original, found = rows(self.curves.original), self.curves.curves()
        if not original:
            return None
        share, lines = float(original[0]["top1"]), [["codec"] + [f"{b:,} B" for b in self.bytes]]
        lines += [[codec, *self.cells(codec)] for codec in self.points]
        drawn = {codec: [(b, self.kept(codec, b)) for b in self.bytes] for codec in self.points}
        for codec, points in ((codec, found[codec, "cut"]) for codec in (MODELS[0], *SEEN[:1])):
            lines.append([codec] + [percent(points[b], "top1", share) for b in self.bytes])
            drawn[codec] = [(b, 100 * float(points[b]["top1"]) / share) for b in self.bytes]
        text = ["+adapted: the receiver looks with a vision model that was trained behind this codec, as that of pyramid-224 was behind its decoder (python -m limitnet_train rival): "
                "the same phase, pictures, budgets, loss and choice of the average. From the bytes on at which the original keeps as much, the original looks. "
                "The vision model of pyramid-224 began as one that had seen 90,816 pictures behind an earlier decoder; that of a rival begins as the original. "
                "The rows of pyramid-224 are those of the curves above.",
                self.text()]
        return Section("Rivals with a vision model of their own", text, [plot("rivals", drawn, "bytes a picture, at most", "% kept")], [lines])


class Losses(Figure):
    """One duty cycle of a link that loses packets, as in the paper's runs over LoRaWAN."""
    MODELS = (MODELS[0], "limitnet:paper-224", "limitnet:pyramid-32")
    BUDGET, MTU, LOSSES = 1850, 51, ("0", "0.1", "0.4", "0.7")     # 0.74 s at 2.5 KB/s
    PAPER = {"LimitNet": ("82.1", "81.2", "71.4"), "progressive JPEG": ("61.7", "43.1", "0"), "Starfish": ("10.2", "2.6", "1.0")}

    def __init__(self, pictures):
        self.pictures = pictures
        self.kinds = []
        for model in self.MODELS:
            self.kinds.append((f"{model}, repair packets for the loss", model, "cut", ()))
            self.kinds.append((f"{model}, no repair packets", model, "cut", ("--protect", "0")))
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
        text = [f"One duty cycle of the paper's link runs: the camera sends {self.BUDGET:,} bytes in one go (0.74 s at 2.5 KB/s), in packets of {self.MTU} bytes, and the link loses a share of them; {self.pictures.name}. "
                "Files are sent once, and everything after a gap is useless; the packet numbers that files would need are not counted. All codecs meet the same losses (seed 1). "
                "The whole stream of pyramid-32, which codes pictures at their own 32x32 pixels, is shorter than that; so is webp:32's largest file."]
        return Section("Packets lost", text, [], [lines])


class Saliency(Figure):
    """The map that the camera computes and the map that it sends, against masks that people drew."""
    MAPS = {"full": "the branch's own map", "sent": "the 8x8 levels sent", "centre": "a bright spot in the middle of every picture", "none": "grey"}
    MEASURES = {"mae": "mean absolute error", "max_f": "max F-measure", "s_measure": "S-measure"}

    def __init__(self, folder, limit):
        self.folder, self.limit = folder, ["--limit", limit] if limit else []

    def section(self):
        out = WORK / "saliency.csv"
        laboratory("saliency", "--images", f"{self.folder}/images", "--masks", f"{self.folder}/masks", *self.limit, "-o", out)
        with out.open() as file:
            found = list(csv.DictReader(file))
        lines = [["model", "map", *self.MEASURES.values()]]
        lines += [[r["model"], self.MAPS[r["map"]], *(f"{float(r[m]):.3f} ({float(r[m + '_low']):.3f}–{float(r[m + '_high']):.3f})" for m in self.MEASURES)] for r in found]
        text = [f"Maps of {found[0]['n']} pictures against people's masks (limitnet-lab saliency; DUTS-TE), with 95 % intervals. Good is a small error and a large F- and S-measure. "
                "Photographers put objects in the middle, so a map is worth only what it scores above a bright spot there."]
        return Section("Saliency", text, [], [lines])


class Panels(Figure):
    """Figures 1 and 11 of the paper, drawn from the repository's photographs."""
    PROGRESS, MAPS = "tests/pictures/cat.jpg", ("tests/pictures/cat.jpg", "tests/pictures/coffee.webp", "tests/pictures/rocket.png", "tests/pictures/astronaut.ppm")
    TOOL = (".cache/venv/bin/python", "lab/tools/panels.py")

    def draw(self, kind, pictures, name):
        new = REPORT / f"new-{name}"
        try:
            subprocess.run([*self.TOOL, kind, *pictures, "-o", new], check=True)
            new.replace(REPORT / name)
        finally:
            new.unlink(missing_ok=True)
        return name

    def section(self):
        text = ["Fig. 1 of the paper: one picture while its stream arrives, and the classifier's answer to each.",
                "Fig. 11 of the paper: a picture, the camera's map, the map that is sent, and the picture after 600 bytes."]
        return Section("What arrives", text, [self.draw("progress", [self.PROGRESS], "progress.png"), self.draw("maps", self.MAPS, "maps.png")], [])
