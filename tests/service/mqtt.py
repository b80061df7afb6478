#!/usr/bin/python3
"""The MQTT source against mosquitto: nothing that was acknowledged is lost, and nothing is stored twice, whoever dies
and when.

usage: mqtt.py TOOL [TEST...]     TOOL is the program of tool_serve.c
"""

import json
import os
import pathlib
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time

from support import EVENTS, Broker, Publisher, Service, device_of, make_event, run_tests, stored, wait_for

CLIENT = "limitnet-test"


def source(broker, *more, client=CLIENT, form="chirpstack"):
    return ["mqtt=net", f"form={form}", f"url=mqtt://127.0.0.1:{broker.port}", f"client={client}", *more]


def subscribe(tool, folder, broker, *more):
    """Makes the session in which the broker keeps events from then on."""
    service = Service(tool, folder, *source(broker, *more))
    service.wait_for("the broker is connected")
    return service


def check_once(folder, topics):
    """Each of these events is stored, once."""
    counts = stored(folder)
    wrong = {topic: counts.get(device_of(topic), 0) for topic in topics if counts.get(device_of(topic), 0) != 1}
    assert not wrong, f"stored other than once: {list(wrong.items())[:5]} and so on, {len(wrong)} of {len(topics)}"


def publish(broker, numbers):
    publisher, topics = Publisher(broker.port), []
    for number in numbers:
        topic, message = make_event(number)
        publisher.publish(topic, message)
        topics.append(topic)
    wait_for("the broker takes the events", lambda: publisher.taken == len(topics))
    publisher.close()
    return topics


# ---- What comes ------------------------------------------------------------------------------------------------------


def test_fixtures(tool, folder):
    """Every event of the fixtures is acknowledged and counted; those with a packet are stored."""
    broker = Broker(folder)
    forms = {"chirpstack": "chirpstack-*.json", "chirpstack-protobuf": "chirpstack-*.bin",
             "the-things-stack": "things-stack-*.json"}  # fmt: skip
    for form, pattern in forms.items():
        home = folder / form
        home.mkdir()
        names = sorted(EVENTS.glob(pattern))
        service = Service(tool, home, *source(broker, f"topic={form}/#", client=form, form=form))
        service.wait_for("the broker is connected")
        publisher = Publisher(broker.port)
        for path in names:
            publisher.publish(f"{form}/{path.name}", path.read_bytes())
        publisher.publish(f"{form}/garbage", b"\0{garbage")
        publisher.publish(f"{form}/nothing", b"")
        for size in (65536, 65537, 2000000):
            publisher.publish(f"{form}/{size}", b" " * size)
        wait_for("all are acknowledged", lambda: len(broker.acknowledged(form)[0]) == len(names) + 5)
        publisher.close()
        fates = ["stored", "repeat", "other", "test", "empty", "broken", "incomplete", "encrypted", "too_long"]
        counts = {fate: service.metric(f'limitnet_events_total{{source="net",fate="{fate}"}}') for fate in fates}
        assert sum(counts.values()) == len(names) + 5, counts
        assert counts["too_long"] == 2 and counts["encrypted"] == 1 and counts["stored"] >= 2, counts
        assert counts["broken"] == (2 if pattern.endswith("bin") else 3), counts  # blanks are protobuf of others
        assert sum(stored(home).values()) == counts["stored"], counts
        assert service.metric('limitnet_source_connected{source="net"}') == 1
        service.stop()
    broker.end()


def test_port(tool, folder):
    broker = Broker(folder)
    service = subscribe(tool, folder, broker, "frames=11")
    publisher = Publisher(broker.port)
    for number, port in enumerate([10, 11, 12, 11]):
        publisher.publish(*make_event(number, port=port))
    wait_for("all are acknowledged", lambda: len(broker.acknowledged(CLIENT)[0]) == 4)
    assert sorted(stored(folder)) == [f"{1:016x}", f"{3:016x}"]
    assert service.metric('limitnet_events_total{source="net",fate="port"}') == 2
    publisher.close()
    service.stop()
    broker.end()


def test_quality_0(tool, folder):
    """A network that publishes with QoS 0 only."""
    broker = Broker(folder)
    service = subscribe(tool, folder, broker)
    publisher = Publisher(broker.port)
    topic, message = make_event(1)
    publisher.publish(topic, message, qos=0)
    wait_for("it is stored", lambda: stored(folder) == {device_of(topic): 1})
    publisher.close()
    service.stop()
    broker.end()


