#!/usr/bin/python3
"""Webhooks, health and metrics over HTTP: as networks call them (curl), and as nobody should (raw sockets).

usage: web.py TOOL [TEST...]     TOOL is the program of tool_serve.c
"""

import base64
import json
import pathlib
import random
import socket
import sqlite3
import subprocess
import sys
import threading
import time

from support import EVENTS, Service, device_of, free_port, make_event, run_tests, stored, wait_for

SECRET = "a secret: with a colon"
HOOKS = ["webhook=field", "form=chirpstack", f"secret={SECRET}", "webhook=sky", "form=sigfox", "secret=s",
         "webhook=sat", "form=short-burst", "secret=s"]  # fmt: skip


class Web(Service):
    def __init__(self, tool, folder, *arguments):
        self.port = free_port()
        super().__init__(tool, folder, f"port={self.port}", *arguments, *HOOKS)
        self.wait_for("the service is ready")

    def curl(self, path, *arguments):
        """Status, headers and body."""
        command = ["curl", "-s", "-m", "60", "-D", "-", f"http://127.0.0.1:{self.port}{path}", *arguments]
        answer = subprocess.run(command, capture_output=True, check=True).stdout
        head, _, body = answer.partition(b"\r\n\r\n")
        while head.startswith(b"HTTP/1.1 100"):
            head, _, body = body.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        return int(lines[0].split()[1]), dict(line.split(": ", 1) for line in lines[1:]), body.decode()

    def post(self, path, content, *headers):
        file = self.folder / "body"
        file.write_bytes(content)
        more = [text for header in headers for text in ("-H", header)]
        return self.curl(path, "--data-binary", f"@{file}", *more)

    def open_post(self, event):
        """Sends an event, and leaves the answer to the caller."""
        s = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        s.sendall(f"POST /hook/field HTTP/1.1\r\nHost: x\r\nX-LimitNet-Secret: {SECRET}\r\n"
                  f"Content-Length: {len(event)}\r\n\r\n".encode() + event)  # fmt: skip
        return s

    def raw(self, content, seconds=60, end=False):
        """Sends bytes as they are, and returns all that comes until the server closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as s:
            try:
                s.sendall(content)
                if end:
                    s.shutdown(socket.SHUT_WR)
                return b"".join(iter(lambda: s.recv(65536), b""))
            except ConnectionError:
                return b""


def test_answers(tool, folder):
    web = Web(tool, folder)
    event = make_event(1)[1]
    bearer, own = f"Authorization: Bearer {SECRET}", f"X-LimitNet-Secret: {SECRET}"
    basic = "Authorization: Basic " + base64.b64encode(b"anyone:" + SECRET.encode()).decode()
    for header in (bearer, own, basic):
        status, headers, body = web.post("/hook/field", event, header)
        assert (status, body) == (200, "taken\n") and headers["Content-Type"].startswith("text/plain"), header
    assert web.metric('limitnet_events_total{source="field",fate="stored"}') == 1
    assert web.metric('limitnet_events_total{source="field",fate="repeat"}') == 2
    assert web.post("/hook/field?event=up", make_event(2)[1], bearer)[0] == 200
    assert sum(stored(folder).values()) == 2

    for wrong in ("x: y", "Authorization: Bearer ", "Authorization: Bearer", "Authorization: Bearer a secret",
                  bearer + "!", own[:-1], "X-LimitNet-Secret;", "Authorization: Basic !", "Authorization: Basic YWJj",
                  "Authorization: " + SECRET, "Authorization: Basic " + base64.b64encode(b":x").decode()):  # fmt: skip
        status, headers, _ = web.post("/hook/field", event, wrong)
        assert status == 401 and headers["WWW-Authenticate"].startswith("Basic "), (wrong, status)
    assert web.post("/hook/none", event, bearer)[0] == 404
    assert web.post("/hook/", event, bearer)[0] == 404
    assert web.post("/hook", event, bearer)[0] == 404
    assert web.post("/hook/field/", event, bearer)[0] == 404
    status, headers, _ = web.curl("/hook/field", "-H", bearer)
    assert (status, headers["Allow"]) == (405, "POST")
    status, headers, _ = web.curl("/healthz", "-X", "DELETE")
    assert (status, headers["Allow"]) == (405, "GET")
    assert web.curl("/healthz")[::2] == (200, "alive\n")
    assert web.curl("/healthz", "--head", "-o", "/dev/null")[0] == 200
    assert web.curl("/readyz")[::2] == (200, "ready\n")
    assert web.curl("/metrics")[0] == 404, "metrics are on their own port"

    assert web.post("/hook/field", b"garbage", bearer)[::2] == (200, "refused\n")
    assert web.post("/hook/field", b"", bearer)[::2] == (200, "refused\n")
    largest = event[:-1] + b" " * (65536 - len(event)) + b"}"
    assert web.post("/hook/field", largest, bearer)[0] == 200
    assert web.post("/hook/field", largest + b" ", bearer)[0] == 413
    assert web.post("/hook/field", largest + b" ", bearer, "Transfer-Encoding: chunked")[0] == 413
    assert web.post("/hook/field", event, bearer, "Transfer-Encoding: chunked")[::2] == (200, "taken\n")
    assert web.post("/hook/field", event, bearer, "X: " + "x" * 40000)[0] in (413, 431)

    sigfox, short_burst = (EVENTS / "sigfox-up.json").read_bytes(), (EVENTS / "short-burst-up.form").read_bytes()
    assert web.post("/hook/sky", sigfox, "X-LimitNet-Secret: s")[::2] == (204, "")
    assert web.post("/hook/sky", b"garbage", "X-LimitNet-Secret: s")[0] == 204
    assert web.post("/hook/sat", short_burst, "X-LimitNet-Secret: s")[::2] == (200, "OK\n")
    assert sum(stored(folder).values()) == 4
    assert web.metric('limitnet_http_requests_total{status="401"}') == 11
    web.stop()
    assert SECRET not in web.log.read_text() and SECRET[:-1] not in web.log.read_text()


def test_store_away(tool, folder):
    """Another program has the store: the network is told to come again."""
    web = Web(tool, folder)
    header = f"X-LimitNet-Secret: {SECRET}"
    lock = sqlite3.connect(folder / "store.db", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    status, headers, _ = web.post("/hook/field", make_event(1)[1], header)
    assert (status, headers["Retry-After"]) == (503, "10")
    lock.execute("ROLLBACK")
    lock.close()
    assert web.post("/hook/field", make_event(1)[1], header)[0] == 200
    assert sum(stored(folder).values()) == 1
    web.stop()


def test_held(tool, folder):
    """While the store is away, requests wait without keeping the server from others; those whose client has gone
    are stored all the same, as the network will bring them again."""
    web = Web(tool, folder)
    web.post("/hook/field", make_event(100)[1], f"X-LimitNet-Secret: {SECRET}")
    lock = sqlite3.connect(folder / "store.db", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    waiting = [web.open_post(make_event(number)[1]) for number in range(20)]
    for s in waiting[:5]:
        s.close()
    time.sleep(0.5)
    begin = time.monotonic()
    assert web.curl("/healthz")[0] == 200
    assert time.monotonic() - begin < 2, "the server waits for the store"
    lock.execute("ROLLBACK")
    lock.close()
    for s in waiting[5:]:
        assert s.recv(100).startswith(b"HTTP/1.1 200"), "a request that was held"
        s.close()
    wait_for("all are stored", lambda: len(stored(folder)) == 21)
    web.stop()


def test_ended_under_load(tool, folder):
    """SIGTERM or kill -9 in the middle: what was answered with 200 is stored, once. SIGTERM leaves no request without
    an answer that was handled."""
    accepted, numbers = [], iter(range(100000))

    def post(web):
        while web.process.poll() is None:
            topic, event = make_event(next(numbers))
            try:
                with web.open_post(event) as s:
                    if s.recv(100).startswith(b"HTTP/1.1 200"):
                        accepted.append(device_of(topic))
            except OSError:
                continue

    for end in (Web.stop, Web.kill) * 3:
        web = Web(tool, folder)
        threads = [threading.Thread(target=post, args=[web]) for _ in range(8)]
        for thread in threads:
            thread.start()
        time.sleep(random.uniform(0.3, 0.8))
        end(web)
        for thread in threads:
            thread.join()
    counts = stored(folder)
    assert len(accepted) > 100, len(accepted)
    wrong = [device for device in accepted if counts.get(device) != 1]
    assert not wrong, f"{len(wrong)} of {len(accepted)} were answered and are not there once"


def test_bad_clients(tool, folder):
    """Requests that are cut, slow, too long or no requests at all; meanwhile others are served."""
    web = Web(tool, folder)
    head = f"POST /hook/field HTTP/1.1\r\nHost: x\r\nX-LimitNet-Secret: {SECRET}\r\n".encode()
    event = make_event(1)[1]
    generator = random.Random(1)
    for _ in range(200):
        web.raw(generator.randbytes(generator.randint(0, 2000)), end=True)
    whole = head + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(event) + event
    for _ in range(100):
        web.raw(whole[: generator.randint(0, len(whole) - 1)], end=True)
    assert stored(folder) == {}, "a part of an event is none"
    for length in (b"-1", b"x", b"99999999999999999999999", b"1e3", b""):
        answer = web.raw(head + b"Content-Length: " + length + b"\r\nConnection: close\r\n\r\n" + event, end=True)
        assert not answer.startswith(b"HTTP/1.1 200 OK\r\n") or b"refused" in answer, (length, answer)
    assert web.raw(b"GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n").startswith(b"HTTP/1.1 400")
    endless = web.raw(head + b"Transfer-Encoding: chunked\r\n\r\n" + b"10000\r\n" + b"x" * 65536 * 40)
    assert b" 200 " not in endless
    assert stored(folder) == {}
    assert web.raw(whole).startswith(b"HTTP/1.1 200")
    web.stop()


def test_slow_clients(tool, folder):
    """Bytes that trickle in keep no connection: each must be complete within 30 s. Others are served meanwhile."""
    web = Web(tool, folder)
    starts = [b"POST /hook/field HTTP/1.1\r\nHost: x\r\nX: ",
              f"POST /hook/field HTTP/1.1\r\nHost: x\r\nX-LimitNet-Secret: {SECRET}\r\n"
              "Content-Length: 60000\r\n\r\n".encode()]  # fmt: skip
    ages = []

    def trickle(start):
        begin = time.monotonic()
        with socket.create_connection(("127.0.0.1", web.port), timeout=1) as s:
            s.sendall(start)
            while time.monotonic() - begin < 50:
                try:
                    s.sendall(b"x")
                    if s.recv(1000) == b"":
                        break
                except TimeoutError:
                    continue
                except OSError:
                    break
        ages.append(time.monotonic() - begin)

    threads = [threading.Thread(target=trickle, args=[start]) for start in starts * 5]
    for thread in threads:
        thread.start()
    time.sleep(3)
    assert web.post("/hook/field", make_event(1)[1], f"X-LimitNet-Secret: {SECRET}")[0] == 200
    for thread in threads:
        thread.join()
    assert len(ages) == 10 and min(ages) > 20 and max(ages) < 40, ages
    web.stop()


LIMIT = 128  # connections of a client


def begin_post(web, *headers, host="127.0.0.1"):
    """A request whose body does not come."""
    s = socket.create_connection((host, web.port), timeout=60)
    s.sendall("\r\n".join(["POST /hook/field HTTP/1.1", "Host: x", f"X-LimitNet-Secret: {SECRET}", "Content-Length: 9",
                            *headers, "", ""]).encode())  # fmt: skip
    return s


def is_open(s):
    """Whether nothing has come, not even the end."""
    try:
        s.setblocking(False)
        s.recv(1, socket.MSG_PEEK)
        return False
    except BlockingIOError:
        return True
    except OSError:
        return False


def own_address():
    """One of this computer that is not of this computer alone, or none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        try:
            s.connect(("198.51.100.1", 9))  # sends nothing
            return s.getsockname()[0]
        except OSError:
            return None


