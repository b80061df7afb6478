"""Where the service keeps what it has, for a test that looks at it: a file of SQLite, or a PostgreSQL of its own."""

import os
import pathlib
import shlex
import sqlite3
import subprocess
import sys
import time

from support import WAIT, started, wait_for

HERE = pathlib.Path(__file__).parent


class Sqlite:
    name, parts = "SQLite", []

    def __init__(self, folder):
        self.where = str(folder / "store.db")

    def rows(self, query):
        db = sqlite3.connect(f"file:{self.where}?mode=ro", uri=True, timeout=WAIT)
        try:
            return [tuple("" if value is None else str(value) for value in row) for row in db.execute(query)]
        finally:
            db.close()

    def hex(self, column):
        return f"lower(hex({column}))"

    def close(self):
        pass


class Postgres:
    """postgres.sh starts it, and ends it when the program that it runs ends."""

    name = "PostgreSQL"

    def __init__(self, folder):
        held = folder / "held.sh"
        held.write_text('#!/bin/sh\necho "$LN_TEST_DATABASE"\necho "$LN_TEST_DATA"\nread -r line\n')
        held.chmod(0o755)
        self.process = subprocess.Popen([HERE / "postgres.sh", held], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)  # fmt: skip
        self.where = self.process.stdout.readline().strip()
        self.data = pathlib.Path(self.process.stdout.readline().strip())
        if not self.where:
            sys.exit(self.process.wait())  # 77: it is not installed
        self.server = None  # the one that was started by us, after a kill
        # Its first line is the postmaster's number, its command is in a file beside.
        self.command = shlex.split((self.data / "postmaster.opts").read_text())
        # Not Debian's wrapper, which takes longer than the query.
        self.psql = [pathlib.Path(self.command[0]).with_name("psql"), "-qAtF", "\t", "-d", self.where]

    def rows(self, query):
        run = subprocess.run([*self.psql, "-c", query], capture_output=True, text=True)
        assert run.returncode == 0, run.stderr
        return [tuple(line.split("\t")) for line in run.stdout.splitlines()]

    def hex(self, column):
        return f"encode({column}, 'hex')"

    def is_there(self):
        return subprocess.run([*self.psql, "-c", "SELECT 1"], capture_output=True).returncode == 0

    def kill(self, how):
        """SIGQUIT is `pg_ctl -m immediate`: all of its processes end at once. SIGKILL: the first one only, so the
        others must find out."""
        number = int((self.data / "postmaster.pid").read_text().split()[0])
        os.kill(number, how)
        if self.server:
            self.server.wait(WAIT)
            started.remove(self.server)
        wait_for("the server dies", lambda: not pathlib.Path(f"/proc/{number}").exists())

    def start(self):
        """Tries as long as some of its old processes live."""
        user = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.getuid() == 0 else []
        end = time.monotonic() + WAIT
        while not self.is_there():
            assert time.monotonic() < end, "PostgreSQL does not come back"
            with open(self.data.parent / "server.log", "a") as log:
                self.server = subprocess.Popen([*user, *self.command], stdout=log, stderr=log, cwd=self.data.parent)
            while self.server.poll() is None and not self.is_there():
                time.sleep(0.05)
        started.append(self.server)

    def close(self):
        self.process.stdin.close()
        self.process.wait(WAIT)
