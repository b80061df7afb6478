"""A service with a page, and cameras that send to it through a webhook. Its model and its vision model are tiny, and the
labels are markup."""

import contextlib
import http.client
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import time
import urllib.parse

from support import WAIT, free_port, started, wait_for
from tiny import make_tiny

LABELS = ['<b id="markup">red</b>', "green & 'blue'", '"><script>document.title = 1</script>']
SERVICE = """[service]
store = store.db
model = ./model
vision = colours.onnx
deadline = {deadline} s
[web]
port = {port}
[source net]
kind = webhook
form = chirpstack
secret = x
[rule any]
kind = seen
score = 0.01
cooldown = 1 s
"""


def make_folder(folder, port, deadline, cameras):
    make_tiny(folder, LABELS, minutes=20, loss=0.3, cameras=cameras)
    (folder / "serve.conf").write_text(SERVICE.format(port=port, deadline=deadline))


class Page:
    hook = "/hook/net"

    def __init__(self, program, folder, deadline=3600, cameras=2):
        self.program, self.folder, self.port = program, folder, free_port()
        make_folder(folder, self.port, deadline, cameras)
        self.log = folder / "service.log"
        self.start()

    def start(self):
        with open(self.log, "a") as log:
            self.process = subprocess.Popen([self.program, "serve", "--config", "serve.conf"], cwd=self.folder,
                                            stderr=log)  # fmt: skip
        started.append(self.process)
        wait_for("the service is ready", self.is_ready)

    def is_ready(self):
        assert self.process.poll() is None, self.log.read_text()
        try:
            status = self.get("/")[0]
            assert status in (200, 503), f"{status} before the accounts were read"
            return status == 200 and self.get("/readyz")[0] == 200
        except OSError:
            return False

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(WAIT)
        assert code == 0, f"exit code {code}: {self.log.read_text()}"

    # ---- HTTP ----

    def ask(self, method, path, body=None, headers=None):
        """Status, headers and body."""
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT)) as connection:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()

    def get(self, path, **headers):
        return self.ask("GET", path, headers=headers)

    def html(self, path):
        status, headers, body = self.get(path)
        assert status == 200 and headers["Content-Type"] == "text/html; charset=utf-8", (path, status)
        return body.decode()

    def post_form(self, path, fields):
        return self.ask("POST", path, urllib.parse.urlencode(fields),
                        {"Content-Type": "application/x-www-form-urlencoded"})  # fmt: skip

    def stream(self, path="/live", **headers):
        """An open stream of events."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT)
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.connection = connection
        return answer

    # ---- Cameras ----

    def events(self):
        """What the network sends, in its order."""
        done = subprocess.run([self.program, "sim", "--events", "events.jsonl", "sim.conf"], cwd=self.folder,
                              capture_output=True)  # fmt: skip
        assert done.returncode == 0, done.stderr
        return [json.loads(line)["event"] for line in (self.folder / "events.jsonl").read_text().splitlines()]

    def send(self, event):
        status, _, body = self.ask("POST", self.hook, json.dumps(event), {"X-LimitNet-Secret": "x"})
        assert (status, body) == (200, b"taken\n"), (status, body)

    def fill(self):
        """Sends all pictures, and waits until they were looked at. Returns their paths."""
        for event in self.events():
            self.send(event)
        wait_for("all frames were looked at", lambda: not self.query("SELECT count(*) FROM device WHERE seen < version")[0][0])
        return [f"/picture/{device}/{id}" for device, id in self.query("SELECT device, id FROM picture")]

    def query(self, sql, *values):
        with contextlib.closing(sqlite3.connect(self.folder / "store.db", timeout=WAIT)) as db, db:
            return db.execute(sql, values).fetchall()

    def memory(self):
        """Bytes that the process has in memory."""
        return int(pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")

    def processor(self):
        """Seconds of processor time that it has taken."""
        times = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        return sum(map(int, times)) / os.sysconf("SC_CLK_TCK")


def read_event(stream, end=None):
    """The next event of a stream: its name, its data, its id. It must come until `end`."""
    event = {"event": None, "data": None, "id": None}
    while line := stream.readline().decode():  # at least a comment every 5 s
        assert not end or time.monotonic() < end, "the event does not come"
        if line == "\n" and event["event"]:
            return event["event"], json.loads(event["data"]), event["id"]
        name, _, value = line.rstrip("\n").partition(": ")
        if name in event:
            event[name] = value
    return None, None, None


def wait_for_event(stream, condition, seconds=WAIT):
    """Reads on until an event is as wanted. Returns all that were read."""
    events, end = [], time.monotonic() + seconds
    while not events or not condition(*events[-1][:2]):
        events.append(read_event(stream, end))
        assert events[-1][0], "the stream has ended"
    return events