def is_served(web, address):
    with socket.create_connection((address, web.port), timeout=60) as s:
        s.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        try:
            return s.recv(1000).startswith(b"HTTP/1.1 200 ")
        except ConnectionError:
            return False


def test_many_connections(tool, folder):
    """One client may have 128 connections, and further ones are refused; what it says of itself changes nothing."""
    address = own_address()
    if not address:
        return "left out: this computer has no network"
    web = Web(tool, folder, "host=0.0.0.0")
    sockets = []
    for i in range(LIMIT + 40):
        try:
            sockets.append(begin_post(web, f"X-Forwarded-For: 192.0.2.{i % 200}", host=address))
        except OSError:
            continue
    wait_for("the others are refused", lambda: sum(map(is_open, sockets)) <= LIMIT, 10)  # idle ones last 15 s
    assert sum(map(is_open, sockets)) == LIMIT
    assert web.curl("/healthz")[0] == 200, "somebody else"
    for s in sockets:
        s.close()
    wait_for("it serves again", lambda: is_served(web, address))
    web.stop()


def test_proxy(tool, folder):
    """Behind a proxy on this computer, connections count for those whom it names, not for the proxy."""
    web = Web(tool, folder)
    one = "X-Forwarded-For: 192.0.2.1"
    kept = [begin_post(web, f"X-Forwarded-For: 2001:db8::{i:x}, 192.0.2.1") for i in range(LIMIT)]
    with begin_post(web, one) as s:
        answer = s.recv(1000)
        assert answer.startswith(b"HTTP/1.1 429 ") and b"\r\nRetry-After: 5\r\n" in answer, answer
    with begin_post(web, "X-Forwarded-For: 192.0.2.2", one) as s:
        assert s.recv(1000).startswith(b"HTTP/1.1 429 "), "the proxy's header is the last one"
    assert all(map(is_open, kept))
    others = [begin_post(web, f"X-Forwarded-For: 192.0.2.1, 192.0.2.{2 + i}") for i in range(100)]
    ours = [begin_post(web) for _ in range(LIMIT + 1)]
    assert web.curl("/healthz", "-H", "X-Forwarded-For: 192.0.2.200")[0] == web.curl("/healthz")[0] == 200
    time.sleep(0.5)
    assert all(map(is_open, kept + others + ours)), "others pay for one client"
    for s in kept + others + ours:
        s.close()

    wait_for("the client is served again", lambda: web.curl("/healthz", "-H", one)[0] == 200)
    kept = [begin_post(web, f"X-Forwarded-For: 2001:db8::{i:x}") for i in range(LIMIT)]
    assert web.curl("/healthz", "-H", "X-Forwarded-For: 2001:db8::9:1")[0] == 429, "a network of IPv6 is one client"
    assert web.curl("/healthz", "-H", "X-Forwarded-For: 2001:db8:0:1::1")[0] == 200
    for s in kept:
        s.close()

    with socket.create_connection(("127.0.0.1", web.port), timeout=60) as proxy:  # one connection, many clients
        for i in range(3 * LIMIT):
            proxy.sendall(f"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.{i % 2}\r\n\r\n".encode())
            answer = proxy.recv(4000)
            assert answer.startswith(b"HTTP/1.1 200 ") and answer.endswith(b"alive\n"), (i, answer)
        idle = [socket.create_connection(("127.0.0.1", web.port), timeout=60) for _ in range(LIMIT)]
        for s in idle:
            s.sendall(f"GET /healthz HTTP/1.1\r\nHost: x\r\n{one}\r\n\r\n".encode())
            assert s.recv(4000).endswith(b"alive\n")
        assert web.curl("/healthz", "-H", one)[0] == 200, "connections that the proxy keeps open are nobody's"
        for s in idle:
            s.close()
    web.stop()


