#!/usr/bin/python3
"""Who may see the page: accounts, sessions, forms, limits, over HTTP with the program itself.

usage: security.py PROGRAM [TEST...]
"""

import contextlib
import http.client
import os
import pathlib
import pty
import re
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import termios
import threading
import time
import urllib.parse

from support import free_port, run_tests, started, wait_for

PASSWORD = "a password: & <b> ü"
SETTINGS = "[service]\nstore = store.db\n[web]\nlisten = {listen}\nport = {port}\n" + \
           "[source sky]\nkind = webhook\nform = sigfox\nsecret = s\n"  # fmt: skip
SESSION, DEVICE, FORM = "limitnet", "limitnet-device", "limitnet-form"
CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " \
      "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"  # fmt: skip


class Page:
    """A service that shows pages."""

    def __init__(self, program, folder, accounts=(), listen="127.0.0.1", roles="web"):
        self.program, self.folder, self.port = program, folder, free_port()
        (folder / "a.conf").write_text(SETTINGS.format(listen=listen, port=self.port))
        for name, role in accounts:
            assert self.account("add", name, "--role", role).returncode == 0
        self.log = folder / "log"
        with open(self.log, "w") as log:
            self.process = subprocess.Popen([program, "serve", "--roles", roles, "--config", "a.conf"], cwd=folder,
                                            stderr=log)  # fmt: skip
        started.append(self.process)
        self.wait_for("the page knows its accounts" if roles == "web" else "the service is ready")

    def wait_for(self, text):
        def is_said():
            assert self.process.poll() is None, self.log.read_text()
            return text in self.log.read_text()

        wait_for(text, is_said)

    def account(self, *arguments, password=PASSWORD):
        return subprocess.run([self.program, "account", *arguments, "--config", "a.conf"], cwd=self.folder,
                              capture_output=True, text=True, input=password + "\n")  # fmt: skip

    def query(self, sql, *values):
        with contextlib.closing(sqlite3.connect(self.folder / "store.db", timeout=60)) as db, db:
            return db.execute(sql, values).fetchall()

    def raw(self, content, seconds=60):
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as s:
            s.sendall(content)
            return b"".join(iter(lambda: s.recv(65536), b""))

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(60)
        assert code == 0, f"exit code {code}: {self.log.read_text()}"


class Answer:
    def __init__(self, answer):
        self.status, self.headers, self.body = answer.status, answer.headers, answer.read().decode(errors="replace")
        self.to = self.headers["Location"]

    def csrf(self):
        return re.search(r'name="csrf" value="([0-9a-f]{64})"', self.body)[1]


