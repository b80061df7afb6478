#!/usr/bin/python3
"""The page over HTTP, from a service that runs.

usage: page.py PROGRAM [TEST...]     $LN_TEST_MINUTES: how long test_viewers goes on, instead of a few seconds
"""

import html.parser
import http.client
import os
import pathlib
import re
import socket
import sys
import threading
import time
import urllib.parse

from support import run_tests, wait_for
from support_page import LABELS, Page, read_event, wait_for_event

PNG = b"\x89PNG\r\n\x1a\n"


class Tags(html.parser.HTMLParser):
    """The tags of a page, its text, and whether all tags are closed in order."""

    EMPTY = {"meta", "link", "img", "br", "input"}

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.text = [], [], ""
        self.feed(text)
        assert not self.open, f"not closed: {self.open}"

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data):
        self.text += data

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


def check_markup(page, path):
    """No name or label of others is markup here."""
    text = page.html(path)
    tags = Tags(text)
    assert not tags.all("b") and [s.get("src") for s in tags.all("script")] == ["/page.js"], path
    assert not re.search(r"<[^>]*\s(on\w+|style)=", text), path
    return tags


def test_pages(program, folder):
    page = Page(program, folder)
    pictures = page.fill()
    assert len(pictures) >= 2
    name = "<i>\"name\"</i>&'/%41 ?#"
    page.query("INSERT INTO device (device, source, name, version, seen, due_ms, lease, wake_ms, failures, hint, hint_ms,"
               " told, told_ms) VALUES (7, 'net', ?, 0, 0, 9e18, 0, 9e18, 0, 0, 0, 0, 0)", name)  # fmt: skip
    page.query("UPDATE picture SET label = ?", LABELS[2])
    tags = check_markup(page, "/")
    assert name in tags.text and not tags.all("i")
    assert any(label in tags.text for label in LABELS), tags.text
    assert "of the last" in tags.text and "frames lost" in tags.text
    assert all(image["alt"] for image in tags.all("img"))
    links = [a["href"] for a in tags.all("a")]
    link = "/camera/net/" + urllib.parse.quote(name, safe="")
    assert link in links, links
    for path in [link for link in links if link.startswith(("/camera/net/0", "/picture/"))] + ["/alarms", "/search"]:
        check_markup(page, path)
    asked = LABELS[2] + "<b>"
    tags = check_markup(page, "/search?" + urllib.parse.urlencode({"label": asked, "source": asked[:32]}))
    assert asked in [field.get("value") for field in tags.all("input")]
    for path in pictures:
        check_picture(page, path)
    check_nothing(page)
    page.stop()


def check_picture(page, path):
    tags = check_markup(page, path)
    count = len([r for r in tags.all("rect") if r["class"] == "bar"])
    device, id = path.split("/")[2:]
    assert page.query("SELECT packets FROM picture WHERE device = ? AND id = ?", int(device), int(id)) == [(count,)]
    slider = next(i for i in tags.all("input") if i.get("type") == "range")
    assert (slider["max"], slider["value"]) == (str(count), str(count))
    newest = page.get(f"{path}.png?mark=0")[2]
    assert newest.startswith(PNG) and page.get(f"{path}.png?packets={count}&mark=0")[2] == newest
    assert page.get(f"{path}.png?packets={count + 5}&mark=0")[2] == newest
    assert page.get(f"{path}.png")[2] == page.get(f"{path}.png?mark=1")[2]
    if count > 1:
        assert page.get(f"{path}.png?packets=1&mark=0")[2] != newest, "the slider shows the same"
        assert page.get(f"{path}.png?packets=1")[2] != page.get(f"{path}.png?packets=1&mark=0")[2], "nothing is marked"


def check_nothing(page):
    """What is not there, and what is no address."""
    for path in ("/picture/1/1", "/picture/1/1.png", "/picture/x/1", "/picture/1/1/1", "/picture/", "/camera/net",
                 "/picture/99999999999999999999/1", "/picture/1/1.png.png", "/camera/", "/camera/net/", "/camera/other/x",
                 "/x", "/alarms/judge/", "/page.css/../page.js", "/..%2f..%2fetc/passwd", "/picture/../../etc/passwd",
                 "/camera/%00", "/%"):  # fmt: skip
        assert page.get(path)[0] == (400 if "%00" in path else 404), (path, page.get(path))
    assert page.ask("POST", "/")[0] == 405 and page.ask("DELETE", "/alarms")[0] == 405
    for path in ("/?after=x", "/?after=%00", "/search?from=x&to=%ff&score=-1&after=x&id=", "/alarms?show=x&after=9" + "9" * 30,
                 "/?" + "a" * 8000):  # fmt: skip
        assert page.get(path)[0] == 200, path
    for path in ("/page.css", "/page.js"):
        assert page.get(path)[0] == 200


