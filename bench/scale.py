#!/usr/bin/python3
"""Uplinks a second that one process takes by webhooks, and two, for bench/scale.sh. The load is wrk's (ingest.lua).

usage: scale.py WHERE     the store; what else it needs comes from the environment, see scale.sh
"""

import os
import pathlib
import re
import socket
import subprocess
import sys
import time

from uplinks import free_port, read_packets

WHERE, WORK, SECONDS = sys.argv[1], pathlib.Path(os.environ["INGEST_WORK"]), os.environ["INGEST_SECONDS"]
CONNECTIONS = "16"


class Ingest:
    """A process, with a source of its own: the same events are others there."""

    def __init__(self, number):
        self.name, self.port = f"source-{number}", free_port()
        config = WORK / f"{self.name}.conf"
        config.write_text(f"[service]\nstore = {WHERE}\n[web]\nport = {self.port}\n[log]\nlevel = warning\n"
                          f"[source {self.name}]\nkind = webhook\nform = chirpstack\nsecret = s\n")  # fmt: skip
        self.process = subprocess.Popen(["build/release/limitnet", "serve", "--roles", "ingest", "--config", config])
        while not self.is_ready():
            assert self.process.poll() is None, "the service ended"
            time.sleep(0.05)

    def is_ready(self):
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.port)) == 0

    def load(self):
        url = f"http://127.0.0.1:{self.port}/hook/{self.name}"
        command = ["wrk", "-t", "1", "-c", CONNECTIONS, "-d", f"{SECONDS}s", "-s", "bench/ingest.lua", url, "--", "s",
                   WORK / "packets"]  # fmt: skip
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def seconds_used(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def end(self):
        self.process.terminate()
        assert self.process.wait() == 0


def measure(count):
    subprocess.run(["psql", "-q", WHERE, "-c", "DROP SCHEMA public CASCADE; CREATE SCHEMA public"], check=True,
                   stderr=subprocess.DEVNULL)  # fmt: skip
    processes = [Ingest(number) for number in range(count)]
    loads, requests, used = [process.load() for process in processes], 0, 0
    for load in loads:
        answer = load.communicate()[0]
        assert load.returncode == 0 and "Non-2xx" not in answer and "Socket errors" not in answer, answer
        requests += int(re.search(r"(\d+) requests in", answer)[1])
    for process in processes:
        used += process.seconds_used()
        process.end()
    print(f"{count} process(es) with webhooks: {requests / float(SECONDS):.0f} uplinks a second, "
          f"{1000 * used / requests:.2f} ms of processor time each; load {os.getloadavg()[0]:.1f}", flush=True)  # fmt: skip


(WORK / "packets").write_text("\n".join(read_packets(WORK / "cat.lnp")) + "\n")
for count in (1, 2):
    measure(count)
