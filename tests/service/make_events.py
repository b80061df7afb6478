#!/usr/bin/env python3
"""Events as networks deliver them. ChirpStack's are made by its own package, chirpstack-api, so no byte of them was
written here. Those of The Things Stack are read by two packages of other people, too.

usage: make_events.py DIR            writes the fixtures into this folder (tests/service/events)
       make_events.py --check TOOL   the fixtures are those that are made, and other people's parsers agree with them;
                                     TOOL (tests/service/tool_event.c) reads them, and random ones, as they were made,
                                     and in damaged ones what ChirpStack's package reads, or refuses them
"""

import base64
import json
import math
import pathlib
import random
import subprocess
import sys
import tempfile
import urllib.parse
from datetime import datetime, timedelta, timezone
from fractions import Fraction

from chirpstack_api.gw import gw_pb2 as chirpstack_gw
from chirpstack_api.integration import integration_pb2 as chirpstack
from google.protobuf.json_format import MessageToJson
from google.protobuf.message import DecodeError

FIXTURES = pathlib.Path(__file__).parent / "events"
EUI, ADDRESS = "0a1b2c3d4e5f6071", "00b8a9c7"
PAYLOAD = bytes(range(7, 58))
TIME = datetime(2026, 3, 29, 1, 59, 59, 987000, timezone.utc)
MS = timedelta(milliseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
LAST_MS = 253402300799999  # of the year 9999


def expected(fate, device="", session="", counter=None, port=0, time=None, battery=-1, payload=b"", bits=32,
             airtime=0):
    """What the tool prints, but for `what`."""
    if fate != "uplink":
        return [fate, "", "", "0", "0", "0", "0", "0", "0", ""]
    ms = (time - EPOCH) // MS if time else 0
    return [fate, device, session, str(0 if counter is None else bits), str(counter or 0), str(port), str(ms), str(battery),
            str(airtime), payload.hex()]  # fmt: skip


def lora_airtime(size, spreading_factor=7, bandwidth=125000, rate=chirpstack_gw.CR_4_5):
    """Microseconds by the formula of Semtech's AN1200.13, for a payload with LoRaWAN's 13 bytes around it."""
    if not (5 <= spreading_factor <= 12 and 1 <= rate <= 4 and bandwidth and bandwidth % 1000 == 0):
        return 0
    symbol = Fraction(1000000 << spreading_factor, bandwidth)
    slow = symbol > 16000
    small = spreading_factor < 7
    bits = 8 * (size + 13) - 4 * spreading_factor + (36 if small else 44)
    symbols = 8 + max(math.ceil(Fraction(bits, 4 * (spreading_factor - 2 * slow))), 0) * (rate + 4)
    return math.ceil((8 + (Fraction(25, 4) if small else Fraction(17, 4)) + symbols) * symbol)


def fsk_airtime(size, bit_rate):
    """5 bytes of preamble, 3 of sync word, 1 of length and 2 of check around the same."""
    return math.ceil(Fraction(8000000 * (size + 13 + 11), bit_rate)) if bit_rate else 0


def airtime_of(event):
    modulation = event.tx_info.modulation
    if modulation.HasField("lora"):
        lora = modulation.lora
        return lora_airtime(len(event.data), lora.spreading_factor, lora.bandwidth, lora.code_rate)
    return fsk_airtime(len(event.data), modulation.fsk.datarate) if modulation.HasField("fsk") else 0


# ---- ChirpStack ------------------------------------------------------------------------------------------------------


def fill_uplink(event, eui=EUI, address=ADDRESS, counter=0, port=0, time=TIME, payload=PAYLOAD):
    event.deduplication_id = "3ac7e3c4-4401-4b8d-9386-a5c902f9202d"
    event.time.FromDatetime(time)
    event.device_info.tenant_id = "52f14cd4-c6f1-4fbd-8f87-4025e1d49242"
    event.device_info.application_id = "17c82e96-be03-4f38-aef3-f83d48582d97"
    event.device_info.device_name = "Kamera am Bach"
    event.device_info.dev_eui = eui
    event.device_info.tags["place"] = "ålesund"
    event.dev_addr = address
    event.dr = 5
    event.f_cnt = counter
    event.f_port = port
    event.data = payload
    event.object["frames"] = 3
    gateway = event.rx_info.add()
    gateway.gateway_id = "0016c001f153a14c"
    gateway.rssi, gateway.snr = -57, 10.5
    event.tx_info.frequency = 868300000
    lora = event.tx_info.modulation.lora
    lora.bandwidth, lora.spreading_factor, lora.code_rate = 125000, 7, chirpstack_gw.CR_4_5
    lora.preamble = 8
    return event


def fill_other(event):
    event.device_info.dev_eui = EUI
    for field in ("deduplication_id", "dev_addr", "queue_item_id", "description"):
        if hasattr(event, field):
            setattr(event, field, "00b8a9c7")
    event.time.FromDatetime(TIME)
    if isinstance(event, chirpstack.StatusEvent):
        event.margin, event.battery_level = 10, 71.5
    if isinstance(event, chirpstack.AckEvent):
        event.acknowledged, event.f_cnt_down = True, 4
    if isinstance(event, chirpstack.TxAckEvent):
        event.downlink_id, event.gateway_id, event.tx_info.frequency = 77, "0016c001f153a14c", 868300000
    if isinstance(event, chirpstack.LogEvent):
        event.level = chirpstack.LogLevel.ERROR
        event.context["deduplication_id"] = "x"
    if isinstance(event, chirpstack.LocationEvent):
        event.location.latitude, event.location.longitude = 62.47, 6.15
    if isinstance(event, chirpstack.JoinEvent):
        event.join_server_context.session_key_id = "AYfg8rhha5n+FWx0ZaAprA=="
    return event


OTHERS = {"join": chirpstack.JoinEvent, "ack": chirpstack.AckEvent, "txack": chirpstack.TxAckEvent,
          "log": chirpstack.LogEvent, "status": chirpstack.StatusEvent,
          "location": chirpstack.LocationEvent}  # fmt: skip


def encrypted():
    event = fill_uplink(chirpstack.UplinkEvent(), counter=1, port=2)
    event.join_server_context.session_key_id = "AYfg8rhha5n+FWx0ZaAprA=="
    return event


def as_json(event, zeros):
    return MessageToJson(event, always_print_fields_with_no_presence=zeros, indent=None).encode()


def chirpstack_fixtures():
    """Name, form, bytes and what is to be understood."""
    full = fill_uplink(chirpstack.UplinkEvent(), counter=70000, port=10)
    first = fill_uplink(chirpstack.UplinkEvent())  # counter and port are zero
    fsk = fill_uplink(chirpstack.UplinkEvent(), counter=1)
    fsk.tx_info.modulation.fsk.datarate = 50000
    events = {"up": (full, expected("uplink", EUI, ADDRESS, 70000, 10, TIME, payload=PAYLOAD, airtime=airtime_of(full))),
              "first": (first, expected("uplink", EUI, ADDRESS, 0, 0, TIME, payload=PAYLOAD, airtime=118016)),
              "fsk": (fsk, expected("uplink", EUI, ADDRESS, 1, 0, TIME, payload=PAYLOAD, airtime=12000)),
              "empty": (fill_uplink(chirpstack.UplinkEvent(), counter=9, payload=b""), expected("empty")),
              "encrypted": (encrypted(), expected("encrypted"))}  # fmt: skip
    events |= {name: (fill_other(kind()), expected("other")) for name, kind in OTHERS.items()}
    for name, (event, understood) in events.items():
        yield f"chirpstack-{name}.json", "chirpstack", as_json(event, True), understood
        yield f"chirpstack-{name}.bin", "chirpstack-protobuf", event.SerializeToString(), understood
    yield "chirpstack-first-no-zeros.json", "chirpstack", as_json(first, False), events["first"][1]
    yield "chirpstack-empty-no-zeros.json", "chirpstack", as_json(events["empty"][0], False), expected("empty")


# ---- Others ----------------------------------------------------------------------------------------------------------


def things_stack(counter=None, port=None, payload=PAYLOAD, **more):
    """An ApplicationUp as the documentation shows it: zeros are left out."""
    message = {"session_key_id": "AXA50tHUSUucfx57gMOtlA==",
               "rx_metadata": [{"gateway_ids": {"gateway_id": "gtw1", "eui": "9C5C8E00001A05C4"}, "rssi": -35,
                                "snr": 5.2, "timestamp": 2463457000}],
               "settings": {"data_rate": {"lora": {"bandwidth": 125000, "spreading_factor": 7}},
                            "frequency": "868300000", "timestamp": 2463457000},
               "received_at": "2026-03-29T01:59:59.987654321Z", "consumed_airtime": "0.056576s"}  # fmt: skip
    message |= {"f_cnt": counter} if counter else {}
    message |= {"f_port": port} if port else {}
    message |= {"frm_payload": base64.b64encode(payload).decode()} if payload else {}
    message |= {"decoded_payload": {"frames": 3}}
    message |= more.pop("message", {})
    return {"end_device_ids": {"device_id": "camera-7", "application_ids": {"application_id": "reserve"},
                               "dev_eui": EUI.upper(), "join_eui": "800000000000000C", "dev_addr": ADDRESS.upper()},
            "correlation_ids": ["as:up:01E0WZGT6Y7657CPFPE5WEYDSQ"], "received_at": "2026-03-29T02:00:00.1Z",
            "uplink_message": message} | more  # fmt: skip


def things_stack_fixtures():
    device, session = "reserve/camera-7", "AXA50tHUSUucfx57gMOtlA=="
    battery = {"last_battery_percentage": {"f_cnt": 14, "value": 90.118576, "received_at": "2026-03-28T11:54:13Z"}}
    join = things_stack() | {"join_accept": {"session_key_id": session}}
    del join["uplink_message"]
    for name, event, understood in (
        ("up", things_stack(70000, 10, message=battery),
         expected("uplink", device, session, 70000, 10, TIME, 90, PAYLOAD, airtime=56576)),
        ("first", things_stack(port=1), expected("uplink", device, session, 0, 1, TIME, payload=PAYLOAD, airtime=56576)),
        ("simulated", things_stack(1, 1, simulated=True), expected("test")),
        ("empty", things_stack(9, 1, b""), expected("empty")),
        ("encrypted", things_stack(1, 1, message={"app_s_key": {"kek_label": "as"}}), expected("encrypted")),
        ("join", join, expected("other")),
    ):  # fmt: skip
        yield f"things-stack-{name}.json", "the-things-stack", json.dumps(event).encode(), understood


def other_fixtures():
    sigfox = {"device": "1A2B3C", "time": 1774749599, "data": "0102030405060708090a0b0c", "seqNumber": 4095}
    time = datetime(2026, 3, 29, 1, 59, 59, tzinfo=timezone.utc)
    understood = expected("uplink", "1a2b3c", "", 4095, 0, time, payload=bytes(range(1, 13)), bits=12)
    yield "sigfox-up.json", "sigfox", json.dumps(sigfox).encode(), understood
    quoted = {key: str(value) for key, value in sigfox.items()}
    yield "sigfox-quoted.json", "sigfox", json.dumps(quoted).encode(), understood
    status = {"device": "1A2B3C", "time": 1774749599, "batt": "3.30", "seqNumber": 7}
    yield "sigfox-status.json", "sigfox", json.dumps(status).encode(), expected("other")
    form = {"imei": "300234010753370", "serial": "12345", "momsn": "65535", "transmit_time": "26-03-29 01:59:59",
            "iridium_latitude": "52.3867", "iridium_longitude": "0.2938", "iridium_cep": "8",
            "data": PAYLOAD.hex()}  # fmt: skip
    yield ("short-burst-up.form", "short-burst", urllib.parse.urlencode(form).encode(),
           expected("uplink", form["imei"], "", 65535, 0, time, payload=PAYLOAD, bits=16))  # fmt: skip
    yield ("short-burst-empty.form", "short-burst", urllib.parse.urlencode(form | {"data": ""}).encode(),
           expected("empty"))  # fmt: skip


def fixtures():
    yield from chirpstack_fixtures()
    yield from things_stack_fixtures()
    yield from other_fixtures()


def modulate(tx_info, draw):
    kind = draw.choice(["lora", "lora", "fsk", "lr_fhss", "none"])
    if kind == "none":
        tx_info.ClearField("modulation")
    elif kind == "lr_fhss":
        tx_info.modulation.lr_fhss.grid_steps = 8
    elif kind == "fsk":
        tx_info.modulation.fsk.frequency_deviation, tx_info.modulation.fsk.datarate = 25000, 50000
    else:
        lora = tx_info.modulation.lora
        lora.bandwidth, lora.spreading_factor = draw.choice([125000, 250000, 500000, 0]), draw.randint(4, 13)
        lora.code_rate = draw.choice(chirpstack_gw.CodeRate.values())


def random_events(count):
    """Uplinks of ChirpStack in its three forms."""
    draw = random.Random(1)
    for number in range(count):
        payload = draw.randbytes(draw.randint(1, 255))
        eui, address = draw.randbytes(8).hex(), draw.randbytes(4).hex()
        counter = draw.choice([0, 127, 128, 65536, 2**32 - 1, draw.getrandbits(32)])
        port = draw.choice([0, draw.randint(1, 255)])
        time = EPOCH + draw.randint(0, LAST_MS) * MS
        event = fill_uplink(chirpstack.UplinkEvent(), eui, address, counter, port, time, payload)
        modulate(event.tx_info, draw)
        understood = expected("uplink", eui, address, counter, port, time, payload=payload, airtime=airtime_of(event))
        yield f"{number}.bin", "chirpstack-protobuf", event.SerializeToString(), understood
        yield f"{number}.json", "chirpstack", as_json(event, number % 2), understood


def damaged_events(count):
    """Uplinks with a few other bytes, and what ChirpStack's package reads in them, unless it refuses them."""
    draw = random.Random(2)
    whole = fill_uplink(chirpstack.UplinkEvent(), counter=70000, port=10).SerializeToString()
    for number in range(count):
        content = bytearray(whole)
        for _ in range(draw.randint(1, 3)):
            content[draw.randrange(len(whole))] = draw.randrange(256)
        try:
            event = chirpstack.UplinkEvent.FromString(bytes(content))
        except DecodeError:
            continue
        ms = 1000 * event.time.seconds + event.time.nanos // 1000000
        time = EPOCH + ms * MS if 0 <= ms <= LAST_MS else None
        understood = expected("uplink", event.device_info.dev_eui.lower(), event.dev_addr.lower(), event.f_cnt,
                              event.f_port, time, payload=event.data, airtime=airtime_of(event))  # fmt: skip
        yield f"{number}.bin", "chirpstack-protobuf", bytes(content), understood


# ---- Checks ----------------------------------------------------------------------------------------------------------


def check_made():
    made = {name: content for name, _, content, _ in fixtures()}
    assert made.keys() == {path.name for path in FIXTURES.iterdir()}, "other fixtures are made: run make_events.py"
    for name, content in made.items():
        same = (FIXTURES / name).read_bytes() == content
        if name.endswith(".bin"):  # maps have no order
            kind = OTHERS.get(name[len("chirpstack-") : -len(".bin")], chirpstack.UplinkEvent)
            same = kind.FromString((FIXTURES / name).read_bytes()) == kind.FromString(content)
        assert same, f"{name} is made otherwise now: run make_events.py"


def check_strangers():
    """Other people's parsers understand the fixtures of The Things Stack as they are meant."""
    from pyliblorawan.network_servers.ttn import TTN
    from ttn_client.parsers import ttn_parse

    event = json.loads((FIXTURES / "things-stack-up.json").read_bytes())
    uplink = TTN.normalize_uplink(event)
    assert (uplink.device_eui, uplink.payload, uplink.f_port) == (EUI.upper(), PAYLOAD, 10)
    for path in FIXTURES.glob("things-stack-*.json"):
        event = json.loads(path.read_bytes())
        assert TTN.is_compatible_uplink(event) == ("join" not in path.name), path
        if "uplink_message" in event:
            value = ttn_parse(event)["frames"]
            assert (value.value, value.device_id) == (3, "camera-7"), path


def read_events(tool, events):
    """File, what is to be understood, and what the tool prints, for each event."""
    with tempfile.TemporaryDirectory() as name:
        forms = {}
        for file, form, content, understood in events:
            (pathlib.Path(name) / file).write_bytes(content)
            forms.setdefault(form, []).append((file, understood))
        for form, wanted in forms.items():
            command = [pathlib.Path(tool).resolve(), form, *(file for file, _ in wanted)]
            output = subprocess.run(command, cwd=name, check=True, capture_output=True, text=True).stdout
            lines = [line.split("\t") for line in output.splitlines()]
            assert len(lines) == len(wanted), f"{form}: {len(lines)} lines for {len(wanted)} events"
            yield from ((*event, *line) for event, line in zip(wanted, lines))


def check_reader(tool, events):
    count = 0
    for count, (file, understood, fate, what, *rest) in enumerate(read_events(tool, events), 1):
        assert [fate, *rest] == understood, f"{file}: {fate} {rest} ({what}) instead of {understood}"
        assert (what == "") == (fate == "uplink"), f"{file}: {fate}, but says '{what}'"
    return count


def check_damaged(tool, events):
    read = 0
    for file, understood, fate, what, *rest in read_events(tool, events):
        if fate == "uplink":
            if what.startswith("time is not understood"):
                rest[5] = understood[6]
            assert [fate, *rest] == understood, f"{file}: {fate} {rest} ({what}) instead of {understood}"
            read += 1
    assert read > 0, "no damaged event is read"
    return read


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "--check":
        check_made()
        check_strangers()
        count = check_reader(sys.argv[2], [*fixtures(), *random_events(200)])
        damaged = check_damaged(sys.argv[2], damaged_events(3000))
        print(f"{count} events are read as they were made, and {damaged} damaged ones as ChirpStack's package does.")
    elif len(sys.argv) == 2 and not sys.argv[1].startswith("-"):
        folder = pathlib.Path(sys.argv[1])
        folder.mkdir(parents=True, exist_ok=True)
        for name, _, content, _ in fixtures():
            (folder / name).write_bytes(content)
    else:
        sys.exit(__doc__)


main()
