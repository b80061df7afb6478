"""What three bytes from the service to the camera are worth: hints about the loss, and "stop"."""

from page import Section
from sections import Part, draw, interval, number, of_photos, percent, save_runs, scenario
from simulate import compare, plan, points, result

# LoRaWAN, whose cameras listen behind each frame: 18 frames of 115 bytes, 2 KB, in the band with a duty cycle of 10 %.
FRAMES, CYCLE_S = 18, 2.96
LINK = {"scenario.times": "10 min", "camera.interval": "10 min", "camera.airtime a picture": "12.2 s",
        "network.name": "eu868", "network.data rate": 3, "network.band": "869.5 MHz"}
LOSSES = (0.1, 0.4, 0.7)


def drifting():
    return {"link.burst": "eynard-indoor-later", "link.spells": "6 h", "link.swing": 0.8}


class Hints(Part):
    """Ten hints a day against repair for an expected loss."""
    HINTS = {"feedback.hints a day": 10}
    WRONG = {0.1: (0.4,), 0.4: (0.1, 0.7), 0.7: (0.1,)}
    DRIFT = "46 % in bursts, in spells of 6 h"

    def __init__(self, photos):
        self.photos = photos

    def pair(self, name, link, expected):
        """The run without hints, and the one with."""
        return (plan(name, self.photos, LINK, link, expected),
                plan(name + "-hints", self.photos, LINK, link, expected, self.HINTS))

    def rows(self):
        """{(loss, what the camera expects): the two runs}; the first of each loss expects the right one."""
        found = {}
        for loss in LOSSES:
            for expected in (loss, *self.WRONG[loss]):
                found[f"{100 * loss:.0f} %", f"{100 * expected:.0f} %"] = self.pair(
                    f"hints-{loss}-{expected}", {"link.loss": loss}, {"camera.expected loss": expected})
        found[self.DRIFT, "the mean"] = self.pair("hints-drift", drifting(), {})
        return found

    def runs(self):
        return [run for pair in self.rows().values() for run in pair]

    def named(self):
        return {f"{loss} lost, {expected} expected{hints}": run for (loss, expected), pair in self.rows().items()
                for hints, run in zip(("", ", hints"), pair)}

    def section(self):
        lines = [["lost", "the camera expects", "top-1 without hints, %", "with ten hints a day, %",
                  "hints bring, points"]]
        for (loss, expected), (plain, hinted) in self.rows().items():
            lines.append([loss, expected, percent(result(plain).end), percent(result(hinted).end),
                          interval(compare(result(hinted), result(plain), points))])
        text = [f"LoRaWAN at DR3, in class A's windows. A picture every 10 minutes, so a hint every 14 or 15 pictures; "
                f"{of_photos(self.photos)}. [camera] expected loss is right or wrong, and [feedback] hints a day = "
                "10 or none.", scenario(LINK),
                "The last row's link has the measured losses eynard-indoor-later in spells of 6 h (swing = 0.8).",
                save_runs("hints", self.named())]
        return Section("Feedback: hints", text, [], [lines])


