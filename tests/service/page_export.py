#!/usr/bin/python3
"""Exports of the page, over HTTP from a service that runs.

usage: page_export.py PROGRAM [TEST...]
"""

import csv
import http.client
import io
import os
import pathlib
import re
import socket
import struct
import subprocess
import sys
import time
import urllib.parse
import zipfile

from support import WAIT, run_tests, started, wait_for
from support_page import Page

FORMS = {"csv": ("csv", "text/csv; charset=utf-8", "pictures.csv"),
         "coco": ("coco.zip", "application/zip", "coco.zip"),
         "camtrap-dp": ("camtrap.zip", "application/zip", "camtrap-dp.zip")}  # fmt: skip
PROJECT = "[project]\ntitle = Foxes\ncontributor = Eve\nsampling design = targeted\ncapture method = timeLapse\n"


class Shop(Page):
    """A page whose exports go through a folder of the test, on a disk of its own if `disk` says how large."""

    disk = None

    def start(self):
        settings = (self.folder / "serve.conf").read_text()
        if "[project]" not in settings:
            (self.folder / "serve.conf").write_text(settings + PROJECT)
        temporary = self.folder / "temporary"
        temporary.mkdir(exist_ok=True)
        os.environ["TMPDIR"] = str(temporary)
        if not self.disk:
            return super().start()
        mount = f"mount -t tmpfs -o size={self.disk} tmpfs {temporary} && exec {self.program} serve --config serve.conf"
        with open(self.log, "a") as log:
            self.process = subprocess.Popen(["unshare", "-m", "sh", "-c", mount], cwd=self.folder, stderr=log)
        started.append(self.process)
        wait_for("the service is ready", self.is_ready)

    def place(self):
        """Tells where each camera stands."""
        self.stop()
        with open(self.folder / "serve.conf", "a") as settings:
            for source, name in self.query("SELECT source, name FROM device"):
                settings.write(f"[camera {source}/{name}]\nlatitude = 48\nlongitude = 9\n")
        self.start()

    def multiply(self, count):
        """Makes many pictures of one, so that an export takes long."""
        numbers = f"WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM n WHERE k < {count})"
        device, id = self.query("SELECT device, id FROM picture WHERE final = 1 OR packets > 1 LIMIT 1")[0]
        columns = [row[1] for row in self.query("PRAGMA table_info(picture)")]
        chosen = ", ".join(f"id + k * 1000" if c == "id" else c for c in columns)
        self.query(f"{numbers} INSERT INTO picture SELECT {chosen} FROM picture, n WHERE device = ? AND id = ?", device, id)
        columns = [row[1] for row in self.query("PRAGMA table_info(frame)")]
        chosen = ", ".join(f"{c} + k * 1000" if c in ("id", "picture") else c for c in columns)
        self.query(f"{numbers} INSERT INTO frame SELECT {chosen} FROM frame, n WHERE device = ? AND picture = ?", device, id)

    def begin(self, path):
        """Asks for an export, and does not wait for it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT)
        connection.request("GET", path)
        return connection

    def begin_narrow(self, path):
        """The same by a client for which the system keeps little."""
        s = socket.socket()
        s.settimeout(WAIT)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        s.connect(("127.0.0.1", self.port))
        s.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        return s

    def is_busy(self):
        status, headers, body = self.get("/export.csv")
        if status == 503:
            assert headers["Retry-After"] == "30" and b"Another export" in body, body
        return status == 503

    def wait_until_free(self):
        wait_for("an export can be made", lambda: not self.is_busy(), 10)

    def files(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))


def rows_of(body):
    return list(csv.DictReader(io.StringIO(body.decode(), newline=""), strict=True))


def test_forms(program, folder):
    """The page gives the same files as the command."""
    page = Shop(program, folder)
    pictures = page.fill()
    page.place()
    assert page.get("/export.camtrap.zip?label=nothing+such")[0] == 409, "Camtrap DP without a picture"
    for form, (name, type, file) in FORMS.items():
        done = subprocess.run([program, "export", "--config", "serve.conf", "--form", form, "-o", "out"], cwd=folder,
                              capture_output=True)  # fmt: skip
        assert done.returncode == 0, done.stderr
        status, headers, body = page.get(f"/export.{name}")
        assert (status, headers["Content-Type"]) == (200, type), (form, status, body)
        assert headers["Content-Disposition"] == f'attachment; filename="{file}"'
        assert headers["Content-Length"] == str(len(body)) and headers["Cache-Control"] == "no-store"
        if form == "csv":
            assert body == (folder / "out").read_bytes()
        else:
            with zipfile.ZipFile(io.BytesIO(body)) as ours, zipfile.ZipFile(folder / "out") as theirs:
                assert ours.testzip() is None and ours.namelist() == theirs.namelist()
                assert sum(n.endswith(".png") for n in ours.namelist()) == len(pictures)
        status, headers, body = page.ask("HEAD", f"/export.{name}")
        assert (status, headers["Content-Type"], headers["Content-Length"], body) == (200, type, None, b"")
    assert page.ask("POST", "/export.csv")[0] == 405
    assert list((folder / "temporary").iterdir()) == []
    page.stop()


def test_fields(program, folder):
    """An export has what the search finds: its links keep the fields."""
    page = Shop(program, folder)
    page.fill()
    for table in ("alarm", "frame", "picture"):
        page.query(f"DELETE FROM {table}")
    names = [name for (name,) in page.query("SELECT name FROM device ORDER BY name")]
    for i in range(20):
        page.query("INSERT INTO picture (device, id, number, first_ms, last_ms, deadline_ms, packets, bytes, final, label,"
                   " score, model, open, seen, evidence) SELECT device, ?, 0, 0, ?, 0, 1, 1, 1, ?, ?, 0, 0, 0, ? FROM device"
                   " WHERE name = ?", 1000 + i, 1780000000000 + i * 60000, "100%_cat" if i % 4 else "Dog", i * 200,
                   i % 10 == 0, names[i % 2])  # fmt: skip
    queries = ["", "label=dOG", "label=" + urllib.parse.quote("0%_"), "label=c_t", "source=net", "source=other", "score=50",
               f"source=net&device={names[0]}", f"source=net&device={names[1]}&label=dog", "alarms=1",
               "from=2026-05-28T20:36", "to=2026-05-28T20:36", "from=x&to=x&score=x"]  # fmt: skip
    counts = set()
    for query in queries:
        html = page.html(f"/search?{query}")
        shown = re.findall(r'id="picture-(\d+)-(\d+)"', html)
        links = [link.replace("&amp;", "&") for link in re.findall(r'href="(/export\.[^"]+)"', html)]
        assert len(links) == (3 if shown else 0), (query, links)
        link = links[0] if links else f"/export.csv?{query}"
        assert links == [] or [l.split("?")[1] for l in links] == [link.split("?")[1]] * 3
        status, _, body = page.get(link)
        exported = rows_of(body)
        assert status == 200 and sorted(r["picture"] for r in exported) == sorted(id for _, id in shown), query
        counts.add(len(exported))
    assert len(counts) > 5, counts
    status, _, body = page.get(f"/export.csv?device={names[0]}")
    assert status == 400 and b"needs its source" in body and not page.is_busy()
    page.stop()


def test_busy(program, folder):
    """One at a time. A client that goes away makes room, and so does one that reads nothing."""
    page = Shop(program, folder)
    picture = page.fill()[0] + ".png"
    page.multiply(8000)
    assert page.get(picture)[0] == page.get("/export.csv")[0] == 200
    before = page.files()
    assert page.ask("HEAD", "/export.coco.zip")[0] == 200 and not page.is_busy(), "an export is made for its head"
    first = page.begin("/export.coco.zip")
    wait_for("it is being made", page.is_busy, 10)
    for form in ("csv", "coco.zip", "camtrap.zip"):
        assert page.get(f"/export.{form}")[0] == 503
    begin = time.monotonic()
    assert page.get("/")[0] == page.get(picture)[0] == 200
    assert time.monotonic() - begin < 3, "others wait for the export"
    first.close()
    page.wait_until_free()
    wait_for("nothing is left of it", lambda: page.files() <= before + 1, 10)
    page.query("DELETE FROM picture WHERE id > 3000000")
    page.query("UPDATE picture SET label = ?", "x" * 3000)

    silent = page.begin("/export.csv")  # 9 MB, more than what the system takes for it
    wait_for("it is there", lambda: silent.sock.recv(1))
    assert page.is_busy()
    wait_for("who reads nothing is cut", lambda: not page.is_busy(), 30)
    silent.close()
    slow = page.begin_narrow("/export.csv")
    begin = time.monotonic()
    assert slow.recv(1000) and page.is_busy()
    while page.is_busy():
        assert time.monotonic() - begin < 90 and slow.recv(2000), "who reads too slowly is not cut"
        time.sleep(2.5)  # as much as keeps the connection from being idle
    slow.close()
    page.stop()


def test_lost(program, folder):
    """A client that breaks off while the server is about to answer leaves nothing behind."""
    page = Shop(program, folder)
    page.fill()
    page.multiply(100)
    for i in range(20):
        s = page.begin_narrow("/export.coco.zip" if i % 2 else "/export.csv?from=2999-01-01T00:00")
        time.sleep(i % 4 * 0.001)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        s.close()
        page.wait_until_free()
    page.stop()


def test_stop(program, folder):
    """A service that stops does not wait for an export; its client is told."""
    page = Shop(program, folder)
    page.fill()
    page.multiply(8000)
    waiting = page.begin("/export.coco.zip")
    wait_for("it is being made", page.is_busy, 10)
    begin = time.monotonic()
    page.stop()
    assert time.monotonic() - begin < 5, time.monotonic() - begin
    assert waiting.getresponse().status == 503
    assert list((folder / "temporary").iterdir()) == []


def test_full(program, folder):
    """No room for the file: a line of why, and the next one can be made."""
    page = Shop(program, folder)
    page.fill()
    page.multiply(40)
    (folder / "temporary").rmdir()
    status, headers, body = page.get("/export.csv")
    assert (status, headers["Retry-After"]) == (503, "30") and b"a temporary file cannot be made: see TMPDIR" in body
    page.stop()
    can_mount = subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True).returncode == 0
    if not can_mount:
        return "without a small disk: this needs root"
    Shop.disk = "4k"  # the CSV file has some more
    page.start()
    for form in ("csv", "coco.zip"):
        status, headers, body = page.get(f"/export.{form}")
        assert (status, headers["Retry-After"]) == (503, "30"), (form, status, body)
        assert b"cannot be written" in body, body
    assert page.get("/export.csv?from=2999-01-01T00:00")[0] == 200, "the small one fits"
    Shop.disk = None
    page.stop()


run_tests(globals(), pathlib.Path(sys.argv[1]).resolve(), wanted=sys.argv[2:])
