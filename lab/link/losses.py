"""2 KB a picture over links that lose packets: alone, in bursts, and as measured."""

import dataclasses
import math

from page import Section
from sections import Part, draw, interval, number, of_photos, percent, save_runs, scenario
from simulate import compare, plan, points, result, share

FRAME_MS = 204                                          # of 51 bytes at 2 kbit/s
LINK = {"scenario.times": "10 min", "camera.interval": "10 min", "camera.airtime a picture": "8 s",
        "network.name": "stream", "network.payload": 51, "network.rate": "2 kbit/s"}
WIDTH = 39                                              # frames of a picture


def reference(photos, frames):
    """Nothing is lost, nothing repaired: what so many frames are worth."""
    airtime = {"camera.airtime a picture": f"{frames * FRAME_MS} ms"}
    return plan(f"free-{frames}", photos, LINK, {"camera.protection": "none"}, airtime)


def burst_ms(frames, loss):
    """The setting `burst length` with which so many frames in a row are lost on average, sent back to back. Two frames
    share their fate with exp(-x), where x is a frame over the mean length of fates; see docs/SIM.md."""
    x = -math.log((1 - 1 / frames - loss) / (1 - loss))
    return round(FRAME_MS / (x * (1 - loss)))


class Bursts(Part):
    """How much of what arrived is used, and what bursts take away."""
    LOSS, LENGTHS, SPREADS = 0.3, (2, 4, 8), (10, 20, 40)
    GOAL, MOST = 90, 3                                  # % of the loss-free top-1, and points that bursts may cost
    ROUNDS = 4                                          # the differences are small

    def __init__(self, photos):
        self.photos = dataclasses.replace(photos, rounds=self.ROUNDS)
        self.alone = plan("loss-30", self.photos, LINK, {"link.loss": self.LOSS})

    def run(self, length, spread=None):
        """Bursts of so many frames; a picture spans so many of them, or is sent back to back."""
        settings = {"link.loss": self.LOSS, "link.burst length": f"{burst_ms(length, self.LOSS)} ms"}
        if spread:
            settings["camera.spacing"] = f"{round(FRAME_MS * spread * length / WIDTH)} ms"
        return plan(f"bursts-{length}-{spread or 'close'}", self.photos, LINK, settings)

    def pairs(self):
        """(length, spread), without spreads that are narrower than a picture sent back to back."""
        return [(length, spread) for length in self.LENGTHS for spread in (None, *self.SPREADS)
                if not spread or spread * length > 1.1 * WIDTH]

    def runs(self):
        return [self.alone] + [self.run(*pair) for pair in self.pairs()]

    def free(self, run):
        """The loss-free run with as many frames as arrived in this one."""
        return reference(self.photos, max(1, round(result(run).mean("packets_arrived"))))

    def later(self):
        return [self.free(run) for run in self.runs() if result(run)]

    def named(self):
        found = {"independent": self.alone}
        for length, spread in self.pairs():
            how = f"spread over {spread} bursts" if spread else "back to back"
            found[f"bursts of {length}, {how}"] = self.run(length, spread)
        return found

    def row(self, title, run, span, behind):
        found, free = result(run), result(self.free(run))
        worth = f"{free.top1():.1f} at {number(free.mean('bytes_arrived'))} B"
        return [title, span, number(found.mean("bytes_arrived")), percent(found.end), worth,
                interval(compare(found, free, share)), behind]

    def table(self):
        lines = [["30 % lost", "bursts that a picture spans", "bytes that arrived", "top-1, %",
                  "loss-free, as many frames, %", "of that, %", "points behind independent losses"],
                 self.row("independent", self.alone, "", "")]
        for length, spread in self.pairs():
            run = self.run(length, spread)
            behind = interval(compare(result(self.alone), result(run), points))
            title = f"bursts of {length}" + ("" if spread else ", back to back")
            lines.append(self.row(title, run, f"{spread or WIDTH / length:.3g}", behind))
        return lines

    def behind(self, length, spread):
        return result(self.alone).top1() - result(self.run(length, spread)).top1()

    def curves(self):
        return {f"bursts of {length} frames": [(spread or WIDTH / length, max(0, self.behind(length, spread)))
                                               for other, spread in self.pairs() if other == length]
                for length in self.LENGTHS}

    def verdicts(self):
        kept = share(result(self.alone).top1(), result(self.free(self.alone)).top1())
        lines = [f"Independent losses keep {kept:.1f} % of the loss-free top-1 at the bytes that arrived. "
                 f"The goal of {self.GOAL} % is {'met' if kept >= self.GOAL else 'not met'}."]
        for length, spread in self.pairs():
            behind, span = self.behind(length, spread), spread or WIDTH / length
            goal = f" The goal of {self.MOST} is {'met' if behind <= self.MOST else 'not met'}." if span > 9.5 else ""
            lines.append(f"Bursts of {length} frames, {span:.3g} of them in the time of a picture: {behind:.1f} points "
                         f"behind.{goal}")
        return lines

    def section(self):
        text = ["2 KB of airtime a picture in packets of 51 bytes, 40 % of them repair packets; "
                f"{of_photos(self.photos)}.", scenario(LINK),
                "[link] loss = 0.3; then also [link] burst length, so that so many frames in a row are lost on average "
                "when sent back to back, and [camera] spacing, so that a picture spans so many bursts. The loss-free "
                "run has no repair packets. Intervals: 95 %, of top-1 Wilson's, which takes all as independent, of "
                "comparisons by a bootstrap over the pictures.",
                "The goal for bursts: within 3 points where a picture spans at least ten of them.", self.verdicts(),
                save_runs("bursts", {**self.named(), **{f"loss-free, {run.name}": run for run in self.later()}})]
        curves = self.curves()
        plots = [draw("bursts", curves, "bursts that a picture spans", "points behind independent losses", top=20)]
        return Section("30 % lost, alone and in bursts", text, plots, [self.table()])


