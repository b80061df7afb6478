"""Events of all forms, and the faults that each may have. Whoever makes one knows what must become of it."""

import base64
import dataclasses
import json
import pathlib
import urllib.parse
from datetime import datetime, timedelta, timezone

EVENTS = pathlib.Path(__file__).parent / "events"
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
PORT = 10  # of frames that are ours
LONGEST = 65536  # bytes of an event


@dataclasses.dataclass
class Frame:
    """What must be in the store: its columns in this order."""

    source: str
    device: str
    session: str
    counter_bits: int  # 0: there is no counter
    counter: int
    port: int
    time_ms: int
    battery: int
    payload: bytes


def utc(time_ms, form):
    return (EPOCH + timedelta(milliseconds=time_ms)).strftime(form)


def read(name):
    return (EVENTS / name).read_bytes()


def base64_of(payload):
    return base64.b64encode(payload).decode()


# ---- JSON ------------------------------------------------------------------------------------------------------------


class Json:
    """The networks whose events are JSON. A fault is a function that spoils an event: its name begins with its fate."""

    least_time, sessions, ports, has_battery, counter_bits = 1, True, True, False, 32

    def broken_end(self, rng, event):
        text = json.dumps(event).encode()
        return text[: rng.randrange(1, len(text))]

    def broken_bytes(self, rng, event):
        return b"\xff" + rng.randbytes(rng.randrange(200))

    def broken_list(self, rng, event):
        return json.dumps([event]).encode()

    def broken_nothing(self, rng, event):
        return b""

    def too_long_payload(self, rng, event):
        return self.with_data(event, rng.randbytes(300))

    def empty_payload(self, rng, event):
        return self.with_data(event, b"")


class ChirpStack(Json):
    source = "chirpstack"
    base = json.loads(read("chirpstack-up.json"))

    def name(self, rng):
        return f"{rng.getrandbits(64):016x}"

    def session(self, rng):
        return f"{rng.getrandbits(32):08x}"

    def make(self, f):
        info = dict(self.base["deviceInfo"], devEui=f.device.upper())
        return dict(self.base, deviceInfo=info, devAddr=f.session, fCnt=f.counter, fPort=f.port,
                    time=utc(f.time_ms, "%Y-%m-%dT%H:%M:%S.%f") + "Z", data=base64_of(f.payload))  # fmt: skip

    def with_data(self, event, payload):
        return dict(event, data=base64_of(payload))

    def encoding_data(self, rng, event):
        return dict(event, data=rng.choice(["!", "QUJ", "QUJD QUJD", "QUI=QUI=", event["data"][:8] + "="]))

    def incomplete_device(self, rng, event):
        return dict(event, deviceInfo=rng.choice([{}, {"devEui": ""}, {"devEui": "xyz"}, {"devEui": 5}, "x"]))

    def incomplete_counter(self, rng, event):
        return dict(event, fCnt=rng.choice([-1, 1 << 32, 1.5, "1e3", True]))

    def too_long_name(self, rng, event):
        return dict(event, deviceInfo={"devEui": "0" * 81})

    def encrypted_payload(self, rng, event):
        return dict(event, joinServerContext={"sessionKeyId": "AYfg8rhha5n+FWx0ZaAprA=="})

    def other_kinds(self, rng, event):
        return json.loads(read(f"chirpstack-{rng.choice(['join', 'ack', 'status', 'log', 'txack'])}.json"))

    def port_of_others(self, rng, event):
        return dict(event, fPort=rng.choice([1, 2, 223, 255]))


class ThingsStack(Json):
    source = "the-things-stack"
    base = json.loads(read("things-stack-up.json"))
    has_battery = True

    def name(self, rng):
        return f"reserve/camera-{rng.getrandbits(48):x}"

    def session(self, rng):
        return base64_of(rng.randbytes(16))

    def make(self, f):
        application, device = f.device.split("/")
        ids = {"device_id": device, "application_ids": {"application_id": application}}
        message = dict(self.base["uplink_message"], session_key_id=f.session, f_cnt=f.counter, f_port=f.port,
                       received_at=utc(f.time_ms, "%Y-%m-%dT%H:%M:%S.%f") + "999Z", frm_payload=base64_of(f.payload),
                       last_battery_percentage={"f_cnt": 1, "value": min(f.battery + 0.25, 100)})  # fmt: skip
        return dict(self.base, end_device_ids=ids, uplink_message=message)

    def change(self, event, **values):
        return dict(event, uplink_message=dict(event["uplink_message"], **values))

    def with_data(self, event, payload):
        return self.change(event, frm_payload=base64_of(payload))

    def encoding_data(self, rng, event):
        return self.change(event, frm_payload=rng.choice(["!", "QUJ", "QUJD QUJD"]))

    def incomplete_device(self, rng, event):
        ids = {"device_id": rng.choice(["", "Camera", "a b", 7]), "application_ids": {"application_id": "reserve"}}
        return dict(event, end_device_ids=ids)

    def incomplete_port(self, rng, event):
        return self.change(event, f_port=rng.choice([256, -1, "x", [10]]))

    def too_long_name(self, rng, event):
        return dict(event, end_device_ids={"device_id": "a" * 37, "application_ids": {"application_id": "reserve"}})

    def encrypted_payload(self, rng, event):
        return self.change(event, app_s_key={"key": "x"})

    def test_event(self, rng, event):
        return dict(event, simulated=True)

    def other_kinds(self, rng, event):
        return json.loads(read("things-stack-join.json"))

    def port_of_others(self, rng, event):
        return self.change(event, f_port=rng.choice([1, 2, 223, 255]))