class Browser:
    """Keeps cookies, as long as nobody looks at their rules."""

    def __init__(self, page, **headers):
        self.page, self.cookies = page, {}
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def ask(self, method, path, fields=None, body=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.page.port, timeout=120)
        sent = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookies:
            sent.setdefault("Cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        if fields is not None:
            body = urllib.parse.urlencode(fields)
            sent.setdefault("Content-Type", "application/x-www-form-urlencoded")
        connection.request(method, path, body, sent)
        answer = Answer(connection.getresponse())
        connection.close()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, value = cookie.split(";")[0].split("=", 1)
            self.cookies.pop(name, None) if "Max-Age=0;" in cookie else self.cookies.update({name: value})
        return answer

    def get(self, path, **headers):
        return self.ask("GET", path, **headers)

    def post(self, path, fields=None, csrf=True, **more):
        """Sends a form, with the token that the page of the form has."""
        if csrf:
            place = "/login" if path == "/login" else "/accounts"
            fields = {"csrf": self.get(place).csrf()} | (fields or {})
        return self.ask("POST", path, fields, **more)

    def log_in(self, name, password=PASSWORD, **fields):
        return self.post("/login", {"name": name, "password": password} | fields)

    def is_in(self):
        """Logged in or not: the login sends whoever is on to where they wanted to go."""
        return self.get("/login").status == 303


def log_in(page, name, **headers):
    browser = Browser(page, **headers)
    answer = browser.log_in(name)
    assert answer.status == 303, f"{name}: {answer.status} {answer.body}"
    return browser


def csrf_of(browser):
    return browser.get("/accounts").csrf()


# ---- Without an account ----------------------------------------------------------------------------------------------


def test_local(program, folder):
    """Without an account, whoever uses this computer is an admin; what comes from elsewhere is not."""
    page = Page(program, folder)
    here = Browser(page)
    assert "There is no account yet" in here.get("/accounts").body
    for host in ("localhost", f"localhost:{page.port}", "127.0.0.1", "[::1]:80"):
        assert here.get("/accounts", Host=host).status == 200, host
    for host in ("evil.example", f"evil.example:{page.port}", "127.0.0.1.evil.example", "127", "[::2]", "", "localhostx"):
        assert here.get("/accounts", Host=host).status in (303, 400), f"{host}: a name that was made to point here"
    for header in ("X-Forwarded-For", "X-Forwarded-Proto", "Forwarded", "X-Real-IP", "Via"):
        assert here.get("/accounts", **{header: "x"}).status == 303, f"{header}: a proxy asks for somebody"
    fields = {"name": "eve", "password": PASSWORD, "role": "admin"}
    assert here.post("/accounts/add", fields, csrf=False).status == 403
    assert here.post("/accounts/add", fields | {"role": "viewer"}).status == 409, "the first one is an admin"
    assert here.post("/accounts/add", fields).status == 303
    assert here.get("/accounts").to == "/login?to=%2Faccounts", "nobody is local any more"
    assert here.log_in("eve").status == 303 and here.get("/accounts").status == 200
    page.stop()


def test_beyond(program, folder):
    """Others are shown nothing while there is no account: the service does not even start. Webhooks may."""
    (folder / "a.conf").write_text(SETTINGS.format(listen="0.0.0.0", port=free_port()))
    for _ in range(2):
        run = subprocess.run([program, "serve", "--config", "a.conf"], cwd=folder, capture_output=True, text=True,
                             timeout=60)  # fmt: skip
        lines = [line for line in run.stderr.splitlines() if line.startswith("limitnet serve: ")]
        assert run.returncode == 1 and len(lines) == 1, run.stderr
        assert "limitnet account add" in lines[0] and "0.0.0.0" in lines[0], lines
    check = subprocess.run([program, "serve", "--check", "--config", "a.conf"], cwd=folder, capture_output=True)
    assert check.returncode == 0, "--check reads settings only"
    Page(program, folder, listen="0.0.0.0", roles="ingest").stop()
    page = Page(program, folder, [("eve", "admin")], listen="0.0.0.0")
    assert log_in(page, "eve").get("/accounts").status == 200
    assert page.account("remove", "eve").returncode == 0
    wait_for("the account is gone", lambda: Browser(page).get("/accounts").status == 303)
    time.sleep(2)
    assert Browser(page).get("/accounts").status == 303, "who is not on this computer is no local admin"
    page.stop()


# ---- Sessions --------------------------------------------------------------------------------------------------------


def test_sessions(program, folder):
    """A session begins with a login and ends on the server; its token is kept nowhere but in the browser."""
    page = Page(program, folder, [("eve", "admin"), ("adam", "viewer")])
    eve = Browser(page)
    for name, password in (("eve", PASSWORD + "x"), ("eve", ""), ("eve", PASSWORD[:-1]), ("Eve", PASSWORD), ("", PASSWORD),
                           ("nobody", PASSWORD), ("eve", "x" * 200), ("e" * 100, PASSWORD)):  # fmt: skip
        answer = eve.log_in(name, password)
        assert answer.status == 401 and "is wrong" in answer.body and not eve.is_in(), (name, password, answer.status)
        assert SESSION not in eve.cookies and DEVICE not in eve.cookies
    answer = eve.log_in("eve", to="/accounts")
    assert (answer.status, answer.to) == (303, "/accounts") and eve.get("/accounts").status == 200
    cookies = {c.split("=")[0]: c for c in answer.headers.get_all("Set-Cookie")}
    assert re.fullmatch(r"limitnet=[0-9a-f]{64}; Path=/; Max-Age=604800; HttpOnly; SameSite=Strict", cookies[SESSION])
    assert "HttpOnly; SameSite=Strict" in cookies[DEVICE]

    token, kept = eve.cookies[SESSION], b"".join(path.read_bytes() for path in folder.glob("store.db*"))
    assert PASSWORD.encode() not in kept and token.encode() not in kept and bytes.fromhex(token) not in kept
    assert all(row[0].startswith("$argon2id$v=19$m=65536,t=2,p=1$") for row in page.query("SELECT hash FROM account"))
    log = page.log.read_text()
    assert token not in log and PASSWORD not in log and "nobody" not in log, "an unknown name may be a password"

    for wrong in (token[:-1], token + "0", token.upper() if token.upper() != token else "x", "0" * 64, "", "x" * 5000):
        assert Browser(page).get("/accounts", Cookie=f"{SESSION}={wrong}").status == 303, wrong
    assert Browser(page).get("/accounts", Cookie=f"x=y;{SESSION}={token}").status == 200

    copied = Browser(page)
    copied.cookies = dict(eve.cookies)
    assert eve.post("/logout").to == "/login" and SESSION not in eve.cookies
    assert copied.get("/accounts").status == 303, "the token still works after the logout"
    assert page.query("SELECT count(*) FROM session") == [(0,)]
    page.stop()


def test_fixation(program, folder):
    """Whatever token a browser brings to the login, it gets a new one, and the old one is worth nothing."""
    page = Page(program, folder, [("eve", "admin")])
    given = "ab" * 32
    eve = Browser(page)
    eve.cookies[SESSION] = given
    assert eve.log_in("eve").status == 303
    first = eve.cookies[SESSION]
    assert first != given and Browser(page).get("/accounts", Cookie=f"{SESSION}={given}").status == 303
    answer = eve.ask("POST", "/login", {"csrf": login_csrf(eve), "name": "eve", "password": PASSWORD})
    assert answer.status == 303 and eve.cookies[SESSION] != first
    assert Browser(page).get("/accounts", Cookie=f"{SESSION}={first}").status == 303, "the session before goes on"
    assert eve.get("/accounts").status == 200
    page.stop()


def login_csrf(browser):
    """The form's token for someone who is logged in, and so sees no form."""
    stranger = Browser(browser.page)
    stranger.cookies = {FORM: browser.cookies[FORM]}
    return stranger.get("/login").csrf()


def test_ends(program, folder):
    """Another password, removal, idleness and age end sessions; another role holds at once. An account has 16 at most."""
    page = Page(program, folder, [("eve", "admin"), ("adam", "viewer")])
    eve, adam, again = log_in(page, "eve"), log_in(page, "adam"), log_in(page, "adam")
    assert page.account("password", "adam").returncode == 0
    wait_for("the sessions end", lambda: not adam.is_in() and not again.is_in(), 10)
    assert eve.is_in(), "only those of that name"

    adam = log_in(page, "adam")
    assert adam.get("/accounts").status == 403
    assert eve.post("/accounts/role", {"name": "adam", "role": "admin"}).status == 303
    assert adam.get("/accounts").status == 200
    assert eve.post("/accounts/remove", {"name": "adam"}).status == 303
    assert not adam.is_in() and adam.log_in("adam").status == 401

    now = int(time.time() * 1000)
    for change in (f"seen_ms = {now - 43200000}", f"made_ms = {now - 604800000}"):
        page.query(f"UPDATE session SET {change}")
        page.process.kill()  # it knows when the session was used last
        page.process.wait()
        page = Page(program, folder)
        assert not eve_is_in(page, eve), change
        eve = log_in(page, "eve")
    all_of = [log_in(page, "eve") for _ in range(17)]
    wait_for("the oldest end", lambda: not eve.is_in() and not all_of[0].is_in(), 10)
    assert all(browser.is_in() for browser in all_of[1:]) and page.query("SELECT count(*) FROM session") == [(16,)]
    page.stop()


def eve_is_in(page, eve):
    eve.page = page
    time.sleep(1)
    return eve.is_in()


# ---- Forms -----------------------------------------------------------------------------------------------------------


def test_csrf(program, folder):
    """A form counts only with its own token, from a page of ours."""
    page = Page(program, folder, [("eve", "admin"), ("adam", "admin")])
    eve, adam = log_in(page, "eve"), log_in(page, "adam")
    csrf, fields = csrf_of(eve), {"name": "cain", "password": PASSWORD, "role": "viewer"}
    for wrong in (None, "", "0" * 64, csrf[:-1], csrf + "0", csrf.upper(), csrf_of(adam), eve.cookies[SESSION]):
        sent = fields | ({} if wrong is None else {"csrf": wrong})
        assert eve.post("/accounts/add", sent, csrf=False).status == 403, wrong
        assert eve.post("/logout", {} if wrong is None else {"csrf": wrong}, csrf=False).status == 403, wrong
    good = fields | {"csrf": csrf}
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "none"},
                    {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Content-Type": "text/plain"},
                    {"Content-Type": "application/json"},
                    {"Content-Type": "application/x-www-form-urlencodedx"}):  # fmt: skip
        assert eve.ask("POST", "/accounts/add", good, **headers).status == 403, headers
    assert eve.get("/accounts/add?" + urllib.parse.urlencode(good)).status == 405
    assert eve.get("/logout").status == 405 and eve.is_in()
    assert page.query("SELECT count(*) FROM account") == [(2,)]
    ours = {"Sec-Fetch-Site": "same-origin", "Origin": f"http://127.0.0.1:{page.port}"}
    assert eve.ask("POST", "/accounts/add", good, **ours).status == 303
    assert eve.ask("POST", "/accounts/remove", {"csrf": csrf, "name": "cain"},
                   Origin=f"http://127.0.0.1:{page.port}").status == 303  # fmt: skip

    stranger = Browser(page)
    form = {"csrf": stranger.get("/login").csrf(), "name": "eve", "password": PASSWORD}
    for wrong in ({}, {"csrf": "0" * 64}, {"csrf": csrf}):
        assert stranger.ask("POST", "/login", {k: v for k, v in form.items() if k != "csrf"} | wrong).status == 403
    assert Browser(page).ask("POST", "/login", form).status == 403, "the token without its cookie"
    assert stranger.ask("POST", "/login", form, Origin="https://evil.example").status == 403
    assert stranger.ask("POST", "/login", form).status == 303
    page.stop()