# ---- Live ------------------------------------------------------------------------------------------------------------


def mark_of(page, path="/"):
    return Tags(page.html(path)).all("body")[0]["data-mark"]


def test_live(program, folder):
    """A page gets what came after it was read; who joins again gets what it missed, or is told to read anew."""
    page = Page(program, folder, deadline=4)
    before = mark_of(page)
    events = page.events()
    for event in events:
        page.send(event)
    stream = page.stream(f"/live?since={before}")
    assert stream.headers["Content-Type"] == "text/event-stream"
    seen = wait_for_finals(page, stream)
    kinds = [kind for kind, _, _ in seen]
    assert "reload" not in kinds and {"camera", "picture", "alarm"} <= set(kinds), kinds
    picture = next(data for kind, data, _ in seen if kind == "picture" and data["final"])
    device, id = int(picture["device"]), picture["id"]
    row = page.query("SELECT label, score, packets, bytes, final, shown_ms FROM picture WHERE device = ? AND id = ?",
                     device, id)[0]  # fmt: skip
    assert (picture.get("label"), picture["score"], picture["packets"], picture["bytes"], picture["final"],
            picture["version"]) == row  # fmt: skip
    keys = [(kind, str(data)) for kind, data, _ in seen if kind != "camera"]
    assert len(set(keys)) == len(keys), "an event came twice"

    middle = len(seen) // 2
    again = page.stream("/live?since=x", **{"Last-Event-ID": seen[middle][2]})
    rest = [read_event(again) for _ in seen[middle + 1 :]]
    assert rest == seen[middle + 1 :], "what was missed does not come"
    for mark in ("", "x", "00000000-0", before[:-1] + "999999", before + "0" * 60):
        assert read_event(page.stream("/live?since=" + mark))[0] == "reload", mark
    page.stop()


def wait_for_finals(page, stream):
    """Until all pictures are final, as the store has them in the end."""
    wait_for("all pictures are final", lambda: is_final(page))
    expected = set(page.query("SELECT CAST(device AS TEXT), id FROM picture"))
    told, events = set(), []
    while told != expected:
        events += wait_for_event(stream, lambda kind, data: kind == "picture" and data["final"])
        told.add((events[-1][1]["device"], events[-1][1]["id"]))
    return events


def is_final(page):
    return page.query("SELECT count(*) > 0 AND min(final) = 1 FROM picture")[0][0] and \
        page.query("SELECT count(*) FROM device WHERE seen < version")[0][0] == 0  # fmt: skip


def test_viewers(program, folder):
    """Ten cameras and a hundred viewers, one of which reads nothing: memory stays, and each of the others gets every
    final picture."""
    page = Page(program, folder, deadline=4, cameras=10)
    before, finals, problems = mark_of(page), [set() for _ in range(100)], []
    end = time.monotonic() + 60 * float(os.environ.get("LN_TEST_MINUTES", "0"))

    def view(i):
        last = before
        while not is_over.is_set():
            try:
                stream = page.stream(f"/live?since={last}")
                while not is_over.is_set():
                    kind, data, id = read_event(stream)
                    last = id or last
                    if kind is None:
                        break
                    if kind == "reload":
                        problems.append(f"viewer {i} was told to read anew")
                    if kind == "picture" and data["final"]:
                        finals[i].add((data["device"], data["id"], data["version"]))
            except OSError as problem:
                problems.append(f"viewer {i}: {problem}")

    is_over = threading.Event()
    viewers = [threading.Thread(target=view, args=(i,), daemon=True) for i in range(100)]
    for viewer in viewers:
        viewer.start()
    silent = page.stream()  # reads nothing more
    events = page.events()
    counter = 0
    memory, begin, used = [], time.monotonic(), page.processor()
    while True:
        for event in events:
            counter += 1
            page.send(dict(event, fCnt=counter))
        wait_for("all pictures are final", lambda: is_final(page))
        memory.append(page.memory())
        if time.monotonic() > end:
            break
    expected = set(page.query("SELECT CAST(device AS TEXT), id, shown_ms FROM picture WHERE final = 1"))
    wait_for("each viewer has each final picture", lambda: all(expected <= f for f in finals) or problems)
    assert not problems, problems[:3]
    is_over.set()
    quarters = ", ".join(f"{memory[i * (len(memory) - 1) // 4] / 1e6:.1f}" for i in range(5))
    print(f"{len(expected)} final pictures, memory {quarters} MB (most {max(memory) / 1e6:.1f}) in {len(memory)} rounds,"
          f" {(page.processor() - used) / (time.monotonic() - begin):.0%} of a core")  # fmt: skip
    silent.close()
    page.stop()


