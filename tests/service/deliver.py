#!/usr/bin/env python3
"""Deliveries to real receivers that this program starts: web servers, a fake Telegram, mail servers (aiosmtpd), and
brokers (mosquitto). What they get is read by other code than ours: hmac, email, mosquitto_sub.

usage: deliver.py TOOL_DELIVER
Exit: 0 all right, 1 something is not, 77 a part is missing (mosquitto, aiosmtpd, openssl).
"""

import base64
import email
import email.policy
import hashlib
import hmac
import http.server
import json
import logging
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import warnings

try:
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import AuthResult
except ImportError:
    print("deliver.py: no python3-aiosmtpd")
    sys.exit(77)
mosquitto = shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin")
if not mosquitto or not shutil.which("mosquitto_sub") or not shutil.which("openssl"):
    print("deliver.py: no mosquitto, mosquitto-clients or openssl")
    sys.exit(77)

tool = os.path.abspath(sys.argv[1])
work = tempfile.mkdtemp()
DELIVERED, AGAIN, NEVER = range(3)
HEAD = "[service]\nstore = x.db\n[source a]\nkind = webhook\nform = sigfox\nsecret = s\n"
PNG = open("tests/pictures/odd/rgb.png", "rb").read()
JPEG = open("tests/pictures/cat.jpg", "rb").read()
BODY = {"rule": "fox", "kind": "seen", "source": "a", "device": "0102", "text": "fox: 0102 sees Füchse (87 %)",
        "time": "2026-06-01T12:00:00Z", "event": 5, "picture": 7, "label": "Füchse", "score": 0.8712}
SECRETS = ["hunter2", "key=1"]


def write(name, content):
    path = os.path.join(work, name)
    with open(path, "wb" if isinstance(content, bytes) else "w") as file:
        file.write(content)
    return path


write("a.png", PNG)
write("a.jpg", JPEG)


def deliver(settings, picture=None, body=BODY, attempts=1, number=16):
    """Runs the tool with one target: fate, seconds to wait, and why."""
    path = write(f"conf-{threading.get_ident()}", HEAD + "[target t]\n" + settings)
    command = [tool, path, "t", str(number), str(attempts)] + ([os.path.join(work, picture)] if picture else [])
    text = body if isinstance(body, str) else json.dumps(body)
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    run = subprocess.run(command, input=text, capture_output=True, text=True, timeout=120, env=environment)
    assert run.returncode == 0 and not run.stderr, run
    fate, wait, why = run.stdout.rstrip("\n").split(" ", 2)
    assert "\n" not in why and not any(secret in why for secret in SECRETS), why
    assert (fate == "0") == (why == ""), run.stdout
    assert (fate == "1") == (wait != "0"), run.stdout
    return int(fate), int(wait) / 1000, why


# ---- Web servers -----------------------------------------------------------------------------------------------------

class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        content = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append((self.path, self.headers, content))
        status, headers, answer = self.server.answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            for part in answer:
                self.wfile.write(part)
        except (BrokenPipeError, ConnectionResetError):
            self.server.broken += 1

    do_GET = do_POST

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, tls=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests, self.broken = [], 0
        self.reply(200)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        self.broken += 1

    def reply(self, status, headers={}, answer=()):
        self.answer = status, headers, answer
        self.requests.clear()

    @property
    def port(self):
        return self.server_address[1]


def make_certificate(name):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", f"{work}/{name}key.pem",
                    "-out", f"{work}/{name}cert.pem"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{work}/{name}cert.pem", f"{work}/{name}key.pem")
    return context


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


# ---- Webhooks --------------------------------------------------------------------------------------------------------

def test_webhook():
    server = Server()
    target = f"kind = webhook\nurl = http://127.0.0.1:{server.port}/alarms?key=1\nsecret = hunter2\n"
    assert deliver(target, "a.png")[0] == DELIVERED
    (path, headers, content), = server.requests
    found = json.loads(content)
    image = found.pop("image")
    assert path == "/alarms?key=1" and headers["Content-Type"] == "application/json"
    assert image["type"] == "image/png" and base64.b64decode(image["data"], validate=True) == PNG
    assert found.pop("id") == headers["Idempotency-Key"] == "ff-10"
    assert found == BODY, found
    assert headers["LimitNet-Signature"] == "sha256=" + hmac.new(b"hunter2", content, hashlib.sha256).hexdigest()
    deliver(target, "a.png", attempts=2)
    assert server.requests[1][1]["Idempotency-Key"] == "ff-10" and server.requests[1][2] == content
    deliver(target, number=17)
    assert server.requests[2][1]["Idempotency-Key"] == "ff-11" and "image" not in json.loads(server.requests[2][2])
    deliver(target.replace("secret = hunter2\n", "picture = no\n"), "a.png")
    assert "image" not in json.loads(server.requests[3][2]) and "LimitNet-Signature" not in server.requests[3][1]
    deliver(target, "a.jpg")
    image = json.loads(server.requests[4][2])["image"]
    assert image["type"] == "image/jpeg" and base64.b64decode(image["data"]) == JPEG


