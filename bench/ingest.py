#!/usr/bin/python3
"""Uplinks a second that the service takes, for bench/ingest.sh.

usage: ingest.py NAME WHERE     WHERE is the store; what else it needs comes from the environment, see ingest.sh
"""

import atexit
import os
import pathlib
import subprocess
import sys
import time
import urllib.request

import paho.mqtt.client as paho

from uplinks import free_port, read_packets

NAME, WHERE = sys.argv[1:]
WORK, SECONDS = pathlib.Path(os.environ["INGEST_WORK"]), float(os.environ["INGEST_SECONDS"])
LIMITNET, SECRET, SOURCE = "build/release/limitnet", "s", "bench"
MOST_RATE = 6000  # events that wait in the broker for each second of a measurement
BEGIN = 5         # and for so many seconds before, in which the connections are made
EVENTS = int((SECONDS + BEGIN) * MOST_RATE)


def start(*command):
    """A process that ends with this one, however this one ends."""
    process = subprocess.Popen(command)
    atexit.register(process.kill)
    return process


def flushes():
    """What the disk allows: how many times a second a page is on it."""
    begin, count, file = time.monotonic(), 0, os.open(WORK / "page", os.O_CREAT | os.O_WRONLY)
    while time.monotonic() < begin + 2:
        os.pwrite(file, bytes(4096), 0)
        os.fdatasync(file)
        count += 1
    os.close(file)
    return count / 2


def make_event(number, packets):
    """As ingest.lua does: 120 devices at a time send a picture each, in turn."""
    place, turn = number % 120, number // 120
    device = f"{turn // len(packets) * 120 + place:016x}"
    message = (f'{{"deviceInfo":{{"devEui":"{device}"}},"devAddr":"00b8a9c7","fCnt":{turn % len(packets)},"fPort":10,'
               f'"data":"{packets[turn % len(packets)]}"}}')  # fmt: skip
    return f"application/1/device/{device}/event/up", message


def empty_store():
    if NAME == "SQLite":
        for path in WORK.glob("store.db*"):
            path.unlink()
    else:
        statement = "DROP SCHEMA public CASCADE; CREATE SCHEMA public"
        subprocess.run(["psql", "-q", WHERE, "-c", statement], check=True, stderr=subprocess.DEVNULL)


class Role:
    """A process of the service."""

    def __init__(self, role, source):
        self.port, self.metrics_port = free_port(), free_port()
        config = WORK / f"{role}.conf"
        config.write_text(f"[service]\nstore = {WHERE}\n[web]\nport = {self.port}\nmetrics port = {self.metrics_port}\n"
                          f"[log]\nlevel = warning\n{source}")  # fmt: skip
        self.process = start(LIMITNET, "serve", "--roles", role, "--config", config)
        self.wait_until(lambda: self.get("/readyz"))

    def wait_until(self, condition):
        while not condition():
            assert self.process.poll() is None, "the service ended"
            time.sleep(0.05)

    def get(self, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}{path}") as answer:
                return answer.read().decode()
        except OSError:
            return ""

    def metric(self, series):
        for line in self.get("/metrics").splitlines():
            if line.startswith(series):
                return float(line.split()[-1])
        return 0

    def stored(self):
        return self.metric(f'limitnet_events_total{{source="{SOURCE}",fate="stored"}}')

    def seconds_used(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def end(self):
        self.process.terminate()
        assert self.process.wait() == 0


def measure(ingest, worker, what, connections, run):
    """Runs the load, and prints what was stored meanwhile."""
    begin, used, before = time.monotonic(), worker.seconds_used(), ingest.stored()
    run()
    seconds, stored = time.monotonic() - begin, ingest.stored() - before
    assert stored > 0, "nothing was stored"
    busy = (worker.seconds_used() - used) / seconds
    print(f"{NAME:10} {what:8} {connections:2} connections: {stored / seconds:5.0f} uplinks a second; "
          f"the worker had {100 * busy:3.0f} % of a core, the load was {os.getloadavg()[0]:.1f}", flush=True)  # fmt: skip
    worker.end()
    ingest.end()


def measure_webhooks(connections):
    source = f"[source {SOURCE}]\nkind = webhook\nform = chirpstack\nsecret = {SECRET}\n"
    worker, ingest = Role("work", source), Role("ingest", source)
    load = ["wrk", "-t", "1", "-c", str(connections), "-d", f"{SECONDS:.0f}s", "-s", "bench/ingest.lua",
            f"http://127.0.0.1:{ingest.port}/hook/{SOURCE}", "--", SECRET, WORK / "packets"]  # fmt: skip

    def run():
        answer = subprocess.run(load, check=True, capture_output=True, text=True).stdout
        assert "Non-2xx" not in answer and "Socket errors" not in answer, answer

    measure(ingest, worker, "webhooks", connections, run)


def fill_broker(port, packets):
    """Events that wait for the service: so publishing takes nothing from the measurement."""
    client = paho.Client("publisher")
    client.max_inflight_messages_set(200)
    client.connect("127.0.0.1", port)
    client.loop_start()
    for number in range(EVENTS):
        last = client.publish(*make_event(number, packets), qos=1)
    last.wait_for_publish()
    client.disconnect()
    client.loop_stop()


def measure_mqtt(connections, packets):
    port, config = free_port(), WORK / "broker.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nlog_dest none\n")
    broker = start("/usr/sbin/mosquitto", "-c", config)
    source = (f"[source {SOURCE}]\nkind = mqtt\nform = chirpstack\nurl = mqtt://127.0.0.1:{port}\n"
              f"connections = {connections}\n")  # fmt: skip
    connected = f'limitnet_source_connected{{source="{SOURCE}"}}'
    first = Role("ingest", source)
    first.wait_until(lambda: first.metric(connected) == connections)
    first.end()
    fill_broker(port, packets)
    worker = Role("work", source)
    ingest = Role("ingest", source)
    ingest.wait_until(lambda: ingest.metric(connected) == connections)

    def run():
        time.sleep(SECONDS)
        assert ingest.stored() < EVENTS, "all events were stored before the end: more must wait"

    measure(ingest, worker, "MQTT", connections, run)
    broker.terminate()
    broker.wait()


packets = read_packets(WORK / "cat.lnp")
print(f"the disk flushes {flushes():.0f} times a second")
(WORK / "packets").write_text("\n".join(packets) + "\n")
for connections in (1, 4, 16):
    empty_store()
    measure_webhooks(connections)
for connections in (1, 4, 16):
    empty_store()
    measure_mqtt(connections, packets)
