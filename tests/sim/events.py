#!/usr/bin/env python3
"""limitnet sim --events: ChirpStack's own package takes each event, counters rise by one for each frame that a camera
sent, so that gaps show what was lost, and each frame that arrived is there once.

usage: events.py PROGRAM
"""

import csv
import json
import pathlib
import subprocess
import sys
import tempfile

from chirpstack_api.integration import integration_pb2 as chirpstack
from google.protobuf.json_format import Parse

SCENARIO = """[scenario]
duration = 3 h
[pictures]
folder = photos
vision = colours.onnx
[camera]
model = ./model
count = 3
interval = 10 min
[network]
name = {network}
repeats = 2
mac commands = 0.3
[link]
loss = 0.3
[gateway]
channels = 3
capture = 6 dB
spread = 30 dB
"""


def make_folder(folder):
    for name in ("model", "photos"):
        (folder / name).mkdir()
    for target, source in {"model/encoder.lnm": "models/random-cifar.lnm", "colours.onnx": "onnx/colours-softmax.onnx",
                           "model/decoder.onnx": "onnx/random-cifar-decoder.onnx",
                           "photos/cat.jpg": "pictures/cat.jpg"}.items():  # fmt: skip
        (folder / target).symlink_to(pathlib.Path(__file__).resolve().parents[1] / source)
    (folder / "colours.vision").write_text("width = 24\nheight = 16\n")


def simulate(program, folder, network):
    (folder / "a.conf").write_text(SCENARIO.format(network=network))
    command = [program, "sim", "-o", folder / "out", "--events", folder / "events.jsonl", folder / "a.conf"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    with open(folder / "out/frames.csv") as file:
        return lines, list(csv.DictReader(file))


def check(lines, frames, modulation):
    heard = [frame for frame in frames if frame["fate"] in ("arrived", "late")]
    assert len(lines) == len(heard) > 100, f"{len(lines)} events of {len(heard)} frames that arrived"
    last, ids = {}, set()
    for line, frame in zip(lines, heard):
        event = Parse(json.dumps(line["event"]), chirpstack.UplinkEvent())
        camera = int(event.device_info.dev_eui, 16) - 0x0200000000000001
        assert (str(camera), str(event.f_cnt)) == (frame["camera"], frame["counter"]), (line, frame)
        assert line["at"] == line["event"]["time"] and line["source"] == "chirpstack"
        assert event.f_cnt > last.get(camera, -1), "a counter comes again"
        assert (event.f_port == 2) == (len(event.data) > 0), line
        assert event.rx_info[0].gateway_id and event.rx_info[0].rssi < 0
        assert event.tx_info.modulation.WhichOneof("parameters") == modulation
        last[camera] = event.f_cnt
        ids.add(event.deduplication_id)
    assert len(ids) == len(lines), "an id comes again"
    sent = {(frame["camera"], frame["counter"]) for frame in frames}
    assert len(sent) == sum(last.values()) + len(last) + sum(
        int(counter) > last[int(camera)] for camera, counter in sent), "counters have gaps of their own"  # fmt: skip
    assert len(lines) < len(sent), "nothing was lost"


def main():
    program = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as name:
        make_folder(pathlib.Path(name))
        for network, modulation in (("eu868\ndata rate = 5, 3", "lora"), ("eu868\ndata rate = 7", "fsk")):
            check(*simulate(program, pathlib.Path(name), network), modulation)
            print(f"{modulation}: ChirpStack's package takes all events")


main()