def test_roles(program, folder):
    """What an admin may, nobody else may; the last admin stays."""
    page = Page(program, folder, [("eve", "admin"), ("adam", "viewer"), ("abel", "operator")])
    for name in ("adam", "abel"):
        browser = log_in(page, name)
        assert browser.get("/accounts").status == 403
        assert "<form" not in browser.get("/accounts").body
        for path in ("add", "remove", "role", "password", "other"):
            answer = browser.ask("POST", f"/accounts/{path}", {"name": "eve", "role": "viewer", "password": PASSWORD})
            assert answer.status == 403, path
    nobody = Browser(page)
    assert nobody.ask("POST", "/accounts/remove", {"name": "eve"}).to == "/login"
    eve = log_in(page, "eve")
    for what, fields in (("remove", {}), ("role", {"role": "operator"})):
        answer = eve.post(f"/accounts/{what}", {"name": "eve"} | fields)
        assert answer.status == 409 and "must be an admin" in answer.body, what
    for fields, text in (({"name": "adam", "role": "viewer"}, "already"), ({"name": "a b"}, "a name has"),
                         ({"name": ""}, "a name has"), ({"name": "x" * 65}, "a name has"), ({"role": "king"}, "a role is"),
                         ({"password": "short"}, "a password has"), ({"password": "x" * 129}, "a password has"),
                         ({"name": "<b>x</b>"}, "a name has")):  # fmt: skip
        answer = eve.post("/accounts/add", {"name": "cain", "password": PASSWORD, "role": "viewer"} | fields)
        assert answer.status == 409 and text in answer.body, (fields, answer.status, answer.body)
        assert "<b>" not in answer.body
    assert eve.post("/accounts/password", {"name": "cain", "password": PASSWORD}).status == 409
    assert eve.post("/accounts/other", {"name": "adam"}).status == 404
    assert sorted(page.query("SELECT name, role FROM account")) == [("abel", 2), ("adam", 1), ("eve", 3)]
    assert eve.post("/accounts/password", {"name": "eve", "password": PASSWORD}).status == 303
    assert not eve.is_in(), "another password ends one's own sessions, too"
    page.stop()


