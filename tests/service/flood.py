#!/usr/bin/python3
"""Floods the service with events of all forms, right and wrong ones: each is counted as what it is, what is stored is
exactly what was sent, and neither memory nor log grow.

usage: flood.py PROGRAM [--events N] [--seed S]     half go through `limitnet replay`, half through webhooks
"""

import argparse
import base64
import collections
import http.client
import json
import os
import pathlib
import subprocess
import tempfile
import threading
import time
import urllib.request

from flood_check import Ledger, Memory, check_counts, check_log
from flood_events import FORMS, LONGEST, PORT
from flood_stream import Flood
from support import WAIT, free_port, started, wait_for

CONNECTIONS = 4
SECRET = "s"
FOREIGN = 0.002  # share of requests that are none of a source's: too large, no secret, no such source

SETTINGS = """
[service]
store = {store}
port = {frames}
[web]
port = {port}
metrics port = {metrics}
"""


def write_settings(folder):
    ports = {"port": free_port(), "metrics": free_port()}
    text = SETTINGS.format(store=folder / "store.db", frames=PORT, **ports)
    for form in FORMS:
        text += f"[source {form.source}]\nkind = webhook\nform = {form.source}\nsecret = {SECRET}\n"
    path = folder / "flood.conf"
    path.write_text(text)
    return path, ports


# ---- Replay ----------------------------------------------------------------------------------------------------------


def line_of(rng, source, event):
    """A line of a recording; half of those events that can be are given as JSON."""
    if event.startswith(b"{") and rng.random() < 0.5:
        try:
            return json.dumps({"at": 1, "source": source, "event": json.loads(event)})
        except ValueError:
            pass
    return json.dumps({"at": 1, "source": source, "base64": base64.b64encode(event).decode()})


def wrong_line(rng, source):
    return rng.choice(["{", "[]", "x" * 1000000, json.dumps({"at": 1, "source": "elsewhere", "event": {}}),
                       json.dumps({"at": "then", "source": source, "event": {}}),
                       json.dumps({"at": 1, "source": source, "base64": "!"}),
                       json.dumps({"at": 1, "source": source, "event": {"x": "x" * 1000000}})])  # fmt: skip


def replay(program, settings, folder, ledger, count, seed):
    flood, left_out, begin = Flood(seed), 0, time.monotonic()
    before = collections.Counter(ledger.fates)
    with open(folder / "replay.log", "w") as log:
        process = subprocess.Popen([program, "replay", "--speed", "1000000", "--config", settings, "-"],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)  # fmt: skip
    started.append(process)
    memory = Memory(process)
    for number in range(count):
        source, event, fate, frame = flood.next()
        if flood.rng.random() < FOREIGN:
            left_out += 1
            process.stdin.write(wrong_line(flood.rng, source) + "\n")
        ledger.note(source, fate, frame)
        process.stdin.write(line_of(flood.rng, source, event) + "\n")
        memory.look(number / count)
    process.stdin.flush()
    grown = memory.check("replay")
    said, _ = process.communicate(timeout=10 * WAIT)
    fates = ledger.fates - before
    taken = sum(n for (_, fate), n in fates.items() if fate in ("stored", "repeat"))
    expected = f"{taken} events taken, {sum(fates.values()) - taken} refused, {left_out} lines left out\n"
    assert process.returncode == 0 and said == expected, (said, expected)
    print(f"{count} events by replay, {count / (time.monotonic() - begin):.0f} a second; {grown};"
          f" log: {check_log(folder / 'replay.log', time.monotonic() - begin)}", flush=True)  # fmt: skip


# ---- Webhooks --------------------------------------------------------------------------------------------------------


