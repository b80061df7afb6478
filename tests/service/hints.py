#!/usr/bin/python3
"""Hints for cameras, all the way: packets of a real camera go to a broker or a webhook, a worker looks at them, and the
camera understands what comes down.

usage: hints.py TOOL LIMITNET [TEST...]     TOOL is the program of tool_hints.c
"""

import base64
import contextlib
import json
import pathlib
import sqlite3
import subprocess
import sys
import time
import urllib.request

import paho.mqtt.client as paho
from support import WAIT, Broker, Publisher, Service, device_of, free_port, make_event, run_tests, started, wait_for

VISION = ".cache/vision/efficientnet-lite0.onnx"
PICTURE = "tests/pictures/cat.jpg"
METER = 64  # frames that the loss is measured over
QUARTER = 64  # of 256


def packets(limitnet, folder, mtu):
    """Those of a picture, as a camera sends them."""
    path = folder / "picture.lnp"
    subprocess.run([limitnet, "encode", "--mtu", str(mtu), PICTURE, "-o", path], check=True, capture_output=True)
    content, found = path.read_bytes()[8:], []  # behind name, version and the model's checksum
    while content:
        size = int.from_bytes(content[:2], "big")
        found.append(content[2 : 2 + size])
        content = content[2 + size :]
    assert len(found) > 3 * METER and max(map(len, found)) <= mtu
    return found


def understood(tool, content):
    """What the camera reads: picture, enough, loss, bytes."""
    output = subprocess.run([tool, f"read={content.hex()}"], check=True, capture_output=True, text=True).stdout
    return tuple(map(int, output.split()))


@contextlib.contextmanager
def running(tool, folder, broker, *more):
    """The service, with webhooks at the port that it gives, and a worker in another process."""
    port = free_port()
    service = Service(tool, folder, f"url=mqtt://127.0.0.1:{broker.port}", f"port={port}")
    service.wait_for("the broker is connected")
    with open(folder / "worker.log", "w") as errors:
        worker = subprocess.Popen([tool, f"store={folder / 'store.db'}", "work", f"vision={VISION}", *more],
                                  stderr=errors)  # fmt: skip
    started.append(worker)
    yield service, port
    worker.terminate()
    assert worker.wait(WAIT) == 0, (folder / "worker.log").read_text()
    service.stop()


def row(folder, column):
    with contextlib.closing(sqlite3.connect(folder / "store.db", timeout=WAIT)) as db:
        return db.execute(f"SELECT {column} FROM device").fetchone()[0]


def wait_for_worker(folder):
    wait_for("the worker has seen all", lambda: row(folder, "seen = version AND lease = 0"))


class Listener:
    """Hears what goes down to devices, as the network's server would."""

    def __init__(self, broker):
        self.messages = []
        self.client = paho.Client("listener")
        self.client.on_message = lambda client, data, message: self.messages.append(message)
        self.client.connect("127.0.0.1", broker.port)
        self.client.loop_start()
        self.client.subscribe("application/+/device/+/command/down", 1)
        wait_for("the listener listens", lambda: "command/down" in broker.log.read_text())


def publish(publisher, device, frames, counters):
    """Returns the topic."""
    for counter in counters:
        topic, message = make_event(device, counter, payload=frames[counter])
        publisher.publish(topic, message)
    return topic


# ---- Tests -----------------------------------------------------------------------------------------------------------


def test_loss(tool, limitnet, folder):
    """The camera of a lossy link hears of it once; what is said later waits for its turn."""
    broker = Broker(folder)
    frames = packets(limitnet, folder, 20)
    with running(tool, folder, broker) as (service, _):
        listener, publisher = Listener(broker), Publisher(broker.port)
        topic = publish(publisher, 7, frames, [n for n in range(80) if n % 4 != 1])
        wait_for("the hint comes", lambda: listener.messages)
        message = listener.messages[0]
        command = json.loads(message.payload)
        assert message.topic == topic.replace("event/up", "command/down"), message.topic
        assert (command["devEui"], command["fPort"], command["confirmed"]) == (device_of(topic), 2, False), command
        picture, enough, loss, size = understood(tool, base64.b64decode(command["data"]))
        assert (picture, enough) == (0, 0) and abs(loss - QUARTER) <= 8 and size > 0, (picture, enough, loss, size)
        publish(publisher, 7, frames, range(80, 200))
        wait_for("all are stored", lambda: row(folder, "version") == 180)
        wait_for_worker(folder)
        assert row(folder, "hint") != 0, "the loss has changed"
        time.sleep(1)
        assert len(listener.messages) == 1 and row(folder, "hint") != 0, "ten a day are evenly spread"
        publisher.close()
        listener.client.loop_stop()
    broker.end()


def test_enough(tool, limitnet, folder):
    """A picture that is sure needs no more packets."""
    broker = Broker(folder)
    frames = packets(limitnet, folder, 20)
    with running(tool, folder, broker, "sure=0.01") as (service, _):
        listener, publisher = Listener(broker), Publisher(broker.port)
        publish(publisher, 7, frames, range(70))
        wait_for("the hint comes", lambda: listener.messages)
        picture, enough, loss, _ = understood(tool, base64.b64decode(json.loads(listener.messages[0].payload)["data"]))
        assert (picture, enough, loss) == (0, 1, 0), (picture, enough, loss)
        publisher.close()
        listener.client.loop_stop()
    broker.end()


def post(port, event):
    """Returns the answer's status and body."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}/hook/sky", json.dumps(event).encode(),
                                     {"X-LimitNet-Secret": "secret"})  # fmt: skip
    with urllib.request.urlopen(request, timeout=WAIT) as answer:
        return answer.status, answer.read()


def test_sigfox(tool, limitnet, folder):
    """A hint is the answer to the next frame, in 8 bytes; the counter of 12 bits begins at 0 again on the way."""
    broker = Broker(folder)
    frames = packets(limitnet, folder, 12)
    with running(tool, folder, broker) as (service, port):
        def send(number):
            return post(port, {"device": "1A2B3C", "seqNumber": (4060 + number) % 4096, "data": frames[number].hex()})

        for number in (n for n in range(80) if n % 4 != 1):
            status, _ = send(number)
            if status == 200:
                break
        wait_for_worker(folder)
        status, body = send(80) if status == 204 else (status, _)
        assert status == 200, status
        content = bytes.fromhex(json.loads(body)["1a2b3c"]["downlinkData"])
        assert len(content) == 8 and not any(content[3:]), content
        picture, enough, loss, size = understood(tool, content)
        assert (picture, enough) == (0, 0) and abs(loss - QUARTER) <= 8 and size > 0, (picture, enough, loss, size)
        assert send(81)[0] == 204
    broker.end()


def main():
    tool, limitnet = (str(pathlib.Path(path).resolve()) for path in sys.argv[1:3])
    run_tests(globals(), tool, limitnet, wanted=sys.argv[3:])


main()
