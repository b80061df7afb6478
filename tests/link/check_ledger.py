#!/usr/bin/env python3
"""Checks a log of frames (device,begin,end in microseconds) against limits of airtime, in every window that slides.

The airtime in a window is largest where the window ends with a frame or begins with one, so all of these are looked at.

usage: check_ledger.py LOG WINDOW_SECONDS=LIMIT_SECONDS...
"""

import collections
import csv
import itertools
import sys


def airtime_until(frames, times):
    """Airtime before each of the times, which rise."""
    result, k, whole = [], 0, 0
    for t in times:
        while k < len(frames) and frames[k][1] <= t:
            whole += frames[k][1] - frames[k][0]
            k += 1
        inside = max(0, t - frames[k][0]) if k < len(frames) else 0
        result.append(whole + inside)
    return result


def busiest(frames, window):
    ends = sorted(itertools.chain((e for _, e in frames), (b + window for b, _ in frames)))
    before = airtime_until(frames, [t - window for t in ends])
    return max(later - earlier for later, earlier in zip(airtime_until(frames, ends), before))


def main():
    frames = collections.defaultdict(list)
    with open(sys.argv[1]) as log:
        for device, begin, end in csv.reader(log):
            frames[device].append((int(begin), int(end)))
    failed = not frames
    for device, sent in sorted(frames.items()):
        if any(a[1] > b[0] for a, b in zip(sent, sent[1:])):
            sys.exit(f"device {device}: frames overlap")
        for rule in sys.argv[2:]:
            window, limit = (round(float(x) * 1e6) for x in rule.split("="))
            most = busiest(sent, window)
            failed |= most > limit
            print(f"device {device}: {len(sent)} frames, at most {most / 1e6:.3f} s in {window / 1e6:.0f} s of {limit / 1e6:.3f} s")
    sys.exit(1 if failed else 0)


main()