def test_metrics(tool, folder):
    """promtool finds nothing to say about the metrics."""
    web = Web(tool, folder)
    web.post("/hook/field", make_event(1)[1], f"X-LimitNet-Secret: {SECRET}")
    url = f"http://127.0.0.1:{web.metrics_port}"
    page = subprocess.run(["curl", "-sS", "-D", web.folder / "head", url + "/metrics"], capture_output=True,
                          check=True).stdout  # fmt: skip
    assert "text/plain; version=0.0.4" in (web.folder / "head").read_text()
    check = subprocess.run(["promtool", "check", "metrics"], input=page, capture_output=True)
    assert check.returncode == 0 and not check.stdout + check.stderr, (check.stdout + check.stderr).decode()
    names = {line.split()[2] for line in page.decode().splitlines() if line.startswith("# TYPE")}
    assert len(names) == 15, names
    assert web.metric("limitnet_store_bytes") > 0 and web.metric("limitnet_store_free_bytes") > 0
    assert web.metric('limitnet_answer_latency_seconds_bucket{le="+Inf"}') == 0
    assert subprocess.run(["curl", "-s", url + "/readyz"], capture_output=True).stdout == b"ready\n"
    web.stop()


def test_systemd(tool, folder):
    """Readiness and the end are told by datagrams."""
    for address in (str(folder / "notify"), "@limitnet-test-%d" % free_port()):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.settimeout(30)
            s.bind("\0" + address[1:] if address[0] == "@" else address)
            service = Service("env", folder, f"NOTIFY_SOCKET={address}", tool, f"store={folder}/s.db")
            assert s.recv(100) == b"READY=1"
            service.process.terminate()
            assert s.recv(100) == b"STOPPING=1"
            assert service.process.wait(30) == 0
            service.close()


