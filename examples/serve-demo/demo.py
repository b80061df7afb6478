#!/usr/bin/env python3
"""Ten cameras, a broker and the service, on this computer: serve.conf and cameras.conf beside this file say what they
do. Shows what the service sees while packets come, and writes the pictures of alarms into build/serve-demo.

usage: demo.py PROGRAM           until the cameras have sent their pictures, or Ctrl-C
       demo.py PROGRAM --check   until an alarm has come with its picture; ends with 1 if none does
"""

import base64
import configparser
import datetime
import hashlib
import hmac
import http.server
import json
import os
import pathlib
import queue
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

import paho.mqtt.client as paho

HERE = pathlib.Path(__file__).resolve().parent
OUT = HERE.parents[1] / "build/serve-demo"
SPEED = 10  # of the cameras' clock
START = 60  # seconds that something may take to begin
ALARM = 120  # seconds that --check waits for an alarm
REST = 5  # seconds that the last picture is waited for
PNG = b"\x89PNG\r\n\x1a\n"


class Problem(Exception):
    pass


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def say(text):
    print(text, flush=True)


# ---- The parts -------------------------------------------------------------------------------------------------------


class Process:
    """A program that ends with the demo. Ctrl-C does not reach it, so that the demo can end all in order."""

    def __init__(self, name, command, log, **more):
        self.name, self.log = name, log
        with open(log, "w") as errors:
            self.process = subprocess.Popen(command, stdout=errors, stderr=errors, start_new_session=True, **more)

    def wait_for(self, condition):
        end = time.monotonic() + START
        while not condition():
            self.check()
            if time.monotonic() > end:
                raise Problem(f"{self.name} does not begin: read {self.log}")
            time.sleep(0.05)

    def check(self):
        if self.process.poll() is not None:
            raise Problem(f"{self.name} has ended: {self.log.read_text().strip()[-300:]}")

    def end(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def output_of(command):
    done = subprocess.run(command, capture_output=True, text=True, start_new_session=True)
    if done.returncode:
        raise Problem(done.stderr.strip()[-300:])
    return done.stdout


def listens(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


def is_ready(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def adapt_settings(folder):
    """The settings with ports that are free. Returns their file, and what they are."""
    settings = configparser.ConfigParser(interpolation=None)
    settings.read(HERE / "serve.conf")
    ports = {name: free_port() for name in ("broker", "listener", "web", "metrics")}
    settings["source reserve"]["url"] = f"mqtt://127.0.0.1:{ports['broker']}"
    settings["target listener"]["url"] = f"http://127.0.0.1:{ports['listener']}/"
    settings["web"].update({"port": str(ports["web"]), "metrics port": str(ports["metrics"])})
    with open(folder / "serve.conf", "w") as file:
        settings.write(file)
    return folder / "serve.conf", ports, settings["target listener"]["secret"]


def start_broker(port, folder):
    program = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if not program:
        raise Problem("mosquitto is missing: make serve-demo installs it")
    settings = folder / "mosquitto.conf"
    user = "user root\n" if os.getuid() == 0 else ""
    settings.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n{user}")
    broker = Process("mosquitto", [program, "-c", settings], OUT / "mosquitto.log")
    return broker, lambda: broker.wait_for(lambda: listens(port))


class Listener(http.server.BaseHTTPRequestHandler):
    """Takes alarms, as your own service would."""

    alarms, secret = queue.Queue(), b""

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        mac = "sha256=" + hmac.new(self.secret, body, hashlib.sha256).hexdigest()
        is_ours = hmac.compare_digest(mac, self.headers.get("LimitNet-Signature", ""))
        if is_ours:
            self.alarms.put(json.loads(body))
        self.send_response(200 if is_ours else 401)
        self.end_headers()

    def log_message(self, *_):
        pass


def start_listener(port, secret):
    Listener.secret = secret.encode()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def publish(port, events, over, stop):
    """Sends the events as ChirpStack would, each at its time."""
    client = paho.Client("chirpstack")
    client.connect("127.0.0.1", port)
    client.loop_start()
    begin, first = time.monotonic(), None
    for line in events.read_text().splitlines():
        event = json.loads(line)["event"]
        at = datetime.datetime.fromisoformat(event["time"]).timestamp()
        first = first or at
        if stop.wait(max(0, begin + (at - first) / SPEED - time.monotonic())):
            break
        device = event["deviceInfo"]
        topic = f"application/{device['applicationId']}/device/{device['devEui']}/event/up"
        client.publish(topic, json.dumps(event), qos=1)
    client.disconnect()
    client.loop_stop()
    over.set()


# ---- What is shown ---------------------------------------------------------------------------------------------------


class Show:
    def __init__(self, program, settings):
        self.command = [program, "pictures", "--json", "--most", "100", "--config", settings]
        self.seen, self.alarms = {}, 0

    def pictures(self):
        for picture in reversed([json.loads(line) for line in output_of(self.command).splitlines()]):
            key, packets = (picture["device"], picture["picture"]), picture["packets"]
            if key not in self.seen:
                say(f"{picture['device']}  a picture begins")
            if self.seen.get(key) != packets:
                say(f"{picture['device']}  {packets:3} packets {picture['bytes']:6,} B  "
                    f"{picture['label'] or 'nothing'} ({picture['score']:.0%})")  # fmt: skip
            self.seen[key] = packets

    def next_alarm(self):
        """Returns whether one came with its picture."""
        try:
            alarm = Listener.alarms.get(timeout=0.5)
        except queue.Empty:
            return False
        self.alarms += 1
        image = base64.b64decode(alarm.get("image", {}).get("data", ""))
        file = OUT / f"alarm-{self.alarms}.png"
        file.write_bytes(image)
        say(f"ALARM  {alarm['text']}: {file.relative_to(HERE.parents[1])}")
        return image.startswith(PNG)


def run(program, check, folder, started):
    settings, ports, secret = adapt_settings(folder)
    stop, over, events = threading.Event(), threading.Event(), folder / "events.jsonl"
    broker, wait_for_broker = start_broker(ports["broker"], folder)
    started.append(broker.end)
    wait_for_broker()
    listener = start_listener(ports["listener"], secret)
    started.append(listener.shutdown)
    service = Process("limitnet serve", [program, "serve", "--config", settings], OUT / "service.log")
    started.append(service.end)
    say("ten cameras take their pictures ...")
    output_of([program, "sim", "--events", events, HERE / "cameras.conf"])
    service.wait_for(lambda: is_ready(ports["web"]))
    say(f"the page: http://127.0.0.1:{ports['web']}/  metrics: http://127.0.0.1:{ports['metrics']}/metrics")
    say(f"pictures come, {SPEED} times as fast as in the field; Ctrl-C ends")
    publisher = threading.Thread(target=publish, args=(ports["broker"], events, over, stop))
    started.append(lambda: (stop.set(), publisher.join()))
    publisher.start()
    show, end = Show(program, settings), time.monotonic() + ALARM
    while not over.is_set() or time.monotonic() < last + REST:
        broker.check()
        service.check()
        has_alarm = show.next_alarm()
        show.pictures()
        if check and has_alarm:
            return
        if check and time.monotonic() > end:
            raise Problem(f"no alarm came with its picture in {ALARM} s: read {OUT / 'service.log'}")
        if not over.is_set():
            last = time.monotonic()
    say(f"all pictures have come: {len(show.seen)}, and {show.alarms} alarms")
    if check:
        raise Problem("no alarm came with its picture")


def main():
    if len(sys.argv) not in (2, 3) or sys.argv[2:] not in ([], ["--check"]):
        sys.exit(__doc__)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.glob("alarm-*.png"):
        old.unlink()
    started = []
    with tempfile.TemporaryDirectory(prefix="limitnet-demo-") as folder:
        try:
            run(pathlib.Path(sys.argv[1]).resolve(), len(sys.argv) == 3, pathlib.Path(folder), started)
        except Problem as problem:
            sys.exit(f"demo: {problem}")
        except KeyboardInterrupt:
            say("\nends")
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            for end in reversed(started):
                end()


main()
