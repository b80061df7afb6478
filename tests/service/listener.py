"""A receiver of alarms that is not always well: it answers 500, hangs, or hangs up after it has taken an alarm."""

import base64
import hashlib
import hmac
import http.server
import json
import random
import threading
import time

SECRET = "a secret of the receiver"


class Listener:
    def __init__(self, seed):
        self.random, self.lock = random.Random(seed), threading.Lock()
        self.well = False  # from now on
        self.taken = {}  # by target and id: the bodies without their images
        self.refused, self.wrong = 0, []
        listener = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                listener.take(self)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, handler):
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        with self.lock:
            mood = 1 if self.well else self.random.random()
        if mood < 0.08:
            self.refused += 1
            handler.send_error(500)
        elif mood < 0.12:
            self.refused += 1
            time.sleep(2)  # and then it hangs up
        else:
            self.note(handler, body)
            if mood > 0.15:
                handler.send_response(200)
                handler.end_headers()

    def note(self, handler, body):
        signature = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        alarm = json.loads(body)
        image = alarm.pop("image", None)
        target = handler.path[1:]
        with self.lock:
            if handler.headers["LimitNet-Signature"] != signature:
                self.wrong.append(f"the signature of {alarm}")
            if handler.headers["Idempotency-Key"] != alarm["id"]:
                self.wrong.append(f"the key {handler.headers['Idempotency-Key']} of {alarm}")
            if target == "plain" and image or target == "shown" and not is_png(image):
                self.wrong.append(f"the image of {alarm} for {target}: {str(image)[:60]}")
            self.taken.setdefault((target, alarm["id"]), []).append(alarm)

    def check(self, entries):
        """entries: of the outbox, as (target, id, body)."""
        assert not self.wrong, self.wrong[:3]
        expected = {(target, name): dict(json.loads(body), id=name) for target, name, body in entries}
        missing, surplus = expected.keys() - self.taken.keys(), self.taken.keys() - expected.keys()
        assert not missing, f"{len(missing)} entries were never delivered, as {sorted(missing)[:3]}"
        assert not surplus, f"{len(surplus)} deliveries are of no entry, as {sorted(surplus)[:3]}"
        for key, bodies in self.taken.items():
            assert all(body == expected[key] for body in bodies), f"{key}: delivered otherwise than it was stored"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def is_png(image):
    return bool(image) and base64.b64decode(image["data"]).startswith(b"\x89PNG")