class Stop(Part):
    """The service says when it is sure. The score is chosen on the even photographs and reported on the odd ones."""
    SCORES = (0.4, 0.6, 0.8)
    MOST_LOST = 1                                       # points of top-1, on the even photographs
    STEPS = (3, 5, 7, 9, 12, 15, FRAMES)                # points of the curve without feedback

    def __init__(self, photos):
        self.photos = photos

    def plain(self, loss):
        """Without feedback. What stands behind so many frames is what a smaller airtime would give."""
        times = ", ".join(f"{frames * CYCLE_S:.1f} s" for frames in self.STEPS)
        return plan(f"stop-none-{loss}", self.photos, LINK, {"link.loss": loss, "scenario.times": times})

    def run(self, loss, score):
        return plan(f"stop-{score}-{loss}", self.photos, LINK, {"link.loss": loss, "feedback.stop": score})

    def runs(self):
        return list(self.named().values())

    def named(self):
        found = {}
        for loss in LOSSES:
            found[f"{100 * loss:.0f} % lost, no stop"] = self.plain(loss)
            for score in self.SCORES:
                found[f"{100 * loss:.0f} % lost, stop = {score}"] = self.run(loss, score)
        return found

    def curve(self, loss):
        """(airtime of a picture in seconds, top-1 in %) without feedback, for every picture the same airtime."""
        plain = result(self.plain(loss))
        return [(plain.seconds() * frames / FRAMES, 100 * row["accuracy"])
                for frames, row in zip(self.STEPS, plain.times)]

    def reached(self, loss):
        """The same for the scores at which the service stops cameras."""
        found = [result(self.run(loss, score)) for score in self.SCORES]
        return [(one.seconds(), one.top1()) for one in found]

    def equal(self, loss, top1):
        """The airtime without feedback that gives this top-1, on straight lines between the points of the curve."""
        before = (0.0, 0.0)
        for point in self.curve(loss):
            if point[1] >= top1 > before[1]:
                return before[0] + (top1 - before[1]) / (point[1] - before[1]) * (point[0] - before[0])
            before = point
        return before[0]

    def table(self):
        lines = [["lost", "stop", "top-1, %", "points lost", "bytes sent", "airtime, s",
                  "airtime for that top-1 without feedback, s", "saves, %"]]
        for loss in LOSSES:
            plain = result(self.plain(loss))
            lines.append([f"{100 * loss:.0f} %", "never", percent(plain.end), "", number(plain.mean("bytes_sent")),
                          number(plain.seconds(), 2), "", ""])
            for score in self.SCORES:
                found = result(self.run(loss, score))
                equal = self.equal(loss, found.top1())
                lines.append(["", f"{score}", percent(found.end), interval(compare(plain, found, points)),
                              number(found.mean("bytes_sent")), number(found.seconds(), 2), number(equal, 2),
                              number(100 * (1 - found.seconds() / equal))])
        return lines

    def top1(self, run, half):
        """Of the even (0) or odd (1) photographs."""
        return 100 * result(run).mean("right", lambda photo: photo % 2 == half)

    def chosen(self, loss):
        """The lowest score that costs little on the even photographs; none: no score does."""
        least = self.top1(self.plain(loss), 0) - self.MOST_LOST
        return next((score for score in self.SCORES if self.top1(self.run(loss, score), 0) >= least), None)

    def choices(self):
        lines = [["lost", f"lowest score that costs at most {self.MOST_LOST} point on the even pictures",
                  "odd pictures: top-1 with it, without, %", "bytes sent with it, without", "saves, %"]]
        for loss in LOSSES:
            score, plain = self.chosen(loss), self.plain(loss)
            if score is None:
                lines.append([f"{100 * loss:.0f} %", "none", "", "", ""])
                continue
            stopped = self.run(loss, score)
            sent, whole = (result(run).mean("bytes_sent", lambda photo: photo % 2 == 1) for run in (stopped, plain))
            lines.append([f"{100 * loss:.0f} %", f"{score}", f"{self.top1(stopped, 1):.1f}, {self.top1(plain, 1):.1f}",
                          f"{number(sent)}, {number(whole)}", number(100 * (1 - sent / whole))])
        return lines

    def section(self):
        curves = {f"{100 * loss:.0f} % lost, never": self.curve(loss) for loss in LOSSES}
        curves.update({f"{100 * loss:.0f} % lost, stop": self.reached(loss) for loss in LOSSES})
        text = ["The same link; the camera knows the loss and repairs for it. [feedback] stop is a score or never; "
                f"{of_photos(self.photos)}. An answer is heard in the first window of the next frame that arrives, so "
                "at least one frame goes out in vain. The last two columns compare with cameras that all send less: "
                "the airtime at which the curve without feedback reaches the same top-1. An answer also tells the loss "
                "of the latest 64 frames, so a stopped camera repairs the next pictures for that: see hints.",
                scenario(LINK), save_runs("stop", self.named())]
        plots = [draw("stop", curves, "seconds of airtime a picture", "top-1, %")]
        return Section("Feedback: stop when sure", text, plots, [self.table(), self.choices()])