def test_page_roles(program, folder):
    """What operators and admins may do with pictures, others may not, nor are they offered it."""
    page = Page(program, folder, [("eve", "admin"), ("adam", "viewer"), ("abel", "operator")])
    page.query("INSERT INTO device (device, source, name, version, seen, due_ms, lease, wake_ms, failures, hint, hint_ms,"
               " told, told_ms) VALUES (7, 'sky', 'a', 0, 0, 9e18, 0, 9e18, 0, 0, 0, 0, 0)")  # fmt: skip
    page.query("INSERT INTO picture (device, id, number, first_ms, last_ms, deadline_ms, packets, bytes, final, score, model,"
               " open, seen) VALUES (7, 1, 0, 1, 1, 0, 1, 1, 1, 0, 0, 0, 0)")  # fmt: skip
    exports = ("/export.csv", "/export.coco.zip", "/export.camtrap.zip")
    nobody = Browser(page)
    for path in exports + ("/delete/7/1", "/password"):
        assert nobody.get(path).to.startswith("/login"), path
        assert nobody.ask("HEAD", path).status == 303, path
    for name, may_export, may_delete in (("adam", False, False), ("abel", True, False), ("eve", True, True)):
        browser = log_in(page, name)
        for path in exports:
            wanted = (200, 409) if may_export else (403,)
            assert browser.get(path).status in wanted and browser.ask("HEAD", path).status == (wanted[0]), (name, path)
            wait_for("an export can be made", lambda: browser.get("/export.csv").status in (200, 403), 10)
        assert ("/export." in browser.get("/search").body) == may_export, name
        assert browser.get("/delete/7/1").status == (200 if may_delete else 403)
        assert ("/delete/" in browser.get("/picture/7/1").body) == may_delete
        csrf = browser.get("/alarms").csrf()
        for fields in ({}, {"csrf": "0" * 64}, {"csrf": nobody.get("/login").csrf()}):
            assert browser.ask("POST", "/delete/7/1", fields).status == 403, name
        for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
            assert browser.ask("POST", "/delete/7/1", {"csrf": csrf}, **headers).status == 403, name
        assert page.query("SELECT count(*) FROM picture") == [(1,)]
        answer = browser.ask("POST", "/delete/7/1", {"csrf": csrf})
        assert (answer.status, answer.to) == ((303, "/camera/sky/a") if may_delete else (403, None)), name
    assert page.query("SELECT count(*) FROM picture") == [(0,)] and eve_is_in(page, browser)
    assert browser.ask("POST", "/delete/7/1", {"csrf": csrf}).status == browser.get("/delete/7/1").status == 404
    assert 'a picture is deleted" picture=1 source=sky device=a by=eve' in page.log.read_text(), page.log.read_text()
    page.stop()


def test_password(program, folder):
    """Everybody may change their own password, knowing the old one; their other sessions end."""
    other = "another: ü & password"
    page = Page(program, folder, [("eve", "admin"), ("adam", "viewer")])
    adam, elsewhere, eve = log_in(page, "adam"), log_in(page, "adam"), log_in(page, "eve")
    assert 'href="/password"' in adam.get("/").body
    csrf = adam.get("/password").csrf()
    good = {"csrf": csrf, "old": PASSWORD, "new": other, "again": other}
    for wrong in ({"csrf": ""}, {"csrf": eve.get("/password").csrf()}):
        assert adam.ask("POST", "/password", good | wrong).status == 403
    assert adam.ask("POST", "/password", good, Origin="https://evil.example").status == 403
    for wrong, status, text in (({"old": other}, 401, "old password is wrong"), ({"old": ""}, 401, "old password is wrong"),
                                ({"again": other + "x"}, 409, "twice alike"), ({"again": ""}, 409, "twice alike"),
                                ({"new": "short", "again": "short"}, 409, "10 to 128"),
                                ({"new": "x" * 129, "again": "x" * 129}, 409, "10 to 128")):  # fmt: skip
        answer = adam.ask("POST", "/password", good | wrong)
        assert answer.status == status and text in answer.body, (wrong, answer.status, answer.body)
    assert adam.is_in() and elsewhere.is_in() and page.query("SELECT count(*) FROM session") == [(3,)]

    before = dict(adam.cookies)
    answer = adam.ask("POST", "/password", good | {"name": "eve"})
    assert (answer.status, answer.to) == (303, "/password?done=1"), (answer.status, answer.body)
    assert "is changed" in adam.get(answer.to).body and adam.is_in()
    assert adam.cookies[SESSION] != before[SESSION] and adam.cookies[DEVICE] != before[DEVICE]
    assert not elsewhere.is_in() and eve.is_in(), "only their own other sessions end"
    old = Browser(page)
    old.cookies = before
    assert old.get("/password").status == 303, "the session before goes on"
    assert Browser(page).log_in("adam").status == 401 and Browser(page).log_in("adam", other).status == 303
    assert log_in(page, "eve").is_in()
    log = page.log.read_text()
    assert "somebody has changed their password" in log and "name=adam" in log and other not in log

    csrf = adam.get("/password").csrf()
    check_limit(10, lambda _: adam.ask("POST", "/password", good | {"csrf": csrf}).status)
    refused = adam.ask("POST", "/password", good | {"csrf": csrf, "old": other})
    assert refused.status == 429 and int(refused.headers["Retry-After"]) >= 1, "even with the right password"
    assert adam.is_in()
    page.stop()