# ---- Whoever dies ----------------------------------------------------------------------------------------------------


def test_dies_before_acknowledging(tool, folder):
    """Killed by itself between commit and acknowledgement: the event comes again, and is a repeat."""
    broker = Broker(folder)
    subscribe(tool, folder, broker).stop()
    topics, deaths = publish(broker, range(60)), 0
    while len(broker.acknowledged(CLIENT)[0]) < len(topics):
        service = Service(tool, folder, *source(broker), f"die={random.randint(1, 4)}")
        wait_for("it dies, or is done", lambda: service.process.poll() is not None
                 or len(broker.acknowledged(CLIENT)[0]) == len(topics))  # fmt: skip
        deaths += service.process.poll() == -signal.SIGKILL
        service.kill()
    done, again = broker.acknowledged(CLIENT)
    assert deaths >= 10 and again >= deaths, f"{deaths} deaths, {again} events that came again"
    check_once(folder, topics)
    broker.end()
    return f"{deaths} deaths"


def kill_at_random(end, kill, seconds):
    count = 0
    while not end():
        time.sleep(random.uniform(0.1, seconds))
        kill()
        count += 1
    return count


def test_killed_at_random(tool, folder, count=500):
    """kill -9 of the service at any moment: every event that the broker took is stored once."""
    broker = Broker(folder)
    running = [subscribe(tool, folder, broker)]
    topics = []
    thread = threading.Thread(target=lambda: topics.extend(publish(broker, range(count))))
    thread.start()

    def kill():
        running[0].kill()
        running[0] = Service(tool, folder, *source(broker))
        running[0].wait_for("the broker is connected")

    kills = kill_at_random(lambda: not thread.is_alive() and len(broker.acknowledged(CLIENT)[0]) >= count, kill, 0.4)
    thread.join()
    running[0].stop()
    check_once(folder, topics)
    broker.end()
    return f"{kills} kills"