class Caller(threading.Thread):
    """A connection, with devices of its own."""

    def __init__(self, port, ledger, count, seed):
        super().__init__(daemon=True)
        self.port, self.ledger, self.count = port, ledger, count
        self.flood, self.statuses, self.done, self.failure = Flood(seed), collections.Counter(), 0, None
        self.connect()

    def connect(self):
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT)

    def run(self):
        try:
            for self.done in range(1, self.count + 1):
                self.call()
        except Exception as failure:  # the test's main thread tells it
            self.failure = failure

    def call(self):
        if self.flood.rng.random() < FOREIGN:
            self.call_wrongly()
        source, event, fate, frame = self.flood.next()
        self.ledger.note(source, fate, frame)
        taken = fate in ("stored", "repeat")
        status, body = self.post(source, event, SECRET)
        expected = {"sigfox": (204, b""), "short-burst": (200, b"OK\n")}
        wanted = expected.get(source, (200, b"taken\n" if taken else b"refused\n"))
        assert (status, body) == wanted, f"{source}: {status} {body} instead of {wanted} ({fate}: {event})"

    def call_wrongly(self):
        source = self.flood.rng.choice(FORMS).source
        size, name, secret, status = self.flood.rng.choice(
            [(LONGEST + 1, source, SECRET, 413), (1 << 20, source, SECRET, 413),
             (9, source, "x", 401), (9, "x", SECRET, 404)]  # fmt: skip
        )
        assert self.post(name, bytes(size), secret)[0] == status
        self.connection.close()  # the server may have closed it
        self.connect()

    def post(self, source, body, secret):
        try:
            self.connection.request("POST", f"/hook/{source}", body, {"X-LimitNet-Secret": secret})
        except (BrokenPipeError, ConnectionResetError):
            assert len(body) > LONGEST  # refused before it was sent; the answer is there
        answer = self.connection.getresponse()
        self.statuses[answer.status] += 1
        return answer.status, answer.read()


def read_metrics(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=WAIT) as answer:
        lines = answer.read().decode().splitlines()
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in lines if not line.startswith("#")}


def call(program, settings, ports, folder, ledger, count, seed):
    before, begin = collections.Counter(ledger.fates), time.monotonic()
    with open(folder / "serve.log", "w") as log:
        process = subprocess.Popen([program, "serve", "--config", settings, "--roles", "ingest"], stderr=log)
    started.append(process)
    wait_for("the service is ready", lambda: "the service is ready" in (folder / "serve.log").read_text())
    memory = Memory(process)
    callers = [Caller(ports["port"], ledger, count // CONNECTIONS, seed + 1 + i) for i in range(CONNECTIONS)]
    for caller in callers:
        caller.start()
    while any(caller.is_alive() for caller in callers):
        memory.look(sum(caller.done for caller in callers) / count)
        time.sleep(0.05)
    failures = [caller.failure for caller in callers if caller.failure]
    assert not failures, failures[0]
    grown, rate = memory.check("serve"), count / (time.monotonic() - begin)
    statuses = sum((caller.statuses for caller in callers), collections.Counter())
    check_counts(read_metrics(ports["metrics"]), ledger.fates - before, statuses)
    process.terminate()
    assert process.wait(WAIT) == 0, (folder / "serve.log").read_text()[-2000:]
    print(f"{count} events by webhooks, {rate:.0f} a second; {grown};"
          f" log: {check_log(folder / 'serve.log', time.monotonic() - begin)}", flush=True)  # fmt: skip


def flood(options, folder):
    settings, ports = write_settings(folder)
    ledger = Ledger(folder)
    replay(options.program, settings, folder, ledger, options.events // 2, options.seed * 100)
    call(options.program, settings, ports, folder, ledger, options.events // 2, options.seed * 100)
    stored = ledger.check_store(folder / "store.db")
    fates = collections.Counter()
    for (_, fate), n in ledger.fates.items():
        fates[fate] += n
    print(f"{stored} frames stored, as they were sent; fates: {dict(sorted(fates.items()))}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=lambda name: str(pathlib.Path(name).resolve()))
    parser.add_argument("--events", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    # A sanitizer keeps freed memory back, which would look like growth.
    os.environ["ASAN_OPTIONS"] = "quarantine_size_mb=1:thread_local_quarantine_size_kb=64"
    # In memory, since the disk's flushes would decide how long it takes.
    with tempfile.TemporaryDirectory(prefix="limitnet-flood-", dir="/dev/shm") as name:
        flood(options, pathlib.Path(name))


main()
