#!/usr/bin/python3
"""How long an alarm takes through the whole service: ten cameras post their packets to `limitnet serve`, with the
default model and vision model, and the time counts from a picture's last packet, before it is posted, to the alarm in
the outbox.

usage: bench/serve_latency.py PROGRAM PICTURES     of each camera
"""

import http.client
import os
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests/service"))
from database import Postgres, Sqlite
from support import free_port, make_event, started, wait_for

CAMERAS = 10
PACKETS = 3  # of a picture, 242 bytes each
EVERY_S = 2  # from a camera's packet to its next: each gets a look of its own
JUMP = 5000  # of the counter before a picture: all pictures have the same number, and this tells them apart

SETTINGS = f"""
[service]
store = {{store}}
[source hook]
kind = webhook
form = chirpstack
secret = s
[rule any]
kind = seen
score = 0
looks = {PACKETS}
cooldown = 0 s
targets = nowhere
[target nowhere]
kind = webhook
url = http://127.0.0.1:1
[web]
port = {{port}}
"""


def make_packets(program, folder):
    path = folder / "cat.lnp"
    subprocess.run([program, "encode", "--mtu", "242", "tests/pictures/cat.jpg", "-o", path], check=True)
    rest, packets = path.read_bytes()[8:], []
    while len(packets) < PACKETS:
        size = int.from_bytes(rest[:2], "big")
        packets.append(rest[2 : 2 + size])
        rest = rest[2 + size :]
    return packets


class Watch:
    """Asks the outbox again and again, through a connection that stays."""

    QUERY = "SELECT d.name, o.picture FROM outbox o JOIN device d ON d.device = o.device"

    def __init__(self, database):
        self.database, self.seen = database, {}
        if isinstance(database, Postgres):
            self.psql = subprocess.Popen(database.psql, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                         bufsize=1)  # fmt: skip
            started.append(self.psql)

    def rows(self):
        if isinstance(self.database, Sqlite):
            return self.database.rows(self.QUERY)
        self.psql.stdin.write(f"{self.QUERY};\n\\echo end\n")
        return [tuple(line.strip().split("\t")) for line in iter(self.psql.stdout.readline, "end\n")]

    def look(self):
        for name, picture in self.rows():
            self.seen.setdefault((name, int(picture)), time.monotonic())


def post(port, message):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", "/hook/hook", message, {"Authorization": "Bearer s"})
    assert connection.getresponse().status == 200
    connection.close()


def send_all(port, packets, pictures, watch):
    """Returns when the last packet of each picture went: by device, and the number of the picture's first frame."""
    last = {}
    events = sorted((camera * EVERY_S / CAMERAS + frame * EVERY_S, camera, frame)
                    for camera in range(CAMERAS) for frame in range(pictures * PACKETS))  # fmt: skip
    begin = time.monotonic() + 1
    for at, camera, frame in events:
        while time.monotonic() < begin + at:
            watch.look()
            time.sleep(0.004)
        picture, packet = divmod(frame, PACKETS)
        _, message = make_event(camera, picture * JUMP + packet, payload=packets[packet])
        if packet == PACKETS - 1:
            last[f"{camera:016x}", picture * PACKETS + 1] = time.monotonic()
        post(port, message)
    end = time.monotonic() + 5
    while time.monotonic() < end:
        watch.look()
    return last


def measure(program, kind, pictures, folder):
    database, port, parts = kind(folder), free_port(), []
    settings = folder / "serve.conf"
    settings.write_text(SETTINGS.format(store=database.where, port=port))
    for roles in ["ingest,work"] if kind is Sqlite else ["ingest", "work"]:
        log = folder / f"{roles}.log"
        with open(log, "w") as file:
            parts.append(subprocess.Popen([program, "serve", "--config", settings, "--roles", roles], stderr=file))
        started.append(parts[-1])
        wait_for("the service is ready", lambda log=log: "the service is ready" in log.read_text())
    time.sleep(3)  # the networks are opened
    watch = Watch(database)
    last = send_all(port, make_packets(program, folder), pictures, watch)
    for part in parts:
        part.terminate()
        part.wait()
    database.close()
    waited = sorted(1000 * (watch.seen[key] - at) for key, at in last.items() if key in watch.seen)
    assert waited, "no alarm came"
    median, late = waited[len(waited) // 2], waited[len(waited) * 9 // 10]
    print(f"{kind.name:10} last packet posted to alarm, ms: median, 90 %, worst: {median:.0f} {late:.0f}"
          f" {waited[-1]:.0f} ({len(waited)} of {len(last)} alarms)", flush=True)  # fmt: skip


def main():
    program, pictures = str(pathlib.Path(sys.argv[1]).resolve()), int(sys.argv[2])
    os.environ.setdefault("LN_TEST_FLUSH", "-c fsync=on")
    for kind in Sqlite, Postgres:
        with tempfile.TemporaryDirectory(dir="build", prefix="bench-serve-") as name:
            measure(program, kind, pictures, pathlib.Path(name).resolve())


main()
