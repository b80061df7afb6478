"""A broker, the service, and events, for tests of sources. Each test has a folder and ports of its own."""

import atexit
import base64
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request

import paho.mqtt.client as paho

EVENTS = pathlib.Path(__file__).parent / "events"
CHIRPSTACK = json.loads((EVENTS / "chirpstack-up.json").read_bytes())
WAIT = 60  # seconds that something may take; tests end long before


started = []
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


@atexit.register
def end_all():
    """Whatever a test that failed has left."""
    for process in started:
        process.kill()


def run_tests(module, *arguments, wanted=()):
    """Runs each test_... of a module's globals() with these arguments and a folder of its own; given names, only those."""
    for name, test in list(module.items()):
        if not name.startswith("test_") or (wanted and name not in wanted):
            continue
        with tempfile.TemporaryDirectory(prefix=f"limitnet-{pathlib.Path(sys.argv[0]).stem}-") as folder:
            start = time.monotonic()
            said = test(*arguments, pathlib.Path(folder))
            print(f"{name}: {time.monotonic() - start:.1f} s{', ' + said if said else ''}", flush=True)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(what, condition, seconds=WAIT):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"{what}: still not so after {seconds} s"
        time.sleep(0.02)


def make_event(number, counter=1, port=10, payload=None):
    """An uplink of ChirpStack, from a device of its own, and its topic."""
    eui = f"{number:016x}"
    event = dict(CHIRPSTACK, fCnt=counter, fPort=port)
    event["deviceInfo"] = dict(CHIRPSTACK["deviceInfo"], devEui=eui)
    event["data"] = base64.b64encode(payload or b"packet %d" % number).decode()
    return f"application/7/device/{eui}/event/up", json.dumps(event).encode()


class Broker:
    """mosquitto, which keeps on disk what it has not delivered, and tells in its log what was acknowledged."""

    def __init__(self, folder, *settings):
        self.port, self.folder, self.process = free_port(), folder, None
        self.log = folder / "broker.log"
        lines = [f"listener {self.port} 127.0.0.1", f"log_dest file {self.log}", "log_type all", "persistence true",
                 f"persistence_location {folder}/", "autosave_on_changes true", "autosave_interval 1",
                 "max_queued_messages 0", *(settings or ["allow_anonymous true"])]  # fmt: skip
        if os.getuid() == 0:
            lines.append("user root")
        (folder / "broker.conf").write_text("\n".join(lines) + "\n")
        self.start()

    def start(self):
        program = shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin")
        assert program, "mosquitto is missing: tools/setup.sh test"
        with open(self.folder / "broker.err", "a") as errors:
            self.process = subprocess.Popen([program, "-c", self.folder / "broker.conf"], stderr=errors)
        started.append(self.process)
        wait_for("the broker listens", self.listens)

    def listens(self):
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.port)) == 0

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait()

    def acknowledged(self, client):
        """The topics whose events the client has acknowledged, and how many events were sent to it twice."""
        sent, done, again = {}, set(), 0
        for line in self.log.read_text(errors="replace").splitlines():
            if match := re.search(rf"Sending PUBLISH to {client} \(d(\d), q1, r\d, m(\d+), '([^']+)'", line):
                sent[match[2]] = match[3]
                again += match[1] == "1"
            elif match := re.search(rf"Received PUBACK from {client} \(Mid: (\d+)", line):
                done.add(sent[match[1]])
        return done, again

    def forgotten(self):
        """The topics of events that it took when it had started again and nobody had subscribed yet: mosquitto 2.0.11
        keeps sessions on its disk, but not the shared subscriptions in them."""
        topics, starts, is_known = set(), 0, False
        taken = re.compile(r"Received PUBLISH from publisher \(.*'([^']+)'")
        for line in self.log.read_text(errors="replace").splitlines():
            if re.search(r"mosquitto version \S+ starting", line):
                starts, is_known = starts + 1, False
            elif " 1 $share/" in line:
                is_known = True
            elif not is_known and starts > 1 and (match := taken.search(line)):
                topics.add(match[1])
        return topics


class Publisher:
    """Publishes, and knows what the broker has taken. It keeps on trying while the broker is away."""

    def __init__(self, port, user=None, password=None):
        self.client = paho.Client("publisher", clean_session=False)
        self.taken = 0
        self.client.on_publish = self.count
        self.client.max_inflight_messages_set(200)
        self.client.reconnect_delay_set(1, 1)
        if user:
            self.client.username_pw_set(user, password)
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()

    def count(self, *_):
        self.taken += 1

    def publish(self, topic, message, qos=1):
        self.client.publish(topic, message, qos)

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


class Service:
    def __init__(self, tool, folder, *arguments, log="service.log"):
        self.log, self.folder = folder / log, folder
        self.metrics_port = free_port()
        self.begin = self.log.stat().st_size if self.log.exists() else 0  # of what this one says
        command = [tool, f"store={folder / 'store.db'}", f"metrics={self.metrics_port}", *arguments]
        with open(self.log, "a") as errors:
            self.process = subprocess.Popen(command, stderr=errors, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            text=True)  # fmt: skip
        started.append(self.process)

    def children(self):
        """The processes that it has started."""
        threads = pathlib.Path(f"/proc/{self.process.pid}/task").iterdir()
        return [int(child) for thread in threads for child in (thread / "children").read_text().split()]

    def output(self):
        return self.log.read_bytes()[self.begin :].decode(errors="replace")

    def said(self, text):
        return text in self.output()

    def wait_for(self, text, seconds=WAIT):
        def told():
            assert self.process.poll() is None or self.said(text), self.output()
            return self.said(text)

        try:
            wait_for(f"the service says '{text}'", told, seconds)
        except AssertionError as problem:
            raise AssertionError(f"{problem}: {self.output()}") from None

    def metric(self, series):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}/metrics", timeout=WAIT) as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith(series + " "):
                    return float(line.split()[-1])
        return 0

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.close()

    def stop(self, seconds=WAIT):
        """Ends it in order; nothing that a sanitizer minds may have happened."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(seconds)
        self.close()
        assert code == 0, f"exit code {code}: {self.output()}"

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()


def stored(folder):
    """How many frames there are of each device."""
    with contextlib.closing(sqlite3.connect(folder / "store.db", timeout=WAIT)) as db:
        try:
            rows = db.execute("SELECT d.name, count(f.id) FROM device d JOIN frame f USING (device) GROUP BY d.name")
            return dict(rows.fetchall())
        except sqlite3.OperationalError as problem:
            assert "no such table" in str(problem)
            return {}


def device_of(topic):
    return topic.split("/")[3]