def test_streams_end(program, folder):
    """A stream of changes ends within seconds of its session, and no other one does."""
    page = Page(program, folder, [("eve", "admin"), ("adam", "viewer")])
    eve, other, adam, aged = log_in(page, "eve"), log_in(page, "eve"), log_in(page, "adam"), log_in(page, "eve")
    streams = {browser: open_stream(page, browser) for browser in (eve, other, adam, aged)}
    time.sleep(3)
    assert not any(ends_within(stream, 0) for stream in streams.values())
    assert other.post("/logout").status == 303
    assert ends_within(streams[other], 4), "after the logout"
    assert eve.post("/accounts/remove", {"name": "adam"}).status == 303
    assert ends_within(streams[adam], 4), "after the removal of the account"
    hashes = {row[0] for row in page.query("SELECT token FROM session")}
    assert eve.get("/accounts").status == 200 and len(hashes) == 2
    page.query("DELETE FROM session WHERE token = (SELECT token FROM session ORDER BY made_ms DESC LIMIT 1)")
    assert ends_within(streams[aged], 4), "after the end of the session"
    assert not ends_within(streams[eve], 0), "the stream of a session that goes on"
    assert page.account("password", "eve").returncode == 0
    assert ends_within(streams[eve], 5), "after another password"
    page.stop()

    page = Page(program, folder)
    page.query("DELETE FROM account")
    here = Browser(page)
    wait_for("nobody has an account", lambda: here.get("/accounts").status == 200, 10)
    stream = open_stream(page, here)
    time.sleep(2)
    assert not ends_within(stream, 0)
    assert page.account("add", "eve", "--role", "admin").returncode == 0
    assert ends_within(stream, 5), "nobody is local any more"
    page.stop()


def open_stream(page, browser):
    s = socket.create_connection(("127.0.0.1", page.port), timeout=60)
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    s.sendall(f"GET /live HTTP/1.1\r\nHost: localhost\r\nCookie: {cookies}\r\n\r\n".encode())
    assert s.recv(65536).startswith(b"HTTP/1.1 200 ")
    return s


def ends_within(stream, seconds):
    """Whether the last chunk comes."""
    end, taken = time.monotonic() + seconds, b""
    while True:
        stream.settimeout(max(end - time.monotonic(), 0.01))
        try:
            part = stream.recv(65536)
        except TimeoutError:
            return False
        taken += part
        if not part or taken.endswith(b"0\r\n\r\n"):
            return True


# ---- Limits ----------------------------------------------------------------------------------------------------------


def from_address(page, address):
    """A stranger, as a proxy on this computer tells of them. What they claim themselves stands before."""
    return Browser(page, X_Forwarded_For=f"10.9.9.9, {address}")


def check_limit(tries, guess):
    """So many wrong passwords are looked at, and soon after them none. Tries come back while a slow computer hashes."""
    for i in range(3 * tries):
        status = guess(i)
        assert status == 401 or (status == 429 and i >= tries), f"try {i}: {status}"
        if status == 429:
            return
    raise AssertionError("there is no limit")