MEASURED = ("mobile", "eynard-indoor", "eynard-indoor-single", "eynard-indoor-later", "building", "eynard-indoor-weak")


class Strategies(Part):
    """Repair packets, repeats in order of importance, or neither."""
    WAYS = {"repair packets": {}, "repeats": {"camera.protection": "none"},
            "neither": {"camera.protection": "none", "camera.expected loss": 0}}
    LINKS = {**{f"{100 * loss:.0f} % independent": {"link.loss": loss} for loss in (0.1, 0.4, 0.7)},
             **{name: {"link.burst": name} for name in MEASURED}}
    BYTES = (1000, 2000)                                # of airtime, at 250 B/s

    def __init__(self, photos):
        self.photos = photos

    def run(self, link, way):
        times = ", ".join(f"{4 * size} ms" for size in self.BYTES)
        name = f"{way.split()[0]}-{link.split()[0]}"
        return plan(name, self.photos, LINK, {"scenario.times": times}, self.LINKS[link], self.WAYS[way])

    def named(self):
        return {f"{link}, {way}": self.run(link, way) for link in self.LINKS for way in self.WAYS}

    def runs(self):
        return list(self.named().values())

    def lost(self, link):
        totals = result(self.run(link, "neither")).totals
        return 1 - totals["packets_arrived"] / totals["packets_sent"]

    def row(self, link, way):
        times = result(self.run(link, way)).times
        return [f"{100 * row['accuracy']:.1f}" for row in times[:len(self.BYTES)]]

    def table(self):
        lines = [["link", "lost, %", "way", *(f"{size:,} B" for size in self.BYTES),
                  "repair against repeats at 2,000 B, points"]]
        for link in self.LINKS:
            against = compare(result(self.run(link, "repair packets")), result(self.run(link, "repeats")), points)
            for way in self.WAYS:
                lines.append([link, number(100 * self.lost(link)), way, *self.row(link, way),
                              interval(against) if way == "repair packets" else ""])
        return lines

    def winners(self):
        lines = []
        for link in self.LINKS:
            best = []
            for i, size in enumerate(self.BYTES):
                value = {way: result(self.run(link, way)).times[i]["accuracy"] for way in self.WAYS}
                way = max(value, key=value.get)
                best.append(f"{way} at {size:,} B ({100 * value[way]:.1f} %)")
            lines.append(f"{link}: {', '.join(best)}")
        return lines

    def curves(self):
        links = [link for link in self.LINKS if "independent" in link]
        return {way: [(100 * self.LINKS[link]["link.loss"], result(self.run(link, way)).top1()) for link in links]
                for way in self.WAYS}

    def section(self):
        text = [f"The same airtime, spent in three ways; {of_photos(self.photos)}. Repair packets: [camera] protection "
                "= auto. Repeats in order of importance: protection = none. Neither: protection = none, expected loss "
                "= 0, so the camera goes on to detail. Cameras of the first two know the mean loss. Links: independent "
                "losses, and the measured ones of limitnet/link.h.", scenario(LINK),
                "The best at each size, without regard to intervals:", self.winners(),
                save_runs("repair", self.named())]
        plots = [draw("repair", self.curves(), "% of the frames lost, independently", "top-1 at 2 KB, %")]
        return Section("Repair packets, repeats, or neither", text, plots, [self.table()])