def test_answers():
    server, other = Server(), Server()
    target = f"kind = webhook\nurl = http://127.0.0.1:{server.port}/alarms?key=1\n"
    for status, fate in [(200, DELIVERED), (201, DELIVERED), (204, DELIVERED), (400, NEVER), (401, NEVER), (403, NEVER),
                         (404, NEVER), (413, NEVER), (408, AGAIN), (425, AGAIN), (429, AGAIN), (500, AGAIN),
                         (503, AGAIN)]:
        server.reply(status)
        found, wait, why = deliver(target)
        assert found == fate and len(server.requests) == 1, (status, found, why)
        assert fate == DELIVERED or f"answers {status}" in why and f"127.0.0.1:{server.port}" in why, why
    server.reply(302, {"Location": f"http://127.0.0.1:{other.port}/"})
    fate, _, why = deliver(target)
    assert fate == NEVER and "not followed" in why and not other.requests, why
    server.reply(503)
    for attempts, least, most in [(0, 3.75, 6.25), (1, 3.75, 6.25), (2, 7.5, 12.5), (5, 60, 100), (11, 2700, 4500),
                                  (4000000000, 2700, 4500)]:
        waits = {deliver(target, attempts=attempts)[1] for _ in range(4)}
        assert all(least <= wait <= most for wait in waits) and len(waits) > 1, (attempts, waits)
    for text, least, most in [("7200", 7200, 7200), ("1", 3.75, 6.25), ("1000000000", 86400, 86400), ("x", 3.75, 6.25),
                              (time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 600)), 590, 600)]:
        server.reply(429, {"Retry-After": text})
        wait = deliver(target)[1]
        assert least <= wait <= most, (text, wait)
    server.reply(200, {}, (b"x" * 65536 for _ in range(1 << 14)))  # a gigabyte
    assert deliver(target)[0] == DELIVERED and server.broken == 1


def test_no_answer():
    target = f"kind = webhook\nurl = http://127.0.0.1:{free_port()}/?key=1\nsecret = hunter2\n"
    assert deliver(target)[0] == AGAIN
    assert deliver("kind = webhook\nurl = http://no-such-host.invalid/?key=1\n")[0] == AGAIN
    for body in ("", "{", "[]", "{}", '{"text": 1}'):
        fate, _, why = deliver(target, body=body)
        assert fate == NEVER and "damaged" in why, (body, why)


def test_certificates(tls):
    server = Server(tls)
    target = f"kind = webhook\nurl = https://127.0.0.1:{server.port}/\n"
    for other in "", "ca file = other-cert.pem\n", "ca file = gone.pem\n":
        fate, _, why = deliver(target + other)
        assert fate == AGAIN and not server.requests, why
    assert deliver(target + "ca file = cert.pem\n")[0] == DELIVERED and len(server.requests) == 1


# ---- Telegram --------------------------------------------------------------------------------------------------------

def fields(request):
    """The fields of a form as Python's email package reads it: name -> (file name, type, bytes)."""
    head = f"Content-Type: {request[1]['Content-Type']}\r\n\r\n"
    message = email.message_from_bytes(head.encode() + request[2])
    return {part.get_param("name", header="content-disposition"):
            (part.get_filename(), part.get_content_type(), part.get_payload(decode=True))
            for part in message.get_payload()}


def test_telegram():
    server = Server()
    target = f"kind = telegram\nurl = http://127.0.0.1:{server.port}/\ntoken = 12:hunter2\nchat = -100\n"
    assert deliver(target, "a.png")[0] == DELIVERED
    path, found = server.requests[0][0], fields(server.requests[0])
    assert path == "/bot12:hunter2/sendPhoto", path
    assert found["photo"] == ("picture.png", "image/png", PNG) and found["chat_id"][2] == b"-100"
    assert found["caption"][2].decode() == BODY["text"] and len(found) == 3
    assert deliver(target, "a.jpg")[0] == DELIVERED and fields(server.requests[1])["photo"][1:] == ("image/jpeg", JPEG)
    assert deliver(target)[0] == DELIVERED
    assert server.requests[2][0] == "/bot12:hunter2/sendMessage"
    assert {name: part[2] for name, part in fields(server.requests[2]).items()} == {
        "chat_id": b"-100", "text": BODY["text"].encode()}
    deliver(target, "a.png", body=dict(BODY, text="x" + "ü" * 2000))
    caption = fields(server.requests[3])["caption"][2].decode()  # UTF-8 that is whole
    assert caption == "x" + "ü" * 511
    server.reply(429, {}, [b'{"ok":false,"error_code":429,"parameters":{"retry_after":77}}'])
    assert deliver(target)[:2] == (AGAIN, 77)
    server.reply(502, {}, [b"<html>"])
    assert deliver(target)[0] == AGAIN
    server.reply(401, {}, [b'{"ok":false,"error_code":401,"description":"Unauthorized"}'])
    assert deliver(target)[0] == NEVER


