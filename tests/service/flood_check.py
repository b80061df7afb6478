"""What must be there after a flood: frames, counts, and a process that has not grown."""

import collections
import pathlib
import sqlite3
import threading

from flood_events import FORMS

GROWTH_KB = 8192  # of a process at most, after its first tenth


class Ledger:
    """Counts fates, and keeps the frames that must be stored in a database beside the store."""

    COLUMNS = "source, device, id, session, counter_bits, counter, port, heard_ms, battery, payload"

    def __init__(self, folder):
        self.fates, self.numbers, self.lock = collections.Counter(), collections.Counter(), threading.Lock()
        self.path = folder / "expected.db"
        self.db = sqlite3.connect(self.path, check_same_thread=False, isolation_level=None)
        self.db.execute("PRAGMA journal_mode = OFF")
        self.db.execute(f"CREATE TABLE expected ({self.COLUMNS})")
        self.db.execute("BEGIN")

    def note(self, source, fate, frame):
        with self.lock:
            self.fates[source, fate] += 1
            if fate == "stored":
                self.numbers[source, frame.device] += 1
                self.db.execute(f"INSERT INTO expected VALUES ({', '.join('?' * 10)})",
                                (source, frame.device, self.numbers[source, frame.device], frame.session,
                                 frame.counter_bits, frame.counter, frame.port, frame.time_ms,
                                 frame.battery, frame.payload))  # fmt: skip

    def check_store(self, store):
        self.db.execute("COMMIT")
        self.db.execute("ATTACH ? AS store", (str(store),))
        here = f"SELECT {self.COLUMNS} FROM expected"
        there = ("SELECT d.source, d.name, f.id, f.session, f.counter_bits, f.counter, f.port, f.heard_ms, f.battery,"
                 " f.payload FROM store.frame f JOIN store.device d ON d.device = f.device")  # fmt: skip
        for what, query in ("is missing", f"{here} EXCEPT {there}"), ("is too much", f"{there} EXCEPT {here}"):
            row = self.db.execute(query).fetchone()
            assert not row, f"the store: {what}: {row}"
        tables = "expected", "store.frame"
        counts = [self.db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables]
        assert counts[0] == counts[1] > 0, counts
        return counts[0]


# ---- Memory ----------------------------------------------------------------------------------------------------------


class Memory:
    """How much a process grew after it was warm."""

    def __init__(self, process):
        self.path = f"/proc/{process.pid}/status"
        self.warm = None

    def read_kb(self):
        lines = pathlib.Path(self.path).read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))

    def look(self, share):
        if self.warm is None and share >= 0.1:
            self.warm = self.read_kb()

    def check(self, what):
        grown = self.read_kb() - self.warm
        assert grown < GROWTH_KB, f"{what} has grown by {grown} KB, from {self.warm}"
        return f"{what}: {self.warm // 1024} MB, and then {grown} KB more"


def check_log(path, seconds):
    """At most five lines and a summary in ten seconds for each of the few things that may be said of a source."""
    lines = path.read_text().count("\n")
    most = 6 * 4 * (len(FORMS) + 1) * (seconds / 10 + 1)
    assert lines < most, f"{path}: {lines} lines"
    assert "Sanitizer" not in path.read_text()
    return f"{lines} lines"


# ---- Counts ----------------------------------------------------------------------------------------------------------


def check_counts(metrics, fates, statuses):
    expected = {f'limitnet_events_total{{source="{source}",fate="{fate}"}}': n for (source, fate), n in fates.items()}
    expected |= {f'limitnet_http_requests_total{{status="{status}"}}': n for status, n in statuses.items()}
    counted = {name: n for name, n in metrics.items() if name.startswith(("limitnet_events", "limitnet_http"))}
    wrong = {name: (counted.get(name, 0), expected.get(name, 0)) for name in counted.keys() | expected.keys()
             if counted.get(name, 0) != expected.get(name, 0)}  # fmt: skip
    assert not wrong, f"counted, and sent: {wrong}"
    assert metrics.get("limitnet_metrics_lost_total", 0) == 0
