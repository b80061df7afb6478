#!/usr/bin/env python3
"""What an ideal code would make of 2 KB a picture when 30 % of the packets are lost, alone or in bursts.

usage: lab/tools/ideal_code.py FREE.json

FREE.json is what `limitnet-lab sim --json scenarios/loss-free.conf` prints: how often a picture is right, by the bytes
that arrived. The ideal code knows the link and, as every code without feedback, not what will be lost. From any r of n
packets it decodes the stream's first f(r) bytes; a byte that r packets bring back takes n / r bytes on air (priority
encoding transmission: Albanese et al., IEEE Transactions on Information Theory 42, 1996). Bytes behind the first that
is missing count for nothing; in our code they add a little.
"""

import json
import math
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "link"))
sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "report"))

from losses import FRAME_MS, WIDTH, Bursts, burst_ms

LOSS, FRAME = Bursts.LOSS, 51
PLAIN, PROTECTED, WITHOUT_RANK = 47, 43, 46     # bytes of code in a packet; the last, if bodies had no rank
STEPS, RATE = 3000, 0.0005                      # of the search


def read_curve(path):
    """(packets, % that are right) without loss."""
    times = json.loads(pathlib.Path(path).read_text())["times"]
    return [(0.0, 0.0)] + [(row["mean_bytes_arrived"] / FRAME, 100 * row["accuracy"]) for row in times]


def worth(curve, packets):
    """Top-1 and its slope, on straight lines between the points."""
    for (x0, y0), (x1, y1) in zip(curve, curve[1:]):
        if packets <= x1:
            slope = (y1 - y0) / (x1 - x0)
            return y0 + slope * (packets - x0), slope
    return curve[-1][1], 0.0


def arrivals(redraw):
    """How likely each number of packets is to arrive, if a packet's fate is drawn anew with this probability."""
    state = {(lost, 0 if lost else 1): LOSS if lost else 1 - LOSS for lost in (True, False)}
    for _ in range(WIDTH - 1):
        after = {}
        for (lost, count), share in state.items():
            for other, drawn in ((True, LOSS), (False, 1 - LOSS)):
                key = other, count + (not other)
                after[key] = after.get(key, 0) + share * (redraw * drawn + (1 - redraw) * (other == lost))
        state = after
    return [sum(state.get((lost, count), 0) for lost in (True, False)) for count in range(WIDTH + 1)]


def ideal(curve, likely, code):
    """The best top-1 of all f. The search moves shares of the packets between the r that they are coded for."""
    shares, best = [1 / WIDTH] * WIDTH, 0.0
    for _ in range(STEPS):
        done, top1, slopes = 0.0, 0.0, []
        for r, share in enumerate(shares, 1):
            done += share * r * code / PLAIN
            value, slope = worth(curve, done)
            top1 += likely[r] * value
            slopes.append(likely[r] * slope)
        best = max(best, top1)
        gains, behind = [0.0] * WIDTH, 0.0
        for i in reversed(range(WIDTH)):
            behind += slopes[i]
            gains[i] = (i + 1) * behind
        shares = [share * math.exp(RATE * WIDTH * gain) for share, gain in zip(shares, gains)]
        whole = sum(shares)
        shares = [share / whole for share in shares]
    return best


def links():
    """{name: the probability that a packet's fate is drawn anew}."""
    found = {"independent": 1.0}
    for length in Bursts.LENGTHS:
        for spread in (None, *Bursts.SPREADS):
            if not spread or spread * length > 1.1 * WIDTH:
                spacing = FRAME_MS * spread * length / WIDTH if spread else FRAME_MS
                fate_ms = burst_ms(length, LOSS) * (1 - LOSS)
                found[f"bursts of {length}, {spread or 'back to back'}"] = 1 - math.exp(-spacing / fate_ms)
    return found


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: lab/tools/ideal_code.py FREE.json")
    curve = read_curve(sys.argv[1])
    free = worth(curve, (1 - LOSS) * WIDTH)[0]
    print(f"without loss, as many packets: {free:.1f} %")
    print("link: ideal code, % (of that without loss, %); ideal code if bodies had no rank")
    for name, redraw in links().items():
        likely = arrivals(redraw)
        now, shorter = (ideal(curve, likely, code) for code in (PROTECTED, WITHOUT_RANK))
        print(f"{name}: {now:.1f} ({100 * now / free:.1f}); {shorter:.1f} ({100 * shorter / free:.1f})")


if __name__ == "__main__":
    main()
