#!/usr/bin/env python3
"""Checks a log of frames against limits of airtime, with nothing of the project's code. The log is a CSV file with the columns
camera, start_us, airtime_us and, if frames are repeated, copy: those of `limitnet sim` and others.

usage: budgets.py FRAMES.csv [--hour SECONDS] [--day SECONDS] [--messages N] [--dwell SECONDS]

--hour, --day   airtime of a camera in every hour and day that slides over time
--messages      frames of a camera that begin in every day; copies of a frame count once
--dwell         airtime of a single frame

It exits with 1 and names the first frame that breaks a limit.
"""

import argparse
import collections
import csv
import sys

HOUR, DAY = 3600 * 10**6, 86400 * 10**6      # microseconds


def busiest(frames, window):
    """The most airtime in a sliding window, and the frame at whose end it is reached.

    It is reached where a window ends with a frame: behind that, the sum cannot rise before the next frame."""
    most, at, first, total = 0, 0, 0, 0
    for i, (start, length) in enumerate(frames):
        begin, total = start + length - window, total + length
        while sum(frames[first]) <= begin:
            total -= frames[first][1]
            first += 1
        within = total - max(0, begin - frames[first][0])   # the oldest frame may lie partly before the window
        if within > most:
            most, at = within, i
    return most, at


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("log")
    for name in "hour", "day", "messages", "dwell":
        parser.add_argument(f"--{name}", type=float)
    limits = parser.parse_args()
    frames, messages = collections.defaultdict(list), collections.defaultdict(list)
    with open(limits.log, newline="") as file:
        for row in csv.DictReader(file):
            frames[row["camera"]].append((int(row["start_us"]), int(row["airtime_us"])))
            if row.get("copy", "1") == "1":
                messages[row["camera"]].append((int(row["start_us"]), 1))
    if not frames:
        sys.exit("no frames")
    for camera, own in frames.items():
        for (start, length), (following, _) in zip(own, own[1:]):
            if start + length > following:
                sys.exit(f"camera {camera}: the frame at {following} us begins before the last one ends")
        for name, window, limit in ("hour", HOUR, limits.hour), ("day", DAY, limits.day):
            most, at = busiest(own, window)
            if limit is not None and most > limit * 10**6:
                sys.exit(f"camera {camera}: {most} us in the {name} up to the frame at {own[at][0]} us")
        if limits.messages is not None:
            times = [start for start, _ in messages[camera]]
            for i in range(int(limits.messages), len(times)):
                if times[i] - times[i - int(limits.messages)] < DAY:
                    sys.exit(f"camera {camera}: more than {limits.messages:.0f} messages in the day up to {times[i]} us")
        if limits.dwell is not None and max(length for _, length in own) > limits.dwell * 10**6:
            sys.exit(f"camera {camera}: a frame is longer than {limits.dwell} s")
    total = sum(len(own) for own in frames.values())
    print(f"{total} frames of {len(frames)} cameras; "
          f"busiest hour {max(busiest(own, HOUR)[0] for own in frames.values()) / 10**6:.3f} s, "
          f"day {max(busiest(own, DAY)[0] for own in frames.values()) / 10**6:.3f} s, "
          f"{max(len(own) for own in messages.values())} messages of a camera")


if __name__ == "__main__":
    main()
