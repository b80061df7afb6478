#!/usr/bin/python3
"""How long an alarm takes through the whole service: ten cameras post their packets to `limitnet serve`, with the
default model and vision model, and the time counts from a picture's last packet, before it is posted, to the alarm in
the outbox. A picture is one packet, which is its last, since the real rules raise an alarm at the first look.

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
EVERY_S = 2  # from a camera's picture to its next
LONGEST_S = 60  # that an alarm may take
JUMP = 5000  # of the counter before a picture: all have the same number, and this tells them apart

SETTINGS = """
[service]
store = {store}
[source hook]
kind = webhook
form = chirpstack
secret = s
[rule any]
kind = seen
score = 0
cooldown = 0 s
targets = nowhere
[target nowhere]
kind = webhook
url = http://127.0.0.1:1
[web]
port = {port}
"""


def make_packet(program, folder):
    """The first packet of a photograph: its length in two bytes stands behind the file's head of eight."""
    path = folder / "cat.lnp"
    subprocess.run([program, "encode", "--mtu", "242", "tests/pictures/cat.jpg", "-o", path], check=True,
                   capture_output=True)  # fmt: skip
    stream = path.read_bytes()[8:]
    return stream[2 : 2 + int.from_bytes(stream[:2], "big")]


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


def send_all(port, packet, pictures, watch):
    """Returns when each picture went: by device, and the picture's number in the store."""
    sent, begin = {}, time.monotonic() + 1
    for number in range(pictures * CAMERAS):
        while time.monotonic() < begin + number * EVERY_S / CAMERAS:
            watch.look()
            time.sleep(0.004)
        picture, camera = divmod(number, CAMERAS)
        _, message = make_event(camera, picture * JUMP, payload=packet)
        sent[f"{camera:016x}", picture + 1] = time.monotonic()
        post(port, message)
    end = time.monotonic() + LONGEST_S
    while sent.keys() - watch.seen.keys() and time.monotonic() < end:
        watch.look()
        time.sleep(0.004)
    return sent


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
    sent = send_all(port, make_packet(program, folder), pictures, watch)
    for part in parts:
        part.terminate()
        part.wait()
    database.close()
    waited = sorted(1000 * (watch.seen[key] - at) for key, at in sent.items() if key in watch.seen)
    assert waited, "no alarm came"
    median, late = waited[len(waited) // 2], waited[len(waited) * 9 // 10]
    print(f"{kind.name:10} last packet posted to alarm, ms: median, 90 %, worst: {median:.0f} {late:.0f}"
          f" {waited[-1]:.0f} ({len(waited)} of {len(sent)} alarms)", flush=True)  # fmt: skip


def main():
    program, pictures = str(pathlib.Path(sys.argv[1]).resolve()), int(sys.argv[2])
    os.environ.setdefault("LN_TEST_FLUSH", "-c fsync=on")
    for kind in Sqlite, Postgres:
        with tempfile.TemporaryDirectory(dir="build", prefix="bench-serve-") as name:
            measure(program, kind, pictures, pathlib.Path(name).resolve())


main()
