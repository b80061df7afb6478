#!/usr/bin/env python3
"""limitnet pictures: lists what a service keeps, and writes a picture as `limitnet decode` shows its packets.

usage: pictures.py PROGRAM
"""

import base64
import datetime
import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import time

from tiny import make_tiny

WAIT = 60
SERVICE = "[service]\nstore = store.db\nmodel = ./model\nvision = colours.onnx\n[web]\nport = 0\n" + \
          "[source chirpstack]\nkind = webhook\nform = chirpstack\nsecret = x\n"  # fmt: skip


def make_folder(folder):
    make_tiny(folder, ["red", "green", "blue"], minutes=40, loss=0.4)
    (folder / "serve.conf").write_text(SERVICE)


class Test:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder

    def run(self, *arguments, code=0):
        done = subprocess.run([self.program, *arguments], cwd=self.folder, capture_output=True, text=True)
        assert done.returncode == code, f"{arguments}: {done.returncode} {done.stderr}"
        return done

    def pictures(self, *arguments, **more):
        return self.run("pictures", "--config", "serve.conf", *arguments, **more)

    def list(self, *arguments):
        return [json.loads(line) for line in self.pictures("--json", *arguments).stdout.splitlines()]

    def refused(self, text, *arguments, code):
        errors = self.pictures(*arguments, code=code).stderr
        assert text in errors, f"{arguments}: '{text}' is not in: {errors}"

    def fill(self):
        """Returns the packets of each device's pictures, by device and number. Pictures lie ten minutes apart."""
        self.run("sim", "--events", "events.jsonl", "sim.conf")
        assert "no picture yet" in self.pictures().stderr
        text = (self.folder / "events.jsonl").read_text()  # and as some editors save it
        (self.folder / "edited.jsonl").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
        done = self.run("replay", "--speed", "1000000", "--config", "serve.conf", "edited.jsonl")
        assert "0 refused, 0 lines left out" in done.stdout, done.stdout
        packets, last = {}, {}
        for line in (self.folder / "events.jsonl").read_text().splitlines():
            event = json.loads(line)["event"]
            device, at = event["deviceInfo"]["devEui"], datetime.datetime.fromisoformat(event["time"])
            before, number = last.get(device, (at, 0))
            number += at - before > datetime.timedelta(minutes=5)
            last[device] = at, number
            packets.setdefault((device, number), []).append(base64.b64decode(event["data"]))
        return packets

    def look(self, count):
        """Has a worker look until it has seen so many pictures."""
        worker = subprocess.Popen([self.program, "serve", "--roles", "work", "--config", "serve.conf"], cwd=self.folder,
                                  stderr=subprocess.DEVNULL)  # fmt: skip
        end = time.monotonic() + WAIT
        while len(self.list()) < count:
            assert worker.poll() is None and time.monotonic() < end, "the worker does not find the pictures"
            time.sleep(0.1)
        worker.terminate()
        assert worker.wait(WAIT) == 0

    def decode(self, packets):
        """What `limitnet decode` shows."""
        head = self.folder / "head.lnp"
        self.run("encode", "--model", "./model", "photos/cat.jpg", "-o", "head.lnp")
        body = b"".join(struct.pack(">H", len(packet)) + packet for packet in packets)
        (self.folder / "a.lnp").write_bytes(head.read_bytes()[:8] + body)
        self.run("decode", "--model", "./model", "a.lnp", "-o", "right.png")
        return (self.folder / "right.png").read_bytes()

    def check(self):
        packets = self.fill()
        self.look(len(packets))
        listed = self.list()
        assert len({p["score"] for p in listed}) > 1, "all pictures look alike"
        assert len(listed) == len(packets) > 4, f"{listed} of {packets.keys()}"
        own = {device: self.list("--device", f"chirpstack/{device}") for device, _ in packets}
        for picture in listed:
            name, others = f"chirpstack/{picture['device']}", own[picture["device"]]
            assert others == [p for p in listed if p["device"] == picture["device"]]
            number = sum(p["picture"] < picture["picture"] for p in others)
            came = packets[picture["device"], number]
            assert (picture["packets"], picture["bytes"]) == (len(came), sum(map(len, came))), picture
            assert (picture["label"] in ("red", "green", "blue")) == (0 < picture["score"] <= 1), picture
            if picture in listed[:3]:
                self.pictures("--device", name, "--picture", str(picture["picture"]), "-o", "one.png")
                assert (self.folder / "one.png").read_bytes() == self.decode(came), f"{picture} looks otherwise"
        assert self.list("--most", "1") == listed[:1]
        line = self.pictures().stdout.splitlines()[0]
        assert f"{listed[0]['packets']} packets" in line and f"{listed[0]['label'] or 'nothing'} (" in line, line
        self.check_refused(listed[0])

    def check_refused(self, picture):
        name = f"chirpstack/{picture['device']}"
        self.refused("there is no picture 999", "--device", name, "--picture", "999", "-o", "no.png", code=1)
        assert not (self.folder / "no.png").exists()
        self.refused("no SOURCE/DEVICE", "--device", picture["device"], code=2)
        for half in (["--picture", "1"], ["-o", "no.png"], ["--picture", "1", "-o", "no.png"]):
            self.refused("go together", *half, code=2)
        self.refused("'x' is not understood", "x", code=2)
        assert "give the settings" in self.run("pictures", code=2).stderr


def main():
    with tempfile.TemporaryDirectory() as name:
        make_folder(pathlib.Path(name))
        Test(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(name)).check()


if __name__ == "__main__":
    main()