def test_broker_killed(tool, folder, count=300):
    """kill -9 of the broker at any moment: what we acknowledged is stored once."""
    broker = Broker(folder)
    service = subscribe(tool, folder, broker)
    publisher, topics = Publisher(broker.port), []

    def kill():
        broker.end(signal.SIGKILL)
        broker.start()
        for number in range(len(topics), len(topics) + count // 10):
            topic, message = make_event(number)
            publisher.publish(topic, message)
            topics.append(topic)

    kills = kill_at_random(lambda: len(topics) >= count, kill, 1.5)
    wait_for("the broker takes all", lambda: publisher.taken == len(topics))
    wait_for("what was published last is stored", lambda: device_of(topics[-1]) in stored(folder))
    publisher.close()
    service.stop()
    done, _ = broker.acknowledged(CLIENT)
    assert len(done) > count / 2, len(done)
    check_once(folder, done)
    assert set(stored(folder).values()) == {1}
    broker.end()
    return f"{kills} kills, {len(done)} of {len(topics)} acknowledged"


def test_stopped_under_load(tool, folder, count=600):
    """SIGTERM in the middle ends in order; the rest comes to the next one."""
    broker = Broker(folder)
    subscribe(tool, folder, broker).stop()
    topics, stops = publish(broker, range(count)), 0
    while len(broker.acknowledged(CLIENT)[0]) < count:
        service = subscribe(tool, folder, broker)
        time.sleep(random.uniform(0, 0.3))
        service.stop()
        check_once(folder, broker.acknowledged(CLIENT)[0])
        stops += 1
    check_once(folder, topics)
    broker.end()
    return f"{stops} stops"


# ---- Whoever is away -------------------------------------------------------------------------------------------------


def test_broker_away_at_start(tool, folder):
    broker = Broker(folder)
    broker.end()
    service = Service(tool, folder, *source(broker))
    service.wait_for("the broker cannot be used")
    time.sleep(2)
    assert service.metric('limitnet_source_connected{source="net"}') == 0
    broker.start()
    service.wait_for("the broker is connected")
    check_once(folder, publish_and_wait(broker, folder, 10))
    service.stop()
    broker.end()


def publish_and_wait(broker, folder, count):
    topics = publish(broker, range(count))
    wait_for("all are stored", lambda: len(stored(folder)) == count)
    return topics


def test_store_away(tool, folder):
    """Another program has the store: nothing is acknowledged until it is free again. Stopped meanwhile, the service
    ends soon and the broker keeps the event."""
    broker = Broker(folder)
    service = subscribe(tool, folder, broker)
    publish_and_wait(broker, folder, 1)
    lock = sqlite3.connect(folder / "store.db", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    topics = publish(broker, range(20))
    service.wait_for("the store takes no frames")
    assert len(broker.acknowledged(CLIENT)[0]) == 1
    service.stop(30)
    assert service.said("the service stops before an event could be stored")
    assert len(broker.acknowledged(CLIENT)[0]) == 1
    service = Service(tool, folder, *source(broker), log="second.log")
    service.wait_for("the store takes no frames")
    lock.execute("ROLLBACK")
    lock.close()
    wait_for("it goes on by itself", lambda: len(broker.acknowledged(CLIENT)[0]) == len(topics))
    check_once(folder, topics)
    service.stop()
    broker.end()


def test_refused(tool, folder):
    """A wrong password is one clear line, which does not hold it; so is a topic that this user may not read."""
    rules = folder / "rules.json"
    subprocess.run(["mosquitto_ctrl", "dynsec", "init", rules, "admin", "right"], check=True, capture_output=True)
    content = json.loads(rules.read_bytes())
    content["roles"][0]["acls"] = [{"acltype": "subscribePattern", "topic": "v3/#", "allow": True}]
    rules.write_text(json.dumps(content))
    broker = Broker(folder, "allow_anonymous false", f"plugin {find_plugin()}", f"plugin_opt_config_file {rules}")
    service = Service(tool, folder, *source(broker, "user=admin", "password=wrong-secret"))
    service.wait_for("check user and password")
    time.sleep(2.5)
    service.stop()
    lines = [line for line in service.output().splitlines() if " error " in line]
    assert 1 <= len(lines) <= 3 and all("check user and password" in line for line in lines), lines
    assert not service.said("wrong-secret")
    service = Service(tool, folder, *source(broker, "user=admin", "password=right"), log="topic.log")
    service.wait_for("the broker refuses the topic")
    service.stop()
    service = Service(tool, folder, *source(broker, "user=admin", "password=right", "topic=v3/+/devices/+/up"),
                      log="right.log")  # fmt: skip
    service.wait_for("the broker is connected")
    service.stop()
    broker.end()


def find_plugin():
    return next(pathlib.Path("/usr/lib").rglob("mosquitto_dynamic_security.so"))


# ---- More ------------------------------------------------------------------------------------------------------------


def test_shared(tool, folder, count=300):
    """Two processes share the events; one is killed and comes back."""
    broker = Broker(folder)
    clients = ["first", "second"]
    services = [Service(tool, folder, *source(broker, "share=limitnet", client=c), log=f"{c}.log") for c in clients]
    for service in services:
        service.wait_for("the broker is connected")
    topics = publish(broker, range(count // 2))
    services[1].kill()
    topics += publish(broker, range(count // 2, count))
    services[1] = Service(tool, folder, *source(broker, "share=limitnet", client="second"), log="again.log")
    wait_for("all are stored", lambda: len(stored(folder)) == count)
    check_once(folder, topics)
    parts = [len(broker.acknowledged(client)[0]) for client in clients]
    assert min(parts) > count / 10 and sum(parts) <= count + 20, parts
    for service in services:
        service.stop()
    broker.end()
    return f"{parts[0]} and {parts[1]} events"


def several(tool, folder, broker, *more, log="service.log"):
    """A source with four connections."""
    service = Service(tool, folder, *source(broker, "connections=4", "share=limitnet", *more), log=log)
    service.wait_for("the service is ready")
    wait_for("all are connected", lambda: service.metric('limitnet_source_connected{source="net"}') == 4)
    return service


def acknowledged_by_all(broker):
    return set().union(*(broker.acknowledged(f"{CLIENT}-{number}")[0] for number in range(1, 5)))


def has_gone(process):
    """Whether a process is no more, or only waits to be noticed."""
    try:
        return pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_connections(tool, folder, count=400):
    """Four connections share the events. kill -9 of the service at any moment: its processes are gone within a second,
    and every event is stored once. SIGTERM ends all of them in order."""
    broker = Broker(folder)
    several(tool, folder, broker).stop()
    topics, kills = [], 0
    for _ in range(4):
        service = several(tool, folder, broker, log=f"{kills}.log")
        thread = threading.Thread(target=lambda: topics.extend(publish(broker, range(len(topics), len(topics) + count))))
        thread.start()
        time.sleep(random.uniform(0.2, 0.6))
        children = service.children()
        assert len(children) == 4, children
        service.kill()
        wait_for("its processes end", lambda: all(map(has_gone, children)), 1)
        thread.join()
        kills += 1
    service = several(tool, folder, broker, log="last.log")
    wait_for("all are acknowledged", lambda: len(acknowledged_by_all(broker)) == len(topics))
    children = service.children()
    service.stop(10)
    assert all(map(has_gone, children))
    check_once(folder, topics)
    parts = [len(broker.acknowledged(f"{CLIENT}-{number}")[0]) for number in range(1, 5)]
    assert min(parts) > len(topics) / 20, parts
    broker.end()
    return f"{kills} kills; {parts} events"


def test_connection_killed(tool, folder, count=400):
    """kill -9 of a connection's process ends the service with an error, for a supervisor to start it again. Nothing is
    lost, nor stored twice."""
    broker = Broker(folder)
    several(tool, folder, broker).stop()
    topics = publish(broker, range(count))
    for number in range(3):
        service = several(tool, folder, broker, log=f"{number}.log")
        children = service.children()
        os.kill(random.choice(children), signal.SIGKILL)
        assert service.process.wait(30) == 1
        assert service.said("source net: the process of a connection died"), service.output()
        assert all(map(has_gone, children))
        service.close()
    service = several(tool, folder, broker, log="last.log")
    wait_for("all are acknowledged", lambda: len(acknowledged_by_all(broker)) == count)
    service.stop()
    check_once(folder, topics)
    broker.end()


def test_connected(tool, folder):
    """The metric follows the broker."""
    broker = Broker(folder)
    service = several(tool, folder, broker)
    broker.end()
    wait_for("none is connected", lambda: service.metric('limitnet_source_connected{source="net"}') == 0)
    broker.start()
    wait_for("all are back", lambda: service.metric('limitnet_source_connected{source="net"}') == 4)
    service.stop()
    broker.end()


def test_downlink(tool, folder):
    send_downlink(tool, folder, CLIENT)


def test_downlink_of_connections(tool, folder):
    send_downlink(tool, folder, f"{CLIENT}-[1-4]", "connections=4", "share=limitnet")


def send_downlink(tool, folder, client, *more):
    broker = Broker(folder)
    service = subscribe(tool, folder, broker, *more, "send")
    topic, message = make_event(0xABCDEF)
    listener = subprocess.Popen(["mosquitto_sub", "-p", str(broker.port), "-t", "application/7/device/+/command/#",
                                 "-v", "-C", "1"], stdout=subprocess.PIPE, text=True)  # fmt: skip
    wait_for("the listener listens", lambda: "command/#" in broker.log.read_text())

    def send(device):
        service.process.stdin.write(f"net {device} 5 abc\n")
        service.process.stdin.flush()
        return service.process.stdout.readline().strip()

    device = device_of(topic)
    assert "no uplink of device" in send(device)
    publisher = Publisher(broker.port)
    publisher.publish(topic, message)
    wait_for("it is acknowledged", lambda: topic in broker.acknowledged(client)[0])
    assert send(device) == "sent"
    expected = f'{{"devEui":"{device}","confirmed":false,"fPort":5,"data":"YWJj"}}'
    assert listener.communicate(timeout=30)[0] == f"application/7/device/{device}/command/down {expected}\n"
    publisher.close()
    service.stop()
    broker.end()


def test_tls(tool, folder):
    """A broker whose certificate is trusted, and one whose is not."""
    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "ca.pem", "-days", "2",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")  # fmt: skip
    broker = Broker(folder, "allow_anonymous true", f"certfile {folder}/ca.pem", f"keyfile {folder}/key.pem")
    url = f"url=mqtts://localhost:{broker.port}"
    trusting = Service(tool, folder, "mqtt=net", "form=chirpstack", url, f"client={CLIENT}", f"ca={folder}/ca.pem")
    trusting.wait_for("the broker is connected")
    trusting.stop()
    careful = Service(tool, folder, "mqtt=net", "form=chirpstack", url, f"client={CLIENT}", log="careful.log")
    careful.wait_for("certificate verify failed")
    careful.wait_for("the broker cannot be used")
    careful.stop()
    wrong = Service(tool, folder, "mqtt=net", "form=chirpstack", url.replace("localhost", "127.0.0.1"),
                    f"client={CLIENT}", f"ca={folder}/ca.pem", log="wrong.log")  # fmt: skip
    wrong.wait_for("the broker cannot be used")
    assert not wrong.said("is connected")
    wrong.stop()
    broker.end()


run_tests(globals(), str(pathlib.Path(sys.argv[1]).resolve()), wanted=sys.argv[2:])
