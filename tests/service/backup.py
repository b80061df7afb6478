#!/usr/bin/python3
"""The commands of docs/OPERATING.md that back up and restore the store, while the service takes frames: what was
acknowledged before the backup is in it, and a service goes on from it.

usage: postgres.sh backup.py     with the program of tool_serve.c in LN_TEST_TOOL
"""

import contextlib
import os
import pathlib
import subprocess
import tempfile
import threading
import urllib.request

from support import Service, free_port, make_event, wait_for

HOOK = ["webhook=field", "form=chirpstack", "secret=s"]
DATABASE = os.environ["LN_TEST_DATABASE"]


class Taker:
    """A service on a store, and a network that sends."""

    def __init__(self, folder, store):
        self.port, self.taken = free_port(), 0
        self.service = Service(os.environ["LN_TEST_TOOL"], folder, f"store={store}", f"port={self.port}", *HOOK)
        self.service.wait_for("the service is ready")

    def send(self, number):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/hook/field", make_event(number)[1],
                                         {"X-LimitNet-Secret": "s"})  # fmt: skip
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert answer.read() == b"taken\n"
        self.taken = number

    @contextlib.contextmanager
    def sending(self):
        end = threading.Event()

        def send_all():
            while not end.is_set():
                self.send(self.taken + 1)

        thread = threading.Thread(target=send_all)
        thread.start()
        yield
        end.set()
        thread.join()

    def fate(self, name):
        return self.service.metric(f'limitnet_events_total{{source="field",fate="{name}"}}')


def back_up(folder, store, command):
    """Runs the command while frames come. Returns how many were acknowledged before it, and at the end."""
    taker = Taker(folder, store)
    with taker.sending():
        wait_for("frames are taken", lambda: taker.taken >= 100)
        before = taker.taken
        subprocess.run(command, check=True)
        behind = taker.taken
        wait_for("the service goes on", lambda: taker.taken > behind + 20)
    taker.service.stop()
    return before, taker.taken


def check_restored(folder, store, before, last):
    """What the network sends again is there already up to the backup, and is taken behind it."""
    taker = Taker(folder, store)
    for number in range(1, last + 1):
        taker.send(number)
        if number == before:
            assert (taker.fate("repeat"), taker.fate("stored")) == (before, 0)
    assert taker.fate("stored") > 0 and taker.fate("repeat") + taker.fate("stored") == last
    taker.service.stop()


def test_sqlite(folder):
    copy = folder / "copy.db"
    command = ["sqlite3", folder / "store.db", f"VACUUM INTO '{copy}'"]
    before, last = back_up(folder, folder / "store.db", command)
    check_restored(folder, copy, before, last)


def test_postgres(folder):
    dump, restored = folder / "limitnet.dump", DATABASE.replace("/postgres?", "/restored?")
    before, last = back_up(folder, DATABASE, ["pg_dump", "--format=custom", f"--file={dump}", DATABASE])
    subprocess.run(["psql", "--quiet", DATABASE, "-c", "CREATE DATABASE restored"], check=True)
    subprocess.run(["pg_restore", "--exit-on-error", f"--dbname={restored}", dump], check=True)
    check_restored(folder, restored, before, last)


for test in (test_sqlite, test_postgres):
    with tempfile.TemporaryDirectory(prefix="limitnet-backup-") as name:
        test(pathlib.Path(name))
        print(test.__name__, flush=True)
