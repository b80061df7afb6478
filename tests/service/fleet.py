"""Cameras that send pictures as ChirpStack's events, through a broker or by webhook, with losses, repeats and disorder.
They remember what they sent, and what was acknowledged."""

import http.client
import random
import subprocess
import threading
import time

from support import WAIT, Publisher, make_event, wait_for

PICTURES = 60  # of a camera, which then begins anew
WAITING = 50  # frames that the broker has not taken, before cameras wait: it writes its disk for each

# Before its next write, the broker may forget what it has told the publisher to keep: it writes after each change, and
# time passes between its answer and that.
BROKER_WRITES_S = 2


def make_packets(tool, model, camera):
    """The packets of a camera's pictures: lists of (number, payload)."""
    run = subprocess.run([tool, model, "send", str(camera), str(PICTURES)], capture_output=True, text=True, check=True)
    pictures = {}
    for number, payload in (line.split() for line in run.stdout.splitlines()):
        pictures.setdefault(int(number), []).append(bytes.fromhex(payload))
    return [(number, payload) for number, packets in pictures.items() for payload in packets]


class Camera(threading.Thread):
    """`give` gets (device, counter, payload), and returns when the event is on its way."""

    def __init__(self, number, packets, give, seed):
        super().__init__(daemon=True)
        self.number, self.packets, self.give = number, packets, give
        self.device = f"{number:016x}"
        self.random = random.Random(seed * 1000 + number)
        self.sent = {}  # by counter: payload, and which picture it is of
        self.stop = threading.Event()
        self.failure = None

    def run(self):
        try:
            self.send_all()
        except Exception as failure:  # the test's main thread tells it
            self.failure = failure

    def send_all(self):
        held, begun = [], 0  # events that come later: how many others go before them
        before = None
        while not self.stop.is_set():
            round_, at = divmod(begun, len(self.packets))
            number, payload = self.packets[at]
            begun += 1
            if before not in (None, number):
                self.stop.wait(self.random.choice([0, 0, 0.3, 0.3, 6]))  # in 6 s the clock ends the picture
            before = number
            if self.random.random() < 0.15:
                continue  # lost
            self.sent[begun] = (payload, (round_, number))
            for _ in range(2 if self.random.random() < 0.15 else 1):
                held.append([self.random.choice([0, 0, 0, 1, 2, 4]), begun, payload])
            for event in held:
                event[0] -= 1
            held = self.give_those_due(held)
            self.stop.wait(self.random.uniform(0.05, 0.3))
        self.give_those_due([[-1, counter, payload] for _, counter, payload in held])

    def give_those_due(self, held):
        for wait, counter, payload in held:
            if wait < 0:
                self.give(self.device, counter, payload)
        return [event for event in held if event[0] >= 0]


class Topics(Publisher):
    """Publishes each frame under a topic of its own, by which the broker's log names it."""

    def __init__(self, port):
        self.sent, self.answers, self.lock = {}, [], threading.Lock()
        super().__init__(port)

    def count(self, _client, _data, number):
        super().count()
        self.answers.append((number, time.monotonic()))

    def give(self, device, counter, payload):
        _, message = make_event(int(device, 16), counter, payload=payload)
        wait_for("the broker takes frames", lambda: len(self.sent) - self.taken < WAITING, 5 * WAIT)
        with self.lock:  # the number must be known to belong to this frame
            self.sent[self.client.publish(f"chaos/{device}/{counter}", message, 1).mid] = (device, counter)

    def acknowledged(self, broker_kills):
        """The frames that the broker has taken, but for those that it may have forgotten when it was killed."""
        def is_safe(at):
            return not any(at - 1 < kill < at + BROKER_WRITES_S for kill in broker_kills)

        return {self.sent[number] for number, at in self.answers if is_safe(at)}

    def is_done(self):
        return len({number for number, _ in self.answers}) == len(self.sent)


class Hooks:
    """Posts to any of the ports, again until the answer is 200, as a network does that can."""

    def __init__(self, ports, secret):
        self.ports, self.secret = ports, secret
        self.acknowledged = set()

    def give(self, device, counter, payload):
        _, message = make_event(int(device, 16), counter, payload=payload)
        while not self.post(message):
            time.sleep(random.uniform(0.05, 0.3))
        self.acknowledged.add((device, counter))

    def post(self, message):
        connection = http.client.HTTPConnection("127.0.0.1", random.choice(self.ports), timeout=20)
        try:
            connection.request("POST", "/hook/hook", message, {"Authorization": f"Bearer {self.secret}"})
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        assert answer.status in (200, 503), f"a webhook is answered with {answer.status}: {body}"
        assert answer.status == 503 or body == b"taken\n", body
        return answer.status == 200