# ---- Mail ------------------------------------------------------------------------------------------------------------

class Mailbox:
    def __init__(self):
        self.mails, self.answer, self.rcpt, self.auth = [], "250 OK", "250 OK", []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server, session, envelope):
        self.mails.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return self.answer

    def authenticate(self, server, session, envelope, mechanism, data):
        self.auth.append((data.login, data.password))
        return AuthResult(success=data.password == b"hunter2", handled=False)


def start_mail(box, **options):
    controller = Controller(box, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    return controller


def test_mail():
    box = Mailbox()
    server = start_mail(box)
    target = (f"kind = mail\nurl = smtp://127.0.0.1:{server.port}\nfrom = cam@example.org\n"
              "to = a@example.org, b@example.net\n")
    assert deliver(target, "a.png")[0] == DELIVERED
    (sender, receivers, content), = box.mails
    assert sender == "cam@example.org" and receivers == ["a@example.org", "b@example.net"]
    mail = email.message_from_bytes(content, policy=email.policy.default)
    assert not mail.defects and mail["From"] == "cam@example.org" and mail["To"] == "a@example.org, b@example.net"
    assert mail["Subject"] == "LimitNet: fox: 0102" and mail["Message-ID"] == "<ff-10@example.org>"
    assert abs(mail["Date"].datetime.timestamp() - time.time()) < 60
    assert mail.get_body(("plain",)).get_content().strip() == BODY["text"]
    picture, = mail.iter_attachments()
    assert picture.get_content() == PNG and picture.get_content_type() == "image/png"
    assert picture.get_filename() == "picture.png" and picture.get_content_disposition() == "attachment"
    assert max(map(len, content.split(b"\n"))) <= 999
    assert deliver(target, body=dict(BODY, device="x\r\nBcc: e@example.org\r\n\r\nü"), picture="a.jpg")[0] == DELIVERED
    mail = email.message_from_bytes(box.mails[1][2], policy=email.policy.default)
    assert "Bcc" not in mail and mail["Subject"].startswith("LimitNet: fox: x??Bcc") and box.mails[1][1] == receivers
    assert next(mail.iter_attachments()).get_content() == JPEG
    assert deliver(target)[0] == DELIVERED
    assert not list(email.message_from_bytes(box.mails[2][2], policy=email.policy.default).iter_attachments())
    for box.answer, fate in ("451 later", AGAIN), ("554 no", NEVER):
        assert deliver(target)[0] == fate
    box.answer = "250 OK"
    for box.rcpt, fate in ("450 later", AGAIN), ("550 unknown", NEVER):
        found = deliver(target)
        assert found[0] == fate and box.rcpt[:3] in found[2], found
    server.stop()
    assert deliver(target)[0] == AGAIN


def test_mail_password(tls):
    box = Mailbox()
    server = start_mail(box, tls_context=tls, authenticator=box.authenticate)
    target = f"kind = mail\nurl = smtp://127.0.0.1:{server.port}\nfrom = a@b\nto = c@d\nuser = me\n"
    fate, _, why = deliver(target + "password = hunter2\n")  # an unknown certificate
    assert fate == AGAIN and not box.auth, why
    assert deliver(target + "password = hunter2\nca file = cert.pem\n")[0] == DELIVERED
    assert box.auth == [(b"me", b"hunter2")] and len(box.mails) == 1
    fate, _, why = deliver(target + "password = wrong\nca file = cert.pem\n")
    assert fate == NEVER and "535" in why, why
    server.stop()
    box = Mailbox()  # no TLS: the password is not sent
    server = start_mail(box, authenticator=box.authenticate, auth_require_tls=False)
    target = target.replace(target.split("\n")[1], f"url = smtp://127.0.0.1:{server.port}")
    assert deliver(target + "password = hunter2\n")[0] == AGAIN and not box.auth and not box.mails
    server.stop()


# ---- MQTT ------------------------------------------------------------------------------------------------------------

class Broker:
    def __init__(self, settings):
        self.port = free_port()
        path = write(f"mosquitto-{self.port}.conf", f"listener {self.port} 127.0.0.1\n{settings}")
        self.process = subprocess.Popen([mosquitto, "-c", path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise AssertionError("mosquitto does not start")

    def stop(self):
        self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self.process.wait()


def receive(broker, do, *options):
    """What a subscriber gets while do() runs."""
    process = subprocess.Popen(["mosquitto_sub", "-h", "127.0.0.1", "-p", str(broker.port), "-t", "limitnet/#", "-q",
                                "1", "-C", "1", "-W", "20", "-F", "%t %p", *options], stdout=subprocess.PIPE)
    time.sleep(0.7)
    result = do()
    return result, process.communicate()[0].decode().split(" ", 1)


def test_mqtt(tls):
    broker = Broker("allow_anonymous true\n")
    target = f"kind = mqtt\nurl = mqtt://127.0.0.1:{broker.port}\ntopic = limitnet/alarms\n"
    (fate, _, why), (topic, payload) = receive(broker, lambda: deliver(target, "a.png"))
    found = json.loads(payload)
    assert fate == DELIVERED and topic == "limitnet/alarms", why
    assert base64.b64decode(found.pop("image")["data"]) == PNG and found == dict(BODY, id="ff-10")
    broker.stop()
    assert deliver(target)[0] == AGAIN
    subprocess.run(["mosquitto_passwd", "-b", "-c", f"{work}/passwords", "me", "hunter2"], check=True,
                   capture_output=True)
    os.chmod(f"{work}/passwords", 0o644)
    os.chmod(work, 0o755)
    os.chmod(f"{work}/key.pem", 0o644)
    broker = Broker(f"allow_anonymous false\npassword_file {work}/passwords\n"
                    f"certfile {work}/cert.pem\nkeyfile {work}/key.pem\n")
    target = f"kind = mqtt\nurl = mqtts://127.0.0.1:{broker.port}\ntopic = limitnet/alarms\nuser = me\n"
    for other in "", "ca file = other-cert.pem\n":  # an unknown certificate
        assert deliver(target + other + "password = hunter2\n")[0] == AGAIN
    fate, _, why = deliver(target + "ca file = cert.pem\npassword = wrong\n")
    assert fate == NEVER and "accept" in why and "user" in why, why
    (fate, _, why), (_, payload) = receive(
        broker, lambda: deliver(target + "ca file = cert.pem\npassword = hunter2\n"),
        "--cafile", f"{work}/cert.pem", "-u", "me", "-P", "hunter2")
    assert fate == DELIVERED and json.loads(payload)["id"] == "ff-10", why
    broker.stop()


# ---- Receivers that hang ---------------------------------------------------------------------------------------------

def test_hanging():
    """They take the connection and say nothing. All at once, since each takes its whole time."""
    quiet = socket.create_server(("127.0.0.1", 0), backlog=16)
    port = quiet.getsockname()[1]
    targets = [f"kind = webhook\nurl = http://127.0.0.1:{port}/\n",
               f"kind = telegram\nurl = http://127.0.0.1:{port}\ntoken = hunter2\nchat = 1\n",
               f"kind = mail\nurl = smtp://127.0.0.1:{port}\nfrom = a@b\nto = c@d\n",
               f"kind = mqtt\nurl = mqtt://127.0.0.1:{port}\ntopic = x\n"]
    half = socket.create_server(("127.0.0.1", 0))  # a broker that lets us in, and never confirms a message
    targets.append(targets[-1].replace(str(port), str(half.getsockname()[1])))

    def let_in():
        connections.append(half.accept()[0])
        connections[0].recv(4096)
        connections[0].sendall(b"\x20\x02\x00\x00")

    connections = []
    threading.Thread(target=let_in, daemon=True).start()
    results = {}

    def run(number):
        begin = time.time()
        results[number] = deliver(targets[number])[0], time.time() - begin

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(targets))]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert all(results[number][0] == AGAIN and results[number][1] < 45 for number in range(len(targets))), results


def main():
    warnings.simplefilter("ignore")
    logging.disable()  # of aiosmtpd, when it is told an unknown certificate
    tls = make_certificate("")
    make_certificate("other-")
    hanging_failed = []

    def hang():
        try:
            test_hanging()
        except BaseException as error:
            hanging_failed.append(error)

    hanging = threading.Thread(target=hang)
    hanging.start()
    try:
        test_webhook()
        test_answers()
        test_no_answer()
        test_certificates(tls)
        test_telegram()
        test_mail()
        test_mail_password(tls)
        test_mqtt(tls)
    finally:
        hanging.join()
        shutil.rmtree(work)
    if hanging_failed:
        raise hanging_failed[0]


main()