def test_slow_viewers(program, folder):
    """Viewers that read nothing, or too slowly, are cut; memory does not grow with what they miss, and others get all."""
    os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"
    page = Page(program, folder)
    device = page.fill()[0].split("/")[2]
    page.query("WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM n WHERE k < 600) INSERT INTO picture (device, id,"
               " number, first_ms, last_ms, deadline_ms, packets, bytes, final, label, score, model, open, seen)"
               " SELECT ?, 1000 + k, 0, 1, 1, 0, 1, 1, 1, ?, 0, 0, 0, 0 FROM n", int(device), "x" * 3000)  # fmt: skip
    files = pathlib.Path(f"/proc/{page.process.pid}/fd")
    idle = len(list(files.iterdir()))
    got, is_over = set(), threading.Event()
    threading.Thread(target=view_all, args=(page, got, is_over), daemon=True).start()
    slow = [open_narrow(page) for _ in range(30)]
    for s in slow[15:]:
        threading.Thread(target=read_slowly, args=(s, is_over), daemon=True).start()
    wait_for("all watch", lambda: len(list(files.iterdir())) >= idle + 31)
    memory, version, begin = [], 1, time.monotonic()
    while len(list(files.iterdir())) > idle + 6:  # 2 MB a second
        version = max(version + 1, int(time.time() * 1000))
        page.query("UPDATE picture SET shown_ms = ? WHERE id > 1000", version)
        memory.append(page.memory())
        assert time.monotonic() - begin < 90, f"{len(list(files.iterdir())) - idle} are not cut"
        time.sleep(1)
    wait_for("who reads has got the last ones", lambda: len([v for _, v in got if v == version]) == 600)
    is_over.set()
    grown = max(memory[2:]) - memory[2]
    assert len(memory) >= 5 and grown < 30e6, [m // 1000000 for m in memory]
    page.stop()
    return f"all cut after {time.monotonic() - begin:.0f} s, memory {grown / 1e6:.1f} MB more"


def open_narrow(page):
    """A stream for which the system keeps little."""
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.connect(("127.0.0.1", page.port))
    s.sendall(b"GET /live HTTP/1.1\r\nHost: localhost\r\n\r\n")
    return s


def read_slowly(s, is_over):
    while not is_over.is_set() and s.recv(1000):
        time.sleep(0.1)


def view_all(page, got, is_over):
    stream = page.stream()
    while not is_over.is_set():
        kind, data, _ = read_event(stream)
        if kind == "picture":
            got.add((data["id"], data["version"]))


# ---- Alarms and search -----------------------------------------------------------------------------------------------


def forms_of(page, path):
    """The fields of each form that judges an alarm."""
    forms = []
    for tag, attributes in Tags(page.html(path)).tags:
        if tag == "form":
            forms.append((attributes.get("action"), {}))
        if tag == "input" and forms and attributes.get("type") == "hidden":
            forms[-1][1][attributes["name"]] = attributes["value"]
    return [fields for action, fields in forms if action == "/alarms/judge"]


def judged(page, fields):
    return page.query("SELECT judged, judged_by, judged_ms > 0 FROM alarm WHERE device = ? AND rule = ? AND event = ?",
                      int(fields["device"]), fields["rule"], int(fields["event"]))[0]  # fmt: skip


def test_judge(program, folder):
    page = Page(program, folder)
    pictures = page.fill()
    forms = forms_of(page, "/alarms")
    assert len(forms) == page.query("SELECT count(*) FROM alarm")[0][0] >= 2
    first, second = forms[:2]
    for wrong in (dict(first, csrf="x"), dict(first, csrf=""), {k: v for k, v in first.items() if k != "csrf"}):
        assert page.post_form("/alarms/judge", dict(wrong, judged="1"))[0] == 403
    for value in ("0", "3", "", "x", "-1"):
        assert page.post_form("/alarms/judge", dict(first, judged=value))[0] == 400
    assert page.post_form("/alarms/judge", dict(first, judged="1", event="999"))[0] == 404
    assert judged(page, first) == (0, None, 0)

    stream = page.stream(f"/live?since={mark_of(page)}")
    status, headers, _ = page.post_form("/alarms/judge", dict(first, judged="1"))
    assert (status, headers["Location"]) == (303, "/alarms") and judged(page, first) == (1, "local", 1)
    told = wait_for_event(stream, lambda kind, data: kind == "alarm" and data["judged"] == 1)[-1][1]
    assert (told["device"], str(told["event"]), told["rule"]) == (first["device"], first["event"], first["rule"])
    page.post_form("/alarms/judge", dict(second, judged="2"))
    assert judged(page, second)[0] == 2
    assert len(forms_of(page, "/alarms?show=open")) == len(forms) - 2
    for show, fields in (("confirmed", first), ("rejected", second)):
        shown = forms_of(page, f"/alarms?show={show}")
        assert [(f["device"], f["event"]) for f in shown] == [(fields["device"], fields["event"])]
    page.post_form("/alarms/judge", dict(first, judged="2"))
    assert judged(page, first)[0] == 2, "a judgement cannot be taken back"

    path = next(path for path in pictures if forms_of(page, path))
    assert page.post_form("/alarms/judge", dict(forms_of(page, path)[0], judged="1"))[1]["Location"] == path
    for back in ("//elsewhere", "https://elsewhere/", "/alarms\r\nX: y", "/picture/1/1\r\nX: y", "/alarms?show=\r\nX: y", ""):
        headers = page.post_form("/alarms/judge", dict(first, judged="1", back=back))[1]
        assert headers["Location"] == "/alarms" and "X" not in headers, back
    page.stop()


def test_delete(program, folder):
    """A picture that is deleted is gone at once, for those who watch, too; its alarm stays."""
    page = Page(program, folder)
    pictures = page.fill()
    path = next(path for path in pictures if forms_of(page, path))
    device, id = map(int, path.split("/")[2:])
    place = f"/delete/{device}/{id}"
    assert place in page.html(path) and page.get(path + ".png")[0] == 200
    alarms = len(forms_of(page, "/alarms"))
    stream = page.stream(f"/live?since={mark_of(page, path)}")
    tags = check_markup(page, place)
    fields = {i["name"]: i["value"] for i in tags.all("input") if i.get("name") == "csrf"}
    assert {"/logout", place} <= {form["action"] for form in tags.all("form")}
    assert path in [a["href"] for a in tags.all("a")], "there is no way back"
    for wrong in ({}, {"csrf": "x"}):
        assert page.post_form(place, wrong)[0] == 403 and page.get(path)[0] == 200
    for nothing in ("/delete/1/1", "/delete/x/1", "/delete/", place + "/1", f"/delete/{device}/999999"):
        assert page.get(nothing)[0] == page.post_form(nothing, fields)[0] == 404, nothing
    status, headers, _ = page.post_form(place, fields)
    assert status == 303 and page.get(headers["Location"])[0] == 200 and headers["Location"].startswith("/camera/net/")
    told = wait_for_event(stream, lambda kind, data: kind == "gone", 5)[-1][1]
    assert told == {"device": str(device), "id": id}
    for table, key in (("picture", "id"), ("frame", "picture")):
        assert page.query(f"SELECT count(*) FROM {table} WHERE device = ? AND {key} = ?", device, id) == [(0,)], table
    for gone in (path, path + ".png", path + ".png?packets=1", place):
        assert page.get(gone)[0] == 404, gone
    assert all(page.get(other)[0] == 200 for other in pictures if other != path)
    assert len(forms_of(page, "/alarms")) == alarms, "an alarm is gone"
    tags = check_markup(page, "/alarms")
    assert tags.text.count("Its picture was deleted.") == 1
    assert path not in [a["href"] for a in tags.all("a")] and len(tags.all("img")) == alarms - 1
    assert path not in page.html("/search") and page.post_form(place, fields)[0] == 404
    page.stop()


def test_person(program, folder):
    """A file that was made before is not shown any more once somebody was seen in the picture."""
    page = Page(program, folder)
    with open(folder / "serve.conf", "a") as settings:
        settings.write("[privacy]\npeople = drop\npeople classes = green & 'blue'\npeople score = 1\n")
    page.stop()
    page.start()
    path = page.fill()[0] + ".png"
    variants = [path, path + "?mark=0", path + "?packets=1", path + "?packets=1&mark=0"]
    assert all(page.get(variant)[2].startswith(PNG) for variant in variants * 2)
    key = tuple(map(int, path[:-4].split("/")[2:]))
    page.query("UPDATE picture SET people = 1 WHERE device = ? AND id = ?", *key)  # by another worker, of a better model
    for variant in variants * 2:
        status, _, body = page.get(variant)
        assert status == 500 and b"it shows a person" in body and PNG not in body, (variant, status)
    page.query("UPDATE picture SET seen = 0, answer = NULL WHERE device = ? AND id = ?", *key)
    page.query("DELETE FROM frame WHERE device = ? AND picture = ?", *key)
    assert {page.get(variant)[0] for variant in variants} == {404}
    page.stop()


def walk(page, path):
    """The pictures of a list and of those behind it."""
    found = []
    while path:
        tags = Tags(page.html(path))
        part = [a["href"] for a in tags.all("a") if a["href"].startswith("/picture/")]
        assert len(part) <= 50
        found += part
        more = [a["href"] for a in tags.all("a") if re.search(r"[?&](after)=", a["href"])]
        path = more and urllib.parse.urljoin(path, more[0])
    return found


def test_search(program, folder):
    page = Page(program, folder)
    page.fill()
    for table in ("alarm", "frame", "picture"):
        page.query(f"DELETE FROM {table}")
    device, name = page.query("SELECT device, name FROM device ORDER BY name")[0]
    other, other_name = page.query("SELECT device, name FROM device ORDER BY name")[1]
    for i in range(120):  # three of each have the same time
        page.query("INSERT INTO picture (device, id, number, first_ms, last_ms, deadline_ms, packets, bytes, final, label,"
                   " score, model, open, seen, evidence) VALUES (?, ?, 0, 0, ?, 0, 1, 1, 1, ?, ?, 0, 0, 0, ?)",
                   other if i % 3 else device, 1000 + i, 1780000000000 + i // 3 * 60000, "100%_cat" if i % 4 else "Dog",
                   i * 50, i % 10 == 0)  # fmt: skip
    found = walk(page, "/search")
    assert len(found) == len(set(found)) == 120
    times = [page.query("SELECT last_ms FROM picture WHERE id = ?", int(p.split("/")[-1]))[0][0] for p in found]
    assert times == sorted(times, reverse=True)

    def count(query):
        return len(walk(page, "/search?" + query))

    assert count("label=dOG") == 30 and count("label=cat") == 90 and count("label=c_t") == 0
    assert count("label=" + urllib.parse.quote("0%_")) == 90 and count("label=%25") == 90
    assert count("source=net") == 120 and count("source=other") == 0
    assert count(f"source=net&device={name}") == 40 and count(f"source=net&device={other_name}&label=dog") == 20
    assert count("alarms=1") == 12 and count("score=50") == 20
    assert count("from=2026-05-28T20:36") == 90 and count("to=2026-05-28T20:36") == 33  # the first is of 20:26:40
    assert walk(page, f"/camera/net/{name}") == [p for p in found if p.startswith(f"/picture/{device}/")]
    page.stop()


def test_gone(program, folder):
    """A viewer that goes makes room, and a service that stops does not wait for viewers."""
    page = Page(program, folder)
    sockets = pathlib.Path(f"/proc/{page.process.pid}/fd")
    before = len(list(sockets.iterdir()))
    streams = [page.stream() for _ in range(220)]
    assert [stream.status for stream in streams] == 200 * [200] + 20 * [503]
    for stream in streams:  # with nothing unread, closing is no reset, which the system would tell
        if stream.status == 200:
            read_event(stream)
        stream.close()
        stream.connection.close()
    wait_for("those who went are noticed", lambda: len(list(sockets.iterdir())) < before + 10, 4)
    streams = [page.stream() for _ in range(50)]
    begin = time.monotonic()
    page.stop()
    assert time.monotonic() - begin < 20
    try:
        page.get("/")
        raise AssertionError("it still answers")
    except (OSError, http.client.HTTPException):
        pass


run_tests(globals(), pathlib.Path(sys.argv[1]).resolve(), wanted=sys.argv[2:])
