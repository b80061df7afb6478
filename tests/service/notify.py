#!/usr/bin/python3
"""What the service tells systemd (sd_notify(3)): that it is ready, that it lives, that it stops.

usage: notify.py TOOL     TOOL is the program of tool_serve.c
"""

import os
import pathlib
import socket
import sys

from support import Service, run_tests

LOOK_S = 15  # how often the service looks at the store


class Systemd:
    """Hears what the service tells."""

    def __init__(self, folder):
        path = str(folder / "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        os.environ["NOTIFY_SOCKET"] = path

    def hear(self, seconds):
        """The next message; None: none came."""
        self.socket.settimeout(seconds)
        try:
            return self.socket.recv(100).decode()
        except TimeoutError:
            return None


def test_life(tool, folder):
    systemd = Systemd(folder)
    service = Service(tool, folder)
    assert systemd.hear(60) == "READY=1"
    assert [systemd.hear(10) for _ in range(3)] == ["WATCHDOG=1"] * 3
    service.stop()
    heard = list(iter(lambda: systemd.hear(0.1), None))
    assert heard[-1] == "STOPPING=1" and set(heard[:-1]) <= {"WATCHDOG=1"}, heard


def test_hang(tool, folder):
    """While the look at the store hangs, nothing says that the service lives."""
    systemd = Systemd(folder)
    service = Service(tool, folder, "hang=2")
    assert systemd.hear(60) == "READY=1"
    beats = 0
    while systemd.hear(5) == "WATCHDOG=1":
        beats += 1
        assert beats < 2 * LOOK_S, "it lives on while its look at the store hangs"
    assert beats > LOOK_S / 2, beats
    assert service.process.poll() is None, service.output()
    service.kill()


run_tests(globals(), str(pathlib.Path(sys.argv[1]).resolve()))