def test_rate(program, folder):
    """Guesses are limited by name and by address. Who guesses at a name locks out neither its browsers nor others."""
    page = Page(program, folder, [("eve", "admin"), ("adam", "viewer"), ("abel", "viewer")])
    eve = log_in(page, "eve")
    check_limit(10, lambda i: from_address(page, f"192.0.2.{i}").log_in("eve", "wrong password").status)
    refused = from_address(page, "192.0.2.99").log_in("eve")
    assert refused.status == 429 and 1 <= int(refused.headers["Retry-After"]) <= 30, "even with the right password"
    assert eve.is_in(), "a session goes on"
    known = Browser(page, X_Forwarded_For="192.0.2.98")
    known.cookies = {DEVICE: eve.cookies[DEVICE]}
    assert known.log_in("eve").status == 303, "a browser that has logged in before is no stranger"
    for mark in ("0" * 96, "x", eve.cookies[DEVICE][:-1] + "g"):
        stranger = Browser(page, X_Forwarded_For="192.0.2.97")
        stranger.cookies = {DEVICE: mark}
        assert stranger.log_in("eve").status == 429, "a mark that is none"
    assert from_address(page, "192.0.2.96").log_in("adam").status == 303, "another name"

    check_limit(20, lambda i: from_address(page, "198.51.100.1").log_in(f"name{i}", "wrong password").status)
    assert from_address(page, "198.51.100.1").log_in("abel").status == 429
    assert from_address(page, "198.51.100.2").log_in("abel").status == 303, "another address"
    check_limit(20, lambda i: from_address(page, f"2001:db8:0:1::{i:x}").log_in(f"no{i}", "wrong password").status)

    guesses = Browser(page)
    guesses.cookies = {DEVICE: log_in(page, "abel").cookies[DEVICE]}
    check_limit(10, lambda _: guesses.log_in("abel", "wrong password").status)  # a stolen mark is no way around it
    for _ in range(15):
        assert log_in(page, "adam").is_in(), "right passwords do not count"
    page.stop()


def test_busy(program, folder):
    """Hashes are computed one at a time, and meanwhile the server answers others; too many do not wait."""
    page = Page(program, folder, [("eve", "admin")])
    forms = []
    for i in range(100):
        browser = from_address(page, f"192.0.2.{i}")
        browser.get("/login")
        forms.append(browser)
    statuses = []

    def guess(browser, i):
        statuses.append(browser.log_in(f"name{i}", "wrong password").status)

    threads = [threading.Thread(target=guess, args=[browser, i]) for i, browser in enumerate(forms[:60])]
    for thread in threads:
        thread.start()
    times = []
    while any(thread.is_alive() for thread in threads):
        begin = time.monotonic()
        with contextlib.suppress(OSError):  # 64 connections from one address
            assert Browser(page).get("/healthz").status == 200
            times.append(time.monotonic() - begin)
        time.sleep(0.05)
    for thread in threads:
        thread.join()
    assert set(statuses) <= {401, 503} and statuses.count(401) >= 50, statuses
    assert len(times) > 5 and statistics.median(times) < 0.5, f"others wait: {times}"
    peak = re.search(r"VmHWM:\s+(\d+) kB", pathlib.Path(f"/proc/{page.process.pid}/status").read_text())
    page.stop()
    print(f"  60 logins: median of others {statistics.median(times) * 1000:.0f} ms, peak {int(peak[1]) // 1024} MB")


def test_unknown_name(program, folder):
    """A name that does not exist takes as long as one that does."""
    page = Page(program, folder, [("eve", "admin")])
    times = {"eve": [], "nobody": []}
    for i in range(9):
        for name, all_times in times.items():
            browser = from_address(page, f"192.0.2.{i}")
            csrf = browser.get("/login").csrf()
            begin = time.monotonic()
            answer = browser.ask("POST", "/login", {"csrf": csrf, "name": name, "password": "wrong password"})
            all_times.append(time.monotonic() - begin)
            assert answer.status == 401 and "The name or the password is wrong." in answer.body
    ratio = statistics.median(times["nobody"]) / statistics.median(times["eve"])
    assert 0.5 < ratio < 2, times
    page.stop()


# ---- Requests --------------------------------------------------------------------------------------------------------


