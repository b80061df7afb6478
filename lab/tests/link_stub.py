#!/usr/bin/env python3
"""Stands in for `limitnet sim --json SCENARIO`: of the photographs, the first 1 - loss are right, or those that the
settings of feedback say. STUB_LOG gets a line for each run; a scenario whose name contains STUB_FAILS fails."""

import configparser
import csv
import json
import os
import sys

scenario = configparser.ConfigParser(interpolation=None)
scenario.read(sys.argv[-1])
with open(os.environ["STUB_LOG"], "a") as log:
    log.write(f"{sys.argv[-1]}\n")
if os.environ.get("STUB_FAILS", "no such run") in sys.argv[-1]:
    sys.exit("limitnet sim: out of paper")

loss = scenario.getfloat("link", "loss", fallback=0.0)
stop = scenario.getfloat("feedback", "stop", fallback=1.0)
with open(scenario["pictures"]["labels"]) as file:
    photos = [row["file"] for row in csv.DictReader(file)]
right = [number < round((1 - loss) * len(photos)) for number in range(len(photos))]
if stop < 0.5:
    right[0] = False                                    # an even photograph: this score is not chosen
elif stop < 0.7:
    right[1] = False                                    # an odd one: it is, and the loss shows in the report
sent = round(2000 * stop)
arrived = sent * (1 - loss)
rows = [{"number": number, "packets_sent": sent // 50, "bytes_sent": sent, "packets_arrived": round(arrived / 50),
         "bytes_arrived": arrived, "right": int(hit), "original_right": 1, "file": photo}
        for number, (photo, hit) in enumerate(zip(photos, right))]
share = sum(right) / len(right)
times = scenario["scenario"]["times"].split(", ")
print(json.dumps({
    "pictures": rows, "airtime": [{"airtime_s": len(rows) * sent / 250}],
    "times": [{"time_s": 0.1 * (1 + i), "accuracy": share, "low": share, "high": share,
               "mean_bytes_arrived": arrived} for i, _ in enumerate(times)],
    "totals": {"packets_sent": 40 * len(rows), "packets_arrived": 40 * (1 - loss) * len(rows), "busiest_hour_s": 30}}))