def test_mistakes(tool, folder):
    """What cannot work is one line, and the end."""
    taken = Web(tool, folder)
    for arguments, text in (([f"port={taken.port}"], "cannot listen on 127.0.0.1 port"),
                            (["port=70000"], "is no address to listen on"),
                            (["host=localhost", "port=1"], "is no address to listen on"),
                            (HOOKS, "webhooks need the web server"),
                            (["mqtt=net", "form=chirpstack", "url=http://x", "client=x"], "url is not mqtt://"),
                            (["mqtt=net", "form=chirpstack", "url=mqtt://a:b@x", "client=x"], "url names a user"),
                            (["mqtt=net", "form=chirpstack", "url=mqtt://x"], "give client"),
                            (["mqtt=net", "form=sigfox", "url=mqtt://x", "client=x"], "no topic of its own")):
        run = subprocess.run([tool, f"store={folder}/m.db", *arguments], capture_output=True, text=True, timeout=60)
        told = [line for line in run.stderr.splitlines() if line.startswith("tool_serve: ")]
        assert run.returncode == 1 and len(told) == 1 and text in told[0], (arguments, run.stderr)
    taken.stop()


def test_replay(tool, folder):
    """Recorded events, in their time or faster; lines that are none are left out."""
    sigfox = json.loads((EVENTS / "sigfox-up.json").read_bytes())
    burst = base64.b64encode((EVENTS / "short-burst-up.form").read_bytes()).decode()
    lines = [json.dumps(line) for line in (
        {"at": "2026-03-29T02:00:00Z", "source": "field", "event": json.loads(make_event(1)[1])},
        {"at": "2026-03-29T02:00:10.5Z", "source": "sky", "event": sigfox},
        {"at": 1774749640, "source": "sat", "base64": burst},
        {"at": 1774749600.25, "source": "field", "event": json.loads(make_event(1)[1])},
        {"at": 1774749640, "source": "field", "event": {}},
        {"at": 1774749640, "source": "elsewhere", "event": {}},
        {"at": "yesterday", "source": "field", "event": {}},
        {"at": -1, "source": "field", "event": {}},
        {"at": 1, "source": "field"},
        {"at": 1, "source": "field", "event": {}, "base64": ""},
        {"at": 1, "source": "field", "base64": "!"},
        ["at", 1])]  # fmt: skip
    lines += ["", "{", "x" * 300000, '{"at": 1, "at": 2, "source": "field", "event": {}}']
    file = folder / "events.jsonl"
    file.write_text("\n".join(lines))
    for speed, least, most in (("0", 0, 8), ("20", 2, 10)):
        begin = time.monotonic()
        run = subprocess.run([tool, f"store={folder}/{speed}.db", f"replay={file}", f"speed={speed}", *HOOKS],
                             capture_output=True, text=True, check=True)  # fmt: skip
        assert run.stdout == "4 1 10\n", run.stdout + run.stderr
        assert least <= time.monotonic() - begin < most
    assert f"line=6" in run.stderr and "there is no such source" in run.stderr
    with sqlite3.connect(folder / "0.db") as db:
        assert db.execute("SELECT count(*) FROM frame").fetchone() == (3,)
    db.close()


run_tests(globals(), str(pathlib.Path(sys.argv[1]).resolve()), wanted=sys.argv[2:])
