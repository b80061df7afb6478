#!/usr/bin/env python3
"""limitnet export: CSV as Python reads it, COCO as pycocotools does, Camtrap DP as frictionless does, against the
constraints of the standard's tables. And people: what [privacy] hides is hidden wherever a picture leaves the service.

usage: exports.py PROGRAM
"""

import base64
import contextlib
import csv
import http.server
import io
import json
import pathlib
import re
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
import zlib

import frictionless
from pycocotools.coco import COCO

import pictures

TESTS = pathlib.Path(__file__).resolve().parents[1]
SIDES = 32
MARGIN = 21  # pixels from the top left corner: boxes-columns.onnx finds a person in the first 16 x 16, with 0.9
BLUR = "[privacy]\npeople = blur\npeople score = 0.35\n"
PROJECT = """[project]
title = Foxes of the garden
contributor = Ada Keeper
sampling design = opportunistic
capture method = timeLapse
[species green]
scientific name = Viridis viridis
[species fox]
scientific name = Vulpes vulpes
"""


def read_png(data):
    """The rows of an RGB PNG, as lists of pixels."""
    width, height = struct.unpack(">II", data[16:24])
    at, packed = 8, b""
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        packed += data[at + 8 : at + 8 + size] if kind == b"IDAT" else b""
        at += 12 + size
    raw, rows, above = zlib.decompress(packed), [], bytes(3 * width)
    for y in range(height):
        line = bytearray(raw[y * (3 * width + 1) + 1 : (y + 1) * (3 * width + 1)])
        how = raw[y * (3 * width + 1)]
        for i in range(len(line)):
            left, up, corner = (line[i - 3], above[i], above[i - 3]) if i > 2 else (0, above[i], 0)
            guess = left + up - corner
            paeth = min((left, up, corner), key=lambda v: abs(guess - v))
            line[i] = (line[i] + (0, left, up, (left + up) // 2, paeth)[how]) & 255
        rows.append([tuple(line[3 * x : 3 * x + 3]) for x in range(width)])
        above = bytes(line)
    return rows


def blocks(rows):
    """The pixels of each block of the person's box with its margin: 15 % of its sides and 2 pixels; 8 x 8 pixels."""
    edges = [(at, min(at + 8, MARGIN)) for at in range(0, MARGIN, 8)]
    for top, bottom in edges:
        for left, right in edges:
            yield [rows[y][x] for y in range(top, bottom) for x in range(left, right)]


def is_coarse(rows):
    return all(len(set(block)) == 1 for block in blocks(rows))


def is_blurred(rows, plain):
    """Whether each block has the mean of what was there, and the rest is as it was."""
    means = [tuple(sum(c) // len(block) for c in zip(*block)) for block in blocks(plain)]
    return (is_coarse(rows) and [block[0] for block in blocks(rows)] == means and rows[MARGIN:] == plain[MARGIN:]
            and [r[MARGIN:] for r in rows] == [r[MARGIN:] for r in plain])  # fmt: skip


class Alarms:
    """Takes alarms, with their images."""

    def __init__(self):
        alarms, self.taken = self, []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                alarms.taken.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def target(self):
        return f"kind = webhook\nurl = http://127.0.0.1:{self.server.server_address[1]}/\n"


class Test(pictures.Test):
    def settings(self, text):
        (self.folder / "serve.conf").write_text(pictures.SERVICE + text)

    def export(self, form, *arguments, **more):
        done = self.run("export", "--config", "serve.conf", "--form", form, "-o", "out", *arguments, **more)
        return (self.folder / "out").read_bytes() if done.returncode == 0 else done.stderr

    def database(self, *statements):
        with contextlib.closing(sqlite3.connect(self.folder / "store.db", timeout=60)) as db:
            rows = [db.execute(s).fetchall() for s in statements][-1]
            db.commit()
            return rows

    def fresh(self, text):
        """A new store with frames that nobody has looked at."""
        for name in ("store.db", "store.db-wal", "store.db-shm"):
            (self.folder / name).unlink(missing_ok=True)
        self.settings(text)
        self.run("replay", "--speed", "1000000", "--config", "serve.conf", "events.jsonl")

    def cameras(self):
        names = {p["device"] for p in self.list()}
        return "".join(f"[camera chirpstack/{name}]\nlatitude = {48 + i}\nlongitude = -{i}.5\nplace = meadow, \"{i}\"\n"
                       for i, name in enumerate(sorted(names)))  # fmt: skip


class Forms(Test):
    """What a classifier saw."""

    def check(self):
        self.look(len(self.fill()))
        self.listed = self.list()
        device, picture = self.database("SELECT device, id FROM picture WHERE label IS NOT NULL LIMIT 1")[0]
        key = f"device = {device} AND id = {picture}"
        self.database(
            "UPDATE device SET name = '=cmd|x''\"' || char(10) || name WHERE device = (SELECT max(device) FROM device)",
            f"INSERT INTO alarm (device, rule, event, picture, time_ms, label, score, judged) VALUES"
            f" ({device}, 'fox', 1, {picture}, 0, 'green', 5000, 1), ({device}, 'low', 1, {picture}, 9, NULL, 0, 2)",
            f"UPDATE picture SET evidence = 1 WHERE {key}",
        )
        self.listed = self.list()
        self.check_csv()
        self.check_filters()
        self.check_coco()
        self.check_camtrap()
        self.check_wrong_use()

    def check_csv(self):
        text = self.export("csv").decode()
        assert text.endswith("\r\n") and text.count("\n") - text.count("\r\n") < len(self.listed), text
        rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
        assert len(rows) == len(self.listed)
        known = {(p["device"], str(p["picture"])): p for p in self.listed}
        strange = [p["device"] for p in self.listed if p["device"].startswith("=")]
        assert strange and not any(row["device"].startswith("=") for row in rows)
        for row in rows:
            name = row["device"].removeprefix("'")
            p = known[name, row["picture"]]
            assert (name != row["device"]) == name.startswith("="), row
            assert (row["packets"], row["bytes"], row["label"]) == (str(p["packets"]), str(p["bytes"]), p["label"] or "")
            assert row["last_packet"] == p["time"] and row["final"] == str(p["final"]).lower(), row
        assert {row["alarms"] for row in rows} == {"", "fox (confirmed); low (rejected)"}
        if office := shutil.which("soffice"):
            self.run_office(office, len(rows))

    def run_office(self, office, count):
        shutil.copy(self.folder / "out", self.folder / "table.csv")
        subprocess.run([office, "--headless", f"-env:UserInstallation=file://{self.folder}/office", "--convert-to", "ods",
                        "table.csv"], cwd=self.folder, check=True, capture_output=True)  # fmt: skip
        with zipfile.ZipFile(self.folder / "table.ods") as sheet:
            content = sheet.read("content.xml").decode()
        assert "table:formula" not in content and content.count("<table:table-row") > count

    def check_filters(self):
        def count(*arguments):
            return self.export("csv", *arguments).decode().count("\r\n") - 1

        times = [row[0] for row in self.database("SELECT first_ms FROM picture ORDER BY first_ms")]
        limit = times[len(times) // 2]
        middle = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(limit // 1000)) + f".{limit % 1000:03}Z"
        early = sum(t < limit for t in times)
        assert 0 < count("--to", middle) == early < len(times), f"{early} of {times} before {middle}"
        assert count("--from", middle) == len(times) - early, f"{early} of {times} before {middle}"
        assert count("--from", "1999-01-01", "--to", "2000-01-01") == 0
        green = sum(p["label"] == "green" for p in self.listed)
        assert count("--label", "green") == green and count("--label", "no such") == 0
        assert count("--source", "chirpstack") == len(times) and count("--source", "other") == 0
        plain = next(p["device"] for p in self.listed if not p["device"].startswith("="))
        own = sum(p["device"] == plain for p in self.listed)
        assert 0 < count("--device", f"chirpstack/{plain}") == own < len(times)

    def check_coco(self):
        with zipfile.ZipFile(io.BytesIO(self.export("coco"))) as file:
            assert file.testzip() is None
            (self.folder / "coco.json").write_bytes(file.read("coco.json"))
            names = set(file.namelist()) - {"coco.json"}
            with contextlib.redirect_stdout(io.StringIO()):
                coco = COCO(self.folder / "coco.json")
            assert {image["file_name"] for image in coco.dataset["images"]} == names
            assert len(names) == len(self.listed)
            by_name = {c["id"]: c["name"] for c in coco.dataset["categories"]}
            for image in coco.dataset["images"]:
                p = next(p for p in self.listed if (p["device"], p["picture"]) == (image["device"], image["picture"]))
                label = {by_name[a["category_id"]] for a in coco.imgToAnns[image["id"]]}
                assert label == ({p["label"]} if p["label"] else set()), image
                rows = read_png(file.read(image["file_name"]))
                assert (len(rows[0]), len(rows)) == (image["width"], image["height"]) == (SIDES, SIDES)
        alarms = [a for image in coco.dataset["images"] for a in image["alarms"]]
        assert [(a["rule"], a["judged"], a["label"]) for a in alarms] == [("fox", "confirmed", "green"),
                                                                         ("low", "rejected", None)]  # fmt: skip
        assert not any("bbox" in a for a in coco.dataset["annotations"]), "a classifier has no boxes"

    def check_camtrap(self):
        self.database("UPDATE device SET name = 'plain' WHERE name LIKE '=cmd%'")
        missing = self.export("camtrap-dp", code=1)
        assert "add 'title' to [project]" in missing, missing
        self.settings(PROJECT)
        missing = self.export("camtrap-dp", code=1)
        assert re.search(r"add \[camera chirpstack/\w+\] with latitude and longitude", missing), missing
        assert not list(self.folder.glob("out.part")), "a file is left over"
        self.settings(PROJECT + self.cameras())
        package = read_package(self.export("camtrap-dp"))
        assert len(package["deployments"]) == 2 and len(package["media"]) == len(self.listed)
        types = {(o["observationType"], o["scientificName"]) for o in package["observations"]}
        assert types <= {("unknown", None), ("animal", "Viridis viridis"), ("unclassified", None)}, types
        tags = "".join(o["observationTags"] or "" for o in package["observations"])
        assert "alarm:fox|judged:confirmed|alarm:low|judged:rejected" in tags, tags

    def check_wrong_use(self):
        for text, *arguments in (("none of csv, coco and camtrap-dp", "--form", "xml"), ("no time such", "--from", "now"),
                                 ("no SOURCE/DEVICE", "--device", "x")):  # fmt: skip
            assert text in self.export("csv", *arguments, code=2)
        for form in ("csv", "coco"):
            with open("/dev/full", "wb") as full:
                done = subprocess.run([self.program, "export", "--config", "serve.conf", "--form", form, "-o", "-"],
                                      cwd=self.folder, stdout=full, stderr=subprocess.PIPE, text=True)  # fmt: skip
            assert done.returncode == 1 and "cannot be written" in done.stderr and done.stderr.count("\n") == 1, done


def read_package(data):
    """Checks a Camtrap DP package with frictionless, and returns the rows of its tables."""
    constraints = json.loads((TESTS / "service/camtrap-dp.json").read_bytes())
    with tempfile.TemporaryDirectory() as name, zipfile.ZipFile(io.BytesIO(data)) as file:
        assert file.testzip() is None
        file.extractall(name)
        described = json.loads((pathlib.Path(name) / "datapackage.json").read_bytes())
        check_description(described, constraints["package"])
        rows = {}
        for resource in described["resources"]:
            assert resource["schema"].endswith(f"/1.0.2/{resource['name']}-table-schema.json")
            resource["schema"] = constraints["tables"][resource["name"]]
        checked = {k: v for k, v in described.items() if k in ("resources", "created")}
        package = frictionless.Package.from_descriptor(checked, basepath=name)
        report = package.validate()
        assert report.valid, report.flatten(["title", "rowNumber", "fieldName", "note"])
        for resource in package.resources:
            rows[resource.name] = [row.to_dict() for row in resource.read_rows()]
        for media in rows["media"]:
            assert (pathlib.Path(name) / media["filePath"]).read_bytes()[:4] == b"\x89PNG", media
    return rows


def check_description(described, constraints):
    """datapackage.json against the profile's requirements."""
    import jsonschema

    jsonschema.validate(described, constraints, format_checker=jsonschema.FormatChecker())


class People(Test):
    """A detector that finds a person in the top left corner of every picture, and a fox."""

    def check(self):
        packets = self.fill()
        self.alarms = Alarms()
        (self.folder / "boxes.onnx").symlink_to(TESTS / "onnx/boxes-columns.onnx")
        (self.folder / "boxes.vision").write_text(f"task = detect\nwidth = {SIDES}\nheight = {SIDES}\nscore = 0.5\n"
                                                  "mean = 0\ndivisor = 255\nlabels = who.txt\n")  # fmt: skip
        (self.folder / "who.txt").write_text("person\nfox\n")
        self.check_refused()
        detector = pictures.SERVICE.replace("colours.onnx", "boxes.onnx")
        self.settings = lambda text: (self.folder / "serve.conf").write_text(detector + text)
        self.check_keep(len(packets))
        self.check_blur(len(packets))
        self.check_drop(len(packets))

    def refused_by_check(self, text, part):
        self.settings(text)
        said = self.run("serve", "--check", "--config", "serve.conf", code=1).stderr
        assert part in said and said.count("\n") == 1, said

    def check_refused(self):
        self.refused_by_check("[privacy]\npeople = blur\n", "[privacy] people: the vision model is a classifier")
        self.refused_by_check("[privacy]\npeople = drop\n", "the vision model has no class 'person'")
        self.refused_by_check("[privacy]\npeople score = 0.4\n", "means nothing without")

    def rules(self):
        return ("[rule who]\nkind = seen\nclasses = person\nscore = 0.8\ncooldown = 0 s\ntargets = hook\n[target hook]\n"
                + self.alarms.target())  # fmt: skip

    def deliver(self, count, is_done=lambda: True):
        """Has a worker look, and alarms delivered, until there are so many pictures, some alarms, and it is done."""
        self.alarms.taken.clear()
        service = subprocess.Popen([self.program, "serve", "--roles", "work,deliver", "--config", "serve.conf"],
                                   cwd=self.folder, stderr=subprocess.DEVNULL)  # fmt: skip
        end = time.monotonic() + pictures.WAIT
        while len(self.list()) < count or len(self.alarms.taken) < 2 or not is_done():
            assert service.poll() is None and time.monotonic() < end, "pictures or alarms do not come"
            time.sleep(0.1)
        service.terminate()
        assert service.wait(pictures.WAIT) == 0

    def one(self, picture, **more):
        self.pictures("--device", f"chirpstack/{picture['device']}", "--picture", str(picture["picture"]), "-o",
                      "one.png", **more)  # fmt: skip
        return (self.folder / "one.png").read_bytes()

    def exported(self, form="coco"):
        with zipfile.ZipFile(io.BytesIO(self.export(form))) as file:
            return {name: file.read(name) for name in file.namelist()}

    def looked_at(self):
        """The pictures of which something came that can be seen."""
        seen = self.database("SELECT d.name, p.id FROM picture p JOIN device d ON d.device = p.device WHERE p.answer <> ''")
        assert len(seen) > 2
        return [p for p in self.list() if (p["device"], p["picture"]) in seen]

    def check_keep(self, count):
        self.fresh(self.rules())
        self.deliver(count)
        self.plain = {(p["device"], p["picture"]): read_png(self.one(p)) for p in self.looked_at()}
        assert not any(is_coarse(rows) for rows in self.plain.values()), "a picture looks so without any blur"
        file = self.exported()
        coco = json.loads(file["coco.json"])
        names = {c["id"]: c["name"] for c in coco["categories"]}
        assert set(names.values()) == {"person"}, "only what the model's own score allows"
        box = coco["annotations"][0]
        assert [round(v) for v in box["bbox"]] == [0, 0, 16, 16] and box["area"] and box["iscrowd"] == 0, box

    def check_blur(self, count):
        self.fresh(BLUR + self.rules())
        self.deliver(count)
        shown = self.looked_at()
        for picture in shown:
            rows, plain = read_png(self.one(picture)), self.plain[picture["device"], picture["picture"]]
            assert is_blurred(rows, plain), f"{picture} shows the person, or what is not the person looks otherwise"
        images = [read_png(base64.b64decode(a["image"]["data"])) for a in self.alarms.taken if "image" in a]
        assert images and all(map(is_coarse, images)), "an alarm shows the person"
        file = self.exported()
        images = [read_png(data) for name, data in file.items() if name.endswith(".png")]
        assert len(images) == len(shown) and all(map(is_coarse, images)), "an export shows the person"
        names = {c["name"] for c in json.loads(file["coco.json"])["categories"]}
        assert names == {"person", "fox"}, "all objects from `people score` on are kept"
        self.settings(BLUR + PROJECT + self.cameras())
        rows = read_package(self.export("camtrap-dp"))["observations"]
        assert {(o["observationType"], o["scientificName"]) for o in rows} == {("human", None),
                                                                               ("animal", "Vulpes vulpes")}  # fmt: skip
        self.check_not_looked_at()

    def check_not_looked_at(self):
        """What came after the look, and what nobody has looked at for people, is not shown."""
        self.settings(BLUR + self.rules())
        picture = next(p for p in self.looked_at() if p["packets"] > 2)
        before = self.one(picture)
        where = f"id = {picture['picture']} AND device = (SELECT device FROM device WHERE name = '{picture['device']}')"
        seen, answer = self.database(f"SELECT seen, answer FROM picture WHERE {where}")[0]
        self.database(f"UPDATE picture SET seen = {seen // 2} WHERE {where}")
        assert self.one(picture) != before, "frames that came after the look are shown"
        for change in ("answer = NULL", "answer = '{\"objects\": []}'", "answer = '{\"classes\": []}'"):
            self.database(f"UPDATE picture SET seen = {seen}, {change} WHERE {where}")
            self.refused("is not shown", "--device", f"chirpstack/{picture['device']}", "--picture",
                         str(picture["picture"]), "-o", "no.png", code=1)  # fmt: skip
            assert not (self.folder / "no.png").exists()
            shown = len([name for name in self.exported() if name.endswith(".png")])
            assert shown == len(self.plain) - 1, "an export shows what nobody has looked at"

    def check_drop(self, count):
        self.fresh("[service]\ndeadline = 5 s\n[privacy]\npeople = drop\n" + self.rules())
        self.deliver(count, lambda: self.database("SELECT count(*) FROM picture WHERE final = 0") == [(0,)])
        people = self.database("SELECT device, id FROM picture WHERE people = 1")
        assert len(people) >= len(self.plain)
        left = self.database("SELECT count(*) FROM frame f JOIN picture p ON p.device = f.device AND p.id = f.picture"
                             " WHERE p.people = 1 AND p.final = 1")  # fmt: skip
        assert left == [(0,)], f"{left} frames of people are left"
        rows = self.database("SELECT DISTINCT answer, label, seen FROM picture WHERE final = 1")
        assert rows == [(None, None, 0)], rows
        assert self.database("SELECT count(*) FROM alarm")[0][0] >= 2
        assert self.alarms.taken and not any("image" in a for a in self.alarms.taken), "an alarm shows the person"
        picture = next(p for p in self.list() if p["picture"] in [id for _, id in people])
        self.refused("is not shown", "--device", f"chirpstack/{picture['device']}", "--picture",
                     str(picture["picture"]), "-o", "no.png", code=1)  # fmt: skip
        assert set(self.exported()) == {"coco.json"}


def main():
    program = pathlib.Path(sys.argv[1]).resolve()
    for kind in (People, Forms):
        with tempfile.TemporaryDirectory() as name:
            pictures.make_folder(pathlib.Path(name))
            kind(program, pathlib.Path(name)).check()


main()