class Sigfox(Json):
    source = "sigfox"
    sessions, ports, least_time, counter_bits = False, False, 1000, 12

    def name(self, rng):
        return f"{rng.getrandbits(32):x}"

    def make(self, f):
        event = {"device": f.device.upper(), "time": f.time_ms // 1000, "data": f.payload[:12].hex()}
        return dict(event, seqNumber=f.counter) if f.counter_bits else event

    def with_data(self, event, payload):
        return dict(event, data=payload.hex())

    def encoding_data(self, rng, event):
        return dict(event, data=rng.choice(["0", "xy", "00 11", "0x00"]))

    def incomplete_device(self, rng, event):
        return dict(event, device=rng.choice(["", "no hex", 5, None]))

    def incomplete_counter(self, rng, event):
        return dict(event, seqNumber=rng.choice([4096, -1, "x"]))

    def other_kinds(self, rng, event):
        return json.loads(read("sigfox-status.json"))


# ---- Others ----------------------------------------------------------------------------------------------------------


class Protobuf:
    """ChirpStack's other form. Fields that come twice count as they came last, so they stand behind the fixture's."""

    source = "chirpstack-protobuf"
    base = read("chirpstack-up.bin")
    least_time, sessions, ports, has_battery, counter_bits = 1, True, True, False, 32
    name, session = ChirpStack.name, ChirpStack.session

    def make(self, f):
        time = number(1, f.time_ms // 1000) + number(2, f.time_ms % 1000 * 1000000)
        return (self.base + text(2, time) + text(3, text(8, f.device.encode())) + text(4, f.session.encode())
                + number(7, f.counter) + number(8, f.port) + text(10, f.payload))  # fmt: skip

    def broken_bytes(self, rng, event):
        return b"\xff" * rng.randrange(1, 200)

    def broken_end(self, rng, event):
        return event + text(10, bytes(50))[: rng.randrange(1, 50)]

    def broken_nothing(self, rng, event):
        return b""

    def too_long_payload(self, rng, event):
        return event + text(10, rng.randbytes(300))

    def empty_payload(self, rng, event):
        return event + text(10, b"")

    def incomplete_device(self, rng, event):
        return event + text(3, text(8, rng.choice([b"", b"no hex"])))

    def incomplete_counter(self, rng, event):
        return event + rng.choice([number(7, 1 << 32), text(7, b"1"), number(10, 1)])

    def too_long_name(self, rng, event):
        return event + text(3, text(8, b"0" * 81))

    def encrypted_payload(self, rng, event):
        return event + text(15, text(1, b"AYfg8rhha5n+FWx0ZaAprA=="))

    def other_kinds(self, rng, event):
        return read(f"chirpstack-{rng.choice(['join', 'ack', 'status', 'log', 'txack'])}.bin")

    def port_of_others(self, rng, event):
        return event + number(8, rng.choice([1, 2, 223, 255]))


def varint(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def number(field, value):
    return varint(field << 3) + varint(value)


def text(field, value):
    return varint(field << 3 | 2) + varint(len(value)) + value


class ShortBurst:
    source = "short-burst"
    least_time, sessions, ports, has_battery, counter_bits = 1000, False, False, False, 16

    def name(self, rng):
        return f"{rng.randrange(10**14, 10**15)}"

    def make(self, f):
        pairs = {"imei": f.device, "serial": "12345", "transmit_time": utc(f.time_ms, "%y-%m-%d %H:%M:%S"),
                 "data": f.payload.hex()}  # fmt: skip
        return self.form(dict(pairs, momsn=f.counter) if f.counter_bits else pairs)

    def form(self, pairs):
        return urllib.parse.urlencode(pairs).encode()

    def with_field(self, event, name, value):
        return self.form(dict(urllib.parse.parse_qsl(event.decode()), **{name: value}))

    def broken_pairs(self, rng, event):
        return event + rng.choice([b"&", b"&x", b"&momsn=%zz&momsn=1", b"&data=00"])

    def broken_nothing(self, rng, event):
        return b""

    def too_long_payload(self, rng, event):
        return self.with_field(event, "data", "00" * 300)

    def empty_payload(self, rng, event):
        return self.with_field(event, "data", "")

    def encoding_data(self, rng, event):
        return self.with_field(event, "data", rng.choice(["0", "xy", "00 11"]))

    def incomplete_device(self, rng, event):
        return self.with_field(event, "imei", rng.choice(["", "no digits"]))

    def incomplete_counter(self, rng, event):
        return self.with_field(event, "momsn", rng.choice(["65536", "-1", "x"]))


FORMS = [ChirpStack(), Protobuf(), ThingsStack(), Sigfox(), ShortBurst()]