def test_headers(program, folder):
    """Every answer tells the browser what it may load."""
    page = Page(program, folder, [("eve", "admin")])
    eve = log_in(page, "eve")
    answers = [eve.get("/accounts"), eve.get("/login"), Browser(page).get("/login"), eve.get("/none"),
               eve.get("/logout"), eve.get("/healthz"), eve.ask("POST", "/login", {"x": "x" * 70000}),
               eve.post("/logout"), Browser(page).get("/accounts"), eve.ask("HEAD", "/login")]  # fmt: skip
    assert {answer.status for answer in answers} == {200, 303, 404, 405, 413}
    for answer in answers:
        assert answer.headers.get_all("Content-Security-Policy") == [CSP], answer.headers
        assert answer.headers.get_all("Cache-Control") == ["no-store"]
        for name, value in (("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "same-origin"),
                            ("Cross-Origin-Opener-Policy", "same-origin"),
                            ("Cross-Origin-Resource-Policy", "same-origin")):  # fmt: skip
            assert answer.headers.get_all(name) == [value], (name, answer.status)
        assert "<script>" not in answer.body and " style=" not in answer.body and " on" + "click" not in answer.body
    page.stop()


def test_secure(program, folder):
    """Through TLS, which a proxy tells of, cookies have the prefix __Host- and never go without TLS."""
    page = Page(program, folder, [("eve", "admin")])
    eve = Browser(page, X_Forwarded_Proto="https", Host="cameras.example.org")
    answer = eve.log_in("eve")
    for cookie in answer.headers.get_all("Set-Cookie"):
        assert cookie.startswith("__Host-limitnet") and cookie.endswith("; SameSite=Strict; Secure"), cookie
        assert "; Path=/;" in cookie and "Domain" not in cookie
    assert eve.get("/accounts").status == 200
    token = eve.cookies["__Host-limitnet"]
    assert eve.get("/accounts", Cookie=f"limitnet={token}").status == 303, "a cookie that was set without TLS"
    assert Browser(page).get("/accounts", Cookie=f"__Host-limitnet={token}").status == 303
    fields = {"csrf": csrf_of(eve)}
    assert eve.ask("POST", "/logout", fields, Origin="https://evil.example").status == 403
    answer = eve.ask("POST", "/logout", fields, Origin="https://cameras.example.org")
    assert answer.status == 303 and answer.headers["Set-Cookie"].endswith("Max-Age=0; HttpOnly; SameSite=Strict; Secure")
    page.stop()


def test_paths(program, folder):
    """No path leads to a file, and the login leads to no other site."""
    page = Page(program, folder, [("eve", "admin")])
    (folder / "canary").write_text("a secret of the canary")
    for path in ("/../canary", "/../../etc/passwd", "/%2e%2e/canary", "/..%2fcanary", "/accounts/../canary",
                 "/accounts/../../etc/passwd", "/canary", "//canary", "/.%00/canary", "/login%00/../canary",
                 "/login/../canary", "/\\..\\canary", "/page.css/../canary", "/store.db", "/a.conf", "/%c0%ae%c0%ae/canary",
                 "/accounts/", "/accounts/%2e%2e/%2e%2e/canary", "http://127.0.0.1/canary", "canary", "*"):  # fmt: skip
        for method in ("GET", "POST"):
            answer = page.raw(f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                              .encode())  # fmt: skip
            assert b"canary\n" not in answer and b"root:" not in answer and b"SQLite" not in answer, path
            assert b"of the canary" not in answer and b"store = " not in answer, path
            assert re.match(rb"HTTP/1.1 (400|403|404|405|303) ", answer), (method, path, answer[:100])
    for to, place in (("/accounts", "/accounts"), ("/picture/1?packets=3&mark=1", "/picture/1?packets=3&mark=1"),
                      ("//evil.example", "/"), ("https://evil.example", "/"), ("/\\evil.example", "/"), ("", "/"),
                      ("evil", "/"), ("/a\r\nSet-Cookie: x=y", "/"), ("/\t/evil.example", "/"), ("/\u00fc", "/"),
                      ("/" + "x" * 300, "/"), ("javascript:alert(1)", "/")):  # fmt: skip
        browser = Browser(page)
        answer = browser.log_in("eve", to=to)
        assert (answer.status, answer.to) == (303, place), (to, answer.to)
        assert browser.get("/login?" + urllib.parse.urlencode({"to": to})).to == place, to
    page.stop()


def test_escaping(program, folder):
    """What comes from outside is text in the login's page."""
    page = Page(program, folder, [("eve", "admin")])
    text = "/\"><script>alert('x')</script>&lt;"
    stranger = Browser(page)
    for answer in (stranger.get("/login?" + urllib.parse.urlencode({"to": text})),
                   stranger.log_in("<i>eve</i>", "<i>wrong password</i>", to=text)):  # fmt: skip
        assert "<script>alert" not in answer.body and "<i>" not in answer.body
        assert "value=\"/&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;lt;\"" in answer.body, answer.body
    answer = stranger.get("/login?to=/accounts", Sec_Fetch_Site="cross-site")
    assert answer.headers["Refresh"] == "0; url=/login?again=1&to=%2Faccounts", "a link elsewhere brings no cookies"
    assert "csrf" in stranger.get("/login?again=1&to=%2Faccounts", Sec_Fetch_Site="cross-site").body
    page.stop()


def test_bodies(program, folder):
    """Too large, too many, broken: an answer, and the service goes on."""
    page = Page(program, folder, [("eve", "admin")])
    eve = Browser(page)
    csrf = eve.get("/login").csrf()
    assert eve.ask("POST", "/login", {"csrf": csrf, "name": "x" * 70000}).status == 413
    assert eve.ask("POST", "/login", {"name": "x" * 60000, "csrf": csrf, "password": "x"}).status == 401
    chunks = b"".join(b"2000\r\n" + b"x" * 8192 + b"\r\n" for _ in range(9)) + b"0\r\n\r\n"
    assert page.raw(b"POST /login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n" +
                    chunks).startswith(b"HTTP/1.1 413 "), "a body that does not say how long it is"  # fmt: skip
    many = "&".join(f"a{i}=b" for i in range(6000)) + f"&csrf={csrf}&name=eve&password=x"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert eve.ask("POST", "/login", body=many, **form).status == 401
    for body in ("", "&", "=", "csrf", "csrf=", "%", "csrf=%", "csrf=%4", "csrf=%zz", "csrf=%00", "&" * 65536,
                 f"csrf={csrf}%00", f"csrf=%ff&csrf={csrf}"):  # fmt: skip
        assert eve.ask("POST", "/login", body=body, **form).status == 403, body[:50]
    for part in ("name=eve", "name=%00", "name=%ff%fe", "name=eve%0d%0ax", "name=" + "%41" * 64, "password=%"):
        assert eve.ask("POST", "/login", body=f"csrf={csrf}&{part}", **form).status == 401, part
    assert eve.get("/accounts", Cookie="; ".join(f"a{i}=b" for i in range(300))).status == 303
    assert eve.get("/accounts", Cookie="=" * 5000).status == 303
    assert eve.get("/accounts", Cookie="x" * 40000).status == 431
    page.stop()


def test_slow(program, folder):
    """Who trickles keeps nobody from the login, and is cut after half a minute."""
    page = Page(program, folder, [("eve", "admin")])
    ages = []

    def trickle():
        begin = time.monotonic()
        with socket.create_connection(("127.0.0.1", page.port), timeout=1) as s:
            s.sendall(b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n")
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

    threads = [threading.Thread(target=trickle) for _ in range(40)]
    for thread in threads:
        thread.start()
    time.sleep(3)
    assert log_in(page, "eve").is_in()
    for thread in threads:
        thread.join()
    assert len(ages) == 40 and min(ages) > 20 and max(ages) < 40, ages
    page.stop()


def test_store_away(program, folder):
    """While another program has the store, logins come again later; whoever is logged in stays so."""
    page = Page(program, folder, [("eve", "admin")])
    eve = log_in(page, "eve")
    lock = sqlite3.connect(folder / "store.db", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    assert Browser(page).log_in("eve").status == 503
    assert eve.is_in()
    token = eve.cookies[SESSION]
    assert eve.post("/logout").status == 503 and eve.cookies[SESSION] == token, "nobody thinks that they are out"
    lock.execute("ROLLBACK")
    lock.close()
    assert log_in(page, "eve").is_in() and eve.post("/logout").status == 303
    page.stop()


def test_command(program, folder):
    """limitnet account: what it does and what it refuses, each with one line."""
    (folder / "a.conf").write_text(SETTINGS.format(listen="127.0.0.1", port=0))

    def run(code, text, *arguments, given=PASSWORD + "\n"):
        done = subprocess.run([program, "account", *arguments], cwd=folder, capture_output=True, text=True, input=given)
        assert done.returncode == code and text in done.stdout + done.stderr, (arguments, done)
        assert code == 0 or (len(done.stderr.splitlines()) == 1 and not done.stdout), done
        assert not given or given.strip() == "" or given.strip() not in done.stdout + done.stderr

    config = ["--config", "a.conf"]
    run(0, "there is no account yet", "list", *config)
    run(0, "", "add", "eve", "--role", "admin", *config)
    run(0, "", *config, "add", "adam@example.org", "--role", "viewer")
    run(0, "adam@example.org  viewer\neve  admin\n", "list", *config)
    run(1, "already", "add", "eve", "--role", "viewer", *config)
    run(1, "a password has", "add", "abel", "--role", "viewer", *config, given="short\n")
    run(1, "a password has", "password", "eve", *config, given="x" * 129)
    run(0, "", "password", "eve", *config, given="x" * 128)
    run(1, "has no password", "add", "abel", "--role", "viewer", *config, given="")
    run(1, "a name has", "add", "a/b", "--role", "viewer", *config)
    run(1, "no such account", "remove", "abel", *config)
    run(1, "no such account", "password", "abel", *config)
    run(1, "gone.conf", "list", "--config", "gone.conf")
    run(2, "none of list, add", *config)
    run(2, "none of list, add", "change", "eve", *config)
    run(2, "takes one name", "add", "--role", "viewer", *config)
    run(2, "takes one name", "remove", "eve", "adam", *config)
    run(2, "takes no name", "list", "eve", *config)
    run(2, "--role", "add", "eve", *config)
    run(2, "--role", "add", "eve", "--role", "king", *config)
    run(2, "--role", "remove", "eve", "--role", "admin", *config)
    run(2, "give the settings", "list")
    run(0, "", "remove", "eve", *config)
    run(0, "adam@example.org", "list", *config)


def test_terminal(program, folder):
    """At a terminal the password is asked for twice and not shown; Ctrl-C leaves the terminal as it was."""
    (folder / "a.conf").write_text(SETTINGS.format(listen="127.0.0.1", port=0))

    def type_in(*lines):
        ours, theirs = pty.openpty()
        process = subprocess.Popen([program, "account", "add", "eve", "--role", "admin", "--config", "a.conf"],
                                   cwd=folder, stdin=theirs, stderr=subprocess.PIPE, stdout=theirs)  # fmt: skip
        said = b""
        for line in lines:
            while not said.endswith(b": "):
                said += process.stderr.read(1)
            said += b"\n"
            os.write(ours, line)
        said += process.stderr.read()
        is_echo = bool(termios.tcgetattr(theirs)[3] & termios.ECHO)
        os.set_blocking(ours, False)
        shown = b""
        with contextlib.suppress(OSError):
            shown = os.read(ours, 1000)
        code = process.wait(60)
        process.stderr.close()
        os.close(ours)
        os.close(theirs)
        return code, said, shown, is_echo

    for lines, code in (([b"one password\r", b"another one\r"], 1), ([b"one pass\x03"], 1),
                        ([b"one password\r", b"one password\r"], 0)):  # fmt: skip
        got, said, shown, is_echo = type_in(*lines)
        assert got == code, (lines, said)
        assert b"pass\x03" not in said and b"one" not in shown and is_echo, (said, shown)


run_tests(globals(), str(pathlib.Path(sys.argv[1]).resolve()), wanted=sys.argv[2:])
