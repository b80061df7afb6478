"""The paper's link: its Table 6 and Fig. 13 (Hojjat et al., MobiSys 2024)."""

from figures import Losses
from page import Section
from sections import Part, draw, interval, number, of_photos, percent, save_runs, scenario
from simulate import compare, plan, result, share

# What is sent, and how: a line each.
SYSTEMS = {
    "pyramid-224, repair packets": {},
    "pyramid-224, repeats": {"camera.protection": "none"},
    "pyramid-32, repair packets": {"camera.model": "pyramid-32"},
    "paper-224, repeats (the paper's way)": {"camera.model": "paper-224", "camera.protection": "none"},
    "pyramid-224, index order": {"camera.order": "index", "camera.protection": "none", "camera.expected loss": 0},
    "pyramid-224, index order, repair packets": {"camera.order": "index"},
    "progressive JPEG": {"camera.codec": "pjpeg"},
    "progressive JPEG, retransmission": {"camera.codec": "pjpeg", "camera.retransmission": "yes"},
    "Starfish": {"camera.codec": "learned:starfish"},
    "Starfish, retransmission": {"camera.codec": "learned:starfish", "camera.retransmission": "yes"},
}
DRAWN = [name for name in SYSTEMS if not name.endswith(("retransmission", "order, repair packets"))]     # in Fig. 13
LINK = {"scenario.times": "800 ms", "camera.interval": "1 min", "camera.deadline": "800 ms",
        "camera.airtime a picture": "740 ms", "network.name": "stream", "network.payload": 51,
        "network.rate": "20 kbit/s"}
TIMES = {"scenario.times": "150 ms, 300 ms, 450 ms, 600 ms, 740 ms"}
GAMMA = {"link.gamma": "5 kbit/s"}
TRUE, BY_BYTES = (0.1, 0.4, 0.7), (0.12, 0.29, 0.73)    # the paper's names of its losses, and what its bytes say
PAPER_KEPT, PAPER_BYTES = ("97", "96", "84"), ("1,620", "1,310", "500")
PANELS = {"a": (0, {}), "b": (0.29, {}), "c": (0, GAMMA), "d": (0.29, GAMMA), "b-40": (0.4, {}), "d-40": (0.4, GAMMA)}
CANNOT_BE = [
    "What cannot be in the paper's link: 2.5 KB/s over LoRa (SF7 at 125 kHz carries 606 B/s), so a plain stream stands "
    "in for it. And its column of 40 % is 29 % by its own bytes: 1.31 of 1.85 KB arrived. So both stand here: the "
    "losses by name (10, 40, 70 %) and by the paper's bytes (12, 29, 73 %).",
    "The paper enlarges the 32x32 pictures to 224x224, and so does every row here but one: pyramid-32 takes them as they "
    "are, which a camera of such pictures would do.",
    "The paper's classifier is EfficientNet-B0, about 86 % right on the originals. Ours is EfficientNet-Lite0, trained "
    "on for CIFAR-100 (models/pyramid-32), so compare what is kept, not top-1. Cameras know the mean loss."]


class Paper(Part):
    """Both figures come from the same runs, since Table 6 is the end of panels a and b."""

    def __init__(self, photos):
        self.photos = photos

    def run(self, system, loss, bandwidth=()):
        drawn = TIMES if (loss, dict(bandwidth)) in PANELS.values() else {}
        name = f"paper-{list(SYSTEMS).index(system) + 1}-{loss}" + ("-gamma" if bandwidth else "")
        return plan(name, self.photos, LINK, drawn, SYSTEMS[system], {"link.loss": loss}, dict(bandwidth))

    def named(self):
        table = {f"{system}, {100 * loss:.0f} % lost": self.run(system, loss) for system in SYSTEMS
                 for loss in sorted((0, *TRUE, *BY_BYTES))}
        return {**table, **{f"{system}, {100 * loss:.0f} % lost, gamma": self.run(system, loss, GAMMA)
                            for system in DRAWN for loss, bandwidth in PANELS.values() if bandwidth}}

    def runs(self):
        return list(self.named().values())

    def head(self, what):
        return [what] + [f"{100 * loss:.0f} %" for pair in zip(TRUE, BY_BYTES) for loss in pair]

    def papers(self, values):
        """The paper's figures stand in the columns of its bytes."""
        return [cell for value in values for cell in ("", value)]

    def columns(self, system, cell):
        return [cell(result(self.run(system, loss))) for pair in zip(TRUE, BY_BYTES) for loss in pair]

    def table(self):
        top1 = [self.head("top-1, %; frames lost:")]
        kept = [self.head("of the top-1 without loss, %")]
        arrived = [self.head("bytes that arrived")]
        for system in SYSTEMS:
            free = result(self.run(system, 0))
            top1.append([system] + self.columns(system, lambda found: percent(found.end)))
            kept.append([f"{system}: {free.top1():.1f} without loss"] +
                        self.columns(system, lambda found: interval(compare(found, free, share))))
            arrived.append([system] + self.columns(system, lambda found: number(found.mean("bytes_arrived"))))
        top1 += [[f"the paper's {name}", *self.papers(values)] for name, values in Losses.PAPER.items()]
        kept.append(["the paper's LimitNet", *self.papers(PAPER_KEPT)])
        arrived.append(["the paper", *self.papers(PAPER_BYTES)])
        return [top1, kept, arrived]

    def panel(self, name):
        loss, bandwidth = PANELS[name]
        curves = {system: [(1000 * row["time_s"], 100 * row["accuracy"])
                           for row in result(self.run(system, loss, bandwidth)).times if row["time_s"] <= 0.74]
                  for system in DRAWN}
        return draw(f"fig13-{name}", curves, "milliseconds since the picture", "top-1, %")

    def section(self):
        original = result(self.runs()[0]).mean("original_right")
        text = [*CANNOT_BE, scenario({**LINK, **TIMES}),
                f"Table 6: {of_photos(self.photos)}, of whose originals the classifier gets {100 * original:.1f} % "
                "right. [camera] protection and model, and [link] loss, differ. The paper's figures stand where its "
                "bytes belong. Repeats go out in order of importance.",
                "Index order sends channel by channel, without prioritisation. Retransmission sends a lost packet "
                "again until it arrives, before the next one; its answers are free and come at once, which no LPWAN "
                "gives (docs/SIM.md).",
                "Fig. 13, a to d: full bandwidth without and with its \"40 %\" (29 %), then gamma-distributed "
                "bandwidth ([link] gamma = 5 kbit/s: a quarter of the full one, shape 2; the paper prints no "
                "parameters). Then b and d at a true 40 %. The paper prints curves and no "
                "numbers, so none stand beside.",
                save_runs("paper", self.named())]
        panels = [self.panel(name) for name in PANELS]
        return Section("The paper's link: Table 6 and Fig. 13", text, panels, self.table())
